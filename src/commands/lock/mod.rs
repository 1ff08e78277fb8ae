//! `devenv lock`: which exact version everything published is, written down for everybody.

mod bases;
mod read;
mod rows;

use std::path::Path;

use clap::Args;

use super::context::{Context, MANIFEST, no_manifest};
use super::{Failure, name};
use crate::engine::{Doing, Engine};
use crate::host;
use crate::lockfile::{Exact, Exacts, LOCK, version_among};
use crate::model::resolve::{Identity, Published};
use crate::names::{EnvironmentId, Name};
use crate::problem::{Exit, Problem, kinds};
use crate::words;
use read::quoted;
use rows::Row;

/// Write down in dev.lock which exact version everything is.
///
/// So every computer gets the same. Adds what is missing, drops what dev.yaml no longer wants, and keeps the rest. Commit the file: `devenv up` and `devenv ci`
/// take exactly what it says.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  devenv lock\n  devenv lock --update            # takes what is newest of everything\n  devenv lock --update db         # ... of `db` only\n  devenv ci --frozen              # exactly what dev.lock says, or an error"
)]
pub struct Arguments {
    /// Take the newest of these services and apps, or of everything where none is named.
    #[arg(long, value_name = "NAME", num_args = 0..)]
    update: Option<Vec<String>>,
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let root = context.root()?;
    if !host::is_file(&root.join(MANIFEST)) {
        return Err(no_manifest(&root).into());
    }
    let identity = Identity { id: EnvironmentId::of_checkout(&root), root };
    let (manifest, wanted) = context.published_by_team(&identity)?;
    let update = arguments.update.as_ref().map(|names| name::known(names, &manifest)).transpose()?;
    let file = context.lockfile(&identity.root)?;
    let asked = |one: &Published| file.exact().get(&one.image).is_none() || is_chosen(one, update.as_deref());
    let engine = match wanted.iter().filter(|one| asked(one)).count() {
        0 => None,
        number => {
            let engine = context.engine().await?;
            context.ui.status(&format!("asking for {}", words::count(number, "exact version")));
            Some(engine)
        }
    };
    let known = |one| file.exact().get(one);
    let looks = wanted.iter().map(async |one| match engine.as_ref().filter(|_| asked(one)) {
        Some(engine) => found(engine, one, known(&one.image)).await,
        None => Ok(known(&one.image).cloned()),
    });
    let found = futures_util::future::join_all(looks).await;
    let (mut next, mut rows, mut problems) = (Exacts::default(), Vec::new(), Vec::new());
    for (one, result) in wanted.iter().zip(found) {
        let before = known(&one.image);
        let exact = result.unwrap_or_else(|problem| {
            problems.push(problem);
            before.cloned()
        });
        let Some(exact) = exact else { continue };
        rows.push(Row::new(one, before, &exact));
        next.insert(&one.image, exact);
    }
    rows.extend(file.exact().difference(&wanted).gone.into_iter().map(Row::gone));
    let written = write(&identity.root, &file.text()?, &file.clone().with_exact(next))?;
    rows::tell(&context.ui, &rows, written);
    tell_bases(context, &bases::unpinned(&identity.root, &manifest)).await;
    if problems.is_empty() { Ok(Exit::Done) } else { Err(problems.into()) }
}

/// Whether a person wants the newest of it; no name = of everything.
fn is_chosen(one: &Published, update: Option<&[Name]>) -> bool {
    update.is_some_and(|names| names.is_empty() || one.names.iter().any(|name| names.contains(name)))
}

/// What is published now; where nobody can be asked about what was never known, what is on this computer.
async fn found(engine: &Engine, one: &Published, before: Option<&Exact>) -> Result<Option<Exact>, Problem> {
    let (is, platforms) = match engine.offered(&one.image).await {
        Ok(offered) => (offered.digest, offered.platforms),
        Err(fault) => match engine.digest_here(&one.image).await.filter(|_| before.is_none()) {
            Some(digest) => (digest, Vec::new()),
            None => {
                let doing = Doing::Download { unit: one.names[0].to_string(), what: one.title.clone() };
                return Err(unanswered(one, fault.problem(&doing)));
            }
        },
    };
    let unchanged = before.filter(|before| before.is == is);
    let mut version = unchanged.and_then(|before| before.version.clone());
    if let (None, Some(exactly)) = (&version, one.image.exactly(&is)) {
        let variables = engine.variables_of(&exactly).await.unwrap_or_default();
        version = version_among(&one.image.tag, &variables);
    }
    let platforms = unchanged.filter(|_| platforms.is_empty()).map_or(platforms, |before| before.platforms.clone());
    Ok(Some(Exact { is, version, platforms }))
}

fn unanswered(one: &Published, asked: Problem) -> Problem {
    let what = format!("the exact version of {}, for {}, could not be found out", one.title, quoted(&one.names));
    let why = if asked.why.is_empty() { asked.what } else { asked.why };
    let fixes = asked.fixes.iter().map(|fix| fix.replace("devenv up", "devenv lock")).collect();
    Problem { fixes, details: asked.details, ..Problem::new(&kinds::LOCK_UNANSWERED, what).why(why) }
}

/// Says what to write into Dockerfiles, as far as somebody answers.
async fn tell_bases(context: &Context, bases: &[bases::Base]) {
    if bases.is_empty() || context.ui.is_json() {
        return;
    }
    let Ok(engine) = context.engine().await else { return };
    let asked = bases.iter().map(async |base| Some((base, engine.offered(&base.image).await.ok()?.digest)));
    for (base, digest) in futures_util::future::join_all(asked).await.into_iter().flatten() {
        let bases::Base { app, written, file, .. } = base;
        context.ui.hint(&format!(
            "`{app}` is built on {written}, whose exact version belongs into {file}: {written}@{digest}"
        ));
    }
}

/// Answers whether there was anything to write.
fn write(root: &Path, before: &str, next: &crate::lockfile::Lockfile) -> Result<bool, Failure> {
    let path = root.join(LOCK);
    if before == next.text()? || (next.is_empty() && !host::is_file(&path)) {
        return Ok(false);
    }
    let unwritable = |error: std::io::Error| {
        Problem::new(&kinds::TARGET_UNWRITABLE, format!("{} cannot be written", path.display()))
            .why(error.to_string())
            .fix("make room there, or look at the rights of the folder")
    };
    host::write_file(&path, next.text()?.as_bytes()).map_err(unwritable)?;
    Ok(true)
}
