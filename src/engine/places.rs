//! Where engines are usually found, and what they are called.

use std::fmt;
use std::path::{Path, PathBuf};

use super::address::{Address, SaidBy};
use crate::host::{Surroundings, is_trusted, list_folder, real_path};

/// Which program an engine is, or comes with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Flavour {
    /// Docker Engine, run by the system.
    Engine,
    /// Docker Engine, run by the user.
    Rootless,
    Desktop,
    /// With the name of its profile.
    Colima(String),
    Rancher,
    OrbStack,
    /// With the name of its instance.
    Lima(String),
    /// Podman, run by the system.
    Podman,
    /// Podman, run by the user.
    OwnPodman,
    /// At an address that is none of the usual ones.
    Unknown,
}

impl fmt::Display for Flavour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Engine => write!(f, "Docker Engine"),
            Self::Rootless => write!(f, "Docker Engine (rootless)"),
            Self::Desktop => write!(f, "Docker Desktop"),
            Self::Colima(profile) if profile == "default" => write!(f, "Docker of Colima"),
            Self::Colima(profile) => write!(f, "Docker of Colima (profile {profile})"),
            Self::Rancher => write!(f, "Docker of Rancher Desktop"),
            Self::OrbStack => write!(f, "Docker of OrbStack"),
            Self::Lima(instance) => write!(f, "Docker of Lima (instance {instance})"),
            Self::Podman => write!(f, "Podman"),
            Self::OwnPodman => write!(f, "Podman (rootless)"),
            Self::Unknown => write!(f, "Docker"),
        }
    }
}

/// A path below a user's home or the system's root, and whose it is.
type Fixed = (&'static str, Flavour);

/// The place that Docker's own client uses when nobody has chosen one; elsewhere it is a link to that of another program.
const SYSTEM: &str = "var/run/docker.sock";

/// Every usual place, those that exist and the others, the preferred ones first.
///
/// The system's comes first, as with Docker's own client: whoever prefers another one chooses it as Docker's context.
pub(super) fn usual(surroundings: &Surroundings) -> Vec<(PathBuf, Flavour)> {
    let mut places = vec![(surroundings.system.join(SYSTEM), Flavour::Engine)];
    let home = surroundings.home.as_deref();
    let mut at_home = |fixed: &[Fixed]| {
        places.extend(home.iter().flat_map(|home| fixed.iter().map(|(path, of)| (home.join(path), of.clone()))));
    };
    at_home(&[(".docker/run/docker.sock", Flavour::Desktop), (".docker/desktop/docker.sock", Flavour::Desktop)]);
    let runtime = runtime_dir(surroundings);
    places.extend(runtime.iter().map(|folder| (folder.join("docker.sock"), Flavour::Rootless)));
    places.extend(colima(surroundings));
    let mut at_home = |fixed: &[Fixed]| {
        places.extend(home.iter().flat_map(|home| fixed.iter().map(|(path, of)| (home.join(path), of.clone()))));
    };
    at_home(&[(".rd/docker.sock", Flavour::Rancher), (".orbstack/run/docker.sock", Flavour::OrbStack)]);
    places.extend(lima(surroundings));
    places.extend(podman(surroundings, runtime.as_deref()));
    places
}

/// The usual places where something is that the system or this user has put there: what another user listens at, for example
/// below a folder that everybody writes to, would be handed all that the environment holds.
pub(super) fn present(surroundings: &Surroundings) -> Vec<Address> {
    let mut seen: Vec<PathBuf> = Vec::new();
    let mut addresses = Vec::new();
    for (path, flavour) in usual(surroundings) {
        // One that leads to another one is that one.
        let Ok(real) = real_path(&path) else { continue };
        if !seen.contains(&real) && is_trusted(&real) {
            let flavour = if flavour == Flavour::Engine { behind(&real, surroundings) } else { flavour };
            addresses.push(Address::new(format!("unix://{}", path.display()), SaidBy::Usual, flavour));
            seen.push(real);
        }
    }
    addresses
}

/// Whose engine is at an address that somebody chose.
pub(super) fn flavour_at(url: &str, surroundings: &Surroundings) -> Flavour {
    let Some(path) = url.strip_prefix("unix://").map(Path::new) else { return Flavour::Unknown };
    let known = usual(surroundings).into_iter().find(|(place, _)| place == path);
    let at_run = surroundings.system.join("run/docker.sock");
    match known {
        Some((_, flavour)) => flavour,
        None if path == at_run => Flavour::Engine,
        None => real_path(path).map_or(Flavour::Unknown, |real| match behind(&real, surroundings) {
            Flavour::Engine if real != at_run => Flavour::Unknown,
            flavour => flavour,
        }),
    }
}

/// Whose the system's place is, seen through links.
fn behind(real: &Path, surroundings: &Surroundings) -> Flavour {
    let is_there = |place: &Path| real_path(place).is_ok_and(|place| place == real);
    let others = usual(surroundings).into_iter().skip(1);
    others.into_iter().find(|(place, _)| is_there(place)).map_or(Flavour::Engine, |(_, flavour)| flavour)
}

/// The user's folder for what runs; systems that set it for a login have it even where the variable is missing.
fn runtime_dir(surroundings: &Surroundings) -> Option<PathBuf> {
    let usual = || Some(surroundings.system.join(format!("run/user/{}", surroundings.user?)));
    surroundings.runtime_dir.clone().or_else(usual)
}

/// One place for each profile, the default one first.
fn colima(surroundings: &Surroundings) -> Vec<(PathBuf, Flavour)> {
    let mut folders: Vec<PathBuf> = surroundings.colima_home.iter().cloned().collect();
    folders.extend(surroundings.home.iter().map(|home| home.join(".colima")));
    folders.extend(surroundings.config_home.iter().map(|folder| folder.join("colima")));
    let profiles = folders.iter().flat_map(|folder| named_places(folder, "docker.sock"));
    let mut places: Vec<_> = profiles.map(|(path, profile)| (path, Flavour::Colima(profile))).collect();
    places.sort_by_key(|(_, flavour)| *flavour != Flavour::Colima("default".to_owned()));
    places
}

fn lima(surroundings: &Surroundings) -> Vec<(PathBuf, Flavour)> {
    let usual = surroundings.home.iter().map(|home| home.join(".lima"));
    let folders = surroundings.lima_home.iter().cloned().chain(usual);
    let instances = folders.flat_map(|folder| named_places(&folder, "sock/docker.sock"));
    instances.map(|(path, instance)| (path, Flavour::Lima(instance))).collect()
}

/// A place in each folder of a folder, with that folder's name; those that begin with `_` or `.` are not for people.
fn named_places(folder: &Path, place: &str) -> Vec<(PathBuf, String)> {
    let named = list_folder(folder).into_iter().filter_map(|path| {
        let name = path.file_name()?.to_str()?.to_owned();
        (!name.starts_with(['_', '.']) && path.is_dir()).then(|| (path.join(place), name))
    });
    named.collect()
}

fn podman(surroundings: &Surroundings, runtime: Option<&Path>) -> Vec<(PathBuf, Flavour)> {
    let mut places = vec![(surroundings.system.join("run/podman/podman.sock"), Flavour::Podman)];
    places.extend(runtime.iter().map(|folder| (folder.join("podman/podman.sock"), Flavour::OwnPodman)));
    // Its virtual machine on macOS, in the two ways that its versions have; elsewhere the temporary folder is everybody's.
    let machine = |home: &PathBuf| home.join(".local/share/containers/podman/machine/podman.sock");
    places.extend(surroundings.home.iter().map(|home| (machine(home), Flavour::OwnPodman)));
    let temporary = |folder: &PathBuf| folder.join("podman/podman-machine-default-api.sock");
    let own = surroundings.temporary.iter().filter(|_| cfg!(target_os = "macos"));
    places.extend(own.map(|folder| (temporary(folder), Flavour::OwnPodman)));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(surroundings: &Surroundings) -> Vec<String> {
        present(surroundings).iter().map(|address| address.flavour().to_string()).collect()
    }

    #[test]
    fn every_known_program_is_found_in_one_order() {
        let place = tempfile::tempdir().unwrap();
        let surroundings = Surroundings::below(place.path());
        let paths = [
            "home/.rd/docker.sock",
            "home/.orbstack/run/docker.sock",
            "home/.colima/dev/docker.sock",
            "home/.colima/default/docker.sock",
            "home/.colima/_lima/colima/docker.sock",
            "home/.lima/docker/sock/docker.sock",
            "home/.docker/desktop/docker.sock",
            "var/run/docker.sock",
            "run/podman/podman.sock",
            "run/user/1000/podman/podman.sock",
            "run/user/1000/docker.sock",
        ];
        for path in paths {
            crate::host::write_file(&place.path().join(path), b"").unwrap();
        }
        let expected = [
            "Docker Engine",
            "Docker Desktop",
            "Docker Engine (rootless)",
            "Docker of Colima",
            "Docker of Colima (profile dev)",
            "Docker of Rancher Desktop",
            "Docker of OrbStack",
            "Docker of Lima (instance docker)",
            "Podman",
            "Podman (rootless)",
        ];
        assert_eq!(names(&surroundings), expected);
    }

    #[test]
    fn a_link_in_the_systems_place_is_called_by_what_it_leads_to() {
        let place = tempfile::tempdir().unwrap();
        let surroundings = Surroundings::below(place.path());
        let real = place.path().join("home/.orbstack/run/docker.sock");
        crate::host::write_file(&real, b"").unwrap();
        crate::host::create_folder(&place.path().join("var/run")).unwrap();
        std::os::unix::fs::symlink(&real, place.path().join("var/run/docker.sock")).unwrap();
        assert_eq!(names(&surroundings), ["Docker of OrbStack"]);
    }

    #[test]
    fn what_another_user_has_put_there_is_passed_over() {
        let place = tempfile::tempdir().unwrap();
        let temporary = place.path().join("tmp");
        let surroundings = Surroundings { temporary: Some(temporary.clone()), ..Surroundings::below(place.path()) };
        let podman = temporary.join("podman/podman-machine-default-api.sock");
        let rancher = place.path().join("home/.rd/docker.sock");
        crate::host::write_file(&podman, b"").unwrap();
        crate::host::write_file(&rancher, b"").unwrap();
        let on_mac: &[&str] = if cfg!(target_os = "macos") { &["Podman (rootless)"] } else { &[] };
        assert_eq!(names(&surroundings), [&["Docker of Rancher Desktop"], on_mac].concat());
        // Only an administrator can make somebody else the owner.
        if std::os::unix::fs::chown(&rancher, Some(54321), None).is_ok() {
            assert_eq!(names(&surroundings), on_mac);
        }
    }
}
