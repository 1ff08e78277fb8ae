//! Small pieces of language: the nearest right word, plurals, durations, sizes.

use std::time::Duration;

/// Finds the word that was most likely meant, for "did you mean".
///
/// `None` when nothing is near enough: a Damerau-Levenshtein distance above a third of the longer word, at least 1.
pub fn nearest<'a>(wrong: &str, right: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let wrong = wrong.to_lowercase();
    right
        .into_iter()
        .map(|word| (strsim::damerau_levenshtein(&wrong, &word.to_lowercase()), word))
        .filter(|(distance, word)| {
            let longer = wrong.chars().count().max(word.chars().count());
            *distance <= (longer / 3).max(1) && *distance < longer
        })
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, word)| word)
}

/// `1 problem`, `2 problems`.
pub fn count(number: usize, noun: &str) -> String {
    if number == 1 { format!("1 {noun}") } else { format!("{number} {noun}s") }
}

/// `1 person`, `2 people`.
pub fn people(number: usize) -> String {
    if number == 1 { "1 person".to_owned() } else { format!("{number} people") }
}

/// `a`, `a and b`, `a, b and c`.
pub fn list<S: AsRef<str>>(words: &[S]) -> String {
    match words {
        [] => String::new(),
        [only] => only.as_ref().to_owned(),
        [first @ .., last] => {
            let first: Vec<&str> = first.iter().map(AsRef::as_ref).collect();
            format!("{} and {}", first.join(", "), last.as_ref())
        }
    }
}

/// A text as one word of a shell: as it is where no shell sees more in it, else in quotes.
pub fn shell_word(text: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "_-./:=,@%+".contains(c);
    if !text.is_empty() && text.chars().all(is_plain) { text.to_owned() } else { shell_quoted(text) }
}

/// A text in the quotes of a shell, in which nothing has a meaning.
pub fn shell_quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// A duration as a person reads it: `45 ms`, `1.2 s`, `3 min 5 s`, `2 h 10 min`.
pub fn duration(time: Duration) -> String {
    let seconds = time.as_secs();
    match seconds {
        0 => format!("{} ms", time.as_millis()),
        1..=9 => format!("{:.1} s", time.as_secs_f64()),
        10..=59 => format!("{seconds} s"),
        60..=3599 => format!("{} min {} s", seconds / 60, seconds % 60),
        3600..=86_399 => format!("{} h {} min", seconds / 3600, seconds % 3600 / 60),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3600),
    }
}

/// At most so many bytes of a text, with `…` where something is missing.
pub fn shortened(text: &str, most: usize) -> String {
    if text.len() <= most {
        return text.to_owned();
    }
    let end = (0..=most).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", &text[..end])
}

/// A number of bytes in decimal units: `512 B`, `4.2 MB`.
pub fn bytes(number: u64) -> String {
    const UNITS: [&str; 4] = ["kB", "MB", "GB", "TB"];
    if number < 1000 {
        return format!("{number} B");
    }
    #[expect(clippy::cast_precision_loss, reason = "shown with two digits")]
    let mut value = number as f64 / 1000.0;
    let mut unit = 0;
    while value >= 999.5 && unit + 1 < UNITS.len() {
        value /= 1000.0;
        unit += 1;
    }
    if value < 10.0 { format!("{value:.1} {}", UNITS[unit]) } else { format!("{value:.0} {}", UNITS[unit]) }
}

/// Every byte that is not unreserved in RFC 3986, section 2.3, as `%XX`.
pub fn percent_encoded(text: &str) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push_str(&format!("%{byte:02X}"));
        }
    }
    encoded
}

/// As [`percent_encoded`], for a path whose parts stay apart.
pub fn percent_encoded_path(path: &str) -> String {
    path.split('/').map(percent_encoded).collect::<Vec<_>>().join("/")
}

/// A problem as plain text: what, why, and each way to fix it.
pub fn said(what: &str, why: &str, fixes: &[String]) -> String {
    let why = if why.is_empty() { String::new() } else { format!("\nwhy: {why}") };
    let fixes: String = fixes.iter().map(|fix| format!("\nfix: {fix}")).collect();
    format!("{what}{why}{fixes}")
}

/// Words of the engine that people never meet, with the ends they may have. `Docker` is fine as the name of a program.
const JARGON: [(&str, &[&str]); 20] = [
    ("container", &["", "s", "ized", "ised"]),
    ("image", &["", "s"]),
    ("volume", &["", "s"]),
    ("mount", &["", "s", "ed", "ing"]),
    ("network", &["", "s"]),
    ("daemon", &["", "s"]),
    ("socket", &["", "s"]),
    ("registr", &["y", "ies"]),
    ("pull", &["", "s", "ed", "ing"]),
    ("tag", &["", "s", "ged", "ging"]),
    ("digest", &["", "s"]),
    ("layer", &["", "s"]),
    ("compose", &["", "d", "s"]),
    ("healthcheck", &["", "s"]),
    ("health check", &["", "s"]),
    ("exit code 137", &[""]),
    ("oom", &["", "killed"]),
    ("detach", &["", "ed"]),
    ("prun", &["e", "ed", "es", "ing"]),
    ("docker", &["d", "ized", "ised"]),
];

/// Finds words of the engine in a text meant for people; each once, in the order of the list.
///
/// What stands between backticks is quoted from the person's own files and commands, and left alone; so are names of files.
pub fn jargon(text: &str) -> Vec<String> {
    let outside: String = text.lines().flat_map(|line| line.split('`').step_by(2).chain([" "])).collect();
    let outside: Vec<&str> = outside.split_whitespace().filter(|word| !is_file_name(word)).collect();
    let outside = outside.join(" ");
    let words: Vec<String> =
        outside.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_lowercase).collect();
    let text = format!(" {} ", words.join(" "));
    let forms = JARGON.iter().flat_map(|(stem, ends)| ends.iter().map(move |end| format!("{stem}{end}")));
    forms.filter(|word| text.contains(&format!(" {word} "))).collect()
}

/// `docker-compose.yml`, `docker/compose/dev.yaml:12`.
fn is_file_name(word: &str) -> bool {
    let word = word.trim_matches(|c: char| c != '.' && !c.is_alphanumeric()).trim_end_matches('.');
    let name = word
        .rsplit_once(':')
        .filter(|(_, line)| line.chars().all(|c| c.is_ascii_digit()))
        .map_or(word, |(name, _)| name);
    let Some((stem, ending)) = name.rsplit_once('.') else { return false };
    ["yml", "yaml", "json", "toml", "lock", "md"].contains(&ending) && !stem.contains(char::is_whitespace)
}

/// Lower-case hexadecimal digits.
pub fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_word_for_a_shell_is_quoted_where_it_has_to_be() {
        for (text, word) in
            [("npm", "npm"), ("a/b-c@1:2", "a/b-c@1:2"), ("", "''"), ("it's $5", r"'it'\''s $5'"), ("a b", "'a b'")]
        {
            assert_eq!(shell_word(text), word);
        }
        assert_eq!(shell_quoted("x"), "'x'");
    }

    #[test]
    fn the_nearest_word_is_near() {
        assert_eq!(nearest("imgae", ["image", "port"]), Some("image"));
        assert_eq!(nearest("postgress", ["postgres", "redis"]), Some("postgres"));
        assert_eq!(nearest("xyz", ["image", "port"]), None);
        assert_eq!(nearest("a", ["b"]), None);
    }

    #[test]
    fn jargon_is_found_as_whole_words_outside_quotations() {
        assert_eq!(
            jargon("Pulling the image, and\nthe Container's volumes"),
            ["container", "image", "volumes", "pulling"]
        );
        assert_eq!(jargon("it ended with exit code 137 (OOM)"), ["exit code 137", "oom"]);
        assert_eq!(jargon("Docker is not running; composer install; stage; `image: x` and `mount`"), [""; 0]);
        assert_eq!(jargon("`search` has an image, see `image`"), ["image"]);
        assert_eq!(jargon("  db  postgres 16  (docker/compose.yaml:12), docker-compose.yml."), [""; 0]);
        assert_eq!(jargon("compose: a file; the image.And so on"), ["image", "compose"]);
    }

    #[test]
    fn durations_and_sizes_are_short() {
        assert_eq!(duration(Duration::from_millis(45)), "45 ms");
        assert_eq!(duration(Duration::from_millis(1234)), "1.2 s");
        assert_eq!(duration(Duration::from_secs(185)), "3 min 5 s");
        assert_eq!(bytes(4_200_000), "4.2 MB");
        assert_eq!(bytes(999_999), "1.0 MB");
    }
}
