//! A measure over the levels of a factor: the curve that a sweep asks for.

use std::path::{Path, PathBuf};

use bugcheck_scenarios::load::value_of_level;
use bugcheck_scenarios::quantity::{Count, Duration, Number, Quantity, Share};
use bugcheck_sim::measure::{Measure, Segment};
use bugcheck_sim::time::HOUR;

use crate::estimate::{Apart, Columns, Difference, Estimate, Level, Range, adjust, mean, paired, range};
use crate::results::Results;
use crate::{Error, tables};

/// A measure over the levels of a factor.
#[derive(Clone, Debug, PartialEq)]
pub struct Swept {
    /// The factor.
    pub factor: String,
    /// What its levels are numbers of, if they are.
    pub scale: Scale,
    /// The measure, over the fleet.
    pub measure: Measure,
    /// One curve for each combination of the other factors' levels, in the order of the arms.
    pub curves: Vec<Curve>,
}

/// What the levels of a factor are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Parts of a whole, 0 to 1.
    Parts,
    /// Spans of time, in hours.
    Hours,
    /// Plain numbers.
    Numbers,
    /// Names: they have an order, and no distances.
    Names,
}

/// One curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Curve {
    /// The levels of the other factors, joined as in names of arms; empty where there are none.
    pub rest: String,
    /// Its points, in the order of the levels.
    pub points: Vec<Point>,
}

/// One point of a curve.
#[derive(Clone, Debug, PartialEq)]
pub struct Point {
    /// The level, written as a value: `1.5 h`.
    pub value: String,
    /// Where it lies on the [`Scale`]; its place among the levels, from 0, where they are names.
    pub x: f64,
    /// The mean and its precision.
    pub estimate: Estimate,
    /// The range of outcomes.
    pub outcomes: Range,
    /// The difference from the curve's first point, on the same dice; Holm-adjusted over the points of the curve.
    pub change: Option<Difference>,
}

impl Swept {
    /// The curves of a measure over the levels of a factor (an index into the experiment's factors); `None` if there is
    /// no such factor.
    pub fn of(results: &Results, factor: usize, measure: Measure) -> Option<Swept> {
        let experiment = &results.experiment;
        let swept = experiment.factors.get(factor)?;
        let (scale, places) = places(&swept.levels);
        let level = Level::of(experiment);
        let columns = Columns::of(results);
        let mut curves: Vec<(String, Vec<usize>)> = Vec::new();
        for (index, arm) in experiment.arms.iter().enumerate() {
            let others = arm.levels.iter().enumerate().filter(|(place, _)| *place != factor);
            let rest = others.map(|(_, name)| name.as_str()).collect::<Vec<_>>().join(" / ");
            match curves.iter_mut().find(|(name, _)| *name == rest) {
                Some((_, arms)) => arms.push(index),
                None => curves.push((rest, vec![index])),
            }
        }
        let curve = |(rest, arms): (String, Vec<usize>)| {
            let readings: Vec<_> = arms.iter().map(|&arm| columns.readings(arm, &Segment::Fleet, measure)).collect();
            let mut changes: Vec<Option<Difference>> = vec![None];
            changes.extend(readings[1..].iter().map(|here| Some(paired(here, &readings[0], level))));
            adjust(&mut changes, level);
            let points = arms.iter().zip(&readings).zip(changes).map(|((&arm, readings), change)| {
                let name = &experiment.arms[arm].levels[factor];
                let place = swept.levels.iter().position(|level| level == name).unwrap_or(0);
                Point {
                    value: value_of_level(name),
                    x: places[place],
                    estimate: mean(readings, level),
                    outcomes: range(readings),
                    change,
                }
            });
            Curve { rest, points: points.collect() }
        };
        let curves = curves.into_iter().map(curve).collect();
        Some(Swept { factor: swept.name.clone(), scale, measure, curves })
    }

    /// Writes the curves as `sweep-<factor>-<measure>.csv` and `.parquet` into a folder, and says where.
    ///
    /// # Errors
    /// If a file cannot be written.
    pub fn write(&self, folder: &Path) -> Result<[PathBuf; 2], Error> {
        tables::write_swept(self, folder)
    }

    /// The name of its files, without their endings.
    pub fn file_name(&self) -> String {
        format!("sweep-{}-{}", self.factor, self.measure.definition().name)
    }

    /// Whether any point can be told apart from the first of its curve.
    pub fn shows_a_change(&self) -> bool {
        let mut changes = self.curves.iter().flat_map(|curve| &curve.points).filter_map(|point| point.change.as_ref());
        changes.any(|change| change.apart == Apart::Apart)
    }
}

/// Where the levels lie: on the first scale that all of them fit.
fn places(levels: &[String]) -> (Scale, Vec<f64>) {
    let values: Vec<String> = levels.iter().map(|level| value_of_level(level)).collect();
    let on = |scale| Some((scale, values.iter().map(|value| place(scale, value)).collect::<Option<Vec<f64>>>()?));
    [Scale::Numbers, Scale::Parts, Scale::Hours]
        .into_iter()
        .find_map(on)
        .unwrap_or_else(|| (Scale::Names, (0..levels.len()).map(|place| place as f64).collect()))
}

/// Where a value lies on a scale; `None` if it is not on it.
fn place(scale: Scale, value: &str) -> Option<f64> {
    match scale {
        Scale::Parts => Share::parse(value).ok().map(|share| share.part()),
        Scale::Hours => Duration::parse(value).ok().map(|span| span.ms() as f64 / HOUR as f64),
        Scale::Numbers => {
            let count = Count::parse(value).ok().map(|count| count.base());
            count.or_else(|| Number::parse(value).ok().map(|number| number.get()))
        }
        Scale::Names => None,
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicBool;

    use bugcheck_scenarios::experiment::{Arm, Factor};

    use super::*;
    use crate::testing::{Fake, outcomes};
    use crate::{Options, Silent, run_with};

    #[test]
    fn levels_lie_where_their_values_do() {
        let of = |levels: &[&str]| places(&levels.iter().map(|l| (*l).to_owned()).collect::<Vec<_>>());
        assert_eq!(of(&["0pct", "50pct", "100pct"]), (Scale::Parts, vec![0.0, 0.5, 1.0]));
        assert_eq!(of(&["30min", "1_5h", "2d"]), (Scale::Hours, vec![0.5, 1.5, 48.0]));
        assert_eq!(of(&["1M", "2_5M"]), (Scale::Numbers, vec![1e6, 2.5e6]));
        assert_eq!(of(&["1_5", "3"]), (Scale::Numbers, vec![1.5, 3.0]));
        assert_eq!(of(&["by_hand", "qmr"]), (Scale::Names, vec![0.0, 1.0]));
        assert_eq!(of(&["0pct", "1h"]).0, Scale::Names);
    }

    /// Six arms of the stand-in, as three bake times with two recoveries each: arm `a` gives 10 `a` more than the
    /// first.
    fn results(out: &Path) -> Results {
        let mut fake = Fake::new(6, 5);
        let levels = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
        let factors = [("recovery", ["by_hand", "qmr"].as_slice()), ("bake", &["1h", "4h", "1d"])];
        fake.experiment.factors =
            factors.map(|(name, names)| Factor { name: name.into(), levels: levels(names) }).to_vec();
        let arms = factors[0].1.iter().flat_map(|recovery| factors[1].1.iter().map(move |bake| [*recovery, *bake]));
        fake.experiment.arms = arms.map(|names| Arm { name: names.join(" / "), levels: levels(&names) }).collect();
        let options = Options { out: out.to_owned(), threads: None };
        let simulate = |plans: &[bugcheck_sim::Plan], dice, _: &_| Ok(outcomes(plans, dice));
        run_with(&fake, &options, &Silent, &AtomicBool::new(false), &simulate).unwrap().results().unwrap()
    }

    #[test]
    fn a_curve_runs_over_the_levels_of_its_factor_for_each_of_the_others() {
        let out = tempfile::tempdir().unwrap();
        let swept = Swept::of(&results(out.path()), 1, Measure::PcHoursLost).unwrap();
        assert_eq!((swept.factor.as_str(), swept.scale, swept.curves.len()), ("bake", Scale::Hours, 2));
        let [by_hand, qmr] = [0, 1].map(|i| &swept.curves[i]);
        assert_eq!((by_hand.rest.as_str(), qmr.rest.as_str()), ("by_hand", "qmr"));
        assert_eq!(qmr.points.iter().map(|point| point.x).collect::<Vec<_>>(), [1.0, 4.0, 24.0]);
        // The arms of the stand-in differ by 10 on the same dice, always.
        let change = by_hand.points[2].change.as_ref().unwrap();
        assert_eq!(change.absolute.value, crate::estimate::Point::Value(20.0));
        assert!(by_hand.points[0].change.is_none());
        assert!(change.p_adjusted > change.p, "two comparisons, adjusted: {change:?}");
        assert!(!swept.shows_a_change(), "five replications are too few for that");
        assert_eq!(Swept::of(&results(out.path()), 2, Measure::PcHoursLost), None);
    }

    #[test]
    fn its_tables_hold_every_point() {
        let out = tempfile::tempdir().unwrap();
        let swept = Swept::of(&results(out.path()), 1, Measure::PcHoursLost).unwrap();
        let [csv, parquet] = swept.write(out.path()).unwrap();
        assert!(parquet.metadata().unwrap().len() > 100);
        insta::assert_snapshot!(std::fs::read_to_string(csv).unwrap());
    }

    #[test]
    fn a_mean_that_is_only_a_bound_says_so_in_the_tables() {
        let out = tempfile::tempdir().unwrap();
        // The stand-in has two of its five replications beyond the horizon in this measure.
        let swept = Swept::of(&results(out.path()), 1, Measure::TimeTo90).unwrap();
        let [csv, _] = swept.write(out.path()).unwrap();
        let text = std::fs::read_to_string(csv).unwrap();
        let mut rows = csv::Reader::from_reader(text.as_bytes());
        let head = rows.headers().unwrap().clone();
        let place = |name: &str| head.iter().position(|column| column == name).unwrap();
        for row in rows.records().map(Result::unwrap) {
            assert_eq!((&row[place("beyond")], &row[place("high")], &row[place("bound")]), ("2", "", "at_least"));
        }
    }
}
