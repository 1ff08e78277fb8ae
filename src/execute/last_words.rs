//! What the last lines of a program that ended give away: a few reasons that no exit code tells. Pure.
//!
//! Each is what common programs and the system's own C library print; the first that fits wins.

use crate::problem::{Problem, ProblemKind, kinds};

/// A reason, what gives it away, and what it means.
struct Sign {
    /// All in small letters; each stands for itself.
    texts: &'static [&'static str],
    kind: &'static ProblemKind,
    why: &'static str,
    fix: &'static str,
}

const SIGNS: &[Sign] = &[
    Sign {
        texts: &["no space left on device", "disk quota exceeded", "enospc", "database or disk is full"],
        kind: &kinds::DISK_FULL,
        why: "the disk is full",
        fix: "devenv gc               # removes what nothing uses any more, then: devenv up",
    },
    Sign {
        texts: &["exec format error", "cannot execute binary file"],
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
        kind: &kinds::LINE_ENDS,
        why: LINE_ENDS,
        fix: LINE_ENDS_FIX,
    },
    Sign {
        texts: &["read-only file system", "erofs"],
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
        kind: &kinds::NOT_PERMITTED,
        why: "a file or folder that it uses belongs to another user",
        fix: "sudo chown -R \"$USER\" .        # at the root of the repo, then: devenv up",
    },
];

const LINE_ENDS: &str = "a script in it has the line ends of Windows, so that the system looks for a program with an invisible character in its name";
const LINE_ENDS_FIX: &str =
    "git add --renormalize . after  * text=auto eol=lf  in .gitattributes, or: sed -i 's/\\r$//' SCRIPT";

/// The problem, with the reason that its output gives away.
pub fn explained(mut problem: Problem) -> Problem {
    let lines: Vec<String> =
        problem.output.iter().map(|line| format!("{}\n", line.trim_end().to_lowercase())).collect();
    let gives_away = |sign: &&Sign| sign.texts.iter().any(|text| lines.iter().any(|line| line.contains(text)));
    match SIGNS.iter().find(gives_away) {
        Some(sign) => {
            because(&mut problem, sign.kind, sign.why, sign.fix);
            problem
        }
        None => problem,
    }
}

/// A script of the repo that was to run turned out to have the line ends of Windows.
pub fn line_ends(mut problem: Problem) -> Problem {
    because(&mut problem, &kinds::LINE_ENDS, LINE_ENDS, LINE_ENDS_FIX);
    problem
}

fn because(problem: &mut Problem, kind: &'static ProblemKind, why: &str, fix: &str) {
    problem.kind = kind;
    problem.exit = kind.exit;
    problem.why = if problem.why.is_empty() { why.to_owned() } else { format!("{why}\n{}", problem.why) };
    problem.fixes.insert(0, fix.to_owned());
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
            ("Error: Cannot find module 'express'", "crashed"),
        ] {
            assert_eq!(kind_of(line), id, "{line}");
        }
    }

    #[test]
    fn scripts_are_found_in_a_command_and_looked_at() {
        assert_eq!(scripts("cd app && ./start.sh --port $PORT").collect::<Vec<_>>(), ["cd", "app", "./start.sh"]);
        assert!(has_windows_line_ends(b"#!/bin/sh\r\nexit\r\n") && !has_windows_line_ends(b"#!/bin/sh\nexit\n"));
        assert!(!has_windows_line_ends(b"\n") && !has_windows_line_ends(b""));
    }
}
