//! A word of dev.yaml that was probably meant otherwise, and the text with the right one.

use crate::problem::Problem;

/// One word to put in the place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Correction {
    /// `dev.yaml` or `dev.local.yaml`.
    pub file: String,
    /// From 1.
    pub line: u32,
    /// From 1, in characters.
    pub column: u32,
    /// What stands there.
    pub was: String,
    pub text: String,
}

impl Correction {
    /// Of a problem that knows what was meant, where its place can be shown: a line with secrets in it is not touched.
    pub fn of(problem: &Problem) -> Option<Self> {
        let (place, text) = (problem.place.as_ref()?, problem.meant.as_ref()?);
        let was: String = place.source.chars().skip(place.column as usize - 1).take(place.width as usize).collect();
        let (file, line, column) = (place.file.clone(), place.line, place.column);
        (!was.is_empty()).then(|| Self { file, line, column, was, text: text.clone() })
    }

    /// As a person reads it.
    pub fn said(&self) -> String {
        format!("write `{}` for `{}` in line {} of {}", self.text, self.was, self.line, self.file)
    }
}

/// The text of `file` with everything corrected that still stands where it stood.
pub fn corrected(text: &str, file: &str, corrections: &[Correction]) -> String {
    let mut all: Vec<&Correction> = corrections.iter().filter(|it| it.file == file).collect();
    // From the end, so that places before stay what they are.
    all.sort_by_key(|it| std::cmp::Reverse((it.line, it.column)));
    let mut lines: Vec<String> = text.split_inclusive('\n').map(str::to_owned).collect();
    for it in all {
        let Some(line) = lines.get_mut(it.line as usize - 1) else { continue };
        let Some((start, _)) = line.char_indices().nth(it.column as usize - 1) else { continue };
        if line[start..].starts_with(&it.was) {
            line.replace_range(start..start + it.was.len(), &it.text);
        }
    }
    lines.concat()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest;

    fn all_of(text: &str) -> Vec<Correction> {
        let problems = manifest::load("dev.yaml", text.as_bytes()).unwrap_err();
        problems.iter().filter_map(Correction::of).collect()
    }

    #[test]
    fn words_that_were_meant_otherwise_are_put_right_and_nothing_else() {
        let text = "# é: servises\nservises:\r\n  db: postgress@16   # mine\n  \u{e9}: redis\napps:\n  api: { runtime: nod@22, run: x, environment: { A: \"\u{e9} ${bd.url}\", B: '${secret.KEI}' }, needs: [cach] }\nsecrets: { KEY: y }\n";
        let text = text.replace("  \u{e9}: redis\n", "  cache: redis\n");
        let mut now = text.clone();
        // What is said under a wrong key is read once that is right.
        while let Err(problems) = manifest::load("dev.yaml", now.as_bytes()) {
            let corrections: Vec<Correction> = problems.iter().filter_map(Correction::of).collect();
            let next = corrected(&now, "dev.yaml", &corrections);
            assert_ne!(next, now, "{}", problems[0].what);
            now = next;
        }
        let right = text
            .replace("\nservises", "\nservices")
            .replace("postgress", "postgres")
            .replace("nod@", "node@")
            .replace("environment", "env")
            .replace("bd.url", "db.url")
            .replace("KEI", "KEY")
            .replace("cach]", "cache]");
        assert_eq!(now, right);
    }

    #[test]
    fn what_has_changed_meanwhile_is_left_alone() {
        let corrections = all_of("servises: { db: postgres }\n");
        assert_eq!(corrections[0].said(), "write `services` for `servises` in line 1 of dev.yaml");
        for text in ["", "services: {}\n", "\n\n", "\u{e9}"] {
            assert_eq!(corrected(text, "dev.yaml", &corrections), text);
        }
    }
}
