//! What is wrong with YAML text, in our own words.

use granit_parser::{ErrorKind, ScanError};

use super::build::Stop;
use crate::manifest::Span;
use crate::manifest::findings::Source;
use crate::problem::{Problem, kinds};

/// The place of the first character that no text file should have.
pub fn unprintable(source: &Source) -> Option<Span> {
    let is_bad = |c: char| (c.is_control() && !matches!(c, '\t' | '\n' | '\r' | '\u{85}')) || c == '\u{feff}';
    let offset = source.text().find(is_bad)?;
    let before = &source.text()[..offset];
    let line = before.replace("\r\n", "\n").matches(['\n', '\r']).count() + 1;
    let start = before.rfind(['\n', '\r']).map_or(0, |index| index + 1);
    let column = before[start..].chars().count() + 1;
    Some(Span {
        origin: source.origin(),
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
        width: 1,
    })
}

pub fn unprintable_problem(source: &Source, span: Span) -> Problem {
    let line = source.line(span.line);
    let found = line.chars().nth(span.column.saturating_sub(1) as usize).unwrap_or('\0');
    Problem::new(&kinds::MANIFEST_SYNTAX, format!("here is a character that can't be seen: U+{:04X}", u32::from(found)))
        .why("text files do not contain it; this may not be a text file, or something was pasted with it")
        .fix("delete it; inside double quotes it can be written as `\\x00` with its number")
}

pub fn too_deep() -> Problem {
    Problem::new(&kinds::MANIFEST_TOO_DEEP, "the manifest is nested too deep")
        .why("lists and mappings may be 64 deep; a manifest needs about five")
        .fix("look for an opening `[` or `{` that is never closed")
}

pub fn unknown_alias(name: &str) -> Problem {
    Problem::new(&kinds::MANIFEST_UNKNOWN_ANCHOR, format!("`*{name}` stands for nothing"))
        .why(format!("text that begins with `*` is an alias in YAML, and no `&{name}` comes before it"))
        .fix(format!("write \"*{name}\" in quotes if it is meant as text"))
}

pub fn unknown_mark(mark: &str) -> Problem {
    Problem::new(&kinds::MANIFEST_UNKNOWN_MARK, format!("`{mark}` has no meaning here"))
        .why("an unquoted word that begins with `!` says in YAML what type a value has")
        .fix("remove it, or put quotes around the whole value if it is meant as text")
}

/// Where and why the parser gave up; `bracket` is the innermost one that was open then.
pub fn stop(source: &Source, error: &ScanError, bracket: Option<Span>) -> Stop {
    let marker = error.marker();
    let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
    let span = Span {
        origin: source.origin(),
        line: number(marker.line()).max(1),
        column: number(marker.col() + 1),
        width: 1,
    };
    if *error.kind() == ErrorKind::RecursionLimitExceeded {
        return Box::new((span, too_deep()));
    }
    let span = inside_text(source, span);
    let span = if is_tab(error.kind()) { tab_below(source, span) } else { span };
    let in_brackets = bracket.is_some()
        || matches!(error.kind(), ErrorKind::ExpectedFlowMappingSeparator | ErrorKind::ExpectedFlowSequenceSeparator);
    if in_brackets && source.line(span.line).contains("${") {
        let problem = Problem::new(&kinds::MANIFEST_SYNTAX, "inside `{ }` and `[ ]`, a value with `${` needs quotes")
            .why("the braces of `${…}` are read as those of a mapping otherwise")
            .fix("write for example  { run: \"serve ${db.host}\" }");
        return Box::new((span, problem));
    }
    // A bracket that is open since an earlier line explains whatever is met in this one.
    let is_quote =
        matches!(error.kind(), ErrorKind::UnclosedQuotedScalar | ErrorKind::MismatchedFlowCollectionEnd { .. });
    if let Some(bracket) = bracket.filter(|bracket| bracket.line < span.line && !is_quote) {
        let open = source.line(bracket.line).chars().nth(bracket.column.saturating_sub(1) as usize).unwrap_or('[');
        let (what, fix) = unclosed(open);
        let problem = Problem::new(&kinds::MANIFEST_SYNTAX, what).fix(fix);
        return Box::new((Span { width: 1, ..bracket }, problem));
    }
    let (what, fix) = explain(error.kind(), source, span);
    Box::new((span, Problem::new(&kinds::MANIFEST_SYNTAX, what).fix(fix)))
}

/// The parser notices some mistakes only at the end of the text: shows the last line with content then.
fn inside_text(source: &Source, span: Span) -> Span {
    let mut line = span.line;
    while line > 1 && source.line(line).trim().is_empty() {
        line -= 1;
    }
    let length = u32::try_from(source.line(line).chars().count()).unwrap_or(u32::MAX);
    if line == span.line {
        Span { column: span.column.min(length.max(1)), ..span }
    } else {
        Span { line, column: length.max(1), width: 1, ..span }
    }
}

/// A tab is noticed where the line before it ends.
fn tab_below(source: &Source, span: Span) -> Span {
    let next = span.line + 1;
    if !indented_with_tab(source.line(span.line)) && indented_with_tab(source.line(next)) {
        return Span { line: next, column: 1, width: 1, ..span };
    }
    span
}

const QUOTE: &str = "put quotes around the whole value";

// what the parser met                         | what we say
// --------------------------------------------|----------------------------------------
// a tab where indentation is counted          | use spaces
// a quote, bracket or brace without its end   | where it began, close it
// `: ` inside a value, text after quotes      | quote the whole value
// a line at an impossible indentation         | line it up with its neighbours
// a character that can't begin a value        | quote it
// anything else                               | not YAML, with the commonest causes
fn explain(kind: &ErrorKind, source: &Source, span: Span) -> (String, String) {
    let line = source.line(span.line);
    if indented_with_tab(line) {
        let fix = "indent with spaces, two for each level";
        return ("this line is indented with a tab, which YAML does not allow".to_owned(), fix.to_owned());
    }
    explain_bracket(kind)
        .or_else(|| explain_value(kind, line, span))
        .or_else(|| explain_layout(kind))
        .unwrap_or_else(|| both("this is not YAML", "check indentation and quotes around here"))
}

fn both(what: &str, fix: &str) -> (String, String) {
    (what.to_owned(), fix.to_owned())
}

fn explain_bracket(kind: &ErrorKind) -> Option<(String, String)> {
    use ErrorKind as K;
    Some(match kind {
        K::UnclosedFlowCollection { open } => unclosed(*open),
        K::UnexpectedEofFlowSequence | K::ExpectedFlowSequenceSeparator => both(
            "the list that `[` opened is not closed or lacks a comma",
            "separate its values with `,` and end it with `]`",
        ),
        K::UnexpectedEofFlowMapping | K::UnexpectedEofImplicitFlowMapping | K::ExpectedFlowMappingSeparator => both(
            "the mapping that `{` opened is not closed or lacks a comma",
            "separate its pairs with `,` and end it with `}`",
        ),
        K::MisplacedFlowCollectionEnd => {
            both("a bracket is closed here that was never opened", "remove it, or quote the value")
        }
        K::MismatchedFlowCollectionEnd { open, close } => {
            (format!("`{open}` is closed by `{close}`"), "make the two match".to_owned())
        }
        _ => return None,
    })
}

fn explain_value(kind: &ErrorKind, line: &str, span: Span) -> Option<(String, String)> {
    use ErrorKind as K;
    Some(match kind {
        K::UnclosedQuotedScalar => both("this quote is never closed", "add the closing quote"),
        K::DocumentIndicatorInQuotedScalar => {
            both("a quote is still open where this line begins", "add the closing quote further up")
        }
        K::MappingValueNotAllowed | K::InvalidColonPlacement if is_second_colon(line, span) => {
            both("a second `: ` is not possible in this value", QUOTE)
        }
        K::InvalidTrailingSingleQuotedScalar | K::InvalidTrailingDoubleQuotedScalar => {
            both("text follows after the closing quote", QUOTE)
        }
        K::UnknownQuotedScalarEscape | K::InvalidQuotedScalarHexEscape => both(
            "`\\` begins a sequence that double quotes do not know",
            "write `\\\\` for the character itself, or use single quotes",
        ),
        K::UnexpectedCharacter { character: '`' } => both("a value can't begin with a backtick", QUOTE),
        K::UnexpectedCharacter { character } => (format!("a value can't begin with `{character}`"), QUOTE.to_owned()),
        K::CommentNotSeparated => {
            both("a comment must be separated by a space", "put a space before the `#`, or quotes around the value")
        }
        _ => return None,
    })
}

fn explain_layout(kind: &ErrorKind) -> Option<(String, String)> {
    use ErrorKind as K;
    Some(match kind {
        K::MappingValueNotAllowed | K::InvalidColonPlacement => both(
            "this line is read as part of the value before it",
            "line it up with its neighbours, and see that the line before has its `: `",
        ),
        K::SimpleKeyExpected | K::InvalidSimpleKey => both(
            "this line is neither `key: value` nor part of the value before",
            "write `key: value`, with a space after the `:`",
        ),
        K::InvalidIndentation
        | K::ExpectedBlockMappingKey
        | K::ExpectedBlockSequenceEntry
        | K::InvalidBlockScalarIndent
        | K::InvalidQuotedScalarIndent
        | K::InvalidFlowScalarIndent
        | K::BlockSequenceEntryNotAllowed
        | K::MappingKeyNotAllowed
        | K::ExpectedDocumentStart => both(
            "this line does not fit to the ones before it",
            "line it up with its neighbours; YAML counts the spaces in front",
        ),
        kind if is_tab(kind) => both("YAML does not allow a tab here", "use spaces instead of the tab"),
        _ => return None,
    })
}

fn is_tab(kind: &ErrorKind) -> bool {
    use ErrorKind as K;
    matches!(
        kind,
        K::TabNotAllowed
            | K::TabInBlockIndentation
            | K::TabInIndentation
            | K::TabInPlainScalar
            | K::TabAtBlockScalarStart
    )
}

fn is_second_colon(line: &str, span: Span) -> bool {
    let before: String = line.chars().take(span.column.saturating_sub(1) as usize).collect();
    before.contains(": ")
}

fn unclosed(open: char) -> (String, String) {
    let close = if open == '[' { ']' } else { '}' };
    (format!("`{open}` is opened here and never closed"), format!("add the missing `{close}`"))
}

fn indented_with_tab(line: &str) -> bool {
    let indentation = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
    indentation.contains('\t')
}
