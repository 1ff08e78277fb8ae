//! What `devenv ci` reports: one run, folded from its events, in the formats that CI services read. Pure.

pub mod cases;
pub mod github;
pub mod gitlab;
pub mod junit;
pub mod repeat;
pub mod sarif;
pub mod summary;
pub mod timeline;
pub mod workflow;

/// A CI service that reads more than plain lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Service {
    Github,
    Gitlab,
    Buildkite,
    /// Any other, or none: plain lines.
    Other,
}

impl Service {
    /// By the variables that each sets for its jobs.
    pub fn of<'a>(variable: impl Fn(&str) -> Option<&'a str>) -> Self {
        let yes = |name| variable(name).is_some_and(|value| value == "true");
        match () {
            () if yes("GITHUB_ACTIONS") => Self::Github,
            () if yes("GITLAB_CI") => Self::Gitlab,
            () if yes("BUILDKITE") => Self::Buildkite,
            () => Self::Other,
        }
    }

    /// The line before a part of the story that can be folded; `now` in seconds since 1970.
    pub fn opening(self, key: &str, title: &str, now: u64) -> String {
        match self {
            Self::Github => format!("::group::{title}"),
            Self::Gitlab => gitlab::section_start(key, title, now),
            Self::Buildkite => format!("--- {title}"),
            Self::Other => format!("{title}:"),
        }
    }

    /// The line after it; empty where there is none.
    pub fn closing(self, key: &str, now: u64) -> String {
        match self {
            Self::Github => "::endgroup::".to_owned(),
            Self::Gitlab => gitlab::section_end(key, now),
            Self::Buildkite | Self::Other => String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_known_by_its_variable() {
        let of = |name: &'static str, value: &'static str| Service::of(move |asked| (asked == name).then_some(value));
        assert_eq!(of("GITHUB_ACTIONS", "true"), Service::Github);
        assert_eq!(of("GITLAB_CI", "true"), Service::Gitlab);
        assert_eq!(of("BUILDKITE", "true"), Service::Buildkite);
        assert_eq!(of("GITHUB_ACTIONS", "false"), Service::Other);
        assert_eq!(of("CI", "true"), Service::Other);
    }

    #[test]
    fn parts_are_opened_and_closed_as_each_service_wants_it() {
        assert_eq!(Service::Github.opening("up", "bring up", 7), "::group::bring up");
        assert_eq!(Service::Github.closing("up", 7), "::endgroup::");
        assert_eq!(Service::Gitlab.opening("up", "bring up", 7), "\u{1b}[0Ksection_start:7:up\r\u{1b}[0Kbring up");
        assert_eq!(Service::Gitlab.closing("up", 9), "\u{1b}[0Ksection_end:9:up\r\u{1b}[0K");
        assert_eq!(Service::Other.closing("up", 9), "");
    }
}
