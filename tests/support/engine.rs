//! A repo on a real engine: what runs of it, asked of the engine itself, and nothing left behind afterwards.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::ops::Deref;
use std::os::unix::fs::MetadataExt;
use std::process::{Command, Stdio};
use std::time::Duration;

use devenv::names::EnvironmentId;
use serde_json::Value;

use crate::support::{Folder, Ran, Running};

/// A [`Folder`] whose program finds the test bed's engine and runs as a developer without special rights.
pub struct Checkout {
    folder: Folder,
    port: u16,
    /// The group that may use the engine.
    group: u32,
}

impl Deref for Checkout {
    type Target = Folder;

    fn deref(&self) -> &Folder {
        &self.folder
    }
}

/// What the engine says of one service or app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    pub id: String,
    pub started_at: String,
    pub running: bool,
    pub ip: String,
}

impl Checkout {
    pub fn new(manifest: &str) -> Self {
        let checkout = Self::empty();
        checkout.write("dev.yaml", manifest);
        checkout
    }

    /// # Panics
    /// There is no test bed: these tests fail then, they are never skipped.
    pub fn empty() -> Self {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        let host = variable("DOCKER_HOST");
        assert!(
            variable("DEVENV_BED") == "1" && !host.is_empty(),
            "this test needs the test bed; start all tests with tests/run, or first: eval \"$(tests/bed/up.sh)\""
        );
        let mut folder = Folder::empty();
        folder.set("DOCKER_HOST", &host);
        folder.set("DEVENV_MIRROR", &variable("DEVENV_MIRROR"));
        let socket = host.strip_prefix("unix://").and_then(|path| std::fs::metadata(path).ok());
        let checkout = Self { folder, port: free_port(), group: socket.map_or(0, |socket| socket.gid()) };
        checkout.give_to_developer(checkout.folder.place.path());
        for folder in ["shop", "home"] {
            checkout.give_to_developer(&checkout.folder.place.path().join(folder));
        }
        // Nothing goes on in the background of a test that did not ask for it.
        checkout.make_ahead("when-needed");
        checkout
    }

    /// When the empty data of databases is made, as the user's settings have it.
    pub fn make_ahead(&self, when: &str) {
        let place = self.place.path();
        std::fs::create_dir_all(place.join("state/config")).unwrap();
        std::fs::write(place.join("state/config/settings.yaml"), format!("empty_data: {when}\n")).unwrap();
        for path in ["state", "state/config", "state/config/settings.yaml"] {
            self.give_to_developer(&place.join(path));
        }
    }

    /// The id by which the engine knows what belongs to all environments of this state.
    pub fn home_id(&self) -> String {
        EnvironmentId::of_checkout(&self.place.path().join("state/state")).to_string()
    }

    pub fn set(&mut self, key: &str, value: &str) {
        self.folder.set(key, value);
    }

    /// Leaves it to the program where Docker is: this computer's own, whichever one the tests run on.
    pub fn choose_no_engine(&mut self) {
        self.set("DOCKER_HOST", "");
        self.group = std::fs::metadata("/var/run/docker.sock").unwrap().gid();
    }

    /// Writes a file of the repo, as the developer would.
    ///
    /// Tests run side by side, so `port: 8000` in a manifest becomes one that nobody else wants; commands have it in `$PORT`.
    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) {
        if path == "dev.yaml" {
            let text = String::from_utf8_lossy(text.as_ref()).replace("port: 8000", &format!("port: {}", self.port));
            self.folder.write(path, text);
        } else {
            self.folder.write(path, text);
        }
        let root = self.root();
        let mut path = root.join(path);
        while path != root {
            self.give_to_developer(&path);
            path.pop();
        }
    }

    pub fn command(&self, arguments: &[&str]) -> Command {
        self.command_as_developer(self.group, arguments)
    }

    /// The port of the app in the manifest: what `port: 8000` has become.
    pub fn app_port(&self) -> u16 {
        self.port
    }

    pub fn start(&self, arguments: &[&str]) -> Running {
        Running::start(self.command(arguments))
    }

    pub fn run(&self, arguments: &[&str]) -> Ran {
        self.start(arguments).wait()
    }

    /// `devenv up`, which has to succeed.
    #[track_caller]
    pub fn up(&self) -> Ran {
        self.run(&["up"]).expect_success()
    }

    /// Everything of this checkout that the engine has, by the name of the service or app.
    ///
    /// # Panics
    /// There are two of one name, or places of setup that should be gone.
    #[track_caller]
    pub fn units(&self) -> BTreeMap<String, Unit> {
        let ids = self.ids();
        if ids.is_empty() {
            return BTreeMap::new();
        }
        let arguments: Vec<&str> = ["inspect"].into_iter().chain(ids.iter().map(String::as_str)).collect();
        let found: Vec<Value> = serde_json::from_str(&docker(&arguments)).unwrap();
        let mut units = BTreeMap::new();
        for one in &found {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let labels = &one["Config"]["Labels"];
            let networks = one["NetworkSettings"]["Networks"].as_object();
            let unit = Unit {
                id: text(&one["Id"]),
                started_at: text(&one["State"]["StartedAt"]),
                running: one["State"]["Running"] == true,
                ip: networks
                    .and_then(|all| all.values().next())
                    .map(|network| text(&network["IPAddress"]))
                    .unwrap_or_default(),
            };
            assert_eq!(labels["devenv.role"], "main", "a place of setup was left behind");
            let name = text(&labels["devenv.unit"]);
            assert!(units.insert(name.clone(), unit).is_none(), "there are two of `{name}`");
        }
        units
    }

    /// One of [`Checkout::units`].
    #[track_caller]
    pub fn unit(&self, name: &str) -> Unit {
        self.units().remove(name).unwrap_or_else(|| panic!("there is no `{name}`"))
    }

    fn label(&self) -> String {
        format!("label=devenv.checkout={}", self.root().display())
    }

    fn ids(&self) -> Vec<String> {
        let ids = docker(&["ps", "--all", "--quiet", "--no-trunc", "--filter", &self.label()]);
        ids.lines().map(str::to_owned).collect()
    }

    /// The rows of `devenv status --json` by name.
    #[track_caller]
    pub fn status(&self) -> BTreeMap<String, Value> {
        let document = self.run(&["status", "--json"]).expect_success().json();
        let rows = document["services"].as_array().unwrap().iter();
        rows.map(|row| (row["name"].as_str().unwrap().to_owned(), row.clone())).collect()
    }

    /// The port of this computer that leads to a service or app.
    #[track_caller]
    pub fn port(&self, name: &str) -> u16 {
        self.status()[name]["port"].as_u64().unwrap().try_into().unwrap()
    }

    /// A variable of `devenv env`.
    #[track_caller]
    pub fn env(&self, variable: &str) -> String {
        self.run(&["env", "--get", variable]).expect_success().stdout.trim_end().to_owned()
    }

    /// The body of an answer of an app, asked as a browser on this computer does.
    #[track_caller]
    pub fn get(&self, name: &str, path: &str) -> String {
        let port = self.port(name);
        let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        // In one piece, as a browser sends it: PHP's own server takes the first one for all of it.
        let request = format!("GET {path} HTTP/1.0\r\nHost: localhost:{port}\r\n\r\n");
        stream.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.") && answer.contains(" 200 "), "{answer}");
        answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default()
    }

    /// A statement put to `db` by a client on this computer, with the address and the login that `devenv env` tells.
    #[track_caller]
    pub fn sql(&self, statement: &str) -> String {
        self.client(&self.env("DB_URL"), statement)
    }

    /// A statement put to a PostgreSQL by a client on this computer, with an address as it was shown; there is a `db`.
    #[track_caller]
    pub fn client(&self, url: &str, statement: &str) -> String {
        let image = docker(&["inspect", "--format", "{{.Config.Image}}", &self.unit("db").id]);
        let client = ["run", "--rm", "--network", "host", "--entrypoint", "psql", image.trim(), url, "-Atc", statement];
        docker(&client).trim_end().to_owned()
    }
}

impl Drop for Checkout {
    fn drop(&mut self) {
        const CLEAN: &str = r#"
            docker ps -aq --filter "$1" | xargs -r docker rm -fv
            docker volume ls -q --filter "$1" | xargs -r docker volume rm
            docker volume ls -q --filter "name=devenv-$2-" | xargs -r docker volume rm
            docker network ls -q --filter "$1" | xargs -r docker network rm
            docker images -q "localhost/devenv-$2-*" | xargs -r docker rmi -f
        "#;
        // Also what was made in other folders with this state: copies, moved checkouts, worktrees.
        let environments = std::fs::read_dir(self.place.path().join("state/state/environments"));
        let environments = environments.into_iter().flatten().flatten().map(|one| one.file_name());
        let others = environments.map(|id| id.to_string_lossy().into_owned());
        let own = EnvironmentId::of_checkout(&self.root()).to_string();
        let labels = others.map(|id| (format!("label=devenv.environment={id}"), id));
        // What others are built on can go last.
        let home = (format!("label=devenv.home={}", self.home_id()), "nothing".to_owned());
        for (label, id) in std::iter::once((self.label(), own)).chain(labels).chain([home]) {
            let clean = ["-c", CLEAN, "sh", &label, &id];
            let _ = Command::new("sh").args(clean).stdout(Stdio::null()).stderr(Stdio::null()).status();
        }
    }
}

/// A port of this computer where nobody listens.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// The engine's own client, to see what is really there.
///
/// # Panics
/// It fails.
#[track_caller]
pub fn docker(arguments: &[&str]) -> String {
    let output = Command::new("docker").args(arguments).stdin(Stdio::null()).output().unwrap();
    assert!(output.status.success(), "docker {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).into_owned()
}
