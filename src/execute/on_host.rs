//! What is different for an app that runs on this computer itself: its start, its port, its steps, a tool that is
//! not installed.

use super::probe::Answer;
use super::{Executor, Runner};
use crate::host::{self, Listener, PortHolder};
use crate::model::{Place, Unit};
use crate::names::Port;
use crate::problem::{Problem, kinds};
use crate::supervisor::{self, NOT_FOUND, Supervisor};

impl Executor<'_> {
    pub(super) async fn start_on_host(&self, unit: &Unit) -> Result<(), Problem> {
        if let Some(lease) = unit.port.filter(|lease| !host::is_free(lease.outside)) {
            let holder = host::holder(lease.outside).as_ref().map(words);
            return Err(self.port_snatched(unit, lease.outside, holder));
        }
        self.supervisor.start(unit).await
    }

    /// Somebody else has its port: another one is to be leased.
    fn port_snatched(&self, unit: &Unit, port: Port, holder: Option<String>) -> Problem {
        self.taken.borrow_mut().insert(port);
        Problem::new(&kinds::PORT_TAKEN, format!("`{}` cannot use port {port}", unit.name))
            .why(holder.unwrap_or_else(|| "another program is listening there".to_owned()))
            .fix("devenv up            # takes another one, and everything that refers to it follows")
    }

    /// What answered where a host app should may be somebody else, who has come first while it was about to listen.
    pub(super) async fn stranger_answers(&self, unit: &Unit) -> Option<Problem> {
        let lease = unit.port.filter(|_| unit.place() == Place::Host)?;
        let id = Supervisor::id(&unit.name);
        let who = stranger(Runner { engine: self.engine, supervisor: &self.supervisor }, &id, lease.outside).await?;
        Some(self.port_snatched(unit, lease.outside, Some(who)))
    }

    /// A host app that has ended has left its port; who listens there now was in its way.
    pub(super) fn stranger_was_in_the_way(&self, unit: &Unit) -> Option<Problem> {
        let lease = unit.port.filter(|lease| unit.place() == Place::Host && !host::is_free(lease.outside))?;
        Some(self.port_snatched(unit, lease.outside, host::holder(lease.outside).as_ref().map(words)))
    }

    pub(super) async fn ask_command_on_host(&self, unit: &Unit, command: &str) -> Answer {
        let mut last = String::new();
        match supervisor::run_attached(unit, command, |line| last = line.text).await {
            Ok(0) => Answer::Ready,
            Ok(code) if last.is_empty() => Answer::NotYet(format!("it ended with {code}")),
            Ok(code) => Answer::NotYet(format!("it ended with {code}: {last}")),
            Err(problem) => Answer::NotYet(problem.why),
        }
    }

    /// What became ready may have ended while others were on their way.
    pub(super) fn ended_on_host(&self, id: &str) -> bool {
        Supervisor::has(id) && self.supervisor.condition(id).is_some_and(|condition| !condition.running)
    }
}

/// Programs that listen for what runs at an engine.
const OF_ENGINES: &[&str] = &["docker-proxy", "rootlesskit", "rootlessport", "conmon", "pasta", "gvproxy"];

/// Who answers on the port of a host app in its place; `None` = it does itself, or nothing speaks against it.
///
/// An app may have something of the engine listen for it; only what is ours is known to be for somebody else.
pub(super) async fn stranger(runner: Runner<'_>, id: &str, port: Port) -> Option<String> {
    match runner.supervisor.listener(id, port) {
        Listener::Own => None,
        Listener::Stranger(holder) if !OF_ENGINES.contains(&holder.program.as_str()) => Some(words(&holder)),
        Listener::Stranger(_) | Listener::Unseen => {
            let (unit, checkout) = runner.engine.environment_at(port).await?;
            Some(format!("`{unit}` of {} is listening there", checkout.display()))
        }
    }
}

fn words(holder: &PortHolder) -> String {
    format!("{} (pid {}) is listening there", holder.program, holder.pid)
}

/// Where a host app is expected to listen, for one that does not answer there.
pub(super) fn port_hint(unit: &Unit) -> Option<String> {
    let port = unit.port?.outside;
    Some(format!("it has to listen on port {port}, which it is told in the variable PORT"))
}

/// Explains the code by which a shell says that there is no such program on this computer.
pub(super) fn tool_missing(unit: &Unit, code: i64, output: &[String]) -> Option<Problem> {
    if code != NOT_FOUND || unit.place() != Place::Host {
        return None;
    }
    let tool = output.iter().rev().find_map(|line| missing_tool(line));
    let (what, install) = match &tool {
        Some(tool) => (format!("`{tool}` is not installed on this computer"), format!("install {tool}")),
        None => ("a program is not installed on this computer".to_owned(), "install what is missing".to_owned()),
    };
    let runtime = tool.as_deref().and_then(runtime_of).unwrap_or("node");
    Some(
        Problem::new(&kinds::TOOL_MISSING, format!("{what}, and `{}` needs it", unit.name))
            .why("`runtime: host` runs it with the tools that are installed here")
            .fix(install)
            .fix(format!("or write `runtime: {runtime}` in dev.yaml, which needs nothing installed"))
            .output(output.to_vec()),
    )
}

/// The program in a shell's complaint: `sh: 1: node: not found`, `bash: line 1: node: command not found`.
fn missing_tool(line: &str) -> Option<String> {
    let before = line.trim_end().strip_suffix("not found")?.trim_end().trim_end_matches("command").trim_end();
    let tool = before.strip_suffix(':')?.rsplit(": ").next()?.trim();
    (!tool.is_empty() && !tool.contains(' ')).then(|| tool.to_owned())
}

/// The runtime of the catalog that brings a tool.
fn runtime_of(tool: &str) -> Option<&'static str> {
    const BROUGHT: &[(&str, &[&str])] = &[
        ("node", &["node", "npm", "npx", "pnpm", "yarn", "corepack"]),
        ("python", &["python", "python3", "pip", "pip3", "uv", "poetry", "pipenv"]),
        ("go", &["go", "gofmt"]),
        ("rust", &["cargo", "rustc"]),
        ("ruby", &["ruby", "bundle", "gem", "rake"]),
        ("php", &["php", "composer"]),
        ("java", &["java", "javac", "mvn", "gradle"]),
        ("dotnet", &["dotnet"]),
        ("elixir", &["elixir", "mix", "iex"]),
        ("deno", &["deno"]),
        ("bun", &["bun", "bunx"]),
    ];
    BROUGHT.iter().find(|(_, tools)| tools.contains(&tool)).map(|(runtime, _)| *runtime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_missing_program_is_read_from_what_shells_say() {
        for line in ["sh: 1: node: not found", "sh: line 1: node: command not found", "sh: node: not found"] {
            assert_eq!(missing_tool(line).as_deref(), Some("node"), "{line}");
        }
        for line in ["page not found", "Error: module x: not found here", "not found", "404: Not Found"] {
            assert_eq!(missing_tool(line), None, "{line}");
        }
        let known = |runtime: &str| crate::catalog::runtime(runtime).is_some();
        assert!(runtime_of("npm").is_some_and(known) && runtime_of("make").is_none());
    }
}
