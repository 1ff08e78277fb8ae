//! What the language accepts, and what it means.

use super::*;
use crate::manifest::{AppSource, Part, Reference, Runtime, ServiceSource, Tools};

#[test]
fn a_complete_manifest_is_read_whole() {
    let manifest = read(COMPLETE);
    assert_eq!(manifest.services.len(), 6);
    assert_eq!(manifest.apps.len(), 6);
    let db = ServiceSource::Catalog { id: "postgres".to_owned(), version: Some("16".to_owned()) };
    assert_eq!(manifest.services[0].source.value, db);
    let node =
        AppSource::Runtime(Runtime::of(Tools::Catalog { id: "node".to_owned(), version: Some("22".to_owned()) }));
    assert_eq!(manifest.apps[0].source.value, node);
    assert_eq!(manifest.checks.len(), 5);
}

#[test]
fn values_stay_the_text_they_look_like() {
    let manifest = read(COMPLETE);
    let values: Vec<String> = manifest.apps[0]
        .env
        .iter()
        .skip(4)
        .map(|variable| {
            let text: String = variable
                .value
                .value
                .parts
                .iter()
                .map(|part| match part {
                    Part::Text(text) => text.as_str(),
                    Part::Reference(_) => "?",
                })
                .collect();
            format!("{}={text}", variable.key.value)
        })
        .collect();
    assert_eq!(values, ["NO=no", "TIME=22:22", "VERSION=1.10", "MODE=0755", "EMPTY=", "LITERAL=${HOME}"]);
}

#[test]
fn a_reference_knows_its_place_inside_a_value() {
    let manifest = read("apps:\n  a:\n    image: x\n    env:\n      U: \"ü ${db.url} ${secret.KEY}\"\n");
    let template = &manifest.apps[0].env[0].value.value;
    let places: Vec<_> = template.references().map(|at| (at.span.line, at.span.column, at.span.width)).collect();
    assert_eq!(places, [(5, 13, 9), (5, 23, 13)]);
    assert_eq!(template.references().nth(1).unwrap().value, Reference::Secret("KEY".to_owned()));
}

#[test]
fn a_script_of_several_lines_may_hold_anything() {
    let manifest = read("tasks:\n  t: |\n    if true; then\n    \techo \"a: b\" # no comment\n    fi\n");
    let text = crate::manifest::Template::text("if true; then\n\techo \"a: b\" # no comment\nfi\n");
    assert_eq!(manifest.tasks[0].run.value, text);
}
