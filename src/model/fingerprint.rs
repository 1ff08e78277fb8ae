//! The hash that tells whether a unit as found is still the unit as wanted.

use sha2::{Digest, Sha256};

use super::{Access, Engine, Fingerprint, Source, Unit};
use crate::words;

/// Tells one text from another without giving it away: 16 hexadecimal digits.
pub fn mark(text: &str, salt: &[u8]) -> String {
    let mut hash = Canonical(Sha256::new());
    hash.field("salt", salt);
    hash.field("text", text);
    words::hex(&hash.0.finalize()[..8])
}

/// Hashes everything that a unit is made from. What only decides when it is started or how its readiness is asked for is left
/// out: changing it replaces nothing.
pub fn of(unit: &Unit, salt: &[u8]) -> Fingerprint {
    let mut hash = Canonical(Sha256::new());
    hash.field("salt", salt);
    match &unit.source {
        Source::Image(image) => hash.field("image", image.to_string()),
        Source::Build(build) => hash.field("build", build.image.to_string()),
        Source::Host => hash.field("host", ""),
    }
    hash.list("command", unit.command.iter().flatten());
    hash.field("command?", [u8::from(unit.command.is_some())]);
    for (key, value) in &unit.env {
        hash.list("env", [key.as_str(), value.reveal()]);
    }
    let ports = unit.port.iter().map(|lease| ("", lease));
    for (name, lease) in ports.chain(unit.more_ports.iter().map(|(name, lease)| (name.as_str(), lease))) {
        hash.list("port", [name, &lease.inside.to_string(), &lease.outside.to_string()]);
    }
    if let Some(data) = &unit.data {
        hash.list("data", [&data.name, &data.path]);
    }
    for bind in &unit.binds {
        hash.field("bind source", bind.source.as_os_str().as_encoded_bytes());
        hash.field("bind target", bind.target.as_os_str().as_encoded_bytes());
        hash.field("bind access", [u8::from(bind.access == Access::ReadWrite)]);
    }
    for file in &unit.files {
        hash.field("file", &file.target);
        hash.field("content", &file.content);
        hash.field("mode", file.mode.to_le_bytes());
    }
    if let Some((user, group)) = unit.user {
        hash.list("user", [user.to_string(), group.to_string()]);
    }
    if let Some(folder) = &unit.workdir {
        hash.field("workdir", folder.as_os_str().as_encoded_bytes());
    }
    hash_engine(&unit.engine, &mut hash);
    hash.field("init", [u8::from(unit.init)]);
    hash.list("signal", unit.stop.signal.iter());
    hash.field("grace", unit.stop.grace.as_millis().to_le_bytes());
    Fingerprint(words::hex(&hash.0.finalize()))
}

/// Nothing asked for adds nothing, so that what runs already stays.
fn hash_engine(engine: &Engine, hash: &mut Canonical) {
    for (label, words) in [("entrypoint", &engine.entrypoint), ("engine command", &engine.command)] {
        if let Some(words) = words {
            hash.field(label, words.len().to_le_bytes());
            hash.list(label, words);
        }
    }
    hash.list("engine user", &engine.user);
    hash.list("engine workdir", &engine.workdir);
    hash.list("tmpfs", &engine.tmpfs);
    hash.list("right", &engine.cap_add);
    for (name, address) in &engine.extra_hosts {
        hash.list("host", [name, address]);
    }
    hash.list("shared memory", engine.shm_size.map(u64::to_le_bytes));
}

/// A hash of labelled fields, each with its length in front, so that no two lists of fields read the same.
struct Canonical(Sha256);

impl Canonical {
    fn field(&mut self, label: &str, value: impl AsRef<[u8]>) {
        for part in [label.as_bytes(), value.as_ref()] {
            self.0.update((part.len() as u64).to_le_bytes());
            self.0.update(part);
        }
    }

    fn list<S: AsRef<[u8]>>(&mut self, label: &str, values: impl IntoIterator<Item = S>) {
        for value in values {
            self.field(label, value);
        }
    }
}
