//! What the editor's help says of a class, since only an editor shows it: its page as a reader sees it, member by member.
//!
//! The other half is `tests/help/`, a plugin for an editor without a display.

use anyhow::{Context as _, Result};

use crate::{editor, project};

/// What the editor writes where a description should be.
const NOTHING: &str = "There is currently no description";

/// The page of one class.
#[derive(Clone, Debug)]
pub struct Page {
    /// The class.
    pub class: String,
    /// Its members as pairs of kind and name, but for those that the page shows with others.
    pub members: Vec<(String, String)>,
    text: String,
}

impl Page {
    /// Opens the help in an editor on these classes.
    pub fn read(classes: &[&str]) -> Result<Vec<Self>> {
        let home = editor::home()?;
        // The first start makes the cache of all help.
        editor::run_at(home.path(), &project::help()?, &["--warm-up"])?;
        let classes_argument = format!("--classes={}", classes.join(","));
        let lines = editor::run_at(home.path(), &project::help()?, &[&classes_argument])?;
        classes.iter().map(|class| Self::find(class, &lines)).collect()
    }

    fn find(class: &str, lines: &[String]) -> Result<Self> {
        let text = lines
            .iter()
            .find_map(|line| line.strip_prefix(&format!("HELP {class} ")))
            .with_context(|| format!("the editor shows no help on {class}:\n{}", lines.join("\n")))?;
        let members = lines
            .iter()
            .filter_map(|line| line.strip_prefix(&format!("MEMBER {class} "))?.split_once(' '))
            .map(|(kind, name)| (kind.to_owned(), name.to_owned()))
            .collect();
        Ok(Self { class: class.to_owned(), members, text: serde_json::from_str(text)? })
    }

    /// What the page says of the class itself.
    pub fn description(&self) -> Option<&str> {
        self.text_after(|line| line.starts_with("Inherits:")).filter(|text| !text.is_empty())
    }

    /// What the page says of a member; nothing if it says nothing.
    pub fn description_of(&self, kind: &str, name: &str) -> Option<&str> {
        self.text_after(|line| {
            line.trim_start().strip_prefix("● ").is_some_and(|heading| match kind {
                // The type comes before the name, and without a space between.
                "property" => heading.split([' ', '\u{a0}']).next().is_some_and(|word| is_named(word, name)),
                "method" | "signal" => {
                    heading.split('(').next().is_some_and(|start| start.rsplit([' ', '\u{a0}']).next() == Some(name))
                }
                _ => heading.split([' ', '\u{a0}']).next() == Some(name),
            })
        })
    }

    /// The indented line that follows such a line.
    fn text_after(&self, is_heading: impl Fn(&str) -> bool) -> Option<&str> {
        let mut lines = self.text.lines().skip_while(|line| !is_heading(line)).skip(1);
        let text = lines.find(|line| !line.trim().is_empty())?;
        let is_text = text.starts_with('\t') && !text.trim_start().starts_with('●') && !text.contains(NOTHING);
        is_text.then(|| text.trim())
    }
}

/// Whether a heading's first word is a type and this name, and perhaps its setter.
fn is_named(word: &str, name: &str) -> bool {
    word.ends_with(name) || word.contains(&format!("{name}set_"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(text: &str) -> Page {
        Page { class: "A".to_owned(), members: Vec::new(), text: text.to_owned() }
    }

    #[test]
    fn descriptions_follow_their_headings() {
        let page = page(
            "Class: A\nInherits: B\n\n\tAn A.\n\n\t● X = 0\n\tWhat X is.\n\t● Y = 1\n\n● floatsize [default: 1.0]\n\n\tHow large.\n\n\n\
             ● int get_size() const\n\n\t  There is currently no description for this method.\n\n● void go(x: int)\n\n\tGoes.\n",
        );
        assert_eq!(page.description(), Some("An A."));
        assert_eq!(page.description_of("constant", "X"), Some("What X is."));
        assert_eq!(page.description_of("constant", "Y"), None);
        assert_eq!(page.description_of("property", "size"), Some("How large."));
        assert_eq!(page.description_of("method", "get_size"), None);
        assert_eq!(page.description_of("method", "go"), Some("Goes."));
        assert_eq!(page.description_of("method", "stay"), None);
    }
}
