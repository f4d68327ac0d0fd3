//! Who takes the release when: each PC alone, whatever the release then does to it.

use crate::draw::{Chance, Key, Purpose, of_release};
use crate::engine::model::{Model, ReleaseModel, TriggerModel, among_each};
use crate::engine::past::{Hashes, On, Past, Run};
use crate::fleet::calendar::window::{Asked, NOT, UNKNOWN};
use crate::fleet::population::Organisation;
use crate::rollout::ReleaseId;
use crate::rollout::timeline::Timeline;
use crate::sieve;
use crate::time::{Millis, NEVER};

/// An arm under the vendor's timeline as far as it is known, up to an instant.
#[derive(Clone, Copy)]
pub(crate) struct Course<'a> {
    pub(crate) model: &'a Model<'a>,
    /// By release.
    pub(crate) timelines: &'a [Timeline],
    /// What comes at or after this instant is left out.
    pub(crate) horizon: Millis,
    pub(crate) scope: Scope,
}

/// What is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of it.
    Everything,
    /// What the vendor decides by.
    Seen,
}

impl<'a> Course<'a> {
    /// The way of one of the releases to PCs.
    #[inline]
    pub(crate) fn road(&self, release: ReleaseId) -> Road<'a> {
        let (model, horizon) = (self.model, self.horizon);
        Road { what: model.what, release: &model.releases[release], timeline: &self.timelines[release], horizon }
    }

    /// That of the release in question.
    #[inline]
    pub(crate) fn first(&self) -> Road<'a> {
        self.road(0)
    }

    /// Whether there is a fix before the end.
    #[inline]
    pub(crate) fn is_fixed(&self) -> bool {
        self.first().timeline.fix < self.horizon
    }

    /// Whether it matters when PCs have a good version that do not take the release, or not before it strikes.
    pub(crate) fn asks_for_good(&self) -> bool {
        self.scope == Scope::Everything || !self.model.first().strikes_on_load()
    }

    /// The hashes that fall to rings which are open to their PCs at some time.
    pub(crate) fn opens(&self, organisation: &Organisation, kind: usize) -> Hashes {
        let (region, sector) = (usize::from(organisation.region), usize::from(organisation.sector));
        let is_open = |ring: usize| self.first().timeline.rings[ring] < self.horizon;
        let of = self.model.first().rings_of(region, sector, kind);
        let last = of.len() - 1;
        let upto = |i: usize| if i < last { of[i].0.threshold() } else { Chance::SURE.threshold() };
        let from = |i: usize| i.checked_sub(1).map_or(0, upto);
        (0..of.len()).filter(|&i| is_open(of[i].1)).map(|i| from(i)..upto(i)).collect()
    }

    pub(crate) fn ring(&self, organisation: &Organisation, kind: usize, bits: u32) -> usize {
        let (region, sector) = (usize::from(organisation.region), usize::from(organisation.sector));
        self.model.first().ring(bits, region, sector, kind, 0)
    }
}

/// One release and what is known of what its vendor does.
#[derive(Clone, Copy)]
pub(crate) struct Road<'a> {
    what: Key,
    pub(crate) release: &'a ReleaseModel<'a>,
    pub(crate) timeline: &'a Timeline,
    horizon: Millis,
}

impl Road<'_> {
    /// Until when it can be installed: once a fix is published, that is what is installed.
    #[inline]
    pub(crate) fn until(&self) -> Millis {
        self.timeline.withdrawn.min(self.timeline.fix).min(self.horizon)
    }

    /// When a ring is open to its PCs.
    #[inline]
    fn opens(&self, ring: usize) -> Millis {
        self.timeline.rings[ring].max(self.timeline.release)
    }

    /// When a PC installs the release, if it does: on for long enough while the release is open to it.
    #[inline]
    pub(crate) fn installs(&self, on: &mut On<'_>, open: Millis, delivery: u32) -> Option<Millis> {
        let until = self.until();
        if !self.may_take(open, delivery) {
            return None;
        }
        on.after(open, self.release.delivery.at(delivery), until)
    }

    /// Whether a PC that is on all the time would install the release.
    fn may_take(&self, open: Millis, delivery: u32) -> bool {
        open < self.until() && open + self.release.delivery.at(delivery) < self.until()
    }

    /// Whether a PC that begins to wait for the release at an instant may still install it.
    #[inline]
    pub(crate) fn may_install(&self, from: Millis) -> bool {
        from + self.release.delivery.least() < self.until()
    }

    /// When a PC has a good version, having run without one since `from`.
    #[inline]
    pub(crate) fn good_at(&self, mut on: On<'_>, from: Millis, delivery: u32) -> Option<Millis> {
        let fix = self.timeline.fix.max(from);
        if fix >= self.horizon {
            return None;
        }
        on.after(fix, self.release.delivery.at(delivery), self.horizon)
    }

    /// When the fault shows on a PC that loads the release at `at`, after so many failures; not by a restart.
    #[inline]
    pub(crate) fn first_failure(&self, mut on: On<'_>, pc: u64, at: Millis, failures: u32) -> Option<Millis> {
        match self.release.fault.as_ref().map(|fault| &fault.trigger) {
            Some(TriggerModel::OnActivity(activity)) => {
                let [bits, ..] = self.what.block(pc, Purpose::Activity, self.release.index(failures));
                on.after(at, activity.at(bits), self.horizon)
            }
            Some(TriggerModel::AtInstant(instant)) => on.after(at.max(*instant), 0, self.horizon),
            _ => Some(at),
        }
    }
}

impl ReleaseModel<'_> {
    /// Sets the draws for one release apart from those for others.
    #[inline]
    pub(crate) fn index(&self, index: u32) -> u32 {
        of_release(self.number, index)
    }
}

/// When each PC of a piece that is reached takes the release, and when it could have a good version if it did not;
/// [`NEVER`] is not at all.
#[derive(Default)]
pub(crate) struct Taken {
    at: Vec<Millis>,
    /// Those that take it, by their places.
    takers: Vec<u32>,
    good: Vec<Millis>,
    /// How long the delivery of a good version takes.
    delays: Vec<u32>,
    asked: Asked,
}

impl Taken {
    /// By place: when the PC takes the release.
    pub(crate) fn at(&self) -> &[Millis] {
        &self.at
    }

    /// The places of those that take it, in their order.
    pub(crate) fn takers(&self) -> &[u32] {
        &self.takers
    }

    /// By place: when it could have a good version; nothing if nobody wants to know.
    pub(crate) fn good(&self) -> &[Millis] {
        &self.good
    }

    /// By place: how long the delivery of a good version takes.
    pub(crate) fn delays(&self) -> &[u32] {
        &self.delays
    }

    /// Finds it for the PCs at hand.
    pub(crate) fn find(&mut self, course: Course<'_>, past: &Past) {
        let (model, road) = (course.model, course.first());
        let rings = past.rings();
        let Taken { at, takers, good, delays, asked } = self;
        let (window, until) = (&past.window, road.until());
        asked.from.clear();
        // By kind: they are all of one region and sector.
        let mut known: Vec<Vec<(Chance, u32)>> = vec![Vec::new(); model.kinds.len()];
        for run in &past.runs {
            let opens = &mut known[usize::from(run.kind)];
            if opens.is_empty() {
                let Organisation { region, sector, .. } = *past.organisation(run);
                let of = model.first().rings_of(usize::from(region), usize::from(sector), usize::from(run.kind));
                let open = |open: Millis| if open < until { window.at(open) } else { NOT };
                opens.extend(of.iter().map(|&(upto, ring)| (upto, open(road.opens(ring)))));
            }
            let hashes = past.reached[run.reached.clone()].iter().map(|&who| rings[who as usize]);
            asked.from.resize(run.reached.end, NOT);
            among_each(opens, &hashes, &mut asked.from[run.reached.clone()]);
        }
        let are_few = course.waits(past, (0, delays), until, asked, at, |run, place, delivery| {
            let ring = course.ring(past.organisation(run), usize::from(run.kind), rings[past.reached[place] as usize]);
            road.may_take(road.opens(ring), delivery).then(|| road.opens(ring))
        });
        takers.clear();
        let takes = |place: u32| at[place as usize] < NEVER;
        if are_few {
            let asks = |from| from < NOT;
            sieve::few(&asked.from, asks, |place| {
                if takes(place as u32) {
                    takers.push(place as u32);
                }
            });
        } else {
            sieve::add(takers, 0..at.len() as u32, takes);
        }
        good.clear();
        let fix = road.timeline.fix.max(road.timeline.release);
        if fix >= course.horizon {
            good.resize(at.len(), NEVER);
            delays.resize(at.len(), 0);
        } else if course.asks_for_good() {
            asked.from.clear();
            asked.from.resize(at.len(), past.window.at(fix));
            course.waits(past, (1, delays), course.horizon, asked, good, |_, _, _| Some(fix));
        }
    }
}

impl Course<'_> {
    /// Finds when PCs have been on for as long as delivery takes, by its first or second draw, since the instants that
    /// are asked about; not at all for [`NOT`]. What has to be found one by one is looked for if `since` says from when
    /// on. Returns whether few PCs wait.
    fn waits(
        &self,
        past: &Past,
        (draw, delays): (usize, &mut Vec<u32>),
        limit: Millis,
        asked: &mut Asked,
        found: &mut Vec<Millis>,
        since: impl Fn(&Run, usize, u32) -> Option<Millis>,
    ) -> bool {
        let (window, sampler) = (&past.window, &self.first().release.delivery);
        let delivery = &past.delivery.columns()[draw][..asked.from.len()];
        let wait = asked.from.iter().filter(|from| **from < NOT).count();
        let are_few = wait * sieve::FEW_ARE_ONE_IN < asked.from.len();
        if are_few {
            // Not worth looking at all of them.
            asked.answers.clear();
            asked.answers.extend(asked.from.iter().map(|&from| if from < NOT { UNKNOWN } else { NOT }));
        } else {
            delays.resize(asked.from.len(), 0);
            sampler.at_each(delivery, delays);
            asked.upto.clone_from(delays);
            window.after_time_on(past.calendars(self.model), limit, asked);
        }
        found.clear();
        found.extend(asked.answers.iter().map(|&at| if at < NOT { window.instant(at) } else { NEVER }));
        for run in &past.runs {
            let is_unknown = |answer| answer == UNKNOWN;
            sieve::few(&asked.answers[run.reached.clone()], is_unknown, |i| {
                let place = run.reached.start + i;
                let Some(from) = since(run, place, delivery[place]) else { return };
                let calendar = &past.calendars(self.model)[usize::from(run.kind)];
                let delay = sampler.at(delivery[place]);
                found[place] = past.on(self.model, calendar, place).after(from, delay, limit).unwrap_or(NEVER);
            });
        }
        are_few
    }
}
