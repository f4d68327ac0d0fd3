//! The way back of an organisation of which one PC was hit, as most small firms and all households are: nobody waits
//! for anybody, so nothing has to be put in order. The same as [`crate::engine::crew`] does.

use crate::engine::crew::HandsOn;
use crate::engine::duty::Duty;
use crate::engine::model::bits;
use crate::engine::organisation::{Hit, Next, Way};
use crate::time::{Millis, NEVER};

impl Way<'_> {
    /// Whether one PC only is hit, and no means runs on a PC: then nothing is shared.
    pub(crate) fn is_single(&self, hit: Hit<'_>) -> bool {
        let model = self.course.model;
        let hosted_on = &model.sectors[hit.sector()].hosted_on;
        !model.one_by_one && hit.struck.len() == 1 && hosted_on.iter().all(Option::is_none)
    }

    /// Brings the only case back.
    pub(crate) fn bring_single_back(&mut self, hit: Hit<'_>) {
        let struck = &hit.struck[0];
        let sector = &self.course.model.sectors[hit.sector()];
        self.cases[0].can = sector.can_by_hand(struck.traits) & sector.against[usize::from(struck.release)];
        let mut at = struck.at;
        while at < self.course.horizon {
            let mut cases = std::mem::take(&mut self.cases);
            let ready = self.begins_to_fail(hit, 0, &mut cases[0], at);
            self.cases = cases;
            self.note_failure(struck, 0);
            let (back_at, step) = self.lay_hands_on_single(hit, ready);
            match self.is_back(hit, 0, back_at, step) {
                Next::Settled => return,
                Next::FailsAgain(again) => at = again,
            }
        }
    }

    /// Lays hands on the case until it is back. Returns when it is, and by which step.
    fn lay_hands_on_single(&mut self, hit: Hit<'_>, mut ready: Millis) -> (Millis, u8) {
        let horizon = self.course.horizon;
        while ready < horizon {
            self.tally.events += 1;
            // What it does by itself comes first.
            let limit = horizon.min(self.cases[0].alone_back_at);
            let (at, means) = self.first_hands(hit, ready, limit);
            if at >= limit {
                break;
            }
            let step = self.first_step(hit, means, at);
            // It is the only one at each desk, too.
            let begins = self
                .after_desks(hit, 0, step, at, |desk, at, time| (self.first_at_desk(hit, desk, at) + time).min(NEVER));
            let Some(HandsOn { done, back_at, .. }) = self.lay_hands_on(hit, 0, (means, step), at, begins) else {
                break;
            };
            if let Some(back_at) = back_at {
                return (back_at, step as u8);
            }
            ready = done;
        }
        self.left_alone(hit, 0)
    }

    /// When the first hands are laid on the case, from an instant on, and of which means, if that is before a limit.
    fn first_hands(&self, hit: Hit<'_>, ready: Millis, limit: Millis) -> (Millis, usize) {
        let case = &self.cases[0];
        let (sector, left) = (&self.course.model.sectors[hit.sector()], case.left());
        let opens = &self.opens[usize::from(case.release)][hit.sector()];
        let mut first = (NEVER, 0);
        for (means, &steps) in sector.by_means.iter().enumerate().filter(|(_, steps)| **steps & left != 0) {
            let earliest = |i: usize| self.earliest(hit, 0, &sector.steps[i], i, opens[i], case);
            let from = bits(steps & left).map(earliest).min().unwrap_or(NEVER).max(ready);
            first = first.min((self.duty(hit, means).first(from, limit), means));
        }
        first
    }

    /// When the case can pass a desk, from an instant on.
    fn first_at_desk(&self, hit: Hit<'_>, desk: usize, at: Millis) -> Millis {
        let first = self.duty(hit, desk).first(at, self.course.horizon);
        if first < self.course.horizon { first } else { NEVER }
    }

    /// When a means is on duty.
    fn duty(&self, hit: Hit<'_>, means: usize) -> Duty<'_> {
        Duty::of(self.course.model, hit, means, &self.mobilised[means])
    }

    /// The first step of the playbook that a means can do for the case at an instant.
    fn first_step(&self, hit: Hit<'_>, means: usize, at: Millis) -> usize {
        let case = &self.cases[0];
        let sector = &self.course.model.sectors[hit.sector()];
        let opens = &self.opens[usize::from(case.release)][hit.sector()];
        let can_begin = |&i: &usize| self.earliest(hit, 0, &sector.steps[i], i, opens[i], case) <= at;
        bits(case.left() & sector.by_means[means]).find(can_begin).expect("hands were found for a step")
    }
}
