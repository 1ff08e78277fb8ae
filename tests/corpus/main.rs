//! Scores what is detected against repos that people have judged: `DEVENV_CORPUS=FOLDER cargo test --test corpus -- --nocapture`.
//!
//! The folder holds `EXPECTED.tsv`, whose columns its own README explains, and `ID/repo/` for each row. Nothing of it is kept here.
//! Without the variable nothing is scored, and that is said.

#![expect(clippy::disallowed_methods, reason = "asks where the judged repos are, and reads their sheet")]

mod judge;
mod sheet;
mod tally;
mod versions;

use std::path::PathBuf;
use std::time::{Duration, Instant};

use self::tally::Tally;

/// What has to be reached, in percent of all that is judged.
const REACH: &[(&str, f64)] =
    &[("language", 97.0), ("manager", 97.0), ("version", 97.0), ("run", 90.0), ("port", 90.0)];

/// A usual repo is understood in that time, by what is shipped; what is tested is slower.
const LONGEST: Duration = Duration::from_millis(if cfg!(debug_assertions) { 1000 } else { 50 });

fn corpus() -> Option<PathBuf> {
    std::env::var_os("DEVENV_CORPUS").map(PathBuf::from)
}

#[test]
fn what_people_judged_is_found() {
    let Some(folder) = corpus() else {
        println!("skipped: DEVENV_CORPUS does not say where the judged repos are");
        return;
    };
    let rows = sheet::read(&std::fs::read_to_string(folder.join("EXPECTED.tsv")).unwrap());
    assert!(!rows.is_empty());
    let mut tally = Tally::default();
    let mut longest = (Duration::ZERO, String::new());
    for row in &rows {
        let id = row.of("id");
        let start = Instant::now();
        let repo = devenv::host::read_repo(&folder.join(id).join("repo")).unwrap();
        let findings = devenv::detect::detect(&repo);
        longest = longest.max((start.elapsed(), id.to_owned()));
        if std::env::var_os("DEVENV_CORPUS_SHOW").is_some_and(|wanted| wanted.to_str() == Some(id)) {
            println!("{findings:#?}");
        }
        tally.add(id, row.of("language"), judge::all(row, &findings));
    }
    println!("{tally}");
    println!("slowest: {} in {:?}", longest.1, longest.0);
    for (field, wanted) in REACH {
        let reached = tally.percent(field);
        assert!(reached >= *wanted, "{field}: {reached:.1} % of {wanted} %");
    }
    assert!(longest.0 < LONGEST, "{} took {:?}", longest.1, longest.0);
}
