//! `devenv ui`.

mod acting;
mod attendant;
mod databases;
mod door;
mod look;
mod overview;

use std::future::pending;
use std::net::Ipv4Addr;
use std::sync::Arc;

use clap::Args;
use serde::Serialize;
use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::mpsc;

use super::Failure;
use super::context::Context;
use super::db::scratch;
use super::facts::unwritable;
use super::remember::Record;
use crate::host;
use crate::model::resolve::Identity;
use crate::page::picture::Picture;
use crate::page::{Board, House, Key, serve};
use crate::problem::{Exit, Problem, kinds};
use crate::state::{PageSeat, Seat};
use crate::ui::surroundings::Surroundings;
use crate::ui::{Ui, UiOptions};
use attendant::Attendant;
use databases::RealDatabases;
use door::Door;

/// Open a page in the browser: what runs, its logs, databases, and buttons to act.
///
/// Outside of a repo it is about databases of your own. It can be reached from this computer only, and only with the address
/// that is printed. Ctrl-C ends the page; everything else goes on running.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  devenv ui\n  devenv ui --no-open")]
pub struct Arguments {
    /// Print the address and open no browser.
    #[arg(long)]
    no_open: bool,
}

#[derive(Serialize)]
struct Document<'a> {
    /// With the key: whoever has it may look and act.
    url: &'a str,
    /// Never: whoever reads this opens it.
    opened: bool,
    /// Another process shows it; this one ends.
    elsewhere: bool,
}

/// Wishes that wait; more at once are no person's.
const MOST_WISHES: usize = 64;

pub async fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    let signals = host::end_signals();
    let Subject { identity, repo } = subject(context)?;
    let door = Door::of(context, &identity.id);
    let seat = match PageSeat::attempt(&context.folders, &identity.id).map_err(|error| unwritable(error.into()))? {
        Seat::Taken(seat) => seat,
        Seat::Elsewhere(Some(url)) => {
            tell(context, &url, Where::Elsewhere);
            if is_wanted(context, arguments) {
                door.open(context, &url).await;
            }
            return Ok(Exit::Done);
        }
        Seat::Elsewhere(None) => return Err(just_opened().into()),
    };
    let (listener, port) = listen(&seat)?;
    let key = Key::new(port)?;
    let url = key.url();
    seat.announce(&url, port).map_err(unwritable)?;
    let quiet = quiet(context)?;
    let board = Arc::new(Board::new(
        crate::words::hex(&host::random::<4>()?),
        first_picture(context, &identity, repo.is_some()),
    ));
    let (desk, asked) = mpsc::channel(MOST_WISHES);
    let house = Arc::new(House::new(board.clone(), key, desk));
    let server = tokio::spawn(serve(listener, house.clone()));
    tell(context, &url, Where::Here);
    let lead_in = async {
        if is_wanted(context, arguments) {
            door.open(context, &url).await;
        }
        pending::<()>().await;
    };
    let mut attendant = Attendant::new(&quiet, identity, board.clone());
    let databases = RealDatabases::new(&quiet, repo);
    tokio::select! {
        () = attendant.attend(&databases, asked, signals) => {}
        () = databases.watch(&board) => {}
        () = door.close_behind(&house) => {}
        () = lead_in => {}
    }
    door.close();
    server.abort();
    Ok(Exit::Done)
}

/// What the page is about.
struct Subject {
    identity: Identity,
    /// `None` = the services of one's own, outside of any repo.
    repo: Option<Identity>,
}

fn subject(context: &Context) -> Result<Subject, Failure> {
    let found = context.identity().and_then(|identity| match context.manifest(&identity) {
        Err(failure) if failure.is_of(&kinds::NO_MANIFEST) => Err(failure),
        // What is wrong with it is told on the page.
        _ => Ok(identity),
    });
    match found {
        Ok(identity) => Ok(Subject { identity: identity.clone(), repo: Some(identity) }),
        Err(failure) if failure.is_of(&kinds::NO_MANIFEST) => {
            let (identity, _) = scratch::place(context, None)?;
            Ok(Subject { identity, repo: None })
        }
        Err(failure) => Err(failure),
    }
}

/// The port of last time, so that a page that is still open in a browser finds it again, or any other.
fn listen(seat: &PageSeat) -> Result<(TcpListener, u16), Failure> {
    let last = seat.last_port().and_then(|port| listen_at(port).ok());
    last.map_or_else(|| listen_at(0), Ok).map_err(|error| {
        let problem = Problem::new(&kinds::PAGE_NOT_OPENED, "the page cannot be opened on this computer");
        problem.why(error.to_string()).fix("devenv doctor        # looks at what keeps it from it").into()
    })
}

/// On this computer alone, at a port of its own; 0 = any.
fn listen_at(port: u16) -> std::io::Result<(TcpListener, u16)> {
    /// Many come at once and are sent away again; whoever has the key is not to wait behind them.
    const MOST_WAITING: u32 = 4096;
    let socket = TcpSocket::new_v4()?;
    // A port that was just left is free.
    socket.set_reuseaddr(true)?;
    socket.bind((Ipv4Addr::LOCALHOST, port).into())?;
    let listener = socket.listen(MOST_WAITING)?;
    let port = listener.local_addr()?.port();
    Ok((listener, port))
}

/// The same surroundings with nobody to speak to: what is looked at again and again is told on the page alone.
fn quiet(context: &Context) -> Result<Context, Failure> {
    let options = UiOptions { quiet: true, ..UiOptions::default() };
    let nowhere = || Box::new(std::io::sink());
    let ui = Ui::with_writers(options, Surroundings::default(), nowhere(), nowhere());
    Context::open(ui, context.world.clone(), context.patience, Record::default())
}

fn first_picture(context: &Context, identity: &Identity, is_repo: bool) -> Picture {
    if !is_repo {
        let folder = "databases of your own, in no repo".to_owned();
        return Picture { project: "scratch".to_owned(), folder, ..Picture::default() };
    }
    let home = context.world.home();
    let below = home.as_ref().and_then(|home| identity.root.strip_prefix(home).ok());
    let folder = below.map_or_else(|| identity.root.display().to_string(), |below| format!("~/{}", below.display()));
    let project = super::name::of_folder(&identity.root).to_string();
    Picture { project, folder, in_repo: true, ..Picture::default() }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Where {
    Here,
    Elsewhere,
}

/// Who reads the answer with a program opens it with one.
fn is_wanted(context: &Context, arguments: &Arguments) -> bool {
    !arguments.no_open && !context.ui.is_json() && context.ui.surroundings().stdout_is_terminal
}

fn tell(context: &Context, url: &str, place: Where) {
    let ui = &context.ui;
    if ui.is_json() {
        ui.json(&Document { url, opened: false, elsewhere: place == Where::Elsewhere });
        return;
    }
    ui.answer(url);
    match place {
        Where::Here => ui.status("Ctrl-C ends the page; everything else goes on running"),
        Where::Elsewhere => ui.status("the page is open already; this is where"),
    }
}

fn just_opened() -> Problem {
    Problem::new(&kinds::PAGE_NOT_OPENED, "another `devenv ui` is just opening the page of this repo")
        .why("there is one page for a repo, and nobody can tell yet where")
        .fix("devenv ui        # in a moment tells where it is")
}
