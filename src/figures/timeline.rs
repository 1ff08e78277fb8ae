//! A run as a timeline: what each service, app and setup step did when, and what everybody waited for in the end. Of the journal here,
//! of a run of `devenv ci` by who knows its needs: drawn and told alike.

use std::fmt::Write;
use std::time::Duration;

use super::chain::{Work, longest_chain};
use super::chart::{STYLE, Size, Unit, begin, count, cut, escaped, scale};
use super::line::{Line, UnitLine};
use crate::words;

/// Nothing takes longer; what says so stands in a journal that somebody has written by hand. In milliseconds.
const LONGEST: u64 = 30 * 86_400_000;

/// A row: a service, app or setup step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    pub name: String,
    /// The service or app that it belongs to.
    pub of: String,
    /// What it did, one after the other.
    pub spans: Vec<Span>,
    pub ok: bool,
}

/// What a row did from one time to another, in milliseconds since the command began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// As the journal calls it: `downloading`; `setup` of a setup step.
    pub doing: String,
    /// As a person reads it: `becoming ready`, `npm ci`.
    pub what: String,
    pub from: u64,
    pub to: u64,
}

/// A part of the longest chain: what had to be over before the next could go on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    pub name: String,
    /// What it did in the chain, without a pause.
    pub spans: Vec<Span>,
}

impl Link {
    pub fn from(&self) -> u64 {
        self.spans.first().map_or(0, |span| span.from)
    }

    pub fn to(&self) -> u64 {
        self.spans.last().map_or(0, |span| span.to)
    }
}

/// A chain in words, a line for each link, the first one first.
pub fn told(chain: &[Link]) -> Vec<String> {
    let time = |ms: u64| words::duration(Duration::from_millis(ms));
    let mut before: Option<&Link> = None;
    let mut lines = Vec::new();
    for link in chain {
        let waited = before.map(|need| format!("waited for {}, ", need.name)).unwrap_or_default();
        let parts: Vec<String> =
            link.spans.iter().map(|span| format!("{} {}", span.what, time(span.to - span.from))).collect();
        let (name, parts) = (&link.name, parts.join(", "));
        lines.push(format!("{name}: {waited}then {parts} ({} to {})", time(link.from()), time(link.to())));
        before = Some(link);
    }
    lines
}

/// All of a run.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Timeline {
    pub rows: Vec<Row>,
    /// Milliseconds.
    pub total: u64,
    /// What everything waited for in the end.
    pub chain: Vec<Link>,
}

impl Timeline {
    /// Of a run of the journal.
    pub fn of(line: &Line<'_>) -> Self {
        let mut rows: Vec<Row> = Vec::new();
        for unit in &line.units {
            let mut spans: Vec<Span> = Vec::new();
            for (index, (state, from)) in unit.states.iter().enumerate() {
                let next = unit.states.get(index + 1).map(|(_, next)| *next);
                if let Some(to) = next.filter(|_| !is_end(state)) {
                    spans.push(Span::of_state(state, (*from, to)));
                }
            }
            let ok = unit.states.last().is_none_or(|(state, _)| *state != "failed");
            let name = unit.name.to_owned();
            rows.push(Row { of: name.clone(), name, spans, ok });
            for step in line.steps.iter().filter(|step| step.of == unit.name) {
                let spans = vec![Span::new("setup", step.name.to_owned(), (step.from, step.to))];
                let (name, of) = (format!("{}: {}", step.of, step.name), step.of.to_owned());
                rows.push(Row { name, of, spans, ok: step.ok });
            }
        }
        let works: Vec<Work> = line.units.iter().map(|unit| work_of(unit, &rows)).collect();
        let mut timeline = Self::new(rows, longest_chain(&works, None));
        timeline.total = timeline.total.max(line.ready_ms.unwrap_or_default().min(LONGEST));
        timeline
    }

    /// Until the last of the rows has ended.
    pub fn new(rows: Vec<Row>, chain: Vec<Link>) -> Self {
        let total = rows.iter().filter_map(Row::end).max().unwrap_or(0);
        Self { rows, total, chain }
    }

    /// Whether the end waited for something that this row did.
    fn is_critical(&self, row: &Row) -> bool {
        let link = self.chain.iter().find(|link| link.name == row.of);
        // By where they begin: in the chain a state ends where a setup step does something instead.
        let is_same = |one: &Span, other: &Span| one.doing == other.doing && one.from == other.from;
        link.is_some_and(|link| row.spans.iter().any(|span| link.spans.iter().any(|other| is_same(span, other))))
    }

    /// For a terminal of this many columns.
    pub fn text(&self, columns: usize) -> String {
        let names = self.rows.iter().map(|row| row.name.chars().count()).max().unwrap_or(0).clamp(4, 28);
        let room = columns.saturating_sub(names + 14).clamp(20, 100);
        let mut text = String::new();
        for row in &self.rows {
            let bar: String =
                (0..room).map(|cell| row.letter(self.moment(cell, room), self.moment(cell + 1, room))).collect();
            let mark = if self.is_critical(row) { '▸' } else { ' ' };
            let took = row.busy().map_or_else(String::new, |(from, to)| Unit::Seconds.text(seconds(to - from)));
            let name = cut(&row.name, names);
            let failed = if row.ok { "" } else { " failed" };
            let _ = writeln!(text, "{mark} {name:<names$}  {}  {took}{failed}", bar.trim_end());
        }
        let _ = writeln!(
            text,
            "  {:<names$}  · waits  ░ downloads or builds  ▒ is made and set up  ▓ starts  █ runs until ready",
            ""
        );
        text.push_str(&self.explained());
        text
    }

    /// What everything waited for, in words: the first thing first.
    pub fn explained(&self) -> String {
        told(&self.chain).iter().map(|line| format!("{line}\n")).collect()
    }

    /// As a picture of its own.
    pub fn picture(&self, title: &str) -> String {
        let paper = format!("<style>{STYLE}</style><rect class=\"paper\" width=\"100%\" height=\"100%\"/>");
        let svg = self.svg(title);
        let inside = svg.find('>').map_or(0, |end| end + 1);
        format!("{}{paper}{}", &svg[..inside], &svg[inside..])
    }

    /// As a part of a page that knows the colours of charts.
    pub fn svg(&self, title: &str) -> String {
        const ROW: f64 = 26.0;
        const LEFT: f64 = 220.0;
        const WIDTH: u32 = 960;
        let height = 64 + u32::try_from(self.rows.len()).unwrap_or(0).saturating_mul(26) + 56;
        let mut svg = begin(title, Size { width: WIDTH, height });
        let long = f64::from(WIDTH) - LEFT - 90.0;
        let total = seconds(self.total.max(1));
        let x = |milliseconds: u64| LEFT + long * (seconds(milliseconds) / total).min(1.0);
        let bottom = f64::from(height) - 52.0;
        let (_, step) = scale(total, Unit::Seconds);
        let mut at = 0.0;
        while at <= total {
            let x = LEFT + long * at / total;
            let _ = write!(svg, r#"<line class="grid" x1="{x:.1}" x2="{x:.1}" y1="36" y2="{bottom}"/>"#);
            let label = Unit::Seconds.text(at);
            let _ = write!(svg, r#"<text x="{x:.1}" y="{:.0}" text-anchor="middle">{label}</text>"#, bottom + 18.0);
            at += step;
        }
        svg.push_str(&legend(LEFT, bottom + 32.0));
        for (index, row) in self.rows.iter().enumerate() {
            let y = 40.0 + ROW * count(index);
            let is_critical = self.is_critical(row);
            let (name, class) = (escaped(&cut(&row.name, 30)), if is_critical { r#" class="title""# } else { "" });
            let _ = write!(
                svg,
                r#"<text{class} x="{:.0}" y="{:.0}" text-anchor="end">{name}</text>"#,
                LEFT - 10.0,
                y + 15.0
            );
            for span in &row.spans {
                let (from, to) = (x(span.from), x(span.to));
                let (class, tall) = colour(&span.doing, row.ok);
                let (wide, top) = ((to - from).max(1.0), y + (18.0 - tall) / 2.0 + 1.0);
                let _ = write!(
                    svg,
                    r#"<rect class="{class}" x="{from:.1}" y="{top:.1}" width="{wide:.1}" height="{tall}" rx="2">"#
                );
                let took = Unit::Seconds.text(seconds(span.to - span.from));
                let _ = write!(svg, "<title>{}: {}, {took}</title></rect>", escaped(&row.of), escaped(&span.what));
            }
            if let Some((from, to)) = row.busy() {
                let took = Unit::Seconds.text(seconds(to - from));
                let _ = write!(svg, r#"<text x="{:.1}" y="{:.0}">{took}</text>"#, x(to) + 8.0, y + 15.0);
            }
        }
        svg + "</svg>"
    }

    fn moment(&self, cell: usize, room: usize) -> u64 {
        self.total * cell as u64 / room.max(1) as u64
    }
}

impl Span {
    pub fn new(doing: &str, what: String, (from, to): (u64, u64)) -> Self {
        let from = from.min(LONGEST);
        Self { doing: doing.to_owned(), what, from, to: to.min(LONGEST).max(from) }
    }

    /// From a state, as the journal calls it, to the next one.
    pub fn of_state(state: &str, times: (u64, u64)) -> Self {
        let what = if state == "running" { "becoming ready" } else { state };
        Self::new(state, what.to_owned(), times)
    }
}

impl Row {
    fn end(&self) -> Option<u64> {
        self.spans.last().map(|span| span.to)
    }

    /// From when it waited no more until its end.
    fn busy(&self) -> Option<(u64, u64)> {
        let waited = self.spans.iter().rposition(|span| span.doing == "waiting");
        let first = self.spans.get(waited.map_or(0, |at| at + 1))?;
        Some((first.from, self.end()?))
    }

    /// What stands in a cell of the terminal: what it did for most of it.
    fn letter(&self, from: u64, to: u64) -> char {
        let overlap = |span: &&Span| span.to.min(to.max(from + 1)).saturating_sub(span.from.max(from));
        match self.spans.iter().filter(|span| overlap(span) > 0).max_by_key(overlap).map(|span| span.doing.as_str()) {
            None => ' ',
            Some("waiting") => '·',
            Some("downloading" | "building") => '░',
            Some("creating" | "setup") => '▒',
            Some("starting" | "stopping") => '▓',
            Some(_) => '█',
        }
    }
}

/// What a unit of the journal did, its states and its setup steps: while a step ran, its app was in no state of its own.
fn work_of(unit: &UnitLine<'_>, rows: &[Row]) -> Work {
    let of_unit = |row: &&Row| row.of == unit.name;
    let (steps, states): (Vec<Span>, Vec<Span>) = rows
        .iter()
        .filter(of_unit)
        .flat_map(|row| row.spans.iter().cloned())
        .filter(|span| span.doing != "waiting")
        .partition(|span| span.doing == "setup");
    let mut spans = states;
    for step in &steps {
        spans.retain(|span| span.from < step.from || span.from >= step.to);
        spans.iter_mut().filter(|span| span.from < step.from).for_each(|span| span.to = span.to.min(step.from));
    }
    spans.extend(steps);
    spans.sort_by_key(|span| span.from);
    let needs = unit.needs.as_ref().map(|needs| needs.iter().map(|need| (*need).to_owned()).collect());
    Work { name: unit.name.to_owned(), needs, spans }
}

/// What the colours of a picture mean.
fn legend(left: f64, top: f64) -> String {
    let (mut svg, mut x) = (String::new(), left);
    for (doing, told) in [
        ("downloading", "downloads or builds"),
        ("creating", "is made and set up"),
        ("starting", "starts"),
        ("running", "runs until ready"),
    ] {
        let (class, _) = colour(doing, true);
        let _ = write!(svg, r#"<rect class="{class}" x="{x:.0}" y="{top:.0}" width="12" height="12" rx="2"/>"#);
        let _ = write!(svg, r#"<text x="{:.0}" y="{:.0}">{told}</text>"#, x + 18.0, top + 10.0);
        x += 34.0 + 6.4 * count(told.len());
    }
    svg + &format!(r#"<text class="title" x="{x:.0}" y="{:.0}">what the end waited for</text>"#, top + 11.0)
}

fn is_end(state: &str) -> bool {
    ["ready", "completed", "failed", "stopped", "removed"].contains(&state)
}

fn colour(doing: &str, ok: bool) -> (&'static str, f64) {
    match (doing, ok) {
        ("waiting", _) => ("f4", 4.0),
        ("downloading" | "building", _) => ("f3", 16.0),
        ("creating" | "setup", true) => ("f1", 16.0),
        (_, false) => ("f5", 16.0),
        ("starting" | "stopping", _) => ("f0", 16.0),
        (_, true) => ("f2", 16.0),
    }
}

fn seconds(milliseconds: u64) -> f64 {
    super::tally::seconds(milliseconds)
}

#[cfg(test)]
mod tests {
    use super::super::line::{StepLine, UnitLine};
    use super::*;
    use expect_test::expect;

    fn run() -> Line<'static> {
        let unit =
            |name, states: &[(&'static str, u64)]| UnitLine { name, kind: "app", needs: None, states: states.to_vec() };
        Line {
            ready_ms: Some(10_000),
            ms: 10_010,
            units: vec![
                unit(
                    "db",
                    &[("waiting", 0), ("downloading", 50), ("starting", 4000), ("running", 4100), ("ready", 5000)],
                ),
                unit("cache", &[("waiting", 0), ("starting", 60), ("running", 100), ("ready", 900)]),
                unit("api", &[("waiting", 0), ("starting", 8020), ("running", 8100), ("ready", 10_000)]),
            ],
            steps: vec![StepLine { of: "api", number: 1, name: "npm run migrate", from: 5010, to: 8000, ok: true }],
            ..Line::default()
        }
    }

    #[test]
    fn the_chain_leads_from_the_last_back_to_the_first() {
        let timeline = Timeline::of(&run());
        let critical = timeline.rows.iter().filter(|row| timeline.is_critical(row));
        assert_eq!(critical.map(|row| row.name.as_str()).collect::<Vec<_>>(), ["db", "api", "api: npm run migrate"]);
        expect![[r#"
            db: then downloading 4.0 s, starting 100 ms, becoming ready 900 ms (50 ms to 5.0 s)
            api: waited for db, then npm run migrate 3.0 s, starting 80 ms, becoming ready 1.9 s (5.0 s to 10 s)
        "#]]
        .assert_eq(&timeline.explained());
    }

    /// `cache` ended later than `db`, just before the step began; only the journal knows that nobody waited for it.
    #[test]
    fn what_ended_at_the_right_time_is_no_link_where_the_journal_knows_better() {
        let mut line = run();
        line.units[1].states.last_mut().unwrap().1 = 5005;
        assert!(Timeline::of(&line).explained().starts_with("cache: "), "by times alone");
        for (unit, needs) in line.units.iter_mut().zip([&[][..], &[], &["db"]]) {
            unit.needs = Some(needs.to_vec());
        }
        let timeline = Timeline::of(&line);
        assert!(timeline.explained().starts_with("db: "), "{}", timeline.explained());
        assert!(!timeline.is_critical(&timeline.rows[1]) && timeline.is_critical(&timeline.rows[0]));
    }

    /// As it is recorded: an app is made at once, and waits then for what it needs.
    #[test]
    fn what_was_made_early_and_waited_then_is_not_booked_as_being_made() {
        let mut line = run();
        line.units[2].states = vec![
            ("waiting", 0),
            ("creating", 60),
            ("waiting", 90),
            ("starting", 8020),
            ("running", 8100),
            ("ready", 10_000),
        ];
        for (unit, needs) in line.units.iter_mut().zip([&[][..], &[], &["db", "cache"]]) {
            unit.needs = Some(needs.to_vec());
        }
        let timeline = Timeline::of(&line);
        let told = timeline.explained();
        assert!(told.contains("api: waited for db, then npm run migrate 3.0 s, starting 80 ms"), "{told}");
        assert_eq!(timeline.rows[2].busy(), Some((8020, 10_000)));
    }

    #[test]
    fn a_terminal_shows_what_each_did_when() {
        expect![[r#"
            ▸ db                    ░░░░░░░░░░░░░░░░░░▓████  5 s
              cache                 █████  840 ms
            ▸ api                   ·····································█████████  2 s
            ▸ api: npm run migrate                         ▒▒▒▒▒▒▒▒▒▒▒▒▒▒  3 s
                                    · waits  ░ downloads or builds  ▒ is made and set up  ▓ starts  █ runs until ready
            db: then downloading 4.0 s, starting 100 ms, becoming ready 900 ms (50 ms to 5.0 s)
            api: waited for db, then npm run migrate 3.0 s, starting 80 ms, becoming ready 1.9 s (5.0 s to 10 s)
        "#]]
        .assert_eq(&Timeline::of(&run()).text(80));
    }

    #[test]
    fn the_picture_is_sound_whatever_the_names_are() {
        let mut line = run();
        line.units[0].name = "<&\"";
        let svg = Timeline::of(&line).svg("up");
        assert!(roxmltree::Document::parse(&svg).is_ok(), "{svg}");
        let empty = Timeline::of(&Line::default());
        assert!(!empty.svg("up").contains("NaN") && empty.explained().is_empty() && empty.chain.is_empty());
    }

    #[test]
    fn times_that_cannot_be_harm_nothing() {
        let states = vec![("waiting", 9), ("starting", u64::MAX), ("ready", 3)];
        let line = Line { units: vec![UnitLine { name: "x", states, ..UnitLine::default() }], ..Line::default() };
        let timeline = Timeline::of(&line);
        assert!(!timeline.svg("up").contains("NaN"));
        assert!(!timeline.text(80).is_empty());
    }
}
