//! Empty data made ahead that `devenv gc` may remove.

use super::reclaim::Reclaim;
use crate::catalog;
use crate::engine::{Fault, is_below};
use crate::host;
use crate::state::{self, BlankHold};
use crate::words;

/// For how long it is kept although nobody begins with it, in seconds, unless something else is asked for.
const KEPT_S: u64 = 30 * 24 * 3600;
const DAY: u64 = 24 * 3600;

impl Reclaim<'_> {
    /// What it is, its folder, and why it goes. What environments are built on stays as long as they do.
    pub(super) async fn unused_blanks(&self) -> Result<Vec<(String, String, String)>, Fault> {
        let folders = &self.context.folders;
        let kept = state::blanks(folders);
        let home = folders.home_id();
        let (found, forks) = futures_util::try_join!(self.engine.blanks(&home), self.engine.forks())?;
        // What is being made is not written down yet.
        let is_made = BlankHold::to_make(folders).is_none();
        let mut unused = Vec::new();
        for folder in found.into_iter().filter(|folder| !is_below(folder, &forks)) {
            match kept.iter().find(|one| one.folder == folder) {
                Some(one) => {
                    let since = host::now().saturating_sub(one.used_at);
                    if since >= self.older_than.unwrap_or(KEPT_S) {
                        let days = usize::try_from(since / DAY).unwrap_or(usize::MAX);
                        let because = format!("nobody began with it for {}", words::count(days, "day"));
                        unused.push((title(&one.of), folder, because));
                    }
                }
                None if is_made => {}
                None => {
                    unused.push(("half of it".to_owned(), folder, "left by an interrupted command".to_owned()));
                }
            }
        }
        Ok(unused)
    }

    /// Forgotten first: killed in between, nobody begins with what is about to go.
    pub(super) async fn remove_blank(&self, folder: &str) -> Result<(), String> {
        let Some(_hold) = BlankHold::to_remove(&self.context.folders) else {
            return Err("an environment begins with it just now".to_owned());
        };
        let forks = self.engine.forks().await.map_err(|fault| fault.message)?;
        if is_below(folder, &forks) {
            return Err("it was used meanwhile".to_owned());
        }
        state::forget_blank(&self.context.folders, folder).map_err(|error| format!("{error:#}"))?;
        self.engine.remove_data(folder).await.map_err(|fault| fault.message)
    }
}

/// `postgres@17` as `PostgreSQL 17`.
fn title(of: &str) -> String {
    let (id, version) = of.split_once('@').unwrap_or((of, ""));
    format!("{} {version}", catalog::service(id).map_or(id, |entry| entry.title))
}
