//! The markup of the editor's help, as Markdown, since one comment is read in both: code, emphasis, and references to
//! classes and what they have.

use std::sync::LazyLock;

use regex::{Captures, Regex};
use roxmltree::Node;

use super::page::{attribute, members};

/// Where the engine's classes are described.
const ENGINE_DOCS: &str = "https://docs.godotengine.org/en/stable/classes";

/// Where the engine describes what belongs to no class.
const GLOBAL_SCOPE: &str = "@GlobalScope";

/// Types that need no explanation.
const WELL_KNOWN: &[&str] =
    &["Array", "Dictionary", "PackedByteArray", "PackedStringArray", "String", "bool", "float", "int", "void"];

/// The classes of the reference, and the one whose page is being written.
#[derive(Clone, Copy)]
pub(super) struct Links<'a, 'input> {
    pub(super) classes: &'a [Node<'a, 'input>],
    pub(super) here: Node<'a, 'input>,
}

/// Turns a doc comment into Markdown: one line per paragraph or list item, so that nothing depends on how it was wrapped.
///
/// A list item starts with `- `, after the help's own line break `[br]` if that is to show the list as one, too.
pub(super) fn markdown(comment: &str, links: Links<'_, '_>) -> String {
    let mut text = String::new();
    let mut last = Line::Empty;
    for line in comment.lines().map(str::trim) {
        let item = line.strip_prefix("[br]").unwrap_or(line);
        let (separator, content, now) = match last {
            _ if line.is_empty() => ("\n\n", "", Line::Empty),
            Line::Empty => ("", item, if item.starts_with("- ") { Line::Item } else { Line::Words }),
            Line::Item if item.starts_with("- ") => ("\n", item, Line::Item),
            Line::Words if item.starts_with("- ") => ("\n\n", item, Line::Item),
            Line::Item | Line::Words => (" ", line, last),
        };
        text.push_str(separator);
        text.push_str(content);
        last = now;
    }
    tags(text.trim_end(), links)
}

/// What a line of a comment belongs to.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Line {
    Empty,
    Item,
    Words,
}

/// A type: those that everybody knows in code, others as the link to their description.
pub(super) fn kind(name: &str, links: Links<'_, '_>) -> String {
    if WELL_KNOWN.contains(&name) {
        return format!("`{name}`");
    }
    let target = match name.split_once('.') {
        Some((class, member)) => links.to_member("enum", Some(class), member),
        None if is_global_enum(name) => links.to_member("enum", Some(GLOBAL_SCOPE), name),
        None => links.to_class(name),
    };
    format!("[{name}]({target})")
}

/// The engine's types are classes or built in, but for these.
fn is_global_enum(name: &str) -> bool {
    name == "Error"
}

/// Code, in which nothing is a tag, or a tag.
static TAG: LazyLock<Option<Regex>> = LazyLock::new(|| Regex::new(r"\[code\](.*?)\[/code\]|\[([^\]]*)\]").ok());

fn tags(text: &str, links: Links<'_, '_>) -> String {
    let replace = |tag: &Captures<'_>| match (tag.get(1), tag.get(2)) {
        (Some(code), _) => format!("`{}`", code.as_str()),
        (None, tag) => replacement(tag.map_or("", |tag| tag.as_str()), links),
    };
    TAG.as_ref().map_or_else(|| text.to_owned(), |pattern| pattern.replace_all(text, replace).into_owned())
}

fn replacement(tag: &str, links: Links<'_, '_>) -> String {
    match tag {
        "b" | "/b" => return "**".to_owned(),
        "i" | "/i" => return "*".to_owned(),
        "br" => return "\n\n".to_owned(),
        _ => {}
    }
    let words: Vec<&str> = tag.split_whitespace().collect();
    match words.as_slice() {
        ["param", name] => format!("`{name}`"),
        [what @ ("member" | "method" | "signal" | "constant" | "enum"), name] => {
            // A class of the project's settings has members with slashes, and dots are nowhere but after a class.
            let (class, member) = name.split_once('.').map_or((None, *name), |(class, member)| (Some(class), member));
            let shown = if *what == "method" { format!("{name}()") } else { (*name).to_owned() };
            format!("[`{shown}`]({})", links.to_member(what, class, member))
        }
        [name] if WELL_KNOWN.contains(name) => format!("`{name}`"),
        [class] if class.starts_with(char::is_uppercase) => format!("[{class}]({})", links.to_class(class)),
        _ => format!("[{tag}]"),
    }
}

impl Links<'_, '_> {
    fn to_class(self, class: &str) -> String {
        let page = class.to_lowercase();
        if class == attribute(self.here, "name") {
            format!("#{page}")
        } else if self.is_ours(class) {
            format!("{class}.md")
        } else {
            format!("{ENGINE_DOCS}/class_{page}.html")
        }
    }

    fn is_ours(self, class: &str) -> bool {
        self.classes.iter().any(|other| attribute(*other, "name") == class)
    }

    fn to_member(self, what: &str, class: Option<&str>, member: &str) -> String {
        let here = attribute(self.here, "name");
        let class = class.unwrap_or_else(|| {
            let has = |name: &str| members(self.here, "constant").any(|constant| attribute(constant, "name") == name);
            if what == "constant" && !has(member) { GLOBAL_SCOPE } else { here }
        });
        if class == here || self.is_ours(class) {
            let file = if class == here { String::new() } else { format!("{class}.md") };
            return format!("{file}#{}", member.to_lowercase());
        }
        let page = class.to_lowercase();
        let anchor_class = page.trim_start_matches('@');
        let anchor = member.to_lowercase().replace(['_', '/'], "-");
        let anchor = match what {
            "enum" => format!("enum-{anchor_class}-{anchor}"),
            "member" => format!("class-{anchor_class}-property-{anchor}"),
            other => format!("class-{anchor_class}-{other}-{anchor}"),
        };
        format!("{ENGINE_DOCS}/class_{page}.html#{anchor}")
    }
}

#[cfg(test)]
mod tests {
    use roxmltree::Document;

    use super::*;

    fn of(comment: &str) -> String {
        let document =
            Document::parse(r#"<x><class name="Here"><constant name="HERE_ONE"/></class><class name="There"/></x>"#);
        let document = document.unwrap();
        let classes: Vec<_> = document.root_element().children().collect();
        markdown(comment, Links { classes: &classes, here: classes[0] })
    }

    #[test]
    fn paragraphs_and_lists_are_unwrapped() {
        assert_eq!(of("One\ntwo.\n\nThree:\n\n- a\n  b\n- c"), "One two.\n\nThree:\n\n- a b\n- c");
        assert_eq!(
            of("All [int]s:\n[br]- a, [method\nThere.go];\n[br]- b\nc.\n\nEnd."),
            "All `int`s:\n\n- a, [`There.go()`](There.md#go);\n- b c.\n\nEnd."
        );
    }

    #[test]
    fn code_is_left_as_it_is() {
        assert_eq!(of("[code]load(\"[b].crt\")[/code] and [b]bold[/b]"), "`load(\"[b].crt\")` and **bold**");
    }

    #[test]
    fn references_lead_to_where_the_thing_is_described() {
        assert_eq!(of("[member size]"), "[`size`](#size)");
        assert_eq!(of("[method There.go]"), "[`There.go()`](There.md#go)");
        assert_eq!(of("[constant HERE_ONE]"), "[`HERE_ONE`](#here_one)");
        assert_eq!(of("[There]"), "[There](There.md)");
        assert_eq!(of("[param id]"), "`id`");
        let engine = "https://docs.godotengine.org/en/stable/classes";
        assert_eq!(
            of("[constant OK]"),
            format!("[`OK`]({engine}/class_@globalscope.html#class-globalscope-constant-ok)")
        );
        assert_eq!(
            of("[member ProjectSettings.network/tls/a_b]"),
            format!(
                "[`ProjectSettings.network/tls/a_b`]({engine}/class_projectsettings.html\
                 #class-projectsettings-property-network-tls-a-b)"
            )
        );
        assert_eq!(of("[PacketPeer]"), format!("[PacketPeer]({engine}/class_packetpeer.html)"));
    }

    #[test]
    fn what_is_no_tag_stays() {
        assert_eq!(of("an [array of things] and an [open one"), "an [array of things] and an [open one");
    }
}
