//! Lowering of rollouts: rings, how they open to their PCs, and the gate that watches them.

use bugcheck_sim::agent::{Agent, AgentId};
use bugcheck_sim::draw::Share;
use bugcheck_sim::fleet::Fleet;
use bugcheck_sim::limits::MAX_RINGS;
use bugcheck_sim::rollout::audience::expected;
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
        if let Some((name, last)) = rollout.rings.last() {
            self.last_ring(&rings_path, name, last, upto);
        }
        for (id, (name, ring)) in rollout.rings.iter().enumerate() {
            if let Some(cap) = &ring.cap {
                let pcs = agents.get(of).map_or(0.0, |agent| expected(&rings, fleet, agent)[id]);
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

    /// Reports a last ring that says it is for fewer PCs than it takes, which is whoever the others leave: nobody stays
    /// without the release because no ring is theirs. With it, the rings' shares add up to `upto`.
    fn last_ring(&mut self, rings_path: &str, name: &str, ring: &file::Ring, upto: f64) {
        const TAKES: &str = "the last ring takes whoever the rings before it leave";
        let path = format!("{rings_path}.{name}");
        if self.values.are_likeliest() && upto < 1.0 - WHOLE {
            let message = format!("{TAKES}, and the rings' shares add up to {}, not to 100 %", percent(upto));
            self.error(Code::SharesDoNotAddUp, rings_path, message);
            self.problems.help(format!("write `{name}: {{ share: 100%, of: remainder }}`"));
        }
        let file::RingOnly { regions, sectors, kinds, traits } = &ring.only;
        if [regions, sectors, kinds, traits].iter().any(|wanted| !wanted.is_empty()) {
            self.error(Code::Conflict, &format!("{path}.only"), format!("{TAKES}, so it can't be for some only"));
            self.problems.help("remove `only`, or put a ring for all others after it");
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
