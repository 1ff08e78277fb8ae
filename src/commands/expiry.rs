//! What `devenv up` says of databases that were made for a time.

use std::time::Duration;

use super::bring_up::BringUp;
use super::context::Teller;
use crate::events::Event;
use crate::host;
use crate::names::Name;
use crate::state::DatabaseMemory;
use crate::words;

/// What goes within this time is told, in seconds.
const SOON_S: u64 = 24 * 3600;

impl BringUp<'_> {
    /// From what is remembered: no server is asked, and nothing is dropped here.
    pub(super) fn tell_expiring(&self, teller: &Teller<'_>) {
        let now = host::now();
        let memory = DatabaseMemory::read(&self.context.folders, &self.identity.id);
        for (service, database, until) in memory.expiring(now + SOON_S) {
            teller.tell(Event::Note {
                name: Name::parse(&service).ok(),
                text: sentence((&service, &database), until, now),
            });
        }
    }
}

fn sentence((service, database): (&str, &str), until: u64, now: u64) -> String {
    match until.saturating_sub(now) {
        0 => format!("the time of `{database}` is over: the next `devenv db` drops it, unless somebody is connected"),
        left => {
            let left = words::duration(Duration::from_secs(left));
            format!("`{database}` goes in {left}; `devenv db extend {service}/{database}` keeps it")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::sentence;

    #[test]
    fn what_goes_and_what_should_be_gone_are_told_apart() {
        assert!(sentence(("db", "trial"), 100, 100).contains("is over"));
        assert!(sentence(("db", "trial"), 7_300, 100).contains("2 h 0 min"));
    }
}
