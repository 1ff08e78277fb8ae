//! What would be done on every platform, from facts as they are found there.

use std::fmt::Write;

use expect_test::{Expect, expect};

use super::*;
use crate::engine::{Address, Fault, FaultKind, Flavour, SaidBy, Silent, Unfound};
use crate::host::{Init, Person, SocketFile, System, Wsl};
use crate::words::jargon;

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
    Unfound::Silent { asked: vec![Silent { address, fault }], last: None }
}

fn refused() -> Unfound {
    answered(Flavour::Engine, SaidBy::Usual, FaultKind::Permission)
}

/// Everything that a person would see of it.
#[track_caller]
fn check(platform: &Platform, unfound: &Unfound, expected: Expect) {
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
    expected.assert_eq(&text);
}

#[test]
fn not_installed_on_debian() {
    check(
        &debian(),
        &nothing(),
        expect![[r#"
            NotInstalled: error[engine-missing]: Docker is not installed on this computer
              why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
              fix: sudo apt-get update -q; sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker.io iptables tini ca-certificates && sudo systemctl enable --now docker && sudo usermod -aG docker sam     # then log out and in again
            install Docker, start Docker and give you the right to use it, which is as good as an administrator's
              sudo apt-get update -q
              sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker.io iptables tini ca-certificates
              sudo systemctl enable --now docker
              sudo usermod -aG docker sam
              then with the rights of docker
        "#]],
    );
    check(
        &root(platform("debian", "", Init::None, "apt-get")),
        &nothing(),
        expect![[r#"
            NotInstalled: error[engine-missing]: Docker is not installed on this computer
              why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
              fix: apt-get update -q; env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker.io iptables tini ca-certificates && sh -c 'cd / && setsid dockerd --host unix:///var/run/docker.sock >/var/log/devenv-docker.log 2>&1 </dev/null &'
            install Docker and start Docker
              apt-get update -q
              env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker.io iptables tini ca-certificates
              sh -c 'cd / && setsid dockerd --host unix:///var/run/docker.sock >/var/log/devenv-docker.log 2>&1 </dev/null &'
        "#]],
    );
}

#[test]
fn not_installed_on_ubuntu_where_the_kernel_restricts_programs() {
    let mut ubuntu = platform("ubuntu", "debian", Init::Systemd, "apt-get systemctl");
    ubuntu.has_apparmor = true;
    check(
        &ubuntu,
        &nothing(),
        expect![[r#"
            NotInstalled: error[engine-missing]: Docker is not installed on this computer
              why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
              fix: sudo apt-get update -q; sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker.io iptables tini ca-certificates apparmor && sudo systemctl enable --now docker && sudo usermod -aG docker sam     # then log out and in again
            install Docker, start Docker and give you the right to use it, which is as good as an administrator's
              sudo apt-get update -q
              sudo env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker.io iptables tini ca-certificates apparmor
              sudo systemctl enable --now docker
              sudo usermod -aG docker sam
              then with the rights of docker
        "#]],
    );
}

#[test]
fn not_installed_on_fedora_and_its_relatives() {
    check(
        &platform("fedora", "", Init::Systemd, "dnf systemctl"),
        &nothing(),
        expect![[r#"
        NotInstalled: error[engine-missing]: Docker is not installed on this computer
          why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
          fix: sudo dnf install -y moby-engine && sudo systemctl enable --now docker && sudo usermod -aG docker sam     # then log out and in again
        install Docker, start Docker and give you the right to use it, which is as good as an administrator's
          sudo dnf install -y moby-engine
          sudo systemctl enable --now docker
          sudo usermod -aG docker sam
          then with the rights of docker
    "#]],
    );
    check(
        &platform("rhel", "fedora", Init::Systemd, "dnf systemctl"),
        &nothing(),
        expect![[r#"
        NotInstalled: error[engine-missing]: Docker is not installed on this computer
          why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
          fix: sudo dnf install -y dnf-plugins-core && sudo dnf config-manager --add-repo https://download.docker.com/linux/rhel/docker-ce.repo && sudo dnf install -y docker-ce docker-ce-cli containerd.io && sudo systemctl enable --now docker && sudo usermod -aG docker sam     # then log out and in again
        install Docker, start Docker and give you the right to use it, which is as good as an administrator's
          sudo dnf install -y dnf-plugins-core
          sudo dnf config-manager --add-repo https://download.docker.com/linux/rhel/docker-ce.repo
          sudo dnf install -y docker-ce docker-ce-cli containerd.io
          sudo systemctl enable --now docker
          sudo usermod -aG docker sam
          then with the rights of docker
    "#]],
    );
    check(
        &platform("rocky", "rhel centos fedora", Init::Systemd, "dnf systemctl"),
        &nothing(),
        expect![[r#"
        NotInstalled: error[engine-missing]: Docker is not installed on this computer
          why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
          fix: sudo dnf install -y dnf-plugins-core && sudo dnf config-manager --add-repo https://download.docker.com/linux/centos/docker-ce.repo && sudo dnf install -y docker-ce docker-ce-cli containerd.io && sudo systemctl enable --now docker && sudo usermod -aG docker sam     # then log out and in again
        install Docker, start Docker and give you the right to use it, which is as good as an administrator's
          sudo dnf install -y dnf-plugins-core
          sudo dnf config-manager --add-repo https://download.docker.com/linux/centos/docker-ce.repo
          sudo dnf install -y docker-ce docker-ce-cli containerd.io
          sudo systemctl enable --now docker
          sudo usermod -aG docker sam
          then with the rights of docker
    "#]],
    );
    check(
        &platform("amzn", "fedora", Init::Systemd, "dnf systemctl"),
        &nothing(),
        expect![[r#"
        NotInstalled: error[engine-missing]: Docker is not installed on this computer
          why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
          fix: sudo dnf install -y docker && sudo systemctl enable --now docker && sudo usermod -aG docker sam     # then log out and in again
        install Docker, start Docker and give you the right to use it, which is as good as an administrator's
          sudo dnf install -y docker
          sudo systemctl enable --now docker
          sudo usermod -aG docker sam
          then with the rights of docker
    "#]],
    );
}

#[test]
fn not_installed_on_arch_alpine_and_opensuse() {
    check(
        &platform("arch", "", Init::Systemd, "pacman systemctl"),
        &nothing(),
        expect![[r#"
        NotInstalled: error[engine-missing]: Docker is not installed on this computer
          why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
          fix: sudo pacman -S --needed --noconfirm docker && sudo systemctl enable --now docker && sudo usermod -aG docker sam     # then log out and in again
        install Docker, start Docker and give you the right to use it, which is as good as an administrator's
          sudo pacman -S --needed --noconfirm docker
          sudo systemctl enable --now docker
          sudo usermod -aG docker sam
          then with the rights of docker
    "#]],
    );
    let mut alpine = platform("alpine", "", Init::OpenRc, "apk rc-service addgroup doas");
    ["usermod", "sudo", "sg"].iter().for_each(|name| assert!(alpine.programs.remove(*name)));
    check(
        &alpine,
        &nothing(),
        expect![[r#"
        NotInstalled: error[engine-missing]: Docker is not installed on this computer
          why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
          fix: doas apk add docker shadow && doas rc-update add docker default && doas rc-service docker start && doas addgroup sam docker     # then log out and in again
        install Docker, start Docker and give you the right to use it, which is as good as an administrator's
          doas apk add docker shadow
          doas rc-update add docker default
          doas rc-service docker start
          doas addgroup sam docker
          then with the rights of docker
    "#]],
    );
    let opensuse = platform("opensuse-tumbleweed", "opensuse suse", Init::Systemd, "zypper systemctl");
    check(
        &opensuse,
        &nothing(),
        expect![[r#"
        NotInstalled: error[engine-missing]: Docker is not installed on this computer
          why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
          fix: sudo zypper --non-interactive install docker && sudo systemctl enable --now docker && sudo usermod -aG docker sam     # then log out and in again
        install Docker, start Docker and give you the right to use it, which is as good as an administrator's
          sudo zypper --non-interactive install docker
          sudo systemctl enable --now docker
          sudo usermod -aG docker sam
          then with the rights of docker
    "#]],
    );
}

#[test]
fn not_installed_on_macos() {
    check(
        &mac("brew"),
        &nothing(),
        expect![[r#"
        NotInstalled: error[engine-missing]: Docker is not installed on this computer
          why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
          fix: brew install colima docker && colima start
        install Docker and start it
          brew install colima docker
          colima start
    "#]],
    );
    check(
        &mac(""),
        &nothing(),
        expect![[r#"
        NotInstalled: error[engine-missing]: Docker is not installed on this computer
          why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
          fix: install Docker Desktop: https://docs.docker.com/desktop/setup/install/mac-install
          fix: or install Homebrew (https://brew.sh), and devenv does the rest
    "#]],
    );
}

#[test]
fn where_no_package_helps_a_person_is_told_what_does() {
    check(
        &Platform { wsl: Some(Wsl::One), ..debian() },
        &nothing(),
        expect![[r#"
        NotInstalled: error[engine-missing]: Docker is not installed on this computer
          why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
          fix: in Windows: wsl --set-version DISTRIBUTION 2     # the first generation cannot run Docker
    "#]],
    );
    check(
        &Platform { wsl: Some(Wsl::Two), ..debian() },
        &nothing(),
        expect![[r#"
        NotInstalled: error[engine-missing]: Docker is not installed on this computer
          why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
          fix: install Docker Desktop for Windows, and turn on Settings > Resources > WSL integration for this system
    "#]],
    );
    check(
        &Platform { is_inside: true, ..debian() },
        &nothing(),
        expect![[r#"
        NotInstalled: error[engine-missing]: Docker is not installed on this computer
          why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
          fix: run devenv on the computer itself, not in a sandbox on it
          fix: or give the sandbox the computer's `/var/run/docker.sock`
    "#]],
    );
    check(
        &platform("nixos", "", Init::Systemd, "systemctl"),
        &nothing(),
        expect![[r#"
        NotInstalled: error[engine-missing]: Docker is not installed on this computer
          why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
          fix: install it as your system does: https://docs.docker.com/engine/install
    "#]],
    );
}

#[test]
fn a_person_without_any_way_to_become_root_gets_the_commands() {
    let mut debian = debian();
    debian.programs.remove("sudo");
    check(
        &debian,
        &nothing(),
        expect![[r#"
            NotInstalled: error[engine-missing]: Docker is not installed on this computer
              why: devenv runs databases and apps with it, and found neither Docker nor anything that takes its place
              fix: as root: apt-get update -q; env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker.io iptables tini ca-certificates && systemctl enable --now docker && usermod -aG docker sam     # then log out and in again
            install Docker, start Docker and give you the right to use it, which is as good as an administrator's
              apt-get update -q
              env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends docker.io iptables tini ca-certificates
              systemctl enable --now docker
              usermod -aG docker sam
              then with the rights of docker
        "#]],
    );
}

#[test]
fn stopped_by_every_kind_of_init() {
    let member = |mut platform: Platform| {
        platform.docker_group = Some(vec!["sam".into()]);
        platform.person.groups.push("docker".into());
        with(platform, "dockerd docker")
    };
    let gone = answered(Flavour::Engine, SaidBy::Usual, FaultKind::Stopped);
    check(
        &member(debian()),
        &gone,
        expect![[r#"
        Stopped: error[engine-stopped]: Docker is installed, but it is not running
          why: Docker Engine is on this computer and does not answer
          fix: sudo systemctl enable --now docker
        start Docker
          sudo systemctl enable --now docker
    "#]],
    );
    check(
        &member(platform("alpine", "", Init::OpenRc, "rc-service")),
        &nothing(),
        expect![[r#"
        Stopped: error[engine-stopped]: Docker is installed, but it is not running
          why: Docker Engine is on this computer and does not answer
          fix: sudo rc-update add docker default && sudo rc-service docker start
        start Docker
          sudo rc-update add docker default
          sudo rc-service docker start
    "#]],
    );
    check(
        &member(platform("debian", "", Init::SysV, "service")),
        &nothing(),
        expect![[r#"
        Stopped: error[engine-stopped]: Docker is installed, but it is not running
          why: Docker Engine is on this computer and does not answer
          fix: sudo service docker start
        start Docker
          sudo service docker start
    "#]],
    );
    let bare = Platform { has_stale_pid: true, ..member(platform("debian", "", Init::None, "service")) };
    check(
        &bare,
        &nothing(),
        expect![[r#"
        Stopped: error[engine-stopped]: Docker is installed, but it is not running
          why: Docker Engine is on this computer and does not answer
          fix: sudo rm -f /var/run/docker.pid && sudo sh -c 'cd / && setsid dockerd --host unix:///var/run/docker.sock >/var/log/devenv-docker.log 2>&1 </dev/null &'
        start Docker
          sudo rm -f /var/run/docker.pid
          sudo sh -c 'cd / && setsid dockerd --host unix:///var/run/docker.sock >/var/log/devenv-docker.log 2>&1 </dev/null &'
    "#]],
    );
    check(
        &Platform { wsl: Some(Wsl::Two), ..member(debian()) },
        &nothing(),
        expect![[r#"
        Stopped: error[engine-stopped]: Docker is installed, but it is not running
          why: Docker Engine is on this computer and does not answer
          fix: sudo systemctl enable --now docker
        start Docker
          sudo systemctl enable --now docker
    "#]],
    );
}

#[test]
fn stopped_where_the_user_runs_it() {
    let own = Platform { has_own_engine: true, ..with(debian(), "dockerd docker") };
    check(
        &own,
        &nothing(),
        expect![[r#"
        Stopped: error[engine-stopped]: Docker is installed, but it is not running
          why: Docker Engine (rootless) is on this computer and does not answer
          fix: systemctl --user enable --now docker
        start Docker Engine (rootless)
          systemctl --user enable --now docker
    "#]],
    );
    check(
        &with(debian(), "podman"),
        &nothing(),
        expect![[r#"
            Stopped: error[engine-stopped]: Podman is installed, but it is not running
              why: Podman (rootless) is on this computer and does not answer
              fix: systemctl --user enable --now podman.socket
            start Podman
              systemctl --user enable --now podman.socket
        "#]],
    );
    check(
        &root(with(platform("debian", "", Init::None, "apt-get"), "podman")),
        &nothing(),
        expect![[r#"
            Stopped: error[engine-stopped]: Podman is installed, but it is not running
              why: Podman (rootless) is on this computer and does not answer
              fix: sh -c 'mkdir -p /run/podman && setsid podman system service --time=0 unix:///run/podman/podman.sock >/dev/null 2>&1 </dev/null &'
            start Podman
              sh -c 'mkdir -p /run/podman && setsid podman system service --time=0 unix:///run/podman/podman.sock >/dev/null 2>&1 </dev/null &'
        "#]],
    );
}

#[test]
fn stopped_on_macos() {
    let desktop = Platform { applications: ["Docker".to_owned()].into(), ..mac("brew docker") };
    check(
        &desktop,
        &nothing(),
        expect![[r#"
        Stopped: error[engine-stopped]: Docker is installed, but it is not running
          why: Docker Desktop is on this computer and does not answer
          fix: open -a Docker
        start Docker Desktop
          open -a Docker
    "#]],
    );
    let colima = Platform { colima_profiles: vec!["default".into(), "dev".into()], ..mac("brew colima docker") };
    check(
        &colima,
        &nothing(),
        expect![[r#"
        Stopped: error[engine-stopped]: Docker is installed, but it is not running
          why: Docker of Colima is on this computer and does not answer
          fix: colima start default
        start Docker of Colima
          colima start default
    "#]],
    );
    let last = Unfound::Silent { asked: Vec::new(), last: Some(Flavour::Colima("dev".into())) };
    check(
        &colima,
        &last,
        expect![[r#"
        Stopped: error[engine-stopped]: Docker is installed, but it is not running
          why: Docker of Colima (profile dev) is on this computer and does not answer
          fix: colima start dev
        start Docker of Colima (profile dev)
          colima start dev
    "#]],
    );
    check(
        &mac("podman"),
        &nothing(),
        expect![[r#"
            Stopped: error[engine-stopped]: Podman is installed, but it is not running
              why: Podman (rootless) is on this computer and does not answer
              fix: podman machine start
            start Podman
              podman machine start
        "#]],
    );
}

#[test]
fn no_permission() {
    let installed = with(debian(), "dockerd docker");
    let outside = Platform { docker_group: Some(vec!["kim".into()]), ..installed.clone() };
    check(
        &outside,
        &refused(),
        expect![[r#"
        NoPermission: error[engine-permission]: you may not use Docker on this computer yet
          why: your user sam is not in its group `docker`
          fix: sudo usermod -aG docker sam     # then log out and in again
        give you the right to use it, which is as good as an administrator's
          sudo usermod -aG docker sam
          then with the rights of docker
    "#]],
    );
    let since_login = Platform { docker_group: Some(vec!["sam".into()]), ..installed.clone() };
    check(
        &since_login,
        &refused(),
        expect![[r#"
        NoPermission: error[engine-permission]: you may not use Docker on this computer yet
          why: you are in its group `docker`, but not since this login
          fix: log out and in again

          then with the rights of docker
    "#]],
    );
    let file = SocketFile { path: "/run/docker.sock".into(), owner: "root".into(), group: "root".into(), mode: 0o660 };
    check(
        &Platform { sockets: vec![file], ..installed },
        &refused(),
        expect![[r#"
        NoPermission: error[engine-permission]: you may not use Docker on this computer yet
          why: your user sam is not in its group `docker`
          fix: sudo groupadd --system docker && sudo chgrp docker /var/run/docker.sock && sudo usermod -aG docker sam     # then log out and in again
        make the group of those who may use it and give you the right to use it, which is as good as an administrator's
          sudo groupadd --system docker
          sudo chgrp docker /var/run/docker.sock
          sudo usermod -aG docker sam
          then with the rights of docker
    "#]],
    );
    let podman = answered(Flavour::Podman, SaidBy::Usual, FaultKind::Permission);
    check(
        &with(debian(), "podman"),
        &podman,
        expect![[r#"
        NoPermission: error[engine-permission]: you may not use the Podman of the system
          why: only root may; one of your own needs no rights, and is not started
          fix: systemctl --user enable --now podman.socket
        start Podman
          systemctl --user enable --now podman.socket
    "#]],
    );
}

#[test]
fn a_dead_choice() {
    let colima = mac("colima docker");
    let context = SaidBy::Context("colima-dev".into());
    let meant = answered(Flavour::Colima("dev".into()), context, FaultKind::Missing);
    check(
        &colima,
        &meant,
        expect![[r#"
        Elsewhere: error[engine-elsewhere]: Docker does not answer where it should
          why: the Docker context `colima-dev` says `unix:///var/run/docker.sock`, and nothing listens there
          fix: colima start dev
          fix: docker context use default        # to use the Docker of this computer
        start Docker of Colima (profile dev)
          colima start dev
    "#]],
    );
    let old = answered(Flavour::Unknown, SaidBy::Context("old".into()), FaultKind::Stopped);
    check(
        &with(debian(), "docker"),
        &old,
        expect![[r#"
        Elsewhere: error[engine-elsewhere]: Docker does not answer where it should
          why: the Docker context `old` says `unix:///var/run/docker.sock`, and nothing listens there
          fix: start the Docker that is meant
          fix: docker context use default        # to use the Docker of this computer
        use the Docker of this computer
          docker context use default
    "#]],
    );
    let variable = answered(Flavour::Unknown, SaidBy::Variable, FaultKind::Missing);
    check(
        &with(debian(), "docker dockerd"),
        &variable,
        expect![[r#"
        Elsewhere: error[engine-elsewhere]: Docker does not answer where it should
          why: DOCKER_HOST says `unix:///var/run/docker.sock`, and nothing listens there
          fix: start the Docker that is meant
          fix: unset DOCKER_HOST          # to use the Docker of this computer
    "#]],
    );
}

#[test]
fn one_that_hangs_or_is_none_is_left_to_a_person() {
    for kind in [FaultKind::Hung, FaultKind::Foreign, FaultKind::Lost] {
        let found = diagnose(&debian(), &answered(Flavour::Engine, SaidBy::Usual, kind));
        assert_eq!((found.finding, found.repair), (Finding::Unusable, None));
        assert!(!found.problem.fixes.is_empty());
    }
}

#[test]
fn a_line_for_a_shell_means_the_same_to_it() {
    let words = ["sh", "-c", "echo 'a' >b &", "", "x=1"].map(str::to_owned);
    assert_eq!(shell_line(&words), r"sh -c 'echo '\''a'\'' >b &' '' x=1");
}
