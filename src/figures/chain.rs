//! What everything waited for in the end: the one way in which a run that is going on and one of the journal are looked at.

use super::timeline::{Link, Span};

/// Two moments so near are one: what had to be asked between them takes that. In milliseconds.
const NEAR: u64 = 60;

/// One service or app: what it did, and what it could not go on without.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Work {
    pub name: String,
    /// `None` = nobody wrote it down: whatever ended just before it went on may have been it.
    pub needs: Option<Vec<String>>,
    /// Its states and setup steps, one after the other; waiting is none.
    pub spans: Vec<Span>,
}

impl Work {
    pub fn end_ms(&self) -> u64 {
        self.spans.last().map_or(0, |span| span.to)
    }

    /// What it waited for of what was over by then: the last of that.
    fn released_by<'a>(&self, all: &'a [Self], at_ms: u64) -> Option<&'a Self> {
        let is_over = |one: &&Self| !one.spans.is_empty() && one.end_ms() <= at_ms.saturating_add(NEAR);
        let others = all.iter().filter(|one| one.name != self.name).filter(is_over);
        match &self.needs {
            Some(needs) => others.filter(|one| needs.contains(&one.name)).max_by_key(|one| one.end_ms()),
            None => others.filter(|one| one.end_ms().saturating_add(NEAR) >= at_ms).max_by_key(|one| one.end_ms()),
        }
    }

    /// Back from its end through what was done without a pause, until the moment that something else released it.
    fn last_stretch(&self, all: &[Self]) -> Vec<Span> {
        let mut stretch: Vec<Span> = Vec::new();
        for span in self.spans.iter().rev() {
            let from_ms = stretch.last().map(|later| later.from);
            let ended_then =
                |at_ms| self.released_by(all, at_ms).is_some_and(|need| need.end_ms().saturating_add(NEAR) >= at_ms);
            let is_released = self.needs.is_some() && from_ms.is_some_and(ended_then);
            let is_paused = from_ms.is_some_and(|at| span.to.saturating_add(NEAR) < at);
            if is_released || is_paused {
                break;
            }
            stretch.push(span.clone());
        }
        stretch.reverse();
        stretch
    }
}

/// The longest chain that ends with `last`, or with whatever was over last; the first link first.
pub fn longest_chain(all: &[Work], last: Option<&str>) -> Vec<Link> {
    let mut chain: Vec<Link> = Vec::new();
    let mut next = match last {
        Some(name) => all.iter().find(|work| work.name == name),
        None => all.iter().max_by_key(|work| work.end_ms()),
    };
    while let Some(work) = next.filter(|work| !work.spans.is_empty()) {
        let link = Link { name: work.name.clone(), spans: work.last_stretch(all) };
        let from_ms = link.from();
        chain.push(link);
        next = work.released_by(all, from_ms).filter(|need| !chain.iter().any(|link| link.name == need.name));
    }
    chain.reverse();
    chain
}
