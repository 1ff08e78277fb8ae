//! Text that is not YAML, not UTF-8, too large, or garbage.

use std::time::{Duration, Instant};

use expect_test::expect;

use super::*;

#[test]
fn tabs() {
    let text = "services:\n\tdb: postgres\n";
    expect![[r#"
        error[manifest-syntax]: this line is indented with a tab, which YAML does not allow
          dev.yaml:2:2
          | 	db: postgres
          | 	^
          fix: indent with spaces, two for each level
    "#]]
    .assert_eq(&parsed(text));
    expect![[r#"
        error[manifest-syntax]: this line is indented with a tab, which YAML does not allow
          dev.yaml:4:1
          |   	port: 3000
          | ^
          fix: indent with spaces, two for each level
    "#]]
    .assert_eq(&parsed("apps:\n  api:\n    run:\tnode x\n  \tport: 3000\n"));
}

#[test]
fn quotes_and_brackets_without_an_end() {
    expect![[r#"
        error[manifest-syntax]: this quote is never closed
          dev.yaml:1:7
          | name: "shop
          |       ^
          fix: add the closing quote
    "#]]
    .assert_eq(&parsed("name: \"shop\nservices:\n  db: postgres\n"));
    expect![[r#"
        error[manifest-syntax]: this quote is never closed
          dev.yaml:1:7
          | name: 'shop
          |       ^
          fix: add the closing quote
    "#]]
    .assert_eq(&parsed("name: 'shop\n"));
    expect![[r#"
        error[manifest-syntax]: `[` is opened here and never closed
          dev.yaml:3:12
          |     needs: [db, cache
          |            ^
          fix: add the missing `]`
    "#]]
    .assert_eq(&parsed("apps:\n  api:\n    needs: [db, cache\n    run: x\n"));
    expect![[r#"
        error[manifest-syntax]: `{` is opened here and never closed
          dev.yaml:2:7
          |   db: { use: postgres
          |       ^
          fix: add the missing `}`
    "#]]
    .assert_eq(&parsed("services:\n  db: { use: postgres\n"));
    expect![[r#"
        error[manifest-syntax]: inside `{ }` and `[ ]`, a value with `${` needs quotes
          dev.yaml:2:17
          |   t: { run: go ${a.host} }
          |                 ^
          why: the braces of `${…}` are read as those of a mapping otherwise
          fix: write for example  { run: "serve ${db.host}" }
    "#]]
    .assert_eq(&parsed("tasks:\n  t: { run: go ${a.host} }\n"));
    expect![[r#"
        error[manifest-syntax]: inside `{ }` and `[ ]`, a value with `${` needs quotes
          dev.yaml:3:17
          |     env: [A=b, ${db.url}]
          |                 ^
          why: the braces of `${…}` are read as those of a mapping otherwise
          fix: write for example  { run: "serve ${db.host}" }
    "#]]
    .assert_eq(&parsed("apps:\n  a:\n    env: [A=b, ${db.url}]\n"));
    expect![[r#"
        error[manifest-syntax]: `[` is closed by `}`
          dev.yaml:2:7
          |   db: [postgres}
          |       ^
          fix: make the two match
    "#]]
    .assert_eq(&parsed("services:\n  db: [postgres}\n"));
    expect![[r#"
        error[manifest-syntax]: a bracket is closed here that was never opened
          dev.yaml:2:11
          | services: ]
          |           ^
          fix: remove it, or quote the value
    "#]]
    .assert_eq(&parsed("name: shop]\nservices: ]\n"));
}

#[test]
fn values_that_need_quotes() {
    expect![[r#"
        error[manifest-syntax]: a second `: ` is not possible in this value
          dev.yaml:2:16
          |   hello: echo a: b
          |                ^
          fix: put quotes around the whole value
    "#]]
    .assert_eq(&parsed("tasks:\n  hello: echo a: b\n"));
    expect![[r#"
        error[manifest-syntax]: text follows after the closing quote
          dev.yaml:2:17
          |   hello: "echo" b
          |                 ^
          fix: put quotes around the whole value
    "#]]
    .assert_eq(&parsed("tasks:\n  hello: \"echo\" b\n"));
    expect![[r#"
        error[manifest-syntax]: a value can't begin with `@`
          dev.yaml:2:10
          |   hello: @echo
          |          ^
          fix: put quotes around the whole value
    "#]]
    .assert_eq(&parsed("tasks:\n  hello: @echo\n"));
    expect![[r#"
        error[manifest-syntax]: a value can't begin with a backtick
          dev.yaml:2:10
          |   hello: `date`
          |          ^
          fix: put quotes around the whole value
    "#]]
    .assert_eq(&parsed("tasks:\n  hello: `date`\n"));
    expect![[r#"
        error[manifest-syntax]: a value can't begin with `%`
          dev.yaml:2:10
          |   hello: %x
          |          ^
          fix: put quotes around the whole value
    "#]]
    .assert_eq(&parsed("tasks:\n  hello: %x\n"));
    expect![[r#"
        error[manifest-syntax]: `\` begins a sequence that double quotes do not know
          dev.yaml:2:10
          |   hello: "C:\path"
          |          ^
          fix: write `\\` for the character itself, or use single quotes
    "#]]
    .assert_eq(&parsed("tasks:\n  hello: \"C:\\path\"\n"));
    expect![[r#"
        error[manifest-bad-key]: a key must be a single word, not a mapping
          dev.yaml:2:11
          |   hello: {{ run }}
          |           ^
          fix: put quotes around the whole value that contains `{{`
    "#]]
    .assert_eq(&parsed("tasks:\n  hello: {{ run }}\n"));
    expect![[r#"
        error[manifest-bad-key]: a key must be a single word, not a mapping
          dev.yaml:2:11
          |   hello: {{ run }} and more
          |           ^
          fix: put quotes around the whole value that contains `{{`
    "#]]
    .assert_eq(&parsed("tasks:\n  hello: {{ run }} and more\n"));
}

#[test]
fn lines_that_do_not_fit() {
    expect![[r#"
        error[manifest-syntax]: this line is read as part of the value before it
          dev.yaml:3:9
          |    cache: redis
          |         ^
          fix: line it up with its neighbours, and see that the line before has its `: `
    "#]]
    .assert_eq(&parsed("services:\n  db: postgres\n   cache: redis\n"));
    expect![[r#"
        error[manifest-syntax]: this line does not fit to the ones before it
          dev.yaml:3:3
          |   cache: redis
          |   ^
          fix: line it up with its neighbours; YAML counts the spaces in front
    "#]]
    .assert_eq(&parsed("services:\n    db: postgres\n  cache: redis\n"));
    expect![[r#"
        error[manifest-syntax]: this line is read as part of the value before it
          dev.yaml:3:8
          |   cache: redis
          |        ^
          fix: line it up with its neighbours, and see that the line before has its `: `
    "#]]
    .assert_eq(&parsed("services:\n  db postgres\n  cache: redis\n"));
    expect![[r#"
        error[manifest-syntax]: this line does not fit to the ones before it
          dev.yaml:3:3
          |   cache: redis
          |   ^
          fix: line it up with its neighbours; YAML counts the spaces in front
    "#]]
    .assert_eq(&parsed("services:\n  - db: postgres\n  cache: redis\n"));
    expect![[r#"
        error[manifest-wrong-type]: `services` must be a mapping of names, not a single value
          dev.yaml:2:3
          |   db:postgres
          |   ^^^^^^^^^^^
          fix: write `db: postgres`, with a space after the `:`
    "#]]
    .assert_eq(&parsed("services:\n  db:postgres\n"));
    expect![[r#"
        error[manifest-wrong-type]: the manifest must be a mapping, not a single value
          dev.yaml:1:1
          | just some words
          | ^^^^^^^^^^^^^^^
          fix: write for example  services: { db: postgres }
    "#]]
    .assert_eq(&parsed("just some words\n"));
    expect![[r#"
        error[manifest-wrong-type]: the manifest must be a mapping, not a list
          dev.yaml:1:1
          | - a
          | ^
          fix: write for example  services: { db: postgres }
    "#]]
    .assert_eq(&parsed("- a\n- b\n"));
}

#[test]
fn aliases_and_marks() {
    expect![[r#"
        error[manifest-unknown-anchor]: `*.js` stands for nothing
          dev.yaml:6:18
          |         inputs: [*.js, **/*.sql]
          |                  ^^^^
          why: text that begins with `*` is an alias in YAML, and no `&.js` comes before it
          fix: write "*.js" in quotes if it is meant as text
        error[manifest-unknown-anchor]: `**/*.sql` stands for nothing
          dev.yaml:6:24
          |         inputs: [*.js, **/*.sql]
          |                        ^^^^^^^^
          why: text that begins with `*` is an alias in YAML, and no `&*/*.sql` comes before it
          fix: write "**/*.sql" in quotes if it is meant as text
    "#]]
    .assert_eq(&parsed(
        "apps:\n  api:\n    image: x\n    setup:\n      - run: make\n        inputs: [*.js, **/*.sql]\n",
    ));
    expect![[r#"
        error[manifest-unknown-mark]: `!ref` has no meaning here
          dev.yaml:2:7
          |   db: !ref postgres
          |       ^^^^
          why: an unquoted word that begins with `!` says in YAML what type a value has
          fix: remove it, or put quotes around the whole value if it is meant as text
        error[manifest-unknown-mark]: `!!binary` has no meaning here
          dev.yaml:3:6
          |   x: !!binary aGk=
          |      ^^^^^^^^
          why: an unquoted word that begins with `!` says in YAML what type a value has
          fix: remove it, or put quotes around the whole value if it is meant as text
    "#]]
    .assert_eq(&parsed("services:\n  db: !ref postgres\n  x: !!binary aGk=\n"));
    expect![[r#"
        error[manifest-unknown-anchor]: an alias can't be part of what it stands for
          dev.yaml:2:7
          |   db: *a
          |       ^^
          fix: write the value out
    "#]]
    .assert_eq(&parsed("services: &a\n  db: *a\n"));
    expect![[r#"
        error[manifest-unknown-anchor]: `*db` stands for nothing
          dev.yaml:2:7
          |   db: *db
          |       ^^^
          why: text that begins with `*` is an alias in YAML, and no `&db` comes before it
          fix: write "*db" in quotes if it is meant as text
    "#]]
    .assert_eq(&parsed("services:\n  db: *db\n"));
}

#[test]
fn text_marks_of_yaml_itself_are_fine() {
    let manifest = read("services:\n  db: !!str postgres\napps:\n  a: { image: x, env: { A: !!str null, B: ! 5 } }\n");
    assert_eq!(manifest.apps[0].env[0].value.value, crate::manifest::Template::text("null"));
}

#[test]
fn one_document_only() {
    expect![[r#"
        error[manifest-many-documents]: a manifest is one document, and here a second one begins
          dev.yaml:3:1
          | ---
          | ^^^
          why: a line with `---` ends what came before it
          fix: remove the line with `---`, or move what follows to a file of its own
    "#]]
    .assert_eq(&parsed("---\nname: shop\n---\nname: other\n"));
    read("---\nname: shop\n...\n");
}

#[test]
fn a_key_twice_shows_both_places() {
    expect![[r#"
        error[manifest-duplicate-key]: `db` is there twice
          dev.yaml:4:3
          |   db: mysql
          |   ^^
          why: first in line 2: db: postgres
          fix: remove one of the two, or give it another name
        error[manifest-duplicate-key]: `port` is there twice
          dev.yaml:6:27
          |   a: { image: x, port: 1, port: 2 }
          |                           ^^^^
          why: first in line 6: a: { image: x, port: 1, port: 2 }
          fix: remove one of the two, or give it another name
        error[manifest-duplicate-key]: `services` is there twice
          dev.yaml:7:1
          | services:
          | ^^^^^^^^
          why: first in line 1: services:
          fix: remove one of the two, or give it another name
    "#]].assert_eq(&parsed(
        "services:\n  db: postgres\n  cache: redis\n  db: mysql\napps:\n  a: { image: x, port: 1, port: 2 }\nservices:\n"
    ));
}

#[test]
fn keys_that_are_no_words() {
    expect![[r#"
        error[manifest-bad-key]: a key must be a single word, not a list
          dev.yaml:2:3
          |   [a, b]: postgres
          |   ^
          fix: write `key: value`; put quotes around text that begins with `{` or `[`
        error[manifest-bad-key]: a key must be a single word, not a mapping
          dev.yaml:3:5
          |   ? { x: y }
          |     ^
          fix: write `key: value`; put quotes around text that begins with `{` or `[`
    "#]]
    .assert_eq(&parsed("services:\n  [a, b]: postgres\n  ? { x: y }\n  : redis\n"));
}

#[test]
fn merge_keys_bring_in_what_is_not_there() {
    let manifest = read(
        "apps:\n  a: &base\n    image: x\n    port: 1\n    env: &env { A: a, B: b }\n  b:\n    <<: *base\n    port: 2\n    \
         env:\n      <<: [{ B: own }, *env]\n      C: c\n",
    );
    let app = &manifest.apps[1];
    assert_eq!(app.port.as_ref().unwrap().value.number(), 2);
    let keys: Vec<&str> = app.env.iter().map(|variable| variable.key.value.as_str()).collect();
    assert_eq!(keys, ["C", "B", "A"]);
    assert_eq!(app.env[1].value.value, crate::manifest::Template::text("own"));
    expect![[r#"
        error[manifest-bad-merge]: `<<` takes over a mapping, not a single value
          dev.yaml:3:9
          |     <<: text
          |         ^^^^
          fix: write `<<: *name`, where `&name` marks a mapping further up
        error[manifest-unknown-anchor]: `*nothing` stands for nothing
          dev.yaml:5:12
          |   b: { <<: *nothing, image: y }
          |            ^^^^^^^^
          why: text that begins with `*` is an alias in YAML, and no `&nothing` comes before it
          fix: write "*nothing" in quotes if it is meant as text
    "#]]
    .assert_eq(&parsed("apps:\n  a:\n    <<: text\n    image: x\n  b: { <<: *nothing, image: y }\n"));
}

#[test]
fn a_part_used_twice_is_wrong_once() {
    assert_eq!(ids(b"apps:\n  a: &a { image: x, prot: 1 }\n  b: *a\n"), ["manifest-unknown-key"]);
}

#[test]
fn other_line_ends_and_a_byte_order_mark_change_nothing() {
    let problems = parsed("name: shop\nservices:\n  db: { us: x, use: postgres }\n");
    expect![[r#"
        error[manifest-unknown-key]: `us` is not a key of the service `db`
          dev.yaml:3:9
          |   db: { us: x, use: postgres }
          |         ^^
          why: the keys here are use, image, port, env, data, ready, needs, run, files, optional, databases, seed and engine
          fix: did you mean `use`?
    "#]]
    .assert_eq(&problems);
    assert_eq!(parsed("\u{feff}name: shop\r\nservices:\r\n  db: { us: x, use: postgres }\r\n"), problems);
    assert_eq!(parsed("name: shop\rservices:\r  db: { us: x, use: postgres }\r"), problems);
}

#[test]
fn characters_that_can_not_be_seen() {
    expect![[r#"
        error[manifest-syntax]: here is a character that can't be seen: U+0000
          dev.yaml:3:11
          |   db: post�gres
          |           ^
          why: text files do not contain it; this may not be a text file, or something was pasted with it
          fix: delete it; inside double quotes it can be written as `\x00` with its number
    "#]]
    .assert_eq(&parsed("name: shop\nservices:\n  db: post\0gres\n"));
    expect![[r#"
        error[manifest-syntax]: here is a character that can't be seen: U+FEFF
          dev.yaml:1:8
          | name: a�b
          |        ^
          why: text files do not contain it; this may not be a text file, or something was pasted with it
          fix: delete it; inside double quotes it can be written as `\x00` with its number
    "#]]
    .assert_eq(&parsed("name: a\u{feff}b\n"));
}

#[test]
fn a_carriage_return_is_counted_as_a_line() {
    expect![[r#"
        error[manifest-syntax]: here is a character that can't be seen: U+0007
          dev.yaml:3:4
          | b: �
          |    ^
          why: text files do not contain it; this may not be a text file, or something was pasted with it
          fix: delete it; inside double quotes it can be written as `\x00` with its number
    "#]]
    .assert_eq(&parsed("name: a\r\rb: \x07\n"));
}

#[test]
fn bombs_are_refused_at_once() {
    let mut bomb = "a: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..30 {
        let before = level - 1;
        let _ = writeln!(bomb, "a{level}: &a{level} [{}]", vec![format!("*a{before}"); 10].join(", "));
    }
    let mut merges = "a0: &a0 { k: v }\n".to_owned();
    for level in 1..40 {
        let before = level - 1;
        let _ = writeln!(merges, "a{level}: &a{level} {{ x{level}: *a{before}, y{level}: *a{before} }}");
    }
    let deep = "[".repeat(400_000);
    let deep_keys = "{a: ".repeat(200_000);
    let indented: String = (0..1_300).map(|level| format!("{}a:\n", " ".repeat(level))).collect();
    let wide = format!("services: [{}]", "x,".repeat(400_000));
    for (text, id) in [
        (&bomb, "manifest-too-large"),
        (&merges, "manifest-too-large"),
        (&deep, "manifest-too-deep"),
        (&deep_keys, "manifest-too-deep"),
        (&indented, "manifest-too-deep"),
        (&wide, "manifest-too-large"),
    ] {
        let start = Instant::now();
        assert_eq!(ids(text.as_bytes()), [id]);
        println!("{id}: {:?}", start.elapsed());
        assert!(start.elapsed() < Duration::from_secs(5), "{id}");
    }
}

#[test]
fn a_mistake_made_thousands_of_times_is_told_a_hundred_times() {
    let keys: String = (0..20_000).map(|number| format!("k{number}: x, ")).collect();
    let start = Instant::now();
    let problems = load("dev.yaml", format!("{{{keys}}}").as_bytes()).unwrap_err();
    assert_eq!(problems.len(), 101);
    assert_eq!(problems[100].what, "19900 more problems of `dev.yaml` are not shown");
    assert_eq!(problems[0].place.as_ref().unwrap().source, "");
    assert!(start.elapsed() < Duration::from_secs(5));
}

/// A small generator, so that a failure can be repeated.
fn noise(state: &mut u64) -> usize {
    *state ^= *state << 13;
    *state ^= *state >> 7;
    *state ^= *state << 17;
    usize::try_from(*state >> 33).unwrap()
}

#[test]
fn garbage_is_answered_and_never_a_panic() {
    const PIECES: [&str; 40] = [
        "services", "apps", "name", ":", ": ", "\n", "\n  ", "\n    ", "- ", "[", "]", "{", "}", ",", "\"", "'", "&a ",
        "*a", "<<: ", "!x ", "|\n", ">-\n", "#", "?", "\t", "\r\n", "\u{feff}", "${", "}", "$${", "${a.url}", "é",
        "日本", "---\n", "...\n", "%", "\\", "\0", "null", "8080:80",
    ];
    let mut state = 0x9e37_79b9_7f4a_7c15;
    for _ in 0..3_000 {
        let text: String = (0..noise(&mut state) % 60).map(|_| PIECES[noise(&mut state) % PIECES.len()]).collect();
        check_answer(text.as_bytes());
    }
    for _ in 0..300 {
        let bytes: Vec<u8> = (0..noise(&mut state) % 400).map(|_| noise(&mut state).to_le_bytes()[0]).collect();
        check_answer(&bytes);
    }
}

#[test]
fn a_manifest_with_any_part_missing_or_doubled_is_answered() {
    let mut state = 0x0123_4567_89ab_cdef;
    for _ in 0..600 {
        let mut bytes = COMPLETE.as_bytes().to_vec();
        for _ in 0..1 + noise(&mut state) % 3 {
            let at = noise(&mut state) % bytes.len();
            let end = (at + noise(&mut state) % 20).min(bytes.len());
            match noise(&mut state) % 3 {
                0 => drop(bytes.drain(at..end)),
                1 => bytes.insert(at, b"\t:-{[\"'&*!#\n\xff"[noise(&mut state) % 13]),
                _ => bytes.splice(at..at, COMPLETE.as_bytes()[..30].to_vec()).for_each(drop),
            }
        }
        check_answer(&bytes);
    }
}

/// Whatever comes in: places lie in the text, every problem says something, and the id is one of ours.
fn check_answer(bytes: &[u8]) {
    for problem in load("dev.yaml", bytes).err().unwrap_or_default() {
        assert!(problem.kind.id.starts_with("manifest-"), "{}", problem.kind.id);
        assert_eq!(problem.exit, crate::problem::Exit::Manifest);
        assert!(!problem.what.is_empty());
        let Some(place) = problem.place else { continue };
        assert!(place.line >= 1 && place.column >= 1 && place.width >= 1, "{place:?}");
        let length = place.source.chars().count();
        assert!(place.column as usize <= length + 1, "{place:?} in {:?}", String::from_utf8_lossy(bytes));
        assert!((place.column + place.width) as usize <= length.max(place.column as usize) + 2, "{place:?}");
    }
}
