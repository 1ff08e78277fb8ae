//! What setup steps printed in their newest run, so that `devenv logs` can show it when the place where they ran is gone.

use serde::{Deserialize, Serialize};

use super::{Folders, read_json};
use crate::events::Stream;
use crate::host;
use crate::names::{EnvironmentId, Name};

/// What one setup step printed, from its beginning or, where that is too much, its last lines.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct SetupOutput {
    /// As it is called in dev.yaml.
    pub step: String,
    /// When it ended, in the form of RFC 3339.
    pub ended: String,
    /// `None` = its time was over.
    pub code: Option<i64>,
    /// How many lines were too many to be kept.
    pub left_out: usize,
    pub lines: Vec<SetupLine>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SetupLine {
    pub time: String,
    pub stream: Stream,
    pub text: String,
}

/// Keeps what a step printed, in place of that of its run before, and only that of the app's own steps; `known` = their keys.
/// It matters to nobody else when it can't be written.
pub fn keep_setup_output(
    (folders, id, app): (&Folders, &EnvironmentId, &Name),
    (key, known): (&str, &[String]),
    output: &SetupOutput,
) {
    let folder = folders.environment(id).join("setup-output").join(app.as_str());
    let is_known = |name: &str| name == key || known.iter().any(|known| known == name);
    for file in host::list_folder(&folder) {
        if !file.file_name().and_then(|name| name.to_str()).is_some_and(is_known) {
            host::remove_file(&file);
        }
    }
    if let Ok(bytes) = serde_json::to_vec(output) {
        let _ = host::write_private(&folder.join(key), &bytes);
    }
}

/// What the setup steps of an app printed, in the order in which they ended.
pub fn setup_output(folders: &Folders, id: &EnvironmentId, app: &Name) -> Vec<SetupOutput> {
    let folder = folders.environment(id).join("setup-output").join(app.as_str());
    let mut all: Vec<SetupOutput> = host::list_folder(&folder).iter().map(|file| read_json(file)).collect();
    all.retain(|one| !one.step.is_empty());
    all.sort_by(|one, other| one.ended.cmp(&other.ended));
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_run_of_each_step_is_kept_while_the_app_has_it() {
        let place = tempfile::tempdir().unwrap();
        let folders =
            Folders { state: place.path().join("s"), cache: place.path().join("c"), config: place.path().join("x") };
        let (id, app) = (EnvironmentId::of_checkout(place.path()), Name::parse("api").unwrap());
        let keep = |key: &str, step: &str, ended: &str, known: &[&str]| {
            let known: Vec<String> = known.iter().map(|key| (*key).to_owned()).collect();
            let output = SetupOutput { step: step.into(), ended: ended.into(), ..SetupOutput::default() };
            keep_setup_output((&folders, &id, &app), (key, &known), &output);
        };
        let kept = || {
            let all = setup_output(&folders, &id, &app).into_iter();
            all.map(|one| format!("{} {}", one.step, one.ended)).collect::<Vec<_>>()
        };
        assert!(kept().is_empty());
        keep("b", "npm ci", "1", &["b", "a"]);
        keep("a", "migrate", "2", &["b", "a"]);
        assert_eq!(kept(), ["npm ci 1", "migrate 2"]);
        keep("b", "npm ci", "3", &["b", "a"]);
        assert_eq!(kept(), ["migrate 2", "npm ci 3"]);
        keep("c", "seed", "4", &["b", "c"]);
        assert_eq!(kept(), ["npm ci 3", "seed 4"], "a step that is no more is forgotten");
    }
}
