//! What Dockerfiles of the repo begin with: they are a person's own, so that `dev.lock` says nothing of it.

use std::path::Path;

use crate::commands::context::{app_folder, shown};
use crate::host;
use crate::lockfile::LOCK;
use crate::manifest::{AppSource, Manifest};
use crate::model::ImageRef;
use crate::model::resolve::build_place;
use crate::names::Name;
use crate::problem::{Place, Problem, kinds};
use crate::repo::dockerfile::Dockerfile;

/// Something that may be another tomorrow.
pub(super) struct Base {
    pub app: Name,
    /// As the Dockerfile has it, with the arguments of the build in it.
    pub written: String,
    pub image: ImageRef,
    /// The Dockerfile, relative to the root.
    pub file: String,
    /// `None` = a later line copies from it.
    place: Option<Place>,
}

/// Each that has no exact version there. A Dockerfile that can't be read is told by who builds from it.
pub(super) fn unpinned(root: &Path, manifest: &Manifest) -> Vec<Base> {
    let mut bases = Vec::new();
    for app in &manifest.apps {
        let AppSource::Build(build) = &app.source.value else { continue };
        let (folder, dockerfile) = build_place(&app_folder(root, app), &build.file);
        let path = folder.join(dockerfile);
        let text = host::read_small(&path).unwrap_or_default();
        let text = String::from_utf8_lossy(&text);
        let file = Dockerfile::read(&text);
        let given = |key: &str| Some(build.args.iter().find(|(own, _)| own == key)?.1.clone());
        for written in file.images(given) {
            let Ok(image) = ImageRef::parse(&written) else { continue };
            if image.is_exact() || image.repository.starts_with("localhost/") {
                continue;
            }
            let stage =
                file.stages(given).find(|(_, filled)| filled.as_ref() == Some(&written)).map(|(stage, _)| stage);
            let name = shown(root, &path);
            let place = stage.map(|stage| place(&name, &text, (stage.line, &stage.image)));
            bases.push(Base { app: app.name.value.clone(), written, image, file: name, place });
        }
    }
    bases
}

fn place(file: &str, text: &str, (line, word): (usize, &str)) -> Place {
    let source = text.lines().nth(line.saturating_sub(1)).unwrap_or_default();
    let before = source.find(word).map_or(0, |at| source[..at].chars().count());
    let number = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
    Place {
        file: file.to_owned(),
        line: number(line),
        column: number(before + 1),
        source: source.to_owned(),
        width: number(word.chars().count().max(1)),
    }
}

impl Base {
    pub fn problem(self) -> Problem {
        let what = format!("`{}` is built on {}, which can change from day to day", self.app, self.written);
        let problem = Problem::new(&kinds::LOCK_UNPINNED, what)
            .why(format!("{LOCK} says nothing of what a Dockerfile of the repo begins with, and --frozen takes exact versions only"))
            .fix(format!("devenv lock        # tells what to write into {} in its place", self.file));
        Problem { place: self.place, ..problem }
    }
}
