//! Questions to one of the two servers, by its own client beside it. No password is ever an argument.

use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::io::AsyncWriteExt;

use super::BringOver;
use crate::engine::{CommandSpec, Fault, Input, Piped, RunningCommand};
use crate::events::Stream;
use crate::problem::Problem;

/// A server, and who we are there.
pub struct Client<'a> {
    pub of: &'a BringOver<'a>,
    /// The engine's id of it.
    pub id: String,
    pub user: String,
}

/// What is in each database: tables, rows and large objects. Roles count under no name.
pub type Contents = BTreeMap<String, Vec<u64>>;

/// A line for each table of the developer, with the number of its rows; what belongs to an extension is made by that.
const COUNT: &str = r"
select format('select count(*) from only %I.%I', n.nspname, c.relname)
from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind = 'r' and c.relpersistence <> 't' and n.nspname <> 'information_schema' and n.nspname !~ '^pg_'
and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
\gexec
select 'large ' || count(*) from pg_largeobject_metadata;
";
const DATABASES: &str = "select datname from pg_database where datallowconn and not datistemplate;";
const ROLES: &str = "select count(*) from pg_roles where rolname !~ '^pg_';";
/// The role that the server was begun with.
const OWNER: &str = "select rolname from pg_roles where oid = 10;";

/// What a command has said.
struct Said {
    code: i64,
    out: String,
    err: Vec<String>,
}

impl Client<'_> {
    /// Waits until the server answers, as the first of these that it knows.
    ///
    /// Asked over TCP: while a first start is under way there is a temporary server that does not listen there.
    pub async fn find_user(mut self, users: &[String], limit: Duration) -> Result<Self, Problem> {
        /// The server tells nobody when it begins to listen.
        const PAUSE: Duration = Duration::from_millis(100);
        let began = tokio::time::Instant::now();
        loop {
            let mut refusals = Vec::new();
            for user in users {
                self.user.clone_from(user);
                let spec = self.command(&["psql", "-X", "-w", "-At", "-h", "127.0.0.1", "-c", "select 1"], "template1");
                match self.say(&spec, "").await {
                    Ok(said) if said.code == 0 => return Ok(self),
                    Ok(said) => refusals.extend(said.err.into_iter().filter(|line| is_refusal(line))),
                    // It may not run yet, or not any more: the condition tells.
                    Err(_) => {}
                }
            }
            if refusals.len() >= users.len() {
                return Err(self.of.problem("its administrator is not known".to_owned()).output(refusals));
            }
            let runs = self.of.engine.condition(&self.id).await.is_ok_and(|found| found.running);
            if !runs || began.elapsed() > limit {
                let why = if runs { "a server did not answer in time" } else { "a server ended before it answered" };
                let lines = self.of.engine.last_lines(&self.id, 20).await;
                return Err(self.of.problem(why.to_owned()).output(lines));
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    pub async fn owner(&self) -> Result<String, Problem> {
        Ok(self.run(OWNER, "template1").await?.trim_end_matches('\n').to_owned())
    }

    pub async fn contents(&self) -> Result<Contents, Problem> {
        let number = |text: &str| text.trim().parse().unwrap_or(0);
        let mut contents = Contents::from([(String::new(), vec![number(&self.run(ROLES, "template1").await?)])]);
        for database in self.run(DATABASES, "template1").await?.lines() {
            let counted = self.run(COUNT, database).await?;
            let large = counted.lines().filter_map(|line| line.strip_prefix("large ")).map(number).sum();
            let tables: Vec<u64> = counted.lines().filter_map(|line| line.parse().ok()).collect();
            let count = u64::try_from(tables.len()).unwrap_or(u64::MAX);
            contents.insert(database.to_owned(), vec![count, tables.iter().sum(), large]);
        }
        Ok(contents)
    }

    /// Runs a script in a database; answers what it printed.
    pub async fn run(&self, script: &str, database: &str) -> Result<String, Problem> {
        let spec = self.command(&["psql", "-X", "-w", "-q", "-At", "-v", "ON_ERROR_STOP=1"], database);
        match self.say(&spec, script).await {
            Ok(said) if said.code == 0 => Ok(said.out),
            Ok(said) => Err(self.of.problem("a server refused a question".to_owned()).output(said.err)),
            Err(fault) => Err(self.of.faulty(&fault)),
        }
    }

    /// A command beside the server that is told by variables who we are, and where to.
    pub fn command(&self, words: &[&str], database: &str) -> CommandSpec {
        let variables = [("PGUSER", self.user.as_str()), ("PGPASSWORD", self.of.password.reveal())];
        let variables = variables.into_iter().chain([("PGDATABASE", database), ("LC_ALL", "C")]);
        CommandSpec {
            command: words.iter().map(|word| (*word).to_owned()).collect(),
            env: variables
                .filter(|(_, value)| !value.is_empty())
                .map(|(key, value)| format!("{key}={value}"))
                .collect(),
            input: Input::Open,
            ..CommandSpec::default()
        }
    }

    async fn say(&self, spec: &CommandSpec, script: &str) -> Result<Said, Fault> {
        let RunningCommand { id, mut output, mut input } = self.of.engine.start_command(&self.id, spec).await?;
        // One that has ended already says why.
        let _ = input.write_all(script.as_bytes()).await;
        let _ = input.shutdown().await;
        let (mut out, mut err) = (Vec::new(), Vec::new());
        while let Some(piece) = output.next().await {
            let Piped { stream, bytes } = piece?;
            if stream == Stream::Stdout { out.extend_from_slice(&bytes) } else { err.extend_from_slice(&bytes) }
        }
        let code = self.of.engine.command_result(&id).await?;
        let err = String::from_utf8_lossy(&err).lines().map(str::to_owned).collect();
        Ok(Said { code, out: String::from_utf8_lossy(&out).into_owned(), err })
    }
}

fn is_refusal(line: &str) -> bool {
    line.contains("password authentication failed")
        || line.contains("no password supplied")
        || (line.contains("role \"") && line.contains("does not exist"))
}

/// The first thing that is not the same on both sides, as a sentence.
pub fn difference(had: &Contents, has: &Contents) -> String {
    let names: std::collections::BTreeSet<&String> = had.keys().chain(has.keys()).collect();
    let differs = names.into_iter().find(|name| had.get(*name) != has.get(*name));
    match differs.map(|name| (name, had.get(name), has.get(name))) {
        Some((name, Some(had), Some(has))) if name.is_empty() => format!("{had:?} roles have become {has:?}"),
        Some((name, Some(had), Some(has))) => {
            format!("tables, rows and large objects of `{name}` were {had:?} and have become {has:?}")
        }
        Some((name, Some(_), None)) => format!("the database `{name}` did not arrive"),
        Some((name, ..)) => format!("there is a database `{name}` that was not there before"),
        None => "nothing differs".to_owned(),
    }
}
