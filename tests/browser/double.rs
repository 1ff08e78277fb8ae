//! The page with databases that exist in memory alone: what is clicked is what is asked, whoever fulfils it.

use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use devenv::events::ProblemReport;
use devenv::page::databases::{
    Address, Answer, Answering, Ask, Database, Databases, From, Key, Overview, Place, Snapshot, Undoable,
};
use devenv::page::picture::{Picture, Row};
use devenv::page::{Asked, Board, House, Language, serve, snippets};
use devenv::problem::{Problem, kinds};
use tokio::sync::{mpsc, oneshot};

const NOW_MS: u64 = 1_000;

/// Answers as a real one would, and notes what it was asked.
#[derive(Clone, Default)]
pub struct Double {
    overview: Arc<Mutex<Overview>>,
    pub asked: Arc<Mutex<Vec<Ask>>>,
}

fn place(id: &str, label: &str, engine: &str, is_service: bool) -> Place {
    Place {
        id: id.into(),
        label: label.into(),
        engine: engine.into(),
        is_service,
        is_running: is_service,
        has_seed: is_service,
    }
}

fn database(place: &str, name: &str, origin: &str) -> Database {
    let key = Key { place: place.into(), name: name.into() };
    let now = std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis() as u64;
    Database {
        key,
        is_main: false,
        size: Some(8_400_000),
        sessions: Some(0),
        made_ms: Some(now - NOW_MS),
        expires_ms: None,
        origin: origin.into(),
    }
}

impl Double {
    pub fn with_a_shop() -> Self {
        let main = Database { is_main: true, size: Some(52_000_000), sessions: Some(3), ..database("db", "shop", "") };
        let places = vec![
            place("db", "PostgreSQL 17", "postgres", true),
            place("mariadb@11", "MariaDB 11", "mariadb", false),
            place("redis@8", "Redis 8", "redis", false),
        ];
        let overview = Overview { places, databases: vec![main], ..Overview::default() };
        Self { overview: Arc::new(Mutex::new(overview)), ..Self::default() }
    }

    pub fn empty() -> Self {
        let double = Self::with_a_shop();
        double.overview.lock().unwrap().databases.clear();
        double
    }

    fn act(&self, ask: Ask) -> Result<Answer, ProblemReport> {
        let mut overview = self.overview.lock().unwrap();
        match ask {
            Ask::List => Ok(Answer::Overview(overview.clone())),
            Ask::Create { place, from, name, seconds } => {
                let name = name.unwrap_or_else(|| format!("scratch-{}", overview.databases.len()));
                if overview.databases.iter().any(|known| known.key.place == place && known.key.name == name) {
                    let problem = Problem::new(&kinds::UNKNOWN_NAME, format!("there is a database `{name}` already"));
                    return Err(ProblemReport::from(&problem.fix("choose another name")));
                }
                let origin = match from {
                    From::Database { name } => format!("copy of {name}"),
                    other => format!("{other:?}").to_lowercase(),
                };
                let made = database(&place, &name, &origin);
                let expires_ms = seconds.and_then(|seconds| Some(made.made_ms? + seconds * 1000));
                let key = made.key.clone();
                overview.databases.push(Database { expires_ms, ..made });
                Ok(Answer::Address(address(key)))
            }
            Ask::Clone { database: key, .. } => {
                let copy = database(&key.place, &format!("{}-copy", key.name), &format!("copy of {}", key.name));
                overview.databases.push(copy.clone());
                Ok(Answer::Address(address(copy.key)))
            }
            Ask::Address { database } => Ok(Answer::Address(address(database))),
            Ask::Snapshot { database: of } => {
                let made_ms = overview.databases[0].made_ms.unwrap();
                overview.snapshots.push(Snapshot {
                    id: "s1".into(),
                    of,
                    size: 3_100_000,
                    made_ms,
                    because: "asked for".into(),
                });
                Ok(Answer::Done)
            }
            Ask::Drop { database: key } => {
                overview.databases.retain(|known| known.key != key);
                let done = Undoable {
                    id: key.name.clone(),
                    what: format!("{} was dropped", key.name),
                    at_ms: overview.databases[0].made_ms.unwrap(),
                };
                overview.undoable.push(done.clone());
                Ok(Answer::Undoable(done))
            }
            Ask::Restore { database: key, .. } => Ok(Answer::Undoable(Undoable {
                id: key.name.clone(),
                what: format!("{} was restored", key.name),
                at_ms: 1,
            })),
            Ask::Undo { id } => {
                overview.undoable.retain(|known| known.id != id);
                overview.databases.push(database("db", &id, "brought back"));
                Ok(Answer::Done)
            }
            Ask::Extend { database: key, seconds } => {
                let now = overview.databases[0].made_ms.unwrap();
                let expires_ms = seconds.map(|seconds| now + seconds * 1000);
                overview
                    .databases
                    .iter_mut()
                    .filter(|known| known.key == key)
                    .for_each(|known| known.expires_ms = expires_ms);
                Ok(Answer::Done)
            }
        }
    }
}

fn address(database: Key) -> Address {
    let scheme = if database.place == "db" { "postgres" } else { database.place.split('@').next().unwrap() };
    let url = format!("{scheme}://app:p4711@127.0.0.1:5432/{}", database.name);
    let snippets = snippets(&url, &[Language::Node, Language::Python]);
    Address { database, url, snippets }
}

impl Databases for Double {
    fn answer(&self, ask: Ask) -> Answering<'_> {
        if ask != Ask::List {
            self.asked.lock().unwrap().push(ask.clone());
        }
        Box::pin(std::future::ready(self.act(ask)))
    }
}

fn row() -> Row {
    let report = serde_json::json!({
        "name": "db", "kind": "service", "state": "ready", "ready": true, "url": null, "host": "127.0.0.1", "port": 5432, "version": "17",
    });
    Row {
        report: serde_json::from_value(report).unwrap(),
        word: "ready".into(),
        since_ms: None,
        why: None,
        doing: None,
    }
}

/// A page with these databases, for as long as it is kept.
pub struct DoubledPage {
    pub url: String,
    end: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl DoubledPage {
    pub fn open(databases: Double) -> Self {
        let (tell, told) = std::sync::mpsc::channel();
        let (end, ended) = oneshot::channel();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
                let key = devenv::page::Key::new(listener.local_addr().unwrap().port()).unwrap();
                tell.send(key.url()).unwrap();
                let (project, folder) = ("shop".to_owned(), "~/work/shop".to_owned());
                let picture = Picture { project, folder, is_known: true, rows: vec![row()], ..Picture::default() };
                let board = Arc::new(Board::new("run".into(), picture));
                let (desk, mut asked) = mpsc::channel(8);
                let server = tokio::spawn(serve(listener, Arc::new(House::new(board, key, desk))));
                let fulfil = async {
                    while let Some(asked) = asked.recv().await {
                        match asked {
                            Asked::Wish(_, reply) => drop(reply.send(Ok(()))),
                            Asked::Databases(ask, reply) => drop(reply.send(databases.answer(ask).await)),
                        }
                    }
                };
                tokio::select! { () = fulfil => {}, _ = ended => {} }
                server.abort();
            });
        });
        Self { url: told.recv().unwrap(), end: Some(end), thread: Some(thread) }
    }
}

impl Drop for DoubledPage {
    fn drop(&mut self) {
        drop(self.end.take());
        let _ = self.thread.take().map(JoinHandle::join);
    }
}
