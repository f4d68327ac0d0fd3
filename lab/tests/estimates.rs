//! Whether intervals cover what they say they cover, by simulation with a fixed seed, and what must hold of any
//! readings.

use bugcheck_lab::estimate::{
    Apart, Level, Limit, Point, Readings, bootstrap, holm, mean, paired, proportion, quantile, range,
};
use bugcheck_sim::measure::{Measure, Reading};
use proptest::prelude::*;

const TRIALS: u32 = 4000;

/// xorshift64* (S. Vigna, An experimental exploration of Marsaglia's xorshift generators, scrambled, 2016), independent
/// of anything the crates under test use.
struct Dice(u64);

impl Dice {
    /// More than 0, less than 1.
    fn uniform(&mut self) -> f64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        ((self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 11) as f64 + 0.5) / (1_u64 << 53) as f64
    }

    /// Box and Muller.
    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

fn readings(values: impl IntoIterator<Item = f64>) -> Readings {
    Readings::new(Measure::PcHoursLost, 672.0, values.into_iter().map(Reading::Value))
}

fn covers(low: Limit, high: Limit, truth: f64) -> bool {
    low.at().is_none_or(|low| low <= truth) && high.at().is_none_or(|high| truth <= high)
}

/// The share of trials that say yes, and the largest departure from a nominal share that chance explains (4 sigma).
fn share(nominal: f64, mut trial: impl FnMut() -> bool) -> (f64, f64) {
    let yes = (0..TRIALS).filter(|_| trial()).count();
    (yes as f64 / f64::from(TRIALS), 4.0 * (nominal * (1.0 - nominal) / f64::from(TRIALS)).sqrt())
}

#[test]
fn t_intervals_cover_the_mean_of_normal_outcomes() {
    for (n, confidence) in [(2, 0.95), (5, 0.90), (60, 0.95)] {
        let mut dice = Dice(20_240_719);
        let (covered, chance) = share(confidence, || {
            let estimate = mean(&readings((0..n).map(|_| 100.0 + 3.0 * dice.normal())), Level::new(confidence, 1));
            covers(estimate.low, estimate.high, 100.0)
        });
        assert!((covered - confidence).abs() < chance, "n {n}: {covered} of {confidence} +- {chance}");
    }
}

#[test]
fn a_level_shared_between_looks_holds_over_all_of_them() {
    let mut dice = Dice(7);
    let mut all_looks = |level: Level| {
        share(0.95, || {
            let values: Vec<f64> = (0..48).map(|_| 100.0 + 3.0 * dice.normal()).collect();
            [6, 12, 24, 48].iter().all(|&look| {
                let estimate = mean(&readings(values[..look].iter().copied()), level);
                covers(estimate.low, estimate.high, 100.0)
            })
        })
        .0
    };
    let shared = all_looks(Level::new(0.95, 4));
    assert!(shared >= 0.95, "shared: {shared}");
    let each = all_looks(Level::new(0.95, 1));
    assert!(each < 0.90, "the full level at each look is right less often than it says: {each}");
}

#[test]
fn each_end_of_a_quantile_holds_whatever_the_distribution() {
    for (n, q) in [(60, 0.95_f64), (100, 0.5), (120, 0.05)] {
        let mut dice = Dice(11);
        let truth = -(1.0 - q).ln();
        let (mut low, mut high) = (0, 0);
        for _ in 0..TRIALS {
            let estimate = quantile(&readings((0..n).map(|_| -dice.uniform().ln())), q, Level::new(0.95, 1));
            low += u32::from(estimate.low.at().is_none_or(|at| at <= truth));
            high += u32::from(estimate.high.at().is_none_or(|at| truth <= at));
        }
        for (end, held) in [("low", low), ("high", high)] {
            let held = f64::from(held) / f64::from(TRIALS);
            assert!(held > 0.95 - 0.014, "{end} end of p{q} from {n}: {held}");
        }
    }
}

#[test]
fn wilson_covers_proportions_on_average() {
    let mut dice = Dice(13);
    let (covered, _) = share(0.95, || {
        let p = dice.uniform();
        let events = (0..60).filter(|_| dice.uniform() < p).count() as u32;
        let estimate = proportion(events, 60, Level::new(0.95, 1));
        covers(estimate.low, estimate.high, p)
    });
    assert!((covered - 0.95).abs() < 0.015, "{covered}");
}

#[test]
fn pairing_finds_differences_that_are_there_and_none_that_are_not() {
    for (shift, expected) in [(0.0, 0.05), (1.0, 1.0)] {
        let mut dice = Dice(17);
        let (found, chance) = share(expected, || {
            // The days differ much more than the arms: unpaired, nothing could be told from 20 replications.
            let days: Vec<f64> = (0..20).map(|_| 50.0 * dice.normal()).collect();
            let baseline = readings(days.iter().map(|day| 1000.0 + day + dice.normal()));
            let arm = readings(days.iter().map(|day| 1000.0 + day + dice.normal() + 1.5 * shift));
            paired(&arm, &baseline, Level::new(0.95, 1)).apart == Apart::Apart
        });
        assert!((found - expected).abs() < chance.max(0.02), "shift {shift}: found {found}");
    }
}

#[test]
fn relative_differences_cover_the_ratio_of_the_means() {
    let mut dice = Dice(19);
    let (covered, chance) = share(0.95, || {
        let days: Vec<f64> = (0..60).map(|_| 100.0 + 10.0 * dice.normal()).collect();
        let arm = readings(days.iter().map(|day| 0.8 * day + dice.normal()));
        let relative = paired(&arm, &readings(days), Level::new(0.95, 1)).relative;
        covers(relative.low, relative.high, -0.2)
    });
    assert!((covered - 0.95).abs() < chance + 0.005, "{covered}");
}

#[test]
fn the_bootstrap_covers_a_skewed_mean_better_than_t() {
    let (mut t, mut b, mut skewed) = (0, 0, 0);
    let mut dice = Dice(23);
    let truth = (0.5_f64).exp();
    for _ in 0..400 {
        let outcomes = readings((0..40).map(|_| dice.normal().exp()));
        let level = Level::new(0.95, 1);
        let Some(bootstrap) = bootstrap(&outcomes, level) else { continue };
        let estimate = mean(&outcomes, level);
        skewed += 1;
        t += u32::from(covers(estimate.low, estimate.high, truth));
        b += u32::from(bootstrap.low <= truth && truth <= bootstrap.high);
    }
    assert!(skewed > 350, "log-normal outcomes are seen as skewed: {skewed} of 400");
    assert!(b > t && f64::from(b) > 0.88 * f64::from(skewed), "bootstrap {b}, t {t} of {skewed}");
}

fn reading() -> impl Strategy<Value = Reading> {
    prop_oneof![
        6 => (0.0..672.0_f64).prop_map(Reading::Value),
        1 => Just(Reading::NotWithinHorizon),
        1 => Just(Reading::Nothing),
    ]
}

/// Readings of one arm, some of them beyond the horizon, some empty.
fn arm(n: usize) -> impl Strategy<Value = Readings> {
    prop::collection::vec(reading(), n).prop_map(|all| Readings::new(Measure::TimeTo95, 672.0, all))
}

fn number(point: Point) -> Option<f64> {
    match point {
        Point::Value(value) | Point::AtLeast(value) | Point::AtMost(value) => Some(value),
        Point::NotWithinHorizon => Some(f64::INFINITY),
        Point::Unknown | Point::Nothing => None,
    }
}

proptest! {
    #[test]
    fn no_reading_is_dropped(readings in arm(30)) {
        let estimate = mean(&readings, Level::new(0.95, 1));
        prop_assert_eq!(estimate.n + estimate.nothing, 30);
        prop_assert_eq!(estimate.beyond, readings.beyond());
        prop_assert_eq!(matches!(estimate.value, Point::Value(_)), readings.beyond() == 0 && estimate.n > 0);
    }

    #[test]
    fn an_estimate_lies_within_its_interval(readings in arm(70), q in 0.01..0.99_f64) {
        for estimate in [mean(&readings, Level::new(0.9, 2)), quantile(&readings, q, Level::new(0.9, 2))] {
            let Some(value) = number(estimate.value) else { continue };
            prop_assert!(covers(estimate.low, estimate.high, value), "{:?}", estimate);
        }
    }

    #[test]
    fn more_confidence_is_never_narrower(readings in arm(70), q in 0.2..0.8_f64) {
        for figure in [mean as fn(&Readings, Level) -> _, |r: &Readings, l: Level| quantile(r, 0.5, l)] {
            let sure = figure(&readings, Level::new(0.9, 1));
            let surer = figure(&readings, Level::new(0.9 + q / 10.0, 1));
            if let (Limit::At(a), Limit::At(b)) = (sure.low, surer.low) { prop_assert!(b <= a); }
            if let (Limit::At(a), Limit::At(b)) = (sure.high, surer.high) { prop_assert!(a <= b); }
        }
    }

    #[test]
    fn quantiles_ascend(readings in arm(50)) {
        let range = range(&readings);
        let points: Vec<f64> = [range.p05, range.p50, range.p95].into_iter().filter_map(number).collect();
        prop_assert!(points.is_sorted(), "{:?}", range);
    }

    #[test]
    fn a_difference_the_other_way_round_has_the_other_sign(a in arm(25), b in arm(25)) {
        let (one, other) = (paired(&a, &b, Level::new(0.95, 1)), paired(&b, &a, Level::new(0.95, 1)));
        prop_assert_eq!(one.absolute.n, other.absolute.n);
        prop_assert_eq!(one.apart, other.apart);
        match (one.absolute.value, other.absolute.value) {
            (Point::Value(x), Point::Value(y))
            | (Point::AtLeast(x), Point::AtMost(y))
            | (Point::AtMost(x), Point::AtLeast(y)) =>
                prop_assert!((x + y).abs() < 1e-9),
            (x, y) => prop_assert_eq!(x, y),
        }
    }

    #[test]
    fn holm_never_makes_a_comparison_surer_nor_changes_their_order(p in prop::collection::vec(0.0..1.0_f64, 1..30)) {
        let adjusted: Vec<f64> = holm(&p.iter().copied().map(Some).collect::<Vec<_>>()).into_iter().flatten().collect();
        for (i, (&raw, &one)) in p.iter().zip(&adjusted).enumerate() {
            prop_assert!(one >= raw && one <= 1.0);
            for (j, &other) in p.iter().enumerate() {
                prop_assert!(raw > other || adjusted[i] <= adjusted[j]);
            }
        }
    }
}
