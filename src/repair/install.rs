//! Which packages bring an engine, platform by platform, or what to tell where no package does.

use super::{By, Step};
use crate::host::{Platform, System, Wsl};

/// How an engine gets onto this computer.
pub(super) enum Install {
    Steps(Vec<Step>),
    /// Only a person can do it: what to do, each one thing.
    Advice(Vec<String>),
}

const PURPOSE: &str = "install Docker";

/// Docker's own packages for distributions that have none.
const OWN_PACKAGES: &str = "https://download.docker.com/linux";

const ELSEWHERE: &str = "install it as your system does: https://docs.docker.com/engine/install";

/// | platform | way |
/// |---|---|
/// | inside a container, WSL | advice: the engine is to run outside |
/// | macOS | Homebrew and Colima; without Homebrew advice |
/// | Debian, Ubuntu | `docker.io` |
/// | Fedora | `moby-engine` |
/// | RHEL, CentOS, Rocky, Alma | Docker's own packages; Amazon Linux has `docker` |
/// | Arch, Alpine, openSUSE | `docker` |
/// | any other | advice |
pub(super) fn install(platform: &Platform) -> Install {
    let root = |command: &[&str]| Step::new(PURPOSE, By::Root, command);
    let advice = |lines: &[&str]| Install::Advice(lines.iter().map(|line| (*line).to_owned()).collect());
    match platform.wsl {
        Some(Wsl::One) => {
            return advice(&[
                "in Windows: wsl --set-version DISTRIBUTION 2     # the first generation cannot run Docker",
            ]);
        }
        Some(Wsl::Two) => {
            return advice(&[
                "install Docker Desktop for Windows, and turn on Settings > Resources > WSL integration for this system",
            ]);
        }
        None if platform.is_inside => {
            return advice(&[
                "run devenv on the computer itself, not in a sandbox on it",
                "or give the sandbox the computer's `/var/run/docker.sock`",
            ]);
        }
        None => {}
    }
    let steps = match () {
        () if platform.system == System::MacOs && platform.has("brew") => {
            vec![Step::new(PURPOSE, By::Person, &["brew", "install", "colima", "docker"])]
        }
        () if platform.system == System::MacOs => {
            return advice(&[
                "install Docker Desktop: https://docs.docker.com/desktop/setup/install/mac-install",
                "or install Homebrew (https://brew.sh), and devenv does the rest",
            ]);
        }
        () if (platform.is_like("debian") || platform.is_like("ubuntu")) && platform.has("apt-get") => debian(platform),
        () if platform.distribution == "amzn" && platform.has("dnf") => {
            vec![root(&["dnf", "install", "-y", "docker"])]
        }
        () if platform.distribution == "fedora" && platform.has("dnf") => {
            vec![root(&["dnf", "install", "-y", "moby-engine"])]
        }
        () if (platform.is_like("rhel") || platform.is_like("centos")) && platform.has("dnf") => red_hat(platform),
        () if platform.is_like("arch") && platform.has("pacman") => {
            vec![root(&["pacman", "-S", "--needed", "--noconfirm", "docker"])]
        }
        // `shadow` has the programs that give a group's rights to a process.
        () if platform.is_like("alpine") && platform.has("apk") => vec![root(&["apk", "add", "docker", "shadow"])],
        () if (platform.is_like("suse") || platform.is_like("opensuse")) && platform.has("zypper") => {
            vec![root(&["zypper", "--non-interactive", "install", "docker"])]
        }
        () => return advice(&[ELSEWHERE]),
    };
    Install::Steps(steps)
}

fn debian(platform: &Platform) -> Vec<Step> {
    // iptables for addresses, tini as the first process of each service, certificates for downloads.
    let mut install = vec!["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y"];
    install.extend(["--no-install-recommends", "docker.io", "iptables", "tini", "ca-certificates"]);
    if platform.has_apparmor && !platform.has("apparmor_parser") {
        install.push("apparmor");
    }
    // Lists that are a little old may do.
    vec![Step::new(PURPOSE, By::Root, &["apt-get", "update", "-q"]).may_fail(), Step::new(PURPOSE, By::Root, &install)]
}

fn red_hat(platform: &Platform) -> Vec<Step> {
    let kind = if platform.distribution == "rhel" { "rhel" } else { "centos" };
    let list = format!("{OWN_PACKAGES}/{kind}/docker-ce.repo");
    let root = |command: &[&str]| Step::new(PURPOSE, By::Root, command);
    vec![
        root(&["dnf", "install", "-y", "dnf-plugins-core"]),
        root(&["dnf", "config-manager", "--add-repo", &list]),
        root(&["dnf", "install", "-y", "docker-ce", "docker-ce-cli", "containerd.io"]),
    ]
}
