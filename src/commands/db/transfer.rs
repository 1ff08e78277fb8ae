//! `devenv db import` and `devenv db export`.

use std::io::{IsTerminal, Write};
use std::path::{Path, PathBuf};

use clap::Args;

use super::create::check_if_new;
use super::reach::{Reached, Turn, Where, reach, telling};
use crate::commands::Failure;
use crate::commands::context::Context;
use crate::db::Target;
use crate::db::dump::{self, Dump};
use crate::db::provider::Then;
use crate::host;
use crate::names::Sensitive;
use crate::problem::{Exit, Problem, kinds};
use crate::state::{PackedFile, Packing};
use crate::ui::ask::Answer;
use crate::words;

/// Load a dump or a file of statements, in place of what is there; `devenv db undo` brings that back.
///
/// Reads plain files and those packed as .gz, .zst or .zip; `-` reads what is piped in.
#[derive(Debug, Args)]
#[command(
    allow_missing_positional = true,
    after_help = "Examples:\n  devenv db import production.sql.gz\n  devenv db import trial production.sql.gz\n  pg_dump \"$URL\" | devenv db import - --into trial"
)]
pub struct Import {
    /// Into which database, which is made where there is none; the service's own when left out.
    #[arg(value_name = "DB")]
    database: Option<String>,
    #[arg(value_name = "FILE", required = true)]
    file: PathBuf,
    /// The same as DB before FILE.
    #[arg(long, value_name = "DB", conflicts_with = "database")]
    into: Option<String>,
}

/// Write a database into a file, or to where the output goes.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv db export db shop.sql.gz\n  devenv db export scratch | less")]
pub struct Export {
    /// Which; may be left out where there is one service.
    #[arg(value_name = "DB")]
    database: Option<String>,
    /// Packed where its name ends in .gz; without one, the dump is printed.
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
}

pub(super) async fn import(context: &Context, verb: &Import, scratch: bool) -> Result<Exit, Failure> {
    let at = Where::find(context, scratch, None)?;
    let path = in_order(context, verb)?;
    let typed = verb.into.as_deref().or(verb.database.as_deref());
    let is_pipe = verb.file == Path::new("-");
    let dump = Dump::open(&path)?;
    let content = dump.content;
    let meant = at.meant_new(context, typed, |id| dump::is_read_by(content, id))?;
    let shown = if meant.database.is_empty() {
        meant.service.to_string()
    } else {
        format!("{}/{}", meant.service, meant.database)
    };
    let question = format!("Load it in place of what is in `{shown}`? `devenv db undo` brings that back");
    if !is_pipe && context.ui.can_ask() && context.ui.ask(&question, Answer::Yes) == Answer::No {
        return Err(Failure::Shown(Exit::Environment));
    }
    let mut reached = at.enter(context, meant, Turn::Take("db import")).await?;
    let ran = reached.ran(context).await;
    let file = if is_pipe { "what was piped in".to_owned() } else { verb.file.display().to_string() };
    let service = reached.server.service.clone();
    let loaded = load(context, &reached, dump).await;
    let Loaded { replaced, url } = loaded.map_err(|problem| dump::not_loaded(service.as_str(), &file, problem))?;
    let address = reached.address(&reached.database);
    if context.ui.is_json() {
        context.ui.json(&serde_json::json!({
            "service": reached.server.service, "name": reached.database, "replaced": replaced, "url": url.reveal(),
        }));
    } else {
        context.ui.status(&format!("`{address}` holds what was loaded"));
        if replaced {
            context.ui.hint(&format!("devenv db undo{}        # brings back what was there", reached.flag()));
        }
    }
    // Told what was done first, whatever becomes of the apps.
    reached.bring_back(context, &ran).await
}

struct Loaded {
    replaced: bool,
    url: Sensitive,
}

async fn load(context: &Context, reached: &Reached, dump: Dump) -> Result<Loaded, Problem> {
    let (reads, reader) = dump.confined(&reached.server)?;
    let tell = telling(context);
    let desk = reached.desk(context, &tell);
    check_if_new(&desk, &reached.database).await?;
    let call = |side: &Target| reached.server.importing(side, (reads, Then::Done));
    let replaced = desk.import(reader, &reached.database, call).await?;
    Ok(Loaded { replaced, url: reached.server.url(&desk.target(&reached.database)) })
}

/// The file that is read; who typed it before the database is told the right order.
fn in_order(context: &Context, verb: &Import) -> Result<PathBuf, Problem> {
    let in_folder = |file: &Path| context.world.folder.join(file);
    if verb.file == Path::new("-") {
        return Ok(verb.file.clone());
    }
    let path = in_folder(&verb.file);
    match &verb.database {
        Some(first) if !host::is_file(&path) && host::is_file(&in_folder(Path::new(first))) => {
            let typed = verb.file.display().to_string();
            Err(Problem::new(&kinds::DUMP_UNREADABLE, format!("there is no file {typed}"))
                .why("the database comes first, and then the file that is loaded into it")
                .fix(format!("devenv db import {} {}", words::shell_word(&typed), words::shell_word(first))))
        }
        _ => Ok(path),
    }
}

pub(super) async fn export(context: &Context, verb: &Export, scratch: bool) -> Result<Exit, Failure> {
    let reached = reach(context, (verb.database.as_deref(), None, scratch), Turn::Beside).await?;
    let tell = telling(context);
    let desk = reached.desk(context, &tell);
    desk.one(&reached.database).await?;
    let call = reached.server.provider.export(&reached.server.account, &desk.target(&reached.database));
    let Some(file) = &verb.file else {
        if std::io::stdout().is_terminal() && !reached.server.provider.exports_text() {
            return Err(Problem::new(&kinds::EXPORT_WHERE, "what is written is no text, and would upset the terminal")
                .fix(format!("devenv db export {} FILE", reached.address(&reached.database)))
                .into());
        }
        let mut out = std::io::stdout().lock();
        reached.server.read_from(&call, |bytes| out.write_all(bytes)).await?;
        let _ = out.flush();
        return Ok(Exit::Done);
    };
    let path = context.world.folder.join(file);
    let packed = file.extension() == Some("gz".as_ref());
    let unwritable = |error: &dyn std::fmt::Display| {
        Problem::new(&kinds::EXPORT_WHERE, format!("{} can't be written", file.display()))
            .exit(Exit::Environment)
            .why(error.to_string())
            .fix("choose another file")
    };
    if crate::host::is_file(&path) {
        return Err(unwritable(&"there is a file of that name, and it is left as it is").into());
    }
    let packing = if packed { Packing::Gzip } else { Packing::AsItIs };
    let mut target = PackedFile::begin(path, packing).map_err(|error| unwritable(&error))?;
    let mut progress = desk.progress("written");
    let written = reached.server.read_from(&call, |bytes| {
        progress(bytes.len() as u64);
        target.write(bytes)
    });
    written.await?;
    let written = target.finish().map_err(|error| unwritable(&error))?;
    let address = reached.address(&reached.database);
    if context.ui.is_json() {
        context.ui.json(&serde_json::json!({
            "service": reached.server.service, "name": reached.database, "file": file, "size": written.packed_size,
        }));
    } else {
        context.ui.status(&format!("`{address}` is in {}, {}", file.display(), words::bytes(written.packed_size)));
    }
    Ok(Exit::Done)
}
