//! A person's own changes, and what starts only on request.

use crate::bed::Checkout;

#[test]
fn a_persons_own_file_changes_a_version_and_a_variable_of_what_really_runs() {
    let shop = Checkout::new(
        "services: { db: redis, cache: valkey }\napps:\n  api:\n    runtime: python@3.13\n    run: 'python -c \"import os, sys; \
         print(sys.version_info[:2], os.environ[chr(65)], os.environ[chr(66)])\" > said; sleep 600'\n    \
         ready: { run: test -s said }\n    env: { A: team, B: '${db.url}' }\n",
    );
    shop.up();
    assert!(shop.read("said").starts_with("(3, 13) team redis://db:"), "{}", shop.read("said"));
    shop.write(
        "dev.local.yaml",
        "services: { cache: null }\napps: { api: { runtime: python@3.11, env: { A: mine } } }\n",
    );
    let up = shop.run(&["up", "--verbose"]).expect_success();
    assert!(up.stderr.contains("apps.api.runtime"), "{}", up.stderr);
    assert!(shop.read("said").starts_with("(3, 11) mine redis://db:"), "{}", shop.read("said"));
    assert_eq!(shop.units().keys().collect::<Vec<_>>(), ["api", "db"]);
}

#[test]
fn what_is_optional_starts_only_when_named_or_needed() {
    let shop = Checkout::new(
        "services:\n  db: { use: redis, optional: true }\n  cache: { use: redis, optional: true }\n  mail: { use: redis, optional: true }\napps:\n  \
         api: { runtime: python, run: sleep 600, ready: { run: 'true' }, needs: [mail?], env: { DB: '${db.url}' } }\n",
    );
    let up = shop.up();
    assert!(!up.all().contains("cache") && !up.all().contains("mail"), "{}", up.all());
    assert_eq!(shop.units().keys().collect::<Vec<_>>(), ["api", "db"]);
    let status = shop.run(&["status"]).expect_success();
    assert!(status.stdout.contains("optional, not started"), "{}", status.stdout);
    shop.run(&["up", "cache"]).expect_success();
    let cache = shop.unit("cache");
    // Asked for once, it stays and is kept as wanted.
    shop.up();
    assert_eq!(shop.unit("cache"), cache);
    shop.run(&["down"]).expect_success();
    shop.up();
    assert!(!shop.unit("cache").running && shop.unit("db").running);
}
