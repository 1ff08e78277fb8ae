//! Calls that a killed command has left at a server: how they are found again, and ended without harm.

use std::time::Duration;

use super::patience::within;
use super::provider::{Call, MARK};
use super::server::Server;
use crate::problem::Problem;

/// A command that goes on for so long after the one that asked for it was ended is stuck.
const END_LIMIT: Duration = Duration::from_secs(60);

/// Ends the processes that have a word in their environment, those first that have started no other of them: whoever started one
/// sees it end. One whose parent went before it falls to the first process there, and where that is PostgreSQL, a stranger that was
/// ended by a signal is taken for a server process that crashed, whereupon every connection is cut. A script that goes on and on
/// starting others is ended all the same, after five seconds.
const END: &str = r#"
marked() {
    for process in /proc/[0-9]*; do
        tr '\0' '\n' 2>/dev/null <"$process/environ" | grep -qxF "$1" && echo "${process#/proc/}"
    done 2>/dev/null
    true
}
round=0
while all=$(marked "$1"); [ -n "$all" ] && [ "$round" -lt 100 ]; do
    parents=" $(for process in $all; do sed -n 's/^PPid:[^0-9]*//p' "/proc/$process/status" 2>/dev/null; done | tr '\n' ' ')"
    for process in $all; do
        case $parents in *" $process "*) ;; *) kill "$process" 2>/dev/null ;; esac
    done
    round=$((round + 1))
    sleep 0.05
done
for process in $all; do kill "$process" 2>/dev/null; done
true
"#;

/// The command that ends what was marked with a word.
fn ending(word: &str) -> Vec<String> {
    ["sh", "-c", END, "sh", &format!("{MARK}={word}")].map(str::to_owned).to_vec()
}

impl Server {
    /// Waits until no call that was marked with a word is at work, also one of a command that was killed.
    ///
    /// # Errors
    /// It goes on for too long, or the engine's.
    pub async fn until_ended(&self, word: &str) -> Result<(), Problem> {
        let ended = within(END_LIMIT, self.engine.until_ended(&self.id, word)).await;
        ended.map_err(|fault| self.faulty(&fault, &Call::default()))
    }

    /// Ends the calls that were marked with a word, which a killed command has left, and waits until they have.
    ///
    /// # Errors
    /// As of [`Server::until_ended`].
    pub async fn end_calls(&self, word: &str) -> Result<(), Problem> {
        self.ask(&Call { command: ending(word), ..Call::default() }).await?;
        self.until_ended(word).await
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "the script is tried on processes of the test's own")]

    use std::io::{BufRead, BufReader};
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Stdio};

    use super::*;

    #[test]
    fn who_started_another_sees_it_end_before_its_own_end() {
        let word = format!("devenv-test-{}", std::process::id());
        let mut script = Command::new("sh")
            .args(["-c", "echo began; sh -c 'sleep 1000; exit 4'; echo \"saw $?\"; sleep 1000; exit 7"])
            .env(MARK, &word)
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut said = BufReader::new(script.stdout.take().unwrap()).lines();
        assert_eq!(said.next().unwrap().unwrap(), "began");
        let ending = ending(&word);
        assert!(Command::new(&ending[0]).args(&ending[1..]).status().unwrap().success());
        let ended = script.wait().unwrap();
        assert_eq!((ended.signal(), ended.code()), (None, Some(7)), "it came to its own end");
        assert_eq!(said.next().unwrap().unwrap(), "saw 4");
    }

    #[test]
    fn what_starts_others_again_and_again_is_ended_too() {
        let word = format!("devenv-test-again-{}", std::process::id());
        let mut script =
            Command::new("sh").args(["-c", "while :; do sleep 1000; done"]).env(MARK, &word).spawn().unwrap();
        let ending = ending(&word);
        assert!(Command::new(&ending[0]).args(&ending[1..]).status().unwrap().success());
        assert_eq!(script.wait().unwrap().signal(), Some(15));
    }
}
