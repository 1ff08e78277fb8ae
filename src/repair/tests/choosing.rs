//! It runs, but is not to be used by this user or from this address.

use super::*;

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
