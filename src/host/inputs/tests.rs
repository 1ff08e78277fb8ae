//! Looks at small repos in folders of their own.

use super::*;

fn folder_with(files: &[(&str, &str)]) -> (tempfile::TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().canonicalize().unwrap();
    for (path, text) in files {
        crate::host::write_file(&root.join(path), text.as_bytes()).unwrap();
    }
    (folder, root)
}

fn look(root: &Path, folder: &str, globs: &[&str]) -> Result<Seen, Unusable> {
    let globs: Vec<String> = globs.iter().map(|glob| (*glob).to_owned()).collect();
    let folder = root.join(folder);
    let wish = Wish { folder: &folder, globs: &globs };
    look_at_inputs(root, &[wish], &mut Known::default()).map(|mut seen| seen.remove(0))
}

fn names(root: &Path, globs: &[&str]) -> Vec<String> {
    look(root, "", globs).unwrap().contents.into_keys().collect()
}

#[test]
fn globs_reach_down_and_ignored_files_stay_out() {
    let (_folder, root) = folder_with(&[
        (".gitignore", "vendor\n*.local\n"),
        ("package.json", "{}"),
        ("migrations/1.sql", "a"),
        ("migrations/deep/2.sql", "b"),
        ("vendor/x/package.json", "{}"),
        ("node_modules/x/package.json", "{}"),
        ("settings.local", ""),
        (".git/package.json", ""),
    ]);
    assert_eq!(names(&root, &["migrations/**"]), ["migrations/1.sql", "migrations/deep/2.sql"]);
    assert_eq!(names(&root, &["**/package.json"]), ["package.json"]);
    assert_eq!(names(&root, &["package.json", "missing.json"]), ["package.json"]);
    assert_eq!(names(&root, &["migrations"]), ["migrations/1.sql", "migrations/deep/2.sql"]);
    assert_eq!(names(&root, &["migrations/**", "!migrations/deep"]), ["migrations/1.sql"]);
    // Named without a wildcard: git may ignore it, its reader does not.
    assert_eq!(names(&root, &["settings.local"]), ["settings.local"]);
    assert!(names(&root, &["*.local"]).is_empty());
}

#[test]
fn an_apps_inputs_are_named_from_its_folder_and_ignored_by_the_repos_root() {
    let (_folder, root) = folder_with(&[
        (".gitignore", "*.gen.sql\n"),
        ("api/db/1.sql", ""),
        ("api/db/2.gen.sql", ""),
        ("web/db/3.sql", ""),
    ]);
    let seen = look(&root, "api", &["db/*.sql"]).unwrap();
    assert_eq!(seen.contents.into_keys().collect::<Vec<_>>(), ["db/1.sql"]);
}

#[test]
fn what_lies_above_the_repo_ignores_nothing() {
    let (_folder, root) = folder_with(&[(".gitignore", "*\n"), ("repo/.git/HEAD", ""), ("repo/db/1.sql", "")]);
    assert_eq!(names(&root.join("repo"), &["db/**"]), ["db/1.sql"]);
    // A part of a larger repo.
    let (_folder, root) = folder_with(&[(".git/HEAD", ""), (".gitignore", "*.tmp\n"), ("part/db/1.tmp", "")]);
    assert!(names(&root.join("part"), &["db/**"]).is_empty());
}

#[test]
fn what_is_not_there_is_told() {
    let (_folder, root) = folder_with(&[("package.json", "")]);
    let seen = look(&root, "", &["package.json", "schema.sql", "db/**"]).unwrap();
    assert_eq!(seen.missing, ["schema.sql", "db/**"]);
}

#[test]
fn content_decides_not_the_time() {
    let (_folder, root) = folder_with(&[("a", "1"), ("db/b", "1")]);
    let globs = ["a", "db/*"];
    let before = look(&root, "", &globs).unwrap();
    crate::host::write_file(&root.join("db/b"), b"1").unwrap();
    assert_eq!(look(&root, "", &globs).unwrap(), before);
    crate::host::write_file(&root.join("db/b"), b"2").unwrap();
    let after = look(&root, "", &globs).unwrap();
    assert_ne!(digest_of(&after.contents), digest_of(&before.contents));
    assert_eq!(after.contents["a"], before.contents["a"]);
}

#[test]
fn what_is_known_is_not_read_again_and_what_is_young_is() {
    let (_folder, root) = folder_with(&[("db/b", "1")]);
    let globs = ["db/*".to_owned()];
    let wish = Wish { folder: &root, globs: &globs };
    let mut known = Known::default();
    let real = look_at_inputs(&root, &[wish], &mut known).unwrap();
    assert!(!known.is_new(), "it may still be written within the same tick");
    // As if it had been known for long: then nobody reads it.
    let stamp = Stamp::of(&std::fs::metadata(root.join("db/b")).unwrap());
    known.learn("db/b".to_owned(), stamp, ContentHash([9; 16]));
    let seen = look_at_inputs(&root, &[wish], &mut known).unwrap();
    assert_eq!(seen[0].contents["db/b"], ContentHash([9; 16]));
    crate::host::write_file(&root.join("db/b"), b"1").unwrap();
    assert_eq!(look_at_inputs(&root, &[wish], &mut known).unwrap(), real);
}

#[cfg(unix)]
#[test]
fn links_are_followed_inside_the_repo_only() {
    let (_folder, root) = folder_with(&[("repo/db/1.sql", "a"), ("repo/shared.sql", "b"), ("outside/secret", "c")]);
    let repo = root.join("repo");
    std::os::unix::fs::symlink("../shared.sql", repo.join("db/2.sql")).unwrap();
    std::os::unix::fs::symlink("../../outside/secret", repo.join("db/3.sql")).unwrap();
    std::os::unix::fs::symlink("../../outside", repo.join("db/folder")).unwrap();
    let before = look(&repo, "", &["db/**", "db/3.sql"]).unwrap().contents;
    assert_eq!(before.keys().collect::<Vec<_>>(), ["db/1.sql", "db/2.sql", "db/3.sql", "db/folder"]);
    crate::host::write_file(&root.join("outside/secret"), b"other").unwrap();
    crate::host::write_file(&repo.join("shared.sql"), b"other").unwrap();
    let after = look(&repo, "", &["db/**", "db/3.sql"]).unwrap().contents;
    let changed: Vec<&String> = before.keys().filter(|path| before[*path] != after[*path]).collect();
    assert_eq!(changed, ["db/2.sql"]);
}

#[cfg(unix)]
#[test]
fn a_link_that_is_named_is_followed_to_a_folder_of_the_repo_and_never_out_of_it() {
    let (_folder, root) = folder_with(&[
        ("repo/api/main.py", ""),
        ("repo/shared/data/1.sql", "a"),
        ("repo/shared/other.sql", "b"),
        ("outside/deep/secret.sql", "c"),
    ]);
    let repo = root.join("repo");
    let link = |to: &str, name: &str| std::os::unix::fs::symlink(to, repo.join("api").join(name)).unwrap();
    link("../shared/data", "data");
    link("../../outside", "away");
    let names = |globs: &[&str]| look(&repo, "api", globs).unwrap();
    assert_eq!(
        Vec::from_iter(names(&["data", "*.py"]).contents.into_keys()),
        ["../shared/data/1.sql", "data", "main.py"]
    );
    assert_eq!(Vec::from_iter(names(&["data/*.sql"]).contents.into_keys()), ["../shared/data/1.sql"]);
    assert_eq!(Vec::from_iter(names(&["data/1.sql"]).contents.into_keys()), ["../shared/data/1.sql"]);
    assert!(names(&["data/**", "!data/1.sql"]).contents.is_empty());
    let away = names(&["away", "away/deep/secret.sql", "away/**"]);
    assert_eq!(Vec::from_iter(away.contents.keys()), ["away"], "the link itself");
    assert_eq!(away.missing, ["away/deep/secret.sql", "away/**"]);
    crate::host::write_file(&root.join("outside/new"), b"").unwrap();
    assert_eq!(names(&["away"]).contents["away"], away.contents["away"]);
}

#[test]
fn what_lies_beside_the_app_in_the_repo_is_named_by_going_up() {
    let (_folder, root) = folder_with(&[
        ("pnpm-lock.yaml", ""),
        ("services/[api]/src/a.ts", ""),
        ("services/shared/b.ts", ""),
        ("services/shared/node_modules/c.ts", ""),
        ("services/shared/private/d.ts", ""),
    ]);
    let look = |globs: &[&str]| look(&root, "services/[api]", globs).unwrap();
    let globs =
        ["src/**", "../../pnpm-lock.yaml", "../shared/**/*.ts", "!../shared/private", "../none/*", "../../no.lock"];
    let seen = look(&globs);
    assert_eq!(Vec::from_iter(seen.contents.into_keys()), ["../../pnpm-lock.yaml", "../shared/b.ts", "src/a.ts"]);
    assert_eq!(seen.missing, ["../../no.lock", "../none/*"]);
    assert_eq!(Vec::from_iter(look(&["../shared/private"]).contents.into_keys()), ["../shared/private/d.ts"]);
    assert!(look(&["../../../*", "../../../etc"]).contents.is_empty());
}

#[cfg(unix)]
#[test]
fn a_pipe_of_that_name_is_no_input() {
    let (_folder, root) = folder_with(&[("a", "")]);
    let made = std::process::Command::new("mkfifo").arg(root.join("pipe")).status().unwrap();
    assert!(made.success());
    assert!(look(&root, "", &["pipe", "p*"]).unwrap().contents.is_empty());
}

#[test]
fn more_than_anybody_means_is_a_problem_that_names_the_glob() {
    let mut tally =
        Tally { contents: Contents::new(), missing: Vec::new(), counts: vec![(MOST_FILES, 0), (0, MOST_BYTES)] };
    let globs = ["**".to_owned(), "data/*".to_owned()];
    let target = Target::new(Path::new("/"), &Wish { folder: Path::new("/"), globs: &globs }).unwrap();
    let named = |counted: Result<(), Reason>| match counted {
        Err(Reason::TooMany { glob } | Reason::TooLarge { glob }) => glob,
        _ => String::new(),
    };
    assert_eq!(named(tally.count(&target, (&[0], 1))), "**");
    assert_eq!(named(tally.count(&target, (&[1], 1))), "data/*");
}
