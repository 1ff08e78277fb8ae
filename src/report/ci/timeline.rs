//! What waited for what while everything was brought up, by what each needs; told and drawn as every timeline is.

use crate::events::{Event, State, StepState, Timed};
use crate::figures::chain::{Work, longest_chain};
use crate::figures::timeline::{self, Link, Span, Timeline};
use crate::names::Name;

/// Every service and app that something was done about; `needs` = what each waits for.
pub fn rows(events: &[Timed], needs: &[(Name, Vec<Name>)]) -> Vec<Work> {
    let mut rows: Vec<Work> = Vec::new();
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
        let index = rows.iter().position(|row| row.name == name.as_str()).unwrap_or_else(|| {
            let needs = needs.iter().find(|(known, _)| known == name).map_or(&[][..], |(_, needs)| needs);
            let needs = needs.iter().map(Name::to_string).collect();
            rows.push(Work { name: name.to_string(), needs: Some(needs), spans: Vec::new() });
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

/// A line for each link of the longest chain.
pub fn as_text(chain: &[Link]) -> Vec<String> {
    timeline::told(chain)
}

/// A picture: a bar for each service and app, with a mark on those of the longest chain.
pub fn as_svg(rows: &[Work]) -> String {
    let drawn = rows.iter().map(|row| {
        let name = row.name.clone();
        timeline::Row { of: name.clone(), name, spans: row.spans.clone(), ok: true }
    });
    Timeline::new(drawn.collect(), longest_chain(rows, None)).picture("devenv ci")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Kind;
    use crate::report::tests::{at, setup, state};

    /// `db` and `cache` side by side, then the setup of `api`, of which fetching needs nobody, then `api` itself.
    fn story() -> Vec<Work> {
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
        assert_eq!(as_text(&longest_chain(&story(), Some("cache"))), ["cache: then creating 400 ms (0 ms to 400 ms)"]);
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
        let svg = as_svg(&rows);
        let document = roxmltree::Document::parse(&svg).unwrap();
        let bars = document.descendants().filter(|node| node.has_tag_name("title")).count();
        assert_eq!(bars, rows.iter().map(|row| row.spans.len()).sum::<usize>());
        assert!(svg.contains("api: migrate &lt;&amp;&gt;, 2 s"), "{svg}");
        assert!(roxmltree::Document::parse(&as_svg(&[])).is_ok());
    }
}
