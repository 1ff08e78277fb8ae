//! `.env` files as a compose file's reader takes them: with variables filled in, `KEY: value` as well as `KEY=value`, and names
//! without a value, which are taken over. `secrets` reads the files of this tool more strictly.

use std::collections::BTreeMap;

use super::variables::Variables;

/// A line that can't be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wrong {
    pub line: usize,
    pub why: &'static str,
}

/// How much the values of one file may be together, in bytes.
const LARGEST: usize = 8 << 20;

const TOO_LONG: &str = "makes values longer than anybody writes";

/// The variables of a file; those that are set already win where a value refers to one.
///
/// # Errors
/// The first line that is not understood.
pub fn parse(text: &str, known: &Variables) -> Result<BTreeMap<String, String>, Wrong> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
    let mut reader = Reader { rest: &text, line: 1 };
    let mut found = BTreeMap::new();
    // Those that are set already win over those of the file.
    let mut all = known.clone();
    let mut size = 0_usize;
    while let Some(key) = reader.key()? {
        let Key { name, has_value } = key;
        let value = match has_value.then(|| reader.value()).transpose()? {
            None => known.set.get(name).cloned(),
            Some(Value::Verbatim(text)) => Some(text),
            Some(Value::Template(text)) => {
                let filled = all.fill(&text);
                if filled.is_too_long() {
                    return Err(Wrong { line: reader.line, why: TOO_LONG });
                }
                Some(filled.text)
            }
        };
        let Some(value) = value else { continue };
        size = size.saturating_add(value.len());
        if size > LARGEST {
            return Err(Wrong { line: reader.line, why: TOO_LONG });
        }
        if !known.set.contains_key(name) {
            all.set.insert(name.to_owned(), value.clone());
        }
        found.insert(name.to_owned(), value);
    }
    Ok(found)
}

struct Key<'t> {
    name: &'t str,
    has_value: bool,
}

enum Value {
    Verbatim(String),
    Template(String),
}

struct Reader<'t> {
    rest: &'t str,
    line: usize,
}

impl<'t> Reader<'t> {
    /// The next name, after blank lines and comments.
    fn key(&mut self) -> Result<Option<Key<'t>>, Wrong> {
        loop {
            let (line, rest) = self.rest.split_once('\n').unwrap_or((self.rest, ""));
            let statement = line.trim();
            if statement.is_empty() || statement.starts_with('#') {
                if rest.is_empty() {
                    return Ok(None);
                }
                self.rest = rest;
                self.line += 1;
                continue;
            }
            let indent = line.len() - line.trim_start().len();
            let export = line[indent..].strip_prefix("export").filter(|rest| rest.starts_with([' ', '\t']));
            let body = export.map_or(&line[indent..], str::trim_start);
            let end = body.find(['=', ':']);
            let name = end.map_or(body, |end| &body[..end]).trim_end();
            let is_name = !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || "_.-[]".contains(c));
            if !is_name {
                return Err(Wrong { line: self.line, why: "has no name of a variable before the `=`" });
            }
            let used = end.map_or(line.len(), |end| line.len() - body.len() + end + 1);
            self.rest = &self.rest[used..];
            return Ok(Some(Key { name, has_value: end.is_some() }));
        }
    }

    fn value(&mut self) -> Result<Value, Wrong> {
        self.rest = self.rest.trim_start_matches([' ', '\t']);
        match self.rest.chars().next() {
            Some(quote @ ('"' | '\'')) => self.quoted(quote),
            _ => {
                let line = self.rest.split('\n').next().unwrap_or_default();
                self.rest = &self.rest[line.len()..];
                let comment = line.find(" #").unwrap_or(line.len());
                let line = if line.starts_with('#') { "" } else { &line[..comment] };
                Ok(Value::Template(line.trim().to_owned()))
            }
        }
    }

    fn quoted(&mut self, quote: char) -> Result<Value, Wrong> {
        let mut value = String::new();
        let mut letters = self.rest.char_indices().skip(1);
        while let Some((at, letter)) = letters.next() {
            if letter == quote {
                self.rest = &self.rest[at + 1..];
                self.line += value.matches('\n').count();
                let line = self.rest.split('\n').next().unwrap_or_default();
                if line.trim_start().starts_with('#') {
                    self.rest = &self.rest[line.len()..];
                }
                let is_template = quote == '"';
                return Ok(if is_template { Value::Template(unescaped(&value)) } else { Value::Verbatim(value) });
            }
            value.push(letter);
            if letter == '\\' {
                value.extend(letters.next().map(|(_, letter)| letter));
            }
        }
        Err(Wrong { line: self.line, why: "begins a quote that is never closed" })
    }
}

/// What a backslash means inside of double quotes.
fn unescaped(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        if letter != '\\' {
            result.push(letter);
            continue;
        }
        match letters.next() {
            Some('n') => result.push('\n'),
            Some('r') => result.push('\r'),
            Some('t') => result.push('\t'),
            // So that it is not taken for a variable.
            Some('$') => result.push_str("$$"),
            Some(other @ ('"' | '\\')) => result.push(other),
            Some(other) => result.extend(['\\', other]),
            None => result.push('\\'),
        }
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_write_is_read() {
        let known = Variables { set: [("HOST", "h"), ("SET", "s")].map(|(k, v)| (k.to_owned(), v.to_owned())).into() };
        let text = "# c\nexport A=1\nB = two words # why\nC='$A \\n'\nD=\"x\\ny $A \\$A\" # c\nE=\nF=a#b\nG: yaml\nSET\nUNSET\n\
                    H=${A}-${HOST}-${NO:-d}\r\nI=\"a\nb\"\nJ=last";
        let found = parse(text, &known).unwrap();
        let found: Vec<String> = found.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(
            found,
            [
                "A=1",
                "B=two words",
                "C=$A \\n",
                "D=x\ny 1 $A",
                "E=",
                "F=a#b",
                "G=yaml",
                "H=1-h-d",
                "I=a\nb",
                "J=last",
                "SET=s"
            ]
        );
    }

    #[test]
    fn values_that_double_each_other_are_refused() {
        let mut text = "V0=0123456789\n".to_owned();
        for number in 1..40 {
            text.push_str(&format!("V{number}=${{V{0}}}${{V{0}}}\n", number - 1));
        }
        assert_eq!(parse(&text, &Variables::default()).unwrap_err().why, TOO_LONG);
        let long = format!("A={}\n", "a".repeat(1_000_000));
        let many: String = (0..20).map(|number| format!("B{number}=$A\n")).collect();
        assert_eq!(parse(&(long + &many), &Variables::default()).unwrap_err().line, 9);
    }

    #[test]
    fn a_wrong_line_is_named() {
        for (text, line) in [("A=1\ntwo words=2", 2), ("A=\"x", 1), ("=x", 1), ("A=\"b\nc\"\n\n{}=1", 4)] {
            assert_eq!(parse(text, &Variables::default()).unwrap_err().line, line, "{text:?}");
        }
    }
}
