//! Paths in our JSON files: text where they are text, else their bytes, so that none is lost or taken for another.

use std::path::{Path, PathBuf};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[derive(Serialize, Deserialize)]
#[serde(untagged)]
enum Stored {
    Text(String),
    Bytes(Vec<u8>),
}

pub fn serialize<S: Serializer>(path: &Path, serializer: S) -> Result<S::Ok, S::Error> {
    let text = || Stored::Text(path.display().to_string());
    #[cfg(unix)]
    let stored = match path.to_str() {
        Some(_) => text(),
        None => Stored::Bytes(std::os::unix::ffi::OsStrExt::as_bytes(path.as_os_str()).to_owned()),
    };
    #[cfg(not(unix))]
    let stored = text();
    stored.serialize(serializer)
}

pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<PathBuf, D::Error> {
    Ok(match Stored::deserialize(deserializer)? {
        Stored::Text(text) => text.into(),
        #[cfg(unix)]
        Stored::Bytes(bytes) => <std::ffi::OsString as std::os::unix::ffi::OsStringExt>::from_vec(bytes).into(),
        #[cfg(not(unix))]
        Stored::Bytes(bytes) => String::from_utf8_lossy(&bytes).into_owned().into(),
    })
}
