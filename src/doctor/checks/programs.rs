//! Programs on the `PATH`: another one of our name, and git.

use crate::doctor::facts::{Facts, Other};
use crate::doctor::{Finding, Repair, Severity, line};
use crate::problem::{Problem, kinds};

pub fn another(facts: &Facts) -> Option<Finding> {
    let programs = &facts.programs;
    let other = programs.others.first()?;
    let path = other.path.display();
    let is_typed = programs.typed.as_ref() == Some(&other.path);
    let what = match other.is {
        Other::Cachix => format!("{path} is another tool of the same name, by cachix"),
        Other::Ours => format!("{path} is another version of devenv"),
        Other::Unknown => format!("{path} is another program of the same name"),
    };
    let why = match is_typed {
        true => {
            format!("it comes first on the PATH, so that typing `devenv` runs it and not {}", programs.own.display())
        }
        false => {
            "it comes later on the PATH, so that typing `devenv` runs this one; another shell may see it otherwise"
                .to_owned()
        }
    };
    let problem = Problem::new(&kinds::ANOTHER_DEVENV, what).why(why);
    let problem = match (other.is, programs.own.parent()) {
        (Other::Ours, _) => problem.fix(format!("rm {path}        # where you don't need it")),
        (_, Some(folder)) => {
            problem.fix(format!("export PATH={}:$PATH        # in your shell's settings", folder.display()))
        }
        (_, None) => problem.fix("put the folder of the one you want first on the PATH"),
    };
    Some(Finding::new(if is_typed { Severity::WillHurt } else { Severity::GoodToKnow }, problem))
}

pub fn git(facts: &Facts) -> Option<Finding> {
    // Nothing was looked at.
    if facts.programs.own.as_os_str().is_empty() || facts.programs.has_git {
        return None;
    }
    let problem = Problem::new(&kinds::GIT_MISSING, "there is no git on this computer")
        .why("devenv works without it, but setup steps and hooks of most repos do not")
        .fix(match &facts.remedies.git {
            Some(command) => line(command),
            None => "install it with your system's package manager".to_owned(),
        });
    let finding = Finding::new(Severity::GoodToKnow, problem);
    Some(match facts.remedies.git.clone() {
        Some(command) => finding.repaired_by(Repair::Run(command)),
        None => finding,
    })
}

#[cfg(test)]
mod tests {
    use super::super::Check;
    use super::super::tests::judge;
    use super::*;
    use crate::doctor::facts::{OtherDevenv, Programs};

    fn programs(typed: &str, others: &[(&str, Other)], has_git: bool) -> Facts {
        let others = others.iter().map(|(path, is)| OtherDevenv { path: path.into(), is: *is }).collect();
        let programs = Programs { has_git, own: "/opt/bin/devenv".into(), typed: Some(typed.into()), others };
        Facts { programs, ..Facts::default() }
    }

    #[test]
    fn another_program_of_our_name_matters_most_where_it_comes_first() {
        let nix = "/home/sam/.nix-profile/bin/devenv";
        let cases: [(Check, Facts); 5] = [
            (another, programs(nix, &[(nix, Other::Cachix)], true)),
            (another, programs("/opt/bin/devenv", &[("/usr/bin/devenv", Other::Ours)], true)),
            (another, programs("/opt/bin/devenv", &[], true)),
            (git, programs("/opt/bin/devenv", &[], false)),
            (git, programs("/opt/bin/devenv", &[], true)),
        ];
        judge(
            &cases,
            &[
                Some("will_hurt another-devenv"),
                Some("good_to_know another-devenv"),
                None,
                Some("good_to_know git-missing"),
                None,
            ],
        );
    }
}
