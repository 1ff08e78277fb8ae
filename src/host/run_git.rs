//! Runs the person's own git: to fetch a template, to begin a repository, to look an earlier content up. Nothing that it fetches is
//! ever run.

#![expect(clippy::disallowed_methods, reason = "runs the person's own git")]

use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Fetching one version of a template's repository takes seconds.
const LIMIT: Duration = Duration::from_secs(300);

/// Who can answer when git asks for a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Asks {
    ThePerson,
    Nobody,
}

/// No hook, no program that an address names, no link in place of a file.
const CAREFUL: &[&str] = &[
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.symlinks=true",
    "submodule.recurse=false",
    "protocol.ext.allow=never",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=30",
];

/// Copies the newest version of a repository into a folder that is not there yet.
///
/// # Errors
/// What git says, or why it can't be run.
pub fn clone_newest(url: &str, into: &Path, asks: Asks) -> Result<(), String> {
    let mut git = git();
    for setting in CAREFUL {
        git.args(["-c", setting]);
    }
    git.args(["clone", "--quiet", "--depth", "1", "--single-branch", "--no-tags", "--no-recurse-submodules"]);
    git.args(["--template=", "--", url]).arg(into);
    if asks == Asks::Nobody {
        git.env("GIT_TERMINAL_PROMPT", "0").stdin(Stdio::null());
        // A person's own way to reach other computers stays.
        if std::env::var_os("GIT_SSH_COMMAND").is_none() {
            git.env("GIT_SSH_COMMAND", "ssh -o BatchMode=yes");
        }
    }
    run(git).map(|_| ())
}

/// Makes a folder a repository, as the person's own settings have it; nothing is committed.
///
/// # Errors
/// What git says, or why it can't be run.
pub fn begin_repository(folder: &Path) -> Result<(), String> {
    let mut git = git();
    git.args(["init", "--quiet"]).current_dir(folder).stdin(Stdio::null());
    run(git).map(|_| ())
}

/// The content that a repository knows by this id.
pub fn content_by_id(folder: &Path, id: &str) -> Option<Vec<u8>> {
    if id.is_empty() || !id.chars().all(|c| c.is_ascii_hexdigit()) {
        return None;
    }
    let mut git = git();
    git.args(["cat-file", "blob", id]).current_dir(folder).stdin(Stdio::null());
    run(git).ok()
}

/// What git prints of a question about a repository; `None` = it has no answer.
pub(super) fn ask(folder: &Path, question: &[&str]) -> Option<String> {
    let mut git = git();
    git.args(["-c", "core.fsmonitor=false"]).args(question).current_dir(folder).stdin(Stdio::null());
    run(git).ok().map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// As if started by hand, and not from within a hook of another repository.
fn git() -> Command {
    let mut git = Command::new("git");
    for variable in ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_OBJECT_DIRECTORY", "GIT_TEMPLATE_DIR"] {
        git.env_remove(variable);
    }
    git
}

fn run(mut git: Command) -> Result<Vec<u8>, String> {
    const PAUSE: Duration = Duration::from_millis(5);
    let mut child = git.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => "git is not installed".to_owned(),
        _ => format!("git can't be run: {error}"),
    })?;
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let stdout = std::thread::spawn(|| all(stdout));
    let stderr = std::thread::spawn(|| all(stderr));
    let began = Instant::now();
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if began.elapsed() < LIMIT => std::thread::sleep(PAUSE),
            Ok(None) => {
                let _ = child.kill().and_then(|()| child.wait());
                return Err("git took longer than five minutes".to_owned());
            }
            Err(error) => return Err(error.to_string()),
        }
    };
    let (stdout, stderr) = (stdout.join().unwrap_or_default(), stderr.join().unwrap_or_default());
    if status.success() { Ok(stdout) } else { Err(String::from_utf8_lossy(&stderr).trim().to_owned()) }
}

fn all(pipe: Option<impl Read>) -> Vec<u8> {
    /// More is nothing that anybody reads.
    const MOST: u64 = 8 << 20;
    let mut bytes = Vec::new();
    let _ = pipe.map(|pipe| pipe.take(MOST).read_to_end(&mut bytes));
    bytes
}
