//! `devenv new`.

mod questions;
mod source;
mod update;

use std::path::{Path, PathBuf};

use clap::Args;
use serde::Serialize;

use super::Failure;
use super::context::{Context, MANIFEST};
use crate::host::{self, Spot};
use crate::names::Name;
use crate::problem::{Exit, Problem, kinds};
use crate::template::{self, Answers, BUILT_IN, File, LOCK, Record, Template, Typed};
use crate::ui::text::{pad, width};
use crate::words;
use source::Found;

/// Make a new service: its code, tests, database, CI and dev.yaml, ready for `devenv up`.
///
/// TEMPLATE is one of devenv's own, the address of a git repository, or a folder; without one they are listed, or asked for at a
/// terminal. Nothing of a template is run, and a folder with something in it is never written to.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  devenv new --list\n  devenv new python-fastapi orders && cd orders && devenv up\n  devenv new https://git.example/platform/service.git orders --set team=payments\n  devenv new --update        # in a service: shows what a newer template changes, and asks"
)]
pub struct Arguments {
    #[arg(
        value_name = "TEMPLATE",
        help = "A name from --list, the address of a git repository (or ADDRESS#FOLDER), or a folder"
    )]
    template: Option<String>,
    #[arg(value_name = "NAME", help = "What the service is called", conflicts_with = "update")]
    name: Option<String>,
    /// Where it goes; a folder of its name when left out.
    #[arg(long, value_name = "FOLDER", conflicts_with = "update")]
    path: Option<PathBuf>,
    /// Answer a question of the template.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = Typed::parse)]
    set: Vec<Typed>,
    /// Do not begin a git repository in it.
    #[arg(long)]
    no_git: bool,
    /// Show the templates that come with devenv.
    #[arg(long, conflicts_with_all = ["template", "update"])]
    list: bool,
    /// In a service that was made from a template: show what a newer version of it changes, ask, and take it over.
    #[arg(long)]
    update: bool,
}

/// What `devenv new --json` prints.
#[derive(Serialize)]
struct Made<'a> {
    template: &'a str,
    version: &'a str,
    name: &'a str,
    path: String,
    files: Vec<&'a str>,
    /// The command that brings it up.
    next: String,
}

#[derive(Serialize)]
struct List {
    templates: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    name: String,
    version: String,
    description: String,
    questions: Vec<QuestionRow>,
}

#[derive(Serialize)]
struct QuestionRow {
    key: String,
    prompt: String,
    default: Option<String>,
    choices: Vec<String>,
}

pub fn run(context: &Context, arguments: &Arguments) -> Result<Exit, Failure> {
    if arguments.update {
        return update::run(context, arguments.template.as_deref(), &arguments.set);
    }
    let template = match &arguments.template {
        Some(template) => template.clone(),
        None if arguments.list => return list(context),
        None => match choose(context)? {
            Some(template) => template,
            None => return list(context),
        },
    };
    let name = name(context, arguments)?;
    let target = context.world.folder.join(arguments.path.clone().unwrap_or_else(|| name.as_str().into()));
    check_target(&target)?;
    let found = source::find(context, &template)?;
    make(context, arguments, &found, &name, &target)?;
    Ok(Exit::Done)
}

fn make(context: &Context, arguments: &Arguments, found: &Found, name: &Name, target: &Path) -> Result<(), Failure> {
    let Found { template, from } = found;
    let typed = template::taken(&template.declaration, name, &Answers::new(), &arguments.set)?;
    let answers = questions::ask(context, &template.declaration, typed)?;
    let mut files = template::render(template, &answers)?;
    let record = Record::new(from, &template.declaration.version, &answers, &files);
    files.push(File { path: LOCK.to_owned(), bytes: record.written_into("")?.into_bytes(), executable: false });
    host::lay_down(target, &files).map_err(|error| unwritable(target, &error))?;
    if !arguments.no_git && !is_in_repository(target) {
        // Without git, or where it fails, the service is as good.
        let _ = host::begin_repository(target);
    }
    tell(context, (template, name), target, &files);
    Ok(())
}

/// Its own `.git` is a file in a worktree.
fn is_in_repository(folder: &Path) -> bool {
    let git = host::within_repository(folder).last().map(|top| top.join(".git"));
    git.is_some_and(|git| host::is_folder(&git) || host::is_file(&git))
}

fn tell(context: &Context, (template, name): (&Template, &Name), target: &Path, files: &[File]) {
    let shown = target.strip_prefix(&context.world.folder).unwrap_or(target).display().to_string();
    let is_here = shown.is_empty() || shown == ".";
    let up = if files.iter().any(|file| file.path == MANIFEST) { "devenv up" } else { "devenv init" };
    let next = if is_here { up.to_owned() } else { format!("cd {} && {up}", for_shell(&shown)) };
    if context.ui.is_json() {
        context.ui.json(&Made {
            template: &template.declaration.name,
            version: &template.declaration.version,
            name: name.as_str(),
            path: target.display().to_string(),
            files: files.iter().map(|file| file.path.as_str()).collect(),
            next,
        });
        return;
    }
    context.ui.status(&format!("made `{name}` from {template}: {}; next:", words::count(files.len(), "file")));
    context.ui.answer(&next);
}

fn list(context: &Context) -> Result<Exit, Failure> {
    let templates = BUILT_IN.iter().map(|name| template::built_in(name)).collect::<Result<Vec<_>, _>>()?;
    let templates: Vec<Template> = templates.into_iter().flatten().collect();
    if context.ui.is_json() {
        context.ui.json(&List { templates: templates.into_iter().map(row).collect() });
        return Ok(Exit::Done);
    }
    let paint = context.ui.answer_paint();
    let widest = BUILT_IN.iter().map(|name| width(name)).max().unwrap_or_default();
    let lines = templates.iter().map(|template| {
        let declaration = &template.declaration;
        format!("{}  {}", paint.strong(&pad(&declaration.name, widest)), declaration.description)
    });
    context.ui.answer(&lines.collect::<Vec<_>>().join("\n"));
    context.ui.hint("devenv new TEMPLATE NAME; the address of a git repository or a folder is a template too");
    Ok(Exit::Done)
}

fn row(template: Template) -> Row {
    let declaration = template.declaration;
    let questions = declaration.questions.into_iter().map(|question| QuestionRow {
        key: question.key,
        prompt: question.prompt,
        default: question.default,
        choices: question.choices,
    });
    Row {
        name: declaration.name,
        version: declaration.version,
        description: declaration.description,
        questions: questions.collect(),
    }
}

/// `None` = there is nobody to ask.
fn choose(context: &Context) -> Result<Option<String>, Failure> {
    if !context.ui.can_ask() {
        return Ok(None);
    }
    let widest = BUILT_IN.iter().map(|name| width(name)).max().unwrap_or_default();
    let mut choices = Vec::new();
    for name in BUILT_IN {
        let description = template::built_in(name)?.map(|template| template.declaration.description);
        choices.push(format!("{}  {}", pad(name, widest), description.unwrap_or_default()));
    }
    match context.ui.choose("What is it to be made from?", &choices, 0) {
        Some(index) => Ok(BUILT_IN.get(index).map(|name| (*name).to_owned())),
        None => Err(Failure::Shown(Exit::Interrupted)),
    }
}

fn name(context: &Context, arguments: &Arguments) -> Result<Name, Failure> {
    let accepts = |typed: &str| Name::parse(typed).map(|_| ()).map_err(str::to_owned);
    let typed = match &arguments.name {
        Some(name) => name.clone(),
        None => match context.ui.ask_text("What is it called?", None, accepts) {
            Some(name) => name,
            None => return Err(no_name("the service has no name").fix("devenv new TEMPLATE NAME").into()),
        },
    };
    Name::parse(&typed).map_err(|why| {
        let right = Name::from_any(&typed);
        no_name(&format!("`{typed}` can't be the name of a service"))
            .why(format!("it {why}"))
            .fix(format!("did you mean `{right}`?"))
            .into()
    })
}

fn no_name(what: &str) -> Problem {
    Problem::new(&kinds::SERVICE_NAME, what)
}

fn check_target(target: &Path) -> Result<(), Problem> {
    if host::spot(target) != Spot::Taken {
        return Ok(());
    }
    Err(Problem::new(&kinds::TARGET_TAKEN, format!("{} is there already, and something is in it", target.display()))
        .why("nothing that is there is ever written over")
        .fix("give it another name, or --path FOLDER"))
}

fn unwritable(target: &Path, error: &std::io::Error) -> Problem {
    Problem::new(&kinds::TARGET_UNWRITABLE, format!("{} cannot be written", target.display()))
        .why(error.to_string())
        .fix("make room there, or choose another folder with --path FOLDER")
}

/// As one word for a shell.
fn for_shell(path: &str) -> String {
    let is_plain = |c: char| c.is_alphanumeric() || "/._-+".contains(c);
    if path.chars().all(is_plain) { path.to_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}
