//! What waited for what while everything was brought up, and for how long: the longest chain as text, all of it as a picture.

use std::time::Duration;

use crate::events::{Event, State, StepState, Timed};
use crate::names::Name;
use crate::words;

/// Two moments so near are one: events of the same cause are told one after the other.
const NEAR_MS: u64 = 50;

/// What a service or an app was about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Downloads and builds.
    Fetching,
    Creating,
    SettingUp,
    Starting,
    BecomingReady,
}

impl Phase {
    fn colour(self) -> &'static str {
        match self {
            Self::Fetching => "#8da0cb",
            Self::Creating => "#bdbdbd",
            Self::SettingUp => "#e5c494",
            Self::Starting => "#a6d854",
            Self::BecomingReady => "#66c2a5",
        }
    }
}

/// A phase with its beginning and its end, in milliseconds of the run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    pub phase: Phase,
    /// `npm ci`, `downloading`.
    pub what: String,
    pub from_ms: u64,
    pub to_ms: u64,
}

/// One service or app.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub name: Name,
    pub needs: Vec<Name>,
    pub spans: Vec<Span>,
}

impl Row {
    pub fn end_ms(&self) -> u64 {
        self.spans.last().map_or(0, |span| span.to_ms)
    }
}

/// A part of the longest chain: what had to be over before the next could go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub name: Name,
    pub from_ms: u64,
    pub to_ms: u64,
    pub spans: Vec<Span>,
}

/// Every service and app that something was done about; `needs` = what each waits for.
pub fn rows(events: &[Timed], needs: &[(Name, Vec<Name>)]) -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    let mut open: Vec<Option<Span>> = Vec::new();
    for timed in events {
        let (name, next) = match &timed.event {
            Event::State { name, state, .. } => (name, phase_of(*state)),
            Event::Setup { name, step, state: StepState::Running, .. } => {
                (name, Some((Phase::SettingUp, step.clone())))
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
            rows[index].spans.push(Span { to_ms: timed.t_ms, ..span });
        }
        open[index] = next.map(|(phase, what)| Span { phase, what, from_ms: timed.t_ms, to_ms: timed.t_ms });
    }
    rows.retain(|row| !row.spans.is_empty());
    rows
}

fn phase_of(state: State) -> Option<(Phase, String)> {
    let phase = match state {
        State::Downloading => (Phase::Fetching, "downloading"),
        State::Building => (Phase::Fetching, "building"),
        State::Creating => (Phase::Creating, "creating"),
        State::Starting => (Phase::Starting, "starting"),
        State::Running => (Phase::BecomingReady, "becoming ready"),
        _ => return None,
    };
    Some((phase.0, phase.1.to_owned()))
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
            needed.iter().filter(move |need| need.end_ms() <= at_ms + NEAR_MS).max_by_key(|need| need.end_ms())
        };
        // Back through what was done without a pause, until the moment that something else released it.
        let mut spans: Vec<Span> = Vec::new();
        for span in row.spans.iter().rev() {
            let from_ms = spans.last().map(|later| later.from_ms);
            let is_released = from_ms.is_some_and(|at| released(at).is_some_and(|need| need.end_ms() + NEAR_MS >= at));
            let is_paused = from_ms.is_some_and(|at| span.to_ms + NEAR_MS < at);
            if is_released || is_paused {
                break;
            }
            spans.push(span.clone());
        }
        spans.reverse();
        let from_ms = spans.first().map_or(0, |span| span.from_ms);
        chain.push(Link { name: row.name.clone(), from_ms, to_ms: row.end_ms(), spans });
        next = released(from_ms).copied().filter(|need| !chain.iter().any(|link| link.name == need.name));
    }
    chain.reverse();
    chain
}

/// A line for each link.
pub fn as_text(chain: &[Link]) -> Vec<String> {
    let time = |ms: u64| words::duration(Duration::from_millis(ms));
    let mut before: Option<&Link> = None;
    let mut lines = Vec::new();
    for link in chain {
        let waited = before.map(|need| format!("waited for {}, ", need.name)).unwrap_or_default();
        let parts: Vec<String> =
            link.spans.iter().map(|span| format!("{} {}", span.what, time(span.to_ms - span.from_ms))).collect();
        lines.push(format!(
            "{}: {waited}then {} ({} to {})",
            link.name,
            parts.join(", "),
            time(link.from_ms),
            time(link.to_ms)
        ));
        before = Some(link);
    }
    lines
}

/// A picture: a bar for each service and app, with a mark on those of the longest chain.
pub fn as_svg(rows: &[Row], chain: &[Link]) -> String {
    const LEFT: u64 = 160;
    const WIDTH: u64 = 800;
    const LINE: u64 = 26;
    let end = rows.iter().map(Row::end_ms).max().unwrap_or(0).max(1);
    let x = |ms: u64| LEFT + ms * WIDTH / end;
    let height = LINE * (rows.len() as u64 + 2);
    let total = LEFT + WIDTH + 20;
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {total} {height}\" font-family=\"sans-serif\" font-size=\"12\">\n\
         <rect width=\"100%\" height=\"100%\" fill=\"#fff\"/>\n"
    );
    for quarter in 0..=4 {
        let ms = end * quarter / 4;
        let label = words::duration(Duration::from_millis(ms));
        svg += &format!("<line x1=\"{0}\" y1=\"20\" x2=\"{0}\" y2=\"{height}\" stroke=\"#ddd\"/>\n", x(ms));
        svg += &format!("<text x=\"{}\" y=\"14\" text-anchor=\"middle\" fill=\"#666\">{label}</text>\n", x(ms));
    }
    for (index, row) in rows.iter().enumerate() {
        let y = LINE * (index as u64 + 1);
        let is_in_chain = chain.iter().any(|link| link.name == row.name);
        let weight = if is_in_chain { "bold" } else { "normal" };
        svg += &format!(
            "<text x=\"{}\" y=\"{}\" text-anchor=\"end\" font-weight=\"{weight}\">{}</text>\n",
            LEFT - 8,
            y + 16,
            row.name
        );
        for span in &row.spans {
            let (from, to) = (x(span.from_ms), x(span.to_ms).max(x(span.from_ms) + 1));
            let title = format!("{}, {}", span.what, words::duration(Duration::from_millis(span.to_ms - span.from_ms)));
            let edge = if is_in_chain { " stroke=\"#d62728\" stroke-width=\"1.5\"" } else { "" };
            svg += &format!(
                "<rect x=\"{from}\" y=\"{}\" width=\"{}\" height=\"18\" fill=\"{}\"{edge}><title>{}</title></rect>\n",
                y + 3,
                to - from,
                span.phase.colour(),
                escaped(&title)
            );
        }
    }
    svg + "</svg>\n"
}

/// Text in a document of XML, which has no room for most control characters.
fn escaped(text: &str) -> String {
    let plain: String = text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
    plain.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
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
        assert!(svg.contains("migrate &lt;&amp;&gt;, 2.0 s"));
        assert!(roxmltree::Document::parse(&as_svg(&[], &[])).is_ok());
    }
}
