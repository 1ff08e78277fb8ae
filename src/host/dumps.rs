//! Dumps as files and pipes: unpacked whatever they are packed in, and known for cut off where they say how they end.

#![expect(clippy::disallowed_methods, reason = "a large file is read piece by piece")]

use std::fs::File;
use std::io::{self, BufReader, Read};
use std::path::Path;

use flate2::read::MultiGzDecoder;

/// How a dump is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unpack {
    AsItIs,
    Gzip,
    Zstd,
    /// Its only file.
    Zip,
}

/// A source of bytes whose beginning can be looked at.
pub struct Peeked {
    head: Vec<u8>,
    rest: Box<dyn Read + Send>,
}

impl Peeked {
    /// Looks at the first `enough` bytes.
    ///
    /// # Errors
    /// The system's.
    pub fn of(mut rest: Box<dyn Read + Send>, enough: usize) -> io::Result<Self> {
        let mut head = Vec::new();
        (&mut rest).take(enough as u64).read_to_end(&mut head)?;
        Ok(Self { head, rest })
    }

    /// A file, or standard input for `-`.
    ///
    /// # Errors
    /// The system's.
    pub fn open(path: &Path, enough: usize) -> io::Result<Self> {
        let source: Box<dyn Read + Send> = match path == Path::new("-") {
            true => Box::new(io::stdin()),
            false => Box::new(BufReader::with_capacity(256 << 10, File::open(path)?)),
        };
        Self::of(source, enough)
    }

    pub fn head(&self) -> &[u8] {
        &self.head
    }

    /// All of it, the beginning included.
    pub fn whole(self) -> Box<dyn Read + Send> {
        Box::new(io::Cursor::new(self.head).chain(self.rest))
    }

    /// What is packed in it.
    ///
    /// # Errors
    /// It is not what it seems to be, or the system's.
    pub fn unpacked(self, unpack: Unpack) -> io::Result<Box<dyn Read + Send>> {
        let whole = self.whole();
        Ok(match unpack {
            Unpack::AsItIs => whole,
            Unpack::Gzip => Box::new(MultiGzDecoder::new(whole)),
            Unpack::Zstd => {
                let decoder = ruzstd::decoding::StreamingDecoder::new(whole);
                Box::new(decoder.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?)
            }
            Unpack::Zip => Box::new(only_file(whole)?),
        })
    }
}

/// The first file of an archive, read by a thread of its own: its reader can't outlive the archive's.
fn only_file(mut archive: Box<dyn Read + Send>) -> io::Result<impl Read + Send> {
    let (reader, mut writer) = io::pipe()?;
    let (fail, failed) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        let copied = copy_only_file(&mut archive, &mut writer);
        if let Err(error) = copied {
            let _ = fail.send(error);
        }
        // Whoever reads sees the end only now, and then asks whether it was one.
        drop(writer);
    });
    Ok(Checked { reader, failed })
}

fn copy_only_file(archive: &mut dyn Read, writer: &mut dyn io::Write) -> io::Result<()> {
    let wrong = |error: zip::result::ZipError| io::Error::new(io::ErrorKind::InvalidData, error.to_string());
    let mut archive = archive;
    let mut copied = false;
    while let Some(mut file) = zip::read::read_zipfile_from_stream(&mut archive).map_err(wrong)? {
        if file.is_dir() {
            continue;
        }
        if copied {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "there is more than one file in the archive"));
        }
        io::copy(&mut file, writer)?;
        copied = true;
    }
    if copied { Ok(()) } else { Err(io::Error::new(io::ErrorKind::InvalidData, "there is no file in the archive")) }
}

/// What a thread reads for us; an end is only one if nothing failed there.
struct Checked {
    reader: io::PipeReader,
    failed: std::sync::mpsc::Receiver<io::Error>,
}

impl Read for Checked {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self.reader.read(buffer)? {
            0 => self.failed.recv().map_or(Ok(0), Err),
            read => Ok(read),
        }
    }
}

/// A dump that says how it ends, and is cut off when it does not.
pub struct Whole<R> {
    inner: R,
    last_line: &'static str,
    end: Vec<u8>,
}

impl<R: Read> Whole<R> {
    pub fn new(inner: R, last_line: &'static str) -> Self {
        Self { inner, last_line, end: Vec::new() }
    }

    fn has_ended(&self) -> bool {
        let last = self.last_line.as_bytes();
        self.end.windows(last.len()).any(|window| window == last)
    }
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        /// The last line is followed by a little more.
        const KEPT: usize = 1024;
        let read = self.inner.read(buffer)?;
        if read == 0 && !buffer.is_empty() && !self.has_ended() {
            return Err(io::Error::new(
                io::ErrorKind::UnexpectedEof,
                "it breaks off: the line that such a file ends with is missing",
            ));
        }
        self.end.extend_from_slice(&buffer[..read]);
        if self.end.len() > 2 * KEPT {
            self.end.drain(..self.end.len() - KEPT);
        }
        Ok(read)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(packed: Vec<u8>, unpack: Unpack) -> io::Result<String> {
        let mut text = String::new();
        Peeked::of(Box::new(io::Cursor::new(packed)), 16)?.unpacked(unpack)?.read_to_string(&mut text)?;
        Ok(text)
    }

    fn zip(files: &[(&str, &str)]) -> Vec<u8> {
        let mut writer = zip::ZipWriter::new(io::Cursor::new(Vec::new()));
        for (name, content) in files {
            writer.start_file(*name, zip::write::SimpleFileOptions::default()).unwrap();
            writer.write_all(content.as_bytes()).unwrap();
        }
        writer.finish().unwrap().into_inner()
    }

    #[test]
    fn whatever_a_dump_is_packed_in_it_reads_the_same() {
        let text = "select 1;\n".repeat(5_000);
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        let zstd = ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest);
        assert_eq!(read(text.clone().into_bytes(), Unpack::AsItIs).unwrap(), text);
        assert_eq!(read(gzip.finish().unwrap(), Unpack::Gzip).unwrap(), text);
        assert_eq!(read(zstd, Unpack::Zstd).unwrap(), text);
        assert_eq!(read(zip(&[("dump.sql", &text)]), Unpack::Zip).unwrap(), text);
    }

    #[test]
    fn what_is_cut_off_or_holds_more_is_no_dump() {
        let text = "select 1;\n".repeat(5_000);
        let mut archive = zip(&[("dump.sql", &text)]);
        assert!(read(zip(&[("a.sql", &text), ("b.sql", &text)]), Unpack::Zip).is_err());
        archive.truncate(archive.len() / 3);
        assert!(read(archive, Unpack::Zip).is_err());
        let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        gzip.write_all(text.as_bytes()).unwrap();
        let mut gzip = gzip.finish().unwrap();
        gzip.truncate(gzip.len() - 9);
        assert!(read(gzip, Unpack::Gzip).is_err());
    }

    #[test]
    fn a_dump_that_does_not_end_as_it_should_is_cut_off() {
        let whole = |text: &str| {
            let mut read = String::new();
            Whole::new(text.as_bytes(), "-- the end").read_to_string(&mut read).map(|_| read)
        };
        assert_eq!(whole("select 1;\n-- the end\n\n").unwrap(), "select 1;\n-- the end\n\n");
        assert_eq!(whole("select 1;\n-- the").unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }
}
