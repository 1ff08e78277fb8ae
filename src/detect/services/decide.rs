//! Which clues are enough.
//!
//! | what points to it | enough? |
//! |---|---|
//! | settings of development that name it | yes, alone |
//! | code that makes a client of it with a variable, or leaves the address to the driver | the same, unless it goes on without |
//! | two of: CI, an example of variables, settings or code with an address, a library, a platform's add-on | yes |
//! | a library, and code that asks for its address | for a database; else it may be there for other surroundings |
//! | anything, where the project's own settings keep its tables in a file | no |

use std::collections::{BTreeMap, BTreeSet};

use super::clue::{Clue, Clues, Of, Source};
use super::kinds::{self, Kind};

/// A kind that is needed, with all that points to it, the most telling first.
pub struct Need {
    pub kind: &'static Kind,
    pub clues: Vec<Clue>,
}

/// Kinds of which one speaks like the other; where both are named, the first is what is meant.
const TWINS: &[(&str, &str)] = &[("mariadb", "mysql"), ("valkey", "redis")];

pub fn decide(clues: &Clues) -> Vec<Need> {
    let kept: Vec<&Clue> = clues.all.iter().filter(|clue| !is_replaced(clues, clue)).collect();
    let mut by_kind = by_kind(&kept);
    join_twins(&mut by_kind);
    let sure: BTreeSet<&str> = by_kind
        .iter()
        .filter(|(_, clues)| clues.iter().any(|it| it.source == Source::Decides))
        .map(|(id, _)| *id)
        .collect();
    let is_sql = |id: &str| kinds::by_id(id).is_some_and(|kind| kind.is_sql);
    let mut needs: Vec<Need> = Vec::new();
    for (id, own) in by_kind {
        let Some(kind) = kinds::by_id(id) else { continue };
        let is_other_sql = kind.is_sql && !sure.contains(id) && sure.iter().any(|id| is_sql(id));
        if is_other_sql || !is_enough(kind, &own, clues) {
            continue;
        }
        let mut clues = own;
        clues.sort_by(|one, other| (one.source, &one.evidence).cmp(&(other.source, &other.evidence)));
        needs.push(Need { kind, clues });
    }
    no_fallback_beside_an_example(&mut needs);
    only_one_sql(&mut needs);
    needs.sort_by_key(|need| kinds::KINDS.iter().position(|kind| kind == need.kind));
    needs
}

/// Whether a clue to a database comes from a project that keeps its tables in a file.
fn is_replaced(clues: &Clues, clue: &Clue) -> bool {
    let about_sql = match clue.of {
        Of::Kind(kind) => kind.is_sql,
        Of::SomeSql => true,
        Of::NoSql => false,
    };
    if !about_sql || clue.source == Source::Decides {
        return false;
    }
    let own = || clues.all.iter().filter(|other| other.project == clue.project);
    let in_file = own().any(|it| it.of == Of::NoSql && matches!(it.source, Source::Decides | Source::Address));
    let is_sql = |it: &&Clue| it.of.kind().is_some_and(|kind| kind.is_sql);
    let names_server = own().filter(is_sql).any(|it| matches!(it.source, Source::Decides | Source::Example));
    in_file && !names_server
}

fn by_kind(kept: &[&Clue]) -> BTreeMap<&'static str, Vec<Clue>> {
    let mut found: BTreeMap<&'static str, Vec<Clue>> = BTreeMap::new();
    for clue in kept {
        if let Of::Kind(kind) = clue.of {
            found.entry(kind.id).or_default().push((*clue).clone());
        }
    }
    // Some database is the one that the only library speaks to.
    let spoken: Vec<&'static Kind> = kinds::KINDS
        .iter()
        .filter(|kind| {
            kind.is_sql && found.get(kind.id).is_some_and(|own| own.iter().any(|it| it.source == Source::Library))
        })
        .collect();
    if let [kind] = spoken[..] {
        for clue in kept.iter().filter(|clue| clue.of == Of::SomeSql) {
            found.entry(kind.id).or_default().push(Clue { of: Of::Kind(kind), ..(*clue).clone() });
        }
    }
    found
}

fn join_twins(by_kind: &mut BTreeMap<&'static str, Vec<Clue>>) {
    for (meant, other) in TWINS {
        let says_itself = |clue: &Clue| !matches!(clue.source, Source::Library | Source::Reads | Source::Connects);
        let is_meant = by_kind.get(meant).is_some_and(|own| own.iter().any(says_itself));
        let (from, to) = if is_meant { (*other, *meant) } else { (*meant, *other) };
        if let (Some(clues), true) = (by_kind.get(from).cloned(), by_kind.contains_key(to)) {
            by_kind.remove(from);
            by_kind.entry(to).or_default().extend(clues);
        }
    }
}

fn is_enough(kind: &Kind, own: &[Clue], all: &Clues) -> bool {
    let has = |source: Source| own.iter().any(|clue| clue.source == source);
    if has(Source::Decides) {
        return true;
    }
    // What settings and code say is one voice.
    let code = has(Source::Address) || has(Source::Reads) || has(Source::Connects);
    // An empty variable beside code that falls back to this computer.
    let named = has(Source::Named) && has(Source::Address);
    let voices = [has(Source::Ci), has(Source::Example), has(Source::Addon), has(Source::Library), code, named];
    let is_said_where = has(Source::Ci) || has(Source::Example) || has(Source::Addon) || has(Source::Address);
    let holds_data = kind.is_sql || matches!(kind.id, "mongodb" | "firestore" | "neo4j");
    let is_made = has(Source::Connects);
    let enough = is_made || voices.iter().filter(|voice| **voice).count() >= 2 && (is_said_where || holds_data);
    enough && (!kind.is_sql || !is_one_of_several(own, all) || is_chosen(own, all))
}

/// Whether a project that can use this database can do with a file as well.
fn is_one_of_several(own: &[Clue], all: &Clues) -> bool {
    let mut by_library = own.iter().filter(|clue| clue.source == Source::Library);
    by_library.any(|own| all.all.iter().any(|it| it.of == Of::NoSql && own.project == it.project))
}

/// Whether somebody chose this database where a file would do: an example, a platform, the settings, or tests with no other.
fn is_chosen(own: &[Clue], all: &Clues) -> bool {
    let is_settings = |clue: &Clue| clue.source == Source::Address && !super::code::is_code(&clue.evidence.path);
    let chosen = |clue: &Clue| matches!(clue.source, Source::Example | Source::Addon) || is_settings(clue);
    let tested = all.all.iter().filter(|it| it.source == Source::Ci).filter_map(|it| it.of.kind());
    let tested: BTreeSet<&str> = tested.filter(|kind| kind.is_sql).map(|kind| kind.id).collect();
    let is_tested = own.iter().any(|clue| clue.source == Source::Ci) && tested.len() == 1;
    is_tested || own.iter().any(chosen)
}

/// An example names the database that is meant; another one that only code names is what that falls back to without settings.
fn no_fallback_beside_an_example(needs: &mut Vec<Need>) {
    let is_example = |need: &Need| need.kind.is_sql && need.clues.iter().any(|clue| clue.source == Source::Example);
    let is_of_code = |clue: &Clue| {
        matches!(clue.source, Source::Address | Source::Reads | Source::Connects)
            && super::code::is_code(&clue.evidence.path)
    };
    if needs.iter().any(is_example) {
        needs.retain(|need| !need.kind.is_sql || !need.clues.iter().all(is_of_code));
    }
}

/// Several databases without settings that decide: the one with the most voices.
fn only_one_sql(needs: &mut Vec<Need>) {
    let is_guess = |need: &Need| need.kind.is_sql && need.clues.iter().all(|clue| clue.source != Source::Decides);
    let voices = |need: &Need| need.clues.iter().map(|clue| clue.source).collect::<BTreeSet<_>>().len();
    let best = needs.iter().filter(|need| is_guess(need)).map(voices).max();
    let mut is_taken = false;
    needs.retain(|need| {
        let stays = !is_guess(need) || (Some(voices(need)) == best && !is_taken);
        is_taken |= is_guess(need) && stays;
        stays
    });
}
