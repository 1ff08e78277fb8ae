//! How an engine that hangs is ended and started again. It hears nothing any more, so that it is not asked to end.

use super::start::LOG;
use super::{By, Step, shell_line};
use crate::engine::{Flavour, Listener, Silent};
use crate::host::{Init, Platform, System};

const PURPOSE: &str = "restart Docker; what runs in it ends, and starts again with devenv up";

/// What engines are called as processes. Anything else that listens in the place of one is left alone.
const PROGRAMS: &[&str] = &["dockerd", "podman"];

/// The commands that restart an engine; `None` = only a person can.
///
/// | engine | way |
/// |---|---|
/// | Docker Engine, Podman | by what starts services here; where nothing does, with the very command that it was started with |
/// | Docker Engine of the user | by systemd |
/// | Docker Desktop, `OrbStack`, Rancher Desktop | ended, and opened again |
/// | Colima, Lima | by their own programs |
pub(super) fn restart(platform: &Platform, silent: &Silent) -> Option<Vec<Step>> {
    let flavour = silent.address.flavour();
    if platform.system == System::MacOs {
        return on_mac(platform, flavour);
    }
    let listener = silent.listener.as_ref().filter(|listener| is_engine(listener));
    match (flavour, platform.init) {
        (Flavour::Engine, Init::Systemd) if platform.has("dockerd") => Some(by_systemd(By::Root, "docker")),
        (Flavour::Rootless, _) if platform.has_own_engine => Some(by_systemd(By::Person, "docker")),
        (Flavour::Desktop, _) => Some(vec![person(&["systemctl", "--user", "restart", "docker-desktop"])]),
        (Flavour::Podman, Init::Systemd) => Some(by_systemd(By::Root, "podman.service")),
        (Flavour::OwnPodman, Init::Systemd) => Some(by_systemd(By::Person, "podman.service")),
        (Flavour::Engine, Init::OpenRc) => Some(after(end(listener?), &["rc-service", "docker", "restart"])),
        (Flavour::Engine, Init::SysV) => Some(after(end(listener?), &["service", "docker", "restart"])),
        (Flavour::Engine | Flavour::Podman | Flavour::OwnPodman | Flavour::Unknown, Init::None) => {
            let listener = listener?;
            Some(vec![end(listener), again(listener)])
        }
        (Flavour::Colima(_) | Flavour::Lima(_), _) => of_machine(platform, flavour),
        _ => None,
    }
}

fn is_engine(listener: &Listener) -> bool {
    let program = listener.command.first().and_then(|first| first.rsplit('/').next());
    listener.pid > 1 && program.is_some_and(|program| PROGRAMS.contains(&program))
}

fn person(command: &[&str]) -> Step {
    Step::new(PURPOSE, By::Person, command)
}

fn by_systemd(by: By, service: &str) -> Vec<Step> {
    let step = |words: &[&str]| {
        let user: &[&str] = if by == By::Person { &["--user"] } else { &[] };
        Step::new(PURPOSE, by, &[&["systemctl"], user, words].concat())
    };
    vec![step(&["kill", "--signal=KILL", service]).may_fail(), step(&["restart", service])]
}

fn end(listener: &Listener) -> Step {
    // The number of one that has ended meanwhile may be another's by then.
    Step::new(PURPOSE, By::Root, &["kill", "-KILL", &listener.pid.to_string()]).if_it_hangs()
}

fn after(end: Step, start: &[&str]) -> Vec<Step> {
    vec![end, Step::new(PURPOSE, By::Root, start)]
}

fn again(listener: &Listener) -> Step {
    let run = format!("cd / && setsid {} >>{LOG} 2>&1 </dev/null &", shell_line(&listener.command));
    Step::new(PURPOSE, By::Root, &["sh", "-c", &run]).if_it_stays_silent()
}

fn on_mac(platform: &Platform, flavour: &Flavour) -> Option<Vec<Step>> {
    let open = |program: &str, application: &str| {
        let is_there = platform.applications.contains(application);
        let end = person(&["pkill", "-KILL", "-f", program]).may_fail();
        is_there.then(|| vec![end, person(&["open", "-a", application])])
    };
    match flavour {
        Flavour::Desktop => open("com.docker.backend", "Docker"),
        Flavour::OrbStack => open("OrbStack.app", "OrbStack"),
        Flavour::Rancher => open("Rancher Desktop.app", "Rancher Desktop"),
        Flavour::Podman | Flavour::OwnPodman if platform.has("podman") => {
            let machine = |verb| person(&["podman", "machine", verb]);
            Some(vec![machine("stop").may_fail(), machine("start")])
        }
        _ => of_machine(platform, flavour),
    }
}

/// Virtual machines that a program of the person runs.
fn of_machine(platform: &Platform, flavour: &Flavour) -> Option<Vec<Step>> {
    match flavour {
        Flavour::Colima(profile) if platform.has("colima") => {
            Some(vec![person(&["colima", "restart", "--force", profile])])
        }
        Flavour::Lima(instance) if platform.has("limactl") => Some(vec![
            person(&["limactl", "stop", "--force", instance]).may_fail(),
            person(&["limactl", "start", instance]),
        ]),
        _ => None,
    }
}
