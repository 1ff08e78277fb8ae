//! What waits for each other would never start: the last of such a circle starts without waiting.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, Note};

/// Takes the needs away that close a circle, and says so. One that only variables make is left: which of them could do without
/// the other nobody can tell.
pub fn open(findings: &mut Findings) {
    while let Some((from, to)) = closing_need(findings) {
        let evidence = evidence_of(findings, &from);
        for needs in needs_of(findings, &from) {
            needs.retain(|need| need.trim_end_matches('?') != to);
        }
        let text = format!("`{from}` and `{to}` wait for each other: `{from}` starts without waiting");
        findings.notes.push(Note { text, evidence });
    }
}

/// A need that leads back to who has it, and that no variable of it says as well.
fn closing_need(findings: &Findings) -> Option<(String, String)> {
    let graph = graph(findings);
    let services = findings.services.iter().map(|service| (&service.name, &service.needs));
    let apps = findings.apps.iter().map(|app| (&app.name, &app.needs));
    let all: Vec<(&String, &Vec<String>)> = services.chain(apps).collect();
    // The last in the order of the file is the most likely to be able to do without.
    all.into_iter().rev().find_map(|(name, needs)| {
        let leads_back = |need: &&String| {
            let other = need.trim_end_matches('?');
            reaches(&graph, other, name) && !refers(findings, name, other)
        };
        let need = needs.iter().rev().find(leads_back)?;
        Some((name.clone(), need.trim_end_matches('?').to_owned()))
    })
}

/// Who waits for whom.
fn graph(findings: &Findings) -> BTreeMap<&str, BTreeSet<&str>> {
    let services = findings.services.iter().map(|it| (&it.name, &it.needs, &it.env));
    let apps = findings.apps.iter().map(|it| (&it.name, &it.needs, &it.env));
    services
        .chain(apps)
        .map(|(name, needs, env)| {
            let mut others: BTreeSet<&str> = BTreeSet::new();
            others.extend(needs.iter().map(|need| need.trim_end_matches('?')));
            others
                .extend(env.iter().flat_map(|variable| referred(&variable.value.value)).filter(|other| other != name));
            (name.as_str(), others)
        })
        .collect()
}

/// The names that a value waits for; a public address is for people, who wait for nothing.
fn referred(value: &str) -> impl Iterator<Item = &str> {
    value.split("${").skip(1).filter_map(|rest| {
        let (name, attribute) = rest.split_once('}')?.0.split_once('.')?;
        (attribute != "public_url").then_some(name)
    })
}

fn reaches(graph: &BTreeMap<&str, BTreeSet<&str>>, from: &str, to: &str) -> bool {
    let (mut seen, mut open) = (BTreeSet::new(), vec![from]);
    while let Some(name) = open.pop() {
        if name == to {
            return true;
        }
        if seen.insert(name) {
            open.extend(graph.get(name).into_iter().flatten());
        }
    }
    false
}

/// Whether a variable of one waits for another.
fn refers(findings: &Findings, name: &str, other: &str) -> bool {
    let services = findings.services.iter().filter(|service| service.name == name).flat_map(|service| &service.env);
    let apps = findings.apps.iter().filter(|app| app.name == name).flat_map(|app| &app.env);
    services.chain(apps).any(|variable| referred(&variable.value.value).any(|name| name == other))
}

fn needs_of<'f>(findings: &'f mut Findings, name: &'f str) -> impl Iterator<Item = &'f mut Vec<String>> {
    let services = findings.services.iter_mut().filter(move |it| it.name == name).map(|it| &mut it.needs);
    services.chain(findings.apps.iter_mut().filter(move |it| it.name == name).map(|it| &mut it.needs))
}

fn evidence_of(findings: &Findings, name: &str) -> Vec<super::Evidence> {
    let service = findings.services.iter().find(|it| it.name == name).map(|it| &it.evidence);
    let app = || findings.apps.iter().find(|it| it.name == name).map(|it| &it.language.evidence);
    service.or_else(app).into_iter().flatten().take(1).cloned().collect()
}

#[cfg(test)]
mod tests {
    use crate::detect::detect;
    use crate::draft::sound;
    use crate::repo::Repo;

    #[test]
    fn services_that_wait_for_each_other_are_all_there() {
        let text = "services:\n  a: {image: 'acme/a:1', depends_on: [b]}\n  b: {image: 'acme/b:1', depends_on: [c]}\n  \
                    c: {image: 'acme/c:1', depends_on: [a]}\n";
        let findings = detect(&Repo::of(&[("compose.yaml", text)]));
        let needs: Vec<String> = findings.services.iter().map(|it| format!("{} {:?}", it.name, it.needs)).collect();
        assert_eq!(needs, ["a [\"b\"]", "b [\"c\"]", "c []"]);
        let told = |note: &super::Note| note.text == "`c` and `a` wait for each other: `c` starts without waiting";
        assert!(findings.notes.iter().any(told), "{:?}", findings.notes);
        assert_eq!(sound("dev.yaml", &findings).unwrap().1, []);
    }
}
