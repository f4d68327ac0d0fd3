//! The document: prose from a template, tables from the rows.

use std::fmt::Write as _;

use bugcheck_lab::estimate::Point;

use super::{Fit, Order, Row, Rule, Validation};
use crate::markdown::{code, plain};
use crate::number::{Quantity, Scaled, grouped, short};
use crate::view::Figure;

/// The prose, with `{{marks}}` where tables and numbers go.
const TEMPLATE: &str = include_str!("page.md");

/// The document as GitHub-flavoured Markdown.
pub fn render(validation: &Validation) -> String {
    let Validation { hit, shares, zones, back, pace, orders, sensors, base, .. } = validation;
    let hit_mean = hit.first().and_then(Row::mean);
    let share = hit_mean.map(|mean| mean / *base as f64);
    let parts = [
        ("runs", runs(validation)),
        ("hit", table(hit, &["within 1 M?"])),
        ("shares", table(shares, &["within 10 points?"])),
        ("zones", order_table(zones)),
        ("back", table(back, &["within 10 points?"])),
        ("pace", table(pace, &["within a tenth?"])),
        ("orders", order_table(orders)),
        ("sensors", table(sensors, &["within 10 points?", "within a factor of two?"])),
        ("base", short(Quantity::Amount("PCs"), *base as f64)),
        ("hit_mean", hit_mean.map_or_else(nothing, |mean| short(Quantity::Amount("PCs"), mean))),
        ("share", share.map_or_else(nothing, |share| format!("{:.0} %", share * 100.0))),
        ("still_down", still_down(validation)),
        ("fitted", fitted(validation)),
        ("misses", misses(validation)),
    ];
    let mut out = TEMPLATE.to_owned();
    for (mark, text) in parts {
        out = out.replace(&format!("{{{{{mark}}}}}"), text.trim_end());
    }
    out
}

/// The number in an estimate, where it is one and not a bound.
pub(super) fn value(point: Point) -> Option<f64> {
    match point {
        Point::Value(value) => Some(value),
        Point::AtLeast(_) | Point::AtMost(_) | Point::NotWithinHorizon | Point::Unknown | Point::Nothing => None,
    }
}

fn nothing() -> String {
    "–".to_owned()
}

fn runs(validation: &Validation) -> String {
    let mut out = String::from(
        "| scenario | PCs | organisations | arms | replications of each | results |\n\
         | --- | ---: | ---: | ---: | ---: | --- |\n",
    );
    for run in &validation.runs {
        let sample = if run.one_in == 1 { "all".to_owned() } else { format!("1 in {}", run.one_in) };
        let digest = run.results_digest.get(..12).unwrap_or(&run.results_digest);
        let (scenario, pcs) = (plain(&run.scenario), grouped(run.pcs));
        _ = writeln!(out, "| {scenario} | {pcs} | {sample} | {} | {} | {} |", run.arms, run.replications, code(digest));
    }
    out
}

fn table(rows: &[Row], questions: &[&str]) -> String {
    let mut out = format!(
        "| fact | published | simulated | 95 % interval | n | range of outcomes | off by | {} | source |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | ---: |{} --- |\n",
        questions.join(" | "),
        " --- |".repeat(questions.len())
    );
    for row in rows {
        let figure = written(row.quantity, &row.found);
        _ = write!(out, "| {} | {} | {figure} | {} |", plain(&row.what), published(row), off_by(row));
        for rule in &row.rules {
            _ = write!(out, " {} |", fit(row.fit(*rule)));
        }
        _ = writeln!(out, " {} |", plain(&row.source));
    }
    out
}

fn order_table(orders: &[Order]) -> String {
    let mut out = String::from(
        "| order | difference | 95 % interval | n | range of outcomes | replications that agree | agrees? | source |\n\
         | --- | ---: | ---: | ---: | ---: | ---: | --- | --- |\n",
    );
    for order in orders {
        let figure = written(order.quantity, &order.found);
        // A difference of shares is in points: percent would be read as a part of the other share.
        let figure = if order.quantity == Quantity::Part { figure.replace(" %", " points") } else { figure };
        let (agree, of) = order.agree;
        let (what, source) = (plain(&order.what), plain(&order.source));
        _ = writeln!(out, "| {what} | {figure} | {agree} of {of} | {} | {source} |", fit(order.fit()));
    }
    out
}

/// The first of the vendor's figures in PCs.
fn still_down(validation: &Validation) -> String {
    let all = validation.base as f64;
    let hit = validation.hit.first().and_then(Row::mean);
    let Some((row, hit)) = validation.sensors.first().zip(hit) else { return nothing() };
    let published = row.published.1;
    let pcs = |count: f64| short(Quantity::Amount("PCs"), count.round());
    let simulated = row.mean().map_or_else(nothing, |share| pcs(share * all));
    format!(
        "{} under reading A, {} under reading B; the model has {simulated}",
        pcs(published * all),
        pcs(published * hit)
    )
}

/// Mean, interval, n and range of outcomes, as cells.
fn written(quantity: Quantity, figure: &Figure) -> String {
    let (estimate, outcomes) = (&figure.estimate, &figure.outcomes);
    let mean = value(estimate.value);
    let write = |low: f64, high: f64| interval(quantity, mean.unwrap_or(0.0), estimate.half_width(), (low, high));
    let interval = match (estimate.low.at(), estimate.high.at()) {
        (Some(low), Some(high)) => write(low, high),
        _ => nothing(),
    };
    let range = match (value(outcomes.p05), value(outcomes.p95)) {
        (Some(low), Some(high)) => write(low, high),
        _ => nothing(),
    };
    let mean = mean.map_or_else(nothing, |mean| number(quantity, mean, estimate.half_width()));
    format!("{mean} | {interval} | {} | {range}", estimate.n)
}

/// A number; shares with one decimal, and with two below 1 %.
fn number(quantity: Quantity, value: f64, half_width: Option<f64>) -> String {
    match quantity {
        Quantity::Part => format!("{} %", percent(value, value)),
        quantity => Scaled::choose(quantity, value, half_width.unwrap_or(0.0)).short(value),
    }
}

fn interval(quantity: Quantity, mean: f64, half_width: Option<f64>, (low, high): (f64, f64)) -> String {
    match quantity {
        Quantity::Part => format!("{} to {} %", percent(low, mean), percent(high, mean)),
        quantity => Scaled::choose(quantity, mean, half_width.unwrap_or(0.0)).interval(low, high),
    }
}

/// A part of 1 in percent, with the decimals that suit `like`.
fn percent(part: f64, like: f64) -> String {
    let decimals = if like.abs() < 0.01 { 2 } else { 1 };
    let text = format!("{:.decimals$}", part * 100.0);
    let zero = text.trim_start_matches('-').bytes().all(|byte| byte == b'0' || byte == b'.');
    match zero {
        true if part > 0.0 => format!("< {}", if decimals == 2 { "0.01" } else { "0.1" }),
        true => text.trim_start_matches('-').to_owned(),
        false => text.replacen('-', "−", 1),
    }
}

fn published(row: &Row) -> String {
    let (low, high) = row.published;
    let bare = |value: f64| format!("{:.0}", value * 100.0);
    let write = |value: f64| match row.quantity {
        Quantity::Part => format!("{} %", bare(value)),
        quantity => short(quantity, value),
    };
    if low == 0.0 && high > 0.0 {
        format!("less than {}", write(high))
    } else if low.total_cmp(&high).is_eq() {
        write(low)
    } else {
        match row.quantity {
            Quantity::Part => format!("{} to {}", bare(low), write(high)),
            _ => format!("{} to {}", write(low), write(high)),
        }
    }
}

/// The distance of the mean from the nearest published value, shares in points.
fn off_by(row: &Row) -> String {
    let Some(gap) = row.gap() else { return nothing() };
    let half_width = row.found.estimate.half_width().unwrap_or(0.0);
    match row.quantity {
        Quantity::Part if gap == 0.0 => "0 points".to_owned(),
        Quantity::Part => format!("{}{:.1} points", if gap < 0.0 { "−" } else { "+" }, gap.abs() * 100.0),
        quantity => Scaled::choose(quantity, gap, half_width).signed(gap),
    }
}

fn fit(fit: Fit) -> &'static str {
    match fit {
        Fit::Fits => "yes",
        Fit::Misses => "**no**",
        Fit::Unknown => "undecided",
    }
}

fn fitted(validation: &Validation) -> String {
    let mut out = String::from("| scenario | input | value | how it was chosen |\n| --- | --- | --- | --- |\n");
    for (scenario, inputs) in &validation.fitted {
        for input in inputs {
            let more = if input.more == 0 { String::new() } else { format!(" and {} more alike", input.more) };
            let (scenario, path) = (plain(scenario), code(&input.path));
            _ = writeln!(out, "| {scenario} | {path}{more} | {} | {} |", code(&input.value), plain(&input.to));
        }
    }
    out
}

/// Every row that misses, in words.
fn misses(validation: &Validation) -> String {
    let Validation { hit, shares, zones, back, pace, orders, sensors, .. } = validation;
    let mut out = String::new();
    for row in [hit, shares, back, pace, sensors].into_iter().flatten().filter(|row| row.misses()) {
        let mean = number(row.quantity, row.mean().unwrap_or(0.0), row.found.estimate.half_width());
        let factor = row.rules.iter().any(|rule| matches!(rule, Rule::Factor(_)) && row.fit(*rule) == Fit::Misses);
        let how = if factor { ", off by more than a factor of two" } else { "" };
        let (what, published, off) = (plain(&row.what), published(row), off_by(row));
        _ = writeln!(out, "- {what}: {published} published, {mean} simulated, {off}{how}.");
    }
    for order in zones.iter().chain(orders).filter(|order| order.fit() == Fit::Misses) {
        _ = writeln!(out, "- not so in the model: {}.", plain(&order.what));
    }
    if out.is_empty() { "- No row misses.\n".to_owned() } else { out }
}
