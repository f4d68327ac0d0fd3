//! What verdicts and curves ask of the lab's estimators beyond their plain use.

use bugcheck_lab::estimate::{
    Change, Difference, Estimate, Level, Readings, mean, paired, quantile, quantile_of_differences,
};
use bugcheck_lab::results::Replication;
use bugcheck_scenarios::experiment::{Over, Versus};
use bugcheck_sim::Record;
use bugcheck_sim::measure::{Curve, CurveOf, Measure, Reading, Segment};

/// The figure that an expectation looks at, where it is held against nothing.
pub(crate) fn itself(readings: &Readings, over: Over, level: Level) -> Estimate {
    match over {
        Over::Mean => mean(readings, level),
        Over::Quantile(q) => quantile(readings, q, level),
    }
}

/// The figure that an expectation looks at, where it is held against the baseline. A quantile is that of the
/// differences from pair to pair.
pub(crate) fn against(arm: &Readings, baseline: &Readings, over: Over, versus: Versus, level: Level) -> Estimate {
    match over {
        Over::Mean => {
            let Difference { absolute, relative, .. } = paired(arm, baseline, level);
            if versus == Versus::BaselinePercent { relative } else { absolute }
        }
        Over::Quantile(q) => {
            let change = if versus == Versus::BaselinePercent { Change::Relative } else { Change::Absolute };
            quantile_of_differences(arm, baseline, q, change, level)
        }
    }
}

/// A change that has no percentage, because the baseline is 0 in every replication that both have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FromZero {
    /// The arm is 0 in all of them, too.
    NoChange {
        /// The replications that both have.
        pairs: u32,
    },
    /// The arm is not.
    Change,
}

/// Whether the baseline is 0 wherever both have a number, and what the arm is there; `None` where a percentage of the
/// baseline makes sense, and where there is no such pair.
pub(crate) fn from_zero(arm: &Readings, baseline: &Readings) -> Option<FromZero> {
    let pairs: Vec<(Reading, Reading)> = measured(arm, baseline).collect();
    let zero = |reading| reading == Reading::Value(0.0);
    if pairs.is_empty() || !pairs.iter().all(|(_, b)| zero(*b)) {
        return None;
    }
    let no_change = pairs.iter().all(|(a, _)| zero(*a));
    Some(if no_change { FromZero::NoChange { pairs: pairs.len() as u32 } } else { FromZero::Change })
}

/// Replications in which the baseline is 0 and the arm is not: their change is larger than any part of the baseline.
pub(crate) fn grown_from_zero(arm: &Readings, baseline: &Readings) -> u32 {
    let zero = Reading::Value(0.0);
    measured(arm, baseline).filter(|(a, b)| *b == zero && *a != zero).count() as u32
}

/// The pairs in which both have something to measure.
fn measured<'a>(arm: &'a Readings, baseline: &'a Readings) -> impl Iterator<Item = (Reading, Reading)> + 'a {
    arm.by_replication.iter().filter_map(|&(number, reading)| {
        let at = baseline.by_replication.binary_search_by_key(&number, |(n, _)| *n).ok()?;
        Some((reading, baseline.by_replication[at].1)).filter(|(a, b)| *a != Reading::Nothing && *b != Reading::Nothing)
    })
}

/// Replications that hold one curve: PCs down as a share of all that went down in the replication.
pub(crate) fn shares_down(replications: &[Replication]) -> Vec<Replication> {
    replications.iter().filter_map(share_down).collect()
}

fn share_down(replication: &Replication) -> Option<Replication> {
    let record = &replication.record;
    let Some(Reading::Value(down)) = record.reading(&Segment::Fleet, Measure::PcsDown) else { return None };
    let curve = record.curves.iter().find(|c| c.of == CurveOf::PcsDown && c.segment == Segment::Fleet)?;
    if down <= 0.0 {
        return None;
    }
    let values = curve.values.iter().map(|value| value / down).collect();
    let curve = Curve { values, ..curve.clone() };
    let record = Record {
        digest: String::new(),
        pcs: record.pcs,
        pcs_simulated: record.pcs_simulated,
        organisations: record.organisations,
        organisations_simulated: record.organisations_simulated,
        events: record.events,
        measured: Vec::new(),
        curves: vec![curve],
        steps: Vec::new(),
        cloud: Vec::new(),
    };
    Some(Replication { number: replication.number, inputs: Vec::new(), record })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn readings(all: &[Reading]) -> Readings {
        Readings::new(Measure::TimeTo95, 672.0, all.iter().copied())
    }

    #[test]
    fn a_change_from_zero_has_no_percentage() {
        let [zero, ten, nothing] = [Reading::Value(0.0), Reading::Value(10.0), Reading::Nothing];
        let found = |arm: &[Reading], baseline: &[Reading]| from_zero(&readings(arm), &readings(baseline));
        assert_eq!(found(&[zero, zero], &[zero, zero]), Some(FromZero::NoChange { pairs: 2 }));
        assert_eq!(found(&[zero, ten], &[zero, zero]), Some(FromZero::Change));
        assert_eq!(found(&[ten, zero], &[zero, zero]), Some(FromZero::Change));
        assert_eq!(found(&[zero, ten], &[zero, ten]), None);
        assert_eq!(found(&[zero, nothing], &[zero, zero]), Some(FromZero::NoChange { pairs: 1 }));
        assert_eq!(found(&[nothing], &[zero]), None);
        assert_eq!(grown_from_zero(&readings(&[ten, zero, ten, nothing]), &readings(&[zero, zero, ten, zero])), 1);
    }
}
