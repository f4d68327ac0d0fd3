//! The studies: one function for each kind of interval.

use bugcheck_lab::estimate::{
    Apart, Estimate, Level, Limit, Readings, band, bootstrap, holm, mean, paired, proportion, quantile,
    rank_correlation,
};
use bugcheck_lab::results::Replication;
use bugcheck_lab::stopping::LOOKS;
use bugcheck_sim::Record;
use bugcheck_sim::draw::normal_quantile;
use bugcheck_sim::measure::{Curve, CurveOf, Measure, Reading, Segment};

use super::draws::{Draws, Outcomes};
use super::{Held, Table};

/// Trials of each row.
pub(crate) const TRIALS: u32 = 4000;
const ONCE: Level = Level { confidence: 0.95, looks: 1 };
const SHARED: Level = Level { confidence: 0.95, looks: 4 };
const PROMISED: Option<f64> = Some(0.95);

/// All of them, in the order of the page.
pub(crate) fn all() -> Vec<Table> {
    let mut tables = vec![means(), bootstraps()];
    tables.extend(exact());
    tables.extend([differences(), survival(), looks(), ranks()]);
    tables
}

/// Those whose promise does not hang on how outcomes are distributed.
pub(crate) fn exact() -> Vec<Table> {
    vec![quantiles(), never(), families()]
}

fn readings(values: &[f64]) -> Readings {
    Readings::new(Measure::PcHoursLost, 672.0, values.iter().map(|&value| Reading::Value(value)))
}

/// Whether an interval holds the truth; an end that is open holds everything.
fn holds(low: Limit, high: Limit, truth: f64) -> bool {
    low.at().is_none_or(|low| low <= truth) && high.at().is_none_or(|high| truth <= high)
}

fn covers(estimate: &Estimate, truth: f64) -> bool {
    holds(estimate.low, estimate.high, truth)
}

fn means() -> Table {
    let cases = [
        (Outcomes::Normal, 5),
        (Outcomes::Normal, 60),
        (Outcomes::Lognormal(0.5), 60),
        (Outcomes::Lognormal(1.0), 60),
        (Outcomes::Lognormal(1.0), 480),
        (Outcomes::Outage(0.5), 60),
        (Outcomes::Outage(0.1), 60),
        (Outcomes::Outage(0.1), 480),
        (Outcomes::Outage(0.02), 60),
        (Outcomes::Outage(0.02), 480),
    ];
    let row = |(study, (outcomes, n)): (usize, &(Outcomes, u32))| {
        Held::count(["t", &outcomes.name()], *n, PROMISED, |trial| {
            let values = Draws::of(100 + study as u64, trial).outcomes(outcomes, *n);
            covers(&mean(&readings(&values), ONCE), outcomes.mean())
        })
    };
    Table::new("Means", "covers the mean", cases.iter().enumerate().map(row).collect())
}

/// Where outcomes are skewed the bootstrap stands beside t. Both are counted on the same trials: those in which it is
/// there.
fn bootstraps() -> Table {
    let cases = [
        (Outcomes::Lognormal(1.0), 60),
        (Outcomes::Lognormal(1.0), 480),
        (Outcomes::Outage(0.1), 60),
        (Outcomes::Outage(0.1), 480),
    ];
    let row = |(study, (outcomes, n)): (usize, &(Outcomes, u32))| {
        let (mut there, mut by_t, mut by_bootstrap) = (0, 0, 0);
        for trial in 0..TRIALS {
            let values = readings(&Draws::of(200 + study as u64, trial).outcomes(outcomes, *n));
            let Some(found) = bootstrap(&values, ONCE) else { continue };
            there += 1;
            by_t += u32::from(covers(&mean(&values, ONCE), outcomes.mean()));
            by_bootstrap += u32::from(found.low <= outcomes.mean() && outcomes.mean() <= found.high);
        }
        let held = |kind: &str, times| Held {
            what: [kind.to_owned(), format!("{}; skewed in {there} trials", outcomes.name())],
            n: n.to_string(),
            promised: PROMISED,
            times,
            trials: there,
        };
        [held("BCa", by_bootstrap), held("t, same trials", by_t)]
    };
    Table::new("Means of skewed outcomes", "covers the mean", cases.iter().enumerate().flat_map(row).collect())
}

fn quantiles() -> Table {
    let cases = [(0.95, 60), (0.95, 480), (0.5, 60), (0.05, 60)];
    let outcomes = Outcomes::Lognormal(1.0);
    let row = |(study, (q, n)): (usize, &(f64, u32))| {
        let truth = outcomes.quantile(*q);
        let estimate = |trial| {
            let values = Draws::of(300 + study as u64, trial).outcomes(&outcomes, *n);
            quantile(&readings(&values), *q, ONCE)
        };
        let name = format!("p{:.0}", q * 100.0);
        let low = |trial| holds(estimate(trial).low, Limit::Undecided, truth);
        let high = |trial| holds(Limit::Undecided, estimate(trial).high, truth);
        [
            Held::count([&format!("{name}, lower end"), &outcomes.name()], *n, PROMISED, low),
            Held::count([&format!("{name}, upper end"), &outcomes.name()], *n, PROMISED, high),
        ]
    };
    Table::new("Quantiles", "end holds", cases.iter().enumerate().flat_map(row).collect())
}

/// Wilson's interval is right on average over chances, not for each; what was never seen has the exact limit.
fn never() -> Table {
    let mut rows = Vec::new();
    for (study, (chance, n)) in
        [(0.5, 60), (0.3, 60), (0.1, 60), (0.05, 60), (0.02, 60), (0.02, 480), (0.002, 480)].into_iter().enumerate()
    {
        let events = |trial| {
            let mut draws = Draws::of(400 + study as u64, trial);
            (0..n).filter(|_| draws.uniform() < chance).count() as u32
        };
        let outcomes = format!("happens in {} %", chance * 100.0);
        rows.push(Held::count(["Wilson, or never", &outcomes], n, None, |trial| {
            covers(&proportion(events(trial), n, ONCE), chance)
        }));
    }
    // Just above the limit: nothing is seen in 5 % of all series, and then the limit is wrong.
    for (study, n) in [(0, 60), (1, 480)] {
        let chance = 1.0 - libm::pow(0.05, 1.0 / f64::from(n)) + 1e-9;
        let seen = |trial| {
            let mut draws = Draws::of(450 + study, trial);
            (0..n).any(|_| draws.uniform() < chance)
        };
        let outcomes = format!("happens in {:.2} %, just above its limit", chance * 100.0);
        rows.push(Held::count(["never seen", &outcomes], n, PROMISED, |trial| {
            seen(trial) || covers(&proportion(0, n, ONCE), chance)
        }));
    }
    Table::new("Shares of replications", "covers the chance", rows)
}

/// Arms that are all the same as the baseline: any that is told apart is a false one.
fn families() -> Table {
    let arms = 23;
    let row = |(kind, adjusted): (&str, bool)| {
        Held::count([kind, "23 arms like the baseline, normal"], 60, adjusted.then_some(0.95), |trial| {
            let mut draws = Draws::of(500, trial);
            let days: Vec<f64> = (0..60).map(|_| 100.0 + 30.0 * draws.normal()).collect();
            let mut arm = || readings(&days.iter().map(|day| day + draws.normal()).collect::<Vec<_>>());
            let baseline = arm();
            let p: Vec<Option<f64>> = (0..arms).map(|_| paired(&arm(), &baseline, ONCE).p).collect();
            let p = if adjusted { holm(&p) } else { p };
            p.iter().all(|p| p.is_some_and(|p| p > ONCE.alpha()))
        })
    };
    let rows = [("paired, Holm over the family", true), ("paired, each by itself", false)].map(row);
    Table::new("Families of comparisons", "no arm is told apart falsely", rows.into())
}

fn differences() -> Table {
    let cases = [
        ("normal days, correlation 0.99", Outcomes::Normal),
        ("log-normal (σ = 1) days", Outcomes::Lognormal(1.0)),
        ("outages in 50 %", Outcomes::Outage(0.5)),
        ("outages in 10 %", Outcomes::Outage(0.1)),
    ];
    let row = |(study, (name, days)): (usize, &(&str, Outcomes))| {
        // The arm loses 0.7 to 0.9 of what the baseline loses, on the same days.
        let compared = |trial| {
            let mut draws = Draws::of(600 + study as u64, trial);
            let baseline = draws.outcomes(days, 60);
            let arm: Vec<f64> = baseline.iter().map(|day| day * (0.7 + 0.2 * draws.uniform())).collect();
            paired(&readings(&arm), &readings(&baseline), ONCE)
        };
        let absolute = |trial| covers(&compared(trial).absolute, -0.2 * days.mean());
        let relative = |trial| covers(&compared(trial).relative, -0.2);
        [
            Held::count(["paired difference", name], 60, PROMISED, absolute),
            Held::count(["the same in percent", name], 60, PROMISED, relative),
        ]
    };
    Table::new("Paired differences", "covers the difference", cases.iter().enumerate().flat_map(row).collect())
}

/// PCs of one replication share how fast they are brought back: exponential times whose rate is log-normal over
/// replications. The band from the spread between replications, and, to compare, the one that takes all PCs as
/// independent (Greenwood's, which without censoring before the instant is that of a share).
fn survival() -> Table {
    const PCS: u32 = 200;
    const REPLICATIONS: u32 = 60;
    const SIGMA: f64 = 0.5;
    let mut rows = Vec::new();
    for (study, hours) in [0.25, 0.75, 2.0].into_iter().enumerate() {
        let chance = |z: f64| libm::exp(-hours * libm::exp(SIGMA * z));
        let truth =
            (0..10_000).map(|i| chance(normal_quantile((f64::from(i) + 0.5) / 10_000.0))).sum::<f64>() / 10_000.0;
        let shares = |trial| -> Vec<f64> {
            let mut draws = Draws::of(700 + study as u64, trial);
            let mut share = || {
                let down = chance(draws.normal());
                f64::from((0..PCS).filter(|_| draws.uniform() < down).count() as u32) / f64::from(PCS)
            };
            (0..REPLICATIONS).map(|_| share()).collect()
        };
        let outcomes = format!("{:.0} % still down; 200 PCs share a rate", truth * 100.0);
        rows.push(Held::count(["between replications", &outcomes], REPLICATIONS, PROMISED, |trial| {
            let replications: Vec<Replication> = (0..).zip(shares(trial)).map(with_share).collect();
            let found = band(&replications, &Segment::Fleet, CurveOf::StillDownSinceFailure, ONCE).expect("a band");
            found.low[0] <= truth && truth <= found.high[0]
        }));
        rows.push(Held::count(["all PCs pooled", &outcomes], REPLICATIONS, None, |trial| {
            let pooled = shares(trial).iter().sum::<f64>() / f64::from(REPLICATIONS);
            let error = (pooled * (1.0 - pooled) / f64::from(PCS * REPLICATIONS)).sqrt();
            (pooled - truth).abs() <= 1.96 * error
        }));
    }
    Table::new("Survival curves (Kaplan-Meier), at one instant", "covers the share", rows)
}

/// A replication whose survival curve has one instant.
fn with_share((number, share): (u32, f64)) -> Replication {
    let curve =
        Curve { segment: Segment::Fleet, of: CurveOf::StillDownSinceFailure, at: vec![3_600_000], values: vec![share] };
    let record = Record {
        digest: String::new(),
        pcs: 0,
        pcs_simulated: 0,
        organisations: 0,
        organisations_simulated: 0,
        events: 0,
        measured: Vec::new(),
        curves: vec![curve],
        steps: Vec::new(),
        cloud: Vec::new(),
    };
    Replication { number, inputs: Vec::new(), record }
}

/// Whoever stops as soon as a bound is decided, where the truth lies right on the bound: every verdict is a false one.
fn looks() -> Table {
    let outcomes = [Outcomes::Normal, Outcomes::Lognormal(1.0)];
    let decided = |values: &[f64], truth: f64, level: Level| !covers(&mean(&readings(values), level), truth);
    let mut rows = Vec::new();
    for (study, outcomes) in outcomes.iter().enumerate() {
        let most = LOOKS[LOOKS.len() - 1];
        let values = |trial| Draws::of(800 + study as u64, trial).outcomes(outcomes, most);
        let truth = outcomes.mean();
        let at_looks = |level: Level| {
            move |values: &[f64]| LOOKS.iter().all(|&look| !decided(&values[..look as usize], truth, level))
        };
        let name = outcomes.name();
        rows.push(Held::count(["looks at 60, 120, 240, 480, shared", &name], most, PROMISED, |trial| {
            at_looks(SHARED)(&values(trial))
        }));
        rows.push(Held::count(["the same, each at the full level", &name], most, None, |trial| {
            at_looks(ONCE)(&values(trial))
        }));
        rows.push(Held::count(["after each replication from 10 on", &name], most, None, |trial| {
            let values = values(trial);
            (10..=values.len()).all(|n| !decided(&values[..n], truth, ONCE))
        }));
        rows.push(Held::count(["stopped at 3 % half-width, shared", &name], most, PROMISED, |trial| {
            let values = values(trial);
            let precise = |look: &&u32| {
                let estimate = mean(&readings(&values[..**look as usize]), SHARED);
                estimate.half_width().is_some_and(|half| half <= 0.03 * truth)
            };
            let stop = LOOKS.iter().find(precise).unwrap_or(&most);
            covers(&mean(&readings(&values[..*stop as usize]), SHARED), truth)
        }));
    }
    let pairs = |trial| {
        let mut draws = Draws::of(850, trial);
        let days: Vec<f64> = (0..LOOKS[3]).map(|_| 30.0 * draws.normal()).collect();
        let mut arm = || -> Vec<f64> { days.iter().map(|day| 100.0 + day + draws.normal()).collect() };
        (arm(), arm())
    };
    rows.push(Held::count(["paired with an arm like it, shared", "normal"], LOOKS[3], PROMISED, |trial| {
        let (arm, baseline) = pairs(trial);
        LOOKS.iter().all(|&look| {
            let [arm, baseline] = [&arm, &baseline].map(|values| readings(&values[..look as usize]));
            paired(&arm, &baseline, SHARED).apart != Apart::Apart
        })
    }));
    Table::new("Looks", "no false verdict", rows)
}

fn ranks() -> Table {
    let cases = [(0.0, 60), (0.5, 60), (0.9, 60), (0.5, 240)];
    let row = |(study, (correlation, n)): (usize, &(f64, u32))| {
        // K. Pearson (1907): of a bivariate normal distribution.
        let truth = 6.0 / std::f64::consts::PI * libm::asin(correlation / 2.0);
        let outcomes = format!("normal, ρ = {truth:.2}");
        // Resampling is slow: a quarter of the trials.
        let trials = TRIALS / 4;
        let covers = |trial: &u32| {
            let mut draws = Draws::of(900 + study as u64, *trial);
            let mut pair = || {
                let (x, y) = (draws.normal(), draws.normal());
                (x, correlation * x + (1.0 - correlation * correlation).sqrt() * y)
            };
            let pairs: Vec<(f64, f64)> = (0..*n).map(|_| pair()).collect();
            let (low, high) = rank_correlation(&pairs, ONCE).expect("enough pairs").interval;
            low <= truth && truth <= high
        };
        Held {
            what: ["Spearman, bootstrap".to_owned(), outcomes],
            n: n.to_string(),
            promised: PROMISED,
            times: (0..trials).filter(covers).count() as u32,
            trials,
        }
    };
    Table::new(
        "Rank correlations (1,000 trials)",
        "covers the correlation",
        cases.iter().enumerate().map(row).collect(),
    )
}
