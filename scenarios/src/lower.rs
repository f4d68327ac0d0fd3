//! From a scenario's arm to the plan that is simulated: every name resolved, every uncertain value drawn.
//!
//! Lowering is also the check of what the types can't hold: names that nothing has, shares that don't add up, steps
//! that can never start. A scenario is lowered once per arm when it is loaded, with every uncertain value at its
//! likeliest, and what is wrong is reported; after that, lowering it for a replication reports nothing.

mod agents;
mod fleet;
mod playbook;
mod release;
mod values;

use bugcheck_sim::Plan;
use bugcheck_sim::plan::Sample;
use bugcheck_sim::time::{Clock, Zone};

use crate::experiment::Drawn;
use crate::file::File;
use crate::problem::{Code, Problem, Problems, suggestion};
use crate::source::{Node, join};

pub(crate) use values::{Values, by_name};

use crate::given::Given;
use crate::quantity::{Count, Quantity};

/// Limit: regions of one scenario.
pub(crate) const MAX_REGIONS: usize = 64;
/// Limit: kinds of PC of one scenario.
pub(crate) const MAX_KINDS: usize = 64;
/// Limit: sectors of one scenario.
pub(crate) const MAX_SECTORS: usize = 64;
/// Limit: agents of one scenario.
pub(crate) const MAX_AGENTS: usize = 16;
/// Limit: steps of one playbook.
pub(crate) const MAX_STEPS: usize = 32;
/// Limit: means of one sector.
pub(crate) const MAX_MEANS: usize = 16;
/// Limit: rings of one rollout.
pub(crate) const MAX_RINGS: usize = 32;
/// Limit: PCs of one fleet.
pub(crate) const MAX_PCS: f64 = 1e10;
/// Limit: days of the horizon.
pub(crate) const MAX_HORIZON_DAYS: i64 = 3660;

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
}

/// Lowers an arm with these values. The plan is sound if nothing was reported.
pub(crate) fn lower(arm: &Arm, values: Values, problems: &mut Problems) -> (Plan, Vec<Drawn>) {
    let mut lowering = Lowering { file: &arm.file, tree: &arm.tree, values, traits: Vec::new(), problems };
    let plan = lowering.plan(arm);
    (plan, lowering.values.into_drawn())
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

struct Lowering<'a> {
    file: &'a File,
    tree: &'a Node,
    values: Values,
    /// Names of all traits, in the order in which kinds name them.
    traits: Vec<&'a str>,
    problems: &'a mut Problems,
}

impl Lowering<'_> {
    fn plan(&mut self, arm: &Arm) -> Plan {
        let clock = self.clock();
        let fleet = self.fleet(&arm.zones);
        let (architectures, agents) = self.agents();
        let releases = self.releases();
        let signals = self.signals();
        Plan { clock, fleet, architectures, agents, releases, campaign: None, signals, sample: arm.sample }
    }

    fn clock(&mut self) -> Clock {
        let clock = &self.file.clock;
        if clock.horizon.ms() <= 0 {
            self.error(Code::OutOfRange, "clock.horizon", "the horizon is more than 0");
        }
        if clock.horizon.ms() > MAX_HORIZON_DAYS * bugcheck_sim::time::DAY {
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
        let (name, most) = limit;
        if count > most {
            self.error(Code::TooMany, path, format!("{count} {what}, the limit {name} is {most}"));
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
