//! A command in one line → its words, as the reference implementation splits it.

/// Splits at blanks, with quotes and backslashes; ends where a shell's operator begins, since no shell is there to know it.
///
/// `None` = a quote or a backslash is left open.
pub fn split(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote: Option<char> = None;
    let mut in_call = false;
    let mut letters = line.chars().peekable();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            ('\\', None | Some('"' | '`')) => word.get_or_insert_default().push(letters.next()?),
            (_, Some(open)) if letter == open => {
                quote = None;
                if open == '`' {
                    word.get_or_insert_default().push(letter);
                }
            }
            (_, Some(_)) => word.get_or_insert_default().push(letter),
            ('"' | '\'', None) if !in_call => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            ('`', None) if !in_call => {
                quote = Some(letter);
                word.get_or_insert_default().push(letter);
            }
            ('$', None) if letters.peek() == Some(&'(') => {
                in_call = true;
                word.get_or_insert_default().push(letter);
            }
            (')', None) if in_call => {
                in_call = false;
                word.get_or_insert_default().push(letter);
            }
            (_, None) if in_call => word.get_or_insert_default().push(letter),
            (' ' | '\t' | '\r' | '\n', None) => words.extend(word.take()),
            (';' | '&' | '|' | '<' | '>', None) => {
                // `2>file`: the number belongs to the operator.
                if letter == '>' && word.as_ref().is_some_and(|word| word.starts_with(|c: char| c.is_ascii_digit())) {
                    word = None;
                }
                break;
            }
            ('(' | ')', None) => return None,
            _ => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    (quote.is_none() && !in_call).then_some(words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_split_as_the_reference_does() {
        for (line, words) in [
            ("npm install && npm start", &["npm", "install"][..]),
            ("echo a\\ b \"c \\\" d\" 'e \\ f' \\t\\n", &["echo", "a b", "c \" d", "e \\ f", "tn"]),
            ("x `a b` $(a b);y", &["x", "`a b`", "$(a b)"]),
            ("sh -c \"\na\n\"\n", &["sh", "-c", "\na\n"]),
            ("a '' \"\"", &["a", "", ""]),
            ("run 2>log", &["run"]),
            ("", &[]),
        ] {
            assert_eq!(split(line).unwrap(), words, "{line}");
        }
        assert!(split("echo \"a").is_none() && split("a\\").is_none());
    }
}
