//! The header `Sec-WebSocket-Extensions` (RFC 6455 section 9.1): a list of names with parameters.

/// One extension of the list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Extension<'head> {
    pub(super) name: &'head str,
    /// Names and values, in their order.
    pub(super) parameters: Vec<(&'head str, Option<String>)>,
}

/// The extensions that a header names, over all of its lines. What follows a fault of grammar is not understood, so nothing
/// after it counts.
pub(super) fn parse<'head>(lines: impl Iterator<Item = &'head str>) -> (Vec<Extension<'head>>, Grammar) {
    let mut extensions = Vec::new();
    for line in lines {
        let mut rest = Cursor(line);
        loop {
            rest.skip_blanks();
            if rest.0.is_empty() {
                break;
            }
            // Elements of a list may be empty (RFC 9110 section 5.6.1.2).
            if rest.take(',') {
                continue;
            }
            let Some(extension) = rest.extension() else { return (extensions, Grammar::Broken) };
            extensions.push(extension);
            rest.skip_blanks();
            if !rest.0.is_empty() && !rest.take(',') {
                // What was read last belongs to something that is not understood.
                extensions.pop();
                return (extensions, Grammar::Broken);
            }
        }
    }
    (extensions, Grammar::Fine)
}

/// Whether a header was understood to its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Grammar {
    Fine,
    Broken,
}

/// What of a line was not read yet.
struct Cursor<'head>(&'head str);

impl<'head> Cursor<'head> {
    fn extension(&mut self) -> Option<Extension<'head>> {
        let name = self.token()?;
        let mut parameters = Vec::new();
        loop {
            self.skip_blanks();
            if !self.take(';') {
                return Some(Extension { name, parameters });
            }
            self.skip_blanks();
            let name = self.token()?;
            let value = if self.take('=') { Some(self.value()?) } else { None };
            parameters.push((name, value));
        }
    }

    /// A token, or one in quotes.
    fn value(&mut self) -> Option<String> {
        if !self.take('"') {
            return self.token().map(str::to_owned);
        }
        let mut value = String::new();
        loop {
            let next = match self.next()? {
                '"' => break,
                '\\' => self.next()?,
                other => other,
            };
            value.push(next);
        }
        // RFC 6455 section 9.1: without its quotes it has to be a token still.
        (!value.is_empty() && value.chars().all(is_token)).then_some(value)
    }

    fn token(&mut self) -> Option<&'head str> {
        let end = self.0.find(|next| !is_token(next)).unwrap_or(self.0.len());
        let (token, rest) = self.0.split_at_checked(end)?;
        self.0 = rest;
        (!token.is_empty()).then_some(token)
    }

    fn take(&mut self, wanted: char) -> bool {
        self.0.strip_prefix(wanted).map(|rest| self.0 = rest).is_some()
    }

    fn next(&mut self) -> Option<char> {
        let mut chars = self.0.chars();
        let next = chars.next();
        self.0 = chars.as_str();
        next
    }

    fn skip_blanks(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }
}

/// RFC 9110 section 5.6.2.
fn is_token(next: char) -> bool {
    next.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(next)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The header in its shortest spelling, or what of it was understood before a fault.
    fn read(lines: &[&str]) -> Result<String, String> {
        let (extensions, grammar) = parse(lines.iter().copied());
        let spelled: Vec<String> = extensions
            .iter()
            .map(|extension| {
                let parameters = extension.parameters.iter().map(|(name, value)| match value {
                    Some(value) => format!(";{name}={value}"),
                    None => format!(";{name}"),
                });
                format!("{}{}", extension.name, parameters.collect::<String>())
            })
            .collect();
        let spelled = spelled.join(",");
        if grammar == Grammar::Fine { Ok(spelled) } else { Err(spelled) }
    }

    #[test]
    fn legal_spellings_are_understood() {
        for (lines, expected) in [
            (&[""][..], ""),
            (&["a"], "a"),
            (&[" a ; b ;c=1 , d;e=\"2\" "], "a;b;c=1,d;e=2"),
            (&["a", "b;c"], "a,b;c"),
            (&[",a,,b,"], "a,b"),
            (&["a;b=\"\\1\\0\""], "a;b=10"),
            (&["a\t;\tb"], "a;b"),
        ] {
            assert_eq!(read(lines), Ok(expected.to_owned()), "{lines:?}");
        }
    }

    #[test]
    fn nothing_counts_after_a_fault() {
        for (lines, before) in [
            (&["a;"][..], ""),
            (&["a;;b"], ""),
            (&["a;b="], ""),
            (&["a;b=\"\""], ""),
            (&["a;b=\"1"], ""),
            (&["a;b=\"1 2\""], ""),
            (&["a;b=\"1\"2, c"], ""),
            (&["a b, c"], ""),
            (&["a;=1"], ""),
            (&["a, b;c d", "e"], "a"),
            (&["=a"], ""),
            (&["a;b=ä"], ""),
        ] {
            assert_eq!(read(lines), Err(before.to_owned()), "{lines:?}");
        }
    }
}
