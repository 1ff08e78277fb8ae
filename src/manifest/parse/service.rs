//! One entry of `services`.

use super::fields::{Decoder, Elsewhere, Field, Fields, Shape};
use super::ports::{InsidePort, Ports};
use crate::manifest::yaml::{Entry, Value};
use crate::manifest::{At, Engine, Service, ServiceSource};

pub const SERVICE: Shape = Shape {
    keys: &["use", "image", "port", "env", "data", "ready", "needs", "run", "files", "optional", "databases", "engine"],
    elsewhere: &[
        ("environment", Elsewhere::Key("env")),
        ("ports", Elsewhere::Key("port")),
        ("expose", Elsewhere::Key("port")),
        ("volume", Elsewhere::Key("data")),
        (
            "volumes",
            Elsewhere::Advice(
                "write `data` for the folder whose content is kept, `files` for what it reads from the repo",
            ),
        ),
        ("depends_on", Elsewhere::Key("needs")),
        ("command", Elsewhere::Key("run")),
        ("entrypoint", Elsewhere::Advice("write it as a list below `engine`, or a command as `run`")),
        ("user", Elsewhere::Advice("write it below `engine`")),
        ("tmpfs", Elsewhere::Advice("write it below `engine`")),
        ("cap_add", Elsewhere::Advice("write it below `engine`")),
        ("extra_hosts", Elsewhere::Advice("write it below `engine`")),
        ("shm_size", Elsewhere::Advice("write it below `engine`")),
        ("healthcheck", Elsewhere::Key("ready")),
        ("configs", Elsewhere::Key("files")),
        ("version", Elsewhere::Advice("write the version behind the name: `use: postgres@16`")),
        ("build", Elsewhere::Advice("what is built from this repo belongs under `apps`")),
        ("restart", Elsewhere::Advice("leave it out")),
        ("container_name", Elsewhere::Advice("leave it out: every checkout has its own")),
        ("networks", Elsewhere::Advice("leave it out: everything in this file reaches everything else by its name")),
    ],
};

pub const DATABASES: Shape = Shape {
    keys: &["per_branch"],
    elsewhere: &[("branch", Elsewhere::Key("per_branch")), ("per-branch", Elsewhere::Key("per_branch"))],
};

impl Decoder<'_, '_> {
    pub fn service(&mut self, entry: &Entry) -> Option<Service> {
        const EXAMPLE: &str = "db: postgres@16";
        let name = self.unit_name(&entry.key, "name of a service");
        let owner = format!("the service `{}`", entry.key.value);
        let field = Field { subject: owner.clone(), key: entry.key.span, node: &entry.value };
        match &entry.value.value {
            Value::Scalar(text) => {
                let source = self.catalog_source(&At::new(text.clone(), entry.value.span), &owner);
                Some(Service {
                    name,
                    source,
                    port: None,
                    outside: None,
                    env: Vec::new(),
                    data: None,
                    ready: None,
                    needs: Vec::new(),
                    run: None,
                    files: Vec::new(),
                    optional: false,
                    per_branch: None,
                    engine: Engine::default(),
                })
            }
            Value::Mapping(_) => {
                let fields = self.fields(&field, owner, &SERVICE, EXAMPLE)?;
                self.long_service(name, &fields)
            }
            _ => {
                self.wrong_type(&field, "a name with or without a version, or a mapping", EXAMPLE);
                None
            }
        }
    }

    fn long_service(&mut self, name: At<crate::names::Name>, fields: &Fields) -> Option<Service> {
        let source = self.service_source(fields);
        let inside = if fields.has("use") { InsidePort::Known } else { InsidePort::Needed };
        let Ports { inside: port, outside } = self.ports(fields, inside);
        let env = self.variables(fields);
        let data = fields.get("data").and_then(|field| {
            let text = self.text(&field, "a path", "data: /var/lib/search")?;
            self.inside_path(&text, &field.subject)
        });
        let ready = self.ready(fields);
        let needs = self.needs(fields);
        let run = fields.get("run").and_then(|field| self.command(&field, "run: redis-server --appendonly yes"));
        let files = self.files(fields);
        let optional = fields.get("optional").is_some_and(|field| self.yes_or_no(&field, "optional: true"));
        let per_branch = fields.get("databases").and_then(|field| self.per_branch(&field));
        let engine = self.engine(fields);
        let source = source?;
        Some(Service { name, source, port, outside, env, data, ready, needs, run, files, optional, per_branch, engine })
    }

    fn per_branch(&mut self, field: &Field) -> Option<At<bool>> {
        const EXAMPLE: &str = "databases: { per_branch: true }";
        let fields = self.fields(field, field.subject.clone(), &DATABASES, EXAMPLE)?;
        let per_branch = fields.get("per_branch")?;
        Some(At::new(self.yes_or_no(&per_branch, "per_branch: true"), per_branch.span()))
    }

    fn service_source(&mut self, fields: &Fields) -> Option<At<ServiceSource>> {
        let kind = self.exactly_one(fields, &["use", "image"], "use: postgres@16")?;
        let field = fields.get(kind)?;
        if kind == "use" {
            let text = self.text(&field, "a name with or without a version", "use: postgres@16")?;
            return Some(self.catalog_source(&text, &field.subject));
        }
        let text = self.image(&field)?;
        Some(At::new(ServiceSource::Image(text.value), text.span))
    }

    fn catalog_source(&mut self, text: &At<String>, subject: &str) -> At<ServiceSource> {
        let (id, version) = self.versioned(text, subject);
        At::new(ServiceSource::Catalog { id, version }, text.span)
    }
}
