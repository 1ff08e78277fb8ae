//! Whether a version lies in what a person wrote down as the expectation; apart from the reader that is judged by it.

type Number = (u32, u32, u32);

fn number(text: &str) -> Option<(Number, usize)> {
    let text = text.trim().trim_start_matches(['v', '=']);
    let parts = text.split(['.', '-', '+']).map_while(|part| part.parse::<u32>().ok());
    let parts: Vec<u32> = parts.take(3).collect();
    let at = |index: usize| parts.get(index).copied().unwrap_or(0);
    (!parts.is_empty()).then(|| ((at(0), at(1), at(2)), parts.len()))
}

/// `17` of a toolchain stands for its newest.
fn newest(text: &str) -> Option<Number> {
    let (number, count) = number(text)?;
    Some(match count {
        1 => (number.0, u32::MAX, 0),
        2 => (number.0, number.1, u32::MAX),
        _ => number,
    })
}

/// Whether `version` is in `range`: alternatives by `||`, conditions by `,` or a space.
pub fn is_in(version: &str, range: &str) -> bool {
    let Some(version) = newest(version) else { return false };
    let range = range.replace(", ^", " || ^");
    range.split("||").any(|all| {
        let all = all.replace(">= ", ">=").replace("~> ", "~>").replace("< ", "<");
        let mut conditions = all.split([',', ' ']).filter(|it| !it.is_empty()).peekable();
        conditions.peek().is_some() && conditions.all(|condition| holds(version, condition))
    })
}

fn holds(version: Number, condition: &str) -> bool {
    let end = condition.find(|c: char| c.is_ascii_digit()).unwrap_or(0);
    let (operator, rest) = condition.split_at(end);
    let Some((wanted, count)) = number(rest.trim_end_matches(".*").trim_end_matches(".x")) else { return false };
    let same = |count: usize| {
        version.0 == wanted.0 && (count < 2 || version.1 == wanted.1) && (count < 3 || version.2 == wanted.2)
    };
    match operator.trim() {
        ">=" => version >= wanted,
        ">" => version > wanted && !same(count),
        "<" => version < wanted,
        "<=" => version <= wanted || same(count),
        "^" => version >= wanted && same(1),
        "~>" | "~=" => version >= wanted && same(count.saturating_sub(1)),
        "~" => version >= wanted && same(count.min(2)),
        _ => same(count),
    }
}

#[test]
fn expectations_are_read() {
    for (version, range, is) in [
        ("3.13", ">=3.11", true),
        ("3", ">=3.11", true),
        ("3.10", ">=3.11", false),
        ("8", "^8.1, ^8.2", true),
        ("1.18.4", "~> 1.18", true),
        ("2.0", "~> 1.18", false),
        ("8.3.2", "8.3.*", true),
        ("22.2.0", "22.2.0", true),
        ("22", "22.2.0", false),
        ("18.x", "18", true),
    ] {
        assert_eq!(is_in(version, range), is, "{version} in {range}");
    }
}
