//! The facts in short: a line for each subject. What is not known has no line, but is listed at the end.

use std::time::Duration;

use super::facts::{Answer, ClockOf, Disk, Facts, Holds};
use crate::words::{bytes, count, duration, list};

/// A subject and what is known of it.
pub type Line = (&'static str, String);

pub fn summary(facts: &Facts) -> Vec<Line> {
    let lines = [
        ("Docker", engine(facts)),
        ("computer", computer(facts)),
        ("space", space(facts)),
        ("clocks", clocks(facts)),
        ("downloads", downloads(facts)),
        ("inside", inside(facts)),
        ("addresses", addresses(facts)),
        ("repo", repo(facts)),
        ("not known", (!facts.not_known.is_empty()).then(|| format!("{} (no answer in time)", list(&facts.not_known)))),
    ];
    lines.into_iter().filter_map(|(subject, line)| Some((subject, line?))).collect()
}

fn engine(facts: &Facts) -> Option<String> {
    let Some(about) = &facts.engine.about else {
        return facts.engine.failure.as_ref().map(|problem| problem.what.clone());
    };
    let answered = duration(Duration::from_millis(about.answered_ms));
    Some(format!("{} on {}, {}, answered in {answered}", about.version, about.system, about.architecture))
}

fn computer(facts: &Facts) -> Option<String> {
    let computer = &facts.computer;
    let mut parts = Vec::new();
    if let Some(memory) = &computer.memory {
        parts.push(format!("{} of {} memory free", bytes(memory.available), bytes(memory.total)));
    }
    if let Some(about) = facts.engine.about.as_ref().filter(|about| about.processors > 0) {
        let processors = usize::try_from(about.processors).unwrap_or(usize::MAX);
        let whose = if about.is_here { "" } else { " and " };
        let memory = if about.is_here { String::new() } else { format!("{} memory for Docker", bytes(about.memory)) };
        parts.push(format!("{}{whose}{memory}", count(processors, "processor")));
    }
    if let Some(watches) = &computer.watches {
        parts.push(format!("{} of {} file watches used", watches.used, watches.most));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn space(facts: &Facts) -> Option<String> {
    let disk = |holds| facts.disks.iter().find(|disk| disk.holds == holds);
    let free = |disk: &Disk| format!("{} of {} free", bytes(disk.free), bytes(disk.total));
    let same = |one: &Disk, other: &Disk| one.device == other.device;
    match (disk(Holds::Engine), disk(Holds::State)) {
        (Some(engine), Some(state)) if !same(engine, state) => {
            Some(format!("{} for Docker, {} for devenv", free(engine), free(state)))
        }
        (Some(disk), _) | (None, Some(disk)) => Some(free(disk)),
        (None, None) => None,
    }
}

fn clocks(facts: &Facts) -> Option<String> {
    const ALIKE_S: u64 = 2;
    let of = |of: &ClockOf| match of {
        ClockOf::Engine => "Docker's".to_owned(),
        ClockOf::Mirror(host) => format!("that of {host}"),
    };
    let apart: Vec<String> = facts
        .clocks
        .iter()
        .filter(|clock| clock.ahead_s.unsigned_abs() > ALIKE_S)
        .map(|clock| format!("{} is {} s off", of(&clock.of), clock.ahead_s))
        .collect();
    match (facts.clocks.is_empty(), apart.is_empty()) {
        (true, _) => None,
        (false, true) => {
            let all: Vec<String> = facts.clocks.iter().map(|clock| of(&clock.of)).collect();
            Some(format!("{} and this computer's are the same", list(&all)))
        }
        (false, false) => Some(apart.join(", ")),
    }
}

fn downloads(facts: &Facts) -> Option<String> {
    let mut parts: Vec<String> = Vec::new();
    for origin in &facts.downloads.origins {
        let host = &origin.host;
        match (&origin.answer, origin.name_found) {
            (Some(Answer::Fine), _) => parts.push(format!("{host} answers")),
            (Some(Answer::LoginWanted), _) => parts.push(format!("{host} wants a login")),
            (Some(Answer::Failing(_)), _) => parts.push(format!("{host} has nothing to give")),
            (Some(Answer::Nothing(_)), _) | (None, Some(false)) => parts.push(format!("{host} can't be reached")),
            (None, _) => {}
        }
    }
    let proxies = facts.downloads.proxies.iter().map(|proxy| format!("through the proxy {}", proxy.address));
    parts.extend(proxies);
    if let Some(number) = facts.downloads.certificates {
        parts.push(format!("{number} certificate authorities"));
    }
    parts.dedup();
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn inside(facts: &Facts) -> Option<String> {
    let inside = facts.inside.as_ref()?;
    let name = &inside.name;
    let mut parts = Vec::new();
    parts.extend(inside.name_found.map(|found| match (inside.found_here, found) {
        (_, true) => format!("apps find {name}"),
        (Some(false), false) => format!("apps can't find {name}, and neither can this computer"),
        (_, false) => format!("apps can't find {name}"),
    }));
    let asked = |what: &Option<bool>, yes: &str, no: &str| what.map(|is| if is { yes } else { no }.to_owned());
    if let Some(proxy) = &inside.proxy {
        parts.extend(asked(&proxy.answers, "they reach the proxy", "they can't reach the proxy"));
    }
    if let Some(secure) = &inside.secure {
        let trusted = asked(&secure.trusted, "trust the certificate of", "don't trust the certificate of");
        parts.extend(trusted.map(|how| format!("they {how} {}", secure.host)));
    }
    (!parts.is_empty()).then(|| parts.join(", "))
}

fn addresses(facts: &Facts) -> Option<String> {
    let addresses = facts.addresses.as_ref()?;
    Some(format!("{} of {} ranges used, {} by devenv", addresses.used, addresses.ranges, addresses.ours))
}

fn repo(facts: &Facts) -> Option<String> {
    let Some(repo) = &facts.repo else { return Some("there is no dev.yaml here or above".to_owned()) };
    if !repo.manifest_problems.is_empty() {
        return Some(format!("{}, dev.yaml is wrong", repo.root.display()));
    }
    let mut parts = vec![
        format!("{} ({})", repo.project, repo.root.display()),
        count(repo.services, "service"),
        count(repo.apps, "app"),
    ];
    let free = repo.ports.iter().filter(|port| port.holder.is_none()).map(|port| port.port.to_string());
    let free: Vec<String> = free.collect();
    if !free.is_empty() {
        parts.push(format!("{} {} to be had", if free.len() == 1 { "port" } else { "ports" }, list(&free)));
    }
    Some(parts.join(", "))
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;
    use crate::doctor::facts::{
        AboutEngine, Addresses, Clock, Computer, Downloads, EngineFacts, Inside, Memory, Origin, PortFacts, Repo,
        Watches,
    };

    fn healthy() -> Facts {
        let about = AboutEngine {
            version: "28.5.2".into(),
            system: "Debian GNU/Linux 13".into(),
            architecture: "x86_64".into(),
            processors: 2,
            memory: 8_000_000_000,
            data_folder: "/var/lib/docker".into(),
            is_here: true,
            answered_ms: 9,
        };
        let disk = |holds| Disk {
            holds,
            folder: "/".into(),
            free: 56_000_000_000,
            total: 250_000_000_000,
            free_files: None,
            kind: Some("ext4".into()),
            device: 1,
        };
        let origin = Origin { host: "mirror.example".into(), is_mirror: true, ..Origin::default() };
        let port = PortFacts { unit: "api".into(), port: 3000, was_leased: false, holder: None };
        Facts {
            computer: Computer {
                memory: Some(Memory { total: 8_000_000_000, available: 3_100_000_000 }),
                watches: Some(Watches { most: 524_288, used: 1200, most_watchers: 128, used_watchers: 9 }),
                ..Computer::default()
            },
            engine: EngineFacts { about: Some(about), ..EngineFacts::default() },
            disks: vec![disk(Holds::Engine), disk(Holds::State)],
            clocks: vec![Clock { of: ClockOf::Engine, ahead_s: 0 }],
            downloads: Downloads {
                origins: vec![Origin { answer: Some(Answer::Fine), ..origin }],
                certificates: Some(142),
                ..Downloads::default()
            },
            inside: Some(Inside { name: "mirror.example".into(), name_found: Some(true), ..Inside::default() }),
            addresses: Some(Addresses { ranges: 31, used: 4, ours: 3 }),
            repo: Some(Repo {
                root: "/home/sam/shop".into(),
                project: "shop".into(),
                services: 2,
                apps: 1,
                ports: vec![port],
                ..Repo::default()
            }),
            not_known: vec!["memory".into()],
            ..Facts::default()
        }
    }

    fn shown(facts: &Facts) -> String {
        summary(facts).iter().map(|(subject, line)| format!("{subject}: {line}\n")).collect()
    }

    #[test]
    fn a_line_for_each_subject() {
        expect![[r#"
            Docker: 28.5.2 on Debian GNU/Linux 13, x86_64, answered in 9 ms
            computer: 3.1 GB of 8.0 GB memory free, 2 processors, 1200 of 524288 file watches used
            space: 56 GB of 250 GB free
            clocks: Docker's and this computer's are the same
            downloads: mirror.example answers, 142 certificate authorities
            inside: apps find mirror.example
            addresses: 4 of 31 ranges used, 3 by devenv
            repo: shop (/home/sam/shop), 2 services, 1 app, port 3000 to be had
            not known: memory (no answer in time)
        "#]]
        .assert_eq(&shown(&healthy()));
        assert!(crate::words::jargon(&shown(&healthy())).is_empty());
    }

    #[test]
    fn what_is_not_known_has_no_line() {
        assert_eq!(shown(&Facts::default()), "repo: there is no dev.yaml here or above\n");
    }
}
