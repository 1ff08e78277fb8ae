//! What kind of computer this is, as far as it decides how an engine gets onto it: plain facts, gathered once.

mod gather;

use std::collections::BTreeSet;

use serde::Serialize;

/// The facts. Tests make them by hand; the real ones come from [`Platform::of_this_computer`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Platform {
    pub system: System,
    /// `ID` of os-release, for example `debian`; empty = not known.
    pub distribution: String,
    /// `ID_LIKE` of os-release: what it was made from, the nearest first.
    pub like: Vec<String>,
    /// `PRETTY_NAME` of os-release, for people.
    pub title: String,
    pub init: Init,
    pub wsl: Option<Wsl>,
    /// This process runs in a container itself.
    pub is_inside: bool,
    /// Those of [`ASKED`] that are there: on the `PATH`, or where only root has them on it.
    pub programs: BTreeSet<String>,
    pub person: Person,
    /// The group `docker` exists; with its members.
    pub docker_group: Option<Vec<String>>,
    /// Places in `/run` where an engine may listen.
    pub sockets: Vec<SocketFile>,
    /// Applications of macOS, without `.app`; on Linux `Docker` for Docker Desktop.
    pub applications: BTreeSet<String>,
    /// Profiles of Colima that were made, `default` first.
    pub colima_profiles: Vec<String>,
    /// The user has an engine of their own (rootless), looked after by systemd.
    pub has_own_engine: bool,
    /// The kernel restricts programs by AppArmor.
    pub has_apparmor: bool,
    /// `/etc/init.d/docker` is there.
    pub has_init_script: bool,
    /// The number of a killed engine lies about, and the next one takes it for a living one.
    pub has_stale_pid: bool,
}

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum System {
    #[default]
    Linux,
    MacOs,
}

/// What starts services.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Init {
    Systemd,
    OpenRc,
    SysV,
    /// Nothing does, as in a container or a bare root.
    #[default]
    None,
}

/// Linux on Windows, in its two generations; the first one has no kernel of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Wsl {
    One,
    Two,
}

/// Who runs this process.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Person {
    /// The login name.
    pub name: String,
    pub is_root: bool,
    pub user: u32,
    /// The name of the main group.
    pub main_group: String,
    /// Names of all groups that this process has.
    pub groups: Vec<String>,
}

/// A place where an engine may listen.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct SocketFile {
    pub path: String,
    /// The name of its owner, or the number.
    pub owner: String,
    /// The name of its group, or the number.
    pub group: String,
    /// The permission bits.
    pub mode: u32,
}

/// Programs that a decision may depend on.
pub const ASKED: &[&str] = &[
    "addgroup",
    "apk",
    "apparmor_parser",
    "apt-get",
    "brew",
    "colima",
    "dnf",
    "doas",
    "docker",
    "docker-init",
    "dockerd",
    "groupadd",
    "iptables",
    "limactl",
    "pacman",
    "podman",
    "rc-service",
    "service",
    "sg",
    "sudo",
    "systemctl",
    "timedatectl",
    "usermod",
    "zypper",
];

impl Platform {
    pub fn has(&self, program: &str) -> bool {
        self.programs.contains(program)
    }

    /// Whether it is this distribution, or made from it.
    pub fn is_like(&self, distribution: &str) -> bool {
        self.distribution == distribution || self.like.iter().any(|like| like == distribution)
    }

    /// Whether the person will be a member of the group `docker` after the next login, whatever this process may now.
    pub fn is_docker_member(&self) -> bool {
        self.docker_group.as_ref().is_some_and(|members| members.contains(&self.person.name))
    }
}
