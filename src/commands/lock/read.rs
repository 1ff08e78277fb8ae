//! What `dev.lock` says to the other commands.

use std::collections::BTreeMap;
use std::path::Path;

use super::bases;
use crate::commands::Failure;
use crate::commands::context::{Context, MANIFEST, MOST_BYTES};
use crate::commands::facts::Purpose;
use crate::host;
use crate::lockfile::{LOCK, Lockfile};
use crate::manifest::{self, Manifest};
use crate::model::ImageRef;
use crate::model::resolve::{Identity, Published, published};
use crate::names::Name;
use crate::problem::{Problem, kinds};
use crate::words;

const FIX: &str = "devenv lock        # then commit dev.lock";

impl Context {
    /// The lock file of a repo; an empty one where there is none.
    ///
    /// # Errors
    /// It can't be read or understood.
    pub fn lockfile(&self, root: &Path) -> Result<Lockfile, Problem> {
        let unreadable = |why: String| {
            Problem::new(&kinds::LOCK_DAMAGED, format!("{LOCK} cannot be read"))
                .why(why)
                .fix(format!("look at the rights of {LOCK}"))
        };
        match host::read_limited(&root.join(LOCK), MOST_BYTES) {
            Ok(bytes) if bytes.len() as u64 == MOST_BYTES => Err(unreadable("it is larger than 2 MB".to_owned())),
            Ok(bytes) => Lockfile::read(&String::from_utf8_lossy(&bytes)),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(Lockfile::default()),
            Err(error) => Err(unreadable(error.to_string())),
        }
    }

    /// The digest that is to be taken for each published name. Who only looks or stops is not kept from it by a damaged file.
    pub fn exact(&self, root: &Path, purpose: &Purpose) -> Result<BTreeMap<ImageRef, String>, Failure> {
        let file = match (self.lockfile(root), purpose) {
            (Ok(file), _) => file,
            (Err(problem), Purpose::BringUp { .. } | Purpose::Foresee { .. }) => return Err(problem.into()),
            (Err(_), _) => Lockfile::default(),
        };
        Ok(file.exact().digests())
    }

    /// What the team's own manifest leads to, whatever a person's own file changes.
    ///
    /// # Errors
    /// Everything that is wrong in the manifest.
    pub(super) fn published_by_team(&self, identity: &Identity) -> Result<(Manifest, Vec<Published>), Failure> {
        let manifest = match host::read_limited(&identity.root.join(MANIFEST), MOST_BYTES) {
            Ok(bytes) => manifest::load(MANIFEST, &bytes)?,
            Err(_) => self.manifest(identity)?,
        };
        let wanted = published(&manifest, identity);
        Ok((manifest, wanted))
    }

    /// Holds `dev.lock` against the manifest, before anything is begun.
    ///
    /// # Errors
    /// Everything that it lacks, and what it has too much.
    pub fn demand_frozen(&self, identity: &Identity, manifest: &Manifest) -> Result<(), Failure> {
        let file = self.lockfile(&identity.root)?;
        let wanted = published(manifest, identity);
        let difference = file.exact().difference(&wanted);
        if let Some(first) = wanted.first().filter(|_| file.exact().is_empty()) {
            let what = format!("--frozen holds to the exact versions in {LOCK}, and there are none");
            let why = format!("{MANIFEST} wants {}, and what that is can change from day to day", first.title);
            return Err(Problem::new(&kinds::LOCK_MISSING, what).why(why).fix(FIX).into());
        }
        let (_, of_team) = self.published_by_team(identity)?;
        let mut problems: Vec<Problem> = difference.missing.into_iter().map(missing).collect();
        problems.extend(file.exact().difference(&of_team).gone.into_iter().map(gone));
        problems.extend(bases::unpinned(&identity.root, manifest).into_iter().map(bases::Base::problem));
        if problems.is_empty() { Ok(()) } else { Err(problems.into()) }
    }

    /// Says what is not held to an exact version although other things are.
    pub fn tell_unlocked(&self, identity: &Identity, manifest: &Manifest) {
        let Ok(file) = self.lockfile(&identity.root) else { return };
        let wanted = published(manifest, identity);
        let missing = file.exact().difference(&wanted).missing;
        if !file.exact().is_empty() && !missing.is_empty() {
            let titles: Vec<&str> = missing.iter().map(|one| one.title.as_str()).collect();
            self.ui.note(&format!(
                "{LOCK} has no exact version of {}; `devenv lock` adds what is missing",
                words::list(&titles)
            ));
        }
    }
}

fn missing(wanted: &Published) -> Problem {
    let what = format!("{LOCK} has no exact version of {}", wanted.title);
    let wants = if wanted.names.len() == 1 { "wants" } else { "want" };
    let why = format!("{} {wants} it in {MANIFEST}, which was changed since", quoted(&wanted.names));
    Problem::new(&kinds::LOCK_STALE, what).why(why).fix(FIX)
}

fn gone(name: &str) -> Problem {
    Problem::new(&kinds::LOCK_STALE, format!("{LOCK} has an exact version of {name}, which nothing wants"))
        .why(format!("{MANIFEST} was changed since"))
        .fix(FIX)
}

/// `db` and `cache`, as they are shown in a sentence.
pub(super) fn quoted(names: &[Name]) -> String {
    let names: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    words::list(&names)
}
