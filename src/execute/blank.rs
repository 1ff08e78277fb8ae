//! Makes empty data ahead: the service itself does, where nobody can reach it, and is stopped cleanly. Nobody writes to it any
//! more from then on; environments begin with forks of it.

use std::time::Duration;

use super::seed::seed_of;
use crate::catalog::{self, Probe};
use crate::db::Server;
use crate::db::seed::Found;
use crate::engine::{CommandSpec, Doing, Engine, Fault, FaultKind, is_below};
use crate::host;
use crate::model::blank::{blank_of, login, maker};
use crate::model::{Sensitive, Unit};
use crate::problem::Problem;
use crate::state::{self, BlankHold, Folders, KeptBlank};
use crate::words;

/// A first start takes seconds, and gives way to everything else.
const LIMIT: Duration = Duration::from_secs(300);
/// An engine with much to do answers late, and this can wait: how often it is tried, and after which pause again.
const ATTEMPTS: u32 = 5;
const BETWEEN: Duration = Duration::from_secs(10);
/// It tells nobody when it is ready.
const PAUSE: Duration = Duration::from_millis(200);

/// Asked over TCP: while a first start is under way there is a temporary server that does not listen there.
const POSTGRES: &str = r#"psql -X -w -q -h 127.0.0.1 -U "$DEVENV_USER" -d "$DEVENV_DATABASE" -c 'select 1'"#;
const MYSQL: &str = r#"client=$(command -v mariadb || command -v mysql) && "$client" -h127.0.0.1 -u"$DEVENV_USER" -e 'select 1' "$DEVENV_DATABASE""#;
/// What tells one MySQL server from another; every server makes its own where there is none.
const IDENTITY: &str = "auto.cnf";

/// Whether empty data for such a service would be of use and is not there.
///
/// # Errors
/// The engine's: then nobody knows.
pub async fn is_blank_wanted(engine: &Engine, folders: &Folders, unit: &Unit) -> Result<bool, Fault> {
    if state::forks_at(folders, engine.address().url(), host::now()) == Some(false) {
        return Ok(false);
    }
    let Ok(seed) = seed_of(folders, unit).await else { return Ok(false) };
    let wanted = key_of(engine, unit, seed.as_ref()).await?;
    Ok(wanted.is_some_and(|(_, key)| !state::blanks(folders).iter().any(|one| one.key == key)))
}

async fn key_of(engine: &Engine, unit: &Unit, seed: Option<&Found>) -> Result<Option<(String, String)>, Fault> {
    let Some(image) = unit.image() else { return Ok(None) };
    let Some(made) = engine.made_named(&image.name_here()).await? else { return Ok(None) };
    let seed = seed.map(|seed| seed.hash.as_str());
    Ok(blank_of(unit, (&made.id, engine.address().url()), seed).map(|blank| (blank.of, blank.key)))
}

/// Makes empty data for services like this one. Answers whether it did: not where it is there, can't be of use, or is being made.
///
/// # Errors
/// The engine's; what is half-made is removed, at the latest by the next one who makes some.
pub async fn make_blank(engine: &Engine, folders: &Folders, unit: &Unit) -> Result<bool, Problem> {
    let Some(_turn) = BlankHold::to_make(folders) else { return Ok(false) };
    let doing = Doing::Create { unit: unit.name.to_string() };
    let is_to_be_made = until_answered(async || {
        remove_half_made(engine, folders).await?;
        Ok(is_blank_wanted(engine, folders, unit).await? && try_fork(engine, folders).await?)
    });
    if !is_to_be_made.await.map_err(|fault| fault.problem(&doing))? {
        return Ok(false);
    }
    let seed = seed_of(folders, unit).await?;
    let key = until_answered(async || key_of(engine, unit, seed.as_ref()).await).await;
    let Some((of, key)) = key.map_err(|fault| fault.problem(&doing))? else { return Ok(false) };
    let random = |error: anyhow::Error| Problem::unwritable("no random numbers can be had", error);
    let folder = format!("devenv-blank-{}-{}", &key[..8], words::hex(&host::random::<4>().map_err(random)?));
    let password = Sensitive::new(words::hex(&host::random::<16>().map_err(random)?));
    let maker = maker(unit, &folder, &password);
    let made = async {
        fill(engine, folders, (&maker, &of), seed.as_ref()).await?;
        let root = engine.root_of_blank(&folder, &folders.home_id()).await;
        root.map_err(|fault| fault.problem(&doing))
    };
    let root = match made.await {
        Ok(root) => Some(root),
        Err(problem) => {
            let _ = remove_half_made(engine, folders).await;
            return Err(problem);
        }
    };
    let kept = KeptBlank { folder, of, key, login: login(&maker), root, used_at: host::now() };
    state::keep_blank(folders, &kept).map_err(super::setup::unwritable)?;
    // What a killed one had asked the engine for may have come after the first look.
    let _ = remove_half_made(engine, folders).await;
    Ok(true)
}

/// Whether an engine can make forks: tried until it answers, and remembered. One that does not answer now can't now.
pub async fn can_fork(engine: &Engine, folders: &Folders) -> bool {
    try_fork(engine, folders).await.unwrap_or(false)
}

async fn try_fork(engine: &Engine, folders: &Folders) -> Result<bool, Fault> {
    let url = engine.address().url();
    if let Some(can) = state::forks_at(folders, url, host::now()) {
        return Ok(can);
    }
    let can = engine.can_fork(&folders.home_id()).await?;
    // Where it can't be written down, it is tried again.
    let _ = state::remember_forks(folders, url, can, host::now());
    Ok(can)
}

async fn until_answered<T>(ask: impl AsyncFn() -> Result<T, Fault>) -> Result<T, Fault> {
    for _ in 1..ATTEMPTS {
        match ask().await {
            Err(fault) if fault.is_passing() => tokio::time::sleep(BETWEEN).await,
            answered => return answered,
        }
    }
    ask().await
}

async fn remove_half_made(engine: &Engine, folders: &Folders) -> Result<(), Fault> {
    let home = folders.home_id();
    engine.remove_blank_makers(&home).await?;
    let kept = state::blanks(folders);
    let (found, forks) = futures_util::try_join!(engine.blanks(&home), engine.forks())?;
    // One that was forgotten, and that environments are built on, stays as long as they do.
    let is_left = |folder: &String| !kept.iter().any(|one| one.folder == *folder) && !is_below(folder, &forks);
    for folder in found.iter().filter(|folder| is_left(folder)) {
        engine.remove_data(folder).await?;
    }
    Ok(())
}

async fn fill(
    engine: &Engine,
    folders: &Folders,
    (maker, of): (&Unit, &str),
    seed: Option<&Found>,
) -> Result<(), Problem> {
    let doing = Doing::Create { unit: maker.name.to_string() };
    let faulty = |fault: Fault| fault.problem(&doing);
    let Some(data) = &maker.data else { return Ok(()) };
    let id = begin(engine, folders, (maker, &data.name, of)).await.map_err(faulty)?;
    if let Some((seed, server)) = seed.zip(Server::of(engine, &id, maker)) {
        seed.begin(&server).await?;
    }
    end(engine, &id, &data.path).await.map_err(faulty)
}

/// Starts what makes the data, and waits until it has. Answers its id.
async fn begin(engine: &Engine, folders: &Folders, (maker, name, of): (&Unit, &str, &str)) -> Result<String, Fault> {
    let home = folders.home_id();
    engine.create_blank(name, &home, of).await?;
    let id = engine.create_blank_maker(&home, maker, of).await?;
    engine.start(&id).await?;
    let ready = tokio::time::timeout(LIMIT, until_ready(engine, &id, maker)).await;
    ready.map_err(|_| failed("it was not ready in time"))??;
    Ok(id)
}

/// Ends what has made the data, so that nobody has to repair it.
async fn end(engine: &Engine, id: &str, path: &str) -> Result<(), Fault> {
    let forget = ["rm", "-f", &format!("{path}/{IDENTITY}")].map(str::to_owned);
    let spec = CommandSpec { command: forget.into(), ..CommandSpec::default() };
    engine.run_command(id, &spec, |_| {}).await?;
    engine.stop(id).await?;
    let end = engine.condition(id).await?;
    // Ended in any other way, its data would first have to be repaired, by every fork anew.
    if end.running || end.exit_code != 0 {
        return Err(failed("it was not stopped cleanly"));
    }
    engine.remove(id).await
}

fn failed(message: &str) -> Fault {
    Fault { kind: FaultKind::Other, message: message.to_owned() }
}

async fn until_ready(engine: &Engine, id: &str, maker: &Unit) -> Result<(), Fault> {
    let entry = maker.catalog_id.and_then(catalog::service);
    let is_postgres = entry.is_some_and(|entry| entry.probe == Probe::Postgres);
    let of = |template: &str| {
        let keys = entry.into_iter().flat_map(|entry| entry.env).filter(|(_, of)| *of == template).map(|(key, _)| *key);
        let values = keys.filter_map(|key| maker.env.iter().find(|(known, _)| known == key));
        values.into_iter().next_back().map_or(String::new(), |(_, value)| value.reveal().to_owned())
    };
    let password = if is_postgres { "PGPASSWORD" } else { "MYSQL_PWD" };
    let variables =
        [("DEVENV_USER", of("{user}")), ("DEVENV_DATABASE", of("{database}")), (password, of("{password}"))];
    let spec = CommandSpec {
        command: vec!["sh".into(), "-c".into(), if is_postgres { POSTGRES } else { MYSQL }.into()],
        env: variables.iter().map(|(key, value)| format!("{key}={value}")).collect(),
        ..CommandSpec::default()
    };
    loop {
        if matches!(engine.run_command(id, &spec, |_| {}).await, Ok(0)) {
            return Ok(());
        }
        if !engine.condition(id).await?.running {
            return Err(failed("it ended before it was ready"));
        }
        tokio::time::sleep(PAUSE).await;
    }
}
