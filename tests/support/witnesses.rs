//! Programs and schemas of others, which what devenv writes is held against.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use serde_json::Value;

/// The folder that they are in; brings them there the first time.
fn place() -> &'static Path {
    static PLACE: OnceLock<PathBuf> = OnceLock::new();
    PLACE.get_or_init(|| {
        let output = Command::new(own("provide.sh")).stdin(Stdio::null()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        PathBuf::from(String::from_utf8(output.stdout).unwrap().trim_end())
    })
}

fn own(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/witnesses").join(name)
}

/// One of their programs: `promtool`, `check-jsonschema`…
pub fn program(name: &str) -> Command {
    let all = ["usr/bin", "python/bin", "collector"].map(|folder| place().join(folder).join(name));
    Command::new(all.into_iter().find(|path| path.exists()).unwrap())
}

/// A script of ours in `tests/witnesses`, with what it imports.
pub fn script(name: &str) -> Command {
    let mut command = program("python");
    command.arg("-B").arg(own(name));
    command
}

/// What it says of something, which it finds to be right.
#[track_caller]
pub fn said(mut command: Command, input: &str) -> String {
    use std::io::Write;
    let piped = || Stdio::piped();
    let mut child = command.stdin(piped()).stdout(piped()).stderr(piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let (stdout, stderr) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{command:?}\n{stdout}\n{stderr}\nof:\n{input}");
    stdout.into_owned() + &stderr
}

/// A JUnit report, against the schema of Jenkins and with a reader of such reports: its `cases`, and how many of them are `failure`,
/// `error` and `skipped`.
#[track_caller]
pub fn junit(report: &Path) -> Value {
    let mut command = script("junit.py");
    command.arg(place().join("schemas/junit.xsd")).arg(report);
    serde_json::from_str(&said(command, "")).unwrap()
}

/// SARIF, against its schema.
#[track_caller]
pub fn sarif(report: &Path) {
    let mut command = program("check-jsonschema");
    // Its patterns are not all of the kind that the standard says.
    command.args(["--regex-variant", "python", "--schemafile"]).arg(place().join("schemas/sarif.json")).arg(report);
    said(command, "");
}

/// A workflow, against what its CI service understands.
#[track_caller]
pub fn workflow(service: &str, file: &Path) {
    let schema = match service {
        "github" => "vendor.github-workflows",
        "gitlab" => "vendor.gitlab-ci",
        "circleci" => "vendor.circle-ci",
        other => &format!("vendor.{other}"),
    };
    let mut command = program("check-jsonschema");
    command.args(["--builtin-schema", schema]).arg(file);
    said(command, "");
}
