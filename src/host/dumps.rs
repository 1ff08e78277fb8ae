//! Dumps as files and pipes: unpacked whatever they are packed in, and known for cut off where they say how they end.

#![expect(clippy::disallowed_methods, reason = "a large file is read piece by piece")]

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek};
use std::path::Path;

use flate2::read::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

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
            Unpack::Zstd => Box::new(Frames::new(whole)),
            Unpack::Zip => Box::new(only_file(whole)?),
        })
    }
}

/// What is packed by zstd: frames one after the other (RFC 8878, 3.1), as it comes from several threads and from `cat`.
struct Frames {
    source: BufReader<Box<dyn Read + Send>>,
    decoder: FrameDecoder,
    is_within: bool,
}

impl Frames {
    fn new(source: Box<dyn Read + Send>) -> Self {
        Self { source: BufReader::new(source), decoder: FrameDecoder::new(), is_within: false }
    }

    /// Begins the next frame; `false` = there is none.
    fn begin(&mut self) -> io::Result<bool> {
        if self.source.fill_buf()?.is_empty() {
            return Ok(false);
        }
        match self.decoder.reset(&mut self.source) {
            Ok(()) => self.is_within = true,
            // What others keep beside the content.
            Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                let length = u64::from(length);
                if io::copy(&mut (&mut self.source).take(length), &mut io::sink())? < length {
                    return Err(io::ErrorKind::UnexpectedEof.into());
                }
            }
            Err(error) => return Err(undecodable(error)),
        }
        Ok(true)
    }

    /// A frame that says what it adds up to has to.
    fn end(&mut self) -> io::Result<()> {
        self.is_within = false;
        match (self.decoder.get_checksum_from_data(), self.decoder.get_calculated_checksum()) {
            (Some(said), Some(found)) if said != found => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "its checksum is not that of its content"))
            }
            _ => Ok(()),
        }
    }
}

impl Read for Frames {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if buffer.is_empty() {
            return Ok(0);
        }
        loop {
            if !self.is_within {
                if !self.begin()? {
                    return Ok(0);
                }
            } else if self.decoder.can_collect() > 0 {
                return self.decoder.read(buffer);
            } else if self.decoder.is_finished() {
                self.end()?;
            } else {
                let piece = BlockDecodingStrategy::UptoBlocks(1);
                self.decoder.decode_blocks(&mut self.source, piece).map_err(undecodable)?;
            }
        }
    }
}

fn undecodable(error: FrameDecoderError) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, error.to_string())
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

/// So many bytes are looked at for the last line: it is followed by a little more.
const MORE: usize = 1024;

fn holds(end: &[u8], last_line: &str) -> bool {
    end.windows(last_line.len()).any(|window| window == last_line.as_bytes())
}

fn cut_off() -> io::Error {
    let why = "it breaks off: the line that such a file ends with is missing";
    io::Error::new(io::ErrorKind::UnexpectedEof, why)
}

/// Looks at the end of a file before gigabytes of it are read. Of what is no file only reading all of it tells.
///
/// # Errors
/// The line that it has to end with is not there, or the system's.
pub fn check_end(path: &Path, last_line: &str) -> io::Result<()> {
    // Asked before it is opened: a pipe would take that for somebody who reads it.
    if path == Path::new("-") || !std::fs::metadata(path)?.is_file() {
        return Ok(());
    }
    let mut file = File::open(path)?;
    let from = file.metadata()?.len().saturating_sub(2 * MORE as u64);
    file.seek(io::SeekFrom::Start(from))?;
    let mut end = Vec::new();
    file.take(4 * MORE as u64).read_to_end(&mut end)?;
    if holds(&end, last_line) { Ok(()) } else { Err(cut_off()) }
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
        holds(&self.end, self.last_line)
    }
}

impl<R: Read> Read for Whole<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        if read == 0 && !buffer.is_empty() && !self.has_ended() {
            return Err(cut_off());
        }
        self.end.extend_from_slice(&buffer[..read]);
        if self.end.len() > 2 * MORE {
            self.end.drain(..self.end.len() - MORE);
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
    fn the_end_of_a_file_is_looked_at_before_all_of_it_is_read() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("dump.sql");
        let text = format!("{}-- done\n\n", "insert\n".repeat(10_000));
        std::fs::write(&path, &text).unwrap();
        assert!(check_end(&path, "-- done").is_ok());
        std::fs::write(&path, &text[..text.len() - 5]).unwrap();
        assert_eq!(check_end(&path, "-- done").unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
        assert!(check_end(place.path(), "-- done").is_ok(), "no file");
        assert!(check_end(Path::new("-"), "-- done").is_ok(), "standard input");
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
    fn zstd_is_read_to_the_end_of_its_last_frame() {
        let pack = |text: &str| {
            ruzstd::encoding::compress_to_vec(text.as_bytes(), ruzstd::encoding::CompressionLevel::Fastest)
        };
        let (one, other) = ("select 1;\n".repeat(30_000), "select 2;\n".repeat(30_000));
        let skipped = [&[0x50, 0x2a, 0x4d, 0x18, 3, 0, 0, 0][..], b"abc"].concat();
        let packed = [pack(&one), skipped.clone(), pack(&other), skipped].concat();
        assert_eq!(read(packed.clone(), Unpack::Zstd).unwrap(), format!("{one}{other}"));
        for wrong in [&packed[..packed.len() - 20], &packed[..packed.len() - 1], &[&packed[..], b"more"].concat()] {
            assert!(read(wrong.to_vec(), Unpack::Zstd).is_err());
        }
        // The last four bytes of a frame are its checksum.
        let mut changed = pack(&one);
        *changed.last_mut().unwrap() ^= 1;
        assert!(read(changed, Unpack::Zstd).is_err());
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
