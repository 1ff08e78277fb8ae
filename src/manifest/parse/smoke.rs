//! One entry of `checks`: a line of the smoke test.

use std::time::Duration;

use serde_json_path::JsonPath;

use super::fields::{Decoder, Elsewhere, Field, Fields, Shape};
use super::template::Syntax;
use crate::manifest::{Asks, At, Check, HttpCheck, Part, Template};
use crate::problem::{Problem, kinds};

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
            "http" => self.http_check(&field, &fields)?,
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
                Asks::Tcp(self.template(&text.value, field.node, Syntax::Value))
            }
        };
        Some(At::new(Check { asks, timeout }, field.key))
    }

    fn http_check(&mut self, field: &Field, fields: &Fields) -> Option<Asks> {
        let status = fields.get("status").and_then(|field| self.status(&field));
        let body = fields.get("body").and_then(|field| self.words(&field, "a text", "body: welcome"));
        let json = fields.get("json").map(|field| self.json_expectations(&field)).unwrap_or_default();
        let within = self.time(fields, "within");
        Some(Asks::Http(HttpCheck { url: self.url(field)?, status, body, json, within }))
    }

    fn json_expectations(&mut self, field: &Field) -> Vec<(String, String)> {
        const EXAMPLE: &str = "json: { status: ok, $.items[0].name: first }";
        let entries = self.entries(field, "a mapping of places in the answer to values", EXAMPLE).unwrap_or(&[]);
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
                .why(format!("it belongs to {}", crate::words::list(&with)))
                .fix("remove it")
        });
    }
}
