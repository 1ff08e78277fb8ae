//! Workflows for CI services that do nothing but run `devenv ci`, and keep its reports.

/// A CI service that a workflow can be written for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Workflow {
    Github,
    Gitlab,
    Buildkite,
    Circleci,
}

impl Workflow {
    /// By the names of the services.
    pub const ALL: [(&str, Self); 4] = [
        ("github", Self::Github),
        ("gitlab", Self::Gitlab),
        ("buildkite", Self::Buildkite),
        ("circleci", Self::Circleci),
    ];

    /// The whole file; its first line names the place it belongs to.
    pub fn text(self) -> &'static str {
        match self {
            Self::Github => include_str!("workflows/github.yml"),
            Self::Gitlab => include_str!("workflows/gitlab.yml"),
            Self::Buildkite => include_str!("workflows/buildkite.yml"),
            Self::Circleci => include_str!("workflows/circleci.yml"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workflow_is_yaml_that_runs_the_checks_and_keeps_the_reports() {
        for (_, workflow) in Workflow::ALL {
            let text = workflow.text();
            let document: serde_yaml::Value = serde_yaml::from_str(text).unwrap();
            assert!(document.is_mapping(), "{workflow:?}");
            assert!(
                text.starts_with("# .") && text.contains("devenv ci --artifacts .devenv-ci/reports"),
                "{workflow:?}"
            );
        }
    }
}
