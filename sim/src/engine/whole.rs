//! What becomes of an organisation as a whole while its PCs are down: its services, whether it stopped, and when its
//! last PC was back.

use crate::agent::effect::Burden;
use crate::draw::Share;
use crate::engine::large::{MANY, sort};
use crate::engine::organisation::{Hit, Spell, Way};
use crate::fleet::KindId;
use crate::measure::bins::count;
use crate::time::{Millis, NEVER};

/// A change of the number of usable PCs of a kind, in a form that sorts by time, then kind, then up before down.
pub(crate) type Change = u64;

fn change(at: Millis, kind: u16, down: bool) -> Change {
    (at as u64) << 7 | u64::from(kind) << 1 | u64::from(down)
}

fn is_down(change: Change) -> bool {
    change & 1 == 1
}

/// Kinds of PCs, as bits.
pub(crate) type Kinds = u64;
/// Every kind.
pub(crate) const ALL: Kinds = Kinds::MAX;

/// What decides what became of an organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fate {
    /// Nothing happens to it: it has no services, and less than half of its PCs were hit.
    Goes,
    /// It has no services, and stopped if half of its PCs, rounded up, were down at once.
    MayStop,
    /// Its services.
    Services,
}

impl Way<'_> {
    /// What concerns the organisation as a whole.
    pub(crate) fn settle(&mut self, hit: Hit<'_>, spells: &[Spell]) {
        let mut changes = std::mem::take(&mut self.changes);
        changes.clear();
        let (out, stopped) = match self.fate(hit, hit.struck.len()) {
            Fate::Goes => (0, false),
            Fate::MayStop if self.are_down_before_one_is_back(spells, half(hit)) => (0, true),
            Fate::MayStop => {
                self.changes_of(hit, ALL, spells, &mut changes);
                (0, are_down_at_once(&mut changes, half(hit)))
            }
            Fate::Services => {
                self.changes_of(hit, self.may_be_short_of(hit), spells, &mut changes);
                self.services(hit, &mut changes)
            }
        };
        let of_down = spells.iter().filter(|spell| spell.burden == Burden::Down);
        if let Some(last) = of_down.map(|spell| spell.back_at).max() {
            self.settle_by(hit, last, out, stopped);
        }
        self.changes = changes;
    }

    /// The same, once it is known when its last PC was back, for how long services were out, and whether it stopped.
    pub(crate) fn settle_by(&mut self, hit: Hit<'_>, last: Millis, out: Millis, stopped: bool) {
        let weight = hit.organisation.weight;
        self.tally.organisations_down += weight;
        if last < self.course.horizon {
            let bin = self.tally.bin(last);
            count(&mut self.tally.whole_again, bin, weight as i64);
        }
        let [region, sector, ..] = self.tally.layout().of_pc(usize::from(hit.organisation.region), hit.sector(), 0, 0);
        // Kinds and architectures have no services; the fleet's are those of its sectors.
        for segment in [region, sector] {
            let sums = &mut self.tally.sums[segment];
            sums.services_out += i128::from(out) * i128::from(weight);
            sums.stopped += u64::from(stopped) * weight;
        }
    }

    /// What decides what became of an organisation of which so many PCs were hit.
    pub(crate) fn fate(&self, hit: Hit<'_>, all: usize) -> Fate {
        if !self.course.model.plan.fleet.sectors[hit.sector()].services.is_empty() {
            Fate::Services
        } else if all as u64 * 2 >= u64::from(hit.organisation.pcs) {
            Fate::MayStop
        } else {
            Fate::Goes
        }
    }

    /// The kinds of PCs that the organisation's services need.
    pub(crate) fn needed(&self, hit: Hit<'_>) -> Kinds {
        let services = &self.course.model.plan.fleet.sectors[hit.sector()].services;
        services.iter().flat_map(|service| &service.needs).fold(0, |kinds, (kind, _)| kinds | 1 << kind)
    }

    /// Those of which more were hit than a service can spare: it can be short of no others.
    fn may_be_short_of(&self, hit: Hit<'_>) -> Kinds {
        let mut hits = vec![0; self.course.model.kinds.len()];
        for run in hit.struck.chunk_by(|a, b| a.kind == b.kind) {
            hits[usize::from(run[0].kind)] += run.len() as i64;
        }
        let needs =
            self.course.model.plan.fleet.sectors[hit.sector()].services.iter().flat_map(|service| &service.needs);
        let may_be = needs.filter(|(kind, need)| hits[*kind] > self.spare(hit, *kind, *need));
        may_be.fold(0, |kinds, (kind, _)| kinds | 1 << kind)
    }

    /// How many PCs of a kind the organisation can do without for a service that needs a share of them.
    fn spare(&self, hit: Hit<'_>, kind: KindId, need: Share) -> i64 {
        let count: u32 = self.course.model.mix(hit.organisation).filter(|of| of.0 == kind).map(|of| of.1).sum();
        i64::from(count) - libm::ceil(need.0 * f64::from(count)) as i64
    }

    /// Gathers the changes in the numbers of usable PCs of some kinds.
    pub(crate) fn changes_of(&self, hit: Hit<'_>, kinds: Kinds, spells: &[Spell], into: &mut Vec<Change>) {
        if kinds == 0 {
            return;
        }
        for spell in spells.iter().filter(|spell| spell.burden == Burden::Down) {
            let kind = hit.struck[spell.case as usize - hit.first].kind;
            if kinds >> kind & 1 == 1 {
                into.push(change(spell.down_at, kind, true));
                into.push(change(spell.back_at.min(self.course.horizon), kind, false));
            }
        }
    }

    /// Whether so many PCs went down before any of them was back, as they do where the way back opens late: then
    /// nothing has to be put in order.
    fn are_down_before_one_is_back(&self, spells: &[Spell], many: i64) -> bool {
        let of_down = || spells.iter().filter(|spell| spell.burden == Burden::Down);
        let first_back = of_down().map(|spell| spell.back_at).min().unwrap_or(NEVER).min(self.course.horizon);
        of_down().filter(|spell| spell.down_at < first_back).count() as i64 >= many
    }

    /// Time for which services were out, and whether the organisation stopped.
    pub(crate) fn services(&self, hit: Hit<'_>, changes: &mut [Change]) -> (Millis, bool) {
        if changes.is_empty() {
            return (0, false);
        }
        let model = self.course.model;
        sort(changes);
        let out = model.plan.fleet.sectors[hit.sector()]
            .services
            .iter()
            .map(|service| {
                let mut spare = vec![i64::MAX; model.kinds.len()];
                for (kind, need) in &service.needs {
                    spare[*kind] = self.spare(hit, *kind, *need);
                }
                time_short(changes, &spare, self.course.horizon)
            })
            .sum();
        (out, out > 0)
    }
}

/// How many of an organisation's PCs have to be down at once for it to have stopped.
pub(crate) fn half(hit: Hit<'_>) -> i64 {
    i64::from(hit.organisation.pcs.div_ceil(2))
}

/// Whether so many PCs were down at one instant.
fn are_down_at_once(changes: &mut [Change], many: i64) -> bool {
    if changes.len() > MANY {
        let mut spans = Spans::default();
        spans.note(changes);
        return spans.are_down_at_once(many, |is_asked| changes.iter().copied().filter(|&c| is_asked(c)).collect());
    }
    changes.sort_unstable();
    let mut now = 0;
    changes.iter().any(|&change| {
        now += if is_down(change) { 1 } else { -1 };
        now >= many
    })
}

/// How many PCs go down and how many come up within spans of time.
#[derive(Default)]
pub(crate) struct Spans(Vec<(i64, i64)>);

/// The length of a span as a power of 2, in the units of [`Change`].
const SPAN: u32 = 7 + 16;

impl Spans {
    /// Counts changes.
    fn note(&mut self, changes: &[Change]) {
        for &change in changes {
            let (downs, ups) = self.of(change);
            *(if is_down(change) { downs } else { ups }) += 1;
        }
    }

    /// Counts the changes of failures that all keep PCs from being used.
    pub(crate) fn note_failures(&mut self, spells: &[Spell], horizon: Millis) {
        for spell in spells {
            self.of(change(spell.down_at, 0, true)).0 += 1;
            self.of(change(spell.back_at.min(horizon), 0, false)).1 += 1;
        }
    }

    /// What is counted in the span of a change.
    fn of(&mut self, change: Change) -> &mut (i64, i64) {
        let span = (change >> SPAN) as usize;
        if span >= self.0.len() {
            self.0.resize(span + 1, (0, 0));
        }
        &mut self.0[span]
    }

    /// Whether so many PCs were down at one instant. Only those spans of time have to be put in order within which
    /// there may have been so many: `changes` gives the ones that are asked for.
    pub(crate) fn are_down_at_once(
        &self,
        many: i64,
        changes: impl FnOnce(&(dyn Fn(Change) -> bool + Sync)) -> Vec<Change>,
    ) -> bool {
        let mut now = 0;
        let mut before = Vec::with_capacity(self.0.len());
        for (downs, ups) in &self.0 {
            before.push((now, now + downs >= many));
            now += downs - ups;
            if now >= many {
                return true;
            }
        }
        if !before.iter().any(|(_, may_be)| *may_be) {
            return false;
        }
        let mut changes = changes(&|change| before[(change >> SPAN) as usize].1);
        changes.sort_unstable();
        changes.chunk_by(|a, b| a >> SPAN == b >> SPAN).any(|span| {
            let (mut now, _) = before[(span[0] >> SPAN) as usize];
            span.iter().any(|&change| {
                now += if is_down(change) { 1 } else { -1 };
                now >= many
            })
        })
    }
}

/// Time up to the horizon for which more PCs of some kind are down than can be spared.
fn time_short(changes: &[Change], spare: &[i64], horizon: Millis) -> Millis {
    let mut down = vec![0_i64; spare.len()];
    let mut short = 0;
    let mut since = 0;
    let mut time = 0;
    for &change in changes {
        let (at, kind) = (((change >> 7) as Millis).min(horizon), (change >> 1 & 63) as usize);
        if short > 0 {
            time += at - since;
        }
        since = at;
        let was = down[kind] > spare[kind];
        down[kind] += if change & 1 == 1 { 1 } else { -1 };
        short += i32::from(down[kind] > spare[kind]) - i32::from(was);
    }
    time
}
