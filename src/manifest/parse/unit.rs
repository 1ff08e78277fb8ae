//! What services and apps have in common: variables, needs, readiness, files.

use super::fields::{Decoder, Elsewhere, Field, Fields, Shape};
use super::template::Syntax;
use crate::manifest::yaml::{Entry, Node, Value};
use crate::manifest::{At, File, Need, Ready, ReadyBy, Span, Template, Variable};
use crate::problem::{Problem, kinds};

pub const READY: Shape = Shape {
    keys: &["http", "log", "run", "port", "status", "timeout"],
    elsewhere: &[
        ("path", Elsewhere::Key("http")),
        ("url", Elsewhere::Key("http")),
        ("command", Elsewhere::Key("run")),
        ("cmd", Elsewhere::Key("run")),
        ("exec", Elsewhere::Key("run")),
        ("test", Elsewhere::Key("run")),
        ("tcp", Elsewhere::Key("port")),
        ("interval", Elsewhere::Advice("leave it out: it is asked every 10 to 100 milliseconds")),
        ("retries", Elsewhere::Advice("write `timeout: 60s` for how long it may take")),
        ("start_period", Elsewhere::Advice("write `timeout: 60s` for how long it may take")),
    ],
};

impl Decoder<'_, '_> {
    pub fn variables(&mut self, fields: &Fields) -> Vec<Variable> {
        const EXAMPLE: &str = "env: { LOG_LEVEL: debug }";
        let Some(field) = fields.get("env") else { return Vec::new() };
        match &field.node.value {
            Value::Sequence(items) => items.iter().filter_map(|item| self.assignment(&field, item)).collect(),
            Value::Null | Value::Mapping(_) => {
                let entries = self.entries(&field, "a mapping of variables", EXAMPLE).unwrap_or(&[]);
                entries.iter().filter_map(|entry| self.variable(entry, &fields.owner)).collect()
            }
            _ => {
                self.wrong_type(&field, "a mapping of variables", EXAMPLE);
                Vec::new()
            }
        }
    }

    fn variable(&mut self, entry: &Entry, owner: &str) -> Option<Variable> {
        let key = &entry.key;
        let subject = format!("`{}` in `env` of {owner}", key.value);
        let field = Field { subject, key: key.span, node: &entry.value };
        self.variable_key(key);
        let value = match &entry.value.value {
            Value::Null => {
                self.not_cut_off_by_a_comment(&field);
                At::new(Template::default(), entry.value.span)
            }
            Value::Scalar(text) => At::new(self.template(text, &entry.value, Syntax::Value), entry.value.span),
            _ => {
                self.wrong_type(&field, "a single value", &format!("{}: value", key.value));
                return None;
            }
        };
        Some(Variable { key: key.clone(), value })
    }

    /// `COLOR: #fff` is an empty value and a comment to YAML, which nobody means.
    fn not_cut_off_by_a_comment(&mut self, field: &Field) {
        let line = self.findings.source_of(field.key).line(field.key.line);
        let after = (field.key.column + field.key.width) as usize;
        let rest: String = line.chars().skip(after).collect();
        let rest = rest.trim();
        let is_value = rest.strip_prefix('#').is_some_and(|text| text.starts_with(|c: char| c.is_ascii_alphanumeric()));
        if is_value {
            self.findings.add(field.key, || {
                let what = format!("{} is empty, because `#` begins a comment", field.subject);
                Problem::new(&kinds::MANIFEST_COMMENT_AS_VALUE, what)
                    .fix(format!("write \"{rest}\" in quotes if it is the value"))
                    .fix("or put a space after the `#` if it is a comment")
            });
        }
    }

    fn assignment(&mut self, list: &Field, item: &Node) -> Option<Variable> {
        let field = Field { subject: format!("each line of {}", list.subject), key: item.span, node: item };
        let text = self.text(&field, "`KEY=value`", "env: { LOG_LEVEL: debug }")?;
        let Some((key, value)) = text.value.split_once('=') else {
            self.findings.add(item.span, || {
                let what = format!("{} must be `KEY=value`, not `{}`", field.subject, text.value);
                Problem::new(&kinds::MANIFEST_WRONG_TYPE, what).fix("write `KEY: value` lines under `env:`")
            });
            return None;
        };
        let width = u32::try_from(key.chars().count()).unwrap_or(1).max(1);
        let key = At::new(key.to_owned(), Span { width, ..item.span });
        self.variable_key(&key);
        let value = At::new(self.template(value, item, Syntax::Value), item.span);
        Some(Variable { key, value })
    }

    fn variable_key(&mut self, key: &At<String>) {
        let mut letters = key.value.chars();
        let fine = letters.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
            && letters.all(|c| c.is_ascii_alphanumeric() || "_.-".contains(c));
        if !fine {
            self.findings.add(key.span, || {
                Problem::new(&kinds::MANIFEST_BAD_VARIABLE, format!("no variable can be called `{}`", key.value))
                    .why("it begins with a letter or `_` and goes on with letters, digits, `_`, `.` or `-`")
            });
        }
    }

    pub fn needs(&mut self, fields: &Fields) -> Vec<Need> {
        const EXPECTED: &str = "a list of names";
        const EXAMPLE: &str = "needs: [db, mail?]";
        let Some(field) = fields.get("needs") else { return Vec::new() };
        let items = self.items(&field, EXPECTED, EXAMPLE).unwrap_or_default();
        let mut needs = Vec::new();
        for item in items {
            let Some(text) = self.text(&item, "a name", EXAMPLE) else { continue };
            let (name, optional) = match text.value.strip_suffix('?') {
                Some(name) => (name.trim_end(), true),
                None => (text.value.as_str(), false),
            };
            let name = self.name(&At::new(name.to_owned(), text.span), "name");
            needs.push(Need { name, optional });
        }
        needs
    }

    pub fn ready(&mut self, fields: &Fields) -> Option<At<Ready>> {
        let field = fields.get("ready")?;
        let by = match &field.node.value {
            Value::Scalar(text) if text.starts_with('/') => {
                Ready { by: Some(ReadyBy::Http { path: text.clone(), status: None }), timeout: None }
            }
            Value::Scalar(text) => {
                self.unclear_ready(&field, text);
                return None;
            }
            _ => self.ready_mapping(&field)?,
        };
        Some(At::new(by, field.node.span))
    }

    fn unclear_ready(&mut self, field: &Field, text: &str) {
        self.findings.add(field.span(), || {
            let what = format!("{} must be a path such as `/healthz` or a mapping, not `{text}`", field.subject);
            let problem = Problem::new(&kinds::MANIFEST_WRONG_TYPE, what);
            let path = text.split_once("://").map(|(_, rest)| rest.find('/').map_or("/", |index| &rest[index..]));
            match path {
                Some(path) => problem.fix(format!("write  ready: {path}")),
                None if text.parse::<u16>().is_ok() => problem.fix(format!("write  ready: {{ port: {text} }}")),
                None if text.starts_with(|c: char| c.is_ascii_digit()) => {
                    problem.fix(format!("write  ready: {{ timeout: {text} }}"))
                }
                None => problem
                    .fix("write  ready: { run: … } for a command that must succeed")
                    .fix("or  ready: { log: … } for words of its output"),
            }
        });
    }

    fn ready_mapping(&mut self, field: &Field) -> Option<Ready> {
        const EXAMPLE: &str = "ready: { http: /healthz, timeout: 30s }";
        let fields = self.fields(field, field.subject.clone(), &READY, EXAMPLE)?;
        let timeout = fields.get("timeout").and_then(|field| self.duration(&field));
        let only_timeout = fields.has("timeout") && !["http", "log", "run", "port"].iter().any(|key| fields.has(key));
        let status = fields.get("status").and_then(|field| self.status(&field));
        if let Some(field) = fields.get("status")
            && !fields.has("http")
        {
            self.findings.add(field.key, || {
                Problem::new(&kinds::MANIFEST_MISSING_KEY, format!("{} has a meaning only with `http`", field.subject))
                    .fix("write  ready: { http: /healthz, status: 204 }")
            });
        }
        if only_timeout {
            return Some(Ready { by: None, timeout });
        }
        let kind = self.exactly_one(&fields, &["http", "log", "run", "port"], EXAMPLE)?;
        let value = fields.get(kind)?;
        let by = match kind {
            "http" => ReadyBy::Http { path: self.http_path(&value)?, status },
            "log" => ReadyBy::Log(self.words(&value, "words of its output", "ready: { log: Server started }")?),
            "run" => ReadyBy::Command(self.words(&value, "a command", "ready: { run: curl -f localhost:3000 }")?),
            _ => ReadyBy::Port(self.port(&value)?.value),
        };
        Some(Ready { by: Some(by), timeout })
    }

    fn http_path(&mut self, field: &Field) -> Option<String> {
        let text = self.text(field, "a path", "http: /healthz")?;
        if text.value.starts_with('/') {
            return Some(text.value);
        }
        self.findings.add(text.span, || {
            let rest = text.value.split_once("://").map_or(text.value.as_str(), |(_, rest)| rest);
            let path = rest.find('/').map_or_else(|| "/healthz".to_owned(), |index| rest[index..].to_owned());
            let what = format!("{} must be a path that begins with `/`, not `{}`", field.subject, text.value);
            Problem::new(&kinds::MANIFEST_BAD_PATH, what).fix(format!("write  http: {path}"))
        });
        None
    }

    /// A single value that is not blank.
    pub fn words(&mut self, field: &Field, expected: &str, example: &str) -> Option<String> {
        let text = self.text(field, expected, example)?;
        if text.value.trim().is_empty() {
            self.blank(field, expected, example);
            return None;
        }
        Some(text.value)
    }

    pub fn files(&mut self, fields: &Fields) -> Vec<File> {
        const EXAMPLE: &str = "files: { /etc/nginx/nginx.conf: nginx.conf }";
        let Some(field) = fields.get("files") else { return Vec::new() };
        let entries = self.entries(&field, "a mapping of paths inside the service to paths in the repo", EXAMPLE);
        let mut files = Vec::new();
        for entry in entries.unwrap_or(&[]) {
            let subject = format!("`{}` in {}", entry.key.value, field.subject);
            let target = self.inside_path(&entry.key, &subject);
            let source = Field { subject, key: entry.key.span, node: &entry.value };
            let source = self.relative_path(&source, EXAMPLE);
            files.extend(target.zip(source).map(|(target, source)| File { target, source }));
        }
        files
    }
}
