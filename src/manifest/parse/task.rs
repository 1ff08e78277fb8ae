//! One entry of `tasks`, `secrets` or `checks`.

use super::fields::{Decoder, Elsewhere, Field, Fields, Shape};
use super::template::Syntax;
use crate::manifest::yaml::{Entry, Value};
use crate::manifest::{At, Check, Part, Secret, Task, Template};
use crate::names::Name;
use crate::problem::Problem;

pub const TASK: Shape = Shape {
    keys: &["in", "run"],
    elsewhere: &[("app", Elsewhere::Key("in")), ("command", Elsewhere::Key("run")), ("cmd", Elsewhere::Key("run"))],
};

pub const SECRET: Shape = Shape { keys: &["description"], elsewhere: &[("desc", Elsewhere::Key("description"))] };

pub const CHECK: Shape = Shape {
    keys: &["http", "status", "task", "run", "sql", "tcp", "in"],
    elsewhere: &[("url", Elsewhere::Key("http")), ("command", Elsewhere::Key("run")), ("app", Elsewhere::Key("in"))],
};

impl Decoder<'_, '_> {
    pub fn task(&mut self, entry: &Entry) -> Option<Task> {
        const EXAMPLE: &str = "test: { in: api, run: npm test }";
        let name = self.name(&entry.key, "name of a task");
        let owner = format!("the task `{}`", entry.key.value);
        let field = Field { subject: owner.clone(), key: entry.key.span, node: &entry.value };
        if matches!(entry.value.value, Value::Scalar(_)) {
            return Some(Task { name, app: None, run: self.command(&field, EXAMPLE)? });
        }
        let fields = self.fields(&field, owner, &TASK, EXAMPLE)?;
        let app = self.in_field(&fields);
        let Some(run) = fields.get("run") else {
            self.missing(&fields, "run", "the command", EXAMPLE);
            return None;
        };
        Some(Task { name, app, run: self.command(&run, EXAMPLE)? })
    }

    fn in_field(&mut self, fields: &Fields) -> Option<At<Name>> {
        let field = fields.get("in")?;
        let text = self.text(&field, "a name", "in: api")?;
        Some(self.name(&text, "name"))
    }

    pub fn secret(&mut self, entry: &Entry) -> Option<Secret> {
        const EXAMPLE: &str = "STRIPE_KEY: Sandbox key, ask the payments team";
        let name = entry.key.clone();
        let mut letters = name.value.chars();
        let fine = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && letters.all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !fine {
            self.findings.add(name.span, || {
                Problem::new("manifest-bad-name", format!("no secret can be called `{}`", name.value))
                    .why("it is named as a variable is: letters, digits and `_`, not a digit first")
            });
        }
        let owner = format!("the secret `{}`", name.value);
        let field = Field { subject: owner.clone(), key: name.span, node: &entry.value };
        let description = if matches!(entry.value.value, Value::Mapping(_)) {
            let fields = self.fields(&field, owner, &SECRET, EXAMPLE)?;
            let Some(description) = fields.get("description") else {
                self.missing(&fields, "description", "what it is and where to get it", EXAMPLE);
                return None;
            };
            self.text(&description, "a description", EXAMPLE)?
        } else {
            self.text(&field, "a line that says what it is and where to get it", EXAMPLE)?
        };
        Some(Secret { name, description })
    }

    pub fn check(&mut self, item: &Field) -> Option<At<Check>> {
        const EXAMPLE: &str = "- http: ${api.url}/healthz";
        let fields = self.fields(item, item.subject.clone(), &CHECK, EXAMPLE)?;
        let kind = self.exactly_one(&fields, &["http", "task", "run", "sql", "tcp"], EXAMPLE)?;
        self.only_with(&fields, "status", &["http"], kind);
        self.only_with(&fields, "in", &["run", "sql"], kind);
        let field = fields.get(kind)?;
        let check = match kind {
            "http" => {
                let status = fields.get("status").and_then(|field| self.status(&field));
                Check::Http { url: self.url(&field)?, status }
            }
            "task" => {
                let text = self.text(&field, "the name of a task", "- task: test")?;
                Check::Task(self.name(&text, "name of a task"))
            }
            "run" => {
                let app = self.in_field(&fields);
                Check::Run { app, run: self.command(&field, "- { run: npm test, in: api }")?.value }
            }
            "sql" => {
                const SQL: &str = "- { sql: select 1, in: db }";
                let query = self.words(&field, "a query", SQL);
                if !fields.has("in") {
                    self.missing(&fields, "in", "the service that is asked", SQL);
                }
                Check::Sql { service: self.in_field(&fields)?, query: query? }
            }
            _ => {
                let text = self.text(&field, "an address", "- tcp: ${db.host}:${db.port}")?;
                Check::Tcp(self.template(&text.value, field.node, Syntax::Value))
            }
        };
        Some(At::new(check, field.key))
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
                Problem::new("manifest-bad-address", what).fix(format!("write for example  http: ${{api.url}}{path}"))
            });
        }
        Some(template)
    }

    fn only_with(&mut self, fields: &Fields, key: &str, with: &[&str], kind: &str) {
        let Some(field) = fields.get(key).filter(|_| !with.contains(&kind)) else { return };
        self.findings.add(field.key, || {
            let with: Vec<String> = with.iter().map(|key| format!("`{key}`")).collect();
            Problem::new("manifest-unknown-key", format!("{} has no meaning beside `{kind}`", field.subject))
                .why(format!("it belongs to {}", crate::words::list(&with)))
                .fix("remove it")
        });
    }
}
