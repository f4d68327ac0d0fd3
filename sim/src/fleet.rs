//! The fleet: regions, kinds of PC, sectors (kinds of organisation), and the organisations themselves.

pub mod calendar;
pub mod population;
pub mod roster;

use serde::{Deserialize, Serialize};

use crate::draw::{Dist, Share};
use crate::time::{Millis, Zone};

/// Index of a [`Region`] in [`Fleet::regions`].
pub type RegionId = usize;
/// Index of a [`Kind`] in [`Fleet::kinds`].
pub type KindId = usize;
/// Index of a [`Sector`] in [`Fleet::sectors`].
pub type SectorId = usize;
/// Index of a trait's name in [`Fleet::traits`]; at most [`MAX_TRAITS`](crate::limits::MAX_TRAITS) of them.
pub type TraitId = usize;
/// Index of a [`Means`] in [`Sector::means`].
pub type MeansId = usize;

/// All PCs, and what they are made of.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Fleet {
    /// How many PCs there are; 1 to [`MAX_PCS`](crate::limits::MAX_PCS).
    pub pcs: u64,
    /// Where they are; shares add up to 1.
    pub regions: Vec<Region>,
    /// What they are.
    pub kinds: Vec<Kind>,
    /// Whose they are; shares add up to 1.
    pub sectors: Vec<Sector>,
    /// The names of the yes-or-no traits that PCs can have, such as `bitlocker` or `wired`.
    pub traits: Vec<String>,
}

/// A part of the world that shares a time zone.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Region {
    /// Name in the scenario.
    pub name: String,
    /// Part of every sector's PCs that is here.
    pub share: Share,
    /// Its local clock.
    pub zone: Zone,
}

/// A kind of PC: its schedule, its traits, how long it takes to start.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Kind {
    /// Name in the scenario, such as `office`.
    pub name: String,
    /// When PCs of this kind are on.
    pub schedule: Schedule,
    /// When they restart without being made to.
    pub restarts: OwnRestarts,
    /// Which of them reach the vendor's cloud with software that can take the releases, while on.
    pub connected: Share,
    /// Share with each trait, drawn independently per PC and trait; a trait that is not listed is absent.
    pub traits: Vec<(TraitId, Share)>,
    /// How long starting takes.
    pub boot: Boot,
    /// Weight in the criticality-weighted measures; 1 is an ordinary PC.
    pub criticality: f64,
}

/// When PCs of a kind restart without being made to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub enum OwnRestarts {
    /// Each time that they are switched on.
    #[default]
    AtSwitchOn,
    /// After so much time on since the last restart (milliseconds): maintenance, or a user who shuts down for real.
    Every(Dist),
}

/// When PCs of a kind are switched on, in local time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Schedule {
    /// Day and night.
    Always,
    /// Drawn per PC and day.
    Daily {
        /// Monday to Friday.
        weekday: Day,
        /// Saturday and Sunday.
        weekend: Day,
        /// Share of used days at whose end the PC is not switched off, but left on until it is next used.
        left_on: Share,
    },
}

/// How PCs are used on one kind of day.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Day {
    /// Share of PCs that are used on such a day.
    pub used: Share,
    /// Time of day at which a used PC is switched on, in milliseconds after local midnight.
    pub on: Dist,
    /// Time of day at which it is switched off; not before it is switched on.
    pub off: Dist,
}

/// How long the parts of a start take, in milliseconds.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Boot {
    /// From the crash to the restart: dump and crash screen.
    pub dump: Dist,
    /// Firmware, before Windows begins to load.
    pub firmware: Dist,
    /// From the firmware to the point where system-start drivers load.
    pub load: Dist,
    /// From there until the PC can be used.
    pub sign_in: Dist,
    /// Loading the recovery environment.
    pub recovery_environment: Dist,
}

/// A kind of organisation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sector {
    /// Name in the scenario, such as `airline`.
    pub name: String,
    /// Part of the fleet's PCs.
    pub share: Share,
    /// PCs per organisation, at least 1 each.
    pub size: Dist,
    /// Limit on the size of one organisation.
    pub largest: u64,
    /// Parts of each organisation's PCs by kind; they add up to 1.
    pub mix: Vec<(KindId, Share)>,
    /// The shared, limited means of recovery of each organisation.
    pub means: Vec<Means>,
    /// Who goes first: kinds in the order in which hands-on work takes them; kinds in the same inner list are equal,
    /// kinds that are not named come last. Empty: first come, first served.
    pub first: Vec<Vec<KindId>>,
    /// What the organisation's people need from its PCs.
    pub services: Vec<Service>,
    /// The playbook: recovery steps in order of preference.
    pub playbook: Vec<crate::recovery::Step>,
}

/// A limited means of recovery that the PCs of an organisation share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Means {
    /// Name in the scenario, such as `technicians`, `key_desk`, `cloud_api`.
    pub name: String,
    /// How many there are (people, clerks, slots).
    pub count: Count,
    /// When they work.
    pub shift: Shift,
    /// From the release to the moment the first of them start on the incident.
    pub mobilised: Dist,
    /// More of them, who come later.
    pub surge: Option<Surge>,
    /// Where the means itself runs: while the organisation's first PC of this kind is down, it cannot be used.
    pub hosted_on: Option<KindId>,
}

/// People from elsewhere who come to help.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Surge {
    /// How many more.
    pub count: Count,
    /// From the moment the first of the means start to the moment these do (milliseconds).
    pub after: Dist,
}

/// How many of a means an organisation has.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub enum Count {
    /// This many, whatever the organisation's size.
    Fixed(u32),
    /// One for so many PCs, rounded up to at least 1.
    PerPcs(f64),
}

/// When the people of a means work, in the organisation's local time.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Shift {
    /// Start of the working day, after local midnight.
    pub from: Millis,
    /// End of the working day, after local midnight; `from` = 0 and `to` = 24 h is around the clock.
    pub to: Millis,
    /// Share of them that work outside these hours on the same kind of day.
    pub off_hours: Share,
    /// Share of them that work on Saturdays and Sundays, within the hours.
    pub weekend: Share,
}

/// A service that an organisation gives: it is out while any of its needs is not met.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Service {
    /// Name in the scenario, such as `check_in`.
    pub name: String,
    /// For each kind, the share of the organisation's PCs of that kind that must be usable.
    pub needs: Vec<(KindId, Share)>,
}
