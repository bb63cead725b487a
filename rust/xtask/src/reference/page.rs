//! The pages themselves, made from what the engine says of a class in XML, which is for no reader.

use std::fmt::Write as _;

use anyhow::{Context, Result};
use roxmltree::Node;

use super::markup::{self, Links};
use super::source::Comments;

/// What every page starts with.
const NOTICE: &str =
    "<!-- Written by `cargo xtask reference` from the doc comments in rust/extension/. Change those. -->\n\n";

/// The list of all classes.
pub(super) fn index(classes: &[Node<'_, '_>], comments: &Comments) -> String {
    let mut text = format!(
        "{NOTICE}# Class reference\n\nWhat the editor's help says of the addon's classes. Everything they inherit is in the \
         engine's own reference.\n\n| class | |\n|---|---|\n"
    );
    for class in classes {
        let name = attribute(*class, "name");
        let comment = comments.get(&(name.to_owned(), String::new())).map(String::as_str).unwrap_or_default();
        let summary = markup::markdown(comment, Links { classes, here: *class });
        let summary = summary.split("\n\n").next().unwrap_or_default();
        line(&mut text, &format!("| [{name}]({name}.md) | {summary} |"));
    }
    text
}

/// The page of one class.
pub(super) fn of_class(class: Node<'_, '_>, classes: &[Node<'_, '_>], comments: &Comments) -> Result<String> {
    let writer = Writer { links: Links { classes, here: class }, class, comments };
    let inherits = markup::kind(attribute(class, "inherits"), writer.links);
    let mut text = format!("{NOTICE}# {}\n\nInherits: {inherits}\n\n", attribute(class, "name"));
    line(&mut text, &writer.description("")?);
    writer.overview(&mut text);
    writer.properties(&mut text)?;
    writer.calls(&mut text, "Methods", "method")?;
    writer.calls(&mut text, "Signals", "signal")?;
    writer.enums(&mut text)?;
    Ok(text)
}

/// An attribute in the engine's description; empty if it has none.
pub(super) fn attribute<'a>(node: Node<'a, '_>, name: &str) -> &'a str {
    node.attribute(name).unwrap_or_default()
}

/// The members of one kind.
pub(super) fn members<'a, 'input>(class: Node<'a, 'input>, tag: &'a str) -> impl Iterator<Item = Node<'a, 'input>> {
    let members = class.descendants().filter(move |node| node.has_tag_name(tag));
    // What begins with an underscore is between the extension and the engine.
    members.filter(|node| !attribute(*node, "name").starts_with('_'))
}

struct Writer<'a, 'input> {
    links: Links<'a, 'input>,
    class: Node<'a, 'input>,
    comments: &'a Comments,
}

impl Writer<'_, '_> {
    /// A type: the enum's name where a number is one.
    fn kind(&self, node: Node<'_, '_>) -> String {
        markup::kind(node.attribute("enum").unwrap_or_else(|| attribute(node, "type")), self.links)
    }

    fn returns(&self, method: Node<'_, '_>) -> String {
        let returns = method.children().find(|child| child.has_tag_name("return"));
        returns.map_or_else(|| markup::kind("void", self.links), |node| self.kind(node))
    }

    fn description(&self, member: &str) -> Result<String> {
        let class = attribute(self.class, "name");
        let comment = self.comments.get(&(class.to_owned(), member.to_owned()));
        let comment = comment.filter(|comment| !comment.trim().is_empty());
        Ok(markup::markdown(comment.with_context(|| format!("{class}.{member} has no doc comment"))?, self.links))
    }

    /// The tables by which a reader finds what they look for.
    fn overview(&self, text: &mut String) {
        for (place, node) in members(self.class, "member").enumerate() {
            if place == 0 {
                line(text, "\n| property | | default |\n|---|---|---|");
            }
            let (name, default) = (attribute(node, "name"), attribute(node, "default"));
            line(text, &format!("| [`{name}`](#{name}) | {} | `{default}` |", self.kind(node)));
        }
        for (place, node) in members(self.class, "method").enumerate() {
            if place == 0 {
                line(text, "\n| method | returns |\n|---|---|");
            }
            let (name, names) = (attribute(node, "name"), parameters(node).map(|node| attribute(node, "name")));
            let names = names.collect::<Vec<_>>().join(", ");
            line(text, &format!("| [`{name}({names})`](#{name}) | {} |", self.returns(node)));
        }
        for node in members(self.class, "signal") {
            line(text, &format!("\nSignal: [`{0}`](#{0})", attribute(node, "name")));
        }
    }

    fn properties(&self, text: &mut String) -> Result<()> {
        for (place, node) in members(self.class, "member").enumerate() {
            if place == 0 {
                line(text, "\n## Properties");
            }
            let [name, default, setter, getter] = ["name", "default", "setter", "getter"].map(|it| attribute(node, it));
            let kind = self.kind(node);
            line(text, &format!("\n### {name}\n\n{kind} **{name}** = `{default}` (`{setter}(value)`, `{getter}()`)"));
            line(text, &format!("\n{}", self.description(name)?));
        }
        Ok(())
    }

    /// Methods or signals.
    fn calls(&self, text: &mut String, heading: &str, tag: &str) -> Result<()> {
        for (place, node) in members(self.class, tag).enumerate() {
            if place == 0 {
                line(text, &format!("\n## {heading}"));
            }
            let name = attribute(node, "name");
            let returns = if tag == "method" { self.returns(node) + " " } else { String::new() };
            let parameters: Vec<_> = parameters(node).map(|parameter| self.parameter(parameter)).collect();
            line(text, &format!("\n### {name}\n\n{returns}**{name}**({})", parameters.join(", ")));
            line(text, &format!("\n{}", self.description(name)?));
        }
        Ok(())
    }

    fn parameter(&self, node: Node<'_, '_>) -> String {
        let default = node.attribute("default").map_or_else(String::new, |default| format!(" = `{default}`"));
        format!("{}: {}{default}", attribute(node, "name"), self.kind(node))
    }

    fn enums(&self, text: &mut String) -> Result<()> {
        let mut last = None;
        for node in members(self.class, "constant") {
            let [name, value, of] = ["name", "value", "enum"].map(|it| attribute(node, it));
            if last != Some(of) {
                if last.is_none() {
                    line(text, "\n## Enums");
                }
                line(text, &format!("\n### {of}\n\n{}", self.description(of)?));
                last = Some(of);
            }
            line(text, &format!("\n#### {name}\n\n`{name} = {value}`: {}", self.description(name)?));
        }
        Ok(())
    }
}

fn parameters<'a, 'input>(call: Node<'a, 'input>) -> impl Iterator<Item = Node<'a, 'input>> {
    call.children().filter(|child| child.has_tag_name("param"))
}

/// Writing to a string does not fail.
fn line(text: &mut String, content: &str) {
    let _ = writeln!(text, "{content}");
}

#[cfg(test)]
mod tests {
    use roxmltree::Document;

    use super::*;

    #[test]
    fn a_page_has_every_member_and_insists_on_its_comment() {
        let document = Document::parse(
            r#"<class name="A" inherits="RefCounted"><methods>
                <method name="go"><return type="int" enum="Error" />
                    <param index="0" name="where" type="String" default="&quot;here&quot;" /></method>
                <method name="_hidden"><return type="void" /></method></methods>
            <members><member name="size" type="int" setter="set_size" getter="get_size" default="1"></member></members>
            <signals><signal name="gone"><param index="0" name="id" type="int" /></signal></signals>
            <constants><constant name="ONE" value="1" enum="Number"></constant></constants></class>"#,
        )
        .unwrap();
        let class = document.root_element();
        let comment = |name: &str| (("A".to_owned(), name.to_owned()), format!("It is {name}.\n\nMore."));
        let mut comments = Comments::from(["", "go", "size", "gone", "Number", "ONE"].map(comment));
        assert!(index(&[class], &comments).ends_with("| [A](A.md) | It is . |\n"));
        let text = of_class(class, &[class], &comments).unwrap();
        for part in [
            "| [`size`](#size) | `int` | `1` |",
            "| [`go(where)`](#go) | [Error](",
            "\n### size\n\n`int` **size** = `1` (`set_size(value)`, `get_size()`)\n\nIt is size.",
            "**go**(where: `String` = `\"here\"`)\n\nIt is go.",
            "\n### gone\n\n**gone**(id: `int`)\n\nIt is gone.",
            "\n### Number\n\nIt is Number.\n\nMore.\n\n#### ONE\n\n`ONE = 1`: It is ONE.",
        ] {
            assert!(text.contains(part), "{part}\n{text}");
        }
        assert!(!text.contains("_hidden"), "{text}");
        comments.remove(&("A".to_owned(), "go".to_owned()));
        assert_eq!(of_class(class, &[class], &comments).unwrap_err().to_string(), "A.go has no doc comment");
    }
}
