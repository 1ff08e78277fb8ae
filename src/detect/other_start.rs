//! A Dockerfile that starts another file of the repo than the app is started by: nobody can know which one is meant, so it is told.

use super::{App, Evidence, Findings, Note, Toolchain};
use crate::repo::dockerfile::Dockerfile;
use crate::repo::{Repo, join};

/// Endings of files that are started as they are; what is built first has another name then.
const ENDINGS: &[&str] = &["js", "mjs", "cjs", "ts", "py", "rb", "php", "exs", "clj"];

pub fn tell(repo: &Repo, findings: &mut Findings) {
    let notes: Vec<Note> = findings.apps.iter().filter_map(|app| note(repo, app, &findings.apps)).collect();
    for note in notes {
        if !findings.notes.iter().any(|known| known.evidence.first() == note.evidence.first()) {
            findings.notes.push(note);
        }
    }
}

fn note(repo: &Repo, app: &App, all: &[App]) -> Option<Note> {
    let run = app.run.as_ref().filter(|_| !matches!(app.toolchain, Toolchain::Build { .. }))?;
    let path = join(&app.path, "Dockerfile").filter(|path| repo.has(path))?;
    let file = Dockerfile::read(&repo.text(&path)?);
    let (command, line) = file.command()?;
    let (theirs, ours) = (started(repo, app, command), started(repo, app, &run.value));
    let other = theirs.iter().find(|file| !ours.contains(file))?;
    // What both start, and what starts only a part of it, is no contradiction.
    if theirs.iter().any(|file| ours.contains(file)) || ours.is_empty() {
        return None;
    }
    // It is that of the app which this one is a worker of.
    let is_it = |it: &App| it.run.as_ref().is_some_and(|run| started(repo, it, &run.value).contains(other));
    if all.iter().any(|it| it.path == app.path && is_it(it)) {
        return None;
    }
    let text = format!(
        "{path} starts {other} (`{command}`), and `{}` is started by `{}`: if that is wrong, change its `run`",
        app.name, run.value
    );
    let evidence = std::iter::once(Evidence::at(path, line)).chain(run.evidence.first().cloned());
    Some(Note { text, evidence: evidence.collect() })
}

/// The files of the repo that a command names, through one script of `package.json`.
fn started(repo: &Repo, app: &App, command: &str) -> Vec<String> {
    let script = || {
        let json = repo.json(&join(&app.path, "package.json")?)?;
        let scripts = json.get("scripts")?.as_object()?;
        let name = command.split_whitespace().rfind(|word| scripts.contains_key(*word))?;
        let is_runner = ["npm", "yarn", "pnpm", "bun"].iter().any(|runner| command.starts_with(runner));
        scripts.get(name).filter(|_| is_runner)?.as_str().map(str::to_owned)
    };
    let text = script().unwrap_or_else(|| command.to_owned());
    let words = text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ';' | '&'));
    let files = words.filter(|word| word.rsplit_once('.').is_some_and(|(_, ending)| ENDINGS.contains(&ending)));
    // Inside, the code lies in a folder of any name.
    let found = files.filter_map(|word| {
        let word = word.trim_start_matches("./").trim_start_matches('/');
        let shorter = word.split_once('/').map(|(_, rest)| rest);
        let here = |name: &str| join(&app.path, name).filter(|path| repo.has(path));
        here(word).or_else(|| here(shorter?))
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use crate::detect::detect;
    use crate::repo::Repo;

    fn notes(command: &str, dev: &str) -> Vec<String> {
        let package = format!(
            "{{\"scripts\": {{\"dev\": \"{dev}\", \"start\": \"node server.js\"}}, \"dependencies\": {{\"express\": \"5\"}}}}"
        );
        let dockerfile = format!("FROM node:24\nWORKDIR /app\nCMD {command}\n");
        let server = "require('express')().listen(3000)";
        let findings = detect(&Repo::of(&[
            ("package.json", &package),
            ("Dockerfile", &dockerfile),
            ("server.js", server),
            ("other.js", server),
        ]));
        findings.notes.iter().map(|note| format!("{} {}", note.text, note.evidence[0])).collect()
    }

    #[test]
    fn a_dockerfile_of_the_app_says_nothing_of_its_worker() {
        let findings = detect(&Repo::of(&[
            ("package.json", r#"{"dependencies": {"express": "5"}}"#),
            ("Dockerfile", "FROM node:24\nCMD node web.js\n"),
            ("web.js", "require('express')().listen(3000)"),
            ("worker.js", ""),
            ("Procfile", "web: node web.js\nworker: node worker.js\n"),
        ]));
        assert_eq!(findings.apps.len(), 2);
        assert!(findings.notes.iter().all(|note| !note.text.starts_with("Dockerfile starts")), "{:?}", findings.notes);
    }

    #[test]
    fn another_file_is_told_and_another_way_to_start_the_same_one_is_not() {
        let told = notes("[\"node\", \"/app/other.js\"]", "node --watch server.js");
        assert_eq!(told.len(), 1, "{told:?}");
        assert!(told[0].starts_with("Dockerfile starts other.js (`node /app/other.js`)"), "{told:?}");
        assert!(told[0].ends_with("Dockerfile:3"), "{told:?}");
        for (command, dev) in [
            ("npm start", "nodemon server.js"),
            ("[\"node\", \"server.js\"]", "node --watch server.js"),
            ("[\"node\", \"dist/main.js\"]", "tsx watch server.js"),
            ("[\"gunicorn\", \"app:app\"]", "node server.js"),
        ] {
            assert_eq!(notes(command, dev), [""; 0], "{command}");
        }
    }
}
