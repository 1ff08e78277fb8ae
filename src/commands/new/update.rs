//! `devenv new --update`: what a newer version of the template changes, shown, asked about, and taken over.

use std::path::Path;

use serde::Serialize;

use super::questions;
use super::source::{self, Found};
use crate::commands::Failure;
use crate::commands::context::Context;
use crate::host;
use crate::names::Name;
use crate::problem::{Exit, Problem, kinds};
use crate::template::{self, Change, Fate, File, LOCK, NAME, Record, Side, Typed};
use crate::ui::ask::Answer;
use crate::ui::paint::Paint;
use crate::ui::text;
use crate::words;

/// What `devenv new --update --json` prints.
#[derive(Serialize)]
struct Document<'a> {
    template: &'a str,
    /// The version that the repo was made from.
    from: &'a str,
    to: &'a str,
    changes: Vec<Row<'a>>,
    written: bool,
}

#[derive(Serialize)]
struct Row<'a> {
    path: &'a str,
    /// `added`, `changed`, `merged`, `removed` or `conflict`.
    fate: &'static str,
    diff: &'a str,
    /// What of the template is left out for the person's own.
    left_out: &'a str,
}

pub fn run(context: &Context, typed: Option<&str>, set: &[Typed]) -> Result<Exit, Failure> {
    let start = host::real_path(&context.world.folder).unwrap_or_else(|_| context.world.folder.clone());
    let root = host::within_repository(&start).find(|folder| host::is_file(&folder.join(LOCK)));
    let root = root.ok_or_else(|| not_made(&start))?.to_owned();
    let lock = lock(&root)?;
    let record = Record::read(&lock)?.ok_or_else(|| not_made(&root))?;
    let found = source::find(context, typed.unwrap_or(&record.from))?;
    let version = found.template.declaration.version.clone();
    if template::is_older(&version, &record.version) {
        let why = format!("the repo was made from {}, and what is there now is {}", record.version, found.template);
        let problem = Problem::new(&kinds::TEMPLATE_OLDER, "the template is older than what this repo was made from");
        return Err(problem
            .why(why)
            .fix("install a newer devenv, or name another place: devenv new --update TEMPLATE")
            .into());
    }
    let (next, made) = remade(context, &record, &found, set)?;
    let look = |path: &str| host::side(&root, path);
    let changes = template::changes(&record, &made, look, |id| host::content_by_id(&root, id));
    let written = settle(context, &root, &changes, &found)?;
    if written {
        put_record(&root, &lock, &next)?;
    }
    answer(context, &record, (&found, &version), &changes, written);
    Ok(Exit::Done)
}

fn lock(root: &Path) -> Result<String, Problem> {
    match host::side(root, LOCK) {
        Side::Content(bytes) => Ok(String::from_utf8_lossy(&bytes).into_owned()),
        Side::Nothing | Side::Other => Err(not_made(root)),
    }
}

fn not_made(root: &Path) -> Problem {
    Problem::new(&kinds::NO_TEMPLATE_HERE, format!("{} was not made from a template", root.display()))
        .why(format!("no {LOCK} says so"))
        .fix("devenv new TEMPLATE NAME        # makes a new service")
}

/// The record and the files, as the template would make them today.
fn remade(context: &Context, record: &Record, found: &Found, set: &[Typed]) -> Result<(Record, Vec<File>), Failure> {
    let declaration = &found.template.declaration;
    let name = record.answers.get(NAME).map_or("", String::as_str);
    let known = template::taken(declaration, &Name::from_any(name), &record.answers, set)?;
    let answers = questions::ask(context, declaration, known)?;
    let made = template::render(&found.template, &answers)?;
    Ok((Record::new(&found.from, &declaration.version, &answers, &made), made))
}

/// Shows what would change, asks, and writes; answers whether it was written.
fn settle(context: &Context, root: &Path, changes: &[Change], found: &Found) -> Result<bool, Failure> {
    if changes.is_empty() {
        return Ok(false);
    }
    let files = words::count(changes.len(), "file");
    if !context.ui.is_json() {
        let paint = context.ui.answer_paint();
        changes.iter().for_each(|change| context.ui.answer(&shown(change, paint)));
        context.ui.status(&format!("{} makes a difference to {files}", found.template));
    }
    match context.ui.ask("Take this over?", Answer::No) {
        Answer::Yes => {}
        Answer::No => return Ok(false),
        Answer::Nobody if context.ui.is_json() => return Ok(false),
        Answer::Nobody => {
            let problem = Problem::new(&kinds::NOT_ASKED, "nothing was changed, since there was nobody to ask");
            return Err(problem.fix("devenv new --update --yes        # takes over what is shown").into());
        }
    }
    for change in changes {
        match &change.write {
            Some(file) => host::put(root, file).map_err(|error| super::unwritable(&root.join(&file.path), &error))?,
            None if change.fate == Fate::Removed => host::remove_file(&root.join(&change.path)),
            None => {}
        }
    }
    Ok(true)
}

fn put_record(root: &Path, lock: &str, next: &Record) -> Result<(), Failure> {
    let text = next.written_into(lock)?;
    if text != lock {
        let path = root.join(LOCK);
        host::write_file(&path, text.as_bytes()).map_err(|error| super::unwritable(&path, &error))?;
    }
    Ok(())
}

fn answer(context: &Context, record: &Record, (found, to): (&Found, &str), changes: &[Change], written: bool) {
    let conflicts = changes.iter().filter(|change| change.fate == Fate::Conflict).count();
    if context.ui.is_json() {
        let changes = changes.iter().map(|change| Row {
            path: &change.path,
            fate: word(change.fate),
            diff: &change.diff,
            left_out: &change.left_out,
        });
        let template = &found.template.declaration.name;
        let changes = changes.collect();
        context.ui.json(&Document { template, from: &record.version, to, changes, written });
    } else if changes.is_empty() {
        context.ui.status(&format!("everything is as in {}", found.template));
    } else if !written {
        context.ui.status("nothing was changed");
    } else if conflicts == 0 {
        context.ui.status("taken over; look at it with `git diff`, then `devenv up`");
    } else {
        let left = words::count(conflicts, "file");
        context.ui.status(&format!("taken over, but for what is marked as left out in {left}: there yours stays"));
    }
}

fn word(fate: Fate) -> &'static str {
    match fate {
        Fate::Added => "added",
        Fate::Changed => "changed",
        Fate::Merged => "merged",
        Fate::Removed => "removed",
        Fate::Conflict => "conflict",
    }
}

fn shown(change: &Change, paint: Paint) -> String {
    let mut lines = vec![paint.strong(&format!("{}: {}", text::one_line(&change.path), word(change.fate)))];
    lines.extend(change.diff.lines().map(|line| painted(line, paint)));
    if !change.left_out.is_empty() {
        lines.push(paint.warning("left out, since yours was changed too:"));
        lines.extend(change.left_out.lines().map(|line| painted(line, paint)));
    }
    lines.join("\n")
}

fn painted(line: &str, paint: Paint) -> String {
    let visible = text::visible(line);
    match line.chars().next() {
        Some('+') => paint.success(&visible),
        Some('-') => paint.failure(&visible),
        Some('@') => paint.label(&visible),
        _ => visible,
    }
}
