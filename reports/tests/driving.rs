//! What drives an outcome and the curves of a sweep, as people see them.

use bugcheck_lab::drivers::{Driving, Figure, Influence, Unranked};
use bugcheck_lab::estimate::{Level, Readings, mean, paired, range};
use bugcheck_lab::swept::{Curve, Point, Scale, Swept};
use bugcheck_reports::terminal::{Page, Paint};
use bugcheck_reports::{drivers, swept};
use bugcheck_sim::measure::{Measure, Reading};

const PAGE: Page = Page { width: 100, paint: Paint::Plain };

fn figure(name: &'static str, value: f64) -> Figure {
    Figure { name, value, low: value - 0.1 * value.abs(), high: value + 0.2 * value.abs() }
}

fn driving(method: &'static str, figures: &[(&'static str, f64)], inputs: usize) -> Driving {
    let influence = |i: usize| Influence {
        input: format!("fleet.kinds.office.traits.number_{i}"),
        range: "50% to 95%, likely 70%".into(),
        figures: figures.iter().map(|(name, value)| figure(name, value / (i + 1) as f64)).collect(),
    };
    Driving {
        method,
        arm: "kernel / by_hand".into(),
        measure: Measure::PcHoursLost,
        influences: (0..inputs).map(influence).collect(),
        unranked: None,
        chance: (method == "sobol").then(|| figure("first_order", 0.06)),
        n: 20,
        nothing: 0,
        beyond: if method == "rank" { 3 } else { 0 },
    }
}

#[test]
fn each_method_shows_its_figures_with_intervals_and_says_what_they_mean() {
    let morris = driving("morris", &[("mu_star", 53.9e6), ("mu", -53.9e6), ("sigma", 12.5e6)], 3);
    insta::assert_snapshot!("drivers_morris", drivers::render(&morris, PAGE));
    let sobol = driving("sobol", &[("total", 0.62), ("first_order", 0.48)], 2);
    insta::assert_snapshot!("drivers_sobol", drivers::render(&sobol, PAGE));
    let rank = driving("rank", &[("rank_correlation", -0.77)], 23);
    insta::assert_snapshot!("drivers_rank", drivers::render(&rank, PAGE));
}

#[test]
fn where_no_input_is_ranked_the_reason_stands_in_place_of_the_table() {
    let empty =
        |unranked, n| drivers::render(&Driving { unranked: Some(unranked), n, ..driving("rank", &[], 0) }, PAGE);
    let few = empty(Unranked::TooFew(10), 5);
    assert!(few.contains("5 replications have a value, and fewer than 10 say nothing."), "{few}");
    assert!(!few.contains("nothing to measure") && !few.contains("uncertain input"), "{few}");
    let same = empty(Unranked::SameThroughout, 60);
    assert!(same.contains("pc_hours_lost does not vary, it is the same in all 60 replications."), "{same}");
}

/// Two curves over three bake times, of which the second does not fall.
fn curves() -> Swept {
    let level = Level::new(0.95, 1);
    let readings = |centre: f64| {
        let value = |i: u32| centre + f64::from(i * 7 % 12);
        Readings::new(Measure::PcHoursLost, 672.0, (0..60).map(|i| Reading::Value(1e6 * value(i))))
    };
    let curve = |rest: &str, centres: [f64; 3]| {
        let first = readings(centres[0]);
        let points = centres.iter().zip([(0.5, "30 min"), (4.0, "4 h"), (24.0, "1 d")]).map(|(centre, (x, value))| {
            let here = readings(*centre);
            Point {
                value: value.into(),
                x,
                estimate: mean(&here, level),
                outcomes: range(&here),
                change: (x > 1.0).then(|| paired(&here, &first, level)),
            }
        });
        Curve { rest: rest.into(), points: points.collect() }
    };
    let curves = vec![curve("by_hand", [100.0, 60.0, 20.0]), curve("qmr & <co>", [30.0, 30.0, 30.0])];
    Swept { factor: "bake".into(), scale: Scale::Hours, measure: Measure::PcHoursLost, curves }
}

#[test]
fn a_sweep_is_a_table_for_each_curve() {
    insta::assert_snapshot!("sweep", swept::render(&curves(), 28 * 86_400_000, PAGE));
}

#[test]
fn a_sweep_is_drawn_with_words_for_those_who_cannot_see_it() {
    let svg = swept::svg(&curves());
    assert!(svg.contains("qmr &amp; &lt;co&gt;"), "names are escaped: {svg}");
    insta::assert_snapshot!("sweep_svg", svg);
    let none = Swept { curves: Vec::new(), ..curves() };
    assert!(swept::svg(&none).starts_with("<svg"), "no curve is no crash");
}

/// One curve of times, of which some lie beyond the horizon at the second point, and all at the third.
fn beyond() -> Swept {
    let readings = |late: u32| {
        let reading = |i: u32| if i < late { Reading::NotWithinHorizon } else { Reading::Value(100.0 + f64::from(i)) };
        Readings::new(Measure::TimeTo95, 672.0, (0..60).map(reading))
    };
    let points = [(0, 1.0, "1 h"), (20, 2.0, "2 h"), (60, 3.0, "3 h"), (0, 4.0, "4 h")].map(|(late, x, value)| Point {
        value: value.into(),
        x,
        estimate: mean(&readings(late), Level::new(0.95, 1)),
        outcomes: range(&readings(late)),
        change: None,
    });
    let curves = vec![Curve { rest: "by_hand".into(), points: points.into() }];
    Swept { factor: "bake".into(), scale: Scale::Hours, measure: Measure::TimeTo95, curves }
}

#[test]
fn what_lies_beyond_the_horizon_is_open_upwards_in_a_sweep() {
    let svg = swept::svg(&beyond());
    assert_eq!(svg.matches("l4 -6l4 6").count(), 2, "an arrow at the second and at the third point: {svg}");
    assert!(svg.contains(">≥</text>") && svg.contains(">&gt; horizon</text>"), "{svg}");
    assert!(svg.contains("not within the horizon at 3 h"), "{svg}");
    let lines: Vec<&str> = svg.split("<path class=\"line ").skip(1).map(|l| l.split("/>").next().unwrap()).collect();
    assert_eq!(lines.len(), 2, "it breaks over the third point: {lines:?}");
    let text = swept::render(&beyond(), 28 * 86_400_000, PAGE);
    assert!(text.contains("to > 28 d"), "{text}");
    let third = text.lines().find(|line| line.starts_with("3 h")).unwrap();
    assert_eq!(third.matches("> 28 d").count(), 2, "mean and range: {text}");
}
