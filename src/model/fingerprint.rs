//! What a unit is made from, part by part, and the hash that tells whether one as found is still the one as wanted.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Access, Engine, Fingerprint, Source, Unit};
use crate::words;

/// The part that says from what a unit's programs come; its value is the name itself.
pub const IMAGE: &str = "image";
/// As [`IMAGE`], for what is built here.
pub const BUILD: &str = "build";
/// What a variable's part begins with; its name follows.
pub const VARIABLE: &str = "env ";
/// What the part of a file that is written into it begins with; its path follows.
pub const FILE: &str = "file ";

/// Everything that a unit is made from: the name of each part with a mark of its content, which gives no secret away.
///
/// What only decides when it is started or how its readiness is asked for is left out: changing it replaces nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Parts(BTreeMap<String, String>);

/// Tells one text from another without giving it away: 16 hexadecimal digits.
pub fn mark(text: &str, salt: &[u8]) -> String {
    Marker::new(salt).field("text", text).mark()
}

/// What a toolchain that is made here is known by: 16 letters and digits of the hash of its recipe.
pub fn of_recipe(recipe: &str) -> String {
    crate::words::hex(&Sha256::digest(recipe.as_bytes())[..8])
}

/// What the result of a build is known by: 16 letters and digits that change with the hash of its files, its stage and arguments.
pub fn of_build(inputs: &str, target: Option<&str>, args: &[(String, String)]) -> String {
    if target.is_none() && args.is_empty() {
        return inputs.chars().filter(char::is_ascii_alphanumeric).take(16).collect();
    }
    let args: Vec<&String> = args.iter().flat_map(|(key, value)| [key, value]).collect();
    Marker::new(b"").field("inputs", inputs).field("target", target.unwrap_or_default()).list(args).mark()
}

/// The parts of a unit.
pub fn parts(unit: &Unit, salt: &[u8]) -> Parts {
    let marker = || Marker::new(salt);
    let mut parts = BTreeMap::new();
    let mut part = |name: &str, value: String| parts.insert(name.to_owned(), value);
    match &unit.source {
        Source::Image(image) => part(IMAGE, image.to_string()),
        Source::Equipped(equipped) => part(IMAGE, equipped.image.to_string()),
        Source::Build(build) => part(BUILD, build.image.to_string()),
        Source::Host => part("host", String::new()),
    };
    if let Some(command) = &unit.command {
        part("run", marker().list(command).mark());
    }
    for (key, value) in &unit.env {
        part(&format!("{VARIABLE}{key}"), marker().field(key, value.reveal()).mark());
    }
    let ports = unit.port.iter().map(|lease| ("", lease));
    for (name, lease) in ports.chain(unit.more_ports.iter().map(|(name, lease)| (name.as_str(), lease))) {
        part(&format!("port {name}"), format!("{}:{}", lease.inside, lease.outside));
    }
    if let Some(data) = &unit.data {
        part("data", marker().list([&data.name, &data.path]).mark());
    }
    if !unit.binds.is_empty() {
        let marker = unit.binds.iter().fold(marker(), |marker, bind| {
            let paths = [&bind.source, &bind.target].map(|path| path.as_os_str().as_encoded_bytes());
            marker.list(paths).field("access", [u8::from(bind.access == Access::ReadWrite)])
        });
        part("folders", marker.mark());
    }
    for file in &unit.files {
        let marker = marker().field("content", &file.content).field("mode", file.mode.to_le_bytes());
        part(&format!("{FILE}{}", file.target), marker.mark());
    }
    if let Some((user, group)) = unit.user {
        part("user", format!("{user}:{group}"));
    }
    if let Some(folder) = &unit.workdir {
        part("path", marker().field("path", folder.as_os_str().as_encoded_bytes()).mark());
    }
    if let Some(mark) = engine(&unit.engine, marker()) {
        part("engine", mark);
    }
    let stop = marker().field("init", [u8::from(unit.init)]).list(unit.stop.signal.iter());
    part("stop", stop.field("grace", unit.stop.grace.as_millis().to_le_bytes()).mark());
    Parts(parts)
}

/// What the escape hatch asks for; nothing where that is nothing, so that what runs already stays.
fn engine(engine: &Engine, mut marker: Marker) -> Option<String> {
    if *engine == Engine::default() {
        return None;
    }
    for (label, words) in [("entrypoint", &engine.entrypoint), ("command", &engine.command)] {
        if let Some(words) = words {
            marker = marker.field(label, words.len().to_le_bytes()).list(words);
        }
    }
    for (label, words) in [("tmpfs", &engine.tmpfs), ("rights", &engine.cap_add)] {
        marker = marker.field(label, words.len().to_le_bytes()).list(words);
    }
    for (label, word) in [("user", &engine.user), ("workdir", &engine.workdir)] {
        marker = marker.field(label, word.as_deref().unwrap_or_default());
    }
    for (name, address) in &engine.extra_hosts {
        marker = marker.field("host", name).field("address", address);
    }
    marker = marker.field("shared memory", engine.shm_size.unwrap_or_default().to_le_bytes());
    for (name, limit) in &engine.ulimits {
        marker = marker.field("limit", name).field("is", limit.to_string());
    }
    Some(marker.mark())
}

impl Parts {
    /// All of them as one hash.
    pub fn fingerprint(&self) -> Fingerprint {
        let all = self.0.iter().fold(Marker::new(&[]), |marker, (name, value)| marker.field(name, value));
        Fingerprint(words::hex(&all.0.finalize()))
    }

    /// Nothing is known of them.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The names of those that differ from an earlier state, those that were added or taken away included.
    pub fn changed_since<'a>(&'a self, before: &'a Self) -> impl Iterator<Item = &'a str> {
        let gone = before.0.keys().filter(|name| !self.0.contains_key(*name));
        let changed = self.0.iter().filter(|(name, value)| before.0.get(*name) != Some(value)).map(|(name, _)| name);
        changed.chain(gone).map(String::as_str)
    }
}

/// A hash of labelled fields, each with its length in front, so that no two lists of fields read the same.
struct Marker(Sha256);

impl Marker {
    fn new(salt: &[u8]) -> Self {
        Self(Sha256::new()).field("salt", salt)
    }

    fn field(mut self, label: &str, value: impl AsRef<[u8]>) -> Self {
        for part in [label.as_bytes(), value.as_ref()] {
            self.0.update((part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
        self
    }

    fn list<S: AsRef<[u8]>>(self, values: impl IntoIterator<Item = S>) -> Self {
        values.into_iter().fold(self, |marker, value| marker.field("item", value))
    }

    /// 16 hexadecimal digits.
    fn mark(self) -> String {
        words::hex(&self.0.finalize()[..8])
    }
}
