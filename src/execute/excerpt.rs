//! What of a program's last output is shown with a problem: the error that it names, without what buries it. Pure.
//!
//! What is noise, and how errors begin, is what common runtimes and package managers print.

/// How many lines of output are worth asking for, so that the error is among them.
pub(super) const LOOKED_AT: u32 = 200;
/// How many lines are shown at most.
const SHOWN: usize = 20;
/// How many lines at the end are shown when the error stands further above.
const AT_THE_END: usize = 5;
/// Frames of a stack that are shown below one error.
const FRAMES: usize = 2;
/// What stands for lines that were left out.
const LEFT_OUT: &str = "…";

/// The lines to show, in their order. Few lines stay as they are, but for what never says anything.
pub(super) fn excerpt(lines: &[String]) -> Vec<String> {
    let kept = without_noise(lines);
    if kept.len() <= SHOWN {
        return kept;
    }
    let end = &kept[kept.len() - SHOWN..];
    let Some(cause) = cause(&kept).filter(|cause| *cause < kept.len() - SHOWN) else { return end.to_vec() };
    let from_cause = SHOWN - AT_THE_END - 1;
    let mut shown = kept[cause..cause + from_cause].to_vec();
    shown.push(LEFT_OUT.to_owned());
    shown.extend_from_slice(&kept[kept.len() - AT_THE_END..]);
    shown
}

/// Leaves out what a reader of an error skips: frames of a stack but for the first, empty properties of a dumped error, help texts.
fn without_noise(lines: &[String]) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    let mut frames = 0;
    for line in lines {
        let text = line.trim();
        frames = if is_frame(text) { frames + 1 } else { 0 };
        let is_repeated = text.is_empty() && kept.last().is_none_or(|last| last.trim().is_empty());
        if frames > FRAMES || is_repeated || is_empty_property(text) || is_help(text) {
            continue;
        }
        kept.push(line.clone());
    }
    while kept.last().is_some_and(|last| last.trim().is_empty()) {
        kept.pop();
    }
    kept
}

/// A line of a stack as Node, the JVM and .NET print it, and what the JVM leaves out of one.
fn is_frame(text: &str) -> bool {
    (text.starts_with("at ") && (text.contains('(') || text.contains(':')))
        || (text.starts_with("... ") && text.ends_with(" more"))
        || text.starts_with("<anonymous>")
}

/// `table: undefined,` in what Node prints of an error that a database driver made.
fn is_empty_property(text: &str) -> bool {
    let value = text.trim_end_matches(',').split_once(": ");
    value.is_some_and(|(name, value)| value == "undefined" && name.bytes().all(|byte| byte.is_ascii_alphanumeric()))
}

/// What npm adds to every error: its usage, its options, where more help and its log are.
fn is_help(text: &str) -> bool {
    let Some(said) = text.strip_prefix("npm error").or_else(|| text.strip_prefix("npm ERR!")) else { return false };
    let said = said.trim_start();
    const BEGINS: &[&str] = &["Usage:", "Options:", "[-", "aliases:", "alias:", "Run \"npm help", "A complete log of"];
    said.is_empty() || BEGINS.iter().any(|begin| said.starts_with(begin)) || is_usage(said)
}

/// Below `Usage:`: `npm ci`, and above it what the command is for.
fn is_usage(said: &str) -> bool {
    let is_command = said.strip_prefix("npm ").is_some_and(|rest| {
        rest.split(' ').all(|word| word.starts_with('[') || word.chars().all(|c| c.is_ascii_lowercase() || c == '-'))
    });
    is_command || ["Clean install a project", "Install a package", "Run arbitrary package scripts"].contains(&said)
}

/// The error that a program names in its last lines, in its own words; else its last words.
pub(super) fn last_word(lines: &[String]) -> Option<&str> {
    let kept =
        cause(lines).and_then(|cause| lines.get(cause)).or_else(|| lines.iter().rfind(|line| !line.trim().is_empty()));
    kept.map(|line| line.trim())
}

/// Where the last error begins.
fn cause(lines: &[String]) -> Option<usize> {
    let last = lines.iter().rposition(|line| begins_an_error(line))?;
    // Errors in a row, as compilers and package managers print them: the first of these is it.
    let first = (0..last).rev().take_while(|index| begins_an_error(&lines[*index])).last();
    Some(first.unwrap_or(last))
}

/// A line that a program begins its error with.
fn begins_an_error(line: &str) -> bool {
    const BEGINS: &[&str] =
        &["error", "fatal", "panic:", "npm err", "caused by:", "uncaught ", "unhandled", "exception"];
    const AFTER_A_NAME: &[&str] =
        &["Error: ", "Exception: ", "error: ", "] ERROR", " ERROR ", "FATAL: ", " panicked at "];
    let text = line.trim_start();
    let small = text.to_ascii_lowercase();
    BEGINS.iter().any(|begin| small.starts_with(begin)) || AFTER_A_NAME.iter().any(|part| text.contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(text: &str) -> Vec<String> {
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_driver_error_in_node_is_shown_without_its_dump() {
        let mut said = "/app/node_modules/pg-pool/index.js:45\n    Error.captureStackTrace(err)\n          ^\n\nerror: database \"x\" does not exist\n".to_owned();
        (0..12)
            .for_each(|line| said.push_str(&format!("    at Client.connect (/app/node_modules/pg/{line}.js:1:2)\n")));
        said.push_str("  length: 90,\n  severity: 'FATAL',\n  code: '3D000',\n");
        for name in ["detail", "hint", "position", "internalPosition", "where", "schema", "table", "column"] {
            said.push_str(&format!("  {name}: undefined,\n"));
        }
        said.push_str("  routine: 'InitPostgres'\n}\n\nNode.js v22.1.0\n");
        let shown = excerpt(&lines(&said)).join("\n");
        assert!(shown.contains("database \"x\" does not exist") && shown.contains("code: '3D000'"), "{shown}");
        assert!(!shown.contains("undefined") && shown.matches("at Client").count() == FRAMES, "{shown}");
    }

    #[test]
    fn what_npm_says_stands_without_its_help() {
        let said = "npm error code EUSAGE\nnpm error\nnpm error The `npm ci` command can only install with an existing package-lock.json or\nnpm error npm-shrinkwrap.json with lockfileVersion >= 1. Run an install with npm@5 or\nnpm error later to generate a package-lock.json file, then try again.\nnpm error\nnpm error Clean install a project\nnpm error\nnpm error Usage:\nnpm error npm ci\nnpm error\nnpm error Options:\nnpm error [--install-strategy <hoisted|nested|shallow|linked>] [--legacy-bundling]\nnpm error [--global-style] [--omit <dev|optional|peer> [--omit <dev|optional|peer> ...]]\nnpm error\nnpm error aliases: clean-install, ic, install-clean, isntall-clean\nnpm error\nnpm error Run \"npm help ci\" for more info\nnpm error A complete log of this run can be found in: /home/.npm/_logs/x.log";
        let shown = excerpt(&lines(said));
        assert_eq!(shown.len(), 4, "{shown:#?}");
        assert!(shown[1].contains("can only install with an existing package-lock.json"), "{shown:#?}");
    }

    #[test]
    fn an_error_far_above_the_end_is_shown_with_the_end() {
        let mut said = vec!["building".to_owned(); 30];
        said.push("ValueError: the setting X is missing".to_owned());
        said.extend((0..100).map(|number| format!("cleaning up {number}")));
        let shown = excerpt(&said);
        assert_eq!(shown.len(), SHOWN);
        assert_eq!((shown[0].as_str(), shown[14].as_str()), ("ValueError: the setting X is missing", LEFT_OUT));
        assert_eq!(shown[19], "cleaning up 99");
    }

    #[test]
    fn of_errors_in_a_row_the_first_is_the_cause() {
        let mut said = vec!["compiling".to_owned()];
        said.extend((0..3).map(|number| format!("error: cannot find `x{number}`")));
        said.extend((0..40).map(|number| format!("note {number}")));
        assert_eq!(excerpt(&said)[0], "error: cannot find `x0`");
    }

    #[test]
    fn without_an_error_the_last_lines_are_shown_and_few_lines_stay() {
        let said: Vec<String> = (0..50).map(|number| format!("line {number}")).collect();
        assert_eq!(excerpt(&said), said[30..]);
        let few = lines("one\n\n\ntwo\n\n");
        assert_eq!(excerpt(&few), ["one", "", "two"]);
        assert!(excerpt(&[]).is_empty());
    }
}
