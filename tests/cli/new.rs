//! `devenv new`: services from templates, one's own templates, and updates to newer ones.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::support::{Folder, Ran, is_root};
use crate::terminal::Terminal;

const ROAD: &str = "\
name: road
description: The paved road
version: 1.0.0
questions:
  - { key: team, prompt: Which team looks after it?, choices: [payments, web] }
  - { key: package, prompt: Package?, default: 'com.example.@@name.flat@@', pattern: '[a-z.]+' }
verbatim: [raw/*]
";

/// A template of one's own in the folder `road`, and a place for services beside it.
fn road() -> Folder {
    let folder = Folder::empty();
    folder.write("road/template.yaml", ROAD);
    folder.write("road/dev.yaml", "name: @@name@@\nservices: { db: postgres }\n");
    folder
        .write("road/src/@@package.path@@/main.py", "TEAM = \"@@team.quoted@@\"\n# {{ name }} ${name} @@@@team@@@@\n");
    folder.write("road/raw/@@name@@.txt", "@@anything@@\n");
    folder
}

fn git(folder: &Path, arguments: &[&str]) {
    let mut git = Command::new("git");
    git.args(["-c", "user.name=Sam", "-c", "user.email=sam@example.com", "-c", "init.defaultBranch=main"]);
    let output = git.args(arguments).current_dir(folder).output().unwrap();
    assert!(output.status.success(), "git {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
}

/// Every file below a folder but git's own.
fn files(folder: &Path) -> BTreeSet<String> {
    let mut open = vec![folder.to_owned()];
    let mut found = BTreeSet::new();
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap().flatten().filter(|entry| entry.file_name() != ".git") {
            if entry.path().is_dir() {
                open.push(entry.path());
            } else {
                found.insert(entry.path().strip_prefix(folder).unwrap().to_str().unwrap().to_owned());
            }
        }
    }
    found
}

#[test]
fn every_template_is_listed_made_and_right() {
    let folder = Folder::empty();
    let list = folder.run(&["new"]).expect_success();
    let document = folder.run(&["new", "--list", "--json"]).expect_success().json();
    let templates = document["templates"].as_array().unwrap();
    assert!(templates.len() >= 7);
    for template in templates {
        let name = template["name"].as_str().unwrap();
        assert!(list.stdout.contains(&format!("{name} ")), "{}", list.stdout);
        let service = format!("my-{name}");
        let made = folder.run(&["new", name, &service]).expect_success();
        assert_eq!(made.stdout, format!("cd {service} && devenv up\n"));
        folder.run(&["-C", &service, "check"]).expect_success();
        folder.run(&["-C", &service, "new", "--update"]).expect_success();
        assert!(folder.root().join(&service).join(".git").is_dir());
    }
}

/// What was built in a template's folder does not get into the program, and nothing of it is forgotten.
#[test]
fn the_program_has_every_file_of_its_templates() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let output = Command::new("git").args(["ls-files", "-z", "templates"]).current_dir(root).output().unwrap();
    let tracked = String::from_utf8(output.stdout).unwrap();
    let table = std::fs::read_to_string(root.join("src/template/built_in.rs")).unwrap();
    let mut number = 0;
    for path in tracked.split('\0').filter(|path| !path.is_empty()) {
        let (_, file) = path.strip_prefix("templates/").unwrap().split_once('/').unwrap();
        assert!(table.contains(&format!("\"{file}\"")), "{path} is not in src/template/built_in.rs");
        number += 1;
    }
    assert!(number > 80, "{number}");
}

#[test]
fn a_template_of_ones_own_asks_and_fills_contents_and_names() {
    let folder = road();
    let ran = folder.run(&["new", "./road", "my-shop"]).expect_code(2);
    assert!(ran.stderr.starts_with("error[template-answer]: ") && ran.stderr.contains("--set team="), "{}", ran.stderr);
    let ran = folder.run(&["new", "./road", "my-shop", "--set", "team=sales"]).expect_code(2);
    assert_eq!(ran.problem_ids_in_text(), ["template-answer"]);
    assert!(!folder.root().join("my-shop").exists());

    let made = folder.run(&["new", "./road", "my-shop", "--set", "team=web", "--json"]).expect_success().json();
    assert_eq!(made["next"], "cd my-shop && devenv up");
    let expected = ["dev.lock", "dev.yaml", "raw/my-shop.txt", "src/com/example/myshop/main.py"];
    assert_eq!(files(&folder.root().join("my-shop")), expected.map(str::to_owned).into());
    assert_eq!(
        folder.read("my-shop/src/com/example/myshop/main.py"),
        "TEAM = \"web\"\n# {{ name }} ${name} @@team@@\n"
    );
    assert_eq!(folder.read("my-shop/raw/my-shop.txt"), "@@anything@@\n");
    folder.run(&["-C", "my-shop", "check"]).expect_success();
}

#[test]
fn at_a_terminal_it_asks() {
    let folder = road();
    let mut at = Terminal::start(&folder.command(&["new", "./road"]), (24, 100));
    at.wait_for("What is it called?");
    at.type_keys("Shop\r");
    at.wait_for("must begin with a lower-case letter");
    at.type_keys("\u{15}shop\r");
    at.wait_for("Which team");
    at.type_keys("\u{1b}[B\r");
    at.wait_for("Package?");
    at.type_keys("\r");
    at.wait_for("cd shop && devenv up");
    let (code, _) = at.wait();
    assert_eq!(code, 0);
    assert!(folder.read("shop/src/com/example/shop/main.py").starts_with("TEAM = \"web\""));
}

#[test]
fn what_was_typed_wrong_is_wrong_usage() {
    let folder = Folder::empty();
    for (arguments, id, says) in [
        (&["new", "python-fastpi", "a"][..], "unknown-template", "did you mean `python-fastapi`?"),
        (&["new", "go-http"], "service-name", "devenv new TEMPLATE NAME"),
        (&["new", "go-http", "My_Shop"], "service-name", "did you mean `my-shop`?"),
        (&["new", "go-http", "shop", "--set", "x=y"], "template-answer", "asks nothing"),
    ] {
        let ran = folder.run(arguments).expect_code(2);
        assert_eq!(ran.problem_ids_in_text(), [id]);
        assert!(ran.stderr.contains(says), "{}", ran.stderr);
    }
    folder.run(&["new", "go-http", "shop", "--set", "x"]).expect_code(2);
    assert_eq!(files(&folder.root()), BTreeSet::new());
}

#[test]
fn a_template_that_reaches_out_of_its_folder_is_refused() {
    let folder = Folder::empty();
    let declaration = "name: bad\ndescription: bad\nversion: 1.0.0\n";
    type Spoil<'a> = &'a dyn Fn(&Path);
    let wrong: [(&str, Spoil); 4] = [
        ("no-declaration", &|road| std::fs::remove_file(road.join("template.yaml")).unwrap()),
        ("link", &|road| std::os::unix::fs::symlink("/etc/passwd", road.join("passwd")).unwrap()),
        ("git", &|road| {
            std::fs::create_dir_all(road.join("sub/.git/hooks")).unwrap();
            std::fs::write(road.join("sub/.git/hooks/post-checkout"), "#!/bin/sh\n").unwrap();
        }),
        ("gap", &|road| std::fs::write(road.join("main.py"), "@@nmae@@").unwrap()),
    ];
    for (name, spoil) in wrong {
        folder.write(&format!("{name}/template.yaml"), declaration);
        spoil(&folder.root().join(name));
        let ran = folder.run(&["new", &format!("./{name}"), "shop"]).expect_code(1);
        assert_eq!(ran.problem_ids_in_text(), ["template-wrong"], "{name}: {}", ran.stderr);
        assert!(!folder.root().join("shop").exists(), "{name}");
    }
}

#[test]
fn what_is_there_is_never_written_over() {
    let folder = Folder::empty();
    folder.write("shop/mine.txt", "mine");
    let ran = folder.run(&["new", "go-http", "shop"]).expect_code(1);
    assert_eq!(ran.problem_ids_in_text(), ["target-taken"]);
    assert_eq!(files(&folder.root().join("shop")), ["mine.txt".to_owned()].into());
    std::fs::create_dir(folder.root().join("empty")).unwrap();
    let made = folder.run(&["-C", "empty", "new", "go-http", "shop", "--path", "."]).expect_success();
    assert_eq!(made.stdout, "devenv up\n");
    assert!(folder.root().join("empty/main.go").is_file());
    // One repository is enough, be it a worktree whose `.git` is a file.
    folder.write("tree/.git", "gitdir: ../empty/.git\n");
    folder.run(&["-C", "tree", "new", "go-http", "shop"]).expect_success();
    assert!(!folder.root().join("tree/shop/.git").exists());
    let deep = folder.run(&["new", "go-http", "shop", "--path", "a b/c", "--no-git"]).expect_success();
    assert_eq!(deep.stdout, "cd 'a b/c' && devenv up\n");
    assert!(!folder.root().join("a b/c/.git").exists());
}

#[test]
fn what_cannot_be_written_leaves_nothing() {
    let folder = Folder::empty();
    folder.write("file", "not a folder");
    let ran = folder.run(&["new", "go-http", "shop", "--path", "file/shop"]).expect_code(1);
    assert_eq!(ran.problem_ids_in_text(), ["target-unwritable"], "{}", ran.stderr);
    // For the administrator every folder can be written.
    if !is_root() {
        let place = folder.root().join("closed");
        std::fs::create_dir(&place).unwrap();
        std::fs::set_permissions(&place, std::os::unix::fs::PermissionsExt::from_mode(0o555)).unwrap();
        let ran = folder.run(&["new", "go-http", "shop", "--path", "closed/shop"]).expect_code(1);
        assert_eq!(ran.problem_ids_in_text(), ["target-unwritable"]);
        assert_eq!(files(&place), BTreeSet::new());
    }
    assert_eq!(files(&folder.root()), ["file".to_owned()].into());
}

/// The template as a repository, committed; its address.
fn as_repository(folder: &Folder) -> (PathBuf, String) {
    let road = folder.root().join("road");
    git(&road, &["init", "--quiet"]);
    commit(&road);
    let address = format!("file://{}", road.display());
    (road, address)
}

fn commit(folder: &Path) {
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "--quiet", "--message", "x"]);
}

#[test]
fn a_repository_is_a_template_and_nothing_of_it_is_run() {
    let folder = road();
    let (road, address) = as_repository(&folder);
    let marker = folder.root().join("was-run");
    folder.write("road/.gitattributes", "* filter=evil\n");
    commit(&road);
    for hook in ["post-checkout", "post-upload-pack", "pre-commit"] {
        folder.write(&format!("road/.git/hooks/{hook}"), format!("#!/bin/sh\ntouch {}\n", marker.display()));
        let path = road.join(".git/hooks").join(hook);
        std::fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    }
    folder.run(&["new", &address, "shop", "--set", "team=web"]).expect_success();
    assert!(!marker.exists());
    assert!(folder.read("shop/dev.lock").contains(&format!("from: {address}\n")), "{}", folder.read("shop/dev.lock"));
    assert!(files(&folder.place.path().join("state/cache")).is_empty(), "the copy is gone");
    // The hooks of the template's repository are not the new one's.
    assert!(!folder.root().join("shop/.git/hooks/post-checkout").exists());

    std::os::unix::fs::symlink("/etc/passwd", road.join("link")).unwrap();
    commit(&road);
    let ran = folder.run(&["new", &address, "other", "--set", "team=web"]).expect_code(1);
    assert_eq!(ran.problem_ids_in_text(), ["template-wrong"]);
}

#[test]
fn a_repository_may_hold_several_templates() {
    let folder = Folder::empty();
    for name in ["api", "page"] {
        let declaration = format!("name: {name}\ndescription: One of two\nversion: 1.0.0\n");
        folder.write(&format!("road/new/{name}/template.yaml"), declaration);
        folder.write(&format!("road/new/{name}/{name}.txt"), "@@name@@\n");
    }
    std::os::unix::fs::symlink("/etc", folder.root().join("road/etc")).unwrap();
    let (_, address) = as_repository(&folder);
    folder.run(&["new", &format!("{address}#new/page"), "shop"]).expect_success();
    assert_eq!(folder.read("shop/page.txt"), "shop\n");
    folder.run(&["-C", "shop", "new", "--update"]).expect_success();
    for inside in ["new/other", "../..", "etc", ""] {
        let ran = folder.run(&["new", &format!("{address}#{inside}"), "other"]).expect_code(1);
        assert_eq!(ran.problem_ids_in_text(), ["template-wrong"], "{inside}: {}", ran.stderr);
    }
}

#[test]
fn a_repository_that_is_not_there_is_told_in_gits_words() {
    let folder = Folder::empty();
    let address = format!("file://sam:secret@{}/no.git", folder.root().display());
    let ran = folder.run(&["new", &address, "shop"]).expect_code(1);
    assert_eq!(ran.problem_ids_in_text(), ["template-unreachable"]);
    assert!(ran.stderr.contains("fix: git ls-remote") && !ran.all().contains("secret"), "{}", ran.all());
    let ran = folder.run(&["new", &format!("ext::sh -c 'touch {}/ran' .git", folder.root().display()), "shop"]);
    assert_eq!(ran.expect_code(1).problem_ids_in_text(), ["template-unreachable"]);
    assert_eq!(files(&folder.root()), BTreeSet::new());
}

/// A service made from version 1 of the road, committed; the road has become version 2.
fn with_newer_road() -> Folder {
    let folder = road();
    let lines = |first: &str, last: &str| format!("{first}\n2\n3\n4\n5\n6\n{last}\n");
    folder.write("road/both.txt", lines("1", "7"));
    folder.write("road/meet.txt", lines("1", "7"));
    folder.write("road/old.txt", "old\n");
    let shop = folder.root().join("shop");
    folder.run(&["new", "./road", "shop", "--set", "team=web"]).expect_success();
    commit(&shop);
    folder.write("road/template.yaml", ROAD.replace("1.0.0", "1.1.0"));
    folder.write("road/both.txt", lines("1", "theirs"));
    folder.write("road/meet.txt", lines("theirs", "7"));
    folder.write("road/new.txt", "team @@team@@\n");
    std::fs::remove_file(folder.root().join("road/old.txt")).unwrap();
    folder.write("shop/both.txt", lines("mine", "7"));
    folder.write("shop/meet.txt", lines("mine", "7"));
    folder
}

#[test]
fn an_update_is_shown_and_nothing_is_written_without_a_yes() {
    let folder = with_newer_road();
    let before: Vec<String> =
        files(&folder.root().join("shop")).iter().map(|path| folder.read(&format!("shop/{path}"))).collect();
    let ran = folder.run(&["-C", "shop", "new", "--update"]).expect_code(1);
    assert_eq!(ran.problem_ids_in_text(), ["not-asked"]);
    for part in [
        "both.txt: merged\n",
        "+theirs\n",
        "new.txt: added\n",
        "+team web\n",
        "old.txt: removed\n",
        "meet.txt: conflict\n",
    ] {
        assert!(ran.stdout.contains(part), "{part}: {}", ran.stdout);
    }
    assert!(!ran.stdout.contains('\u{1b}'));
    let mut at = Terminal::start(&folder.command(&["-C", "shop", "new", "--update"]), (60, 100));
    at.wait_for("\u{1b}[32m+theirs");
    at.wait_for("Take this over?");
    at.type_keys("n");
    at.wait_for("nothing was changed");
    assert_eq!(at.wait().0, 0);
    let after: Vec<String> =
        files(&folder.root().join("shop")).iter().map(|path| folder.read(&format!("shop/{path}"))).collect();
    assert_eq!(before, after);
}

#[test]
fn an_update_keeps_what_the_person_has_changed() {
    let folder = with_newer_road();
    let shown = folder.run(&["-C", "shop", "new", "--update", "--json"]).expect_success().json();
    assert_eq!((&shown["from"], &shown["to"], &shown["written"]), (&"1.0.0".into(), &"1.1.0".into(), &false.into()));
    folder.run(&["-C", "shop", "new", "--update", "--yes"]).expect_success();
    assert_eq!(folder.read("shop/both.txt"), "mine\n2\n3\n4\n5\n6\ntheirs\n");
    assert_eq!(folder.read("shop/meet.txt"), "mine\n2\n3\n4\n5\n6\n7\n");
    assert_eq!(folder.read("shop/new.txt"), "team web\n");
    assert!(!folder.root().join("shop/old.txt").exists());
    let again = folder.run(&["-C", "shop", "new", "--update"]).expect_success();
    assert!(again.stdout.is_empty() && again.stderr.contains("everything is as in road 1.1.0"), "{}", again.all());
}

#[test]
fn an_older_template_takes_nothing_back() {
    let folder = with_newer_road();
    folder.run(&["-C", "shop", "new", "--update", "--yes"]).expect_success();
    folder.write("road/template.yaml", ROAD);
    let ran = folder.run(&["-C", "shop", "new", "--update", "--yes"]).expect_code(1);
    assert_eq!(ran.problem_ids_in_text(), ["template-older"]);
}

#[test]
fn a_repo_that_was_not_made_from_a_template_is_told() {
    let folder = Folder::new("services: { db: postgres }\n");
    let ran = folder.run(&["new", "--update"]).expect_code(2);
    assert_eq!(ran.problem_ids_in_text(), ["no-template-here"]);
    folder.write("dev.lock", "<<<<<<< ours\ntemplate: {\n");
    let ran = folder.run(&["new", "--update"]).expect_code(3);
    assert_eq!(ran.problem_ids_in_text(), ["lock-damaged"]);
}

impl Ran {
    /// The ids of the problems that it told a person.
    fn problem_ids_in_text(&self) -> Vec<String> {
        let heads = self.stderr.lines().filter_map(|line| line.strip_prefix("error["));
        heads.filter_map(|rest| rest.split(']').next()).map(str::to_owned).collect()
    }
}
