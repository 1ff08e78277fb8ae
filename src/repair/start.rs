//! How an engine that is there is started, and which one that is.

use super::{By, Step};
use crate::engine::Flavour;
use crate::host::{Init, Platform, System};

/// Where an engine writes that nothing else looks after.
pub(super) const LOG: &str = "/var/log/devenv-docker.log";

/// The engine that is installed; `None` = none is. The first of the usual order, Podman where there is nothing else.
pub(super) fn installed(platform: &Platform) -> Option<Flavour> {
    let has_application = |name: &str| platform.applications.contains(name);
    let profile = || platform.colima_profiles.first().cloned().unwrap_or_else(|| "default".to_owned());
    match () {
        () if platform.system == System::Linux && platform.has_own_engine => Some(Flavour::Rootless),
        () if platform.system == System::Linux && platform.has("dockerd") => Some(Flavour::Engine),
        () if has_application("Docker") => Some(Flavour::Desktop),
        () if has_application("OrbStack") => Some(Flavour::OrbStack),
        () if platform.has("colima") => Some(Flavour::Colima(profile())),
        () if has_application("Rancher Desktop") => Some(Flavour::Rancher),
        () if platform.has("podman") => Some(Flavour::OwnPodman),
        () => None,
    }
}

/// The commands that start an engine; `None` = it isn't here, or only a person can start it.
pub(super) fn start(platform: &Platform, flavour: &Flavour) -> Option<Vec<Step>> {
    let purpose = format!("start {flavour}");
    let step = |by: By, command: &[&str]| vec![Step::new(&purpose, by, command).if_silent()];
    let on_mac = platform.system == System::MacOs;
    let has_application = |name: &str| platform.applications.contains(name);
    let steps = match flavour {
        Flavour::Engine if !on_mac && platform.has("dockerd") => engine(platform),
        Flavour::Rootless if platform.has_own_engine => {
            step(By::Person, &["systemctl", "--user", "enable", "--now", "docker"])
        }
        Flavour::Desktop if on_mac && has_application("Docker") => step(By::Person, &["open", "-a", "Docker"]),
        Flavour::Desktop if has_application("Docker") => {
            step(By::Person, &["systemctl", "--user", "start", "docker-desktop"])
        }
        Flavour::OrbStack if has_application("OrbStack") => step(By::Person, &["open", "-a", "OrbStack"]),
        Flavour::Rancher if has_application("Rancher Desktop") => step(By::Person, &["open", "-a", "Rancher Desktop"]),
        Flavour::Colima(profile) if platform.has("colima") => step(By::Person, &["colima", "start", profile]),
        Flavour::Lima(instance) if platform.has("limactl") => step(By::Person, &["limactl", "start", instance]),
        Flavour::Podman | Flavour::OwnPodman if platform.has("podman") => podman(platform, flavour),
        _ => return None,
    };
    Some(steps)
}

/// Docker Engine, by what starts services here.
pub(super) fn engine(platform: &Platform) -> Vec<Step> {
    let root = |command: &[&str]| Step::new("start Docker", By::Root, command).if_silent();
    match platform.init {
        Init::Systemd => vec![root(&["systemctl", "enable", "--now", "docker"])],
        Init::OpenRc => {
            vec![root(&["rc-update", "add", "docker", "default"]), root(&["rc-service", "docker", "start"])]
        }
        Init::SysV => vec![root(&["service", "docker", "start"])],
        Init::None => {
            let run = format!("cd / && setsid dockerd --host unix:///var/run/docker.sock >{LOG} 2>&1 </dev/null &");
            let remove = platform.has_stale_pid.then(|| root(&["rm", "-f", "/var/run/docker.pid"]));
            remove.into_iter().chain([root(&["sh", "-c", &run])]).collect()
        }
    }
}

fn podman(platform: &Platform, flavour: &Flavour) -> Vec<Step> {
    let is_root = platform.person.is_root || *flavour == Flavour::Podman;
    let by = if is_root { By::Root } else { By::Person };
    let step = |command: &[&str]| vec![Step::new("start Podman", by, command).if_silent()];
    if platform.system == System::MacOs {
        return step(&["podman", "machine", "start"]);
    }
    match platform.init {
        Init::Systemd if is_root => step(&["systemctl", "enable", "--now", "podman.socket"]),
        Init::Systemd => step(&["systemctl", "--user", "enable", "--now", "podman.socket"]),
        _ => {
            let user = platform.person.user;
            let folder = if is_root { "/run/podman".to_owned() } else { format!("/run/user/{user}/podman") };
            let serve = format!("podman system service --time=0 unix://{folder}/podman.sock");
            step(&["sh", "-c", &format!("mkdir -p {folder} && setsid {serve} >/dev/null 2>&1 </dev/null &")])
        }
    }
}

/// The file that it writes to when it is started by these commands; `None` = the system keeps it.
pub(super) fn log_of(platform: &Platform, flavour: &Flavour) -> Option<String> {
    (*flavour == Flavour::Engine && platform.init == Init::None).then(|| LOG.to_owned())
}

/// How long it may take until it answers, in seconds: a virtual machine boots first.
pub(super) fn patience_s(flavour: &Flavour) -> u64 {
    match flavour {
        Flavour::Engine | Flavour::Rootless | Flavour::Podman | Flavour::OwnPodman | Flavour::Unknown => 45,
        Flavour::Desktop | Flavour::Colima(_) | Flavour::Rancher | Flavour::OrbStack | Flavour::Lima(_) => 240,
    }
}
