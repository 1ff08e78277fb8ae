//! A company that does not exist: what its people's journals would hold. The same seed makes the same company.

use std::fmt::Write;

/// Numbers that look random (xorshift64*).
pub struct Random(u64);

impl Random {
    pub fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1)
    }

    pub fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) % limit.max(1)
    }

    /// Around a value, rarely several times as much.
    fn about(&mut self, value: u64) -> u64 {
        let tail = if self.below(12) == 0 { 3 } else { 1 };
        value * (50 + self.below(100)) * tail / 100
    }
}

/// Name, its services, its setup step with the seconds that takes, and how many of a hundred attempts fail.
const REPOS: &[(&str, &[&str], &str, u64, u64)] = &[
    ("shop", &["db", "cache", "api", "web"], "npm ci", 38, 4),
    ("billing", &["db", "queue", "billing"], "./gradlew build", 95, 14),
    ("search", &["search", "indexer"], "cargo build", 60, 6),
    ("accounts", &["db", "accounts"], "pip install -r", 22, 3),
    ("mobile-api", &["db", "cache", "api"], "npm ci", 30, 5),
    ("warehouse", &["db", "etl"], "poetry install", 45, 9),
    ("docs", &["web"], "npm ci", 12, 1),
    ("notifications", &["queue", "mail", "worker"], "bundle install", 28, 5),
];
const PROBLEMS: &[&str] = &["not-ready", "setup-failed", "port-taken", "crashed", "download-failed", "secret-missing"];
const DAY: u64 = 86_400_000;

/// The lines of all people in so many weeks. A mirror that comes after three fifths of the time makes downloads quicker, and one
/// repo is mended at the same time.
pub fn journal(seed: u64, people: u64, weeks: u64) -> String {
    let mut random = Random::new(seed);
    let mut journal = String::new();
    for person in 0..people {
        let arrives = if person * 3 < people * 2 { 0 } else { random.below(weeks * 7) };
        let own = random.below(REPOS.len() as u64);
        let by = format!("{:012x}", seed * 1_000_003 + person * 7919);
        for day in arrives..weeks * 7 {
            if day % 7 < 5 && random.below(20) > 2 {
                let repo = if random.below(5) == 0 { random.below(REPOS.len() as u64) } else { own } as usize;
                let is_first = day == arrives || random.below(150) == 0;
                a_day(&mut journal, &mut random, (&by, repo), (day, is_first, day * 5 > weeks * 7 * 3));
            }
        }
    }
    journal
}

fn a_day(
    journal: &mut String,
    random: &mut Random,
    (by, repo): (&str, usize),
    (day, is_first, is_better): (u64, bool, bool),
) {
    let (name, _, _, setup_s, fails) = REPOS[repo];
    let fails = if is_better && name == "billing" { 5 } else { fails };
    let head = format!(r#""by":"{by}","repo":"{:012x}","name":"{name}","devenv":"0.1.0""#, repo * 104_729 + 17);
    let mut at = super::BEGIN + day * DAY + 9 * 3_600_000 + random.below(90) * 60_000;
    for number in 0..2 + random.below(5) {
        let cold = is_first && number == 0 || random.below(60) == 0;
        let how = if cold {
            "cold"
        } else if random.below(3) == 0 {
            "warm"
        } else {
            "noop"
        };
        let ready = match how {
            "cold" => random.about(setup_s * 1000 + if is_better { 25_000 } else { 80_000 }),
            "warm" => random.about(setup_s * 260 + 2500),
            _ => random.about(240),
        };
        if random.below(100) < fails && how != "noop" {
            let problem = PROBLEMS[random.below(PROBLEMS.len() as u64) as usize];
            let _ = writeln!(
                journal,
                r#"{{"v":1,"at":{at},{head},"command":"up","ms":{ready},"exit":1,"problems":["{problem}"]}}"#
            );
            at += ready + (5 + random.below(70)) * 60_000;
        }
        let details = details(random, repo, how, ready);
        let clone = if is_first && number == 0 {
            format!(r#","since_clone_s":{}"#, ready / 1000 + 30 + random.below(600))
        } else {
            String::new()
        };
        let ms = ready + 20;
        let _ = writeln!(
            journal,
            r#"{{"v":1,"at":{at},{head},"command":"up","ms":{ms},"exit":0,"ready_ms":{ready},"how":"{how}"{clone}{details}}}"#
        );
        at += ms + random.below(75) * 60_000;
    }
    if random.below(6) == 0 {
        let _ = writeln!(journal, r#"{{"v":1,"what":"mark","at":{at},{head},"command":"deploy"}}"#);
    }
    if random.below(30) == 0 {
        let _ = writeln!(journal, r#"{{"v":1,"what":"mark","at":{at},{head},"command":"feature"}}"#);
    }
    if random.below(12) == 0 {
        let score = (2 + u64::from(is_better) + random.below(3)).min(5);
        let _ = writeln!(journal, r#"{{"v":1,"what":"feedback","at":{at},{head},"score":{score}}}"#);
    }
}

/// The services and the setup step of a run.
fn details(random: &mut Random, repo: usize, how: &str, ready: u64) -> String {
    let (_, services, step, ..) = REPOS[repo];
    if how == "noop" {
        return String::new();
    }
    let half = ready / 2;
    let units = services.iter().map(|service| {
        let (from, to) = (random.below(half.max(1)), half + random.below(half.max(1)));
        format!(r#"{{"name":"{service}","kind":"service","states":[["waiting",0],["starting",{from}],["running",{}],["ready",{to}]]}}"#, half)
    });
    let units: Vec<String> = units.collect();
    let of = services.last().unwrap();
    let step = format!(r#"{{"of":"{of}","number":1,"name":"{step}","from":{},"to":{half},"ok":true}}"#, half / 4);
    format!(r#","units":[{}],"steps":[{step}]"#, units.join(","))
}
