//! Reads a shell command just far enough to tell which programs it calls and with which words. Whatever is beyond that is left
//! alone; nothing is run or expanded.

/// A word without its quotes, and where it stands in the text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Word {
    pub text: String,
    pub start: usize,
    pub end: usize,
}

/// One call among those that `&&`, `;`, `|` and their kin join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Call {
    pub words: Vec<Word>,
    /// It follows `&&`, or it is the first.
    pub after_success: bool,
}

#[derive(Default)]
struct Reader {
    calls: Vec<Call>,
    words: Vec<Word>,
    word: Option<Word>,
    quote: Option<char>,
    /// How many `$(`, `(` or `{` are open.
    depth: u32,
    follows_and: bool,
}

impl Reader {
    fn push(&mut self, at: usize, c: char, shown: bool) {
        let word = self.word.get_or_insert_with(|| Word { text: String::new(), start: at, end: at });
        if shown {
            word.text.push(c);
        }
        word.end = at + c.len_utf8();
    }

    fn end_word(&mut self) {
        self.words.extend(self.word.take());
    }

    fn end_call(&mut self, followed_by_and: bool) {
        self.end_word();
        if !self.words.is_empty() {
            let words = std::mem::take(&mut self.words);
            self.calls.push(Call { words, after_success: self.follows_and });
        }
        self.follows_and = followed_by_and;
    }
}

/// Splits a shell command into its calls.
pub(crate) fn calls(text: &str) -> Vec<Call> {
    let mut reader = Reader { follows_and: true, ..Reader::default() };
    let mut chars = text.char_indices().peekable();
    let mut before = ' ';
    while let Some((at, c)) = chars.next() {
        let next = chars.peek().map(|(_, c)| *c);
        match (reader.quote, c) {
            (Some(quote), _) if c == quote => {
                reader.quote = None;
                reader.push(at, c, c == '`');
            }
            (Some(_), _) => reader.push(at, c, true),
            (None, '\'' | '"' | '`') => {
                reader.quote = Some(c);
                reader.push(at, c, c == '`');
            }
            (None, '\\') => {
                reader.push(at, c, false);
                if let Some((at, escaped)) = chars.next() {
                    reader.push(at, escaped, escaped != '\n');
                }
            }
            (None, '(') => {
                reader.depth += 1;
                reader.push(at, c, true);
            }
            (None, ')') => {
                reader.depth = reader.depth.saturating_sub(1);
                reader.push(at, c, true);
            }
            (None, _) if reader.depth > 0 => reader.push(at, c, true),
            // `2>&1` and `&>file` name files.
            (None, '&') if before == '>' || next == Some('>') => reader.push(at, c, true),
            (None, '&' | '|' | ';' | '\n') => {
                let doubled = next == Some(c);
                if doubled {
                    chars.next();
                }
                reader.end_call(c == '&' && doubled);
            }
            (None, _) if c.is_whitespace() => reader.end_word(),
            (None, _) => reader.push(at, c, true),
        }
        before = c;
    }
    reader.end_call(false);
    reader.calls
}

/// What only starts another program.
const STARTERS: &[&[&str]] = &[
    &["exec"],
    &["time"],
    &["env"],
    &["nice"],
    &["command"],
    &["cross-env"],
    &["dotenv"],
    &["npx"],
    &["pnpx"],
    &["bunx"],
    &["uvx"],
    &["npm", "exec"],
    &["pnpm", "exec"],
    &["pnpm", "dlx"],
    &["yarn", "exec"],
    &["yarn", "dlx"],
    &["bun", "x"],
    &["bundle", "exec"],
    &["poetry", "run"],
    &["pipenv", "run"],
    &["uv", "run"],
    &["pdm", "run"],
    &["rye", "run"],
    &["hatch", "run"],
];

impl Call {
    /// The words from the program on that is called in the end, without its folder: `vite --open` for
    /// `NODE_ENV=x npx --yes vite --open`, `pip install` for `python3 -m pip install`, `rails s` for `bin/rails s`.
    pub fn program(&self) -> Vec<Word> {
        let mut words = self.words.as_slice();
        loop {
            let skipped = skip_starter(words);
            if skipped == 0 {
                break;
            }
            words = &words[skipped..];
        }
        let mut words = words.to_vec();
        if let Some(first) = words.first_mut()
            && let Some((_, name)) = first.text.rsplit_once('/')
        {
            first.text = name.to_owned();
        }
        words
    }
}

/// How many words at the beginning only start what comes after them.
fn skip_starter(words: &[Word]) -> usize {
    let Some(first) = words.first() else { return 0 };
    if words.len() > 1 && is_assignment(&first.text) {
        return 1;
    }
    let options = |from: usize| words[from..].iter().take_while(|word| word.text.starts_with('-')).count();
    if first.text.rsplit('/').next().is_some_and(|name| name.starts_with("python")) {
        let module =
            1 + words[1..].iter().take_while(|word| ["-u", "-B", "-E", "-I"].contains(&word.text.as_str())).count();
        return match words.get(module) {
            Some(word) if word.text == "-m" => module + 1,
            Some(word) if word.text.ends_with(".py") => module,
            _ => 0,
        };
    }
    let starter = STARTERS.iter().find(|starter| begins_with(words, starter));
    match starter {
        Some(starter) if words.len() > starter.len() => starter.len() + options(starter.len()),
        _ => 0,
    }
}

/// Whether the first words are these.
pub(crate) fn begins_with(words: &[Word], start: &[&str]) -> bool {
    words.len() >= start.len() && words.iter().zip(start).all(|(word, wanted)| word.text == *wanted)
}

fn is_assignment(word: &str) -> bool {
    word.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty()
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
            && !name.starts_with(|c: char| c.is_ascii_digit())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn programs(text: &str) -> Vec<String> {
        let words = |call: &Call| call.program().into_iter().map(|word| word.text).collect::<Vec<_>>().join(" ");
        calls(text).iter().map(words).collect()
    }

    #[test]
    fn the_program_that_is_called_in_the_end() {
        for (text, expected) in [
            ("npm ci", vec!["npm ci"]),
            ("NODE_ENV=x npx --yes vite --open", vec!["vite --open"]),
            ("python3.12 -u -m pip install -r 'my file.txt'", vec!["pip install -r my file.txt"]),
            ("python manage.py migrate", vec!["manage.py migrate"]),
            ("exec bundle exec bin/rails s", vec!["rails s"]),
            ("a && b||c; d & e 2>&1 | f", vec!["a", "b", "c", "d", "e 2>&1", "f"]),
            ("x $(a | b) && y", vec!["x $(a | b)", "y"]),
            ("", vec![]),
            ("'unfinished", vec!["unfinished"]),
            ("python", vec!["python"]),
            ("env", vec!["env"]),
        ] {
            assert_eq!(programs(text), expected, "{text}");
        }
    }

    #[test]
    fn words_know_their_place() {
        let text = "cd a && php -S 'localhost:80'";
        let calls = calls(text);
        let last = calls[1].words.last().unwrap();
        assert_eq!(&text[last.start..last.end], "'localhost:80'");
        assert!(calls[1].after_success);
    }
}
