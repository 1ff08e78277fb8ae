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
    /// What `COPY`, `ADD` and mounts of a step take out of the folder, as written.
    taken: Vec<String>,
    /// Something is installed or made while it is built.
    has_steps: bool,
    /// What the last stage starts, as one line, and where that is said.
    command: Option<(String, usize)>,
    /// What that is given to.
    entry: Option<(String, usize)>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stage {
    /// Empty = it has none.
    pub name: String,
    /// As written.
    pub image: String,
    /// From 1.
    pub line: usize,
    /// Its `ARG`s and `ENV`s, in their order.
    settings: Vec<Setting>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Setting {
    Arg(String, Option<String>),
    /// Name, value as written, line from 1.
    Env(String, String, usize),
}

/// A variable that programs of a build are started with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Built {
    pub key: String,
    pub value: String,
    /// From 1.
    pub line: usize,
}

impl Dockerfile {
    pub fn read(text: &str) -> Self {
        let mut file = Self::default();
        for (line, words) in instructions(text) {
            file.has_steps |= words[0].eq_ignore_ascii_case("RUN");
            match words[0].to_ascii_uppercase().as_str() {
                "ARG" if file.stages.is_empty() && file.args.len() < MOST => {
                    let pairs = words[1..].iter().filter_map(|word| word.split_once('='));
                    file.args
                        .extend(pairs.map(|(key, value)| (key.to_owned(), value.trim_matches(['"', '\'']).to_owned())));
                }
                "ARG" => file.set(words[1..].iter().map(|word| {
                    let (key, value) = word.split_once('=').map_or((*word, None), |(key, value)| (key, Some(value)));
                    Setting::Arg(key.to_owned(), value.map(|value| value.trim_matches(['"', '\'']).to_owned()))
                })),
                "ENV" => file.set(pairs(&words[1..]).into_iter().map(|(key, value)| Setting::Env(key, value, line))),
                "FROM" if file.stages.len() < MOST => {
                    (file.command, file.entry) = (None, None);
                    file.stages.extend(stage(&words[1..], line));
                }
                "ENTRYPOINT" => file.entry = Some((command(&words[1..]), line)),
                "CMD" => file.command = Some((command(&words[1..]), line)),
                "COPY" | "ADD" if file.copied_from.len() < MOST => {
                    match words.iter().find_map(|word| word.strip_prefix("--from=")) {
                        Some(from) => file.copied_from.push(from.to_owned()),
                        None => file.taken.extend(sources(&words[1..])),
                    }
                }
                "RUN" if file.taken.len() < MOST => file.taken.extend(words.iter().filter_map(|word| mounted(word))),
                _ => {}
            }
        }
        file
    }

    fn set(&mut self, settings: impl Iterator<Item = Setting>) {
        if let Some(stage) = self.stages.last_mut().filter(|stage| stage.settings.len() < MOST) {
            stage.settings.extend(settings);
        }
    }

    /// The variables that `ENV` sets in the stage that is built, and in those of this file that it begins with; those that nothing
    /// fills in are left out. `given` are the arguments of the build.
    pub fn environment(&self, target: Option<&str>, given: impl Fn(&str) -> Option<String>) -> Vec<Built> {
        let names = |stage: &Stage, name: &str| !stage.name.is_empty() && stage.name.eq_ignore_ascii_case(name);
        let wanted = target.and_then(|target| self.stages.iter().position(|stage| names(stage, target)));
        let mut next = wanted.or(self.stages.len().checked_sub(1));
        let mut way = Vec::new();
        while let Some(at) = next {
            way.push(at);
            let image = self.filled(&self.stages[at].image, &given);
            next = image.and_then(|image| self.stages[..at].iter().position(|stage| names(stage, &image)));
        }
        let mut built: Vec<Built> = Vec::new();
        for at in way.into_iter().rev() {
            let mut args: Vec<(&str, String)> = Vec::new();
            for setting in &self.stages[at].settings {
                let find = |key: &str| {
                    let of_env = built.iter().find(|it| it.key == key).map(|it| it.value.clone());
                    of_env.or_else(|| args.iter().rev().find(|it| it.0 == key).map(|it| it.1.clone()))
                };
                match setting {
                    Setting::Arg(key, value) => {
                        let value = given(key).or_else(|| self.filled(value.as_deref()?, &find));
                        let value = value.or_else(|| self.args.iter().find(|it| it.0 == *key).map(|it| it.1.clone()));
                        args.extend(value.map(|value| (key.as_str(), value)));
                    }
                    Setting::Env(key, value, line) => {
                        let value = self.filled(value, &find);
                        built.retain(|it| it.key != *key);
                        built.extend(value.map(|value| Built { key: key.clone(), value, line: *line }));
                    }
                }
            }
        }
        built
    }

    /// Whether all of what is built is fetched or made by its own steps, and nothing of the folder gets into it.
    pub fn takes_nothing(&self) -> bool {
        self.has_steps && self.taken.is_empty()
    }

    /// What the last stage starts, as one line, and its place, from 1: `CMD`, else `ENTRYPOINT`.
    pub fn command(&self) -> Option<(&str, usize)> {
        self.command.as_ref().or(self.entry.as_ref()).map(|(command, line)| (command.as_str(), *line))
    }

    /// Whether something of a folder of that name is taken over by name; what takes over everything does not count.
    pub fn names(&self, folder: &str) -> bool {
        self.taken.iter().any(|path| path.split('/').any(|part| part == folder))
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

/// `CMD` in either form as one line.
fn command(words: &[&str]) -> String {
    let text = words.join(" ");
    serde_json::from_str::<Vec<String>>(&text).map_or(text, |words| words.join(" "))
}

fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '_'
}

/// What is copied: everything but options and the last word, in the form of a list as well.
fn sources(words: &[&str]) -> Vec<String> {
    let plain = |word: &&str| word.trim_matches(['[', ']', '"', '\'', ',']).to_owned();
    let mut words: Vec<String> = words
        .iter()
        .filter(|word| !word.starts_with("--"))
        .flat_map(|word| word.split(','))
        .map(|word| plain(&word))
        .collect();
    words.retain(|word| !word.is_empty());
    words.pop();
    words
}

/// The source of `--mount=type=bind,source=PATH`.
fn mounted(word: &str) -> Option<String> {
    let options = word.strip_prefix("--mount=")?;
    let source =
        options.split(',').find_map(|option| option.strip_prefix("source=").or_else(|| option.strip_prefix("src=")));
    source.filter(|_| !options.contains("from=")).map(str::to_owned)
}

fn stage(words: &[&str], line: usize) -> Option<Stage> {
    let mut words = words.iter().filter(|word| !word.starts_with("--"));
    let image = (*words.next()?).to_owned();
    let name = words.next().filter(|word| word.eq_ignore_ascii_case("as")).and_then(|_| words.next());
    Some(Stage { name: name.map_or_else(String::new, |name| (*name).to_owned()), image, line, settings: Vec::new() })
}

/// What `ENV` sets, in both of its forms: `A=1 B="2 3"` and `A 2 3`.
fn pairs(words: &[&str]) -> Vec<(String, String)> {
    match words {
        [] => return Vec::new(),
        [key, rest @ ..] if !key.contains('=') => return vec![((*key).to_owned(), rest.join(" "))],
        _ => {}
    }
    let (mut all, mut word, mut quote) = (Vec::new(), String::new(), None);
    let mut letters = words.iter().flat_map(|word| word.chars().chain([' ']));
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => word.extend(letters.next()),
            '"' | '\'' if quote == Some(letter) => quote = None,
            '"' | '\'' if quote.is_none() => quote = Some(letter),
            ' ' if quote.is_none() => all.push(std::mem::take(&mut word)),
            letter => word.push(letter),
        }
    }
    all.iter().filter_map(|word| word.split_once('=')).map(|(key, value)| (key.to_owned(), value.to_owned())).collect()
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
        let has_script =
            ["RUN", "COPY", "ADD"].iter().any(|it| words.first().is_some_and(|word| word.eq_ignore_ascii_case(it)));
        for end in words.iter().filter(|_| has_script).filter_map(|word| end_of_script(word)) {
            // Where no line ends it, it was none.
            let mut ahead = lines.clone();
            if ahead.any(|(_, line)| line.trim() == end) {
                lines = ahead;
            }
        }
        (!words.is_empty()).then_some((first, words))
    })
}

/// The line that ends a script, of a word such as `<<EOF`, `<<-"EOF"` or `3<<EOF>/file`.
fn end_of_script(word: &str) -> Option<&str> {
    let rest = word.trim_start_matches(|c: char| c.is_ascii_digit()).strip_prefix("<<")?;
    let rest = rest.strip_prefix('-').unwrap_or(rest).trim_start_matches(['"', '\'']);
    let (end, behind) = rest.split_at(rest.find(|c: char| !is_of_name(c)).unwrap_or(rest.len()));
    let begins = end.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    let goes_on = behind.is_empty() || behind.starts_with(['"', '\'', '>', '|', ';', '&']);
    (begins && goes_on).then_some(end)
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
    fn a_script_ends_where_it_says_and_what_is_none_takes_nothing_away() {
        for line in [
            "RUN echo $((1 << 20))",
            "RUN grep x <<< \"abc\"",
            "RUN cat <<EOF>/f\nFROM a\nEOF",
            "COPY <<-'EOF' /f\nFROM a\n\tEOF",
            "RUN cat <<NEVER",
            "CMD cat <<EOF",
        ] {
            let file = Dockerfile::read(&format!("FROM b\n{line}\nFROM postgres:16\n"));
            assert_eq!(file.images(|_| None), ["b", "postgres:16"], "{line}");
        }
    }

    #[test]
    fn what_is_taken_over_by_name_is_known() {
        for (line, is_named) in [
            ("COPY .git /src/.git", true),
            ("COPY --link [\".git/\", \"/x\"]", true),
            ("ADD [\"a\",\"./.git/HEAD\",\"/x\"]", true),
            ("RUN --mount=type=bind,source=.git,target=/g git describe", true),
            ("RUN --mount=type=bind,from=build,source=.git,target=/g git describe", false),
            ("COPY --from=build .git /x", false),
            ("# .git is not needed\nRUN rm -rf .git && ls .git/hooks", false),
            ("RUN git clone https://example.com/a.git", false),
            ("COPY .github .gitignore /.git/", false),
            ("COPY . .", false),
        ] {
            assert_eq!(Dockerfile::read(&format!("FROM a\n{line}\n")).names(".git"), is_named, "{line}");
        }
    }

    #[test]
    fn what_programs_are_started_with_is_filled_in_from_arguments_and_earlier_stages() {
        let text = "ARG ALL=all\nFROM a AS base\nENV ONE=1 TWO=\"two words\"\nENV OLD an old form\nFROM b AS other\nENV NOT=here\n\
            FROM base\nARG GREETING=hello\nARG ALL\nARG NEVER\nENV GREETING=$GREETING ONE=${ONE}st \\\n  NEVER=$NEVER ALL=${ALL}\n";
        let shown = |given: &str| {
            let given = |key: &str| (key == "GREETING" && !given.is_empty()).then(|| given.to_owned());
            let all = Dockerfile::read(text).environment(None, given);
            all.iter().map(|it| format!("{}={} {}", it.key, it.value, it.line)).collect::<Vec<_>>().join(", ")
        };
        assert_eq!(shown(""), "TWO=two words 3, OLD=an old form 4, GREETING=hello 11, ONE=1st 11, ALL=all 11");
        assert!(shown("good day").contains("GREETING=good day 11"), "{}", shown("good day"));
    }

    #[test]
    fn a_hostile_file_ends() {
        let many = "ARG A=".to_owned() + &"x".repeat(900) + "\nFROM $A$A$A\nFROM\nFROM ${\nFROM a AS a\nFROM \\";
        let file = Dockerfile::read(&many);
        assert_eq!(file.images(|_| None), ["a"]);
        assert_eq!(file.base(Some("a"), |_| None).as_deref(), Some("a"));
    }
}
