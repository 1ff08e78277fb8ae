//! `devenv ci` where it does not come to an engine.

use quick_junit::Report;
use serde_json::Value;

use crate::support::Folder;

#[test]
fn a_wrong_manifest_ends_with_3_and_is_reported_with_its_place() {
    let mut folder = Folder::new("services:\n  db: postgress\nchecks: [{ http: /x }]\n");
    folder.set("GITHUB_ACTIONS", "true");
    let ran = folder.run(&["ci", "--artifacts", "reports"]).expect_code(3);
    assert!(
        ran.stderr.contains("::error file=dev.yaml,line=2,col=7,title=manifest-unknown-service::"),
        "{}",
        ran.stderr
    );
    let sarif: Value = serde_json::from_str(&folder.read("reports/devenv.sarif")).unwrap();
    assert_eq!(sarif["runs"][0]["results"].as_array().unwrap().len(), 2);
    let junit = Report::deserialize_from_str(&folder.read("reports/junit.xml")).unwrap();
    assert_eq!((junit.tests, junit.errors), (2, 2));
}

#[test]
fn places_are_told_as_the_repo_has_them() {
    let mut folder = Folder::empty();
    folder.write(".git/HEAD", "ref: refs/heads/main\n");
    folder.write("services/the shop/dev.yaml", "services:\n  db: postgress\n");
    folder.set("GITHUB_ACTIONS", "true");
    let ran = folder.run(&["-C", "services/the shop", "ci", "--artifacts", "reports"]).expect_code(3);
    assert!(ran.stderr.contains("::error file=services/the shop/dev.yaml,line=2,col=7,"), "{}", ran.stderr);
    let sarif: Value = serde_json::from_str(&folder.read("services/the shop/reports/devenv.sarif")).unwrap();
    let place = &sarif["runs"][0]["results"][0]["locations"][0]["physicalLocation"];
    assert_eq!(place["artifactLocation"]["uri"], "services/the%20shop/dev.yaml");
}

#[test]
fn no_engine_ends_with_4_and_is_reported() {
    let folder = Folder::new("services: { db: postgres }\n");
    let ran = folder.run(&["ci", "--json", "--artifacts", "reports"]).expect_code(4);
    assert_eq!(ran.json_lines().last().unwrap()["ok"], false);
    let junit = Report::deserialize_from_str(&folder.read("reports/junit.xml")).unwrap();
    assert_eq!(junit.errors, 1);
}

#[test]
fn a_folder_that_cannot_be_written_to_is_told() {
    let folder = Folder::new("services: { db: postgres }\n");
    folder.write("file", "");
    let ran = folder.run(&["ci", "--artifacts", "file/reports"]).expect_code(1);
    assert!(ran.stderr.starts_with("error[report-unwritable]"), "{}", ran.stderr);
}

#[test]
fn every_workflow_is_printed_as_a_whole() {
    let folder = Folder::empty();
    for service in ["github", "gitlab", "buildkite", "circleci"] {
        let ran = folder.run(&["ci", "--print", service]).expect_success();
        assert!(ran.stdout.contains("devenv ci --artifacts"), "{service}");
    }
}
