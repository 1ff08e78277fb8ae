//! A server that runs, and how its own client beside it is asked.

use std::io::Read;
use std::path::{Path, PathBuf};

use bytes::Bytes;
use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;
use tokio::sync::mpsc;

use super::patience::{PATIENCE, QUESTION_LIMIT, within};
use super::provider::{self, Account, Call, Provider};
use super::{Found, Target};
use crate::catalog;
use crate::engine::{CommandSpec, Doing, Engine, Fault, FaultKind, FileStream, Input, Piped, RunningCommand};
use crate::events::Stream;
use crate::model::{self, Unit};
use crate::names::{Name, Port, Sensitive};
use crate::problem::{Problem, kinds};
use crate::words;

/// How much is read from a file at a time, in bytes.
const PIECE: usize = 256 << 10;
/// How many lines of what a client says are kept.
const KEPT_LINES: usize = 20;

/// A service that runs, and in which databases can be made.
pub struct Server {
    pub(super) engine: Engine,
    /// The engine's id of it.
    pub(super) id: String,
    pub service: Name,
    /// For example `PostgreSQL 17`.
    pub title: String,
    pub entry: &'static catalog::ServiceEntry,
    pub provider: &'static dyn Provider,
    pub account: Account,
    pub port: Option<Port>,
    /// The folder of its environment, where that is none that a person is in: it is of their own, outside of every repo.
    pub elsewhere: Option<PathBuf>,
}

type Output = std::pin::Pin<Box<dyn futures_util::Stream<Item = Result<Piped, Fault>> + Send>>;

/// What a client said until it ended.
struct Said {
    code: i64,
    out: Vec<u8>,
    err: Vec<u8>,
}

/// The database that a service begins with; `None` = databases can't be made in it.
pub fn own_database(unit: &Unit) -> Option<&str> {
    let provider = provider::of(catalog::service(unit.catalog_id?)?.id)?;
    let model::Probe::Protocol { login, .. } = &unit.ready.probe else { return None };
    Some(if provider.numbers().is_some() { "0" } else { &login.database })
}

impl Server {
    /// `None` = databases can't be made in it.
    pub fn of(engine: &Engine, id: &str, unit: &Unit) -> Option<Self> {
        let entry = catalog::service(unit.catalog_id?)?;
        let provider = provider::of(entry.id)?;
        let model::Probe::Protocol { login, .. } = &unit.ready.probe else { return None };
        let account = Account {
            user: login.user.clone(),
            password: login.password.clone(),
            database: own_database(unit)?.to_owned(),
            version: unit.version.clone().unwrap_or_default(),
        };
        Some(Self {
            engine: engine.clone(),
            id: id.to_owned(),
            service: unit.name.clone(),
            title: unit.title.clone(),
            entry,
            provider,
            account,
            port: unit.port.map(|lease| lease.outside),
            elsewhere: None,
        })
    }

    /// The engine that it runs in.
    pub fn engine(&self) -> &Engine {
        &self.engine
    }

    /// A command line that is about this server from wherever the person is: `devenv logs db`.
    pub fn command(&self, line: &str) -> String {
        command(line, self.elsewhere.as_deref())
    }

    /// Where a database is reached from this computer, with its login.
    pub fn url(&self, target: &Target) -> Sensitive {
        let template = self.entry.attributes.iter().find(|(name, _)| *name == "url").map_or("", |(_, url)| url);
        let password = self.account.password.as_ref().map_or("", Sensitive::reveal);
        let port = self.port.map_or_else(String::new, |port| port.to_string());
        let url = template.replace("{host}", "127.0.0.1").replace("{port}", &port);
        let url = url.replace("{user}", &words::percent_encoded(&self.account.user));
        let url = url.replace("{database}", &words::percent_encoded(&target.name));
        let url = target.number.map_or(url.clone(), |number| format!("{url}/{number}"));
        Sensitive::new(url.replace("{password}", &words::percent_encoded(password)))
    }

    /// The same without the password, for what others can see.
    pub fn url_without_password(&self, target: &Target) -> String {
        let password = self.account.password.as_ref().map_or("", Sensitive::reveal);
        let secret = format!(":{}@", words::percent_encoded(password));
        self.url(target).reveal().replace(&secret, "@")
    }

    /// What is there.
    ///
    /// # Errors
    /// As of [`Server::ask`].
    pub async fn list(&self) -> Result<Vec<Found>, Problem> {
        let said = self.ask(&self.provider.list(&self.account)).await?;
        provider::read_list(&said).map_err(|why| self.refused("it did not list its databases").detail(why))
    }

    /// Puts a question; answers what was printed.
    ///
    /// # Errors
    /// The server refused it, or it or the engine went away.
    pub async fn ask(&self, call: &Call) -> Result<String, Problem> {
        let said = within(QUESTION_LIMIT, self.say(call)).await.map_err(|fault| self.faulty(&fault, call))?;
        self.answered(said)
    }

    fn answered(&self, said: Said) -> Result<String, Problem> {
        match said.code {
            0 => Ok(String::from_utf8_lossy(&said.out).into_owned()),
            _ => Err(self.refused(&reason(&said.err)).output(last_lines(&said.err))),
        }
    }

    /// Tries one way after the other until one is not refused, however long that takes.
    ///
    /// # Errors
    /// That of the last.
    pub async fn ask_either(&self, calls: &[Call]) -> Result<(), Problem> {
        let mut last = Ok(());
        for call in calls {
            let said = self.say_at_length(call).await.map_err(|fault| self.faulty(&fault, call));
            last = said.and_then(|said| self.answered(said)).map(|_| ());
            if last.is_ok() {
                break;
            }
        }
        last
    }

    /// Has a database called otherwise, which takes no time at one server and as long as a copy at another.
    ///
    /// # Errors
    /// As of [`Server::ask`].
    pub async fn ask_to_move(&self, call: Call) -> Result<(), Problem> {
        match self.provider.moves_at_length() {
            true => self.ask_either(&[call]).await,
            false => self.ask(&call).await.map(|_| ()),
        }
    }

    /// Reads what a command writes, piece by piece.
    ///
    /// # Errors
    /// As of [`Server::ask`], and what `piece` answers.
    pub async fn read_from(
        &self,
        call: &Call,
        mut piece: impl FnMut(&[u8]) -> std::io::Result<()>,
    ) -> Result<(), Problem> {
        let faulty = |fault: Fault| self.faulty(&fault, call);
        let RunningCommand { id, mut output, mut input } = self.start(call).await.map_err(faulty)?;
        let _ = input.write_all(call.input.as_bytes()).await;
        let _ = input.shutdown().await;
        let mut err = Vec::new();
        while let Some(Piped { stream, bytes }) = self.next(&id, &mut output).await.map_err(faulty)? {
            match stream {
                Stream::Stdout => piece(&bytes).map_err(|error| unwritable(&error))?,
                Stream::Stderr => keep_end(&mut err, &bytes),
            }
        }
        match self.engine.command_result(&id).await.map_err(faulty)? {
            0 => Ok(()),
            _ => Err(self.cut_short(&err).await),
        }
    }

    /// Why a command has failed, by what it said. One that goes down with its server says nothing.
    async fn cut_short(&self, err: &[u8]) -> Problem {
        if err.is_empty() && self.list().await.is_err() {
            return self.faulty(&Fault { kind: FaultKind::NotRunning, message: String::new() }, &Call::default());
        }
        self.refused(&reason(err)).output(last_lines(err))
    }

    /// Pipes a reader into a command; `passed` is told of every piece.
    ///
    /// # Errors
    /// As of [`Server::ask`]; the reader's are [`kinds::DUMP_UNREADABLE`].
    pub async fn write_to(
        &self,
        call: &Call,
        reader: Box<dyn Read + Send>,
        mut passed: impl FnMut(u64),
    ) -> Result<(), Problem> {
        let faulty = |fault: Fault| self.faulty(&fault, call);
        let RunningCommand { id, mut output, mut input } = self.start(call).await.map_err(faulty)?;
        let mut pieces = pieces(reader);
        let give = async {
            while let Some(piece) = pieces.recv().await {
                let piece = piece?;
                // Whoever does not listen any more says why.
                if input.write_all(&piece).await.is_err() {
                    break;
                }
                passed(piece.len() as u64);
            }
            let _ = input.shutdown().await;
            Ok::<(), std::io::Error>(())
        };
        let take = async {
            let mut err = Vec::new();
            while let Some(Piped { stream, bytes }) = self.next(&id, &mut output).await? {
                if stream == Stream::Stderr {
                    keep_end(&mut err, &bytes);
                }
            }
            Ok::<_, Fault>(err)
        };
        let (mut give, mut take) = (std::pin::pin!(give), std::pin::pin!(take));
        let err = tokio::select! {
            given = &mut give => {
                given.map_err(|error| unreadable(&error))?;
                take.await.map_err(faulty)?
            }
            taken = &mut take => taken.map_err(faulty)?,
        };
        match self.engine.command_result(&id).await.map_err(faulty)? {
            0 => Ok(()),
            _ => Err(self.cut_short(&err).await),
        }
    }

    /// Writes files beside the server.
    ///
    /// # Errors
    /// The engine's.
    pub async fn put_files(&self, files: Vec<FileStream>) -> Result<(), Problem> {
        let doing = Doing::Create { unit: self.service.to_string() };
        self.engine.put_streams(&self.id, files).await.map_err(|fault| fault.problem(&doing))
    }

    async fn say(&self, call: &Call) -> Result<Said, Fault> {
        let RunningCommand { id, mut output, mut input } = self.start(call).await?;
        let _ = input.write_all(call.input.as_bytes()).await;
        let _ = input.shutdown().await;
        let (mut out, mut err) = (Vec::new(), Vec::new());
        while let Some(piece) = output.next().await {
            let Piped { stream, bytes } = piece?;
            if stream == Stream::Stdout { out.extend_from_slice(&bytes) } else { keep_end(&mut err, &bytes) }
        }
        Ok(Said { code: self.engine.command_result(&id).await?, out, err })
    }

    /// The same for what may take any time: it is looked at while it says nothing.
    async fn say_at_length(&self, call: &Call) -> Result<Said, Fault> {
        let RunningCommand { id, mut output, mut input } = self.start(call).await?;
        let _ = input.write_all(call.input.as_bytes()).await;
        let _ = input.shutdown().await;
        let (mut out, mut err) = (Vec::new(), Vec::new());
        while let Some(Piped { stream, bytes }) = self.next(&id, &mut output).await? {
            if stream == Stream::Stdout { out.extend_from_slice(&bytes) } else { keep_end(&mut err, &bytes) }
        }
        Ok(Said { code: self.engine.command_result(&id).await?, out, err })
    }

    async fn next(&self, id: &str, output: &mut Output) -> Result<Option<Piped>, Fault> {
        let list = self.provider.list(&self.account);
        let runs = async || within(QUESTION_LIMIT, self.engine.has_process(id)).await;
        let answers = async || within(QUESTION_LIMIT, self.say(&list)).await.map(|_| ());
        PATIENCE.next(output, runs, answers).await
    }

    async fn start(&self, call: &Call) -> Result<RunningCommand, Fault> {
        let spec = CommandSpec {
            command: call.command.clone(),
            env: call.variables.iter().map(|(key, value)| format!("{key}={}", value.reveal())).collect(),
            input: Input::Open,
            ..CommandSpec::default()
        };
        self.engine.start_command(&self.id, &spec).await
    }

    pub(super) fn refused(&self, why: &str) -> Problem {
        let what = format!("`{}` did not do what was asked of it", self.service);
        Problem::new(&kinds::DATABASE_REFUSED, what).why(why).fix(self.command(&format!("logs {}", self.service)))
    }

    pub(super) fn faulty(&self, fault: &Fault, call: &Call) -> Problem {
        if fault.kind == FaultKind::NotRunning || fault.kind == FaultKind::Lost {
            let what = format!("`{}` ended in the middle of it", self.service);
            return Problem::new(&kinds::ENDED_MEANWHILE, what)
                .why("it was stopped or replaced, or ended on its own; its databases are as they were before, or as they were to become")
                .fix(format!("{}        # then once more", self.command(&format!("up {}", self.service))));
        }
        let command = call.command.first().cloned().unwrap_or_default();
        fault.problem(&Doing::Run { unit: self.service.to_string(), command })
    }
}

/// What is typed so that an environment is meant that the person is not in.
fn command(line: &str, elsewhere: Option<&Path>) -> String {
    match elsewhere {
        None => format!("devenv {line}"),
        Some(_) if line.starts_with("db ") => format!("devenv {line} --scratch"),
        Some(folder) => format!("devenv -C {} {line}", words::shell_word(&folder.display().to_string())),
    }
}

/// A file's pieces, read by a thread of their own: a pipe may keep its reader waiting.
fn pieces(mut reader: Box<dyn Read + Send>) -> mpsc::Receiver<std::io::Result<Bytes>> {
    let (give, take) = mpsc::channel(4);
    std::thread::spawn(move || {
        loop {
            let mut piece = vec![0; PIECE];
            let read = match reader.read(&mut piece) {
                Ok(0) => return,
                Ok(read) => {
                    piece.truncate(read);
                    Ok(Bytes::from(piece))
                }
                Err(error) if error.kind() == std::io::ErrorKind::Interrupted => continue,
                Err(error) => Err(error),
            };
            let failed = read.is_err();
            if give.blocking_send(read).is_err() || failed {
                return;
            }
        }
    });
    take
}

/// Keeps the end of what was said, however much that is.
fn keep_end(said: &mut Vec<u8>, bytes: &[u8]) {
    const KEPT: usize = 32 << 10;
    said.extend_from_slice(bytes);
    if said.len() > 2 * KEPT {
        said.drain(..said.len() - KEPT);
    }
}

fn last_lines(said: &[u8]) -> Vec<String> {
    let lines: Vec<String> = String::from_utf8_lossy(said).lines().map(str::to_owned).collect();
    lines[lines.len().saturating_sub(KEPT_LINES)..].to_vec()
}

/// What a server's client says of an error, without where in our script it happened.
fn reason(said: &[u8]) -> String {
    let text = String::from_utf8_lossy(said);
    let line = text.lines().find(|line| line.contains("ERROR") || line.contains("error:") || line.contains("FATAL"));
    let line = line.or_else(|| text.lines().last()).unwrap_or("it ended without a word");
    match line.split_once("ERROR:") {
        Some((_, rest)) => rest.trim().to_owned(),
        None => line.trim().to_owned(),
    }
}

fn unwritable(error: &std::io::Error) -> Problem {
    Problem::new(&kinds::SNAPSHOT_UNWRITABLE, "what the server gave could not be written down")
        .why(error.to_string())
        .fix("see to it that there is room, and that your user may write there")
}

fn unreadable(error: &std::io::Error) -> Problem {
    if let Some(refused) = error.get_ref().and_then(|inner| inner.downcast_ref::<crate::sieve::Refused>()) {
        return Problem::new(&kinds::DUMP_REFUSED, "the file reaches beyond the database that it is loaded into")
            .why(refused.to_string())
            .fix("look at that line: take it out if it is yours, and ask where the file comes from if it is not");
    }
    Problem::new(&kinds::DUMP_UNREADABLE, "the file could not be read to its end")
        .why(error.to_string())
        .fix("get the file once more: it is cut off or damaged")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_reason_is_what_the_server_says_and_not_where_in_our_script() {
        assert_eq!(reason(b"psql:<stdin>:1: ERROR:  database \"x\" already exists\n"), "database \"x\" already exists");
        assert_eq!(reason(b"sh: 1: psql: not found\n"), "sh: 1: psql: not found");
        assert_eq!(reason(b""), "it ended without a word");
    }

    #[test]
    fn what_is_typed_means_the_same_server_from_any_folder() {
        let folder = Path::new("/home/ada/my state/scratch");
        assert_eq!(command("logs db", None), "devenv logs db");
        assert_eq!(command("logs postgres", Some(folder)), "devenv -C '/home/ada/my state/scratch' logs postgres");
        assert_eq!(command("db create m", Some(folder)), "devenv db create m --scratch");
    }
}
