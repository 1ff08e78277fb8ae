//! Text from outside (manifests, programs, the engine) made harmless for a terminal, and measured in its columns. Pure.
//!
//! A terminal obeys escape sequences wherever they come from: they can retitle the window, hide or forge lines, answer into
//! the shell. The sequences are those of ECMA-48; what Unicode's bidirectional controls can forge is in its report 36.

use std::borrow::Cow;

use super::paint::Paint;

const ESCAPE: char = '\u{1b}';
const RESET: &str = "\u{1b}[0m";

/// Columns that text takes on a terminal; escape sequences take none.
pub fn width(text: &str) -> usize {
    console::measure_text_width(text)
}

/// Cuts text to at most `columns`, with `…` where something is missing.
pub fn cut(text: &str, columns: usize) -> Cow<'_, str> {
    console::truncate_str(text, columns, "…")
}

/// Fills text up with spaces to `columns`.
pub fn pad(text: &str, columns: usize) -> String {
    let missing = columns.saturating_sub(width(text));
    format!("{text}{}", " ".repeat(missing))
}

/// Makes every character visible, one for one: what a terminal would obey becomes a symbol for it, a tab four spaces.
///
/// For a line that something points into by its column.
pub fn visible(text: &str) -> String {
    text.chars().map(visible_char).collect()
}

/// The visible form of one character.
pub fn visible_char(c: char) -> Cow<'static, str> {
    match c {
        '\t' => Cow::Borrowed("    "),
        '\u{0}'..='\u{1f}' => Cow::Owned(char::from_u32(0x2400 + u32::from(c)).unwrap_or('\u{fffd}').to_string()),
        '\u{7f}' => Cow::Borrowed("\u{2421}"),
        c if forges(c) => Cow::Borrowed("\u{fffd}"),
        c => Cow::Owned(c.to_string()),
    }
}

/// Other controls, and characters that reorder or hide their neighbours.
fn forges(c: char) -> bool {
    c.is_control()
        || matches!(c, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
        || matches!(c, '\u{e0000}'..='\u{e007f}')
}

/// Makes text one harmless line: sequences are left out, line ends become spaces.
pub fn one_line(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| output_line(line, Paint::Plain)).collect();
    lines.join(" ").replace('\t', " ")
}

/// Makes one line of a program's output harmless: colours stay where `paint` has them, every other sequence is left out.
///
/// Of a line that overwrote itself (`10 %\r20 %`) the last state is kept, as a terminal would show.
pub fn output_line(line: &str, paint: Paint) -> Cow<'_, str> {
    let line = line.rsplit('\r').find(|part| !part.is_empty()).unwrap_or_default();
    if line.chars().all(|c| c == '\t' || !forges(c)) {
        return Cow::Borrowed(line);
    }
    let mut out = String::with_capacity(line.len());
    let mut rest = line;
    let mut coloured = false;
    let mut strings_end = true;
    while let Some(c) = rest.chars().next() {
        if c == ESCAPE {
            let sequence = Sequence::at_start(rest, &mut strings_end);
            if paint == Paint::Coloured && sequence.is_harmless_colour() {
                out.push_str(sequence.text);
                coloured = true;
            }
            rest = &rest[sequence.text.len()..];
            continue;
        }
        match c {
            '\t' => out.push(c),
            c if c.is_control() => {}
            c if forges(c) => out.push('\u{fffd}'),
            c => out.push(c),
        }
        rest = &rest[c.len_utf8()..];
    }
    if coloured && !out.ends_with(RESET) {
        out.push_str(RESET);
    }
    Cow::Owned(out)
}

/// Makes lines harmless for GitHub's runner, which obeys what it finds in the output of a step: a line that begins with `::`, blanks
/// aside, and `##[` anywhere (docs.github.com, "Workflow commands for GitHub Actions"). Both are still read as what they were.
pub fn without_workflow_commands(text: &str) -> Cow<'_, str> {
    if !text.contains("::") && !text.contains("##[") {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    // Its lines also end with a carriage return alone.
    for line in text.split_inclusive(['\n', '\r']) {
        let rest = line.trim_start();
        out.push_str(&line[..line.len() - rest.len()]);
        let rest = match rest.strip_prefix("::") {
            Some(after) => {
                out.push_str(": :");
                after
            }
            None => rest,
        };
        out.push_str(&rest.replace("##[", "# #["));
    }
    Cow::Owned(out)
}

/// The same for a JSON document, which stays the same document.
pub fn json_without_workflow_commands(document: &str) -> Cow<'_, str> {
    // A number sign is never outside of a text there.
    if document.contains("##[") { Cow::Owned(document.replace("##[", "#\\u0023[")) } else { Cow::Borrowed(document) }
}

/// An escape sequence, from its escape to its end.
struct Sequence<'a> {
    text: &'a str,
}

impl<'a> Sequence<'a> {
    /// `strings_end` remembers that no terminator is left in this line, so that many openings do not make many searches.
    fn at_start(text: &'a str, strings_end: &mut bool) -> Self {
        let after = &text[1..];
        let length = match after.chars().next() {
            None => 1,
            Some('[') => 2 + control_length(&after[1..]),
            Some(']' | 'P' | 'X' | '^' | '_') if *strings_end => match string_length(&after[1..]) {
                Some(length) => 2 + length,
                None => {
                    *strings_end = false;
                    2
                }
            },
            Some(c @ ' '..='~') => 1 + c.len_utf8(),
            Some(_) => 1,
        };
        Self { text: &text[..length] }
    }

    /// Whether it only selects colours, weight or underline: no blinking, nothing invisible.
    fn is_harmless_colour(&self) -> bool {
        let Some(codes) = self.text.strip_prefix("\u{1b}[").and_then(|text| text.strip_suffix('m')) else {
            return false;
        };
        let mut codes = codes.split([';', ':']);
        while let Some(code) = codes.next() {
            match code {
                "38" | "48" | "58" => {
                    let components = if codes.next() == Some("5") { 1 } else { 3 };
                    codes.by_ref().take(components).for_each(drop);
                }
                "" => {}
                _ => match code.parse::<u8>() {
                    Ok(0..=4 | 7 | 9 | 21..=29 | 30..=49 | 90..=107) => {}
                    _ => return false,
                },
            }
        }
        true
    }
}

/// Parameters, intermediates and the final byte of a control sequence; without the final byte if it has none.
fn control_length(text: &str) -> usize {
    let body = text.bytes().take_while(|byte| matches!(byte, 0x20..=0x3f)).count();
    match text.as_bytes().get(body) {
        Some(0x40..=0x7e) => body + 1,
        _ => body,
    }
}

/// A string ends with a bell or with `ESC \`.
fn string_length(text: &str) -> Option<usize> {
    let bell = text.find('\u{7}').map(|at| at + 1);
    let terminator = text.find("\u{1b}\\").map(|at| at + 2);
    match (bell, terminator) {
        (Some(bell), Some(terminator)) => Some(bell.min(terminator)),
        (bell, terminator) => bell.or(terminator),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(line: &str) -> Cow<'_, str> {
        output_line(line, Paint::Plain)
    }

    #[test]
    fn ordinary_output_is_left_alone() {
        for line in ["", "listening on :3000", "日本語 ✓", "a\tb"] {
            assert_eq!(output_line(line, Paint::Coloured), line);
        }
    }

    #[test]
    fn a_terminal_is_never_given_orders() {
        assert_eq!(plain("a\u{1b}[2J\u{1b}[Hb"), "ab");
        assert_eq!(plain("a\u{1b}]0;title\u{7}b\u{1b}]8;;http://x\u{1b}\\c"), "abc");
        assert_eq!(plain("a\u{1b}]0;never ended"), "a0;never ended");
        assert_eq!(plain("a\u{1b}cb\u{8}\u{9b}31mc\u{0}"), "ab31mc");
        assert_eq!(plain("a\u{1b}"), "a");
        assert_eq!(plain("a\u{1b}[31"), "a");
        assert_eq!(plain("a\u{1b}é"), "aé");
        assert_eq!(plain("if \u{202e}nimda"), "if \u{fffd}nimda");
    }

    #[test]
    fn colours_stay_where_there_are_colours_and_end_with_the_line() {
        let red = "\u{1b}[1;31mred";
        assert_eq!(output_line(red, Paint::Coloured), "\u{1b}[1;31mred\u{1b}[0m");
        assert_eq!(plain(red), "red");
        assert_eq!(output_line("\u{1b}[38;5;8mgrey", Paint::Coloured), "\u{1b}[38;5;8mgrey\u{1b}[0m");
        assert_eq!(output_line("\u{1b}[8mhidden", Paint::Coloured), "hidden");
        assert_eq!(output_line("\u{1b}[5;31mblinks", Paint::Coloured), "blinks");
    }

    #[test]
    fn a_line_that_overwrote_itself_shows_its_last_state() {
        assert_eq!(plain("10 %\r50 %\r100 %\r"), "100 %");
    }

    #[test]
    fn a_runner_of_ci_is_never_given_orders() {
        let harmless = |text| without_workflow_commands(text).into_owned();
        for text in ["", "std::env", "a :: b", "#[test] ## x", "\n\n"] {
            assert_eq!(harmless(text), text);
        }
        assert_eq!(harmless("::add-mask::e"), ": :add-mask::e");
        assert_eq!(harmless("  why: x\n       ::error::y\n"), "  why: x\n       : :error::y\n");
        assert_eq!(harmless("a\r\u{a0}::error::y"), "a\r\u{a0}: :error::y");
        assert_eq!(harmless("  | ##[add-mask]e ##[x]"), "  | # #[add-mask]e # #[x]");
        assert_eq!(harmless("::::##[x]"), ": :::# #[x]");
        let document = r###"{"line":"##[add-mask]e"}"###;
        let shown = json_without_workflow_commands(document);
        assert!(!shown.contains("##["), "{shown}");
        let read = |text: &str| serde_json::from_str::<serde_json::Value>(text).unwrap();
        assert_eq!(read(&shown), read(document));
    }

    #[test]
    fn many_unended_sequences_take_no_time() {
        let line = "\u{1b}]".repeat(200_000);
        assert_eq!(plain(&line), "");
    }

    #[test]
    fn every_character_of_a_source_line_is_seen() {
        assert_eq!(visible("a\tb\u{1b}[31m\u{7f}\u{202e}é"), "a    b␛[31m␡\u{fffd}é");
    }

    #[test]
    fn wide_characters_count_double() {
        assert_eq!(width("日本"), 4);
        assert_eq!(cut("日本語", 5), "日本…");
        assert_eq!(pad("日本", 6), "日本  ");
    }
}
