//! The pages themselves.

use std::fmt::Write as _;

use anyhow::{Context, Result};

use super::api::{Class, Constant, Method, Property};
use super::markup::{self, Links};
use super::source::Comments;

/// What every page starts with.
const NOTICE: &str =
    "<!-- Written by `cargo xtask reference` from the doc comments in rust/extension/. Change those. -->\n\n";

/// The list of all classes.
pub(super) fn index(classes: &[Class], comments: &Comments) -> String {
    let mut text = format!(
        "{NOTICE}# Class reference\n\nWhat the editor's help says of the addon's classes. Everything they inherit is in the \
         engine's own reference.\n\n| class | |\n|---|---|\n"
    );
    for class in classes {
        let comment = comments.get(&(class.name.clone(), String::new())).map(String::as_str).unwrap_or_default();
        let summary = markup::markdown(comment, Links { classes, here: class });
        let summary = summary.split("\n\n").next().unwrap_or_default();
        line(&mut text, &format!("| [{0}]({0}.md) | {summary} |", class.name));
    }
    text
}

/// The page of one class.
pub(super) fn of_class(class: &Class, classes: &[Class], comments: &Comments) -> Result<String> {
    let writer = Writer { links: Links { classes, here: class }, class, comments };
    let mut text = format!("{NOTICE}# {}\n\nInherits: {}\n\n", class.name, writer.kind(&class.inherits));
    line(&mut text, &writer.description("")?);
    writer.overview(&mut text);
    writer.properties(&mut text)?;
    writer.methods(&mut text)?;
    writer.signals(&mut text)?;
    writer.enums(&mut text)?;
    Ok(text)
}

struct Writer<'a> {
    links: Links<'a>,
    class: &'a Class,
    comments: &'a Comments,
}

impl Writer<'_> {
    fn kind(&self, name: &str) -> String {
        markup::kind(name, self.links)
    }

    fn description(&self, member: &str) -> Result<String> {
        let comment = self
            .comments
            .get(&(self.class.name.clone(), member.to_owned()))
            .filter(|comment| !comment.trim().is_empty())
            .with_context(|| format!("{}.{member} has no doc comment", self.class.name))?;
        Ok(markup::markdown(comment, self.links))
    }

    /// The tables by which a reader finds what they look for.
    fn overview(&self, text: &mut String) {
        if !self.class.properties.is_empty() {
            line(text, "\n| property | | default |\n|---|---|---|");
            for Property { name, kind, default, .. } in &self.class.properties {
                line(text, &format!("| [`{name}`](#{name}) | {} | `{default}` |", self.kind(kind)));
            }
        }
        if !self.class.methods.is_empty() {
            line(text, "\n| method | returns |\n|---|---|");
            for method in &self.class.methods {
                let names: Vec<&str> = method.parameters.iter().map(|parameter| parameter.name.as_str()).collect();
                let call = format!("{}({})", method.name, names.join(", "));
                line(text, &format!("| [`{call}`](#{}) | {} |", method.name, self.kind(&method.returns)));
            }
        }
        for signal in &self.class.signals {
            line(text, &format!("\nSignal: [`{0}`](#{0})", signal.name));
        }
    }

    fn properties(&self, text: &mut String) -> Result<()> {
        if !self.class.properties.is_empty() {
            line(text, "\n## Properties");
        }
        for Property { name, kind, default, setter, getter } in &self.class.properties {
            let kind = self.kind(kind);
            line(text, &format!("\n### {name}\n\n{kind} **{name}** = `{default}` (`{setter}(value)`, `{getter}()`)"));
            line(text, &format!("\n{}", self.description(name)?));
        }
        Ok(())
    }

    fn methods(&self, text: &mut String) -> Result<()> {
        if !self.class.methods.is_empty() {
            line(text, "\n## Methods");
        }
        for method in &self.class.methods {
            let signature = self.signature(method);
            line(text, &format!("\n### {}\n\n{} {signature}", method.name, self.kind(&method.returns)));
            line(text, &format!("\n{}", self.description(&method.name)?));
        }
        Ok(())
    }

    fn signals(&self, text: &mut String) -> Result<()> {
        if !self.class.signals.is_empty() {
            line(text, "\n## Signals");
        }
        for signal in &self.class.signals {
            line(text, &format!("\n### {}\n\n{}", signal.name, self.signature(signal)));
            line(text, &format!("\n{}", self.description(&signal.name)?));
        }
        Ok(())
    }

    fn enums(&self, text: &mut String) -> Result<()> {
        let mut last = None;
        for Constant { name, value, of } in &self.class.constants {
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

    fn signature(&self, method: &Method) -> String {
        let parameters = method.parameters.iter().map(|parameter| {
            let mut shown = format!("{}: {}", parameter.name, self.kind(&parameter.kind));
            if let Some(default) = &parameter.default {
                // Writing to a string does not fail.
                let _ = write!(shown, " = `{default}`");
            }
            shown
        });
        format!("**{}**({})", method.name, parameters.collect::<Vec<_>>().join(", "))
    }
}

fn line(text: &mut String, content: &str) {
    text.push_str(content);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class() -> Class {
        Class {
            name: "A".to_owned(),
            inherits: "RefCounted".to_owned(),
            properties: Vec::new(),
            methods: vec![Method { name: "go".to_owned(), returns: "void".to_owned(), parameters: Vec::new() }],
            signals: Vec::new(),
            constants: Vec::new(),
        }
    }

    #[test]
    fn a_member_without_a_comment_is_an_error() {
        let mut comments = Comments::from([(("A".to_owned(), String::new()), "A class.".to_owned())]);
        let error = of_class(&class(), &[class()], &comments).unwrap_err();
        assert_eq!(error.to_string(), "A.go has no doc comment");
        comments.insert(("A".to_owned(), "go".to_owned()), "Goes.".to_owned());
        let text = of_class(&class(), &[class()], &comments).unwrap();
        assert!(text.contains("\n### go\n\n`void` **go**()\n\nGoes.\n"), "{text}");
    }

    #[test]
    fn the_index_has_a_line_for_each_class() {
        let comments = Comments::from([(("A".to_owned(), String::new()), "A class.\n\nMore.".to_owned())]);
        assert!(index(&[class()], &comments).ends_with("| [A](A.md) | A class. |\n"));
    }
}
