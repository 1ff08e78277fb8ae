//! Reads `.env` files strictly: a line that is not understood is told, not skipped.
//!
//! `KEY=value`, with or without `export` in front. A value is plain (up to ` #`), in single quotes (as it stands) or in double
//! quotes (with `\n`, `\r`, `\t`, `\"`, `\\` and `\$`); quoted ones may go over several lines. Nothing is filled in for `$NAME`.

use std::collections::BTreeMap;

use crate::names::Sensitive;

/// A line that can't be read. Never holds any of its text, which may be a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    /// From 1.
    pub line: usize,
    /// A clause that follows "line 3": `has no =`.
    pub what: &'static str,
}

/// All variables of a file; of one that is there twice, the last counts.
///
/// # Errors
/// The first line that is not understood.
pub fn parse(text: &str) -> Result<BTreeMap<String, Sensitive>, Wrong> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut reader = Reader { rest: text, line: 1 };
    let mut variables = BTreeMap::new();
    while !reader.rest.is_empty() {
        if let Some((key, value)) = reader.assignment()? {
            variables.insert(key, Sensitive::new(value));
        }
    }
    Ok(variables)
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
}

impl Reader<'_> {
    fn wrong(&self, what: &'static str) -> Wrong {
        Wrong { line: self.line, what }
    }

    fn assignment(&mut self) -> Result<Option<(String, String)>, Wrong> {
        let end = self.rest.find('\n').unwrap_or(self.rest.len());
        let line = self.rest[..end].trim();
        if line.is_empty() || line.starts_with('#') {
            self.take_line();
            return Ok(None);
        }
        let body = line.strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t'])).unwrap_or(line);
        let Some((key, _)) = body.split_once('=') else { return Err(self.wrong("has no `=`")) };
        let key = key.trim();
        let mut letters = key.chars();
        let is_name = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && letters.all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
        if !is_name {
            return Err(self.wrong("has something before the `=` that is no name of a variable"));
        }
        let key = key.to_owned();
        let equals = self.rest.find('=').unwrap_or_default();
        self.rest = self.rest[equals + 1..].trim_start_matches([' ', '\t']);
        let value = match self.rest.chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote)?,
            _ => self.plain(),
        };
        Ok(Some((key, value)))
    }

    fn plain(&mut self) -> String {
        let line = self.take_line();
        let comment = line.find(" #").or_else(|| line.find("\t#")).unwrap_or(line.len());
        let line = if line.starts_with('#') { "" } else { &line[..comment] };
        line.trim().to_owned()
    }

    fn quoted(&mut self, quote: char) -> Result<String, Wrong> {
        let began = self.wrong("begins a quote that is never closed");
        let mut value = String::new();
        let mut letters = self.rest.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            match letter {
                _ if letter == quote => {
                    self.rest = &self.rest[at + 1..];
                    self.line += value.matches('\n').count();
                    let after = self.take_line().trim();
                    if !after.is_empty() && !after.starts_with('#') {
                        return Err(Wrong { line: self.line - 1, what: "goes on behind the closing quote" });
                    }
                    return Ok(value.replace("\r\n", "\n").replace(ESCAPED_LINE, "\n"));
                }
                '\\' if quote == '"' => match letters.next().map(|(_, letter)| letter) {
                    // Told apart from a real end of line until lines are counted.
                    Some('n') => value.push(ESCAPED_LINE),
                    Some('r') => value.push('\r'),
                    Some('t') => value.push('\t'),
                    Some(letter @ ('"' | '\\' | '$' | '`')) => value.push(letter),
                    Some(letter) => value.extend(['\\', letter]),
                    None => return Err(began),
                },
                letter => value.push(letter),
            }
        }
        Err(began)
    }

    /// The rest of the line, without its end.
    fn take_line(&mut self) -> &str {
        let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
        self.rest = rest;
        self.line += 1;
        line.trim_end_matches('\r')
    }
}

/// Of the private use area, so that no text holds it.
const ESCAPED_LINE: char = '\u{f8ff}';

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let variables = parse(text).unwrap();
        variables.iter().map(|(key, value)| format!("{key}={}", value.reveal())).collect()
    }

    #[test]
    fn what_people_write_is_read() {
        let text = "\u{feff}# keys\n\nA=1\nexport B = two words # why\r\nC='it is #1 $HOME \\n'\nD=\"line\\nnext \\\"q\\\" \\$5\" # c\n\
                    E=\"-----BEGIN\nabc\n-----END\"\nF=\nG=a#b\nH=x=y==\nA=again\nI= # nothing";
        assert_eq!(
            read(text),
            [
                "A=again",
                "B=two words",
                "C=it is #1 $HOME \\n",
                "D=line\nnext \"q\" $5",
                "E=-----BEGIN\nabc\n-----END",
                "F=",
                "G=a#b",
                "H=x=y==",
                "I="
            ]
        );
    }

    #[test]
    fn a_wrong_line_is_named_without_its_text() {
        for (text, line) in [
            ("A=1\nsk_live_1\n", 2),
            ("A=\"a\nb\"\nB=1\n1C=sk_live\n", 4),
            ("A=1\n\nB=\"sk_live\nC=2\n", 3),
            ("A='a' sk_live\n", 1),
            ("A=\"x\\ny\"\nB=\"x\n y\" z\n", 3),
            ("two words=sk_live\n", 1),
            ("KEY: sk_live\n", 1),
        ] {
            let wrong = parse(text).unwrap_err();
            assert_eq!(wrong.line, line, "{text:?}: {wrong:?}");
            assert!(!wrong.what.contains("sk_live"));
        }
    }
}
