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
    pub fn text(self, needs: &Needs) -> String {
        let text = match self {
            Self::Github => include_str!("workflows/github.yml"),
            Self::Gitlab => include_str!("workflows/gitlab.yml"),
            Self::Buildkite => include_str!("workflows/buildkite.yml"),
            Self::Circleci => include_str!("workflows/circleci.yml"),
        };
        let frozen = if needs.is_locked { " --frozen" } else { "" };
        text.replace("@@frozen@@", frozen).replace("@@secrets@@", &self.secrets(&needs.secrets))
    }

    /// How the secrets get to the command: GitHub passes what is named, everybody else what the settings have.
    fn secrets(self, names: &[String]) -> String {
        let all = names.join(", ");
        match self {
            _ if names.is_empty() => String::new(),
            Self::Github => {
                let each = names.iter().map(|name| format!("          {name}: ${{{{ secrets.{name} }}}}\n"));
                format!("        env:\n{}", each.collect::<String>())
            }
            Self::Gitlab => format!("  # Masked variables of your project, for the secrets of dev.yaml: {all}\n"),
            Self::Buildkite => {
                format!("    # Variables that your agents set by a hook, for the secrets of dev.yaml: {all}\n")
            }
            Self::Circleci => format!("      # Variables of your project, for the secrets of dev.yaml: {all}\n"),
        }
    }
}

/// What a workflow has to know of the repo.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Needs {
    /// Whether `dev.lock` says which exact versions there are.
    pub is_locked: bool,
    /// The secrets that somebody has to provide.
    pub secrets: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_workflow_is_yaml_that_runs_the_checks_and_keeps_the_reports() {
        for (_, workflow) in Workflow::ALL {
            let text = workflow.text(&Needs::default());
            let document: serde_yaml::Value = serde_yaml::from_str(&text).unwrap();
            assert!(document.is_mapping(), "{workflow:?}");
            assert!(
                text.starts_with("# .")
                    && text.contains("devenv ci --artifacts .devenv-ci/reports --cache-dir .devenv-ci/cache\n"),
                "{workflow:?}"
            );
            assert!(!text.contains("@@"), "{workflow:?}");
        }
    }

    #[test]
    fn what_the_repo_needs_is_in_every_workflow() {
        let needs = Needs { is_locked: true, secrets: vec!["STRIPE_KEY".to_owned(), "TOKEN".to_owned()] };
        for (_, workflow) in Workflow::ALL {
            let text = workflow.text(&needs);
            assert!(text.contains(".devenv-ci/cache --frozen\n") && text.contains("TOKEN"), "{workflow:?}");
            assert!(serde_yaml::from_str::<serde_yaml::Value>(&text).unwrap().is_mapping(), "{workflow:?}");
        }
        let github: serde_yaml::Value = serde_yaml::from_str(&Workflow::Github.text(&needs)).unwrap();
        let steps = github["jobs"]["check"]["steps"].as_sequence().unwrap();
        let ours =
            steps.iter().find(|step| step["run"].as_str().is_some_and(|run| run.starts_with("devenv ci"))).unwrap();
        assert_eq!(ours["env"]["STRIPE_KEY"].as_str(), Some("${{ secrets.STRIPE_KEY }}"));
    }
}
