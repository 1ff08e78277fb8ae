//! `engine`: the way out where a manifest has no word of its own.

/// What the engine can do and nothing else here has a word for; nothing in it opens this computer.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Engine {
    /// Words in place of what it runs its command with.
    pub entrypoint: Option<Vec<String>>,
    /// Words in place of its own command.
    pub command: Option<Vec<String>>,
    /// A name or number, with a group behind `:` or without.
    pub user: Option<String>,
    /// Inside, absolute.
    pub workdir: Option<String>,
    /// Folders inside that are kept in memory.
    pub tmpfs: Vec<String>,
    /// Names of rights, without `CAP_`.
    pub cap_add: Vec<String>,
    /// Names and the addresses they stand for.
    pub extra_hosts: Vec<(String, String)>,
    /// Memory that its programs share, in bytes.
    pub shm_size: Option<u64>,
    /// How much each of its programs may use, by what of.
    pub ulimits: Vec<(String, Ulimit)>,
}

/// How much of something a program may use; -1 = any.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ulimit {
    pub soft: i64,
    pub hard: i64,
}

impl Ulimit {
    /// Of `65536`, `-1` or `1024:65536`.
    pub fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| text.trim().parse::<i64>().ok().filter(|number| *number >= -1);
        let (soft, hard) = text.split_once(':').unwrap_or((text, text));
        let (soft, hard) = (number(soft)?, number(hard)?);
        let fits = hard == -1 || (soft != -1 && soft <= hard);
        fits.then_some(Self { soft, hard })
    }
}

impl std::fmt::Display for Ulimit {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.soft == self.hard { write!(out, "{}", self.soft) } else { write!(out, "{}:{}", self.soft, self.hard) }
    }
}

/// What of there are limits.
pub const ULIMITS: &[&str] = &[
    "core",
    "cpu",
    "data",
    "fsize",
    "locks",
    "memlock",
    "msgqueue",
    "nice",
    "nofile",
    "nproc",
    "rss",
    "rtprio",
    "rttime",
    "sigpending",
    "stack",
];

/// A value of one of its keys, as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EngineValue {
    Word(String),
    Words(Vec<String>),
    Pairs(Vec<(String, String)>),
}

impl Engine {
    /// Every key that says something, in the order of the documentation.
    pub fn written(&self) -> Vec<(&'static str, EngineValue)> {
        let words = |words: &Vec<String>| EngineValue::Words(words.clone());
        let some = |words: &Vec<String>| Some(EngineValue::Words(words.clone())).filter(|_| !words.is_empty());
        let hosts = Some(&self.extra_hosts).filter(|hosts| !hosts.is_empty());
        let limits = self.ulimits.iter().map(|(name, limit)| (name.clone(), limit.to_string()));
        let all = [
            ("entrypoint", self.entrypoint.as_ref().map(words)),
            ("command", self.command.as_ref().map(words)),
            ("user", self.user.clone().map(EngineValue::Word)),
            ("workdir", self.workdir.clone().map(EngineValue::Word)),
            ("tmpfs", some(&self.tmpfs)),
            ("cap_add", some(&self.cap_add)),
            ("extra_hosts", hosts.map(|hosts| EngineValue::Pairs(hosts.clone()))),
            ("shm_size", self.shm_size.map(|bytes| EngineValue::Word(size(bytes)))),
            ("ulimits", Some(EngineValue::Pairs(limits.collect())).filter(|_| !self.ulimits.is_empty())),
        ];
        all.into_iter().filter_map(|(key, value)| Some((key, value?))).collect()
    }
}

/// As short as it is exact.
fn size(bytes: u64) -> String {
    let units = [(30, "g"), (20, "m"), (10, "k")];
    let unit = units.into_iter().find(|(shift, _)| bytes > 0 && bytes.trailing_zeros() >= *shift);
    unit.map_or_else(|| bytes.to_string(), |(shift, unit)| format!("{}{unit}", bytes >> shift))
}

/// Rights that stay inside of what they are given to; no others are granted.
pub const RIGHTS: &[&str] = &[
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "IPC_LOCK",
    "IPC_OWNER",
    "KILL",
    "MKNOD",
    "NET_ADMIN",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
    "SYS_PTRACE",
];

/// Bytes of `64m`, `1g`, `512k` or a plain number.
pub fn bytes(text: &str) -> Option<u64> {
    let text = text.trim().to_ascii_lowercase();
    let plain = text.strip_suffix('b').unwrap_or(&text);
    let plain = plain.strip_suffix('i').unwrap_or(plain);
    let digits = plain.trim_end_matches(['k', 'm', 'g']);
    let scale = match &plain[digits.len()..] {
        "" => 1,
        "k" => 1 << 10,
        "m" => 1 << 20,
        "g" => 1 << 30,
        _ => return None,
    };
    digits.trim().parse::<u64>().ok()?.checked_mul(scale)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_and_written_alike() {
        for (text, soft, hard) in [("65536", 65536, 65536), ("-1", -1, -1), ("1024:2048", 1024, 2048), ("5:-1", 5, -1)]
        {
            assert_eq!(Ulimit::parse(text), Some(Ulimit { soft, hard }), "{text}");
            assert_eq!(Ulimit { soft, hard }.to_string(), text);
        }
        for wrong in ["", "many", "-2", "2:1", "-1:5", "1:2:3"] {
            assert_eq!(Ulimit::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn sizes_are_read_and_written_alike() {
        for (text, number, written) in
            [("1g", 1 << 30, "1g"), ("64MiB", 64 << 20, "64m"), ("512kb", 512 << 10, "512k"), ("1000", 1000, "1000")]
        {
            assert_eq!(bytes(text), Some(number), "{text}");
            assert_eq!(size(number), written);
        }
        for wrong in ["", "g", "1t", "-1", "1.5g", "99999999999g"] {
            assert_eq!(bytes(wrong), None, "{wrong}");
        }
    }
}
