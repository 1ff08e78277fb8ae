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

/// Repaired by these commands, and told with all of them in one line.
#[track_caller]
fn restarted(platform: &Platform, unfound: &Unfound, joint: &str, commands: &[&str]) {
    let fix = commands.join(joint);
    let told = format!(
        "Hung: error[engine-hung]: Docker does not answer\n  why: it accepted a question and then said nothing for too long\n  \
         fix: {fix}\nrestart Docker; what runs in it ends, and starts again with devenv up\n"
    );
    let commands: String = commands.iter().map(|command| format!("  {command}\n")).collect();
    assert_eq!(shown(platform, unfound), told + &commands);
}

#[test]
fn hung_by_every_kind_of_init() {
    restarted(
        &engine(debian()),
        &hung(Flavour::Engine, "/usr/bin/dockerd -H fd://"),
        "; ",
        &["sudo systemctl kill --signal=KILL docker", "sudo systemctl restart docker"],
    );
    let alpine = platform("alpine", "", Init::OpenRc, "rc-service");
    restarted(
        &engine(alpine),
        &hung(Flavour::Engine, "/usr/bin/dockerd"),
        " && ",
        &["sudo kill -KILL 4121", "sudo rc-service docker restart"],
    );
    let sysv = platform("debian", "", Init::SysV, "service");
    restarted(
        &engine(sysv),
        &hung(Flavour::Engine, "dockerd"),
        " && ",
        &["sudo kill -KILL 4121", "sudo service docker restart"],
    );
    let bare = root(platform("debian", "", Init::None, ""));
    restarted(
        &engine(bare),
        &hung(Flavour::Unknown, "dockerd -H unix:///srv/it's.sock --debug"),
        " && ",
        &[
            "kill -KILL 4121",
            "sh -c 'cd / && setsid dockerd -H '\\''unix:///srv/it'\\''\\'\\'''\\''s.sock'\\'' --debug >>/var/log/devenv-docker.log 2>&1 </dev/null &'",
        ],
    );
}

#[test]
fn hung_where_the_user_runs_it() {
    let own = Platform { has_own_engine: true, ..engine(debian()) };
    restarted(
        &own,
        &hung(Flavour::Rootless, "dockerd"),
        "; ",
        &["systemctl --user kill --signal=KILL docker", "systemctl --user restart docker"],
    );
    restarted(
        &with(debian(), "podman"),
        &hung(Flavour::OwnPodman, "podman system service"),
        "; ",
        &["systemctl --user kill --signal=KILL podman.service", "systemctl --user restart podman.service"],
    );
    restarted(&debian(), &hung(Flavour::Desktop, ""), "; ", &["systemctl --user restart docker-desktop"]);
}

#[test]
fn hung_on_macos() {
    let desktop = Platform { applications: ["Docker".to_owned()].into(), ..mac("docker") };
    restarted(&desktop, &hung(Flavour::Desktop, ""), "; ", &["pkill -KILL -f com.docker.backend", "open -a Docker"]);
    restarted(&mac("colima docker"), &hung(Flavour::Colima("dev".into()), ""), "; ", &["colima restart --force dev"]);
    restarted(
        &mac("limactl docker"),
        &hung(Flavour::Lima("docker".into()), ""),
        "; ",
        &["limactl stop --force docker", "limactl start docker"],
    );
    restarted(&mac("podman"), &hung(Flavour::OwnPodman, ""), "; ", &["podman machine stop", "podman machine start"]);
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
