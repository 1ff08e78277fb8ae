//! Looks at the environment for the page, beside everything else that goes on.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use crate::commands::Failure;
use crate::commands::context::{Context, app_folder};
use crate::commands::facts::Purpose;
use crate::commands::logs::in_order;
use crate::commands::status::{Overview, PATIENCE, overview, overview_as_found};
use crate::engine::{Engine, Follow, LogLine, LogOptions};
use crate::events::{ProblemReport, State};
use crate::execute::Runner;
use crate::host;
use crate::manifest::{App, Manifest};
use crate::model::Kind;
use crate::model::resolve::Identity;
use crate::names::Name;
use crate::page::Language;
use crate::page::picture::Row;
use crate::plan::observed::{FoundState, Role};
use crate::problem::{Exit, Problem, kinds};
use crate::report::status::{Readiness, StatusRow, state_word};

/// Lines of each that are shown from before the page was opened.
const LINES_BEFORE: u32 = 300;

/// What a look is to find out beside the state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Thoroughness {
    /// Also which values are secret, and what was printed before.
    First,
    Again,
}

/// What was found.
pub struct Looked {
    pub project: String,
    pub rows: Vec<Row>,
    pub engine: Engine,
    /// The engine's id of what runs or ran, by name.
    pub ids: BTreeMap<Name, String>,
    pub host_apps: Vec<Name>,
    pub languages: Vec<Language>,
    /// What is wrong with dev.yaml.
    pub broken: Vec<ProblemReport>,
    /// What was printed before, in the order of time.
    pub history: Vec<(Name, LogLine)>,
    /// The time of the last line of each that was read.
    pub read: BTreeMap<Name, String>,
}

/// Why nothing could be found.
pub struct Blind {
    pub problems: Vec<ProblemReport>,
}

/// Looks once.
///
/// # Errors
/// There is no engine to ask, or nothing that could be asked for.
pub async fn look(
    context: &Context,
    identity: &Identity,
    engine: Option<Engine>,
    thoroughness: Thoroughness,
) -> Result<Looked, Blind> {
    let mut looked = match context.manifest(identity) {
        Ok(manifest) => as_wanted(context, (identity, &manifest), engine, thoroughness).await.map_err(blind)?,
        Err(broken) => match overview_as_found(context, identity).await {
            Ok(Some((engine, overview))) => Looked { broken: blind(broken).problems, ..looked(engine, overview) },
            Ok(None) => return Err(blind(broken)),
            Err(failure) => return Err(blind(failure)),
        },
    };
    if thoroughness == Thoroughness::First {
        read_before(context, identity, &mut looked).await;
    }
    Ok(looked)
}

async fn as_wanted(
    context: &Context,
    (identity, manifest): (&Identity, &Manifest),
    engine: Option<Engine>,
    thoroughness: Thoroughness,
) -> Result<Looked, Failure> {
    let engine = match engine {
        Some(engine) => engine,
        None => context.engine_for(Some(manifest)).await?,
    };
    // Also learns which values are never to be shown.
    let purpose = if thoroughness == Thoroughness::First { Purpose::Look } else { Purpose::Glance };
    let (facts, _) = context.facts(manifest, identity, &purpose)?;
    let overview = overview(context, &engine, (identity, manifest), (&facts, PATIENCE)).await?;
    let host_apps = manifest.apps.iter().filter(|app| app.is_on_host()).map(|app| app.name.value.clone()).collect();
    let languages = languages(identity, &manifest.apps);
    Ok(Looked { host_apps, languages, ..looked(engine, overview) })
}

fn looked(engine: Engine, Overview { project, rows, found }: Overview) -> Looked {
    let mut ids: BTreeMap<Name, (bool, String)> = BTreeMap::new();
    for one in found.units.into_iter().filter(|one| one.role == Role::Main) {
        let running = one.state == FoundState::Running;
        let known = ids.entry(one.name).or_insert_with(|| (running, one.id.clone()));
        if running {
            *known = (true, one.id);
        }
    }
    Looked {
        project: project.to_string(),
        rows: rows.into_iter().map(row).collect(),
        engine,
        ids: ids.into_iter().map(|(name, (_, id))| (name, id)).collect(),
        host_apps: Vec::new(),
        languages: Vec::new(),
        broken: Vec::new(),
        history: Vec::new(),
        read: BTreeMap::new(),
    }
}

fn row(StatusRow { report, since, why, readiness, .. }: StatusRow) -> Row {
    let word = match (report.state, readiness) {
        (State::Running, Readiness::Unknown) => "running",
        (state, _) => state_word(state, report.kind),
    };
    let since_ms = since.and_then(|since| {
        let began = host::now_millis().checked_sub(u64::try_from(since.as_millis()).ok()?)?;
        // The engine's clock and ours are read at different moments; two looks are to come to the same.
        Some((began + 500) / 1000 * 1000)
    });
    Row { word: word.to_owned(), since_ms, why, doing: None, report }
}

impl Looked {
    /// Whether something is on its way to being ready, so that it pays to look again soon.
    pub fn is_under_way(&self) -> bool {
        let waits =
            |row: &Row| row.report.state == State::Running && !matches!(row.report.kind, Kind::Job | Kind::Worker);
        self.broken.is_empty() && self.rows.iter().any(waits)
    }
}

impl Blind {
    /// Whether it is the engine's fault, which may be over soon.
    pub fn may_pass(&self) -> bool {
        self.problems.iter().any(|problem| problem.kind.may_end_with(Exit::Engine))
    }
}

fn blind(failure: Failure) -> Blind {
    Blind { problems: reports(failure) }
}

/// As the page tells them; none = they were told already.
pub fn reports(failure: Failure) -> Vec<ProblemReport> {
    match failure {
        Failure::Problems(problems) => problems.iter().map(ProblemReport::from).collect(),
        Failure::Shown(_) => Vec::new(),
        Failure::Bug(error) => {
            let problem = Problem::new(&kinds::BUG, "devenv has met a bug of its own").why(format!("{error:#}"));
            vec![ProblemReport::from(&problem.fix("devenv status --verbose        # says more; report that"))]
        }
    }
}

async fn read_before(context: &Context, identity: &Identity, looked: &mut Looked) {
    let supervisor = context.supervisor(identity);
    let runner = Runner { engine: &looked.engine, supervisor: &supervisor };
    let units: Vec<(Name, String)> = looked.ids.iter().map(|(name, id)| (name.clone(), id.clone())).collect();
    let options = LogOptions { follow: Follow::No, tail: Some(LINES_BEFORE), since: None };
    let history = &mut looked.history;
    let last = in_order(runner, &units, options, |name, line| {
        history.push((name.clone(), line.clone()));
        ControlFlow::Continue(())
    })
    .await;
    looked.read = units.into_iter().map(|(name, _)| name).zip(last).collect();
}

/// What the repo is written in, by the files in its folder and those of its apps.
pub fn languages(identity: &Identity, apps: &[App]) -> Vec<Language> {
    let mut folders: Vec<_> = apps.iter().map(|app| app_folder(&identity.root, app)).collect();
    folders.push(identity.root.clone());
    let is_there =
        |files: &[&str]| folders.iter().any(|folder| files.iter().any(|file| host::is_file(&folder.join(file))));
    Language::SIGNS.iter().filter(|(_, files)| is_there(files)).map(|(language, _)| *language).collect()
}
