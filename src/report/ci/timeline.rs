//! What waited for what while everything was brought up, by what each needs; told and drawn as every timeline is.

use crate::events::{Event, State, StepState, Timed};
use crate::figures::timeline::{self, Link, Span, Timeline};
use crate::names::Name;

/// Two moments so near are one: events of the same cause are told one after the other. In milliseconds.
const NEAR: u64 = 50;

/// One service or app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub name: Name,
    pub needs: Vec<Name>,
    pub spans: Vec<Span>,
}

impl Row {
    pub fn end_ms(&self) -> u64 {
        self.spans.last().map_or(0, |span| span.to)
    }
}

/// Every service and app that something was done about; `needs` = what each waits for.
pub fn rows(events: &[Timed], needs: &[(Name, Vec<Name>)]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut open: Vec<Option<Span>> = Vec::new();
    for timed in events {
        let (name, next) = match &timed.event {
            Event::State { name, state, .. } => {
                let times = (timed.t_ms, timed.t_ms);
                (name, word_of(*state).map(|word| Span::of_state(word, times)))
            }
            Event::Setup { name, step, state: StepState::Running, .. } => {
                (name, Some(Span::new("setup", step.clone(), (timed.t_ms, timed.t_ms))))
            }
            Event::Setup { name, elapsed_ms: Some(_), .. } => (name, None),
            _ => continue,
        };
        let index = rows.iter().position(|row| row.name == *name).unwrap_or_else(|| {
            let needs = needs.iter().find(|(known, _)| known == name).map(|(_, needs)| needs.clone());
            rows.push(Row { name: name.clone(), needs: needs.unwrap_or_default(), spans: Vec::new() });
            open.push(None);
            rows.len() - 1
        });
        if let Some(span) = open[index].take() {
            rows[index].spans.push(Span { to: timed.t_ms.max(span.from), ..span });
        }
        open[index] = next;
    }
    rows.retain(|row| !row.spans.is_empty());
    rows
}

/// What is done in a state; nothing where it is waited or everything is done.
fn word_of(state: State) -> Option<&'static str> {
    match state {
        State::Downloading => Some("downloading"),
        State::Building => Some("building"),
        State::Creating => Some("creating"),
        State::Starting => Some("starting"),
        State::Running => Some("running"),
        _ => None,
    }
}

/// The longest chain that ends with `last`, or with whatever was over last; the first link first.
pub fn longest_chain(rows: &[Row], last: Option<&Name>) -> Vec<Link> {
    let named = |name: &Name| rows.iter().find(|row| row.name == *name);
    let mut chain = Vec::new();
    let mut next = match last {
        Some(name) => named(name),
        None => rows.iter().max_by_key(|row| row.end_ms()),
    };
    while let Some(row) = next {
        let needed: Vec<&Row> = row.needs.iter().filter_map(named).collect();
        let released = |at_ms: u64| {
            needed.iter().filter(move |need| need.end_ms() <= at_ms + NEAR).max_by_key(|need| need.end_ms())
        };
        // Back through what was done without a pause, until the moment that something else released it.
        let mut spans: Vec<Span> = Vec::new();
        for span in row.spans.iter().rev() {
            let from_ms = spans.last().map(|later| later.from);
            let is_released = from_ms.is_some_and(|at| released(at).is_some_and(|need| need.end_ms() + NEAR >= at));
            let is_paused = from_ms.is_some_and(|at| span.to + NEAR < at);
            if is_released || is_paused {
                break;
            }
            spans.push(span.clone());
        }
        spans.reverse();
        let link = Link { name: row.name.to_string(), spans };
        let from_ms = link.from();
        chain.push(link);
        next = released(from_ms).copied().filter(|need| !chain.iter().any(|link| link.name == need.name.as_str()));
    }
    chain.reverse();
    chain
}

/// A line for each link of the longest chain.
pub fn as_text(chain: &[Link]) -> Vec<String> {
    timeline::told(chain)
}

/// A picture: a bar for each service and app, with a mark on those of the longest chain.
pub fn as_svg(rows: &[Row], chain: &[Link]) -> String {
    let is_in_chain = |row: &Row| chain.iter().any(|link| link.name == row.name.as_str());
    let critical = rows.iter().enumerate().filter(|(_, row)| is_in_chain(row)).map(|(index, _)| index).collect();
    let drawn = rows.iter().map(|row| {
        let name = row.name.to_string();
        timeline::Row { of: name.clone(), name, spans: row.spans.clone(), ok: true }
    });
    let total = rows.iter().map(Row::end_ms).max().unwrap_or(0);
    Timeline { rows: drawn.collect(), total, critical }.picture("devenv ci")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;
    use crate::report::tests::{at, setup, state};

    /// `db` and `cache` side by side, then the setup of `api`, of which fetching needs nobody, then `api` itself.
    fn story() -> Vec<Row> {
        let service = |name: &str, to| state(name, Kind::Service, to, "");
        let app = |name: &str, to| state(name, Kind::App, to, "");
        let events = [
            at(0, service("db", State::Downloading)),
            at(0, service("cache", State::Creating)),
            at(0, app("api", State::Waiting)),
            at(10, setup("api", "npm ci", StepState::Running, "", None)),
            at(400, service("cache", State::Ready)),
            at(900, setup("api", "npm ci", StepState::Done, "", Some(890))),
            at(5000, service("db", State::Starting)),
            at(5200, service("db", State::Running)),
            at(6000, service("db", State::Ready)),
            at(6010, setup("api", "migrate <&>", StepState::Running, "", None)),
            at(8010, setup("api", "migrate <&>", StepState::Done, "", Some(2000))),
            at(8020, app("api", State::Starting)),
            at(9000, app("api", State::Ready)),
        ];
        let name = |text: &str| Name::parse(text).unwrap();
        rows(&events, &[(name("api"), vec![name("db"), name("cache")])])
    }

    #[test]
    fn the_longest_chain_leaves_out_what_nobody_waited_for() {
        assert_eq!(
            as_text(&longest_chain(&story(), None)),
            [
                "db: then downloading 5.0 s, starting 200 ms, becoming ready 800 ms (0 ms to 6.0 s)",
                "api: waited for db, then migrate <&> 2.0 s, starting 980 ms (6.0 s to 9.0 s)",
            ]
        );
        let cache = Name::parse("cache").unwrap();
        assert_eq!(as_text(&longest_chain(&story(), Some(&cache))), ["cache: then creating 400 ms (0 ms to 400 ms)"]);
        assert!(longest_chain(&[], None).is_empty());
    }

    #[test]
    fn the_own_work_of_an_app_is_the_chain_where_it_was_longer_than_that_of_its_needs() {
        let events = [
            at(0, state("db", Kind::Service, State::Starting, "")),
            at(0, setup("api", "npm ci", StepState::Running, "", None)),
            at(500, state("db", Kind::Service, State::Ready, "")),
            at(4000, setup("api", "npm ci", StepState::Done, "", Some(4000))),
            at(4000, state("api", Kind::App, State::Starting, "")),
            at(4500, state("api", Kind::App, State::Ready, "")),
        ];
        let name = |text: &str| Name::parse(text).unwrap();
        let rows = rows(&events, &[(name("api"), vec![name("db")])]);
        assert_eq!(as_text(&longest_chain(&rows, None)), ["api: then npm ci 4.0 s, starting 500 ms (0 ms to 4.5 s)"]);
    }

    #[test]
    fn the_picture_is_whole_and_harmless() {
        let rows = story();
        let svg = as_svg(&rows, &longest_chain(&rows, None));
        let document = roxmltree::Document::parse(&svg).unwrap();
        let bars = document.descendants().filter(|node| node.has_tag_name("title")).count();
        assert_eq!(bars, rows.iter().map(|row| row.spans.len()).sum::<usize>());
        assert!(svg.contains("api: migrate &lt;&amp;&gt;, 2 s"), "{svg}");
        assert!(roxmltree::Document::parse(&as_svg(&[], &[])).is_ok());
    }
}
