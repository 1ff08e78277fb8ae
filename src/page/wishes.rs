//! What visitors of the page ask for. Nothing here fulfils it.

use serde::Deserialize;
use tokio::sync::oneshot;

use super::databases;
use crate::events::ProblemReport;
use crate::names::Name;

/// Something to be done with the environment. Without names it is about everything.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(tag = "verb", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Wish {
    Up {
        #[serde(default)]
        names: Vec<Name>,
    },
    Down {
        #[serde(default)]
        names: Vec<Name>,
    },
    Restart {
        names: Vec<Name>,
    },
    /// Ends one of what is being done; what has begun stays as it is.
    Cancel {
        id: u64,
    },
    /// Puts a problem aside that was read.
    Forget {
        number: u64,
    },
    /// Looks once more whether there is an environment to look at.
    Look,
}

/// Where an answer is awaited.
pub type Reply<T> = oneshot::Sender<Result<T, ProblemReport>>;

/// A wish, and who waits for what comes of it.
pub enum Asked {
    /// The answer is only that it has begun.
    Wish(Wish, Reply<()>),
    Databases(databases::Ask, Reply<databases::Answer>),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_meant_is_understood() {
        let read = |text: &str| serde_json::from_str::<Wish>(text);
        let db = Name::parse("db").unwrap();
        assert_eq!(read(r#"{"verb":"up","names":["db"]}"#).unwrap(), Wish::Up { names: vec![db] });
        assert_eq!(read(r#"{"verb":"down"}"#).unwrap(), Wish::Down { names: Vec::new() });
        for wrong in [
            r#"{"verb":"up","names":["--yes"]}"#,
            r#"{"verb":"reset","names":["db"]}"#,
            r#"{"verb":"restart"}"#,
            r#"{"verb":"up","extra":1}"#,
            "[]",
            "",
        ] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
