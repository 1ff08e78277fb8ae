//! Gathers the facts, from files and variables alone: no program is run.

#![expect(clippy::disallowed_methods, reason = "the one place that looks at what kind of computer this is")]

use std::collections::BTreeMap;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use super::{ASKED, Init, Person, Platform, SocketFile, System, Wsl};
use crate::host::World;

/// Where only root has programs on the `PATH`, and where Homebrew puts them.
const MORE_FOLDERS: &[&str] = &["usr/local/sbin", "usr/sbin", "sbin", "usr/local/bin", "opt/homebrew/bin"];

impl Platform {
    /// The real facts: some dozen small files, about a millisecond.
    pub fn of_this_computer(world: &World) -> Self {
        let user = rustix::process::geteuid().as_raw();
        let mut groups = vec![rustix::process::getegid().as_raw()];
        groups.extend(rustix::process::getgroups().unwrap_or_default().iter().map(|group| group.as_raw()));
        let system = if cfg!(target_os = "macos") { System::MacOs } else { System::Linux };
        Self::below(Path::new("/"), world, (system, user, &groups))
    }

    /// The facts of a computer whose root is a folder; of the process its user and groups, the main one first.
    fn below(root: &Path, world: &World, (system, user, groups): (System, u32, &[u32])) -> Self {
        let release = release(&text(&root.join("etc/os-release")));
        let release_of = |key: &str| release.get(key).cloned().unwrap_or_default();
        let (people, names) = (text(&root.join("etc/passwd")), text(&root.join("etc/group")));
        let name_of = |group: u32| by_number(&names, group).unwrap_or_else(|| group.to_string());
        let person = Person {
            name: by_number(&people, user).or(world.variable("USER").map(str::to_owned)).unwrap_or_default(),
            is_root: user == 0,
            user,
            main_group: groups.first().and_then(|group| by_number(&names, *group)).unwrap_or_default(),
            groups: groups.iter().map(|group| name_of(*group)).collect(),
        };
        let sockets = socket_files(root, user, (&people, &names));
        let home = world.home().unwrap_or_default();
        Self {
            system,
            distribution: release_of("ID"),
            like: release_of("ID_LIKE").split_whitespace().map(str::to_owned).collect(),
            title: release_of("PRETTY_NAME"),
            init: init(root),
            wsl: wsl(&text(&root.join("proc/version"))),
            is_inside: is_inside(root, world),
            programs: programs(root, world),
            person,
            docker_group: members(&names, "docker"),
            sockets,
            applications: applications(root, &home),
            colima_profiles: colima_profiles(world, &home),
            has_own_engine: home.join(".config/systemd/user/docker.service").exists(),
            has_apparmor: text(&root.join("sys/module/apparmor/parameters/enabled")).trim() == "Y",
            has_init_script: root.join("etc/init.d/docker").exists(),
            has_stale_pid: has_stale_pid(root),
        }
    }
}

/// What a small text file holds; nothing where it can't be read.
fn text(path: &Path) -> String {
    let bytes = crate::host::read_limited(path, 1 << 20).unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// The settings of os-release(5).
fn release(text: &str) -> BTreeMap<String, String> {
    let settings = text.lines().filter_map(|line| line.trim().split_once('='));
    settings.map(|(key, value)| (key.to_owned(), value.trim_matches(['"', '\'']).to_owned())).collect()
}

/// The name in a file of the form of passwd(5) or group(5).
fn by_number(table: &str, number: u32) -> Option<String> {
    let number = number.to_string();
    let mut rows = table.lines().map(|line| line.split(':').collect::<Vec<_>>());
    rows.find(|row| row.get(2) == Some(&number.as_str())).map(|row| row[0].to_owned())
}

fn members(groups: &str, name: &str) -> Option<Vec<String>> {
    let mut rows = groups.lines().map(|line| line.split(':').collect::<Vec<_>>());
    let row = rows.find(|row| row.first() == Some(&name))?;
    let members = row.get(3).copied().unwrap_or_default().split(',').map(str::trim);
    Some(members.filter(|member| !member.is_empty()).map(str::to_owned).collect())
}

fn init(root: &Path) -> Init {
    let is = |path: &str| root.join(path).exists();
    let first = text(&root.join("proc/1/comm"));
    match first.trim() {
        _ if is("run/systemd/system") => Init::Systemd,
        _ if is("run/openrc/softlevel") => Init::OpenRc,
        // WSL without systemd has an `init` of its own, beside which scripts work as well.
        "init" if is("etc/init.d") => Init::SysV,
        _ => Init::None,
    }
}

/// The first generation calls itself `Microsoft`, the second one `microsoft-standard-WSL2`.
fn wsl(version: &str) -> Option<Wsl> {
    if version.contains("WSL2") || version.contains("microsoft-standard") {
        Some(Wsl::Two)
    } else if version.contains("Microsoft") {
        Some(Wsl::One)
    } else {
        None
    }
}

fn is_inside(root: &Path, world: &World) -> bool {
    let is = |path: &str| root.join(path).exists();
    is(".dockerenv") || is("run/.containerenv") || world.variable("container").is_some()
}

fn programs(root: &Path, world: &World) -> std::collections::BTreeSet<String> {
    let path = world.variable("PATH").unwrap_or_default();
    let mut folders: Vec<PathBuf> = std::env::split_paths(path).filter(|folder| folder.is_absolute()).collect();
    folders.extend(MORE_FOLDERS.iter().map(|folder| root.join(folder)));
    let is_there = |name: &&&str| folders.iter().any(|folder| folder.join(name).is_file());
    ASKED.iter().filter(is_there).map(|name| (*name).to_owned()).collect()
}

fn socket_files(root: &Path, user: u32, (people, names): (&str, &str)) -> Vec<SocketFile> {
    let own = |name: &str| root.join(format!("run/user/{user}/{name}"));
    let system = |name: &str| root.join("run").join(name);
    let places = [system("docker.sock"), system("podman/podman.sock"), own("docker.sock"), own("podman/podman.sock")];
    let look = |path: &PathBuf| {
        let found = std::fs::metadata(path).ok().filter(|found| found.file_type().is_socket())?;
        Some(SocketFile {
            path: path.display().to_string(),
            owner: by_number(people, found.uid()).unwrap_or_else(|| found.uid().to_string()),
            group: by_number(names, found.gid()).unwrap_or_else(|| found.gid().to_string()),
            mode: found.mode() & 0o7777,
        })
    };
    places.iter().filter_map(look).collect()
}

fn applications(root: &Path, home: &Path) -> std::collections::BTreeSet<String> {
    let names = ["Docker", "OrbStack", "Rancher Desktop"];
    let folders = [root.join("Applications"), home.join("Applications")];
    let is_there = |name: &&&str| folders.iter().any(|folder| folder.join(format!("{name}.app")).exists());
    let mut found: std::collections::BTreeSet<String> =
        names.iter().filter(is_there).map(|name| (*name).to_owned()).collect();
    if root.join("opt/docker-desktop").exists() {
        found.insert("Docker".to_owned());
    }
    found
}

fn colima_profiles(world: &World, home: &Path) -> Vec<String> {
    let folder = world.variable("COLIMA_HOME").map_or_else(|| home.join(".colima"), PathBuf::from);
    let folders = crate::host::list_folder(&folder).into_iter().filter(|path| path.is_dir());
    let names = folders.filter_map(|path| Some(path.file_name()?.to_str()?.to_owned()));
    let mut profiles: Vec<String> = names.filter(|name| !name.starts_with(['_', '.'])).collect();
    profiles.sort_by_key(|name| name != "default");
    profiles
}

/// Whether the file of the engine's process names one that is none.
fn has_stale_pid(root: &Path) -> bool {
    let pid = text(&root.join("var/run/docker.pid"));
    let command = |pid: &str| text(&root.join("proc").join(pid).join("comm"));
    !pid.trim().is_empty() && command(pid.trim()).trim() != "dockerd"
}

#[cfg(test)]
mod tests {
    use super::*;

    fn computer(files: &[(&str, &str)]) -> (tempfile::TempDir, World) {
        let place = tempfile::tempdir().unwrap();
        for (path, content) in files {
            crate::host::write_file(&place.path().join(path), content.as_bytes()).unwrap();
        }
        let path = ("PATH".to_owned(), place.path().join("bin").display().to_string());
        let world = World { variables: [path].into(), folder: place.path().to_owned() };
        (place, world)
    }

    #[test]
    fn a_debian_with_systemd_is_recognised() {
        let (place, world) = computer(&[
            ("etc/os-release", "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nID=debian\n"),
            ("etc/passwd", "root:x:0:0::/root:/bin/sh\nsam:x:1000:1000::/home/sam:/bin/sh\n"),
            ("etc/group", "root:x:0:\nsam:x:1000:\ndocker:x:998:kim, sam\n"),
            ("run/systemd/system/x", ""),
            ("proc/version", "Linux version 6.1"),
            ("bin/apt-get", ""),
            ("usr/sbin/dockerd", ""),
            ("var/run/docker.pid", "71\n"),
            ("proc/71/comm", "bash\n"),
        ]);
        let facts = Platform::below(place.path(), &world, (System::Linux, 1000, &[1000]));
        assert_eq!((facts.distribution.as_str(), facts.title.as_str()), ("debian", "Debian GNU/Linux 12 (bookworm)"));
        assert_eq!((facts.init, facts.wsl, facts.is_inside), (Init::Systemd, None, false));
        assert_eq!((facts.person.name.as_str(), facts.person.groups.as_slice()), ("sam", &["sam".to_owned()][..]));
        assert!(facts.is_docker_member() && facts.has_stale_pid && facts.has("apt-get") && facts.has("dockerd"));
    }

    #[test]
    fn generations_of_wsl_and_kinds_of_init_are_told_apart() {
        assert_eq!(wsl("Linux version 5.15.90.1-microsoft-standard-WSL2 (gcc)"), Some(Wsl::Two));
        assert_eq!(wsl("Linux version 4.4.0-19041-Microsoft (Microsoft@Microsoft.com)"), Some(Wsl::One));
        assert_eq!(wsl("Linux version 6.1.0-13-amd64 (debian-kernel@lists.debian.org)"), None);
        let of = |files: &[(&str, &str)]| init(computer(files).0.path());
        assert_eq!(of(&[("run/openrc/softlevel", "default")]), Init::OpenRc);
        assert_eq!(of(&[("proc/1/comm", "init\n"), ("etc/init.d/rcS", "")]), Init::SysV);
        assert_eq!(of(&[("proc/1/comm", "sleep\n"), ("etc/init.d/rcS", "")]), Init::None);
    }
}
