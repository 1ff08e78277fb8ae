//! The JSON Schema of the manifest, for editors.
//!
//! The types here only mirror what `parse` accepts; their doc comments are the descriptions that an editor shows. A test
//! holds their keys against those of the parser.

#![expect(dead_code, reason = "only their shape is read, by the derive")]

mod seed;
mod share;
mod smoke;

use std::collections::BTreeMap;

use schemars::{JsonSchema, schema_for};

use seed::Seed;
use share::Share;
use smoke::{Budget, Check};

/// The schema as pretty printed JSON, draft 2020-12.
pub fn json() -> String {
    let schema = schema_for!(Manifest);
    // A schema holds nothing that can't be written as JSON.
    serde_json::to_string_pretty(&schema).unwrap_or_default()
}

const NAME: &str = "^[a-z]([a-z0-9-]{0,38}[a-z0-9])?$";

/// What this repo needs to run on a developer's computer: `devenv up` brings it there.
#[derive(JsonSchema)]
#[schemars(title = "dev.yaml", deny_unknown_fields)]
struct Manifest {
    /// The name of the project; without it the folder's name serves.
    #[schemars(regex(pattern = NAME))]
    name: Option<String>,
    /// What the code needs and nobody here writes: databases, caches, queues.
    #[schemars(extend("propertyNames" = { "pattern": NAME }))]
    services: Option<BTreeMap<String, Service>>,
    /// What is written in this repo.
    #[schemars(extend("propertyNames" = { "pattern": NAME }))]
    apps: Option<BTreeMap<String, App>>,
    /// Commands for `devenv run NAME`.
    #[schemars(extend("propertyNames" = { "pattern": NAME }))]
    tasks: Option<BTreeMap<String, Task>>,
    /// Values that are not in the repo, each with a line that says where to get it. Use them as `${secret.NAME}`.
    #[schemars(extend("propertyNames" = { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" }))]
    secrets: Option<BTreeMap<String, Secret>>,
    /// The smoke test of `devenv ci`.
    checks: Option<Vec<Check>>,
    /// How long `devenv ci` may take to bring everything up; more is a failure.
    budget: Option<Budget>,
    /// Where the organisation wants figures of work in this repo; each person is asked first.
    share: Option<Share>,
}

/// A service: its name in the catalog, with a version or without (`postgres@16`), or a mapping.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Service {
    Short(#[schemars(regex(pattern = r"^[a-z0-9][a-z0-9-]*(@\S+)?$"))] String),
    Long(Box<LongService>),
}

/// A service in its long form; exactly one of `use` and `image`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("oneOf" = [{ "required": ["use"] }, { "required": ["image"] }]))]
struct LongService {
    /// Its name in the catalog, with a version or without: `postgres@16`.
    #[schemars(rename = "use")]
    catalog: Option<String>,
    /// Anything that is not in the catalog: `opensearchproject/opensearch:2.19.0`.
    image: Option<String>,
    /// The port it listens on; known for services of the catalog.
    port: Option<Ports>,
    /// Variables it is started with.
    env: Option<Env>,
    /// The folder inside it whose content is kept; known for services of the catalog.
    #[schemars(regex(pattern = "^/."))]
    data: Option<String>,
    /// How to tell that it is ready; known for services of the catalog.
    ready: Option<Ready>,
    /// What has to be ready first although no reference says so.
    needs: Option<Needs>,
    /// The command it starts with instead of its own.
    run: Option<String>,
    /// Configuration of the repo that it reads: a path inside the service, and a path in the repo.
    #[schemars(extend("propertyNames" = { "pattern": "^/." }))]
    files: Option<BTreeMap<String, String>>,
    /// It starts only when it is named, or needed by something that starts.
    optional: Option<bool>,
    /// What becomes of its data on other branches.
    databases: Option<Databases>,
    /// What its database is filled with when it is new: files of statements, a dump, or a command.
    seed: Option<Seed>,
    /// What the engine can do and nothing else here has a word for.
    engine: Option<Engine>,
}

/// What becomes of the data of a service on other branches.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Databases {
    /// Every git branch has data of its own, which begins as that of the branch it comes from.
    per_branch: Option<bool>,
}

/// What the engine can do and nothing else here has a word for; rarely needed.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct Engine {
    /// Words in place of what it begins its command with.
    entrypoint: Option<Needs>,
    /// Words in place of its own command.
    command: Option<Needs>,
    /// Its user, and its group behind `:`.
    user: Option<Scalar>,
    /// The folder inside that its command starts in.
    #[schemars(regex(pattern = "^/."))]
    workdir: Option<String>,
    /// Folders inside that are kept in memory.
    tmpfs: Option<Needs>,
    /// Rights beside the usual ones that stay inside of what they are given to: `IPC_LOCK`.
    cap_add: Option<Needs>,
    /// Names and the addresses they stand for.
    extra_hosts: Option<BTreeMap<String, String>>,
    /// Memory that its programs share: `1g`.
    shm_size: Option<Scalar>,
    /// How much each of its programs may use, by what of: `{ nofile: 65536, memlock: -1 }`; -1 is any.
    ulimits: Option<BTreeMap<String, Scalar>>,
}

/// An app; exactly one of `runtime`, `build` and `image`. Without `port` it is a worker.
#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    extend(
        "oneOf" = [{ "required": ["runtime"] }, { "required": ["build"] }, { "required": ["image"] }],
        "dependentRequired" = { "runtime": ["run"] }
    )
)]
struct App {
    /// Its folder in the repo; without it the root.
    path: Option<String>,
    /// A toolchain of the catalog, with a version or without: `node@22`. Or `host`: the tools installed on this computer. Or a mapping.
    runtime: Option<Runtime>,
    /// A Dockerfile or the folder that holds one, relative to `path`; its last stage, or the one that is named.
    build: Option<Build>,
    /// A ready-made program: `ghcr.io/owner/name:1.0`.
    image: Option<String>,
    /// Commands that run once before it starts, and again only when their inputs change.
    setup: Option<Setup>,
    /// The command that starts it.
    run: Option<String>,
    /// The port it listens on.
    port: Option<Ports>,
    /// Variables it is started with.
    env: Option<Env>,
    /// What an `image` reads of the repo: a path inside, and a path in the repo.
    #[schemars(extend("propertyNames" = { "pattern": "^/." }))]
    files: Option<BTreeMap<String, String>>,
    /// What has to be ready first although no reference says so.
    needs: Option<Needs>,
    /// How to tell that it is ready; without it, when its port answers.
    ready: Option<Ready>,
    /// A job: it has to end with success, and what needs it waits for that.
    once: Option<bool>,
    /// It starts only when it is named, or needed by something that starts.
    optional: Option<bool>,
    /// Files, relative to the app's folder, whose change restarts it while `devenv dev` watches: `src/**/*.py`.
    restart_on: Option<Needs>,
    /// What the engine can do and nothing else here has a word for.
    engine: Option<Engine>,
}

/// A toolchain of the catalog, with a version or without (`node@22`), `host`, or a mapping.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Runtime {
    Name(String),
    Long(LongRuntime),
}

/// A toolchain in its long form; exactly one of `use` and `image`.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("oneOf" = [{ "required": ["use"] }, { "required": ["image"] }]))]
struct LongRuntime {
    /// Its name in the catalog, with a version or without: `php@8.4`.
    #[schemars(rename = "use")]
    catalog: Option<String>,
    /// Tools that are not in the catalog: `crystallang/crystal:1.14.0`.
    image: Option<String>,
    /// What its publisher leaves out: build tools and extensions of the language, such as `composer` and `intl`.
    with: Option<Needs>,
    /// Packages of the system that it has to have: `ffmpeg`.
    packages: Option<Needs>,
}

/// A Dockerfile or the folder that holds one, relative to `path`; or a mapping.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Build {
    File(String),
    Long(LongBuild),
}

/// What an app is built from.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct LongBuild {
    /// A Dockerfile or the folder that holds one, relative to `path`.
    file: Option<String>,
    /// The stage of it that is wanted; without it the last.
    target: Option<String>,
    /// What its `ARG`s are given.
    args: Option<BTreeMap<String, Scalar>>,
}

/// The port it listens on, or a mapping that says as well where people expect it on this computer.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Ports {
    One(Port),
    Both(BothPorts),
}

/// Where it listens, and where people expect it.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1))]
struct BothPorts {
    /// The port it listens on; known for services of the catalog.
    inside: Option<Port>,
    /// The port of this computer where people expect it; another one is leased where that is taken. Without it the number of
    /// `inside`.
    outside: Option<Port>,
}

/// A port, 1 to 65535.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Port {
    Number(#[schemars(range(min = 1, max = 65535))] u16),
    Text(#[schemars(regex(pattern = "^[1-9][0-9]{0,4}$"))] String),
}

/// Variables as `KEY: value`, or as a list of `KEY=value`. `${name.url}` and its kin refer to services and apps, and `$${`
/// is the text `${`.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Env {
    Mapping(
        #[schemars(extend("propertyNames" = { "pattern": "^[A-Za-z_][A-Za-z0-9_.-]*$" }))] BTreeMap<String, Scalar>,
    ),
    List(#[schemars(inner(regex(pattern = "^[A-Za-z_][A-Za-z0-9_.-]*=")))] Vec<String>),
}

/// A single value, taken as the text it looks like.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Scalar {
    Text(String),
    Number(f64),
    Truth(bool),
    Nothing(()),
}

/// Names of services and apps; with a `?` behind it, one that need not be there.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Needs {
    One(String),
    Many(Vec<String>),
}

/// A path that is asked for by HTTP (`/healthz`), or a mapping.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Ready {
    Path(#[schemars(regex(pattern = "^/"))] String),
    Long(LongReady),
}

/// At most one of `http`, `log`, `run` and `port`.
#[derive(JsonSchema)]
#[schemars(
    deny_unknown_fields,
    extend("minProperties" = 1, "dependentRequired" = { "status": ["http"] })
)]
struct LongReady {
    /// A path that has to answer with a status below 400.
    #[schemars(regex(pattern = "^/"))]
    http: Option<String>,
    /// Words that a line of its output contains.
    log: Option<String>,
    /// A command that has to succeed inside it.
    run: Option<String>,
    /// A port that has to answer with a first byte.
    port: Option<Port>,
    /// The exact status that `http` has to answer with.
    status: Option<Status>,
    /// How long it may take: `500ms`, `30s`, `2m`.
    #[schemars(regex(pattern = "^[0-9]+ *(ms|s|m|min|h)$"))]
    timeout: Option<String>,
}

/// A status of an HTTP answer.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Status {
    Number(#[schemars(range(min = 100, max = 599))] u16),
    Text(#[schemars(regex(pattern = "^[1-5][0-9][0-9]$"))] String),
}

/// One command, or a list of them.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Setup {
    Command(String),
    Step(LongStep),
    Steps(Vec<Step>),
}

/// A command whose inputs are known, such as `npm ci`, or a mapping.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Step {
    Command(String),
    Long(LongStep),
}

/// A command and what it depends on.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct LongStep {
    /// The command.
    run: String,
    /// Files it reads, relative to the app's folder: `migrations/**`. It runs again when one of them changes.
    inputs: Option<Needs>,
    /// How long it may take, `30m` otherwise: `90s`, `10m`, `2h`.
    #[schemars(regex(pattern = "^[0-9]+ *(ms|s|m|min|h)$"))]
    timeout: Option<String>,
}

/// A command, or a mapping.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Task {
    Command(String),
    Long(LongTask),
}

/// A command and the app in whose surroundings it runs.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields)]
struct LongTask {
    /// The app in whose surroundings it runs.
    #[schemars(rename = "in")]
    app: Option<String>,
    /// The command.
    run: String,
}

/// What it is and where to get it.
#[derive(JsonSchema)]
#[schemars(untagged)]
enum Secret {
    Description(String),
    Long(LongSecret),
}

/// A secret in its long form.
#[derive(JsonSchema)]
#[schemars(deny_unknown_fields, extend("minProperties" = 1))]
struct LongSecret {
    /// What it is and where to get it.
    description: Option<String>,
    /// A command that prints it, run on this computer after asking: `op read op://dev/stripe/key`.
    from: Option<String>,
    /// How a random value is made, once for each environment.
    generate: Option<Generate>,
    /// What it is where nothing else is known.
    default: Option<Scalar>,
    /// It may have no value: it is empty then.
    optional: Option<bool>,
}

/// How a random value is made.
#[derive(JsonSchema)]
enum Generate {
    #[schemars(rename = "hex32")]
    Hex32,
    #[schemars(rename = "hex64")]
    Hex64,
    #[schemars(rename = "base64-32")]
    Base64,
    #[schemars(rename = "uuid")]
    Uuid,
    #[schemars(rename = "password")]
    Password,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::{Value, json};

    use super::super::findings::{Findings, Source};
    use super::super::parse::{MANIFEST, app, budget, engine, fields::Shape, service, share, smoke, task, unit};
    use super::super::yaml::{self, Node};

    /// What an editor makes of YAML.
    fn to_json(node: &Node) -> Value {
        match &node.value {
            yaml::Value::Null | yaml::Value::Broken => Value::Null,
            yaml::Value::Scalar(text) => match text.as_str() {
                "true" => json!(true),
                "false" => json!(false),
                text => text.parse::<f64>().map_or_else(
                    |_| json!(text),
                    |number| {
                        if number.fract() == 0.0 { json!(number as i64) } else { json!(number) }
                    },
                ),
            },
            yaml::Value::Sequence(items) => items.iter().map(to_json).collect(),
            yaml::Value::Mapping(entries) => {
                Value::Object(entries.iter().map(|entry| (entry.key.value.clone(), to_json(&entry.value))).collect())
            }
        }
    }

    fn schema() -> Value {
        serde_json::from_str(&super::json()).unwrap()
    }

    fn accepts(text: &str) -> bool {
        let source = Source::new("dev.yaml", text);
        let node = yaml::read(&mut Findings::new(&source), &source).unwrap();
        let validator = jsonschema::validator_for(&schema()).unwrap();
        let document = to_json(&node);
        for error in validator.iter_errors(&document) {
            println!("{}: {error}", error.instance_path());
        }
        validator.is_valid(&document)
    }

    #[test]
    fn it_knows_the_keys_that_the_parser_knows() {
        let schema = schema();
        let keys =
            |part: &Value| -> BTreeSet<String> { part["properties"].as_object().unwrap().keys().cloned().collect() };
        let parsed = |shape: &Shape| -> BTreeSet<String> { shape.keys.iter().map(|key| (*key).to_owned()).collect() };
        assert_eq!(keys(&schema), parsed(&MANIFEST));
        for (name, shape) in [
            ("LongService", &service::SERVICE),
            ("Databases", &service::DATABASES),
            ("LongSeed", &service::SEED),
            ("App", &app::APP),
            ("LongBuild", &app::BUILD),
            ("LongRuntime", &app::RUNTIME),
            ("Engine", &engine::ENGINE),
            ("LongStep", &app::STEP),
            ("LongReady", &unit::READY),
            ("LongTask", &task::TASK),
            ("LongSecret", &task::SECRET),
            ("Check", &smoke::CHECK),
            ("Budget", &budget::BUDGET),
            ("Share", &share::SHARE),
            ("HttpShare", &share::HTTP),
            ("PrometheusShare", &share::PROMETHEUS),
        ] {
            assert_eq!(keys(&schema["$defs"][name]), parsed(shape), "{name}");
        }
    }

    #[test]
    fn it_is_of_the_current_draft_and_described_throughout() {
        let schema = schema();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        for (name, part) in schema["$defs"].as_object().unwrap() {
            assert!(part["description"].is_string(), "{name}");
            for (key, property) in part["properties"].as_object().into_iter().flatten() {
                assert!(property["description"].is_string(), "{name}.{key}");
            }
        }
    }

    #[test]
    fn it_accepts_the_whole_language() {
        assert!(accepts(include_str!("tests/complete.yaml")));
        assert!(accepts("services:\napps:\n"));
    }

    #[test]
    fn it_refuses_what_the_parser_refuses() {
        for text in [
            "servises: {}",
            "services: { db: { use: postgres, prot: 1 } }",
            "services: { db: { port: 1 } }",
            "services: { db: { use: postgres, image: x } }",
            "services: { My_DB: postgres }",
            "apps: { a: { runtime: node } }",
            "apps: { a: { runtime: node, run: x, build: . } }",
            "apps: { a: { runtime: { use: php, image: php:8, with: intl }, run: x } }",
            "apps: { a: { runtime: { use: php, extension: intl }, run: x } }",
            "apps: { a: { image: x, port: 70000 } }",
            "apps: { a: { image: x, port: '8080:80' } }",
            "apps: { a: { image: x, once: yes } }",
            "apps: { a: { image: x, ready: healthz } }",
            "apps: { a: { image: x, env: { A: [b] } } }",
            "tasks: { t: { in: api } }",
            "checks: [{ sql: select 1 }]",
        ] {
            assert!(!accepts(text), "{text}");
            assert!(super::super::parse::parse("dev.yaml", text.as_bytes()).is_err(), "{text}");
        }
    }
}
