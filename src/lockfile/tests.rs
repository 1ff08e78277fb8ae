use super::*;
use crate::model::ImageRef;
use crate::model::resolve::{Identity, Published, published};
use crate::names::EnvironmentId;

const POSTGRES: &str = "docker.io/library/postgres:17";

fn digest(byte: &str) -> String {
    format!("sha256:{}", byte.repeat(32))
}

fn exact(byte: &str) -> Exact {
    Exact { is: digest(byte), version: Some("17.5".to_owned()), platforms: vec!["linux/amd64".to_owned()] }
}

fn wanted(manifest: &str) -> Vec<Published> {
    let manifest = crate::manifest::load("dev.yaml", manifest.as_bytes()).unwrap();
    published(&manifest, &Identity { id: EnvironmentId::of_checkout("/shop".as_ref()), root: "/shop".into() })
}

fn refusal(text: &str) -> (&'static str, Option<(u32, u32)>, String) {
    let problem = Lockfile::read(text).unwrap_err();
    let at = problem.place.as_ref().map(|place| (place.line, place.column));
    (problem.kind.id, at, problem.why)
}

#[test]
fn what_is_written_is_read_again_and_the_order_of_writing_is_no_matter() {
    let mut exacts = Exacts::default();
    exacts.insert(&ImageRef::parse("redis:7").unwrap(), exact("cd"));
    exacts.insert(&ImageRef::parse("postgres:17").unwrap(), exact("ab"));
    let mut file = Lockfile::read("template: {from: x}\nlater: [1]\n").unwrap().with_exact(exacts);
    let text = file.text().unwrap();
    let expected = format!(
        "{HEAD}exact:\n  {POSTGRES}:\n    is: {}\n    version: '17.5'\n    for:\n    - linux/amd64\n  docker.io/library/redis:7:\n    is: {}\n    version: '17.5'\n    for:\n    - linux/amd64\nformat: 1\nlater:\n- 1\ntemplate:\n  from: x\n",
        digest("ab"),
        digest("cd")
    );
    assert_eq!(text, expected);
    assert_eq!(Lockfile::read(&text).unwrap(), file);
    file.set_part("template", &"y").unwrap();
    assert_eq!(file.text().unwrap(), expected.replace("template:\n  from: x", "template: y"));
    assert!(Lockfile::read("# nothing\n\n").unwrap().is_empty());
}

#[test]
fn a_file_that_is_damaged_or_newer_is_refused_with_its_line() {
    let good = format!("exact:\n  {POSTGRES}:\n    is: {}\nformat: 1\n", digest("ab"));
    assert!(Lockfile::read(&good).is_ok());
    let merged = good.replace("    is", "<<<<<<< HEAD\n    is");
    assert_eq!(refusal(&merged).0, "lock-damaged");
    assert_eq!(refusal(&merged).1, Some((3, 1)));
    assert_eq!(refusal(&good.replace("ab", "xy")).1, Some((2, 3)));
    assert_eq!(refusal(&good.replace(POSTGRES, "Postgres")).1, Some((2, 3)));
    assert_eq!(refusal(&good.replace(POSTGRES, "postgres")).1, Some((2, 3)), "a short name");
    let (id, at, why) = refusal("exact:\n  docker.io/library/redis:7: [1]\n");
    assert_eq!((id, at.map(|at| at.0)), ("lock-damaged", Some(2)), "{why}");
    let twice = format!("{good}exact: {{}}\n");
    assert_eq!(refusal(&twice).0, "lock-damaged");
    assert_eq!(refusal("format: 2\nexact: anything\n").0, "lock-newer");
    for other in ["[]", "x", "format: 0\n", "format: many\n", "exact: 1\n", "{", "\u{0}"] {
        assert_eq!(refusal(other).0, "lock-damaged", "{other}");
    }
}

#[test]
fn what_a_manifest_leads_to_is_held_against_the_file() {
    let wanted = wanted(
        "services: { db: postgres@17, other: postgres@17, cache: { image: 'redis:7' }, \
         fixed: { image: 'a/b@sha256:abababababababababababababababababababababababababababababababab' } }\n\
         apps:\n  web: { runtime: { use: php@8.4, with: [composer] }, run: x }\n  own: { build: ., run: x }\n",
    );
    let names: Vec<(String, Vec<&str>)> = wanted
        .iter()
        .map(|one| (one.image.to_string(), one.names.iter().map(crate::names::Name::as_str).collect()))
        .collect();
    let expected = [
        ("docker.io/library/composer:2", vec!["web"]),
        ("docker.io/library/php:8.4-cli", vec!["web"]),
        (POSTGRES, vec!["db", "other"]),
        ("docker.io/library/redis:7", vec!["cache"]),
    ];
    assert_eq!(names, expected.map(|(image, names)| (image.to_owned(), names)));
    let mut exacts = Exacts::default();
    exacts.insert(&wanted[2].image, exact("ab"));
    exacts.insert(&ImageRef::parse("mysql:8").unwrap(), exact("cd"));
    let difference = exacts.difference(&wanted);
    assert_eq!(difference.missing, [&wanted[0], &wanted[1], &wanted[3]]);
    assert_eq!(difference.gone, ["docker.io/library/mysql:8"]);
    assert_eq!(exacts.digests().get(&wanted[2].image), Some(&digest("ab")));
}

#[test]
fn a_version_is_read_from_what_publishers_say() {
    let among = |wanted: &str, variables: &[(&str, &str)]| {
        let owned: Vec<(String, String)> =
            variables.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        version_among(wanted, &owned)
    };
    for (wanted, variables, version) in [
        ("17", &[("PG_MAJOR", "17"), ("PG_VERSION", "17.5-1.pgdg120+1")][..], Some("17.5")),
        ("22", &[("NODE_VERSION", "22.3.0"), ("YARN_VERSION", "1.22.22")], Some("22.3.0")),
        ("11.4", &[("MARIADB_VERSION", "1:11.4.2+maria~ubu2404")], Some("11.4.2")),
        ("8.4-cli", &[("PHP_VERSION", "8.4.1")], Some("8.4.1")),
        ("1", &[("NODE_VERSION", "18.1")], None),
        ("latest", &[("REDIS_VERSION", "7.2")], None),
        ("7", &[("PATH", "7"), ("REDIS_VERSION", "")], None),
    ] {
        assert_eq!(among(wanted, variables).as_deref(), version, "{wanted} {variables:?}");
    }
}
