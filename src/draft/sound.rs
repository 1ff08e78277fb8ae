//! A draft that can be used in any case: what would make it wrong is left out, and told.

use super::manifest;
use crate::detect::{Findings, Note};
use crate::manifest as written;
use crate::problem::Problem;

/// More rounds than that mean that leaving out does not help.
const ROUNDS: usize = 20;

/// A manifest without what would be wrong in it, and what that was. `file` is what problems call it.
///
/// # Errors
/// What is wrong is in no service, app or task by itself.
pub fn sound(file: &str, findings: &Findings) -> Result<(String, Vec<Note>), Vec<Problem>> {
    let mut findings = findings.clone();
    let mut notes = Vec::new();
    for _ in 0..ROUNDS {
        let text = manifest(&findings);
        let Err(problems) = written::load(file, text.as_bytes()) else { return Ok((text, notes)) };
        let wrong = problems.iter().find_map(|problem| Some((problem, owner(&text, problem.place.as_ref()?.line)?)));
        let Some((problem, (section, name))) = wrong else { return Err(problems) };
        if !leave_out(&mut findings, &section, &name) {
            return Err(problems);
        }
        let text = format!("`{name}` was left out of dev.yaml: {}", problem.what);
        notes.push(Note { text, evidence: Vec::new() });
    }
    Err(written::load(file, manifest(&findings).as_bytes()).err().unwrap_or_default())
}

/// The section and the entry that a line of a draft belongs to.
fn owner(text: &str, line: u32) -> Option<(String, String)> {
    let above: Vec<&str> = text.lines().take(line as usize).collect();
    let key = |line: &str| line.trim().split(':').next().unwrap_or_default().trim_matches(['\'', '"']).to_owned();
    let is_key = |line: &&&str, margin: usize| {
        let own = line.trim_start();
        line.len() - own.len() == margin && !own.is_empty() && !own.starts_with('#')
    };
    let name = above.iter().rev().find(|line| is_key(line, 2))?;
    let section = above.iter().rev().find(|line| is_key(line, 0))?;
    Some((key(section), key(name)))
}

fn leave_out(findings: &mut Findings, section: &str, name: &str) -> bool {
    fn without<T>(all: &mut Vec<T>, is_it: impl Fn(&T) -> bool) -> bool {
        let before = all.len();
        all.retain(|one| !is_it(one));
        all.len() < before
    }
    match section {
        "services" => without(&mut findings.services, |it| it.name == name),
        "apps" => without(&mut findings.apps, |it| it.name == name),
        "tasks" => without(&mut findings.tasks, |it| it.name == name),
        "secrets" => without(&mut findings.secrets, |it| it.name == name),
        _ => false,
    }
}
