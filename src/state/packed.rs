//! Large files of ours that are written piece by piece: compressed where that helps, hashed on the way, and counted only when
//! they are whole.

#![expect(clippy::disallowed_methods, reason = "a large file is written and read piece by piece")]

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::read::MultiGzDecoder;
use flate2::write::GzEncoder;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::read_json;
use crate::host;
use crate::words;

/// Whether a file is compressed here, or was by whoever made its content.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Packing {
    Gzip,
    AsItIs,
}

/// A file on its way; it has another name until it is whole, and its lock tells it from what a killed command has left.
pub struct PackedFile {
    path: PathBuf,
    writer: Writer,
    size: u64,
}

enum Writer {
    Gzip(GzEncoder<Hashed>),
    AsItIs(Hashed),
}

struct Hashed {
    inner: BufWriter<File>,
    hash: Sha256,
    size: u64,
}

/// What is known of a file that is whole; still locked, so that it can be described before it is taken for left behind.
#[derive(Debug)]
pub struct Packed {
    /// Bytes before and after packing.
    pub size: u64,
    pub packed_size: u64,
    /// Of the file, in hex.
    pub sha256: String,
    #[expect(dead_code, reason = "holds the lock")]
    held: File,
}

/// The descriptions in a folder of such files.
pub fn described<T: DeserializeOwned + Default>(folder: &Path) -> Vec<T> {
    let files = host::list_folder(folder).into_iter().filter(|path| path.extension() == Some("json".as_ref()));
    files.map(|path| read_json(&path)).collect()
}

/// Writes the description of a file that is whole; when this returns, both outlast a loss of power.
///
/// # Errors
/// The system's, for example a full disk.
pub fn describe(path: &Path, about: &impl Serialize) -> anyhow::Result<()> {
    host::write_private(path, &serde_json::to_vec_pretty(about)?)?;
    Ok(path.parent().map_or(Ok(()), settle_folder)?)
}

impl Write for Hashed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.inner.write(bytes)?;
        self.hash.update(&bytes[..written]);
        self.size += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl PackedFile {
    /// Begins a file that only the user can read; `path` is what it is called once it is whole.
    ///
    /// # Errors
    /// The system's.
    pub fn begin(path: PathBuf, packing: Packing) -> io::Result<Self> {
        let mut options = File::options();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let file = options.open(unfinished(&path))?;
        file.lock()?;
        let hashed = Hashed { inner: BufWriter::with_capacity(256 << 10, file), hash: Sha256::new(), size: 0 };
        let writer = match packing {
            Packing::Gzip => Writer::Gzip(GzEncoder::new(hashed, Compression::fast())),
            Packing::AsItIs => Writer::AsItIs(hashed),
        };
        Ok(Self { path, writer, size: 0 })
    }

    /// # Errors
    /// The system's, for example a full disk.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.size += bytes.len() as u64;
        match &mut self.writer {
            Writer::Gzip(packer) => packer.write_all(bytes),
            Writer::AsItIs(file) => file.write_all(bytes),
        }
    }

    /// How many bytes were written so far, before packing.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Gives the file its name; when this returns its content outlasts a loss of power.
    ///
    /// # Errors
    /// The system's, for example a full disk.
    pub fn finish(mut self) -> io::Result<Packed> {
        let hashed = match &mut self.writer {
            Writer::Gzip(packer) => {
                packer.try_finish()?;
                packer.get_mut()
            }
            Writer::AsItIs(file) => file,
        };
        hashed.flush()?;
        hashed.inner.get_ref().sync_all()?;
        let sha256 = words::hex(&hashed.hash.clone().finalize());
        let held = hashed.inner.get_ref().try_clone()?;
        let packed = Packed { size: self.size, packed_size: hashed.size, sha256, held };
        fs::rename(unfinished(&self.path), &self.path)?;
        Ok(packed)
    }
}

impl Drop for PackedFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(unfinished(&self.path));
    }
}

/// Opens a file after its checksum was found right; answers it unpacked.
///
/// # Errors
/// It is damaged (`InvalidData`), or the system's.
pub fn open_packed(path: &Path, sha256: &str, packing: Packing) -> io::Result<Box<dyn Read + Send>> {
    let mut hash = Sha256::new();
    io::copy(&mut File::open(path)?, &mut hash)?;
    if words::hex(&hash.finalize()) != sha256 {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the file is not what was saved"));
    }
    let file = BufReader::with_capacity(256 << 10, File::open(path)?);
    Ok(match packing {
        Packing::Gzip => Box::new(MultiGzDecoder::new(file)),
        Packing::AsItIs => Box::new(file),
    })
}

/// Whether a file of ours that is not whole was left by a command that is there no more.
pub fn is_left_behind(path: &Path) -> bool {
    File::open(path).is_ok_and(|file| file.try_lock().is_ok())
}

/// Makes the names of files in a folder outlast a loss of power.
///
/// # Errors
/// The system's.
pub fn settle_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Removes a file; what is gone is success.
///
/// # Errors
/// The system's.
pub fn remove(path: &Path) -> io::Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => Ok(()),
    }
}

/// What such a file is called until it is whole.
pub fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    PathBuf::from(name)
}
