//! One entry of `tasks` or `secrets`.

use super::fields::{Decoder, Elsewhere, Field, Fields, Shape};
use crate::manifest::yaml::{Entry, Value};
use crate::manifest::{At, Generator, Secret, Task};
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

    pub(super) fn in_field(&mut self, fields: &Fields) -> Option<At<Name>> {
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
}
