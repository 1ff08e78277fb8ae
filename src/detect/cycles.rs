//! What waits for each other would never start: the last of such a circle starts without waiting.

use std::collections::{BTreeMap, BTreeSet};

use super::{Findings, Note};

/// Takes the needs away that close a circle, and says so. One that only variables make is left: which of them could do without
/// the other nobody can tell.
pub fn open(findings: &mut Findings) {
    loop {
        // One that was taken away may have hidden another; each round goes over every need once.
        let closing = Graph::of(findings).closing();
        if closing.is_empty() {
            return;
        }
        for (from, to) in closing {
            let evidence = evidence_of(findings, &from);
            for needs in needs_of(findings, &from) {
                needs.retain(|need| need.trim_end_matches('?') != to);
            }
            let text = format!("`{from}` and `{to}` wait for each other: `{from}` starts without waiting");
            findings.notes.push(Note { text, evidence });
        }
    }
}

/// Who waits for whom.
struct Graph {
    names: Vec<String>,
    /// In the order of the file.
    edges: Vec<Vec<Edge>>,
}

#[derive(Clone, Copy)]
struct Edge {
    to: usize,
    /// No variable says the same as the need.
    is_only_need: bool,
}

/// How far the walk through the graph is with somebody.
#[derive(Clone, Copy, PartialEq)]
enum Seen {
    Not,
    /// Those who wait for it are being walked through, and the next edge to look at.
    Open(usize),
    Done,
}

impl Graph {
    fn of(findings: &Findings) -> Self {
        let services = findings.services.iter().map(|it| (&it.name, &it.needs, &it.env));
        let all: Vec<_> = services.chain(findings.apps.iter().map(|it| (&it.name, &it.needs, &it.env))).collect();
        let places: BTreeMap<&str, usize> =
            all.iter().enumerate().map(|(at, (name, ..))| (name.as_str(), at)).collect();
        let edges = all.iter().map(|(name, needs, env)| {
            let variables =
                env.iter().flat_map(|variable| referred(&variable.value.value)).filter(|other| other != name);
            let said: BTreeSet<&str> = variables.collect();
            let needs: BTreeSet<&str> = needs.iter().map(|need| need.trim_end_matches('?')).collect();
            let to = |other: &&str| places.get(other).copied();
            let needed =
                needs.iter().filter_map(|other| Some(Edge { to: to(other)?, is_only_need: !said.contains(other) }));
            let only_said =
                said.difference(&needs).filter_map(|other| Some(Edge { to: to(other)?, is_only_need: false }));
            needed.chain(only_said).collect()
        });
        Self { edges: edges.collect(), names: all.iter().map(|(name, ..)| (*name).clone()).collect() }
    }

    /// Needs without which no circle that they close is left. The last of a circle, in the order of the file, is the most likely to be
    /// able to do without.
    fn closing(&self) -> Vec<(String, String)> {
        let mut seen = vec![Seen::Not; self.names.len()];
        let mut closing = BTreeSet::new();
        for start in 0..self.names.len() {
            // Those who wait for each other, from the first to the one that is looked at.
            let mut way = vec![start];
            if seen[start] == Seen::Not {
                seen[start] = Seen::Open(0);
            }
            while let Some(&here) = way.last() {
                let Seen::Open(next) = seen[here] else { break };
                let Some(edge) = self.edges[here].get(next) else {
                    seen[here] = Seen::Done;
                    way.pop();
                    continue;
                };
                seen[here] = Seen::Open(next + 1);
                match seen[edge.to] {
                    Seen::Not => {
                        seen[edge.to] = Seen::Open(0);
                        way.push(edge.to);
                    }
                    Seen::Open(_) => closing.extend(self.closing_of(&way, edge.to, &closing)),
                    Seen::Done => {}
                }
            }
        }
        let named = |(from, to): (usize, usize)| (self.names[from].clone(), self.names[to].clone());
        closing.into_iter().map(named).collect()
    }

    /// The need of a circle to take away: the last one that no variable says as well; nothing where it is open already.
    fn closing_of(&self, way: &[usize], first: usize, closing: &BTreeSet<(usize, usize)>) -> Option<(usize, usize)> {
        let begin = way.iter().position(|at| *at == first)?;
        let circle: Vec<usize> = way[begin..].iter().copied().chain([first]).collect();
        let pairs = || circle.windows(2).map(|pair| (pair[0], pair[1]));
        if pairs().any(|pair| closing.contains(&pair)) {
            return None;
        }
        let is_only_need =
            |(from, to): &(usize, usize)| self.edges[*from].iter().any(|edge| edge.to == *to && edge.is_only_need);
        pairs().rev().find(is_only_need)
    }
}

/// The names that a value waits for; a public address is for people, who wait for nothing.
pub fn referred(value: &str) -> impl Iterator<Item = &str> {
    value.split("${").skip(1).filter_map(|rest| {
        let (name, attribute) = rest.split_once('}')?.0.split_once('.')?;
        (attribute != "public_url").then_some(name)
    })
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

    #[test]
    fn hundreds_of_services_that_all_wait_for_each_other_take_no_time() {
        let names: Vec<String> = (0..300).map(|at| format!("s{at:03}")).collect();
        let first =
            format!("services:\n  {}: {{image: 'acme/a:1', depends_on: &all [{}]}}\n", names[0], names.join(", "));
        let others = names[1..].iter().map(|name| format!("  {name}: {{image: 'acme/a:1', depends_on: *all}}\n"));
        let began = std::time::Instant::now();
        let findings = detect(&Repo::of(&[("compose.yaml", &(first + &others.collect::<String>()))]));
        assert_eq!(findings.services.len(), 300);
        assert_eq!(findings.services[299].needs.len(), 0);
        assert!(super::Graph::of(&findings).closing().is_empty());
        // Seconds of work; other programs of this computer may take most of the time.
        assert!(began.elapsed().as_secs() < 120, "{:?}", began.elapsed());
    }
}
