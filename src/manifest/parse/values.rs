//! Reading single values: names, paths, durations.

use std::time::Duration;

use super::fields::{Decoder, Field};
use crate::manifest::At;
use crate::names::Name;
use crate::problem::{Problem, kinds};

/// Names that mean something else where names are used.
const RESERVED: [(&str, &str); 2] =
    [("secret", "`${secret.NAME}` stands for secrets"), ("localhost", "it always means this computer itself")];

/// The longest deadline that is believed to be meant.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

impl Decoder<'_, '_> {
    /// A name; what is wrong with it is told, and the nearest right one returned so that reading can go on.
    pub fn name(&mut self, text: &At<String>, subject: &str) -> At<Name> {
        match Name::parse(&text.value) {
            Ok(name) => At::new(name, text.span),
            Err(why) => {
                let right = Name::from_any(&text.value);
                self.findings.add(text.span, || {
                    Problem::new(&kinds::MANIFEST_BAD_NAME, format!("the {subject} `{}` {why}", text.value))
                        .fix(format!("write `{right}`"))
                });
                At::new(right, text.span)
            }
        }
    }

    /// A name of a service or app, which shares its space with words of the language.
    pub fn unit_name(&mut self, text: &At<String>, subject: &str) -> At<Name> {
        if let Some((word, why)) = RESERVED.iter().find(|(word, _)| *word == text.value) {
            self.findings.add(text.span, || {
                Problem::new(&kinds::MANIFEST_BAD_NAME, format!("nothing can be called `{word}`"))
                    .why(*why)
                    .fix("choose another name")
            });
        }
        self.name(text, subject)
    }

    /// A path inside the repo; `""` is its root. The result has no `./` in front and no `/` at its end.
    pub fn relative_path(&mut self, field: &Field, example: &str) -> Option<At<String>> {
        let text = self.text(field, "a path", example)?;
        let value = text.value.as_str();
        let drive = value.as_bytes().get(1) == Some(&b':');
        let wrong = if value.is_empty() {
            Some(("is empty", "leave it out, or write `.` for the folder itself"))
        } else if value.contains('\\') {
            Some(("has `\\` in it", "write `/` between folders, which works on every system"))
        } else if value.starts_with('/') || value.starts_with('~') || drive {
            Some(("is not inside the repo", "write it relative, so that it is right on every computer"))
        } else if value.split('/').any(|part| part == "..") {
            Some(("must not contain `..`", "paths stay inside; move the file, or set `path` of the app higher up"))
        } else {
            None
        };
        if let Some((what, fix)) = wrong {
            self.findings.add(text.span, || {
                Problem::new(&kinds::MANIFEST_BAD_PATH, format!("{} {what}: `{value}`", field.subject)).fix(fix)
            });
            return None;
        }
        let parts: Vec<&str> = value.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
        Some(At::new(parts.join("/"), text.span))
    }

    /// An absolute path inside a service, not the root itself.
    pub fn inside_path(&mut self, text: &At<String>, subject: &str) -> Option<At<String>> {
        let value = text.value.trim_end_matches('/');
        let parts_fine = value.split('/').skip(1).all(|part| !matches!(part, "" | "." | ".."));
        if value.starts_with('/') && parts_fine && !value.contains(':') {
            return Some(At::new(value.to_owned(), text.span));
        }
        self.findings.add(text.span, || {
            let problem = Problem::new(
                &kinds::MANIFEST_BAD_PATH,
                format!("{subject} must be an absolute path inside the service, not `{}`", text.value),
            );
            match text.value.rsplit_once(':') {
                Some((_, inside)) if inside.starts_with('/') => problem.fix(format!("write `{inside}` only")),
                _ => problem.fix("write a path such as `/var/lib/search`"),
            }
        });
        None
    }

    /// `500ms`, `30s`, `2m`, `1h`.
    pub fn duration(&mut self, field: &Field) -> Option<Duration> {
        let text = self.text(field, "a duration", "timeout: 30s")?;
        let value = text.value.trim();
        let unit_at = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
        let (number, unit) = value.split_at(unit_at);
        let millis = match unit.trim_start() {
            "ms" => Some(1),
            "s" => Some(1000),
            "m" | "min" => Some(60_000),
            "h" => Some(3_600_000),
            _ => None,
        };
        let time = millis
            .and_then(|unit: u64| number.parse::<u64>().ok()?.checked_mul(unit))
            .map(Duration::from_millis)
            .filter(|time| !time.is_zero() && *time <= LONGEST);
        if time.is_none() {
            self.findings.add(text.span, || {
                let what = format!("{} must be a duration up to 24h, not `{value}`", field.subject);
                let fix = if number.parse() == Ok(0_u64) {
                    "allow it some time, `500ms`, or leave it out".to_owned()
                } else if unit.is_empty() && number.parse::<u32>().is_ok_and(|n| n > 0) {
                    format!("say the unit: `{number}s` or `{number}m`")
                } else {
                    "write a number and `ms`, `s`, `m` or `h`, for example `30s`".to_owned()
                };
                Problem::new(&kinds::MANIFEST_BAD_DURATION, what).fix(fix)
            });
        }
        time
    }

    /// A status of an HTTP answer.
    pub fn status(&mut self, field: &Field) -> Option<u16> {
        let text = self.text(field, "a status of HTTP", "status: 200")?;
        let status = text.value.parse().ok().filter(|status| (100..=599).contains(status));
        if status.is_none() {
            self.findings.add(text.span, || {
                let what = format!("{} must be a status of HTTP from 100 to 599, not `{}`", field.subject, text.value);
                Problem::new(&kinds::MANIFEST_BAD_STATUS, what).fix("write for example  status: 200")
            });
        }
        status
    }

    /// `true` or `false`, and nothing else.
    pub fn yes_or_no(&mut self, field: &Field, example: &str) -> bool {
        match self.text(field, "`true` or `false`", example) {
            Some(text) if text.value == "true" => true,
            Some(text) if text.value == "false" => false,
            None => false,
            Some(text) => {
                self.findings.add(text.span, || {
                    let what = format!("{} must be `true` or `false`, not `{}`", field.subject, text.value);
                    let meant = matches!(text.value.to_lowercase().as_str(), "yes" | "on" | "y" | "1" | "true");
                    Problem::new(&kinds::MANIFEST_WRONG_TYPE, what).meant(meant.to_string())
                });
                false
            }
        }
    }

    /// `postgres@16` as a name and a version.
    pub fn versioned(&mut self, text: &At<String>, subject: &str) -> (String, Option<String>) {
        let Some((id, version)) = text.value.split_once('@') else { return (text.value.clone(), None) };
        if id.is_empty() || version.is_empty() {
            self.findings.add(text.span, || {
                let missing = if id.is_empty() { "name before" } else { "version after" };
                Problem::new(&kinds::MANIFEST_UNKNOWN_VERSION, format!("{subject} has no {missing} the `@`"))
                    .fix("write for example `postgres@16`, or `postgres` for the newest that is known to work")
            });
        }
        (id.to_owned(), Some(version.to_owned()).filter(|version| !version.is_empty()))
    }

    /// What `image:` names; only checked for characters that no such name has.
    pub fn image(&mut self, field: &Field) -> Option<At<String>> {
        let text = self.text(field, "a name", "image: opensearchproject/opensearch:2.19.0")?;
        let fine = |c: char| c.is_ascii_alphanumeric() || "._-/:@+".contains(c);
        if text.value.chars().all(fine) && text.value.starts_with(|c: char| c.is_ascii_alphanumeric()) {
            return Some(text);
        }
        self.findings.add(text.span, || {
            let what = format!("{} can't be `{}`", field.subject, text.value);
            Problem::new(&kinds::MANIFEST_BAD_SOURCE, what)
                .fix("write for example  image: opensearchproject/opensearch:2.19.0")
        });
        None
    }
}
