//! What the old server dumps goes to the new one as it comes: never more than a piece is held here.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;
use tokio::time::Instant;

use super::BringOver;
use super::client::Client;
use super::globals::Globals;
use crate::engine::{Fault, FaultKind, Input, Piped, RunningCommand};
use crate::events::{Event, Stream};
use crate::problem::Problem;
use crate::words;

/// Neither of the two says or takes anything for so long: it is stuck. Building a large index is silent.
const SILENCE_LIMIT: Duration = Duration::from_secs(30 * 60);
/// How often it is told how far it is.
const TELL_EVERY: Duration = Duration::from_secs(5);
/// Lines of complaints that are kept of each.
const KEPT_LINES: usize = 15;

impl BringOver<'_> {
    /// # Errors
    /// One of the two failed, with its last lines.
    pub(super) async fn pass_on(&self, old: &Client<'_>, new: &Client<'_>, owner: &str) -> Result<(), Problem> {
        let faulty = |fault: Fault| self.faulty(&fault);
        let mut spec = old.command(&["pg_dumpall", "-w"], "");
        spec.input = Input::Closed;
        let dump = self.engine.start_command(&old.id, &spec).await.map_err(faulty)?;
        let load = ["psql", "-X", "-w", "-q", "-v", "ON_ERROR_STOP=1", "-o", "/dev/null"];
        let load = self.engine.start_command(&new.id, &new.command(&load, "postgres")).await.map_err(faulty)?;
        self.note(format!("PostgreSQL {} dumps, {} loads", self.had, self.wanted));
        let (dumped, loaded) = (dump.id.clone(), load.id.clone());
        let (dump_said, load_said) = (Tail::default(), Tail::default());
        self.pump(dump, load, (&dump_said, &load_said), Globals::new(owner)).await.map_err(faulty)?;
        let load_code = self.engine.command_result(&loaded).await.map_err(faulty)?;
        if load_code != 0 {
            return Err(self.not_loaded(load_said.into_lines()));
        }
        match self.engine.command_result(&dumped).await.map_err(faulty)? {
            0 => Ok(()),
            _ => Err(self.problem(format!("PostgreSQL {} could not dump it", self.had)).output(dump_said.into_lines())),
        }
    }

    async fn pump(
        &self,
        mut dump: RunningCommand,
        load: RunningCommand,
        (dump_said, load_said): (&Tail, &Tail),
        mut globals: Globals,
    ) -> Result<(), Fault> {
        let RunningCommand { mut output, mut input, .. } = load;
        let give = async {
            let (mut bytes_done, mut told) = (0_u64, Instant::now());
            while let Some(piece) = within(dump.output.next()).await? {
                let Piped { stream, bytes } = piece?;
                if stream == Stream::Stderr {
                    dump_said.add(&bytes);
                    continue;
                }
                // Whoever does not listen any more tells why.
                if within(input.write_all(&globals.pass(&bytes))).await?.is_err() {
                    break;
                }
                bytes_done += bytes.len() as u64;
                if told.elapsed() >= TELL_EVERY {
                    told = Instant::now();
                    self.note(format!("{} brought over so far", words::bytes(bytes_done)));
                }
            }
            let _ = input.write_all(&globals.finish()).await;
            let _ = input.shutdown().await;
            Ok::<(), Fault>(())
        };
        let take = async {
            while let Some(piece) = output.next().await {
                let Piped { stream, bytes } = piece?;
                if stream == Stream::Stderr {
                    load_said.add(&bytes);
                }
            }
            Ok::<(), Fault>(())
        };
        let (mut give, mut take) = (std::pin::pin!(give), std::pin::pin!(take));
        tokio::select! {
            given = &mut give => {
                given?;
                within(take).await?
            }
            taken = &mut take => taken,
        }
    }

    fn note(&self, text: String) {
        (self.tell)(Event::Note { name: Some(self.unit.name.clone()), text });
    }

    fn not_loaded(&self, lines: Vec<String>) -> Problem {
        let missing = lines.iter().find_map(|line| {
            let (_, rest) = line.split_once("extension \"")?;
            let (extension, rest) = rest.split_once('"')?;
            (rest.contains("is not available") || rest.contains("control file")).then(|| extension.to_owned())
        });
        let problem = match missing {
            Some(extension) => self.problem(format!("PostgreSQL {} has no extension `{extension}`", self.wanted)).fix(
                format!("DROP EXTENSION \"{extension}\"       # with {}, where nothing needs it any more", self.had),
            ),
            None => self.problem(format!("PostgreSQL {} did not take all of it", self.wanted)),
        };
        problem.output(lines)
    }
}

async fn within<T>(next: impl Future<Output = T>) -> Result<T, Fault> {
    tokio::time::timeout(SILENCE_LIMIT, next).await.map_err(|_| Fault { kind: FaultKind::Hung, message: String::new() })
}

/// The last lines that somebody said.
#[derive(Default)]
struct Tail {
    lines: RefCell<VecDeque<String>>,
    rest: RefCell<String>,
}

impl Tail {
    fn add(&self, bytes: &[u8]) {
        let mut rest = self.rest.borrow_mut();
        rest.push_str(&String::from_utf8_lossy(bytes));
        let mut lines = self.lines.borrow_mut();
        while let Some((line, after)) = rest.split_once('\n').map(|(line, after)| (line.to_owned(), after.to_owned())) {
            *rest = after;
            lines.push_back(line);
        }
        let excess = lines.len().saturating_sub(KEPT_LINES);
        lines.drain(..excess);
    }

    fn into_lines(self) -> Vec<String> {
        let rest = Some(self.rest.into_inner()).filter(|rest| !rest.is_empty());
        self.lines.into_inner().into_iter().chain(rest).collect()
    }
}
