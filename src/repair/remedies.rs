//! Commands for things beside the engine that this computer lacks or has wrong.

use super::{By, Elevation, Step};
use crate::host::{Init, Platform, System};

/// Installs a package that has the same name everywhere, without a question; `None` = this computer has no package manager that
/// is known here, or may not be asked.
pub fn install_package(platform: &Platform, package: &str) -> Option<Vec<String>> {
    /// A program, and how it is asked.
    const MANAGERS: &[(&str, &[&str])] = &[
        ("apt-get", &["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "--no-install-recommends"]),
        ("dnf", &["dnf", "install", "-y"]),
        ("pacman", &["pacman", "-S", "--needed", "--noconfirm"]),
        ("apk", &["apk", "add"]),
        ("zypper", &["zypper", "--non-interactive", "install"]),
    ];
    let purpose = format!("install {package}");
    if platform.system == System::MacOs {
        let brew = Step::new(&purpose, By::Person, &["brew", "install", package]);
        return platform.has("brew").then(|| brew.full(Elevation::None));
    }
    let (_, words) = MANAGERS.iter().find(|(program, _)| platform.has(program))?;
    by_root(platform, &Step::new(&purpose, By::Root, &[words, &[package][..]].concat()))
}

/// Lets this computer's clock be set by others from now on.
pub fn set_clock(platform: &Platform) -> Option<Vec<String>> {
    let step = |command: &[&str]| Step::new("set the clock", By::Root, command);
    match platform.system {
        System::MacOs => by_root(platform, &step(&["sntp", "-sS", "time.apple.com"])),
        // Within Windows the clock is the outer computer's.
        _ if platform.wsl.is_some()
            || platform.is_inside
            || platform.init != Init::Systemd
            || !platform.has("timedatectl") =>
        {
            None
        }
        _ => by_root(platform, &step(&["timedatectl", "set-ntp", "true"])),
    }
}

fn by_root(platform: &Platform, step: &Step) -> Option<Vec<String>> {
    let elevation = Elevation::of(platform);
    (elevation != Elevation::Missing).then(|| step.full(elevation))
}
