//! Text with references in it.
//!
//! Two syntaxes: a value (of `env`, a check) knows references and `$${` only, so that a typo is found; text for a shell
//! leaves everything to the shell but `${name.attribute}`, which no shell variable can be called.

use std::ops::Range;

use super::fields::{Decoder, Field};
use crate::manifest::yaml::{Node, Value};
use crate::manifest::{At, Part, Reference, Span, Template};
use crate::names::Name;
use crate::problem::{Problem, kinds};

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    Value,
    Shell,
}

impl Decoder<'_, '_> {
    /// A command for a shell.
    pub fn command(&mut self, field: &Field, example: &str) -> Option<At<Template>> {
        let text = self.text(field, "a command", example)?;
        if text.value.trim().is_empty() {
            self.blank(field, "a command", example);
            return None;
        }
        Some(At::new(self.template(&text.value, field.node, Syntax::Shell), text.span))
    }

    /// References in `text`, which is the value of `node` or a part of it.
    pub fn template(&mut self, text: &str, node: &Node, syntax: Syntax) -> Template {
        let mut parts = Vec::new();
        let mut plain = String::new();
        let mut locator = Locator::new(self.findings.source_of(node.span).text(), node);
        let mut rest = text;
        while let Some(index) = rest.find("${") {
            let inner = inside_braces(&rest[index + 2..]);
            let reference = inner.and_then(parse_reference);
            let escaped = rest[..index].ends_with('$') && (syntax == Syntax::Value || reference.is_some());
            if escaped {
                plain.push_str(&rest[..index - 1]);
                plain.push_str("${");
                rest = &rest[index + 2..];
                continue;
            }
            plain.push_str(&rest[..index]);
            let Some((inner, reference)) = inner.zip(reference) else {
                if syntax == Syntax::Value {
                    let wrong = inner.map_or("${", |inner| &rest[index..index + inner.len() + 3]);
                    let span = locator.find(wrong);
                    self.bad_reference(wrong, inner, span);
                }
                plain.push_str("${");
                rest = &rest[index + 2..];
                continue;
            };
            if !plain.is_empty() {
                parts.push(Part::Text(std::mem::take(&mut plain)));
            }
            let end = index + inner.len() + 3;
            parts.push(Part::Reference(At::new(reference, locator.find(&rest[index..end]))));
            rest = &rest[end..];
        }
        plain.push_str(rest);
        if !plain.is_empty() {
            parts.push(Part::Text(plain));
        }
        Template { parts }
    }

    fn bad_reference(&mut self, wrong: &str, inner: Option<&str>, span: Span) {
        self.findings.add(span, || {
            let Some(inner) = inner else {
                return Problem::new(&kinds::MANIFEST_BAD_REFERENCE, "`${` is not closed")
                    .fix("add the missing `}`")
                    .fix("or write `$${` for the text `${` itself");
            };
            let problem = Problem::new(&kinds::MANIFEST_BAD_REFERENCE, format!("`{wrong}` is not a reference"))
                .why("references are `${name.attribute}` and `${secret.NAME}`");
            let corrected = inner.trim().replace(['/', ':'], ".");
            let (name, attribute) = corrected.split_once('.').unwrap_or((&corrected, ""));
            let corrected = format!("{}.{attribute}", if name == "secrets" { "secret" } else { name });
            let lowered = corrected.to_lowercase();
            let problem = if parse_reference(&corrected).is_some() {
                problem.meant(format!("${{{corrected}}}"))
            } else if parse_reference(&lowered).is_some() {
                problem.meant(format!("${{{lowered}}}"))
            } else if attribute.is_empty() && Name::parse(name).is_ok() {
                problem.meant(format!("${{{name}.url}}"))
            } else {
                problem
            };
            problem.fix(format!("write `${wrong}` for the text `{wrong}` itself"))
        });
    }
}

/// What stands before the closing brace; it is on the same line and near.
fn inside_braces(rest: &str) -> Option<&str> {
    const FARTHEST: usize = 200;
    let end = rest.bytes().take(FARTHEST).position(|byte| matches!(byte, b'}' | b'\n'))?;
    rest.get(..end).filter(|_| rest.as_bytes()[end] == b'}')
}

/// `db.url` or `secret.STRIPE_KEY`.
fn parse_reference(inner: &str) -> Option<Reference> {
    let (name, attribute) = inner.split_once('.')?;
    let mut letters = attribute.chars();
    let is_word = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
    if !is_word || Name::parse(name).is_err() {
        return None;
    }
    Some(if name == "secret" {
        Reference::Secret(attribute.to_owned())
    } else {
        Reference::Value { name: name.to_owned(), attribute: attribute.to_owned() }
    })
}

/// Finds parts of a scalar's value in the text it was written as, one after the other.
struct Locator<'t> {
    text: &'t str,
    whole: Span,
    raw: Range<usize>,
    line: u32,
    column: u32,
}

impl<'t> Locator<'t> {
    fn new(text: &'t str, node: &Node) -> Self {
        let raw = if matches!(node.value, Value::Scalar(_)) { node.raw.clone() } else { 0..0 };
        Self { text, whole: node.span, raw, line: node.span.line, column: node.span.column }
    }

    /// The place of the next occurrence; the whole scalar's when it is written differently.
    fn find(&mut self, part: &str) -> Span {
        let raw = self.text.get(self.raw.clone()).unwrap_or("");
        let Some(offset) = raw.find(part) else {
            self.raw.start = self.raw.end;
            return self.whole;
        };
        let mut before = raw[..offset].chars().peekable();
        while let Some(c) = before.next() {
            let ends_line = c == '\n' || (c == '\r' && before.peek() != Some(&'\n'));
            (self.line, self.column) = if ends_line { (self.line + 1, 1) } else { (self.line, self.column + 1) };
        }
        let width = part.chars().take_while(|c| !matches!(c, '\n' | '\r')).count();
        let width = u32::try_from(width).unwrap_or(u32::MAX);
        let span = Span { origin: self.whole.origin, line: self.line, column: self.column, width };
        self.raw.start += offset + part.len();
        self.column = self.column.saturating_add(width);
        span
    }
}
