//! From a scenario's arm to the plan that is simulated: every name resolved, every uncertain value drawn.
//!
//! Lowering is also the check of what the types can't hold: names that nothing has, shares that don't add up, steps
//! that can never start. A scenario is lowered once per arm when it is loaded, with every uncertain value at its
//! likeliest, and what is wrong is reported; after that, lowering it for a replication reports nothing.

mod agents;
mod fleet;
mod playbook;
mod present;
mod release;
mod rollout;
mod values;
mod width;

use std::collections::BTreeSet;
use std::sync::Arc;

use bugcheck_sim::Plan;
use bugcheck_sim::fleet::TraitId;
use bugcheck_sim::limits::MAX_HORIZON_DAYS;
use bugcheck_sim::plan::Sample;
use bugcheck_sim::rollout::{Hours, Only};
use bugcheck_sim::time::{Clock, DAY, Millis, Zone};

use crate::experiment::Drawn;
use crate::file::{self, File};
use crate::problem::{Code, Problem, Problems, suggestion};
use crate::source::{Node, Span, join};

pub(crate) use present::is_present;
pub(crate) use release::{begins_slow, defect};
pub(crate) use values::{Values, by_name};
pub(crate) use width::narrow;

use crate::given::Given;
use crate::quantity::{Count, Duration, Quantity};

/// One arm of a scenario, bound to its types, with the tree that it was bound from.
#[derive(Clone, Debug)]
pub(crate) struct Arm {
    /// The arm's file.
    pub(crate) file: File,
    /// Its expanded tree, for the positions of problems.
    pub(crate) tree: Node,
    /// The local clocks of its regions, in their order.
    pub(crate) zones: Vec<Zone>,
    /// How many of the organisations are simulated.
    pub(crate) sample: Sample,
    /// The names of all traits that there are, whether its PCs have them or not.
    pub(crate) known_traits: Arc<BTreeSet<String>>,
}

/// What becomes of an arm.
pub(crate) struct Lowered {
    /// What is simulated.
    pub(crate) plan: Plan,
    /// The uncertain values that were drawn for it.
    pub(crate) drawn: Vec<Drawn>,
    /// What is wrong unless another arm has a use for it.
    pub(crate) doubts: Doubts,
}

/// Lowers an arm with these values. The plan is sound if nothing was reported.
pub(crate) fn lower(arm: &Arm, values: Values, problems: &mut Problems) -> Lowered {
    let mut lowering = Lowering {
        file: &arm.file,
        tree: &arm.tree,
        values,
        traits: Vec::new(),
        known_traits: &arm.known_traits,
        problems,
        doubts: Doubts::default(),
    };
    let plan = lowering.plan(arm);
    Lowered { plan, drawn: lowering.values.into_drawn(), doubts: lowering.doubts }
}

/// What would never happen in an arm, which is wrong only if it is so in every arm: arms share most of their text, and
/// a playbook may hold a step for the sake of one of them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Doubts {
    doubted: Vec<(Span, Problem)>,
    settled: Vec<Span>,
}

impl Doubts {
    /// What stands at `place` has no use here.
    fn doubt(&mut self, place: Span, problem: Problem) {
        self.doubted.push((place, problem));
    }

    /// What stands at `place` has a use.
    fn settle(&mut self, place: Span) {
        self.settled.push(place);
    }

    /// Adds those of another arm.
    pub(crate) fn append(&mut self, other: Doubts) {
        self.doubted.extend(other.doubted);
        self.settled.extend(other.settled);
    }

    /// Reports what has a use in no arm.
    pub(crate) fn report(self, problems: &mut Problems) {
        let Doubts { doubted, settled } = self;
        doubted
            .into_iter()
            .filter(|(place, _)| !settled.contains(place))
            .for_each(|(_, problem)| problems.push(problem));
    }
}

/// Loads the local clocks of a file's regions. The zones exist, that was checked when they were bound; a start or a
/// horizon for which they have no local time is reported.
pub(crate) fn zones(file: &File, tree: &Node, problems: &mut Problems) -> Vec<Zone> {
    let mut zones = Vec::new();
    for region in file.fleet.regions.values() {
        let Ok(zone) = Zone::load(&region.zone, file.clock.start.unix_ms(), file.clock.horizon.ms()) else {
            let message = format!("`{}` has no local time that far from today", region.zone);
            problems.error_at_path(Code::OutOfRange, tree, "clock.start", message);
            break;
        };
        zones.push(zone);
    }
    zones
}

/// PCs of a fleet, the likeliest number where it is uncertain.
pub(crate) fn likeliest_pcs(pcs: &Given<Count>) -> f64 {
    pcs.likely().base()
}

/// What a step means by the name of a trait.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Meant {
    /// A trait of this fleet.
    Here(TraitId),
    /// A trait that nobody has in this fleet.
    Elsewhere,
    /// None that there is, which has been reported.
    Nowhere,
}

impl Meant {
    fn id(self) -> Option<TraitId> {
        if let Meant::Here(id) = self { Some(id) } else { None }
    }
}

struct Lowering<'a> {
    file: &'a File,
    tree: &'a Node,
    values: Values,
    /// Names of all traits, in the order in which kinds name them.
    traits: Vec<&'a str>,
    /// Names of the traits that there are, whether any of these kinds has them or not.
    known_traits: &'a BTreeSet<String>,
    problems: &'a mut Problems,
    doubts: Doubts,
}

impl Lowering<'_> {
    fn plan(&mut self, arm: &Arm) -> Plan {
        let clock = self.clock();
        let fleet = self.fleet(&arm.zones);
        let (architectures, agents) = self.agents();
        let releases = self.releases(&fleet, &agents);
        let campaign = self.campaign();
        let signals = self.signals();
        Plan { clock, fleet, architectures, agents, releases, campaign, signals, sample: arm.sample }
    }

    fn clock(&mut self) -> Clock {
        let clock = &self.file.clock;
        if clock.horizon.ms() <= 0 {
            self.error(Code::OutOfRange, "clock.horizon", "the horizon is more than 0");
        }
        if clock.horizon.ms() > MAX_HORIZON_DAYS * DAY {
            let message = format!("the horizon is longer than MAX_HORIZON_DAYS, {MAX_HORIZON_DAYS} days");
            self.error(Code::TooMany, "clock.horizon", message);
        }
        Clock { start_unix_ms: clock.start.unix_ms(), horizon: clock.horizon.ms() }
    }

    /// Reports a problem with what stands at a path.
    fn error(&mut self, code: Code, path: &str, message: impl Into<String>) {
        self.problems.error_at_path(code, self.tree, path, message);
    }

    /// Reports a name that nothing has, at the value of a path.
    fn unknown<'n>(&mut self, path: &str, what: &str, name: &str, known: impl IntoIterator<Item = &'n str>) {
        let is_key = path.rsplit('.').next() == Some(name);
        let place = if is_key { self.tree.key_place(path) } else { self.tree.place(path) };
        let mut problem = Problem::new(Code::UnknownName, format!("there is no {what} called `{name}`")).at(place);
        problem.help = suggestion(name, known);
        self.problems.push(problem);
    }

    /// Reports more entries than a limit allows.
    fn limit(&mut self, path: &str, what: &str, count: usize, limit: (&str, usize)) {
        if let Some(message) = width::beyond(what, count, limit) {
            self.error(Code::TooMany, path, message);
        }
    }

    /// Index of a kind of PC by name; a name that nothing has is reported.
    fn kind(&mut self, path: &str, name: &str) -> usize {
        let file = self.file;
        file.fleet.kinds.get_index_of(name).unwrap_or_else(|| {
            self.unknown(path, "kind of PC", name, file.fleet.kinds.keys().map(String::as_str));
            0
        })
    }

    /// Indices of a list of names.
    fn indices<T>(&mut self, path: &str, what: &str, names: &[String], of: &crate::file::Named<T>) -> Vec<usize> {
        let mut found = Vec::new();
        for (i, name) in names.iter().enumerate() {
            match of.get_index_of(name) {
                Some(index) => found.push(index),
                None => self.unknown(&join(path, &i.to_string()), what, name, of.keys().map(String::as_str)),
            }
        }
        found
    }

    /// From when until when something goes on, in milliseconds from the scenario's start; without an end it goes on to
    /// the horizon.
    fn span(
        &mut self,
        path: &str,
        from: Option<&Given<Duration>>,
        until: Option<&Given<Duration>>,
    ) -> (Millis, Millis) {
        let horizon = self.file.clock.horizon.ms();
        let from = from.map_or(0, |from| self.values.ms(&format!("{path}.from"), from));
        let until = until.map_or(horizon, |until| self.values.ms(&format!("{path}.until"), until));
        if self.values.are_likeliest() && from >= horizon {
            self.error(Code::OutsideHorizon, &format!("{path}.from"), "it begins after the horizon");
            self.problems.help("see `clock.horizon`");
        } else if self.values.are_likeliest() && until <= from {
            self.error(Code::Order, &format!("{path}.until"), "it ends before it begins");
        }
        (from, until)
    }

    /// Reports hours of the day that are none, or run past the day's end.
    fn hours(&mut self, path: &str, hours: &file::Hours) -> Hours {
        let (from, to) = (hours.from.ms(), hours.until.ms());
        if from == to {
            self.error(Code::Order, path, "these hours end when they begin");
            self.problems.help("`from: 0 h, until: 24 h` is around the clock");
        }
        if from.max(to) > DAY {
            self.error(Code::OutOfRange, path, "the hours of a day run to 24 h");
            self.problems.help("hours past midnight end the next morning: `from: 22 h, until: 6 h`");
        }
        Hours { from, to }
    }

    /// A selection of PCs by region, sector and kind.
    fn only(&mut self, path: &str, only: &file::Only) -> Only {
        let fleet = &self.file.fleet;
        Only {
            regions: self.indices(&format!("{path}.regions"), "region", &only.regions, &fleet.regions),
            sectors: self.indices(&format!("{path}.sectors"), "sector", &only.sectors, &fleet.sectors),
            kinds: self.indices(&format!("{path}.kinds"), "kind of PC", &only.kinds, &fleet.kinds),
        }
    }

    /// Reports a selection at `path` that no PC of the fleet matches: its kinds don't occur in its sectors, or none of
    /// them can have all of these traits.
    fn selects(&mut self, path: &str, only: &Only, traits: &[TraitId]) {
        let fleet = &self.file.fleet;
        let wanted = |index: usize, list: &[usize]| list.is_empty() || list.contains(&index);
        let suits = |name: &String| {
            let known = fleet.kinds.get_full(name);
            known.is_some_and(|(id, _, kind)| wanted(id, &only.kinds) && self.can_be(kind, traits, &[]))
        };
        let mut sectors = fleet.sectors.values().enumerate().filter(|(i, _)| wanted(*i, &only.sectors));
        if !sectors.any(|(_, sector)| sector.mix.keys().any(suits)) {
            self.error(Code::EmptySelection, path, "no PC of the fleet matches this selection");
        }
    }

    /// Whether a PC of a kind can have all of these traits and none of those.
    fn can_be(&self, kind: &file::Kind, has: &[TraitId], lacks: &[TraitId]) -> bool {
        let share = |id: TraitId| kind.traits.get(self.traits[id]);
        has.iter().all(|id| !lacks.contains(id) && share(*id).map_or(0.0, values::highest) > 0.0)
            && lacks.iter().all(|id| share(*id).map_or(0.0, values::lowest) < 1.0)
    }

    /// Indices of traits by name; those that no kind of PC has are reported.
    fn trait_ids(&mut self, path: &str, names: &[String]) -> Vec<TraitId> {
        let mut ids = Vec::new();
        for (i, name) in names.iter().enumerate() {
            if let Some(id) = self.trait_id(name) {
                ids.push(id);
            } else {
                let known = self.traits.clone();
                self.unknown(&join(path, &i.to_string()), "trait of any kind of PC", name, known);
            }
        }
        ids
    }

    /// Index of a trait that a step names, if any kind of PC has it. Steps may name traits that nobody has here, since
    /// they are for many fleets; a name that is no trait anywhere is reported.
    fn step_trait(&mut self, path: &str, name: &str) -> Meant {
        match self.trait_id(name) {
            Some(id) => Meant::Here(id),
            None if self.known_traits.contains(name) => Meant::Elsewhere,
            None => {
                let known: Vec<&str> = self.known_traits.iter().map(String::as_str).collect();
                self.unknown(path, "trait of any kind of PC", name, known);
                Meant::Nowhere
            }
        }
    }

    /// Index of a trait, if any kind of PC has it.
    fn trait_id(&self, name: &str) -> Option<usize> {
        self.traits.iter().position(|t| *t == name)
    }
}

/// Tolerance for shares that add up to a whole.
const WHOLE: f64 = 1e-6;

/// Scales parts of a whole so that they add up to 1, which uncertain parts do only at their likeliest values.
fn normalised(parts: &mut [f64]) {
    let total: f64 = parts.iter().sum();
    if total > 0.0 && (total - 1.0).abs() > f64::EPSILON {
        for part in parts {
            *part /= total;
        }
    }
}
