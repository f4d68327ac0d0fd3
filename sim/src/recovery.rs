//! The way back: playbooks of steps, and the limited means they use.
//!
//! One mechanism carries all strategies. A [`Step`] says who acts ([`By`]), where the PC must be stuck for it to work
//! ([`Stage`]), what the PC must have ([`Step::needs`]), from when it exists ([`Step::opens`]), what it takes
//! ([`Work`], [`Desk`]) and what it leaves behind ([`Outcome`]). A new strategy is a new value, not new code.
//!
//! Two tracks run side by side for each PC that is down. Steps by the PC itself or by its user are tried one after the
//! other in the order of the playbook. Meanwhile the PC waits for hands; whoever takes it up uses the first step of the
//! playbook that is open and possible at that moment, and ends the first track. What brings the PC back first, counts.

use serde::{Deserialize, Serialize};

use crate::agent::Defect;
use crate::draw::{Dist, Share};
use crate::fleet::{MeansId, TraitId};
use crate::time::Millis;

/// One way of bringing a PC back.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Step {
    /// Name in the scenario.
    pub name: String,
    /// Who acts.
    pub by: By,
    /// Where the PC must be for the step to be tried.
    pub stage: Stage,
    /// What the PC must have: for each inner list, at least one of its traits (or the lack of it).
    pub needs: Vec<Vec<Need>>,
    /// The defects that it helps against; empty is all.
    pub against: Vec<Defect>,
    /// From when on the step exists.
    pub opens: Opens,
    /// What is done, and how likely it works.
    pub work: Work,
    /// Desks that the work must pass, one after the other, before it begins.
    pub desks: Vec<Desk>,
    /// Waits before a PC with a trait can be taken up at all (shipping a laptop, arranging a call); milliseconds.
    pub waits: Vec<(TraitId, Dist)>,
    /// What the PC is left with.
    pub outcome: Outcome,
}

/// Who acts in a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum By {
    /// The PC alone, attended or not.
    Pc,
    /// The PC's own user, in the hours in which the PC would be in use.
    User,
    /// One of the organisation's limited means.
    Means(MeansId),
}

/// Where a PC must be for a step to be tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Anywhere in its restarts, from the first crash on.
    Restarting,
    /// In the recovery environment.
    RecoveryEnvironment,
    /// In Windows: the PC starts, but is slow, cut off, or without its agent.
    Running,
    /// At a prompt before Windows starts.
    Prompt,
}

/// A condition on one trait of a PC.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Need {
    /// The PC has the trait.
    Has(TraitId),
    /// The PC does not have it.
    Lacks(TraitId),
}

/// From when on a step exists: a delay after one of the vendor's or the incident's moments.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opens {
    /// The moment from which the delay counts.
    pub after: After,
    /// The delay.
    pub delay: Millis,
}

/// A moment of the incident.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum After {
    /// The faulty release was published.
    Release,
    /// The vendor first knew.
    Detection,
    /// The release was withdrawn.
    Withdrawal,
    /// Good content was published.
    Fix,
}

/// What a step does to a PC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Work {
    /// Done once by hand.
    Once {
        /// Time that it keeps whoever does it busy (milliseconds).
        hands: Dist,
        /// Time that the PC takes on its own after that (milliseconds).
        unattended: Dist,
        /// Chance that it works. If not, the PC waits again for the next step of the playbook, or for the last one
        /// again.
        works: Share,
    },
    /// Tried again and again, by the PC or its user.
    Retry {
        /// From one try to the next (milliseconds); the first try follows the first such span.
        every: Dist,
        /// Chance that one try works, once the step is open.
        works: Share,
        /// Chance for PCs with this trait instead.
        works_if: Option<(TraitId, Share)>,
        /// Gives up after so many tries.
        tries: Option<u32>,
        /// Gives up after so long.
        within: Option<Millis>,
        /// Whether a PC that gave up restarts, reaches the same point again and begins anew.
        then: Then,
    },
}

/// What follows when all tries are used up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Then {
    /// The next step of the playbook.
    NextStep,
    /// Restart, crash back into the recovery environment, and begin anew.
    Again,
}

/// A second means that hands-on work must pass before it begins, first come first served: a desk that reads out
/// recovery keys, the slots of a provider's interface.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Desk {
    /// The means.
    pub means: MeansId,
    /// Only for PCs with this trait; `None` is all.
    pub only_if: Option<TraitId>,
    /// Time that the desk is busy with one PC (milliseconds), while the hands wait.
    pub time: Dist,
}

/// What a step leaves behind when it works.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The faulty release is gone: the PC runs without it, as good as before.
    Cured,
    /// The PC is as new: all faulty releases are gone, and so is what was stored on the PC only.
    CuredDataLost,
    /// The PC runs again, the faulty release is still there, and can strike again.
    Restarted,
    /// The PC runs without the agent, and is unprotected until a good version is there.
    AgentOff,
}
