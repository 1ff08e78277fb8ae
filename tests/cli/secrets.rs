//! Where the value of a secret comes from, and where it never goes.

use crate::support::Folder;

fn shop() -> Folder {
    Folder::new(
        "apps:\n  api:\n    runtime: node\n    run: npm start\n    port: 3000\n    \
         env: { KEY: '${secret.STRIPE_KEY}', TOKEN: '${secret.TOKEN}', ID: '${secret.ID}', PLAIN: text }\n\
         secrets:\n  STRIPE_KEY: Ask the payments team\n  TOKEN: { from: 'echo asked >> asked; printf \"tok en\\n\"' }\n  \
         ID: { generate: uuid }\n",
    )
}

fn get(folder: &Folder, key: &str) -> String {
    folder.run(&["env", "--get", key]).expect_success().stdout.trim_end_matches('\n').to_owned()
}

#[test]
fn sources_are_asked_in_one_order() {
    let mut shop = shop();
    shop.run_with_input(&["secret", "set", "STRIPE_KEY"], "from the store\n").expect_success();
    assert_eq!(get(&shop, "KEY"), "from the store");
    shop.write(".env", "# mine\nexport STRIPE_KEY=\"from the\\nfile\" # why\n");
    assert_eq!(get(&shop, "KEY"), "from the\nfile");
    shop.write("dev.local.yaml", "secrets: { STRIPE_KEY: from my own file }\n");
    assert_eq!(get(&shop, "KEY"), "from my own file");
    shop.set("STRIPE_KEY", "from the environment");
    assert_eq!(get(&shop, "KEY"), "from the environment");
}

#[test]
fn a_missing_one_keeps_nothing_else_from_being_shown() {
    let shop = shop();
    assert_eq!(get(&shop, "PLAIN"), "text");
    let id = get(&shop, "ID");
    assert!(id.len() == 36 && get(&shop, "ID") == id, "{id}");
    let env = shop.run(&["env"]).expect_success();
    assert!(env.stdout.contains("PLAIN=text") && !env.stdout.contains("KEY="), "{}", env.stdout);
    assert!(env.stderr.contains("STRIPE_KEY") && env.stderr.contains("left out: KEY and TOKEN"), "{}", env.stderr);
    let missing = shop.run(&["env", "--get", "KEY"]).expect_code(1);
    assert!(missing.stderr.contains("error[secret-missing]: the secret `STRIPE_KEY`"), "{}", missing.stderr);
    for way in ["Ask the payments team", "devenv secret set STRIPE_KEY", "dev.local.yaml", ".env", "export STRIPE_KEY="]
    {
        assert!(missing.stderr.contains(way), "{way}: {}", missing.stderr);
    }
}

#[test]
fn a_command_of_the_manifest_runs_only_after_it_was_agreed_to_and_again_only_when_it_changes() {
    let shop = shop();
    let refused = shop.run(&["env", "--get", "TOKEN"]).expect_code(1);
    assert!(refused.stderr.contains("agreement-needed") && refused.stderr.contains("echo asked"), "{}", refused.stderr);
    assert!(!shop.root().join("asked").exists());
    assert_eq!(shop.run(&["env", "--get", "TOKEN", "--yes"]).expect_success().stdout, "tok en\n");
    assert_eq!(get(&shop, "TOKEN"), "tok en");
    // What becomes of other secrets changes nothing about this one.
    let manifest = shop.read("dev.yaml");
    shop.write("dev.yaml", format!("{manifest}  MORE: {{ description: Ask, from: echo more }}\n"));
    let refused = shop.run(&["env", "--get", "TOKEN"]).expect_code(1).stderr;
    assert!(refused.contains("MORE: echo more") && !refused.contains("TOKEN"), "{refused}");
    shop.write("dev.yaml", manifest);
    let changed = shop.read("dev.yaml").replace("tok en", "other");
    shop.write("dev.yaml", changed);
    shop.run(&["env", "--get", "TOKEN"]).expect_code(1);
    assert_eq!(shop.read("asked").lines().count(), 2);
}

#[test]
fn a_command_that_fails_is_shown_with_what_it_said_but_without_secrets() {
    let mut shop = Folder::new(
        "apps:\n  api: { runtime: node, run: npm start, env: { A: '${secret.A}', B: '${secret.B}' } }\nsecrets:\n  A: Ask\n  \
         B: { from: 'echo \"denied for $A\" >&2; exit 7' }\n",
    );
    shop.set("A", "sk_live_12345");
    let failed = shop.run(&["env", "--yes", "--get", "B"]).expect_code(1);
    assert!(failed.stderr.contains("ended with 7") && failed.stderr.contains("denied for •••"), "{}", failed.stderr);
    assert!(!failed.all().contains("sk_live"), "{}", failed.all());
}

#[test]
fn stored_values_are_listed_by_name_only_and_can_be_removed() {
    let shop = shop();
    shop.run_with_input(&["secret", "set", "STRIPE_KEY"], "sk_live_12345").expect_success();
    let list = shop.run(&["secret", "list"]).expect_success();
    assert!(list.stdout.contains("STRIPE_KEY  from the secret store, in a private file"), "{}", list.stdout);
    assert!(list.stdout.contains("from its command") && !list.all().contains("sk_live"), "{}", list.stdout);
    shop.run(&["secret", "remove", "STRIPE_KEY"]).expect_success();
    shop.run(&["secret", "remove", "STRIPE_KEY"]).expect_code(1);
    shop.run_with_input(&["secret", "set", "STRIPE_KYE"], "x").expect_code(2);
    let given = shop.run_with_input(&["secret", "set", "STRIPE_KEY=sk_live_12345"], "").expect_code(2);
    assert!(given.stderr.contains("[secret-as-argument]"), "{}", given.stderr);
    assert!(given.all().contains("secret set STRIPE_KEY ") && !given.all().contains("sk_live"), "{}", given.all());
    assert!(!shop.run_with_input(&["secret", "set", "sk_live=x"], "").expect_code(2).all().contains("sk_live"));
    shop.run_with_input(&["secret", "set", "STRIPE_KEY"], "\n").expect_code(2);
}

/// What is typed in the place of a name, or after it, is likely a value: the terminal and its record get no second copy.
#[test]
fn a_value_that_was_typed_as_an_argument_is_refused_and_not_repeated() {
    let shop = shop();
    for arguments in [
        &["secret", "set", "STRIPE_KEY", "sk_live_4711"][..],
        &["secret", "set", "STRIPE_KEY", "-sk_live_4711"],
        &["secret", "set", "STRIPE_KEY", "--", "sk_live_4711"],
        &["--json", "secret", "set", "STRIPE_KEY", "sk_live_4711", "more"],
    ] {
        let refused = shop.run_with_input(arguments, "").expect_code(2);
        assert!(refused.all().contains("secret-as-argument") && !refused.all().contains("4711"), "{}", refused.all());
        assert!(refused.all().contains("devenv secret set STRIPE_KEY "), "{}", refused.all());
    }
    let alone = shop.run_with_input(&["secret", "set", "sk_live_4711"], "").expect_code(2);
    assert!(alone.stderr.contains("error[unknown-secret]: ") && !alone.all().contains("4711"), "{}", alone.all());
    let near = shop.run_with_input(&["secret", "set", "STRIPE_KYE"], "").expect_code(2);
    assert!(
        near.stderr.contains("`STRIPE_KYE`") && near.stderr.contains("did you mean STRIPE_KEY?"),
        "{}",
        near.stderr
    );
    assert!(!shop.run(&["secret", "set", "--help"]).expect_success().stdout.to_lowercase().contains("more]"));
}

#[test]
fn stored_values_follow_a_repo_without_an_origin_to_where_it_is_moved_and_another_one_in_its_place_has_none() {
    let shop = shop();
    for has_git in [false, true] {
        let (old, new) = (shop.root().join(format!("old-{has_git}")), shop.root().join(format!("new-{has_git}")));
        let run = |at: &std::path::Path, arguments: &[&str], input: &str| {
            shop.run_with_input(&[&["-C", at.to_str().unwrap()], arguments].concat(), input)
        };
        let key = |at: &std::path::Path| run(at, &["env", "--get", "KEY", "--yes"], "");
        let make = |at: &std::path::Path| {
            std::fs::create_dir_all(if has_git { at.join(".git") } else { at.to_owned() }).unwrap();
            std::fs::write(at.join("dev.yaml"), shop.read("dev.yaml")).unwrap();
        };
        make(&old);
        run(&old, &["secret", "set", "STRIPE_KEY"], "mine").expect_success();
        std::fs::rename(&old, &new).unwrap();
        assert_eq!(key(&new).expect_success().stdout.trim_end(), "mine", "git: {has_git}");
        make(&old);
        assert!(key(&old).expect_code(1).stderr.contains("[secret-missing]"), "git: {has_git}");
        run(&new, &["secret", "set", "STRIPE_KEY"], "newer").expect_success();
        run(&old, &["secret", "set", "STRIPE_KEY"], "another").expect_success();
        assert_eq!(key(&new).expect_success().stdout.trim_end(), "newer", "git: {has_git}");
        assert_eq!(key(&old).expect_success().stdout.trim_end(), "another", "git: {has_git}");
    }
}

#[test]
fn a_broken_env_file_is_named_by_its_line_and_never_quoted() {
    let shop = shop();
    shop.write(".env", "A=1\nsk_live_12345\n");
    let ran = shop.run(&["env", "--get", "KEY"]).expect_code(3);
    assert!(ran.stderr.contains("line 2") && !ran.stderr.contains("sk_live"), "{}", ran.stderr);
    assert_eq!(get(&shop, "PLAIN"), "text");
}

#[test]
fn explain_shows_every_source_and_the_winner_but_no_value() {
    let shop = Folder::new(
        "services: { db: { use: postgres, env: { POSTGRES_PASSWORD: '${secret.PW}' } } }\napps:\n  \
         api: { runtime: node, run: npm start, port: 3000, env: { URL: '${db.url}', LEVEL: info } }\n  \
         web: { runtime: node, run: npm start, port: 3001, env: { URL: 'x${secret.PW}', API: '${api.url}' } }\nsecrets: { PW: Ask }\n",
    );
    shop.write("dev.local.yaml", "apps: { api: { env: { LEVEL: debug } } }\nsecrets: { PW: pass-word-12 }\n");
    shop.write(".env", "PW=other-word\n");
    let level = shop.run(&["env", "--explain", "LEVEL"]).expect_success();
    assert_eq!(level.stdout, "LEVEL = debug\n  set by `api` in dev.local.yaml:1: debug\n");
    let url = shop.run(&["env", "--explain", "URL"]).expect_success();
    expect_test::expect![[r#"
        URL = postgres://app:•••@127.0.0.1:5432/app
          set by `api` in dev.yaml:3: ${db.url} (its login: ${secret.PW}), wins
        URL = x•••
          set by `web` in dev.yaml:4: x${secret.PW}
        ${secret.PW} is looked for in
          1 the environment: nothing
          2 dev.local.yaml: line 2, wins
          3 .env: has it
          4 the secret store: nothing
          5 its command: nothing
          6 its generator: nothing
          7 its default: nothing
          8 asking you: nothing
    "#]]
    .assert_eq(&url.stdout);
    // Too short to be looked for in other text, but no less a secret.
    shop.write("dev.local.yaml", "secrets: { PW: 1234 }\n");
    let short = shop.run(&["env", "--explain", "URL"]).expect_success();
    assert!(short.stdout.contains("URL = x•••") && !short.stdout.contains("1234"), "{}", short.stdout);
    let json = shop.run(&["env", "--explain", "URL", "--json"]).expect_success();
    assert!(!json.all().contains("pass-word") && !json.all().contains("other-word"), "{}", json.stdout);
    assert_eq!(json.json()["secrets"][0]["sources"][1]["wins"], true);
    let api = shop.run(&["env", "--explain", "API_URL"]).expect_success();
    assert!(api.stdout.contains("http://localhost:3000"), "{}", api.stdout);
    shop.run(&["env", "--explain", "NOPE"]).expect_code(2);
}

#[test]
fn what_would_be_done_is_told_without_making_anything() {
    let shop = Folder::new("services: { db: postgres }\n");
    // Without an engine there is no plan either; what counts is that nothing was made on the way.
    shop.run(&["up", "--dry-run"]).expect_code(4);
    let state = shop.place.path().join("state/state");
    assert!(!state.join("ports.json").exists());
}

/// A carriage return must not make a terminal hide what is agreed to.
#[test]
fn a_command_hides_nothing_from_who_agrees_to_it() {
    let shop = Folder::new(
        "apps: { api: { runtime: node, run: npm start, env: { KEY: '${secret.KEY}' } } }\nsecrets:\n  \
         KEY: { description: Ask, from: \"touch harm; echo abcdefgh #\\rop read op://dev/token\" }\n",
    );
    let ran = shop.run(&["env", "--get", "KEY", "--yes"]);
    assert!(ran.stderr.contains("KEY: touch harm; echo abcdefgh #\\rop read"), "{}", ran.stderr);
}
