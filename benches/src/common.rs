//! The common model: what all programs of a comparison compute, read off the plan of the library's scenario
//! `common-model`, so that its numbers stand in one place.

use bugcheck_sim::draw::{Dist, Key, Purpose, Sampler};
use bugcheck_sim::fleet::Count;
use bugcheck_sim::recovery::Work;
use bugcheck_sim::time::Millis;
use bugcheck_sim::{Dice, Plan};
use serde::{Deserialize, Serialize};

use crate::Error;

/// The common model's numbers. Times are milliseconds.
pub(crate) struct Common {
    /// PCs in the fleet.
    pub(crate) pcs: u32,
    /// When each PC comes online, from the release.
    pub(crate) online: Sampler,
    /// PCs that come online before this are hit.
    pub(crate) until: Millis,
    /// From the crash of a PC to the next: dump, and then a start that crashes as well, twice.
    pub(crate) crashes: [Millis; 2],
    /// From the last crash until the PC sits in the recovery environment.
    pub(crate) to_recovery: Millis,
    /// Technicians of the one organisation.
    pub(crate) technicians: u32,
    /// How long a technician needs for a PC.
    pub(crate) hands: Sampler,
    /// From the technician's last move until the PC is back.
    pub(crate) start: Millis,
    /// The dice.
    pub(crate) dice: Dice,
    key: Key,
}

/// What a program computed of the common model.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Answer {
    /// PCs that were hit.
    pub(crate) hits: u64,
    /// How long they waited for hands, all together, in milliseconds.
    pub(crate) waited_ms: u64,
}

impl Answer {
    /// Mean wait for hands of a PC that was hit, in hours.
    pub(crate) fn mean_wait_h(self) -> f64 {
        self.waited_ms as f64 / self.hits.max(1) as f64 / 3.6e6
    }
}

/// What was drawn for each PC.
pub(crate) struct Draws {
    /// When it comes online, in milliseconds after the release.
    pub(crate) online: Vec<u32>,
    /// How long a technician needs for it, in milliseconds.
    pub(crate) hands: Vec<u32>,
}

impl Common {
    /// Reads the model off a plan of the scenario.
    ///
    /// # Errors
    /// If the plan is of another form.
    pub(crate) fn of(plan: &Plan, dice: Dice) -> Result<Common, Error> {
        let other = |what: &str| Error::OtherModel(what.to_owned());
        let constant = |dist: &Dist| match dist {
            Dist::Constant(ms) => Ok(*ms as Millis),
            _ => Err(other("the parts of a start are constants")),
        };
        let [release] = &plan.releases[..] else { return Err(other("there is one release")) };
        let [kind] = &plan.fleet.kinds[..] else { return Err(other("there is one kind of PC")) };
        let [sector] = &plan.fleet.sectors[..] else { return Err(other("there is one sector")) };
        let ([means], [step]) = (&sector.means[..], &sector.playbook[..]) else {
            return Err(other("there is one means, and one step"));
        };
        let Work::Once { hands, .. } = &step.work else { return Err(other("the step is done once")) };
        let Count::PerPcs(per) = means.count else { return Err(other("technicians are so many per PCs")) };
        let bugcheck_sim::rollout::Response::Scripted { withdrawn: Some(until), .. } = release.response else {
            return Err(other("the release is withdrawn at a set time"));
        };
        let boot = &kind.boot;
        let (dump, firmware) = (constant(&boot.dump)?, constant(&boot.firmware)?);
        let to_drivers = firmware + constant(&boot.load)?;
        Ok(Common {
            pcs: u32::try_from(plan.fleet.pcs).map_err(|_| other("a fleet has at most 4 billion PCs"))?,
            online: Sampler::new(&release.delivery),
            until,
            crashes: [dump + to_drivers; 2],
            to_recovery: dump + firmware + constant(&boot.recovery_environment)?,
            technicians: (plan.fleet.pcs as f64 / per).ceil().max(1.0) as u32,
            hands: Sampler::new(hands),
            start: to_drivers + constant(&boot.sign_in)?,
            dice,
            key: Key::new(dice.dynamics, dice.replication),
        })
    }

    /// From coming online to sitting in the recovery environment, for a PC that is hit.
    pub(crate) fn to_sit(&self) -> Millis {
        self.crashes.iter().sum::<Millis>() + self.to_recovery
    }

    /// When a PC comes online: the draw that the engine makes for the delivery of the release.
    pub(crate) fn online(&self, pc: u32) -> Millis {
        self.online.at(self.key.block(u64::from(pc), Purpose::Delivery, 0)[0])
    }

    /// How long a technician needs for a PC: the draw that the engine makes for the first time that hands are laid on
    /// it.
    pub(crate) fn hands(&self, pc: u32) -> Millis {
        self.hands.at(self.key.block(u64::from(pc), Purpose::Hands, 0)[0])
    }

    /// All draws, for programs that are handed them.
    pub(crate) fn draws(&self) -> Draws {
        Draws {
            online: (0..self.pcs).map(|pc| self.online(pc) as u32).collect(),
            hands: (0..self.pcs).map(|pc| self.hands(pc) as u32).collect(),
        }
    }
}
