//! `devenv init`.

use std::path::Path;

use clap::Args;

use super::Failure;
use super::context::{Context, MANIFEST};
use super::unprepared::{broken, is_something, nothing_found, unusable};
use crate::detect::{Evidence, Fact, Findings, Unresolved};
use crate::draft::{self, Updated};
use crate::host;
use crate::manifest::{self, Manifest};
use crate::problem::{Exit, Problem, kinds};
use crate::report::understood::{self, Document};
use crate::words::count;

/// Write dev.yaml from what the repo says by itself.
///
/// Reads lock files, version files, scripts, docker-compose.yml, CI workflows, example settings and more, and runs nothing of
/// it. A dev.yaml that is there keeps everything that is in it, and gets what it lacks.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  devenv init\n  devenv init --dry-run            # only print it\n  devenv init --dry-run --json     # every finding, with the file and line that says so"
)]
pub struct Arguments {
    /// Print the manifest, and write nothing.
    #[arg(long)]
    dry_run: bool,
}

pub fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let start = context.entered()?;
    let above = host::within_repository(&start).find(|folder| host::is_file(&folder.join(MANIFEST)));
    // Where `devenv up` works already without a manifest, both mean the same.
    let root = above.map(Path::to_owned).or_else(|| context.known_above(&start)).unwrap_or(start);
    let root = root.as_path();
    let mut findings = context.findings(root)?.as_ref().clone();
    let path = root.join(MANIFEST);
    let is_new = !host::is_file(&path);
    let done = if is_new {
        decide(context, &mut findings);
        Updated { text: fresh(root, &mut findings)?, ..Updated::default() }
    } else {
        let (text, written) = written(&path)?;
        draft::forget_decided(&mut findings, &written);
        decide(context, &mut findings);
        update((&text, &written), &findings)?
    };
    let is_changed = is_new || !done.added.is_empty();
    if !arguments.dry_run && is_changed {
        host::write_file(&path, done.text.as_bytes()).map_err(|error| unwritable(&path, &error))?;
    }
    show(context, &findings, &Outcome { done: &done, is_new, is_dry: arguments.dry_run, path: &path });
    Ok(Exit::Done)
}

/// What is told at the end.
struct Outcome<'a> {
    done: &'a Updated,
    is_new: bool,
    is_dry: bool,
    path: &'a Path,
}

/// # Errors
/// Nothing was found, or it makes no manifest.
fn fresh(root: &Path, findings: &mut Findings) -> Result<String, Failure> {
    if let Some(broken) = broken(findings, root) {
        return Err(broken.into());
    }
    if !is_something(findings) {
        return Err(nothing_found(findings, root).into());
    }
    let (text, left_out) = draft::sound(MANIFEST, findings).map_err(|problems| unusable(&problems))?;
    findings.notes.extend(left_out);
    Ok(text)
}

/// The manifest that is there.
///
/// # Errors
/// It can't be read, or is wrong.
fn written(path: &Path) -> Result<(String, Manifest), Failure> {
    let bytes = host::read_small(path).map_err(|error| {
        Problem::new(&kinds::MANIFEST_UNREADABLE, format!("{} cannot be read", path.display()))
            .why(error.to_string())
            .fix(format!("look at the rights of {MANIFEST}"))
    })?;
    let written = manifest::load(MANIFEST, &bytes)?;
    Ok((String::from_utf8_lossy(&bytes).into_owned(), written))
}

/// # Errors
/// The manifest would be wrong with what is added.
fn update((text, written): (&str, &Manifest), findings: &Findings) -> Result<Updated, Failure> {
    let updated = draft::update(text, written, findings);
    manifest::load(MANIFEST, updated.text.as_bytes()).map_err(|problems| {
        Problem { fixes: Vec::new(), ..unusable(&problems) }.fix(format!(
            "write into {MANIFEST} by hand what it lacks, it was not changed; `devenv init --json` says what was found"
        ))
    })?;
    Ok(updated)
}

/// Asks what only a person can decide, where there is one; the best guess stays otherwise.
fn decide(context: &Context, findings: &mut Findings) {
    if context.ui.options().yes || !context.ui.can_ask() {
        return;
    }
    let questions: Vec<Unresolved> = findings.unresolved.iter().filter(|it| it.choices.len() > 1).cloned().collect();
    for question in questions {
        let text = format!("{}: {} {}?", question.about, question.question, question.field);
        let Some(chosen) = context.ui.choose(&text, &question.choices, 0) else { continue };
        if answer(findings, &question, &question.choices[chosen]) {
            findings.unresolved.retain(|it| *it != question);
        }
    }
}

/// Takes over what was chosen.
fn answer(findings: &mut Findings, question: &Unresolved, chosen: &str) -> bool {
    let evidence = question.evidence.first().cloned().unwrap_or_else(|| Evidence::file(MANIFEST));
    if let Some(app) = findings.apps.iter_mut().find(|app| app.name == question.about) {
        match question.field.as_str() {
            "run" => app.run = Some(Fact::new(chosen, evidence)),
            "port" => match chosen.parse::<u16>() {
                Ok(port) => app.port = Some(Fact::new(port, evidence)),
                Err(_) => return false,
            },
            _ => return false,
        }
        return true;
    }
    match findings.services.iter_mut().find(|service| service.name == question.about) {
        Some(service) if question.field == "version" => {
            service.version = Some(Fact::new(chosen, evidence));
            true
        }
        _ => false,
    }
}

fn show(context: &Context, findings: &Findings, outcome: &Outcome) {
    let Outcome { done, is_new, is_dry, path } = outcome;
    let ui = &context.ui;
    let is_written = !is_dry && (*is_new || !done.added.is_empty());
    if ui.is_json() {
        let place = path.display().to_string();
        ui.json(&Document::new(findings, &done.text, is_written.then_some(place.as_str())));
        return;
    }
    if *is_new {
        ui.status("this is what the repo says:");
        understood::lines(findings).iter().for_each(|line| ui.status(line));
    }
    findings.notes.iter().for_each(|note| ui.note(&understood::note(note)));
    for it in findings.unresolved.iter().filter(|_| *is_new) {
        ui.note(&format!("{}: {} ({})", it.about, it.question, it.field));
    }
    done.differs.iter().for_each(|it| ui.note(it));
    for text in &done.left {
        ui.note(&format!("a section of {MANIFEST} is written in one line, so this is for you to add:"));
        ui.status(text.trim_end());
    }
    if *is_dry {
        ui.answer(&done.text);
        return;
    }
    match (*is_new, done.added.is_empty()) {
        (true, _) => {
            let (services, apps) = (count(findings.services.len(), "service"), count(findings.apps.len(), "app"));
            ui.answer(&format!("wrote {}: {services}, {apps}", path.display()));
            ui.hint("devenv up brings it up");
        }
        (false, true) => ui.answer(&format!("{MANIFEST} has everything that was found")),
        (false, false) => ui.answer(&format!("added to {MANIFEST}: {}", done.added.join(", "))),
    }
}

fn unwritable(path: &Path, error: &std::io::Error) -> Problem {
    Problem::new(&kinds::MANIFEST_UNWRITABLE, format!("{} cannot be written", path.display()))
        .why(error.to_string())
        .fix("make the folder writable for your user; or print it with `devenv init --dry-run`")
}
