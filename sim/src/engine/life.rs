//! The life of PCs to which more comes than one plain release: several agents, several releases in flight, faults that
//! wait for a restart or an instant, updates that wait for a window.
//!
//! What [`crate::engine::past`] and [`crate::engine::take`] find for many PCs in one go under one release is found here
//! for one PC after the other, event by event: a release is installed, takes effect, shows its fault, is cured. It is
//! the same model, and for one plain release it gives the same bytes, which [sim/tests/lives.rs] holds. The way back is
//! the same code ([`crate::engine::organisation`], [`crate::engine::crew`]).
//!
//! A PC goes on alone until something needs to be shared: its failure is then a case, and what else would happen to it
//! waits until it is back (a PC that is cut off or without its agent takes nothing new meanwhile).

use crate::agent::LastGood;
use crate::agent::effect::{Burden, Effect};
use crate::draw::{Chance, Purpose, unit};
use crate::engine::log::{NO_STEP, What};
use crate::engine::model::{ReleaseModel, TriggerModel, among, thresholds};
use crate::engine::organisation::{Hit, Next, Way};
use crate::engine::past::On;
use crate::engine::take::{Drawn, Road, Scope, Struck};
use crate::fleet::population::Organisation;
use crate::measure::bins;
use crate::measure::tally::{Count, count};
use crate::recovery::Outcome;
use crate::rollout::{Hold, Hours, Member, Shape, TakesEffect};
use crate::time::{DAY, HOUR, MINUTE, Millis, NEVER};

/// What is known of the PCs of the organisation at hand that fail.
#[derive(Default)]
pub(crate) struct Lives {
    all: Vec<Life>,
    /// Release by release of each.
    versions: Vec<Version>,
    struck: Vec<Struck>,
    drawn: Drawn,
    software: Software,
    /// By release and adoption: thresholds on the hash of the architecture, as of the publication.
    adopted: Vec<Vec<Vec<(Chance, usize)>>>,
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

/// Which agents a PC has, and the draws that say how it stands towards them.
#[derive(Default)]
struct Software {
    /// By place among [`crate::engine::model::Model::agents`].
    installed: Vec<bool>,
    /// Connection, ring, architecture, exposure.
    membership: Vec<[u32; 4]>,
}

impl Way<'_> {
    /// Takes an organisation through all of its time.
    pub(crate) fn live(&mut self, organisation: &Organisation, shuffle: Option<u64>) {
        let model = self.course.model;
        let (region, sector) = (usize::from(organisation.region), usize::from(organisation.sector));
        self.tally.turn_to(region, sector, organisation.weight);
        let mut lives = std::mem::take(&mut self.lives);
        if lives.adopted.is_empty() {
            lives.adopted = self.adopted();
        }
        (lives.all.clear(), lives.versions.clear(), lives.struck.clear());
        let mut first = organisation.first_pc;
        for (kind, count) in model.mix(organisation) {
            for pc in first..first + u64::from(count) {
                self.begin(organisation, kind, pc, &mut lives);
            }
            first += u64::from(count);
        }
        if shuffle.is_some_and(|seed| (seed ^ organisation.number) & 1 == 1) {
            lives.struck.reverse();
        }
        let (mut struck, mut drawn) = (std::mem::take(&mut lives.struck), std::mem::take(&mut lives.drawn));
        self.lives = lives;
        if !struck.is_empty() {
            drawn.draw(model, &mut struck);
            self.draw(sector, &struck);
            self.carry_out(Hit { organisation, struck: &struck, drawn: &drawn, first: 0, past: None });
        }
        (self.lives.struck, self.lives.drawn) = (struck, drawn);
    }

    fn adopted(&self) -> Vec<Vec<Vec<(Chance, usize)>>> {
        let model = self.course.model;
        let of_release = |release: &ReleaseModel<'_>| {
            let at = self.course.timelines[release.number].release;
            let agent = &model.plan.agents[release.release.of];
            agent.architectures.iter().map(|adoption| thresholds(adoption, at)).collect()
        };
        model.releases.iter().map(of_release).collect()
    }

    /// Follows a PC up to its first failure, or to the end.
    fn begin(&mut self, organisation: &Organisation, kind: usize, pc: u64, lives: &mut Lives) {
        let model = self.course.model;
        self.find_software(organisation, kind, pc, &mut lives.software);
        let has = |release: &ReleaseModel<'_>| lives.software.installed[release.agent];
        let Some(counted) = model.releases.iter().filter(|r| has(r)).min_by_key(|r| (r.agent, r.number)) else {
            return;
        };
        let counted_as = self.architecture(organisation, kind, counted.number, &lives.software, &lives.adopted) as u16;
        let connected = model.kinds[kind].connected.hit(lives.software.membership[0][0]);
        let cell = self.tally.cell(kind, usize::from(counted_as));
        cell.pcs += 1;
        cell.reachable += u64::from(connected);
        if !connected {
            self.log.note(self.course.first().timeline.release, pc, What::Unreached);
            return;
        }
        let traits = model.traits(kind, pc);
        let place = lives.versions.len();
        for release in &model.releases {
            let version = self.version(organisation, (kind, pc, traits), release, lives);
            lives.versions.push(version);
        }
        let at = self.course.timelines.iter().map(|timeline| timeline.release).min().unwrap_or(0);
        let mut life = Life {
            pc,
            kind: kind as u16,
            counted_as,
            traits,
            at,
            failures: 0,
            was_hit: false,
            down_at: NEVER,
            back_at: NEVER,
            exposed: (0, 0),
        };
        let calendar = &model.calendars[usize::from(organisation.region)][kind];
        let on = On::since(model, calendar, pc, at);
        let versions = &mut lives.versions[place..];
        let failing = self.follow(organisation, &mut life, versions, on);
        if let Some(Failing { at, release }) = failing {
            lives.struck.push(Struck {
                pc,
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

    /// Which agents a PC has.
    fn find_software(&self, organisation: &Organisation, kind: usize, pc: u64, software: &mut Software) {
        let model = self.course.model;
        let agents = &model.plan.agents;
        software.installed.clear();
        software.membership.clear();
        let share = |agent: usize| agents[agent].on.get(kind).map_or(0.0, |share| share.0);
        for (place, &agent) in model.agents.iter().enumerate() {
            software.membership.push(model.who.block(pc, Purpose::Membership, place as u32));
            // Agents of one family are drawn from one hash, one after the other.
            let family = |&other: &usize| {
                other == agent || agents[other].family.is_some_and(|f| agents[agent].family == Some(f))
            };
            let hash = model.agents.iter().position(family).unwrap_or(place);
            let before: f64 =
                model.agents[..place].iter().filter(|other| family(other)).map(|&other| share(other)).sum();
            let upto = Chance::from(crate::draw::Share((before + share(agent)).min(1.0)));
            let from = Chance::from(crate::draw::Share(before.min(1.0)));
            let bits = model.who.block(pc, Purpose::Software, hash as u32)[0];
            software.installed.push(upto.hit(bits) && !from.hit(bits));
        }
        for (place, &agent) in model.agents.iter().enumerate() {
            if agents[agent].only_where_relied_on && software.installed[place] {
                let relies = |(other, &of): (usize, &usize)| {
                    software.installed[other]
                        && other != place
                        && self.relies_on(organisation, kind, of, agent, software.membership[other][2])
                };
                software.installed[place] = model.agents.iter().enumerate().any(relies);
            }
        }
    }

    /// Whether an agent has an architecture on a PC that relies on another agent, at the scenario's first publication.
    fn relies_on(&self, organisation: &Organisation, kind: usize, of: usize, agent: usize, bits: u32) -> bool {
        let plan = self.course.model.plan;
        let at = self.course.first().timeline.release;
        let adoptions = &plan.agents[of].architectures;
        let adoption = adoptions
            .iter()
            .find(|a| a.only.takes(usize::from(organisation.region), usize::from(organisation.sector), kind));
        adoption.is_some_and(|adoption| {
            plan.architectures[among(&thresholds(adoption, at), bits)].relies_on.contains(&agent)
        })
    }

    /// The architecture that a release meets on a PC.
    fn architecture(
        &self,
        organisation: &Organisation,
        kind: usize,
        release: usize,
        software: &Software,
        adopted: &[Vec<Vec<(Chance, usize)>>],
    ) -> usize {
        let model = self.course.model;
        let ReleaseModel { agent, release: of, .. } = model.releases[release];
        let adoptions = &model.plan.agents[of.of].architectures;
        let (region, sector) = (usize::from(organisation.region), usize::from(organisation.sector));
        let segment = adoptions.iter().position(|a| a.only.takes(region, sector, kind)).unwrap_or(0);
        among(&adopted[release][segment], software.membership[agent][2])
    }

    /// How a PC stands towards a release before anything happened.
    fn version(
        &self,
        organisation: &Organisation,
        (kind, pc, traits): (usize, u64, u32),
        release: &ReleaseModel<'_>,
        lives: &Lives,
    ) -> Version {
        let model = self.course.model;
        let Lives { software, adopted, .. } = lives;
        let [_, ring_bits, _, exposure] = software.membership[release.agent];
        let architecture = self.architecture(organisation, kind, release.number, software, adopted);
        let timeline = &self.course.timelines[release.number];
        let state = if software.installed[release.agent] { State::Ahead } else { State::Absent };
        let of_organisation = || model.who.block(organisation.number, Purpose::Customer, release.agent as u32);
        let bits = match release.release.rollout.member {
            Member::Pc => ring_bits,
            Member::Organisation => of_organisation()[0],
        };
        let (region, sector) = (usize::from(organisation.region), usize::from(organisation.sector));
        let ring = release.ring(bits, region, sector, kind, traits);
        let exposure = if release.is_first_of_agent {
            exposure
        } else {
            model.who.block(pc, Purpose::Exposure, release.number as u32)[0]
        };
        let exposed = release.fault.as_ref().is_some_and(|fault| {
            fault.strikes.hit(exposure)
                && (fault.kinds.is_empty() || fault.kinds.contains(&kind))
                && fault.fits(traits)
                && fault.agents.iter().all(|&agent| software.installed[agent])
        });
        let turn = release.turn(ring, bits) + self.held(organisation, release);
        let next = if state == State::Absent { NEVER } else { timeline.release };
        let (ring, architecture) = (ring as u16, architecture as u16);
        Version {
            state,
            next,
            good: NEVER,
            since: NEVER,
            ring,
            architecture,
            turn: turn.min(NEVER),
            exposed,
            was_taken: false,
        }
    }

    /// For how long after a ring opens the customer holds a release back; [`NEVER`] is for good.
    fn held(&self, organisation: &Organisation, release: &ReleaseModel<'_>) -> Millis {
        if release.holds.is_empty() {
            return 0;
        }
        let bits = self.course.model.who.block(organisation.number, Purpose::Customer, release.agent as u32)[1];
        match release.holds.iter().find(|(upto, _)| upto.hit(bits)) {
            Some((_, Hold::For(span))) => *span,
            Some((_, Hold::Paused)) => NEVER,
            _ => 0,
        }
    }

    /// From when on a release is open to a PC, rings and its own turn aside.
    fn open_from(&self, organisation: &Organisation, road: Road<'_>) -> Millis {
        let (model, release) = (self.course.model, road.release);
        let mut open = road.timeline.release;
        if let Some(approval) = &release.approval {
            let index = 1 << 16 | release.number as u32;
            open += approval.at(model.what.block(organisation.number, Purpose::Customer, index)[0]);
        }
        if !release.holds.is_empty() {
            let bits = model.who.block(organisation.number, Purpose::Customer, release.agent as u32)[1];
            if let Some((_, Hold::Behind(behind))) = release.holds.iter().find(|(upto, _)| upto.hit(bits)) {
                let same = |later: &&ReleaseModel<'_>| {
                    later.number != release.number
                        && later.release.of == release.release.of
                        && later.release.channel == release.release.channel
                };
                let published = |later: &ReleaseModel<'_>| self.course.timelines[later.number].release;
                let mut later: Vec<Millis> = model
                    .releases
                    .iter()
                    .filter(same)
                    .map(published)
                    .filter(|&at| at > road.timeline.release)
                    .collect();
                later.sort_unstable();
                let nth = (*behind as usize).checked_sub(1);
                open = open.max(nth.map_or(open, |nth| later.get(nth).copied().unwrap_or(NEVER)));
            }
        }
        open.min(NEVER)
    }

    /// Finds what a version waits for, from an instant on.
    fn waits(
        &self,
        organisation: &Organisation,
        life: &Life,
        release: usize,
        version: &mut Version,
        on: On<'_>,
        from: Millis,
    ) {
        let (model, road) = (self.course.model, self.course.road(release));
        let draws = |index| model.what.block(life.pc, Purpose::Delivery, road.release.index(index));
        version.good = road.good_at(on, from, draws(0)[1]).unwrap_or(NEVER);
        version.next = NEVER;
        if version.state != State::Waiting {
            return;
        }
        let ring = road.timeline.rings[usize::from(version.ring)];
        let open = (ring + version.turn).max(self.open_from(organisation, road)).max(from);
        let [delivery, ..] = draws(life.failures);
        let mut ahead = on;
        let installed = road.installs(&mut ahead, open.min(NEVER), delivery);
        version.next = match (installed, road.release.release.customers.window) {
            (Some(at), Some(window)) => first_within(on, window, at, road.until()),
            (installed, _) => installed.unwrap_or(NEVER),
        };
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
                if let Some(active) = restarts.active_hours {
                    let idle = Hours { from: active.to, to: active.from };
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
        let [report, delay, reporting, _] = model.what.block(life.pc, Purpose::Start, of.index(life.failures * 2));
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

    /// When a PC next restarts without being made to.
    fn restarts(&self, life: &Life, on: On<'_>, at: Millis) -> Millis {
        let model = self.course.model;
        let horizon = self.course.horizon;
        let Some(every) = &model.kinds[usize::from(life.kind)].restarts else {
            return on.next_session(at).min(horizon);
        };
        // A row of restarts that is the same in every arm; how long ago the last one was at the start is drawn, too.
        let mut restart = 0;
        for number in 0.. {
            let [span, ago, ..] = model.what.block(life.pc, Purpose::Restart, number);
            let span = every.at(span).max(HOUR);
            restart += if number == 0 { (span as f64 * unit(ago)) as Millis } else { span };
            if restart > at || restart >= horizon {
                break;
            }
        }
        first_on(on, restart, horizon)
    }

    /// A case is back, or is not within the horizon: counts what the failure was worth, and goes on.
    pub(crate) fn lives_on(&mut self, hit: Hit<'_>, index: u32, at: Millis, step: u8) -> Next {
        let place = hit.struck[index as usize].place as usize;
        let all = self.course.model.releases.len();
        let mut lives = std::mem::take(&mut self.lives);
        let versions = &mut lives.versions[place * all..(place + 1) * all];
        let next = self.is_back_to_life(hit, index, &mut lives.all[place], versions, (at, step));
        self.lives = lives;
        next
    }

    fn is_back_to_life(
        &mut self,
        hit: Hit<'_>,
        index: u32,
        life: &mut Life,
        versions: &mut [Version],
        (at, step): (Millis, u8),
    ) -> Next {
        let (course, model) = (self.course, self.course.model);
        let case = self.cases[index as usize].clone();
        let failed = usize::from(case.release);
        let weight = hit.organisation.weight;
        let parser = case.parser(model);
        let (effect, burden) = (parser.effect, parser.effect.map_or(Burden::Down, Effect::burden));
        let calendar = hit.calendar(course, life.kind);
        life.failures = case.failures;
        // The vendors of all that it took hear nothing of it; the one whose fault it was is told.
        let silent_from = life.at + model.plan.signals.heartbeat_timeout;
        for (release, version) in versions.iter().enumerate() {
            if version.was_taken && (burden != Burden::Unprotected || release == failed) {
                self.seen[release].is_silent(silent_from, at, weight);
            }
        }
        if burden == Burden::Down {
            self.tells(failed, weight, life.pc, case.failures, life.at, at);
        }
        let (down_at, until) = (life.at, at.min(course.horizon));
        let mut on = On::since(model, calendar, life.pc, life.at);
        if burden == Burden::Down {
            if life.down_at >= NEVER && course.scope == Scope::Everything {
                self.tally.cell(usize::from(life.kind), usize::from(life.counted_as)).down += 1;
            }
            life.down_at = life.down_at.min(life.at);
            life.back_at = if at < course.horizon { at } else { NEVER };
        } else if course.scope == Scope::Everything {
            let flags = (true, burden == Burden::Unprotected, burden == Burden::Degraded);
            self.spends(life, &mut on, life.at..until, flags);
        }
        life.at = until;
        if at >= course.horizon {
            self.ends(hit.organisation, life, versions);
            return Next::Settled;
        }
        let on = On::since(model, calendar, life.pc, at);
        let outcome = self.outcome(hit, step);
        let restarted = burden == Burden::Down;
        for (release, version) in versions.iter_mut().enumerate() {
            if release == failed {
                self.is_released(life, release, version, (outcome, step, effect), on);
            } else if outcome == Outcome::CuredDataLost
                && matches!(version.state, State::Installed | State::Lurking | State::Slow | State::Off)
            {
                version.state = State::Waiting;
            }
            match version.state {
                State::Waiting | State::Lacking => {
                    self.waits(hit.organisation, life, release, version, on, at);
                }
                State::Off | State::Lurking | State::Slow | State::Installed => {
                    // Time in use does not go by while the PC is not in use.
                    let goes_on = match version.state {
                        State::Slow => true,
                        State::Lurking => !model.releases[release].strikes_on_load(),
                        _ => false,
                    };
                    let paused = if goes_on && release != failed { until - down_at } else { 0 };
                    let next = (version.next + paused).min(NEVER);
                    self.waits(hit.organisation, life, release, version, on, at);
                    version.next = next.max(at);
                    if restarted && release != failed && self.waits_for_restart(release, version) {
                        version.next = at;
                    }
                }
                // What came out while it was down, it meets now.
                State::Ahead => version.next = version.next.max(at),
                State::Absent | State::Failed | State::Good => {}
            }
        }
        let Some(Failing { at, release }) = self.follow(hit.organisation, life, versions, on) else {
            return Next::Settled;
        };
        let sector = &model.sectors[hit.sector()];
        let case = &mut self.cases[index as usize];
        case.release = release as u8;
        case.architecture = versions[release].architecture;
        case.can = sector.can_by_hand(life.traits) & sector.against[release];
        Next::FailsAgain(at)
    }

    /// What the end of a failure does to the version that failed.
    fn is_released(
        &mut self,
        life: &Life,
        release: usize,
        version: &mut Version,
        (outcome, step, effect): (Outcome, u8, Option<Effect>),
        on: On<'_>,
    ) {
        let of = &self.course.model.releases[release];
        let parser = &of.parsers[usize::from(version.architecture)];
        let by_itself = step == NO_STEP;
        version.state = match (effect, outcome) {
            (Some(Effect::StandsDown), _) if by_itself && parser.last_good == LastGood::NotKept => State::Off,
            (Some(Effect::CrashesAgain), _) if by_itself => State::Lurking,
            (Some(Effect::CrashesOnce), _) if by_itself && parser.launches.is_some() => State::Lurking,
            _ if by_itself => State::Lacking,
            (_, Outcome::AgentOff) => State::Off,
            (_, Outcome::Restarted) => State::Lurking,
            // A PC that is cured before the release is withdrawn takes it again, unless its agent remembers it.
            _ => State::Waiting,
        };
        version.next = NEVER;
        if version.state != State::Lurking {
            return;
        }
        self.lurks(life, version, release, on);
        if let (Some(Effect::CrashesOnce), Some(launches)) = (effect, &parser.launches) {
            let [_, _, bits, _] = self.course.model.what.block(life.pc, Purpose::Activity, of.index(life.failures));
            let mut ahead = on;
            version.next = ahead.after(life.at, launches.at(bits).max(MINUTE), self.course.horizon).unwrap_or(NEVER);
        }
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
    /// From when a ring opens to the turn of a PC with this hash in it.
    fn turn(&self, ring: usize, bits: u32) -> Millis {
        let ring = &self.rings[ring];
        let Some(ramp) = ring.ramp else { return 0 };
        let (from, to) = ring.span;
        let place = ((unit(bits) - from) / (to - from).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        let part = match ramp.shape {
            Shape::Linear => place,
            // The share that is open after a part t of the time is first^(1 - t).
            Shape::Exponential { first } if place <= first.0 => 0.0,
            Shape::Exponential { first } => 1.0 - libm::log(place) / libm::log(first.0.min(1.0 - f64::EPSILON)),
            Shape::Steps(steps) => libm::floor(place * f64::from(steps)).min(f64::from(steps) - 1.0) / f64::from(steps),
        };
        (part * ramp.over as f64) as Millis
    }

    /// Whether its fault shows at a restart.
    fn strikes_at_restart(&self) -> bool {
        self.fault.as_ref().is_some_and(|fault| matches!(fault.trigger, TriggerModel::AtRestart))
    }
}

/// When a PC is first on from an instant on; [`NEVER`] if not before the limit.
fn first_on(mut on: On<'_>, at: Millis, limit: Millis) -> Millis {
    if at >= limit { NEVER } else { on.after(at, 0, limit).unwrap_or(NEVER) }
}

/// When a PC is first on within these local hours from an instant on; [`NEVER`] if not before the limit.
fn first_within(on: On<'_>, hours: Hours, at: Millis, limit: Millis) -> Millis {
    let zone = on.calendar.zone();
    let length = (hours.to - hours.from).rem_euclid(DAY);
    let length = if length == 0 { DAY } else { length };
    let mut ahead = on;
    let (today, _) = zone.local(at);
    for day in today - 1.. {
        let opens = zone.instant(day, hours.from);
        if opens >= limit {
            break;
        }
        let (from, until) = (opens.max(at), (opens + length).min(limit));
        if from < until
            && let Some(found) = ahead.after(from, 0, until)
        {
            return found;
        }
    }
    NEVER
}
