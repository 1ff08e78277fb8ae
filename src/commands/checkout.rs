//! Which environment belongs to a folder: the one it had before, also after the folder was moved, or a new one.

use std::path::{Path, PathBuf};

use super::context::{Context, MANIFEST};
use super::db::scratch;
use super::{Failure, saved};
use crate::engine::Engine;
use crate::host::{self, Repository};
use crate::manifest::Manifest;
use crate::model::resolve::{Identity, project_name};
use crate::names::EnvironmentId;
use crate::problem::{Exit, Problem, kinds};
use crate::state::{self, Belongs, Checkouts, Evidence, Here};
use crate::ui::ask::Answer;

/// What is done about a checkout that was elsewhere before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Newcomer {
    Ask,
    /// `--as-new`: it begins with empty data, and what it had elsewhere is kept.
    AsNew,
    /// To tell what would be done: it is taken for the same where that is sure, and nothing is asked or written down.
    Foresee,
}

impl Context {
    /// Which checkout this is: the nearest folder upwards that holds a manifest, and the environment that belongs to it.
    ///
    /// # Errors
    /// There is none.
    pub fn identity(&self) -> Result<Identity, Failure> {
        self.identity_of(Newcomer::Ask)
    }

    /// Like [`Context::identity`], with what is to be done about a checkout that was elsewhere before.
    ///
    /// # Errors
    /// As there.
    pub fn identity_of(&self, newcomer: Newcomer) -> Result<Identity, Failure> {
        let root = self.root()?;
        let checkouts = Checkouts::read(&self.folders);
        if let Some(id) = checkouts.known(&root) {
            return Ok(Identity { id, root });
        }
        let (id, from, evidence, fresh) = match checkouts.belonging(&Here::look(&root), host::look_at) {
            Belongs::Known(id) | Belongs::New(id) => return Ok(Identity { id, root }),
            Belongs::Moved { id, from, evidence, fresh } => (id, from, evidence, fresh),
        };
        if newcomer == Newcomer::Foresee {
            let is_sure = evidence == Evidence::SameFolder;
            return Ok(Identity { id: if is_sure { id } else { fresh }, root });
        }
        let name = checkouts.get(&id).map_or("it", |checkout| &checkout.name);
        let question = format!("{name} was in {} before; take its data and addresses along?", from.display());
        let answer = match (newcomer, evidence) {
            (Newcomer::AsNew, _) => Answer::No,
            // A copy, or another clone of the same repo, may well be meant to begin anew, so that only a person can say.
            (_, Evidence::SameRepo | Evidence::SameClone) if self.ui.options().yes || !self.ui.can_ask() => {
                return Ok(Identity { id: fresh, root });
            }
            _ => self.ui.ask(&question, Answer::Yes),
        };
        let id = if answer == Answer::No { fresh } else { id };
        if answer != Answer::Nobody {
            self.note_use(&id, name, &root)?;
        }
        Ok(Identity { id, root })
    }

    /// Like [`Context::identity`], also where the manifest, or the whole folder, is there no more.
    ///
    /// # Errors
    /// There is no manifest and never was.
    pub fn identity_of_what_was(&self) -> Result<Identity, Failure> {
        let start = host::real_path(&self.world.folder).unwrap_or_else(|_| self.world.folder.clone());
        let checkouts = Checkouts::read(&self.folders);
        for folder in host::within_repository(&start) {
            if host::is_file(&folder.join(MANIFEST)) {
                return self.identity();
            }
            if let Some(id) = checkouts.known(folder) {
                return Ok(Identity { id, root: folder.to_owned() });
            }
        }
        self.identity()
    }

    /// Like [`Context::identity`], for who only looks: nobody is asked, nothing is written down, and there may be none.
    pub fn identity_at_a_glance(&self) -> Option<Identity> {
        let root = self.root().ok()?;
        let id = match Checkouts::read(&self.folders).belonging(&Here::look(&root), host::look_at) {
            Belongs::Known(id) | Belongs::New(id) => id,
            Belongs::Moved { id, evidence: Evidence::SameFolder, .. } => id,
            Belongs::Moved { fresh, .. } => fresh,
        };
        Some(Identity { id, root })
    }

    /// The environment of a checkout that was moved to here, or probably was: what looks like a deleted one is this.
    pub fn moved_to_here(&self) -> Option<EnvironmentId> {
        let root = self.root().ok()?;
        match Checkouts::read(&self.folders).belonging(&Here::look(&root), host::look_at) {
            Belongs::Moved { id, .. } => Some(id),
            Belongs::Known(_) | Belongs::New(_) => None,
        }
    }

    /// The folder of the nearest manifest, or of a repo without one in which there is something to bring up.
    ///
    /// # Errors
    /// There is neither.
    pub fn root(&self) -> Result<PathBuf, Failure> {
        let start = self.entered()?;
        let root = host::within_repository(&start).find(|folder| host::is_file(&folder.join(MANIFEST)));
        let root = root.map(Path::to_owned).or_else(|| self.unprepared_root(&start));
        Ok(root.ok_or_else(|| self.nothing_but_databases(&start))?)
    }

    /// Who has database services of their own is told of them where nothing else is.
    fn nothing_but_databases(&self, start: &Path) -> Problem {
        let problem = self.nothing_at(start);
        match scratch::existing(self).filter(|_| problem.kind == &kinds::NO_MANIFEST) {
            None => problem,
            Some(_) => problem
                .fix("devenv db list              # the databases of your own, which belong to no repo")
                .fix("devenv db stop              # stops their services"),
        }
    }

    /// The folder that the command works in.
    ///
    /// # Errors
    /// It can't be entered.
    pub fn entered(&self) -> Result<PathBuf, Failure> {
        let start = host::real_path(&self.world.folder).map_err(|error| {
            Problem::new(&kinds::FOLDER_MISSING, format!("{} cannot be entered", self.world.folder.display()))
                .exit(Exit::Usage)
                .why(error.to_string())
                .fix("change to the folder of your repo, or name it with -C")
        });
        Ok(start?)
    }

    /// The folder that the command works in, and the top of the repo that it belongs to, in which links may lie that others have
    /// made.
    ///
    /// # Errors
    /// It can't be entered.
    pub fn repository(&self) -> Result<(PathBuf, PathBuf), Failure> {
        let entered = self.entered()?;
        let find = |is_top: &dyn Fn(&Path) -> bool| host::within_repository(&entered).find(|folder| is_top(folder));
        let top = find(&host::is_top_of_repository).or_else(|| find(&|folder| host::is_file(&folder.join(MANIFEST))));
        let top = top.unwrap_or(&entered).to_owned();
        Ok((entered, top))
    }

    /// Remembers that an environment is brought up from here.
    ///
    /// # Errors
    /// The checkout was moved and nobody could be asked about its data; or the state folder can't be written to.
    pub async fn settle(&self, engine: &Engine, identity: &Identity, manifest: &Manifest) -> Result<(), Failure> {
        let name = project_name(manifest, identity);
        let checkouts = Checkouts::read(&self.folders);
        let moved_from = checkouts.get(&identity.id).map(|checkout| checkout.path.as_path());
        if let Some(from) = moved_from.filter(|from| *from != identity.root) {
            let found = engine.observe(&identity.id).await?;
            if !found.units.is_empty() || !found.data.is_empty() {
                return Err(moved(name.as_str(), from).into());
            }
        }
        self.note_use(&identity.id, name.as_str(), &identity.root)?;
        saved::tell(self, identity);
        Ok(())
    }

    /// Remembers a checkout that something is kept for before it was ever brought up, so that it has that where it is moved to. A
    /// repo with an origin has it anyway.
    pub fn note_newcomer(&self, identity: &Identity, manifest: &Manifest) {
        let is_known = Checkouts::read(&self.folders).get(&identity.id).is_some();
        if is_known || matches!(host::repository(&identity.root), Repository::Origin(_)) {
            return;
        }
        if self.note_use(&identity.id, project_name(manifest, identity).as_str(), &identity.root).is_err() {
            self.ui.warning("this checkout could not be written down: it will not be known where it is moved to");
        }
    }

    fn note_use(&self, id: &EnvironmentId, name: &str, root: &Path) -> Result<(), Failure> {
        let aside = state::note_use(&self.folders, id, name, root).map_err(|error| unwritable(&error))?;
        if let Some(aside) = aside {
            self.ui.warning(&format!(
                "what devenv knew of the checkouts on this computer could not be read; it is kept as {}",
                aside.display()
            ));
        }
        Ok(())
    }
}

fn moved(name: &str, from: &Path) -> Problem {
    Problem::new(
        &kinds::CHECKOUT_MOVED,
        format!("`{name}` was in {} before, and its data belongs to it there", from.display()),
    )
    .why("a folder that was moved can have its data and addresses again, or begin anew; there was nobody to ask")
    .fix("devenv up --yes           # takes them along")
    .fix("devenv up --as-new        # begins with empty data; what it had is kept")
}

fn unwritable(error: &anyhow::Error) -> Problem {
    Problem::unwritable("devenv cannot write down what it needs to remember", error)
}
