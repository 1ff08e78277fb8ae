//! Databases that change places at their server in one step. It is written down before, so that whoever is killed in the middle,
//! or never hears an answer, can still ask the server on which side of that step it is.

use serde::{Deserialize, Serialize};

use super::databases::{Aside, DatabaseMemory, Made};

/// What will be so once the server has done it. Until then nothing of it counts.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Handover {
    /// What is set aside by it, and where it will be.
    pub aside: Aside,
    /// The unfinished database that takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub side: Option<String>,
    /// The id of what was set aside before and takes its place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub back: Option<u64>,
}

impl DatabaseMemory {
    /// Notes what is about to happen; answers the id that what is set aside will have.
    pub fn begin_handover(&mut self, handover: Handover) -> u64 {
        let id = self.next_id();
        let aside = Aside { id, ..handover.aside };
        self.handovers.push(Handover { aside, ..handover });
        id
    }

    /// The server has done it. What is brought back by a person does not vanish at the next moment.
    pub fn finish_handover(&mut self, id: u64, now: u64) {
        let Some(Handover { aside, side, back }) = self.take_handover(id) else { return };
        let made = self.take_made(&aside.service, &aside.database);
        if let Some(brought) = back.and_then(|back| self.take_aside(back)).and_then(|brought| brought.made) {
            // It stays under the number that what it replaces had.
            let number = made.as_ref().map_or(brought.number, |made| made.number);
            let until = brought.until.filter(|until| *until > now);
            self.add_made(&aside.service, &aside.database, Made { until, number, ..brought });
        }
        if let Some(side) = side {
            self.unfinished.retain(|one| one.name != side);
            // It goes on to be what it was, with other content.
            if let Some(made) = made.clone() {
                self.add_made(&aside.service, &aside.database, made);
            }
        }
        self.aside.push(Aside { made, ..aside });
    }

    /// The server has not done it, and nobody asks it to any more.
    pub fn take_handover(&mut self, id: u64) -> Option<Handover> {
        let index = self.handovers.iter().position(|one| one.aside.id == id)?;
        Some(self.handovers.remove(index))
    }

    /// Whether what is kept under a name, or under the number of an unfinished one, may be the only copy of something.
    pub fn is_claimed(&self, service: &str, name: &str, number: Option<u32>) -> bool {
        let mut handovers = self.handovers.iter().filter(|one| one.aside.service == service);
        let is_part = |one: &Handover| one.side.as_deref() == Some(name) || one.aside.name == name;
        let mut aside = self.aside.iter().filter(|one| one.service == service);
        handovers.any(is_part) || number.is_some() && aside.any(|one| one.number == number)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::state::Unfinished;

    fn aside(database: &str, name: &str, number: Option<u32>) -> Aside {
        let (service, database, name) = ("cache".to_owned(), database.to_owned(), name.to_owned());
        Aside { service, database, name, number, ..Aside::default() }
    }

    /// A database with content is filled on the side, which is to take its place.
    fn before_the_swap() -> (DatabaseMemory, u64) {
        let mut memory = DatabaseMemory::default();
        memory.add_made("cache", "trial", Made { until: Some(90), number: Some(3), ..Made::default() });
        let unfinished = Unfinished { service: "cache".into(), name: "side".into(), number: Some(15) };
        memory.unfinished.push(unfinished);
        let handover = Handover { aside: aside("trial", "old", Some(15)), side: Some("side".into()), back: None };
        let id = memory.begin_handover(handover);
        (memory, id)
    }

    #[test]
    fn until_the_server_has_done_it_nothing_is_set_aside_and_nothing_is_removed() {
        let (mut memory, id) = before_the_swap();
        assert!(memory.aside.is_empty() && memory.is_claimed("cache", "side", Some(15)));
        assert_eq!(memory.made("cache", "trial").unwrap().number, Some(3));
        memory.take_handover(id);
        assert!(memory.aside.is_empty() && !memory.is_claimed("cache", "side", Some(15)));
        assert_eq!(memory.unfinished.len(), 1, "what was filled belongs to nobody");
    }

    #[test]
    fn once_it_has_what_was_there_is_kept_where_the_side_was() {
        let (mut memory, id) = before_the_swap();
        memory.finish_handover(id, 10);
        assert_eq!((memory.unfinished.len(), memory.handovers.len()), (0, 0));
        assert_eq!((memory.aside[0].name.as_str(), memory.aside[0].number), ("old", Some(15)));
        assert!(memory.is_claimed("cache", "anything", Some(15)), "an unfinished one of that number would be a lie");
        assert_eq!(memory.made("cache", "trial").unwrap().until, Some(90));
        // And back again: what was in between is kept in its turn.
        let back = Handover { aside: aside("trial", "newer", Some(15)), side: None, back: Some(id) };
        let back = memory.begin_handover(back);
        memory.finish_handover(back, 100);
        assert_eq!(memory.aside.iter().map(|one| one.name.as_str()).collect::<Vec<_>>(), ["newer"]);
        let made = memory.made("cache", "trial").unwrap();
        assert_eq!((made.number, made.until), (Some(3), None), "its time was over, and it was wanted");
    }

    #[test]
    fn what_is_dropped_takes_along_what_was_known_of_it() {
        let (mut memory, _) = before_the_swap();
        let id = memory.begin_handover(Handover { aside: aside("trial", "gone", Some(3)), ..Handover::default() });
        memory.finish_handover(id, 10);
        assert!(memory.made("cache", "trial").is_none());
        assert_eq!(memory.aside[0].made.as_ref().unwrap().until, Some(90));
    }
}
