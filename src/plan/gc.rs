//! Everything of ours on this computer -> what can go, and why. Pure.
//!
//! | what                                                        | goes                                    |
//! |-------------------------------------------------------------|-----------------------------------------|
//! | an environment whose checkout was deleted                   | yes, its data is saved first            |
//! | one that does not run and was not used for the time given   | yes, its data is saved first            |
//! | data of a service that is no longer in dev.yaml             | with a time given, saved first          |
//! | data set aside longer ago than it is kept                   | yes, saved first                        |
//! | data of a branch that was merged or deleted                 | yes, saved first                        |
//! | empty data made ahead that nobody began with for long       | yes                                     |
//! | what other data is built on                                 | with the last of that                   |
//! | what interrupted commands have left                         | yes                                     |
//! | what was downloaded or built for us, and nothing is made of | yes                                     |
//! | saved data whose time is over                               | yes                                     |
//! | fetched seeds                                               | unused for long, or when asked for      |
//! | package caches                                              | when asked for                          |
//! | anything of an environment that is not known here           | never: another user, another computer   |

use std::collections::BTreeSet;
use std::path::PathBuf;

use super::inventory::{Inventory, InventoryData, InventoryUnit};
use super::observed::Role;
use crate::names::EnvironmentId;
use crate::words;

/// What is known of an environment beside what the engine has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Known {
    pub id: EnvironmentId,
    pub name: String,
    pub checkout: PathBuf,
    pub is_deleted: bool,
    /// Seconds; `None` = unknown.
    pub unused_for: Option<u64>,
    /// The services and apps that its manifest names; `None` = there is none, or it can't be read right now.
    pub wanted: Option<BTreeSet<String>>,
    /// Bytes of what apps keep in their homes.
    pub homes: u64,
    /// Whether data of it is saved: then what is remembered of it belongs to that.
    pub is_saved: bool,
    /// Data folders that were set aside and whose time is over.
    pub aside: BTreeSet<String>,
    /// Those of branches that were merged or are gone.
    pub ended: BTreeSet<String>,
}

/// What stands on its own, whichever environment it was for.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Beside {
    pub downloads: Vec<Made>,
    pub built: Vec<Made>,
    /// Empty data made ahead that nothing is built on: what it is, its folder, why it goes.
    pub blanks: Vec<(String, String, String)>,
    /// Saved data whose time is over: what a person calls it, its id, its size.
    pub expired: Vec<(String, String, u64)>,
    /// Fetched seeds that can go, and their bytes.
    pub seeds: Option<(Seeds, u64)>,
    /// Bytes of the package caches; `None` = they were not asked for.
    pub caches: Option<u64>,
}

/// Which fetched seeds go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seeds {
    /// What nobody has used for long, and what killed commands have left.
    Unused,
    /// All that nobody fetches just now.
    All,
}

/// Something that services and apps are made from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Made {
    pub name: String,
    /// The engine's id of it.
    pub id: String,
    pub size: u64,
}

/// Something that can go, as one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    pub kind: Kind,
    /// The project, or what it is.
    pub name: String,
    pub checkout: Option<PathBuf>,
    pub because: String,
    /// What goes with it, for a person.
    pub what: String,
    /// Data folders whose size counts, beside `size`.
    pub data: Vec<InventoryData>,
    /// Bytes known already.
    pub size: u64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// Everything that the engine has of it; what is remembered of it as well when its checkout is deleted.
    Environment {
        id: EnvironmentId,
        is_deleted: bool,
    },
    Data {
        id: EnvironmentId,
    },
    /// Data that was set aside.
    Generation {
        id: EnvironmentId,
    },
    /// Places of setup, by the engine's id, and private networks, by name.
    Leftover {
        id: EnvironmentId,
        units: Vec<String>,
        networks: Vec<String>,
    },
    /// Empty data made ahead, by its folder.
    Blank {
        folder: String,
    },
    Download {
        name: String,
    },
    Built {
        name: String,
    },
    Saved {
        id: String,
    },
    Seeds(Seeds),
    Caches,
}

/// Finds what can go; `older_than` in seconds also finds what is only unused, `used_by_others` holds what
/// is made from that is not of ours.
pub fn plan_gc(
    inventory: &Inventory,
    known: &[Known],
    beside: Beside,
    used_by_others: &BTreeSet<String>,
    older_than: Option<u64>,
) -> Vec<Item> {
    let mut items = Vec::new();
    for environment in known {
        let runs = inventory.units.iter().any(|unit| unit.of.id == environment.id && unit.running);
        let is_old = |limit| environment.unused_for.is_some_and(|unused| unused >= limit);
        let is_in_time = older_than.is_none_or(is_old);
        let has_any = inventory.belonging(&environment.id).is_some() || environment.homes > 0;
        if environment.is_deleted && is_in_time && (has_any || !environment.is_saved) {
            items.push(whole(inventory, environment, "its folder was deleted".to_owned()));
        } else if older_than.is_some() && is_in_time && !runs && inventory.belonging(&environment.id).is_some() {
            let days = environment.unused_for.unwrap_or_default() / 86_400;
            items.push(whole(
                inventory,
                environment,
                format!("not used for {}", words::count(usize::try_from(days).unwrap_or(usize::MAX), "day")),
            ));
        } else if !environment.is_deleted {
            // Who works on another branch for a while has not dropped anything.
            items.extend(older_than.and_then(|_| dropped_data(inventory, environment)));
            items.extend(set_aside(inventory, environment));
            items.extend(ended(inventory, environment));
            items.extend(leftover(inventory, environment, runs));
        }
    }
    let stays = still_used(inventory, &items, used_by_others);
    items.extend(made(beside.downloads, &stays, "unused downloads", |name| Kind::Download { name }));
    items.extend(made(beside.built, &stays, "unused builds", |name| Kind::Built { name }));
    items.extend(beside.blanks.into_iter().map(|(what, folder, because)| Item {
        kind: Kind::Blank { folder },
        name: "empty data made ahead".to_owned(),
        checkout: None,
        because,
        what,
        data: Vec::new(),
        size: 0,
    }));
    items.extend(beside.expired.into_iter().map(|(what, id, size)| Item {
        kind: Kind::Saved { id },
        name: "saved data".to_owned(),
        checkout: None,
        because: "saved longer ago than it is kept".to_owned(),
        what,
        data: Vec::new(),
        size,
    }));
    items.extend(beside.seeds.map(|(which, size)| Item {
        kind: Kind::Seeds(which),
        name: "fetched seeds".to_owned(),
        checkout: None,
        because: match which {
            Seeds::Unused => "not used for 30 days, or left by an interrupted command".to_owned(),
            Seeds::All => "asked for".to_owned(),
        },
        what: "what new databases were filled with".to_owned(),
        data: Vec::new(),
        size,
    }));
    items.extend(beside.caches.map(|size| Item {
        kind: Kind::Caches,
        name: "package caches".to_owned(),
        checkout: None,
        because: "asked for".to_owned(),
        what: "what npm, pip and others have fetched".to_owned(),
        data: Vec::new(),
        size,
    }));
    items
}

/// What everything is made from that stays.
fn still_used<'a>(inventory: &'a Inventory, items: &[Item], used_by_others: &'a BTreeSet<String>) -> BTreeSet<&'a str> {
    let goes = |id: &EnvironmentId| {
        items.iter().any(|item| matches!(&item.kind, Kind::Environment { id: gone, .. } if gone == id))
    };
    let stays = inventory.units.iter().filter(|unit| !goes(&unit.of.id)).map(|unit| unit.image.as_str());
    used_by_others.iter().map(String::as_str).chain(stays).collect()
}

fn whole(inventory: &Inventory, environment: &Known, because: String) -> Item {
    let id = &environment.id;
    let data: Vec<InventoryData> = inventory.data.iter().filter(|data| data.of.id == *id).cloned().collect();
    let units: BTreeSet<&str> =
        inventory.units.iter().filter(|it| it.of.id == *id).map(|it| it.name.as_str()).collect();
    let mut what = Vec::new();
    if !data.is_empty() {
        what.push(data_of(&data));
    }
    if !units.is_empty() {
        what.push(if units.len() == 1 {
            "1 service or app".to_owned()
        } else {
            format!("{} services and apps", units.len())
        });
    }
    if environment.homes > 0 {
        what.push("what its apps keep".to_owned());
    }
    if what.is_empty() {
        what.push("its ports".to_owned());
    }
    Item {
        kind: Kind::Environment { id: id.clone(), is_deleted: environment.is_deleted },
        name: environment.name.clone(),
        checkout: Some(environment.checkout.clone()),
        because,
        what: words::list(&what),
        data,
        size: environment.homes,
    }
}

fn data_of(data: &[InventoryData]) -> String {
    let services: BTreeSet<&str> = data.iter().map(|data| data.unit.as_str()).collect();
    format!("data of {}", words::list(&services.into_iter().collect::<Vec<_>>()))
}

fn dropped_data(inventory: &Inventory, environment: &Known) -> Option<Item> {
    let wanted = environment.wanted.as_ref()?;
    let of_it = inventory.data.iter().filter(|data| data.of.id == environment.id);
    let uses = |unit: &InventoryUnit, data: &InventoryData| {
        unit.of.id == data.of.id && unit.name == data.unit && unit.role == Role::Main
    };
    let is_used = |data: &&InventoryData| inventory.units.iter().any(|unit| uses(unit, data));
    let unused = of_it.filter(|data| !is_used(data));
    let data: Vec<InventoryData> =
        unused.filter(|data| !wanted.contains(&data.unit) && !is_past(environment, data)).cloned().collect();
    (!data.is_empty()).then(|| Item {
        kind: Kind::Data { id: environment.id.clone() },
        name: environment.name.clone(),
        checkout: Some(environment.checkout.clone()),
        because: "no longer in dev.yaml".to_owned(),
        what: data_of(&data),
        data,
        size: 0,
    })
}

fn set_aside(inventory: &Inventory, environment: &Known) -> Option<Item> {
    let of_it = inventory.data.iter().filter(|data| data.of.id == environment.id);
    let is_due =
        |data: &&InventoryData| environment.aside.contains(&data.name) && !environment.ended.contains(&data.name);
    let data: Vec<InventoryData> = of_it.filter(is_due).cloned().collect();
    (!data.is_empty()).then(|| Item {
        kind: Kind::Generation { id: environment.id.clone() },
        name: environment.name.clone(),
        checkout: Some(environment.checkout.clone()),
        because: "set aside longer ago than it is kept".to_owned(),
        what: format!("earlier {}", data_of(&data)),
        data,
        size: 0,
    })
}

fn is_past(environment: &Known, data: &InventoryData) -> bool {
    environment.aside.contains(&data.name) || environment.ended.contains(&data.name)
}

fn ended(inventory: &Inventory, environment: &Known) -> Option<Item> {
    let of_it = inventory.data.iter().filter(|data| data.of.id == environment.id);
    let data: Vec<InventoryData> = of_it.filter(|data| environment.ended.contains(&data.name)).cloned().collect();
    (!data.is_empty()).then(|| Item {
        kind: Kind::Generation { id: environment.id.clone() },
        name: environment.name.clone(),
        checkout: Some(environment.checkout.clone()),
        because: "its branch was merged or deleted".to_owned(),
        what: format!("{} on another branch", data_of(&data)),
        data,
        size: 0,
    })
}

/// What of a thing that was shown can go still, from what was found `now`; `None` = it has come into use, or is another thing.
pub fn still(shown: &Item, now: Vec<Item>) -> Option<Item> {
    let is_part = |one: &[String], all: &[String]| one.iter().all(|it| all.contains(it));
    now.into_iter().find(|item| {
        let is_same = match (&shown.kind, &item.kind) {
            (
                Kind::Leftover { id, units, networks },
                Kind::Leftover { id: other, units: these, networks: and_these },
            ) => id == other && is_part(these, units) && is_part(and_these, networks),
            (one, other) => one == other,
        };
        is_same && item.data.iter().all(|data| shown.data.contains(data))
    })
}

fn leftover(inventory: &Inventory, environment: &Known, runs: bool) -> Option<Item> {
    let of_it = inventory.units.iter().filter(|unit| unit.of.id == environment.id);
    let units: Vec<String> = of_it.filter(|unit| unit.role == Role::Setup).map(|unit| unit.id.clone()).collect();
    let networks = inventory.networks.iter().filter(|network| network.of.id == environment.id);
    // One belongs to it; which one only its next start can tell while nothing runs, and any will do.
    let spare = networks.skip(1).filter(|_| !runs).map(|network| network.name.clone()).collect::<Vec<_>>();
    (!units.is_empty() || !spare.is_empty()).then(|| Item {
        name: environment.name.clone(),
        checkout: Some(environment.checkout.clone()),
        because: "left by an interrupted command".to_owned(),
        what: words::count(units.len() + spare.len(), "piece"),
        data: Vec::new(),
        size: 0,
        kind: Kind::Leftover { id: environment.id.clone(), units, networks: spare },
    })
}

fn made<'a>(
    all: Vec<Made>,
    used: &'a BTreeSet<&str>,
    title: &'a str,
    kind: impl Fn(String) -> Kind + 'a,
) -> impl Iterator<Item = Item> + 'a {
    all.into_iter().filter(|one| !used.contains(one.id.as_str())).map(move |one| Item {
        kind: kind(one.name.clone()),
        name: title.to_owned(),
        checkout: None,
        because: "nothing here is made from it".to_owned(),
        what: one.name,
        data: Vec::new(),
        size: one.size,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::inventory::{Belonging, InventoryNetwork};
    use expect_test::expect;

    const DAY: u64 = 86_400;

    fn id(path: &str) -> EnvironmentId {
        EnvironmentId::of_checkout(path.as_ref())
    }

    fn of(path: &str) -> Belonging {
        Belonging { id: id(path), project: "shop".to_owned(), checkout: path.into() }
    }

    fn unit(path: &str, name: &str, running: bool) -> InventoryUnit {
        let (engine_id, image) = (format!("{path}-{name}"), format!("made-of-{name}"));
        InventoryUnit { of: of(path), id: engine_id, name: name.to_owned(), role: Role::Main, running, image }
    }

    fn data(path: &str, unit: &str) -> InventoryData {
        InventoryData { of: of(path), name: format!("devenv-{path}-{unit}"), unit: unit.to_owned() }
    }

    fn known(path: &str, days: u64) -> Known {
        Known {
            id: id(path),
            name: "shop".to_owned(),
            checkout: path.into(),
            is_deleted: path.starts_with("/deleted"),
            unused_for: Some(days * DAY),
            wanted: Some(["db".to_owned()].into()),
            homes: 0,
            is_saved: false,
            aside: BTreeSet::new(),
            ended: BTreeSet::new(),
        }
    }

    fn inventory() -> Inventory {
        let networks = ["n1", "n2"].map(|name| InventoryNetwork { of: of("/here"), name: name.to_owned() });
        let setup = InventoryUnit { role: Role::Setup, ..unit("/here", "api", false) };
        Inventory {
            units: vec![unit("/here", "db", false), setup, unit("/deleted", "cache", true), unit("/runs", "db", true)],
            data: vec![data("/here", "db"), data("/here", "old"), data("/deleted", "cache"), data("/elsewhere", "db")],
            networks: networks.into(),
            frozen: Vec::new(),
        }
    }

    fn beside() -> Beside {
        let made = |name: &str| Made { name: name.to_owned(), id: format!("made-of-{name}"), size: 1000 };
        Beside {
            downloads: ["db", "cache", "search"].map(made).into(),
            built: vec![made("old-build")],
            blanks: Vec::new(),
            expired: vec![("data of db".to_owned(), "db-1".to_owned(), 5)],
            seeds: Some((Seeds::Unused, 7)),
            caches: None,
        }
    }

    fn shown(items: &[Item]) -> String {
        let line = |item: &Item| {
            let place = item.checkout.as_ref().map(|path| format!(" ({})", path.display())).unwrap_or_default();
            format!("{}{place}: {}, because: {}\n", item.name, item.what, item.because)
        };
        items.iter().map(line).collect()
    }

    #[test]
    fn what_is_in_use_or_not_from_here_stays() {
        let used = ["made-of-old-download".to_owned()].into();
        let known = [known("/here", 40), known("/deleted", 3), known("/runs", 90)];
        let items = plan_gc(&inventory(), &known, beside(), &used, None);
        expect![[r#"
            shop (/here): 2 pieces, because: left by an interrupted command
            shop (/deleted): data of cache and 1 service or app, because: its folder was deleted
            unused downloads: cache, because: nothing here is made from it
            unused downloads: search, because: nothing here is made from it
            unused builds: old-build, because: nothing here is made from it
            saved data: data of db, because: saved longer ago than it is kept
            fetched seeds: what new databases were filled with, because: not used for 30 days, or left by an interrupted command
        "#]]
        .assert_eq(&shown(&items));
        let items = plan_gc(&inventory(), &known, Beside::default(), &used, Some(30 * DAY));
        expect![[r#"
            shop (/here): data of db and old and 2 services and apps, because: not used for 40 days
        "#]]
        .assert_eq(&shown(&items));
    }

    #[test]
    fn dropped_data_goes_when_a_time_was_given_and_nothing_uses_it() {
        let used = unit("/here", "used", true);
        let data = ["old", "used", "db"].map(|name| data("/here", name));
        let inventory = Inventory { units: vec![used], data: data.into(), ..Inventory::default() };
        let plan =
            |older_than| plan_gc(&inventory, &[known("/here", 0)], Beside::default(), &BTreeSet::new(), older_than);
        assert_eq!(plan(None), []);
        let items = plan(Some(30 * DAY));
        expect!["shop (/here): data of old, because: no longer in dev.yaml\n"].assert_eq(&shown(&items));
    }

    #[test]
    fn data_that_was_set_aside_goes_when_its_time_is_over() {
        let earlier = InventoryData { name: "earlier".to_owned(), ..data("/here", "db") };
        let inventory = Inventory { data: vec![data("/here", "db"), earlier], ..Inventory::default() };
        let over = Known { aside: ["earlier".to_owned()].into(), ..known("/here", 0) };
        let items = plan_gc(&inventory, &[over], Beside::default(), &BTreeSet::new(), None);
        expect!["shop (/here): earlier data of db, because: set aside longer ago than it is kept\n"]
            .assert_eq(&shown(&items));
        assert_eq!(items[0].data.len(), 1);
    }

    #[test]
    fn data_of_an_ended_branch_goes_once_and_at_once() {
        let branch = InventoryData { name: "branch".to_owned(), ..data("/here", "db") };
        let inventory = Inventory { data: vec![data("/here", "db"), branch], ..Inventory::default() };
        let over = ["branch".to_owned()];
        let over = Known { aside: over.clone().into(), ended: over.into(), ..known("/here", 0) };
        let items = plan_gc(&inventory, &[over], Beside::default(), &BTreeSet::new(), None);
        expect!["shop (/here): data of db on another branch, because: its branch was merged or deleted\n"]
            .assert_eq(&shown(&items));
    }

    #[test]
    fn what_is_remembered_of_a_deleted_checkout_stays_as_long_as_its_data_is_saved() {
        let plan = |known: Known| plan_gc(&Inventory::default(), &[known], Beside::default(), &BTreeSet::new(), None);
        assert_eq!(plan(Known { is_saved: true, ..known("/deleted", 3) }), []);
        assert_eq!(plan(known("/deleted", 3)).len(), 1);
    }

    #[test]
    fn only_what_was_shown_and_can_go_still_goes() {
        let plan = |inventory: &Inventory, known: Known, older_than| {
            plan_gc(inventory, &[known], Beside::default(), &BTreeSet::new(), older_than)
        };
        let all = inventory();
        let gone = plan(&all, known("/deleted", 3), None).remove(0);
        assert_eq!(still(&gone, plan(&all, known("/deleted", 3), None)), Some(gone.clone()));
        let back = Known { is_deleted: false, ..known("/deleted", 0) };
        assert_eq!(still(&gone, plan(&all, back, None)), None, "the folder is there again");
        let grown = Inventory { data: vec![data("/deleted", "cache"), data("/deleted", "db")], ..inventory() };
        assert_eq!(still(&gone, plan(&grown, known("/deleted", 3), None)), None, "there is data that nobody was shown");
        let asleep = plan(&all, known("/here", 40), Some(30 * DAY)).remove(0);
        assert_eq!(still(&asleep, plan(&all, known("/here", 0), Some(30 * DAY))), None, "it was used");
        let runs = Inventory { units: vec![unit("/here", "db", true)], ..inventory() };
        assert_eq!(still(&asleep, plan(&runs, known("/here", 40), Some(30 * DAY))), None, "it runs");
    }

    #[test]
    fn a_manifest_that_can_not_be_read_drops_nothing() {
        let broken = Known { wanted: None, ..known("/here", 0) };
        let inventory = Inventory { data: vec![data("/here", "old")], ..Inventory::default() };
        assert_eq!(plan_gc(&inventory, &[broken], Beside::default(), &BTreeSet::new(), Some(DAY)), []);
    }
}
