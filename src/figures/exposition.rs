//! What a Prometheus server reads: the text format 0.0.4, for the textfile collector of its node exporter or a push gateway.

use std::collections::BTreeMap;
use std::fmt::Write;

use serde::{Deserialize, Serialize};

use super::line::{Line, What};

/// Bounds of the buckets of a duration, in seconds.
const BOUNDS: [f64; 12] = [0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 900.0];

/// Counters over all lines that were ever taken in. They are kept as they are, so that they never fall.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Exposition {
    #[serde(with = "pairs")]
    commands: BTreeMap<(String, String, String), u64>,
    problems: BTreeMap<String, u64>,
    #[serde(with = "pairs")]
    ready: BTreeMap<(String, String), Histogram>,
    scores: BTreeMap<u8, u64>,
    #[serde(with = "pairs")]
    marks: BTreeMap<(String, String), u64>,
}

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
struct Histogram {
    buckets: [u64; BOUNDS.len()],
    count: u64,
    sum: f64,
}

impl Exposition {
    pub fn take(&mut self, line: &Line<'_>) {
        let repo = shown_repo(line);
        match line.what {
            What::Command => {
                let exit = line.exit.map(|exit| exit.to_string()).unwrap_or_default();
                *self.commands.entry((repo.clone(), line.command.to_owned(), exit)).or_default() += 1;
                for id in &line.problems {
                    *self.problems.entry((*id).to_owned()).or_default() += 1;
                }
                if let Some(ready_ms) = line.ready_ms.filter(|_| line.brings_up() && !line.how.is_empty()) {
                    self.ready.entry((repo, line.how.to_owned())).or_default().add(super::tally::seconds(ready_ms));
                }
            }
            What::Mark => *self.marks.entry((repo, line.command.to_owned())).or_default() += 1,
            What::Feedback => {
                if let Some(score) = line.score {
                    *self.scores.entry(score).or_default() += 1;
                }
            }
            What::Began | What::Other => {}
        }
    }

    /// The document.
    pub fn text(&self) -> String {
        let mut text = String::new();
        head(&mut text, "devenv_commands_total", "counter", "Commands that ended, by exit code.");
        for ((repo, command, exit), number) in &self.commands {
            let labels = labels(&[("repo", repo), ("command", command), ("exit", exit)]);
            let _ = writeln!(text, "devenv_commands_total{labels} {number}");
        }
        head(&mut text, "devenv_problems_total", "counter", "Commands in which a problem was told, by its id.");
        for (id, number) in &self.problems {
            let _ = writeln!(text, "devenv_problems_total{} {number}", labels(&[("id", id)]));
        }
        head(&mut text, "devenv_ready_seconds", "histogram", "Time until everything was ready.");
        for ((repo, how), histogram) in &self.ready {
            histogram.write(&mut text, &[("repo", repo), ("how", how)]);
        }
        head(&mut text, "devenv_feedback_total", "counter", "Answers to the question how well it works, from 1 to 5.");
        for (score, number) in &self.scores {
            let _ = writeln!(text, "devenv_feedback_total{} {number}", labels(&[("score", &score.to_string())]));
        }
        head(&mut text, "devenv_marks_total", "counter", "Deploys and features.");
        for ((repo, what), number) in &self.marks {
            let _ = writeln!(text, "devenv_marks_total{} {number}", labels(&[("repo", repo), ("what", what)]));
        }
        text
    }
}

impl Histogram {
    fn add(&mut self, value: f64) {
        for (bound, bucket) in BOUNDS.iter().zip(&mut self.buckets) {
            *bucket += u64::from(value <= *bound);
        }
        self.count += 1;
        self.sum += value;
    }

    fn write(&self, text: &mut String, of: &[(&str, &str)]) {
        for (bound, bucket) in BOUNDS.iter().zip(self.buckets) {
            let bound = bound.to_string();
            let labels = labels(&[of, &[("le", &bound)]].concat());
            let _ = writeln!(text, "devenv_ready_seconds_bucket{labels} {bucket}");
        }
        let infinite = labels(&[of, &[("le", "+Inf")]].concat());
        let plain = labels(of);
        let _ = writeln!(text, "devenv_ready_seconds_bucket{infinite} {}", self.count);
        let _ = writeln!(text, "devenv_ready_seconds_sum{plain} {}", self.sum);
        let _ = writeln!(text, "devenv_ready_seconds_count{plain} {}", self.count);
    }
}

/// Maps by several texts, as JSON can hold them: a list of pairs.
mod pairs {
    use std::collections::BTreeMap;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub fn serialize<S: Serializer, K: Serialize, V: Serialize>(
        map: &BTreeMap<K, V>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(map)
    }

    pub fn deserialize<'de, D: Deserializer<'de>, K: Deserialize<'de> + Ord, V: Deserialize<'de>>(
        deserializer: D,
    ) -> Result<BTreeMap<K, V>, D::Error> {
        Ok(Vec::<(K, V)>::deserialize(deserializer)?.into_iter().collect())
    }
}

fn shown_repo(line: &Line<'_>) -> String {
    if line.name.is_empty() { line.repo.to_owned() } else { line.name.to_owned() }
}

fn head(text: &mut String, name: &str, kind: &str, help: &str) {
    let _ = writeln!(text, "# HELP {name} {help}\n# TYPE {name} {kind}");
}

fn labels(pairs: &[(&str, &str)]) -> String {
    let escaped = |value: &str| value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
    let pairs: Vec<String> = pairs.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", pairs.join(","))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counters_and_buckets_add_up() {
        let mut told = Exposition::default();
        let up =
            |ready_ms| Line { command: "up", name: "sh\"op", exit: Some(0), ready_ms, how: "warm", ..Line::default() };
        told.take(&up(Some(300)));
        told.take(&up(Some(7000)));
        told.take(&Line { exit: Some(1), problems: vec!["port-taken"], ..up(None) });
        told.take(&Line { what: What::Feedback, score: Some(4), ..Line::default() });
        let text = told.text();
        for line in [
            r#"devenv_commands_total{repo="sh\"op",command="up",exit="0"} 2"#,
            r#"devenv_commands_total{repo="sh\"op",command="up",exit="1"} 1"#,
            r#"devenv_problems_total{id="port-taken"} 1"#,
            r#"devenv_ready_seconds_bucket{repo="sh\"op",how="warm",le="0.25"} 0"#,
            r#"devenv_ready_seconds_bucket{repo="sh\"op",how="warm",le="0.5"} 1"#,
            r#"devenv_ready_seconds_bucket{repo="sh\"op",how="warm",le="10"} 2"#,
            r#"devenv_ready_seconds_sum{repo="sh\"op",how="warm"} 7.3"#,
            r#"devenv_feedback_total{score="4"} 1"#,
        ] {
            assert!(text.lines().any(|it| it == line), "{line} is not in:\n{text}");
        }
        let kept = serde_json::to_vec(&told).unwrap();
        assert_eq!(serde_json::from_slice::<Exposition>(&kept).unwrap(), told);
    }
}
