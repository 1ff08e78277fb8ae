//! What a repo is called in the journal: a pseudonym that is the same for everybody, and the name that people use.

use sha2::{Digest, Sha256};

/// An origin without what differs between people: the protocol, the login, the ending. `None` = it is a folder of this computer.
///
/// `git@github.com:acme/shop.git` and `https://sam@github.com/acme/shop` are the same.
fn common_part(origin: &str) -> Option<String> {
    let origin = origin.trim();
    let rest = match origin.split_once("://") {
        Some(("file", _)) => return None,
        Some((_, rest)) => rest.to_owned(),
        // The short form of ssh; a colon behind a slash is part of a path.
        None => {
            let (host, path) = origin.split_once(':').filter(|(host, _)| !host.contains('/') && host.len() > 1)?;
            format!("{host}/{path}")
        }
    };
    let (host, path) = rest.split_once('/')?;
    let host = host.rsplit('@').next()?.split(':').next()?;
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    (!host.is_empty() && !path.is_empty()).then(|| format!("{host}/{path}").to_lowercase())
}

/// The pseudonym of a repo, from its origin; twelve hexadecimal digits.
pub fn pseudonym(origin: &str) -> Option<String> {
    let common = common_part(origin)?;
    Some(crate::words::hex(&Sha256::digest(format!("devenv repo {common}"))[..6]))
}

/// What the repo is called by its origin: the last word of it.
pub fn called(origin: &str) -> Option<String> {
    let common = common_part(origin)?;
    let last = common.rsplit('/').next()?;
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
    (!last.is_empty() && last.chars().all(is_plain)).then(|| last.to_owned())
}

/// What `dev.yaml` says the project is called, from its text; `None` = nothing, or it can't be told at a glance.
pub fn written_name(manifest: &str) -> Option<String> {
    let value = manifest.lines().find_map(|line| line.strip_prefix("name:"))?;
    let value = value.split(" #").next()?.trim().trim_matches(['"', '\'']);
    crate::names::Name::parse(value).ok().map(|name| name.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_has_the_same_pseudonym_however_it_was_cloned() {
        let shop = pseudonym("git@github.com:acme/shop.git");
        assert_eq!(shop.as_ref().map(String::len), Some(12));
        for same in [
            "https://github.com/acme/shop",
            "https://sam:token@github.com/Acme/Shop.git/",
            "ssh://git@github.com:22/acme/shop.git",
        ] {
            assert_eq!(pseudonym(same), shop, "{same}");
            assert_eq!(called(same).as_deref(), Some("shop"), "{same}");
        }
        assert_ne!(pseudonym("git@github.com:acme/shop2.git"), shop);
    }

    #[test]
    fn a_folder_of_this_computer_is_nobodys_origin() {
        for folder in ["/home/sam/shop.git", "../shop", "file:///home/sam/shop", "C:/code/shop", "", "x:", "https://"] {
            assert_eq!((pseudonym(folder), called(folder)), (None, None), "{folder}");
        }
    }

    #[test]
    fn the_name_is_the_one_that_is_written() {
        assert_eq!(written_name("# x\nname: shop # ours\nservices: {}\n").as_deref(), Some("shop"));
        assert_eq!(written_name("name: \"my-shop\"\n").as_deref(), Some("my-shop"));
        assert_eq!(written_name("services: { db: postgres }\n"), None);
        assert_eq!(written_name("  name: x\nname: ${SECRET}\n"), None);
    }
}
