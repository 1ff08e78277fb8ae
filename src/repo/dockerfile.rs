//! A Dockerfile's stages, and what each begins with.

/// How many stages, and how many arguments, of one file are looked at.
const MOST: usize = 500;
/// No name of an image is longer.
const LONGEST_NAME: usize = 1000;

/// What a build consists of, as far as it decides what has to be there first.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Dockerfile {
    /// Those that `FROM` may name, with their defaults.
    args: Vec<(String, String)>,
    stages: Vec<Stage>,
    /// What `COPY --from` names, as written.
    copied_from: Vec<String>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Empty = it has none.
    pub name: String,
    /// As written.
    pub image: String,
    /// From 1.
    pub line: usize,
}

impl Dockerfile {
    pub fn read(text: &str) -> Self {
        let mut file = Self::default();
        for (line, words) in instructions(text) {
            match words[0].to_ascii_uppercase().as_str() {
                "ARG" if file.stages.is_empty() && file.args.len() < MOST => {
                    let pairs = words[1..].iter().filter_map(|word| word.split_once('='));
                    file.args
                        .extend(pairs.map(|(key, value)| (key.to_owned(), value.trim_matches(['"', '\'']).to_owned())));
                }
                "FROM" if file.stages.len() < MOST => file.stages.extend(stage(&words[1..], line)),
                "COPY" | "ADD" if file.copied_from.len() < MOST => {
                    let from = words.iter().find_map(|word| word.strip_prefix("--from="));
                    file.copied_from.extend(from.map(str::to_owned));
                }
                _ => {}
            }
        }
        file
    }

    /// Every stage with the image that it begins with; `given` are the arguments of the build. One that begins with another stage
    /// has its name, and one that nothing fills in has none.
    pub fn stages<'a>(
        &'a self,
        given: impl Fn(&str) -> Option<String> + 'a,
    ) -> impl Iterator<Item = (&'a Stage, Option<String>)> {
        self.stages.iter().map(move |stage| (stage, self.filled(&stage.image, &given)))
    }

    /// What the stage begins with that is built: the one that is named, else the last. Stages it is made of are followed.
    pub fn base(&self, target: Option<&str>, given: impl Fn(&str) -> Option<String>) -> Option<String> {
        let names = |stage: &Stage, name: &str| !stage.name.is_empty() && stage.name.eq_ignore_ascii_case(name);
        let wanted = target.and_then(|target| self.stages.iter().position(|stage| names(stage, target)));
        let mut at = wanted.or(self.stages.len().checked_sub(1))?;
        loop {
            let image = self.filled(&self.stages[at].image, &given)?;
            match self.stages[..at].iter().position(|stage| names(stage, &image)) {
                Some(before) => at = before,
                None => return Some(image),
            }
        }
    }

    /// Everything that has to be had from elsewhere, once each: what stages begin with and what is copied from.
    pub fn images(&self, given: impl Fn(&str) -> Option<String>) -> Vec<String> {
        let mut images = Vec::new();
        let is_own = |image: &str, before: &[Stage]| {
            let is_number = image.parse::<usize>().is_ok();
            is_number
                || image.eq_ignore_ascii_case("scratch")
                || before.iter().any(|it| it.name.eq_ignore_ascii_case(image))
        };
        let begun = self.stages.iter().enumerate().map(|(index, stage)| (&stage.image, &self.stages[..index]));
        let copied = self.copied_from.iter().map(|image| (image, &self.stages[..]));
        for (image, before) in begun.chain(copied) {
            let Some(image) = self.filled(image, &given) else { continue };
            if !is_own(&image, before) && !images.contains(&image) {
                images.push(image);
            }
        }
        images
    }

    /// With the arguments in it; `None` = one has no value, or it is longer than any name.
    fn filled(&self, written: &str, given: &impl Fn(&str) -> Option<String>) -> Option<String> {
        let default = |key: &str| self.args.iter().find(|(own, _)| own == key).map(|(_, value)| value.clone());
        let value = |key: &str| given(key).or_else(|| default(key)).filter(|value| !value.is_empty());
        let (mut filled, mut rest) = (String::new(), written);
        while let Some((before, after)) = rest.split_once('$') {
            filled.push_str(before);
            let (reference, after) = match after.strip_prefix('{') {
                Some(after) => after.split_once('}')?,
                None => after.split_at(after.find(|c: char| !is_of_name(c)).unwrap_or(after.len())),
            };
            let name = &reference[..reference.find(|c: char| !is_of_name(c)).unwrap_or(reference.len())];
            let otherwise = reference[name.len()..].trim_start_matches(':').strip_prefix('-');
            filled.push_str(&value(name).or_else(|| otherwise.map(str::to_owned))?);
            if filled.len() > LONGEST_NAME {
                return None;
            }
            rest = after;
        }
        filled.push_str(rest);
        Some(filled).filter(|image| !image.is_empty() && image.len() <= LONGEST_NAME && !image.contains('$'))
    }
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

fn stage(words: &[&str], line: usize) -> Option<Stage> {
    let mut words = words.iter().filter(|word| !word.starts_with("--"));
    let image = (*words.next()?).to_owned();
    let name = words.next().filter(|word| word.eq_ignore_ascii_case("as")).and_then(|_| words.next());
    Some(Stage { name: name.map_or_else(String::new, |name| (*name).to_owned()), image, line })
}

/// The words of each instruction and the line that it begins on; what follows a `\` belongs to it. The text of a script that stands
/// in the file (`RUN <<EOF`) is left out.
fn instructions(text: &str) -> impl Iterator<Item = (usize, Vec<&str>)> {
    let mut lines = text.lines().enumerate();
    std::iter::from_fn(move || {
        let (mut words, mut first): (Vec<&str>, usize) = (Vec::new(), 0);
        for (index, line) in lines.by_ref() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            if words.is_empty() {
                first = index + 1;
            }
            let more = line.strip_suffix('\\');
            words.extend(more.unwrap_or(line).split_whitespace());
            if more.is_none() && !words.is_empty() {
                break;
            }
        }
        for end in words.iter().filter_map(|word| word.strip_prefix("<<")) {
            let end = end.trim_start_matches('-').trim_matches(['"', '\'']);
            lines.by_ref().find(|(_, line)| line.trim() == end);
        }
        (!words.is_empty()).then_some((first, words))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "# syntax=docker/dockerfile:1\nARG NODE=24\nARG BASE=\"alpine\"\n\
        FROM --platform=linux/amd64 node:${NODE}-${BASE} AS build\nARG NODE=1\nRUN a \\\n  FROM b\n\
        RUN <<EOF\nfrom os import path\nEOF\n\
        FROM build AS test\nfrom \\\n  nginx:${WEB:-1.27}\nCOPY --from=Build /a /b\nCOPY --from=busybox:$BOX /c /d\n\
        COPY --from=0 /e /f\nFROM scratch\nFROM $UNKNOWN\n";

    fn given(key: &str) -> Option<String> {
        (key == "BOX").then(|| "1.37".to_owned())
    }

    #[test]
    fn what_a_build_begins_with_is_found_through_its_stages_and_arguments() {
        let file = Dockerfile::read(TEXT);
        let lines: Vec<(usize, Option<String>)> =
            file.stages(given).map(|(stage, image)| (stage.line, image)).collect();
        assert_eq!(lines[0], (4, Some("node:24-alpine".to_owned())));
        assert_eq!(lines[2], (12, Some("nginx:1.27".to_owned())));
        assert_eq!(lines[4].1, None);
        assert_eq!(file.base(Some("test"), given).as_deref(), Some("node:24-alpine"));
        assert_eq!(file.base(None, given), None);
        let other = |key: &str| (key == "UNKNOWN").then(|| "redis".to_owned());
        assert_eq!(file.base(None, other).as_deref(), Some("redis"));
    }

    #[test]
    fn a_builds_own_stages_are_not_had_from_elsewhere() {
        assert_eq!(Dockerfile::read(TEXT).images(given), ["node:24-alpine", "nginx:1.27", "busybox:1.37"]);
    }

    #[test]
    fn a_hostile_file_ends() {
        let many = "ARG A=".to_owned() + &"x".repeat(900) + "\nFROM $A$A$A\nFROM\nFROM ${\nFROM a AS a\nFROM \\";
        let file = Dockerfile::read(&many);
        assert_eq!(file.images(|_| None), ["a"]);
        assert_eq!(file.base(Some("a"), |_| None).as_deref(), Some("a"));
    }
}
