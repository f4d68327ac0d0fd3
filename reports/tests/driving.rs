//! What drives an outcome and the curves of a sweep, as people see them.

use bugcheck_lab::drivers::{Driving, Figure, Influence};
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
