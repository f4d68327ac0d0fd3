//! What the template is filled with: texts and plots, in the order of the page.

use askama::Template;

use super::down_charts;
use super::tables::{self, Table, TileTable};
use crate::charts::{self, Size};
use crate::comparison::NOT_MODELLED;
use crate::number::{count, instant, span_ms};
use crate::verdict::{Meaning, Status, Verdict};
use crate::view::{Answer, Comparison, Footer, May};
use crate::wording;

/// The whole page.
#[derive(Template)]
#[template(path = "report.html")]
pub(super) struct Page<'a> {
    name: &'a str,
    question: &'a str,
    answer: &'a Answer,
    may_be_quoted: &'static str,
    may_class: &'static str,
    sentence: &'a str,
    facts: Vec<(&'static str, String)>,
    meaning: &'static str,
    meaning_class: &'static str,
    verdicts: Vec<VerdictRow<'a>>,
    lead_title: String,
    legend: String,
    whisker_scale: &'static str,
    differences_legend: String,
    arms: Vec<Table>,
    differences: Vec<Table>,
    down: Vec<Chart>,
    against_history: Vec<Chart>,
    n_history: String,
    history: Table,
    survival: Vec<Chart>,
    n_survival: String,
    at_risk: Table,
    organisations: Vec<Chart>,
    n_organisations: String,
    timeline: Vec<Chart>,
    timelines: Vec<Table>,
    front: Vec<Chart>,
    traded: Table,
    tiles: Option<TileTable>,
    places: Vec<Table>,
    steps: Table,
    drivers: Table,
    weak_drivers: Table,
    sourced: Table,
    uncertain: Table,
    assumed: Table,
    notes: &'a [String],
    calibration: String,
    checklist: Table,
    not_modelled: &'static [&'static str],
    footer: &'a Footer,
}

/// A plot with its heading, drawn for a page and for a phone.
pub(super) struct Chart {
    title: String,
    class: &'static str,
    desk: String,
    phone: String,
}

impl Chart {
    /// Draws it in both sizes.
    pub(super) fn of(title: &str, size: Size, draw: impl Fn(Size) -> String) -> Chart {
        let class = if size == Size::Wide { "wide" } else { "half" };
        Chart { title: title.to_owned(), class, desk: draw(size), phone: draw(Size::Phone) }
    }
}

/// So many uncertain inputs are shown; the weaker ones are folded.
const DRIVERS: usize = 10;

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
        let drawn = |shown: bool, title: &str, size: Size, draw: &dyn Fn(&Comparison, Size) -> String| {
            let chart = shown.then(|| Chart::of(title, size, |size| draw(comparison, size)));
            chart.into_iter().collect::<Vec<_>>()
        };
        let several = comparison.arms.len() > 1;
        let shown_drivers = comparison.drivers.len().min(DRIVERS);
        Page {
            name: &comparison.name,
            question: &comparison.question,
            answer: &comparison.answer,
            may_be_quoted: wording::may_be_quoted(comparison.answer.quote.may),
            may_class: match comparison.answer.quote.may {
                May::Yes => "holds",
                May::WithCare => "undecided",
                May::No => "broken",
            },
            sentence: &comparison.sentence,
            facts: facts(comparison),
            meaning: wording::meaning(comparison.meaning),
            meaning_class: meaning_class(comparison.meaning),
            verdicts: comparison.verdicts.iter().map(verdict_row).collect(),
            lead_title: comparison.columns[comparison.lead].title.to_owned(),
            legend: wording::legend(comparison),
            whisker_scale: if tables::whisker_axis(comparison, comparison.lead).is_log() {
                "logarithmic axis whose left end is 0"
            } else {
                "axis from 0"
            },
            differences_legend: wording::differences_legend(comparison),
            arms: tables::arms(comparison),
            differences: tables::differences(comparison),
            down: down_charts(comparison),
            against_history: drawn(
                !curves.against_history.lines.is_empty(),
                "The baseline and history",
                Size::Wide,
                &charts::against_history,
            ),
            n_history: wording::counted(comparison, &curves.against_history),
            history: tables::history(comparison),
            survival: drawn(!curves.survival.lines.is_empty(), "One PC", Size::Wide, &charts::survival),
            n_survival: wording::counted(comparison, &curves.survival),
            at_risk: tables::at_risk(comparison),
            organisations: drawn(
                !curves.organisations.lines.is_empty(),
                "One organisation",
                Size::Wide,
                &charts::organisations,
            ),
            n_organisations: wording::counted(comparison, &curves.organisations),
            timeline: drawn(
                comparison.timelines.iter().any(|timeline| !timeline.events.is_empty()),
                "What the vendor did",
                Size::Wide,
                &charts::timelines,
            ),
            timelines: tables::timelines(comparison),
            front: drawn(several, "Lower left is better in both", Size::Wide, &charts::front),
            traded: if several { tables::front(comparison) } else { Table::default() },
            tiles: comparison.tiles.as_ref().map(|tiles| tables::tiles(comparison, tiles)),
            places: tables::places(comparison),
            steps: tables::steps(comparison),
            drivers: tables::drivers(&comparison.drivers[..shown_drivers], "Uncertain inputs, strongest first"),
            weak_drivers: tables::drivers(&comparison.drivers[shown_drivers..], "Weaker ones"),
            sourced: tables::sourced(&comparison.provenance),
            uncertain: tables::uncertain(&comparison.provenance),
            assumed: tables::assumed(&comparison.provenance),
            notes: &comparison.notes,
            calibration: wording::calibration(comparison),
            checklist: tables::checklist(&comparison.checklist),
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
        ("fleet", count(setting.pcs, "PC", "PCs")),
        ("simulated", sampled),
        ("arms", format!("{}, {}", comparison.arms.len(), wording::replications(comparison))),
        ("release", instant(setting.release_unix_ms)),
        ("watched", format!("{} after the release", span_ms(setting.watched_ms))),
        ("inputs", inputs),
    ]
}
