//! Variables, and references in values and commands.

use expect_test::expect;

use super::*;

#[test]
fn variables() {
    expect![[r##"
        error[manifest-bad-variable]: no variable can be called `1A`
          dev.yaml:5:7
          |       1A: x
          |       ^^
          why: it begins with a letter or `_` and goes on with letters, digits, `_`, `.` or `-`
        error[manifest-bad-variable]: no variable can be called `A B`
          dev.yaml:6:7
          |       A B: x
          |       ^^^
          why: it begins with a letter or `_` and goes on with letters, digits, `_`, `.` or `-`
        error[manifest-wrong-type]: `LIST` in `env` of the app `a` must be a single value, not a list
          dev.yaml:7:13
          |       LIST: [a]
          |             ^
          fix: write for example  LIST: value
        error[manifest-comment-as-value]: `COLOR` in `env` of the app `a` is empty, because `#` begins a comment
          dev.yaml:8:7
          |       COLOR: #fff
          |       ^^^^^
          fix: write "#fff" in quotes if it is the value
          fix: or put a space after the `#` if it is a comment
        error[manifest-wrong-type]: each line of `env` of the app `b` must be `KEY=value`, not `B`
          dev.yaml:10:29
          |   b: { image: x, env: [A=1, B, { C: d }] }
          |                             ^
          fix: write `KEY: value` lines under `env:`
        error[manifest-wrong-type]: each line of `env` of the app `b` must be `KEY=value`, not a mapping
          dev.yaml:10:32
          |   b: { image: x, env: [A=1, B, { C: d }] }
          |                                ^
          fix: write for example  env: { LOG_LEVEL: debug }
    "##]].assert_eq(&parsed(
        "apps:\n  a:\n    image: x\n    env:\n      1A: x\n      A B: x\n      LIST: [a]\n      COLOR: #fff\n      FINE: # a comment\n  \
         b: { image: x, env: [A=1, B, { C: d }] }\n",
    ));
}

#[test]
fn references_that_are_none() {
    expect![[r#"
        error[manifest-bad-reference]: `${PORT}` is not a reference
          dev.yaml:5:10
          |       A: ${PORT}
          |          ^^^^^^^
          why: references are `${name.attribute}` and `${secret.NAME}`
          fix: write `$${PORT}` for the text `${PORT}` itself
        error[manifest-bad-reference]: `${db}` is not a reference
          dev.yaml:6:10
          |       B: ${db}
          |          ^^^^^
          why: references are `${name.attribute}` and `${secret.NAME}`
          fix: did you mean `${db.url}`?
          fix: write `$${db}` for the text `${db}` itself
        error[manifest-bad-reference]: `${DB.url}` is not a reference
          dev.yaml:7:10
          |       C: ${DB.url}
          |          ^^^^^^^^^
          why: references are `${name.attribute}` and `${secret.NAME}`
          fix: did you mean `${db.url}`?
          fix: write `$${DB.url}` for the text `${DB.url}` itself
        error[manifest-bad-reference]: `${` is not closed
          dev.yaml:8:10
          |       D: ${db.url
          |          ^^
          fix: add the missing `}`
          fix: or write `$${` for the text `${` itself
        error[manifest-bad-reference]: `${}` is not a reference
          dev.yaml:9:12
          |       E: a ${} b ${x:-y}
          |            ^^^
          why: references are `${name.attribute}` and `${secret.NAME}`
          fix: write `$${}` for the text `${}` itself
        error[manifest-bad-reference]: `${x:-y}` is not a reference
          dev.yaml:9:18
          |       E: a ${} b ${x:-y}
          |                  ^^^^^^^
          why: references are `${name.attribute}` and `${secret.NAME}`
          fix: write `$${x:-y}` for the text `${x:-y}` itself
        error[manifest-bad-reference]: `${HOME}` is not a reference
          dev.yaml:13:14
          |         then ${HOME}
          |              ^^^^^^^
          why: references are `${name.attribute}` and `${secret.NAME}`
          fix: write `$${HOME}` for the text `${HOME}` itself
        error[manifest-bad-reference]: `${db/url}` is not a reference
          dev.yaml:14:10
          |       H: ${db/url}
          |          ^^^^^^^^^
          why: references are `${name.attribute}` and `${secret.NAME}`
          fix: did you mean `${db.url}`?
          fix: write `$${db/url}` for the text `${db/url}` itself
    "#]].assert_eq(&parsed(
        "apps:\n  a:\n    image: x\n    env:\n      A: ${PORT}\n      B: ${db}\n      C: ${DB.url}\n      D: ${db.url\n      \
         E: a ${} b ${x:-y}\n      F: ${secrets.KEY}\n      G: |\n        first\n        then ${HOME}\n      H: ${db/url}\n",
    ));
}

#[test]
fn a_shell_keeps_its_own_variables() {
    let manifest = read(
        "tasks:\n  t: 'echo ${HOME} ${x:-${y}} $${db.url} $$ ${db.url} ${PORT.x} ${unclosed'\n  u: |\n    one ${a.b}\n    two\n",
    );
    let parts = &manifest.tasks[0].run.value.parts;
    assert_eq!(parts.len(), 3);
    assert_eq!(parts[0], crate::manifest::Part::Text("echo ${HOME} ${x:-${y}} ${db.url} $$ ".to_owned()));
    assert_eq!(parts[2], crate::manifest::Part::Text(" ${PORT.x} ${unclosed".to_owned()));
}

#[test]
fn a_dollar_can_be_written_before_a_brace() {
    let manifest = read("apps:\n  a: { image: x, env: { A: '$${x} $ $$${y} $$ {', B: '$${db.url}' } }\n");
    let value = |index: usize| manifest.apps[0].env[index].value.value.clone();
    assert_eq!(value(0), crate::manifest::Template::text("${x} $ $${y} $$ {"));
    assert_eq!(value(1), crate::manifest::Template::text("${db.url}"));
}
