//! The clock and the fleet: regions, kinds of PC, sectors, and what organisations have to recover with.

use schemars::JsonSchema;
use serde::Deserialize;

use super::{Named, Playbook};
use crate::given::{Distribution, Given};
use crate::quantity::{Count, Duration, Instant, Number, Ratio, Share, TimeOfDay};

/// When the scenario starts and how long it is watched.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Clock {
    /// The start, in UTC.
    pub start: Instant,
    /// How long the scenario is watched, from its start; more than 0.
    pub horizon: Duration,
}

/// All PCs, and what they are made of.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Fleet {
    /// How many PCs there are; at least 1.
    pub pcs: Given<Count>,
    /// Where they are; the shares add up to 100 %.
    pub regions: Named<Region>,
    /// What they are.
    pub kinds: Named<Kind>,
    /// Whose they are: kinds of organisation; the shares add up to 100 %.
    pub sectors: Named<Sector>,
}

/// What `x-text` in the schema calls a text that names a time zone; `bind` holds it against the time-zone data.
pub(crate) const TIME_ZONE: &str = "time_zone";

/// A part of the world that shares a time zone.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Region {
    /// Part of every sector's organisations that is here, by PCs.
    pub share: Given<Share>,
    /// IANA name of the time zone, such as `Europe/Berlin`.
    #[schemars(extend("x-text" = TIME_ZONE))]
    pub zone: String,
}

/// A kind of PC: when it is on, what traits it has, how long it takes to start.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-preset" = "kinds"))]
pub struct Kind {
    /// What it is, in one line.
    #[serde(default)]
    #[allow(dead_code, reason = "shown from the tree")]
    pub about: Option<String>,
    /// When PCs of this kind are on.
    pub schedule: Schedule,
    /// When they restart without being made to. Default: `at_switch_on`.
    #[serde(default)]
    pub restarts: OwnRestarts,
    /// Share of them that reach the vendor's cloud, while on, with software that can take the releases.
    pub connected: Given<Share>,
    /// Share with each trait, drawn independently per PC and trait. A trait that is not listed is absent.
    #[serde(default)]
    pub traits: Named<Given<Share>>,
    /// How long the parts of a start take.
    pub boot: Boot,
    /// Weight in the criticality-weighted measures. Default: 1, an ordinary PC.
    #[serde(default)]
    pub criticality: Option<Given<Number>>,
}

/// When PCs restart without being made to.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum OwnRestarts {
    /// Each time that they are switched on.
    #[default]
    AtSwitchOn,
    /// After so much time on since the last restart: maintenance, or a user who shuts down for real.
    Every(Box<Given<Distribution<Duration>>>),
}

/// When PCs are switched on, in local time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-preset" = "schedules"))]
pub struct Schedule {
    /// What it is, in one line.
    #[serde(default)]
    #[allow(dead_code, reason = "shown from the tree")]
    pub about: Option<String>,
    /// How they are used by day. Without it they are on day and night.
    #[serde(default)]
    pub daily: Option<Daily>,
}

/// Use that is drawn per PC and day.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Daily {
    /// Monday to Friday.
    pub weekday: Day,
    /// Saturday and Sunday.
    pub weekend: Day,
    /// Share of used days at whose end the PC is left on until it is next used.
    pub left_on: Given<Share>,
}

/// How PCs are used on one kind of day.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Day {
    /// Share of PCs that are used on such a day.
    pub used: Given<Share>,
    /// When a used PC is switched on, after local midnight.
    pub from: Given<Distribution<TimeOfDay>>,
    /// When it is switched off, after local midnight; not before it is switched on.
    pub until: Given<Distribution<TimeOfDay>>,
}

/// How long the parts of a start take.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Boot {
    /// From the crash to the restart: dump and crash screen.
    pub dump: Given<Distribution<Duration>>,
    /// Firmware, before Windows begins to load.
    pub firmware: Given<Distribution<Duration>>,
    /// From the firmware to the point where system-start drivers load.
    pub load: Given<Distribution<Duration>>,
    /// From there until the PC can be used.
    pub sign_in: Given<Distribution<Duration>>,
    /// Loading the recovery environment.
    pub recovery_environment: Given<Distribution<Duration>>,
}

/// A kind of organisation.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-preset" = "sectors"))]
pub struct Sector {
    /// What it is, in one line.
    #[serde(default)]
    #[allow(dead_code, reason = "shown from the tree")]
    pub about: Option<String>,
    /// Part of the fleet's PCs.
    pub share: Given<Share>,
    /// PCs per organisation.
    pub size: Given<Distribution<Count>>,
    /// Limit on the size of one organisation.
    pub largest: Given<Count>,
    /// Parts of each organisation's PCs by kind; they add up to 100 %. Laid over another mix, it replaces that as a
    /// whole.
    #[schemars(extend("x-whole" = true))]
    pub mix: Named<Given<Share>>,
    /// The limited means of recovery that the PCs of an organisation share.
    #[serde(default)]
    pub means: Named<Means>,
    /// Who goes first: kinds in the order in which hands take them up; equals are joined by `and`, as in
    /// `kiosk and server`. Kinds that are not named come last. Default: first come, first served.
    #[serde(default)]
    pub first: Vec<String>,
    /// What the organisation's people need from its PCs.
    #[serde(default)]
    pub services: Named<Service>,
    /// A playbook of its own, instead of the scenario's.
    #[serde(default)]
    pub recovery: Option<Playbook>,
}

/// A limited means of recovery: technicians, a key desk, the slots of a provider's interface.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-preset" = "means"))]
pub struct Means {
    /// What it is, in one line.
    #[serde(default)]
    #[allow(dead_code, reason = "shown from the tree")]
    pub about: Option<String>,
    /// How many there are for how many PCs, such as `1 per 80`, rounded up to at least 1. Either this or `count`.
    #[serde(default)]
    pub ratio: Option<Given<Ratio>>,
    /// How many there are, whatever the organisation's size. Either this or `ratio`.
    #[serde(default)]
    pub count: Option<Given<Count>>,
    /// When they work.
    pub shift: Shift,
    /// From the release to the moment the first of them start on the incident.
    pub mobilised: Given<Distribution<Duration>>,
    /// More of them, who come later. Default: none.
    #[serde(default)]
    pub surge: Option<Surge>,
    /// Where the means itself runs: while the organisation's first PC of this kind is down, it can't be used.
    #[serde(default)]
    pub hosted_on: Option<String>,
}

/// People from elsewhere who come to help.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Surge {
    /// How many more for how many PCs, such as `1 per 200`, rounded up to at least 1. Either this or `count`.
    #[serde(default)]
    pub ratio: Option<Given<Ratio>>,
    /// How many more, whatever the organisation's size. Either this or `ratio`.
    #[serde(default)]
    pub count: Option<Given<Count>>,
    /// From the moment the first of the means start on the incident to the moment these do.
    pub after: Given<Distribution<Duration>>,
}

/// When the people of a means work, in local time.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-preset" = "shifts"))]
pub struct Shift {
    /// What it is, in one line.
    #[serde(default)]
    #[allow(dead_code, reason = "shown from the tree")]
    pub about: Option<String>,
    /// The working day; it ends on the day on which it starts. `from: 0 h, until: 24 h` is around the clock.
    pub hours: Hours,
    /// Share of them that work outside these hours on the same kind of day.
    pub off_hours: Given<Share>,
    /// Share of them that work on Saturdays and Sundays, within the hours.
    pub weekend: Given<Share>,
}

/// Hours of the local day.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Hours {
    /// Their start, after local midnight.
    pub from: TimeOfDay,
    /// Their end, after local midnight.
    pub until: TimeOfDay,
}

/// A service that an organisation gives: it is out while any of its needs is not met.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// For each kind, the share of the organisation's PCs of that kind that must be usable. Laid over other needs, they
    /// replace those as a whole.
    #[schemars(extend("x-whole" = true))]
    pub needs: Named<Given<Share>>,
}
