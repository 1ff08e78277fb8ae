//! Where output goes and what it looks like there.

use std::fs::File;
use std::process::Stdio;

use crate::support::{Folder, Running};

fn wrong() -> Folder {
    Folder::new("services: { db: postgress }\n")
}

const ESCAPE: char = '\u{1b}';

#[test]
fn a_reader_that_has_gone_away_is_no_error() {
    let folder = Folder::new("services: { db: postgres }\n");
    for arguments in [&["check", "--schema"][..], &["env", "--quiet"], &["--help"]] {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = folder.command(arguments);
        let output = command.stdout(Stdio::from(writer)).stderr(Stdio::piped()).output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && stderr.is_empty(), "{arguments:?}: {:?} {stderr}", output.status);
    }
}

#[test]
fn an_answer_that_can_not_be_written_is_a_problem() {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let folder = Folder::new("services: { db: postgres }\n");
    let mut command = folder.command(&["check", "--schema"]);
    let output = command.stdout(Stdio::from(full)).stderr(Stdio::piped()).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&output.stderr).starts_with("error[output-lost]"));
}

#[test]
fn colour_is_for_terminals_and_those_who_ask() {
    let mut folder = wrong();
    assert!(!folder.run(&["check"]).stderr.contains(ESCAPE));
    folder.set("CLICOLOR_FORCE", "1");
    let forced = folder.run(&["check"]).stderr;
    folder.set("NO_COLOR", "1");
    let without = folder.run(&["check"]).stderr;
    assert!(forced.contains(ESCAPE) && !without.contains(ESCAPE), "{forced}");
}

#[test]
fn what_stands_in_a_file_can_not_talk_to_the_terminal() {
    let folder = Folder::empty();
    folder.write("dev.yaml", "services: { \"\\e[31mred\": postgres }\nxx\u{1b}]0;title\u{7}: 1\n");
    let ran = folder.run(&["check"]).expect_code(3);
    assert!(!ran.all().contains(ESCAPE), "{:?}", ran.stderr);
}

#[test]
fn quiet_leaves_problems_and_the_answer() {
    let ran = wrong().run(&["check", "--quiet"]).expect_code(3);
    assert!(ran.stderr.starts_with("error["), "{}", ran.stderr);
    let fine = Folder::new("services: { db: postgres }\n").run(&["check", "--quiet"]).expect_success();
    assert_eq!(fine.stdout, "dev.yaml is fine: 1 service, 0 apps\n");
}

#[test]
fn no_backtrace_reaches_a_person() {
    let mut folder = wrong();
    folder.set("RUST_BACKTRACE", "full");
    for arguments in [&["check"][..], &["up"], &["-C", "/nonexistent", "up"], &["nonsense"]] {
        let ran = folder.run(arguments);
        assert!(!ran.all().contains("backtrace") && !ran.all().contains("src/"), "{}", ran.all());
    }
}

#[test]
fn a_name_that_is_no_text_is_no_crash() {
    use std::os::unix::ffi::OsStrExt;
    let folder = wrong();
    let mut command = folder.command(&["up"]);
    command.arg(std::ffi::OsStr::from_bytes(b"\xff\xfe"));
    Running::start(command).wait().expect_code(2);
    let mut command = folder.command(&["check"]);
    command.env("DEVENV_MIRROR", std::ffi::OsStr::from_bytes(b"\xff"));
    Running::start(command).wait().expect_code(3);
}
