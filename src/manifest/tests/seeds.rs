//! What a new database is filled with, as written.

use super::*;
use crate::manifest::Seed;

fn seed(service: &str) -> Result<Seed, String> {
    let loaded = load("dev.yaml", format!("services: {{ db: {service} }}").as_bytes());
    let loaded = loaded.map(|manifest| manifest.services[0].seed.clone().unwrap().value);
    loaded.map_err(|problems| problems.into_iter().map(|problem| problem.what).collect::<Vec<_>>().join("\n"))
}

#[test]
fn a_seed_is_files_a_command_or_a_snapshot() {
    let files = |files: &[&str]| Seed::Files(files.iter().map(|file| (*file).to_owned()).collect());
    assert_eq!(seed("{ use: postgres, seed: db/seed.sql }"), Ok(files(&["db/seed.sql"])));
    assert_eq!(seed("{ use: mariadb, seed: [./a.sql, b.sql.gz] }"), Ok(files(&["a.sql", "b.sql.gz"])));
    let command = Seed::Command { run: "sh fill.sh".into(), inputs: vec!["db/**".into()] };
    assert_eq!(seed("{ use: redis, seed: { run: sh fill.sh, inputs: db/** } }"), Ok(command));
    let sum = "0A".repeat(32);
    let snapshot = Seed::Snapshot { from: "https://x.test/a".into(), sha256: Some(sum.to_lowercase()) };
    assert_eq!(
        seed(&format!("{{ use: mysql, seed: {{ snapshot: 'https://x.test/a', sha256: '{sum}' }} }}")),
        Ok(snapshot)
    );
    let path = Seed::Snapshot { from: "a.dump".into(), sha256: None };
    assert_eq!(seed("{ use: valkey, seed: { snapshot: a.dump } }"), Ok(path));
}

#[test]
fn what_is_no_seed_is_told() {
    for (service, told) in [
        ("{ use: rabbitmq, seed: a.sql }", "`db` can't be filled with a seed"),
        ("{ image: a/b, port: 1, data: /x, seed: a.sql }", "`db` can't be filled with a seed"),
        ("{ use: postgres, seed: ../a.sql }", "must not contain `..`"),
        ("{ use: postgres, seed: /a.sql }", "is not inside the repo"),
        ("{ use: postgres, seed: {} }", "needs one of `run` and `snapshot`"),
        ("{ use: postgres, seed: { run: x, snapshot: y } }", "`run` and `snapshot`"),
        ("{ use: postgres, seed: { file: a.sql } }", "`file` is not a key of"),
        ("{ use: postgres, seed: { snapshot: 'https://x.test/a' } }", "a seed from elsewhere needs its checksum"),
        ("{ use: postgres, seed: { snapshot: a, sha256: abc } }", "`abc` is no checksum"),
    ] {
        let problems = seed(service).unwrap_err();
        assert!(problems.contains(told), "{service}: {problems}");
    }
}
