//! Statements for MySQL and MariaDB. Pure.
//!
//! Who loads them may do anything in one database and nothing elsewhere, and the client obeys nothing but `delimiter`: here is
//! only left out what every dump of a whole database says of it, and by whom its views and routines were made.
//! Lines are emptied and not left out, so that the client counts them as the file has them.

use super::{Refused, Sieve};

#[derive(Default)]
pub struct Mysql {
    at: At,
    /// The database that it says it is of.
    of: Option<Vec<u8>>,
    /// In the middle of a statement that is left out.
    skips: bool,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum At {
    #[default]
    Code,
    /// In a text or a name that ends with this.
    Quote(u8),
    Comment,
}

/// How statements begin that are left out, in small letters: they are about a whole database or a whole server.
const LEFT_OUT: &[&str] = &[
    "create database ",
    "create schema ",
    "drop database ",
    "drop schema ",
    "alter database ",
    "/*!40000 drop database ",
    "set @@global.gtid_purged",
    "set @@session.sql_log_bin",
    "/*m!999999\\- enable the sandbox mode",
];

impl Sieve for Mysql {
    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
        let text = line.trim_ascii();
        let ends = text.ends_with(b";") || text.ends_with(b"*/");
        if self.skips {
            self.skips = !ends;
            out.push(b'\n');
            return Ok(());
        }
        if self.at == At::Code {
            let begin: Vec<u8> = text.iter().take(64).map(u8::to_ascii_lowercase).collect();
            if begin.starts_with(b"use ") {
                self.choose(text)?;
                out.push(b'\n');
                return Ok(());
            }
            if LEFT_OUT.iter().any(|one| begin.starts_with(one.as_bytes())) {
                self.skips = !ends;
                out.push(b'\n');
                return Ok(());
            }
        }
        self.walk(line, out);
        Ok(())
    }

    fn end(&mut self, _: &mut Vec<u8>) -> bool {
        self.at == At::Code && !self.skips
    }
}

impl Mysql {
    /// It is loaded into one database, whatever that was called.
    fn choose(&mut self, text: &[u8]) -> Result<(), Refused> {
        let name = text[4..].split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii();
        match &self.of {
            Some(of) if of != name => Err(Refused("goes on with another database: the file is of several".into())),
            _ => {
                self.of = Some(name.to_vec());
                Ok(())
            }
        }
    }

    fn walk(&mut self, line: &[u8], out: &mut Vec<u8>) {
        let mut at = 0;
        while at < line.len() {
            let rest = &line[at..];
            let taken = match self.at {
                At::Quote(_) if rest[0] == b'\\' && self.at != At::Quote(b'`') => 2,
                At::Quote(end) => {
                    if rest[0] == end {
                        self.at = At::Code;
                    }
                    1
                }
                At::Comment if rest.starts_with(b"*/") => {
                    self.at = At::Code;
                    2
                }
                At::Comment => 1,
                At::Code => match rest[0] {
                    quote @ (b'\'' | b'"' | b'`') => {
                        self.at = At::Quote(quote);
                        1
                    }
                    // What only some versions obey is code.
                    b'/' if rest.starts_with(b"/*") && !rest.starts_with(b"/*!") && !rest.starts_with(b"/*M!") => {
                        self.at = At::Comment;
                        2
                    }
                    b'#' => rest.len(),
                    b'-' if rest.starts_with(b"--") && rest.get(2).is_none_or(u8::is_ascii_whitespace) => rest.len(),
                    b'D' if maker(&line[..at], rest).is_some() => {
                        out.extend_from_slice(b"DEFINER=CURRENT_USER");
                        at += maker(&line[..at], rest).unwrap_or_default();
                        continue;
                    }
                    _ => 1,
                },
            };
            let end = line.len().min(at + taken);
            out.extend_from_slice(&line[at..end]);
            at = end;
        }
    }
}

/// How long the words are by which a dump tells who made something; ``DEFINER=`root`@`%` `` behind a word that it follows.
fn maker(before: &[u8], rest: &[u8]) -> Option<usize> {
    const FOLLOWS: &[&str] = &["create", "replace", "undefined", "merge", "temptable"];
    let name = rest.strip_prefix(b"DEFINER=`")?;
    let word_start = before.trim_ascii_end().iter().rposition(|byte| byte.is_ascii_whitespace() || *byte == b'=');
    let word = before.trim_ascii_end()[word_start.map_or(0, |start| start + 1)..].to_ascii_lowercase();
    let is_version = word.strip_prefix(b"/*!").is_some_and(|digits| digits.iter().all(u8::is_ascii_digit));
    if !is_version && !FOLLOWS.iter().any(|one| one.as_bytes() == word) {
        return None;
    }
    let user = quoted(name)?;
    let host = name[user..].strip_prefix(b"@`")?;
    Some(b"DEFINER=`".len() + user + b"@`".len() + quoted(host)?)
}

/// Where a name in backticks ends.
fn quoted(name: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += name[at..].iter().position(|byte| *byte == b'`')? + 1;
        if name.get(at) != Some(&b'`') {
            return Some(at);
        }
        at += 1;
    }
}

#[cfg(test)]
mod tests {
    use super::super::sift;
    use super::*;

    #[test]
    fn what_a_dump_says_of_its_database_is_left_out_and_no_text_is() {
        let dump = "/*M!999999\\- enable the sandbox mode */ \n/*!40000 DROP DATABASE IF EXISTS `app`*/;\n\
                    CREATE DATABASE /*!32312 IF NOT EXISTS*/ `app`;\n\nUSE `app`;\n\
                    INSERT INTO t VALUES ('it''s \\'\nUSE `b`;\nDROP DATABASE x;\n');\n";
        let left = "\n\n\n\n\nINSERT INTO t VALUES ('it''s \\'\nUSE `b`;\nDROP DATABASE x;\n');\n";
        assert_eq!(sift(Mysql::default(), dump).unwrap(), left);
        assert!(sift(Mysql::default(), "USE `a`;\nUSE `b`;\n").unwrap_err().contains("several"));
        assert!(sift(Mysql::default(), "insert into t values ('a").unwrap_err().contains("breaks off"));
        let positions = "SET @@GLOBAL.GTID_PURGED=/*!80000 '+'*/ 'a:1-2,\nb:1-3';\nselect 1;\n";
        assert_eq!(sift(Mysql::default(), positions).unwrap(), "\n\nselect 1;\n");
    }

    #[test]
    fn what_was_made_by_somebody_is_made_by_whoever_loads_it() {
        let of = |text: &str| sift(Mysql::default(), text).unwrap();
        assert_eq!(
            of("/*!50013 DEFINER=`ro``ot`@`%` SQL SECURITY DEFINER */"),
            "/*!50013 DEFINER=CURRENT_USER SQL SECURITY DEFINER */"
        );
        assert_eq!(
            of("CREATE DEFINER=`a`@`b` PROCEDURE p() select 1;"),
            "CREATE DEFINER=CURRENT_USER PROCEDURE p() select 1;"
        );
        for same in ["select ' CREATE DEFINER=`a`@`b`';", "select 1 where DEFINER=`a`;", "-- CREATE DEFINER=`a`@`b`\n"]
        {
            assert_eq!(of(same), same);
        }
    }
}
