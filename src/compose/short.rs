//! One line that stands for several values: ports and mounts.

use core::net::IpAddr;

/// A port as a service offers it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ShortPort {
    pub host_ip: Option<String>,
    /// One or a range; `None` = any that is free.
    pub published: Option<String>,
    pub target: u16,
    pub protocol: String,
}

/// `[[IP:][PUBLISHED]:]TARGET[/PROTOCOL]`, each of the two possibly a range.
///
/// # Errors
/// Why it is no port.
pub fn ports(text: &str) -> Result<Vec<ShortPort>, String> {
    let (body, protocol) = text.split_once('/').map_or((text, "tcp"), |(body, protocol)| (body, protocol));
    let protocol = if protocol.is_empty() { "tcp".to_owned() } else { protocol.to_ascii_lowercase() };
    let (ip, published, target) = parts(body)?;
    if target.is_empty() {
        return Err("no port is said".to_owned());
    }
    let targets = range(target).ok_or_else(|| format!("`{target}` is no port"))?;
    let hosts = match published {
        "" => None,
        published => Some(range(published).ok_or_else(|| format!("`{published}` is no port"))?),
    };
    if !["tcp", "udp", "sctp"].contains(&protocol.as_str()) {
        return Err(format!("`{protocol}` is no protocol"));
    }
    let host_ip = match ip {
        "" => None,
        ip => Some(ip.parse::<IpAddr>().map_err(|_| format!("`{ip}` is no address"))?.to_string()),
    };
    let count = targets.1 - targets.0;
    let is_range_to_one = hosts.is_some_and(|(from, to)| to - from != count);
    if is_range_to_one && count != 0 {
        return Err(format!("the ranges {published} and {target} are not of one length"));
    }
    let port = |offset: u16| ShortPort {
        host_ip: host_ip.clone(),
        published: hosts
            .map(|(from, to)| if is_range_to_one { format!("{from}-{to}") } else { (from + offset).to_string() }),
        target: targets.0 + offset,
        protocol: protocol.clone(),
    };
    Ok((0..=count).map(port).collect())
}

/// Address, published and inner port.
fn parts(body: &str) -> Result<(&str, &str, &str), String> {
    let Some((front, target)) = body.rsplit_once(':') else { return Ok(("", "", body)) };
    let Some((ip, published)) = front.rsplit_once(':') else { return Ok(("", front, target)) };
    match ip.strip_prefix('[').and_then(|ip| ip.strip_suffix(']')) {
        Some(ip) => Ok((ip, published, target)),
        None => Ok((ip, published, target)),
    }
}

/// The first and the last; both the same for one.
pub fn range(text: &str) -> Option<(u16, u16)> {
    let (from, to) = text.split_once('-').unwrap_or((text, text));
    let (from, to) = (from.parse().ok()?, to.parse().ok()?);
    (from <= to).then_some((from, to))
}

/// A file, folder or data of a service, in one line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ShortMount {
    /// Empty = data without a name.
    pub source: String,
    pub target: String,
    pub read_only: bool,
}

/// `[SOURCE:]TARGET[:OPTIONS]`. On an error what could be read comes with it.
///
/// # Errors
/// Why it is none.
pub fn mount(text: &str) -> Result<ShortMount, (ShortMount, String)> {
    let mut mount = ShortMount::default();
    if text.is_empty() {
        return Err((mount, "it is empty".to_owned()));
    }
    if text.chars().count() <= 2 {
        mount.target = text.to_owned();
        return Ok(mount);
    }
    let mut sections = sections(text);
    if let [only] = &sections[..] {
        mount.target = only.clone();
        return Ok(mount);
    }
    let is_empty = sections.iter().any(String::is_empty);
    sections.retain(|section| !section.is_empty());
    let mut sections = sections.into_iter();
    if is_empty {
        // Of `:/target:rw` the target is clear all the same.
        let absolute = sections.find(|section| section.starts_with('/'));
        mount.target = absolute.unwrap_or_default();
        return Err((mount, "empty section between colons".to_owned()));
    }
    mount.source = sections.next().unwrap_or_default();
    mount.target = sections.next().unwrap_or_default();
    let options = sections.next().unwrap_or_default();
    if sections.next().is_some() {
        return Err((mount, "too many colons".to_owned()));
    }
    for option in options.split(',') {
        match option {
            "ro" => mount.read_only = true,
            "rw" => mount.read_only = false,
            _ => {}
        }
    }
    Ok(mount)
}

/// Split at colons, except the one of a drive letter.
fn sections(text: &str) -> Vec<String> {
    let mut sections = vec![String::new()];
    for letter in text.chars() {
        let Some(open) = sections.last_mut() else { break };
        let is_drive = letter == ':' && open.chars().count() == 1 && open.chars().all(char::is_alphabetic);
        if letter == ':' && !is_drive {
            sections.push(String::new());
        } else {
            open.push(letter);
        }
    }
    sections
}

/// Whether a mount's source is a path and no name.
pub fn is_path(source: &str) -> bool {
    let mut letters = source.chars();
    let is_drive = letters.next().is_some_and(char::is_alphabetic) && letters.next() == Some(':');
    source.starts_with(['.', '/', '~']) || source.starts_with("\\\\") || is_drive
}

/// A path inside of a service, without a slash at its end, `.` and `..`.
pub fn clean(target: &str) -> String {
    let is_absolute = target.starts_with('/');
    let mut parts: Vec<&str> = Vec::new();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." if parts.last().is_some_and(|last| *last != "..") => {
                parts.pop();
            }
            ".." if is_absolute => {}
            part => parts.push(part),
        }
    }
    match (is_absolute, parts.is_empty()) {
        (true, _) => format!("/{}", parts.join("/")),
        (false, true) => ".".to_owned(),
        (false, false) => parts.join("/"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<String> {
        let shown = |port: ShortPort| {
            let [ip, published] = [port.host_ip, port.published].map(Option::unwrap_or_default);
            format!("{ip}>{published}>{}/{}", port.target, port.protocol)
        };
        ports(text).unwrap().into_iter().map(shown).collect()
    }

    #[test]
    fn ports_in_every_form() {
        assert_eq!(shown("3000"), [">>3000/tcp"]);
        assert_eq!(shown("8080:80/UDP"), [">8080>80/udp"]);
        assert_eq!(shown("127.0.0.1:8080:80"), ["127.0.0.1>8080>80/tcp"]);
        assert_eq!(shown("127.0.0.1::53"), ["127.0.0.1>>53/tcp"]);
        assert_eq!(shown("[::1]:70:70"), ["::1>70>70/tcp"]);
        assert_eq!(shown("8000-8002:80"), [">8000-8002>80/tcp"]);
        assert_eq!(shown("9000-9001:90-91"), [">9000>90/tcp", ">9001>91/tcp"]);
        assert_eq!(shown("4000-4001"), [">>4000/tcp", ">>4001/tcp"]);
        for wrong in ["", "a:80", "80-81:90-92", "80:x", "70000", "1.2.3:80:80", "80/http", "9-8", ":"] {
            assert!(ports(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn mounts_in_every_form() {
        let read = |text: &str| mount(text).map(|it| (it.source, it.target, it.read_only)).map_err(|(_, why)| why);
        let ok = |source: &str, target: &str, read_only| Ok((source.to_owned(), target.to_owned(), read_only));
        assert_eq!(read("/data"), ok("", "/data", false));
        assert_eq!(read("/a"), ok("", "/a", false));
        assert_eq!(read("./a:/b:ro,z"), ok("./a", "/b", true));
        assert_eq!(read("C:\\x:/w"), ok("C:\\x", "/w", false));
        assert_eq!(read("::"), ok("", "::", false));
        assert_eq!(read(":/a:rw"), Err("empty section between colons".to_owned()));
        assert_eq!(read("aa:bb:cc:dd"), Err("too many colons".to_owned()));
        assert!(is_path("~/x") && is_path("../x") && is_path("x:/y") && !is_path("data") && !is_path(""));
        assert_eq!(["/a/", "a//b/./c", "/a/../../b", "./"].map(clean), ["/a", "a/b/c", "/b", "."]);
    }
}
