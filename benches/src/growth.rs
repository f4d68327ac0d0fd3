//! `growth` and `shapes`: how the cost grows with PCs, threads, days and looks, and what the shape of organisations
//! costs.

use serde_json::json;

use crate::Error;
use crate::measure::{Effort, Figures, Program, Task};
use crate::page::{Bound, Page, count, memory, seconds, times};
use crate::subject::{Arms, Subject};

/// Exponent of time and memory over PCs.
const EXPONENT: f64 = 1.05;
/// From one thread to two.
const SPEED_UP: f64 = 1.8;
/// From 7 days to 364 in which nothing happens: flat, but for noise.
const FLAT: f64 = 1.15;
/// A rollout with a gate against the same without.
const GATE: f64 = 1.5;
/// Giants and households against ordinary organisations.
const SHAPE: f64 = 3.0;

/// Days of the horizon.
const HORIZONS: &[u64] = &[7, 28, 91, 364];

const HEAD: &[&str] = &["what", "PCs", "threads", "median", "fastest", "runs", "memory", "ratio"];

/// How time and memory grow. `pcs` are the sizes of the fleet, `fixed` its size where something else grows.
pub(crate) fn growth(pcs: &[u64], fixed: u64, effort: Effort) -> Result<Page, Error> {
    let mut page = Page::new("One replication of July 2024, every PC, baseline, unless said otherwise.", HEAD);
    with_pcs(&mut page, pcs, effort)?;
    with_threads(&mut page, fixed, effort)?;
    with_horizon(&mut page, fixed, effort)?;
    with_gate(&mut page, fixed, effort)?;
    Ok(page)
}

/// What the shape of organisations costs.
pub(crate) fn shapes(pcs: u64, effort: Effort) -> Result<Page, Error> {
    let mut page = Page::new("The same PCs in ordinary organisations, in one, and each in its own.", HEAD);
    let measure = |shape: &str| one(shaped("shapes", shape).set("fleet.pcs", pcs), effort);
    let ordinary = measure("ordinary")?;
    row(&mut page, "ordinary", pcs, effort, &ordinary, None);
    for shape in ["giant", "households"] {
        let figures = measure(shape)?;
        let ratio = figures.median() / ordinary.median();
        row(&mut page, shape, pcs, effort, &figures, Some(ratio));
        page.target(format!("{shape}, of ordinary organisations' time"), ratio, Bound::AtMost(SHAPE), "times");
    }
    Ok(page)
}

fn with_pcs(page: &mut Page, sizes: &[u64], effort: Effort) -> Result<(), Error> {
    let (mut time, mut space) = (Vec::new(), Vec::new());
    for &pcs in sizes {
        let figures = one(july().set("fleet.pcs", pcs), effort)?;
        row(page, PCS, pcs, effort, &figures, None);
        time.push((pcs as f64, figures.median()));
        space.push((pcs as f64, figures.peak_bytes as f64));
    }
    for (what, points) in [("time", time), ("memory", space)] {
        if let Some(exponent) = exponent(&points) {
            page.target(format!("exponent of {what} over PCs"), exponent, Bound::AtMost(EXPONENT), "");
        }
    }
    Ok(())
}

/// The rows that are plotted.
pub(crate) const PCS: &str = "PCs";

fn with_threads(page: &mut Page, pcs: u64, effort: Effort) -> Result<(), Error> {
    let on = |threads: usize| {
        let effort = Effort { threads, ..effort };
        one(july().set("fleet.pcs", pcs), effort).map(|figures| (figures, effort))
    };
    let ((single, with_one), (double, with_two)) = (on(1)?, on(2)?);
    let ratio = single.median() / double.median();
    row(page, "threads", pcs, with_one, &single, None);
    row(page, "threads", pcs, with_two, &double, Some(ratio));
    page.target("faster on two threads than on one", ratio, Bound::AtLeast(SPEED_UP), "times");
    Ok(())
}

fn with_horizon(page: &mut Page, pcs: u64, effort: Effort) -> Result<(), Error> {
    let mut first = None;
    let mut ratio = 1.0;
    for days in HORIZONS {
        let subject = july()
            .set("fleet.pcs", pcs)
            .set("releases.channel_file_291.fault.strikes", "0%")
            .set("clock.horizon", format!("{days}d"));
        let figures = one(subject, effort)?;
        ratio = figures.median() / *first.get_or_insert(figures.median());
        row(page, &format!("release that harms nobody, {days} days"), pcs, effort, &figures, Some(ratio));
    }
    page.target("364 days of a release that harms nobody, of 7 days' time", ratio, Bound::AtMost(FLAT), "times");
    Ok(())
}

fn with_gate(page: &mut Page, pcs: u64, effort: Effort) -> Result<(), Error> {
    let measure = |gate: &str| one(shaped("gate", gate).set("fleet.pcs", pcs), effort);
    let (without, with) = (measure("none")?, measure("every_minute")?);
    let ratio = with.median() / without.median();
    row(page, "rings over a day, no gate", pcs, effort, &without, None);
    row(page, "the same, a look every minute", pcs, effort, &with, Some(ratio));
    page.target("a gate every minute, of the time without", ratio, Bound::AtMost(GATE), "times");
    Ok(())
}

fn july() -> Subject {
    Subject::paper("july-2024", Arms::Baseline)
}

fn shaped(scenario: &str, arm: &str) -> Subject {
    Subject::paper(scenario, Arms::Named(arm.to_owned()))
}

fn one(subject: Subject, effort: Effort) -> Result<Figures, Error> {
    Task { subject, program: Program::Bugcheck, effort }.measure()
}

/// The slope of the line through points on logarithmic axes with the least squares; none through fewer than two.
fn exponent(points: &[(f64, f64)]) -> Option<f64> {
    let logs: Vec<(f64, f64)> = points.iter().map(|&(x, y)| (x.ln(), y.ln())).collect();
    let n = logs.len() as f64;
    let mean = |of: fn(&(f64, f64)) -> f64| logs.iter().map(of).sum::<f64>() / n;
    let (x, y) = (mean(|p| p.0), mean(|p| p.1));
    let spread: f64 = logs.iter().map(|p| (p.0 - x).powi(2)).sum();
    let both: f64 = logs.iter().map(|p| (p.0 - x) * (p.1 - y)).sum();
    (spread > 0.0).then(|| both / spread)
}

fn row(page: &mut Page, what: &str, pcs: u64, effort: Effort, figures: &Figures, ratio: Option<f64>) {
    let cells = vec![
        what.to_owned(),
        count(pcs),
        effort.threads.to_string(),
        seconds(figures.median()),
        seconds(figures.fastest()),
        figures.seconds.len().to_string(),
        memory(figures.peak_bytes),
        ratio.map(times).unwrap_or_default(),
    ];
    let row = json!({
        "what": what, "pcs": pcs, "threads": effort.threads, "seconds": figures.seconds,
        "peak_bytes": figures.peak_bytes, "organisations": figures.organisations, "ratio": ratio,
    });
    page.row(cells, row);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_power_law_has_its_exponent() {
        let points: Vec<(f64, f64)> = [1e6, 3e6, 1e7].iter().map(|&x: &f64| (x, 7.0 * x.powf(1.25))).collect();
        assert!((exponent(&points).unwrap() - 1.25).abs() < 1e-9);
        assert_eq!(exponent(&points[..1]), None);
    }
}
