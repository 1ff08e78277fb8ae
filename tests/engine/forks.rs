//! A new environment's database begins with a fork of empty data made ahead: as its own would be, and untouched by all others.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::Value;

use crate::bed::{Checkout, docker};
use crate::passage::{Act, Passage};

/// What is the same for both databases, asked in their own ways.
struct Database {
    id: &'static str,
    image: &'static str,
    data: &'static str,
}

const POSTGRES: Database = Database { id: "postgres", image: "postgres:17", data: "/var/lib/postgresql/data" };
const MARIADB: Database = Database { id: "mariadb", image: "mariadb:11.8", data: "/var/lib/mysql" };

impl Database {
    fn manifest(&self) -> String {
        format!("name: shop\nservices: {{ db: {} }}\n", self.id)
    }

    /// A client on this computer, with a login of its own; `None` = it was refused.
    fn ask(&self, port: u16, login: &Login, statement: &str) -> Option<String> {
        let mut client = std::process::Command::new("docker");
        client.args(["run", "--rm", "--network", "host", "-e", "PGPASSWORD", "-e", "MYSQL_PWD"]);
        client.env("PGPASSWORD", &login.password).env("MYSQL_PWD", &login.password);
        let port = port.to_string();
        let words = match self.id {
            "postgres" => {
                vec!["psql", "-h127.0.0.1", "-p", &port, "-U", &login.user, &login.database, "-XAtc", statement]
            }
            _ => vec!["mariadb", "-h127.0.0.1", "-P", &port, "-u", &login.user, &login.database, "-Ne", statement],
        };
        let output = client.args(["--entrypoint", words[0], self.image]).args(&words[1..]).output().unwrap();
        output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim_end().to_owned())
    }
}

struct Login {
    user: String,
    password: String,
    database: String,
}

/// A checkout below that of a test, with the same state.
struct Part<'a> {
    shop: &'a Checkout,
    folder: &'static str,
    of: &'static Database,
}

impl<'a> Part<'a> {
    fn new(shop: &'a Checkout, folder: &'static str, of: &'static Database) -> Self {
        shop.write(&format!("{folder}/dev.yaml"), of.manifest());
        Self { shop, folder, of }
    }

    #[track_caller]
    fn run(&self, arguments: &[&str]) -> crate::support::Ran {
        self.shop.run(&[&["-C", self.folder], arguments].concat()).expect_success()
    }

    fn env(&self, variable: &str) -> String {
        self.run(&["env", "--get", variable]).stdout.trim_end().to_owned()
    }

    fn port(&self) -> u16 {
        self.env("DB_PORT").parse().unwrap()
    }

    fn login(&self) -> Login {
        Login { user: self.env("DB_USER"), password: self.env("DB_PASSWORD"), database: self.env("DB_DATABASE") }
    }

    #[track_caller]
    fn sql(&self, statement: &str) -> String {
        self.of.ask(self.port(), &self.login(), statement).unwrap()
    }

    /// The data folder that the service works on, as the engine has it.
    fn folder(&self) -> Value {
        let label = format!("label=devenv.checkout={}", self.shop.root().join(self.folder).display());
        let id = docker(&["ps", "-aq", "--filter", &label]);
        let found: Vec<Value> = serde_json::from_str(&docker(&["inspect", id.trim()])).unwrap();
        let mounts = found[0]["Mounts"].as_array().unwrap();
        let data = mounts.iter().find(|mount| mount["Destination"] == self.of.data).unwrap();
        let volume: Vec<Value> =
            serde_json::from_str(&docker(&["volume", "inspect", data["Name"].as_str().unwrap()])).unwrap();
        volume[0].clone()
    }

    #[track_caller]
    fn is_fork(&self) -> bool {
        self.folder()["Options"]["type"] == "overlay"
    }
}

/// What devenv knows of empty data made ahead.
fn kept(shop: &Checkout) -> Vec<Value> {
    let text = std::fs::read_to_string(shop.place.path().join("state/state/blanks.json")).unwrap_or_default();
    let kept: Value = serde_json::from_str(&text).unwrap_or_default();
    kept["blanks"].as_array().cloned().unwrap_or_default()
}

/// What the engine has of it: folders, and what makes them.
fn made(shop: &Checkout) -> (Vec<String>, usize) {
    let home = format!("label=devenv.home={}", shop.home_id());
    let folders = docker(&["volume", "ls", "-q", "--filter", &home]);
    let makers = docker(&["ps", "-aq", "--filter", &home]);
    (folders.lines().map(str::to_owned).collect(), makers.lines().count())
}

/// Every file of a folder with owner, rights and content.
fn sum_of(folder: &str, image: &str) -> String {
    let sum = "cd /look && { find . -printf '%p %U:%G %m %s %T@\\n' | sort; find . -type f -exec sha256sum {} + | sort; } | sha256sum";
    docker(&["run", "--rm", "--entrypoint", "sh", "-v", &format!("{folder}:/look:ro"), image, "-c", sum])
}

fn layers() -> BTreeSet<String> {
    docker(&["volume", "ls", "-q", "--filter", "label=devenv.layer-of"]).lines().map(str::to_owned).collect()
}

/// Two checkouts at once from one base: each with its own password, neither sees the other, and the base stays as it was.
#[track_caller]
fn begins_with_forks(of: &'static Database) {
    let shop = Checkout::new(&of.manifest());
    shop.up();
    shop.run(&["make-ahead", "db"]).expect_success();
    let base = kept(&shop)[0].clone();
    let folder = base["folder"].as_str().unwrap();
    assert_eq!(made(&shop), (vec![folder.to_owned()], 0));
    let before = sum_of(folder, of.image);

    let (one, two) = (Part::new(&shop, "one", of), Part::new(&shop, "two", of));
    let ups = [one.folder, two.folder].map(|folder| shop.start(&["-C", folder, "up"]));
    ups.into_iter().for_each(|up| drop(up.wait().expect_success()));
    assert!(one.is_fork() && two.is_fork());
    assert_ne!(one.login().password, two.login().password);
    one.sql("create table orders (id int)");
    one.sql("insert into orders values (42)");
    assert!(of.ask(two.port(), &two.login(), "select id from orders").is_none(), "the other one has no such table");

    // Nobody comes in with what the base was made with.
    let login = base["login"].as_object().unwrap();
    let password = login.iter().find(|(key, _)| key.ends_with("PASSWORD")).unwrap().1.as_str().unwrap().to_owned();
    for part in [&one, &two] {
        for user in ["app", "root", "postgres"] {
            let login = Login { user: user.to_owned(), password: password.clone(), ..part.login() };
            assert!(of.ask(part.port(), &login, "select 1").is_none(), "{user} comes in with the password of the base");
        }
    }

    one.run(&["down"]);
    one.run(&["up"]);
    assert_eq!(one.sql("select id from orders"), "42");
    one.run(&["reset", "--yes"]);
    assert!(one.is_fork());
    assert!(of.ask(one.port(), &one.login(), "select id from orders").is_none(), "it begins empty");
    one.run(&["undo"]);
    assert_eq!(one.sql("select id from orders"), "42");
    assert_eq!(sum_of(folder, of.image), before, "nobody has written to the base");
}

#[test]
fn postgres_begins_with_a_fork_that_is_its_own() {
    begins_with_forks(&POSTGRES);
}

#[test]
fn mariadb_begins_with_a_fork_that_is_its_own() {
    begins_with_forks(&MARIADB);
}

/// A base goes when nothing is built on it any more, and with a deleted checkout goes all that its fork had; its rows come back.
#[test]
fn a_base_stays_as_long_as_something_is_built_on_it() {
    let shop = Checkout::new(&POSTGRES.manifest());
    shop.up();
    shop.run(&["make-ahead", "db"]).expect_success();
    let one = Part::new(&shop, "one", &POSTGRES);
    one.run(&["up"]);
    one.sql("create table orders as select 42 as id");
    let folder = one.folder()["Name"].as_str().unwrap().to_owned();
    one.run(&["down"]);
    let listed = shop.run(&["gc", "--older-than", "0h", "--dry-run", "--json"]).expect_success().json();
    let kinds = |listed: &Value| -> Vec<String> {
        listed["items"].as_array().unwrap().iter().map(|item| item["kind"].as_str().unwrap().to_owned()).collect()
    };
    assert!(!kinds(&listed).contains(&"ahead".to_owned()), "{listed}");
    std::fs::remove_dir_all(shop.root().join("one")).unwrap();
    shop.run(&["gc", "--yes"]).expect_success();
    assert!(!layers().contains(&format!("{folder}.layer")));
    assert_eq!(made(&shop).0.len(), 1, "it is young, and kept for the next one");
    shop.write("one/dev.yaml", POSTGRES.manifest());
    one.run(&["undo", "--gc"]);
    one.run(&["up"]);
    assert_eq!((one.is_fork(), one.sql("select id from orders").as_str()), (false, "42"));
    let cleaned = shop.run(&["gc", "--older-than", "0h", "--yes", "--json"]).expect_success().json();
    assert!(kinds(&cleaned).contains(&"ahead".to_owned()), "{cleaned}");
    assert_eq!((made(&shop), kept(&shop)), ((vec![], 0), vec![]));
}

/// An engine that can't make forks, or that can't any more: every environment makes its own data, and nobody is told a thing.
#[test]
fn without_forks_everything_is_as_it_always_was() {
    let mut shop = Checkout::new(&POSTGRES.manifest());
    let passage = Passage::in_front_of(&mut shop);
    shop.up();
    shop.run(&["make-ahead", "db"]).expect_success();
    assert_eq!(kept(&shop).len(), 1);
    let refusal = Act::refuse("500 Internal Server Error", "no such option");
    passage.at_those_with("POST /volumes/create", "overlay", refusal);
    let one = Part::new(&shop, "one", &POSTGRES);
    let up = one.run(&["up"]);
    assert!(passage.met() > 0 && !up.stderr.contains("no such option"), "{}", up.stderr);
    assert!(!one.is_fork());
    assert_eq!(one.sql("select 1"), "1");
    assert!(!layers().iter().any(|layer| layer.starts_with(one.folder()["Name"].as_str().unwrap())));
    // One that has never been able to: nothing is made ahead.
    let mut other = Checkout::new(&POSTGRES.manifest());
    let passage = Passage::in_front_of(&mut other);
    passage.at_those_with("POST /volumes/create", "overlay", Act::refuse("500 Internal Server Error", "no"));
    other.up();
    other.run(&["make-ahead", "db"]).expect_success();
    assert_eq!((kept(&other), made(&other)), (vec![], (vec![], 0)));
}

/// A command that is ended at any moment leaves nothing that is used half-made.
#[test]
fn killed_at_any_moment_of_beginning_the_next_up_finishes_the_job() {
    const MOMENTS: u32 = 12;
    let shop = Checkout::new(&POSTGRES.manifest());
    shop.up();
    for moment in 0..4 {
        shop.start(&["make-ahead", "db"]).signal_after(Duration::from_millis(500 * moment), Signal::KILL);
    }
    shop.run(&["make-ahead", "db"]).expect_success();
    let base = kept(&shop)[0]["folder"].as_str().unwrap().to_owned();
    assert_eq!(made(&shop), (vec![base.clone()], 0), "what was half-made is gone");
    let before = sum_of(&base, POSTGRES.image);
    let one = Part::new(&shop, "one", &POSTGRES);
    let began = Instant::now();
    one.run(&["up"]);
    let whole = began.elapsed();
    for moment in 0..MOMENTS {
        one.run(&["reset", "--yes"]);
        one.run(&["down"]);
        // Gone altogether, it begins anew.
        let data = one.folder()["Name"].as_str().unwrap().to_owned();
        let label = format!("label=devenv.checkout={}", shop.root().join("one").display());
        docker(&["rm", docker(&["ps", "-aq", "--filter", &label]).trim()]);
        docker(&["volume", "rm", &data]);
        shop.start(&["-C", "one", "up"]).signal_after(whole * moment / MOMENTS, Signal::KILL);
        one.run(&["up"]);
        assert_eq!(one.sql("create table orders as select 42 as id; select id from orders").lines().last(), Some("42"));
    }
    assert_eq!(sum_of(&base, POSTGRES.image), before);
}

/// By itself, beside the first environment that could not begin so: when it is done, the next one does.
#[test]
fn the_first_environment_has_empty_data_made_for_the_next() {
    let shop = Checkout::new(&POSTGRES.manifest());
    shop.make_ahead("ahead");
    shop.up();
    let making = shop.place.path().join("state/state/blanks.making");
    wait_for(|| making.exists());
    // Held by who makes it.
    let file = std::fs::File::open(&making).unwrap();
    file.lock().unwrap();
    assert_eq!(kept(&shop).len(), 1);
    let one = Part::new(&shop, "one", &POSTGRES);
    one.run(&["up"]);
    assert!(one.is_fork());
}

#[track_caller]
fn wait_for(condition: impl Fn() -> bool) {
    let began = Instant::now();
    while !condition() {
        // What is made ahead gives way to everything else that this computer does.
        assert!(began.elapsed() < Duration::from_secs(150), "it never came");
        std::thread::yield_now();
    }
}

/// What anybody finds in the state folder is for its user only.
#[test]
fn what_was_made_ahead_is_nobody_elses() {
    use std::os::unix::fs::PermissionsExt;
    let shop = Checkout::new(&POSTGRES.manifest());
    shop.up();
    shop.run(&["make-ahead", "db"]).expect_success();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&shop.place.path().join("state/state/blanks.json")), 0o600);
    let password = kept(&shop)[0]["login"]["POSTGRES_PASSWORD"].as_str().unwrap().to_owned();
    let one = Part::new(&shop, "one", &POSTGRES);
    let up = one.run(&["--verbose", "up"]);
    let logs = one.run(&["logs"]);
    for secret in [password, one.login().password] {
        assert!(!up.all().contains(&secret) && !logs.all().contains(&secret));
    }
}
