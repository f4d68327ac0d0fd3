//! What the same dice were worth: how closely arms follow the baseline, and the replications that this saved.

use super::Difference;
use super::quantile::rank;

/// What pairing was worth over some arms, each compared with the baseline in one measure. Arms of which the one or the
/// other does not vary say nothing, and are left out.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Pairing {
    /// The median of the correlations with the baseline.
    pub correlation: f64,
    /// The smallest and the largest of them.
    pub correlations: (f64, f64),
    /// The median of the replications that independent dice would have needed on top, for the same precision of the
    /// difference. Negative where pairing cost some.
    pub saved: f64,
    /// Arms that it is taken over.
    pub arms: u32,
}

/// What pairing was worth; `None` where no arm says anything.
pub fn pairing<'a>(differences: impl IntoIterator<Item = &'a Difference>) -> Option<Pairing> {
    let told = |difference: &Difference| Some((difference.correlation?, difference.saved?));
    let (mut correlations, mut saved): (Vec<f64>, Vec<f64>) = differences.into_iter().filter_map(told).unzip();
    correlations.sort_by(f64::total_cmp);
    saved.sort_by(f64::total_cmp);
    let middle = rank(0.5, correlations.len())? - 1;
    Some(Pairing {
        correlation: correlations[middle],
        correlations: (*correlations.first()?, *correlations.last()?),
        saved: saved[middle],
        arms: correlations.len() as u32,
    })
}

#[cfg(test)]
mod tests {
    use bugcheck_sim::measure::{Measure, Reading};

    use super::*;
    use crate::estimate::{Level, Readings, paired};

    #[test]
    fn the_median_arm_speaks_and_arms_that_do_not_vary_are_silent() {
        let readings = |values: [f64; 4]| Readings::new(Measure::PcHoursLost, 672.0, values.map(Reading::Value));
        let baseline = readings([1.0, 2.0, 3.0, 5.0]);
        let arms = [[1.1, 2.0, 3.1, 5.0], [5.0, 3.0, 2.0, 1.0], [2.0, 4.0, 7.0, 9.0], [7.0; 4], [2.0, 3.0, 4.0, 6.0]];
        let differences = arms.map(|arm| paired(&readings(arm), &baseline, Level::new(0.95, 1)));
        let found = pairing(&differences).unwrap();
        // The fourth does not vary, the fifth differs by 1 always: neither says what pairing saved.
        assert_eq!((found.arms, Some(found.correlation)), (3, differences[2].correlation));
        assert!(found.correlations.0 < -0.9 && found.correlations.1 > 0.99, "{found:?}");
        assert_eq!(Some(found.saved), differences[2].saved);
        assert!(differences[1].saved.unwrap() < 0.0, "arms that go against each other cost some");
        assert_eq!(pairing(&differences[3..]), None);
    }
}
