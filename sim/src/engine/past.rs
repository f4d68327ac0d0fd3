//! Who the PCs of a piece of the fleet are, and whether they are on: what all arms of an experiment have in common.
//!
//! Many PCs at a time, each draw for all of them in one go.

use std::ops::Range;

use crate::draw::{Chance, Purpose, Words};
use crate::engine::model::Model;
use crate::fleet::calendar::{Calendar, Days, Session, Window};
use crate::fleet::population::Organisation;
use crate::time::Millis;

/// The PCs of some organisations of one stratum that have the release's agent.
#[derive(Default)]
pub(crate) struct Past {
    pub(crate) organisations: Vec<Organisation>,
    /// Organisation by organisation, kind by kind.
    pub(crate) runs: Vec<Run>,
    /// Numbers of the PCs.
    pub(crate) pcs: Vec<u64>,
    /// Connection, ring, architecture, exposure; by PC.
    pub(crate) membership: Words,
    /// PCs that the release can reach and that are asked for, by their place in `pcs`.
    pub(crate) reached: Vec<u32>,
    /// Their numbers.
    numbers: Vec<u64>,
    /// Their draws of delivery.
    pub(crate) delivery: Words,
    window: Window,
    /// Their first session that ends after the release.
    pub(crate) sessions: Vec<Session>,
}

/// PCs of one kind in one organisation.
#[derive(Clone, Debug)]
pub(crate) struct Run {
    /// Index among the organisations.
    pub(crate) organisation: u32,
    pub(crate) kind: u16,
    /// Places in [`Past::pcs`].
    pub(crate) pcs: Range<usize>,
    /// Places in [`Past::reached`].
    pub(crate) reached: Range<usize>,
}

impl Past {
    /// Draws the PCs of the organisations at hand, those numbered within `part` only; of those that the release can
    /// reach, only the ones that are `wanted`, by organisation, kind and hash of the ring. Nearly all that is asked
    /// about them later is before `upto`.
    pub(crate) fn draw(
        &mut self,
        model: &Model<'_>,
        part: Range<u64>,
        upto: Millis,
        wanted: impl Fn(&Organisation, usize, u32) -> bool,
    ) {
        self.runs.clear();
        self.pcs.clear();
        self.reached.clear();
        for (index, organisation) in self.organisations.iter().enumerate() {
            let mut first = organisation.first_pc;
            for (kind, count) in model.mix(organisation) {
                let upto = first + u64::from(count);
                let numbers = first.max(part.start)..upto.min(part.end);
                first = upto;
                let from = self.pcs.len();
                match model.kinds[kind].installed {
                    Chance::SURE => self.pcs.extend(numbers),
                    Chance::NEVER => {}
                    share => {
                        let installed = |&pc: &u64| share.hit(model.who.block(pc, Purpose::Software, 0)[0]);
                        self.pcs.extend(numbers.filter(installed));
                    }
                }
                if self.pcs.len() > from {
                    let pcs = from..self.pcs.len();
                    self.runs.push(Run { organisation: index as u32, kind: kind as u16, pcs, reached: 0..0 });
                }
            }
        }
        self.membership.draw(model.who, Purpose::Membership, 0, &self.pcs);
        let [connected, rings, ..] = self.membership.columns();
        for run in &mut self.runs {
            let organisation = &self.organisations[run.organisation as usize];
            let kind = usize::from(run.kind);
            let share = model.kinds[kind].connected;
            let from = self.reached.len();
            for place in run.pcs.clone() {
                if share.hit(connected[place]) && wanted(organisation, kind, rings[place]) {
                    self.reached.push(place as u32);
                }
            }
            run.reached = from..self.reached.len();
        }
        self.follow(model, model.at..upto);
    }

    /// What those that are reached do around the release.
    fn follow(&mut self, model: &Model<'_>, span: Range<Millis>) {
        let Some(region) = self.organisations.first().map(|o| usize::from(o.region)) else { return };
        self.numbers.clear();
        self.numbers.extend(self.reached.iter().map(|&place| self.pcs[place as usize]));
        self.delivery.draw(model.what, Purpose::Delivery, 0, &self.numbers);
        let calendars = &model.calendars[region];
        // Runs of one kind next to each other are looked up in one go: in households, each is one PC.
        for runs in self.runs.chunk_by(|a, b| a.kind == b.kind) {
            let places = runs[0].reached.start..runs[runs.len() - 1].reached.end;
            let calendar = &calendars[usize::from(runs[0].kind)];
            calendar.look_up(&mut self.window, span.clone(), model.what, &self.numbers, places);
        }
        self.sessions.clear();
        for run in &self.runs {
            let calendar = &calendars[usize::from(run.kind)];
            self.sessions.extend(
                run.reached
                    .clone()
                    .map(|place| calendar.session(self.window.days(place, model.what, self.numbers[place]), model.at)),
            );
        }
    }

    /// The number of a PC that is reached.
    #[inline]
    pub(crate) fn number(&self, place: usize) -> u64 {
        self.numbers[place]
    }

    /// The hours of a PC that is reached, from the release on.
    #[inline]
    pub(crate) fn on<'a>(&'a self, model: &'a Model<'a>, calendar: &'a Calendar, place: usize) -> On<'a> {
        let days = self.window.days(place, model.what, self.numbers[place]);
        On { calendar, days, session: self.sessions[place] }
    }
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
        let days = Days::of(model.what, pc);
        On { calendar, days, session: calendar.session(days, at) }
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
