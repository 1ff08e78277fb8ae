//! Files of any size, written piece by piece into something that is there.

use std::io::{self, Read, Write};
use std::time::Duration;

use bollard::query_parameters::UploadToContainerOptionsBuilder;
use bytes::Bytes;
use tokio::sync::mpsc;

use super::change::CHANGE_LIMIT;
use super::{Engine, Fault, FaultKind};

/// How much is handed over at a time, in bytes.
const PIECE: usize = 256 << 10;
/// What an engine takes in a second at the least, in bytes.
const SLOWEST: u64 = 1 << 20;

/// A file that is read when it is sent.
pub struct FileStream {
    /// Absolute, inside.
    pub target: String,
    /// Unix permission bits.
    pub mode: u32,
    /// Bytes, no more and no fewer.
    pub size: u64,
    pub content: Box<dyn Read + Send>,
}

impl Engine {
    /// Writes files into something that is there.
    ///
    /// # Errors
    /// One of them can't be read or has another size, or the engine's.
    pub async fn put_streams(&self, id: &str, files: Vec<FileStream>) -> Result<(), Fault> {
        let size: u64 = files.iter().map(|file| file.size).sum();
        let limit = CHANGE_LIMIT + Duration::from_secs(size / SLOWEST);
        let (give, take) = mpsc::channel(4);
        let packing = tokio::task::spawn_blocking(move || pack_into(&give, files));
        let pieces = futures_util::stream::unfold(take, |mut take| async move { Some((take.recv().await?, take)) });
        let options = UploadToContainerOptionsBuilder::new().path("/").build();
        let upload = self.client.upload_to_container(id, Some(options), bollard::body_try_stream(pieces));
        let uploaded = Self::within(limit, upload).await;
        match packing.await {
            // Of an archive that breaks off, whoever packed it knows more than the engine; of the engine's own refusal, less.
            Ok(Err(error)) if error.kind() != io::ErrorKind::BrokenPipe => {
                Err(Fault { kind: FaultKind::Other, message: error.to_string() })
            }
            _ => uploaded,
        }
    }
}

type Give = mpsc::Sender<io::Result<Bytes>>;

fn pack_into(give: &Give, files: Vec<FileStream>) -> io::Result<()> {
    let packed = pack(files, Pieces { give, piece: Vec::with_capacity(PIECE) });
    if let Err(error) = &packed {
        // An archive that simply ended would be unpacked as far as it goes.
        let _ = give.blocking_send(Err(io::Error::from(error.kind())));
    }
    packed
}

fn pack(files: Vec<FileStream>, into: impl Write) -> io::Result<()> {
    let mut archive = tar::Builder::new(into);
    for FileStream { target, mode, size, content } in files {
        let mut header = tar::Header::new_gnu();
        header.set_size(size);
        header.set_mode(mode);
        header.set_mtime(0);
        archive.append_data(&mut header, target.trim_start_matches('/'), Exact(content.take(size)))?;
    }
    archive.into_inner()?.flush()
}

/// Hands over what is written in pieces of a size.
struct Pieces<'a> {
    give: &'a Give,
    piece: Vec<u8>,
}

impl Write for Pieces<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.piece.extend_from_slice(bytes);
        if self.piece.len() >= PIECE {
            self.flush()?;
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        let piece = std::mem::replace(&mut self.piece, Vec::with_capacity(PIECE));
        self.give.blocking_send(Ok(piece.into())).map_err(|_| io::ErrorKind::BrokenPipe.into())
    }
}

/// A file of which less is there than was announced would spoil everything after it.
struct Exact<R>(io::Take<R>);

impl<R: Read> Read for Exact<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.0.read(buffer)? {
            0 if !buffer.is_empty() && self.0.limit() > 0 => {
                Err(io::Error::new(io::ErrorKind::UnexpectedEof, "a file became shorter while it was read"))
            }
            read => Ok(read),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(files: Vec<(&str, u64, Vec<u8>)>) -> Vec<io::Result<Bytes>> {
        let files = files.into_iter().map(|(target, size, content)| FileStream {
            target: target.to_owned(),
            mode: 0o755,
            size,
            content: Box::new(io::Cursor::new(content)),
        });
        let (give, mut take) = mpsc::channel(64);
        let _ = pack_into(&give, files.collect());
        drop(give);
        std::iter::from_fn(|| take.blocking_recv()).collect()
    }

    #[test]
    fn large_files_go_in_pieces_and_come_out_whole() {
        let large: Vec<u8> = (0..u8::MAX).cycle().take(3 * PIECE + 5).collect();
        let pieces = packed(vec![("/a/large", large.len() as u64, large.clone()), ("/a/small", 2, b"#!".to_vec())]);
        assert!(pieces.len() >= 4);
        let all: Vec<u8> = pieces.into_iter().flat_map(Result::unwrap).collect();
        let mut archive = tar::Archive::new(all.as_slice());
        let found = archive.entries().unwrap().map(|entry| {
            let (mut entry, mut content) = (entry.unwrap(), Vec::new());
            entry.read_to_end(&mut content).unwrap();
            (entry.path().unwrap().display().to_string(), content)
        });
        assert_eq!(found.collect::<Vec<_>>(), [("a/large".to_owned(), large), ("a/small".to_owned(), b"#!".to_vec())]);
    }

    #[test]
    fn what_became_shorter_ends_the_archive_with_an_error() {
        let pieces = packed(vec![("/a", 5, b"1234".to_vec()), ("/b", 1, b"1".to_vec())]);
        assert_eq!(pieces.last().unwrap().as_ref().unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
