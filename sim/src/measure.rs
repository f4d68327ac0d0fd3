//! What is counted: the measures, and the record of one replication.

pub mod bins;
pub mod tally;

use serde::{Deserialize, Serialize};

use crate::time::Millis;

/// A measure of one replication. Its name is its column in the results and its key in `expect`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "MEASURES defines each one")]
pub enum Measure {
    Pcs,
    PcsHit,
    PcsDown,
    PcsDownPeak,
    PcHoursLost,
    WorkHoursLost,
    WeightedPcHoursLost,
    WeightedWorkHoursLost,
    ServiceHoursLost,
    OrganisationsStopped,
    #[serde(rename = "time_to_50")]
    TimeTo50,
    #[serde(rename = "time_to_90")]
    TimeTo90,
    #[serde(rename = "time_to_95")]
    TimeTo95,
    #[serde(rename = "time_to_99")]
    TimeTo99,
    #[serde(rename = "time_to_100")]
    TimeTo100,
    PcsStillDown,
    PcsDataLost,
    TechnicianHours,
    UnprotectedPcHours,
    StalePcHours,
    #[serde(rename = "time_to_protect_95")]
    TimeToProtect95,
    DegradedPcHours,
    PcsCompromised,
    DetectionDelay,
    PcsHitAfterFirstSignal,
    FalseHalts,
}

/// The definition of a measure.
#[derive(Clone, Copy, Debug)]
pub struct Definition {
    /// Which.
    pub measure: Measure,
    /// Its name in scenarios and results.
    pub name: &'static str,
    /// The unit of its values.
    pub unit: &'static str,
    /// What it is, in one sentence.
    pub meaning: &'static str,
    /// How it is computed.
    pub formula: &'static str,
    /// Whether it adds up over segments (counts and hours do, times do not).
    pub additive: Additive,
}

/// Whether the values of a measure in the parts of the fleet add up to its value in the fleet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Additive {
    /// They do.
    Yes,
    /// They do not.
    No,
}

macro_rules! definitions {
    ($($variant:ident $name:literal $unit:literal $additive:ident: $meaning:literal; $formula:literal)*) => {
        /// All measures, in the order in which results list them.
        pub const MEASURES: &[Definition] = &[$(Definition {
            measure: Measure::$variant, name: $name, unit: $unit, additive: Additive::$additive,
            meaning: $meaning, formula: $formula,
        }),*];
    };
}

definitions! {
    Pcs "pcs" "PCs" Yes: "PCs that have the agent of the release"; "count of PCs with the agent, whether or not the release can reach them"
    PcsHit "pcs_hit" "PCs" Yes: "PCs that ran the faulty release"; "count of PCs on which the release was installed and the fault could strike"
    PcsDown "pcs_down" "PCs" Yes: "PCs that were unusable at least once because of the release"; "count of PCs with at least one interval of down time"
    PcsDownPeak "pcs_down_peak" "PCs" No: "Most PCs that were unusable at one instant"; "maximum over the instants of the curve of PCs down"
    PcHoursLost "pc_hours_lost" "PC-hours" Yes: "Time for which PCs were unusable"; "sum over PCs of the length of their down time within the horizon"
    WorkHoursLost "work_hours_lost" "PC-hours" Yes: "The part of the lost time in which the PC's schedule had it on"; "sum over PCs of down time within their own hours"
    WeightedPcHoursLost "weighted_pc_hours_lost" "weighted PC-hours" Yes: "Lost time, weighted by how critical the kind of PC is"; "sum over PCs of down time x criticality of the kind"
    WeightedWorkHoursLost "weighted_work_hours_lost" "weighted PC-hours" Yes: "Lost time within the PC's own hours, weighted by how critical the kind of PC is"; "sum over PCs of down time within their own hours x criticality of the kind"
    ServiceHoursLost "service_hours_lost" "service-hours" Yes: "Time for which services that organisations give were out"; "sum over organisations and services of the time in which a need was not met"
    OrganisationsStopped "organisations_stopped" "organisations" Yes: "Organisations that could not work at least once"; "count of organisations with a service out, or, where no service is declared, with half of their PCs down at once"
    TimeTo50 "time_to_50" "h" No: "Time from the release until half of the PCs that went down were usable again for good"; "50 % quantile over pcs_down of (last recovery - release)"
    TimeTo90 "time_to_90" "h" No: "Time from the release until 90 % of the PCs that went down were usable again for good"; "90 % quantile over pcs_down of (last recovery - release)"
    TimeTo95 "time_to_95" "h" No: "Time from the release until 95 % of the PCs that went down were usable again for good"; "95 % quantile over pcs_down of (last recovery - release)"
    TimeTo99 "time_to_99" "h" No: "Time from the release until 99 % of the PCs that went down were usable again for good"; "99 % quantile over pcs_down of (last recovery - release)"
    TimeTo100 "time_to_100" "h" No: "Time from the release until the last PC was usable again"; "maximum over pcs_down of (last recovery - release)"
    PcsStillDown "pcs_still_down" "PCs" Yes: "PCs that were unusable when the horizon came"; "count of PCs down at the horizon"
    PcsDataLost "pcs_data_lost" "PCs" Yes: "PCs that came back without the data that was stored on them only"; "count of PCs recovered by a step that loses local data"
    TechnicianHours "technician_hours" "h" Yes: "Time for which people and other limited means were busy with recovery, waits at desks included"; "sum over hands-on work of (end - start)"
    UnprotectedPcHours "unprotected_pc_hours" "PC-hours" Yes: "Time for which PCs were usable while their agent was not running"; "sum over PCs of time on and usable, with the component that parses the channel not running"
    StalePcHours "stale_pc_hours" "PC-hours" Yes: "Time for which PCs were usable without the protection that the release was to bring"; "sum over PCs of time on and usable from the release until a good version is installed"
    TimeToProtect95 "time_to_protect_95" "h" No: "Time from the release until 95 % of the PCs that it can reach had a good version"; "95 % quantile over the PCs that the release can reach of (good version installed and PC usable - release)"
    DegradedPcHours "degraded_pc_hours" "PC-hours" Yes: "Time for which PCs could be used, but were slow or had no network"; "sum over PCs of time on and usable while a fault slows them down or cuts them off"
    PcsCompromised "pcs_compromised" "PCs" Yes: "PCs that attackers got into within the horizon"; "count of PCs with campaign rate x exposed time above their draw: 1 - exp(-sum of rates x hours stale or unprotected, on, usable and within the campaign) > uniform draw per PC"
    DetectionDelay "detection_delay" "h" No: "Time from the release until the vendor knew"; "first notice or failed gate - release"
    PcsHitAfterFirstSignal "pcs_hit_after_first_signal" "PCs" No: "PCs hit after the first sign of the fault had reached the vendor"; "count of PCs hit later than the minute in which the first signal arrived (from two days after the release on, than the ten minutes)"
    FalseHalts "false_halts" "halts" No: "Times that a gate stopped a release without a fault"; "count of gate stops where the release has no fault"
}

impl Measure {
    /// Its definition.
    ///
    /// # Panics
    /// Never: a test holds that every measure is defined.
    pub fn definition(self) -> &'static Definition {
        MEASURES.iter().find(|d| d.measure == self).expect("every measure is defined")
    }

    /// The measure of this name.
    pub fn named(name: &str) -> Option<Measure> {
        MEASURES.iter().find(|d| d.name == name).map(|d| d.measure)
    }
}

/// A part of the fleet, by one dimension at a time, or by region and sector.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Segment {
    /// All PCs.
    Fleet,
    /// One region.
    Region(String),
    /// One sector.
    Sector(String),
    /// One kind of PC.
    Kind(String),
    /// One architecture.
    Architecture(String),
    /// One sector in one region. Only what adds up is measured of it, and only where the fleet has several of both.
    Place {
        /// The region.
        region: String,
        /// The sector.
        sector: String,
    },
}

/// A value of a measure in one replication.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reading {
    /// A number, in the unit of the measure.
    Value(f64),
    /// A time that is not within the horizon: later than it, by how much is not known.
    NotWithinHorizon,
    /// There is nothing to measure (the time to recover of a fleet in which nothing went down).
    Nothing,
}

/// One measure of one segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measured {
    /// Which part of the fleet.
    pub segment: Segment,
    /// What.
    pub measure: Measure,
    /// How much.
    pub reading: Reading,
}

/// What is drawn over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CurveOf {
    /// PCs down at the instant; time counts from the release.
    PcsDown,
    /// PCs hit so far; time counts from the release.
    PcsHit,
    /// Share of the PCs that went down and are not yet back, by time since their own first failure (Kaplan-Meier).
    StillDownSinceFailure,
    /// Share of the organisations with a PC down whose last PC is not yet back, by time since the release.
    OrganisationsNotYetWhole,
}

/// A measure over time, of one segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Curve {
    /// Which part of the fleet.
    pub segment: Segment,
    /// What.
    pub of: CurveOf,
    /// Instants, ascending, the same in all curves of an experiment (see [`bins::grid`]).
    pub at: Vec<Millis>,
    /// Values at those instants.
    pub values: Vec<f64>,
}

/// What a step of the playbook did.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StepUse {
    /// Its name.
    pub step: String,
    /// Times it was begun by hand, or tracks of tries that were begun.
    pub attempts: f64,
    /// PCs that it brought back.
    pub repairs: f64,
}

/// Something that the vendor did or saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CloudEvent {
    /// When, from the scenario's start.
    pub at: Millis,
    /// What, in words, such as `ring early opens` or `withdrawn`.
    pub what: String,
}

/// Everything that one replication of one arm gave.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// blake3 over the canonical integers of the outcome, in hex.
    pub digest: String,
    /// PCs in the fleet.
    pub pcs: u64,
    /// PCs that were simulated (fewer than the fleet where organisations were sampled).
    pub pcs_simulated: u64,
    /// Organisations in the fleet.
    pub organisations: u64,
    /// Organisations that were simulated.
    pub organisations_simulated: u64,
    /// Events that were carried out.
    pub events: u64,
    /// All measures of all segments, segments in the order fleet, regions, sectors, kinds, architectures; then a few
    /// of places, region by region.
    pub measured: Vec<Measured>,
    /// Curves of the fleet, and of the kinds of PC.
    pub curves: Vec<Curve>,
    /// What each step of the playbook did, by name.
    pub steps: Vec<StepUse>,
    /// The vendor's timeline, in the order of time.
    pub cloud: Vec<CloudEvent>,
}

impl Record {
    /// The reading of a measure in a segment.
    pub fn reading(&self, segment: &Segment, measure: Measure) -> Option<Reading> {
        self.measured.iter().find(|m| m.measure == measure && &m.segment == segment).map(|m| m.reading)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_measure_is_defined_and_is_written_by_its_name() {
        for definition in MEASURES {
            assert_eq!(Measure::named(definition.name), Some(definition.measure));
            let written = serde_json::to_string(&definition.measure).expect("a name");
            assert_eq!(written, format!("\"{}\"", definition.name));
        }
    }
}
