//! Lowering of releases, faults, rollouts, responses and signals.

use bugcheck_sim::agent::{Defect, Fault, Strikes, Trigger};
use bugcheck_sim::draw::Dist;
use bugcheck_sim::plan::MAX_RELEASES;
use bugcheck_sim::rollout::{
    Action, Customers, Denominator, Gate, Limit, Member, Only, Published, Reach, Release, Response, Ring, Rollout,
    Signals, Silence, TakesEffect,
};
use bugcheck_sim::time::{MINUTE, Millis};

use super::fleet::percent;
use super::{Lowering, MAX_RINGS, WHOLE, agents};
use crate::file;
use crate::problem::Code;

impl Lowering<'_> {
    pub(super) fn releases(&mut self) -> Vec<Release> {
        let file = self.file;
        self.limit("releases", "releases", file.releases.len(), ("MAX_RELEASES", MAX_RELEASES));
        if file.releases.is_empty() {
            self.error(Code::EmptySelection, "releases", "a scenario has a release; a healthy one has no `fault`");
        }
        file.releases.iter().map(|(name, release)| self.release(name, release)).collect()
    }

    /// When a release comes out, from the scenario's start.
    pub(super) fn release_at(&self, release: &file::Release) -> Millis {
        release.at.unix_ms() - self.file.clock.start.unix_ms()
    }

    fn release(&mut self, name: &str, release: &file::Release) -> Release {
        let path = format!("releases.{name}");
        let agents = &self.file.agents;
        let of = agents.get_index_of(&release.of).unwrap_or_else(|| {
            self.unknown(&format!("{path}.of"), "agent", &release.of, agents.keys().map(String::as_str));
            0
        });
        let at = self.release_at(release);
        if at < 0 || at >= self.file.clock.horizon.ms() {
            let when = if at < 0 { "before the scenario starts" } else { "after the horizon" };
            self.error(Code::OutsideHorizon, &format!("{path}.at"), format!("this release comes out {when}"));
            self.problems.help("see `clock.start` and `clock.horizon`");
        }
        self.parsed(&format!("{path}.channel"), of, release.channel);
        Release {
            name: name.to_owned(),
            of,
            channel: agents::channel(release.channel),
            published: Published::At(at),
            delivery: self.values.dist(&format!("{path}.delivery"), &release.delivery),
            rollout: self.rollout(&format!("{path}.rollout"), &release.rollout),
            customers: Customers::default(),
            takes_effect: TakesEffect::AtOnce,
            cures: Vec::new(),
            fault: release.fault.as_ref().map(|fault| self.fault(&format!("{path}.fault"), fault)),
            response: self.response(&format!("{path}.response"), &release.response),
        }
    }

    /// Reports a channel that no component of the agent parses: its releases would reach nobody.
    fn parsed(&mut self, path: &str, of: usize, channel: file::Channel) {
        let Some((name, agent)) = self.file.agents.get_index(of) else { return };
        let architectures = &self.file.presets.architectures;
        let used = agent.adoption.keys().chain([&agent.architecture]);
        let mut components = used.filter_map(|name| architectures.get(name)).flat_map(|a| a.components.values());
        if !components.any(|component| component.parses.contains(&channel)) {
            self.error(Code::EmptySelection, path, format!("no component of `{name}` parses this channel"));
        }
    }

    fn fault(&mut self, path: &str, fault: &file::Fault) -> Fault {
        let trigger = match &fault.trigger {
            file::Trigger::OnLoad => Trigger::OnLoad,
            file::Trigger::OnActivity(after) => {
                Trigger::OnActivity(self.values.dist(&format!("{path}.trigger.on_activity"), after))
            }
        };
        let only = &fault.strikes_only;
        let kinds =
            self.indices(&format!("{path}.strikes_only.kinds"), "kind of PC", &only.kinds, &self.file.fleet.kinds);
        let mut traits = Vec::new();
        for (i, name) in only.traits.iter().enumerate() {
            if let Some(id) = self.trait_id(name) {
                traits.push(id);
            } else {
                let known = self.traits.clone();
                self.unknown(&format!("{path}.strikes_only.traits.{i}"), "trait of any kind of PC", name, known);
            }
        }
        let defect = match fault.defect {
            file::Defect::InvalidMemoryAccess => Defect::InvalidMemoryAccess,
            file::Defect::Hang => Defect::Hang,
        };
        let share = self.values.share(&format!("{path}.strikes"), &fault.strikes);
        Fault {
            defect,
            trigger,
            strikes: Strikes { share, kinds, traits, lacks: Vec::new(), agents: Vec::new() },
            slow_for: Dist::Constant(0.0),
        }
    }

    fn response(&mut self, path: &str, response: &file::Response) -> Response {
        match response {
            file::Response::Scripted(script) => {
                let path = format!("{path}.scripted");
                let withdrawn = script.withdrawn.as_ref().map(|at| self.values.ms(&format!("{path}.withdrawn"), at));
                let fixed = script.fixed.as_ref().map(|at| self.values.ms(&format!("{path}.fixed"), at));
                Response::Scripted { withdrawn, fixed }
            }
            file::Response::Modelled(model) => {
                let path = format!("{path}.modelled");
                Response::Modelled {
                    lab: None,
                    notices_at: self.values.number(&format!("{path}.notices_at"), &model.notices_at).round() as u64,
                    decide: self.values.dist(&format!("{path}.decide"), &model.decide),
                    withdraw: self.values.dist(&format!("{path}.withdraw"), &model.withdraw),
                    diagnose: self.values.dist(&format!("{path}.diagnose"), &model.diagnose),
                    author: self.values.dist(&format!("{path}.author"), &model.author),
                    publish: self.values.dist(&format!("{path}.publish"), &model.publish),
                }
            }
        }
    }

    fn rollout(&mut self, path: &str, rollout: &file::Rollout) -> Rollout {
        let rings_path = format!("{path}.rings");
        self.limit(&rings_path, "rings", rollout.rings.len(), ("MAX_RINGS", MAX_RINGS));
        if rollout.rings.is_empty() {
            self.error(Code::EmptySelection, &rings_path, "a rollout has at least one ring");
        }
        let rings: Vec<Ring> =
            rollout.rings.iter().map(|(name, ring)| self.ring(&format!("{rings_path}.{name}"), name, ring)).collect();
        let total: f64 = rings.iter().map(|ring| ring.share.0).sum();
        if self.values.are_likeliest() && total > 1.0 + WHOLE {
            let message = format!("the rings' shares add up to {}, more than 100 % of all PCs", percent(total));
            self.error(Code::SharesDoNotAddUp, &rings_path, message);
            self.problems.help("shares are of all PCs, not of those left over by the rings before");
        }
        let gate = rollout.gate.as_ref().map(|gate| self.gate(&format!("{path}.gate"), gate));
        Rollout { rings, gate, member: Member::Pc }
    }

    fn ring(&mut self, path: &str, name: &str, ring: &file::Ring) -> Ring {
        let only = format!("{path}.only");
        let file::Only { regions, sectors, kinds } = &ring.only;
        let fleet = &self.file.fleet;
        let only = Only {
            regions: self.indices(&format!("{only}.regions"), "region", regions, &fleet.regions),
            sectors: self.indices(&format!("{only}.sectors"), "sector", sectors, &fleet.sectors),
            kinds: self.indices(&format!("{only}.kinds"), "kind of PC", kinds, &fleet.kinds),
        };
        self.selects(path, &only);
        let bake = ring.bake.as_ref().map_or(0, |bake| self.values.ms(&format!("{path}.bake"), bake));
        Ring {
            name: name.to_owned(),
            share: self.values.share(&format!("{path}.share"), &ring.share),
            only,
            traits: Vec::new(),
            bake,
            ramp: None,
        }
    }

    /// Reports a selection whose kinds don't occur in its sectors.
    fn selects(&mut self, path: &str, only: &Only) {
        let fleet = &self.file.fleet;
        let wanted = |index: usize, list: &[usize]| list.is_empty() || list.contains(&index);
        let matches =
            fleet.sectors.values().enumerate().filter(|(i, _)| wanted(*i, &only.sectors)).any(|(_, sector)| {
                sector
                    .mix
                    .keys()
                    .filter_map(|kind| fleet.kinds.get_index_of(kind))
                    .any(|kind| wanted(kind, &only.kinds))
            });
        if !matches {
            self.error(Code::EmptySelection, &format!("{path}.only"), "no PC of the fleet matches this selection");
        }
    }

    fn gate(&mut self, path: &str, gate: &file::Gate) -> Gate {
        let every = self.values.ms(&format!("{path}.every"), &gate.every);
        if every < MINUTE {
            self.error(Code::OutOfRange, &format!("{path}.every"), "a gate looks at most once a minute");
        }
        Gate {
            every,
            limit: Limit::Share(self.values.share(&format!("{path}.threshold"), &gate.threshold)),
            denominator: Denominator::Took,
            action: Action::Stop,
            reach: Reach::AllInstalls,
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

    pub(super) fn signals(&mut self) -> Signals {
        let signals = &self.file.signals;
        Signals {
            heartbeat_timeout: self.values.ms("signals.heartbeat_timeout", &signals.heartbeat_timeout),
            crash_report: self.values.dist("signals.crash_report", &signals.crash_report),
            agent_report: self.values.dist("signals.agent_report", &signals.agent_report),
            reporting: self.values.share("signals.reporting", &signals.reporting),
            calls: None,
            noise_per_day: self.values.number("signals.noise", &signals.noise),
        }
    }
}
