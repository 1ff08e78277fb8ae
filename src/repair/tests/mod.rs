//! What would be done on every platform, from facts as they are found there.

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::*;
use crate::engine::{Address, Fault, FaultKind, Flavour, SaidBy, Silent, Unfound};
use crate::host::{Init, Person, SocketFile, System, Wsl};
use crate::words::jargon;

mod choosing;
mod hanging;
mod installing;
mod starting;

/// A user `sam` who may become root by sudo.
fn platform(distribution: &str, like: &str, init: Init, programs: &str) -> Platform {
    let person =
        Person { name: "sam".into(), user: 1000, main_group: "sam".into(), groups: vec!["sam".into()], is_root: false };
    Platform {
        distribution: distribution.into(),
        like: like.split_whitespace().map(str::to_owned).collect(),
        init,
        programs: programs.split_whitespace().chain(["sudo", "sg", "usermod", "groupadd"]).map(str::to_owned).collect(),
        person,
        ..Platform::default()
    }
}

fn debian() -> Platform {
    platform("debian", "", Init::Systemd, "apt-get systemctl service")
}

fn root(mut platform: Platform) -> Platform {
    platform.person = Person { name: "root".into(), is_root: true, ..Person::default() };
    platform
}

fn mac(programs: &str) -> Platform {
    let mut mac = platform("", "", Init::None, programs);
    mac.system = System::MacOs;
    mac
}

fn with(mut platform: Platform, programs: &str) -> Platform {
    platform.programs.extend(programs.split_whitespace().map(str::to_owned));
    platform
}

fn nothing() -> Unfound {
    Unfound::Silent { asked: Vec::new(), last: None }
}

fn answered(flavour: Flavour, said_by: SaidBy, kind: FaultKind) -> Unfound {
    let address = Address::new("unix:///var/run/docker.sock".into(), said_by, flavour);
    let fault = Fault { kind, message: String::new() };
    Unfound::Silent { asked: vec![Silent { address, fault, listener: None }], last: None }
}

fn refused() -> Unfound {
    answered(Flavour::Engine, SaidBy::Usual, FaultKind::Permission)
}

/// Everything that a person would see of it.
#[track_caller]
fn shown(platform: &Platform, unfound: &Unfound) -> String {
    let found = diagnose(platform, unfound);
    let mut text = format!(
        "{:?}: error[{}]: {}\n  why: {}\n",
        found.finding, found.problem.kind.id, found.problem.what, found.problem.why
    );
    for fix in &found.problem.fixes {
        let _ = writeln!(text, "  fix: {fix}");
    }
    if let Some(repair) = &found.repair {
        let _ = writeln!(text, "{}", repair.summary());
        for step in &repair.steps {
            let _ = writeln!(text, "  {}", step.shown(repair.elevation));
        }
        if let Some(group) = &repair.join {
            let _ = writeln!(text, "  then with the rights of {group}");
        }
    }
    // Commands are what they are.
    let told = format!("{} {}", found.problem.what, found.problem.why);
    assert_eq!(jargon(&told), [""; 0], "{told}");
    text
}

#[track_caller]
fn check(platform: &Platform, unfound: &Unfound, expected: Expect) {
    expected.assert_eq(&shown(platform, unfound));
}

#[test]
fn other_things_are_repaired_with_what_the_platform_has() {
    let line = |command: Option<Vec<String>>| command.map(|words| shell_line(&words)).unwrap_or_default();
    let git = |platform: &Platform| line(install_package(platform, "git"));
    assert_eq!(
        git(&debian()),
        "sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends git"
    );
    assert_eq!(git(&platform("fedora", "", Init::Systemd, "dnf")), "sudo dnf install -y git");
    assert_eq!(git(&root(platform("alpine", "", Init::OpenRc, "apk"))), "apk add git");
    assert_eq!(git(&mac("brew")), "brew install git");
    assert_eq!(git(&mac("")), "");
    assert_eq!(git(&platform("nixos", "", Init::Systemd, "")), "");
    let clock = |platform: &Platform| line(set_clock(platform));
    assert_eq!(clock(&with(debian(), "timedatectl")), "sudo timedatectl set-ntp true");
    assert_eq!(clock(&debian()), "");
    assert_eq!(clock(&mac("")), "sudo sntp -sS time.apple.com");
    let sandbox = Platform { is_inside: true, ..with(debian(), "timedatectl") };
    assert_eq!(clock(&sandbox), "", "the clock is the outer computer's");
}
