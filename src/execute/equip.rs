//! Makes a toolchain that has more in it than its publisher put there: once for all that want the same.

use super::Executor;
use crate::host;
use crate::model::resolve::TRUST;
use crate::model::{Build, Equipped, ImageRef, Unit};
use crate::problem::{Problem, ProblemKind, kinds};
use crate::repo::dockerfile::Dockerfile;

/// Where what this computer trusts lies while a toolchain is made.
const AUTHORITIES: &str = "authorities.pem";

/// What programs read that path from, those that a recipe may call.
const TRUST_VARIABLES: [&str; 5] =
    ["SSL_CERT_FILE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NODE_EXTRA_CA_CERTS", "COMPOSER_CAFILE"];

impl Executor<'_> {
    pub(super) async fn equip(&self, unit: &Unit, equipped: &Equipped) -> Result<(), Problem> {
        let exact = exact_bases(&equipped.recipe);
        for image in &exact {
            if self.engine.observe_images(&[image.clone()].into()).await?.is_empty() {
                self.download(unit, image).await?;
            }
        }
        self.download_bases(unit, &[], &equipped.recipe).await?;
        let trust = unit.binds.iter().find(|bind| bind.target == std::path::Path::new(TRUST));
        let authorities = trust.and_then(|bind| host::read_small(&bind.source.join("ca.pem")).ok());
        let mut files =
            vec![("Dockerfile", recipe(&as_known_here(&equipped.recipe, &exact), authorities.is_some()).into_bytes())];
        files.extend(authorities.map(|content| (AUTHORITIES, content)));
        let build = Build {
            context: unit.setup.folder.clone(),
            dockerfile: "Dockerfile".to_owned(),
            target: None,
            args: Vec::new(),
            proxy: equipped.proxy.clone(),
            image: equipped.image.clone(),
        };
        let packed =
            host::pack_files(&files).map_err(|error| Problem::unwritable("a recipe cannot be packed", error))?;
        self.build_packed(unit, &build, packed).await.map_err(|problem| not_made(unit, problem))?;
        self.note_made(&build.image.to_string()).await;
        Ok(())
    }
}

/// What a recipe takes that `dev.lock` has pinned.
fn exact_bases(recipe: &str) -> Vec<ImageRef> {
    let images = Dockerfile::read(recipe).images(|_| None);
    images.iter().filter_map(|image| ImageRef::parse(image).ok()).filter(ImageRef::is_exact).collect()
}

/// The recipe with the names that these have on this computer.
fn as_known_here(recipe: &str, exact: &[ImageRef]) -> String {
    exact.iter().fold(recipe.to_owned(), |text, image| text.replace(&image.to_string(), &image.name_here()))
}

/// The recipe, such that its commands trust what this computer trusts; what is made does not remember it.
fn recipe(text: &str, trusts: bool) -> String {
    if !trusts {
        return text.to_owned();
    }
    let (before, after) = text.split_once("\nUSER root\n").unwrap_or((text, ""));
    let path = format!("/usr/local/share/{AUTHORITIES}");
    let variables: String = TRUST_VARIABLES.iter().map(|key| format!("ARG {key}={path}\n")).collect();
    format!("{before}\nUSER root\nCOPY {AUTHORITIES} {path}\n{variables}{after}")
}

fn not_made(unit: &Unit, problem: Problem) -> Problem {
    let is_build = |kind: &'static ProblemKind| kind == &kinds::BUILD_FAILED;
    if !is_build(problem.kind) {
        return problem;
    }
    Problem::new(&kinds::TOOLCHAIN_NOT_PREPARED, format!("{} could not be made for `{}`", unit.title, unit.name))
        .why(problem.why.replace("a step of Dockerfile", "a step of it"))
        .fix("devenv up        # goes on with that step, if it was the network")
        .fix("correct `with` and `packages` of its runtime in dev.yaml if something is not to be had for this version")
        .output(problem.output)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_pinned_is_taken_under_its_name_here() {
        let pinned = format!("docker.io/library/php@sha256:{}", "ab".repeat(32));
        let text = format!("FROM docker.io/library/composer:2 AS composer\nFROM {pinned}\nUSER root\n");
        let exact = exact_bases(&text);
        assert_eq!(exact.iter().map(ToString::to_string).collect::<Vec<_>>(), [pinned]);
        assert_eq!(
            as_known_here(&text, &exact).lines().nth(1),
            Some(format!("FROM docker.io/library/php:devenv-exact-{}", "ab".repeat(32)).as_str())
        );
    }

    #[test]
    fn what_this_computer_trusts_is_there_before_the_first_command() {
        let text = "FROM a AS b\nFROM c\nUSER root\nRUN x\n";
        assert_eq!(recipe(text, false), text);
        let trusting = recipe(text, true);
        let lines: Vec<&str> = trusting.lines().collect();
        assert_eq!(
            lines[..4],
            ["FROM a AS b", "FROM c", "USER root", "COPY authorities.pem /usr/local/share/authorities.pem"]
        );
        assert_eq!(lines.last(), Some(&"RUN x"));
    }
}
