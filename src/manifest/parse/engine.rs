//! `engine`: what the engine can do and a manifest has no other word for.

use super::fields::{Decoder, Elsewhere, Field, Fields, Shape};
use crate::manifest::{self, Engine, RIGHTS, ULIMITS, Ulimit};
use crate::problem::{Problem, kinds};

pub const ENGINE: Shape = Shape {
    keys: &["entrypoint", "command", "user", "workdir", "tmpfs", "cap_add", "extra_hosts", "shm_size", "ulimits"],
    elsewhere: &[
        ("working_dir", Elsewhere::Key("workdir")),
        ("capabilities", Elsewhere::Key("cap_add")),
        ("hosts", Elsewhere::Key("extra_hosts")),
        ("privileged", Elsewhere::Advice("leave it out: nothing runs with more rights than it needs; see `cap_add`")),
        ("devices", Elsewhere::Advice("leave it out: devices of this computer are handed to nothing")),
        (
            "network_mode",
            Elsewhere::Advice("leave it out: everything in this file reaches everything else by its name"),
        ),
        ("pid", Elsewhere::Advice("leave it out: programs of this computer are shown to nothing")),
        ("volumes", Elsewhere::Advice("write `data` for what is kept and `files` for what is read from the repo")),
    ],
};

/// What a toolchain's app has from elsewhere: its command, the person's user, the repo.
const NOT_FOR_TOOLCHAINS: &[&str] = &["entrypoint", "command", "user", "workdir"];

impl Decoder<'_, '_> {
    /// Of a service or an app; nothing where it is not written.
    pub fn engine(&mut self, owner: &Fields) -> Engine {
        let Some(field) = owner.get("engine") else { return Engine::default() };
        let subject = field.subject.clone();
        let Some(fields) = self.fields(&field, subject, &ENGINE, "engine: { shm_size: 1g }") else {
            return Engine::default();
        };
        self.refuse_together(owner, &fields);
        Engine {
            entrypoint: self.command_words(&fields, "entrypoint"),
            command: self.command_words(&fields, "command"),
            user: fields.get("user").and_then(|field| self.words(&field, "a user", "user: \"1000:1000\"")),
            workdir: self.folders(&fields, "workdir").pop(),
            tmpfs: self.folders(&fields, "tmpfs"),
            cap_add: self.rights(&fields),
            extra_hosts: self.hosts(&fields),
            shm_size: fields.get("shm_size").and_then(|field| self.bytes(&field)),
            ulimits: self.ulimits(&fields),
        }
    }

    fn refuse_together(&mut self, owner: &Fields, fields: &Fields) {
        let has_toolchain = owner.has("runtime");
        let kept = NOT_FOR_TOOLCHAINS.iter().filter(|key| has_toolchain && fields.has(key));
        let twice = ["command"].iter().filter(|_| !has_toolchain && owner.has("run"));
        for (key, why) in kept
            .map(|key| (key, "an app with a `runtime` has its command from `run` and belongs to your user"))
            .chain(twice.map(|key| (key, "`run` is its command already")))
        {
            let Some(field) = fields.get(key) else { continue };
            self.findings.add(field.key, || {
                Problem::new(&kinds::MANIFEST_WRONG_TYPE, format!("{} has no effect here", field.subject))
                    .why(why)
                    .fix("remove it")
            });
        }
    }

    /// A list of words, each as it stands.
    fn command_words(&mut self, fields: &Fields, key: &str) -> Option<Vec<String>> {
        let field = fields.get(key)?;
        let example = format!("{key}: [sh, -c, \"serve --port 80\"]");
        let items = self.items(&field, "a list of words", &example)?;
        Some(items.iter().filter_map(|item| Some(self.text(item, "a word", &example)?.value)).collect())
    }

    fn folders(&mut self, fields: &Fields, key: &str) -> Vec<String> {
        let Some(field) = fields.get(key) else { return Vec::new() };
        let example = format!("{key}: /var/cache/app");
        let items = self.items(&field, "an absolute path", &example).unwrap_or_default();
        let folder = |item: &Field| {
            let text = self.text(item, "an absolute path", &example)?;
            self.inside_path(&text, &item.subject).map(|path| path.value)
        };
        items.iter().filter_map(folder).collect()
    }

    fn rights(&mut self, fields: &Fields) -> Vec<String> {
        const EXAMPLE: &str = "cap_add: [IPC_LOCK]";
        let Some(field) = fields.get("cap_add") else { return Vec::new() };
        let mut rights = Vec::new();
        for item in self.items(&field, "a list of rights", EXAMPLE).unwrap_or_default() {
            let Some(text) = self.text(&item, "the name of a right", EXAMPLE) else { continue };
            let name = text.value.trim_start_matches("CAP_").to_owned();
            if RIGHTS.contains(&name.as_str()) {
                rights.push(name);
                continue;
            }
            self.findings.add(item.span(), || {
                Problem::new(&kinds::MANIFEST_WRONG_TYPE, format!("{} can't be `{}`", item.subject, text.value))
                    .why("only rights that stay inside of what they are given to are granted")
                    .fix(format!("one of {}", RIGHTS.join(", ")))
            });
        }
        rights
    }

    fn hosts(&mut self, fields: &Fields) -> Vec<(String, String)> {
        const EXAMPLE: &str = "extra_hosts: { shop.test: 10.0.0.5 }";
        let Some(field) = fields.get("extra_hosts") else { return Vec::new() };
        let entries = self.entries(&field, "a mapping of names to addresses", EXAMPLE).unwrap_or(&[]);
        let mut hosts = Vec::new();
        for entry in entries {
            let subject = format!("`{}` in {}", entry.key.value, field.subject);
            let item = Field { subject, key: entry.key.span, node: &entry.value };
            let Some(text) = self.text(&item, "an address", EXAMPLE) else { continue };
            let is_address = text.value == "host-gateway" || text.value.parse::<core::net::IpAddr>().is_ok();
            if is_address {
                hosts.push((entry.key.value.clone(), text.value));
            } else {
                self.wrong_type(&item, "an address such as 10.0.0.5, or host-gateway", EXAMPLE);
            }
        }
        hosts
    }

    fn ulimits(&mut self, fields: &Fields) -> Vec<(String, Ulimit)> {
        const EXAMPLE: &str = "ulimits: { nofile: 65536, memlock: -1 }";
        let Some(field) = fields.get("ulimits") else { return Vec::new() };
        let entries = self.entries(&field, "a mapping of limits", EXAMPLE).unwrap_or(&[]);
        let mut limits = Vec::new();
        for entry in entries {
            let subject = format!("`{}` in {}", entry.key.value, field.subject);
            if !ULIMITS.contains(&entry.key.value.as_str()) {
                self.findings.add(entry.key.span, || {
                    Problem::new(&kinds::MANIFEST_WRONG_TYPE, format!("{subject} is no limit"))
                        .fix(format!("one of {}", ULIMITS.join(", ")))
                });
                continue;
            }
            let item = Field { subject, key: entry.key.span, node: &entry.value };
            let Some(text) = self.text(&item, "a number", EXAMPLE) else { continue };
            match Ulimit::parse(&text.value) {
                Some(limit) => limits.push((entry.key.value.clone(), limit)),
                None => self.wrong_type(&item, "a number, -1 for no limit, or two as in 1024:65536", EXAMPLE),
            }
        }
        limits
    }

    /// `64m`, `1g`, `512k` or a number of bytes.
    fn bytes(&mut self, field: &Field) -> Option<u64> {
        const EXAMPLE: &str = "shm_size: 1g";
        let text = self.text(field, "a size", EXAMPLE)?;
        let bytes = manifest::bytes(&text.value);
        if bytes.is_none() {
            self.wrong_type(field, "a size such as 64m or 1g", EXAMPLE);
        }
        bytes
    }
}
