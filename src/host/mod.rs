//! This computer: files, ports, the user, its variables. The only place that reads or writes them.

mod branches;
mod checkout;
mod clock;
mod command;
mod context;
mod dockerignore;
mod dumps;
mod fetch;
mod files;
mod folders;
mod git;
mod git_index;
mod held_folder;
mod inputs;
mod keyring;
mod looking;
mod machine;
mod opener;
mod platform;
mod ports;
mod processes;
mod reach;
mod repo;
mod repo_file;
mod routes;
mod run_git;
mod scripts;
mod steps;
mod template_files;
mod terminal;
mod trust;
mod watcher;

use std::collections::BTreeMap;
use std::path::PathBuf;

pub use branches::Branches;
pub use checkout::{At, CloneMark, FolderMark, clone_mark, cloned_at, folder_mark, look_at};
pub use clock::{minutes_ahead_of_utc, now, now_as_text, now_millis, since, unix_millis, unix_seconds};
pub use command::{Ended, run_as_root, run_shell, run_words};
pub use context::{BuildContext, pack, pack_files};
pub use dumps::{Peeked, Unpack, Whole, check_end};
pub use fetch::fetch;
pub use files::{
    append_to, create_folder, create_private_folder, file_size, is_file, is_folder, is_link, is_same_file, list_folder,
    open_file, open_lock, read_limited, read_small, real_path, remove_file, remove_folder, rename, write_file,
    write_new, write_private,
};
pub use folders::folder_size;
pub use git::{
    Repository, begun_from, current_branch, is_git_at_work, is_top_of_repository, repository, within_repository,
    would_track,
};
pub use git_index::tracked;
pub use held_folder::HeldFolder;
pub use inputs::{
    ContentHash, Contents, Known, MOST_BYTES, MOST_FILES, Reason, Seen, Unusable, Watched, Wish, content_of, digest_of,
    look_at_inputs,
};
pub use keyring::{Keyring, Trouble};
pub use machine::{
    computer, disk, folder_of, host_name, is_own, is_trusted, make_writable, own_program, processors, programs,
    watches, why_unwritable,
};
pub use opener::{is_executable, is_web_address};
pub use platform::{Init, Person, Platform, SocketFile, System, Wsl};
pub use ports::{Listener, PortHolder, holder, is_free, listener};
pub use processes::{
    End, Output, Program, begin_session, clear_holder, command_of, descendants, end, end_children, has_children,
    held_by, hold, is_held, leave_interrupts_to_others, reap, released, run_here, spawn_group, spawn_self,
    started_with,
};
pub use reach::{
    Greeting, PATIENCE, connect, greet, has_port, host_of, is_found, is_this_computer, name_of, with_port,
};
pub use repo::read_repo;
pub use repo_file::{Hashed, Unopened, open_inside, open_plain};
pub use routes::{AddressRange, routed};
pub use run_git::{Asks, begin_repository, clone_newest, content_by_id};
pub use scripts::{
    Named, has_windows_line_ends, lacks_right_to_run, make_executable, scripts_with_windows_line_ends,
    write_unix_line_ends,
};
pub use steps::{Stepped, become_command, own_command, run_telling, succeeds};
pub use template_files::{Belongs, Spot, lay_down, put, read_template, side, spot};
pub use terminal::{EndSignals, RawTerminal, Resizes, end_signals, forget_typed_ahead, resizes, terminal_size};
pub use trust::{certificate_authorities, names_certificates};
pub use watcher::{Manner, Noticed, Nudges, Watcher, nudges};

/// What of this computer decides which engine is used.
#[derive(Debug, Clone, Default)]
pub struct Surroundings {
    pub docker_host: Option<String>,
    pub docker_context: Option<String>,
    /// The folder of Docker's client configuration, usually `~/.docker`.
    pub docker_config: Option<PathBuf>,
    /// `DOCKER_HOST` is to be reached with certificates.
    pub docker_tls: bool,
    /// The root of the file system.
    pub system: PathBuf,
    /// The user's id.
    pub user: Option<u32>,
    pub home: Option<PathBuf>,
    pub runtime_dir: Option<PathBuf>,
    pub config_home: Option<PathBuf>,
    pub temporary: Option<PathBuf>,
    pub colima_home: Option<PathBuf>,
    pub lima_home: Option<PathBuf>,
    pub mirrors: Vec<String>,
}

#[cfg(test)]
impl Surroundings {
    /// Those of user 1000 on a computer whose root is this folder.
    pub fn below(root: &std::path::Path) -> Self {
        Self { system: root.to_owned(), home: Some(root.join("home")), user: Some(1000), ..Self::default() }
    }
}

/// What the process was started with.
#[derive(Debug, Clone, Default)]
pub struct World {
    pub variables: BTreeMap<String, String>,
    pub folder: PathBuf,
}

impl World {
    /// The real one. Variables that are not Unicode are left out: nothing here could pass them on.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the process's surroundings")]
    pub fn of_this_process() -> Self {
        let variables = std::env::vars_os()
            .filter_map(|(key, value)| Some((key.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { variables, folder: std::env::current_dir().unwrap_or_default() }
    }

    /// A variable that is set and not empty.
    pub fn variable(&self, name: &str) -> Option<&str> {
        self.variables.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub fn home(&self) -> Option<PathBuf> {
        directories::BaseDirs::new().map(|folders| folders.home_dir().to_owned())
    }

    /// What decides which engine is used.
    pub fn engine_surroundings(&self, mirrors_in_settings: &[String]) -> Surroundings {
        let named = self.variable("DEVENV_MIRROR").map(|list| list.split(',').map(str::to_owned).collect());
        let mirrors: Vec<String> = named.unwrap_or_else(|| mirrors_in_settings.to_vec());
        // A login is stored where Docker keeps it; one in an address would be shown with it.
        let mirrors = mirrors.iter().map(|one| reach::without_login(reach::without_scheme(one.trim())).to_owned());
        let mirrors = mirrors.filter(|one| !one.is_empty()).collect();
        let folder = |name| self.variable(name).map(PathBuf::from);
        Surroundings {
            docker_host: self.variable("DOCKER_HOST").map(str::to_owned),
            docker_context: self.variable("DOCKER_CONTEXT").map(str::to_owned),
            docker_config: docker_config_folder(),
            docker_tls: self.variable("DOCKER_TLS_VERIFY").or(self.variable("DOCKER_TLS")).is_some(),
            system: PathBuf::from("/"),
            user: user().map(|(user, _)| user),
            home: self.home(),
            runtime_dir: folder("XDG_RUNTIME_DIR"),
            config_home: folder("XDG_CONFIG_HOME"),
            temporary: folder("TMPDIR"),
            colima_home: folder("COLIMA_HOME"),
            lima_home: folder("LIMA_HOME"),
            mirrors,
        }
    }

    /// The proxy settings that apps get: both spellings, since programs differ in which they read.
    ///
    /// A proxy on this computer's own loopback address is reached from inside under another name.
    pub fn proxy(&self) -> Vec<(String, String)> {
        ["HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "ALL_PROXY"]
            .into_iter()
            .filter_map(|name| {
                let value = self.variable(name).or(self.variable(&name.to_lowercase()))?;
                let inside = if name == "NO_PROXY" { value.to_owned() } else { from_inside(value) };
                Some([(name.to_owned(), inside.clone()), (name.to_lowercase(), inside)])
            })
            .flatten()
            .collect()
    }
}

fn from_inside(proxy: &str) -> String {
    ["://localhost", "://127.0.0.1", "://[::1]"].iter().fold(proxy.to_owned(), |proxy, loopback| {
        match proxy.split_once(loopback) {
            Some((scheme, rest)) if rest.is_empty() || rest.starts_with([':', '/']) => {
                format!("{scheme}://host.docker.internal{rest}")
            }
            _ => proxy,
        }
    })
}

/// The folder of Docker's client configuration.
#[expect(clippy::disallowed_methods, reason = "the one place that reads the process's surroundings")]
pub fn docker_config_folder() -> Option<PathBuf> {
    let named = std::env::var_os("DOCKER_CONFIG").filter(|folder| !folder.is_empty()).map(PathBuf::from);
    named.or_else(|| Some(directories::BaseDirs::new()?.home_dir().join(".docker")))
}

/// The developer's uid and gid; `None` where the engine maps files by itself (Docker Desktop on macOS and Windows).
pub fn user() -> Option<(u32, u32)> {
    if cfg!(target_os = "linux") {
        Some((rustix::process::getuid().as_raw(), rustix::process::getgid().as_raw()))
    } else {
        None
    }
}

/// Random bytes of the operating system.
///
/// # Errors
/// The system has none to give.
pub fn random<const N: usize>() -> anyhow::Result<[u8; N]> {
    let mut bytes = [0; N];
    getrandom::fill(&mut bytes).map_err(|error| anyhow::anyhow!("no random bytes: {error}"))?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_proxy_on_the_loopback_address_is_reachable_from_inside() {
        assert_eq!(from_inside("http://127.0.0.1:3128"), "http://host.docker.internal:3128");
        assert_eq!(from_inside("http://localhost"), "http://host.docker.internal");
        assert_eq!(from_inside("http://proxy.example:3128"), "http://proxy.example:3128");
        assert_eq!(from_inside("http://localhost.example"), "http://localhost.example");
    }
}
