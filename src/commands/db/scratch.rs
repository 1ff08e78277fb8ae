//! The database services of one's own: an environment like any other, whose dev.yaml devenv writes itself.

use crate::catalog::{self, ServiceEntry};
use crate::commands::Failure;
use crate::commands::context::{Context, MANIFEST};
use crate::db::provider;
use crate::host;
use crate::manifest::{Manifest, ServiceSource};
use crate::model::resolve::Identity;
use crate::names::{EnvironmentId, Name};
use crate::problem::{Problem, kinds};
use crate::words;

/// A kind of database, as typed: `postgres@16`.
pub(super) struct Wanted {
    entry: &'static ServiceEntry,
    version: Option<String>,
}

impl Wanted {
    /// # Errors
    /// It is not in the catalog, or no databases can be made in it.
    pub fn parse(text: &str) -> Result<Self, Failure> {
        let (id, version) = text.split_once('@').map_or((text, None), |(id, version)| (id, Some(version)));
        let entry = catalog::service(id).filter(|entry| provider::of(entry.id).is_some());
        let Some(entry) = entry else {
            let problem = Problem::new(&kinds::DATABASE_ENGINE, format!("databases of `{id}` can't be made here"))
                .why(format!("that works with {}", words::list(provider::ALL)));
            let near = words::nearest(id, provider::ALL.iter().copied());
            return Err(problem
                .fix(near.map_or("--engine postgres".to_owned(), |near| format!("--engine {near}")))
                .into());
        };
        if let Some(wrong) = version.filter(|version| !entry.versions.accepts(version)) {
            let what = format!("{} {wrong} is not known", entry.title);
            return Err(Problem::new(&kinds::DATABASE_ENGINE, what)
                .why(format!("known are {}", words::list(entry.versions.known)))
                .fix(format!("--engine {}@{}", entry.id, entry.versions.default))
                .into());
        }
        Ok(Self { entry, version: version.map(str::to_owned) })
    }

    /// The service of a manifest that is of this kind.
    pub fn service_of(&self, manifest: &Manifest) -> Option<Name> {
        let fits = |source: &ServiceSource| {
            let ServiceSource::Catalog { id, version } = source else { return false };
            let version = version.as_deref().unwrap_or(self.entry.versions.default);
            catalog::service(id).is_some_and(|entry| entry.id == self.entry.id)
                && self.version.as_deref().is_none_or(|wanted| wanted == version)
        };
        manifest.services.iter().find(|service| fits(&service.source.value)).map(|service| service.name.value.clone())
    }

    /// As dev.yaml says it: a name and what it is.
    fn line(&self) -> (String, String) {
        match &self.version {
            None => (self.entry.id.to_owned(), self.entry.id.to_owned()),
            Some(version) => {
                let name = Name::from_any(&format!("{}-{version}", self.entry.id)).to_string();
                (name, format!("{}@{version}", self.entry.id))
            }
        }
    }
}

/// The environment of one's own; a service of the wanted kind is added to it where it has none.
///
/// # Errors
/// The state folder can't be written to.
pub(super) fn place(context: &Context, wanted: Option<&Wanted>) -> Result<(Identity, Manifest), Failure> {
    let root = context.folders.state.join("scratch");
    let unwritable =
        |error: std::io::Error| Problem::unwritable("the place for databases of your own can't be made", error);
    context.folders.keep_private().map_err(unwritable)?;
    host::create_folder(&root).map_err(unwritable)?;
    let root = host::real_path(&root).map_err(unwritable)?;
    let identity = Identity { id: EnvironmentId::of_checkout(&root), root };
    let path = identity.root.join(MANIFEST);
    if !host::is_file(&path) {
        let first = wanted.map_or_else(|| ("postgres".to_owned(), "postgres".to_owned()), Wanted::line);
        host::write_file(&path, text(&[first]).as_bytes()).map_err(unwritable)?;
    }
    let manifest = context.manifest(&identity)?;
    let Some(wanted) = wanted.filter(|wanted| wanted.service_of(&manifest).is_none()) else {
        return Ok((identity, manifest));
    };
    let mut services: Vec<(String, String)> = manifest.services.iter().filter_map(line_of).collect();
    services.push(wanted.line());
    host::write_file(&path, text(&services).as_bytes()).map_err(unwritable)?;
    let manifest = context.manifest(&identity)?;
    Ok((identity, manifest))
}

fn line_of(service: &crate::manifest::Service) -> Option<(String, String)> {
    let ServiceSource::Catalog { id, version } = &service.source.value else { return None };
    let what = version.as_ref().map_or_else(|| id.to_string(), |version| format!("{id}@{version}"));
    Some((service.name.value.to_string(), what))
}

fn text(services: &[(String, String)]) -> String {
    let lines: Vec<String> = services.iter().map(|(name, what)| format!("  {name}: {what}\n")).collect();
    format!(
        "# Database services of your own, written by `devenv db --scratch`.\nname: scratch\nservices:\n{}",
        lines.concat()
    )
}
