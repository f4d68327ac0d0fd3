//! What a failure was worth, and how a PC goes on after it.

use crate::agent::LastGood;
use crate::agent::effect::{Burden, Effect};
use crate::draw::Purpose;
use crate::engine::life::{Failing, Life, State, Version};
use crate::engine::log::NO_STEP;
use crate::engine::organisation::{Hit, Next, Way};
use crate::engine::past::On;
use crate::engine::take::Scope;
use crate::recovery::Outcome;
use crate::time::{MINUTE, Millis, NEVER};

impl Way<'_> {
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

    pub(super) fn is_back_to_life(
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
        let (effect, burden) = (case.parser(model).effect, case.burden);
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
        // Looked up anew, one that was left on and not used for long would be off.
        let on = On::resumed(model, calendar, life.pc, life.session);
        if burden == Burden::Down {
            if life.down_at >= NEVER && course.scope == Scope::Everything {
                self.tally.cell(usize::from(life.kind), usize::from(life.counted_as)).down += 1;
            }
            life.down_at = life.down_at.min(life.at);
            life.back_at = if at < course.horizon { at } else { NEVER };
        } else if course.scope == Scope::Everything {
            let flags = (true, burden == Burden::Unprotected, burden == Burden::Degraded);
            self.spends(life, &mut on.clone(), life.at..until, flags);
        }
        life.at = until;
        if at >= course.horizon {
            self.ends(hit.organisation, life, versions);
            return Next::Settled;
        }
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
    pub(super) fn is_released(
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
}
