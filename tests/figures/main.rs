//! The figures against an independent computation, on journals whose answers are known; a million events in a second; and the report
//! of a company that does not exist, as the picture in the documents.
#![expect(clippy::disallowed_methods, clippy::unwrap_used, reason = "reads and writes files; a failure fails the test")]

mod company;
mod slowly;

use std::fmt::Write as _;
use std::io::{BufWriter, Read, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use devenv::figures::{Figures, Range, Tally, WorkingHours, page, picture};

/// 2026-06-29, a Monday, in milliseconds since 1970.
pub const BEGIN: u64 = 1_782_691_200_000;
const ALL: Range = Range { from: 0, to: i64::MAX / 4, now: BEGIN + 366 * 86_400_000 };

fn figures(journal: &str) -> Figures {
    let mut tally = Tally::new(ALL);
    journal.lines().for_each(|line| tally.take(line.as_bytes()));
    tally.figures(WorkingHours::default())
}

#[track_caller]
fn is_near(found: f64, wanted: f64, what: &str) {
    assert!((found - wanted).abs() <= 1e-6 * wanted.abs().max(1.0), "{what}: {found} instead of {wanted}");
}

#[test]
fn a_journal_whose_answers_are_known() {
    let mut journal = String::new();
    // A hundred and one warm runs of 1 to 101 seconds in one week, in no order; one of them twice as cold.
    for number in 0..101_u64 {
        let (at, seconds) = (BEGIN + number * 60_000, number * 37 % 101 + 1);
        let (how, ms) = ("warm", seconds * 1000);
        let _ = writeln!(
            journal,
            r#"{{"v":1,"at":{at},"by":"aa","repo":"r1","name":"shop","command":"up","ms":{ms},"exit":0,"ready_ms":{ms},"how":"{how}"}}"#
        );
    }
    // A failure on Tuesday at 17:00 that is mended on Wednesday at 9:30: one and a half working hours.
    let tuesday = BEGIN + (24 + 17) * 3_600_000;
    for (at, rest) in [
        (tuesday, r#""exit":1,"ms":0,"problems":["port-taken"]"#),
        (tuesday + 16 * 3_600_000, r#""exit":0,"ms":1800000,"ready_ms":1800000,"how":"cold""#),
    ] {
        let _ = writeln!(journal, r#"{{"v":1,"at":{at},"by":"bb","repo":"r1","name":"shop","command":"up",{rest}}}"#);
    }
    // First deploys after 48 hours for one and 72 for the other; a later one and a stranger's count for neither.
    for (by, after) in [("aa", 48), ("bb", 41 + 72), ("aa", 500), ("cc", 1)] {
        let at = BEGIN + after * 3_600_000;
        let _ = writeln!(journal, r#"{{"v":1,"what":"mark","at":{at},"by":"{by}","repo":"r1","command":"deploy"}}"#);
    }
    for score in [1, 4, 4, 5, 9] {
        let _ = writeln!(journal, r#"{{"v":1,"what":"feedback","at":{BEGIN},"by":"aa","score":{score}}}"#);
    }
    let found = figures(&journal);
    let warm = found.warm.unwrap();
    assert_eq!((warm.count, found.people, found.repos.len()), (101, 2, 1));
    is_near(warm.p50, 51.0, "the median of 1 to 101");
    is_near(warm.p95, 96.0, "95 % of 1 to 101");
    is_near(found.came_to_ready.unwrap(), 102.0 / 103.0, "the share that came to ready");
    is_near(found.blocked.hours, 1.5, "blocked");
    is_near(found.blocked.hours_per_person_and_week.unwrap(), 0.75, "blocked, of two people in one week");
    assert_eq!((found.problems[0].id.as_str(), found.problems[0].count), ("port-taken", 1));
    is_near(found.problems[0].blocked_hours, 1.5, "blocked by that problem");
    is_near(found.first_deploy_hours.unwrap().p50, 60.0, "the median of 48 and 72");
    assert_eq!((found.deploys, found.people_who_deployed), (4, 3));
    is_near(found.feedback.mean.unwrap(), 3.5, "feedback");
    assert_eq!((found.feedback.count, found.feedback.scores), (4, [1, 0, 0, 2, 1]));
}

#[test]
fn a_companys_figures_are_what_a_slow_and_simple_computation_says() {
    for seed in 1..4 {
        let journal = company::journal(seed, 14, 9);
        let found = figures(&journal);
        let slow = slowly::compute(&journal);
        for (how, spread) in [("cold", found.cold), ("warm", found.warm), ("noop", found.noop)] {
            let spread = spread.unwrap();
            let values = slow.ready.get(how).unwrap();
            assert_eq!(spread.count, values.len(), "{how}");
            is_near(spread.p50, slowly::percentile(values, 50.0), how);
            is_near(spread.p95, slowly::percentile(values, 95.0), how);
        }
        is_near(found.blocked.hours, slow.blocked_hours, "blocked");
        for repo in &found.repos {
            let (people, blocked) = slow.repos.get(&repo.of.repo).unwrap();
            assert_eq!(repo.people, people.len(), "{}", repo.of.name);
            is_near(repo.blocked_hours, *blocked, &repo.of.name);
        }
        for week in &found.weeks {
            let people = slow.weeks.get(&week.monday).map_or(0, std::collections::BTreeSet::len);
            assert_eq!(week.people, people, "{}", week.monday);
        }
        is_near(found.first_ready.unwrap().p50, slowly::percentile(&slow.first_ready, 50.0), "first ready");
        assert_eq!(found.problems.iter().map(|one| one.count).sum::<usize>(), slow.problems);
    }
}

#[test]
fn the_order_in_which_journals_are_read_changes_nothing() {
    let journal = company::journal(5, 8, 6);
    let mut lines: Vec<&str> = journal.lines().collect();
    let mut random = company::Random::new(7);
    for last in (1..lines.len()).rev() {
        lines.swap(last, random.below(last as u64 + 1) as usize);
    }
    let (one, other) = (figures(&journal), figures(&lines.join("\n")));
    assert_eq!((one.cold, one.warm, one.blocked.stretches), (other.cold, other.warm, other.blocked.stretches));
    is_near(other.blocked.hours, one.blocked.hours, "blocked");
}

#[test]
fn what_is_counted_side_by_side_is_what_is_counted_in_one_go() {
    let journal = company::journal(8, 9, 7) + &runs_that_began(40) + "torn\n{\"v\":7}\n";
    let lines: Vec<&str> = journal.lines().collect();
    let counted = |lines: &[&str]| {
        let mut tally = Tally::new(ALL);
        lines.iter().for_each(|line| tally.take(line.as_bytes()));
        tally
    };
    let whole = counted(&lines).figures(WorkingHours::default());
    assert_eq!((whole.cut_off, whole.lines.damaged, whole.lines.newer), (20, 1, 1));
    for number in [2, 3, 7] {
        let mut shares = lines.chunks(lines.len().div_ceil(number)).map(counted);
        let mut all = shares.next().unwrap();
        shares.for_each(|share| all.merge(share));
        // To the last digit, so that a report never changes with the number of processors.
        assert_eq!(all.figures(WorkingHours::default()), whole, "{number} at once");
    }
}

/// Every second one comes to its end, long after it began.
fn runs_that_began(number: u64) -> String {
    let began = (0..number).map(|run| {
        format!(
            "{{\"v\":1,\"what\":\"began\",\"at\":{BEGIN},\"by\":\"aa\",\"run\":\"{run:016x}\",\"command\":\"down\"}}\n"
        )
    });
    let ended = (0..number).step_by(2).map(|run| {
        format!("{{\"v\":1,\"at\":{BEGIN},\"by\":\"aa\",\"run\":\"{run:016x}\",\"command\":\"down\",\"exit\":0}}\n")
    });
    began.chain(ended).collect()
}

/// The program itself, on a journal whose answers are known. Without optimisation, and beside other tests, only a part of it.
#[test]
fn a_million_events_take_a_second_and_little_memory() {
    let rounds = if cfg!(debug_assertions) { 200 } else { 4951 };
    let place = tempfile::tempdir().unwrap();
    let team = place.path().join("team");
    std::fs::create_dir(&team).unwrap();
    let lines = of_known_answers(&team.join("0000000000001.jsonl"), rounds);
    let mut stats = Command::new(env!("CARGO_BIN_EXE_devenv"));
    stats.args(["stats", "--json", "--merge"]).arg(&team).current_dir(place.path());
    stats.env("DEVENV_HOME", place.path().join("state")).env("HOME", place.path());
    let began = std::time::Instant::now();
    let mut child = stats.stdout(Stdio::piped()).spawn().unwrap();
    let peak = most_memory(&mut child);
    let took = began.elapsed();
    let mut found = String::new();
    child.stdout.take().unwrap().read_to_string(&mut found).unwrap();
    let found: serde_json::Value = serde_json::from_str(&found).unwrap();
    assert_eq!((&found["lines"]["read"], &found["people"]), (&lines.into(), &100.into()));
    let number = |value: &serde_json::Value| value.as_f64().unwrap();
    is_near(number(&found["warm"]["p50"]), 51.0, "the median of 1 to 101, however often");
    is_near(number(&found["warm"]["p95"]), 96.0, "95 % of them");
    is_near(number(&found["blocked"]["hours"]), 150.0, "an hour and a half for each of a hundred");
    is_near(number(&found["services"][0]["p50"]), 25.5, "half of each time");
    is_near(number(&found["services"][0]["total"]), 0.5 * 51.0 * 101.0 * rounds as f64, "all of it");
    assert_eq!(
        (&found["services"][0]["what"], &found["steps"][0]["what"]),
        (&"db".into(), &"api: npm ci (step 1)".into())
    );
    assert!(peak < 200 << 10, "{peak} kB");
    assert!(cfg!(debug_assertions) || took.as_secs_f64() < 1.0, "{took:?}");
}

/// So many times a hundred and one runs with their beginnings, of a hundred people, and for each of these a failure that is mended an hour and a half of
/// work later; answers how many lines that are.
fn of_known_answers(path: &Path, rounds: u64) -> u64 {
    let mut file = BufWriter::new(std::fs::File::create(path).unwrap());
    for number in 0..rounds * 101 {
        let (at, ms, by) = (BEGIN + number % 1440 * 60_000, (number * 37 % 101 + 1) * 1000, number % 100);
        let (half, run) = (ms / 2, number + 1);
        let head = format!(
            r#""v":1,"at":{at},"zone":60,"by":"{by:012x}","repo":"00000000c0de","name":"shop","run":"{run:016x}","command":"up""#
        );
        writeln!(file, r#"{{{head},"what":"began","devenv":"0.1.0"}}"#).unwrap();
        writeln!(
            file,
            r#"{{{head},"ms":{ms},"exit":0,"ready_ms":{ms},"how":"warm","units":[{{"name":"db","kind":"service","states":[["waiting",0],["creating",0],["starting",4],["ready",{half}]]}}],"steps":[{{"of":"api","number":1,"name":"npm ci","from":0,"to":{half},"ok":true}}],"devenv":"0.1.0"}}"#
        )
        .unwrap();
    }
    // On Tuesday at 17:00, until Wednesday at 9:30.
    let failed = BEGIN + (24 + 17) * 3_600_000;
    for by in 0..100 {
        let head = format!(r#"{{"v":1,"by":"{by:012x}","repo":"0000000b10c5","command":"up""#);
        let mended = failed + 16 * 3_600_000;
        writeln!(file, r#"{head},"at":{failed},"exit":1,"ms":0,"problems":["port-taken"]}}"#).unwrap();
        writeln!(file, r#"{head},"at":{mended},"exit":0,"ms":1800000,"ready_ms":1800000,"how":"cold"}}"#).unwrap();
    }
    rounds * 101 * 2 + 200
}

/// The most memory that a program has at any moment until its end, in kB.
fn most_memory(child: &mut Child) -> u64 {
    let status = format!("/proc/{}/status", child.id());
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        let text = std::fs::read_to_string(&status).unwrap_or_default();
        let peak = text.lines().find_map(|line| line.strip_prefix("VmHWM:")?.trim().strip_suffix(" kB")?.parse().ok());
        most = most.max(peak.unwrap_or(0));
        std::thread::yield_now();
    }
    most
}

#[test]
fn the_picture_in_the_documents_is_the_report_of_that_company() {
    let found = figures(&company::journal(2026, 100, 26));
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/team-report.svg");
    let drawn = picture(&found, "A company of a hundred people, half a year (made up)") + "\n";
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &drawn).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap(), drawn, "UPDATE_EXPECT=1 draws it again");
    for document in [drawn.as_str(), page(&found, "team").trim_start_matches("<!doctype html>\n")] {
        let document = document.replace("<meta charset=\"utf-8\">", "");
        assert!(!document.contains("NaN") && !document.contains("inf"), "a number that is none");
        assert!(
            !document.contains("http")
                || document.matches("http").count()
                    == document.matches("http://www.w3.org").count() + document.matches("http-equiv").count()
        );
    }
}
