//! Secrets reach what needs them and nothing else.

use crate::bed::{Checkout, docker};

const KEY: &str = "sk_live_p@ss/word_4711";

/// An app that prints what it was given, as is and in other forms, and then crashes.
const LEAKY: &str = r#"
import base64, os, sys, urllib.parse
key, db = os.environ["KEY"], os.environ["DB"]
print("key", key, urllib.parse.quote(key, safe=""), base64.b64encode(key.encode()).decode(), db, os.environ["MADE"], flush=True)
sys.exit(3)
"#;

#[test]
fn a_secret_and_a_generated_password_are_nowhere_but_in_what_needs_them() {
    let mut shop = Checkout::new(
        "services: { db: postgres }\napps:\n  api:\n    runtime: python\n    setup: [{ run: 'echo step \"$KEY\" \"${secret.KEY}\"', inputs: [] }]\n    \
         run: 'python app.py \"${secret.KEY}\"'\n    ready: { log: never }\n    env: { KEY: '${secret.KEY}', DB: '${db.url}', MADE: '${secret.MADE}' }\n\
         secrets:\n  KEY: Ask\n  MADE: { generate: hex32 }\n",
    );
    shop.write("app.py", LEAKY);
    shop.set("KEY", KEY);
    let password = shop.env("DB_PASSWORD");
    let made = shop.env("MADE");
    assert_eq!(made.len(), 32);
    let mut told = String::new();
    for arguments in
        [&["up", "--verbose"][..], &["up", "--json"], &["up"], &["status", "--json"], &["env", "--explain", "KEY"]]
    {
        told.push_str(&shop.run(arguments).all());
    }
    assert!(told.contains("key •••") && told.contains("step •••"), "{told}");
    for unit in shop.units().values() {
        let format = "{{json .Config.Labels}} {{json .Args}} {{json .Config.Cmd}} {{json .Config.Entrypoint}} {{.Name}} {{.Path}}";
        told.push_str(&docker(&["inspect", "--format", format, &unit.id]));
    }
    let in_url = "sk_live_p%40ss%2Fword_4711";
    for secret in [KEY, in_url, "c2tfbGl2ZV9wQHNzL3dvcmRfNDcxMQ", &password, &made] {
        assert!(!told.contains(secret), "{secret} is told: {told}");
    }
    // What is made once stays.
    assert_eq!(shop.env("MADE"), made);
}

/// While a step runs that is given a secret, nobody on this computer reads it in a list of processes.
#[test]
fn no_process_has_a_secret_among_its_arguments() {
    let mut shop = Checkout::new(
        "apps:
  api:
    runtime: python
    setup: [{ run: 'echo \"$KEY\" > seen.new; mv seen.new seen; until [ -e go ]; do sleep 0.1; done', inputs: [] }]
    run: python -m http.server $PORT
    port: 8000
    env: { KEY: '${secret.KEY}' }
secrets: { KEY: Ask }
",
    );
    shop.set("KEY", KEY);
    let up = shop.start(&["up"]);
    let began = std::time::Instant::now();
    while !shop.root().join("seen").exists() {
        assert!(began.elapsed().as_secs() < 120, "the step does not begin");
        std::thread::yield_now();
    }
    let mut arguments = String::new();
    for process in std::fs::read_dir("/proc").unwrap().flatten() {
        arguments
            .push_str(&String::from_utf8_lossy(&std::fs::read(process.path().join("cmdline")).unwrap_or_default()));
    }
    shop.write("go", "");
    up.wait().expect_success();
    assert_eq!(shop.read("seen").trim_end(), KEY);
    assert!(arguments.contains("until [ -e go ]") && !arguments.contains(KEY), "{arguments}");
}

#[test]
fn only_what_starts_needs_its_secrets() {
    let shop = Checkout::new(
        "services:\n  cache: redis\n  paid: { use: redis, optional: true, env: { KEY: '${secret.KEY}' } }\nsecrets: { KEY: Ask the payments team }\n",
    );
    shop.up();
    let missing = shop.run(&["up", "paid"]).expect_code(1);
    assert!(
        missing.stderr.contains("secret-missing") && missing.stderr.contains("Ask the payments team"),
        "{}",
        missing.stderr
    );
    shop.write("dev.local.yaml", format!("secrets: {{ KEY: {KEY} }}\n"));
    shop.run(&["up", "paid"]).expect_success();
    let given = docker(&["inspect", "--format", "{{json .Config.Env}}", &shop.unit("paid").id]);
    assert!(given.contains(KEY), "{given}");
    let cache = shop.unit("cache");
    shop.up();
    assert_eq!(shop.unit("cache"), cache);
}

#[test]
fn a_damaged_memory_is_kept_aside_and_passwords_are_taken_over_from_what_runs() {
    let shop = Checkout::new("services: { db: postgres }\n");
    shop.up();
    shop.sql("create table orders (id int)");
    let password = shop.env("DB_PASSWORD");
    let environments = shop.place.path().join("state/state/environments");
    let folder = std::fs::read_dir(environments).unwrap().flatten().next().unwrap().path();
    let file = folder.join("environment.json");
    std::fs::write(&file, "{ \"passwords\": {").unwrap();
    let refused = shop.run(&["env"]).expect_code(1);
    assert!(refused.stderr.contains("state-damaged"), "{}", refused.stderr);
    let up = shop.up();
    assert!(up.stderr.contains("damaged"), "{}", up.stderr);
    assert_eq!(shop.env("DB_PASSWORD"), password);
    assert_eq!(shop.sql("select count(*) from orders"), "0");
    let kept = std::fs::read_dir(&folder).unwrap().flatten();
    assert_eq!(kept.filter(|file| file.file_name().to_string_lossy().contains("damaged")).count(), 1);
}

/// Whoever goes inside of what runs asks no source of a secret, and replaces nothing because this shell has another value.
#[test]
fn going_inside_of_what_runs_asks_for_no_secret_and_replaces_nothing() {
    let mut shop = Checkout::new(
        "services: { db: { use: postgres, env: { POSTGRES_PASSWORD: '${secret.WORD}' } } }\n\
         apps:\n  api:\n    runtime: python\n    port: 8000\n    env: { KEY: '${secret.KEY}', DB: '${db.url}', LEVEL: info }\n    \
         run: python -m http.server $PORT\n\
         tasks: { level: { in: api, run: echo $LEVEL } }\n\
         secrets:\n  KEY: { description: Ask, from: 'echo asked >> asked; echo sk_one' }\n  WORD: Ask\n",
    );
    shop.set("WORD", "first");
    shop.run(&["up", "--yes"]).expect_success();
    let (before, asked) = (shop.units(), shop.read("asked"));
    shop.set("WORD", "second");
    shop.set("KEY", "sk_two");
    let ran = shop.run(&["exec", "api", "--", "printenv", "KEY"]).expect_success();
    assert_eq!(ran.stdout, "sk_one\n", "it has what it was started with");
    shop.run(&["run", "level"]).expect_success();
    assert_eq!((shop.units(), shop.read("asked")), (before.clone(), asked));
    // What dev.yaml itself has changed counts all the same.
    let text = shop.read("dev.yaml").replace("LEVEL: info", "LEVEL: debug");
    shop.write("dev.yaml", text);
    assert_eq!(shop.run(&["run", "level"]).expect_success().stdout, "debug\n");
    assert_ne!(shop.unit("api").id, before["api"].id);
}

/// A restart asks no source of a secret, and yet shows none when what it has started prints its own and ends.
#[test]
fn what_a_restarted_app_prints_last_holds_no_secret() {
    let shop = Checkout::new(
        "apps:\n  api:\n    runtime: python\n    port: 8000\n    env: { KEY: '${secret.KEY}' }\n    \
         run: sh serve.sh\n\
         secrets:\n  KEY: { description: Ask, from: echo sk_live_fromcommand }\n",
    );
    shop.write("serve.sh", "exec python3 -m http.server $PORT\n");
    shop.run(&["up", "--yes"]).expect_success();
    shop.write("serve.sh", "echo died with $KEY; exit 3\n");
    let ran = shop.run(&["restart", "api"]).expect_code(1);
    assert!(ran.all().contains("died with •••") && !ran.all().contains("fromcommand"), "{}", ran.all());
}
