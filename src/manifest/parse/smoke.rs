//! One entry of `checks`: a line of the smoke test.

use std::time::Duration;

use serde_json_path::JsonPath;

use super::fields::{Decoder, Elsewhere, Field, Fields, Shape};
use super::template::Syntax;
use crate::manifest::{Asks, At, Check, HttpCheck, Part, QUESTION, Template};
use crate::problem::{Problem, kinds};
use crate::words;

pub const CHECK: Shape = Shape {
    keys: &["http", "status", "body", "json", "within", "task", "run", "sql", "prints", "tcp", "in", "timeout"],
    elsewhere: &[
        ("url", Elsewhere::Key("http")),
        ("command", Elsewhere::Key("run")),
        ("app", Elsewhere::Key("in")),
        ("contains", Elsewhere::Key("body")),
        ("latency", Elsewhere::Key("within")),
        ("output", Elsewhere::Key("prints")),
        ("retries", Elsewhere::Advice("leave it out: everything is ready before the first check is asked")),
    ],
};

/// Which key has a meaning beside which.
const ONLY_WITH: &[(&str, &[&str])] = &[
    ("status", &["http"]),
    ("body", &["http"]),
    ("json", &["http"]),
    ("within", &["http"]),
    ("prints", &["run", "sql"]),
    ("in", &["run", "sql"]),
];

impl Decoder<'_, '_> {
    pub fn check(&mut self, item: &Field) -> Option<At<Check>> {
        const EXAMPLE: &str = "- http: ${api.url}/healthz";
        let fields = self.fields(item, item.subject.clone(), &CHECK, EXAMPLE)?;
        let kind = self.exactly_one(&fields, &["http", "task", "run", "sql", "tcp"], EXAMPLE)?;
        for (key, with) in ONLY_WITH {
            self.only_with(&fields, key, with, kind);
        }
        let timeout = self.time(&fields, "timeout");
        let field = fields.get(kind)?;
        let asks = match kind {
            "http" => self.http_check(&field, &fields, timeout)?,
            "task" => {
                let text = self.text(&field, "the name of a task", "- task: test")?;
                Asks::Task(self.name(&text, "name of a task"))
            }
            "run" => {
                let app = self.in_field(&fields);
                let run = self.command(&field, "- { run: npm test, in: api }")?.value;
                Asks::Run { app, run, prints: self.prints(&fields) }
            }
            "sql" => {
                const SQL: &str = "- { sql: select 1, in: db }";
                let query = self.words(&field, "a query", SQL);
                if !fields.has("in") {
                    self.missing(&fields, "in", "the service that is asked", SQL);
                }
                let prints = self.prints(&fields);
                Asks::Sql { service: self.in_field(&fields)?, query: query?, prints }
            }
            _ => {
                let text = self.text(&field, "an address", "- tcp: ${db.host}:${db.port}")?;
                let address = self.template(&text.value, field.node, Syntax::Value);
                self.has_port(&field, &text, &address);
                Asks::Tcp(address)
            }
        };
        Some(At::new(Check { asks, timeout }, field.key))
    }

    fn http_check(&mut self, field: &Field, fields: &Fields, timeout: Option<Duration>) -> Option<Asks> {
        let status = fields.get("status").and_then(|field| self.status(&field));
        let body = fields.get("body").and_then(|field| self.words(&field, "a text", "body: welcome"));
        let json = fields.get("json").map(|field| self.json_expectations(&field)).unwrap_or_default();
        let within = self.time(fields, "within");
        self.ends_in_time(fields, within, timeout);
        Some(Asks::Http(HttpCheck { url: self.url(field)?, status, body, json, within }))
    }

    fn json_expectations(&mut self, field: &Field) -> Vec<(String, String)> {
        const EXAMPLE: &str = "json: { status: ok, $.items[0].name: first }";
        const EXPECTED: &str = "a mapping of places in the answer to values";
        let found = self.entries(field, EXPECTED, EXAMPLE);
        if found.is_some_and(<[_]>::is_empty) {
            self.findings.add(field.span(), || {
                let what = format!("{} names no place in the answer, so that nothing is expected", field.subject);
                Problem::new(&kinds::MANIFEST_WRONG_TYPE, what).fix(format!("write for example  {EXAMPLE}"))
            });
        }
        let entries = found.unwrap_or(&[]);
        let mut expectations = Vec::new();
        for entry in entries {
            let written = &entry.key.value;
            let path = if written.starts_with('$') { written.clone() } else { format!("$.{written}") };
            if let Err(error) = JsonPath::parse(&path) {
                self.findings.add(entry.key.span, || {
                    Problem::new(
                        &kinds::MANIFEST_BAD_JSON_PATH,
                        format!("`{written}` is no place in an answer of JSON"),
                    )
                    .why(error.to_string())
                    .fix("write for example  json: { items[0].name: first }")
                });
                continue;
            }
            let value =
                Field { subject: format!("`{written}` in {}", field.subject), key: entry.key.span, node: &entry.value };
            expectations.extend(self.text(&value, "a value", EXAMPLE).map(|value| (path, value.value)));
        }
        expectations
    }

    fn prints(&mut self, fields: &Fields) -> Option<String> {
        let field = fields.get("prints")?;
        self.words(&field, "a line that has to be printed", "prints: ok")
    }

    fn time(&mut self, fields: &Fields, key: &str) -> Option<Duration> {
        fields.get(key).and_then(|field| self.duration(&field))
    }

    /// An answer that may take longer than the check never does.
    fn ends_in_time(&mut self, fields: &Fields, within: Option<Duration>, timeout: Option<Duration>) {
        let most = timeout.unwrap_or(QUESTION);
        let (Some(within), Some(field)) = (within.filter(|within| *within > most), fields.get("within")) else {
            return;
        };
        self.findings.add(field.span(), || {
            let whose =
                if timeout.is_some() { "its `timeout`" } else { "as long as a check without `timeout` may take" };
            let [within, most] = [within, most].map(words::duration);
            let what = format!("{} is {within}, and the check is given up after {most}", field.subject);
            Problem::new(&kinds::MANIFEST_BAD_DURATION, what)
                .why(format!("{most} is {whose}"))
                .fix("make `within` shorter, or `timeout` longer")
        });
    }

    /// An address without a port, or with one that there is not, is reached by nobody.
    fn has_port(&mut self, field: &Field, text: &At<String>, address: &Template) {
        let is_port = |text: &str| text.parse::<u16>().is_ok_and(|port| port > 0);
        let fine = match address.parts.as_slice() {
            [Part::Text(all)] => all.rsplit_once(':').is_some_and(|(host, port)| !host.is_empty() && is_port(port)),
            [.., Part::Text(end)] => end.rsplit_once(':').is_some_and(|(_, port)| is_port(port)),
            [.., Part::Reference(_)] => true,
            [] => false,
        };
        if !fine {
            self.findings.add(text.span, || {
                let what = format!("{} must be a host and a port from 1 to 65535, not `{}`", field.subject, text.value);
                Problem::new(&kinds::MANIFEST_BAD_ADDRESS, what).fix("write for example  tcp: ${db.host}:${db.port}")
            });
        }
    }

    fn url(&mut self, field: &Field) -> Option<Template> {
        let text = self.text(field, "an address", "- http: ${api.url}/healthz")?;
        let template = self.template(&text.value, field.node, Syntax::Value);
        let fine = match template.parts.first() {
            Some(Part::Text(start)) => start.starts_with("http://") || start.starts_with("https://"),
            Some(Part::Reference(_)) => true,
            None => false,
        };
        if !fine {
            self.findings.add(text.span, || {
                let what = format!("{} must be a whole address, not `{}`", field.subject, text.value);
                let path = if text.value.starts_with('/') { text.value.as_str() } else { "/healthz" };
                Problem::new(&kinds::MANIFEST_BAD_ADDRESS, what)
                    .fix(format!("write for example  http: ${{api.url}}{path}"))
            });
        }
        Some(template)
    }

    fn only_with(&mut self, fields: &Fields, key: &str, with: &[&str], kind: &str) {
        let Some(field) = fields.get(key).filter(|_| !with.contains(&kind)) else { return };
        self.findings.add(field.key, || {
            let with: Vec<String> = with.iter().map(|key| format!("`{key}`")).collect();
            Problem::new(&kinds::MANIFEST_UNKNOWN_KEY, format!("{} has no meaning beside `{kind}`", field.subject))
                .why(format!("it belongs to {}", words::list(&with)))
                .fix("remove it")
        });
    }
}
