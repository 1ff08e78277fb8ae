//! Data that was saved as a file before it was removed, and how it comes back.

use std::io::Read;
use std::time::Duration;

use bytes::Bytes;

use super::Failure;
use super::context::Context;
use super::facts::unwritable;
use crate::engine::{DataLabels, Doing, Engine};
use crate::host;
use crate::model::DataFolder;
use crate::model::resolve::Identity;
use crate::names::{EnvironmentId, Name};
use crate::problem::{Exit, Problem, kinds};
use crate::state::{
    Checkouts, DataMemory, Found, Generation, SavedData, note_restored, open_saved, remember_told, saved_data, was_told,
};
use crate::ui::ask::Answer;
use crate::words;

/// How much is read and sent at a time, in bytes.
const PIECE: usize = 256 << 10;

/// Where saved data went.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Put {
    /// The service goes on with it.
    Current,
    /// Beside what is there.
    Beside,
}

/// Puts saved data into an environment: it goes on with it, or, where it has other data, finds it by `devenv undo`. The file is
/// kept for the rest of its time.
///
/// # Errors
/// The file is damaged, or the engine's.
async fn load(context: &Context, engine: &Engine, saved: &SavedData, target: &Identity) -> Result<Put, Failure> {
    let (folders, id) = (&context.folders, &target.id);
    let service = Name::parse(&saved.service).map_err(|_| damaged(saved, "it says of no service whose it is"))?;
    let _lock = context.lock(target, "undo --gc").await?;
    context.clear_half_made(engine, id).await?;
    let there: Vec<String> = engine.observe(id).await?.data.into_keys().collect();
    let has_data = there.iter().any(|name| DataFolder::generation_of(id, &service, name).is_some());
    let mut memory = DataMemory::read(folders, id);
    let generation = memory.begin_filling(&service, &Found { id, folders: &there });
    let folder = DataFolder::name_of(id, &service, generation);
    let labels = DataLabels {
        environment: id.to_string(),
        project: saved.project.clone(),
        checkout: target.root.display().to_string(),
        unit: saved.service.clone(),
        written_by: saved.written_by.clone(),
        generation,
    };
    let (of, about) = (folders.clone(), saved.clone());
    let opened = tokio::task::spawn_blocking(move || open_saved(&of, &about)).await.map_err(anyhow::Error::from)?;
    let reader = opened.map_err(|error| damaged(saved, &error.to_string()))?;
    // Killed from here on, the next command removes the half of it.
    memory.write(folders, id).map_err(unwritable)?;
    let loaded = engine.load_data(&folder, &labels, futures_util::stream::iter(pieces(reader))).await;
    loaded.map_err(|fault| fault.problem(&Doing::Create { unit: saved.service.clone() }))?;
    let known = what_was_known(context, saved, &service);
    if has_data {
        memory.add_aside(&service, generation, known, host::now());
    } else {
        memory.take_in(&service, generation, known);
    }
    memory.write(folders, id).map_err(unwritable)?;
    note_restored(folders, saved, host::now()).map_err(unwritable)?;
    Ok(if has_data { Put::Beside } else { Put::Current })
}

/// What wrote it, and which login it knows.
fn what_was_known(context: &Context, saved: &SavedData, service: &Name) -> Generation {
    let before = EnvironmentId::parse(&saved.environment).map(|id| DataMemory::read(&context.folders, &id));
    let known = before.and_then(|memory| memory.get(service, saved.generation.max(1)).cloned()).unwrap_or_default();
    Generation { written_by: saved.written_by.clone().or(known.written_by), begun: false, ..known }
}

/// The environment that saved data goes into: that of the checkout it was saved from, or, after a yes, the one that this is.
fn target(context: &Context, here: Option<&Identity>, saved: &SavedData) -> Result<Identity, Failure> {
    let known = Checkouts::read(&context.folders).known(&saved.checkout);
    let before = known.or_else(|| EnvironmentId::parse(&saved.environment));
    let id = before.ok_or_else(|| damaged(saved, "it says of no checkout whose it is"))?;
    let before = Identity { id, root: saved.checkout.clone() };
    let Some(here) = here.filter(|here| here.id != before.id) else { return Ok(before) };
    let question = format!(
        "data of `{}` was saved from {}; put it into this checkout, {}?",
        saved.service,
        before.root.display(),
        here.root.display()
    );
    match context.ui.ask(&question, Answer::Yes) {
        Answer::Yes => Ok(here.clone()),
        Answer::No => Ok(before),
        Answer::Nobody => Err(elsewhere(saved).into()),
    }
}

fn elsewhere(saved: &SavedData) -> Problem {
    Problem::new(&kinds::SAVED_ELSEWHERE, format!("data of `{}` was saved from another checkout", saved.service))
        .why(format!("it was saved from {}, and there was nobody to ask where it is to go", saved.checkout.display()))
        .fix(format!("devenv undo --gc {} --yes        # into this checkout", saved.id))
        .fix(format!("devenv -C / undo --gc {}         # to where it was", saved.id))
}

/// Says once that data of this checkout was saved and can come back.
pub(super) fn tell(context: &Context, identity: &Identity) {
    let folders = &context.folders;
    let all = saved_data(folders);
    let is_of_here = |saved: &&SavedData| saved.restored_at.is_none() && is_of(saved, identity);
    let key = |saved: &SavedData| format!("saved-{}", saved.id);
    let news: Vec<&SavedData> =
        all.iter().filter(is_of_here).filter(|saved| !was_told(folders, &identity.id, &key(saved))).collect();
    let Some(last) = news.first() else { return };
    let mut services: Vec<String> = news.iter().map(|saved| format!("`{}`", saved.service)).collect();
    services.dedup();
    let ago = words::duration(Duration::from_secs(host::now().saturating_sub(last.saved_at).max(1)));
    context.ui.hint(&format!(
        "`devenv gc` has saved data of {} from here {ago} ago: `devenv undo --gc` brings it back",
        words::list(&services)
    ));
    for saved in news {
        // At worst it is said once more.
        let _ = remember_told(folders, &identity.id, &key(saved));
    }
}

fn pieces(mut reader: impl Read + Send + 'static) -> impl Iterator<Item = std::io::Result<Bytes>> + Send + 'static {
    std::iter::from_fn(move || {
        let mut piece = vec![0; PIECE];
        match reader.read(&mut piece) {
            Ok(0) => None,
            Ok(read) => {
                piece.truncate(read);
                Some(Ok(Bytes::from(piece)))
            }
            Err(error) => Some(Err(error)),
        }
    })
}

/// `devenv undo --gc`.
pub(super) async fn undo(context: &Context, id: Option<&str>, list: bool) -> Result<Exit, Failure> {
    let all = saved_data(&context.folders);
    if list {
        show(context, &all);
        return Ok(Exit::Done);
    }
    let here = context.identity().ok();
    let chosen = choose(&all, here.as_ref(), id);
    if chosen.is_empty() {
        return Err(nothing(id).into());
    }
    let engine = context.engine().await?;
    for saved in chosen {
        let target = target(context, here.as_ref(), saved)?;
        let (service, place) = (&saved.service, target.root.display());
        context.ui.status(&match load(context, &engine, saved, &target).await? {
            Put::Current => format!("`{service}` of {place} goes on with its saved data at the next `devenv up`"),
            Put::Beside => {
                format!("saved data of `{service}` is set beside what {place} has; `devenv undo` there switches to it")
            }
        });
    }
    Ok(Exit::Done)
}

/// The one that is named; else everything of this checkout, or of the one whose data was saved last, that was not brought back yet.
fn choose<'a>(all: &'a [SavedData], here: Option<&Identity>, id: Option<&str>) -> Vec<&'a SavedData> {
    if let Some(id) = id {
        return all.iter().filter(|saved| saved.id == id).collect();
    }
    let waiting = || all.iter().filter(|saved| saved.restored_at.is_none());
    let of_here: Vec<&SavedData> =
        here.map(|here| waiting().filter(|saved| is_of(saved, here)).collect()).unwrap_or_default();
    if !of_here.is_empty() {
        return of_here;
    }
    let last = waiting().next().map(|saved| &saved.environment);
    waiting().filter(|saved| Some(&saved.environment) == last).collect()
}

fn is_of(saved: &SavedData, here: &Identity) -> bool {
    saved.checkout == here.root || saved.environment == here.id.as_str()
}

fn show(context: &Context, all: &[SavedData]) {
    if context.ui.is_json() {
        let rows = all.iter().map(|saved| {
            serde_json::json!({
                "id": saved.id, "service": saved.service, "project": saved.project, "checkout": saved.checkout,
                "size": saved.size, "packed_size": saved.packed_size, "saved_at": saved.saved_at, "expires_at": saved.expires_at,
            })
        });
        context.ui.json(&serde_json::json!({ "saved": rows.collect::<Vec<_>>() }));
        return;
    }
    if all.is_empty() {
        context.ui.answer("`devenv gc` has saved no data");
        return;
    }
    let line = |saved: &SavedData| {
        let left = saved.expires_at.saturating_sub(host::now());
        format!(
            "{}   `{}` of {}, {}, kept for {} more",
            saved.id,
            saved.service,
            saved.checkout.display(),
            words::bytes(saved.size),
            words::duration(Duration::from_secs(left)),
        )
    };
    context.ui.answer(&all.iter().map(line).collect::<Vec<_>>().join("\n"));
}

fn nothing(id: Option<&str>) -> Problem {
    match id {
        Some(id) => Problem::new(&kinds::NOTHING_TO_UNDO, format!("no saved data is called `{id}`")).exit(Exit::Usage),
        None => Problem::new(&kinds::NOTHING_TO_UNDO, "`devenv gc` has saved no data that could be brought back"),
    }
    .fix("devenv undo --gc --list")
}

fn damaged(saved: &SavedData, why: &str) -> Problem {
    Problem::new(&kinds::SAVED_DATA_DAMAGED, format!("the saved data of `{}` cannot be brought back", saved.service))
        .why(why)
        .fix("devenv undo --gc --list        # what else there is")
}
