//! Mean curves over replications, with bands.

use bugcheck_sim::measure::{Curve, CurveOf, Measure, Reading, Segment};
use bugcheck_sim::time::Millis;

use super::mean::{Moments, interval};
use super::quantile::rank;
use super::{Level, Limit};
use crate::results::Replication;

/// The mean curve of an arm.
///
/// Both bands come from the spread between replications: PCs of one replication share crews and luck, so that pooling
/// them would make the bands far too narrow. For the survival curves ([`CurveOf::StillDownSinceFailure`]) this is the
/// mean of the replications' own Kaplan-Meier curves. A replication in which nothing went down has no share of
/// what did, so that it is in no band of shares.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// Instants, in milliseconds from the curve's zero.
    pub at: Vec<Millis>,
    /// Mean over the replications.
    pub mean: Vec<f64>,
    /// Precision of the mean, at each instant by itself: lower and upper end of the t interval, not below 0, and of
    /// shares not above 1. With fewer than two replications both ends are the mean.
    pub low: Vec<f64>,
    /// Upper end.
    pub high: Vec<f64>,
    /// Range of outcomes: 5 % of the replications lie below, at each instant by itself.
    pub p05: Vec<f64>,
    /// 5 % of the replications lie above.
    pub p95: Vec<f64>,
    /// Replications that have the curve.
    pub n: u32,
}

/// The mean curve over the replications that have this curve; `None` where none has, or where their instants differ.
pub fn band(replications: &[Replication], segment: &Segment, of: CurveOf, level: Level) -> Option<Band> {
    let curves: Vec<&Curve> = replications.iter().filter_map(|r| find(r, segment, of)).collect();
    let at = curves.first()?.at.clone();
    if curves.iter().any(|c| c.at != at || c.values.len() != at.len()) {
        return None;
    }
    let n = curves.len() as u32;
    let mut band = Band { at, mean: vec![], low: vec![], high: vec![], p05: vec![], p95: vec![], n };
    for instant in 0..band.at.len() {
        let mut values: Vec<f64> = curves.iter().map(|c| c.values[instant]).collect();
        let moments = Moments::of(&values)?;
        let end = |limit: Limit| limit.at().unwrap_or(moments.mean);
        let (low, high) = interval(Some(moments), level);
        values.sort_by(f64::total_cmp);
        band.mean.push(moments.mean);
        band.low.push(end(low).max(0.0));
        band.high.push(end(high).min(most(of)));
        band.p05.push(ranked(&values, 0.05));
        band.p95.push(ranked(&values, 0.95));
    }
    Some(band)
}

/// The most that a curve can reach.
fn most(of: CurveOf) -> f64 {
    match of {
        CurveOf::StillDownSinceFailure | CurveOf::OrganisationsNotYetWhole => 1.0,
        CurveOf::PcsDown | CurveOf::PcsHit => f64::INFINITY,
    }
}

/// The curve of a replication; none of a share of what went down where nothing did, whatever stands there.
fn find<'a>(replication: &'a Replication, segment: &Segment, of: CurveOf) -> Option<&'a Curve> {
    let record = &replication.record;
    let share = matches!(of, CurveOf::StillDownSinceFailure | CurveOf::OrganisationsNotYetWhole);
    if share && record.reading(segment, Measure::PcsDown) == Some(Reading::Value(0.0)) {
        return None;
    }
    record.curves.iter().find(|c| c.of == of && c.segment == *segment)
}

/// The smallest of the sorted values (at least one) that at least `q` of them do not exceed.
fn ranked(sorted: &[f64], q: f64) -> f64 {
    rank(q, sorted.len()).map_or(f64::NAN, |rank| sorted[rank - 1])
}

#[cfg(test)]
mod tests {
    use bugcheck_sim::measure::Measured;

    use super::*;
    use crate::testing::replication;

    fn with_curve(number: u32, values: [f64; 3]) -> Replication {
        let mut replication = replication(number);
        let at = vec![0, 1000, 2000];
        replication.record.curves =
            vec![Curve { segment: Segment::Fleet, of: CurveOf::PcsDown, at, values: values.to_vec() }];
        replication
    }

    #[test]
    fn a_band_is_the_spread_between_replications() {
        let all = [with_curve(0, [0.0, 10.0, 4.0]), with_curve(1, [0.0, 20.0, 4.0]), with_curve(2, [0.0, 30.0, 4.0])];
        let band = band(&all, &Segment::Fleet, CurveOf::PcsDown, Level::new(0.95, 1)).unwrap();
        assert_eq!((band.mean, band.n), (vec![0.0, 20.0, 4.0], 3));
        // t(0.975, 2) x 10 / sqrt(3) = 24.84; not below 0.
        assert!(band.low[1].abs() < 1e-12 && (band.high[1] - 44.841).abs() < 1e-3);
        assert_eq!((band.low[2], band.high[2]), (4.0, 4.0));
        assert_eq!((band.p05[1], band.p95[1]), (10.0, 30.0));
    }

    #[test]
    fn a_band_of_shares_does_not_leave_what_is_possible() {
        let mut all = [0.0, 0.5, 1.0].map(|share| with_curve(0, [1.0, share, 0.1 * share]));
        for one in &mut all {
            one.record.curves[0].of = CurveOf::StillDownSinceFailure;
        }
        let shares = band(&all, &Segment::Fleet, CurveOf::StillDownSinceFailure, Level::new(0.95, 1)).unwrap();
        assert_eq!((shares.low[1], shares.high[1]), (0.0, 1.0), "the t interval is 0.5 +- 1.24");
        for one in &mut all {
            one.record.curves[0].of = CurveOf::PcsDown;
        }
        let counts = band(&all, &Segment::Fleet, CurveOf::PcsDown, Level::new(0.95, 1)).unwrap();
        assert!((counts.high[1] - 1.742).abs() < 1e-3);
    }

    #[test]
    fn what_never_went_down_is_in_no_band_of_shares() {
        for (of, filler) in [(CurveOf::StillDownSinceFailure, 1.0), (CurveOf::OrganisationsNotYetWhole, 0.0)] {
            let mut all = [with_curve(0, [1.0, 0.5, 0.0]), with_curve(1, [filler; 3]), with_curve(2, [1.0, 0.7, 0.0])];
            for (replication, down) in all.iter_mut().zip([9.0, 0.0, 2.0]) {
                replication.record.curves[0].of = of;
                let fleet = |m: &&mut Measured| m.segment == Segment::Fleet && m.measure == Measure::PcsDown;
                replication.record.measured.iter_mut().find(fleet).unwrap().reading = Reading::Value(down);
            }
            let shares = band(&all, &Segment::Fleet, of, Level::new(0.95, 1)).unwrap();
            assert_eq!((shares.mean, shares.n), (vec![1.0, 0.6, 0.0], 2), "{of:?}");
            assert_eq!(band(&all[1..2], &Segment::Fleet, of, Level::new(0.95, 1)), None, "{of:?}");
        }
    }

    #[test]
    fn curves_that_do_not_match_have_no_mean() {
        let mut other = with_curve(1, [1.0, 2.0, 3.0]);
        other.record.curves[0].at[1] = 1500;
        let all = [with_curve(0, [0.0, 10.0, 4.0]), other];
        assert_eq!(band(&all, &Segment::Fleet, CurveOf::PcsDown, Level::new(0.95, 1)), None);
        assert_eq!(band(&all[..1], &Segment::Fleet, CurveOf::PcsHit, Level::new(0.95, 1)), None);
    }
}
