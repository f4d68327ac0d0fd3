//! The vendor's cloud: from what is seen to the next decision.
//!
//! All organisations are simulated under the timeline as far as it is known; what they send is folded into [`Seen`];
//! then [`Cloud::decide`] walks through the looks in time order and takes the first decision that is due. Nothing
//! seen up to that instant can depend on it, so the decision is exact; the organisations are simulated again with it,
//! and so on until nothing more is decided.

use crate::draw::{Dist, Key, Purpose, Share, normal_quantile};
use crate::fleet::population::WEIGHT_ONE;
use crate::plan::Plan;
use crate::rollout::audience::expected;
use crate::rollout::signals::Seen;
use crate::rollout::timeline::Timeline;
use crate::rollout::{
    Action, Denominator, Gate, Limit, Reach, Release, ReleaseId, Response, Rollout, Signals, Silence,
};
use crate::time::{DAY, HOUR, MINUTE, Millis, NEVER};

/// How often the vendor looks where no gate says so.
pub const LOOK_WITHOUT_GATE: Millis = MINUTE;

/// How far the first look goes when everybody may take the release at once.
const SOON: Millis = 2 * HOUR;

/// Whether there may be more to decide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The timeline has grown, by what was decided at this instant: simulate again.
    Made(Millis),
    /// Nothing more is decided within the horizon.
    None,
}

/// The vendor's side of one replication.
#[derive(Clone, Debug)]
pub struct Cloud<'a> {
    release: &'a Release,
    signals: &'a Signals,
    horizon: Millis,
    key: Key,
    /// The release's number: each has dice of its own.
    of: u64,
    /// PCs that are expected in each ring; nothing where nobody wants to know.
    expected: Vec<f64>,
}

/// The vendor's delays, each with a draw of its own.
#[derive(Clone, Copy, Debug)]
enum Delay {
    Reaction = 0,
    Decide = 1,
    Withdraw = 2,
    Diagnose = 3,
    Author = 4,
    Publish = 5,
    LabFinds = 6,
    Lab = 7,
}

/// What is counted at one look.
#[derive(Clone, Copy, Debug, Default)]
struct Health {
    took: f64,
    silent: f64,
    reported: f64,
}

impl<'a> Cloud<'a> {
    /// The vendor of one of a plan's releases.
    pub fn new(plan: &'a Plan, number: ReleaseId, key: Key) -> Cloud<'a> {
        let release = &plan.releases[number];
        let expected = match &release.rollout {
            Rollout { gate: Some(Gate { denominator: Denominator::Offered, .. }), rings, .. } => {
                expected(rings, &plan.fleet, &plan.agents[release.of])
            }
            _ => Vec::new(),
        };
        let (signals, horizon) = (&plan.signals, plan.clock.horizon);
        Cloud { release, signals, horizon, key, of: number as u64, expected }
    }

    /// How often the vendor looks; `None` where nothing that is seen is acted on.
    pub fn every(&self) -> Option<Millis> {
        match (&self.release.rollout.gate, &self.release.response) {
            (Some(gate), _) => Some(gate.every.max(1)),
            (None, Response::Modelled { .. }) => Some(LOOK_WITHOUT_GATE),
            (None, Response::Scripted { .. }) => None,
        }
    }

    /// What is known before anything is seen of a release that is published at an instant.
    pub fn begin(&self, published: Millis) -> Timeline {
        let mut timeline = Timeline::begin(self.release, published);
        if published >= NEVER {
            return timeline;
        }
        let mut opens = published;
        for (i, ring) in self.release.rollout.rings.iter().enumerate() {
            if i > 0 && self.release.rollout.gate.is_some() {
                break;
            }
            timeline.rings[i] = opens;
            timeline.note(opens, format!("ring {} opens", ring.name));
            opens = (opens + ring.bake).min(NEVER);
        }
        if let Response::Scripted { withdrawn, fixed } = self.release.response {
            if let Some(after) = withdrawn {
                timeline.withdrawn = published + after;
                timeline.detected = timeline.withdrawn;
                timeline.note(timeline.withdrawn, "withdrawn");
            }
            if let Some(after) = fixed {
                timeline.fix = published + after;
                timeline.note(timeline.fix, "fixed");
            }
        }
        timeline
    }

    /// How far it is worth looking for the next decision, having looked up to an instant in vain; `None` is all the
    /// way, because none is to be expected.
    pub fn looks_to(&self, timeline: &Timeline, looked: Millis) -> Option<Millis> {
        let every = self.every()?;
        if timeline.halts > 0 || timeline.release >= self.horizon {
            return None;
        }
        let due = self.next_opens(timeline);
        let until = if due < NEVER {
            due + every
        } else if timeline.detected < NEVER {
            // From the notice on, only a gate can still be quicker.
            timeline.withdrawn
        } else if self.release.rollout.rings.len() == 1 {
            // What takes down everyone at once is noticed soon, or never.
            timeline.release + SOON
        } else {
            return None;
        };
        // The look at the end is part of it.
        let until = until.saturating_add(1);
        let further = if until > looked {
            until
        } else if due < NEVER {
            // A gate keeps the next ring closed.
            looked + (looked - timeline.release)
        } else {
            return None;
        };
        (further < self.horizon).then_some(further)
    }

    /// When the next ring opens if nothing speaks against it; [`NEVER`] if none is left.
    fn next_opens(&self, timeline: &Timeline) -> Millis {
        let open = open_rings(timeline);
        match timeline.rings[..open].last() {
            Some(&at) if open < timeline.rings.len() => at + self.release.rollout.rings[open - 1].bake,
            _ => NEVER,
        }
    }

    /// Takes the first decision that is due under what was seen before an instant, and writes it into the timeline.
    pub fn decide(&self, seen: &Seen, timeline: &mut Timeline, until: Millis) -> Decision {
        if timeline.halts > 0 {
            return Decision::None;
        }
        let rings = &self.release.rollout.rings;
        let (open, next_opens) = (open_rings(timeline), self.next_opens(timeline));
        let lab = self.lab(timeline);
        let mut health = Health::default();
        let mut noise = Noise::default();
        for look in 0..seen.looks() {
            let at = seen.at(look);
            if at >= until || at > self.horizon || (at >= timeline.withdrawn && timeline.detected < NEVER) {
                break;
            }
            self.noise(look, health.took, &mut noise);
            health.took += weight(seen.took[look]);
            health.silent += weight(seen.silent[look]) - weight(seen.heard_again[look]);
            health.reported += weight(seen.reported[look]);
            let mut held = false;
            if let Some(gate) = &self.release.rollout.gate {
                let judged = judge(gate, health, noise, self.offered(open));
                if judged == Judgement::Stop {
                    self.stop(gate, at, timeline);
                    return Decision::Made(at);
                }
                held = judged == Judgement::Hold;
            }
            if let Response::Modelled { notices_at, .. } = self.release.response
                && timeline.detected == NEVER
                && (at >= lab
                    || health.silent + health.reported >= notices_at as f64 && health.silent + health.reported > 0.0)
            {
                timeline.detected = at;
                timeline.note(at, "noticed");
                self.respond(at, timeline);
                return Decision::Made(at);
            }
            if at >= next_opens && !held && at < timeline.withdrawn {
                timeline.rings[open] = at;
                timeline.note(at, format!("ring {} opens", rings[open].name));
                return Decision::Made(at);
            }
        }
        Decision::None
    }

    fn stop(&self, gate: &Gate, at: Millis, timeline: &mut Timeline) {
        timeline.halts += 1;
        timeline.note(at, "gate stops");
        let is_news = at < timeline.detected;
        timeline.detected = timeline.detected.min(at);
        if gate.reach == Reach::LaterRings {
            if is_news {
                self.respond(at, timeline);
            }
            return;
        }
        let stopped = at + self.delay(&gate.reaction, Delay::Reaction);
        if stopped < timeline.withdrawn {
            timeline.withdrawn = stopped;
            timeline.note(stopped, "withdrawn");
        }
        if is_news {
            self.respond(at, timeline);
        }
    }

    /// The chain of delays from the notice on.
    fn respond(&self, notice: Millis, timeline: &mut Timeline) {
        let Response::Modelled { decide, withdraw, diagnose, author, publish, .. } = &self.release.response else {
            return;
        };
        let decided = (notice + self.delay(decide, Delay::Decide)).min(NEVER);
        let withdrawn = decided + self.delay(withdraw, Delay::Withdraw);
        if withdrawn < timeline.withdrawn {
            timeline.withdrawn = withdrawn;
            timeline.note(withdrawn, "withdrawn");
        }
        let mended = self.delay(diagnose, Delay::Diagnose)
            + self.delay(author, Delay::Author)
            + self.delay(publish, Delay::Publish);
        timeline.fix = (decided + mended).min(NEVER);
        timeline.note(timeline.fix, "fixed");
    }

    /// When the vendor's own PCs show the fault; [`NEVER`] if they do not.
    fn lab(&self, timeline: &Timeline) -> Millis {
        match &self.release.response {
            Response::Modelled { lab: Some(lab), .. }
                if self.release.fault.is_some()
                    && self.key.uniform(self.of, Purpose::Vendor, Delay::LabFinds as u32) < lab.finds.0 =>
            {
                (timeline.release + self.delay(&lab.after, Delay::Lab)).min(NEVER)
            }
            _ => NEVER,
        }
    }

    fn delay(&self, dist: &Dist, which: Delay) -> Millis {
        let u = self.key.uniform(self.of, Purpose::Vendor, which as u32);
        (libm::round(dist.quantile(u)) as Millis).clamp(0, NEVER)
    }

    /// PCs that report or fall silent between two looks for reasons of their own: a Poisson draw per look.
    fn noise(&self, look: usize, took: f64, noise: &mut Noise) {
        let mean = took * self.signals.noise_per_day * self.every().unwrap_or(0) as f64 / DAY as f64;
        if mean > 0.0 {
            noise.drawn += poisson_quantile(self.key.uniform(self.of, Purpose::Noise, look as u32), mean);
            noise.expected += mean;
        }
    }

    /// PCs to which the release was offered: those that are expected in so many open rings.
    fn offered(&self, open: usize) -> f64 {
        self.expected.iter().take(open).sum()
    }
}

/// How many rings are open, or have a time at which they open.
fn open_rings(timeline: &Timeline) -> usize {
    timeline.rings.iter().filter(|&&at| at < NEVER).count()
}

/// Reports that have nothing to do with the release, up to a look.
#[derive(Clone, Copy, Debug, Default)]
struct Noise {
    drawn: f64,
    expected: f64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Judgement {
    Pass,
    Hold,
    Stop,
}

/// What a gate makes of what it sees, with the noise that there was and the noise that was to be expected, and the PCs
/// to which the release was offered.
fn judge(gate: &Gate, health: Health, noise: Noise, offered: f64) -> Judgement {
    let silent = health.silent.max(0.0);
    let reported = health.reported + noise.drawn;
    let all = match gate.denominator {
        Denominator::Took => health.took,
        Denominator::Offered => offered,
    };
    let (bad, of) = match gate.silence {
        Silence::Healthy | Silence::Unknown => (reported, all),
        Silence::Unhealthy => (reported + silent, all),
        Silence::Dropped => (reported, all - silent),
    };
    let limit = |of: f64| match gate.limit {
        Limit::Share(Share(share)) => share * of,
        Limit::Count(count) => count as f64,
        Limit::TimesNoise(times) => times * noise.expected,
    };
    let judges = of >= gate.minimum as f64 && of > 0.0;
    let too_silent = gate.silence == Silence::Unknown && silent > limit(all);
    match gate.action {
        Action::Stop if judges && bad > limit(of) => Judgement::Stop,
        Action::Hold if judges && bad > limit(of) => Judgement::Hold,
        _ if too_silent => Judgement::Hold,
        _ => Judgement::Pass,
    }
}

fn weight(sum: u64) -> f64 {
    sum as f64 / WEIGHT_ONE as f64
}

/// Quantile of the Poisson distribution: by summing up to a mean of 50, by the normal approximation above.
fn poisson_quantile(u: f64, mean: f64) -> f64 {
    if mean > 50.0 {
        return libm::round(mean + libm::sqrt(mean) * normal_quantile(u)).max(0.0);
    }
    let mut term = libm::exp(-mean);
    let mut sum = term;
    let mut n = 0.0;
    while sum < u && n < 200.0 {
        n += 1.0;
        term *= mean / n;
        sum += term;
    }
    n
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Share;

    fn gate(silence: Silence) -> Gate {
        Gate {
            every: MINUTE,
            limit: Limit::Share(Share(0.02)),
            denominator: Denominator::Took,
            minimum: 100,
            silence,
            action: Action::Stop,
            reach: Reach::AllInstalls,
            reaction: Dist::Constant(0.0),
        }
    }

    /// A PC that boot-loops is silent: what a gate makes of silence decides everything.
    #[test]
    fn silence_stops_only_the_gates_that_count_it() {
        let dead = Health { took: 1000.0, silent: 900.0, reported: 0.0 };
        assert_eq!(judge(&gate(Silence::Healthy), dead, Noise::default(), 0.0), Judgement::Pass);
        assert_eq!(judge(&gate(Silence::Unhealthy), dead, Noise::default(), 0.0), Judgement::Stop);
        assert_eq!(judge(&gate(Silence::Unknown), dead, Noise::default(), 0.0), Judgement::Hold);
        assert_eq!(judge(&gate(Silence::Dropped), dead, Noise::default(), 0.0), Judgement::Pass);
    }

    #[test]
    fn a_gate_does_not_judge_below_its_minimum_nor_at_its_threshold() {
        let few = Health { took: 99.0, silent: 99.0, reported: 0.0 };
        assert_eq!(judge(&gate(Silence::Unhealthy), few, Noise::default(), 0.0), Judgement::Pass);
        let at = Health { took: 1000.0, silent: 0.0, reported: 20.0 };
        assert_eq!(judge(&gate(Silence::Healthy), at, Noise::default(), 0.0), Judgement::Pass);
        assert_eq!(judge(&gate(Silence::Healthy), at, Noise { drawn: 1.0, expected: 1.0 }, 0.0), Judgement::Stop);
    }

    /// Cumulative Poisson probabilities (e.g. tables in Abramowitz and Stegun, chapter 26).
    #[test]
    fn poisson_quantiles_agree_with_tables() {
        assert_eq!(poisson_quantile(0.60, 0.5) as i64, 0); // P(X <= 0) = 0.6065
        assert_eq!(poisson_quantile(0.61, 0.5) as i64, 1);
        assert_eq!(poisson_quantile(0.866, 5.0) as i64, 7); // P(X <= 7) = 0.8666
        assert_eq!(poisson_quantile(0.867, 5.0) as i64, 8);
    }
}
