//! Where a template comes from: devenv itself, a repository that is copied for a moment, or a folder.

use std::path::{Path, PathBuf};

use crate::commands::Failure;
use crate::commands::context::Context;
use crate::host::{self, Asks, Belongs};
use crate::problem::{Problem, kinds};
use crate::template::{BUILT_IN, File, Template, built_in};
use crate::words;

/// A template, and where it is found again.
pub struct Found {
    pub template: Template,
    pub from: String,
}

/// # Errors
/// There is no such template, it can't be fetched, or something is wrong with it.
pub fn find(context: &Context, typed: &str) -> Result<Found, Failure> {
    if let Some(template) = built_in(typed)? {
        return Ok(Found { template, from: typed.to_owned() });
    }
    if is_address(typed) {
        let template = fetch(context, typed)?;
        return Ok(Found { template, from: without_login(typed) });
    }
    let folder = context.world.folder.join(typed);
    if !host::is_folder(&folder) {
        return Err(unknown(typed).into());
    }
    let folder = host::real_path(&folder).unwrap_or(folder);
    let files = host::read_template(&folder, Belongs::WhatGitSees).map_err(|why| unfit(typed, why))?;
    Ok(Found { template: understood(typed, files)?, from: folder.display().to_string() })
}

/// `https://…`, `ssh://…`, `file://…`, `git@host:path`, or anything that ends as repositories do; `#FOLDER` may follow.
fn is_address(typed: &str) -> bool {
    let typed = typed.split('#').next().unwrap_or_default();
    let scp =
        typed.split_once(':').is_some_and(|(host, path)| host.contains('@') && !host.contains('/') && !path.is_empty());
    typed.contains("://") || scp || typed.trim_end_matches('/').ends_with(".git")
}

/// A login in an address is nobody's business but the person's.
fn without_login(address: &str) -> String {
    match address.split_once("://") {
        Some((scheme, rest)) => {
            let end = rest.find('/').unwrap_or(rest.len());
            let (host, path) = rest.split_at(end);
            let (login, host) = host.rsplit_once('@').unwrap_or(("", host));
            // The user of ssh is part of the address; a password never is.
            let user = login.split(':').next().filter(|user| scheme == "ssh" && !user.is_empty());
            format!("{scheme}://{}{host}{path}", user.map(|user| format!("{user}@")).unwrap_or_default())
        }
        _ => address.to_owned(),
    }
}

fn fetch(context: &Context, address: &str) -> Result<Template, Failure> {
    let shown = without_login(address);
    context.ui.status(&format!("looking at {shown}"));
    let copies = context.folders.cache.join("templates");
    host::create_private_folder(&copies).map_err(|error| Problem::unwritable("no template can be fetched", error))?;
    let copy = Copy(copies.join(words::hex(&host::random::<8>()?)));
    let (repository, inside) = address.split_once('#').unwrap_or((address, ""));
    let asks = if context.ui.can_ask() { Asks::ThePerson } else { Asks::Nobody };
    host::clone_newest(repository, &copy.0, asks)
        .map_err(|why| unreachable(&shown, &why.replace(repository, &without_login(repository))))?;
    let folder =
        part_of(&copy.0, inside).ok_or_else(|| unfit(&shown, format!("there is no folder `{inside}` in it")))?;
    let files = host::read_template(&folder, Belongs::Everything).map_err(|why| unfit(&shown, why))?;
    Ok(understood(&shown, files)?)
}

/// A folder inside of a copy, whatever links are on the way; the copy itself where none is named.
fn part_of(copy: &Path, inside: &str) -> Option<PathBuf> {
    let (copy, folder) = (host::real_path(copy).ok()?, host::real_path(&copy.join(inside)).ok()?);
    (folder.starts_with(copy) && host::is_folder(&folder)).then_some(folder)
}

/// Gone when it has been read, whatever came of it.
struct Copy(PathBuf);

impl Drop for Copy {
    fn drop(&mut self) {
        let folder: &Path = &self.0;
        let _ = host::remove_folder(folder);
    }
}

fn understood(from: &str, files: Vec<File>) -> Result<Template, Problem> {
    Template::of(files).map_err(|problem| Problem { what: format!("nothing can be made from {from}"), ..problem })
}

fn unknown(typed: &str) -> Problem {
    let problem = Problem::new(&kinds::UNKNOWN_TEMPLATE, format!("there is no template `{typed}`"))
        .why("it is none of devenv's own, no address of a repository, and no folder");
    match words::nearest(typed, BUILT_IN.iter().copied()) {
        Some(near) => problem.fix(format!("did you mean `{near}`?")),
        None => problem.fix("devenv new --list"),
    }
}

fn unfit(from: &str, why: String) -> Problem {
    Problem::new(&kinds::TEMPLATE_WRONG, format!("nothing can be made from {from}"))
        .why(why)
        .fix("tell whoever looks after the template")
}

fn unreachable(shown: &str, why: &str) -> Problem {
    Problem::new(&kinds::TEMPLATE_UNREACHABLE, format!("{shown} cannot be fetched"))
        .why(if why.is_empty() { "git did not say why" } else { why })
        .fix(format!("git ls-remote {shown}        # tries the same without devenv"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_names_and_folders() {
        for address in [
            "https://git.example/a",
            "git@git.example:a/b",
            "ssh://git.example/a",
            "../a.git",
            "../a.git#b/c",
            "file:///a",
        ] {
            assert!(is_address(address), "{address}");
        }
        for other in ["go-http", "./a", "../team/api", "/a/b", "a@b/c:d", "c:"] {
            assert!(!is_address(other), "{other}");
        }
    }

    #[test]
    fn a_login_in_an_address_is_not_remembered() {
        assert_eq!(without_login("https://sam:token@git.example/a@b"), "https://git.example/a@b");
        assert_eq!(without_login("git@git.example:a"), "git@git.example:a");
        assert_eq!(without_login("ssh://git@git.example/a"), "ssh://git@git.example/a");
    }
}
