//! What every test of the binary starts from: a folder with a repo in it, surroundings of its own, a command and what came of it.
//!
//! Nothing here knows an engine; that is `engine.rs` beside it.

pub mod speech;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use serde_json::Value;

/// No command of a test takes longer; one that does is ended and the test fails.
const LIMIT: Duration = Duration::from_secs(150);

/// A repo in a folder of its own, with a home and state that nobody else has.
pub struct Folder {
    /// Holds `shop` (the repo), `home` and `state`; gone when dropped.
    pub place: tempfile::TempDir,
    pub variables: BTreeMap<String, String>,
}

/// A command that has ended.
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl Folder {
    /// A repo with this manifest.
    pub fn new(manifest: &str) -> Self {
        let folder = Self::empty();
        folder.write("dev.yaml", manifest);
        folder
    }

    /// A repo without a manifest.
    pub fn empty() -> Self {
        let place = tempfile::Builder::new().prefix("devenv-test-").tempdir().unwrap();
        let mut variables = BTreeMap::new();
        let mut set = |key: &str, value: &OsStr| variables.insert(key.to_owned(), value.to_str().unwrap().to_owned());
        for folder in ["shop", "home"] {
            std::fs::create_dir(place.path().join(folder)).unwrap();
        }
        set("HOME", place.path().join("home").as_os_str());
        set("DEVENV_HOME", place.path().join("state").as_os_str());
        set("PATH", &std::env::var_os("PATH").unwrap_or_default());
        // Nobody's real engine is talked to by mistake.
        set("DOCKER_HOST", OsStr::new("unix:///nonexistent/engine.sock"));
        // Many people have it set; nobody wants to read what it makes of an error.
        set("RUST_BACKTRACE", OsStr::new("1"));
        Self { place, variables }
    }

    pub fn set(&mut self, key: &str, value: &str) {
        self.variables.insert(key.to_owned(), value.to_owned());
    }

    /// The repo's root as the program sees it, without links in the path.
    pub fn root(&self) -> PathBuf {
        self.place.path().join("shop").canonicalize().unwrap()
    }

    /// Writes a file of the repo.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        let path = self.root().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub fn read(&self, path: &str) -> String {
        let path = self.root().join(path);
        std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// The program in this repo, not started yet.
    pub fn command(&self, arguments: &[&str]) -> Command {
        self.surround(Command::new(env!("CARGO_BIN_EXE_devenv")), arguments)
    }

    /// Gives a command this folder's surroundings and nothing else.
    pub fn surround(&self, mut command: Command, arguments: &[&str]) -> Command {
        command.args(arguments).current_dir(self.root()).env_clear().envs(&self.variables).stdin(Stdio::null());
        command
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        Running::start(self.command(arguments)).wait()
    }

    /// With something on its standard input that ends at once.
    pub fn run_with_input(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped());
        let mut running = Running::start(command);
        running.write(input.as_bytes());
        running.wait()
    }
}

/// A command on its way, whose output is read while it runs.
pub struct Running {
    child: Guarded,
    stdout: JoinHandle<String>,
    stderr: JoinHandle<String>,
    lines: std::sync::mpsc::Receiver<String>,
    shown: String,
    arguments: Vec<String>,
}

/// Ends with the test, whatever comes of it.
struct Guarded(Child);

impl Drop for Guarded {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Running {
    pub fn start(mut command: Command) -> Self {
        let shown = format!("{command:?}");
        let arguments = speech::arguments(&command);
        let mut child = Guarded(command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap());
        let (tell, lines) = std::sync::mpsc::channel();
        let stdout = read_lines(child.0.stdout.take().unwrap(), tell.clone());
        let stderr = read_lines(child.0.stderr.take().unwrap(), tell);
        Self { child, stdout, stderr, lines, shown, arguments }
    }

    /// Waits for a line of either output that holds `text`.
    ///
    /// # Panics
    /// It ended, or took too long, without having printed that.
    pub fn wait_for_line(&self, text: &str) -> String {
        let began = Instant::now();
        let mut seen = String::new();
        while let Ok(line) = self.lines.recv_timeout(LIMIT.saturating_sub(began.elapsed())) {
            if line.contains(text) {
                return line;
            }
            seen.push_str(&line);
        }
        panic!("{} never printed {text:?}, but:\n{seen}", self.shown);
    }

    /// Ends it at once, as `kill -9` does.
    pub fn kill(mut self) -> Ran {
        self.child.0.kill().unwrap();
        self.wait()
    }

    /// Gives it this long, or until it ends, and then the signal.
    pub fn signal_after(mut self, time: Duration, signal: rustix::process::Signal) -> Ran {
        let began = Instant::now();
        while self.lines.recv_timeout(time.saturating_sub(began.elapsed())).is_ok() {}
        // Not waited for yet, so that its id is nobody else's.
        if self.child.0.try_wait().unwrap().is_none() {
            let id = rustix::process::Pid::from_raw(self.id().cast_signed()).unwrap();
            rustix::process::kill_process(id, signal).unwrap();
        }
        self.wait()
    }

    pub fn id(&self) -> u32 {
        self.child.0.id()
    }

    /// Gives it all of its standard input.
    pub fn write(&mut self, bytes: &[u8]) {
        self.child.0.stdin.take().unwrap().write_all(bytes).unwrap();
    }

    pub fn wait(mut self) -> Ran {
        let began = Instant::now();
        // Both outputs end when it does; a line is told at once, so there is nothing to wait for in turns.
        while self.lines.recv_timeout(LIMIT.saturating_sub(began.elapsed())).is_ok() {}
        let is_late = began.elapsed() >= LIMIT;
        if is_late {
            let _ = self.child.0.kill();
        }
        let status = self.child.0.wait().unwrap();
        let ran = Ran {
            code: status.code().unwrap_or(-1),
            stdout: self.stdout.join().unwrap(),
            stderr: self.stderr.join().unwrap(),
        };
        assert!(!is_late, "{} did not end:\n{}{}", self.shown, ran.stdout, ran.stderr);
        speech::check(&self.arguments, &ran);
        ran
    }
}

fn read_lines(mut from: impl Read + Send + 'static, tell: std::sync::mpsc::Sender<String>) -> JoinHandle<String> {
    std::thread::spawn(move || {
        let (mut all, mut told, mut buffer) = (Vec::new(), 0, [0; 8192]);
        while let Ok(number @ 1..) = from.read(&mut buffer) {
            all.extend_from_slice(&buffer[..number]);
            while let Some(end) = all[told..].iter().position(|byte| *byte == b'\n') {
                let _ = tell.send(String::from_utf8_lossy(&all[told..=told + end]).into_owned());
                told += end + 1;
            }
        }
        String::from_utf8_lossy(&all).into_owned()
    })
}

impl Ran {
    /// # Panics
    /// It ended with another code; shows what it said.
    #[track_caller]
    pub fn expect_code(self, code: i32) -> Self {
        assert_eq!(self.code, code, "\nstdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    #[track_caller]
    pub fn expect_success(self) -> Self {
        self.expect_code(0)
    }

    /// Standard output as JSON, one document a line.
    #[track_caller]
    pub fn json_lines(&self) -> Vec<Value> {
        let read = |line: &str| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        self.stdout.lines().map(read).collect()
    }

    /// Standard output as one JSON document.
    #[track_caller]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {}", self.stdout))
    }

    /// The events of one kind.
    #[track_caller]
    pub fn events(&self, kind: &str) -> Vec<Value> {
        self.json_lines().into_iter().filter(|event| event["event"] == kind).collect()
    }

    /// The ids of the problems told as events.
    #[track_caller]
    pub fn problem_ids(&self) -> Vec<String> {
        self.events("problem").iter().map(|problem| problem["id"].as_str().unwrap().to_owned()).collect()
    }

    /// Everything that it printed.
    pub fn all(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }
}

/// The developer, where the tests run as root: nobody on the machine, and not root.
pub const DEVELOPER: u32 = 12_345;

pub fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

impl Folder {
    /// The program as a developer without special rights runs it, who is a member of one more group.
    ///
    /// Where the tests themselves run as root, everything of the folder is given to that developer.
    pub fn command_as_developer(&self, group: u32, arguments: &[&str]) -> Command {
        if !is_root() {
            return self.command(arguments);
        }
        let mut command = Command::new("setpriv");
        let (user, group) = (DEVELOPER.to_string(), group.to_string());
        command.args(["--reuid", &user, "--regid", &user, "--groups", &group]).arg(self.program());
        self.surround(command, arguments)
    }

    /// The program where the developer can reach it: a build folder below root's home is nobody else's.
    fn program(&self) -> PathBuf {
        let program = PathBuf::from(env!("CARGO_BIN_EXE_devenv"));
        if is_open_to_all(&program) {
            return program;
        }
        let copy = self.place.path().join("devenv");
        if !copy.exists() {
            std::fs::copy(&program, &copy).unwrap();
        }
        copy
    }

    /// Gives a file or folder to the developer, who would have made it.
    pub fn give_to_developer(&self, path: &Path) {
        if is_root() {
            std::os::unix::fs::chown(path, Some(DEVELOPER), Some(DEVELOPER)).unwrap();
        }
    }
}

/// Whether every folder on the way to a path can be passed by any user.
fn is_open_to_all(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.ancestors()
        .skip(1)
        .all(|folder| std::fs::metadata(folder).is_ok_and(|folder| folder.permissions().mode() & 0o001 != 0))
}
