//! Statements for PostgreSQL, read as its client reads them. Pure.
//!
//! What its client obeys itself begins with a backslash, and only the lexer of that client tells where one is a command and where
//! a text or a row (its `psqlscan.l`; the rules here are the same, and what they could be in doubt about is refused).

use super::{Refused, Sieve};

#[derive(Default)]
pub struct Postgres {
    at: At,
    statement: Statement,
    /// A statement that is held back until it is known what it is, as it stands in the file.
    held: Vec<u8>,
    /// The word that is being read, in small letters.
    word: Vec<u8>,
    /// Rows follow on the next line.
    rows_follow: bool,
    /// The database that it says it is of.
    of: Option<Vec<u8>>,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
enum At {
    #[default]
    Code,
    /// In a text; whether a backslash means something there.
    Text { escapes: bool },
    /// In a name in quotes.
    Name,
    /// In a comment of so many levels.
    Comment(u32),
    /// In a text that ends with these marks.
    Dollar(Vec<u8>),
    /// Among rows, up to `\.`.
    Rows,
}

/// What is known of a statement while it is read.
#[derive(Default)]
struct Statement {
    /// Its code in small letters: words with one blank between them, nothing of what is in quotes.
    text: Vec<u8>,
    holds: Holds,
    parentheses: u32,
    /// Of a function whose body is code.
    begins: u32,
    words: Vec<Vec<u8>>,
}

#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Holds {
    #[default]
    Undecided,
    Passes,
    Whole,
}

/// What becomes of a statement.
enum Verdict {
    Pass,
    LeaveOut,
    /// It may fail in one of these ways.
    Tolerate(&'static str),
    Rows,
}

/// The longest statement of those that are held back, in bytes.
const LONGEST_HELD: usize = 1 << 20;

const UNCLEAR: &str = "can be read in more than one way";

impl Sieve for Postgres {
    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
        if line.contains(&0) {
            return Err(Refused("is no text".into()));
        }
        if self.at == At::Rows {
            return self.row(line, out);
        }
        if self.at == At::Code && line.starts_with(b"\\") {
            self.command(line)?;
            // What comes after it has the number that it has in the file.
            out.push(b'\n');
            return Ok(());
        }
        let mut at = 0;
        while at < line.len() {
            let taken = self.step(line, at)?;
            self.held.extend_from_slice(&line[at..at + taken]);
            at += taken;
            if self.statement.holds == Holds::Passes {
                out.append(&mut self.held);
            } else if self.held.len() > LONGEST_HELD {
                return Err(Refused("has a statement that is longer than such a one is".into()));
            }
            if self.at == At::Code && line[at - taken..at] == *b";" && self.statement.is_over() {
                self.finish(out)?;
            }
        }
        if std::mem::take(&mut self.rows_follow) {
            if self.at != At::Code || !self.statement.text.is_empty() || !self.statement.words.is_empty() {
                return Err(Refused(UNCLEAR.into()));
            }
            out.append(&mut self.held);
            self.at = At::Rows;
        }
        Ok(())
    }

    fn end(&mut self, out: &mut Vec<u8>) -> bool {
        out.append(&mut self.held);
        self.at == At::Code
    }
}

impl Postgres {
    /// Takes the next bytes; answers how many.
    fn step(&mut self, line: &[u8], at: usize) -> Result<usize, Refused> {
        let rest = &line[at..];
        let taken = match &mut self.at {
            At::Text { escapes: true } if rest[0] == b'\\' => rest.len().min(2),
            At::Text { .. } if rest.starts_with(b"''") => 2,
            At::Name if rest.starts_with(b"\"\"") => 2,
            At::Text { .. } if rest[0] == b'\'' => self.closed(1),
            At::Name if rest[0] == b'"' => self.closed(1),
            At::Dollar(marks) if rest.starts_with(marks) => {
                let taken = marks.len();
                self.closed(taken)
            }
            At::Comment(levels) if rest.starts_with(b"/*") => {
                *levels += 1;
                2
            }
            At::Comment(1) if rest.starts_with(b"*/") => self.closed(2),
            At::Comment(levels) if rest.starts_with(b"*/") => {
                *levels -= 1;
                2
            }
            At::Code => return self.code(rest),
            _ => 1,
        };
        Ok(taken)
    }

    fn closed(&mut self, taken: usize) -> usize {
        self.at = At::Code;
        taken
    }

    fn code(&mut self, rest: &[u8]) -> Result<usize, Refused> {
        let byte = rest[0];
        let begins_with_digit = self.word.first().is_some_and(|first| first.is_ascii_digit() || *first == b'$');
        if is_word(byte) && byte != b'$' {
            self.word.push(byte.to_ascii_lowercase());
            return Ok(1);
        }
        if byte == b'$' && !self.word.is_empty() && !begins_with_digit {
            self.word.push(byte);
            return Ok(1);
        }
        if byte == b'$' && rest.get(1).is_some_and(u8::is_ascii_digit) && self.word.is_empty() {
            self.word.push(byte);
            return Ok(1);
        }
        if begins_with_digit && (byte == b'$' || (byte == b'\'' && self.word.ends_with(b"e"))) {
            return Err(Refused(UNCLEAR.into()));
        }
        let escapes = byte == b'\'' && self.word == b"e";
        self.end_word();
        let mut mark = byte;
        let taken = match byte {
            b'\\' => {
                return Err(Refused(
                    "holds a command for the client, which could run programs or connect elsewhere".into(),
                ));
            }
            b'\'' => self.opens(At::Text { escapes }, 1),
            b'"' => self.opens(At::Name, 1),
            b'/' if rest.starts_with(b"/*") => {
                mark = b' ';
                self.opens(At::Comment(1), 2)
            }
            b'-' if rest.starts_with(b"--") => {
                mark = b' ';
                rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len())
            }
            b'$' => match dollar_marks(rest) {
                Some(marks) => {
                    mark = b'\'';
                    self.opens(At::Dollar(marks.to_vec()), marks.len())
                }
                None => 1,
            },
            _ => 1,
        };
        self.statement.add(mark);
        Ok(taken)
    }

    fn opens(&mut self, at: At, taken: usize) -> usize {
        self.at = at;
        taken
    }

    fn end_word(&mut self) {
        if !self.word.is_empty() {
            self.statement.add_word(&self.word);
            self.word.clear();
        }
    }

    /// A statement is whole.
    fn finish(&mut self, out: &mut Vec<u8>) -> Result<(), Refused> {
        let statement = std::mem::take(&mut self.statement);
        let held = std::mem::take(&mut self.held);
        match statement.verdict(&held)? {
            Verdict::Pass => out.extend_from_slice(&held),
            Verdict::LeaveOut => out.extend(held.iter().filter(|byte| **byte == b'\n')),
            Verdict::Tolerate(conditions) => tolerate(&held, conditions, out),
            Verdict::Rows => {
                self.rows_follow = true;
                out.extend_from_slice(&held);
            }
        }
        Ok(())
    }

    /// A row: it holds nothing that would be a command, should its server have refused the rows as a whole.
    fn row(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
        if line.trim_ascii_end() == b"\\." {
            self.at = At::Code;
        } else {
            let mut bytes = line.iter();
            while let Some(byte) = bytes.next() {
                if *byte == b'\\' && !bytes.next().is_some_and(|next| b"\\bfnrtvNx01234567.".contains(next)) {
                    return Err(Refused("has a backslash among its rows that no dump writes".into()));
                }
            }
        }
        out.extend_from_slice(line);
        Ok(())
    }

    /// A line that the client obeys: those that dumps have are left out, every other one ends it.
    fn command(&mut self, line: &[u8]) -> Result<(), Refused> {
        let text = line.trim_ascii();
        if text.starts_with(b"\\restrict ") || text.starts_with(b"\\unrestrict ") {
            return Ok(());
        }
        match text.strip_prefix(b"\\connect ") {
            Some(name) if self.of.as_deref().is_none_or(|of| of == name) => {
                self.of = Some(name.to_vec());
                Ok(())
            }
            Some(_) => Err(Refused("goes on with another database: the file is of several".into())),
            None => Err(Refused("is a command for the client, which could run programs or connect elsewhere".into())),
        }
    }
}

impl Statement {
    fn is_over(&self) -> bool {
        self.parentheses == 0 && self.begins == 0
    }

    fn add(&mut self, byte: u8) {
        match byte {
            b'(' => self.parentheses += 1,
            b')' => self.parentheses = self.parentheses.saturating_sub(1),
            _ => {}
        }
        self.decide();
        if self.holds == Holds::Passes {
            return;
        }
        let is_blank = byte.is_ascii_whitespace();
        if !is_blank {
            self.text.push(byte);
        } else if !self.text.is_empty() && !self.text.ends_with(b" ") {
            self.text.push(b' ');
        }
    }

    fn add_word(&mut self, word: &[u8]) {
        if self.words.len() < 4 {
            self.words.push(word.to_vec());
        }
        if self.holds != Holds::Passes {
            self.text.extend_from_slice(word);
        }
        if self.parentheses == 0 && self.makes_function() {
            match word {
                b"begin" => self.begins += 1,
                b"case" if self.begins > 0 => self.begins += 1,
                b"end" => self.begins = self.begins.saturating_sub(1),
                _ => {}
            }
        }
    }

    fn makes_function(&self) -> bool {
        let words: Vec<&[u8]> = self.words.iter().map(Vec::as_slice).collect();
        let what = match words[..] {
            [b"create", b"or", b"replace", what] => what,
            [b"create", what, ..] => what,
            _ => return false,
        };
        what == b"function" || what == b"procedure"
    }

    /// Whether it has to be read whole before the server may see it.
    fn decide(&mut self) {
        if self.holds != Holds::Undecided {
            return;
        }
        let word = |index: usize| self.words.get(index).map(Vec::as_slice);
        self.holds = match (word(0), word(1)) {
            (None, _) if self.text.is_empty() => Holds::Undecided,
            (Some(b"alter" | b"grant" | b"revoke" | b"comment" | b"security" | b"set" | b"copy"), _) => Holds::Whole,
            (Some(b"create" | b"drop"), None) => Holds::Undecided,
            (Some(b"create" | b"drop"), Some(b"database")) => Holds::Whole,
            _ => Holds::Passes,
        };
    }

    fn verdict(&self, held: &[u8]) -> Result<Verdict, Refused> {
        const RIGHTS: &str = "undefined_object OR insufficient_privilege OR invalid_catalog_name";
        const UNKNOWN: &str = "undefined_object";
        const ROLE: &str = "undefined_object OR insufficient_privilege OR invalid_parameter_value";
        let text = String::from_utf8_lossy(&self.text);
        let text = text.trim_end_matches(';').trim();
        let begins = |words: &[&str]| words.iter().any(|words| text.starts_with(words));
        Ok(match () {
            () if self.holds != Holds::Whole => Verdict::Pass,
            () if begins(&["create database", "drop database", "alter database", "comment on database"]) => {
                Verdict::LeaveOut
            }
            () if begins(&["copy"]) && is_rows(text) => Verdict::Rows,
            () if begins(&["copy"]) => {
                return Err(Refused("copies to or from a place that is no part of the file".into()));
            }
            () if begins(&["set transaction", "set local", "set constraints", "set session characteristics"]) => {
                Verdict::Pass
            }
            () if begins(&["set session authorization", "set role"]) => Verdict::Tolerate(ROLE),
            () if begins(&["set"]) => {
                check_setting(held, text)?;
                Verdict::Tolerate(UNKNOWN)
            }
            () if begins(&["grant", "revoke", "alter default privileges", "security label"]) => {
                Verdict::Tolerate(RIGHTS)
            }
            () if begins(&["comment on extension", "comment on schema"]) => Verdict::Tolerate(RIGHTS),
            () if begins(&["alter"]) && text.contains(" owner to ") => Verdict::Tolerate(RIGHTS),
            () => Verdict::Pass,
        })
    }
}

/// Whether the rows of a `copy` follow it.
fn is_rows(text: &str) -> bool {
    let mut words = text.split_whitespace().skip_while(|word| *word != "from");
    words.next() == Some("from") && words.next() == Some("stdin")
}

/// What changes how the client reads what follows.
fn check_setting(held: &[u8], code: &str) -> Result<(), Refused> {
    let text = String::from_utf8_lossy(held).to_ascii_lowercase();
    let value = || text.rsplit(['=', ' ']).find(|word| !word.trim_matches([';', '\n']).is_empty()).unwrap_or_default();
    let value = value().trim_matches(['\'', ';', '"', '\n', '\r']);
    if text.contains("standard_conforming_strings") && !matches!(value, "on" | "true" | "1") {
        return Err(Refused("changes what a backslash in a text means".into()));
    }
    const SAFE: &[&str] = &["utf", "latin", "sql_ascii", "win", "iso", "koi8", "unicode"];
    let sets_encoding = text.contains("client_encoding") || code.starts_with("set names");
    if sets_encoding && !SAFE.iter().any(|safe| value.starts_with(safe)) {
        return Err(Refused("is in an encoding in which a backslash can be half of a letter".into()));
    }
    Ok(())
}

/// Writes a statement so that it may fail for some reasons: it is about roles, rights or settings that only its old server has.
fn tolerate(held: &[u8], conditions: &str, out: &mut Vec<u8>) {
    let end = held.iter().rposition(|byte| *byte == b';').unwrap_or(held.len());
    out.extend_from_slice(b"DO 'BEGIN EXECUTE ''");
    for byte in &held[..end] {
        out.extend_from_slice(if *byte == b'\'' { b"''''" } else { std::slice::from_ref(byte) });
    }
    out.extend_from_slice(format!("''; EXCEPTION WHEN {conditions} THEN NULL; END';").as_bytes());
}

fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'$' || byte >= 0x80
}

/// The marks that a text in dollars begins and ends with: `$$`, `$body$`.
fn dollar_marks(rest: &[u8]) -> Option<&[u8]> {
    let length = rest[1..].iter().position(|byte| *byte == b'$' || !is_word(*byte))?;
    let first_is_digit = rest[1].is_ascii_digit();
    (rest[1 + length] == b'$' && !first_is_digit).then(|| &rest[..length + 2])
}

#[cfg(test)]
mod tests {
    use super::super::sift;
    use super::*;

    fn of(text: &str) -> Result<String, String> {
        sift(Postgres::default(), text)
    }

    #[test]
    fn what_a_dump_holds_goes_through_as_it_is() {
        for same in [
            "CREATE TABLE t (id int, \"a\\b\" text DEFAULT 'x\\');\nINSERT INTO t VALUES ('\nDROP DATABASE x;\n\\! id\n');\n",
            "CREATE FUNCTION f() RETURNS void AS $body$ begin perform '\\! id'; end $body$ LANGUAGE plpgsql;\n",
            "CREATE FUNCTION f() RETURNS int BEGIN ATOMIC SELECT CASE WHEN true THEN 1 END; SELECT 2; END;\nselect 1;\n",
            "COPY public.t (id, note) FROM stdin;\n1\tit's\\n\\N\n2\t\\\\! id\n\\.\nselect 'it''s', E'it\\'s \\! id';\n",
            "/* a /* b */ \\! */ select 1; -- \\! id\nselect $1, a$b, $$ \\! $$;\n",
            "CREATE RULE r AS ON INSERT TO t DO (SELECT 1; SELECT ')');\n",
            "select 1",
        ] {
            assert_eq!(of(same).as_deref(), Ok(same));
        }
    }

    #[test]
    fn what_is_about_the_whole_server_is_left_out() {
        let dump = "\\restrict abc\nCREATE DATABASE app WITH TEMPLATE = template0;\nALTER DATABASE app OWNER TO app;\n\\connect app\n\nselect 1;\n\\unrestrict abc\n";
        assert_eq!(
            of(dump).unwrap(),
            "\n\n\n\n\nselect 1;\n\n",
            "lines are emptied, so that the client counts them as they were"
        );
        let owner = of("ALTER TABLE t OWNER TO \"it's\";\n").unwrap();
        assert!(owner.starts_with("DO 'BEGIN EXECUTE ''ALTER TABLE t OWNER TO \"it''''s\"''; EXCEPTION"), "{owner}");
        assert!(
            of("SET transaction_timeout = 0;\nSET client_encoding = 'UTF8';\nSET standard_conforming_strings = on;\n")
                .is_ok()
        );
    }

    #[test]
    fn what_a_client_would_obey_ends_it() {
        for hostile in [
            "\\! id\n",
            "\\c app\nDROP TABLE users;\n",
            "select 1 \\! id\n",
            "select '' \\g |id\n",
            "  \\i /etc/passwd\n",
            "\\connect a\n\\connect b\n",
            "\\copy t from program 'id'\n",
            "COPY t FROM stdin; \\! id\n\\.\n",
            "COPY t FROM stdin;\n\\! id\n\\.\n",
            "COPY t FROM '/etc/passwd';\n",
            "COPY t TO PROGRAM 'id';\n",
            "COPY t FROM/**/stdin;\n\\.\n\\! id\n",
            "select E'\\\\' \\! id\n",
            "select 'a\\' \\! id\n",
            "select $a$ $b$ $a$ \\! id\n",
            "select 1e'\\' \\! id '\n",
            "select 1$$ \\! id $$\n",
            "set standard_conforming_strings = off;\n",
            "set client_encoding to 'SJIS';\n",
            "set names 'BIG5';\n",
            "-- a\r\\! id\n",
            "select e' \\' ' \\! id\n",
            "create rule r as on insert to t do (select 1; copy t from stdin;\n'\n\\.\n",
            "select 'a\0'\n",
        ] {
            assert!(of(hostile).is_err(), "{hostile:?} went through as {:?}", of(hostile));
        }
        assert!(of("select 'a").unwrap_err().contains("breaks off"));
        assert!(of("COPY t FROM stdin;\n1\n").unwrap_err().contains("breaks off"));
    }
}
