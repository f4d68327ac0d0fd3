//! Rows by plain arithmetic, and a document without a mark left in it.

use super::*;
use bugcheck_lab::estimate::{Readings, mean, range};
use bugcheck_sim::measure::{Measure, Reading};

fn figure(values: &[f64]) -> Figure {
    let readings = Readings::new(Measure::Pcs, 1.0, values.iter().map(|&value| Reading::Value(value)));
    Figure { estimate: mean(&readings, level()), outcomes: range(&readings) }
}

fn row(published: (f64, f64), values: &[f64], rules: &[Rule]) -> Row {
    Row {
        what: "share | hit".into(),
        published,
        source: "Somebody, 2024".into(),
        found: figure(values),
        quantity: Quantity::Part,
        rules: rules.to_vec(),
    }
}

fn order(values: &[f64]) -> Order {
    Order {
        what: "servers before offices".into(),
        source: "Somebody".into(),
        found: figure(values),
        quantity: Quantity::Span,
        agree: (2, 3),
    }
}

fn validation(row: Row) -> Validation {
    Validation {
        runs: vec![],
        hit: vec![Row { quantity: Quantity::Amount("PCs"), ..row.clone() }],
        shares: vec![row],
        zones: vec![],
        back: vec![],
        pace: vec![],
        orders: vec![order(&[-3.0, -2.0, -4.0])],
        sensors: vec![],
        fitted: vec![],
        base: 100,
    }
}

#[test]
fn a_mean_within_a_published_range_is_off_by_nothing() {
    let rule = Rule::Reach(0.1);
    assert_eq!(row((0.2, 0.32), &[0.2, 0.3], &[rule]).gap(), Some(0.0));
    let above = row((0.2, 0.32), &[0.4, 0.44], &[rule]);
    assert!((above.gap().unwrap() - 0.1).abs() < 1e-12);
    let below = row((0.2, 0.32), &[0.05, 0.09], &[rule]);
    assert!((below.gap().unwrap() + 0.13).abs() < 1e-12);
    assert_eq!(below.fit(rule), Fit::Misses);
    assert!(below.misses());
}

#[test]
fn a_small_share_can_be_within_10_points_and_far_off() {
    let (points, factor) = (Rule::Reach(0.1), Rule::Factor(2.0));
    let small = row((0.03, 0.03), &[0.001, 0.001], &[points, factor]);
    assert_eq!((small.fit(points), small.fit(factor)), (Fit::Fits, Fit::Misses));
    assert!(small.misses());
}

#[test]
fn nothing_measured_is_neither_a_fit_nor_a_miss() {
    let nothing = row((0.03, 0.03), &[], &[Rule::Reach(0.1)]);
    assert_eq!(nothing.fit(Rule::Reach(0.1)), Fit::Unknown);
    assert!(!nothing.misses());
    assert_eq!(order(&[-1.0]).fit(), Fit::Unknown);
    assert_eq!(order(&[-3.0, -2.0, -4.0]).fit(), Fit::Fits);
    assert_eq!(order(&[-3.0, 2.0, 4.0]).fit(), Fit::Misses);
}

#[test]
fn a_miss_is_said_in_its_row_and_again_in_the_list() {
    let page = render(&validation(row((0.2, 0.2), &[0.5, 0.52], &[Rule::Reach(0.1)])));
    assert!(!page.contains("{{"), "no mark is left: {page}");
    assert!(page.contains("| +31.0 points | **no** | Somebody, 2024 |"), "{page}");
    assert!(page.contains("- share \\| hit: 20 % published, 51"), "{page}");
    let page = render(&validation(row((0.5, 0.5), &[0.5, 0.52], &[Rule::Reach(0.1)])));
    assert!(page.contains("- No row misses."), "{page}");
}

#[test]
fn a_run_that_is_missing_is_named() {
    assert_eq!(build(&[]).unwrap_err().to_string(), "`july-2024` has no finished replications to report on");
}
