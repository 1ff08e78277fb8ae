//! `devenv db`: databases as a self-service.

mod change;
pub(super) mod create;
mod guide;
mod idle;
pub(super) mod list;
pub(super) mod reach;
pub(super) mod saved;
pub(super) mod scratch;
mod stop;
mod talk;
mod transfer;

use clap::{Args, Subcommand};

use super::Failure;
use super::context::Context;
use super::walk;
use crate::problem::Exit;

/// Make, copy, save and drop databases; every URL that is printed can be pasted.
///
/// A database is named by itself (`scratch`), by its service (`db`: the service's own) or by both (`db/scratch`). Outside of a repo,
/// or with --scratch, they live in a database service of your own, which starts when it is first needed and stops when idle. Without anything else it asks
/// what you want, and shows the command that it comes to.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  devenv db create scratch --for 4h         # prints the URL\n  devenv db create trial --from db          # a copy of today's data\n  devenv db snapshot db before-migration\n  devenv db restore before-migration\n  devenv db drop scratch && devenv db undo\n  devenv db import trial production.sql.gz\n  devenv db create play --engine postgres@16 --scratch"
)]
pub struct Arguments {
    #[command(subcommand)]
    verb: Option<Verb>,
    /// In the database service of your own, not in this repo's.
    #[arg(long, global = true)]
    scratch: bool,
}

#[derive(Debug, Subcommand)]
enum Verb {
    Create(create::Create),
    Clone(create::Clone),
    List(list::List),
    Url(talk::Url),
    Shell(talk::Shell),
    Open(talk::Open),
    Snapshot(saved::Take),
    Restore(saved::Restore),
    Import(transfer::Import),
    Export(transfer::Export),
    Drop(change::Drop),
    Undo(change::Undo),
    Extend(change::Extend),
    Stop(stop::Stop),
    #[command(name = "clean", alias = "prune")]
    Prune(change::Prune),
}

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    tokio::select! {
        done = carry_out(context, arguments) => {
            idle::stop_idle(context).await;
            done
        }
        () = walk::interrupted() => {
            context.ui.status("interrupted; nothing half-made stays: the next `devenv db` removes it");
            Err(Failure::Shown(Exit::Interrupted))
        }
    }
}

/// Nothing was said: whoever sits at a terminal is asked, programs are told what there is, and all others what to type.
async fn guided(context: &Context, scratch: bool) -> Result<Exit, Failure> {
    if context.ui.is_json() {
        return list::run(context, &list::List::default(), scratch).await;
    }
    if !context.ui.can_ask() {
        context.ui.answer(guide::TO_TYPE);
        return Ok(Exit::Done);
    }
    match guide::ask(context, scratch)? {
        Some(chosen) => Box::pin(carry_out(context, &chosen)).await,
        None => {
            context.ui.status("nothing was done");
            Ok(Exit::Done)
        }
    }
}

async fn carry_out(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let scratch = arguments.scratch;
    match &arguments.verb {
        None => guided(context, scratch).await,
        Some(Verb::Create(verb)) => create::create(context, verb, scratch).await,
        Some(Verb::Clone(verb)) => create::clone(context, verb, scratch).await,
        Some(Verb::List(verb)) => list::run(context, verb, scratch).await,
        Some(Verb::Url(verb)) => talk::url(context, verb, scratch).await,
        Some(Verb::Shell(verb)) => talk::shell(context, verb, scratch).await,
        Some(Verb::Open(verb)) => talk::open(context, verb, scratch).await,
        Some(Verb::Snapshot(verb)) => saved::take(context, verb, scratch).await,
        Some(Verb::Restore(verb)) => saved::restore(context, verb, scratch).await,
        Some(Verb::Import(verb)) => transfer::import(context, verb, scratch).await,
        Some(Verb::Export(verb)) => transfer::export(context, verb, scratch).await,
        Some(Verb::Drop(verb)) => change::drop(context, verb, scratch).await,
        Some(Verb::Undo(verb)) => change::undo(context, verb, scratch).await,
        Some(Verb::Extend(verb)) => change::extend(context, verb, scratch).await,
        Some(Verb::Stop(verb)) => stop::run(context, verb).await,
        Some(Verb::Prune(verb)) => change::prune(context, verb, scratch).await,
    }
}
