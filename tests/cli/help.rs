//! `--help`, `--version`, and what is no command.

use devenv::words::jargon;

use crate::support::Folder;

/// The commands, as the help of the program itself lists them.
pub fn commands() -> Vec<String> {
    let help = Folder::empty().run(&["--help"]).expect_success().stdout;
    let after = help.lines().skip_while(|line| *line != "Commands:").skip(1);
    let lines = after.take_while(|line| line.starts_with("  "));
    let commands: Vec<String> = lines.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect();
    assert!(commands.len() >= 8, "{help}");
    commands
}

#[test]
fn the_help_lists_every_command_and_every_exit_code() {
    let help = Folder::empty().run(&["--help"]).expect_success();
    assert!(help.stderr.is_empty());
    for code in [0, 1, 2, 3, 4, 5, 6, 70, 130] {
        assert!(help.stdout.contains(&format!("{code} ")), "exit code {code} is not in:\n{}", help.stdout);
    }
    let widest = help.stdout.lines().map(|line| line.chars().count()).max();
    assert!(widest <= Some(100), "{}", help.stdout);
}

#[test]
fn every_command_explains_itself_with_an_example() {
    let folder = Folder::empty();
    for command in commands() {
        let help = folder.run(&[&command, "--help"]).expect_success().stdout;
        assert!(help.contains(&format!("Usage: devenv {command}")), "{help}");
        let examples = help.split("Example").nth(1).unwrap_or_else(|| panic!("{command} shows no example"));
        assert!(examples.contains("devenv "), "{help}");
        // Every argument and every option says what it is for.
        let wordless = help.lines().find(|line| line.trim_end().ends_with("...  ") || line.trim() == "<NAME>...");
        assert_eq!(wordless, None, "{command}");
    }
}

#[test]
fn no_help_has_a_word_of_the_engine() {
    let folder = Folder::empty();
    for command in commands() {
        for flag in ["--help", "-h"] {
            let help = folder.run(&[&command, flag]).stdout;
            assert_eq!(jargon(&help), [""; 0], "{help}");
        }
    }
    for flag in ["--help", "-h"] {
        let help = folder.run(&[flag]).stdout;
        assert_eq!(jargon(&help), [""; 0], "{help}");
    }
}

#[test]
fn the_version_is_one_line() {
    let version = Folder::empty().run(&["--version"]).expect_success();
    assert_eq!(version.stdout, format!("devenv {}\n", env!("CARGO_PKG_VERSION")));
    assert!(version.stderr.is_empty());
}

#[test]
fn no_command_at_all_shows_the_help_as_wrong_usage() {
    let ran = Folder::empty().run(&[]).expect_code(2);
    assert!(ran.stdout.is_empty());
    assert!(ran.stderr.contains("Commands:"), "{}", ran.stderr);
}

#[test]
fn wrong_usage_is_told_on_stderr() {
    let folder = Folder::new("services: { db: postgres }\n");
    for (arguments, says) in [
        (&["statsu"][..], "'status'"),
        (&["up", "--tim", "3"], "--timeout"),
        (&["up", "--timeout", "soon"], "90s"),
        (&["up", "--timeout", "0"], "over before it begins"),
        (&["restart"], "<NAME>"),
        (&["exec", "db"], "<COMMAND>"),
        (&["env", "--format", "xml"], "dotenv"),
        (&["up", "--quiet", "--verbose"], "cannot be used with"),
    ] {
        let ran = folder.run(arguments).expect_code(2);
        assert!(ran.stdout.is_empty() && ran.stderr.contains(says), "{arguments:?}: {}", ran.all());
    }
}
