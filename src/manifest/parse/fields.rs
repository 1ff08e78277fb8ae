//! Reading a mapping with known keys: what every part of the manifest has in common.

use crate::manifest::findings::Findings;
use crate::manifest::yaml::{Entry, Node, Value};
use crate::manifest::{At, Span};
use crate::problem::{Problem, kinds};
use crate::words;

/// Which keys a kind of mapping knows.
#[derive(Debug)]
pub struct Shape {
    pub keys: &'static [&'static str],
    /// Words of other tools, and the key that means the same here or what to do instead.
    pub elsewhere: &'static [(&'static str, Elsewhere)],
}

#[derive(Debug, Clone, Copy)]
pub enum Elsewhere {
    Key(&'static str),
    Advice(&'static str),
}

/// A mapping whose unknown keys are already told.
#[derive(Debug)]
pub struct Fields<'n> {
    /// How a problem calls it: `the app \`api\``.
    pub owner: String,
    /// Where a problem with the whole is shown.
    pub span: Span,
    entries: &'n [Entry],
    /// Keys that unknown ones most likely mean: they are not missed as well.
    meant: Vec<&'static str>,
}

/// One key of it with its value.
#[derive(Debug, Clone)]
pub struct Field<'n> {
    /// How a problem calls it: `\`port\` of the app \`api\``.
    pub subject: String,
    pub key: Span,
    pub node: &'n Node,
}

/// `db:postgres`, which is one word to YAML.
fn pair_without_space(node: &Node) -> Option<(&str, &str)> {
    let Value::Scalar(text) = &node.value else { return None };
    let (key, value) = text.split_once(':')?;
    let is_word = |text: &str| !text.is_empty() && !text.contains(char::is_whitespace);
    (is_word(key) && is_word(value) && !value.starts_with('/')).then_some((key, value))
}

impl<'n> Fields<'n> {
    pub fn get(&self, key: &str) -> Option<Field<'n>> {
        let entry = self.entries.iter().find(|entry| entry.key.value == key)?;
        let subject = if self.owner.is_empty() { format!("`{key}`") } else { format!("`{key}` of {}", self.owner) };
        Some(Field { subject, key: entry.key.span, node: &entry.value })
    }

    pub fn has(&self, key: &str) -> bool {
        self.entries.iter().any(|entry| entry.key.value == key)
    }
}

impl Field<'_> {
    /// Where a problem with the value is shown: nothing can't be pointed at.
    pub fn span(&self) -> Span {
        if self.node.is_null() { self.key } else { self.node.span }
    }
}

/// Takes values out of the tree and tells what is wrong with them.
#[derive(Debug)]
pub struct Decoder<'f, 'a> {
    pub findings: &'f mut Findings<'a>,
}

impl Decoder<'_, '_> {
    /// Opens a mapping; tells of keys it does not know and of a value that is no mapping.
    pub fn fields<'n>(&mut self, field: &Field<'n>, owner: String, shape: &Shape, example: &str) -> Option<Fields<'n>> {
        let entries = match &field.node.value {
            Value::Mapping(entries) => entries,
            _ => {
                self.wrong_type(field, "a mapping", example);
                return None;
            }
        };
        let unknown = entries.iter().filter(|entry| !shape.keys.contains(&entry.key.value.as_str()));
        let meant = unknown.filter_map(|entry| self.unknown_key(&entry.key, &owner, shape)).collect();
        Some(Fields { owner, span: field.key, entries, meant })
    }

    /// Returns the key that was most likely meant.
    fn unknown_key(&mut self, key: &At<String>, owner: &str, shape: &Shape) -> Option<&'static str> {
        let mut meant = None;
        self.findings.add(key.span, || {
            let word = key.value.as_str();
            let whose = if owner.is_empty() { "the manifest" } else { owner };
            let problem = Problem::new(&kinds::MANIFEST_UNKNOWN_KEY, format!("`{word}` is not a key of {whose}"))
                .why(format!("the keys here are {}", words::list(shape.keys)));
            let known = shape.elsewhere.iter().find(|(theirs, _)| *theirs == word);
            match known {
                Some((_, Elsewhere::Key(ours))) => {
                    meant = Some(*ours);
                    problem.fix(format!("write `{ours}`, which means this here")).corrected(*ours)
                }
                Some((_, Elsewhere::Advice(advice))) => problem.fix(*advice),
                None => {
                    meant = words::nearest(word, shape.keys.iter().copied());
                    match meant {
                        Some(meant) => problem.meant(meant),
                        None => problem,
                    }
                }
            }
        });
        meant
    }

    /// `expected` follows "must be": `a list of commands`.
    pub fn wrong_type(&mut self, field: &Field, expected: &str, example: &str) {
        if matches!(field.node.value, Value::Broken) {
            return;
        }
        self.findings.add(field.span(), || {
            let what = if field.node.is_null() {
                format!("{} has no value; it must be {expected}", field.subject)
            } else {
                format!("{} must be {expected}, not {}", field.subject, field.node.noun())
            };
            let problem = Problem::new(&kinds::MANIFEST_WRONG_TYPE, what);
            if let Some((key, value)) = pair_without_space(field.node)
                && expected.starts_with("a mapping")
            {
                return problem.fix(format!("write `{key}: {value}`, with a space after the `:`"));
            }
            if example.is_empty() { problem } else { problem.fix(format!("write for example  {example}")) }
        });
    }

    /// The entries of a section; an empty one has none.
    pub fn entries<'n>(&mut self, field: &Field<'n>, expected: &str, example: &str) -> Option<&'n [Entry]> {
        match &field.node.value {
            Value::Mapping(entries) => Some(entries),
            Value::Null => Some(&[]),
            _ => {
                self.wrong_type(field, expected, example);
                None
            }
        }
    }

    /// The items of a list, or the one value that stands for a list of one; an empty field has none.
    pub fn items<'n>(&mut self, field: &Field<'n>, expected: &str, example: &str) -> Option<Vec<Field<'n>>> {
        let item = |node: &'n Node, number: usize| Field {
            subject: format!("item {number} of {}", field.subject),
            key: node.span,
            node,
        };
        match &field.node.value {
            Value::Sequence(nodes) => {
                Some(nodes.iter().enumerate().map(|(index, node)| item(node, index + 1)).collect())
            }
            Value::Scalar(_) => Some(vec![field.clone()]),
            Value::Null => Some(Vec::new()),
            Value::Mapping(_) | Value::Broken => {
                self.wrong_type(field, expected, example);
                None
            }
        }
    }

    /// Tells that a value is there, and blank.
    pub fn blank(&mut self, field: &Field, expected: &str, example: &str) {
        self.findings.add(field.span(), || {
            Problem::new(&kinds::MANIFEST_WRONG_TYPE, format!("{} must be {expected}, and is blank", field.subject))
                .fix(format!("write for example  {example}"))
        });
    }

    /// A single value as the text it looks like.
    pub fn text(&mut self, field: &Field, expected: &str, example: &str) -> Option<At<String>> {
        match &field.node.value {
            Value::Scalar(text) => Some(At::new(text.clone(), field.node.span)),
            _ => {
                self.wrong_type(field, expected, example);
                None
            }
        }
    }

    /// Tells that a key is missing; `what` it is for follows its name.
    pub fn missing(&mut self, fields: &Fields, key: &str, what: &str, example: &str) {
        if fields.meant.contains(&key) {
            return;
        }
        self.findings.add(fields.span, || {
            Problem::new(&kinds::MANIFEST_MISSING_KEY, format!("{} needs `{key}`: {what}", fields.owner))
                .fix(format!("write for example  {example}"))
        });
    }

    /// The one of several keys that is there; tells when it is none or more than one.
    pub fn exactly_one<'k>(&mut self, fields: &Fields, keys: &[&'k str], example: &str) -> Option<&'k str> {
        let there: Vec<&'k str> = keys.iter().copied().filter(|key| fields.has(key)).collect();
        let all: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
        match there.as_slice() {
            [one] => Some(one),
            [] => {
                if !keys.iter().any(|key| fields.meant.contains(key)) {
                    self.findings.add(fields.span, || {
                        let what = format!("{} needs one of {}", fields.owner, words::list(&all));
                        Problem::new(&kinds::MANIFEST_MISSING_KEY, what).fix(format!("write for example  {example}"))
                    });
                }
                None
            }
            [_, second, ..] => {
                let span = fields.get(second).map_or(fields.span, |field| field.key);
                self.findings.add(span, || {
                    let there: Vec<String> = there.iter().map(|key| format!("`{key}`")).collect();
                    Problem::new(
                        &kinds::MANIFEST_TOO_MANY_KEYS,
                        format!("{} has {}", fields.owner, words::list(&there)),
                    )
                    .why(format!("only one of {} is possible", words::list(&all)))
                    .fix("keep the one that is meant")
                });
                None
            }
        }
    }
}
