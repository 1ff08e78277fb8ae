//! What a Dockerfile sets, for an app that is not built by it but runs in its own toolchain: the code asks for it all the same.

use super::set;
use super::variables::Seen;
use crate::detect::compose::is_secret;
use crate::detect::{App, Evidence, Fact, Toolchain, Variable};
use crate::repo::dockerfile::Dockerfile;
use crate::repo::{Repo, join};

/// Parts of names, and of values, that tell of other surroundings than those of development.
const OTHER_SURROUNDINGS: &[&str] = &["ENV", "MODE", "DEBUG", "HOSTNAME", "SETTINGS", "WITHOUT"];

/// What the Dockerfile that a build is made by sets, with the arguments that the build is given.
pub fn variables_of(
    repo: &Repo,
    folder: &str,
    file: &str,
    target: Option<&str>,
    args: &[(String, String)],
) -> Vec<Fact<Variable>> {
    let Some(path) = join(folder, file) else { return Vec::new() };
    let Some(text) = repo.text(&path) else { return Vec::new() };
    let given = |key: &str| args.iter().find(|it| it.0 == key).map(|it| it.1.clone());
    let all = Dockerfile::read(&text).environment(target, given).into_iter();
    all.map(|it| Fact::new(Variable { key: it.key, value: it.value }, Evidence::at(&path, it.line))).collect()
}

/// Gives an app the plain ones that its code asks for. Of a Dockerfile that no compose file builds, which is as often for other
/// surroundings, only those without which the code does not start.
pub fn variables(repo: &Repo, app: &mut App, plain: &[&Seen]) {
    if matches!(app.toolchain, Toolchain::Build { .. }) {
        // There it is set already.
        return;
    }
    let is_for_here = !app.built.is_empty();
    if !is_for_here {
        app.built = variables_of(repo, &app.path, "Dockerfile", None, &[]);
    }
    for Fact { value: Variable { key, value }, evidence } in app.built.clone() {
        let is_asked = |it: &&&Seen| it.key == key && (it.is_required || (it.is_read && is_for_here));
        if let (Some(_), Some(place)) = (plain.iter().find(is_asked), evidence.first())
            && is_plain(&key, &value)
        {
            set(app, &key, value, place);
        }
    }
}

/// Whether a value says how the app behaves: no key, address, path or port, and nothing that only other surroundings have.
fn is_plain(key: &str, value: &str) -> bool {
    let is_of_others = key.split('_').any(|word| OTHER_SURROUNDINGS.contains(&word))
        || value.to_ascii_lowercase().contains("prod")
        || super::secrets::is_of_surroundings(key);
    !is_of_others && !is_secret(key) && !value.starts_with('/') && !value.contains("://")
}

#[cfg(test)]
mod tests {
    use crate::detect::detect;
    use crate::repo::Repo;

    const FILE: &str = "FROM python:3.13\nARG GREETING=hello\nENV GREETING=$GREETING LEVEL=3 UNASKED=1\nENV APP_ENV=production DATA=/data\n";
    const COMPOSE: &str =
        "services:\n  web:\n    build: { context: ., args: { GREETING: good day } }\n    ports: ['8000:8000']\n";

    /// The variables of the only app, and what the notes say of some that nothing sets.
    fn told(files: &[(&str, &str)]) -> (Vec<String>, Vec<String>) {
        let code = "import os\nfrom flask import Flask\napp = Flask(__name__)\nA = os.environ['GREETING']\nB = os.getenv('LEVEL')\nC = os.getenv('APP_ENV')\nD = os.getenv('DATA')\napp.run(port=8000)\n";
        let own = [("requirements.txt", "flask\n"), ("app.py", code)];
        let found = detect(&Repo::of(&[&own, files].concat()));
        let env = found.apps[0].env.iter().filter(|it| !it.value.key.starts_with("FLASK"));
        let env = env.map(|it| format!("{}={} {}", it.value.key, it.value.value, it.evidence[0])).collect();
        (env, found.notes.into_iter().map(|it| it.text).filter(|it| it.contains("nothing sets")).collect())
    }

    #[test]
    fn what_a_build_is_given_and_the_code_asks_for_is_set() {
        let (env, notes) = told(&[("Dockerfile", FILE), ("compose.yaml", COMPOSE)]);
        assert_eq!(env, ["GREETING=good day Dockerfile:3", "LEVEL=3 Dockerfile:3"]);
        assert!(notes.is_empty(), "{notes:?}");
    }

    #[test]
    fn a_dockerfile_that_nothing_builds_says_what_the_code_does_not_start_without() {
        let (env, notes) = told(&[("Dockerfile", FILE)]);
        assert_eq!(env, ["GREETING=hello Dockerfile:3"]);
        assert!(notes.is_empty(), "{notes:?}");
        let (env, notes) = told(&[("Dockerfile", "FROM python:3.13\nARG GREETING\n")]);
        assert!(env.is_empty(), "{env:?}");
        assert_eq!(notes.len(), 1, "{notes:?}");
    }
}
