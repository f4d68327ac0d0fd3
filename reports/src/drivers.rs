//! What drives an outcome, as the terminal shows it.

use std::fmt::Write as _;

use bugcheck_lab::drivers::{Driving, Figure, Unranked};

use crate::number::{Quantity, Scaled};
use crate::terminal::{Page, Pair, TextColumn, note, table, title};

/// Inputs that are shown, at most.
const MOST_ROWS: usize = 20;

/// Headings and meanings of the figures of a method.
fn figures(method: &str) -> (&'static [&'static str], &'static str) {
    match method {
        "morris" => (
            &["mu*", "mu", "sigma"],
            "By how much the measure changes as an input moves through its whole range, seen in one step of half a range for \
             each row, all else on the same dice: mu* is the mean of the sizes, mu the mean (smaller than mu* where the \
             direction changes), sigma the standard deviation (large where it depends on other inputs).",
        ),
        "sobol" => (
            &["total", "first order"],
            "Shares of the variance that the inputs make on given dice. First order: what would go if this input were known. \
             Total: what would stay if only this input were not known; what it has more than first order, it makes together \
             with other inputs. Shares of inputs without influence come out a little below or above 0.",
        ),
        _ => (
            &["rank correlation"],
            "Spearman's rank correlation of what an input drew with what came out, over replications: it finds inputs that push \
             one way, and not those that push both ways.",
        ),
    }
}

/// The inputs with their figures, the strongest first, as text.
pub fn render(driving: &Driving, page: Page) -> String {
    let page = page.clamped();
    let mut out = String::new();
    let definition = driving.measure.definition();
    let (headings, meaning) = figures(driving.method);
    let rows = if driving.method == "rank" { "replications" } else { "rows" };
    title(&mut out, &format!("What drives {} of {}", definition.name, driving.arm), page);
    let shown = &driving.influences[..driving.influences.len().min(MOST_ROWS)];
    let names: Vec<String> = shown.iter().map(|influence| influence.input.clone()).collect();
    let quantity = (driving.method == "morris").then(|| Quantity::of(driving.measure));
    let columns = headings.iter().enumerate().map(|(place, heading)| TextColumn {
        heading: ((*heading).to_owned(), quantity.map_or("", Quantity::header).to_owned()),
        cells: shown.iter().map(|influence| cell(quantity, &influence.figures[place])).collect(),
    });
    match driving.unranked {
        None => table(&mut out, ("uncertain input", &names), &columns.collect::<Vec<_>>(), page),
        Some(why) => note(&mut out, &nothing_ranked(driving, why, rows), page),
    }
    if driving.influences.len() > shown.len() {
        let rest = driving.influences.len() - shown.len();
        note(&mut out, &format!("{rest} more inputs are weaker than these."), page);
    }
    if let Some(chance) = &driving.chance {
        let Pair { main, below, .. } = cell(None, chance);
        let said =
            format!("Chance alone (the dice) makes {main} ({below}) of the variance over rows; inputs make the rest.");
        note(&mut out, &said, page);
    }
    let mut said = format!("n = {} {rows}.", driving.n);
    if driving.unranked.is_none() {
        note(&mut out, meaning, page);
        said = format!("n = {} {rows}; below each figure its 95 % bootstrap interval.", driving.n);
    }
    if driving.beyond > 0 {
        let beyond = driving.beyond;
        _ = write!(said, " {beyond} {rows} reach beyond the horizon, and were counted as if they ended there.");
    }
    if driving.nothing > 0 {
        _ = write!(said, " {} {rows} with nothing to measure are left out.", driving.nothing);
    }
    note(&mut out, &said, page);
    out
}

/// Why there is no table.
fn nothing_ranked(driving: &Driving, why: Unranked, rows: &str) -> String {
    let (name, n) = (driving.measure.definition().name, driving.n);
    match why {
        Unranked::TooFew(least) => {
            format!("No input is ranked: {n} {rows} have a value, and fewer than {least} say nothing.")
        }
        Unranked::SameThroughout => {
            format!("No input is ranked: {name} does not vary, it is the same in all {n} {rows}.")
        }
        Unranked::NoInputs => "No input is ranked: this arm draws none that varies.".to_owned(),
    }
}

fn cell(quantity: Option<Quantity>, figure: &Figure) -> Pair {
    let Figure { value, low, high, .. } = *figure;
    if let Some(quantity) = quantity {
        let scale = Scaled::choose(quantity, value, (high - low) / 2.0);
        return Pair::plain(scale.short(value), scale.interval(low, high));
    }
    let plain = |value: f64| format!("{value:.2}").replace('-', "−");
    Pair::plain(plain(value), format!("{} to {}", plain(low), plain(high)))
}
