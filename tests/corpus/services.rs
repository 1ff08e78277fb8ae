//! How well the services of real repos are found, measured on a folder of judged ones.
//!
//! `DEVENV_CORPUS` names the folder: `EXPECTED.tsv` with the columns `id`, `language`, `services_must`, `services_should` and
//! `services_may`, and a folder `<id>/repo` of files each. Without it nothing is measured.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use devenv::detect::services::services;
use devenv::detect::{Service, ServiceSource};
use devenv::host::read_repo;

/// The words of the judgement, in which kinds that stand for each other are one.
fn canonical(service: &Service) -> String {
    let (ServiceSource::Catalog(id) | ServiceSource::Image(id)) = &service.source;
    let known = [
        ("postgis", "postgres"),
        ("pgvector", "postgres"),
        ("timescale", "postgres"),
        ("postgres", "postgres"),
        ("mariadb", "mysql"),
        ("valkey", "redis"),
        ("minio", "s3"),
        ("mailpit", "mail"),
        ("mssql", "mssql"),
        ("firestore", "firestore"),
    ];
    known.iter().find(|(word, _)| id.contains(word)).map_or_else(|| id.clone(), |(_, name)| (*name).to_owned())
}

fn words(text: &str) -> BTreeSet<String> {
    text.split(',').map(str::trim).filter(|word| !word.is_empty() && *word != "-").map(str::to_owned).collect()
}

#[test]
fn services_of_real_repos_are_found() {
    let Some(corpus) = std::env::var_os("DEVENV_CORPUS").map(PathBuf::from) else {
        eprintln!("skipped: DEVENV_CORPUS names no folder of judged repos");
        return;
    };
    let table = std::fs::read_to_string(corpus.join("EXPECTED.tsv")).expect("the judgement");
    let mut lines = table.lines();
    let columns: BTreeMap<&str, usize> =
        lines.next().unwrap_or_default().split('\t').enumerate().map(|(index, name)| (name, index)).collect();
    let [mut must, mut should, mut right] = [(0, 0); 3];
    for line in lines.filter(|line| !line.is_empty()) {
        let cells: Vec<&str> = line.split('\t').collect();
        let cell = |name: &str| columns.get(name).and_then(|index| cells.get(*index)).copied().unwrap_or("-");
        let found = services(&read_repo(&corpus.join(cell("id")).join("repo")).expect("a repo"), &[]).services;
        let wanted = [words(cell("services_must")), words(cell("services_should")), words(cell("services_may"))];
        let names: BTreeSet<String> = found.iter().map(canonical).collect();
        for (total, wanted) in [&mut must, &mut should].into_iter().zip(&wanted) {
            total.0 += wanted.intersection(&names).count();
            total.1 += wanted.len();
        }
        wanted[0].difference(&names).for_each(|name| println!("{}: {name} is missed", cell("id")));
        for service in &found {
            let name = canonical(service);
            let is_right = wanted.iter().any(|words| words.contains(&name));
            right.0 += usize::from(is_right);
            right.1 += 1;
            let evidence: Vec<String> = service.evidence.iter().map(ToString::to_string).collect();
            if !is_right {
                println!("{}: {name} is not wanted ({})", cell("id"), evidence.join(", "));
            } else if std::env::var_os("DEVENV_CORPUS_ALL").is_some() {
                println!("{}: {name} ({})", cell("id"), evidence.join(", "));
            }
        }
    }
    let percent = |(part, of): (usize, usize)| 100.0 * part as f64 / of.max(1) as f64;
    println!("must {:.1} % of {}, should {:.1} % of {}", percent(must), must.1, percent(should), should.1);
    println!("precision {:.1} % of {}", percent(right), right.1);
    assert!(right.1 > 0, "nothing was found at all");
}
