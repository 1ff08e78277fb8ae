//! What another round of `up` mends by itself, decided from what came of the one before.

use std::time::Duration;

use super::Failure;
use super::bring_up::BringUp;
use super::walk;
use crate::events::Event;
use crate::execute::{Outcome, may_pass};
use crate::plan::observed::FoundState;
use crate::problem::{Exit, Problem, ProblemKind, kinds};

/// An engine that is being restarted is back by then; ending what ran in it takes the longest.
const PATIENCE: Duration = Duration::from_secs(60);

/// What is different in another round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// Ports that were snatched away are avoided.
    OtherPorts,
    /// What somebody removed is made again.
    MakeAgain,
    /// What has fallen since the last command is started again.
    StartAgain,
    /// The engine is waited for.
    EngineBack,
}

/// Whether everything that went wrong may be over in another round, and how.
pub fn remedy(outcome: &Outcome) -> Option<Remedy> {
    let problems: Vec<&Problem> = outcome.problems.iter().chain(&outcome.tolerated).collect();
    let any = |kind: &ProblemKind| problems.iter().any(|problem| problem.kind == kind);
    // Without an engine everything else goes wrong as well.
    if problems.iter().any(|problem| problem.exit == Exit::Engine && may_pass(problem)) {
        return Some(Remedy::EngineBack);
    }
    if !problems.iter().all(|problem| may_pass(problem)) {
        return None;
    }
    if any(&kinds::REMOVED_BY_HAND) {
        return Some(Remedy::MakeAgain);
    }
    if !outcome.taken.is_empty() {
        return Some(Remedy::OtherPorts);
    }
    (!outcome.fallen.is_empty()).then_some(Remedy::StartAgain)
}

/// The engine went away in the middle of looking, before there was anything to carry out.
pub fn is_engine_lost(failure: &Failure) -> bool {
    let Failure::Problems(problems) = failure else { return false };
    problems.iter().any(|problem| [&kinds::ENGINE_LOST, &kinds::ENGINE_HUNG].contains(&problem.kind))
}

impl Remedy {
    /// How many rounds there may be with it.
    pub fn rounds(self) -> usize {
        match self {
            // Each costs little, and there are many ports.
            Self::OtherPorts => 10,
            Self::MakeAgain | Self::StartAgain | Self::EngineBack => 3,
        }
    }
}

impl BringUp<'_> {
    /// Makes ready for another round; answers whether there is sense in one.
    ///
    /// # Errors
    /// Interrupted by the person.
    pub(super) async fn prepare(&self, remedy: Remedy, tell: &dyn Fn(Event)) -> Result<bool, Failure> {
        let note = |text: &str| tell(Event::Note { name: None, text: text.to_owned() });
        match remedy {
            Remedy::OtherPorts | Remedy::StartAgain => Ok(true),
            Remedy::MakeAgain => {
                note("something was removed by hand meanwhile; it is made again");
                Ok(true)
            }
            Remedy::EngineBack => {
                note("Docker has gone away; waiting until it is back");
                let is_back = self.engine_is_back().await?;
                if is_back {
                    note("Docker is back");
                    self.context.clear_half_made(&self.engine, &self.identity.id).await?;
                    self.give_up_network().await;
                }
                Ok(is_back)
            }
        }
    }

    /// What an engine was about to start when it was killed can outlive it unseen, with an address of the private network; whoever is
    /// given the same one is not reached. Where nothing runs any more, another network costs nothing.
    async fn give_up_network(&self) {
        // An engine that goes away again is noticed by what follows.
        let Ok(found) = self.engine.observe(&self.identity.id).await else { return };
        let runs = found.units.iter().any(|unit| unit.state == FoundState::Running);
        if let Some(network) = found.network.filter(|_| !runs) {
            let _ = self.engine.remove_network(&network).await;
        }
    }

    async fn engine_is_back(&self) -> Result<bool, Failure> {
        let left = |limit: Duration| limit.saturating_sub(self.context.ui.elapsed());
        let patience = self.wishes.timeout.map_or(PATIENCE, left);
        tokio::select! {
            waited = tokio::time::timeout(patience, self.engine.until_back()) => Ok(waited.is_ok()),
            () = walk::interrupted() => Err(Failure::Shown(Exit::Interrupted)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::execute::Fallen;
    use crate::names::{Name, Port};

    fn outcome(kinds: &[&'static ProblemKind]) -> Outcome {
        let problems = kinds.iter().map(|kind| Problem::new(kind, "it")).collect();
        Outcome { problems, ..Outcome::default() }
    }

    #[test]
    fn only_what_may_all_be_over_leads_to_another_round() {
        assert_eq!(remedy(&outcome(&[])), None);
        assert_eq!(remedy(&outcome(&[&kinds::REMOVED_BY_HAND])), Some(Remedy::MakeAgain));
        assert_eq!(remedy(&outcome(&[&kinds::REMOVED_BY_HAND, &kinds::SETUP_FAILED])), None);
        assert_eq!(remedy(&outcome(&[&kinds::ENGINE_LOST, &kinds::CRASHED])), Some(Remedy::EngineBack));
        assert_eq!(remedy(&outcome(&[&kinds::ENGINE_VERSION])), None);
        let taken = Outcome { taken: [Port::new(8000).unwrap()].into(), ..outcome(&[&kinds::PORT_TAKEN]) };
        assert_eq!(remedy(&taken), Some(Remedy::OtherPorts));
        let fallen = |problems: &[&'static ProblemKind]| {
            let problem = Problem::new(&kinds::CRASHED, "it");
            let fallen = vec![Fallen { name: Name::from_any("api"), problem, is_optional: false }];
            Outcome { fallen, ..outcome(problems) }
        };
        assert_eq!(remedy(&fallen(&[])), Some(Remedy::StartAgain));
        assert_eq!(remedy(&fallen(&[&kinds::SETUP_FAILED])), None);
    }
}
