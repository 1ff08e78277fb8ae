//! Commands for Redis and Valkey: only those that write keys of the database that is chosen. Pure.

use super::{Refused, Sieve};

/// What writes keys and nothing else. Whatever is not named here (scripts, settings, other databases, other servers) is refused.
const WRITES: &[&str] = &[
    "append",
    "bitfield",
    "bitop",
    "decr",
    "decrby",
    "del",
    "exec",
    "expire",
    "expireat",
    "geoadd",
    "getset",
    "hdel",
    "hexpire",
    "hexpireat",
    "hincrby",
    "hincrbyfloat",
    "hmset",
    "hpersist",
    "hpexpire",
    "hpexpireat",
    "hset",
    "hsetex",
    "hsetnx",
    "incr",
    "incrby",
    "incrbyfloat",
    "linsert",
    "lmove",
    "lpop",
    "lpush",
    "lpushx",
    "lrem",
    "lset",
    "ltrim",
    "mset",
    "msetnx",
    "multi",
    "persist",
    "pexpire",
    "pexpireat",
    "pfadd",
    "pfmerge",
    "ping",
    "psetex",
    "rename",
    "renamenx",
    "restore",
    "rpop",
    "rpoplpush",
    "rpush",
    "rpushx",
    "sadd",
    "sdiffstore",
    "set",
    "setbit",
    "setex",
    "setnx",
    "setrange",
    "sinterstore",
    "smove",
    "spop",
    "srem",
    "sunionstore",
    "unlink",
    "xack",
    "xadd",
    "xautoclaim",
    "xclaim",
    "xdel",
    "xgroup",
    "xsetid",
    "xtrim",
    "zadd",
    "zdiffstore",
    "zincrby",
    "zinterstore",
    "zrangestore",
    "zrem",
    "zremrangebylex",
    "zremrangebyrank",
    "zremrangebyscore",
    "zunionstore",
];
/// The longest first word of a command, in bytes.
const LONGEST_NAME: usize = 32;

/// What may be done with one command.
enum Verdict {
    Pass,
    /// It chooses a database, which is chosen already.
    Choose,
}

fn judge(name: &[u8]) -> Result<Verdict, Refused> {
    let name = String::from_utf8_lossy(name).to_ascii_lowercase();
    match name.as_str() {
        "select" => Ok(Verdict::Choose),
        name if WRITES.contains(&name) => Ok(Verdict::Pass),
        name => Err(Refused(format!("asks for `{}`, which does more than to write keys", name.escape_debug()))),
    }
}

/// Which database a file chose: it may be of one only.
#[derive(Default)]
struct Chosen(Option<Vec<u8>>);

impl Chosen {
    fn choose(&mut self, number: &[u8]) -> Result<(), Refused> {
        match &self.0 {
            Some(one) if one != number => Err(Refused("goes on with another database: the file is of several".into())),
            _ => {
                self.0 = Some(number.to_vec());
                Ok(())
            }
        }
    }
}

/// Commands as the protocol has them (RESP, arrays of bulk strings).
#[derive(Default)]
pub struct Protocol {
    state: State,
    chosen: Chosen,
}

#[derive(Default)]
enum State {
    /// Before a command.
    #[default]
    Between,
    /// In the lengths and the name at the beginning of a command, which are held back until the name is known.
    Head(Vec<u8>),
    /// So many parts follow; the length of the next is being read.
    Length { parts: u64, text: Vec<u8>, dropped: Option<Vec<u8>> },
    /// So many bytes of a part follow, with the two that end it.
    Part { parts: u64, left: u64, dropped: Option<Vec<u8>> },
}

impl Sieve for Protocol {
    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
        let mut rest = line;
        while let Some((&byte, after)) = rest.split_first() {
            match &mut self.state {
                State::Between => {
                    self.state = State::Head(Vec::new());
                    continue;
                }
                State::Head(head) => {
                    head.push(byte);
                    rest = after;
                    if let Some((parts, name)) = whole_head(head)? {
                        let head = std::mem::take(head);
                        let dropped = match judge(&name)? {
                            Verdict::Choose => Some(Vec::new()),
                            Verdict::Pass => {
                                out.extend_from_slice(&head);
                                None
                            }
                        };
                        self.follow(parts - 1, dropped)?;
                    }
                }
                State::Length { parts, text, dropped } => {
                    text.push(byte);
                    rest = after;
                    if byte == b'\n' {
                        let left = length(text, b'$')? + 2;
                        let (parts, dropped) = (*parts, dropped.take());
                        if dropped.is_none() {
                            out.extend_from_slice(text);
                        }
                        self.state = State::Part { parts: parts - 1, left, dropped };
                    } else if text.len() > LONGEST_NAME {
                        return Err(malformed());
                    }
                }
                State::Part { parts, left, dropped } => {
                    let count = usize::try_from(*left).unwrap_or(usize::MAX).min(rest.len());
                    match dropped {
                        Some(dropped) => dropped.extend_from_slice(&rest[..count.min(LONGEST_NAME)]),
                        None => out.extend_from_slice(&rest[..count]),
                    }
                    *left -= count as u64;
                    rest = &rest[count..];
                    if *left == 0 {
                        let (parts, dropped) = (*parts, dropped.take());
                        self.follow(parts, dropped)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn end(&mut self, _: &mut Vec<u8>) -> bool {
        matches!(self.state, State::Between)
    }
}

impl Protocol {
    /// What comes after a part.
    fn follow(&mut self, parts: u64, dropped: Option<Vec<u8>>) -> Result<(), Refused> {
        self.state = match (parts, dropped) {
            (0, Some(number)) => {
                self.chosen.choose(number.trim_ascii())?;
                State::Between
            }
            (0, None) => State::Between,
            (parts, dropped) => State::Length { parts, text: Vec::new(), dropped },
        };
        Ok(())
    }
}

/// How many parts a command has, and its name, once all of that is there.
fn whole_head(head: &[u8]) -> Result<Option<(u64, Vec<u8>)>, Refused> {
    let mut lines = head.splitn(3, |byte| *byte == b'\n');
    let (Some(first), Some(second), Some(name)) = (lines.next(), lines.next(), lines.next()) else {
        return if head.len() > 2 * LONGEST_NAME { Err(malformed()) } else { Ok(None) };
    };
    let (parts, long) = (length(first, b'*')?, length(second, b'$')?);
    let long = usize::try_from(long).ok().filter(|long| (1..=LONGEST_NAME).contains(long)).ok_or_else(malformed)?;
    if parts == 0 {
        return Err(malformed());
    }
    if name.len() < long + 2 {
        return Ok(None);
    }
    Ok(Some((parts, name[..long].to_vec())))
}

/// The number of a line such as `$12`; servers take other spellings as well, and nobody writes them.
fn length(line: &[u8], mark: u8) -> Result<u64, Refused> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let digits = line.strip_prefix(&[mark]).and_then(|line| line.strip_suffix(b"\r")).ok_or_else(malformed)?;
    if digits.is_empty() || digits.len() > 10 || !digits.iter().all(u8::is_ascii_digit) {
        return Err(malformed());
    }
    std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok()).ok_or_else(malformed)
}

fn malformed() -> Refused {
    Refused("is not what the protocol's commands look like".into())
}

/// Commands as a person types them, one a line.
#[derive(Default)]
pub struct Inline {
    chosen: Chosen,
}

impl Sieve for Inline {
    fn line(&mut self, line: &[u8], out: &mut Vec<u8>) -> Result<(), Refused> {
        let text = line.trim_ascii();
        if text.is_empty() || text.starts_with(b"#") {
            return Ok(());
        }
        if text.contains(&0) {
            return Err(Refused("is no text".into()));
        }
        let end = text.iter().position(u8::is_ascii_whitespace).unwrap_or(text.len());
        match judge(&text[..end])? {
            Verdict::Pass => {
                out.extend_from_slice(text);
                out.push(b'\n');
            }
            Verdict::Choose => self.chosen.choose(text[end..].trim_ascii())?,
        }
        Ok(())
    }

    fn end(&mut self, _: &mut Vec<u8>) -> bool {
        true
    }
}

#[cfg(test)]
mod tests {
    use super::super::sift;
    use super::*;

    fn command(parts: &[&str]) -> String {
        let parts_text: String = parts.iter().map(|part| format!("${}\r\n{part}\r\n", part.len())).collect();
        format!("*{}\r\n{parts_text}", parts.len())
    }

    #[test]
    fn keys_are_written_whatever_is_in_them_and_one_database_may_be_chosen() {
        let set = command(&["SET", "a\nb", "*1\r\n$8\r\nFLUSHALL\r\n"]);
        let text = format!("{}{set}{}{set}", command(&["SELECT", "3"]), command(&["SELECT", "3"]));
        assert_eq!(sift(Protocol::default(), &text).unwrap(), format!("{set}{set}"));
        assert_eq!(sift(Inline::default(), "SELECT 0\n\nset a b\nSelect 0\n").unwrap(), "set a b\n");
    }

    #[test]
    fn what_does_more_is_refused() {
        let set = command(&["SET", "a", "b"]);
        for parts in [
            &["FLUSHALL"][..],
            &["SWAPDB", "0", "1"],
            &["MOVE", "a", "0"],
            &["COPY", "a", "a", "DB", "0"],
            &["CONFIG", "SET", "dir", "/"],
            &["EVAL", "return 1", "0"],
            &["FUNCTION", "LOAD", "x"],
            &["REPLICAOF", "a", "1"],
        ] {
            let why = sift(Protocol::default(), &format!("{set}{}", command(parts))).unwrap_err();
            assert!(why.contains(&parts[0].to_ascii_lowercase()), "{why}");
            assert!(sift(Inline::default(), &parts.join(" ")).is_err(), "{parts:?}");
        }
        let two = format!("{}{set}{}", command(&["SELECT", "0"]), command(&["SELECT", "1"]));
        assert!(sift(Protocol::default(), &two).unwrap_err().contains("several"));
        for wrong in
            ["*1\n$8\nFLUSHALL\n", "* 1\r\n$3\r\nSET\r\n", "*-1\r\n", "*0\r\n", "3 set a b\r\n", "*9999999999999\r\n"]
        {
            assert!(sift(Protocol::default(), wrong).is_err(), "{wrong:?}");
        }
        assert!(sift(Protocol::default(), &set[..set.len() - 3]).unwrap_err().contains("breaks off"));
        for wrong in ["\"flushall\"", "3 flushall", "connect elsewhere 6379", "select 0\nselect 1", "set a b\0"] {
            assert!(sift(Inline::default(), wrong).is_err(), "{wrong:?}");
        }
    }
}
