//! One entry of `services`.

use super::fields::{Decoder, Elsewhere, Field, Fields, Shape};
use super::ports::{InsidePort, Ports};
use crate::manifest::yaml::{Entry, Value};
use crate::manifest::{At, Engine, Seed, Service, ServiceSource};
use crate::problem::{Problem, kinds};

pub const SERVICE: Shape = Shape {
    keys: &[
        "use",
        "image",
        "port",
        "env",
        "data",
        "ready",
        "needs",
        "run",
        "files",
        "optional",
        "databases",
        "seed",
        "engine",
    ],
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
        ("init", Elsewhere::Key("seed")),
        ("seeds", Elsewhere::Key("seed")),
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

pub const SEED: Shape = Shape {
    keys: &["run", "inputs", "snapshot", "sha256"],
    elsewhere: &[
        ("command", Elsewhere::Key("run")),
        ("url", Elsewhere::Key("snapshot")),
        ("checksum", Elsewhere::Key("sha256")),
        ("files", Elsewhere::Advice("write the files themselves: `seed: [schema.sql, rows.sql]`")),
    ],
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
                    seed: None,
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
        let seed = fields.get("seed").and_then(|field| self.seed(&field));
        let engine = self.engine(fields);
        let source = source?;
        Some(Service {
            name,
            source,
            port,
            outside,
            env,
            data,
            ready,
            needs,
            run,
            files,
            optional,
            per_branch,
            seed,
            engine,
        })
    }

    fn seed(&mut self, field: &Field) -> Option<At<Seed>> {
        const FILES: &str = "seed: [db/schema.sql, db/rows.sql]";
        const EXAMPLE: &str = "seed: { run: sh fill.sh, inputs: [fill.sh, db/**] }";
        if !matches!(field.node.value, Value::Mapping(_)) {
            let items = self.items(field, "a list of paths", FILES)?;
            let paths: Vec<_> = items.iter().map(|item| self.relative_path(item, FILES)).collect();
            let paths: Option<Vec<String>> = paths.into_iter().map(|path| Some(path?.value)).collect();
            return Some(At::new(Seed::Files(paths?), field.node.span));
        }
        let fields = self.fields(field, field.subject.clone(), &SEED, EXAMPLE)?;
        let key = self.exactly_one(&fields, &["run", "snapshot"], EXAMPLE)?;
        let named = fields.get(key)?;
        let sha256 = fields.get("sha256").and_then(|field| self.sha256(&field));
        let seed = if key == "run" {
            let inputs = fields.get("inputs").map(|field| self.paths(&field, EXAMPLE)).unwrap_or_default();
            let inputs = inputs.into_iter().map(|input| input.value).collect();
            Seed::Command { run: self.text(&named, "a command", EXAMPLE)?.value, inputs }
        } else {
            const SNAPSHOT: &str = "seed: { snapshot: https://host/shop.dump, sha256: … }";
            let text = self.text(&named, "a path or a URL", SNAPSHOT)?;
            let from = if Seed::is_url(&text.value) { text } else { self.relative_path(&named, SNAPSHOT)? };
            Seed::Snapshot { from: from.value, sha256 }
        };
        Some(At::new(seed, field.node.span))
    }

    fn sha256(&mut self, field: &Field) -> Option<String> {
        let text = self.text(field, "a checksum", "sha256: 9f86d081…")?;
        let value = text.value.to_ascii_lowercase();
        if value.len() == 64 && value.chars().all(|c| c.is_ascii_hexdigit()) {
            return Some(value);
        }
        self.findings.add(text.span, || {
            Problem::new(&kinds::MANIFEST_SEED, format!("`{}` is no checksum", text.value))
                .why("a SHA-256 checksum is 64 digits and letters from a to f")
                .fix("sha256sum FILE        # prints it")
        });
        None
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
