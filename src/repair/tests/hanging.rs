//! It takes questions and answers none: what restarts it, platform by platform.

use super::*;
use crate::engine::Listener;

fn hung(flavour: Flavour, command: &str) -> Unfound {
    let Unfound::Silent { mut asked, last } = answered(flavour, SaidBy::Usual, FaultKind::Hung) else {
        return nothing();
    };
    let command: Vec<String> = command.split(' ').map(str::to_owned).collect();
    asked[0].listener = (!command[0].is_empty()).then_some(Listener { pid: 4121, command });
    Unfound::Silent { asked, last }
}

fn engine(platform: Platform) -> Platform {
    with(platform, "dockerd docker")
}

#[test]
fn hung_by_every_kind_of_init() {
    check(
        &engine(debian()),
        &hung(Flavour::Engine, "/usr/bin/dockerd -H fd://"),
        expect![[r#"
        Hung: error[engine-hung]: Docker does not answer
          why: it accepted a question and then said nothing for too long
          fix: sudo systemctl kill --signal=KILL docker; sudo systemctl restart docker
        restart Docker; what runs in it ends, and starts again with devenv up
          sudo systemctl kill --signal=KILL docker
          sudo systemctl restart docker
    "#]],
    );
    let alpine = platform("alpine", "", Init::OpenRc, "rc-service");
    check(
        &engine(alpine),
        &hung(Flavour::Engine, "/usr/bin/dockerd"),
        expect![[r#"
        Hung: error[engine-hung]: Docker does not answer
          why: it accepted a question and then said nothing for too long
          fix: sudo kill -KILL 4121 && sudo rc-service docker restart
        restart Docker; what runs in it ends, and starts again with devenv up
          sudo kill -KILL 4121
          sudo rc-service docker restart
    "#]],
    );
    let sysv = platform("debian", "", Init::SysV, "service");
    check(
        &engine(sysv),
        &hung(Flavour::Engine, "dockerd"),
        expect![[r#"
        Hung: error[engine-hung]: Docker does not answer
          why: it accepted a question and then said nothing for too long
          fix: sudo kill -KILL 4121 && sudo service docker restart
        restart Docker; what runs in it ends, and starts again with devenv up
          sudo kill -KILL 4121
          sudo service docker restart
    "#]],
    );
    let bare = root(platform("debian", "", Init::None, ""));
    check(
        &engine(bare),
        &hung(Flavour::Unknown, "dockerd -H unix:///srv/it's.sock --debug"),
        expect![[r#"
        Hung: error[engine-hung]: Docker does not answer
          why: it accepted a question and then said nothing for too long
          fix: kill -KILL 4121 && sh -c 'cd / && setsid dockerd -H '\''unix:///srv/it'\''\'\'''\''s.sock'\'' --debug >>/var/log/devenv-docker.log 2>&1 </dev/null &'
        restart Docker; what runs in it ends, and starts again with devenv up
          kill -KILL 4121
          sh -c 'cd / && setsid dockerd -H '\''unix:///srv/it'\''\'\'''\''s.sock'\'' --debug >>/var/log/devenv-docker.log 2>&1 </dev/null &'
    "#]],
    );
}

#[test]
fn hung_where_the_user_runs_it() {
    let own = Platform { has_own_engine: true, ..engine(debian()) };
    check(
        &own,
        &hung(Flavour::Rootless, "dockerd"),
        expect![[r#"
        Hung: error[engine-hung]: Docker does not answer
          why: it accepted a question and then said nothing for too long
          fix: systemctl --user kill --signal=KILL docker; systemctl --user restart docker
        restart Docker; what runs in it ends, and starts again with devenv up
          systemctl --user kill --signal=KILL docker
          systemctl --user restart docker
    "#]],
    );
    check(
        &with(debian(), "podman"),
        &hung(Flavour::OwnPodman, "podman system service"),
        expect![[r#"
        Hung: error[engine-hung]: Docker does not answer
          why: it accepted a question and then said nothing for too long
          fix: systemctl --user kill --signal=KILL podman.service; systemctl --user restart podman.service
        restart Docker; what runs in it ends, and starts again with devenv up
          systemctl --user kill --signal=KILL podman.service
          systemctl --user restart podman.service
    "#]],
    );
    check(
        &debian(),
        &hung(Flavour::Desktop, ""),
        expect![[r#"
        Hung: error[engine-hung]: Docker does not answer
          why: it accepted a question and then said nothing for too long
          fix: systemctl --user restart docker-desktop
        restart Docker; what runs in it ends, and starts again with devenv up
          systemctl --user restart docker-desktop
    "#]],
    );
}

#[test]
fn hung_on_macos() {
    let desktop = Platform { applications: ["Docker".to_owned()].into(), ..mac("docker") };
    check(
        &desktop,
        &hung(Flavour::Desktop, ""),
        expect![[r#"
        Hung: error[engine-hung]: Docker does not answer
          why: it accepted a question and then said nothing for too long
          fix: pkill -KILL -f com.docker.backend; open -a Docker
        restart Docker; what runs in it ends, and starts again with devenv up
          pkill -KILL -f com.docker.backend
          open -a Docker
    "#]],
    );
    check(
        &mac("colima docker"),
        &hung(Flavour::Colima("dev".into()), ""),
        expect![[r#"
        Hung: error[engine-hung]: Docker does not answer
          why: it accepted a question and then said nothing for too long
          fix: colima restart --force dev
        restart Docker; what runs in it ends, and starts again with devenv up
          colima restart --force dev
    "#]],
    );
    check(
        &mac("limactl docker"),
        &hung(Flavour::Lima("docker".into()), ""),
        expect![[r#"
        Hung: error[engine-hung]: Docker does not answer
          why: it accepted a question and then said nothing for too long
          fix: limactl stop --force docker; limactl start docker
        restart Docker; what runs in it ends, and starts again with devenv up
          limactl stop --force docker
          limactl start docker
    "#]],
    );
    check(
        &mac("podman"),
        &hung(Flavour::OwnPodman, ""),
        expect![[r#"
        Hung: error[engine-hung]: Docker does not answer
          why: it accepted a question and then said nothing for too long
          fix: podman machine stop; podman machine start
        restart Docker; what runs in it ends, and starts again with devenv up
          podman machine stop
          podman machine start
    "#]],
    );
}

/// What is no engine is never ended, whatever it listens for.
#[test]
fn who_is_no_engine_is_left_alone() {
    let bare = || engine(root(platform("debian", "", Init::None, "")));
    for command in ["python3 dockerd", "", "/usr/bin/socat UNIX-LISTEN:/var/run/docker.sock -", "systemd"] {
        let found = diagnose(&bare(), &hung(Flavour::Engine, command));
        assert_eq!((found.finding, found.repair), (Finding::Unusable, None), "{command}");
        assert_eq!(found.problem.kind.id, "engine-hung");
    }
}
