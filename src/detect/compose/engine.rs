//! What of a service only the engine has words for.

use super::losses::Losses;
use crate::compose::Location;
use crate::compose::project::{Service, Source};
use crate::manifest::{Engine, RIGHTS, ULIMITS, Ulimit, bytes};

/// Of an app that runs in a toolchain, whose command and user are the person's, only the rest.
pub fn in_toolchain(service: &Service, name: &str, losses: &mut Losses) -> Engine {
    let mut cap_add = Vec::new();
    for right in &service.cap_add {
        let right = right.trim_start_matches("CAP_").to_owned();
        if RIGHTS.contains(&right.as_str()) {
            losses.add(format!("the right {right} is granted, as the file asks for it"), name, &service.place);
            cap_add.push(right);
        } else {
            losses.add(format!("the right {right} would reach beyond and is not granted"), name, &service.place);
        }
    }
    let memory = service.mounts.iter().filter(|mount| mount.source == Source::Memory).map(|mount| mount.target.clone());
    let folders = service.tmpfs.iter().filter_map(|text| text.split(':').next().map(str::to_owned));
    let is_address = |address: &str| address == "host-gateway" || address.parse::<core::net::IpAddr>().is_ok();
    let hosts = service.extra_hosts.iter().filter(|(host, _)| host != "host.docker.internal");
    Engine {
        tmpfs: folders.chain(memory).filter(|folder| is_folder(folder)).collect(),
        cap_add,
        extra_hosts: hosts.filter(|(_, address)| is_address(address)).cloned().collect(),
        shm_size: service.shm_size.as_deref().and_then(bytes),
        ulimits: ulimits(service),
        ..Engine::default()
    }
}

/// Those that there are; what does not fit together the engine would refuse.
fn ulimits(service: &Service) -> Vec<(String, Ulimit)> {
    let known = service.ulimits.iter().filter(|(name, _)| ULIMITS.contains(&name.as_str()));
    known.filter_map(|(name, text)| Some((name.clone(), Ulimit::parse(text)?))).collect()
}

/// Of what runs in an image of its own.
pub fn in_image(service: &Service, name: &str, losses: &mut Losses) -> Engine {
    Engine {
        // Its `run` is the whole command then, which `env` hands on.
        entrypoint: service.entrypoint.is_some().then(|| vec!["env".to_owned()]),
        user: service.user.clone().filter(|user| !user.is_empty()),
        workdir: service.working_dir.clone().filter(|folder| is_folder(folder)),
        ..in_toolchain(service, name, losses)
    }
}

/// Of an app: where it sees the repo it does not run as root, whose its new files would become.
pub fn of_app(service: &Service, name: &str, losses: &mut Losses) -> Engine {
    let mut engine = in_image(service, name, losses);
    let sees_repo = service.mounts.iter().any(|mount| matches!(mount.source, Source::Bind(Location::Inside(_))));
    let is_root = |user: &String| ["root", "0"].contains(&user.split(':').next().unwrap_or_default());
    if sees_repo && engine.user.as_ref().is_some_and(is_root) {
        engine.user = None;
        losses.add("`user: root` is left out: files it makes in the repo would be root's", name, &service.place);
    }
    engine
}

/// Absolute, and not the root itself.
fn is_folder(path: &str) -> bool {
    path.starts_with('/') && !path.trim_matches('/').is_empty()
}
