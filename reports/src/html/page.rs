//! What the template is filled with: texts and plots, in the order of the page.

use askama::Template;

use super::down_charts;
use super::tables::{self, Table};
use crate::charts;
use crate::comparison::NOT_MODELLED;
use crate::number::{grouped, instant, span_ms};
use crate::verdict::{Meaning, Status, Verdict};
use crate::view::{Comparison, Footer};
use crate::wording;

/// The whole page.
#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    name: &'a str,
    question: &'a str,
    sentence: &'a str,
    facts: Vec<(&'static str, String)>,
    meaning: &'static str,
    meaning_class: &'static str,
    verdicts: Vec<VerdictRow<'a>>,
    lead_title: String,
    legend: String,
    differences_legend: String,
    arms: Vec<Table>,
    differences: Vec<Table>,
    down: Vec<Chart>,
    against_history: Option<String>,
    history: Table,
    survival: Option<String>,
    at_risk: Table,
    organisations: Option<String>,
    timelines: Vec<Table>,
    places: Vec<Table>,
    steps: Table,
    drivers: Table,
    sourced: Table,
    uncertain: Table,
    assumed: Table,
    notes: &'a [String],
    not_modelled: &'static [&'static str],
    footer: &'a Footer,
}

/// A plot with its heading.
pub(super) struct Chart {
    /// The heading.
    pub(super) title: String,
    /// The plot.
    pub(super) svg: String,
}

/// An expectation with its verdict.
struct VerdictRow<'a> {
    class: &'static str,
    status: &'static str,
    note: &'static str,
    verdict: &'a Verdict,
    source: &'a str,
}

impl<'a> Page<'a> {
    /// Puts the comparison into words and plots.
    pub(super) fn of(comparison: &'a Comparison) -> Page<'a> {
        let curves = &comparison.curves;
        let drawn = |lines: usize, svg: &dyn Fn(&Comparison) -> String| (lines > 0).then(|| svg(comparison));
        Page {
            name: &comparison.name,
            question: &comparison.question,
            sentence: &comparison.sentence,
            facts: facts(comparison),
            meaning: wording::meaning(comparison.meaning),
            meaning_class: meaning_class(comparison.meaning),
            verdicts: comparison.verdicts.iter().map(verdict_row).collect(),
            lead_title: comparison.columns[comparison.lead].title.to_owned(),
            legend: wording::legend(comparison),
            differences_legend: wording::differences_legend(comparison),
            arms: tables::arms(comparison),
            differences: tables::differences(comparison),
            down: down_charts(comparison),
            against_history: drawn(curves.against_history.lines.len(), &charts::against_history),
            history: tables::history(comparison),
            survival: drawn(curves.survival.lines.len(), &charts::survival),
            at_risk: tables::at_risk(comparison),
            organisations: drawn(curves.organisations.lines.len(), &charts::organisations),
            timelines: tables::timelines(comparison),
            places: tables::places(comparison),
            steps: tables::steps(comparison),
            drivers: tables::drivers(comparison),
            sourced: tables::sourced(&comparison.provenance),
            uncertain: tables::uncertain(&comparison.provenance),
            assumed: tables::assumed(&comparison.provenance),
            notes: &comparison.notes,
            not_modelled: &NOT_MODELLED,
            footer: &comparison.footer,
        }
    }
}

fn verdict_row(verdict: &Verdict) -> VerdictRow<'_> {
    VerdictRow {
        class: match verdict.status {
            Status::Holds => "holds",
            Status::Broken => "broken",
            Status::Undecided => "undecided",
        },
        status: wording::status(verdict.status),
        note: verdict.level_note(),
        verdict,
        source: verdict.source.as_deref().unwrap_or_default(),
    }
}

fn meaning_class(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::AllHolds | Meaning::NothingExpected => "holds",
        Meaning::Broken | Meaning::WorseThanBaseline => "broken",
        Meaning::Undecided => "undecided",
    }
}

fn facts(comparison: &Comparison) -> Vec<(&'static str, String)> {
    let setting = &comparison.setting;
    let sampled = match setting.one_in {
        1 => "every PC".to_owned(),
        one_in => format!("1 in {one_in} organisations, each whole"),
    };
    let provenance = &comparison.provenance;
    let inputs = format!(
        "{} sourced, {} uncertain, {} assumed",
        provenance.sourced.len(),
        provenance.uncertain.len(),
        provenance.assumed.len()
    );
    vec![
        ("fleet", format!("{} PCs", grouped(setting.pcs))),
        ("simulated", sampled),
        ("arms", format!("{}, {}", comparison.arms.len(), wording::replications(comparison))),
        ("release", instant(setting.release_unix_ms)),
        ("watched", format!("{} after the release", span_ms(setting.watched_ms))),
        ("inputs", inputs),
    ]
}
