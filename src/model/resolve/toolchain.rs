//! A toolchain of the manifest -> what it is made from, and what it is called.

use super::Resolver;
use super::apps::Surroundings;
use super::services::title_of;
use crate::catalog::extras::{self, Origin, Wanted};
use crate::catalog::{self, RuntimeEntry, runtimes};
use crate::manifest::{Runtime, Tools};
use crate::model::{EQUIPPED, Equipped, ImageRef, Source, fingerprint};
use crate::names::Name;
use crate::words;

/// A toolchain as its publisher made it.
struct Published {
    entry: &'static RuntimeEntry,
    image: ImageRef,
    title: String,
    version: Option<String>,
}

impl Resolver<'_> {
    pub(super) fn toolchain(&mut self, app: &Name, runtime: &Runtime) -> Option<Surroundings> {
        match &runtime.tools {
            Tools::Catalog { id, version } => {
                let Some(entry) = catalog::runtime(id) else {
                    self.unknown(app, id);
                    return None;
                };
                let version = version.as_deref().unwrap_or(entry.versions.default);
                let image = ImageRef { repository: entry.image.to_owned(), tag: entry.versions.tag(version) };
                let title = format!("{} {version}", entry.title);
                self.equipped(app, runtime, Published { entry, image, title, version: Some(version.to_owned()) })
            }
            Tools::Image(text) => {
                let image = self.image(app, text)?;
                let (title, version) = title_of(&image);
                let entry = extras::runtime_of_image(&image.repository).unwrap_or(&runtimes::OTHER);
                self.equipped(app, runtime, Published { entry, image, title, version })
            }
        }
    }

    /// With what is to be added to it.
    fn equipped(&mut self, app: &Name, runtime: &Runtime, published: Published) -> Option<Surroundings> {
        let Published { entry, image, title, version } = published;
        let with: Vec<String> = runtime.with.iter().map(|word| word.value.clone()).collect();
        let packages: Vec<String> = runtime.packages.iter().map(|name| name.value.clone()).collect();
        let (name, number) = (image.to_string(), version.clone().unwrap_or_default());
        let wanted = Wanted { image: &name, version: &number, with: &with, packages: &packages };
        let source = match extras::origin(entry, wanted) {
            Origin::Published(other) => {
                let other = self.image(app, &other)?;
                Source::Image(self.exact(other))
            }
            Origin::Recipe(recipe) => {
                let recipe = self.exact_recipe(&recipe);
                let word = if entry.id.is_empty() { "tools" } else { entry.id };
                let image = ImageRef { repository: format!("{EQUIPPED}{word}"), tag: fingerprint::of_recipe(&recipe) };
                Source::Equipped(Equipped { recipe, image, proxy: Vec::new() })
            }
        };
        let more: Vec<&str> = with.iter().chain(&packages).map(String::as_str).collect();
        let title = if more.is_empty() { title } else { format!("{title} with {}", words::list(&more)) };
        Some(Surroundings { runtime: Some(entry), source, title, version })
    }

    /// The same recipe, beginning with exactly what `dev.lock` says.
    fn exact_recipe(&self, recipe: &str) -> String {
        let line = |line: &str| match begins_with(line).and_then(|name| Some((name, ImageRef::parse(name).ok()?))) {
            Some((name, image)) if self.facts.exact.contains_key(&image) => {
                line.replacen(name, &self.exact(image).to_string(), 1)
            }
            _ => line.to_owned(),
        };
        recipe.lines().map(|text| line(text) + "\n").collect()
    }
}

/// What a line of a recipe takes from others: `postgres:17` of `FROM postgres:17 AS db`.
pub(super) fn begins_with(line: &str) -> Option<&str> {
    line.strip_prefix("FROM ")?.split(' ').next()
}
