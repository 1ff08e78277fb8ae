//! Which database a person means: `scratch`, `db`, `db/scratch`. Pure.

use crate::names::Name;

/// A service that databases live in, and which.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    pub service: Name,
    /// Its own database.
    pub own: String,
    /// Those that were made beside it.
    pub made: Vec<String>,
}

/// What was meant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Meant {
    pub service: Name,
    pub database: String,
}

/// Why it can't be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unclear {
    /// No service of the repo keeps databases.
    NoService,
    /// Several do, and none was named.
    Which(Vec<Name>),
    /// No service is called so.
    Unknown(String),
    /// Databases of this name are in several.
    InSeveral(String, Vec<Name>),
}

/// | typed | means |
/// |---|---|
/// | nothing | the own database of the only service |
/// | `SERVICE` | its own database |
/// | `SERVICE/NAME` | that one, whether it is known or not |
/// | `NAME` | the one that was made under this name; else, where there is one service, one of this name there |
///
/// # Errors
/// Where that is not one.
pub fn choose(candidates: &[Candidate], typed: Option<&str>) -> Result<Meant, Unclear> {
    let only = || match candidates {
        [] => Err(Unclear::NoService),
        [one] => Ok(one),
        several => Err(Unclear::Which(several.iter().map(|one| one.service.clone()).collect())),
    };
    let meant = |one: &Candidate, database: &str| Meant { service: one.service.clone(), database: database.to_owned() };
    let Some(typed) = typed else { return only().map(|one| meant(one, &one.own)) };
    if let Some((service, name)) = typed.split_once('/') {
        let one = candidates.iter().find(|one| one.service.as_str() == service);
        return one.map(|one| meant(one, name)).ok_or_else(|| Unclear::Unknown(service.to_owned()));
    }
    if let Some(one) = candidates.iter().find(|one| one.service.as_str() == typed) {
        return Ok(meant(one, &one.own));
    }
    let having: Vec<&Candidate> = candidates.iter().filter(|one| one.made.iter().any(|made| made == typed)).collect();
    match having.as_slice() {
        [one] => Ok(meant(one, typed)),
        [] => match only() {
            Ok(one) => Ok(meant(one, typed)),
            Err(Unclear::Which(_)) => Err(Unclear::Unknown(typed.to_owned())),
            Err(unclear) => Err(unclear),
        },
        several => Err(Unclear::InSeveral(typed.to_owned(), several.iter().map(|one| one.service.clone()).collect())),
    }
}

/// The same where what is meant may be new: what is not known is to be in this service, where one is the usual one for it.
///
/// # Errors
/// As of [`choose`], where that is none.
pub fn choose_new(candidates: &[Candidate], typed: Option<&str>, usual: Option<&Name>) -> Result<Meant, Unclear> {
    let usual = usual.and_then(|name| candidates.iter().find(|one| one.service == *name));
    match (choose(candidates, typed), usual) {
        (Err(Unclear::Which(_)), Some(one)) => Ok(Meant { service: one.service.clone(), database: one.own.clone() }),
        (Err(Unclear::Unknown(name)), Some(one)) if Some(name.as_str()) == typed => {
            Ok(Meant { service: one.service.clone(), database: name })
        }
        (chosen, _) => chosen,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn candidate(service: &str, made: &[&str]) -> Candidate {
        Candidate {
            service: Name::parse(service).unwrap(),
            own: "app".into(),
            made: made.iter().map(|one| (*one).to_owned()).collect(),
        }
    }

    fn told(candidates: &[Candidate], typed: Option<&str>) -> Result<String, Unclear> {
        choose(candidates, typed).map(|meant| format!("{}/{}", meant.service, meant.database))
    }

    #[test]
    fn one_service_needs_no_name() {
        let one = [candidate("db", &["scratch"])];
        assert_eq!(told(&one, None).unwrap(), "db/app");
        assert_eq!(told(&one, Some("db")).unwrap(), "db/app");
        assert_eq!(told(&one, Some("scratch")).unwrap(), "db/scratch");
        assert_eq!(told(&one, Some("other")).unwrap(), "db/other");
        assert_eq!(told(&[], None), Err(Unclear::NoService));
    }

    #[test]
    fn among_several_what_was_made_is_found_and_all_else_asked_for() {
        let two = [candidate("db", &["scratch", "both"]), candidate("cache", &["both"])];
        assert_eq!(told(&two, Some("scratch")).unwrap(), "db/scratch");
        assert_eq!(told(&two, Some("cache/x")).unwrap(), "cache/x");
        assert!(matches!(told(&two, None), Err(Unclear::Which(_))));
        assert!(matches!(told(&two, Some("x")), Err(Unclear::Unknown(_))));
        assert!(matches!(told(&two, Some("both")), Err(Unclear::InSeveral(..))));
        assert!(matches!(told(&two, Some("mail/x")), Err(Unclear::Unknown(_))));
    }

    #[test]
    fn what_is_new_is_in_the_usual_service_and_what_is_known_where_it_is() {
        let two = [candidate("postgres", &["both"]), candidate("maria", &["both", "m"])];
        let usual = Name::parse("postgres").unwrap();
        let told =
            |typed| choose_new(&two, typed, Some(&usual)).map(|meant| format!("{}/{}", meant.service, meant.database));
        assert_eq!(told(None).unwrap(), "postgres/app");
        assert_eq!(told(Some("fresh")).unwrap(), "postgres/fresh");
        assert_eq!(told(Some("m")).unwrap(), "maria/m");
        assert!(matches!(told(Some("both")), Err(Unclear::InSeveral(..))));
        assert!(matches!(told(Some("mail/x")), Err(Unclear::Unknown(_))), "a service is never made up");
        assert!(matches!(choose_new(&two, None, None), Err(Unclear::Which(_))));
    }
}
