//! The command line: one command is one file, its arguments and one short function.

mod again;
mod attend;
mod branches;
mod bring_back;
mod bring_over;
mod bring_up;
mod check;
mod checkout;
mod ci;
mod consent;
mod context;
mod count;
mod data;
mod db;
mod dev;
mod doctor;
mod down;
mod down_all;
mod engine;
mod env;
mod everything;
mod exec;
mod expiry;
mod explain;
mod facts;
mod feedback;
mod follow;
mod found;
mod gc;
mod init;
mod inside;
mod list;
mod local_addresses;
mod lock;
mod logs;
mod make_ahead;
mod mark;
mod name;
mod new;
mod on_host;
mod open;
mod other_secrets;
mod own_file;
mod page;
mod reclaim;
mod recover;
mod remember;
mod reset;
mod restart;
mod rounds;
mod run;
mod same_content;
mod saved;
mod secret;
mod secret_commands;
mod secrets;
mod served_branch;
mod services;
mod sharing;
mod shell;
mod spare;
mod stats;
mod status;
mod supervise;
mod turn;
mod undo;
mod unprepared;
mod up;
mod walk;

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::{Parser, Subcommand};

use crate::host::World;
use crate::problem::{Exit, Problem, ProblemKind, Problems};
use crate::state::{Folders, Settings};
use crate::ui::surroundings::Surroundings;
use crate::ui::{Mode, Ui, UiOptions};
use context::Context;
use remember::{Record, Remembering};
use turn::Patience;

/// One command from a fresh clone to everything running.
///
/// devenv reads dev.yaml, starts the databases and apps it names, waits until they really answer, and prints where.
#[derive(Debug, Parser)]
#[command(name = "devenv", version, max_term_width = 100, after_help = EXITS, disable_help_subcommand = true)]
struct CommandLine {
    /// Work in this folder instead of the current one.
    #[arg(short = 'C', long, global = true, value_name = "FOLDER")]
    directory: Option<PathBuf>,
    /// Write one JSON document a line, for programs.
    #[arg(long, global = true)]
    json: bool,
    /// Say nothing but problems and the answer.
    #[arg(long, global = true, conflicts_with = "verbose")]
    quiet: bool,
    /// Show output of every step, and Docker's own words behind a problem.
    #[arg(long, global = true)]
    verbose: bool,
    /// Answer every question with yes.
    #[arg(long, global = true)]
    yes: bool,
    /// End at once when another command is changing the same environment, instead of waiting for it.
    #[arg(long, global = true)]
    no_wait: bool,
    #[command(subcommand)]
    command: Command,
}

const EXITS: &str = "\
Exit codes: 0 done · 1 a problem in the environment · 2 wrong usage
            3 dev.yaml is wrong · 4 Docker is not usable · 5 a deadline passed
            6 a check failed · 70 a bug in devenv · 130 interrupted";

#[derive(Debug, Subcommand)]
enum Command {
    Up(up::Arguments),
    Dev(dev::Arguments),
    Down(down::Arguments),
    Status(status::Arguments),
    Logs(logs::Arguments),
    Run(run::Arguments),
    Exec(exec::Arguments),
    Shell(shell::Arguments),
    Open(open::Arguments),
    Restart(restart::Arguments),
    Reset(reset::Arguments),
    Undo(undo::Arguments),
    Env(env::Arguments),
    Db(db::Arguments),
    Secret(secret::Arguments),
    Init(init::Arguments),
    Check(check::Arguments),
    Ci(ci::Arguments),
    Lock(lock::Arguments),
    Explain(explain::Arguments),
    Doctor(doctor::Arguments),
    New(new::Arguments),
    Ui(page::Arguments),
    Stats(stats::Arguments),
    Mark(mark::Arguments),
    Feedback(feedback::Arguments),
    List(list::Arguments),
    #[command(hide = true)]
    Supervise(supervise::Arguments),
    #[command(hide = true)]
    MakeAhead(make_ahead::Arguments),
    #[command(hide = true)]
    SendFigures(sharing::Arguments),
    Gc(gc::Arguments),
}

impl Command {
    /// Its name; `None` of what no person types.
    fn name(&self) -> Option<&'static str> {
        Some(match self {
            Self::Up(_) => "up",
            Self::Dev(_) => "dev",
            Self::Down(_) => "down",
            Self::Status(_) => "status",
            Self::Logs(_) => "logs",
            Self::Run(_) => "run",
            Self::Exec(_) => "exec",
            Self::Shell(_) => "shell",
            Self::Open(_) => "open",
            Self::Restart(_) => "restart",
            Self::Reset(_) => "reset",
            Self::Undo(_) => "undo",
            Self::Env(_) => "env",
            Self::Db(_) => "db",
            Self::Secret(_) => "secret",
            Self::Init(_) => "init",
            Self::Check(_) => "check",
            Self::Ci(_) => "ci",
            Self::Lock(_) => "lock",
            Self::Explain(_) => "explain",
            Self::Doctor(_) => "doctor",
            Self::New(_) => "new",
            Self::Ui(_) => "ui",
            Self::Stats(_) => "stats",
            Self::Mark(_) => "mark",
            Self::Feedback(_) => "feedback",
            Self::List(_) => "list",
            Self::Gc(_) => "gc",
            Self::Supervise(_) | Self::MakeAhead(_) | Self::SendFigures(_) => return None,
        })
    }
}

/// Why a command ended without having done what it was asked for.
#[derive(Debug)]
pub(crate) enum Failure {
    Problems(Problems),
    /// Already shown as events; only the exit code is left to say.
    Shown(Exit),
    Bug(anyhow::Error),
}

impl Failure {
    /// Whether it is nothing but a problem of this kind.
    fn is_of(&self, kind: &ProblemKind) -> bool {
        matches!(self, Self::Problems(problems) if problems.iter().all(|problem| problem.kind == kind))
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        Self::Problems(problem.into())
    }
}

impl From<Vec<Problem>> for Failure {
    fn from(problems: Vec<Problem>) -> Self {
        match Problems::from_list(problems) {
            Some(problems) => Self::Problems(problems),
            None => Self::Bug(anyhow::anyhow!("a failure without a problem")),
        }
    }
}

impl From<anyhow::Error> for Failure {
    fn from(error: anyhow::Error) -> Self {
        match error.downcast::<Problem>() {
            Ok(problem) => problem.into(),
            Err(error) => Self::Bug(error),
        }
    }
}

/// Runs one command line and answers the exit code.
pub fn run(arguments: Vec<OsString>, mut world: World) -> Exit {
    let command_line = match CommandLine::try_parse_from(arguments) {
        Ok(command_line) => command_line,
        Err(error) => return wrong_usage(&error),
    };
    let options = UiOptions {
        mode: if command_line.json { Mode::Json } else { Mode::Human },
        quiet: command_line.quiet,
        verbose: command_line.verbose,
        // Nobody is there to be asked.
        yes: command_line.yes || matches!(command_line.command, Command::Ci(_)),
    };
    let surroundings = Surroundings::of_this_process(&world);
    let ui = match &command_line.command {
        Command::Exec(_) | Command::Shell(_) => Ui::beside_a_command(options, surroundings),
        Command::Run(arguments) if !arguments.is_list() => Ui::beside_a_command(options, surroundings),
        _ => Ui::new(options, surroundings),
    };
    if let Some(folder) = &command_line.directory {
        world.folder = world.folder.join(folder);
    }
    let folder = world.folder.clone();
    let tells_events = match &command_line.command {
        Command::Up(_) | Command::Dev(_) | Command::Down(_) | Command::Restart(_) | Command::Reset(_) => true,
        Command::Undo(arguments) => arguments.tells_events(),
        Command::Ci(arguments) => arguments.tells_events(),
        _ => false,
    };
    let folders = Folders::of(&world).ok();
    let (name, record) = (command_line.command.name(), Record::default());
    let remembering = name.zip(folders.as_ref());
    let remembering = remembering.map(|(name, folders)| Remembering::begin(name, folders, (&ui, &record), &folder));
    let exit = match dispatch(command_line, &ui, world, record) {
        Ok(exit) => exit,
        Err(failure) => {
            let exit = show(&ui, failure);
            if tells_events && ui.is_json() {
                walk::tell_not_done(&ui, &folder);
            }
            exit
        }
    };
    if let Some(folders) = &folders {
        explain::offer(&ui, folders, exit);
        follow_up(&ui, (folders, &folder), remembering.as_ref(), exit);
    }
    match ui.answer_lost() {
        Some(problem) if exit == Exit::Done => {
            ui.problem(&problem);
            Exit::Environment
        }
        _ => exit,
    }
}

/// Writes down what was done, and whatever follows from that.
fn follow_up(ui: &Ui, (folders, folder): (&Folders, &Path), remembering: Option<&Remembering>, exit: Exit) {
    let Some(remembering) = remembering else { return };
    remembering.end(ui, folder, exit);
    if let Ok(settings) = Settings::read(folders) {
        feedback::offer(ui, &settings, (folders, folder), remembering, exit);
        sharing::follow_up(ui, &settings, (folders, folder), remembering);
    }
}

fn show(ui: &Ui, failure: Failure) -> Exit {
    match failure {
        Failure::Problems(problems) => {
            ui.problems(&problems);
            problems.exit()
        }
        Failure::Shown(exit) => exit,
        Failure::Bug(error) => {
            ui.bug(&error);
            Exit::Bug
        }
    }
}

/// Help and version are answers; everything else is a wrong usage.
fn wrong_usage(error: &clap::Error) -> Exit {
    // A reader that has gone away is no error.
    let _ = error.print();
    if error.use_stderr() { Exit::Usage } else { Exit::Done }
}

fn dispatch(command_line: CommandLine, ui: &Ui, world: World, record: Record) -> Result<Exit, Failure> {
    if let Command::Supervise(arguments) = &command_line.command {
        return block_on(supervise::run(arguments));
    }
    let patience = if command_line.no_wait { Patience::None } else { Patience::Unlimited };
    if let Command::Doctor(arguments) = &command_line.command {
        let (context, settings) = Context::open_in_any_case(ui.clone(), world, patience, record)?;
        return block_on(doctor::run(&context, settings, arguments));
    }
    let mut context = Context::open(ui.clone(), world, patience, record)?;
    if let Command::Ci(ci::Arguments { cache_dir: Some(folder), .. }) = &command_line.command {
        context.packages = ci::package_folder(&context, folder)?;
    }
    match command_line.command {
        Command::Up(arguments) => block_on(up::run(&context, &arguments)),
        Command::Dev(arguments) => block_on(dev::run(&context, &arguments)),
        Command::Down(arguments) => block_on(down::run(&context, &arguments)),
        Command::Status(arguments) => block_on(status::run(&context, &arguments)),
        Command::Logs(arguments) => block_on(logs::run(&context, &arguments)),
        Command::Run(arguments) => block_on(run::run(&context, &arguments)),
        Command::Exec(arguments) => block_on(exec::run(&context, &arguments)),
        Command::Shell(arguments) => block_on(shell::run(&context, &arguments)),
        Command::Open(arguments) => block_on(open::run(&context, &arguments)),
        Command::Restart(arguments) => block_on(restart::run(&context, &arguments)),
        Command::Reset(arguments) => block_on(reset::run(&context, &arguments)),
        Command::Undo(arguments) => block_on(undo::run(&context, &arguments)),
        Command::Env(arguments) => env::run(&context, &arguments),
        Command::Db(arguments) => block_on(db::run(&context, &arguments)),
        Command::Secret(arguments) => secret::run(&context, &arguments),
        Command::Init(arguments) => init::run(&context, &arguments),
        Command::Check(arguments) => check::run(&context, &arguments),
        Command::Ci(arguments) => block_on(ci::run(&context, &arguments)),
        Command::Lock(arguments) => block_on(lock::run(&context, &arguments)),
        Command::Explain(arguments) => explain::run(&context, &arguments),
        Command::New(arguments) => new::run(&context, &arguments),
        Command::Gc(arguments) => block_on(gc::run(&context, &arguments)),
        Command::Ui(arguments) => block_on(page::run(&context, &arguments)),
        Command::Stats(arguments) => stats::run(&context, &arguments),
        Command::Mark(arguments) => mark::run(&context, &arguments),
        Command::Feedback(arguments) => feedback::run(&context, &arguments),
        Command::SendFigures(_) => sharing::run(&context),
        Command::List(arguments) => block_on(list::run(&context, &arguments)),
        Command::MakeAhead(arguments) => block_on(make_ahead::run(&context, &arguments)),
        Command::Supervise(_) | Command::Doctor(_) => Ok(Exit::Done),
    }
}

/// One thread is enough: everything waits for the engine or for a service.
fn block_on(command: impl Future<Output = Result<Exit, Failure>>) -> Result<Exit, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::Bug(error.into()))?;
    let result = runtime.block_on(command);
    // A thread that waits for standard input would keep the process from ending.
    runtime.shutdown_background();
    result
}
