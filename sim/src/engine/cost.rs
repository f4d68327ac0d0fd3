//! What failures cost, once it is known how they end: counted for all PCs of a piece of the fleet together.

use std::cell::Cell;

use crate::agent::LastGood;
use crate::agent::effect::{Burden, Effect};
use crate::draw::{Purpose, Words, start_draw};
use crate::engine::log::{NO_STEP, What};
use crate::engine::model::Model;
use crate::engine::organisation::{Spell, Way};
use crate::engine::past::{On, Past};
use crate::engine::strike::Struck;
use crate::engine::take::{Course, Road, Scope};
use crate::fleet::calendar::window::{Asked, BEYOND, NOT, Question, UNKNOWN, Window};
use crate::fleet::calendar::{Calendar, Days};
use crate::fleet::population::Organisation;
use crate::measure::bins::{self, Count, count};
use crate::measure::tally::Counters;
use crate::recovery::Outcome;
use crate::time::{Millis, NEVER};

/// When PCs that are struck are on, from the release on, in the order of [`Struck`]; empty where nobody looked.
#[derive(Default)]
pub(crate) struct Usage {
    window: Window,
    /// Whether somebody looked.
    is_known: bool,
    /// Their draws of the delivery of a fix, and what they mean; nothing if there is none.
    delivery: Vec<u32>,
    delays: Vec<u32>,
    words: Words,
}

impl Usage {
    /// Takes them over from the piece that the PCs are of.
    pub(crate) fn pick(&mut self, course: Course<'_>, past: &Past, struck: &[Struck]) {
        self.window.pick(&past.window, struck.iter().map(|s| s.place));
        let [_, delivery, ..] = past.delivery.columns();
        self.deliver(course, struck.iter().map(|s| delivery[s.place as usize]));
    }

    /// Draws them anew, for PCs of one region.
    pub(crate) fn draw(&mut self, course: Course<'_>, region: usize, struck: &[Struck]) {
        let model = course.model;
        let zone = &model.plan.fleet.regions[region].zone;
        let (pcs, kinds) = (struck.iter().map(|s| s.pc), struck.iter().map(|s| (s.kind, 1)));
        self.window.draw(zone, &model.calendars[region], model.at..model.at, model.what, pcs, kinds);
        let mut words = std::mem::take(&mut self.words);
        if course.is_fixed() {
            words.draw(model.what, Purpose::Delivery, 0, self.window.pcs());
        }
        let [_, delivery, ..] = words.columns();
        self.deliver(course, delivery.iter().copied().take(struck.len()));
        self.words = words;
    }

    /// Notes what PCs draw for the delivery of a fix, if there is one.
    fn deliver(&mut self, course: Course<'_>, draws: impl Iterator<Item = u32>) {
        self.is_known = true;
        self.delivery.clear();
        if course.is_fixed() {
            self.delivery.extend(draws);
        }
        self.delays.resize(self.delivery.len(), 0);
        course.first().release.delivery.at_each(&self.delivery, &mut self.delays);
    }

    /// The days that are known, if somebody looked.
    pub(crate) fn window(&self) -> Option<&Window> {
        self.is_known.then_some(&self.window)
    }

    /// The days of a PC.
    #[inline]
    pub(crate) fn days(&self, model: &Model<'_>, place: usize, pc: u64) -> Days<'_> {
        if self.is_known { self.window.days(place) } else { Days::of(model.what, pc) }
    }

    /// The hours of a PC, from the release on.
    pub(crate) fn on<'a>(&'a self, model: &Model<'_>, calendar: &'a Calendar, place: usize, pc: u64) -> On<'a> {
        On::of(calendar, self.days(model, place, pc), model.at)
    }

    /// What the PC draws for the delivery of a fix.
    #[inline]
    pub(crate) fn delivery_of_fix(&self, model: &Model<'_>, place: usize, pc: u64) -> u32 {
        match self.delivery.get(place) {
            Some(&delivery) => delivery,
            None => model.what.block(pc, Purpose::Delivery, 0)[1],
        }
    }
}

/// What is asked about the first failures of PCs: for how long they were on until then, and while down; when they have
/// a good version, and for how long they are on until it is there.
#[derive(Default)]
pub(crate) struct Costs {
    usable: Asked,
    lost: Asked,
    good: Asked,
    waits: Asked,
}

/// What is known of when a PC is on.
#[derive(Clone, Copy)]
enum Known {
    /// Nothing: it is looked at alone.
    Nothing,
    /// Day and night.
    Always,
    /// What was asked of many.
    Answers(Answers),
}

/// The answers for one PC.
#[derive(Clone, Copy)]
struct Answers {
    usable: u32,
    lost: u32,
    good: u32,
    waits: u32,
}

/// If more than 1 in so many failures end beyond the known days, more days are looked up for all.
const MANY_ARE_ONE_IN: usize = 4;

impl Costs {
    /// Asks about all of them at once. Of those who are down again later, only the first failures are: the others are
    /// few.
    fn ask(&mut self, course: Course<'_>, region: usize, struck: &[Struck], spells: &[Spell], usage: &mut Usage) {
        let (road, calendars) = (course.first(), &course.model.calendars[region]);
        let firsts = || spells.iter().filter(|spell| spell.failures == 1);
        let until = |spell: &Spell| spell.back_at.min(course.horizon);
        let late = firsts().filter(|spell| until(spell) > usage.window.ends()).count();
        if late * MANY_ARE_ONE_IN > struck.len() {
            usage.window.extend(calendars);
        }
        let window = &usage.window;
        let Costs { usable, lost, good, waits } = self;
        for asked in [&mut *lost, &mut *good, &mut *waits] {
            asked.clear(struck.len());
        }
        // Until their first failures, all PCs have been usable since the release.
        usable.from.clear();
        usable.from.resize(struck.len(), window.at(course.model.at));
        usable.upto.clear();
        usable.upto.extend(struck.iter().map(|struck| window.at(struck.at)));
        lost.from.copy_from_slice(&usable.upto);
        good.from.fill(BEYOND);
        let fix = road.timeline.fix;
        for spell in firsts() {
            let place = spell.case as usize;
            lost.upto[place] = window.at(until(spell));
            if spell.back_at < course.horizon && spell.is_last && course.is_fixed() {
                (good.from[place], good.upto[place]) = (window.at(spell.back_at.max(fix)), usage.delays[place]);
            }
        }
        let questions =
            &mut [(Question::TimeOn, usable), (Question::TimeOn, lost), (Question::AfterTimeOn, &mut *good)];
        window.ask(calendars, course.horizon, questions);
        for spell in firsts().filter(|spell| spell.back_at < course.horizon && spell.is_last) {
            let place = spell.case as usize;
            let until = match good.answers[place] {
                _ if !course.is_fixed() => course.horizon,
                UNKNOWN => continue,
                NOT => course.horizon,
                _ => fix,
            };
            if until > spell.back_at {
                (waits.from[place], waits.upto[place]) = (window.at(spell.back_at), window.at(until));
            }
        }
        window.time_on(calendars, waits);
    }

    #[inline]
    fn answers(&self, place: usize) -> Answers {
        let of = |asked: &Asked| asked.answers[place];
        Answers { usable: of(&self.usable), lost: of(&self.lost), good: of(&self.good), waits: of(&self.waits) }
    }
}

/// What PCs that are back for good wait for: a good version.
struct Waits<'a> {
    course: Course<'a>,
    road: Road<'a>,
    usage: &'a Usage,
}

impl Waits<'_> {
    /// When a PC that is back at an instant has one ([`NEVER`] if not within the horizon), and for how long it is on
    /// until then.
    #[inline]
    fn for_good<'u>(
        &self,
        (place, pc): (usize, u64),
        back_at: Millis,
        known: Known,
        on: impl Fn() -> On<'u>,
    ) -> (Millis, Millis) {
        let Waits { course, road, usage } = self;
        let (fix, horizon) = (road.timeline.fix, course.horizon);
        // How long the delivery of the fix takes, if it is not too long to be known.
        let delay = usage.delays.get(place).copied().filter(|&delay| delay < u32::MAX).map(Millis::from);
        let is_asked = |known: u32| known != UNKNOWN;
        let good = match (known, delay) {
            _ if !course.is_fixed() => NEVER,
            (Known::Always, Some(delay)) => Some(back_at.max(fix) + delay).filter(|&at| at < horizon).unwrap_or(NEVER),
            (Known::Answers(Answers { good: NOT, .. }), _) => NEVER,
            (Known::Answers(known), _) if is_asked(known.good) => usage.window.instant(known.good),
            _ => {
                let delivery = usage.delivery_of_fix(course.model, place, pc);
                road.good_at(on(), back_at, delivery).unwrap_or(NEVER)
            }
        };
        // From the fix on, a PC is on for as long as its delivery takes: how long that was in hours and days does not
        // matter.
        let (until, delay) = match delay {
            Some(delay) if good < NEVER => (fix, delay),
            _ => (good.min(horizon), 0),
        };
        let before = match known {
            _ if until <= back_at => 0,
            Known::Always => until - back_at,
            Known::Answers(known) if (!course.is_fixed() || is_asked(known.good)) && is_asked(known.waits) => {
                Millis::from(known.waits)
            }
            _ => on().time(back_at, until),
        };
        (good, before + delay)
    }
}

impl Way<'_> {
    /// Counts what failures of PCs in one stratum cost.
    pub(crate) fn account(
        &mut self,
        organisations: &[Organisation],
        struck: &[Struck],
        usage: &mut Usage,
        spells: &[Spell],
    ) {
        let Some(Organisation { region, .. }) = organisations.first() else { return };
        let course = self.course;
        let is_counted = course.scope == Scope::Everything;
        let mut costs = std::mem::take(&mut self.costs);
        let are_known = is_counted && course.model.is_plain;
        let are_always = are_known && usage.window.is_always();
        let are_asked = are_known && !are_always;
        if are_asked {
            costs.ask(course, usize::from(*region), struck, spells, usage);
        }
        if course.model.is_plain {
            self.signals(organisations, struck, spells);
        }
        let is_alike = |a: &Struck, b: &Struck| {
            let weight = |s: &Struck| organisations[s.organisation as usize].weight;
            let are_weighed_alike = a.organisation == b.organisation || weight(a) == weight(b);
            a.kind == b.kind && a.architecture == b.architecture && are_weighed_alike
        };
        // Each is compared to the first of those that are alike, which is looked up once, not to the one before it.
        let mut rest = if is_counted { spells } else { &[] };
        while let [first, ..] = rest {
            let first = &struck[first.case as usize];
            let alike = rest.iter().take_while(|spell| is_alike(first, &struck[spell.case as usize])).count();
            let (run, others) = rest.split_at(alike);
            rest = others;
            let organisation = &organisations[first.organisation as usize];
            let Organisation { region, sector, weight, .. } = *organisation;
            self.tally.turn_to(usize::from(region), usize::from(sector), weight);
            self.count_spells(organisation, struck, run, usage, |spell| match spell.failures {
                _ if are_always => Known::Always,
                1 if are_asked => Known::Answers(costs.answers(spell.case as usize)),
                _ => Known::Nothing,
            });
        }
        self.costs = costs;
    }

    /// Counts failures of PCs of one kind and architecture, in an organisation or in others of its stratum and weight.
    fn count_spells(
        &mut self,
        organisation: &Organisation,
        struck: &[Struck],
        spells: &[Spell],
        usage: &Usage,
        known: impl Fn(&Spell) -> Known,
    ) {
        let (course, road) = (self.course, self.road);
        let (model, horizon, is_plain) = (course.model, course.horizon, course.model.is_plain);
        let Struck { kind, architecture, .. } = struck[spells[0].case as usize];
        let (kind, architecture) = (usize::from(kind), usize::from(architecture));
        let weight = organisation.weight as i64;
        let clock = self.tally.binning();
        let calendar = &model.calendars[usize::from(organisation.region)][kind];
        let sector = usize::from(organisation.sector);
        let Counters { cell, durations, steps: used } = self.tally.counters(sector, kind, architecture);
        let waits = Waits { course, road, usage };
        for spell in spells {
            let Spell { case, failures, usable_since, down_at, back_at, step, burden, is_last } = *spell;
            let (place, struck) = (case as usize, &struck[case as usize]);
            let is_back = back_at < horizon;
            if burden == Burden::Down {
                let known = known(spell);
                // Questions are asked in the order of time: the next one goes on from where the last one ended.
                let looked = Cell::new(None);
                let on = || looked.get().unwrap_or_else(|| usage.on(model, calendar, place, struck.pc));
                let time = |answer: fn(&Answers) -> u32, from: Millis, to: Millis| match &known {
                    Known::Always => to - from,
                    Known::Answers(answers) if answer(answers) != UNKNOWN => Millis::from(answer(answers)),
                    _ => {
                        let mut on = on();
                        let time = on.time(from, to);
                        looked.set(Some(on));
                        time
                    }
                };
                let until = back_at.min(horizon);
                if is_plain {
                    cell.stale += time(|known| known.usable, usable_since, down_at);
                    cell.down += u64::from(failures == 1);
                }
                cell.lost += until - down_at;
                cell.work_lost += time(|known| known.lost, down_at, until);
                cell.counts.count(Count::Down, clock.bin(down_at), weight);
                if !is_back {
                    cell.still_down += 1;
                    if is_plain {
                        count(&mut durations.censored, bins::bin(horizon - struck.at), weight);
                    }
                    continue;
                }
                let back = clock.bin(back_at);
                cell.counts.count(Count::Down, back, -weight);
                if is_last && is_plain {
                    let (good, stale) = waits.for_good((place, struck.pc), back_at, known, on);
                    cell.stale += stale;
                    cell.counts.count(Count::Back, back, weight);
                    cell.last_back = cell.last_back.max((back_at - clock.release).max(0));
                    if good < NEVER {
                        cell.counts.count(Count::Good, clock.bin(good), weight);
                        self.log.note(good, struck.pc, What::Good);
                    }
                    let parser = &road.release.parsers[architecture];
                    let stands_down = step == NO_STEP && parser.effect == Some(Effect::StandsDown);
                    cell.unprotected += if stands_down && parser.last_good == LastGood::NotKept { stale } else { 0 };
                    count(&mut durations.back, bins::bin(back_at - struck.at), weight);
                }
            }
            // A PC is back, by a step or by itself.
            if is_back {
                let what = if step == NO_STEP { What::BackByItself } else { What::Back { step } };
                self.log.note(back_at, struck.pc, what);
            }
            if is_back && step != NO_STEP {
                used[usize::from(step)].repairs += organisation.weight;
                let outcome = model.sectors[sector].steps[usize::from(step)].outcome;
                cell.data_lost += u64::from(outcome == Outcome::CuredDataLost);
            }
        }
    }

    /// What the vendor sees of PCs that were down: they fall silent, and report the crash when they are back.
    fn signals(&mut self, organisations: &[Organisation], struck: &[Struck], spells: &[Spell]) {
        let timeout = self.course.model.plan.signals.heartbeat_timeout;
        let are_calls = self.course.model.calls.is_some();
        if self.seen[0].looks() == 0 {
            // Where nobody looks, only the first sign matters.
            let silent = spells.iter().map(|spell| (spell.down_at + timeout, spell.back_at));
            let first = silent.filter(|(from, to)| from < to).map(|(from, _)| from).min();
            if let Some(first) = first {
                self.seen[0].is_silent(first, NEVER, 0);
            }
        }
        for spell in spells {
            let Spell { case, failures, down_at, back_at, .. } = *spell;
            let seen = &mut self.seen[0];
            if !are_calls && !seen.may_matter(back_at) {
                continue;
            }
            let Struck { pc, organisation, .. } = struck[case as usize];
            let weight = organisations[organisation as usize].weight;
            seen.is_silent(down_at + timeout, back_at, weight);
            self.tells(0, weight, pc, failures, down_at, back_at);
        }
    }

    /// What the vendor of a release is told of a failure: by a call if it is the PC's first, and by the PC when it is
    /// back.
    #[allow(clippy::inline_always, reason = "done for each failure of each PC")]
    #[inline(always)]
    pub(crate) fn tells(
        &mut self,
        release: usize,
        weight: u64,
        pc: u64,
        failures: u32,
        down_at: Millis,
        back_at: Millis,
    ) {
        let model = self.course.model;
        let seen = &mut self.seen[release];
        if let Some((share, delay)) = &model.calls
            && failures == 1
            && seen.may_matter(down_at)
        {
            let [calls, when, ..] = model.what.block(pc, Purpose::Call, 0);
            let at = down_at + delay.at(when);
            if share.hit(calls) && at < self.course.horizon {
                seen.reports(at, weight);
            }
        }
        // Where nobody looks, only the first sign matters.
        if back_at < self.course.horizon && seen.may_matter(back_at) {
            let [_, _, reporting, report] = model.what.block(pc, Purpose::Start, start_draw(failures - 1, 1));
            if model.reporting.hit(reporting) {
                seen.reports(back_at + model.crash_report.at(report), weight);
            }
        }
    }
}
