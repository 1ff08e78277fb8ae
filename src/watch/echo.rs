//! Whether changes that came while a round was at work lead to another one. They may be a person's, or made by the round itself: a
//! step that writes one of its own inputs must not keep everything going round for ever. Pure.

/// So many rounds in a row may follow from changes during the round before.
const MOST: u32 = 8;

/// What is told apart by when it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// While nothing was going on.
    Idle,
    DuringRound,
}

/// Counts the rounds in a row.
#[derive(Debug, Default)]
pub struct Echo {
    rounds: u32,
}

impl Echo {
    /// Whether changes lead to a round now, or wait for the next change.
    pub fn may_follow(&mut self, came: Came) -> bool {
        match came {
            Came::Idle => self.rounds = 0,
            Came::DuringRound => self.rounds += 1,
        }
        self.rounds <= MOST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_round_changes_is_followed_a_few_times_and_what_a_person_changes_always() {
        let mut echo = Echo::default();
        assert!(echo.may_follow(Came::Idle));
        assert!((0..MOST).all(|_| echo.may_follow(Came::DuringRound)));
        assert!(!echo.may_follow(Came::DuringRound));
        assert!(echo.may_follow(Came::Idle) && echo.may_follow(Came::DuringRound));
    }
}
