//! How many of an organisation's means work at an instant, and which of them are busy where all cases share one line.

use crate::draw::{Share, Words, unit};
use crate::engine::agenda::Agenda;
use crate::engine::model::Model;
use crate::engine::organisation::Hit;
use crate::fleet::Count;
use crate::fleet::roster::Roster;
use crate::time::{Millis, NEVER};

/// The shifts of one means of one organisation.
#[derive(Clone, Copy)]
pub(crate) struct Duty<'a> {
    roster: &'a Roster,
    pub(crate) count: u32,
    /// Turns the fraction of a person on duty into a whole one, the same way all the time.
    turn: f64,
    pub(crate) from: Millis,
    /// How many more there are later, and from when on.
    surge: (u32, Millis),
}

impl<'a> Duty<'a> {
    /// Those of a means of the organisation at hand; `mobilised` is what organisations drew for it.
    pub(crate) fn of(model: &'a Model<'_>, hit: Hit<'_>, means: usize, mobilised: &Words) -> Duty<'a> {
        let (region, sector) = (usize::from(hit.organisation.region), hit.sector());
        let count = model.plan.fleet.sectors[sector].means[means].count;
        let roster = &model.rosters[region][sector][means];
        let sector = &model.sectors[sector];
        let [turn, mobilised, later, _] = mobilised.at(hit.place);
        let number = |count| match count {
            Count::Fixed(count) => count,
            Count::PerPcs(pcs) => libm::ceil(f64::from(hit.organisation.pcs) / pcs).max(1.0) as u32,
        };
        let from = model.at + sector.mobilised[means].at(mobilised);
        let surge = match &sector.surge[means] {
            Some((count, after)) => (number(*count), from + after.at(later)),
            None => (0, NEVER),
        };
        Duty { roster, count: number(count), turn: unit(turn), from, surge }
    }

    /// The most of them that ever work.
    pub(crate) fn most(&self) -> u32 {
        self.count.saturating_add(self.surge.0)
    }

    /// From an instant on, when at least one of them works, if that is before a limit.
    pub(crate) fn first(&self, mut at: Millis, limit: Millis) -> Millis {
        while at < limit {
            let (capacity, until) = self.at(at);
            if capacity > 0 {
                break;
            }
            at = until;
        }
        at
    }

    /// How many of them work at an instant, and until when that holds.
    pub(crate) fn at(&self, at: Millis) -> (u32, Millis) {
        if at < self.from {
            return (0, self.from);
        }
        let (count, changes) = if at < self.surge.1 { (self.count, self.surge.1) } else { (self.most(), NEVER) };
        let (Share(share), until) = self.roster.at(at);
        // Rounded down; where all are on duty, all of them, however large the number is that a fraction is added to.
        let capacity = (f64::from(count) * share + self.turn) as u32;
        (capacity.min(count), until.min(changes))
    }
}

/// Nearly all work takes less than so many times the mean.
pub(crate) const NEARLY_ALL: u32 = 4;

/// The hands of one means. Instants are in milliseconds after one that is given; those of 2^32 - 1 never come.
pub(crate) struct Hands<'c> {
    duty: &'c Duty<'c>,
    since: Millis,
    busy: Agenda,
    /// How many work, and until when that holds.
    on_duty: (u32, u32),
}

impl<'c> Hands<'c> {
    /// Those of a means, none of them busy; `mean` is how long their work takes on average.
    pub(crate) fn of(duty: &'c Duty<'c>, since: Millis, mean: u32) -> Hands<'c> {
        let busy = Agenda::new(mean.saturating_mul(NEARLY_ALL), duty.most() as usize);
        Hands { duty, since, busy, on_duty: (0, 0) }
    }

    /// From an instant on, which is no earlier than any before, when hands are free, if that is before a limit; if not,
    /// an instant up to which none are.
    #[inline]
    pub(crate) fn free(&mut self, mut at: u32, limit: u32) -> u32 {
        while at < limit {
            if at >= self.on_duty.1 {
                self.count(at);
            }
            self.busy.pass(at);
            if self.busy.len() < self.on_duty.0 as usize {
                break;
            }
            let (first, until) = (self.busy.first().unwrap_or(u32::MAX), self.on_duty.1);
            if first >= until {
                at = until;
                continue;
            }
            // Perhaps more are busy than on duty: those go home.
            at = at.max(first);
            self.busy.pop();
            if self.busy.len() < self.on_duty.0 as usize {
                break;
            }
        }
        at
    }

    /// Counts how many work at an instant.
    fn count(&mut self, at: u32) {
        let (capacity, until) = self.duty.at(self.since + Millis::from(at));
        self.on_duty = (capacity, (until - self.since).min(Millis::from(u32::MAX)) as u32);
    }

    /// Some that are free take up work.
    #[inline]
    pub(crate) fn take_up(&mut self, at: u32, work: u32) {
        self.busy.push(at.saturating_add(work));
    }
}
