//! Variables in texts: `$V`, `${V}`, `${V:-default}`, `${V-default}`, `${V:?why}`, `${V?why}`, `${V:+other}`, `${V+other}`, one
//! inside of another, and `$$`.

use std::collections::BTreeMap;
use std::collections::BTreeSet;

/// What is known of variables.
#[derive(Debug, Clone, Default)]
pub struct Variables {
    pub set: BTreeMap<String, String>,
}

/// Why a text can't be filled in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Missing {
    Required {
        variable: String,
        why: String,
    },
    /// It begins with `${` and goes on as nothing that is known.
    Malformed,
    /// More is filled in than anybody writes.
    TooLong,
}

/// A text with everything filled in, and what was met meanwhile.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Filled {
    pub text: String,
    /// Variables without a value and a default.
    pub unset: BTreeSet<String>,
    pub missing: Vec<Missing>,
    /// How many bytes came from variables.
    spent: usize,
}

/// How deep defaults may be nested.
const DEEPEST: usize = 32;

/// How much may be filled into one text, in bytes.
const LONGEST: usize = 1 << 20;

impl Variables {
    /// Adds those that are not set yet.
    pub fn add(&mut self, more: BTreeMap<String, String>) {
        for (name, value) in more {
            self.set.entry(name).or_insert(value);
        }
    }

    pub fn fill(&self, text: &str) -> Filled {
        let mut filled = Filled::default();
        let result = self.fill_in(text, &mut filled, 0);
        filled.text = result;
        filled
    }

    fn fill_in(&self, text: &str, filled: &mut Filled, depth: usize) -> String {
        let mut result = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, after)) = rest.split_once('$') {
            result.push_str(before);
            if let Some(after) = after.strip_prefix('$') {
                result.push('$');
                rest = after;
                continue;
            }
            if let Some(inside) = after.strip_prefix('{') {
                let Some((expression, behind)) = braced(inside).filter(|_| depth < DEEPEST) else {
                    filled.missing.push(Missing::Malformed);
                    return result;
                };
                result.push_str(&self.expression(expression, filled, depth));
                rest = behind;
                continue;
            }
            let name = name_in(after);
            if name.is_empty() {
                result.push('$');
            } else {
                result.push_str(&self.value(name, filled));
            }
            rest = &after[name.len()..];
        }
        result.push_str(rest);
        result
    }

    fn value(&self, name: &str, filled: &mut Filled) -> String {
        let Some(value) = self.set.get(name) else {
            filled.unset.insert(name.to_owned());
            return String::new();
        };
        filled.taken(value)
    }

    fn expression(&self, expression: &str, filled: &mut Filled, depth: usize) -> String {
        let name = name_in(expression);
        let operation = &expression[name.len()..];
        if operation.is_empty() {
            return self.value(name, filled);
        }
        let (needs_content, operation) = match operation.strip_prefix(':') {
            Some(operation) => (true, operation),
            None => (false, operation),
        };
        let value = self.set.get(name).filter(|value| !needs_content || !value.is_empty());
        let mut letters = operation.chars();
        let operator = letters.next();
        let operand = letters.as_str();
        match (operator, value) {
            (Some('-' | '?'), Some(value)) => filled.taken(value),
            (Some('-'), None) | (Some('+'), Some(_)) => self.fill_in(operand, filled, depth + 1),
            (Some('+'), None) => self.set.get(name).map(|value| filled.taken(value)).unwrap_or_default(),
            _ => {
                let why = self.fill_in(operand, filled, depth + 1);
                filled.missing.push(Missing::Required { variable: name.to_owned(), why });
                String::new()
            }
        }
    }
}

impl Filled {
    /// A variable's value, or nothing when too much is filled in already.
    fn taken(&mut self, value: &str) -> String {
        self.spent = self.spent.saturating_add(value.len());
        if self.spent <= LONGEST {
            return value.to_owned();
        }
        if !self.is_too_long() {
            self.missing.push(Missing::TooLong);
        }
        String::new()
    }

    pub fn is_too_long(&self) -> bool {
        self.missing.contains(&Missing::TooLong)
    }
}

fn name_in(text: &str) -> &str {
    if text.starts_with(|c: char| c.is_ascii_digit()) {
        return "";
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

/// Splits at the brace that closes, when what stands before it can be one: a name, or a name and an operation.
fn braced(inside: &str) -> Option<(&str, &str)> {
    let name = name_in(inside);
    let after = &inside[name.len()..];
    if name.is_empty() {
        return None;
    }
    if let Some(behind) = after.strip_prefix('}') {
        return Some((name, behind));
    }
    if !after.strip_prefix(':').unwrap_or(after).starts_with(['-', '+', '?']) {
        return None;
    }
    // An operation ends at its own brace; one that is not balanced, at the last of the line.
    let last = || inside[..inside.find('\n').unwrap_or(inside.len())].rfind('}');
    let end = closing(inside).or_else(last)?;
    Some((&inside[..end], &inside[end + 1..]))
}

/// Where the brace is, in the same line, that closes an open one. What follows an opening brace at once is never looked at.
fn closing(inside: &str) -> Option<usize> {
    let mut open = 1_usize;
    let mut letters = inside.char_indices().skip(1);
    while let Some((at, letter)) = letters.next() {
        match letter {
            '\n' => return None,
            '}' if open == 1 => return Some(at),
            '}' => open -= 1,
            '{' => {
                open += 1;
                letters.next().filter(|(_, letter)| *letter != '\n')?;
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn variables() -> Variables {
        let set = [("A", "a"), ("E", ""), ("N_1", "n")];
        Variables { set: set.map(|(name, value)| (name.to_owned(), value.to_owned())).into() }
    }

    #[test]
    fn every_form_is_filled_in() {
        for (text, filled) in [
            ("$A-$A.$N_1", "a-a.n"),
            ("${A}${X}", "a"),
            ("${X:-d}${E:-d}${A:-d}", "dda"),
            ("${X-d}${E-d}${A-d}", "da"),
            ("${X:+r}${E:+r}${A:+r}", "r"),
            ("${X+r}${E+r}${A+r}", "rr"),
            ("${A:?no}${E?no}", "a"),
            ("$$A $${A} 5$ $5 $", "$A ${A} 5$ $5 $"),
            ("${X:-${Y:-${A}}/b}c", "a/bc"),
            ("${X:-{\"k\": 1}}!", "{\"k\": 1}!"),
            ("${X:-{}}", "{}"),
            ("${X:-{}} }", "{}} "),
            ("${X:-$$5}", "$5"),
            ("ü${X:-ö}ä", "üöä"),
        ] {
            let found = variables().fill(text);
            assert_eq!((found.text.as_str(), &found.missing[..]), (filled, &[][..]), "{text}");
        }
    }

    #[test]
    fn no_text_grows_without_an_end() {
        let mut variables = variables();
        variables.set.insert("A".to_owned(), "a".repeat(1000));
        let ways = ["$A", "${A}", "${A:-}", "${X:-$A}", "${X:?$A}"];
        for way in ways {
            let found = variables.fill(&way.repeat(10_000));
            assert!(found.is_too_long(), "{way}");
            assert!(found.text.len() <= LONGEST, "{way}");
        }
        assert!(!variables.fill(&"$A".repeat(1000)).is_too_long());
    }

    #[test]
    fn what_is_missing_is_told() {
        let found = variables().fill("${X:?say $A}${E:?}${Y}");
        let required = |variable: &str, why: &str| Missing::Required { variable: variable.into(), why: why.into() };
        assert_eq!(found.missing, [required("X", "say a"), required("E", "")]);
        assert_eq!(found.unset.into_iter().collect::<Vec<_>>(), ["Y"]);
        for text in ["${", "${}", "${1}", "${A", "${A:}", "${A b}", "${ü}", "${A:-\n}"] {
            assert_eq!(variables().fill(text).missing, [Missing::Malformed], "{text:?}");
        }
        let deep = "${X:-".repeat(10_000) + &"}".repeat(10_000);
        assert_eq!(variables().fill(&deep).missing, [Missing::Malformed]);
    }
}
