//! Lowering of releases: when they are published, what customers do before they take them, what is wrong with them, and
//! what their vendor does about that.

use bugcheck_sim::agent::effect::EFFECTS;
use bugcheck_sim::agent::{Agent, AgentId, Defect, Fault, Strikes, Trigger};
use bugcheck_sim::draw::Dist;
use bugcheck_sim::fleet::Fleet;
use bugcheck_sim::limits::MAX_HOLDS;
use bugcheck_sim::plan::Campaign;
use bugcheck_sim::recovery::After;
use bugcheck_sim::rollout::{
    Calls, Customers, Hold, Lab, Published, Release, ReleaseId, Response, Restarts, Signals, TakesEffect,
};
use bugcheck_sim::time::Millis;

use super::fleet::percent;
use super::{Lowering, WHOLE, agents, values};
use crate::file;
use crate::problem::{Code, Problem};
use crate::source::join;

/// Hours of a day, to turn a rate per day into one per hour.
const HOURS_OF_A_DAY: f64 = 24.0;

impl Lowering<'_> {
    pub(super) fn releases(&mut self, fleet: &Fleet, agents: &[Agent]) -> Vec<Release> {
        let file = self.file;
        if file.releases.is_empty() {
            self.error(Code::EmptySelection, "releases", "a scenario has a release; a healthy one has no `fault`");
        }
        let all = file.releases.iter().enumerate();
        all.map(|(id, (name, release))| self.release(id, name, release, fleet, agents)).collect()
    }

    fn release(
        &mut self,
        id: ReleaseId,
        name: &str,
        release: &file::Release,
        fleet: &Fleet,
        agents: &[Agent],
    ) -> Release {
        let path = format!("releases.{name}");
        let known = &self.file.agents;
        let of = known.get_index_of(&release.of).unwrap_or_else(|| {
            self.unknown(&format!("{path}.of"), "agent", &release.of, known.keys().map(String::as_str));
            0
        });
        self.parsed(&format!("{path}.channel"), of, release.channel);
        Release {
            name: name.to_owned(),
            of,
            channel: agents::channel(release.channel),
            published: self.published(&path, id, release),
            delivery: self.values.dist(&format!("{path}.delivery"), &release.delivery),
            rollout: self.rollout(&format!("{path}.rollout"), &release.rollout, fleet, (of, agents)),
            customers: self.customers(&path, release),
            takes_effect: self.takes_effect(&format!("{path}.takes_effect"), &release.takes_effect),
            cures: self.cures(&format!("{path}.cures"), id, &release.cures),
            fault: release.fault.as_ref().map(|fault| self.fault(&format!("{path}.fault"), fault, of, agents)),
            response: self.response(&format!("{path}.response"), &release.response),
        }
    }

    /// Doubts a channel that no component of the agent parses: its releases would reach nobody.
    fn parsed(&mut self, path: &str, of: AgentId, channel: file::Channel) {
        let Some((name, agent)) = self.file.agents.get_index(of) else { return };
        let architectures = &self.file.presets.architectures;
        let mut components =
            agent.architectures().filter_map(|name| architectures.get(name)).flat_map(|a| a.components.values());
        let place = self.tree.place(path);
        if components.any(|component| component.parses.contains(&channel)) {
            self.doubts.settle(place);
        } else {
            let message = format!("no component of `{name}` parses this channel");
            self.doubts.doubt(place, Problem::new(Code::EmptySelection, message).at(place));
        }
    }

    /// When a release comes out.
    fn published(&mut self, path: &str, id: ReleaseId, release: &file::Release) -> Published {
        let published = match (&release.at, &release.after) {
            (Some(at), None) => Published::At(at.unix_ms() - self.file.clock.start.unix_ms()),
            (None, Some(after)) => self.follows(&format!("{path}.after"), id, after),
            (None, None) => {
                self.error(Code::MissingKey, path, "when does this release come out?");
                self.problems.help("give either `at`, an instant, or `after`, an earlier release");
                Published::At(0)
            }
            (Some(_), Some(_)) => {
                self.error(Code::Conflict, &format!("{path}.after"), "`at` and `after` both say when it comes out");
                self.problems.help("remove one of them; `null` takes away what was inherited");
                Published::At(0)
            }
        };
        if let Some(at) = self.earliest(id)
            && (at < 0 || at >= self.file.clock.horizon.ms())
        {
            let when = if at < 0 { "before the scenario starts" } else { "after the horizon" };
            let key = if release.at.is_some() { "at" } else { "after" };
            self.error(Code::OutsideHorizon, &format!("{path}.{key}"), format!("this release comes out {when}"));
            self.problems.help("see `clock.start` and `clock.horizon`");
        }
        published
    }

    /// When a release comes out that follows another.
    fn follows(&mut self, path: &str, id: ReleaseId, after: &file::Published) -> Published {
        let delay = after.delay.as_ref().map_or(0, |delay| self.values.ms(&format!("{path}.delay"), delay));
        let moment = moment(after.moment);
        if id == 0 {
            self.error(
                Code::MissingKey,
                path,
                "times count from the first release, so that it comes out at an instant",
            );
            self.problems.help("give it `at`");
            return Published::At(0);
        }
        let Some(release) = self.earlier(&format!("{path}.release"), id, &after.release) else {
            return Published::At(0);
        };
        if self.since_release(release, after.moment).is_none() {
            let message = format!("`{}` {}, so that this release never comes out", after.release, never(after.moment));
            self.error(Code::OutsideHorizon, &format!("{path}.moment"), message);
        }
        Published::After { release, moment, delay }
    }

    /// Index of a release that stands before the one with index `id`; any other is reported.
    fn earlier(&mut self, path: &str, id: ReleaseId, name: &str) -> Option<ReleaseId> {
        let releases = &self.file.releases;
        match releases.get_index_of(name) {
            Some(other) if other < id => Some(other),
            Some(other) => {
                let what = if other == id { "is this release itself" } else { "stands after this release" };
                self.error(Code::Order, path, format!("`{name}` {what}"));
                self.problems.help("only releases that stand before it can be named here");
                None
            }
            None => {
                self.unknown(path, "earlier release", name, releases.keys().take(id).map(String::as_str));
                None
            }
        }
    }

    /// From the publication of a release to a moment of it, at the least; `None` if that never comes. A script
    /// withdraws and fixes when it says so, and its vendor knows when it withdraws; a gate may be quicker.
    pub(super) fn since_release(&self, id: ReleaseId, moment: file::After) -> Option<Millis> {
        let (_, release) = self.file.releases.get_index(id)?;
        let file::Response::Scripted(script) = &release.response else { return Some(0) };
        let at = |given: &Option<_>| given.as_ref().map(|at| values::lowest(at) as Millis);
        let gate = release.rollout.gate.as_ref().filter(|gate| matches!(gate.action, file::Action::Stop));
        let withdraws = gate.filter(|gate| matches!(gate.reach, file::Reach::AllInstalls));
        match moment {
            file::After::Release => Some(0),
            file::After::Detection => gate.map(|_| 0).or(at(&script.withdrawn)),
            file::After::Withdrawal => withdraws.map(|_| 0).or(at(&script.withdrawn)),
            file::After::Fix => at(&script.fixed),
        }
    }

    /// When a release comes out at the earliest, from the scenario's start; `None` if it never does, or not in a way
    /// that can be told.
    pub(super) fn earliest(&self, id: ReleaseId) -> Option<Millis> {
        let (_, release) = self.file.releases.get_index(id)?;
        match (&release.at, &release.after) {
            (Some(at), _) => Some(at.unix_ms() - self.file.clock.start.unix_ms()),
            (None, Some(after)) => {
                let other = self.file.releases.get_index_of(&after.release).filter(|other| *other < id)?;
                let delay = after.delay.as_ref().map_or(0, |delay| values::lowest(delay) as Millis);
                Some(self.earliest(other)? + self.since_release(other, after.moment)? + delay)
            }
            (None, None) => None,
        }
    }

    fn cures(&mut self, path: &str, id: ReleaseId, names: &[String]) -> Vec<ReleaseId> {
        let mut cures = Vec::new();
        for (i, name) in names.iter().enumerate() {
            cures.extend(self.earlier(&join(path, &i.to_string()), id, name));
        }
        cures
    }

    /// What customers do before they take a release: its own, or what is said of its channel.
    fn customers(&mut self, path: &str, release: &file::Release) -> Customers {
        let (channel, of_channel) = self.file.customers.on(release.channel);
        let (path, customers) = match (&release.customers, of_channel) {
            (Some(own), _) => (format!("{path}.customers"), own),
            (None, Some(of_channel)) => (format!("customers.{channel}"), of_channel),
            (None, None) => return Customers::default(),
        };
        let holds_path = format!("{path}.holds");
        self.limit(&holds_path, "holds", customers.holds.len(), ("MAX_HOLDS", MAX_HOLDS));
        let same = |other: &&file::Release| other.of == release.of && other.channel == release.channel;
        let later = self.file.releases.values().filter(same).count() - 1;
        let mut holds = Vec::new();
        for (name, holding) in &customers.holds {
            let path = format!("{holds_path}.{name}");
            let share = self.values.share(&format!("{path}.share"), &holding.share);
            holds.push((share, self.hold(&format!("{path}.hold"), &holding.hold, later)));
        }
        let total: f64 = holds.iter().map(|(share, _)| share.0).sum();
        if self.values.are_likeliest() && total > 1.0 + WHOLE {
            let message = format!("these parts of the organisations add up to {}, more than 100 %", percent(total));
            self.error(Code::SharesDoNotAddUp, &holds_path, message);
        }
        Customers {
            holds,
            approval: customers.approval.as_ref().map(|wait| self.values.dist(&format!("{path}.approval"), wait)),
            window: customers.window.as_ref().map(|hours| self.hours(&format!("{path}.window"), hours)),
        }
    }

    /// How releases are held back of which `later` others can follow.
    fn hold(&mut self, path: &str, hold: &file::Hold, later: usize) -> Hold {
        match hold {
            file::Hold::Delay(delay) => Hold::For(self.values.ms(&format!("{path}.delay"), delay)),
            file::Hold::Paused => Hold::Paused,
            file::Hold::Behind(count) => {
                let path = format!("{path}.behind");
                let behind = self.at_least_one(&path, count);
                let place = self.tree.place(&path);
                if behind as usize <= later {
                    self.doubts.settle(place);
                } else {
                    let message = "so many later releases of this agent and channel never come";
                    let problem = Problem::new(Code::OutsideHorizon, message).at(place);
                    self.doubts
                        .doubt(place, problem.help("add them, or write `hold: paused`, which comes to the same"));
                }
                Hold::Behind(behind)
            }
        }
    }

    fn takes_effect(&mut self, path: &str, takes_effect: &file::TakesEffect) -> TakesEffect {
        let restarts = match takes_effect {
            file::TakesEffect::AtOnce => return TakesEffect::AtOnce,
            file::TakesEffect::AtRestart(restarts) => restarts,
        };
        let path = format!("{path}.at_restart");
        let mut ms = |key: &str, given: Option<_>| given.map(|span| self.values.ms(&format!("{path}.{key}"), span));
        let (deadline, grace) = (ms("deadline", restarts.deadline.as_ref()), ms("grace", restarts.grace.as_ref()));
        if let (None, Some(_)) = (deadline, grace) {
            self.error(Code::MissingKey, &format!("{path}.grace"), "a grace period begins at a deadline");
            self.problems.help("give a `deadline`, too");
        }
        TakesEffect::AtRestart(Restarts {
            active_hours: restarts
                .active_hours
                .as_ref()
                .map(|hours| self.hours(&format!("{path}.active_hours"), hours)),
            forced_after: deadline.map(|deadline| deadline + grace.unwrap_or(0)),
        })
    }

    fn fault(&mut self, path: &str, fault: &file::Fault, of: AgentId, agents: &[Agent]) -> Fault {
        let trigger = self.trigger(&format!("{path}.trigger"), &fault.trigger);
        let strikes = self.strikes(path, fault, of, agents);
        let slow_path = format!("{path}.slow_for");
        let slow_for = fault.slow_for.as_ref().map(|span| self.values.dist(&slow_path, span));
        if slow_for.is_some() && !begins_slow(fault.defect) {
            self.error(Code::Conflict, &slow_path, "with this defect no PC is slow before it fails");
            self.problems.help("remove `slow_for`; it belongs to `resource_leak` and `cpu_storm`");
        }
        let slow_for = slow_for.unwrap_or(Dist::Constant(0.0));
        Fault { defect: defect(fault.defect), trigger, strikes, slow_for }
    }

    fn trigger(&mut self, path: &str, trigger: &file::Trigger) -> Trigger {
        match trigger {
            file::Trigger::OnLoad => Trigger::OnLoad,
            file::Trigger::OnActivity(after) => {
                Trigger::OnActivity(self.values.dist(&format!("{path}.on_activity"), after))
            }
            file::Trigger::AtRestart => Trigger::AtRestart,
            file::Trigger::AtInstant(instant) => {
                let path = format!("{path}.at_instant");
                let at = self.values.number(&path, instant).round() as Millis - self.file.clock.start.unix_ms();
                if self.values.are_likeliest() && (at < 0 || at >= self.file.clock.horizon.ms()) {
                    let when = if at < 0 { "before the scenario starts" } else { "after the horizon" };
                    self.error(Code::OutsideHorizon, &path, format!("this instant is {when}"));
                    self.problems.help("see `clock.start` and `clock.horizon`");
                }
                Trigger::AtInstant(at)
            }
        }
    }

    /// Which PCs a fault in a release of the agent `of` can strike.
    fn strikes(&mut self, path: &str, fault: &file::Fault, of: AgentId, agents: &[Agent]) -> Strikes {
        let share = self.values.share(&format!("{path}.strikes"), &fault.strikes);
        let path = format!("{path}.strikes_only");
        let only = &fault.strikes_only;
        let file = self.file;
        let kinds = self.indices(&format!("{path}.kinds"), "kind of PC", &only.kinds, &file.fleet.kinds);
        let traits = self.trait_ids(&format!("{path}.traits"), &only.traits);
        let lacks = self.trait_ids(&format!("{path}.lacks"), &only.lacks);
        let others = self.indices(&format!("{path}.agents"), "agent", &only.agents, &file.agents);
        for (i, &other) in others.iter().enumerate() {
            let family = |id: AgentId| agents.get(id).and_then(|agent| agent.family);
            let excluded = other != of && family(other).is_some() && family(other) == family(of);
            if excluded {
                let message = "no PC has two agents of one family";
                self.error(Code::EmptySelection, &format!("{path}.agents.{i}"), message);
            }
        }
        let on = |agent: AgentId, kind: usize| agents.get(agent).map_or(0.0, |agent| agent.on[kind].0);
        let has_all = |kind: usize| others.iter().chain([&of]).all(|agent| on(*agent, kind) > 0.0);
        let mut possible =
            file.fleet.kinds.values().enumerate().filter(|(id, _)| kinds.is_empty() || kinds.contains(id));
        let known = traits.len() == only.traits.len() && lacks.len() == only.lacks.len();
        let all_known = known && kinds.len() == only.kinds.len() && others.len() == only.agents.len();
        if all_known && !possible.any(|(id, kind)| has_all(id) && self.can_be(kind, &traits, &lacks)) {
            self.error(Code::EmptySelection, &path, "no PC that has the agent matches this selection");
        }
        Strikes { share, kinds, traits, lacks, agents: others }
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
                let lab = model.lab.as_ref().map(|lab| Lab {
                    finds: self.values.share(&format!("{path}.lab.finds"), &lab.finds),
                    after: self.values.dist(&format!("{path}.lab.after"), &lab.after),
                });
                Response::Modelled {
                    lab,
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

    pub(super) fn signals(&mut self) -> Signals {
        let signals = &self.file.signals;
        Signals {
            heartbeat_timeout: self.values.ms("signals.heartbeat_timeout", &signals.heartbeat_timeout),
            crash_report: self.values.dist("signals.crash_report", &signals.crash_report),
            agent_report: self.values.dist("signals.agent_report", &signals.agent_report),
            reporting: self.values.share("signals.reporting", &signals.reporting),
            calls: signals.calls.as_ref().map(|calls| Calls {
                share: self.values.share("signals.calls.share", &calls.share),
                delay: self.values.dist("signals.calls.delay", &calls.delay),
            }),
            noise_per_day: self.values.number("signals.noise", &signals.noise),
        }
    }
    pub(super) fn campaign(&mut self) -> Option<Campaign> {
        let campaign = self.file.campaign.as_ref()?;
        let (from, until) = self.span("campaign", campaign.from.as_ref(), campaign.until.as_ref());
        let mut per_hour = |key: &str, rate: Option<_>| {
            rate.map_or(0.0, |rate| self.values.number(&format!("campaign.{key}"), rate) / HOURS_OF_A_DAY)
        };
        let per_stale_hour = per_hour("per_stale_hour", campaign.per_stale_hour.as_ref());
        let per_unprotected_hour = per_hour("per_unprotected_hour", campaign.per_unprotected_hour.as_ref());
        if self.values.are_likeliest() && per_stale_hour <= 0.0 && per_unprotected_hour <= 0.0 {
            self.error(Code::MissingKey, "campaign", "this campaign compromises nobody");
            self.problems.help("give `per_stale_hour` or `per_unprotected_hour`, such as `1 per 10_000 per hour`");
        }
        Some(Campaign { from, until, per_stale_hour, per_unprotected_hour })
    }
}

/// Whether a defect slows PCs down for a while before they fail, in any component.
pub(crate) fn begins_slow(of: file::Defect) -> bool {
    EFFECTS.iter().any(|row| row.defect == defect(of) && row.effect.begins_slow())
}

pub(crate) fn defect(defect: file::Defect) -> Defect {
    match defect {
        file::Defect::InvalidMemoryAccess => Defect::InvalidMemoryAccess,
        file::Defect::Hang => Defect::Hang,
        file::Defect::ResourceLeak => Defect::ResourceLeak,
        file::Defect::CpuStorm => Defect::CpuStorm,
        file::Defect::NetworkBlock => Defect::NetworkBlock,
        file::Defect::SystemFileQuarantine => Defect::SystemFileQuarantine,
        file::Defect::BootBlock => Defect::BootBlock,
        file::Defect::SelfQuarantine => Defect::SelfQuarantine,
    }
}

/// Of a release: that a moment of it never comes.
pub(super) fn never(moment: file::After) -> &'static str {
    match moment {
        file::After::Release => "never comes out",
        file::After::Detection => "is never found to be faulty",
        file::After::Withdrawal => "is never withdrawn",
        file::After::Fix => "is never fixed",
    }
}

pub(super) fn moment(moment: file::After) -> After {
    match moment {
        file::After::Release => After::Release,
        file::After::Detection => After::Detection,
        file::After::Withdrawal => After::Withdrawal,
        file::After::Fix => After::Fix,
    }
}
