//! `devenv db drop`, `undo`, `extend` and `prune`.

use clap::Args;

use super::create::lifetime_of;
use super::reach::{Turn, Where, reach, telling};
use super::saved::{snapshot_named, unknown};
use crate::commands::Failure;
use crate::commands::context::Context;
use crate::db::address::Meant;
use crate::problem::{Exit, Problem, kinds};
use crate::state::{self, DatabaseMemory};
use crate::ui::ask::Answer;
use crate::words;

/// Drop a database; `devenv db undo` brings it back for a week.
#[derive(Debug, Args)]
pub struct Drop {
    /// Which.
    #[arg(value_name = "DB", required_unless_present = "snapshot")]
    database: Option<String>,
    /// Remove this snapshot, for good.
    #[arg(long, value_name = "SNAPSHOT", conflicts_with = "database")]
    snapshot: Option<String>,
}

/// Bring back what was dropped or replaced last.
#[derive(Debug, Args)]
pub struct Undo {
    /// Another one than the last; `--list` shows them.
    #[arg(value_name = "ID")]
    id: Option<String>,
    /// Only show what can be brought back.
    #[arg(long)]
    list: bool,
}

/// Give a database another time from now on.
#[derive(Debug, Args)]
pub struct Extend {
    /// Which.
    #[arg(value_name = "DB")]
    database: String,
    /// How long from now: 30m, 4h, 2d, 1w.
    #[arg(long = "for", value_name = "TIME", required_unless_present = "keep")]
    lifetime: Option<String>,
    /// Until it is dropped.
    #[arg(long, conflicts_with = "lifetime")]
    keep: bool,
}

/// Remove what was dropped or replaced, for good.
#[derive(Debug, Args)]
pub struct Prune {}

pub(super) async fn drop(context: &Context, verb: &Drop, scratch: bool) -> Result<Exit, Failure> {
    if let Some(id) = &verb.snapshot {
        return drop_snapshot(context, id);
    }
    let reached = reach(context, (verb.database.as_deref(), None, scratch), Turn::Take("db drop")).await?;
    let tell = telling(context);
    reached.desk(context, &tell).drop(&reached.database).await?;
    if context.ui.is_json() {
        context
            .ui
            .json(&serde_json::json!({ "service": reached.server.service, "name": reached.database, "dropped": true }));
    } else {
        context.ui.status(&format!("`{}` is dropped", reached.address(&reached.database)));
        context.ui.hint(&format!("devenv db undo{}        # brings it back", reached.flag()));
    }
    Ok(Exit::Done)
}

fn drop_snapshot(context: &Context, id: &str) -> Result<Exit, Failure> {
    let snapshot = snapshot_named(context, id).ok_or_else(|| unknown(context, id))?;
    match context.ui.ask(&format!("Remove the snapshot `{id}` for good?"), Answer::No) {
        Answer::Yes => {}
        Answer::No => return Err(Failure::Shown(Exit::Environment)),
        Answer::Nobody => {
            return Err(Problem::new(
                &kinds::CONSENT,
                format!("the snapshot `{id}` would be gone, and there is nobody to ask"),
            )
            .why("nothing was changed")
            .fix(format!("devenv db drop --snapshot {id} --yes"))
            .into());
        }
    }
    state::forget_snapshot(&context.folders, &snapshot.id)
        .map_err(|error| Problem::unwritable("the snapshot can't be removed", error))?;
    context.ui.status(&format!("the snapshot `{id}` is gone, {} are free again", words::bytes(snapshot.packed_size)));
    Ok(Exit::Done)
}

pub(super) async fn undo(context: &Context, verb: &Undo, scratch: bool) -> Result<Exit, Failure> {
    let at = Where::find(context, scratch, None)?;
    let memory = DatabaseMemory::read(&context.folders, &at.identity.id);
    if verb.list {
        show(context, &memory);
        return Ok(Exit::Done);
    }
    let id = match verb.id.as_deref() {
        None => None,
        Some(typed) => Some(number_of(&memory, typed)?),
    };
    let last = memory.restorable().rev().find(|one| id.is_none_or(|id| one.id == id));
    let service = last.and_then(|one| at.services().find(|(name, _)| name.as_str() == one.service));
    let meant = match service {
        Some((name, _)) => Meant { service: name.clone(), database: String::new() },
        None => {
            return Err(Problem::new(&kinds::NOTHING_TO_UNDO, "there is nothing to bring back")
                .why("no database was dropped or replaced here, or it was so long ago that it is gone")
                .fix("devenv undo --list        # data that a reset has set aside")
                .into());
        }
    };
    let mut reached = at.enter(context, meant, Turn::Take("db undo")).await?;
    let ran = reached.ran(context).await;
    let tell = telling(context);
    let undone = reached.desk(context, &tell).undo(id).await?;
    if context.ui.is_json() {
        context.ui.json(&serde_json::json!({
            "service": reached.server.service, "name": undone.database, "undone": undone.because, "replaced": undone.replaced,
        }));
    } else {
        context.ui.status(&format!(
            "`{}` is back as it was before {}",
            reached.address(&undone.database),
            of_verb(&undone.because)
        ));
        if undone.replaced {
            context.ui.hint(&format!("devenv db undo{}        # takes this back", reached.flag()));
        }
    }
    // Told what was done first, whatever becomes of the apps.
    reached.bring_back(context, &ran).await
}

fn of_verb(verb: &str) -> String {
    match verb {
        "expired" => "its time was over".to_owned(),
        verb => format!("the {verb}"),
    }
}

/// What a person typed for it, as it is counted.
fn number_of(memory: &DatabaseMemory, typed: &str) -> Result<u64, Problem> {
    let number = typed.parse().ok().filter(|number| memory.restorable().any(|one| one.id == *number));
    let numbers: Vec<String> = memory.restorable().map(|one| one.id.to_string()).collect();
    let why = match numbers.as_slice() {
        [] => "no database was dropped or replaced here, or it was so long ago that it is gone".to_owned(),
        [only] => format!("what can be brought back has the number {only}"),
        several => format!("what can be brought back has the numbers {}", words::list(several)),
    };
    number.ok_or_else(|| {
        let what = format!("nothing that can be brought back has the number `{typed}`");
        Problem::new(&kinds::NOTHING_TO_UNDO, what).exit(Exit::Usage).why(why).fix("devenv db undo --list")
    })
}

fn show(context: &Context, memory: &DatabaseMemory) {
    if context.ui.is_json() {
        context.ui.json(&serde_json::json!({ "undo": memory.restorable().collect::<Vec<_>>() }));
        return;
    }
    let newest_first: Vec<&state::AsideDatabase> = memory.restorable().rev().collect();
    match newest_first.as_slice() {
        [] => context.ui.answer("nothing was dropped or replaced here"),
        all => context.ui.answer(&table(all, crate::host::now())),
    }
}

fn table(all: &[&state::AsideDatabase], now: u64) -> String {
    let address = |one: &state::AsideDatabase| format!("{}/{}", one.service, one.database);
    let widest = |text: &dyn Fn(&state::AsideDatabase) -> String| {
        all.iter().map(|one| text(one).chars().count()).max().unwrap_or(0)
    };
    let (wide, verb) = (widest(&address), widest(&|one| one.because.clone()));
    let line = |one: &&state::AsideDatabase| {
        let ago = words::duration(std::time::Duration::from_secs(now.saturating_sub(one.at).max(1)));
        format!("{:<4} {:<wide$}   {:<verb$}   {ago} ago", one.id, address(one), one.because)
    };
    all.iter().map(line).collect::<Vec<_>>().join("\n")
}

pub(super) async fn extend(context: &Context, verb: &Extend, scratch: bool) -> Result<Exit, Failure> {
    let lifetime = lifetime_of(verb.lifetime.as_deref())?;
    let reached = reach(context, (Some(&verb.database), None, scratch), Turn::Take("db extend")).await?;
    let tell = telling(context);
    reached.desk(context, &tell).extend(&reached.database, lifetime).await?;
    let address = reached.address(&reached.database);
    match lifetime {
        Some(seconds) => {
            let time = words::duration(std::time::Duration::from_secs(seconds));
            context.ui.status(&format!("`{address}` goes on for {time}"));
        }
        None => context.ui.status(&format!("`{address}` stays until it is dropped")),
    }
    Ok(Exit::Done)
}

pub(super) async fn prune(context: &Context, _: &Prune, scratch: bool) -> Result<Exit, Failure> {
    let at = Where::find(context, scratch, None)?;
    let memory = DatabaseMemory::read(&context.folders, &at.identity.id);
    let services: std::collections::BTreeSet<&str> = memory.aside.iter().map(|one| one.service.as_str()).collect();
    if services.is_empty() {
        context.ui.status("nothing was dropped or replaced here, so there is nothing to remove");
        return Ok(Exit::Done);
    }
    let question =
        format!("Remove {} that can still be brought back, for good?", words::count(memory.aside.len(), "database"));
    match context.ui.ask(&question, Answer::No) {
        Answer::Yes => {}
        Answer::No => return Err(Failure::Shown(Exit::Environment)),
        Answer::Nobody => {
            return Err(Problem::new(
                &kinds::CONSENT,
                "what was dropped would be gone for good, and there is nobody to ask",
            )
            .why("nothing was changed")
            .fix("devenv db clean --yes")
            .into());
        }
    }
    let mut removed = 0;
    for service in services {
        let reached = reach(context, (Some(service), None, scratch), Turn::Take("db clean")).await?;
        let tell = telling(context);
        removed += reached.desk(context, &tell).prune().await?;
    }
    context.ui.status(&format!("{} removed for good", words::count(removed, "database")));
    Ok(Exit::Done)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::AsideDatabase;

    fn aside(id: u64, database: &str, because: &str) -> AsideDatabase {
        let text = str::to_owned;
        AsideDatabase {
            id,
            service: text("db"),
            database: text(database),
            because: text(because),
            at: 40,
            ..AsideDatabase::default()
        }
    }

    #[test]
    fn what_can_be_brought_back_is_a_table() {
        let all = [aside(12, "app", "restore"), aside(3, "a-long-name", "drop")];
        let shown = table(&all.iter().collect::<Vec<_>>(), 100);
        assert_eq!(
            shown,
            "12   db/app           restore   1 min 0 s ago\n3    db/a-long-name   drop      1 min 0 s ago"
        );
    }

    #[test]
    fn a_number_that_nothing_has_is_told_with_those_that_there_are() {
        let mut memory = DatabaseMemory::default();
        assert!(number_of(&memory, "1").unwrap_err().why.contains("no database was dropped"));
        memory.aside = vec![aside(3, "app", "drop"), aside(12, "app", "restore")];
        assert_eq!(number_of(&memory, "12").unwrap(), 12);
        for wrong in ["99", "nope", "-1", ""] {
            let problem = number_of(&memory, wrong).unwrap_err();
            assert!(problem.what.contains(&format!("`{wrong}`")) && problem.why.ends_with("3 and 12"), "{problem:?}");
        }
    }
}
