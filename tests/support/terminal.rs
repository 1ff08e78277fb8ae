//! A terminal with somebody at it: what is typed, what is seen, and its size.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use rustix::pty::{OpenptFlags, grantpt, openpt, ptsname, unlockpt};
use rustix::termios::{LocalModes, Winsize, tcgetattr, tcsetwinsize};

const LIMIT: Duration = Duration::from_secs(60);

/// A program on a terminal of its own, which is ended with the test.
pub struct Terminal {
    master: File,
    /// Kept open, so that the terminal lives as long as this.
    slave: File,
    child: Child,
    seen: Receiver<Vec<u8>>,
    screen: String,
    /// How much of the screen has been waited for.
    read: usize,
}

impl Terminal {
    /// Starts a program on a terminal of so many rows and columns.
    pub fn start(command: &Command, size: (u16, u16)) -> Self {
        let master = openpt(OpenptFlags::RDWR | OpenptFlags::NOCTTY).unwrap();
        grantpt(&master).unwrap();
        unlockpt(&master).unwrap();
        let path = ptsname(&master, Vec::new()).unwrap().into_string().unwrap();
        let slave = File::options().read(true).write(true).open(path).unwrap();
        tcsetwinsize(&slave, winsize(size)).unwrap();
        let stdio = || Stdio::from(slave.try_clone().unwrap());
        // A terminal belongs to a session of its own, or it sends no signals.
        let mut started = Command::new("setsid");
        started.args(["--ctty", "--wait"]).arg(command.get_program()).args(command.get_args()).env_clear();
        started.envs(command.get_envs().filter_map(|(key, value)| Some((key, value?))));
        started.current_dir(command.get_current_dir().unwrap()).env("TERM", "xterm-256color");
        let child = started.stdin(stdio()).stdout(stdio()).stderr(stdio()).spawn().unwrap();
        let master = File::from(master);
        let mut from = master.try_clone().unwrap();
        let (tell, seen) = channel();
        std::thread::spawn(move || {
            let mut buffer = [0; 4096];
            while let Ok(number @ 1..) = from.read(&mut buffer) {
                if tell.send(buffer[..number].to_vec()).is_err() {
                    return;
                }
            }
        });
        Self { master, slave, child, seen, screen: String::new(), read: 0 }
    }

    pub fn type_keys(&mut self, keys: &str) {
        self.master.write_all(keys.as_bytes()).unwrap();
    }

    pub fn resize(&mut self, size: (u16, u16)) {
        tcsetwinsize(&self.master, winsize(size)).unwrap();
    }

    /// Waits until a text comes that was not waited for yet.
    ///
    /// # Panics
    /// It does not come.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) {
        let began = Instant::now();
        loop {
            if let Some(at) = self.screen[self.read..].find(text) {
                self.read += at + text.len();
                return;
            }
            match self.seen.recv_timeout(LIMIT.saturating_sub(began.elapsed())) {
                Ok(bytes) => self.screen.push_str(&String::from_utf8_lossy(&bytes)),
                Err(_) => panic!("{text:?} never came, but:\n{}", self.screen),
            }
        }
    }

    /// Waits until what is typed is no longer shown.
    ///
    /// # Panics
    /// It stays shown.
    pub fn wait_until_keys_are_hidden(&self) {
        let began = Instant::now();
        while tcgetattr(&self.slave).unwrap().local_modes.contains(LocalModes::ECHO) {
            assert!(began.elapsed() < LIMIT, "what is typed would be shown");
            std::thread::yield_now();
        }
    }

    /// Whether keys are shown and lines gathered, as a shell expects to find its terminal.
    pub fn is_usual(&self) -> bool {
        let modes = tcgetattr(&self.slave).unwrap().local_modes;
        modes.contains(LocalModes::ICANON | LocalModes::ECHO | LocalModes::ISIG)
    }

    /// Waits until keys are shown and lines gathered.
    ///
    /// # Panics
    /// It stays as a program has set it.
    #[track_caller]
    pub fn wait_until_usual(&self) {
        let began = Instant::now();
        while !self.is_usual() {
            assert!(began.elapsed() < LIMIT, "the terminal was not given back");
            std::thread::yield_now();
        }
    }

    /// The process id of the program.
    pub fn program(&self) -> u32 {
        let of = self.child.id();
        let path = format!("/proc/{of}/task/{of}/children");
        let children = std::fs::read_to_string(path).unwrap_or_default();
        children.split_whitespace().next().map_or(of, |child| child.parse().unwrap())
    }

    /// Waits for its end; answers its exit code and everything seen.
    pub fn wait(mut self) -> (i32, String) {
        let began = Instant::now();
        loop {
            while let Ok(bytes) = self.seen.try_recv() {
                self.screen.push_str(&String::from_utf8_lossy(&bytes));
            }
            if let Some(status) = self.child.try_wait().unwrap() {
                while let Ok(bytes) = self.seen.recv_timeout(Duration::from_millis(50)) {
                    self.screen.push_str(&String::from_utf8_lossy(&bytes));
                }
                return (status.code().unwrap_or(-1), std::mem::take(&mut self.screen));
            }
            assert!(began.elapsed() < LIMIT, "it did not end:\n{}", self.screen);
            if let Ok(bytes) = self.seen.recv_timeout(Duration::from_millis(100)) {
                self.screen.push_str(&String::from_utf8_lossy(&bytes));
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn winsize((rows, columns): (u16, u16)) -> Winsize {
    Winsize { ws_row: rows, ws_col: columns, ws_xpixel: 0, ws_ypixel: 0 }
}
