//! What a design says of each input: elementary effects, or shares of the variance, with bootstrap intervals.

use bugcheck_sim::measure::{Measure, Reading, Segment};
use serde::Serialize;

use super::{Design, Method, Ranked};
use crate::estimate::bootstrap::{RESAMPLES, SplitMix, ends};
use crate::estimate::{CONFIDENCE, ENOUGH, Level, horizon_hours, rounded, significant};
use crate::results::Results;

/// What is known of the influence of one input.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Influence {
    /// Its path in the scenario.
    pub input: String,
    /// Its range as written.
    pub range: String,
    /// Its figures; inputs are ordered by the size of the first.
    pub figures: Vec<Figure>,
}

/// A figure with its 95 % bootstrap interval (percentiles over resampled rows).
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Figure {
    /// Its name in results.
    pub name: &'static str,
    /// The estimate.
    #[serde(serialize_with = "rounded")]
    pub value: f64,
    /// Lower end of its interval.
    #[serde(serialize_with = "rounded")]
    pub low: f64,
    /// Upper end.
    #[serde(serialize_with = "rounded")]
    pub high: f64,
}

/// Why no input is ranked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unranked {
    /// Fewer rows or replications have a value than these, the least that it takes.
    TooFew(u32),
    /// The measure is the same in all of them.
    SameThroughout,
    /// The arm draws no input that varies.
    NoInputs,
}

/// What drives a measure of an arm.
#[derive(Clone, Debug, PartialEq)]
pub struct Driving {
    /// How it was found out: `rank`, `morris`, `sobol`.
    pub method: &'static str,
    /// The arm.
    pub arm: String,
    /// The measure, over the fleet.
    pub measure: Measure,
    /// The inputs, the strongest first.
    pub influences: Vec<Influence>,
    /// Why there are none.
    pub unranked: Option<Unranked>,
    /// The share of the variance that is chance, not inputs: first-order, for [`Method::Sobol`] only.
    pub chance: Option<Figure>,
    /// Rows (or replications) that the figures are from.
    pub n: u32,
    /// Rows left out because there was nothing to measure in some column.
    pub nothing: u32,
    /// Rows in which some column lies beyond the horizon; these were counted as if they ended there.
    pub beyond: u32,
}

impl Driving {
    /// What the replications at hand say, see [`super::ranking`].
    pub fn ranked(results: &Results, arm: usize, measure: Measure) -> Driving {
        let level = Level::new(CONFIDENCE, 1);
        let ranked = super::ranking(results, arm, measure, level);
        let replications = results.arms.get(arm).map(Vec::as_slice).unwrap_or_default();
        let readings = || replications.iter().map(|one| one.record.reading(&Segment::Fleet, measure));
        let beyond = readings().filter(|reading| *reading == Some(Reading::NotWithinHorizon)).count() as u32;
        let nothing = readings().filter(|reading| matches!(reading, Some(Reading::Nothing) | None)).count() as u32;
        let n = replications.len() as u32 - nothing;
        let unranked = || {
            let mut measured = readings().filter(|reading| !matches!(reading, Some(Reading::Nothing) | None));
            let first = measured.next();
            if n < ENOUGH as u32 {
                Unranked::TooFew(ENOUGH as u32)
            } else if measured.all(|reading| Some(reading) == first) {
                Unranked::SameThroughout
            } else {
                Unranked::NoInputs
            }
        };
        let unranked = ranked.is_empty().then(unranked);
        let influence = |Ranked { input, range, correlation }| {
            let (low, high) = correlation.interval;
            let figure = Figure { name: "rank_correlation", value: correlation.value, low, high };
            Influence { input, range, figures: vec![figure] }
        };
        Driving {
            method: "rank",
            arm: results.experiment.arms.get(arm).map_or_else(String::new, |arm| arm.name.clone()),
            measure,
            influences: ranked.into_iter().map(influence).collect(),
            unranked,
            chance: None,
            n,
            nothing,
            beyond,
        }
    }

    /// What a design that was carried out says of a measure.
    pub fn of_design(design: &Design, results: &Results, measure: Measure) -> Driving {
        let responses = Responses::of(results, measure);
        let inputs = design.inputs();
        let (names, figures): (&[&'static str], Vec<[f64; 3]>) = match design.method() {
            Method::Morris => {
                let steps = |row: &Row| inputs.iter().map(|(path, _)| design.step(path, row.number)).collect();
                let effects = responses.rows.iter().map(|row| effects(&row.values, &steps(row))).collect::<Vec<_>>();
                (&["mu_star", "mu", "sigma"], with_intervals(effects.len(), &|times| morris(&effects, times)))
            }
            Method::Sobol => {
                let rows: Vec<&[f64]> = responses.rows.iter().map(|row| row.values.as_slice()).collect();
                (&["total", "first_order"], with_intervals(rows.len(), &|times| sobol(&rows, times)))
            }
        };
        let figure = |(name, [value, low, high]): (&&'static str, &[f64; 3])| Figure {
            name,
            value: significant(*value),
            low: significant(*low),
            high: significant(*high),
        };
        let (of_inputs, rest) = figures.split_at(figures.len().min(names.len() * inputs.len()));
        let mut influences: Vec<Influence> = inputs
            .iter()
            .zip(of_inputs.chunks(names.len()))
            .map(|((input, range), figures)| Influence {
                input: input.clone(),
                range: range.clone(),
                figures: names.iter().zip(figures).map(figure).collect(),
            })
            .collect();
        influences.sort_by(|a, b| b.figures[0].value.abs().total_cmp(&a.figures[0].value.abs()));
        Driving {
            method: design.method().name(),
            arm: design.arm().to_owned(),
            measure,
            unranked: influences.is_empty().then_some(Unranked::TooFew(FEWEST_ROWS)),
            influences,
            chance: rest.first().map(|chance| figure((&"first_order", chance))),
            n: responses.rows.len() as u32,
            nothing: responses.nothing,
            beyond: responses.beyond,
        }
    }
}

/// The values of all columns of the rows that have them.
struct Responses {
    rows: Vec<Row>,
    nothing: u32,
    beyond: u32,
}

struct Row {
    number: u32,
    values: Vec<f64>,
}

impl Responses {
    fn of(results: &Results, measure: Measure) -> Responses {
        let horizon = horizon_hours(&results.experiment);
        let mut responses = Responses { rows: Vec::new(), nothing: 0, beyond: 0 };
        let Some(first) = results.arms.first() else { return responses };
        for (place, replication) in first.iter().enumerate() {
            let readings: Vec<Option<Reading>> = results
                .arms
                .iter()
                .map(|column| column.get(place).filter(|other| other.number == replication.number))
                .map(|other| other?.record.reading(&Segment::Fleet, measure))
                .collect();
            let value = |reading: &Option<Reading>| match reading {
                Some(Reading::Value(value)) => Some(*value),
                Some(Reading::NotWithinHorizon) => Some(horizon),
                Some(Reading::Nothing) | None => None,
            };
            match readings.iter().map(value).collect::<Option<Vec<f64>>>() {
                Some(values) => responses.rows.push(Row { number: replication.number, values }),
                None => responses.nothing += 1,
            }
            responses.beyond += u32::from(readings.contains(&Some(Reading::NotWithinHorizon)));
        }
        responses
    }
}

/// Rows without which there is no spread.
const FEWEST_ROWS: u32 = 2;

/// Figures of all rows, each with the interval of the bootstrap over rows. `figures` computes them where each row is
/// there so many times.
fn with_intervals(rows: usize, figures: &dyn Fn(&[u32]) -> Vec<f64>) -> Vec<[f64; 3]> {
    if rows < FEWEST_ROWS as usize {
        return Vec::new();
    }
    let mut generator = SplitMix::new(rows as u64);
    let mut times = vec![0_u32; rows];
    let values = figures(&vec![1; rows]);
    let mut resampled: Vec<Vec<f64>> = vec![Vec::with_capacity(RESAMPLES); values.len()];
    for _ in 0..RESAMPLES {
        times.fill(0);
        (0..rows).for_each(|_| times[generator.below(rows)] += 1);
        for (all, value) in resampled.iter_mut().zip(figures(&times)) {
            all.push(value);
        }
    }
    let level = Level::new(CONFIDENCE, 1);
    let interval = |(value, mut all): (f64, Vec<f64>)| {
        all.sort_by(f64::total_cmp);
        let (low, high) = ends(&all, level);
        [value, low, high]
    };
    values.into_iter().zip(resampled).map(interval).collect()
}

/// The elementary effects of one row: by how much the response changes as an input moves through its whole range, as
/// seen in one step. The first response is the one from which the others are moved.
fn effects(responses: &[f64], steps: &Vec<f64>) -> Vec<f64> {
    responses[1..].iter().zip(steps).map(|(moved, step)| (moved - responses[0]) / step).collect()
}

/// For each input in turn: mean of the absolute effects, mean of the effects, and their standard deviation.
fn morris(effects: &[Vec<f64>], times: &[u32]) -> Vec<f64> {
    let n: f64 = times.iter().map(|t| f64::from(*t)).sum();
    let inputs = effects.first().map_or(0, Vec::len);
    let figures = |input: usize| {
        let mean = |of: &dyn Fn(f64) -> f64| {
            effects.iter().zip(times).map(|(row, t)| f64::from(*t) * of(row[input])).sum::<f64>() / n
        };
        let mu = mean(&|effect| effect);
        let variance = mean(&|effect| (effect - mu) * (effect - mu)) * n / (n - 1.0);
        [mean(&f64::abs), mu, variance.sqrt()]
    };
    (0..inputs).flat_map(figures).collect()
}

/// For each input in turn its total and its first-order index, by M. J. W. Jansen, Analysis of variance designs for
/// model output, Computer Physics Communications 117 (1999); last, the share of chance.
///
/// A row holds the responses as drawn, with all inputs moved, and with each input moved alone, all on the same dice.
/// The first two differ in all inputs, so that half their mean square is the variance that inputs make on given dice:
/// the indices are parts of that. What it lacks of the variance over rows is made by the dice alone.
fn sobol(rows: &[&[f64]], times: &[u32]) -> Vec<f64> {
    let n: f64 = times.iter().map(|t| f64::from(*t)).sum();
    let mean =
        |of: &dyn Fn(&[f64]) -> f64| rows.iter().zip(times).map(|(row, t)| f64::from(*t) * of(row)).sum::<f64>() / n;
    let half_square = |a: usize, b: usize| mean(&|row| (row[a] - row[b]) * (row[a] - row[b])) / 2.0;
    let by_inputs = half_square(0, 1);
    let columns = rows.first().map_or(0, |row| row.len());
    let indices = (2..columns).flat_map(|input| {
        let part = |half_square: f64| if by_inputs > 0.0 { half_square / by_inputs } else { 0.0 };
        let first = if by_inputs > 0.0 { 1.0 - part(half_square(1, input)) } else { 0.0 };
        [part(half_square(0, input)), first]
    });
    let centre = mean(&|row| f64::midpoint(row[0], row[1]));
    let whole = mean(&|row| f64::midpoint((row[0] - centre).powi(2), (row[1] - centre).powi(2)));
    let chance = if whole > 0.0 { 1.0 - by_inputs / whole } else { 0.0 };
    indices.chain([chance]).collect()
}

#[cfg(test)]
mod tests {
    use std::f64::consts::PI;

    use bugcheck_sim::draw::{Key, Purpose};

    use super::*;

    /// The responses of a function of as many inputs, each uniform from 0 to 1, in a design of [`Method::Sobol`];
    /// `chance` is added to a whole row, as other dice would be.
    fn saltelli(inputs: usize, rows: u32, function: &dyn Fn(&[f64]) -> f64, chance: f64) -> Vec<Vec<f64>> {
        let draw = |row: u32, index: u32| -> Vec<f64> {
            let key = Key::new(20_240_719, row);
            (0..inputs as u64).map(|input| key.uniform(input, Purpose::Uncertain, index)).collect()
        };
        let row = |row: u32| {
            let (a, b) = (draw(row, 0), draw(row, 1));
            let luck = chance * draw(row, 2)[0];
            let alone = (0..inputs).map(|input| {
                let mut moved = a.clone();
                moved[input] = b[input];
                function(&moved) + luck
            });
            [function(&a) + luck, function(&b) + luck].into_iter().chain(alone).collect()
        };
        (0..rows).map(row).collect()
    }

    /// Total and first-order index of each input.
    fn indices(rows: &[Vec<f64>]) -> Vec<(f64, f64)> {
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let figures = sobol(&rows, &vec![1; rows.len()]);
        figures[..figures.len() - 1].chunks(2).map(|pair| (pair[0], pair[1])).collect()
    }

    fn assert_indices(found: &[(f64, f64)], known: &[(f64, f64)], within: f64) {
        for ((total, first), (known_total, known_first)) in found.iter().zip(known) {
            assert!((total - known_total).abs() < within, "total: {found:?} for {known:?}");
            assert!((first - known_first).abs() < within, "first order: {found:?} for {known:?}");
        }
        assert_eq!(found.len(), known.len());
    }

    /// T. Ishigami and T. Homma, An importance quantification technique in uncertainty analysis (1990), with a = 7 and
    /// b = 0.1: first-order indices 0.3139, 0.4424, 0 and total indices 0.5576, 0.4424, 0.2437 (A. Saltelli et al.,
    /// Global Sensitivity Analysis: The Primer, 2008, section 4.3).
    #[test]
    fn ishigamis_function_has_its_published_indices() {
        let ishigami = |u: &[f64]| {
            let [x, y, z] = [u[0], u[1], u[2]].map(|u| PI * (2.0 * u - 1.0));
            x.sin() + 7.0 * y.sin().powi(2) + 0.1 * z.powi(4) * x.sin()
        };
        let known = [(0.5576, 0.3139), (0.4424, 0.4424), (0.2437, 0.0)];
        assert_indices(&indices(&saltelli(3, 20_000, &ishigami, 0.0)), &known, 0.03);
    }

    /// I. M. Sobol's g function, with a = (0, 1, 4.5, 9, 99, 99, 99, 99) as in A. Saltelli et al. (2010): the parts of
    /// the variance are `1 / 3 / (1 + a)^2` for each input, and all products of them.
    #[test]
    fn sobols_g_function_has_its_indices() {
        let a = [0.0, 1.0, 4.5, 9.0, 99.0, 99.0, 99.0, 99.0];
        let g = |u: &[f64]| u.iter().zip(a).map(|(u, a)| ((4.0 * u - 2.0).abs() + a) / (1.0 + a)).product();
        let parts = a.map(|a: f64| 1.0 / 3.0 / (1.0 + a).powi(2));
        let whole: f64 = parts.iter().map(|v| 1.0 + v).product::<f64>() - 1.0;
        let known = parts.map(|v| (v * (whole + 1.0) / (1.0 + v) / whole, v / whole));
        assert!((known[0].1 - 0.7165).abs() < 1e-3 && (known[0].0 - 0.7872).abs() < 1e-3, "as published: {known:?}");
        assert_indices(&indices(&saltelli(8, 20_000, &g, 0.0)), &known, 0.03);
    }

    #[test]
    fn of_a_linear_function_both_indices_are_the_share_of_the_squared_coefficient() {
        let linear = |u: &[f64]| 3.0 * u[0] - 4.0 * u[1] + 0.0 * u[2];
        let known = [(9.0 / 25.0, 9.0 / 25.0), (16.0 / 25.0, 16.0 / 25.0), (0.0, 0.0)];
        assert_indices(&indices(&saltelli(3, 20_000, &linear, 0.0)), &known, 0.02);
    }

    /// Chance that adds to every column of a row leaves the indices alone, and is told apart: variance 49 / 12 beside
    /// the 25 / 12 of the inputs.
    #[test]
    fn dice_that_all_columns_share_are_no_influence_of_an_input() {
        let linear = |u: &[f64]| 3.0 * u[0] - 4.0 * u[1];
        let rows = saltelli(2, 20_000, &linear, 7.0);
        assert_indices(&indices(&rows), &[(0.36, 0.36), (0.64, 0.64)], 0.02);
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let chance = *sobol(&rows, &vec![1; rows.len()]).last().unwrap();
        assert!((chance - 49.0 / 74.0).abs() < 0.02, "{chance}");
    }

    /// Of a linear function every elementary effect is the coefficient; of a product it is the other factor.
    #[test]
    fn elementary_effects_are_slopes() {
        let function = |u: &[f64]| 5.0 * u[0] - 2.0 * u[1] + u[2] * u[3];
        let rows: Vec<Vec<f64>> = (0..400)
            .map(|row| {
                let u: Vec<f64> = (0..4).map(|i| Key::new(3, row).uniform(i, Purpose::Uncertain, 0)).collect();
                let steps: Vec<f64> = u.iter().map(|u| if *u < 0.5 { 0.5 } else { -0.5 }).collect();
                let moved = (0..4).map(|i| {
                    let mut moved = u.clone();
                    moved[i] += steps[i];
                    function(&moved)
                });
                effects(&std::iter::once(function(&u)).chain(moved).collect::<Vec<_>>(), &steps)
            })
            .collect();
        let found = morris(&rows, &vec![1; rows.len()]);
        for (found, known) in found[..6].iter().zip([5.0, 5.0, 0.0, 2.0, -2.0, 0.0]) {
            assert!((found - known).abs() < 1e-9, "{found} for {known}");
        }
        // The other factor is uniform: mean 1 / 2, standard deviation 0.289.
        assert!((found[6] - 0.5).abs() < 0.05 && (found[8] - 0.289).abs() < 0.02, "{found:?}");
    }

    #[test]
    fn intervals_hold_their_figure_and_few_rows_have_none() {
        let linear = |u: &[f64]| 3.0 * u[0] - 4.0 * u[1];
        let rows = saltelli(2, 200, &linear, 0.0);
        let rows: Vec<&[f64]> = rows.iter().map(Vec::as_slice).collect();
        let found = with_intervals(rows.len(), &|times| sobol(&rows, times));
        assert_eq!(found.len(), 5);
        assert!(found.iter().all(|[value, low, high]| low <= value && value <= high), "{found:?}");
        assert!(found[2][1] > 0.5 && found[2][2] < 0.8, "the stronger total index: {found:?}");
        assert!(with_intervals(1, &|times| sobol(&rows[..1], times)).is_empty());
    }

    #[test]
    fn where_nothing_varies_nothing_drives() {
        let rows = [[4.0, 4.0, 4.0], [4.0, 4.0, 4.0]];
        assert_eq!(sobol(&[&rows[0], &rows[1]], &[1, 1]), [0.0, 0.0, 0.0]);
    }
}
