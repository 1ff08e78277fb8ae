//! One value as YAML text: as plain as it can be, and never read as anything else.

/// What other YAML readers, such as editors, would take for something else than text.
const WORDS: &[&str] = &["null", "true", "false", "yes", "no", "on", "off", "y", "n"];

/// A value as it stands behind a key or in a list.
pub fn scalar(text: &str) -> String {
    if is_plain(text) { text.to_owned() } else { quoted(text) }
}

/// A value inside of `[…]` or `{…}`.
pub fn in_flow(text: &str) -> String {
    if is_plain(text) && !text.contains([',', '[', ']', '{', '}']) { text.to_owned() } else { quoted(text) }
}

/// A key.
pub fn key(text: &str) -> String {
    let is_word = !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || "_-./".contains(c));
    let is_plain = is_word && !text.starts_with(['-', '.']);
    // A number or a word such as `on` is a key like every other to us; editors may see something else in it.
    if is_plain && !is_special(text) { text.to_owned() } else { quoted(text) }
}

fn is_plain(text: &str) -> bool {
    let mut characters = text.chars();
    let (Some(first), Some(last)) = (characters.next(), text.chars().next_back()) else { return false };
    let second = characters.next();
    let begins_well = match first {
        '-' | '?' | ':' => second.is_some_and(|second| !second.is_whitespace()),
        _ => !first.is_whitespace() && !"&*!|>'\"%@`#,[]{}".contains(first),
    };
    begins_well
        && !last.is_whitespace()
        && last != ':'
        && !text.contains(": ")
        && !text.contains(" #")
        && !text.contains(|c: char| c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}' | '\u{85}'))
        && !text.starts_with("---")
        && !text.starts_with("...")
        && !is_special(text)
}

fn is_special(text: &str) -> bool {
    text == "~" || text == "<<" || text == "=" || WORDS.iter().any(|word| word.eq_ignore_ascii_case(text))
}

fn quoted(text: &str) -> String {
    let is_simple = !text.chars().any(|c| c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}'));
    if is_simple && !text.contains('\'') {
        return format!("'{text}'");
    }
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if c.is_control() || matches!(c, '\u{feff}' | '\u{2028}' | '\u{2029}') => {
                out.push_str(&format!("\\u{:04X}", c as u32));
            }
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
