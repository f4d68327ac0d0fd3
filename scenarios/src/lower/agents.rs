//! Lowering of agents and architectures.

use bugcheck_sim::agent::{
    Adoption, Agent, Architecture, Channel, Component, Containment, LastGood, Mode, Restart, Start,
};
use bugcheck_sim::draw::Share;
use bugcheck_sim::rollout::Only;

use super::fleet::percent;
use super::{Lowering, MAX_AGENTS, WHOLE};
use crate::file;
use crate::problem::Code;

impl Lowering<'_> {
    pub(super) fn agents(&mut self) -> (Vec<Architecture>, Vec<Agent>) {
        let file = self.file;
        self.limit("agents", "agents", file.agents.len(), ("MAX_AGENTS", MAX_AGENTS));
        let counter = self.crash_counter();
        let architectures = file
            .presets
            .architectures
            .iter()
            .map(|(name, architecture)| self.architecture(name, architecture, counter))
            .collect();
        let agents = file.agents.iter().map(|(name, agent)| self.agent(name, agent)).collect();
        (architectures, agents)
    }

    fn agent(&mut self, name: &str, agent: &file::Agent) -> Agent {
        let path = format!("agents.{name}");
        let mut parts = Vec::new();
        for (architecture, share) in &agent.adoption {
            let share = self.values.number(&format!("{path}.adoption.{architecture}"), share);
            parts.push((self.architecture_id(architecture), Share(share)));
        }
        let adopted: f64 = parts.iter().map(|(_, share)| share.0).sum();
        if adopted > 1.0 + WHOLE {
            let message = format!("the adopted parts add up to {}, more than 100 %", percent(adopted));
            self.error(Code::SharesDoNotAddUp, &format!("{path}.adoption"), message);
        }
        parts.push((self.architecture_id(&agent.architecture), Share((1.0 - adopted).max(0.0))));
        Agent {
            name: name.to_owned(),
            on: self.installed(&format!("{path}.installed"), agent),
            family: None,
            only_where_relied_on: false,
            architectures: vec![Adoption { only: Only::default(), parts, growth: None }],
        }
    }

    /// Index of an architecture; expansion has reported the names that nothing has.
    fn architecture_id(&self, name: &str) -> usize {
        self.file.presets.architectures.get_index_of(name).unwrap_or(0)
    }

    /// For each kind of PC the share that has the agent.
    fn installed(&mut self, path: &str, agent: &file::Agent) -> Vec<Share> {
        let kinds = &self.file.fleet.kinds;
        let others = agent.installed.get("all").map(|share| self.values.share(&format!("{path}.all"), share));
        for name in agent.installed.keys().filter(|name| *name != "all") {
            self.kind(&format!("{path}.{name}"), name);
        }
        let on: Vec<Share> = kinds
            .keys()
            .map(|kind| match agent.installed.get(kind) {
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
        Architecture { name: name.to_owned(), components, relies_on: Vec::new() }
    }

    fn component(&mut self, path: &str, name: &str, given: &file::Component, counter: Option<u32>) -> Component {
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
            launches: None,
        }
    }

    fn restart(&mut self, path: &str, restart: &file::Restart) -> Restart {
        let backoff_path = format!("{path}.backoff");
        let backoff = self.values.number(&backoff_path, &restart.backoff);
        if backoff < 1.0 {
            self.error(Code::OutOfRange, &backoff_path, "each wait is at least 1 time the one before");
        }
        Restart {
            delay: self.values.dist(&format!("{path}.delay"), &restart.delay),
            backoff,
            attempts: self.values.number(&format!("{path}.attempts"), &restart.attempts).round() as u32,
        }
    }
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
