//! A PC that is down: what it went through, and what it can do about it by itself.

use crate::agent::effect::{Burden, Effect};
use crate::draw::{Purpose, Words, start_draw, try_draw};
use crate::engine::log::NO_STEP;
use crate::engine::model::{KindModel, Model, Parser, ReleaseModel, SectorModel, StepModel, Tries, WorkModel};
use crate::engine::organisation::Hit;
use crate::engine::strike::{Drawn, Struck};
use crate::engine::take::Course;
use crate::engine::users::{Effort, Users};
use crate::recovery::{By, Outcome, Stage, Then};
use crate::rollout::timeline::Timeline;
use crate::time::{Millis, NEVER};

/// A PC that the fault took down at least once: what changes about it on its way back. What does not is in [`Struck`].
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// Failures so far.
    pub(crate) failures: u32,
    /// Times that hands were laid on it.
    pub(crate) attempts: u32,
    /// Steps by hand that are possible for it, as bits.
    pub(crate) can: u32,
    /// Steps that did not help this time, as bits.
    pub(crate) tried: u32,
    /// Means in whose queues it stands, as bits.
    pub(crate) queued: u32,
    pub(crate) state: State,
    /// The release whose fault is at work.
    pub(crate) release: u8,
    /// The architecture that it met.
    pub(crate) architecture: u16,
    /// What the PC is worth from this failure on.
    pub(crate) burden: Burden,
    /// The step by which it is back by itself.
    pub(crate) alone_step: u8,
    /// Failures, and hands laid on it in vain, one after the other that took no time.
    pub(crate) at_once: u16,
    /// When it is back by itself, if no hands come first.
    pub(crate) alone_back_at: Millis,
    /// This failure.
    pub(crate) down_at: Millis,
    /// When it sits in the recovery environment (or is frozen) after this failure.
    pub(crate) sits_at: Millis,
    /// How long its next start takes, if it succeeds.
    pub(crate) start: Millis,
    /// When it was or will be back from its last failure.
    pub(crate) back_at: Millis,
    /// Since when it has been usable, or was until it failed.
    pub(crate) usable_since: Millis,
}

/// Where a case stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum State {
    /// Has not failed (again) yet.
    ToFail,
    /// Down, and nobody's hands are on it.
    Waiting,
    /// How and when it is back is known, or that it is not within the horizon.
    Settled,
}

/// How long a PC's starts take: one draw per failure, the same for each start after it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Starts {
    pub(crate) dump: Millis,
    /// From the restart to the point where drivers load.
    pub(crate) to_drivers: Millis,
    pub(crate) sign_in: Millis,
    pub(crate) recovery_environment: Millis,
    pub(crate) firmware: Millis,
}

/// The starts after the first failures of many PCs.
#[derive(Default)]
pub(crate) struct StartsOfMany {
    dump: Vec<u32>,
    firmware: Vec<u32>,
    load: Vec<u32>,
    sign_in: Vec<u32>,
    recovery_environment: Vec<u32>,
    /// What [`Starts::until_recovery_environment`] and [`Starts::start`] make of them.
    to_recovery: Vec<u32>,
    start: Vec<u32>,
    /// Whether some take too long to be written down here.
    are_long: bool,
}

/// Spans below this can be added up here.
const LONG: u32 = 1 << 28;

impl StartsOfMany {
    /// Looks them up.
    pub(crate) fn draw(&mut self, model: &Model<'_>, struck: &[Struck], drawn: &Drawn) {
        let StartsOfMany { dump, firmware, load, sign_in, recovery_environment, .. } = self;
        let [first, second] = drawn.start.each_ref().map(Words::columns);
        let spans = [dump, firmware, load, sign_in, recovery_environment];
        let mut columns = spans.map(|spans| {
            spans.resize(struck.len(), 0);
            &mut spans[..]
        });
        let bits: Vec<&[u32]> = first.into_iter().chain(second).collect();
        let boots_as = |struck: &Struck| model.kinds[usize::from(struck.kind)].boots_as;
        let mut from = 0;
        for run in struck.chunk_by(|a, b| a.kind == b.kind || boots_as(a) == boots_as(b)) {
            let KindModel { dump, firmware, load, sign_in, recovery_environment, .. } =
                &model.kinds[usize::from(run[0].kind)];
            let samplers = [dump, firmware, load, sign_in, recovery_environment];
            let places = from..from + run.len();
            from = places.end;
            for ((spans, bits), sampler) in columns.iter_mut().zip(&bits).zip(samplers) {
                // Where starts take the same time in all arms, nothing is drawn.
                let bits = bits.get(places.clone()).unwrap_or_default();
                sampler.at_each(bits, &mut spans[places.clone()]);
            }
        }
        self.to_recovery.resize(struck.len(), 0);
        self.start.resize(struck.len(), 0);
        self.are_long = pulp::Arch::new().dispatch(AddUp(self));
    }

    /// By place: from the first failure to the recovery environment, and from what helped to a PC that can be used, for
    /// PCs that crash at each start; if none takes too long for it.
    pub(crate) fn of_crash_loops(&self) -> Option<(&[u32], &[u32])> {
        (!self.are_long).then_some((&self.to_recovery, &self.start))
    }

    /// Those of the PC at this place.
    #[inline]
    fn at(&self, place: usize) -> Starts {
        let span = |spans: &[u32]| Millis::from(spans[place]);
        let firmware = span(&self.firmware);
        Starts {
            dump: span(&self.dump),
            to_drivers: firmware + span(&self.load),
            sign_in: span(&self.sign_in),
            recovery_environment: span(&self.recovery_environment),
            firmware,
        }
    }
}

/// Adds up what the starts after first failures take, for all PCs in one go. Returns whether one takes too long for it.
struct AddUp<'a>(&'a mut StartsOfMany);

impl pulp::WithSimd for AddUp<'_> {
    type Output = bool;

    #[allow(clippy::inline_always, reason = "what is to become vector instructions has to be inlined, or it does not")]
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> bool {
        let StartsOfMany { dump, firmware, load, sign_in, recovery_environment, to_recovery, start, .. } = self.0;
        let firsts = dump.iter_mut().zip(firmware).zip(load).zip(sign_in).zip(recovery_environment);
        let mut longest = 0;
        for (((((&mut dump, &mut firmware), &mut load), &mut sign_in), &mut environment), (to_recovery, start)) in
            firsts.zip(to_recovery.iter_mut().zip(start))
        {
            longest = longest.max(dump).max(firmware).max(load).max(sign_in).max(environment);
            let to_drivers = firmware.wrapping_add(load);
            let failed = (to_drivers.wrapping_add(dump)).wrapping_mul(FAILED_STARTS as u32);
            *to_recovery = dump.wrapping_add(failed).wrapping_add(firmware).wrapping_add(environment);
            *start = to_drivers.wrapping_add(sign_in);
        }
        longest >= LONG
    }
}

impl Starts {
    fn of(failure: &Failure<'_>, failures: u32) -> Starts {
        if failures == 0 && !failure.starts.are_long {
            return failure.starts.at(failure.place);
        }
        let Failure { struck, course: Course { model, .. }, .. } = *failure;
        let kind: &KindModel = &model.kinds[usize::from(struck.kind)];
        let block = |index| model.what.block(struck.pc, Purpose::Start, start_draw(failures, index));
        let [[dump, firmware, load, sign_in], [environment, ..]] = [block(0), block(1)];
        let firmware = kind.firmware.at(firmware);
        Starts {
            dump: kind.dump.at(dump),
            to_drivers: firmware + kind.load.at(load),
            sign_in: kind.sign_in.at(sign_in),
            recovery_environment: kind.recovery_environment.at(environment),
            firmware,
        }
    }

    /// One start that crashes as its drivers load.
    pub(crate) fn failed_start(&self) -> Millis {
        self.to_drivers + self.dump
    }

    /// One start that succeeds.
    pub(crate) fn start(&self) -> Millis {
        self.to_drivers + self.sign_in
    }

    /// From the first crash to the recovery environment: two failed starts in a row, and the third opens it (Microsoft,
    /// Windows Recovery Environment technical reference).
    pub(crate) fn until_recovery_environment(&self) -> Millis {
        self.dump + FAILED_STARTS * self.failed_start() + self.firmware + self.recovery_environment
    }
}

/// Failed starts in a row after which the next start opens the recovery environment (Microsoft, Windows Recovery
/// Environment technical reference).
pub(crate) const FAILED_STARTS: Millis = 2;

/// Where a PC stands while it waits to be brought back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    /// Through its restarts into the recovery environment.
    Recovery,
    Frozen,
    /// At a prompt before Windows starts.
    Prompt,
    /// In Windows.
    Running,
}

impl Place {
    fn of(effect: Option<Effect>) -> Place {
        match effect {
            Some(Effect::Freezes) => Place::Frozen,
            Some(Effect::StopsAtPrompt) => Place::Prompt,
            Some(Effect::LosesNetwork | Effect::AgentDisabled) => Place::Running,
            _ => Place::Recovery,
        }
    }

    /// Whether a PC there, or its user, can try a step of this stage. Whoever lays hands on a PC gets it where it has
    /// to be.
    fn allows(self, stage: Stage, by: By) -> bool {
        match self {
            Place::Recovery => matches!(stage, Stage::Restarting | Stage::RecoveryEnvironment),
            // It does nothing by itself: somebody has to hold the power button.
            Place::Frozen => stage == Stage::Restarting && by == By::User,
            Place::Prompt => stage == Stage::Prompt,
            Place::Running => stage == Stage::Running,
        }
    }

    /// How long it takes from what helped to a PC that can be used.
    fn start(self, starts: Starts) -> Millis {
        if self == Place::Running { 0 } else { starts.start() }
    }
}

/// When a step exists: the moment that it counts from, and its delay.
pub(crate) fn opens(model: &Model<'_>, timeline: &Timeline, sector: usize, step: usize) -> Millis {
    let opens = &model.plan.fleet.sectors[sector].playbook[step].opens;
    (timeline.moment(opens.after) + opens.delay).min(NEVER)
}

/// One failure: whose, under what circumstances.
#[derive(Clone, Copy)]
pub(crate) struct Failure<'a> {
    pub(crate) hit: Hit<'a>,
    /// Which of those that are hit.
    pub(crate) index: usize,
    pub(crate) struck: &'a Struck,
    pub(crate) course: Course<'a>,
    pub(crate) sector: &'a SectorModel,
    /// By step: when it opens.
    pub(crate) opens: &'a [Millis],
    pub(crate) at: Millis,
    pub(crate) starts: &'a StartsOfMany,
    /// What first failures draw for steps that PCs try by themselves.
    pub(crate) tries: &'a [(usize, Words)],
    pub(crate) users: &'a Users,
    /// The PC's place in all three.
    pub(crate) place: usize,
}

impl Case {
    /// A PC that is about to fail for the first time, and for which no hands can do anything yet.
    pub(crate) fn new(struck: &Struck, usable_since: Millis) -> Case {
        let at = struck.at;
        Case {
            release: struck.release,
            architecture: struck.met,
            burden: Burden::Down,
            failures: 0,
            attempts: 0,
            can: 0,
            tried: 0,
            queued: 0,
            state: State::ToFail,
            alone_step: NO_STEP,
            at_once: 0,
            alone_back_at: NEVER,
            down_at: at,
            sits_at: at,
            start: 0,
            back_at: NEVER,
            usable_since,
        }
    }

    /// Begins a failure: finds when the PC sits, and what it can do by itself.
    #[inline]
    pub(crate) fn fail(&mut self, failure: &Failure<'_>) {
        let Failure { course: Course { model, .. }, at, starts, place, .. } = *failure;
        let parser = self.parser(model);
        self.state = State::Waiting;
        self.burden = parser.effect.map_or(Burden::Down, Effect::burden);
        self.tried = 0;
        self.queued = 0;
        self.down_at = at;
        self.back_at = NEVER;
        self.alone_back_at = NEVER;
        self.alone_step = NO_STEP;
        let tries = &failure.sector.alone[usize::from(self.release)][usize::from(self.architecture)];
        if self.failures == 0
            && loops(parser)
            && let Some((to_recovery, start)) = starts.of_crash_loops()
        {
            self.sits_at = at + Millis::from(to_recovery[place]);
            self.start = Millis::from(start[place]);
            if !tries.is_empty() {
                self.try_alone(failure, tries);
            }
        } else {
            self.fail_otherwise(failure, parser, tries);
        }
        self.failures += 1;
    }

    /// The same in all cases but the one that most PCs are in.
    #[inline(never)]
    fn fail_otherwise(&mut self, failure: &Failure<'_>, parser: &Parser, tries: &[usize]) {
        let at = failure.at;
        let starts = Starts::of(failure, self.failures);
        let mut guard_back = NEVER;
        self.sits_at = match parser.effect {
            Some(Effect::Freezes | Effect::LosesNetwork | Effect::AgentDisabled) => at,
            Some(Effect::StopsAtPrompt) => at + starts.firmware,
            Some(Effect::CrashesOnce | Effect::CrashesAgain) => {
                guard_back = at + starts.dump + starts.start();
                NEVER
            }
            Some(Effect::StandsDown) => {
                // The crash on installation counts; the starts after it are the rest.
                let failed = Millis::from(parser.stands_down_after.saturating_sub(1));
                if failed < FAILED_STARTS {
                    guard_back = at + starts.dump + failed * starts.failed_start() + starts.start();
                    NEVER
                } else {
                    at + starts.until_recovery_environment()
                }
            }
            _ => at + starts.until_recovery_environment(),
        };
        self.start = Place::of(parser.effect).start(starts);
        if guard_back < NEVER {
            self.alone_back_at = guard_back;
            self.mends_when_back(failure);
        } else {
            self.try_alone(failure, tries);
        }
    }

    /// Steps by hand that may be begun on it, as bits: those not tried in vain; once all were, the last of them again.
    pub(crate) fn left(&self) -> u32 {
        let last = self.can.checked_ilog2().map_or(0, |bit| 1 << bit);
        match self.can & !self.tried {
            0 => last,
            untried => untried,
        }
    }

    /// What the release at work met on the PC.
    #[inline]
    pub(crate) fn parser<'m>(&self, model: &'m Model<'_>) -> &'m Parser {
        &model.releases[usize::from(self.release)].parsers[usize::from(self.architecture)]
    }

    /// Whether a PC that was only restarted is down again at once.
    pub(crate) fn strikes_on_load(&self, model: &Model<'_>) -> bool {
        model.releases[usize::from(self.release)].strikes_on_load()
    }

    /// A PC that is back by itself, and will fail again, may be cured by a step that works on PCs that run.
    fn mends_when_back(&mut self, failure: &Failure<'_>) {
        let model = failure.course.model;
        let sector = failure.sector;
        for &i in &sector.by_itself {
            let step = &sector.steps[i];
            let WorkModel::Once { works, .. } = &step.work else { continue };
            let [luck, ..] = model.what.block(failure.struck.pc, Purpose::Tries, try_draw(self.failures, i));
            if step.stage == Stage::Running
                && step.possible(failure.struck.traits)
                && sector.against[usize::from(self.release)] >> i & 1 == 1
                && failure.opens[i] <= self.alone_back_at
                && works.hit(luck)
            {
                self.alone_step = i as u8;
                return;
            }
        }
    }

    /// What the PC and its user achieve without hands: one step after the other of those that may help.
    fn try_alone(&mut self, failure: &Failure<'_>, tries: &[usize]) {
        let model = failure.course.model;
        let (mut from, mut left) = (self.sits_at, tries.iter());
        if self.failures == 0
            && let Some((first, ended)) = failure.users.first(failure.place)
        {
            left.find(|&&i| i == first);
            let Some(at) = self.tried(first, ended) else { return };
            from = at;
        }
        for &i in left {
            let step = &failure.sector.steps[i];
            if !step.possible(failure.struck.traits) {
                continue;
            }
            let is_last = tries.last() == Some(&i);
            let attempt = Attempt { case: self, failure, model, step, index: i, opens: failure.opens[i], is_last };
            let Some(at) = self.tried(i, attempt.alone(from)) else { return };
            from = at;
        }
    }

    /// A step was tried without hands. Returns when the next one can be.
    fn tried(&mut self, step: usize, ended: Alone) -> Option<Millis> {
        match ended {
            Alone::Works(at) => {
                self.alone_back_at = (at + self.start).min(NEVER);
                self.alone_step = step as u8;
                None
            }
            Alone::GivesUp(at) => Some(at),
            Alone::Never => None,
        }
    }
}

/// Whether a PC crashes at each start until it sits in the recovery environment.
#[inline]
pub(crate) fn loops(parser: &Parser) -> bool {
    matches!(parser.effect, Some(Effect::BootLoop) | None)
}

/// Steps that a PC may try by itself, or its user, where the fault of a release took it down; traits aside.
pub(crate) fn alone(sector: &SectorModel, release: &ReleaseModel<'_>, parser: &Parser) -> Vec<usize> {
    let place = Place::of(parser.effect);
    let may_help = |&i: &usize| {
        let step = &sector.steps[i];
        let strikes_again = step.outcome == Outcome::Restarted && release.strikes_on_load();
        let is_against = sector.against[release.number] >> i & 1 == 1;
        is_against && !step.is_hopeless() && !strikes_again && place.allows(step.stage, step.by)
    };
    sector.by_itself.iter().copied().filter(may_help).collect()
}

impl StepModel {
    /// Whether it never works and takes no time that matters: a PC that tries it in the recovery environment sits there
    /// as before.
    pub(crate) fn is_hopeless(&self) -> bool {
        let WorkModel::Retry { works, works_if: None, then: Then::NextStep, .. } = &self.work else { return false };
        works.are_hopeless() && self.by == By::Pc
    }

    /// How likely each try is to work on a PC with these traits.
    pub(crate) fn tries(&self, traits: u32) -> Option<&Tries> {
        let WorkModel::Retry { works, works_if, .. } = &self.work else { return None };
        match works_if {
            Some((mask, tries)) if traits & mask != 0 => Some(tries),
            _ => Some(works),
        }
    }
}

/// How a PC's or its user's attempt ends.
#[derive(Clone, Copy)]
pub(crate) enum Alone {
    Works(Millis),
    GivesUp(Millis),
    /// Neither within the horizon.
    Never,
}

impl Alone {
    /// How it ends, given when all is tried, if that is within the horizon.
    pub(crate) fn ends(works: bool, at: Option<Millis>) -> Alone {
        match at {
            Some(at) if works => Alone::Works(at),
            Some(at) => Alone::GivesUp(at),
            None => Alone::Never,
        }
    }
}

struct Attempt<'a> {
    case: &'a Case,
    failure: &'a Failure<'a>,
    model: &'a Model<'a>,
    step: &'a StepModel,
    index: usize,
    opens: Millis,
    /// Whether nothing is left to be tried after this.
    is_last: bool,
}

impl Attempt<'_> {
    fn draw(&self) -> [u32; 4] {
        let is_step = |(step, _): &&(usize, Words)| self.case.failures == 0 && *step == self.index;
        if let Some((_, words)) = self.failure.tries.iter().find(is_step) {
            return words.at(self.failure.place);
        }
        let index = try_draw(self.case.failures, self.index);
        self.model.what.block(self.failure.struck.pc, Purpose::Tries, index)
    }

    fn starts(&self) -> Starts {
        Starts::of(self.failure, self.case.failures)
    }

    fn alone(&self, from: Millis) -> Alone {
        let draw = self.draw();
        match (&self.step.work, self.step.by, self.step.stage) {
            (WorkModel::Retry { .. }, By::Pc, Stage::Restarting) => self.while_restarting(draw),
            (WorkModel::Retry { .. }, By::Pc, _) => self.in_recovery(from, draw),
            (WorkModel::Retry { .. }, _, _) => self.with_user(from.max(self.opens), draw),
            (WorkModel::Once { .. }, by, _) => self.once(from.max(self.opens), by, draw),
        }
    }

    /// Tries until the first success.
    fn tries_needed(&self, bits: u32) -> f64 {
        self.step.tries(self.failure.struck.traits).map_or(f64::INFINITY, |tries| tries.needed(bits))
    }

    /// Each failed start on the way to the recovery environment is a try, if the step is open by then.
    fn while_restarting(&self, draw: [u32; 4]) -> Alone {
        let mut left = self.tries_needed(draw[0]);
        let starts = self.starts();
        for start in 0..FAILED_STARTS {
            let begins = self.case.down_at + starts.dump + start * starts.failed_start();
            if begins + starts.to_drivers >= self.opens {
                left -= 1.0;
                if left <= 0.0 {
                    return Alone::Works(begins);
                }
            }
        }
        Alone::GivesUp(self.case.sits_at)
    }

    /// Tries at fixed intervals in the recovery environment, in rounds if the PC begins anew.
    fn in_recovery(&self, from: Millis, draw: [u32; 4]) -> Alone {
        let WorkModel::Retry { every, tries, within, then, .. } = &self.step.work else { return Alone::Never };
        let every = every.at(draw[1]).max(1);
        let per_round = Millis::from(*tries).min(*within / every);
        let gives_up = from + if *within < NEVER { *within } else { per_round * every };
        if per_round == 0 {
            return Alone::GivesUp(gives_up.min(NEVER));
        }
        let needed = self.tries_needed(draw[0]);
        let round = match then {
            Then::NextStep => NEVER,
            Then::Again => {
                let starts = self.starts();
                (gives_up - from)
                    + FAILED_STARTS * starts.failed_start()
                    + starts.firmware
                    + starts.recovery_environment
            }
        };
        // Tries that come before the step is open find nothing.
        let mut round_from = from;
        if *then == Then::Again && self.opens < NEVER && self.opens > from {
            round_from += (self.opens - from) / round * round;
        }
        let mut left = needed;
        while round_from < self.failure.course.horizon {
            let wasted = ((self.opens - round_from).max(0) + every - 1) / every;
            let first = wasted.max(1);
            let useful = (per_round - first + 1).max(0);
            if left <= useful as f64 {
                return Alone::Works(round_from + (first + left as Millis - 1) * every);
            }
            if round >= NEVER {
                return Alone::GivesUp(gives_up.min(NEVER));
            }
            if !left.is_finite() || self.opens >= NEVER {
                return Alone::Never;
            }
            left -= useful as f64;
            round_from += round;
        }
        Alone::Never
    }

    /// The PC's user tries, while there.
    fn with_user(&self, from: Millis, draw: [u32; 4]) -> Alone {
        match self.step.effort(self.failure.struck.traits, self.is_last, draw) {
            Some(Effort { spent, works }) => Alone::ends(works, self.attended(from, spent)),
            None => Alone::Never,
        }
    }

    fn once(&self, from: Millis, by: By, draw: [u32; 4]) -> Alone {
        let WorkModel::Once { hands, unattended, works } = &self.step.work else { return Alone::Never };
        let spent = hands.at(draw[1]);
        let done = match by {
            By::User => self.attended(from, spent),
            _ => Some(from + spent).filter(|&at| at < self.failure.course.horizon),
        };
        Alone::ends(works.hit(draw[0]), done.map(|at| at + unattended.at(draw[2])))
    }

    /// When the user has been there for a span. PCs without own hours have no user.
    fn attended(&self, from: Millis, span: Millis) -> Option<Millis> {
        if from >= self.failure.course.horizon {
            return None;
        }
        let Failure { hit, index, struck, course, .. } = *self.failure;
        let days = hit.usage.days(course.model, hit.first + index, struck.pc);
        hit.calendar(course, struck.kind).after_time_attended(days, from, span, course.horizon)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Key;

    /// More than any vector holds, and some that are left over.
    const PCS: usize = 77;

    fn many() -> StartsOfMany {
        let part = |part: u32| -> Vec<u32> {
            let drawn = |pc| Key::new(1, 0).block(pc, Purpose::Start, part)[0] % LONG;
            // The last one is as long as may be: nothing overflows.
            (0..PCS as u64 - 1).map(drawn).chain([LONG - 1]).collect()
        };
        let [dump, firmware, load, sign_in, recovery_environment] = [0, 1, 2, 3, 4].map(part);
        let mut many = StartsOfMany { dump, firmware, load, sign_in, recovery_environment, ..StartsOfMany::default() };
        (many.to_recovery, many.start) = (vec![0; PCS], vec![0; PCS]);
        many
    }

    #[test]
    fn starts_of_many_add_up_to_what_each_does() {
        let mut many = many();
        many.are_long = pulp::Arch::new().dispatch(AddUp(&mut many));
        let (to_recovery, start) = many.of_crash_loops().expect("none is long");
        for place in 0..PCS {
            let one = many.at(place);
            assert_eq!(Millis::from(to_recovery[place]), one.until_recovery_environment(), "PC {place}");
            assert_eq!(Millis::from(start[place]), one.start(), "PC {place}");
        }
    }

    #[test]
    fn a_start_that_is_too_long_is_not_added_up() {
        for place in [0, 40, PCS - 1] {
            for part in 0..5 {
                let mut many = many();
                let StartsOfMany { dump, firmware, load, sign_in, recovery_environment, .. } = &mut many;
                [dump, firmware, load, sign_in, recovery_environment][part][place] = LONG;
                assert!(pulp::Arch::new().dispatch(AddUp(&mut many)), "part {part} of PC {place}");
            }
        }
    }
}
