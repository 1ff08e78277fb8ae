//! Whether everything can be started: nothing waits, by others or directly, for itself.

use super::{Checker, Unit};
use crate::manifest::{Reference, Span};
use crate::problem::{Problem, kinds};

/// Of a longer cycle only the beginning is spelled out.
const MOST_LINES: usize = 12;

/// What a unit waits for, and the place that says so.
type Edges = Vec<(usize, Span)>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seen {
    No,
    /// On the path that is being walked.
    Open,
    Done,
}

impl Checker<'_, '_, '_> {
    pub(super) fn cycles(&mut self) {
        let graph: Vec<Edges> = (0..self.units.len()).map(|index| self.edges(index)).collect();
        let mut seen = vec![Seen::No; graph.len()];
        for start in 0..graph.len() {
            if seen[start] == Seen::No {
                self.walk(start, &graph, &mut seen);
            }
        }
    }

    fn edges(&self, index: usize) -> Edges {
        let unit = self.units[index];
        let needs = match unit {
            Unit::Service(service) => &service.needs,
            Unit::App(app) => &app.needs,
        };
        let references: Vec<_> = match unit {
            Unit::Service(service) => service.templates().flat_map(|text| text.references()).collect(),
            Unit::App(app) => app.templates().flat_map(|text| text.references()).collect(),
        };
        let mut edges = Edges::new();
        let mut add = |name: &str, span| {
            if let Some(&target) = self.by_name.get(name)
                && target != index
                && !edges.iter().any(|(known, _)| *known == target)
            {
                edges.push((target, span));
            }
        };
        for reference in references {
            if let Reference::Value { name, .. } = &reference.value
                && reference.value.is_dependency()
            {
                add(name, reference.span);
            }
        }
        for need in needs {
            add(need.name.value.as_str(), need.name.span);
        }
        edges
    }

    /// Walks in depth, without recursion: a chain may be as long as the manifest.
    fn walk(&mut self, start: usize, graph: &[Edges], seen: &mut [Seen]) {
        let mut path: Vec<(usize, usize)> = vec![(start, 0)];
        seen[start] = Seen::Open;
        while let Some((unit, next)) = path.last_mut() {
            let Some((target, _)) = graph[*unit].get(*next) else {
                seen[*unit] = Seen::Done;
                path.pop();
                continue;
            };
            *next += 1;
            match seen[*target] {
                Seen::Done => {}
                Seen::No => {
                    seen[*target] = Seen::Open;
                    path.push((*target, 0));
                }
                // A cycle may be as long as the manifest, so it is not even written down when nobody is told.
                Seen::Open if self.findings.is_full() => {}
                Seen::Open => {
                    let from = path.iter().position(|(unit, _)| unit == target).unwrap_or(0);
                    let steps: Vec<(usize, Span)> =
                        path[from..].iter().map(|(unit, next)| (*unit, graph[*unit][next - 1].1)).collect();
                    self.cycle(&steps);
                }
            }
        }
    }

    fn cycle(&mut self, steps: &[(usize, Span)]) {
        // Told from the one that comes first in the text.
        let first = (0..steps.len()).min_by_key(|index| steps[*index].0).unwrap_or(0);
        let mut steps = steps.to_vec();
        steps.rotate_left(first);
        let Some((_, span)) = steps.first().copied() else { return };
        let units = &self.units;
        self.findings.add(span, || {
            let name = |index: usize| units[steps[index % steps.len()].0].name();
            let path: Vec<&str> = (0..=steps.len()).map(name).collect();
            let lines: Vec<String> = (0..steps.len().min(MOST_LINES))
                .map(|index| format!("`{}` needs `{}` (line {})", name(index), name(index + 1), steps[index].1.line))
                .collect();
            Problem::new(&kinds::MANIFEST_CYCLE, format!("nothing can start first: {}", path.join(" -> ")))
                .why(lines.join("\n"))
                .fix("remove one of these; what people open in a browser is `public_url`, which waits for nothing")
        });
    }
}
