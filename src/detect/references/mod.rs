//! Addresses that a compose file copies, `postgres://u:p@db:5432/x`, as references: what they stand for is right inside the environment
//! and on this computer, and nothing has to be said twice.
//!
//! | written | becomes |
//! |---|---|
//! | exactly what an attribute of the service says | `${db.url}`, `${kafka.brokers}` |
//! | its name and a port of it, anywhere in a value | `${db.host}:${db.port}` |
//! | its name behind a scheme whose usual port is its own | the same |
//! | `Host=db` in a string of keywords | both, as the string writes ports |
//! | its name alone, in a variable that is called after a host | `${db.host}`, and `${db.port}` in its neighbour |
//! | `localhost` or the engine's word for this computer, with a port or a scheme of a service | the same: inside, that is the app itself |
//!
//! A value that cannot be told apart from another meaning, or would have two apps wait for each other, stays as it is.

mod place;
#[cfg(test)]
mod tests;
mod text;

use std::collections::{BTreeMap, BTreeSet};

use super::services::kinds;
use super::{App, Fact, Findings, Variable};
use place::Place;

/// No more waits than this are looked for through the whole graph: a file with more of them wants to take time.
const MOST_LOOKS: usize = 500;

/// The ports of apps as a compose file has them, by which its values name them; in their own toolchains some listen elsewhere.
pub fn ports_of(apps: &[App]) -> BTreeMap<String, u16> {
    apps.iter().filter_map(|app| Some((app.name.clone(), app.port.as_ref()?.value))).collect()
}

/// Puts references into the variables of all apps.
pub fn refer(findings: &mut Findings, in_files: &BTreeMap<String, u16>) {
    let places: Vec<Place> = findings
        .services
        .iter()
        .filter_map(Place::of_service)
        .chain(findings.apps.iter().filter_map(|app| Place::of_app(app, in_files.get(&app.name).copied())))
        .collect();
    let mut waits = Waits::of(findings);
    for app in &mut findings.apps {
        for place in &places {
            if place.name == app.name || !mentions(app, place) || is_only_on_demand(app, place) {
                continue;
            }
            if waits.may(&app.name, &place.name) && of_app(app, place) {
                waits.add(&app.name, &place.name);
            }
        }
        let said = |need: &String| app.env.iter().any(|it| it.value.value.contains(&format!("${{{need}.")));
        // A reference is a need as well: no second list.
        let needs = std::mem::take(&mut app.needs);
        app.needs = needs.into_iter().filter(|need| !said(need)).collect();
    }
}

fn mentions(app: &App, place: &Place) -> bool {
    let is_in = |value: &str| {
        value.contains(&place.name) || place.is_service && text::HERE.iter().any(|host| value.contains(host))
    };
    app.env.iter().any(|it| is_in(&it.value.value))
}

/// What starts only when it is named does not start because an address of it is written down.
fn is_only_on_demand(app: &App, place: &Place) -> bool {
    place.is_optional && !app.optional && !app.needs.contains(&place.name)
}

/// Whether something came of it.
fn of_app(app: &mut App, place: &Place) -> bool {
    let before = app.env.clone();
    let mut hosts: Vec<String> = Vec::new();
    for variable in app.env.iter().map(|fact| &fact.value) {
        let beginning = text::before_host(&variable.key);
        let is_it = |beginning: &String| variable.value == place.name || is_here(&before, variable, beginning, place);
        hosts.extend(beginning.filter(is_it));
    }
    for variable in app.env.iter_mut().map(|fact| &mut fact.value) {
        let is_name = variable.value == place.name || text::is_here(&variable.value);
        let is_host = is_name && text::before_host(&variable.key).is_some_and(|beginning| hosts.contains(&beginning));
        let port = text::before_port(&variable.key).filter(|beginning| hosts.contains(beginning));
        let port = port.and_then(|_| place.port_here(variable.value.parse().ok()?));
        if let Some(port) = port {
            variable.value = port.written;
        } else if is_host {
            variable.value = format!("${{{}.host}}", place.name);
        } else if let Some(value) = text::referring(&variable.value, place) {
            variable.value = value;
        } else if let Some(value) = text::referring_here(&variable.value, place) {
            variable.value = value;
        }
    }
    app.env != before
}

/// Whether a variable with this computer's name means a service: by the port beside it, else by what it is called.
fn is_here(env: &[Fact<Variable>], variable: &Variable, beginning: &str, place: &Place) -> bool {
    if !place.is_service || !text::is_here(&variable.value) {
        return false;
    }
    let mut others = env.iter().map(|it| &it.value);
    match others.find(|other| text::before_port(&other.key).is_some_and(|it| it == *beginning)) {
        Some(port) => port.value.parse().ok().and_then(|port| place.port_here(port)).is_some(),
        None => kinds::by_variable(&variable.key).is_some_and(|kind| kind.family().contains(&place.kind)),
    }
}

/// Who waits for whom, so that no reference closes a circle.
struct Waits {
    by_name: BTreeMap<String, BTreeSet<String>>,
    looks: usize,
}

impl Waits {
    fn of(findings: &Findings) -> Self {
        let services = findings.services.iter().map(|it| (&it.name, &it.needs, &it.env));
        let all = services.chain(findings.apps.iter().map(|it| (&it.name, &it.needs, &it.env)));
        let by_name = all.map(|(name, needs, env)| {
            let needed = needs.iter().map(|need| need.trim_end_matches('?'));
            let referred = env.iter().flat_map(|variable| super::cycles::referred(&variable.value.value));
            (name.clone(), needed.chain(referred).map(str::to_owned).collect())
        });
        Self { by_name: by_name.collect(), looks: 0 }
    }

    /// Whether one can wait for another.
    fn may(&mut self, from: &str, to: &str) -> bool {
        self.by_name.get(from).is_some_and(|known| known.contains(to)) || !self.reaches(to, from)
    }

    fn add(&mut self, from: &str, to: &str) {
        self.by_name.entry(from.to_owned()).or_default().insert(to.to_owned());
    }

    fn reaches(&mut self, from: &str, to: &str) -> bool {
        // What waits for nothing, as most services, needs no look.
        if self.by_name.get(from).is_none_or(BTreeSet::is_empty) {
            return false;
        }
        self.looks += 1;
        if self.looks > MOST_LOOKS {
            return true;
        }
        let (mut open, mut seen) = (vec![from], BTreeSet::new());
        while let Some(here) = open.pop() {
            if here == to {
                return true;
            }
            if seen.insert(here) {
                open.extend(self.by_name.get(here).into_iter().flatten().map(String::as_str));
            }
        }
        false
    }
}
