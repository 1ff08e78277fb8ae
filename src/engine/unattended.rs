//! Commands inside that nobody sits at: run to their own end, whatever they leave behind.

use std::time::Duration;

use bollard::query_parameters::TopOptions;
use futures_util::StreamExt;

use super::output::Splitter;
use super::translate::HOLDING;
use super::{CommandSpec, Engine, Fault, LogLine};

/// Something that runs in a place of setup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LeftRunning {
    /// The engine's number for it.
    pub id: String,
    /// The name of its program.
    pub program: String,
}

impl Engine {
    /// Runs a command without input until it ends itself, telling each line of its output; answers its exit code.
    ///
    /// What it starts may hold its output open for ever, so the end of output is not waited for: `ended` is to come back
    /// when the engine has told that the command with this id ended; where it never does, the engine is asked now and then
    /// while nothing is printed.
    ///
    /// # Errors
    /// The engine's; a command that fails is an exit code, not an error.
    pub async fn run_unattended(
        &self,
        id: &str,
        spec: &CommandSpec,
        ended: impl AsyncFnOnce(String),
        mut line: impl FnMut(LogLine),
    ) -> Result<i64, Fault> {
        // What was printed before the end has arrived by then.
        const REST: Duration = Duration::from_millis(200);
        let mut running = self.start_command(id, spec).await?;
        let mut splitter = Splitter::default();
        let mut ended = std::pin::pin!(ended(running.id.clone()));
        let mut is_told = false;
        let mut quiet = Duration::from_secs(1);
        loop {
            let piece = tokio::select! {
                piece = running.output.next() => piece,
                () = &mut ended, if !is_told => {
                    is_told = true;
                    quiet = REST;
                    continue;
                }
                () = tokio::time::sleep(quiet) => {
                    if is_told || self.has_command_ended(&running.id).await {
                        break;
                    }
                    quiet = (quiet * 2).min(Duration::from_secs(30));
                    continue;
                }
            };
            let Some(piece) = piece else { break };
            splitter.push(piece?).into_iter().for_each(&mut line);
        }
        splitter.finish().into_iter().for_each(&mut line);
        self.command_result(&running.id).await
    }

    async fn has_command_ended(&self, command: &str) -> bool {
        self.client.inspect_exec(command).await.is_ok_and(|found| found.running == Some(false))
    }

    /// What runs in a place of setup although none of its steps does; nothing where the engine can't tell.
    pub async fn left_running(&self, id: &str) -> Vec<LeftRunning> {
        let Ok(found) = self.client.top_processes(id, None::<TopOptions>).await else { return Vec::new() };
        let titles = found.titles.unwrap_or_default();
        let column = |names: &[&str]| titles.iter().position(|title| names.contains(&title.as_str()));
        let (Some(number), Some(command)) = (column(&["PID"]), column(&["CMD", "COMMAND"])) else { return Vec::new() };
        let process = |row: Vec<String>| {
            let command = row.get(command).filter(|command| !command.contains(HOLDING))?;
            let program = command.split_whitespace().next()?.rsplit('/').next()?.to_owned();
            Some(LeftRunning { id: row.get(number)?.clone(), program })
        };
        found.processes.unwrap_or_default().into_iter().filter_map(process).collect()
    }
}
