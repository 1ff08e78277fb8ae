//! Joins what was counted side by side, as if it had been counted one after the other.

use super::first_times::note_deploy;
use super::tally::{InRepo, Lines, Map, Names, Set, Tally, Times};

impl Tally {
    /// Takes in what another one has, of lines that stand behind those that were taken in here. Names get the numbers that they would
    /// have got here, and values the places, so that it does not show by whom they were counted.
    pub fn merge(&mut self, other: Self) {
        let (people, repos) = (self.people.merge(&other.people), self.repos.merge(&other.repos));
        let (ids, names) = (self.problem_ids.merge(&other.problem_ids), self.unit_names.merge(&other.unit_names));
        let who = |(by, repo): (u32, u32)| (people[by as usize], repos[repo as usize]);
        self.lines.merge(other.lines);
        self.commands += other.commands;
        self.ci_runs += other.ci_runs;
        for (repo, name) in other.repo_names {
            self.repo_names.entry(repos[repo as usize]).or_insert(name);
        }
        self.attempts.reserve_exact(other.attempts.len());
        self.attempts.extend(other.attempts.into_iter().map(|mut attempt| {
            (attempt.by, attempt.repo) = who((attempt.by, attempt.repo));
            attempt.problem = attempt.problem.map(|id| ids[id as usize]);
            attempt
        }));
        merge_times(&mut self.units, other.units, (&repos, &names));
        merge_times(&mut self.steps, other.steps, (&repos, &names));
        self.deploys.merge(other.deploys);
        for (pair, deploy) in other.first_deploys {
            note_deploy(&mut self.first_deploys, who(pair), deploy);
        }
        for (pair, at) in other.arrivals {
            let known = self.arrivals.entry(who(pair)).or_insert(at);
            *known = at.min(*known);
        }
        for (week, who) in other.people_by_week {
            self.people_by_week.entry(week).or_default().extend(numbered(&who, &people));
        }
        for (id, theirs) in other.problems {
            let told = self.problems.entry(ids[id as usize]).or_default();
            told.count += theirs.count;
            told.people.extend(numbered(&theirs.people, &people));
            told.repos.extend(numbered(&theirs.repos, &repos));
        }
        for (repo, mut theirs) in other.in_repo {
            theirs.people = numbered(&theirs.people, &people).collect();
            self.in_repo.entry(repos[repo as usize]).and_modify(|here| here.merge(&theirs)).or_insert(theirs);
        }
        self.cold.merge(other.cold);
        self.warm.merge(other.warm);
        self.noop.merge(other.noop);
        self.first_ready.merge(other.first_ready);
        self.feedback.merge(other.feedback);
        self.features.merge(other.features);
        join_runs(&mut self.open_runs, &mut self.ended_runs, other.open_runs, other.ended_runs);
    }
}

impl Lines {
    fn merge(&mut self, other: Self) {
        self.read += other.read;
        self.damaged += other.damaged;
        self.newer += other.newer;
        self.untimely += other.untimely;
        self.repeated += other.repeated;
    }
}

impl InRepo {
    fn merge(&mut self, other: &Self) {
        self.people.extend(&other.people);
        self.commands += other.commands;
        (self.first, self.last) = (self.first.min(other.first), self.last.max(other.last));
    }
}

impl Names {
    /// The numbers that the names of another one have here.
    fn merge(&mut self, other: &Self) -> Vec<u32> {
        other.in_order().into_iter().map(|name| self.number(name)).collect()
    }
}

fn merge_times(here: &mut Map<(u32, u32), Times>, theirs: Map<(u32, u32), Times>, (repos, names): (&[u32], &[u32])) {
    for ((repo, name), mut times) in theirs {
        let known = here.entry((repos[repo as usize], names[name as usize])).or_default();
        known.values.append(&mut times.values);
        known.failed += times.failed;
    }
}

fn numbered(who: &Set<u32>, numbers: &[u32]) -> impl Iterator<Item = u32> {
    who.iter().map(|number| numbers[*number as usize])
}

/// A run may have begun in what one has read and ended in what the other has.
fn join_runs(open: &mut Set<u64>, ended: &mut Set<u64>, their_open: Set<u64>, their_ended: Set<u64>) {
    for run in their_open {
        if !ended.remove(&run) {
            open.insert(run);
        }
    }
    for run in their_ended {
        if !open.remove(&run) {
            ended.insert(run);
        }
    }
}
