//! What the last lines of a program that ended give away: a few reasons that no exit code tells. Pure.
//!
//! Each is what common programs and the system's own C library print; the first that fits wins.

use crate::problem::{Problem, ProblemKind, kinds};

/// A reason, what gives it away, and what it means.
struct Sign {
    /// All in small letters; each stands for itself.
    texts: &'static [&'static str],
    /// A line with one of these means something else by the same words.
    unless: &'static [&'static str],
    kind: &'static ProblemKind,
    why: &'static str,
    fix: &'static str,
}

const SIGNS: &[Sign] = &[
    Sign {
        texts: &["no space left on device", "disk quota exceeded", "database or disk is full"],
        // What the system has for these is used up, and no disk.
        unless: &["watch", "shared memory", "/dev/shm", "shmget", "semget", "semaphore"],
        kind: &kinds::DISK_FULL,
        why: "the disk is full",
        fix: "devenv gc               # removes what nothing uses any more, then: devenv up",
    },
    Sign {
        texts: &["exec format error", "cannot execute binary file"],
        unless: &[],
        kind: &kinds::WRONG_PROCESSOR,
        why: "a program in it was made for another kind of processor, or for another system",
        fix: "remove what was built or installed elsewhere, so that setup makes it anew, then: devenv up",
    },
    Sign {
        texts: &[
            "\r': no such file",
            "^m: bad interpreter",
            "\r: not found",
            "\r': command not found",
            "illegal option -\r",
        ],
        unless: &[],
        kind: &kinds::LINE_ENDS,
        why: LINE_ENDS,
        fix: LINE_ENDS_FIX,
    },
    Sign {
        texts: &["read-only file system"],
        unless: &[],
        kind: &kinds::READ_ONLY,
        why: "it writes to a place that can only be read",
        fix: "let it write to its folder in the repo, its home or /tmp instead",
    },
    Sign {
        texts: &[
            "certificate is not yet valid",
            "cert_not_yet_valid",
            "clock skew",
            "clock is ahead",
            "clock is behind",
        ],
        unless: &[],
        kind: &kinds::CLOCK_WRONG,
        why: "the clock of this computer, or of Docker's virtual machine, is not right",
        fix: "set the clock: sudo timedatectl set-ntp true",
    },
    Sign {
        texts: &[
            "eacces: permission denied",
            "errno 13] permission denied",
            ": permission denied\n",
            "eperm: operation not permitted",
        ],
        // Ports and sockets, which no owner of a file decides about.
        unless: &["listen", "bind", "connect", "socket"],
        kind: &kinds::NOT_PERMITTED,
        why: "it may not use a file or folder that it needs; mostly that belongs to another user",
        fix: "look whose it is with  ls -ld FILE ; one of the repo that root has made: sudo chown \"$USER\" FILE",
    },
];

pub(super) const LINE_ENDS: &str = "a script in it has the line ends of Windows, so that the system looks for a program with an invisible character in its name";
pub(super) const LINE_ENDS_FIX: &str =
    "git add --renormalize . after  * text=auto eol=lf  in .gitattributes, or: sed -i 's/\\r$//' SCRIPT";

/// The problem, with the reason that its output gives away. What is known for certain stays as it is.
pub fn explained(mut problem: Problem) -> Problem {
    let is_open = |sign: &Sign| match problem.kind {
        kind if *kind == kinds::CRASHED || *kind == kinds::SETUP_FAILED => true,
        // A shell says with these that it could not run a command; this is why.
        kind if *kind == kinds::NOT_PERMITTED || *kind == kinds::COMMAND_MISSING => {
            [&kinds::WRONG_PROCESSOR, &kinds::LINE_ENDS].contains(&sign.kind)
        }
        _ => false,
    };
    let found =
        last_errors(&problem.output).find_map(|line| SIGNS.iter().find(|sign| is_open(sign) && sign.fits(&line)));
    if let Some(sign) = found {
        problem = because(problem, sign.kind, sign.why, sign.fix);
    }
    problem
}

impl Sign {
    fn fits(&self, line: &str) -> bool {
        self.texts.iter().any(|text| line.contains(text)) && !self.unless.iter().any(|text| line.contains(text))
    }
}

/// The lines that may say why it ended, in small letters and with their ends, the last one first: not what was only a warning, and nothing
/// above another error that says enough by itself.
fn last_errors(output: &[String]) -> impl Iterator<Item = String> {
    const MOST: usize = 12;
    const HARMLESS: &[&str] = &["warning", "[warn", " warn ", "warn:"];
    /// How compilers begin what they found.
    const OF_ITS_OWN: &[&str] = &[": error: ", ": fatal error: ", "error[e", "syntaxerror: "];
    /// What Node prints below an error.
    const BELOW: &[&str] = &["at ", "errno: ", "code: ", "syscall: ", "path: ", "}"];
    let lines = output.iter().rev().map(|line| format!("{}\n", line.trim_end().to_lowercase()));
    let says_something = |line: &String| {
        let text = line.trim_start();
        !text.is_empty()
            && !BELOW.iter().any(|start| text.starts_with(start))
            && !HARMLESS.iter().any(|word| line.contains(word))
    };
    let is_another =
        |line: &str| OF_ITS_OWN.iter().any(|text| line.contains(text)) && !SIGNS.iter().any(|sign| sign.fits(line));
    lines.filter(says_something).take(MOST).take_while(move |line| !is_another(line))
}

/// A script of the repo that was to run turned out to have the line ends of Windows.
pub fn line_ends(problem: Problem) -> Problem {
    because(problem, &kinds::LINE_ENDS, LINE_ENDS, LINE_ENDS_FIX)
}

/// The problem with this as its reason.
pub(super) fn because(mut problem: Problem, kind: &'static ProblemKind, why: &str, fix: &str) -> Problem {
    problem.kind = kind;
    problem.exit = kind.exit;
    problem.why = if problem.why.is_empty() { why.to_owned() } else { format!("{why}\n{}", problem.why) };
    problem.fixes.insert(0, fix.to_owned());
    problem
}

/// The words of a command that may name a script of the repo.
pub fn scripts(command: &str) -> impl Iterator<Item = &str> {
    let words = command.split(|c: char| c.is_whitespace() || ";&|()\"'".contains(c));
    words.filter(|word| !word.is_empty() && !word.starts_with(['-', '$'])).take(8)
}

/// Whether the first line of a file ends as on Windows.
pub fn has_windows_line_ends(content: &[u8]) -> bool {
    content.iter().position(|byte| *byte == b'\n').is_some_and(|end| end > 0 && content[end - 1] == b'\r')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kind_of(line: &str) -> &'static str {
        explained(Problem::new(&kinds::CRASHED, "`api` failed").output(vec![line.to_owned()])).kind.id
    }

    #[test]
    fn the_last_lines_give_the_reason_away() {
        for (line, id) in [
            ("PANIC:  could not write to file \"pg_wal/xlogtemp.31\": No space left on device", "disk-full"),
            ("exec /app/server: exec format error", "wrong-processor"),
            ("sh: 1: ./bin/tool: Exec format error", "wrong-processor"),
            ("env: 'python3\r': No such file or directory", "line-ends"),
            ("bash: ./start.sh: /bin/bash^M: bad interpreter: No such file or directory", "line-ends"),
            ("OSError: [Errno 30] Read-only file system: '/etc/app.conf'", "read-only"),
            ("Error: EROFS: read-only file system, open '/etc/x'", "read-only"),
            ("curl: (60) SSL certificate problem: certificate is not yet valid", "clock-wrong"),
            ("PermissionError: [Errno 13] Permission denied: 'dist/app.js'", "not-permitted"),
            ("Error: EACCES: permission denied, open 'dist/app.js'", "not-permitted"),
            ("git@git.example: Permission denied (publickey).", "crashed"),
            ("Error: ENOSPC: System limit for number of file watchers reached, watch '/app/src'", "crashed"),
            ("inotify_add_watch(/app): no space left on device", "crashed"),
            ("Error: listen EACCES: permission denied 0.0.0.0:80", "crashed"),
            ("listen tcp :80: bind: permission denied", "crashed"),
            (
                "ERROR:  could not resize shared memory segment \"/PostgreSQL.12\" to 8388608 bytes: No space left on device",
                "crashed",
            ),
            ("make: warning:  Clock skew detected.  Your build may be incomplete.", "crashed"),
            ("Error: Cannot find module 'express'", "crashed"),
        ] {
            assert_eq!(kind_of(line), id, "{line}");
        }
    }

    #[test]
    fn a_warning_beside_the_real_error_gives_nothing_away() {
        let output = |lines: &[&str]| lines.iter().map(|line| (*line).to_owned()).collect::<Vec<String>>();
        let crashed = |lines: &[&str]| explained(Problem::new(&kinds::CRASHED, "x").output(output(lines))).kind.id;
        let real = "main.c:3:1: error: unknown type name 'itn'";
        assert_eq!(crashed(&[real, "make: *** [all] Error 1", "make: warning:  Clock skew detected."]), "crashed");
        assert_eq!(crashed(&["find: /var/x: Permission denied", real, "make: *** [all] Error 1"]), "crashed");
        // Below what Node says of its errors stands what it knows of them.
        let node = [
            "Error: EACCES: permission denied, open 'x'",
            "    at open (node:fs:1)",
            "  errno: -13,",
            "  code: 'EACCES'",
            "}",
        ];
        assert_eq!(crashed(&node), "not-permitted");
        let watchers = ["Error: ENOSPC: System limit for number of file watchers reached", "  code: 'ENOSPC',"];
        assert_eq!(crashed(&watchers), "crashed");
    }

    #[test]
    fn what_is_known_for_certain_stays_and_nobody_is_told_to_take_over_a_whole_folder() {
        let full = || vec!["sh: No space left on device".to_owned()];
        for kind in [&kinds::OUT_OF_MEMORY, &kinds::ENDED_BY_ITSELF, &kinds::COMMAND_MISSING, &kinds::NOT_PERMITTED] {
            assert_eq!(explained(Problem::new(kind, "x").output(full())).kind, kind);
        }
        assert_eq!(explained(Problem::new(&kinds::SETUP_FAILED, "x").output(full())).kind.id, "disk-full");
        let format = vec!["sh: 1: ./x: Exec format error".to_owned()];
        assert_eq!(explained(Problem::new(&kinds::NOT_PERMITTED, "x").output(format)).kind.id, "wrong-processor");
        let fixes = SIGNS.iter().map(|sign| sign.fix).chain(kinds::NOT_PERMITTED.fixes.iter().copied());
        assert!(fixes.into_iter().all(|fix| !fix.contains("chown -R")));
    }

    #[test]
    fn scripts_are_found_in_a_command_and_looked_at() {
        assert_eq!(scripts("cd app && ./start.sh --port $PORT").collect::<Vec<_>>(), ["cd", "app", "./start.sh"]);
        assert!(has_windows_line_ends(b"#!/bin/sh\r\nexit\r\n") && !has_windows_line_ends(b"#!/bin/sh\nexit\n"));
        assert!(!has_windows_line_ends(b"\n") && !has_windows_line_ends(b""));
    }
}
