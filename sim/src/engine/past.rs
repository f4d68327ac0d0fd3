//! Who the PCs of a piece of the fleet are, and whether they are on: what all arms of an experiment have in common.
//!
//! Many PCs at a time, each draw for all of them in one go.

use std::ops::Range;

use crate::draw::{Chance, Numbers, Purpose, Words};
use crate::engine::model::{Model, ReleaseModel};
use crate::fleet::calendar::window::Window;
use crate::fleet::calendar::{Calendar, Days, Session};
use crate::fleet::population::Organisation;
use crate::sieve;
use crate::time::Millis;

/// The PCs of some organisations of one stratum that have the release's agent.
#[derive(Default)]
pub(crate) struct Past {
    pub(crate) organisations: Vec<Organisation>,
    /// Organisation by organisation, kind by kind.
    pub(crate) runs: Vec<Run>,
    /// Numbers of the PCs.
    pub(crate) pcs: Vec<u64>,
    connections: Numbers,
    rings: Numbers,
    architectures: Numbers,
    exposures: Numbers,
    /// PCs that the release can reach and that are asked for, by their place in `pcs`.
    pub(crate) reached: Vec<u32>,
    /// Their draws of delivery.
    pub(crate) delivery: Words,
    /// What they do around the release.
    pub(crate) window: Window,
}

/// PCs of one kind in one organisation, or in several of one PC each that follow each other.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Index among the organisations, of the first of them.
    pub(crate) organisation: u32,
    /// Whether they are of one PC each.
    are_single: bool,
    pub(crate) kind: u16,
    /// Places in [`Past::pcs`].
    pub(crate) pcs: Range<usize>,
    /// Places in [`Past::reached`].
    pub(crate) reached: Range<usize>,
}

impl Run {
    /// Index of the organisation of one of its PCs.
    #[inline]
    pub(crate) fn organisation_of(&self, organisations: &[Organisation], pc: u64) -> u32 {
        if !self.are_single {
            return self.organisation;
        }
        self.organisation + (pc - organisations[self.organisation as usize].first_pc) as u32
    }
}

/// Which numbers drawn for PCs decide something, in one arm at least. The others are not drawn, and mean nothing.
#[derive(Clone, Copy)]
pub(crate) struct Needs {
    rings: bool,
    architectures: bool,
    exposures: bool,
}

impl Needs {
    /// Those of arms with these models.
    pub(crate) fn of<'a, 'm: 'a>(models: &(impl Iterator<Item = &'a Model<'m>> + Clone)) -> Needs {
        let is_any = |decides: fn(&ReleaseModel<'_>) -> bool| models.clone().any(|model| decides(model.first()));
        Needs {
            rings: is_any(|release| release.release.rollout.rings.len() > 1),
            architectures: is_any(|release| release.architectures.len() > 1),
            exposures: is_any(|release| release.fault.as_ref().is_some_and(|fault| fault.strikes < Chance::SURE)),
        }
    }
}

/// Spans of hashes, such as those that fall to some rings.
pub(crate) type Hashes = Vec<Range<u64>>;

/// Hashes of which the PCs are wanted.
#[derive(Clone)]
struct Wanted {
    hashes: Hashes,
    /// All of them lie from one hash on, no further from it than this.
    first: u32,
    furthest: u32,
}

impl Wanted {
    fn of(hashes: Hashes) -> Wanted {
        let first = hashes.iter().map(|hashes| hashes.start).min().unwrap_or(0);
        let end = hashes.iter().map(|hashes| hashes.end).max().unwrap_or(0);
        Wanted { hashes, first: first as u32, furthest: (end.max(first + 1) - 1 - first) as u32 }
    }

    /// Whether so few PCs are wanted that it pays to pass over many at a time.
    fn are_few(&self) -> bool {
        self.furthest < u32::MAX / sieve::FEW_ARE_ONE_IN as u32
    }

    #[inline]
    fn has(&self, hash: u32) -> bool {
        self.hashes.iter().any(|hashes| hashes.contains(&u64::from(hash)))
    }

    /// False for nearly all that are not wanted.
    #[inline]
    fn may_have(&self, hash: u32) -> bool {
        hash.wrapping_sub(self.first) <= self.furthest
    }
}

impl Past {
    /// Draws the PCs of the organisations at hand, those numbered within `part` only; of those that the release can
    /// reach, only the ones with hashes of the ring that are `wanted`, by organisation and kind, if not all are. Nearly
    /// all that is asked about them later is before `upto`, and hangs on no more numbers than it `needs`.
    pub(crate) fn draw(
        &mut self,
        model: &Model<'_>,
        part: Range<u64>,
        upto: Millis,
        needs: Needs,
        wanted: Option<&impl Fn(&Organisation, usize) -> Hashes>,
    ) {
        self.runs.clear();
        self.pcs.clear();
        self.reached.clear();
        let organisations = std::mem::take(&mut self.organisations);
        let mut index = 0;
        while let Some(organisation) = organisations.get(index) {
            let mut first = organisation.first_pc;
            let mut add = |kind: usize, count: u32| {
                let upto = first + u64::from(count);
                self.add(model, &organisations, index, kind, first.max(part.start)..upto.min(part.end));
                first = upto;
            };
            let mut next = 1;
            match model.plan.fleet.sectors[usize::from(organisation.sector)].mix[..] {
                [(only, _)] => {
                    next = singles(&organisations[index..]).max(1);
                    add(only, organisation.pcs.max(next as u32));
                }
                _ => model.mix(organisation).for_each(|(kind, count)| add(kind, count)),
            }
            index += next;
        }
        self.organisations = organisations;
        let are_all_connected =
            self.runs.iter().all(|run| model.kinds[usize::from(run.kind)].connected >= Chance::SURE);
        for (numbers, purpose, are_needed) in [
            (&mut self.connections, Purpose::Connection, !are_all_connected),
            (&mut self.rings, Purpose::Ring, needs.rings),
            (&mut self.architectures, Purpose::Architecture, needs.architectures),
            (&mut self.exposures, Purpose::FirstExposure, needs.exposures),
        ] {
            if are_needed {
                numbers.draw(model.who, purpose, 0, &self.pcs);
            } else {
                numbers.leave(self.pcs.len());
            }
        }
        let (connections, rings) = (self.connections.all(), self.rings.all());
        // By kind: all are of one region and sector.
        let mut known: Vec<Option<Wanted>> = vec![None; model.kinds.len()];
        for run in &mut self.runs {
            let organisation = &self.organisations[run.organisation as usize];
            let kind = usize::from(run.kind);
            let share = model.kinds[kind].connected;
            let from = self.reached.len();
            let places = run.pcs.start as u32..run.pcs.end as u32;
            match wanted {
                None if share >= Chance::SURE => self.reached.extend(places),
                None => sieve::add(&mut self.reached, places, |place| share.hit(connections[place as usize])),
                Some(wanted) => {
                    let wanted = known[kind].get_or_insert_with(|| Wanted::of(wanted(organisation, kind)));
                    let is_connected = |place: u32| share.hit(connections[place as usize]);
                    let ring = |place: u32| rings[place as usize];
                    if wanted.are_few() {
                        let may_be_wanted = |ring| wanted.may_have(ring);
                        sieve::few(&rings[run.pcs.clone()], may_be_wanted, |i| {
                            let place = (run.pcs.start + i) as u32;
                            if is_connected(place) && wanted.has(ring(place)) {
                                self.reached.push(place);
                            }
                        });
                    } else {
                        sieve::add(&mut self.reached, places, |place| is_connected(place) & wanted.has(ring(place)));
                    }
                }
            }
            run.reached = from..self.reached.len();
        }
        self.follow(model, model.at..upto);
    }

    /// Adds those PCs of one kind in an organisation that have the agent.
    fn add(&mut self, model: &Model<'_>, organisations: &[Organisation], index: usize, kind: usize, pcs: Range<u64>) {
        let from = self.pcs.len();
        match model.kinds[kind].installed {
            Chance::SURE => self.pcs.extend(pcs),
            Chance::NEVER => {}
            share => {
                let installed = |&pc: &u64| share.hit(model.who.block(pc, Purpose::Software, 0)[0]);
                self.pcs.extend(pcs.filter(installed));
            }
        }
        let Some(&first) = self.pcs.get(from) else { return };
        let (pcs, kind) = (from..self.pcs.len(), kind as u16);
        let are_single = organisations[index].pcs == 1;
        match self.runs.last_mut() {
            Some(run)
                if are_single
                    && run.are_single
                    && run.kind == kind
                    && run.organisation_of(organisations, first) == index as u32 =>
            {
                run.pcs.end = pcs.end;
            }
            _ => self.runs.push(Run { organisation: index as u32, are_single, kind, pcs, reached: 0..0 }),
        }
    }

    /// Draws that decide whether PCs are connected, by PC; they mean nothing where all are.
    pub(crate) fn connections(&self) -> &[u32] {
        self.connections.all()
    }

    /// Hashes that decide in which rings PCs are, by PC, where an arm [`Needs`] them.
    pub(crate) fn rings(&self) -> &[u32] {
        self.rings.all()
    }

    /// Hashes that decide which architectures PCs have, by PC, where an arm [`Needs`] them.
    pub(crate) fn architectures(&self) -> &[u32] {
        self.architectures.all()
    }

    /// Draws that decide whether a fault strikes PCs, by PC, where an arm [`Needs`] them.
    pub(crate) fn exposures(&self) -> &[u32] {
        self.exposures.all()
    }

    /// The organisation of a run, or the first of them: all are in one place and of one weight.
    #[inline]
    pub(crate) fn organisation(&self, run: &Run) -> &Organisation {
        &self.organisations[run.organisation as usize]
    }

    /// By kind: when PCs at hand are on.
    #[inline]
    pub(crate) fn calendars<'m>(&self, model: &'m Model<'_>) -> &'m [Calendar] {
        self.organisations.first().map_or(&[], |organisation| &model.calendars[usize::from(organisation.region)])
    }

    /// What those that are reached do around the release.
    fn follow(&mut self, model: &Model<'_>, span: Range<Millis>) {
        let Some(region) = self.organisations.first().map(|o| usize::from(o.region)) else { return };
        let (zone, calendars) = (&model.plan.fleet.regions[region].zone, &model.calendars[region]);
        let pcs = self.reached.iter().map(|&place| self.pcs[place as usize]);
        let runs = self.runs.iter().map(|run| (run.kind, run.reached.len()));
        self.window.draw(zone, calendars, span, model.what, pcs, runs);
        self.delivery.draw(model.what, Purpose::Delivery, 0, self.window.pcs());
    }

    /// The number of a PC that is reached.
    #[inline]
    pub(crate) fn number(&self, place: usize) -> u64 {
        self.window.pcs()[place]
    }

    /// The hours of a PC that is reached, from the release on.
    pub(crate) fn on<'a>(&'a self, model: &'a Model<'a>, calendar: &'a Calendar, place: usize) -> On<'a> {
        On::of(calendar, self.window.days(place), model.at)
    }
}

/// How many organisations follow each other, from the first on, that are of one PC each, numbered one after the other.
fn singles(organisations: &[Organisation]) -> usize {
    let first = organisations.first().map_or(0, |organisation| organisation.first_pc);
    organisations
        .iter()
        .zip(first..)
        .take_while(|(organisation, pc)| organisation.pcs == 1 && organisation.first_pc == *pc)
        .count()
}

/// When one PC is on: a place in the row of its sessions. Questions are asked in the order of time; a copy can go back.
#[derive(Clone, Copy)]
pub(crate) struct On<'a> {
    pub(crate) calendar: &'a Calendar,
    pub(crate) days: Days<'a>,
    session: Session,
}

impl<'a> On<'a> {
    /// The hours of a PC from an instant on.
    pub(crate) fn since(model: &'a Model<'a>, calendar: &'a Calendar, pc: u64, at: Millis) -> On<'a> {
        On::of(calendar, Days::of(model.what, pc), at)
    }

    /// The hours that these days have, from an instant on.
    pub(crate) fn of(calendar: &'a Calendar, days: Days<'a>, at: Millis) -> On<'a> {
        On { calendar, days, session: calendar.session(days, at) }
    }

    /// The hours of a PC from where they were followed to.
    pub(crate) fn resumed(model: &'a Model<'a>, calendar: &'a Calendar, pc: u64, session: Session) -> On<'a> {
        On { calendar, days: Days::of(model.what, pc), session }
    }

    /// Where it is in the row of its sessions.
    pub(crate) fn session(&self) -> Session {
        self.session
    }

    /// When its next session begins, after the one at hand: it has been switched off before.
    pub(crate) fn next_session(mut self, at: Millis) -> Millis {
        self.calendar.session_after(self.days, &mut self.session, at)
    }

    /// Time for which it is on between two instants.
    #[inline]
    pub(crate) fn time(&mut self, from: Millis, to: Millis) -> Millis {
        self.calendar.time_on(self.days, &mut self.session, from, to)
    }

    /// When it has been on for a span, if that is before the limit.
    #[inline]
    pub(crate) fn after(&mut self, from: Millis, span: Millis, limit: Millis) -> Option<Millis> {
        self.calendar.after_time_on(self.days, &mut self.session, from, span, limit)
    }
}

#[cfg(test)]
mod tests {
    use super::Wanted;

    #[test]
    fn none_that_is_wanted_is_passed_over() {
        const ALL: u64 = 1 << 32;
        let of = |spans: &[(u64, u64)]| Wanted::of(spans.iter().map(|&(start, end)| start..end).collect());
        let spans: [&[(u64, u64)]; 7] = [
            &[],
            &[(0, ALL)],
            &[(ALL, ALL)],
            &[(5, 5)],
            &[(0, 1)],
            &[(100, 200), (300, ALL)],
            &[(300, 400), (100, 200)],
        ];
        for spans in spans {
            for hash in [0, 1, 5, 7, 99, 100, 199, 200, 299, 300, 399, 400, u32::MAX] {
                let is_wanted = spans.iter().any(|&(start, end)| start <= u64::from(hash) && u64::from(hash) < end);
                assert_eq!(of(spans).has(hash), is_wanted, "{hash} of {spans:?}");
                assert!(of(spans).may_have(hash) || !is_wanted, "{hash} of {spans:?}");
            }
        }
        assert!(of(&[(7, ALL / 17)]).are_few() && !of(&[(0, 1), (ALL / 2, ALL)]).are_few());
    }
}
