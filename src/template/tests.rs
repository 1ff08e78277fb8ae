//! Placeholders, answers, paths, what is remembered, and what a newer template changes.

use expect_test::expect;

use super::render::fill;
use super::*;
use crate::names::Name;

fn file(path: &str, text: &str) -> File {
    File { path: path.to_owned(), bytes: text.as_bytes().to_vec(), executable: false }
}

fn template(declaration: &str, files: &[(&str, &str)]) -> Result<Template, Problem> {
    let head = "name: road\ndescription: A road\nversion: 1.0.0\n";
    let declaration = file(DECLARATION, &format!("{head}{declaration}"));
    Template::of(files.iter().map(|(path, text)| file(path, text)).chain([declaration]).collect())
}

fn answers(pairs: &[(&str, &str)]) -> Answers {
    pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

fn why(problem: Problem) -> String {
    std::iter::once(problem.why).chain(problem.fixes).collect::<Vec<_>>().join(" | ")
}

#[test]
fn answers_fill_gaps_in_every_form() {
    let answers = answers(&[("name", "order-history"), ("team", "R&D \"a\\b\""), ("package", "com.example.shop")]);
    let filled = |text: &str| fill(text, &answers).unwrap();
    expect![[r#"
        order-history order_history ORDER_HISTORY OrderHistory orderhistory Order history
        com/example/shop "R&D \"a\\b\""
    "#]]
    .assert_eq(&filled(
        "@@name@@ @@name.snake@@ @@name.upper@@ @@name.pascal@@ @@name.flat@@ @@name.title@@\n@@package.path@@ \"@@team.quoted@@\"\n",
    ));
}

#[test]
fn what_languages_write_stays_as_it_is() {
    let text = "{{name}} ${name} $name %name% <%= name %> ${{ name }} @name @@name = @@total @@ -1,2 +1 @@ a@@b @@Name@@ @@name @@\n@@é@@@@ é";
    let same = text.replace("@@@@", "@@");
    assert_eq!(fill(text, &answers(&[("name", "x")])).unwrap(), same);
    assert_eq!(fill("@@@@name@@@@ @@name@@@@@@", &answers(&[("name", "x")])).unwrap(), "@@name@@ x@@");
    assert_eq!(fill("@@", &Answers::new()).unwrap(), "@@");
}

#[test]
fn an_unknown_gap_is_told_with_its_place() {
    let known = answers(&[("name", "shop")]);
    let gap = |text: &str| why(render(&template("", &[("a/b.txt", text)]).unwrap(), &known).unwrap_err());
    expect![[r#"
        a/b.txt:3 holds @@nmae@@, which nothing is known of | did you mean @@name@@?
        a/b.txt:1 holds @@nam.snake@@, which nothing is known of | did you mean @@name.snake@@?
        a/b.txt:1 holds @@name.snke@@, which nothing is known of | did you mean @@name.snake@@?
        a/b.txt:1 holds @@whatever@@, which nothing is known of | write @@@@whatever@@@@ where it is meant as it stands
    "#]]
    .assert_eq(
        &["\n\n@@nmae@@", "@@nam.snake@@", "@@name.snke@@", "@@whatever@@"].map(|text| gap(text) + "\n").concat(),
    );
    let in_name = template("", &[("@@nope@@.txt", "")]).unwrap();
    assert!(render(&in_name, &known).unwrap_err().why.starts_with("the name of @@nope@@.txt holds"));
}

#[test]
fn verbatim_and_binary_files_keep_their_content_and_not_their_names() {
    let mut road =
        template("verbatim: ['*.tpl', 'raw/**']\n", &[("@@name@@.tpl", "@@x@@"), ("raw/a/b", "@@y@@")]).unwrap();
    road.files.push(File { path: "b".into(), bytes: b"@@name@@ \xff".to_vec(), executable: true });
    let made = render(&road, &answers(&[("name", "shop")])).unwrap();
    let made: Vec<(&str, &[u8], bool)> =
        made.iter().map(|file| (file.path.as_str(), file.bytes.as_slice(), file.executable)).collect();
    let expected: [(&str, &[u8], bool); 3] =
        [("b", b"@@name@@ \xff", true), ("raw/a/b", b"@@y@@", false), ("shop.tpl", b"@@x@@", false)];
    assert_eq!(made, expected);
}

#[test]
fn nothing_lies_outside_or_where_git_would_run_it() {
    let refused = |path: &str, answer: &str| {
        let road = template("", &[("a", "x"), (path, "x")]).unwrap();
        render(&road, &answers(&[("name", "shop"), ("key", answer)])).unwrap_err().why
    };
    for path in [
        "../x",
        "/etc/x",
        "b/../../x",
        "b//x",
        "./x",
        "b/.",
        ".git/hooks/x",
        "b/.GIT/config",
        ".git. /x",
        "GIT~1/x",
        "b\\..\\x",
    ] {
        assert!(refused(path, "").starts_with('`'), "{path}");
    }
    assert_eq!(refused("@@key@@/x", ".."), "`../x` does not lie in the template's folder");
    assert_eq!(refused("@@key@@/hooks/x", ".git"), "`.git/hooks/x` belongs to git itself, which no template may write");
    assert_eq!(refused("@@key.path@@", "b..c"), "`b//c` does not lie in the template's folder");
    assert_eq!(refused("@@key@@", "A"), "there are two files `a`");
    assert_eq!(refused("@@key@@", "a/b"), "`a` is a file and a folder");
    assert_eq!(refused("dev.lock", ""), "`dev.lock` is written by devenv or by a person, never by a template");
    assert_eq!(
        refused(".gitignore/../.gitmodules", ""),
        "`.gitignore/../.gitmodules` does not lie in the template's folder"
    );
}

#[test]
fn a_declaration_is_held_to_its_form() {
    let declared = |text: &str| why(template(text, &[]).unwrap_err());
    for (text, says) in [
        ("nonsense: 1\n", "unknown field `nonsense`"),
        ("questions: [{ key: Team, prompt: x }]\n", "the key `Team` has to begin"),
        ("questions: [{ key: name, prompt: x }]\n", "two questions with the key `name`"),
        ("questions: [{ key: team, prompt: '' }]\n", "one line of text"),
        ("questions: [{ key: team, prompt: x, pattern: '(' }]\n", "no regular expression"),
        ("questions: [{ key: team, prompt: x, pattern: '(((a{99}){99}){99})' }]\n", "no regular expression"),
        ("questions: [{ key: team, prompt: x, default: c, choices: [a, b] }]\n", "none of its choices"),
        ("verbatim: ['[']\n", "no pattern of file names"),
        ("questions: {", "line"),
    ] {
        assert!(declared(text).contains(says), "{text}: {}", declared(text));
    }
    let number = Template::of(vec![file(DECLARATION, "name: a\ndescription: b\nversion: 1.10\n")]).unwrap();
    assert_eq!(number.declaration.version, "1.10", "a number keeps its zeros");
    assert!(why(Template::of(vec![file("a", "")]).unwrap_err()).contains("no template.yaml"));
    let bomb = format!("name: &a [x,x]\nb: &b [*a,*a]\n{}", "c: [*b,*b,*b]\n");
    Template::of(vec![file(DECLARATION, &bomb)]).unwrap_err();
}

#[test]
fn answers_come_from_the_command_line_an_earlier_time_or_a_default() {
    let questions = "questions:\n- { key: team, prompt: Team?, choices: [pay, web] }\n- { key: pkg, prompt: P?, default: 'com.@@name.flat@@', pattern: '[a-z.]+' }\n";
    let road = template(questions, &[]).unwrap();
    let name = Name::parse("my-shop").unwrap();
    let take = |earlier: &Answers, typed: &[&str]| {
        let typed: Vec<Typed> = typed.iter().map(|text| Typed::parse(text).unwrap()).collect();
        taken(&road.declaration, &name, earlier, &typed)
    };
    let earlier = answers(&[("team", "pay"), ("pkg", "NO LONGER FITS"), ("gone", "x")]);
    assert_eq!(take(&earlier, &[]).unwrap(), answers(&[("name", "my-shop"), ("team", "pay")]));
    let now = take(&earlier, &["team=web"]).unwrap();
    assert_eq!(now, answers(&[("name", "my-shop"), ("team", "web")]));
    let open = missing(&road.declaration, &now);
    assert_eq!(open.iter().map(|question| question.preset(&now)).collect::<Vec<_>>(), [Some("com.myshop".to_owned())]);
    for (typed, says) in [
        ("team=dev", "it is none of pay"),
        ("pkg=UP", "it does not match [a-z.]+"),
        ("pkg=a\nb", "it is more than one line of text"),
    ] {
        assert!(why(take(&Answers::new(), &[typed]).unwrap_err()).starts_with(says), "{typed}");
    }
    assert_eq!(why(take(&Answers::new(), &["tean=web"]).unwrap_err()), " | did you mean `team`?");
    assert!(Typed::parse("=x").is_err() && Typed::parse("x").is_err());
    assert_eq!(Typed::parse("a=b=c").unwrap().value, "b=c");
}

#[test]
fn what_a_repo_was_made_from_is_remembered_beside_what_others_write() {
    let made = [file("a: b", "x\n"), file("c", "")];
    let record = Record::new("go-http", "1.10", &answers(&[("name", "no")]), &made);
    let text = record.written_into("").unwrap();
    expect![[r#"
        # Written by devenv and meant to be committed: `devenv lock` and `devenv new` keep it, and nothing here is edited by hand.
        format: 1
        template:
          from: go-http
          version: '1.10'
          answers:
            name: no
          files:
            'a: b': 587be6b4c3f93f93c489c0111bba5596147a26cb
            c: e69de29bb2d1d6434b8b29ae775ad8c2e48c5391
    "#]]
    .assert_eq(&text);
    assert_eq!(Record::read(&text).unwrap(), Some(record.clone()));
    let others = format!("{text}other: {{ thing: 1 }}\n");
    assert!(record.written_into(&others).unwrap().contains("other:\n  thing: 1\n"));
    assert_eq!(Record::read("").unwrap(), None);
    assert_eq!(Record::read("other: 1\n").unwrap(), None);
    let outside = text.replace("  c: ", "  ../c: ");
    assert_eq!(Record::read(&outside).unwrap_err().why, "`../c` does not lie in the template's folder");
    assert!(Record::read("<<<<<<< ours\n").is_err() && Record::read("template: 3\n").is_err());
}

/// What becomes of one file: as the template had it, as it is in the repo, and as the template has it now.
fn met(before: Option<&str>, own: Option<&str>, now: Option<&str>) -> String {
    let as_file = |text: &str| file("f", text);
    let record = Record::new("x", "1", &Answers::new(), &before.map(as_file).into_iter().collect::<Vec<_>>());
    let made: Vec<File> = now.map(as_file).into_iter().collect();
    let look = |_: &str| own.map_or(Side::Nothing, |text| Side::Content(text.as_bytes().to_vec()));
    let original = |id: &str| before.map(|text| text.as_bytes().to_vec()).filter(|bytes| blob_id(bytes) == id);
    let changes = changes(&record, &made, look, original);
    let Some(change) = changes.first() else { return "as it is".to_owned() };
    let written = change
        .write
        .as_ref()
        .map_or("nothing".to_owned(), |file| format!("{:?}", String::from_utf8_lossy(&file.bytes)));
    let left = if change.left_out.is_empty() { "" } else { ", some left out" };
    format!("{:?}, writes {written}{left}", change.fate)
}

#[test]
fn every_way_that_two_sides_can_meet() {
    let (a, b, c) = (Some("a\n"), Some("b\n"), Some("c\n"));
    for (before, own, now, expected) in [
        (a, b, a, "as it is"),
        (a, None, a, "as it is"),
        (a, a, b, "Changed, writes \"b\\n\""),
        (a, b, b, "as it is"),
        (a, b, c, "Conflict, writes nothing, some left out"),
        (a, None, b, "Conflict, writes nothing, some left out"),
        (None, None, b, "Added, writes \"b\\n\""),
        (None, a, b, "Conflict, writes nothing, some left out"),
        (None, b, b, "as it is"),
        (a, a, None, "Removed, writes nothing"),
        (a, b, None, "Conflict, writes nothing, some left out"),
        (a, None, None, "as it is"),
    ] {
        assert_eq!(met(before, own, now), expected, "{before:?} {own:?} {now:?}");
    }
}

#[test]
fn both_sides_of_a_text_are_kept_and_what_meets_stays_the_persons() {
    let before = Some("1\n2\n3\n4\n5\n6\n7\n");
    assert_eq!(
        met(before, Some("mine\n2\n3\n4\n5\n6\n7\n"), Some("1\n2\n3\n4\n5\n6\nnew\n")),
        "Merged, writes \"mine\\n2\\n3\\n4\\n5\\n6\\nnew\\n\""
    );
    let partly = met(before, Some("mine\n2\n3\n4\n5\n6\n7\n"), Some("theirs\n2\n3\n4\n5\n6\nnew\n"));
    assert_eq!(partly, "Conflict, writes \"mine\\n2\\n3\\n4\\n5\\n6\\nnew\\n\", some left out");
    // Without the original, only whole files can be told apart.
    let record =
        Record { files: [("f".to_owned(), "0".repeat(40))].into(), ..Record::new("x", "1", &Answers::new(), &[]) };
    let own = |_: &str| Side::Content(b"mine\n".to_vec());
    let changes = changes(&record, &[file("f", "new\n")], own, |_| None);
    expect![[r"
        --- a/f
        +++ b/f
        @@ -1 +1 @@
        -mine
        +new
    "]]
    .assert_eq(&changes[0].left_out);
    assert_eq!((changes[0].fate, &changes[0].write), (Fate::Conflict, &None));
}

#[test]
fn versions_are_compared_by_their_numbers() {
    for (version, than, older) in
        [("1.2.0", "1.10.0", true), ("1.10", "1.9", false), ("v1", "v2", true), ("1", "1", false), ("main", "1", false)]
    {
        assert_eq!(is_older(version, than), older, "{version} {than}");
    }
}

#[test]
fn every_template_of_devenv_can_be_made() {
    for name in BUILT_IN {
        let template = built_in(name).unwrap().unwrap();
        assert_eq!(template.declaration.name, *name);
        let service = Name::parse("order-history").unwrap();
        let mut answers = taken(&template.declaration, &service, &Answers::new(), &[]).unwrap();
        for question in missing(&template.declaration, &answers.clone()) {
            let preset =
                question.preset(&answers).unwrap_or_else(|| panic!("{name}: `{}` has no default", question.key));
            answers.insert(question.key.clone(), preset);
        }
        let made = render(&template, &answers).unwrap();
        let manifest = made.iter().find(|file| file.path == "dev.yaml").unwrap();
        crate::manifest::load("dev.yaml", &manifest.bytes).unwrap_or_else(|problems| panic!("{name}: {problems:#?}"));
        for path in ["README.md", "Dockerfile", ".github/workflows/ci.yml", ".editorconfig", ".gitignore"] {
            assert!(made.iter().any(|file| file.path == path), "{name} has no {path}");
        }
        let ci = made.iter().find(|file| file.path.ends_with("ci.yml")).unwrap();
        assert!(String::from_utf8_lossy(&ci.bytes).contains("run: devenv ci"), "{name}");
    }
    assert!(built_in("other").unwrap().is_none());
}
