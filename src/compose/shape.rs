//! What may stand where in a compose file, as the specification says; a key that it does not know is a mistake, unless it begins
//! with `x-`.

use super::node::{Node, Place, Value};

#[derive(Debug, Clone, Copy)]
pub enum Shape {
    Any,
    Text,
    /// A number, or text that stands for one.
    Number,
    /// True or false, or text that stands for it.
    Flag,
    List(&'static Shape),
    /// Any keys.
    Map(&'static Shape),
    /// Words with values, or a list of `word=value`.
    Words,
    /// Text or a list of it.
    Texts,
    /// A single value of any kind.
    Scalar,
    /// These keys and no others, and which of them have to be there.
    Object(&'static [(&'static str, Shape)], &'static [&'static str]),
    /// As a short form or a long one.
    Either(&'static Shape, &'static Shape),
    Nullable(&'static Shape),
}

use Shape::{Any, Either, Flag, List, Map, Nullable, Number, Object, Scalar, Text, Texts, Words};

pub static FILE: Shape = Object(
    &[
        ("version", Text),
        ("name", Text),
        ("include", List(&Either(&Text, &INCLUDE))),
        ("services", Map(&SERVICE)),
        ("networks", Map(&Nullable(&NETWORK))),
        ("volumes", Map(&Nullable(&VOLUME))),
        ("secrets", Map(&FILE_OBJECT)),
        ("configs", Map(&FILE_OBJECT)),
        ("models", Map(&Any)),
    ],
    &[],
);

static INCLUDE: Shape = Object(&[("path", Texts), ("env_file", Texts), ("project_directory", Text)], &[]);

static SERVICE: Shape = Object(
    &[
        ("annotations", Words),
        ("attach", Flag),
        ("build", Either(&Text, &BUILD)),
        ("blkio_config", Any),
        ("cap_add", List(&Text)),
        ("cap_drop", List(&Text)),
        ("cgroup", Text),
        ("cgroup_parent", Text),
        ("command", Nullable(&Texts)),
        ("configs", List(&Either(&Text, &GRANT))),
        ("container_name", Text),
        ("cpu_count", Number),
        ("cpu_percent", Number),
        ("cpu_shares", Number),
        ("cpu_quota", Number),
        ("cpu_period", Number),
        ("cpu_rt_period", Number),
        ("cpu_rt_runtime", Number),
        ("cpus", Number),
        ("cpuset", Text),
        ("credential_spec", Any),
        ("depends_on", Either(&List(&Text), &Map(&DEPENDENCY))),
        ("deploy", Nullable(&DEPLOY)),
        ("develop", Nullable(&DEVELOP)),
        ("device_cgroup_rules", List(&Text)),
        ("devices", Any),
        ("dns", Texts),
        ("dns_opt", List(&Text)),
        ("dns_search", Texts),
        ("domainname", Text),
        ("entrypoint", Nullable(&Texts)),
        ("env_file", Either(&Text, &List(&Either(&Text, &ENV_FILE)))),
        ("environment", Words),
        ("expose", List(&Number)),
        ("extends", Either(&Text, &Object(&[("service", Text), ("file", Text)], &["service"]))),
        ("external_links", List(&Text)),
        ("extra_hosts", Either(&List(&Text), &Map(&Texts))),
        ("gpus", Any),
        ("group_add", List(&Number)),
        ("healthcheck", HEALTHCHECK),
        ("hostname", Text),
        ("image", Text),
        ("init", Flag),
        ("ipc", Text),
        ("isolation", Text),
        ("label_file", Texts),
        ("labels", Words),
        ("links", List(&Text)),
        ("logging", Object(&[("driver", Text), ("options", Map(&Nullable(&Number)))], &[])),
        ("mac_address", Text),
        ("mem_limit", Number),
        ("mem_reservation", Number),
        ("mem_swappiness", Number),
        ("memswap_limit", Number),
        ("models", Any),
        ("network_mode", Text),
        ("networks", Either(&List(&Text), &Map(&Nullable(&NETWORK_OF_SERVICE)))),
        ("oom_kill_disable", Flag),
        ("oom_score_adj", Number),
        ("pid", Nullable(&Text)),
        ("pids_limit", Number),
        ("platform", Text),
        ("ports", List(&Either(&Number, &PORT))),
        ("post_start", Any),
        ("pre_start", Any),
        ("pre_stop", Any),
        ("privileged", Flag),
        ("profiles", List(&Text)),
        ("provider", Any),
        ("pull_policy", Text),
        ("pull_refresh_after", Text),
        ("read_only", Flag),
        ("restart", Text),
        ("runtime", Text),
        ("scale", Number),
        ("secrets", List(&Either(&Text, &GRANT))),
        ("security_opt", List(&Text)),
        ("shm_size", Number),
        ("stdin_open", Flag),
        ("stop_grace_period", Text),
        ("stop_signal", Text),
        ("storage_opt", Any),
        ("sysctls", Words),
        ("tmpfs", Texts),
        ("tty", Flag),
        ("ulimits", Map(&Either(&Number, &Object(&[("soft", Number), ("hard", Number)], &["soft", "hard"])))),
        ("use_api_socket", Flag),
        ("user", Text),
        ("userns_mode", Text),
        ("uts", Text),
        ("volumes", List(&Either(&Text, &MOUNT))),
        ("volumes_from", List(&Text)),
        ("working_dir", Text),
    ],
    &[],
);

static BUILD: Shape = Object(
    &[
        ("additional_contexts", Words),
        ("args", Words),
        ("cache_from", List(&Text)),
        ("cache_to", List(&Text)),
        ("context", Text),
        ("dockerfile", Text),
        ("dockerfile_inline", Text),
        ("entitlements", List(&Text)),
        ("extra_hosts", Either(&List(&Text), &Map(&Texts))),
        ("isolation", Text),
        ("labels", Words),
        ("network", Text),
        ("no_cache", Flag),
        ("no_cache_filter", Texts),
        ("platforms", List(&Text)),
        ("privileged", Flag),
        ("provenance", Scalar),
        ("pull", Flag),
        ("sbom", Scalar),
        ("secrets", List(&Either(&Text, &GRANT))),
        ("shm_size", Number),
        ("ssh", Any),
        ("tags", List(&Text)),
        ("target", Text),
        ("ulimits", Any),
    ],
    &[],
);

static GRANT: Shape =
    Object(&[("source", Text), ("target", Text), ("uid", Text), ("gid", Text), ("mode", Number)], &[]);

static DEPENDENCY: Shape = Object(&[("condition", Text), ("required", Flag), ("restart", Flag)], &["condition"]);

static LIMITS: Shape =
    Object(&[("cpus", Number), ("memory", Text), ("pids", Number), ("generic_resources", Any), ("devices", Any)], &[]);

static DEPLOY: Shape = Object(
    &[
        ("endpoint_mode", Text),
        ("labels", Words),
        ("mode", Text),
        ("placement", Any),
        ("replicas", Number),
        ("resources", Object(&[("limits", LIMITS), ("reservations", LIMITS)], &[])),
        ("restart_policy", Any),
        ("rollback_config", Any),
        ("update_config", Any),
    ],
    &[],
);

static DEVELOP: Shape = Object(
    &[(
        "watch",
        List(&Object(
            &[
                ("action", Text),
                ("exec", Any),
                ("ignore", Texts),
                ("include", Texts),
                ("initial_sync", Flag),
                ("path", Text),
                ("target", Text),
            ],
            &["path", "action"],
        )),
    )],
    &[],
);

static ENV_FILE: Shape = Object(&[("path", Text), ("required", Flag), ("format", Text)], &["path"]);

static HEALTHCHECK: Shape = Object(
    &[
        ("disable", Flag),
        ("interval", Text),
        ("retries", Number),
        ("start_interval", Text),
        ("start_period", Text),
        ("test", Texts),
        ("timeout", Text),
    ],
    &[],
);

static NETWORK_OF_SERVICE: Shape = Object(
    &[
        ("aliases", List(&Text)),
        ("driver_opts", Map(&Number)),
        ("gw_priority", Number),
        ("interface_name", Text),
        ("ipv4_address", Text),
        ("ipv6_address", Text),
        ("link_local_ips", List(&Text)),
        ("mac_address", Text),
        ("priority", Number),
    ],
    &[],
);

static PORT: Shape = Object(
    &[
        ("app_protocol", Text),
        ("host_ip", Text),
        ("mode", Text),
        ("name", Text),
        ("protocol", Text),
        ("published", Number),
        ("target", Number),
    ],
    &[],
);

static MOUNT: Shape = Object(
    &[
        ("bind", Nullable(&Map(&Scalar))),
        ("consistency", Text),
        ("image", Any),
        ("read_only", Flag),
        ("source", Text),
        ("target", Text),
        ("tmpfs", Nullable(&Map(&Scalar))),
        ("type", Text),
        ("volume", Any),
    ],
    &["type"],
);

static NETWORK: Shape = Object(
    &[
        ("attachable", Flag),
        ("driver", Text),
        ("driver_opts", Map(&Number)),
        ("enable_ipv4", Flag),
        ("enable_ipv6", Flag),
        ("external", Either(&Flag, &Object(&[("name", Text)], &[]))),
        ("internal", Flag),
        ("ipam", Any),
        ("labels", Words),
        ("name", Text),
    ],
    &[],
);

static VOLUME: Shape = Object(
    &[
        ("driver", Text),
        ("driver_opts", Map(&Number)),
        ("external", Either(&Flag, &Object(&[("name", Text)], &[]))),
        ("labels", Words),
        ("name", Text),
    ],
    &[],
);

static FILE_OBJECT: Shape = Object(
    &[
        ("content", Text),
        ("driver", Text),
        ("driver_opts", Map(&Number)),
        ("environment", Text),
        ("external", Either(&Flag, &Object(&[("name", Text)], &[]))),
        ("file", Text),
        ("labels", Words),
        ("name", Text),
        ("template_driver", Text),
    ],
    &[],
);

/// Something that can't stand where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misfit {
    /// `services.api.image`.
    pub path: String,
    /// What is wrong with it: `has to be text, not a number`.
    pub why: String,
    pub place: Place,
}

/// Everything in a tree that does not fit.
pub fn misfits(node: &Node, shape: &Shape) -> Vec<Misfit> {
    let mut misfits = Vec::new();
    check(node, shape, "", &mut misfits);
    misfits
}

fn check(node: &Node, shape: &Shape, path: &str, misfits: &mut Vec<Misfit>) {
    let mut misfit = |place: &Place, why: String| {
        misfits.push(Misfit { path: path.to_owned(), why, place: place.clone() });
    };
    let flags = |text: &str| super::node::flag(text).is_some();
    match (shape, &node.value) {
        (Any, _)
        | (Nullable(_), Value::Null)
        | (Text | Number | Texts | Scalar, Value::Text(_))
        | (Number | Scalar, Value::Number(_))
        | (Flag | Scalar, Value::Flag(_)) => {}
        (Flag, Value::Text(text)) if flags(text) => {}
        (Nullable(shape), _) => check(node, shape, path, misfits),
        (Either(short, long), _) => check(node, chosen(node, short, long), path, misfits),
        (List(shape), Value::List(items)) => {
            for (index, item) in items.iter().enumerate() {
                check(item, shape, &format!("{path}.{index}"), misfits);
            }
        }
        (Texts | Words, Value::List(items)) => {
            for (index, item) in items.iter().enumerate() {
                check(item, &Text, &format!("{path}.{index}"), misfits);
            }
        }
        (Words, Value::Map(map)) => {
            for (key, entry) in map {
                check(&entry.node, &Nullable(&Scalar), &below(path, key), misfits);
            }
        }
        (Map(shape), Value::Map(map)) => {
            for (key, entry) in map {
                check(&entry.node, shape, &below(path, key), misfits);
            }
        }
        (Object(keys, required), Value::Map(map)) => {
            for missing in required.iter().filter(|key| !map.contains_key(**key)) {
                misfit(&node.place, format!("lacks `{missing}`"));
            }
            for (key, entry) in map {
                match keys.iter().find(|(own, _)| own == key) {
                    Some((_, shape)) => check(&entry.node, shape, &below(path, key), misfits),
                    None if key.starts_with("x-") => {}
                    None => {
                        let path = below(path, key);
                        let why = "is nothing that a compose file knows".to_owned();
                        misfits.push(Misfit { path, why, place: entry.place.clone() });
                    }
                }
            }
        }
        _ => misfit(&node.place, format!("has to be {}, not {}", wanted(shape), node.noun())),
    }
}

/// The one of two forms that a value is meant as.
fn chosen<'a>(node: &Node, short: &'a Shape, long: &'a Shape) -> &'a Shape {
    let is_for = |shape: &Shape| match shape {
        List(_) => node.list().is_some(),
        Map(_) | Object(..) => node.map().is_some(),
        _ => node.list().is_none() && node.map().is_none(),
    };
    if is_for(short) || !is_for(long) { short } else { long }
}

fn below(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

fn wanted(shape: &Shape) -> &'static str {
    match shape {
        Any | Scalar => "a single value",
        Text => "text",
        Number => "a number",
        Flag => "true or false",
        List(_) => "a list",
        Map(_) | Object(..) => "a mapping",
        Words => "a mapping or a list",
        Texts => "text or a list",
        Either(short, _) | Nullable(short) => wanted(short),
    }
}
