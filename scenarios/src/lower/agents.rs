//! Lowering of agents and architectures.

use bugcheck_sim::agent::{
    Adoption, Agent, AgentId, Architecture, Channel, Component, Containment, FamilyId, Growth, LastGood, Mode, Restart,
    Start,
};
use bugcheck_sim::draw::Share;
use bugcheck_sim::limits::{MAX_RESTARTS, MAX_SEGMENTS};
use bugcheck_sim::rollout::Only;

use super::fleet::percent;
use super::{Lowering, WHOLE, values};
use crate::file::{self, Named};
use crate::given::Given;
use crate::problem::{Code, Problem};
use crate::quantity;

impl Lowering<'_> {
    pub(super) fn agents(&mut self) -> (Vec<Architecture>, Vec<Agent>) {
        let file = self.file;
        let counter = self.crash_counter();
        let architectures: Vec<Architecture> = file
            .presets
            .architectures
            .iter()
            .map(|(name, architecture)| self.architecture(name, architecture, counter))
            .collect();
        let families = families(&file.agents);
        let mut agents: Vec<Agent> =
            file.agents.iter().map(|(name, agent)| self.agent(name, agent, &families)).collect();
        self.exclusive(&families, &mut agents);
        self.reliance(&architectures, &agents);
        (architectures, agents)
    }

    fn agent(&mut self, name: &str, agent: &file::Agent, families: &[&str]) -> Agent {
        let path = format!("agents.{name}");
        self.limit(&format!("{path}.segments"), "segments", agent.segments.len(), ("MAX_SEGMENTS", MAX_SEGMENTS));
        let mut architectures = Vec::new();
        for (segment, adopters) in &agent.segments {
            let path = format!("{path}.segments.{segment}");
            let only = self.only(&format!("{path}.only"), &adopters.only);
            self.selects(&format!("{path}.only"), &only, &[]);
            let rest = adopters.architecture.as_ref().unwrap_or(&agent.architecture);
            architectures.push(self.adoption(&path, only, rest, &adopters.adoption, adopters.growth.as_ref()));
        }
        let others = Only::default();
        architectures.push(self.adoption(&path, others, &agent.architecture, &agent.adoption, agent.growth.as_ref()));
        let family = agent.family.as_ref().and_then(|family| families.iter().position(|f| f == family));
        if let (Some(_), file::Installed::WhereReliedOn) = (family, &agent.installed) {
            let message = "an agent that others rely on is there besides them, so it has no family";
            self.error(Code::Conflict, &format!("{path}.family"), message);
        }
        Agent {
            name: name.to_owned(),
            on: self.installed(&format!("{path}.installed"), &agent.installed),
            family: family.map(|id| id as FamilyId),
            only_where_relied_on: matches!(agent.installed, file::Installed::WhereReliedOn),
            architectures,
        }
    }

    /// How far one segment has adopted what; `rest` is the architecture of all others in it.
    fn adoption(
        &mut self,
        path: &str,
        only: Only,
        rest: &str,
        adoption: &Named<Given<quantity::Share>>,
        growth: Option<&file::Growth>,
    ) -> Adoption {
        let grown = growth.into_iter().flat_map(|growth| growth.to.keys());
        let late = grown.filter(|name| !adoption.contains_key(*name));
        let names: Vec<&String> = adoption.keys().chain(late).collect();
        let begin = self.parts(&format!("{path}.adoption"), &names, adoption, &vec![0.0; names.len()]);
        let growth = growth.map(|growth| {
            let path = format!("{path}.growth");
            let to = self.parts(&format!("{path}.to"), &names, &growth.to, &begin[..names.len()]);
            let (from, until) = self.span(&path, growth.from.as_ref(), Some(&growth.until));
            Growth { to: to.into_iter().map(Share).collect(), from, until }
        });
        let ids = names.into_iter().map(String::as_str).chain([rest]).map(|name| self.architecture_id(name));
        Adoption { only, parts: ids.zip(begin.into_iter().map(Share)).collect(), growth }
    }

    /// The parts of some architectures, and what is left; a part that is not given stays as it was.
    fn parts(
        &mut self,
        path: &str,
        names: &[&String],
        given: &Named<Given<quantity::Share>>,
        before: &[f64],
    ) -> Vec<f64> {
        let mut parts = before.to_vec();
        for (part, name) in parts.iter_mut().zip(names) {
            if let Some(share) = given.get(*name) {
                *part = self.values.number(&format!("{path}.{name}"), share);
            }
        }
        let adopted: f64 = parts.iter().sum();
        if adopted > 1.0 + WHOLE {
            let message = format!("the adopted parts add up to {}, more than 100 %", percent(adopted));
            self.error(Code::SharesDoNotAddUp, path, message);
        }
        parts.push((1.0 - adopted).max(0.0));
        parts
    }

    /// Reports kinds of PC that would have more than one agent of a family. Shares that are drawn and add up to more
    /// than the whole are scaled down.
    fn exclusive(&mut self, families: &[&str], agents: &mut [Agent]) {
        for (id, family) in families.iter().enumerate() {
            let in_family = |agent: &Agent| agent.family == Some(id as FamilyId);
            for (kind, name) in self.file.fleet.kinds.keys().enumerate() {
                let total: f64 = agents.iter().filter(|agent| in_family(agent)).map(|agent| agent.on[kind].0).sum();
                if total <= 1.0 + WHOLE {
                    continue;
                }
                if !self.values.are_likeliest() {
                    agents.iter_mut().filter(|agent| in_family(agent)).for_each(|agent| agent.on[kind].0 /= total);
                    continue;
                }
                let last = agents.iter().rfind(|agent| in_family(agent)).map_or("", |agent| &agent.name);
                let message = format!("the agents of the family `{family}` are on {} of `{name}`", percent(total));
                self.error(Code::SharesDoNotAddUp, &format!("agents.{last}.installed"), message);
                self.problems.help("a PC has at most one agent of a family, so that they add up to 100 % at most");
            }
        }
    }

    /// Reports agents that rely on each other in a circle, and those that are there for others to rely on where nobody
    /// does.
    fn reliance(&mut self, architectures: &[Architecture], agents: &[Agent]) {
        let relied_on = |agent: &Agent| -> Vec<AgentId> {
            let parts = agent.architectures.iter().flat_map(|adoption| &adoption.parts);
            parts.filter_map(|(id, _)| architectures.get(*id)).flat_map(|a| a.relies_on.iter().copied()).collect()
        };
        for (id, agent) in agents.iter().enumerate() {
            let mut reached = relied_on(agent);
            let mut next = 0;
            while let Some(&other) = reached.get(next) {
                reached
                    .extend(relied_on(&agents[other]).into_iter().filter(|o| !reached.contains(o)).collect::<Vec<_>>());
                next += 1;
            }
            if reached.contains(&id) {
                let message = format!("`{}` relies, by way of others or directly, on itself", agent.name);
                self.error(Code::Conflict, &format!("agents.{}.architecture", agent.name), message);
            }
            if agent.only_where_relied_on {
                let place = self.tree.place(&format!("agents.{}.installed", agent.name));
                if agents.iter().any(|other| relied_on(other).contains(&id)) {
                    self.doubts.settle(place);
                } else {
                    let message = format!("no architecture in use relies on `{}`", agent.name);
                    let problem = Problem::new(Code::EmptySelection, message).at(place);
                    self.doubts.doubt(place, problem.help("name it under `relies_on` of an architecture"));
                }
            }
        }
    }

    /// Index of an architecture; expansion has reported the names that nothing has.
    fn architecture_id(&self, name: &str) -> usize {
        self.file.presets.architectures.get_index_of(name).unwrap_or(0)
    }

    /// For each kind of PC the share that has the agent.
    fn installed(&mut self, path: &str, installed: &file::Installed) -> Vec<Share> {
        let kinds = &self.file.fleet.kinds;
        let shares = match installed {
            file::Installed::WhereReliedOn => return vec![Share(1.0); kinds.len()],
            file::Installed::Shares(shares) => shares,
        };
        let others = shares.get("all").map(|share| self.values.share(&format!("{path}.all"), share));
        for name in shares.keys().filter(|name| *name != "all") {
            self.kind(&format!("{path}.{name}"), name);
        }
        let on: Vec<Share> = kinds
            .keys()
            .map(|kind| match shares.get(kind) {
                Some(share) => self.values.share(&format!("{path}.{kind}"), share),
                None => others.unwrap_or(Share(0.0)),
            })
            .collect();
        if on.iter().all(|share| share.0 <= 0.0) {
            self.error(Code::EmptySelection, path, "this agent is installed on no PC");
            self.problems.help("name kinds of PC, or `all: 100%`");
        }
        on
    }

    fn architecture(&mut self, name: &str, architecture: &file::Architecture, counter: Option<u32>) -> Architecture {
        let path = format!("presets.architectures.{name}.components");
        let components = architecture
            .components
            .iter()
            .map(|(name, component)| self.component(&format!("{path}.{name}"), name, component, counter))
            .collect();
        let relies_on = architecture.relies_on.iter().filter_map(|name| self.file.agents.get_index_of(name)).collect();
        Architecture { name: name.to_owned(), components, relies_on }
    }

    fn component(&mut self, path: &str, name: &str, given: &file::Component, counter: Option<u32>) -> Component {
        let launches_path = format!("{path}.launches");
        let launches = given.launches.as_ref().map(|launches| self.values.dist(&launches_path, launches));
        if launches.is_some() && !matches!(given.start, file::Start::Launch) {
            self.error(Code::Conflict, &launches_path, format!("`{name}` does not start at the launch of a program"));
            self.problems.help("write `start: launch`, or remove `launches`");
        }
        let path = format!("{path}.containment");
        let containment = &given.containment;
        let validates = containment.validates.as_ref();
        let mut lowered = Containment {
            validates: validates.map_or(Share(0.0), |v| self.values.share(&format!("{path}.validates"), v)),
            last_good: match containment.last_good {
                file::LastGood::Kept => LastGood::Kept,
                file::LastGood::NotKept => LastGood::NotKept,
            },
            stands_down_after: containment
                .stands_down_after
                .as_ref()
                .map(|count| self.at_least_one(&format!("{path}.stands_down_after"), count)),
            restart: containment.restart.as_ref().map(|restart| self.restart(&format!("{path}.restart"), restart)),
        };
        if let (file::Mode::Kernel, None, Some(after)) = (given.mode, lowered.stands_down_after, counter) {
            lowered.stands_down_after = Some(after);
            lowered.last_good = LastGood::Kept;
        }
        Component {
            name: name.to_owned(),
            mode: mode(given.mode),
            start: start(given.start),
            parses: given.parses.iter().copied().map(channel).collect(),
            containment: lowered,
            launches,
        }
    }

    fn restart(&mut self, path: &str, restart: &file::Restart) -> Restart {
        let backoff_path = format!("{path}.backoff");
        let backoff = self.values.number(&backoff_path, &restart.backoff);
        if values::lowest(&restart.backoff) < 1.0 {
            self.error(Code::OutOfRange, &backoff_path, "each wait is at least 1 time the one before");
        }
        let attempts_path = format!("{path}.attempts");
        let most = values::highest(&restart.attempts);
        if most > f64::from(MAX_RESTARTS) {
            self.error(
                Code::TooMany,
                &attempts_path,
                format!("{most} restarts, the limit MAX_RESTARTS is {MAX_RESTARTS}"),
            );
            self.problems.help("longer waits, by `delay` or `backoff`, need fewer restarts for the same time");
        }
        Restart {
            delay: self.values.dist(&format!("{path}.delay"), &restart.delay),
            backoff,
            attempts: self.values.number(&attempts_path, &restart.attempts).round() as u32,
        }
    }
}

/// The families that agents name, each once.
fn families(agents: &Named<file::Agent>) -> Vec<&str> {
    let mut families: Vec<&str> = Vec::new();
    for family in agents.values().filter_map(|agent| agent.family.as_deref()) {
        if !families.contains(&family) {
            families.push(family);
        }
    }
    families
}

fn mode(mode: file::Mode) -> Mode {
    match mode {
        file::Mode::Kernel => Mode::Kernel,
        file::Mode::User => Mode::User,
    }
}

fn start(start: file::Start) -> Start {
    match start {
        file::Start::Boot => Start::Boot,
        file::Start::System => Start::System,
        file::Start::Service => Start::Service,
        file::Start::Launch => Start::Launch,
    }
}

pub(super) fn channel(channel: file::Channel) -> Channel {
    match channel {
        file::Channel::Content => Channel::Content,
        file::Channel::Engine => Channel::Engine,
        file::Channel::Driver => Channel::Driver,
        file::Channel::Os => Channel::Os,
    }
}
