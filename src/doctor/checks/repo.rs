//! What the repo itself brings: its manifest, scripts, secrets, and what its services are made from.

use crate::doctor::correction::Correction;
use crate::doctor::facts::Facts;
use crate::doctor::{Finding, Repair, Severity};
use crate::problem::{Problem, kinds};
use crate::words;

/// The first problem, and how many more there are: `devenv check` shows them all.
pub fn manifest(facts: &Facts) -> Option<Finding> {
    let problems = &facts.repo.as_ref()?.manifest_problems;
    let mut problem = problems.first()?.clone();
    if problems.len() > 1 {
        problem.fixes.push(format!("devenv check             # shows all {} problems", problems.len()));
    }
    let corrections: Vec<Correction> = problems.iter().filter_map(Correction::of).collect();
    let finding = |problem| Finding::new(Severity::InTheWay, problem);
    if corrections.is_empty() {
        return Some(finding(problem));
    }
    problem.fixes.push("devenv doctor --fix      # corrects it, after you have seen how".to_owned());
    Some(finding(problem).repaired_by(Repair::Manifest(corrections)))
}

pub fn scripts(facts: &Facts) -> Option<Finding> {
    let scripts = &facts.repo.as_ref()?.crlf_scripts;
    let run: Vec<_> = scripts.iter().filter_map(|script| Some((script, script.run_by.as_ref()?))).collect();
    let first = scripts.first()?;
    let (what, severity) = match run.first() {
        Some((script, unit)) => {
            (format!("{}, which `{unit}` runs, has Windows line endings", script.path.display()), Severity::InTheWay)
        }
        None => (format!("the script {} has Windows line endings", first.path.display()), Severity::WillHurt),
    };
    let others = scripts.len() - 1;
    let what = if others > 0 { format!("{what}, and so have {}", words::count(others, "other script")) } else { what };
    let problem = Problem::new(&kinds::SCRIPT_LINE_ENDS, what)
        .why("programs inside take the extra character at each line's end as part of it: \"not found\", or \"no such file or directory\"")
        .fix("devenv doctor --fix      # writes them with LF line endings")
        .fix("so that it stays:  echo '*.sh text eol=lf' >> .gitattributes");
    let paths = scripts.iter().map(|script| script.path.clone()).collect();
    Some(Finding::new(severity, problem).repaired_by(Repair::LineEnds(paths)))
}

pub fn rights(facts: &Facts) -> Option<Finding> {
    let scripts = &facts.repo.as_ref()?.unexecutable;
    let first = scripts.first()?;
    let by = first.run_by.as_ref().map(|unit| format!(", which `{unit}` runs,")).unwrap_or_default();
    let others = match scripts.len() - 1 {
        0 => String::new(),
        others => format!(", and neither may {}", words::count(others, "other script")),
    };
    let path = first.path.display();
    let problem = Problem::new(&kinds::NOT_PERMITTED, format!("{path}{by} may not be run{others}"))
        .why("the file has no right to be executed: an archive, a disk of Windows or an editor has taken it away")
        .fix("devenv doctor --fix      # gives it the right")
        .fix(format!("so that it stays for everybody:  git update-index --chmod=+x {path}"));
    let paths = scripts.iter().map(|script| script.path.clone()).collect();
    Some(Finding::new(Severity::InTheWay, problem).repaired_by(Repair::RightToRun(paths)))
}

pub fn secrets(facts: &Facts) -> Option<Finding> {
    let missing = &facts.repo.as_ref()?.missing_secrets;
    let first = missing.first()?;
    let names: Vec<String> = missing.iter().map(|name| format!("`{name}`")).collect();
    let (what, it) = match missing.len() {
        1 => (format!("the secret {} has no value on this computer", words::list(&names)), "it"),
        _ => (format!("the secrets {} have no value on this computer", words::list(&names)), "them"),
    };
    let problem = Problem::new(&kinds::SECRET_MISSING, what)
        .why(format!("what needs {it} is not started; `devenv up` asks for {it} at a terminal"))
        .fix(format!("devenv secret set {first}        # asks for it and stores it, for all checkouts of this repo"));
    Some(Finding::new(Severity::InTheWay, problem))
}

pub fn processor(facts: &Facts) -> Option<Finding> {
    let about = facts.engine.about.as_ref()?;
    let own = same_words(&about.architecture);
    let made = facts.repo.as_ref()?.made.iter().find(|made| {
        !made.architecture.is_empty() && !own.is_empty() && !runs_on(own, same_words(&made.architecture))
    })?;
    let theirs = same_words(&made.architecture);
    let emulated = !about.is_here || facts.computer.emulates.iter().any(|one| same_words(one) == theirs);
    let what = format!("`{}` is made for {theirs} processors, and Docker runs on {own}", made.unit);
    let problem = Problem::new(&kinds::EMULATED, what)
        .why(match emulated {
            true => "every instruction is translated: several times slower, and some programs crash",
            false => "nothing here translates its instructions: it ends at once with \"exec format error\"",
        })
        .fix(format!("docker rmi {}        # devenv up downloads the right one, if there is one", made.title))
        .fix("or choose another version in dev.yaml");
    Some(Finding::new(if emulated { Severity::WillHurt } else { Severity::InTheWay }, problem))
}

/// Whether a processor runs programs for another kind by itself: those of 64 bits run what is made for their kin of 32.
fn runs_on(own: &str, made: &str) -> bool {
    own == made || matches!((own, made), ("amd64", "386") | ("arm64", "arm"))
}

/// One name for each kind of processor: kernels, engines and downloads differ in theirs.
fn same_words(architecture: &str) -> &str {
    match architecture {
        "x86_64" | "amd64" => "amd64",
        "aarch64" | "arm64" => "arm64",
        "i386" | "i686" | "386" => "386",
        "armv7l" | "armhf" | "arm" => "arm",
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::super::Check;
    use super::super::tests::judge;
    use super::*;
    use crate::doctor::facts::{AboutEngine, Computer, EngineFacts, MadeFor, Repo, Script};

    fn repo(repo: Repo) -> Facts {
        Facts { repo: Some(repo), ..Facts::default() }
    }

    fn with_scripts(scripts: &[(&str, Option<&str>)]) -> Facts {
        let script = |(path, by): &(&str, Option<&str>)| Script { path: path.into(), run_by: by.map(str::to_owned) };
        repo(Repo { crlf_scripts: scripts.iter().map(script).collect(), ..Repo::default() })
    }

    #[test]
    fn what_the_repo_brings_has_to_be_in_order() {
        let wrong = Problem::new(&kinds::MANIFEST_UNKNOWN_KEY, "unknown key `servces`").why("x").fix("y");
        let missing = |names: &[&str]| {
            repo(Repo { missing_secrets: names.iter().map(|name| (*name).to_owned()).collect(), ..Repo::default() })
        };
        let cases: [(Check, Facts); 7] = [
            (manifest, repo(Repo { manifest_problems: vec![wrong.clone(), wrong], ..Repo::default() })),
            (manifest, repo(Repo::default())),
            (scripts, with_scripts(&[("tools/x.sh", None), ("bin/start.sh", Some("api"))])),
            (scripts, with_scripts(&[("tools/x.sh", None)])),
            (scripts, with_scripts(&[])),
            (secrets, missing(&["STRIPE_KEY", "OTHER"])),
            (secrets, missing(&[])),
        ];
        judge(
            &cases,
            &[
                Some("in_the_way manifest-unknown-key"),
                None,
                Some("in_the_way script-line-ends"),
                Some("will_hurt script-line-ends"),
                None,
                Some("in_the_way secret-missing"),
                None,
            ],
        );
    }

    #[test]
    fn a_script_that_is_run_needs_the_right_to_be() {
        let script = |path: &str| Script { path: path.into(), run_by: Some("api".to_owned()) };
        let without = |scripts: Vec<Script>| repo(Repo { unexecutable: scripts, ..Repo::default() });
        let both = without(vec![script("start.sh"), script("bin/seed")]);
        judge(
            &[(rights as Check, both.clone()), (rights, without(Vec::new()))],
            &[Some("in_the_way not-permitted"), None],
        );
        let what = rights(&both).unwrap().problem.what;
        assert_eq!(what, "start.sh, which `api` runs, may not be run, and neither may 1 other script");
    }

    #[test]
    fn what_is_made_for_another_processor_is_slow_or_does_not_run() {
        let facts = |made: &str, emulates: &[&str]| {
            let made = MadeFor { unit: "db".into(), title: "postgres:17".into(), architecture: made.into() };
            let about = AboutEngine { architecture: "aarch64".into(), is_here: true, ..AboutEngine::default() };
            Facts {
                computer: Computer {
                    emulates: emulates.iter().map(|it| (*it).to_owned()).collect(),
                    ..Computer::default()
                },
                engine: EngineFacts { about: Some(about), ..EngineFacts::default() },
                ..repo(Repo { made: vec![made], ..Repo::default() })
            }
        };
        let cases: [(Check, Facts); 4] = [
            (processor, facts("amd64", &["x86_64"])),
            (processor, facts("amd64", &[])),
            (processor, facts("arm64", &[])),
            (processor, facts("arm", &[])),
        ];
        judge(&cases, &[Some("will_hurt emulated"), Some("in_the_way emulated"), None, None]);
        assert!(runs_on("amd64", same_words("i386")) && !runs_on("386", "amd64") && !runs_on("amd64", "arm"));
    }
}
