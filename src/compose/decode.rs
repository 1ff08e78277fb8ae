//! Tree → project: everything typed, duplicates settled.

use std::collections::HashMap;

use super::node::{Entry, Location, Map, Node, Place, Value, flag};
use super::project::{
    Attachment, Build, Command, Condition, Content, Declared, Dependency, EnvFile, Grant, Healthcheck, Limits, Mount,
    Other, Port, Project, Service, Source, Variable, Watch,
};
use super::refusal::{Reason, Refusal};
use super::words;

/// Keys of a service that have a field.
const KNOWN: &[&str] = &[
    "build",
    "cap_add",
    "shm_size",
    "ulimits",
    "command",
    "configs",
    "container_name",
    "depends_on",
    "deploy",
    "develop",
    "entrypoint",
    "env_file",
    "environment",
    "expose",
    "extra_hosts",
    "healthcheck",
    "hostname",
    "image",
    "labels",
    "network_mode",
    "networks",
    "platform",
    "ports",
    "privileged",
    "profiles",
    "restart",
    "scale",
    "secrets",
    "tmpfs",
    "user",
    "volumes",
    "working_dir",
];

pub fn project(tree: &Node, folder: &str, refusals: &mut Vec<Refusal>) -> Project {
    Project {
        name: tree.get_text("name").filter(|name| !name.is_empty()),
        folder: folder.to_owned(),
        services: entries(tree, "services")
            .filter_map(|(name, entry)| service(name, entry, folder, refusals))
            .collect(),
        volumes: declared(tree, "volumes"),
        networks: declared(tree, "networks"),
        secrets: declared(tree, "secrets"),
        configs: declared(tree, "configs"),
    }
}

fn service(name: &str, entry: &Entry, folder: &str, refusals: &mut Vec<Refusal>) -> Option<Service> {
    let node = &entry.node;
    let keys = node.map()?;
    let text = |key: &str| node.get_text(key);
    Some(Service {
        name: name.to_owned(),
        place: entry.place.clone(),
        image: text("image").filter(|image| !image.is_empty()),
        build: node.get("build").map(|node| build(node, folder)),
        command: command(keys, "command", refusals),
        entrypoint: command(keys, "entrypoint", refusals),
        ports: unique(items(node, "ports"), port_key).into_iter().filter_map(port).collect(),
        expose: texts(node, "expose"),
        mounts: mounts(node),
        environment: variables(node, "environment"),
        env_files: unique(items(node, "env_file"), |item| item.get_text("path"))
            .into_iter()
            .filter_map(env_file)
            .collect(),
        depends_on: depends_on(node),
        links: texts(node, "links").iter().filter_map(|link| link.split_once(':')).map(pair).collect(),
        healthcheck: node.get("healthcheck").map(healthcheck),
        profiles: texts(node, "profiles"),
        networks: entries(node, "networks").map(attachment).collect(),
        restart: text("restart"),
        working_dir: text("working_dir"),
        user: text("user"),
        secrets: grants(node, "secrets", "/run/secrets/"),
        configs: grants(node, "configs", "/"),
        labels: variables(node, "labels").into_iter().map(|it| (it.key, it.value.unwrap_or_default())).collect(),
        watch: node
            .get("develop")
            .map(|develop| items(develop, "watch").iter().filter_map(watch).collect())
            .unwrap_or_default(),
        extra_hosts: texts(node, "extra_hosts").iter().filter_map(|line| host(line)).collect(),
        limits: limits(node),
        container_name: text("container_name"),
        hostname: text("hostname"),
        network_mode: text("network_mode"),
        platform: text("platform"),
        privileged: truth(node, "privileged"),
        tmpfs: texts(node, "tmpfs"),
        cap_add: texts(node, "cap_add"),
        shm_size: text("shm_size"),
        ulimits: entries(node, "ulimits")
            .filter_map(|(name, entry)| Some((name.clone(), ulimit(&entry.node)?)))
            .collect(),
        copies: copies(node),
        others: others(keys),
    })
}

fn pair((one, other): (&str, &str)) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

fn others(keys: &Map) -> Vec<Other> {
    let is_other = |key: &str| !KNOWN.contains(&key) && !key.starts_with("x-");
    let others = keys.iter().filter(|(key, entry)| is_other(key) && !entry.node.is_null());
    others.map(|(key, entry)| Other { key: key.clone(), place: entry.place.clone() }).collect()
}

fn entries<'a>(node: &'a Node, key: &str) -> impl Iterator<Item = (&'a String, &'a Entry)> + use<'a> {
    node.get(key).and_then(Node::map).into_iter().flatten()
}

fn items<'a>(node: &'a Node, key: &str) -> &'a [Node] {
    node.get(key).and_then(Node::list).unwrap_or_default()
}

fn texts(node: &Node, key: &str) -> Vec<String> {
    let items = node.get(key).map(Node::items).unwrap_or_default();
    unique(items, Node::scalar).into_iter().filter_map(Node::scalar).collect()
}

fn truth(node: &Node, key: &str) -> bool {
    node.get_text(key).and_then(|text| flag(&text)).unwrap_or_default()
}

/// The last of those with the same key, at the place of the first.
fn unique(items: &[Node], key: impl Fn(&Node) -> Option<String>) -> Vec<&Node> {
    let mut kept: Vec<&Node> = Vec::new();
    let mut places: HashMap<String, usize> = HashMap::new();
    for item in items {
        match key(item) {
            Some(key) => match places.get(&key) {
                Some(place) => kept[*place] = item,
                None => {
                    places.insert(key, kept.len());
                    kept.push(item);
                }
            },
            None => kept.push(item),
        }
    }
    kept
}

fn build(node: &Node, folder: &str) -> Build {
    let context = match node.get("context").map(|context| &context.value) {
        Some(Value::Path(location)) => location.clone(),
        _ => Location::Inside(folder.to_owned()),
    };
    Build {
        context,
        dockerfile: node.get_text("dockerfile").filter(|file| !file.is_empty()),
        inline: node.get_text("dockerfile_inline"),
        target: node.get_text("target").filter(|target| !target.is_empty()),
        args: variables(node, "args").into_iter().map(|it| (it.key, it.value)).collect(),
        place: node.place.clone(),
    }
}

fn command(keys: &Map, key: &str, refusals: &mut Vec<Refusal>) -> Option<Command> {
    let node = &keys.get(key).filter(|entry| !entry.node.is_null())?.node;
    let place = node.place.clone();
    let Some(line) = node.scalar() else {
        let words = node.items().iter().filter_map(Node::scalar).collect();
        return Some(Command { words, line: None, place });
    };
    let words = words::split(&line).unwrap_or_else(|| {
        let why = format!("the {key} leaves a quote or a bracket open");
        refusals.push(Refusal { place: Some(place.clone()), reason: Reason::BadShort { text: line.clone(), why } });
        Vec::new()
    });
    Some(Command { words, line: Some(line), place })
}

fn port_key(item: &Node) -> Option<String> {
    let text = |key: &str| item.get_text(key).unwrap_or_default();
    let host_ip = item.get_text("host_ip").unwrap_or_else(|| "0.0.0.0".to_owned());
    Some([host_ip, text("published"), text("target"), text("protocol")].join("|"))
}

fn port(item: &Node) -> Option<Port> {
    Some(Port {
        host_ip: item.get_text("host_ip").filter(|ip| !ip.is_empty()),
        published: item.get_text("published").filter(|port| !port.is_empty()),
        target: item.map().map(|_| item.get_text("target").unwrap_or_default())?,
        protocol: item.get_text("protocol").unwrap_or_else(|| "tcp".to_owned()),
        place: item.place.clone(),
    })
}

/// Those of `volumes`, and of `tmpfs` as such in memory.
fn mounts(node: &Node) -> Vec<Mount> {
    unique(items(node, "volumes"), |item| item.get_text("target")).into_iter().filter_map(mount).collect()
}

fn mount(item: &Node) -> Option<Mount> {
    item.map()?;
    let source = match item.get_text("type").unwrap_or_default().as_str() {
        "bind" => Source::Bind(match item.get("source").map(|source| &source.value) {
            Some(Value::Path(location)) => location.clone(),
            _ => Location::Outside(item.get_text("source").unwrap_or_default()),
        }),
        "volume" => match item.get_text("source").filter(|source| !source.is_empty()) {
            Some(name) => Source::Volume(name),
            None => Source::Anonymous,
        },
        "tmpfs" => Source::Memory,
        other => Source::Other(other.to_owned(), item.get_text("source").unwrap_or_default()),
    };
    let target = item.get_text("target").unwrap_or_default();
    Some(Mount { source, target, read_only: truth(item, "read_only"), place: item.place.clone() })
}

fn variables(node: &Node, key: &str) -> Vec<Variable> {
    let variable = |(key, entry): (&String, &Entry)| Variable {
        key: key.clone(),
        value: entry.node.scalar(),
        place: entry.place.clone(),
    };
    entries(node, key).map(variable).collect()
}

fn env_file(item: &Node) -> Option<EnvFile> {
    let Some(Value::Path(path)) = item.get("path").map(|path| &path.value) else { return None };
    let required = item.get_text("required").and_then(|text| flag(&text)).unwrap_or(true);
    Some(EnvFile { path: path.clone(), required, place: item.place.clone() })
}

/// Those that are written, and those that follow from what it shares with others.
fn depends_on(node: &Node) -> Vec<Dependency> {
    let written = entries(node, "depends_on").map(|(name, entry)| Dependency {
        service: name.clone(),
        condition: match entry.node.get_text("condition").as_deref() {
            Some("service_healthy") => Condition::Healthy,
            Some("service_completed_successfully") => Condition::Completed,
            _ => Condition::Started,
        },
        required: entry.node.get_text("required").and_then(|text| flag(&text)).unwrap_or(true),
        place: entry.place.clone(),
    });
    let mut all: Vec<Dependency> = written.collect();
    for (service, place) in implied(node) {
        if all.iter().all(|known| known.service != service) {
            all.push(Dependency { service, condition: Condition::Started, required: true, place });
        }
    }
    all
}

/// Services that it refers to in other ways than `depends_on`.
pub fn implied(node: &Node) -> Vec<(String, Place)> {
    let mut implied = Vec::new();
    for item in items(node, "links") {
        let link = item.scalar().unwrap_or_default();
        implied.push((link.split(':').next().unwrap_or_default().to_owned(), item.place.clone()));
    }
    for key in ["network_mode", "ipc", "pid", "uts", "cgroup"] {
        let Some(value) = node.get(key) else { continue };
        if let Some(service) = value.scalar().as_deref().and_then(|text| text.strip_prefix("service:")) {
            implied.push((service.to_owned(), value.place.clone()));
        }
    }
    for item in items(node, "volumes_from") {
        let from = item.scalar().unwrap_or_default();
        if !from.starts_with("container:") {
            implied.push((from.split(':').next().unwrap_or_default().to_owned(), item.place.clone()));
        }
    }
    implied
}

fn healthcheck(node: &Node) -> Healthcheck {
    let test = node.get("test").map(|test| test.items().iter().filter_map(Node::scalar).collect());
    Healthcheck {
        test,
        disable: truth(node, "disable"),
        interval: node.get_text("interval"),
        timeout: node.get_text("timeout"),
        retries: node.get_text("retries").and_then(|text| text.parse().ok()),
        start_period: node.get_text("start_period"),
        place: node.place.clone(),
    }
}

fn attachment((name, entry): (&String, &Entry)) -> Attachment {
    Attachment { network: name.clone(), aliases: texts(&entry.node, "aliases"), place: entry.place.clone() }
}

fn grants(node: &Node, key: &str, folder: &str) -> Vec<Grant> {
    let target = |item: &Node| {
        let source = item.get_text("source").unwrap_or_default();
        Some(item.get_text("target").unwrap_or_else(|| format!("{folder}{source}")))
    };
    let grant = |item: &Node| {
        let target = item.get_text("target");
        Some(Grant { source: item.get_text("source")?, target, place: item.place.clone() })
    };
    unique(items(node, key), target).into_iter().filter_map(grant).collect()
}

fn watch(rule: &Node) -> Option<Watch> {
    let Some(Value::Path(path)) = rule.get("path").map(|path| &path.value) else { return None };
    Some(Watch {
        action: rule.get_text("action").unwrap_or_default(),
        path: path.clone(),
        target: rule.get_text("target"),
        ignore: texts(rule, "ignore"),
        place: rule.place.clone(),
    })
}

/// `name=address` or `name:address`, where the address may contain colons.
fn host(line: &str) -> Option<(String, String)> {
    let (name, address) = line.split_once('=').or_else(|| line.split_once(':'))?;
    Some((name.to_owned(), address.trim_matches(['[', ']']).to_owned()))
}

fn limits(node: &Node) -> Limits {
    let limits = node.get("deploy").and_then(|deploy| deploy.get("resources")).and_then(|it| it.get("limits"));
    let of = |key: &str, own: &str| limits.and_then(|limits| limits.get_text(key)).or_else(|| node.get_text(own));
    Limits { cpus: of("cpus", "cpus"), memory: of("memory", "mem_limit") }
}

fn ulimit(node: &Node) -> Option<String> {
    let both = || Some(format!("{}:{}", node.get_text("soft")?, node.get_text("hard")?));
    node.scalar().or_else(both)
}

fn copies(node: &Node) -> u64 {
    let replicas = node.get("deploy").and_then(|deploy| deploy.get_text("replicas"));
    node.get_text("scale").or(replicas).and_then(|text| text.parse().ok()).unwrap_or(1)
}

fn declared(tree: &Node, section: &str) -> Vec<Declared> {
    entries(tree, section)
        .filter(|(key, _)| !key.starts_with("x-"))
        .map(|(key, entry)| one_declared(key, entry))
        .collect()
}

fn one_declared(key: &str, Entry { place, node }: &Entry) -> Declared {
    let external = node.get("external");
    let content = match node.get("file").map(|file| &file.value) {
        Some(Value::Path(location)) => Content::File(location.clone()),
        _ => match (node.get_text("environment"), node.get_text("content")) {
            (Some(variable), _) => Content::Variable(variable),
            (None, Some(text)) => Content::Text(text),
            (None, None) => Content::None,
        },
    };
    Declared {
        key: key.to_owned(),
        place: place.clone(),
        external: external.is_some_and(|it| it.map().is_some() || truth(node, "external")),
        name: node.get_text("name").or_else(|| external?.get_text("name")),
        driver: node.get_text("driver"),
        content,
    }
}
