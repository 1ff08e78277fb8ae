//! What of a service only the engine has words for.

use super::losses::Losses;
use crate::compose::project::{Service, Source};
use crate::manifest::{Engine, RIGHTS, bytes};

/// Of an app that runs in a toolchain, whose command and user are the person's, only the rest.
pub fn in_toolchain(service: &Service, name: &str, losses: &mut Losses) -> Engine {
    let mut cap_add = Vec::new();
    for right in &service.cap_add {
        let right = right.trim_start_matches("CAP_").to_owned();
        if RIGHTS.contains(&right.as_str()) {
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
        tmpfs: folders.chain(memory).filter(|folder| folder.starts_with('/')).collect(),
        cap_add,
        extra_hosts: hosts.filter(|(_, address)| is_address(address)).cloned().collect(),
        shm_size: service.shm_size.as_deref().and_then(bytes),
        ..Engine::default()
    }
}

/// Of what runs in an image of its own.
pub fn in_image(service: &Service, name: &str, losses: &mut Losses) -> Engine {
    Engine {
        // Its `run` is the whole command then, which `env` hands on.
        entrypoint: service.entrypoint.is_some().then(|| vec!["env".to_owned()]),
        user: service.user.clone().filter(|user| !user.is_empty()),
        workdir: service.working_dir.clone().filter(|folder| folder.starts_with('/')),
        ..in_toolchain(service, name, losses)
    }
}
