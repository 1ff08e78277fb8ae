//! The archive of MongoDB's dump tool: of one database, without users and whatever else is the server's, and whole. Pure.
//!
//! It has a mark, a document about itself, one about each collection, and then blocks: whose documents follow, the documents. Four
//! bytes of ones end a block (`common/archive/spec.md` of the tools).

use std::collections::BTreeSet;

use super::{Refused, Sieve};

const MAGIC: [u8; 4] = [0x6d, 0xe2, 0x99, 0x81];
const END: [u8; 4] = [0xff; 4];
/// The largest document that a server keeps is of 16 MB; what tools write around one is a little more.
const LARGEST: usize = 32 << 20;
/// The shortest: its length, and the zero at its end.
const SHORTEST: usize = 5;

/// Looks at what an archive says of its content, not at the content.
#[derive(Default)]
pub struct Archive {
    at: At,
    /// What has not come in whole: a length, or a document that says what follows.
    held: Vec<u8>,
    /// How much of a document that is passed over is still to come.
    left: usize,
    database: Option<String>,
    /// Collections that have to come to an end.
    open: BTreeSet<String>,
}

/// What comes next.
#[derive(Default, Clone, Copy, PartialEq, Eq)]
enum At {
    #[default]
    Mark,
    /// About the archive.
    About,
    /// About a collection, or the end of these.
    Collections,
    /// Whose documents follow.
    Block,
    Documents,
    /// The end of a block that has none.
    BlockEnd,
}

impl Sieve for Archive {
    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
        let mut rest = line;
        while !rest.is_empty() {
            let count = self.wanted()?.min(rest.len());
            let (now, after) = rest.split_at(count);
            rest = after;
            if self.left > 0 {
                self.left -= count;
                continue;
            }
            self.held.extend_from_slice(now);
            self.take()?;
        }
        out.extend_from_slice(line);
        Ok(())
    }

    fn end(&mut self, _: &mut Vec<u8>) -> bool {
        self.at == At::Block && self.held.is_empty() && self.left == 0 && self.open.is_empty()
    }
}

impl Archive {
    /// How many bytes are missing before anything can be said.
    fn wanted(&self) -> Result<usize, Refused> {
        match self.held.len() {
            _ if self.left > 0 => Ok(self.left),
            held @ 0..4 => Ok(4 - held),
            held => Ok(length(&self.held)?.saturating_sub(held)),
        }
    }

    fn take(&mut self) -> Result<(), Refused> {
        if let Some(next) = self.next()? {
            self.at = next;
            self.held.clear();
        }
        Ok(())
    }

    /// What comes after what is held; `None` = more of the same.
    fn next(&mut self) -> Result<Option<At>, Refused> {
        if self.held.len() < 4 {
            return Ok(None);
        }
        if self.at == At::Mark {
            return if self.held == MAGIC { Ok(Some(At::About)) } else { Err(malformed()) };
        }
        if self.held == END {
            return match self.at {
                At::Collections | At::Documents | At::BlockEnd => Ok(Some(At::Block)),
                _ => Err(malformed()),
            };
        }
        let length = length(&self.held)?;
        match self.at {
            At::BlockEnd => Err(malformed()),
            At::Documents => {
                self.left = length - self.held.len();
                Ok(Some(At::Documents))
            }
            _ if self.held.len() < length => Ok(None),
            At::About => Ok(Some(At::Collections)),
            at => {
                let about = About::read(&self.held).ok_or_else(malformed)?;
                self.belongs(&about)?;
                Ok(Some(self.follows(at, about)))
            }
        }
    }

    /// What a collection's description, or the head of a block, leads to.
    fn follows(&mut self, at: At, about: About) -> At {
        if at == At::Collections {
            if about.is_collection {
                self.open.insert(about.collection);
            }
            return At::Collections;
        }
        if about.ends {
            self.open.remove(&about.collection);
            return At::BlockEnd;
        }
        self.open.insert(about.collection);
        At::Documents
    }

    fn belongs(&mut self, about: &About) -> Result<(), Refused> {
        let shown = format!("`{}.{}`", about.database.escape_debug(), about.collection.escape_debug());
        let of_server = matches!(about.database.as_str(), "" | "admin" | "config" | "local");
        let users = ["$admin.", "system.users", "system.roles", "system.version"];
        if of_server || users.iter().any(|one| about.collection.starts_with(one)) {
            return Err(Refused(format!("holds {shown}, which is the server's own and no part of a database")));
        }
        match &self.database {
            Some(one) if *one != about.database => {
                Err(Refused(format!("goes on with another database, {shown}: the file is of several")))
            }
            _ => {
                self.database = Some(about.database.clone());
                Ok(())
            }
        }
    }
}

fn length(held: &[u8]) -> Result<usize, Refused> {
    let bytes = held.first_chunk::<4>().ok_or_else(malformed)?;
    let length = usize::try_from(i32::from_le_bytes(*bytes)).ok();
    length.filter(|length| (SHORTEST..=LARGEST).contains(length)).ok_or_else(malformed)
}

fn malformed() -> Refused {
    Refused("is not what the dump tool of MongoDB writes".into())
}

/// What a document says of what follows.
#[derive(Default)]
struct About {
    database: String,
    collection: String,
    /// It keeps documents, and is no view of others.
    is_collection: bool,
    ends: bool,
}

impl About {
    /// The few fields that matter, of the few kinds that there are.
    fn read(document: &[u8]) -> Option<Self> {
        let mut about = Self::default();
        let mut rest = document.get(4..)?;
        loop {
            let (&kind, after) = rest.split_first()?;
            if kind == 0 {
                return after.is_empty().then_some(about);
            }
            let end = after.iter().position(|byte| *byte == 0)?;
            let (name, after) = (&after[..end], &after[end + 1..]);
            let size = match kind {
                0x02 => usize::try_from(i32::from_le_bytes(*after.first_chunk::<4>()?)).ok()?.checked_add(4)?,
                0x08 => 1,
                0x0a => 0,
                0x10 => 4,
                0x01 | 0x12 => 8,
                _ => return None,
            };
            let (value, after) = after.split_at_checked(size)?;
            let text = || Some(std::str::from_utf8(value.get(4..)?.strip_suffix(&[0])?).ok()?.to_owned());
            match (name, kind) {
                (b"db", 0x02) => about.database = text()?,
                (b"collection", 0x02) => about.collection = text()?,
                (b"type", 0x02) => about.is_collection = text()? == "collection",
                (b"EOF", 0x08) => about.ends = value == [1],
                _ => {}
            }
            rest = after;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Sieve, sift};
    use super::{Archive, END, MAGIC};

    fn document(fields: &[Vec<u8>]) -> Vec<u8> {
        let fields = fields.concat();
        let length = i32::try_from(fields.len() + 5).unwrap();
        [&length.to_le_bytes()[..], &fields, &[0]].concat()
    }

    fn text(name: &str, value: &str) -> Vec<u8> {
        let length = i32::try_from(value.len() + 1).unwrap();
        [b"\x02", name.as_bytes(), b"\0", &length.to_le_bytes()[..], value.as_bytes(), b"\0"].concat()
    }

    fn about(database: &str, collection: &str) -> Vec<u8> {
        let size = b"\x10size\0\0\0\0\0".to_vec();
        document(&[
            text("db", database),
            text("collection", collection),
            text("metadata", "{}"),
            size,
            text("type", "collection"),
        ])
    }

    fn block(database: &str, collection: &str, ends: bool) -> Vec<u8> {
        let eof = [&b"\x08EOF\0"[..], &[u8::from(ends)]].concat();
        let crc = [&b"\x12CRC\0"[..], &[0; 8]].concat();
        document(&[text("db", database), text("collection", collection), eof, crc])
    }

    /// One collection with two documents, in two blocks.
    fn archive(database: &str, collection: &str) -> Vec<u8> {
        let (row, header) = (document(&[text("note", "a\nb")]), document(&[text("version", "0.1")]));
        let parts: [&[u8]; 12] = [
            &MAGIC,
            &header,
            &about(database, collection),
            &END,
            &block(database, collection, false),
            &row,
            &END,
            &block(database, collection, false),
            &row,
            &END,
            &block(database, collection, true),
            &END,
        ];
        parts.concat()
    }

    fn through(bytes: &[u8]) -> Result<Vec<u8>, String> {
        let mut sieve = Archive::default();
        let mut out = Vec::new();
        for line in bytes.split_inclusive(|byte| *byte == b'\n') {
            sieve.line(line, &mut out).map_err(|why| why.to_string())?;
        }
        if sieve.end(&mut out) { Ok(out) } else { Err("breaks off".to_owned()) }
    }

    #[test]
    fn an_archive_of_one_database_passes_as_it_is() {
        let whole = archive("shop", "orders");
        assert_eq!(through(&whole).unwrap(), whole);
        let empty = [&MAGIC[..], &document(&[text("version", "0.1")]), &END].concat();
        assert_eq!(through(&empty).unwrap(), empty);
    }

    #[test]
    fn one_that_is_cut_off_anywhere_is_never_whole() {
        let whole = archive("shop", "orders");
        for end in 0..whole.len() {
            assert!(through(&whole[..end]).is_err(), "{end}");
        }
    }

    #[test]
    fn what_is_broken_does_no_harm() {
        let whole = archive("shop", "orders");
        for at in 0..whole.len() {
            let mut broken = whole.clone();
            broken[at] ^= 0xff;
            let _ = through(&broken);
        }
        assert!(sift(Archive::default(), "insert into t values (1);\n").is_err());
    }

    #[test]
    fn what_is_the_servers_or_of_several_databases_is_refused() {
        for (database, collection) in [
            ("admin", "system.users"),
            ("", "oplog"),
            ("shop", "$admin.system.users"),
            ("config", "settings"),
            ("local", "t"),
        ] {
            let why = through(&archive(database, collection)).unwrap_err();
            assert!(why.contains("the server's own"), "{why}");
        }
        let two = [archive("shop", "orders"), block("other", "orders", false)].concat();
        assert!(through(&two).unwrap_err().contains("several"));
    }
}
