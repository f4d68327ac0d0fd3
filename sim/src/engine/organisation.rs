//! The way back of one organisation: its cases from their first failure on, and what they cost.
//!
//! What is shared among cases (hands, desks) is carried out in the order of time by [`crate::engine::crew`]; it leaves
//! a row of [`Spell`]s, each one failure and how it ended. What they cost is counted afterwards, by
//! [`crate::engine::cost`].

use crate::agent::effect::Burden;
use crate::draw::{Purpose, Words, desk_draw, try_draw, wait_draw};
use crate::engine::case::{Case, StartsOfMany, State, opens};
use crate::engine::cost::{Costs, Usage};
use crate::engine::crew::Crew;
use crate::engine::life::Lives;
use crate::engine::log::{Log, NO_STEP, What};
use crate::engine::model::{SectorModel, bits};
use crate::engine::past::On;
use crate::engine::strike::{Drawn, Struck};
use crate::engine::take::{Course, Road, Scope};
use crate::engine::users::Users;
use crate::engine::whole::Change;
use crate::fleet::calendar::Calendar;
use crate::fleet::population::Organisation;
use crate::limits::MAX_RELEASES;
use crate::measure::tally::Tally;
use crate::recovery::{By, Outcome};
use crate::rollout::signals::Seen;
use crate::rollout::timeline::Timeline;
use crate::time::{Millis, NEVER};

/// Brings organisations back, one after the other, and counts.
pub(crate) struct Way<'a> {
    pub(crate) course: Course<'a>,
    /// That of the release in question.
    pub(crate) road: Road<'a>,
    /// By release, sector and step: when it opens.
    pub(crate) opens: Vec<Vec<Vec<Millis>>>,
    pub(crate) tally: Tally,
    /// By release.
    pub(crate) seen: Vec<Seen>,
    pub(crate) log: Log,
    /// Of the organisation at hand, in the order of [`Struck`].
    pub(crate) cases: Vec<Case>,
    pub(crate) spells: Vec<Spell>,
    /// By case: when hands could first be laid on it.
    pub(crate) begun: Vec<Millis>,
    crew: Crew<'a>,
    /// What is known of PCs to which more comes than one plain release.
    pub(crate) lives: Lives,
    pub(crate) changes: Vec<Change>,
    /// By step that PCs try by themselves: what first failures draw for it.
    pub(crate) tries: Vec<(usize, Words)>,
    /// By step by hand that some PCs wait for: what first failures draw for it.
    pub(crate) waits: Vec<(usize, Words)>,
    /// By place among the desks of a step: what first hands on PCs draw there.
    pub(crate) desks: Vec<Words>,
    /// By means: when they start, of all organisations at hand.
    pub(crate) mobilised: Vec<Words>,
    numbers: Vec<u64>,
    /// What first failures draw for the starts after them.
    pub(crate) starts: StartsOfMany,
    /// What users try after them.
    pub(crate) users: Users,
    pub(crate) costs: Costs,
}

/// The organisation at hand.
#[derive(Clone, Copy)]
pub(crate) struct Hit<'a> {
    pub(crate) organisation: &'a Organisation,
    /// Its PCs that are hit.
    pub(crate) struck: &'a [Struck],
    /// What they drew, among others.
    pub(crate) drawn: &'a Drawn,
    /// The place of the first of them there.
    pub(crate) first: usize,
    /// The organisation's place among those of which PCs are hit.
    pub(crate) place: usize,
    /// When they are on, in the same order.
    pub(crate) usage: &'a Usage,
}

/// One failure of a PC, and its end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Spell {
    /// Its place among all that are struck.
    pub(crate) case: u32,
    /// How many failures of this PC, with this one.
    pub(crate) failures: u32,
    /// Since when it had been usable.
    pub(crate) usable_since: Millis,
    pub(crate) down_at: Millis,
    pub(crate) back_at: Millis,
    pub(crate) step: u8,
    pub(crate) burden: Burden,
    /// Whether nothing more follows from it within this replication.
    pub(crate) is_last: bool,
}

/// What follows the end of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Nothing more, within this replication.
    Settled,
    /// Another failure.
    FailsAgain(Millis),
}

/// Draws for each of some steps.
fn of_steps(of: &mut Vec<(usize, Words)>, steps: impl Iterator<Item = usize>, draw: impl Fn(usize, &mut Words)) {
    let mut spare: Vec<Words> = of.drain(..).map(|(_, words)| words).collect();
    for step in steps {
        let mut words = spare.pop().unwrap_or_default();
        draw(step, &mut words);
        of.push((step, words));
    }
}

/// Failures of a PC at one instant, or hands laid on it in vain, after which no end is to be expected: far more than
/// chance brings about, or as many releases as there can be.
const PATIENCE: u16 = 1000;
const _: () = assert!(MAX_RELEASES < PATIENCE as usize, "each release may strike a PC at one instant");

/// Sets of traits for which it is remembered what can be done about them.
const KNOWN: usize = 64;

impl<'a> Hit<'a> {
    /// The hours of a PC from the release on.
    fn on(&self, course: Course<'a>, index: u32) -> On<'a> {
        let Struck { pc, kind, .. } = self.struck[index as usize];
        self.usage.on(course.model, self.calendar(course, kind), self.first + index as usize, pc)
    }

    pub(crate) fn sector(&self) -> usize {
        usize::from(self.organisation.sector)
    }

    pub(crate) fn calendar(&self, course: Course<'a>, kind: u16) -> &'a Calendar {
        &course.model.calendars[usize::from(self.organisation.region)][usize::from(kind)]
    }
}

impl<'a> Way<'a> {
    /// `every` is how often the vendor of each release looks.
    pub(crate) fn new(course: Course<'a>, every: &[Option<Millis>], log: Log) -> Way<'a> {
        let model = course.model;
        let of_release = |timeline| {
            let of_sector = |(sector, s): (usize, &SectorModel)| {
                (0..s.steps.len()).map(|step| opens(model, timeline, sector, step)).collect()
            };
            model.sectors.iter().enumerate().map(of_sector).collect()
        };
        let seen =
            |(timeline, &every): (&Timeline, &Option<Millis>)| Seen::new(timeline.release, every, course.horizon);
        Way {
            road: course.first(),
            opens: course.timelines.iter().map(of_release).collect(),
            tally: Tally::new(model.plan, course.first().timeline.release),
            seen: course.timelines.iter().zip(every).map(seen).collect(),
            lives: Lives::default(),
            log,
            cases: Vec::new(),
            spells: Vec::new(),
            begun: Vec::new(),
            crew: Crew::default(),
            changes: Vec::new(),
            tries: Vec::new(),
            waits: Vec::new(),
            desks: Vec::new(),
            mobilised: Vec::new(),
            numbers: Vec::new(),
            starts: StartsOfMany::default(),
            users: Users::default(),
            costs: Costs::default(),
            course,
        }
    }

    /// Draws what first failures of PCs in one stratum will need, all together, and when the organisations' means
    /// start.
    pub(crate) fn draw(&mut self, organisations: &[Organisation], struck: &[Struck], drawn: &Drawn) {
        let Some(first) = organisations.first() else { return };
        let model = self.course.model;
        let sector = &model.sectors[usize::from(first.sector)];
        self.draw_later(sector, struck);
        let numbers = &self.numbers;
        let tries = sector.by_itself.iter().copied().filter(|&step| !sector.steps[step].is_hopeless());
        of_steps(&mut self.tries, tries, |step, words| {
            words.draw(model.what, Purpose::Tries, try_draw(0, step), numbers);
        });
        let of_organisations = struck.chunk_by(|a, b| a.organisation == b.organisation);
        let hit = of_organisations.map(|of| &organisations[of[0].organisation as usize]);
        self.numbers.clear();
        self.numbers.extend(hit.map(|organisation| organisation.number));
        self.draw_mobilised(sector);
        self.starts.draw(model, struck, drawn);
        self.users.clear();
    }

    /// The part of it that is needed when hands are laid on those PCs.
    pub(crate) fn draw_later(&mut self, sector: &SectorModel, struck: &[Struck]) {
        let model = self.course.model;
        self.numbers.clear();
        self.numbers.extend(struck.iter().map(|s| s.pc));
        let numbers = &self.numbers;
        let waits = bits(sector.by_hand).filter(|&step| sector.steps[step].waits_if != 0);
        of_steps(&mut self.waits, waits, |step, words| {
            words.draw(model.what, Purpose::Desks, wait_draw(1, step), numbers);
        });
        self.desks.resize_with(sector.most_desks(), Words::default);
        for (desk, words) in self.desks.iter_mut().enumerate() {
            words.draw(model.what, Purpose::Desks, desk_draw(0, desk), numbers);
        }
    }

    /// The same for means alone, of one organisation.
    pub(crate) fn mobilise(&mut self, organisation: &Organisation) {
        self.numbers.clear();
        self.numbers.push(organisation.number);
        self.draw_mobilised(&self.course.model.sectors[usize::from(organisation.sector)]);
    }

    fn draw_mobilised(&mut self, sector: &SectorModel) {
        let model = self.course.model;
        self.mobilised.resize_with(sector.mobilised.len(), Words::default);
        for (means, words) in self.mobilised.iter_mut().enumerate() {
            words.draw(model.what, Purpose::Mobilised, means as u32, &self.numbers);
        }
    }

    /// Brings the PCs of a piece of the fleet back that were hit: organisation by organisation, and counts.
    pub(crate) fn carry_out(
        &mut self,
        organisations: &[Organisation],
        struck: &[Struck],
        drawn: &Drawn,
        usage: &mut Usage,
    ) {
        self.draw(organisations, struck, drawn);
        self.find_first_tries(organisations, struck, usage);
        self.spells.clear();
        let mut first = 0;
        for (place, of) in struck.chunk_by(|a, b| a.organisation == b.organisation).enumerate() {
            let organisation = &organisations[of[0].organisation as usize];
            let hit = Hit { organisation, struck: of, drawn, first, place, usage: &*usage };
            let before = self.spells.len();
            self.recover(hit);
            let spells = std::mem::take(&mut self.spells);
            if self.course.scope == Scope::Everything {
                self.settle(hit, &spells[before..]);
            }
            self.spells = spells;
            first += of.len();
        }
        let spells = std::mem::take(&mut self.spells);
        self.account(organisations, struck, usage, &spells);
        self.spells = spells;
    }

    /// Finds what users try first.
    fn find_first_tries(&mut self, organisations: &[Organisation], struck: &[Struck], usage: &Usage) {
        let Some(first) = organisations.first() else { return };
        let (course, number) = (self.course, usize::from(first.sector));
        let (sector, opens) = (&course.model.sectors[number], &self.opens[0][number][..]);
        let calendars = &course.model.calendars[usize::from(first.region)];
        let by_users = sector.by_itself.iter().filter(|&&step| sector.steps[step].by == By::User);
        if by_users.map(|&step| opens[step]).all(|opens| opens >= course.horizon) {
            return;
        }
        self.users.look(course, (sector, opens), (struck, calendars), (&self.starts, &self.tries), usage);
    }

    /// Finds how and when each PC is back.
    pub(crate) fn recover(&mut self, hit: Hit<'_>) {
        let release = self.road.timeline.release;
        let Organisation { region, sector: number, weight, .. } = *hit.organisation;
        self.tally.turn_to(usize::from(region), usize::from(number), weight);
        self.cases.clear();
        self.cases.extend(hit.struck.iter().map(|struck| Case::new(struck, release)));
        if self.is_single(hit) {
            self.bring_single_back(hit);
            return;
        }
        let (mut cases, mut begun) = (std::mem::take(&mut self.cases), std::mem::take(&mut self.begun));
        begun.clear();
        begun.resize(cases.len(), NEVER);
        self.begin_to_fail(hit, &mut cases, &mut begun);
        self.go_on(hit, cases, begun);
    }

    /// All cases begin to fail for the first time, each alone. Finds when hands could first be laid on each.
    pub(crate) fn begin_to_fail(&self, hit: Hit<'_>, cases: &mut [Case], begun: &mut [Millis]) {
        let sector = &self.course.model.sectors[hit.sector()];
        // Most PCs have the same few sets of traits.
        let mut known = [(0, sector.can_by_hand(0)); KNOWN];
        for (index, ((case, begun), struck)) in cases.iter_mut().zip(begun).zip(hit.struck).enumerate() {
            let known = &mut known[struck.traits as usize % KNOWN];
            if known.0 != struck.traits {
                *known = (struck.traits, sector.can_by_hand(struck.traits));
            }
            case.can = known.1 & sector.against[usize::from(struck.release)];
            *begun = self.begins_to_fail(hit, index, case, struck.at);
        }
    }

    /// Finds how and when each PC is back, once they have begun to fail.
    pub(crate) fn go_on(&mut self, hit: Hit<'_>, cases: Vec<Case>, begun: Vec<Millis>) {
        let Organisation { region, sector, weight, .. } = *hit.organisation;
        self.tally.turn_to(usize::from(region), usize::from(sector), weight);
        let mut crew = std::mem::take(&mut self.crew);
        crew.gather(self.course, hit, &self.mobilised);
        self.cases = cases;
        self.bring_back(hit, &begun, &mut crew);
        (self.crew, self.begun) = (crew, begun);
    }

    /// A case is usable again at `at`: finds what comes next.
    pub(crate) fn is_back(&mut self, hit: Hit<'_>, index: u32, at: Millis, step: u8) -> Next {
        let Case { failures, burden, .. } = self.cases[index as usize];
        let mut next = self.comes_next(hit, index, failures, at, step);
        if let Next::FailsAgain(again) = next
            && self.stands_still(index, again <= self.cases[index as usize].down_at)
        {
            next = Next::Settled;
        }
        let is_last = next == Next::Settled;
        let case = &mut self.cases[index as usize];
        let Case { usable_since, down_at, .. } = *case;
        let place = hit.first as u32 + index;
        self.spells.push(Spell { case: place, failures, usable_since, down_at, back_at: at, step, burden, is_last });
        case.usable_since = at;
        case.back_at = at;
        case.state = State::Settled;
        next
    }

    /// Whether a case goes round and round at one instant, as what it goes through takes no time.
    #[inline]
    pub(crate) fn stands_still(&mut self, index: u32, at_once: bool) -> bool {
        let case = &mut self.cases[index as usize];
        case.at_once = if at_once { case.at_once + 1 } else { 0 };
        let stands_still = case.at_once >= PATIENCE;
        self.tally.stands_still |= stands_still;
        stands_still
    }

    /// What comes after a PC's last failure so far, which ended by a step.
    pub(crate) fn comes_next(&mut self, hit: Hit<'_>, index: u32, failures: u32, at: Millis, step: u8) -> Next {
        let course = self.course;
        if !course.model.is_plain {
            return self.lives_on(hit, index, at, step);
        }
        if at >= course.horizon || step == NO_STEP {
            return Next::Settled;
        }
        let road = self.road;
        let struck = &hit.struck[index as usize];
        let pc = struck.pc;
        let again = if self.outcome(hit, step) == Outcome::Restarted {
            road.first_failure(hit.on(course, index), pc, at, failures)
        } else if road.may_install(at) {
            // A PC that is cured before the release is withdrawn takes it again, unless its agent remembers it.
            let [delivery, ..] = course.model.what.block(pc, Purpose::Delivery, failures);
            let mut on = hit.on(course, index);
            let open = road.timeline.rings[usize::from(struck.ring)].max(at);
            road.installs(&mut on, open, delivery).and_then(|installed| {
                self.log.note(installed, pc, What::installs(0));
                road.first_failure(on, pc, installed, failures)
            })
        } else {
            None
        };
        let Some(again) = again else { return Next::Settled };
        // The fix heals those on which the fault has not shown yet.
        let is_healed = !road.release.strikes_on_load()
            && road
                .good_at(
                    hit.on(course, index),
                    at,
                    hit.usage.delivery_of_fix(course.model, hit.first + index as usize, pc),
                )
                .is_some_and(|good| good <= again);
        if is_healed { Next::Settled } else { Next::FailsAgain(again) }
    }

    pub(crate) fn outcome(&self, hit: Hit<'_>, step: u8) -> Outcome {
        if step == NO_STEP {
            return Outcome::Cured;
        }
        self.course.model.sectors[hit.sector()].steps[usize::from(step)].outcome
    }

    /// Hands were busy with a case for so long.
    pub(crate) fn busy(&mut self, struck: &Struck, span: Millis) {
        self.tally.cell(usize::from(struck.kind), usize::from(struck.architecture)).hands += span;
    }
}
