//! What a dump is, by how it begins. Pure.

/// Around a dump.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wrapping {
    None,
    Gzip,
    Zstd,
    Zip,
}

/// What is in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Content {
    /// What `pg_dump -Fc` writes.
    PostgresArchive,
    /// What `pg_dump` writes.
    PostgresSql,
    /// What `pg_dumpall` writes: roles and every database.
    PostgresCluster,
    MysqlSql,
    MariadbSql,
    /// Statements that nothing tells the origin of.
    Sql,
    /// Commands of the protocol of Redis.
    RedisCommands,
    /// What Redis saves of all its databases at once.
    RedisFile,
    MongoArchive,
    SqliteFile,
    Tar,
    Unknown,
}

/// How much of the beginning is enough to tell, in bytes.
pub const ENOUGH: usize = 8 << 10;

/// What is around a dump; magic numbers of RFC 1952, RFC 8878 and the ZIP specification (APPNOTE, 4.3.7).
pub fn wrapping(head: &[u8]) -> Wrapping {
    match head {
        [0x1f, 0x8b, ..] => Wrapping::Gzip,
        [0x28, 0xb5, 0x2f, 0xfd, ..] => Wrapping::Zstd,
        [b'P', b'K', 3, 4, ..] => Wrapping::Zip,
        _ => Wrapping::None,
    }
}

/// What a dump is.
pub fn content(head: &[u8]) -> Content {
    const MONGO_MAGIC: [u8; 4] = [0x6d, 0xe2, 0x99, 0x81];
    if head.starts_with(b"PGDMP") {
        return Content::PostgresArchive;
    }
    if head.starts_with(b"REDIS0") {
        return Content::RedisFile;
    }
    if head.starts_with(&MONGO_MAGIC) {
        return Content::MongoArchive;
    }
    if head.starts_with(b"SQLite format 3\0") {
        return Content::SqliteFile;
    }
    if head.len() > 262 && &head[257..262] == b"ustar" {
        return Content::Tar;
    }
    if head.starts_with(b"*") && head.get(1).is_some_and(u8::is_ascii_digit) {
        return Content::RedisCommands;
    }
    // What has zeros in it is no text.
    if head.contains(&0) { Content::Unknown } else { statements(&String::from_utf8_lossy(head)) }
}

fn statements(text: &str) -> Content {
    let has = |word: &str| text.contains(word);
    match () {
        () if has("-- PostgreSQL database cluster dump") => Content::PostgresCluster,
        () if has("-- PostgreSQL database dump") => Content::PostgresSql,
        () if has("-- MariaDB dump") || has("/*M!999999") => Content::MariadbSql,
        () if has("-- MySQL dump") => Content::MysqlSql,
        () => Content::Sql,
    }
}

impl Content {
    /// As a person calls it, with an article.
    pub fn title(self) -> &'static str {
        match self {
            Self::PostgresArchive | Self::PostgresSql => "a dump of PostgreSQL",
            Self::PostgresCluster => "a dump of a whole PostgreSQL server, with its roles and all databases",
            Self::MysqlSql => "a dump of MySQL",
            Self::MariadbSql => "a dump of MariaDB",
            Self::Sql => "a file of statements",
            Self::RedisCommands => "a file of commands for Redis",
            Self::RedisFile => "what Redis saves of all its databases at once",
            Self::MongoArchive => "a dump of MongoDB",
            Self::SqliteFile => "a database of SQLite",
            Self::Tar => "an archive of files",
            Self::Unknown => "nothing that is known as a dump",
        }
    }

    /// The line that a dump of this kind ends with; without it, it was cut off. `None` = nothing tells.
    pub fn last_line(self, head: &[u8]) -> Option<&'static str> {
        let has = |word: &str| head.windows(word.len()).any(|window| window == word.as_bytes());
        match self {
            Self::PostgresSql => Some("-- PostgreSQL database dump complete"),
            Self::MysqlSql | Self::MariadbSql if has("-- Server version") => Some("-- Dump completed"),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dump_is_told_by_its_beginning() {
        let cases: [(&[u8], Content); 10] = [
            (b"PGDMP\x01\x0e", Content::PostgresArchive),
            (b"--\n-- PostgreSQL database dump\n--\n", Content::PostgresSql),
            (b"--\n-- PostgreSQL database cluster dump\n--\n", Content::PostgresCluster),
            (b"-- MySQL dump 10.13  Distrib 8.4\n", Content::MysqlSql),
            (b"/*M!999999\\- enable the sandbox mode */ \n", Content::MariadbSql),
            (b"create table t (id int);", Content::Sql),
            (b"*5\r\n$7\r\nRESTORE\r\n", Content::RedisCommands),
            (b"REDIS0011", Content::RedisFile),
            (b"SQLite format 3\0", Content::SqliteFile),
            (b"\x00\x01\x02", Content::Unknown),
        ];
        for (head, right) in cases {
            assert_eq!(content(head), right, "{}", String::from_utf8_lossy(head));
        }
        assert_eq!(content(b""), Content::Sql);
    }

    #[test]
    fn what_is_around_it_is_told_too() {
        assert_eq!(wrapping(&[0x1f, 0x8b, 8]), Wrapping::Gzip);
        assert_eq!(wrapping(&[0x28, 0xb5, 0x2f, 0xfd]), Wrapping::Zstd);
        assert_eq!(wrapping(b"PK\x03\x04"), Wrapping::Zip);
        assert_eq!(wrapping(b"PGDMP"), Wrapping::None);
    }

    #[test]
    fn a_dump_that_says_how_it_ends_has_to() {
        let head = b"-- MySQL dump 10.13\n-- Server version\t8.4\n";
        assert_eq!(content(head).last_line(head), Some("-- Dump completed"));
        assert_eq!(Content::MysqlSql.last_line(b"-- MySQL dump"), None);
        assert_eq!(Content::Sql.last_line(b""), None);
    }
}
