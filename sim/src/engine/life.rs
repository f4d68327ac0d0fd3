//! The life of PCs to which more comes than one plain release: several agents, several releases in flight, faults that
//! wait for a restart or an instant, updates that wait for a window.
//!
//! What [`crate::engine::past`] and [`crate::engine::take`] find for many PCs in one go under one release is found here
//! for one PC after the other, event by event: a release is installed, takes effect, shows its fault, is cured. It is
//! the same model, and for one plain release it gives the same bytes, which a property in sim/tests/properties.rs
//! holds. The way back is the same code ([`crate::engine::organisation`], [`crate::engine::crew`]).
//!
//! A PC goes on alone until something needs to be shared: its failure is then a case, and what else would happen to it
//! waits until it is back (a PC that is cut off or without its agent takes nothing new meanwhile).

mod back;
mod software;
mod waits;

use crate::agent::LastGood;
use crate::agent::effect::Effect;
use crate::draw::{Chance, Purpose, unit};
use crate::engine::cost::Usage;
use crate::engine::life::software::{Known, Pc};
use crate::engine::life::waits::{first_on, first_within};
use crate::engine::log::What;
use crate::engine::model::{ReleaseModel, TriggerModel};
use crate::engine::organisation::Way;
use crate::engine::past::On;
use crate::engine::strike::{Drawn, Struck};
use crate::engine::take::Scope;
use crate::fleet::calendar::Session;
use crate::fleet::population::Organisation;
use crate::measure::bins::{self, Count, count};
use crate::rollout::{Hours, TakesEffect};
use crate::time::{HOUR, MINUTE, Millis, NEVER};

/// What is known of the PCs of the organisation at hand that fail.
#[derive(Default)]
pub(crate) struct Lives {
    all: Vec<Life>,
    /// Release by release of each.
    versions: Vec<Version>,
    struck: Vec<Struck>,
    drawn: Drawn,
    /// Which agents the PC at hand has, by place among [`Model::agents`].
    installed: Vec<bool>,
    known: Option<Known>,
}

/// One PC.
#[derive(Clone, Copy, Debug)]
struct Life {
    pc: u64,
    kind: u16,
    /// The architecture under which it is counted: that of the first agent that it has.
    counted_as: u16,
    traits: u32,
    /// Up to when it was followed.
    at: Millis,
    /// The same in the row of its sessions, or some way behind.
    session: Session,
    /// Failures so far.
    failures: u32,
    was_hit: bool,
    /// When it first went down; [`NEVER`] if it did not.
    down_at: Millis,
    /// When it was back from being down.
    back_at: Millis,
    /// Time stale and time unprotected, on and usable, within the campaign.
    exposed: (Millis, Millis),
}

/// How one PC stands towards one release.
#[derive(Clone, Copy, Debug)]
struct Version {
    state: State,
    /// When this state ends by itself.
    next: Millis,
    /// When a good version is there, if nothing comes between.
    good: Millis,
    /// In [`State::Good`]: since when.
    since: Millis,
    ring: u16,
    architecture: u16,
    /// From when its ring opens to its turn within it.
    turn: Millis,
    /// Whether the fault can strike this PC.
    exposed: bool,
    /// Whether it was installed before.
    was_taken: bool,
}

/// See [`Version`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// The release does not concern the PC.
    Absent,
    /// It is not published yet.
    Ahead,
    /// It is to be installed.
    Waiting,
    /// It is installed and waits for a restart.
    Installed,
    /// Its fault is there, and has not shown.
    Lurking,
    /// Its fault shows: the PC is slow.
    Slow,
    /// Its component does not run; it falls back to the last good copy when the state ends.
    Off,
    /// Its fault has taken the PC out of use, or out of reach.
    Failed,
    /// The PC runs something older, and waits for a good version.
    Lacking,
    /// The PC has a good version.
    Good,
}

/// A failure that ends what a PC does alone.
#[derive(Clone, Copy, Debug)]
struct Failing {
    at: Millis,
    release: usize,
}

impl Way<'_> {
    /// Takes an organisation through all of its time.
    pub(crate) fn live(&mut self, organisation: &Organisation, shuffle: Option<u64>) {
        let model = self.course.model;
        let (region, sector) = (usize::from(organisation.region), usize::from(organisation.sector));
        self.tally.turn_to(region, sector, organisation.weight);
        let mut lives = std::mem::take(&mut self.lives);
        let known = lives.known.take().unwrap_or_else(|| Known::of(self.course));
        lives.all.clear();
        lives.versions.clear();
        lives.struck.clear();
        let mut first = organisation.first_pc;
        for (kind, count) in model.mix(organisation) {
            for number in first..first + u64::from(count) {
                self.begin(Pc { organisation, kind, number }, &known, &mut lives);
            }
            first += u64::from(count);
        }
        if shuffle.is_some_and(|seed| (seed ^ organisation.number) & 1 == 1) {
            lives.struck.reverse();
        }
        lives.known = Some(known);
        let (mut struck, mut drawn) = (std::mem::take(&mut lives.struck), std::mem::take(&mut lives.drawn));
        self.lives = lives;
        if !struck.is_empty() {
            drawn.draw(model, &mut struck);
            self.carry_out(std::slice::from_ref(organisation), &struck, &drawn, &mut Usage::default());
        }
        (self.lives.struck, self.lives.drawn) = (struck, drawn);
    }

    /// Follows a PC up to its first failure, or to the end.
    fn begin(&mut self, pc: Pc<'_>, known: &Known, lives: &mut Lives) {
        let model = self.course.model;
        let Pc { organisation, kind, number } = pc;
        self.find_installed(pc, known, &mut lives.installed);
        let installed = &lives.installed;
        let has = |release: &&ReleaseModel<'_>| installed[release.agent];
        let Some(counted) = model.releases.iter().filter(has).min_by_key(|r| (r.agent, r.number)) else { return };
        let counted_as = self.architecture(pc, counted.number, known) as u16;
        let connected = model.kinds[kind].connected.hit(model.who.number(number, Purpose::Connection, 0));
        let cell = self.tally.cell(kind, usize::from(counted_as));
        cell.pcs += 1;
        cell.reachable += u64::from(connected);
        if !connected {
            self.log.note(self.course.first().timeline.release, number, What::Unreached);
            return;
        }
        let traits = model.traits(kind, number);
        let place = lives.versions.len();
        for release in &model.releases {
            lives.versions.push(self.version(pc, traits, release, installed, known));
        }
        let at = self.course.timelines.iter().map(|timeline| timeline.release).min().unwrap_or(0);
        let calendar = &model.calendars[usize::from(organisation.region)][kind];
        let on = On::since(model, calendar, number, at);
        let mut life = Life {
            pc: number,
            kind: kind as u16,
            counted_as,
            traits,
            at,
            session: on.session(),
            failures: 0,
            was_hit: false,
            down_at: NEVER,
            back_at: NEVER,
            exposed: (0, 0),
        };
        let versions = &mut lives.versions[place..];
        let failing = self.follow(organisation, &mut life, versions, on);
        if let Some(Failing { at, release }) = failing {
            lives.struck.push(Struck {
                pc: number,
                at,
                organisation: 0,
                place: lives.all.len() as u32,
                kind: kind as u16,
                architecture: counted_as,
                ring: 0,
                release: release as u8,
                met: versions[release].architecture,
                traits: 0,
            });
            lives.all.push(life);
        } else {
            lives.versions.truncate(place);
        }
    }

    /// Follows a PC that can be used until it fails, or to the end.
    fn follow(
        &mut self,
        organisation: &Organisation,
        life: &mut Life,
        versions: &mut [Version],
        mut on: On<'_>,
    ) -> Option<Failing> {
        let horizon = self.course.horizon;
        loop {
            let next = versions.iter().enumerate().map(|(i, version)| {
                let at = version.next.min(version.good);
                // What cures goes before what harms.
                (at, version.good > at, i)
            });
            let Some((at, _, release)) = next.min().filter(|next| next.0 < horizon) else {
                self.passes(life, versions, &mut on, horizon);
                self.ends(organisation, life, versions);
                return None;
            };
            self.passes(life, versions, &mut on, at);
            if self.befalls(organisation, life, versions, release, on) {
                life.session = on.session();
                return Some(Failing { at, release });
            }
        }
    }

    /// A usable PC's time goes by: counts what it is worth.
    fn passes(&mut self, life: &mut Life, versions: &[Version], on: &mut On<'_>, to: Millis) {
        let from = std::mem::replace(&mut life.at, to);
        if self.course.scope == Scope::Seen || from >= to {
            return;
        }
        let is = |states: &[State]| versions.iter().any(|version| states.contains(&version.state));
        let stale = versions.iter().any(|v| !matches!(v.state, State::Absent | State::Ahead | State::Good));
        let (off, slow) = (is(&[State::Off]), is(&[State::Slow]));
        self.spends(life, on, from..to, (stale, off, slow));
    }

    fn spends(
        &mut self,
        life: &mut Life,
        on: &mut On<'_>,
        span: std::ops::Range<Millis>,
        (stale, off, slow): (bool, bool, bool),
    ) {
        if !(stale || off || slow) {
            return;
        }
        let exposed = self.course.model.plan.campaign.as_ref().map_or(0, |campaign| {
            let (from, to) = (span.start.max(campaign.from), span.end.min(campaign.until));
            if from < to { on.clone().time(from, to) } else { 0 }
        });
        let time = on.time(span.start, span.end);
        life.exposed.0 += if stale { exposed } else { 0 };
        life.exposed.1 += if off { exposed } else { 0 };
        let cell = self.tally.cell(usize::from(life.kind), usize::from(life.counted_as));
        cell.stale += if stale { time } else { 0 };
        cell.unprotected += if off { time } else { 0 };
        cell.degraded += if slow { time } else { 0 };
    }

    /// What is next for one version happens. Returns whether it is a failure that the PC does not get over alone.
    fn befalls(
        &mut self,
        organisation: &Organisation,
        life: &mut Life,
        versions: &mut [Version],
        release: usize,
        on: On<'_>,
    ) -> bool {
        let at = life.at;
        let version = &mut versions[release];
        // What a restart brings comes before what is fetched after it.
        let by_restart = version.next <= at && self.waits_for_restart(release, version);
        if version.good <= at && !by_restart {
            self.is_good(life, version, at);
            return false;
        }
        match version.state {
            State::Ahead => {
                version.state = State::Waiting;
                let mut waiting = *version;
                self.waits(organisation, life, release, &mut waiting, on, at);
                versions[release] = waiting;
                if waiting.next >= NEVER {
                    self.log.note(at, life.pc, What::Misses);
                }
            }
            State::Waiting => {
                self.log.note(at, life.pc, What::installs(release as u8));
                // A PC is one PC to the vendor, however often it takes the release.
                if !std::mem::replace(&mut version.was_taken, true) {
                    self.tally.events += 1;
                    self.seen[release].takes(at, organisation.weight);
                }
                let TakesEffect::AtRestart(restarts) = &self.course.model.releases[release].release.takes_effect else {
                    return self.takes_effect(organisation, life, versions, release, on);
                };
                let mut restart = self.restarts(life, on, at);
                if let Some(idle) = restarts.active_hours.and_then(Hours::others) {
                    restart = restart.min(first_within(on, idle, at, self.course.horizon));
                }
                if let Some(forced) = restarts.forced_after {
                    restart = restart.min(first_on(on, at + forced, self.course.horizon));
                }
                (version.state, version.next) = (State::Installed, restart);
            }
            State::Installed => {
                self.log.note(at, life.pc, What::TakesEffect { release: release as u8 });
                return self.takes_effect(organisation, life, versions, release, on);
            }
            State::Lurking => return self.shows(organisation, life, version, release, on),
            State::Slow => return self.fails_now(organisation, life, version, release),
            State::Off => (version.state, version.next) = (State::Lacking, NEVER),
            State::Absent | State::Failed | State::Lacking | State::Good => version.next = NEVER,
        }
        false
    }

    /// Whether the end of a version's state is a restart of the PC.
    fn waits_for_restart(&self, release: usize, version: &Version) -> bool {
        match version.state {
            State::Installed => true,
            State::Lurking => self.course.model.releases[release].strikes_at_restart(),
            _ => false,
        }
    }

    fn is_good(&mut self, life: &Life, version: &mut Version, at: Millis) {
        (version.state, version.next, version.good, version.since) = (State::Good, NEVER, NEVER, at);
        self.log.note(at, life.pc, What::Good);
    }

    /// A release takes effect: it cures what it cures, and may harm.
    fn takes_effect(
        &mut self,
        organisation: &Organisation,
        life: &mut Life,
        versions: &mut [Version],
        release: usize,
        on: On<'_>,
    ) -> bool {
        let (model, at) = (self.course.model, life.at);
        let of = &model.releases[release];
        for &cured in &of.release.cures {
            if !matches!(versions[cured].state, State::Absent | State::Good) {
                self.log.note(at, life.pc, What::Cures { release: cured as u8 });
                self.is_good(life, &mut versions[cured], at);
            }
        }
        let version = &mut versions[release];
        let parser = &of.parsers[usize::from(version.architecture)];
        if parser.effect.is_none() {
            self.is_good(life, version, at);
            return false;
        }
        let validation = || match release {
            0 => model.who.block(life.pc, Purpose::Software, 0)[1],
            _ => model.who.block(life.pc, Purpose::Exposure, release as u32)[1],
        };
        if parser.validates > Chance::NEVER && parser.validates.hit(validation()) {
            self.log.note(at, life.pc, What::Refuses { release: release as u8 });
            (version.state, version.next) = (State::Lacking, NEVER);
            return false;
        }
        if !version.exposed {
            self.log.note(at, life.pc, What::RunsUnharmed { release: release as u8 });
            self.is_good(life, version, at);
            return false;
        }
        if !life.was_hit {
            life.was_hit = true;
            let (kind, counted_as) = (usize::from(life.kind), usize::from(life.counted_as));
            self.tally.cell(kind, counted_as).hit += 1;
            self.tally.count(Count::Hit, kind, counted_as, at, organisation.weight as i64);
        }
        self.lurks(life, version, release, on);
        version.next <= at && self.shows(organisation, life, version, release, on)
    }

    /// The fault is there: when will it show?
    fn lurks(&self, life: &Life, version: &mut Version, release: usize, on: On<'_>) {
        let (at, road) = (life.at, self.course.road(release));
        version.state = State::Lurking;
        version.next = match road.release.fault.as_ref().map(|fault| &fault.trigger) {
            Some(TriggerModel::AtRestart) => self.restarts(life, on, at),
            _ => road.first_failure(on, life.pc, at, life.failures).unwrap_or(NEVER),
        };
    }

    /// The fault shows.
    fn shows(
        &mut self,
        organisation: &Organisation,
        life: &mut Life,
        version: &mut Version,
        release: usize,
        on: On<'_>,
    ) -> bool {
        let road = self.course.road(release);
        let effect = road.release.parsers[usize::from(version.architecture)].effect;
        let Some(fault) = road.release.fault.as_ref().filter(|_| effect.is_some_and(Effect::begins_slow)) else {
            return self.fails_now(organisation, life, version, release);
        };
        self.log.note(life.at, life.pc, What::IsSlow);
        let [_, bits, ..] = self.course.model.what.block(life.pc, Purpose::Activity, road.release.index(life.failures));
        // Less than a minute is no slowness that anybody would notice.
        let span = fault.slow_for.at(bits).max(MINUTE);
        let mut ahead = on;
        version.state = State::Slow;
        version.next = ahead.after(life.at, span, self.course.horizon).unwrap_or(NEVER);
        false
    }

    /// A component fails: its process, which the agent gets over, or more.
    fn fails_now(
        &mut self,
        organisation: &Organisation,
        life: &mut Life,
        version: &mut Version,
        release: usize,
    ) -> bool {
        let (model, at) = (self.course.model, life.at);
        let of = &model.releases[release];
        let parser = &of.parsers[usize::from(version.architecture)];
        if !matches!(parser.effect, Some(Effect::ProcessRestarts | Effect::SlowProcess)) {
            version.state = State::Failed;
            return true;
        }
        let [report, delay, reporting, _] = model.what.block(life.pc, Purpose::Process, of.index(life.failures));
        if model.reporting.hit(reporting) {
            self.seen[release].reports(at + model.agent_report.at(report), organisation.weight);
        }
        self.log.note(at, life.pc, What::fails(Effect::ProcessRestarts));
        let gives_up = (at + parser.restarts_for(delay)).min(NEVER);
        version.state = State::Off;
        version.next = match parser.last_good {
            LastGood::Kept => {
                self.log.note(gives_up, life.pc, What::FallsBack);
                gives_up
            }
            LastGood::NotKept => {
                self.log.note(gives_up, life.pc, What::GivesUp);
                NEVER
            }
        };
        false
    }

    /// A PC's time is over: counts what became of it.
    fn ends(&mut self, organisation: &Organisation, life: &Life, versions: &[Version]) {
        if self.course.scope == Scope::Seen {
            return;
        }
        let weight = organisation.weight as i64;
        let (kind, counted_as) = (usize::from(life.kind), usize::from(life.counted_as));
        let concerns = || versions.iter().filter(|v| !matches!(v.state, State::Absent | State::Ahead));
        if concerns().all(|version| version.state == State::Good)
            && let Some(at) = concerns().map(|version| version.since).max()
        {
            self.tally.count(Count::Good, kind, counted_as, at, weight);
        }
        if life.down_at < NEVER && life.back_at >= NEVER {
            let watched = bins::bin(self.course.horizon - life.down_at);
            count(&mut self.tally.durations[kind].censored, watched, weight);
        } else if life.down_at < NEVER {
            let (release, at) = (self.course.first().timeline.release, life.back_at);
            self.tally.count(Count::Back, kind, counted_as, at, weight);
            count(&mut self.tally.durations[kind].back, bins::bin(at - life.down_at), weight);
            let cell = self.tally.cell(kind, counted_as);
            cell.last_back = cell.last_back.max((at - release).max(0));
        }
        if let Some(campaign) = &self.course.model.plan.campaign {
            let hours = |time: Millis| time as f64 / HOUR as f64;
            let rate =
                campaign.per_stale_hour * hours(life.exposed.0) + campaign.per_unprotected_hour * hours(life.exposed.1);
            let draw = unit(self.course.model.what.block(life.pc, Purpose::Compromise, 0)[0]);
            if -libm::expm1(-rate) > draw {
                self.tally.cell(kind, counted_as).compromised += 1;
                self.log.note(life.at, life.pc, What::Compromised);
            }
        }
    }
}

impl ReleaseModel<'_> {
    /// Whether its fault shows at a restart.
    fn strikes_at_restart(&self) -> bool {
        self.fault.as_ref().is_some_and(|fault| matches!(fault.trigger, TriggerModel::AtRestart))
    }
}
