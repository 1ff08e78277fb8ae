//! `devenv explain`.

use clap::Args;
use serde::Serialize;

use super::Failure;
use super::context::Context;
use crate::problem::{Exit, Problem, ProblemKind, kinds};
use crate::report::catalogue::{example, paragraphs, render_kind, render_list};
use crate::state::{self, Folders};
use crate::ui::Ui;
use crate::ui::problem::Look;
use crate::words;

/// Explain a problem: what it means, why it happens, what repairs it.
///
/// The ID stands in brackets where the problem is reported: error[port-taken]. Without one, every problem there is.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv explain port-taken\n  devenv explain --json")]
pub struct Arguments {
    #[arg(value_name = "ID", help = "The problem's id")]
    id: Option<String>,
}

#[derive(Serialize)]
struct Document {
    problems: Vec<KindReport>,
}

#[derive(Serialize)]
struct KindReport {
    id: &'static str,
    subject: &'static str,
    title: &'static str,
    /// Paragraphs.
    page: Vec<String>,
    example: String,
    fixes: &'static [&'static str],
    repaired_by: String,
    /// The usual one first.
    exit_codes: Vec<u8>,
}

pub fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let one = arguments.id.as_deref().map(known).transpose()?;
    if context.ui.is_json() {
        let all = kinds::subjects().into_iter().flat_map(|(subject, kinds)| kinds.iter().map(move |it| (subject, *it)));
        let wanted = all.filter(|(_, kind)| one.is_none_or(|one| one == *kind));
        context.ui.json(&Document { problems: wanted.map(|(subject, kind)| report(subject, kind)).collect() });
        return Ok(Exit::Done);
    }
    let paint = context.ui.answer_paint();
    match one {
        Some(kind) => {
            let look = Look { paint, width: context.ui.surroundings().width, verbose: false };
            context.ui.answer(&render_kind(kind, look));
        }
        None => context.ui.answer(&render_list(paint)),
    }
    Ok(Exit::Done)
}

/// Says at a terminal, once for each kind of problem, that there is more to read.
pub fn offer(ui: &Ui, folders: &Folders, exit: Exit) {
    // A typing error explains itself.
    let worth_it = matches!(exit, Exit::Environment | Exit::Engine | Exit::Deadline);
    let kind = ui.first_problem().filter(|_| worth_it && ui.surroundings().stderr_is_terminal);
    let Some(kind) = kind.filter(|kind| !state::was_offered(folders, kind.id)) else { return };
    // Where it cannot be remembered, it is said again.
    let _ = state::remember_offered(folders, kind.id);
    ui.hint(&format!("devenv explain {} tells more", kind.id));
}

/// As it is written, or as it stands in what was reported: `error[port-taken]`, `warning[disk-low]:`, `note[emulated]`.
fn known(typed: &str) -> Result<&'static ProblemKind, Problem> {
    const HEADS: [&str; 3] = ["error[", "warning[", "note["];
    let typed_small = typed.trim().to_lowercase();
    let id = HEADS.iter().find_map(|head| typed_small.strip_prefix(head)).unwrap_or(&typed_small);
    let id = id.trim_matches(['[', ']', ':']);
    kinds::all().find(|kind| kind.id == id).ok_or_else(|| {
        let problem = Problem::new(&kinds::UNKNOWN_ID, format!("there is no problem `{typed}`"));
        match words::nearest(id, kinds::all().map(|kind| kind.id)) {
            Some(near) => problem.fix(format!("did you mean `{near}`?")),
            None => problem.fix("devenv explain        # lists them all"),
        }
    })
}

fn report(subject: &'static str, kind: &'static ProblemKind) -> KindReport {
    KindReport {
        id: kind.id,
        subject,
        title: kind.title,
        page: paragraphs(kind.page),
        example: example(kind),
        fixes: kind.fixes,
        repaired_by: kind.repair.words(),
        exit_codes: std::iter::once(&kind.exit).chain(kind.other_exits).map(|exit| exit.code()).collect(),
    }
}
