//! One entry of `apps`.

use super::fields::{Decoder, Elsewhere, Field, Fields, Shape};
use super::ports::{InsidePort, Ports};
use crate::manifest::yaml::{Entry, Value};
use crate::manifest::{App, AppSource, At, Build, Runtime, SetupStep, Tools};
use crate::problem::{Problem, kinds};

/// The runtime that is this computer itself.
const HOST: &str = "host";

pub const APP: Shape = Shape {
    keys: &[
        "path",
        "runtime",
        "build",
        "image",
        "setup",
        "run",
        "port",
        "env",
        "files",
        "needs",
        "ready",
        "once",
        "optional",
        "restart_on",
        "engine",
    ],
    elsewhere: &[
        ("environment", Elsewhere::Key("env")),
        ("ports", Elsewhere::Key("port")),
        ("depends_on", Elsewhere::Key("needs")),
        ("command", Elsewhere::Key("run")),
        ("start", Elsewhere::Key("run")),
        ("dev", Elsewhere::Key("run")),
        ("healthcheck", Elsewhere::Key("ready")),
        ("working_dir", Elsewhere::Key("path")),
        ("cwd", Elsewhere::Key("path")),
        ("dir", Elsewhere::Key("path")),
        ("folder", Elsewhere::Key("path")),
        ("dockerfile", Elsewhere::Key("build")),
        ("install", Elsewhere::Key("setup")),
        ("language", Elsewhere::Key("runtime")),
        ("use", Elsewhere::Key("runtime")),
        ("job", Elsewhere::Key("once")),
        ("watch", Elsewhere::Key("restart_on")),
        ("reload_on", Elsewhere::Key("restart_on")),
        ("version", Elsewhere::Advice("write the version behind the name: `runtime: node@22`")),
        (
            "volumes",
            Elsewhere::Advice("leave it out: an app sees the whole repo; `files` hands some of it to an `image`"),
        ),
        ("configs", Elsewhere::Key("files")),
        ("restart", Elsewhere::Advice("leave it out")),
    ],
};

pub const BUILD: Shape = Shape {
    keys: &["file", "target", "args"],
    elsewhere: &[
        ("dockerfile", Elsewhere::Key("file")),
        ("stage", Elsewhere::Key("target")),
        ("context", Elsewhere::Advice("write that folder as the app's `path`, and `file` relative to it")),
    ],
};

pub const RUNTIME: Shape = Shape {
    keys: &["use", "image", "with", "packages"],
    elsewhere: &[
        ("name", Elsewhere::Key("use")),
        ("runtime", Elsewhere::Key("use")),
        ("extensions", Elsewhere::Key("with")),
        ("extras", Elsewhere::Key("with")),
        ("apt", Elsewhere::Key("packages")),
        ("apk", Elsewhere::Key("packages")),
        ("version", Elsewhere::Advice("write the version behind the name: `use: node@22`")),
    ],
};

pub const STEP: Shape = Shape {
    keys: &["run", "inputs", "timeout"],
    elsewhere: &[("command", Elsewhere::Key("run")), ("sources", Elsewhere::Key("inputs"))],
};

impl Decoder<'_, '_> {
    pub fn app(&mut self, entry: &Entry) -> Option<App> {
        const EXAMPLE: &str = "api: { runtime: node, run: npm run dev, port: 3000 }";
        let name = self.unit_name(&entry.key, "name of an app");
        let owner = format!("the app `{}`", entry.key.value);
        let field = Field { subject: owner.clone(), key: entry.key.span, node: &entry.value };
        let fields = self.fields(&field, owner, &APP, EXAMPLE)?;
        let path = fields.get("path").and_then(|field| self.relative_path(&field, "path: services/api"));
        let source = self.app_source(&fields);
        let setup = self.setup(&fields);
        let run = fields.get("run").and_then(|field| self.command(&field, "run: npm run dev"));
        if fields.has("runtime") && !fields.has("run") {
            self.missing(&fields, "run", "the command that starts it", "run: npm run dev");
        }
        let Ports { inside: port, outside } = self.ports(&fields, InsidePort::Needed);
        let env = self.variables(&fields);
        let files = self.files(&fields);
        let needs = self.needs(&fields);
        let ready = self.ready(&fields);
        let once = fields.get("once").is_some_and(|field| self.yes_or_no(&field, "once: true"));
        let optional = fields.get("optional").is_some_and(|field| self.yes_or_no(&field, "optional: true"));
        const GLOBS: &str = "restart_on: [src/**]";
        let restart_on = fields.get("restart_on").map(|field| self.paths(&field, GLOBS)).unwrap_or_default();
        let engine = self.engine(&fields);
        Some(App {
            name,
            path,
            source: source?,
            setup,
            run,
            port,
            outside,
            env,
            files,
            needs,
            ready,
            once,
            optional,
            restart_on,
            engine,
        })
    }

    fn app_source(&mut self, fields: &Fields) -> Option<At<AppSource>> {
        let kind = self.exactly_one(fields, &["runtime", "build", "image"], "runtime: node@22")?;
        let field = fields.get(kind)?;
        let (source, span) = match kind {
            "runtime" => return self.runtime(&field),
            "build" => {
                let build = self.build(&field)?;
                (AppSource::Build(build.value), build.span)
            }
            _ => {
                let text = self.image(&field)?;
                (AppSource::Image(text.value), text.span)
            }
        };
        Some(At::new(source, span))
    }

    fn runtime(&mut self, field: &Field) -> Option<At<AppSource>> {
        const EXAMPLE: &str = "runtime: { use: php@8.4, with: [composer, intl] }";
        if !matches!(field.node.value, Value::Mapping(_)) {
            let text = self.text(field, "a name with or without a version", "runtime: node@22")?;
            let (id, version) = self.versioned(&text, &field.subject);
            if id == HOST {
                return Some(At::new(self.host(&text, version), text.span));
            }
            return Some(At::new(AppSource::Runtime(Runtime::of(Tools::Catalog { id, version })), text.span));
        }
        let fields = self.fields(field, field.subject.clone(), &RUNTIME, EXAMPLE)?;
        let with = fields.get("with").map(|list| self.listed(&list, "with: [composer, intl]")).unwrap_or_default();
        let packages = fields.get("packages").map(|list| self.packages(&list)).unwrap_or_default();
        let kind = self.exactly_one(&fields, &["use", "image"], "use: php@8.4")?;
        let value = fields.get(kind)?;
        let (tools, span) = if kind == "image" {
            let text = self.image(&value)?;
            (Tools::Image(text.value), text.span)
        } else {
            let text = self.text(&value, "a name with or without a version", "use: php@8.4")?;
            let (id, version) = self.versioned(&text, &value.subject);
            // A person's own `runtime: host` over the team's long form: what that adds is here or not.
            if id == HOST {
                return Some(At::new(self.host(&text, version), text.span));
            }
            (Tools::Catalog { id, version }, text.span)
        };
        Some(At::new(AppSource::Runtime(Runtime { tools, with, packages }), span))
    }

    fn listed(&mut self, field: &Field, example: &str) -> Vec<At<String>> {
        let items = self.items(field, "a list of words", example).unwrap_or_default();
        items.iter().filter_map(|item| self.text(item, "a word", example)).collect()
    }

    /// Their names go into a command, so that they may hold nothing else.
    fn packages(&mut self, field: &Field) -> Vec<At<String>> {
        const EXAMPLE: &str = "packages: [ffmpeg, graphviz]";
        let mut names = self.listed(field, EXAMPLE);
        names.retain(|name| {
            let fine = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "+.-_".contains(c);
            let is_name = name.value.chars().all(fine) && name.value.starts_with(|c: char| c.is_ascii_alphanumeric());
            if !is_name {
                self.findings.add(name.span, || {
                    Problem::new(&kinds::MANIFEST_BAD_NAME, format!("no package can be called `{}`", name.value))
                        .why("its name holds small letters, digits, `+`, `.`, `_` and `-` only")
                        .fix(format!("write for example  {EXAMPLE}"))
                });
            }
            is_name
        });
        names
    }

    fn build(&mut self, field: &Field) -> Option<At<Build>> {
        const EXAMPLE: &str = "build: { file: Dockerfile, target: dev }";
        let file = |path: String| if path.is_empty() { ".".to_owned() } else { path };
        if !matches!(field.node.value, Value::Mapping(_)) {
            let path = self.relative_path(field, "build: Dockerfile")?;
            return Some(At::new(Build { file: file(path.value), ..Build::default() }, path.span));
        }
        let fields = self.fields(field, field.subject.clone(), &BUILD, EXAMPLE)?;
        let path = match fields.get("file") {
            Some(path) => self.relative_path(&path, "file: Dockerfile")?.value,
            None => String::new(),
        };
        let target = match fields.get("target") {
            Some(target) => Some(self.text(&target, "the name of a stage", "target: dev")?.value),
            None => None,
        };
        let args = fields.get("args").map(|args| self.build_args(&args)).unwrap_or_default();
        Some(At::new(Build { file: file(path), target, args }, field.node.span))
    }

    fn build_args(&mut self, field: &Field) -> Vec<(String, String)> {
        const EXAMPLE: &str = "args: { NODE_ENV: development }";
        let entries = self.entries(field, "a mapping", EXAMPLE).unwrap_or(&[]);
        let read = |entry: &Entry| {
            let subject = format!("`{}` in {}", entry.key.value, field.subject);
            let value = Field { subject, key: entry.key.span, node: &entry.value };
            Some((entry.key.value.clone(), self.text(&value, "a single value", EXAMPLE)?.value))
        };
        entries.iter().filter_map(read).collect()
    }

    fn host(&mut self, text: &At<String>, version: Option<String>) -> AppSource {
        if version.is_some() {
            self.findings.add(text.span, || {
                Problem::new(
                    &kinds::MANIFEST_HOST_VERSION,
                    format!("`{}`: this computer has no version to choose", text.value),
                )
                .why("`runtime: host` runs the app with the tools that are installed here, whatever their version is")
                .fix("write  runtime: host")
                .corrected(HOST)
                .fix("or name a toolchain in the version you need, such as `runtime: node@22`")
            });
        }
        AppSource::Host
    }

    fn setup(&mut self, fields: &Fields) -> Vec<SetupStep> {
        const EXAMPLE: &str = "setup: [npm ci]";
        let Some(field) = fields.get("setup") else { return Vec::new() };
        let items = match &field.node.value {
            // One long form without the list around it.
            Value::Mapping(_) => vec![field],
            _ => self.items(&field, "a list of commands", EXAMPLE).unwrap_or_default(),
        };
        items.iter().filter_map(|item| self.setup_step(item)).collect()
    }

    pub(super) fn paths(&mut self, field: &Field, example: &str) -> Vec<At<String>> {
        let items = self.items(field, "a list of paths", example).unwrap_or_default();
        items.iter().filter_map(|item| self.text(item, "a path", example)).collect()
    }

    fn setup_step(&mut self, item: &Field) -> Option<SetupStep> {
        const EXAMPLE: &str = "- { run: npm run migrate, inputs: [migrations/**] }";
        if !matches!(item.node.value, Value::Mapping(_)) {
            return Some(SetupStep { run: self.command(item, "- npm ci")?, inputs: None, timeout: None });
        }
        let fields = self.fields(item, item.subject.clone(), &STEP, EXAMPLE)?;
        let inputs = fields.get("inputs").map(|field| self.paths(&field, EXAMPLE));
        let Some(run) = fields.get("run") else {
            self.missing(&fields, "run", "the command", EXAMPLE);
            return None;
        };
        let timeout = fields.get("timeout").and_then(|field| self.duration(&field));
        Some(SetupStep { run: self.command(&run, EXAMPLE)?, inputs, timeout })
    }
}
