//! Nothing is installed: what brings it, by platform.

use super::*;

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
