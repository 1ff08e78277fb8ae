//! Calls that a killed command has left at a server: how they are found again, and ended without harm.

use std::time::Duration;

use super::patience::within;
use super::provider::{Call, MARK};
use super::server::Server;
use crate::problem::Problem;

/// A command that goes on for so long after the one that asked for it was ended is stuck.
const END_LIMIT: Duration = Duration::from_secs(60);

/// Ends the processes that have a word in their environment, each only while it has started no other that is there: whoever started
/// one sees it end. One whose parent went before it falls to the first process there, and where that is PostgreSQL, a stranger that
/// was ended by a signal is taken for a server process that crashed, whereupon every connection is cut. What goes on and on
/// starting others is ended all the same, after some five seconds.
///
/// A script that tidies up when it is ended is told first, since a client that is interrupted may well end with success, and its
/// script would go on; what it starts to tidy up with is left alone for a second and a half.
const END: &str = r#"
marked() { grep -lsF "$1" /proc/[0-9]*/environ | sed 's/[^0-9]//g' | tr '\n' ' '; }
has_child() { grep -qs "^PPid:[[:space:]]*$1\$" /proc/[0-9]*/status; }
# By the bit of signal 15 in the mask of what it handles itself.
catches_term() { grep -qsi '^SigCgt:.*[4567cdef]...$' "/proc/$1/status"; }
tidies() {
    for script in $scripts; do
        case " $all" in *" $script "*) return 0 ;; esac
    done
    return 1
}
first=$(marked "$1")
scripts=
for process in $first; do
    has_child "$process" && catches_term "$process" && kill "$process" 2>/dev/null && scripts="$scripts $process"
done
round=0
while all=$(marked "$1"); [ -n "$all" ] && [ "$round" -lt 100 ]; do
    [ "$round" -lt 40 ] && signal=$2 || signal=TERM
    [ "$round" -lt 30 ] && tidies && spared=1 || spared=
    for process in $all; do
        has_child "$process" && continue
        case " $first" in *" $process "*) ;; *) [ -z "$spared" ] || continue ;; esac
        # While it is held it starts none.
        kill -STOP "$process" 2>/dev/null || continue
        has_child "$process" || kill -s "$signal" "$process" 2>/dev/null
        kill -CONT "$process" 2>/dev/null
    done
    round=$((round + 1))
    sleep 0.05
done
for process in $all; do kill "$process" 2>/dev/null; done
true
"#;

/// The command that ends whatever was begun, beside where it runs, with [`MARK`] and this word among its variables.
pub fn ending(word: &str) -> Vec<String> {
    signalling(word, "TERM")
}

/// The same as a person at a terminal would, for two seconds at first: a client tells its server that nobody wants the answer and
/// goes when that has stopped. One that goes at once leaves the server at work, which may well make a database afterwards.
fn interrupting(word: &str) -> Vec<String> {
    signalling(word, "INT")
}

fn signalling(word: &str, signal: &str) -> Vec<String> {
    ["sh", "-c", END, "sh", &format!("{MARK}={word}"), signal].map(str::to_owned).to_vec()
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
        self.ask(&Call { command: interrupting(word), ..Call::default() }).await?;
        self.until_ended(word).await
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "the script is tried on processes of the test's own")]

    use std::io::{BufRead, BufReader};
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
        assert!(!script.wait().unwrap().success());
        assert!(said.next().unwrap().unwrap().starts_with("saw "), "it was there when the other ended");
    }

    #[test]
    fn a_script_tidies_up_even_where_its_client_ends_with_success() {
        let word = format!("devenv-test-tidy-{}", std::process::id());
        // The inner one stands for a client that says nothing of its interruption.
        let script = "trap 'sh -c \"sleep 0.4; echo tidied\"; exit 1' INT TERM; echo began
            sh -c 'trap \"exit 0\" INT TERM; while :; do sleep 0.1; done'; echo went on; sleep 1000";
        let mut script =
            Command::new("sh").args(["-c", script]).env(MARK, &word).stdout(Stdio::piped()).spawn().unwrap();
        let mut said = BufReader::new(script.stdout.take().unwrap()).lines();
        assert_eq!(said.next().unwrap().unwrap(), "began");
        let interrupting = interrupting(&word);
        assert!(Command::new(&interrupting[0]).args(&interrupting[1..]).status().unwrap().success());
        assert_eq!(script.wait().unwrap().code(), Some(1));
        assert_eq!(said.next().unwrap().unwrap(), "tidied");
        assert!(said.next().is_none());
    }
}
