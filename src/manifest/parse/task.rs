//! One entry of `tasks`, `secrets` or `checks`.

use super::fields::{Decoder, Elsewhere, Field, Fields, Shape};
use super::template::Syntax;
use crate::manifest::yaml::{Entry, Value};
use crate::manifest::{At, Check, Generator, Part, Secret, Task, Template};
use crate::names::Name;
use crate::problem::{Problem, kinds};

pub const TASK: Shape = Shape {
    keys: &["in", "run"],
    elsewhere: &[("app", Elsewhere::Key("in")), ("command", Elsewhere::Key("run")), ("cmd", Elsewhere::Key("run"))],
};

pub const SECRET: Shape = Shape {
    keys: &["description", "from", "generate", "default", "optional"],
    elsewhere: &[
        ("desc", Elsewhere::Key("description")),
        ("command", Elsewhere::Key("from")),
        ("run", Elsewhere::Key("from")),
        ("random", Elsewhere::Key("generate")),
        ("required", Elsewhere::Advice("write `optional: true` for one that may be missing")),
        (
            "value",
            Elsewhere::Advice("a value does not belong here; write it into dev.local.yaml: `secrets: { NAME: value }`"),
        ),
    ],
};

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
                Problem::new(&kinds::MANIFEST_BAD_NAME, format!("no secret can be called `{}`", name.value))
                    .why("it is named as a variable is: letters, digits and `_`, not a digit first")
            });
        }
        let owner = format!("the secret `{}`", name.value);
        let field = Field { subject: owner.clone(), key: name.span, node: &entry.value };
        if !matches!(entry.value.value, Value::Mapping(_)) {
            let description = self.text(&field, "a line that says what it is and where to get it", EXAMPLE)?;
            return Some(Secret { name, description, from: None, generate: None, default: None, optional: false });
        }
        let fields = self.fields(&field, owner, &SECRET, EXAMPLE)?;
        let comes_by_itself = ["from", "generate", "default"].iter().any(|key| fields.has(key));
        let description = match fields.get("description") {
            Some(description) => self.text(&description, "a description", EXAMPLE)?,
            None if comes_by_itself => At::new(String::new(), name.span),
            None => {
                self.missing(&fields, "description", "what it is and where to get it", EXAMPLE);
                return None;
            }
        };
        let from = fields.get("from").and_then(|field| {
            let command = self.words(&field, "a command", "from: op read op://dev/stripe/key")?;
            Some(At::new(command, field.node.span))
        });
        let generate = fields.get("generate").and_then(|field| self.generator(&field));
        let default = fields.get("default").and_then(|field| self.text(&field, "a value", "default: test"));
        let optional = fields.get("optional").is_some_and(|field| self.yes_or_no(&field, "optional: true"));
        Some(Secret { name, description, from, generate, default: default.map(|text| text.value), optional })
    }

    fn generator(&mut self, field: &Field) -> Option<Generator> {
        let text = self.text(field, "a kind of random value", "generate: hex32")?;
        let known = Generator::ALL.iter().find(|(name, _)| *name == text.value);
        if known.is_none() {
            self.findings.add(text.span, || {
                let names: Vec<&str> = Generator::ALL.iter().map(|(name, _)| *name).collect();
                let what = format!("{} can't be `{}`", field.subject, text.value);
                let problem = Problem::new(&kinds::MANIFEST_UNKNOWN_GENERATOR, what)
                    .why(format!("known are {}", crate::words::list(&names)));
                match crate::words::nearest(&text.value, names) {
                    Some(meant) => problem.meant(meant),
                    None => problem.fix("write for example  generate: hex32"),
                }
            });
        }
        known.map(|(_, generator)| *generator)
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
