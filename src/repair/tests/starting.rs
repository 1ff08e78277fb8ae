//! Installed, and not running: what starts it.

use super::*;

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
