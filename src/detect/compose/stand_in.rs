//! Files of variables that people copy before they start: which example stands in for `.env`.

use std::collections::BTreeMap;

use crate::compose::{Location, Reading};
use crate::repo::{Repo, folder_of, join, name_of};

/// How examples are called, with `{}` for the file that they stand in for; the most telling first.
const EXAMPLES: &[&str] = &[
    "{}.example",
    "{}.sample",
    "{}.template",
    "{}.dist",
    "{}.dev",
    "{}.development",
    "{}.local",
    "{}.docker",
    "{}.defaults",
    "{}.default",
    "{}.local.example",
    "{}.dev.example",
    "{}.development.example",
    "{}.docker.example",
    "{}.example.dev",
    "{}.example.local",
    "{}.sample.dev",
    "{}.tmpl",
    "{}.tpl",
    "{}-example",
    "{}-sample",
    "{}-template",
    "{}_example",
    "{}_sample",
    "{}_template",
    "{}.test",
    "{}.ci",
];

/// The same, for a file that is itself called by a place: `.env` only.
const PLAIN: &[&str] = &[
    "env.example",
    "example.env",
    ".example.env",
    "env.sample",
    "sample.env",
    ".sample.env",
    "env.template",
    "template.env",
    "env.dist",
    "default.env",
    "defaults.env",
    "dev.env",
    "development.env",
    "local.env",
    "docker.env",
    "env.dev",
    "env.development",
    "dotenv.example",
    "dotenv.sample",
    "dotenv",
    "env",
];

/// What is read in place of a file that the repo does not carry; a person's own is never read, it may hold secrets.
pub fn stand_in(repo: &Repo, path: &str) -> Option<Option<String>> {
    if repo.has(path) {
        return None;
    }
    let (folder, name) = (folder_of(path), name_of(path));
    let mut examples: Vec<String> = EXAMPLES.iter().map(|form| form.replace("{}", name)).collect();
    // `.env.local` is made from `.env.example`, `dev.env` from `example.env`.
    if name.starts_with(".env.") {
        examples.extend(EXAMPLES.iter().map(|form| form.replace("{}", ".env")));
        examples.push(".env".to_owned());
    }
    if name == ".env" || name.ends_with(".env") {
        examples.extend(PLAIN.iter().map(|name| (*name).to_owned()));
    }
    let beside = examples.iter().filter_map(|example| join(folder, example)).find(|path| repo.has(path));
    let outer = || {
        let mut root = examples.iter().filter(|_| name == ".env" && !folder.is_empty());
        root.find(|path| repo.has(path)).cloned()
    };
    Some(beside.or_else(outer))
}

/// Stand-ins for the project's own file and for every one that its services name.
pub fn stand_ins(repo: &Repo, folder: &str, reading: Option<&Reading>) -> BTreeMap<String, Option<String>> {
    let own = join(folder, ".env");
    let services = reading.into_iter().flat_map(|reading| &reading.project.services);
    let named = services.flat_map(|service| &service.env_files).filter_map(|file| match &file.path {
        Location::Inside(path) => Some(path.clone()),
        _ => None,
    });
    let paths = own.into_iter().chain(named);
    paths.filter_map(|path| stand_in(repo, &path).map(|other| (path, other))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_beside_it_stands_in() {
        for (files, path, wanted) in [
            (vec![".env"], ".env", None),
            (vec![".env.example", ".env.sample"], ".env", Some(Some(".env.example"))),
            (vec![".env.sample"], "docker/.env", Some(Some(".env.sample"))),
            (vec!["docker/.env.template", ".env.example"], "docker/.env", Some(Some("docker/.env.template"))),
            (vec!["example.env"], ".env", Some(Some("example.env"))),
            (vec!["api/.env.example"], "api/.env.local", Some(Some("api/.env.example"))),
            (vec!["conf/db.env.dist"], "conf/db.env", Some(Some("conf/db.env.dist"))),
            (vec!["README.md"], ".env", Some(None)),
        ] {
            let files: Vec<(&str, &str)> = files.iter().map(|path| (*path, "A=1")).collect();
            assert_eq!(stand_in(&Repo::of(&files), path), wanted.map(|it| it.map(str::to_owned)), "{path} {files:?}");
        }
    }
}
