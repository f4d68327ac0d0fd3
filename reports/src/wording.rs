//! How figures, differences and verdicts are put into words: the same in the terminal, in Markdown and on the page.

use bugcheck_lab::estimate::{self, Apart, Difference, Estimate, Limit, Pairing, Point};
use bugcheck_scenarios::experiment::Factor;
use bugcheck_sim::measure::{Measure, Segment};

use crate::number::{Quantity, Scaled, count, short, span_ms};
use crate::verdict::{Meaning, Status};
use crate::view::{self, Calibration, Change, Column, Comparison, Figure, May};

/// A number in short lines, for cells of tables.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Cell {
    /// The estimate: `8.51 M`.
    pub main: String,
    /// Its interval, or why there is none: `8.48 to 8.54 M`.
    pub below: String,
    /// A third line: the range of outcomes, or how likely a difference is.
    pub aside: String,
}

/// Puts a figure into a cell; the range of outcomes stands aside.
pub fn cell(quantity: Quantity, figure: &Figure, watched_ms: i64) -> Cell {
    let mut cell = estimate_cell(quantity, &figure.estimate, watched_ms, Sign::Plain);
    if figure.estimate.same.is_none() {
        cell.aside = outcomes(quantity, figure, watched_ms);
    }
    cell
}

/// Puts an estimate into a cell, without its range of outcomes.
pub fn estimate_cell_of(quantity: Quantity, estimate: &Estimate, watched_ms: i64) -> Cell {
    estimate_cell(quantity, estimate, watched_ms, Sign::Plain)
}

/// Puts a difference into a cell: in percent of the baseline where that has a value.
pub fn difference_cell(quantity: Quantity, difference: &Difference, watched_ms: i64) -> Cell {
    let estimate = shown(difference);
    let quantity = if has_value(&difference.relative) { Quantity::Part } else { quantity };
    let mut cell = estimate_cell(quantity, estimate, watched_ms, Sign::Signed);
    if estimate.same.is_some() && estimate.value == Point::Value(0.0) {
        return Cell { main: "±0".to_owned(), ..cell };
    }
    if difference.apart == Apart::NotApart {
        cell.main.push_str(" ≈");
    }
    cell.aside = difference.p_adjusted.map(probability).unwrap_or_default();
    cell
}

/// Of a difference what its cell shows.
fn shown(difference: &Difference) -> &Estimate {
    if has_value(&difference.relative) { &difference.relative } else { &difference.absolute }
}

/// Whether a sign is always written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Plain,
    Signed,
}

fn has_value(estimate: &Estimate) -> bool {
    matches!(estimate.value, Point::Value(_) | Point::AtLeast(_) | Point::AtMost(_))
}

fn scale_of(quantity: Quantity, estimate: &Estimate) -> Scaled {
    let value = match estimate.value {
        Point::Value(value) | Point::AtLeast(value) | Point::AtMost(value) => value,
        Point::NotWithinHorizon | Point::Unknown | Point::Nothing => estimate.low.at().unwrap_or(0.0),
    };
    Scaled::choose(quantity, value, estimate.half_width().unwrap_or(0.0))
}

fn estimate_cell(quantity: Quantity, estimate: &Estimate, watched_ms: i64, sign: Sign) -> Cell {
    let scale = scale_of(quantity, estimate);
    let write = |value| if sign == Sign::Signed { scale.signed(value) } else { scale.short(value) };
    let main = match estimate.value {
        Point::Value(value) => write(value),
        Point::AtLeast(value) => format!("≥ {}", write(value)),
        Point::AtMost(value) => format!("≤ {}", write(value)),
        Point::NotWithinHorizon => format!("> {}", span_ms(watched_ms)),
        Point::Unknown => "?".to_owned(),
        Point::Nothing => "–".to_owned(),
    };
    Cell { main, below: limits(scale, estimate, sign), aside: String::new() }
}

/// The interval in short, or why there is none, and the replications where they are a part of those that were made.
fn limits(scale: Scaled, estimate: &Estimate, sign: Sign) -> String {
    let some = match (estimate.value, estimate.nothing) {
        (Point::Nothing, _) | (_, 0) => String::new(),
        _ => format!(" ({})", of_replications(estimate)),
    };
    format!("{}{some}", interval_of(scale, estimate, sign))
}

fn interval_of(scale: Scaled, estimate: &Estimate, sign: Sign) -> String {
    let n = estimate.n;
    if n == 1 {
        return "n = 1, no interval".to_owned();
    }
    if let Some(others) = estimate.same {
        let what = if estimate.value == Point::Value(0.0) && sign == Sign::Plain { "0 of" } else { "same in" };
        return format!("{what} {n}; ≤ {}", part(others));
    }
    if estimate.value == Point::Nothing {
        let looked_at = n + estimate.nothing;
        return if looked_at == 0 { "no readings".to_owned() } else { format!("none in {looked_at}") };
    }
    let interval = |low, high| match sign {
        Sign::Plain => scale.interval(low, high),
        Sign::Signed => scale.signed_interval(low, high),
    };
    match (estimate.low, estimate.high) {
        (Limit::At(low), Limit::At(high)) => interval(low, high),
        (Limit::At(low), _) => format!("from {}; {} of {n} late", scale.short(low), estimate.beyond),
        (_, Limit::At(high)) => format!("up to {}; {} of {n} late", scale.short(high), estimate.beyond),
        _ if estimate.beyond > 0 => format!("{} of {n} late", estimate.beyond),
        _ => format!("n = {n}: no interval"),
    }
}

/// The replications of a figure in a sentence: `60`, or `8 of 60` where in the others there was nothing to measure.
pub fn of_replications(estimate: &Estimate) -> String {
    match estimate.nothing {
        0 => estimate.n.to_string(),
        nothing => format!("{} of {}", estimate.n, estimate.n + nothing),
    }
}

/// The range of outcomes, 5 to 95 %.
fn outcomes(quantity: Quantity, figure: &Figure, watched_ms: i64) -> String {
    let high = match figure.outcomes.p95 {
        Point::Value(high) => Some(high),
        _ => None,
    };
    match (figure.outcomes.p05, high) {
        (Point::Value(low), Some(high)) => Scaled::choose(quantity, high, high - low).interval(low, high),
        (Point::Value(low), None) => format!("{} to > {}", short(quantity, low), span_ms(watched_ms)),
        _ => String::new(),
    }
}

/// An estimate within a sentence whose n is said elsewhere: `8.51 M PCs (8.48 to 8.54 M)`; `None` where there is no
/// number.
pub fn brief(quantity: Quantity, estimate: &Estimate) -> Option<String> {
    let scale = scale_of(quantity, estimate);
    let (value, note) = match estimate.value {
        Point::Value(value) => (value, ""),
        Point::AtLeast(value) => (value, "at least "),
        Point::AtMost(value) => (value, "at most "),
        Point::NotWithinHorizon | Point::Unknown | Point::Nothing => return None,
    };
    let replications = match estimate.nothing {
        0 => String::new(),
        _ => format!("; {} replications", of_replications(estimate)),
    };
    Some(format!("{note}{} ({}{replications})", scale.full(value), interval_of(scale, estimate, Sign::Plain)))
}

/// An estimate in words, in full: `8.51 M PCs (95 % interval 8.48 to 8.54 M, n = 60)`.
pub fn estimate(quantity: Quantity, estimate: &Estimate, watched_ms: i64) -> String {
    let scale = scale_of(quantity, estimate);
    let confidence = part(estimate.level.confidence);
    let n = estimate.n;
    let value = match estimate.value {
        Point::Value(value) => scale.full(value),
        Point::AtLeast(value) => format!("at least {}", scale.full(value)),
        Point::AtMost(value) => format!("at most {}", scale.full(value)),
        Point::NotWithinHorizon => format!("not within the {} that are watched", span_ms(watched_ms)),
        Point::Unknown => "unknown, since both arms reach beyond the horizon".to_owned(),
        Point::Nothing => {
            let all = count(u64::from(n + estimate.nothing), "replication", "replications");
            return format!("missing: there was nothing to measure in {all}");
        }
    };
    if let Some(others) = estimate.same.filter(|_| n > 1) {
        let replications = of_replications(estimate);
        return format!(
            "{value} in each of {replications} replications (at most {} of further ones would differ)",
            part(others)
        );
    }
    let interval = match (estimate.low, estimate.high) {
        (Limit::At(low), Limit::At(high)) => format!("{confidence} interval {}", scale.interval(low, high)),
        (Limit::At(low), _) => format!("{confidence} sure of at least {}, no upper limit", scale.full(low)),
        (_, Limit::At(high)) => format!("{confidence} sure of at most {}, no lower limit", scale.full(high)),
        _ => "no interval".to_owned(),
    };
    let late = match estimate.beyond {
        0 => String::new(),
        beyond => format!(", {beyond} of them beyond the horizon"),
    };
    let some = if estimate.nothing == 0 { "" } else { " replications" };
    format!("{value} ({interval}, n = {}{some}{late})", of_replications(estimate))
}

/// The replications in which a change is the same: all, or those in which the baseline has anything to change.
pub fn in_each(change: &Estimate) -> String {
    let replications = of_replications(change);
    match change.nothing {
        0 => format!("in each of {replications} replications"),
        _ => format!("in each of the {replications} replications in which the baseline loses any"),
    }
}

/// How often something happens: `8 of 60 replications (6.9 % to 24 %)`.
pub fn how_often(share: &Estimate) -> String {
    let (low, high) = (share.low.at().unwrap_or(0.0), share.high.at().unwrap_or(1.0));
    let all = count(share.n.into(), "replication", "replications");
    format!("{} of {all} ({} to {})", share.events(), part(low), part(high))
}

/// The arms in which an outage happens in some replications and not in others, those of the same number together.
fn outages(comparison: &Comparison) -> String {
    const NAMED: usize = 3;
    let mut by_events: Vec<(&Estimate, Vec<&str>)> = Vec::new();
    for arm in comparison.arms.iter().filter(|arm| arm.outage.same.is_none() && arm.n > 0) {
        match by_events.iter_mut().find(|(share, _)| **share == arm.outage) {
            Some((_, arms)) => arms.push(&arm.name),
            None => by_events.push((&arm.outage, vec![&arm.name])),
        }
    }
    let said = by_events.iter().map(|(share, arms)| {
        let more = match arms.len().saturating_sub(NAMED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let named: Vec<&str> = arms.iter().copied().take(NAMED).collect();
        format!(" An outage in {}: {}{more}.", how_often(share), named.join(", "))
    });
    said.collect()
}

/// Explains the replications in cells where any of them needs it.
fn of_some<'a>(mut estimates: impl Iterator<Item = &'a Estimate>, others: &str) -> String {
    if estimates.any(|estimate| estimate.nothing > 0 && estimate.value != Point::Nothing) {
        format!(" \"(k of n)\": over k of the n replications; in the others {others}.")
    } else {
        String::new()
    }
}

/// How far a figure is from its bound, to follow it: `; at least 0.12 h within the bound`.
pub fn margin(quantity: Quantity, status: Status, margin: f64) -> String {
    let side = match status {
        Status::Holds => "within",
        Status::Broken => "beyond",
        Status::Undecided => return String::new(),
    };
    let scale = Scaled::choose(quantity, margin, 0.0);
    // "Or more" holds of a number that was rounded down.
    let margin = scale.down(margin);
    let by = match quantity {
        Quantity::Part => format!("{} percentage points", scale.bare(margin)),
        Quantity::Amount(_) | Quantity::Span => scale.full(margin),
    };
    format!("; {by} or more {side} the bound")
}

/// A probability: `p < 0.001`, `p = 0.024`.
pub fn probability(p: f64) -> String {
    if p < 0.001 { "p < 0.001".to_owned() } else { format!("p = {p:.3}") }
}

/// A part of 1 in percent, short: `95 %`, `4.9 %`, `99.9 %`. What is neither 0 nor all of it never reads as if it were.
pub fn part(value: f64) -> String {
    let percent = percent(value);
    let fewest = usize::from(percent.fract() != 0.0 && !(10.0..90.0).contains(&percent));
    let is_none_or_all = |percent: f64| percent <= 0.0 || percent >= 100.0;
    let shown = (fewest..=PART_DIGITS).map(|decimals| format!("{percent:.decimals$}")).find(|text| {
        let read = text.parse::<f64>().unwrap_or(percent);
        !is_none_or_all(read) || is_none_or_all(percent)
    });
    format!("{} %", shown.unwrap_or_else(|| format!("{percent:.0}")))
}

/// A part of 1 in percent, as it was asked for: `3.3 %`, `12.25 %`.
pub fn part_in_full(value: f64) -> String {
    let text = format!("{:.PART_DIGITS$}", percent(value));
    format!("{} %", text.trim_end_matches('0').trim_end_matches('.'))
}

/// The most decimals of a percentage.
const PART_DIGITS: usize = 6;

/// A part of 1 in percent, without what a binary fraction adds to a whole number.
fn percent(part: f64) -> f64 {
    let percent = part * 100.0;
    if (percent - percent.round()).abs() < 1e-9 { percent.round() } else { percent }
}

/// What is changed against the baseline: `recovery: by_hand → qmr`.
pub fn changes(changes: &[Change]) -> String {
    let parts: Vec<String> = changes.iter().map(|c| format!("{}: {} → {}", c.factor, c.from, c.to)).collect();
    parts.join(", ")
}

/// The heading of a column with its unit: `PCs hit (PCs)`.
pub fn heading(column: &Column) -> String {
    format!("{} ({})", column.title, column.quantity.header())
}

/// The label of a published point, with the part of the fleet that it is about.
pub fn published_point(point: &view::Point) -> String {
    match &point.segment {
        Segment::Fleet => point.label.clone(),
        part => format!("{} ({})", point.label, segment(part)),
    }
}

/// A segment: `the fleet`, `region europe`.
pub fn segment(segment: &Segment) -> String {
    match segment {
        Segment::Fleet => "the fleet".to_owned(),
        Segment::Region(name) => format!("region {name}"),
        Segment::Sector(name) => format!("sector {name}"),
        Segment::Kind(name) => format!("kind {name}"),
        Segment::Architecture(name) => format!("architecture {name}"),
        Segment::Place { region, sector } => format!("sector {sector} in region {region}"),
    }
}

/// A status with a sign of its own, so that colour is never the only carrier.
pub fn status(status: Status) -> &'static str {
    match status {
        Status::Holds => "✓ holds",
        Status::Broken => "✗ broken",
        Status::Undecided => "? undecided",
    }
}

/// A status as a word within a sentence.
pub fn status_word(status: Status) -> &'static str {
    match status {
        Status::Holds => "it holds",
        Status::Broken => "it is broken",
        Status::Undecided => "it is undecided",
    }
}

/// What the verdicts mean together, as a phrase.
pub fn meaning(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::AllHolds => "all expectations hold",
        Meaning::NothingExpected => "nothing was expected",
        Meaning::Broken => "an expectation is broken",
        Meaning::Undecided => "an expectation is undecided",
        Meaning::WorseThanBaseline => "an arm is worse than the baseline",
    }
}

/// Several arms in few words: by their choices where they are all combinations of some, as in
/// `split|platform / any recovery / staged`; else the first, and how many more.
pub fn arms(factors: &[Factor], names: &[String]) -> String {
    let [first, rest @ ..] = names else { return String::new() };
    if rest.is_empty() {
        return first.clone();
    }
    let levels: Vec<Vec<&str>> = names.iter().map(|name| name.split(" / ").collect()).collect();
    let chosen = |place: usize| -> Vec<&str> {
        let mut chosen: Vec<&str> = Vec::new();
        for level in levels.iter().filter_map(|levels| levels.get(place)) {
            if !chosen.contains(level) {
                chosen.push(level);
            }
        }
        chosen
    };
    let chosen: Vec<Vec<&str>> = (0..factors.len()).map(chosen).collect();
    if factors.is_empty() || chosen.iter().map(Vec::len).product::<usize>() != names.len() {
        return format!("{first} and {} more", rest.len());
    }
    let said = factors.iter().zip(chosen).map(|(factor, chosen)| {
        if chosen.len() > 1 && chosen.len() == factor.levels.len() {
            format!("any {}", factor.name)
        } else {
            chosen.join("|")
        }
    });
    said.collect::<Vec<_>>().join(" / ")
}

/// Whether an answer may be quoted, as a phrase.
pub fn may_be_quoted(may: May) -> &'static str {
    match may {
        May::Yes => "yes, as what the model says",
        May::WithCare => "with care",
        May::No => "no",
    }
}

/// How the baseline stands to what was published, in one sentence.
pub fn calibration(comparison: &Comparison) -> String {
    let Calibration { points, met } = comparison.calibration;
    match points {
        0 => "The scenario names no published points about the fleet to hold the baseline against.".to_owned(),
        _ => format!(
            "Of {points} published points about the fleet, {met} lie within the range of outcomes of the baseline (5 to \
             95 % of replications). The figure \"The baseline and history\" shows them."
        ),
    }
}

/// The replications of the comparison: `60 replications of each arm`.
pub fn replications(comparison: &Comparison) -> String {
    match comparison.setting.replications {
        (1, 1) => "1 replication of each arm".to_owned(),
        (fewest, most) if fewest == most => format!("{most} replications of each arm"),
        (fewest, most) => format!("{fewest} to {most} replications of each arm"),
    }
}

/// How many replications the curves of a panel are means over, as a sentence.
pub fn counted(comparison: &Comparison, panel: &view::Panel) -> String {
    let Some(first) = panel.lines.first() else { return String::new() };
    if panel.lines.iter().any(|line| line.n < comparison.arms[line.arm].n) {
        let each =
            panel.lines.iter().map(|line| format!("{} of {} for {}", line.n, comparison.arms[line.arm].n, line.label));
        let each = each.collect::<Vec<_>>().join("; ");
        return format!("Replications in which no PC went down have no such curve. n = {each}.");
    }
    if panel.lines.iter().all(|line| line.n == first.n) {
        return format!("n = {}.", first.n);
    }
    let each = panel.lines.iter().map(|line| format!("{} for {}", line.n, line.label));
    format!("n = {}.", each.collect::<Vec<_>>().join("; "))
}

/// What the lines of a cell are.
pub fn legend(comparison: &Comparison) -> String {
    let level = comparison.setting.level;
    let shared = match level.looks {
        1 => String::new(),
        looks => format!(" (shared between {looks} looks at the growing results)"),
    };
    let figures = comparison.arms.iter().flat_map(|arm| &arm.figures);
    let some = of_some(figures.map(|figure| &figure.estimate), "there was nothing to measure");
    let stale = if comparison.columns.iter().any(|column| column.measure == Measure::StalePcHours) {
        " A PC that is down is not counted as protected late: read it together with the hours lost."
    } else {
        ""
    };
    format!(
        "Means over replications, with the {} interval of their precision{shared}; {}. \
         \"0 of n; ≤ x %\": it was zero in each of n replications, so it is not zero in at most x % of them.\
         {some}{}{stale}",
        part(level.confidence),
        replications(comparison),
        outages(comparison)
    )
}

/// What the cells of differences are.
pub fn differences_legend(comparison: &Comparison) -> String {
    let shown = comparison.differences.iter().flat_map(|row| &row.cells).map(shown);
    let late = comparison.differences.iter().flat_map(|row| &row.cells).any(|cell| cell.absolute.beyond > 0);
    format!(
        "Paired differences on the same dice, in % of the baseline where it has a value, with their {} intervals. \
         ≈ cannot be told apart from the baseline (Holm-adjusted over the arms).{}{}",
        part(comparison.setting.level.confidence),
        of_some(shown, "there was nothing to measure or to lose"),
        if late { BY_SIGNS } else { "" }
    )
}

/// How arms are told apart where readings lie beyond the horizon.
const BY_SIGNS: &str = " Where replications are late (beyond the horizon), p is that of the sign test on the pairs, and \
                        arms are told apart only if most pairs go the way of the mean.";

/// What the same dice were worth by the lead measure; nothing where no arm says it.
pub fn pairing(comparison: &Comparison) -> Option<String> {
    let lead = comparison.differences.iter().filter_map(|row| row.cells.get(comparison.lead));
    let Pairing { correlation, correlations: (least, most), saved, arms } = estimate::pairing(lead)?;
    let [correlation, least, most] = [correlation, least, most].map(|value| format!("{value:.2}").replace('-', "−"));
    let worth = count(saved.abs().round() as u64, "replication", "replications");
    let sign = if saved < 0.0 { "fewer" } else { "more" };
    Some(format!(
        "The same dice: by {}, arms follow the baseline with a correlation of {correlation} ({least} to {most}); independent dice \
         would have needed {worth} {sign} for the same precision (medians over {arms} arms, n = {}).",
        comparison.columns[comparison.lead].title, comparison.setting.replications.1,
    ))
}

#[cfg(test)]
mod tests {
    use bugcheck_lab::estimate::{Level, Readings, mean, paired};
    use bugcheck_sim::measure::Reading;

    use super::*;

    const DAYS_28: i64 = 28 * 86_400_000;
    const LEVEL: Level = Level { confidence: 0.95, looks: 1 };

    fn readings(all: impl IntoIterator<Item = Reading>) -> Readings {
        Readings::new(Measure::TimeTo95, 672.0, all)
    }

    #[test]
    fn arms_are_named_by_their_choices_where_they_are_all_combinations_of_some() {
        let factor = |name: &str, levels: &[&str]| Factor {
            name: name.into(),
            levels: levels.iter().map(|level| (*level).into()).collect(),
        };
        let factors =
            [factor("architecture", &["kernel", "split", "platform"]), factor("rollout", &["at_once", "staged"])];
        let named = |names: &[&str]| arms(&factors, &names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        assert_eq!(named(&["split / at_once"]), "split / at_once");
        assert_eq!(named(&["split / at_once", "split / staged"]), "split / any rollout");
        assert_eq!(named(&["split / staged", "platform / staged"]), "split|platform / staged");
        assert_eq!(named(&["split / staged", "platform / at_once"]), "split / staged and 1 more");
    }

    #[test]
    fn a_figure_of_a_part_of_the_replications_says_of_how_many() {
        let some = (0..8).map(|hours| Reading::Value(2.0 + f64::from(hours))).chain(vec![Reading::Nothing; 52]);
        let some = mean(&readings(some), LEVEL);
        let shown = estimate_cell(Quantity::Span, &some, DAYS_28, Sign::Plain);
        assert!(shown.below.ends_with(" h (8 of 60)"), "{}", shown.below);
        let brief = brief(Quantity::Span, &some).unwrap();
        assert!(brief.ends_with(" h; 8 of 60 replications)"), "{brief}");
        let full = estimate(Quantity::Span, &some, DAYS_28);
        assert!(full.ends_with("n = 8 of 60 replications)"), "{full}");
        assert!(of_some([&some].into_iter(), "none").contains("k of the n"));
    }

    #[test]
    fn all_saved_is_said_of_the_replications_with_something_to_save() {
        let hours = |lost: [f64; 60]| Readings::new(Measure::PcHoursLost, 672.0, lost.map(Reading::Value));
        let baseline = std::array::from_fn(|i| if i < 8 { 10.0 + i as f64 } else { 0.0 });
        let difference = paired(&hours([0.0; 60]), &hours(baseline), LEVEL);
        let shown = difference_cell(Quantity::Amount("PC-hours"), &difference, DAYS_28);
        assert_eq!((shown.main.as_str(), shown.below.as_str()), ("−100 %", "same in 8; ≤ 31 % (8 of 60)"));
    }

    #[test]
    fn a_zero_is_never_without_its_limit() {
        let zeros = mean(&readings(vec![Reading::Value(0.0); 60]), LEVEL);
        let shown = estimate_cell(Quantity::Amount("PCs"), &zeros, DAYS_28, Sign::Plain);
        assert_eq!((shown.main.as_str(), shown.below.as_str()), ("0", "0 of 60; ≤ 4.9 %"));
    }

    #[test]
    fn times_beyond_the_horizon_are_shown_as_such() {
        let all = mean(&readings(vec![Reading::NotWithinHorizon; 3]), LEVEL);
        assert_eq!(estimate_cell(Quantity::Span, &all, DAYS_28, Sign::Plain).main, "> 28 d");
        let some = mean(&readings([Reading::Value(100.0), Reading::Value(110.0), Reading::NotWithinHorizon]), LEVEL);
        let shown = estimate_cell(Quantity::Span, &some, DAYS_28, Sign::Plain);
        assert_eq!(shown.main, "≥ 12.2 d");
        assert!(shown.below.ends_with("1 of 3 late"), "{}", shown.below);
    }

    #[test]
    fn no_percentage_reads_as_none_or_all_that_is_not() {
        let shown = [0.95, 0.999, 0.995, 0.975, 0.9999, 0.049, 0.0, 1.0, 0.000_3, 0.476, 0.07].map(part);
        let wanted = "95 %|99.9 %|99.5 %|97.5 %|99.99 %|4.9 %|0 %|100 %|0.03 %|48 %|7 %";
        assert_eq!(shown.join("|"), wanted);
        assert_eq!([0.033, 0.05, 0.1225, 1.0].map(part_in_full).join("|"), "3.3 %|5 %|12.25 %|100 %");
    }

    #[test]
    fn a_margin_is_rounded_down_for_it_is_that_or_more() {
        let pcs = margin(Quantity::Amount("PCs"), Status::Holds, 1_289_900.0);
        assert_eq!(pcs, "; 1.28 M PCs or more within the bound");
        assert_eq!(
            margin(Quantity::Part, Status::Broken, 0.02989),
            "; 2.98 percentage points or more beyond the bound"
        );
        assert_eq!(margin(Quantity::Part, Status::Broken, 0.03), "; 3 percentage points or more beyond the bound");
        assert_eq!(margin(Quantity::Span, Status::Holds, 0.12), "; 7.20 min or more within the bound");
        assert_eq!(margin(Quantity::Span, Status::Undecided, 0.12), "");
    }

    #[test]
    fn a_difference_that_may_be_none_carries_a_sign() {
        let values = |all: [f64; 4]| readings(all.map(Reading::Value));
        let difference = paired(&values([10.0, 21.0, 30.0, 39.0]), &values([11.0, 20.0, 29.0, 40.0]), LEVEL);
        assert_eq!(difference_cell(Quantity::Span, &difference, DAYS_28).main, "+0.00 % ≈");
        assert!(estimate(Quantity::Span, &difference.absolute, DAYS_28).contains("n = 4"));
    }
}
