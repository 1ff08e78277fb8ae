//! A dump in a file or a pipe: unpacked whatever it is packed in, and told apart by how it begins.

use std::io::{ErrorKind, Read};
use std::path::Path;

use super::dump_format::{self, Content, ENOUGH, Wrapping};
use super::provider::{self, Call, Reads, Then};
use super::{Server, Target};
use crate::host::{self, Peeked, Unpack, Whole};
use crate::problem::{Problem, kinds};
use crate::sieve::Sifted;

/// A dump that is about to be read.
pub struct Dump {
    pub content: Content,
    /// All of it, unpacked.
    pub reader: Box<dyn Read + Send>,
}

impl Dump {
    /// A file, or what is piped in for `-`.
    ///
    /// # Errors
    /// It can't be read, it is damaged as far as its beginning tells, or there is nothing in it.
    pub fn open(path: &Path) -> Result<Self, Problem> {
        let shown = path.display().to_string();
        Self::of(Peeked::open(path, ENOUGH), &shown, |last_line| host::check_end(path, last_line))
    }

    /// What somebody has opened already, as a person calls it.
    ///
    /// # Errors
    /// As of [`Dump::open`].
    pub fn read(reader: Box<dyn Read + Send>, shown: &str) -> Result<Self, Problem> {
        Self::of(Peeked::of(reader, ENOUGH), shown, |_| Ok(()))
    }

    /// `check_end` = what can be told of the end of what is not packed before it is read.
    fn of(
        outer: std::io::Result<Peeked>,
        shown: &str,
        check_end: impl FnOnce(&str) -> std::io::Result<()>,
    ) -> Result<Self, Problem> {
        let unreadable = |error: std::io::Error| {
            let what = format!("{shown} can't be read");
            Problem::new(&kinds::DUMP_UNREADABLE, what).why(error.to_string()).fix(match error.kind() {
                ErrorKind::NotFound => "look for the file with `ls`",
                _ => "get the file once more: it is cut off or damaged",
            })
        };
        let outer = outer.map_err(unreadable)?;
        let unpack = match dump_format::wrapping(outer.head()) {
            Wrapping::None => Unpack::AsItIs,
            Wrapping::Gzip => Unpack::Gzip,
            Wrapping::Zstd => Unpack::Zstd,
            Wrapping::Zip => Unpack::Zip,
        };
        let inner = Peeked::of(outer.unpacked(unpack).map_err(unreadable)?, ENOUGH).map_err(unreadable)?;
        if inner.head().is_empty() {
            return Err(Problem::new(&kinds::DUMP_UNREADABLE, "there is nothing in it")
                .why("a dump has at least one statement, and this is empty")
                .fix("look whether what wrote it has said why"));
        }
        let content = dump_format::content(inner.head());
        let last_line = content.last_line(inner.head());
        if let Some(last_line) = last_line.filter(|_| unpack == Unpack::AsItIs) {
            check_end(last_line).map_err(unreadable)?;
        }
        let whole = inner.whole();
        let reader: Box<dyn Read + Send> = match last_line {
            Some(last_line) => Box::new(Whole::new(whole, last_line)),
            None => whole,
        };
        Ok(Self { content, reader })
    }

    /// By which way a server reads it, and what it may see of it.
    ///
    /// # Errors
    /// It does not read such a thing.
    pub fn confined(self, server: &Server) -> Result<(Reads, Box<dyn Read + Send>), Problem> {
        let reads = server.reads(self.content)?;
        let reader = match server.provider.sieve(reads) {
            Some(sieve) => Box::new(Sifted::new(self.reader, sieve)),
            None => self.reader,
        };
        Ok((reads, reader))
    }
}

/// Whether a kind of server (by its id in the catalog) reads such a thing at all.
pub fn is_read_by(content: Content, catalog_id: &str) -> bool {
    provider::of(catalog_id).is_some_and(|provider| provider.reads(content).is_some())
}

/// Why a file was not loaded, with its name and, where the server tells it, the line.
pub fn not_loaded(service: &str, shown: &str, problem: Problem) -> Problem {
    let line = problem.output.iter().find_map(|said| line_of(said));
    let what = match problem.kind {
        kind if kind == &kinds::DUMP_REFUSED => format!("{shown} reaches beyond the database that it is loaded into"),
        kind if kind == &kinds::DUMP_UNREADABLE => format!("{shown} could not be read to its end"),
        kind if kind == &kinds::DATABASE_REFUSED => match line {
            Some(line) => format!("`{service}` could not load {shown}, line {line}"),
            None => format!("`{service}` could not load {shown}"),
        },
        _ => return problem,
    };
    let mut problem = Problem { what, why: format!("{}\nnothing was changed", problem.why), ..problem };
    if let Some(line) = line {
        problem.fixes.insert(0, format!("correct line {line} of it, then once more"));
    }
    problem
}

/// Which line of what was read a client complains of: `psql:<stdin>:12: ERROR:` or `ERROR 1064 (42000) at line 12:`.
pub(super) fn line_of(said: &str) -> Option<u64> {
    let after = said.split_once("<stdin>:").or_else(|| said.split_once(" at line "))?.1;
    let (number, _) = after.split_once(':')?;
    number.parse().ok()
}

impl Server {
    /// By which way this server reads a dump.
    ///
    /// # Errors
    /// It does not.
    fn reads(&self, content: Content) -> Result<Reads, Problem> {
        self.provider.reads(content).ok_or_else(|| {
            let problem = Problem::new(&kinds::DUMP_FOREIGN, format!("`{}` can't load that", self.service))
                .why(format!("it is {}, and `{}` is {}", content.title(), self.service, self.title));
            match content {
                Content::PostgresCluster => problem.fix("pg_dump DATABASE        # writes one database"),
                Content::PostgresArchive | Content::PostgresSql => {
                    problem.fix("devenv db import FILE --into SERVICE/NAME        # of PostgreSQL")
                }
                Content::MongoArchive => problem.fix("devenv db import FILE --into SERVICE/NAME        # of MongoDB"),
                Content::RedisFile => problem.fix("devenv db export        # where it came from, writes one database"),
                _ => problem.fix("name another service:  devenv db import FILE --into SERVICE"),
            }
        })
    }

    /// The command that reads a confined dump into a database of a command's own.
    pub fn importing(&self, into: &Target, how: (Reads, Then)) -> Call {
        self.provider.import(&self.account, into, how)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_not_loaded_is_told_with_its_file_and_line() {
        let said = "psql:<stdin>:3: ERROR:  syntax error at or near \"selct\"";
        let problem = Problem::new(&kinds::DATABASE_REFUSED, "x").why("syntax error").fix("devenv logs db");
        let told = not_loaded("db", "bad.sql", problem.clone().output(vec![said.to_owned()]));
        assert_eq!(told.what, "`db` could not load bad.sql, line 3");
        assert_eq!(told.why, "syntax error\nnothing was changed");
        assert_eq!(told.fixes, ["correct line 3 of it, then once more", "devenv logs db"]);
        assert_eq!(not_loaded("db", "bad.dump", problem).what, "`db` could not load bad.dump");
        // What has nothing to do with the file is told as it is.
        let stopped = Problem::new(&kinds::ENDED_MEANWHILE, "`db` ended in the middle of it");
        assert_eq!(not_loaded("db", "bad.sql", stopped.clone()), stopped);
    }

    #[test]
    fn clients_tell_the_line_each_in_its_way() {
        assert_eq!(line_of("psql:<stdin>:12: ERROR:  syntax error"), Some(12));
        assert_eq!(line_of("ERROR 1064 (42000) at line 3: You have an error"), Some(3));
        assert_eq!(line_of("something else at line x: y"), None);
    }

    #[test]
    fn a_dump_is_read_by_its_own_kind_of_server_and_statements_by_any_that_takes_some() {
        assert!(is_read_by(Content::PostgresArchive, "postgres") && !is_read_by(Content::PostgresArchive, "mariadb"));
        assert!(is_read_by(Content::Sql, "postgres") && is_read_by(Content::Sql, "mariadb"));
        assert!(!is_read_by(Content::Sql, "mailpit"));
    }
}
