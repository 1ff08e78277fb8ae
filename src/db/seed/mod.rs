//! What a new database is filled with: the files, the command or the snapshot that `seed` in the manifest names.
//!
//! A seed is found first, with everything it needs, before anything is made for it; what it is known by changes with every byte of it.

mod fetched;
mod source;

use std::path::Path;
use std::time::Duration;

use sha2::{Digest, Sha256};

use fetched::fetched;
use source::Source;

use super::dump::{Dump, line_of};
use super::provider::{Call, Then};
use super::{ASIDE, SIDE, Server, Target};
use crate::engine::FileStream;
use crate::host::{self, Known, Wish};
use crate::manifest;
use crate::model::Seed;
use crate::names::Name;
use crate::problem::{Problem, kinds};
use crate::words;

/// Changes whenever a seed is put into a database in another way than before.
const SCHEME: &str = "1";

/// A seed of which everything is there.
#[derive(Debug, Clone)]
pub struct Found {
    parts: Vec<Part>,
    /// What it is known by, in hexadecimal digits.
    pub hash: String,
    /// How long it may take to fill a database with it; `None` = as long as it likes.
    within: Option<Duration>,
}

#[derive(Debug, Clone)]
enum Part {
    /// A dump or statements.
    File(Source),
    /// A command, and the files that it finds beside it, called as they are there.
    Command { run: String, files: Vec<Source> },
}

impl Found {
    /// Looks for everything that a seed needs, and fetches what is elsewhere into the `cache`. Takes as long as reading all of it.
    ///
    /// # Errors
    /// Something of it is not there, can't be read or fetched, or is not what it should be.
    pub fn look(seed: &Seed, cache: &Path) -> Result<Self, Problem> {
        let mut hash = Sha256::new();
        let mut add = |text: &str| {
            hash.update((text.len() as u64).to_le_bytes());
            hash.update(text.as_bytes());
        };
        add(SCHEME);
        let parts = match &seed.what {
            manifest::Seed::Files(files) => {
                let mut parts = Vec::new();
                for file in files {
                    let source = Source::find(file, &seed.root, seed.root.join(file))?;
                    add(&source.sha256);
                    parts.push(Part::File(source));
                }
                parts
            }
            manifest::Seed::Snapshot { from, sha256 } => {
                let source = snapshot(seed, (from, sha256.as_deref()), cache)?;
                add(&source.sha256);
                vec![Part::File(source)]
            }
            manifest::Seed::Command { run, inputs } => {
                add(run);
                let files = inputs_of(seed, inputs)?;
                for file in &files {
                    add(&file.shown);
                    add(&file.sha256);
                }
                vec![Part::Command { run: run.clone(), files }]
            }
        };
        Ok(Self { parts, hash: words::hex(&hash.finalize()), within: None })
    }

    /// The same, to be given up after a while: where nobody waits for it who could end it.
    #[must_use]
    pub fn within(self, limit: Duration) -> Self {
        Self { within: Some(limit), ..self }
    }

    /// As [`Found::look`], beside everything else that goes on.
    ///
    /// # Errors
    /// As there.
    pub async fn look_beside(seed: &Seed, cache: &Path) -> Result<Self, Problem> {
        let (seed, cache) = (seed.clone(), cache.to_owned());
        let looked = tokio::task::spawn_blocking(move || Self::look(&seed, &cache)).await;
        looked.unwrap_or_else(|error| Err(unusable("the seed could not be looked at", &error.to_string())))
    }

    /// Fills the own database of a server that is nobody's yet.
    ///
    /// # Errors
    /// As of [`Found::pour`].
    pub async fn begin(&self, server: &Server) -> Result<(), Problem> {
        let (provider, account) = (server.provider, &server.account);
        let own = Target::named(&account.database);
        let number = provider.numbers().map(|limit| limit - 1);
        let of_ours = |prefix: &str| Target { name: format!("{prefix}seed"), number };
        let (side, aside) = (of_ours(SIDE), of_ours(ASIDE));
        server.ask(&provider.create(account, &side, Some(&own))).await?;
        self.pour(server, &side, &|_| {}).await?;
        server.ask_to_move(provider.swap(account, &own, &side, &aside)).await?;
        server.ask(&provider.remove(account, &aside)).await.map(|_| ())
    }

    /// Puts all of it into an empty database of a command's own; `tell` is told what is put in.
    ///
    /// Files are confined as whatever is imported; a command is the repo's as its apps are.
    ///
    /// # Errors
    /// A part of it is wrong, with its file and line where the server tells them, or does not come to an end in time; the database is
    /// half filled then.
    pub async fn pour(&self, server: &Server, into: &Target, tell: &dyn Fn(String)) -> Result<(), Problem> {
        let began = tokio::time::Instant::now();
        for (index, part) in self.parts.iter().enumerate() {
            let (said, shown) = part.said();
            tell(said);
            let then = if index + 1 < self.parts.len() { Then::More } else { Then::Done };
            let poured = part.pour(server, into, then);
            let left = self.within.map(|limit| (limit.saturating_sub(began.elapsed()), limit));
            let done = match left {
                None => poured.await,
                Some((left, limit)) => match tokio::time::timeout(left, poured).await {
                    Ok(done) => done,
                    Err(_) => {
                        end_beside(server, into).await;
                        return Err(out_of_time(&server.service, &shown, limit));
                    }
                },
            };
            done.map_err(|problem| failed(server, &shown, problem))?;
        }
        Ok(())
    }
}

impl Part {
    /// What is told when it is put in, and what a person calls it.
    fn said(&self) -> (String, String) {
        match self {
            Self::File(Source { shown, .. }) => (format!("filling it with {shown}"), shown.clone()),
            Self::Command { run, .. } => (format!("filling it by `{run}`"), format!("`{run}`")),
        }
    }

    async fn pour(&self, server: &Server, into: &Target, then: Then) -> Result<(), Problem> {
        match self {
            Self::File(source) => {
                let file = source.open()?;
                let (reads, reader) = Dump::read(source::reader(&file), &source.shown)?.confined(server)?;
                let call = server.importing(into, (reads, then)).marked(&into.name);
                let written = server.write_to(&call, reader, |_| {}).await;
                written?;
                source.check(file).await
            }
            Self::Command { run, files } => run_beside(server, into, (run, files)).await,
        }
    }
}

/// Where a command beside the server finds its files.
fn folder_of(into: &Target) -> String {
    format!("/devenv-seed-{}", into.name)
}

/// Ends what a part that was given up has left at the server. What does not end at once is ended by the next command.
async fn end_beside(server: &Server, into: &Target) {
    let _ = server.end_calls(&into.name).await;
    let command = ["rm", "-rf", &folder_of(into)].map(str::to_owned).to_vec();
    let _ = server.ask(&Call { command, ..Call::default() }).await;
}

/// Runs a command beside the server, in a folder of its own with the files that it needs.
async fn run_beside(server: &Server, into: &Target, (run, files): (&str, &[Source])) -> Result<(), Problem> {
    let folder = folder_of(into);
    let mark =
        FileStream { target: format!("{folder}/.devenv"), mode: 0o644, size: 0, content: Box::new(std::io::empty()) };
    let streams = files.iter().map(|source| FileStream {
        target: format!("{folder}/{}", source.shown),
        mode: if source.is_script { 0o755 } else { 0o644 },
        size: source.size,
        content: Box::new(source.later()),
    });
    let put = server.put_files(std::iter::once(mark).chain(streams).collect()).await;
    if put.is_err() {
        // One that was changed meanwhile tells more than what came of it.
        for source in files {
            source.check(source.open()?).await?;
        }
    }
    put?;
    let call = server.provider.beside(&server.account, into, (&folder, run)).marked(&into.name);
    // What it prints is nobody's; what it complains of is told where it fails.
    server.read_from(&call, |_| Ok(())).await
}

fn inputs_of(seed: &Seed, inputs: &[String]) -> Result<Vec<Source>, Problem> {
    let wish = Wish { folder: &seed.root, globs: inputs };
    let seen = host::look_at_inputs(&seed.root, &[wish], &mut Known::default());
    let seen =
        seen.map_err(|_| unusable("the `inputs` of the seed can't be read", "a pattern is wrong, or finds too much"))?;
    let seen = seen.into_iter().next().unwrap_or_default();
    if let Some(missing) = seen.missing.first() {
        return Err(self::missing(missing, "it is one of the `inputs` of the seed's command, and finds nothing"));
    }
    seen.contents.into_keys().map(|name| Source::find(&name, &seed.root, seed.root.join(&name))).collect()
}

/// Where a snapshot is, and its checksum.
fn snapshot(seed: &Seed, (from, wanted): (&str, Option<&str>), cache: &Path) -> Result<Source, Problem> {
    if manifest::Seed::is_url(from) {
        return fetched(from, wanted.unwrap_or_default(), cache);
    }
    let source = Source::find(from, &seed.root, seed.root.join(from))?;
    if wanted.is_none_or(|wanted| wanted == source.sha256) {
        Ok(source)
    } else {
        Err(other(from, wanted, &source.sha256))
    }
}

fn missing(shown: &str, why: &str) -> Problem {
    unusable(&format!("`{shown}`, which a new database is filled with, can't be had"), why)
}

fn unusable(what: &str, why: &str) -> Problem {
    Problem::new(&kinds::SEED_MISSING, what).why(why).fix("correct `seed` in dev.yaml, or add the file to the repo")
}

fn other(shown: &str, wanted: Option<&str>, found: &str) -> Problem {
    Problem::new(&kinds::SEED_OTHER, format!("`{shown}` is not the seed that dev.yaml means"))
        .why(format!("its checksum is {found}, and dev.yaml has {}", wanted.unwrap_or("none")))
        .fix(format!("sha256: {found}        # in dev.yaml, if it is right as it is"))
}

/// What went wrong, with the line where the server tells it.
fn failed(server: &Server, shown: &str, problem: Problem) -> Problem {
    if problem.kind == &kinds::DUMP_REFUSED {
        return Problem { what: format!("`{shown}` reaches beyond the database that it is loaded into"), ..problem };
    }
    if problem.kind != &kinds::DATABASE_REFUSED && problem.kind != &kinds::DUMP_UNREADABLE {
        return problem;
    }
    let line = problem.output.iter().find_map(|said| line_of(said));
    let place = line.map_or_else(|| shown.to_owned(), |line| format!("{shown}, line {line}"));
    Problem::new(&kinds::SEED_FAILED, format!("`{}` could not be filled with {place}", server.service))
        .why(problem.why)
        .fix(format!("correct it, then: devenv up {}        # begins with it again", server.service))
        .output(problem.output)
}

/// What is told when a part of a seed does not come to an end.
pub fn out_of_time(service: &Name, shown: &str, limit: Duration) -> Problem {
    let within = words::duration(limit);
    Problem::new(&kinds::SEED_DEADLINE, format!("`{service}` was not filled with {shown} within {within}"))
        .why("it was ended; it may wait for an answer that nobody gives, or for something that does not come")
        .fix("look at what it does, and let it ask nothing")
        .fix("devenv up --timeout 2h        # if it only needs longer")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(root: &Path, what: manifest::Seed) -> Result<Found, Problem> {
        Found::look(&Seed { root: root.to_owned(), what }, &root.join("cache"))
    }

    #[test]
    fn a_seed_is_known_by_every_byte_of_it_and_not_by_where_it_is() {
        let (one, two) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let write = |root: &Path, name: &str, text: &str| host::write_file(&root.join(name), text.as_bytes()).unwrap();
        let files = || manifest::Seed::Files(vec!["a.sql".into()]);
        let command = |run: &str| manifest::Seed::Command { run: run.into(), inputs: vec!["*.sql".into()] };
        for root in [one.path(), two.path()] {
            write(root, "a.sql", "select 1");
        }
        let hash = |root: &Path, what| found(root, what).unwrap().hash;
        assert_eq!(hash(one.path(), files()), hash(two.path(), files()));
        assert_eq!(hash(one.path(), command("x")), hash(two.path(), command("x")));
        assert_ne!(hash(one.path(), command("x")), hash(one.path(), command("y")));
        write(two.path(), "a.sql", "select 2");
        assert_ne!(hash(one.path(), files()), hash(two.path(), files()));
        assert_ne!(hash(one.path(), command("x")), hash(two.path(), command("x")));
        write(one.path(), "b.sql", "");
        assert_ne!(hash(one.path(), command("x")), hash(two.path(), command("x")));
    }

    #[test]
    fn what_is_missing_or_other_is_told() {
        let home = tempfile::tempdir().unwrap();
        host::write_file(&home.path().join("a.dump"), b"rows").unwrap();
        let snapshot = |from: &str, sha256: &str| {
            found(home.path(), manifest::Seed::Snapshot { from: from.into(), sha256: Some(sha256.into()) })
        };
        // Of `printf rows | sha256sum`.
        let right = "bc51e9e65d79e1c90ba544ab2eae1044ccdf8c1af7a559ba375cba4276f7d99e";
        assert!(snapshot("a.dump", right).is_ok());
        assert_eq!(snapshot("a.dump", &"0".repeat(64)).unwrap_err().kind, &kinds::SEED_OTHER);
        assert_eq!(snapshot("b.dump", right).unwrap_err().kind, &kinds::SEED_MISSING);
        let command = manifest::Seed::Command { run: "x".into(), inputs: vec!["nothing/*.sql".into()] };
        assert_eq!(found(home.path(), command).unwrap_err().kind, &kinds::SEED_MISSING);
    }
}
