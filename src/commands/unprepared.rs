//! A repo without a manifest: what it says by itself takes the manifest's place.

use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::Failure;
use super::context::{Context, MANIFEST, OTHER_ENDING};
use crate::detect::{self, App, Findings};
use crate::draft;
use crate::host;
use crate::manifest::OWN_FILE;
use crate::model::resolve::Identity;
use crate::problem::{Place, Problem, kinds};
use crate::report::understood;
use crate::state::Checkouts;

impl Context {
    /// Everything that the repo in this folder says; read once a command.
    ///
    /// # Errors
    /// The folder can't be read.
    pub fn findings(&self, root: &Path) -> Result<Rc<Findings>, Failure> {
        if let Some((_, known)) = self.understood.borrow().as_ref().filter(|(of, _)| of == root) {
            return Ok(Rc::clone(known));
        }
        let repo = host::read_repo(root).map_err(|error| {
            Problem::new(&kinds::REPO_UNREADABLE, format!("{} cannot be read", root.display()))
                .why(error.to_string())
                .fix("look at the rights of the folder")
        })?;
        let findings = Rc::new(detect::detect(&repo));
        *self.understood.borrow_mut() = Some((root.to_owned(), Rc::clone(&findings)));
        Ok(findings)
    }

    /// The top of a repo without a manifest, where something was found in it that can be brought up.
    ///
    /// Without git it is the folder itself, unless that is a home, the root of everything, or a folder of repos.
    pub fn unprepared_root(&self, start: &Path) -> Option<PathBuf> {
        if let Some(known) = self.known_above(start) {
            return Some(known);
        }
        let top = host::within_repository(start).last().filter(|top| host::is_top_of_repository(top));
        let root = top.unwrap_or(start);
        if root.parent().is_none() || self.world.home().is_some_and(|home| home == root) {
            return None;
        }
        if top.is_none() && host::list_folder(root).iter().any(|folder| host::is_folder(&folder.join(".git"))) {
            return None;
        }
        let findings = self.findings(root).ok()?;
        is_something(&findings).then(|| root.to_owned())
    }

    /// The nearest folder from here up that something was brought up from before.
    pub fn known_above(&self, start: &Path) -> Option<PathBuf> {
        let checkouts = Checkouts::read(&self.folders);
        host::within_repository(start).find(|folder| checkouts.known(folder).is_some()).map(Path::to_owned)
    }

    /// Why there is nothing to bring up: a file that says what the repo is, but is broken, or that there is no manifest.
    pub fn nothing_at(&self, start: &Path) -> Problem {
        let top = host::within_repository(start).last().filter(|top| host::is_top_of_repository(top));
        let root = top.unwrap_or(start);
        let findings = self.understood.borrow().as_ref().filter(|(of, _)| of == root).map(|(_, it)| Rc::clone(it));
        let has_other = host::is_file(&root.join(OTHER_ENDING)) || host::is_file(&root.join(OWN_FILE));
        let told = findings.and_then(|findings| {
            let is_told = !has_other && !findings.notes.is_empty() && !is_something(&findings);
            broken(&findings, root).or_else(|| is_told.then(|| nothing_found(&findings, root)))
        });
        told.unwrap_or_else(|| super::context::no_manifest(start))
    }

    /// The text of the manifest that the repo would have.
    ///
    /// # Errors
    /// Those of [`Context::findings`]; nothing was found; what was found makes no manifest.
    pub fn drafted(&self, root: &Path) -> Result<String, Failure> {
        let findings = self.findings(root)?;
        if !is_something(&findings) {
            return Err(self.nothing_at(root).into());
        }
        self.ui.manifest_is_unwritten(understood::origins(&findings));
        let (text, left_out) = draft::sound(MANIFEST, &findings).map_err(|problems| unusable(&problems))?;
        left_out.iter().for_each(|note| self.ui.warning_once(&note.text));
        Ok(text)
    }

    /// Says what was understood: all of it the first time, later only that there is no manifest.
    pub fn tell_understood(&self, identity: &Identity) {
        if host::is_file(&identity.root.join(MANIFEST)) {
            return;
        }
        let Ok(findings) = self.findings(&identity.root) else { return };
        if Checkouts::read(&self.folders).get(&identity.id).is_some() {
            self.ui.note("there is no dev.yaml; what to bring up was read from the repo (devenv init writes it down)");
            return;
        }
        self.ui.status("there is no dev.yaml; this is what the repo says:");
        understood::lines(&findings).iter().for_each(|line| self.ui.status(line));
        findings.notes.iter().for_each(|note| self.ui.note(&understood::note(note)));
        // Without it everything is ready and nothing works.
        for it in findings.unresolved.iter().filter(|it| it.field == "seed") {
            self.ui.note(&format!("{}: {}", it.about, it.question));
        }
        self.ui.hint("devenv init writes it down, for you to change and everybody to have");
    }
}

/// Whether there is anything that can be brought up.
pub fn is_something(findings: &Findings) -> bool {
    !findings.services.is_empty() || findings.apps.iter().any(App::is_complete)
}

/// Nothing in the repo makes an app or service: what was met instead, where that is anything.
pub fn nothing_found(findings: &Findings, root: &Path) -> Problem {
    let unread: Vec<String> = findings.notes.iter().map(understood::note).collect();
    let why = match unread.is_empty() {
        true => "no language, framework, docker-compose.yml or database settings that devenv knows is in it".to_owned(),
        false => unread.join("\n"),
    };
    let what = format!("nothing that can be brought up was found in {}", root.display());
    let problem = Problem::new(&kinds::NOTHING_FOUND, what).why(why);
    let problem = match unread.is_empty() {
        true => problem.fix("change to the folder of your repo, or name it with -C"),
        false => problem.fix("correct what is told above, then: devenv up"),
    };
    problem.fix(format!(
        "write {MANIFEST} by hand; this is enough to begin with:\n       echo 'services: {{ db: postgres }}' > {MANIFEST}"
    ))
}

/// The file nearest to the root of those that could not be understood, where nothing else was found.
pub fn broken(findings: &Findings, root: &Path) -> Option<Problem> {
    if is_something(findings) {
        return None;
    }
    let flaw = findings.flaws.iter().min_by_key(|flaw| flaw.path.matches('/').count())?;
    let what = format!("{} cannot be understood, and nothing else says what to bring up", flaw.path);
    let at = flaw.line.map_or_else(|| flaw.path.clone(), |line| format!("{}:{line}", flaw.path));
    let problem = Problem::new(&kinds::REPO_FILE_BROKEN, what).why(flaw.why.clone());
    let problem = problem.fix(format!("correct {at}, then: devenv up"));
    // What can't be read has no line to show.
    let Ok(text) = host::read_small(&root.join(&flaw.path)) else { return Some(problem) };
    let text = String::from_utf8_lossy(&text);
    Some(match flaw.line.and_then(|line| Some((line, text.lines().nth(line.checked_sub(1)?)?))) {
        Some((line, source)) => problem.at(Place {
            file: flaw.path.clone(),
            line: u32::try_from(line).unwrap_or(u32::MAX),
            column: 1,
            source: source.to_owned(),
            width: u32::try_from(source.chars().count()).unwrap_or(u32::MAX).max(1),
        }),
        None => problem,
    })
}

/// What was drafted is wrong: nobody wrote it, so nobody is told to correct a line of it.
pub fn unusable(problems: &[Problem]) -> Problem {
    let first = problems.first().map(|problem| problem.what.clone()).unwrap_or_default();
    Problem::new(&kinds::REPO_UNCLEAR, "what this repo says could not be put together")
        .why(first)
        .fix(format!("write {MANIFEST} by hand; this is enough to begin with:\n       echo 'services: {{ db: postgres }}' > {MANIFEST}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest;

    /// Nothing that is read makes such a text; a rule that is wrong some day must not end in an excerpt of a file that is not there.
    #[test]
    fn what_contradicts_itself_is_told_as_such() {
        let twice = "apps:\n  a: { runtime: node, run: x, port: 80 }\n  b: { runtime: node, run: x, port: 80 }\n";
        let problem = unusable(&manifest::load(MANIFEST, twice.as_bytes()).unwrap_err());
        assert_eq!(problem.kind, &kinds::REPO_UNCLEAR);
        assert!(problem.place.is_none() && problem.why.contains("80"), "{problem:?}");
    }
}
