//! The dependency graph: what has to be ready before what, and cycles in it.

use std::collections::{BTreeMap, BTreeSet};

use super::{Need, Unit};
use crate::manifest::{self, App, Manifest, Reference, Service, Template};
use crate::names::Name;

/// What a service waits for.
pub fn needs_of_service(manifest: &Manifest, service: &Service) -> Vec<Need> {
    needs(manifest, &service.name.value, &service.needs, service.templates())
}

/// What an app waits for.
pub fn needs_of_app(manifest: &Manifest, app: &App) -> Vec<Need> {
    needs(manifest, &app.name.value, &app.needs, app.templates())
}

/// The needs as written and every name referenced, each once, in the order of the text. A need is optional only where every
/// mention of it is.
fn needs<'a>(
    manifest: &Manifest,
    own: &Name,
    written: &[manifest::Need],
    texts: impl Iterator<Item = &'a Template>,
) -> Vec<Need> {
    let known = |name: &str| {
        let services = manifest.services.iter().map(|service| &service.name.value);
        services.chain(manifest.apps.iter().map(|app| &app.name.value)).find(|known| known.as_str() == name)
    };
    let mut needs: Vec<Need> = Vec::new();
    let mut add = |name: &str, optional: bool| {
        let Some(name) = known(name).filter(|name| *name != own) else { return };
        match needs.iter_mut().find(|need| need.name == *name) {
            Some(need) => need.optional &= optional,
            None => needs.push(Need { name: name.clone(), optional }),
        }
    };
    for need in written {
        add(need.name.value.as_str(), need.optional);
    }
    for reference in texts.flat_map(Template::references) {
        if let Reference::Value { name, .. } = &reference.value
            && reference.value.is_dependency()
        {
            add(name, false);
        }
    }
    needs
}

/// Indices of the units such that each comes after everything it needs; among those that could come next the one that takes
/// longest to start, then the order of the list.
///
/// # Errors
/// The names along a cycle, the first of them again at the end.
pub fn topological(units: &[Unit]) -> Result<Vec<usize>, Vec<Name>> {
    let index: BTreeMap<&Name, usize> = units.iter().enumerate().map(|(at, unit)| (&unit.name, at)).collect();
    let needs = |at: usize| units[at].needs.iter().filter_map(|need| index.get(&need.name).copied());
    let mut done = BTreeSet::new();
    let mut order = Vec::with_capacity(units.len());
    while order.len() < units.len() {
        let free = (0..units.len()).filter(|at| !done.contains(at) && needs(*at).all(|need| done.contains(&need)));
        let Some(next) = free.min_by_key(|at| (std::cmp::Reverse(units[*at].boot), *at)) else {
            let left = (0..units.len()).find(|at| !done.contains(at)).unwrap_or_default();
            let path = walk_cycle(left, |at| needs(at).find(|need| !done.contains(need)));
            return Err(path.into_iter().map(|at| units[at].name.clone()).collect());
        };
        done.insert(next);
        order.push(next);
    }
    Ok(order)
}

/// Follows `next` until a place comes up again, and returns the round.
fn walk_cycle(start: usize, next: impl Fn(usize) -> Option<usize>) -> Vec<usize> {
    let mut path = vec![start];
    loop {
        let last = path.last().copied().unwrap_or(start);
        let Some(following) = next(last) else { return path };
        if let Some(begin) = path.iter().position(|at| *at == following) {
            let mut round = path.split_off(begin);
            round.push(following);
            return round;
        }
        path.push(following);
    }
}
