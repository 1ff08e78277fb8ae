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

/// The folder may be anybody's: a person's own, or one that a repo has laid a link to.
#[test]
fn reports_take_the_place_of_nothing_else() {
    let folder = Folder::new("services: { db: postgress }\n");
    folder.write("logs/own.log", "own");
    folder.write("here/junit.xml", "own");
    folder.write("elsewhere/key", "secret");
    folder.run(&["ci", "--artifacts", "."]).expect_code(3);
    folder.run(&["ci", "--artifacts", "."]).expect_code(3);
    assert_eq!(folder.read("logs/own.log"), "own");
    let ran = folder.run(&["ci", "--artifacts", "here"]).expect_code(1);
    assert!(ran.stderr.contains("`junit.xml` is there already"), "{}", ran.stderr);
    assert_eq!(folder.read("here/junit.xml"), "own");
    std::fs::create_dir(folder.root().join("linked")).unwrap();
    std::os::unix::fs::symlink("../elsewhere", folder.root().join("linked/logs")).unwrap();
    let ran = folder.run(&["ci", "--artifacts", "linked"]).expect_code(1);
    assert!(ran.stderr.contains("`logs` is a link"), "{}", ran.stderr);
    assert_eq!(folder.read("elsewhere/key"), "secret");
}

#[test]
fn every_early_end_is_reported_and_its_own_exit_code_stays() {
    let folder = Folder::empty();
    folder.run(&["ci", "--artifacts", "reports"]).expect_code(3);
    let junit = Report::deserialize_from_str(&folder.read("reports/junit.xml")).unwrap();
    assert_eq!((junit.tests, junit.errors), (1, 1), "no manifest");
    let mut folder = Folder::new("services: { db: postgress }\n");
    folder.set("GITHUB_ACTIONS", "true");
    folder.set("GITHUB_STEP_SUMMARY", "/nowhere/summary.md");
    let ran = folder.run(&["ci", "--artifacts", "reports"]).expect_code(3);
    assert!(ran.stderr.contains("error[report-unwritable]"), "{}", ran.stderr);
    assert!(folder.read("reports/junit.xml").contains("manifest-unknown-service"));
}

#[test]
fn package_caches_are_kept_behind_no_link_of_the_repo() {
    let folder = Folder::new("services: { db: postgres }\n");
    folder.write("cache/file", "");
    std::os::unix::fs::symlink("..", folder.root().join("cache/packages")).unwrap();
    let ran = folder.run(&["ci", "--cache-dir", "cache"]).expect_code(1);
    assert!(ran.stderr.starts_with("error[cache-unusable]"), "{}", ran.stderr);
    folder.run(&["ci", "--cache-dir", "other"]).expect_code(4);
    assert!(folder.root().join("other/packages").is_dir());
}

#[test]
fn every_workflow_is_printed_as_a_whole() {
    let folder = Folder::empty();
    for service in ["github", "gitlab", "buildkite", "circleci"] {
        let ran = folder.run(&["ci", "--print", service]).expect_success();
        assert!(ran.stdout.contains("devenv ci --artifacts"), "{service}");
    }
}

#[test]
fn a_workflow_passes_the_secrets_and_holds_to_exact_versions() {
    let folder = Folder::new(
        "secrets: { STRIPE_KEY: a key of the test account, SESSION: { generate: hex32 } }\nservices: { db: postgres }\n",
    );
    let printed = || folder.run(&["ci", "--print", "github"]).expect_success().stdout;
    let text = printed();
    assert!(text.contains("STRIPE_KEY: ${{ secrets.STRIPE_KEY }}") && !text.contains("SESSION"), "{text}");
    assert!(!text.contains("--frozen"), "{text}");
    let exact = "2caf3a2080cd516573fe8bbe217ac19d88df46a1e039dc016e9456116a136d09";
    folder.write("dev.lock", format!("exact:\n  docker.io/library/postgres:17:\n    is: sha256:{exact}\nformat: 1\n"));
    assert!(printed().contains("--cache-dir .devenv-ci/cache --frozen\n"), "{}", printed());
}

#[test]
fn a_check_that_nothing_can_pass_is_told_with_its_place() {
    let folder = Folder::new(
        "apps: { api: { image: x, port: 80 } }\nchecks:\n  - tcp: x\n  - tcp: x:99999\n  - { http: '${api.url}/', within: 2m }\n  \
         - { http: '${api.url}/', within: 2s, timeout: 1s }\n  - { http: '${api.url}/', json: {} }\n  \
         - { http: '${api.url}/', within: 0s }\n",
    );
    let told = folder.run(&["check"]).expect_code(3).stderr;
    for line in 3..=8 {
        assert!(told.contains(&format!("dev.yaml:{line}:")), "{line}\n{told}");
    }
    folder.write(
        "dev.yaml",
        "services: { db: postgres }\nchecks: [{ tcp: '${db.host}:${db.port}' }, { tcp: '127.0.0.1:80' }]\n",
    );
    folder.run(&["check"]).expect_success();
}
