//! Lowering of rollouts: rings, how they open to their PCs, and the gate that watches them.

use bugcheck_sim::agent::{Agent, AgentId};
use bugcheck_sim::draw::Share;
use bugcheck_sim::fleet::Fleet;
use bugcheck_sim::limits::MAX_RINGS;
use bugcheck_sim::rollout::{Action, Denominator, Gate, Limit, Member, Ramp, Reach, Ring, Rollout, Shape, Silence};
use bugcheck_sim::time::{MINUTE, Millis, NEVER};

use super::fleet::percent;
use super::{Lowering, WHOLE};
use crate::file;
use crate::problem::Code;

/// Limit: periods that a capped ring takes to open.
const MAX_CAP_PERIODS: f64 = 1e6;

impl Lowering<'_> {
    /// The rollout of a release of one of the agents.
    pub(super) fn rollout(
        &mut self,
        path: &str,
        rollout: &file::Rollout,
        fleet: &Fleet,
        (of, agents): (AgentId, &[Agent]),
    ) -> Rollout {
        let rings_path = format!("{path}.rings");
        self.limit(&rings_path, "rings", rollout.rings.len(), ("MAX_RINGS", MAX_RINGS));
        if rollout.rings.is_empty() {
            self.error(Code::EmptySelection, &rings_path, "a rollout has at least one ring");
        }
        let mut rings = Vec::new();
        let mut upto = 0.0;
        for (name, ring) in &rollout.rings {
            let lowered = self.ring(&format!("{rings_path}.{name}"), name, ring, upto);
            upto += lowered.share.0;
            rings.push(lowered);
        }
        if self.values.are_likeliest() && upto > 1.0 + WHOLE {
            let message = format!("the rings' shares add up to {}, more than 100 % of all PCs", percent(upto));
            self.error(Code::SharesDoNotAddUp, &rings_path, message);
            self.problems.help("shares are of all PCs; `of: remainder` makes one a part of what the rings before left");
        }
        for (id, (name, ring)) in rollout.rings.iter().enumerate() {
            if let Some(cap) = &ring.cap {
                let pcs = agents.get(of).map_or(0.0, |agent| expected(id, &rings, fleet, agent));
                rings[id].ramp = Some(self.cap(&format!("{rings_path}.{name}.cap"), cap, pcs));
            }
        }
        Rollout {
            rings,
            gate: rollout.gate.as_ref().map(|gate| self.gate(&format!("{path}.gate"), gate)),
            member: match rollout.member {
                file::Member::Pc => Member::Pc,
                file::Member::Organisation => Member::Organisation,
            },
        }
    }

    /// A ring, when those before it take PCs up to this part of all.
    fn ring(&mut self, path: &str, name: &str, ring: &file::Ring, upto: f64) -> Ring {
        let only_path = format!("{path}.only");
        let file::RingOnly { regions, sectors, kinds, traits } = &ring.only;
        let segment = file::Only { regions: regions.clone(), sectors: sectors.clone(), kinds: kinds.clone() };
        let only = self.only(&only_path, &segment);
        let traits = self.trait_ids(&format!("{only_path}.traits"), traits);
        self.selects(&only_path, &only, &traits);
        if ring.ramp.is_some() && ring.cap.is_some() {
            self.error(Code::Conflict, &format!("{path}.cap"), "`ramp` and `cap` both say how the ring opens");
            self.problems.help("remove one of them; `null` takes away what was inherited");
        }
        let share = self.values.number(&format!("{path}.share"), &ring.share);
        Ring {
            name: name.to_owned(),
            share: Share(match ring.of {
                file::PartOf::Total => share,
                file::PartOf::Remainder => share * (1.0 - upto).max(0.0),
            }),
            only,
            traits,
            bake: ring.bake.as_ref().map_or(0, |bake| self.values.ms(&format!("{path}.bake"), bake)),
            ramp: ring.ramp.as_ref().map(|ramp| self.ramp(&format!("{path}.ramp"), ramp)),
        }
    }

    fn ramp(&mut self, path: &str, ramp: &file::Ramp) -> Ramp {
        let over = self.more_than_0(&format!("{path}.over"), &ramp.over) as Millis;
        let shape = match &ramp.shape {
            file::Shape::Linear => Shape::Linear,
            file::Shape::Exponential(growth) => {
                let first = self.more_than_0(&format!("{path}.shape.exponential.first"), &growth.first);
                Shape::Exponential { first: Share(first) }
            }
        };
        Ramp { over, shape }
    }

    /// A cap as a ramp in equal steps, for a ring of so many PCs.
    fn cap(&mut self, path: &str, cap: &file::Cap, pcs: f64) -> Ramp {
        let most = f64::from(self.at_least_one(&format!("{path}.pcs"), &cap.pcs).max(1));
        let period = self.more_than_0(&format!("{path}.per"), &cap.per);
        let periods = (pcs.round() / most).ceil().max(1.0);
        if self.values.are_likeliest() && periods > MAX_CAP_PERIODS {
            let message = format!("the ring takes {periods} periods to open, the limit MAX_CAP_PERIODS is 1,000,000");
            self.error(Code::TooMany, path, message);
        }
        let steps = periods.min(MAX_CAP_PERIODS);
        Ramp { over: ((period * steps) as Millis).min(NEVER), shape: Shape::Steps(steps as u32) }
    }

    fn gate(&mut self, path: &str, gate: &file::Gate) -> Gate {
        let every = self.values.ms(&format!("{path}.every"), &gate.every);
        if every < MINUTE {
            self.error(Code::OutOfRange, &format!("{path}.every"), "a gate looks at most once a minute");
        }
        Gate {
            every,
            limit: self.gate_limit(path, gate),
            denominator: match gate.denominator {
                file::Denominator::Took => Denominator::Took,
                file::Denominator::Offered => Denominator::Offered,
            },
            action: match gate.action {
                file::Action::Stop => Action::Stop,
                file::Action::Hold => Action::Hold,
            },
            reach: match gate.reach {
                file::Reach::AllInstalls => Reach::AllInstalls,
                file::Reach::LaterRings => Reach::LaterRings,
            },
            minimum: self.values.number(&format!("{path}.minimum"), &gate.minimum).round() as u64,
            silence: match gate.silence {
                file::Silence::Healthy => Silence::Healthy,
                file::Silence::Unhealthy => Silence::Unhealthy,
                file::Silence::Unknown => Silence::Unknown,
                file::Silence::Dropped => Silence::Dropped,
            },
            reaction: self.values.dist(&format!("{path}.reaction"), &gate.reaction),
        }
    }

    /// What is too much for a gate, from the one of two keys that says it.
    fn gate_limit(&mut self, path: &str, gate: &file::Gate) -> Limit {
        let limit_path = format!("{path}.limit");
        match (&gate.threshold, &gate.limit) {
            (Some(share), None) => Limit::Share(self.values.share(&format!("{path}.threshold"), share)),
            (None, Some(file::Limit::Share(share))) => {
                Limit::Share(self.values.share(&format!("{limit_path}.share"), share))
            }
            (None, Some(file::Limit::Count(count))) => {
                Limit::Count(self.values.number(&format!("{limit_path}.count"), count).round() as u64)
            }
            (None, Some(file::Limit::TimesNoise(times))) => {
                Limit::TimesNoise(self.more_than_0(&format!("{limit_path}.times_noise"), times))
            }
            (None, None) => {
                self.error(Code::MissingKey, path, "how many unhealthy PCs are too much?");
                self.problems.help("give either `threshold`, such as `2%`, or `limit`, such as `{ count: 50 }`");
                Limit::Count(0)
            }
            (Some(_), Some(_)) => {
                self.error(Code::Conflict, &limit_path, "`threshold` and `limit` both say what is too much");
                self.problems.help("remove one of them; `null` takes away what was inherited");
                Limit::Count(0)
            }
        }
    }
}

/// PCs that are expected in a ring: those that have the agent, reach its vendor, and belong to no ring before.
fn expected(ring: usize, rings: &[Ring], fleet: &Fleet, agent: &Agent) -> f64 {
    let mut part = 0.0;
    for (s, sector) in fleet.sectors.iter().enumerate() {
        for (kind, in_sector) in &sector.mix {
            let Some((of_kind, on)) = fleet.kinds.get(*kind).zip(agent.on.get(*kind)) else { continue };
            let reached = sector.share.0 * in_sector.0 * on.0 * of_kind.connected.0;
            for (r, region) in fleet.regions.iter().enumerate() {
                part += reached * region.share.0 * taken(ring, rings, |ring| fits(ring, fleet, (r, s, *kind)));
            }
        }
    }
    fleet.pcs as f64 * part
}

/// The part of some PCs that belongs to a ring, if a PC matches a ring with this chance. The hash of a PC is below the
/// shares of a ring and those before, added up, or it is not; the last ring takes whoever is left.
fn taken(ring: usize, rings: &[Ring], chance: impl Fn(&Ring) -> f64) -> f64 {
    let mut left = 1.0;
    let mut free = 0.0;
    for (id, other) in rings[..=ring].iter().enumerate() {
        if id + 1 == rings.len() {
            return free + left;
        }
        left -= other.share.0;
        free += other.share.0;
        let fitting = free * chance(other);
        if id == ring {
            return fitting;
        }
        free -= fitting;
    }
    0.0
}

/// The chance that a PC of this region, sector and kind matches a ring's conditions.
fn fits(ring: &Ring, fleet: &Fleet, (region, sector, kind): (usize, usize, usize)) -> f64 {
    if !ring.only.takes(region, sector, kind) {
        return 0.0;
    }
    let has =
        |wanted: &usize| fleet.kinds[kind].traits.iter().find(|(id, _)| id == wanted).map_or(0.0, |(_, part)| part.0);
    ring.traits.iter().map(has).product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bugcheck_sim::rollout::Only;

    fn ring(share: f64) -> Ring {
        Ring {
            name: String::new(),
            share: Share(share),
            only: Only::default(),
            traits: Vec::new(),
            bake: 0,
            ramp: None,
        }
    }

    #[test]
    fn rings_take_the_whole_between_them() {
        let rings = [ring(0.01), ring(0.09), ring(0.3), ring(0.0)];
        let all = |_: &Ring| 1.0;
        let parts: Vec<f64> = (0..4).map(|id| taken(id, &rings, all)).collect();
        for (part, due) in parts.iter().zip([0.01, 0.09, 0.3, 0.6]) {
            assert!((part - due).abs() < 1e-12, "{parts:?}");
        }
        let some = |ring: &Ring| if ring.share.0 < 0.1 { 0.25 } else { 0.5 };
        let total: f64 = (0..4).map(|id| taken(id, &rings, some)).sum();
        assert!((total - 1.0).abs() < 1e-12, "{total}");
    }

    #[test]
    fn whom_a_ring_does_not_want_a_later_one_takes() {
        let rings = [ring(0.2), ring(0.5), ring(0.0)];
        let not_first = |ring: &Ring| if ring.share.0 < 0.3 { 0.0 } else { 1.0 };
        assert!(taken(0, &rings, not_first).abs() < 1e-12);
        assert!((taken(1, &rings, not_first) - 0.7).abs() < 1e-12, "it takes all whose hash is below 70 %");
    }
}
