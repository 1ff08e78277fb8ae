//! Data that was saved as a file before it was removed, and how it comes back.

use std::io::Read;
use std::time::Duration;

use bytes::Bytes;

use super::Failure;
use super::context::Context;
use super::facts::unwritable;
use crate::engine::{DataLabels, Doing, Engine, FaultKind};
use crate::host;
use crate::model::DataFolder;
use crate::model::resolve::Identity;
use crate::names::{EnvironmentId, Name};
use crate::problem::{Exit, Problem};
use crate::state::{
    DataMemory, Found, Generation, SavedData, forget_saved, open_saved, remember_told, saved_data, was_told,
};
use crate::words;

/// How much is read and sent at a time, in bytes.
const PIECE: usize = 256 << 10;

/// Puts saved data back where it was; where other data is in its place, beside it, so that `devenv undo` there finds it.
///
/// # Errors
/// The file is damaged, or the engine's.
pub(super) async fn load(context: &Context, engine: &Engine, saved: &SavedData) -> Result<(), Failure> {
    let service = Name::parse(&saved.service).map_err(|_| damaged(saved, "it says of no service whose it is"))?;
    let id =
        EnvironmentId::parse(&saved.environment).ok_or_else(|| damaged(saved, "it says of no checkout whose it is"))?;
    let mut memory = DataMemory::read(&context.folders, &id);
    let there: Vec<String> = engine.observe(&id).await?.data.into_keys().collect();
    let is_free = !there.contains(&saved.folder);
    let generation = match is_free {
        true => saved.generation.max(1),
        false => memory.next(&service, &Found { id: &id, folders: &there }),
    };
    let labels = DataLabels {
        environment: saved.environment.clone(),
        project: saved.project.clone(),
        checkout: saved.checkout.display().to_string(),
        unit: saved.service.clone(),
        written_by: saved.written_by.clone(),
        generation,
    };
    let reader = open_saved(&context.folders, saved).map_err(|error| damaged(saved, &error.to_string()))?;
    let folder = DataFolder::name_of(&id, &service, generation);
    let loaded = engine.load_data(&folder, &labels, futures_util::stream::iter(pieces(reader))).await;
    match loaded {
        // A killed run had come that far.
        Err(fault) if fault.kind == FaultKind::NameTaken => {}
        other => other.map_err(|fault| fault.problem(&Doing::Create { unit: saved.service.clone() }))?,
    }
    let is_current = memory.current().get(&service).is_none_or(|current| *current == generation);
    if !is_current && memory.get(&service, generation).is_none_or(|known| known.aside.is_none()) {
        memory.add_aside(&service, generation, Generation::default(), host::now());
    }
    memory.write(&context.folders, &id).map_err(unwritable)?;
    forget_saved(&context.folders, saved).map_err(|error| unwritable(error.into()))
}

/// Says once that data of this checkout was saved and can come back.
pub(super) fn tell(context: &Context, identity: &Identity) {
    let folders = &context.folders;
    let all = saved_data(folders);
    let is_of_here = |saved: &&SavedData| saved.checkout == identity.root || saved.environment == identity.id.as_str();
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
    let chosen: Vec<&SavedData> = match id {
        Some(id) => all.iter().filter(|saved| saved.id == id).collect(),
        // Everything of the checkout whose data was saved last.
        None => {
            let last = all.first().map(|saved| saved.environment.clone());
            all.iter().filter(|saved| Some(&saved.environment) == last.as_ref()).collect()
        }
    };
    if chosen.is_empty() {
        return Err(nothing(id).into());
    }
    let engine = context.engine()?;
    for saved in chosen {
        load(context, &engine, saved).await?;
        context.ui.status(&format!("`{}` of {} has its data again", saved.service, saved.checkout.display()));
    }
    Ok(Exit::Done)
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
        Some(id) => Problem::new("nothing-to-undo", format!("no saved data is called `{id}`")).exit(Exit::Usage),
        None => Problem::new("nothing-to-undo", "`devenv gc` has saved no data that could be brought back"),
    }
    .fix("devenv undo --gc --list")
}

fn damaged(saved: &SavedData, why: &str) -> Problem {
    Problem::new("saved-data-damaged", format!("the saved data of `{}` cannot be brought back", saved.service))
        .why(why)
        .fix("devenv undo --gc --list        # what else there is")
}
