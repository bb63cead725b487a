//! What somebody else said, made fit for a log or an error message: escaped, and of bounded length.

use std::fmt;

/// The longest excerpt, in characters. The longest reason of a close frame fits, unless much of it has to be escaped.
const MAX_LENGTH: usize = 160;

/// What follows an excerpt that is not the whole.
const MORE: char = '…';

/// A piece of what somebody else said, for people to read: without line breaks, control characters, or anything else
/// that changes how the rest of a line is shown, and not longer than a line or two.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Excerpt(Box<str>);

impl Excerpt {
    /// The beginning of a text.
    #[must_use]
    pub fn of(text: &str) -> Self {
        Self::list([text])
    }

    /// The beginning of a list, with commas between its items. No more of them are asked for than fit.
    #[must_use]
    pub fn list<'text>(items: impl IntoIterator<Item = &'text str>) -> Self {
        let mut line = Line::default();
        for (index, item) in items.into_iter().enumerate() {
            let separator = if index == 0 { "" } else { ", " };
            if !(line.fits(separator) && line.fits(item)) {
                line.text.push(MORE);
                break;
            }
        }
        Self(line.text.into())
    }

    /// Whether there was nothing to take an excerpt of.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Display for Excerpt {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}

#[derive(Default)]
struct Line {
    text: String,
    /// In characters.
    length: usize,
}

impl Line {
    /// Adds a text, escaped, as far as there is room. Whether all of it was added.
    fn fits(&mut self, text: &str) -> bool {
        text.chars().all(|character| {
            let escaped = character.escape_debug();
            // Quotes do no harm to a sentence, and it reads better without backslashes.
            let is_quote = matches!(character, '\'' | '"');
            let length = if is_quote { 1 } else { escaped.len() };
            if self.length + length > MAX_LENGTH {
                return false;
            }
            self.length += length;
            if is_quote {
                self.text.push(character);
            } else {
                self.text.extend(escaped);
            }
            true
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ordinary_words_stay_as_they_are() {
        for text in ["", "come back later", "don't \"ask\"", "ä ß 日本 🎮"] {
            assert_eq!(Excerpt::of(text).to_string(), text);
        }
    }

    #[test]
    fn what_would_change_a_line_is_escaped() {
        let excerpt = Excerpt::of("a\r\nERROR: b\u{1b}[31m\u{202e}c\u{0}\\").to_string();
        assert_eq!(excerpt, "a\\r\\nERROR: b\\u{1b}[31m\\u{202e}c\\0\\\\");
    }

    #[test]
    fn a_long_text_is_cut() {
        for (text, length) in [("ä".repeat(160), 160), ("ä".repeat(161), 161), ("\u{1b}".repeat(1000), 157)] {
            let excerpt = Excerpt::of(&text).to_string();
            assert_eq!(excerpt.chars().count(), length);
            assert_eq!(excerpt.ends_with(MORE), length != 160, "{excerpt}");
        }
    }

    #[test]
    fn a_list_is_read_no_further_than_it_fits() {
        assert_eq!(Excerpt::list(["a", "b"]).to_string(), "a, b");
        assert!(Excerpt::list([]).is_empty());
        let mut asked = 0;
        let endless = std::iter::repeat("name").inspect(|_| asked += 1);
        assert!(Excerpt::list(endless).to_string().ends_with(MORE));
        assert!(asked < 100, "{asked}");
    }
}
