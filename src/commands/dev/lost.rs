//! The engine goes away while `devenv dev` stays: it is waited for, and what ended with it is brought up again.

use super::problems::lost;
use super::*;
use crate::commands::follow::Start;
use crate::commands::found::is_all_on_host;
use crate::plan::observed::{FoundState, Role};
use crate::plan::up::with_needs;

/// An engine that is being restarted is back by then; ending its services takes the longest.
const PATIENCE: Duration = Duration::from_secs(30);
/// How often it may go away again while things are brought up.
const ATTEMPTS: usize = 3;

/// Follows what the person wants to see, from `since` on, in seconds since 1970.
///
/// # Errors
/// The engine cannot be used.
pub(super) async fn follow(rounds: &Rounds<'_>, since: u64) -> Result<Follower, Failure> {
    let found = rounds.context.observe(&rounds.engine, &rounds.identity, Some(&rounds.manifest)).await?;
    let names = name::known(&rounds.typed, &rounds.manifest)?;
    let project = &rounds.state.project;
    let selected = project.as_ref().map(|project| with_needs(project, &found, &names));
    let followed = selected.filter(|_| !names.is_empty());
    let mut follower = Follower::new(
        (&rounds.engine, &rounds.context.supervisor(&rounds.identity)),
        &rounds.identity.id,
        (followed.clone(), since),
    );
    let running = found.units.iter().filter(|one| one.role == Role::Main && one.state == FoundState::Running);
    for one in running.filter(|one| followed.as_ref().is_none_or(|names| names.contains(&one.name))) {
        follower.add((&one.name, &one.id), Start::At { seconds: since });
    }
    follower.add_host_apps(&rounds.host_apps(), since);
    Ok(follower)
}

impl Stay<'_> {
    /// # Errors
    /// The engine is needed and stays away, or the person interrupts the wait.
    pub(super) async fn on_lost(&mut self) -> Result<(), Failure> {
        if is_all_on_host(&self.rounds.manifest) {
            return Ok(());
        }
        let (context, since, began) = (self.rounds.context, host::now(), SystemTime::now());
        context.ui.forget_problems();
        self.note("Docker has gone away; waiting until it is back");
        let mut attempts = 1;
        let teller = context.teller();
        let Finished { round, outcome } = loop {
            self.until_back().await?;
            match self.rounds.first(&teller).await {
                Err(failure) if is_of_the_engine(&failure) && attempts < ATTEMPTS => attempts += 1,
                other => break other.inspect_err(|_| teller.finish())?,
            }
        };
        self.follower = follow(&self.rounds, since).await?;
        self.rounds.sum_up(&teller, (&round.project, &round.found), &outcome);
        self.note("Docker is back");
        self.round_ended = self.began.elapsed();
        self.after_round(began)
    }

    async fn until_back(&self) -> Result<(), Failure> {
        tokio::select! {
            waited = tokio::time::timeout(PATIENCE, self.rounds.engine.until_back()) => waited.map_err(|_| lost().into()),
            () = walk::interrupted() => Err(Failure::Shown(Exit::Interrupted)),
        }
    }

    fn note(&self, text: &str) {
        self.rounds.tell(Event::Note { name: None, text: text.to_owned() });
    }
}

fn is_of_the_engine(failure: &Failure) -> bool {
    matches!(failure, Failure::Problems(problems) if problems.exit() == Exit::Engine)
}
