//! The keys that the specification knows, section by section.

use super::Shape::{
    self, Any, Count, Duration, Either, Flag, List, Map, Nullable, Number, Object, Scalar, Size, Text, Texts, Word,
    Words,
};

pub static FILE: Shape = Object(
    &[
        ("version", Text),
        ("name", Text),
        ("include", Nullable(&List(&Either(&Text, &INCLUDE)))),
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
        ("mem_limit", Size),
        ("mem_reservation", Size),
        ("mem_swappiness", Number),
        ("memswap_limit", Size),
        ("models", Any),
        ("network_mode", Text),
        ("networks", Either(&List(&Text), &Map(&Nullable(&NETWORK_OF_SERVICE)))),
        ("oom_kill_disable", Flag),
        ("oom_score_adj", Number),
        ("pid", Nullable(&Text)),
        ("pids_limit", Count),
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
        ("scale", Count),
        ("secrets", List(&Either(&Text, &GRANT))),
        ("security_opt", List(&Text)),
        ("shm_size", Size),
        ("stdin_open", Flag),
        ("stop_grace_period", Duration),
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
        ("shm_size", Size),
        ("ssh", Any),
        ("tags", List(&Text)),
        ("target", Text),
        ("ulimits", Any),
    ],
    &[],
);

static GRANT: Shape =
    Object(&[("source", Text), ("target", Text), ("uid", Text), ("gid", Text), ("mode", Number)], &[]);

static DEPENDENCY: Shape = Object(
    &[
        ("condition", Word(&["service_started", "service_healthy", "service_completed_successfully"])),
        ("required", Flag),
        ("restart", Flag),
    ],
    &["condition"],
);

static LIMITS: Shape =
    Object(&[("cpus", Number), ("memory", Size), ("pids", Number), ("generic_resources", Any), ("devices", Any)], &[]);

static DEPLOY: Shape = Object(
    &[
        ("endpoint_mode", Text),
        ("labels", Words),
        ("mode", Text),
        ("placement", Any),
        ("replicas", Count),
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
        ("interval", Duration),
        ("retries", Count),
        ("start_interval", Duration),
        ("start_period", Duration),
        ("test", Texts),
        ("timeout", Duration),
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
