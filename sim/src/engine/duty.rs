//! How many of an organisation's means work at an instant, and which of them are busy where all cases share one line.

use crate::draw::{Words, unit};
use crate::engine::agenda::Agenda;
use crate::engine::model::Model;
use crate::engine::organisation::Hit;
use crate::fleet::{Count, Means, Shift};
use crate::time::{DAY, HOUR, Millis, NEVER, Zone};

/// The shifts of one means of one organisation.
#[derive(Clone, Copy)]
pub(crate) struct Duty<'a> {
    means: &'a Means,
    pub(crate) count: u32,
    /// Turns the fraction of a person on duty into a whole one, the same way all the time.
    turn: f64,
    pub(crate) from: Millis,
    /// How many more there are later, and from when on.
    surge: (u32, Millis),
}

impl<'a> Duty<'a> {
    /// Those of a means of the organisation at hand; `mobilised` is what organisations drew for it.
    pub(crate) fn of(
        model: &'a Model<'_>,
        hit: Hit<'_>,
        index: usize,
        means: &'a Means,
        mobilised: &Words,
    ) -> Duty<'a> {
        let sector = &model.sectors[hit.sector()];
        let [turn, mobilised, later, _] = mobilised.at(hit.place);
        let number = |count| match count {
            Count::Fixed(count) => count,
            Count::PerPcs(pcs) => libm::ceil(f64::from(hit.organisation.pcs) / pcs).max(1.0) as u32,
        };
        let from = model.at + sector.mobilised[index].at(mobilised);
        let surge = match &sector.surge[index] {
            Some((count, after)) => (number(*count), from + after.at(later)),
            None => (0, NEVER),
        };
        Duty { means, count: number(means.count), turn: unit(turn), from, surge }
    }

    /// The most of them that ever work.
    pub(crate) fn most(&self) -> u32 {
        self.count.saturating_add(self.surge.0)
    }

    /// From an instant on, when at least one of them works, if that is before a limit.
    pub(crate) fn first(&self, mut at: Millis, zone: &Zone, limit: Millis) -> Millis {
        while at < limit && self.capacity(at, zone) == 0 {
            at = self.next_change(at, zone);
        }
        at
    }

    /// How many of them work at an instant.
    pub(crate) fn capacity(&self, at: Millis, zone: &Zone) -> u32 {
        if at < self.from {
            return 0;
        }
        let count = if at >= self.surge.1 { self.most() } else { self.count };
        if self.is_around_the_clock() {
            return count;
        }
        let (day, time) = zone.local(at);
        let share = on_duty(&self.means.shift, zone.weekday(day), time);
        // Rounded down.
        if share >= 1.0 { count } else { (f64::from(count) * share + self.turn) as u32 }
    }

    fn is_around_the_clock(&self) -> bool {
        let shift = &self.means.shift;
        shift.from == 0 && shift.to >= DAY && shift.weekend.0 >= 1.0
    }

    /// When their number may next change.
    pub(crate) fn next_change(&self, at: Millis, zone: &Zone) -> Millis {
        if at < self.from {
            return self.from;
        }
        let surge = if at < self.surge.1 { self.surge.1 } else { NEVER };
        if self.is_around_the_clock() {
            return surge;
        }
        let shift = &self.means.shift;
        let (day, time) = zone.local(at);
        let of_day = [shift.from, shift.to].into_iter().filter(|&t| t > time).fold(DAY, Millis::min);
        let next = zone.instant(day, of_day);
        // Where clocks are set back, the same time comes twice.
        (if next > at { next } else { at + HOUR }).min(surge)
    }
}

fn on_duty(shift: &Shift, weekday: u8, time: Millis) -> f64 {
    let of_day = if weekday < 5 { 1.0 } else { shift.weekend.0 };
    let of_hour = if (shift.from..shift.to).contains(&time) { 1.0 } else { shift.off_hours.0 };
    of_day * of_hour
}

/// Nearly all work takes less than so many times the mean.
const NEARLY_ALL: u32 = 4;

/// The hands of one means. Instants are in milliseconds after one that is given; those of 2^32 - 1 never come.
pub(crate) struct Hands<'c> {
    duty: &'c Duty<'c>,
    zone: &'c Zone,
    since: Millis,
    busy: Agenda,
    /// How many work, and until when that holds.
    on_duty: (u32, u32),
}

impl<'c> Hands<'c> {
    /// Those of a means, none of them busy; `mean` is how long their work takes on average.
    pub(crate) fn of(duty: &'c Duty<'c>, zone: &'c Zone, since: Millis, mean: u32) -> Hands<'c> {
        let busy = Agenda::new(mean.saturating_mul(NEARLY_ALL), duty.most() as usize);
        Hands { duty, zone, since, busy, on_duty: (0, 0) }
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
        let now = self.since + Millis::from(at);
        let until = self.duty.next_change(now, self.zone) - self.since;
        self.on_duty = (self.duty.capacity(now, self.zone), until.min(Millis::from(u32::MAX)) as u32);
    }

    /// Some that are free take up work.
    #[inline]
    pub(crate) fn take_up(&mut self, at: u32, work: u32) {
        self.busy.push(at.saturating_add(work));
    }
}
