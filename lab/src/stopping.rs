//! When a run has replications enough.
//!
//! Results are looked at only after 60, 120, 240 and 480 replications, and the chance of error is shared between these
//! looks: a rule that looks after every replication stops when chance favours it, and is wrong far more often than it
//! says.

use bugcheck_scenarios::experiment::{Replications, Until};

use crate::estimate::{Estimate, Point, least_alike};

/// The numbers of replications after which results are looked at.
pub const LOOKS: [u32; 4] = [60, 120, 240, 480];

/// The looks that a run may take, ascending: those of [`LOOKS`] from `min` to below `max`, and `max`. Without a
/// precision to reach there is nothing to look for, and `min` is the only one. Never empty.
pub fn looks(replications: &Replications) -> Vec<u32> {
    let Replications { min, max, until } = replications;
    let max = (*max).max(*min).max(1);
    match until {
        None => vec![(*min).max(1)],
        Some(_) => LOOKS.into_iter().filter(|look| look >= min && *look < max).chain([max]).collect(),
    }
}

/// Why a run ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stopped {
    /// It made all the replications that the scenario allows, without reaching the precision.
    Max,
    /// It made those that the scenario asks for, which sets no precision to reach.
    Min,
    /// The precision was reached in every arm.
    Precision,
    /// Someone, or something, stopped it.
    Interrupted,
}

impl Stopped {
    /// As [`crate::results::Manifest::stopped`] writes it.
    pub fn word(self) -> &'static str {
        match self {
            Stopped::Max => "max",
            Stopped::Min => "min",
            Stopped::Precision => "precision",
            Stopped::Interrupted => "interrupted",
        }
    }
}

/// Judges a look: `means` are those of the measure in [`Until`], one per arm. `None` is to go on.
pub(crate) fn judge(look: u32, replications: &Replications, means: &[Estimate]) -> Option<Stopped> {
    match &replications.until {
        None => Some(Stopped::Min),
        Some(until) if means.iter().all(|mean| precise(mean, until)) => Some(Stopped::Precision),
        Some(_) => (look >= replications.max).then_some(Stopped::Max),
    }
}

/// Whether a mean is known to the precision asked for. With readings beyond the horizon it never is. An arm in which
/// nothing happens, or always the same, is precise once there are enough replications to say so of others.
fn precise(mean: &Estimate, until: &Until) -> bool {
    match (mean.value, mean.half_width()) {
        (Point::Value(value), Some(half)) => !mean.too_few_alike() && half <= until.half_width * value.abs(),
        (Point::Nothing, _) => mean.nothing >= least_alike(mean.level),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use bugcheck_sim::measure::{Measure, Reading};

    use super::*;
    use crate::estimate::{Level, Readings, mean};

    fn replications(min: u32, max: u32, half_width: Option<f64>) -> Replications {
        let until = half_width.map(|half_width| Until { measure: Measure::PcHoursLost, half_width, confidence: 0.95 });
        Replications { min, max, until }
    }

    #[test]
    fn looks_are_few_and_fixed() {
        assert_eq!(looks(&replications(60, 480, Some(0.03))), [60, 120, 240, 480]);
        assert_eq!(looks(&replications(100, 300, Some(0.03))), [120, 240, 300]);
        assert_eq!(looks(&replications(4, 8, Some(0.03))), [8]);
        assert_eq!(looks(&replications(60, 60, Some(0.03))), [60]);
        assert_eq!(looks(&replications(30, 480, None)), [30]);
        assert_eq!(looks(&replications(0, 0, Some(0.1))), [1]);
    }

    fn arm(values: &[f64]) -> Estimate {
        let readings = Readings::new(Measure::PcHoursLost, 672.0, values.iter().map(|&v| Reading::Value(v)));
        mean(&readings, Level::new(0.95, 4))
    }

    #[test]
    fn every_arm_must_be_precise() {
        let (sharp, blunt) = (arm(&[100.0, 100.5, 99.5, 100.0]), arm(&[1.0, 100.0, 50.0, 3.0]));
        let asked = replications(60, 480, Some(0.03));
        assert_eq!(judge(60, &asked, &[sharp.clone(), sharp.clone()]), Some(Stopped::Precision));
        assert_eq!(judge(60, &asked, &[sharp.clone(), blunt.clone()]), None);
        assert_eq!(judge(480, &asked, &[sharp.clone(), blunt]), Some(Stopped::Max));
        assert_eq!(judge(30, &replications(30, 480, None), std::slice::from_ref(&sharp)), Some(Stopped::Min));
        assert_eq!(judge(30, &replications(30, 30, None), &[sharp]), Some(Stopped::Min));
    }

    /// With four looks it takes 86 replications that are all the same to be sure of 95 % of the others.
    #[test]
    fn the_same_in_all_replications_is_precise_only_where_they_are_many() {
        let asked = replications(60, 480, Some(0.03));
        let nothing =
            |n| mean(&Readings::new(Measure::TimeTo50, 672.0, vec![Reading::Nothing; n]), Level::new(0.95, 4));
        for (n, stopped) in [(60, None), (85, None), (86, Some(Stopped::Precision))] {
            assert_eq!(judge(60, &asked, &[arm(&vec![0.0; n])]), stopped, "{n} zeros");
            assert_eq!(judge(60, &asked, &[arm(&vec![7.0; n])]), stopped, "{n} times the same");
            assert_eq!(judge(60, &asked, &[nothing(n)]), stopped, "{n} times nothing");
        }
    }

    #[test]
    fn readings_beyond_the_horizon_are_never_precise() {
        let readings = Readings::new(Measure::TimeTo99, 672.0, [Reading::NotWithinHorizon; 60]);
        let until = replications(60, 480, Some(0.5));
        assert_eq!(judge(60, &until, &[mean(&readings, Level::new(0.95, 4))]), None);
    }
}
