//! Opens an address in the browser of the person, with the opener of this platform.

#![expect(clippy::disallowed_methods, reason = "starts the platform's opener, which the person asked for")]

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::World;

/// One that goes on longer has found a browser, and may be the browser itself.
const LIMIT: Duration = Duration::from_secs(2);

/// Whether a URL is one of a web page and nothing that an opener could take for something else.
pub fn is_web_address(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "-._~:/?#[]@!$&'()*+,;=%".contains(c);
    rest.is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_alphanumeric()) && rest.chars().all(is_plain))
}

/// The same for an address of a database.
fn is_database_address(url: &str) -> bool {
    const SCHEMES: &[&str] = &["postgres", "mysql", "mariadb", "redis", "mongodb"];
    url.split_once("://")
        .is_some_and(|(scheme, rest)| SCHEMES.contains(&scheme) && is_web_address(&format!("http://{rest}")))
}

impl World {
    /// Opens a web address; answers whether that worked: there may be no opener, and no display for a browser.
    pub fn open(&self, url: &str) -> bool {
        is_web_address(url) && self.opener().is_some_and(|opener| start(&opener, url))
    }

    /// Opens a page that is in a file of ours, in the browser; answers whether that worked.
    pub fn open_page_file(&self, path: &Path) -> bool {
        let path = path.to_str().filter(|path| path.starts_with('/'));
        path.is_some_and(|path| self.opener().is_some_and(|opener| start(&opener, path)))
    }

    /// Opens the address of a database in the desktop client that is there for it; answers whether that worked.
    pub fn open_in_client(&self, url: &str) -> bool {
        is_database_address(url) && self.opener().is_some_and(|opener| start(&opener, url))
    }

    fn opener(&self) -> Option<PathBuf> {
        let has = |name: &str| self.variable(name).is_some();
        let names: &[&str] = match () {
            () if cfg!(target_os = "macos") => &["open"],
            () if has("WSL_DISTRO_NAME") => &["wslview", "xdg-open"],
            () if has("DISPLAY") || has("WAYLAND_DISPLAY") => &["xdg-open"],
            () => &[],
        };
        names.iter().find_map(|name| self.program(name))
    }

    /// A program by its name, where programs are looked for.
    fn program(&self, name: &str) -> Option<PathBuf> {
        let folders = std::env::split_paths(self.variable("PATH")?).filter(|folder| folder.is_absolute());
        folders.map(|folder| folder.join(name)).find(|path| is_executable(path))
    }
}

/// Whether it is a file with the right to be executed.
pub fn is_executable(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    std::fs::metadata(path).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
}

fn start(opener: &Path, url: &str) -> bool {
    use std::os::unix::process::CommandExt;
    const PAUSE: Duration = Duration::from_millis(10);
    let mut command = Command::new(opener);
    // Of its own group: Ctrl-C in the terminal is not meant for a browser.
    command.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    let Ok(mut child) = command.spawn() else { return false };
    let began = Instant::now();
    while began.elapsed() < LIMIT {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) => std::thread::sleep(PAUSE),
            Err(_) => return false,
        }
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_web_pages_are_opened() {
        for url in ["http://localhost:3000", "https://127.0.0.1:8443/a?b=c"] {
            assert!(is_web_address(url), "{url}");
        }
        for url in
            ["postgres://localhost", "file:///etc/passwd", "http://", "http://-x", "http://a b", "http://a\n", "--help"]
        {
            assert!(!is_web_address(url), "{url}");
        }
    }
}
