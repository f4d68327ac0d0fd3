//! The comparison as `run` prints it: plain lines and tables for 80 to 160 columns. Colour adds to signs and words and
//! never replaces them.

use std::fmt::Write as _;

use bugcheck_lab::estimate::{Apart, Difference};
use unicode_width::UnicodeWidthStr;

use crate::number::{Quantity, count, instant, span_ms};
use crate::several::Several;
use crate::verdict::Status;
use crate::view::{ArmRow, Column, Comparison, Role};
use crate::wording;

/// Whether escape codes for colour are written. The caller decides by `NO_COLOR` and whether the output is a terminal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// They are.
    Colour,
    /// They are not.
    Plain,
}

/// How the comparison is printed.
#[derive(Clone, Copy, Debug)]
pub struct Page {
    /// Columns of the terminal; values outside 80 to 160 are taken as the nearer of the two.
    pub width: usize,
    /// Colour or not.
    pub paint: Paint,
}

impl Page {
    /// With a width that can be printed to.
    pub(crate) fn clamped(self) -> Page {
        Page { width: self.width.clamp(NARROWEST, WIDEST), ..self }
    }
}

const NARROWEST: usize = 80;
const WIDEST: usize = 160;
const BOLD: &str = "1";
const DIM: &str = "2";
const RED: &str = "31";
const GREEN: &str = "32";
const YELLOW: &str = "33";

/// The comparison as text, each line ended.
pub fn render(comparison: &Comparison, page: Page) -> String {
    let page = page.clamped();
    let mut out = String::new();
    write_head(&mut out, comparison, page);
    write_arms(&mut out, comparison, page);
    write_differences(&mut out, comparison, page);
    write_verdicts(&mut out, comparison, page);
    write_notes(&mut out, comparison, page);
    out
}

fn write_head(out: &mut String, comparison: &Comparison, page: Page) {
    let setting = &comparison.setting;
    for text in wrap(&comparison.question, page.width) {
        line(out, &page.paint.with(BOLD, &text));
    }
    for text in wrap(&comparison.sentence, page.width) {
        line(out, &text);
    }
    out.push('\n');
    let sampled = match setting.one_in {
        1 => "every PC simulated".to_owned(),
        one_in => format!("1 in {one_in} organisations simulated, each whole"),
    };
    let facts = format!(
        "{}, {sampled}; {}; watched for {} after the release at {}.",
        count(setting.pcs, "PC", "PCs"),
        wording::replications(comparison),
        span_ms(setting.watched_ms),
        instant(setting.release_unix_ms),
    );
    for text in wrap(&facts, page.width) {
        line(out, &page.paint.with(DIM, &text));
    }
    out.push('\n');
}

fn write_arms(out: &mut String, comparison: &Comparison, page: Page) {
    let names: Vec<String> = comparison
        .arms
        .iter()
        .map(|arm| match arm.role {
            Role::Baseline => format!("{} (baseline)", arm.name),
            Role::Other => arm.name.clone(),
        })
        .collect();
    let mut columns = vec![letters_column(comparison)];
    for (index, column) in comparison.columns.iter().enumerate() {
        let cells = comparison
            .arms
            .iter()
            .map(|arm| wording::cell(column.quantity, &arm.figures[index], comparison.setting.watched_ms))
            .map(|cell| Pair { main: cell.main, below: cell.below, tone: None })
            .collect();
        columns.push(TextColumn { heading: (column.title.to_owned(), column.quantity.header().to_owned()), cells });
    }
    write_blocks(out, ("arm", &names), &columns, page);
    for text in wrap(&wording::legend(comparison), page.width) {
        line(out, &page.paint.with(DIM, &text));
    }
    let lead = comparison.columns[comparison.lead].title;
    let letters = format!("Arms that share a letter cannot be told apart by {lead}.");
    line(out, &page.paint.with(DIM, &letters));
    out.push('\n');
}

fn letters_column(comparison: &Comparison) -> TextColumn {
    let cells = comparison.arms.iter().map(|arm| Pair { main: arm.letters.clone(), below: String::new(), tone: None });
    TextColumn { heading: ("alike".to_owned(), String::new()), cells: cells.collect() }
}

fn write_differences(out: &mut String, comparison: &Comparison, page: Page) {
    if comparison.differences.is_empty() {
        return;
    }
    let baseline = &comparison.arms[comparison.baseline].name;
    for text in wrap(&format!("Against the baseline, {baseline}"), page.width) {
        line(out, &page.paint.with(BOLD, &text));
    }
    let names: Vec<String> = comparison.differences.iter().map(|row| comparison.arms[row.arm].name.clone()).collect();
    let mut columns = Vec::new();
    for &index in &comparison.brief {
        let column = &comparison.columns[index];
        let cells = comparison
            .differences
            .iter()
            .map(|row| difference_pair(column.quantity, &row.cells[index], comparison.setting.watched_ms))
            .collect();
        columns.push(TextColumn { heading: (column.title.to_owned(), String::new()), cells });
    }
    write_blocks(out, ("arm", &names), &columns, page);
    note(out, &wording::differences_legend(comparison), page);
    if let Some(pairing) = wording::pairing(comparison) {
        note(out, &pairing, page);
    }
    out.push('\n');
}

fn difference_pair(quantity: Quantity, difference: &Difference, watched_ms: i64) -> Pair {
    let cell = wording::difference_cell(quantity, difference, watched_ms);
    let tone = match difference.apart {
        Apart::Apart => Some(BOLD),
        Apart::NotApart | Apart::Undecided => Some(DIM),
    };
    Pair { main: cell.main, below: cell.below, tone }
}

fn write_verdicts(out: &mut String, comparison: &Comparison, page: Page) {
    if comparison.verdicts.is_empty() {
        return;
    }
    line(out, &page.paint.with(BOLD, "Expectations"));
    for verdict in &comparison.verdicts {
        let tone = match verdict.status {
            Status::Holds => GREEN,
            Status::Broken => RED,
            Status::Undecided => YELLOW,
        };
        let sign = page.paint.with(tone, wording::status(verdict.status));
        line(out, &format!("{sign}  {} ({}){}", verdict.name, verdict.written, verdict.level_note()));
        for text in wrap(&verdict.reason, page.width - 4) {
            line(out, &format!("    {text}"));
        }
    }
    out.push('\n');
}

fn write_notes(out: &mut String, comparison: &Comparison, page: Page) {
    let provenance = &comparison.provenance;
    let inputs = format!(
        "Inputs: {} sourced, {} uncertain (drawn per replication), {} assumed.",
        provenance.sourced.len(),
        provenance.uncertain.len(),
        provenance.assumed.len()
    );
    for note in std::iter::once(&inputs).chain(&comparison.notes) {
        for text in wrap(note, page.width) {
            line(out, &page.paint.with(DIM, &text));
        }
    }
}

/// Several runs as text: what differs in the question, then all arms.
pub fn render_several(several: &Several, page: Page) -> String {
    let page = page.clamped();
    let mut out = String::new();
    let runs: Vec<String> = several.runs.iter().map(|(name, _)| name.clone()).collect();
    if several.differs.is_empty() {
        line(&mut out, "The runs ask the same question in the same setting.");
    } else {
        line(&mut out, &page.paint.with(BOLD, "What differs"));
    }
    for differs in &several.differs {
        line(&mut out, &format!("  {}", differs.what));
        for (run, value) in runs.iter().zip(&differs.values) {
            line(&mut out, &format!("    {run}: {value}"));
        }
    }
    out.push('\n');
    let arms = || several.runs.iter().flat_map(|(name, run)| run.arms.iter().map(move |arm| (name, run, arm)));
    let names: Vec<String> = arms().map(|(run, _, arm)| format!("{run}: {}", arm.name)).collect();
    let columns: Vec<TextColumn> = several
        .columns
        .iter()
        .map(|column| TextColumn {
            heading: (column.title.to_owned(), column.quantity.header().to_owned()),
            cells: arms().map(|(_, run, arm)| pair_of(run, arm, column)).collect(),
        })
        .collect();
    write_blocks(&mut out, ("run: arm", &names), &columns, page);
    for (name, run) in &several.runs {
        line(&mut out, &page.paint.with(DIM, &format!("{name}: {}.", wording::replications(run))));
    }
    out
}

fn pair_of(run: &Comparison, arm: &ArmRow, column: &Column) -> Pair {
    let cell = Several::place(run, column.measure)
        .map(|place| wording::cell(column.quantity, &arm.figures[place], run.setting.watched_ms))
        .unwrap_or_default();
    Pair { main: cell.main, below: cell.below, tone: None }
}

/// A heading.
pub(crate) fn title(out: &mut String, text: &str, page: Page) {
    for text in wrap(text, page.width) {
        line(out, &page.paint.with(BOLD, &text));
    }
}

/// A remark below a table.
pub(crate) fn note(out: &mut String, text: &str, page: Page) {
    for text in wrap(text, page.width) {
        line(out, &page.paint.with(DIM, &text));
    }
}

/// A table: the heading and the names of its rows, then its columns.
pub(crate) fn table(out: &mut String, names: (&str, &[String]), columns: &[TextColumn], page: Page) {
    write_blocks(out, names, columns, page);
}

/// Two lines of a cell.
pub(crate) struct Pair {
    pub(crate) main: String,
    pub(crate) below: String,
    tone: Option<&'static str>,
}

impl Pair {
    /// Without a tone of its own.
    pub(crate) fn plain(main: String, below: String) -> Pair {
        Pair { main, below, tone: None }
    }
}

/// A column of a table: heading and unit, and a cell for each row.
pub(crate) struct TextColumn {
    pub(crate) heading: (String, String),
    pub(crate) cells: Vec<Pair>,
}

impl TextColumn {
    fn width(&self) -> usize {
        let cells = self.cells.iter().flat_map(|cell| [cell.main.as_str(), cell.below.as_str()]);
        cells.chain([self.heading.0.as_str(), self.heading.1.as_str()]).map(UnicodeWidthStr::width).max().unwrap_or(0)
    }
}

/// Writes the columns in as many blocks as the width asks for; each block repeats the names.
fn write_blocks(out: &mut String, (name, names): (&str, &[String]), columns: &[TextColumn], page: Page) {
    let widest = names.iter().map(|n| n.width()).max().unwrap_or(0).max(name.width());
    let mut rest = columns;
    while !rest.is_empty() {
        let mut taken = 0;
        let mut used = widest;
        for column in rest {
            let more = column.width() + 2;
            if taken > 0 && used + more > page.width {
                break;
            }
            used += more;
            taken += 1;
        }
        let (block, after) = rest.split_at(taken);
        write_block(out, (name, names), block, widest, page.paint);
        rest = after;
    }
}

fn write_block(out: &mut String, (name, names): (&str, &[String]), block: &[TextColumn], widest: usize, paint: Paint) {
    let widths: Vec<usize> = block.iter().map(TextColumn::width).collect();
    let mut head = pad_right(name, widest);
    let mut units = " ".repeat(widest);
    for (column, width) in block.iter().zip(&widths) {
        _ = write!(head, "  {}", pad_left(&column.heading.0, *width));
        _ = write!(units, "  {}", pad_left(&column.heading.1, *width));
    }
    let rule = "─".repeat(head.width());
    line(out, &paint.with(BOLD, head.trim_end()));
    if !units.trim().is_empty() {
        line(out, &paint.with(DIM, units.trim_end()));
    }
    line(out, &paint.with(DIM, &rule));
    for (index, name) in names.iter().enumerate() {
        let mut main = pad_right(name, widest);
        let mut below = " ".repeat(widest);
        for (column, width) in block.iter().zip(&widths) {
            let cell = &column.cells[index];
            let shown = pad_left(&cell.main, *width);
            let shown = cell.tone.map_or(shown.clone(), |tone| paint.with(tone, &shown));
            _ = write!(main, "  {shown}");
            _ = write!(below, "  {}", pad_left(&cell.below, *width));
        }
        line(out, main.trim_end());
        if !below.trim().is_empty() {
            line(out, &paint.with(DIM, below.trim_end()));
        }
    }
    out.push('\n');
}

impl Paint {
    fn with(self, code: &str, text: &str) -> String {
        match self {
            Paint::Colour => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
            Paint::Plain => text.to_owned(),
        }
    }
}

fn line(out: &mut String, text: &str) {
    out.push_str(&visible(text));
    out.push('\n');
}

/// A line that does nothing to a terminal but colour it as [`Paint`] does, and nothing to a CI system that reads
/// commands from what is printed (`::error …` at the head of a line, `##[…]` and `##vso[…]` anywhere). Names come from
/// a scenario, and in a folder of results nobody has looked at them again.
pub fn visible(text: &str) -> String {
    const PAINTED: [&str; 6] = ["[0m", "[1m", "[2m", "[31m", "[32m", "[33m"];
    let mut out = String::with_capacity(text.len());
    for (index, part) in text.split('\u{1b}').enumerate() {
        if index > 0 {
            out.push(if PAINTED.iter().any(|code| part.starts_with(code)) { '\u{1b}' } else { '\u{fffd}' });
        }
        out.extend(part.chars().map(|c| match c {
            '\n' | '\r' | '\t' => ' ',
            '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' => '\u{fffd}',
            c if c.is_control() => '\u{fffd}',
            c => c,
        }));
    }
    let out = out.replace("##", "# #");
    let command = out.len() - out.trim_start().len();
    if out[command..].starts_with("::") { format!("{}: {}", &out[..command], &out[command + 1..]) } else { out }
}

fn pad_left(text: &str, width: usize) -> String {
    format!("{}{text}", " ".repeat(width.saturating_sub(text.width())))
}

fn pad_right(text: &str, width: usize) -> String {
    format!("{text}{}", " ".repeat(width.saturating_sub(text.width())))
}

/// Words, each number together with its unit: a line never ends between the two.
fn chunks(text: &str) -> Vec<String> {
    const UNITS: [&str; 10] = ["%", "k", "M", "G", "min", "h", "d", "PCs", "PC-hours", "UTC"];
    let mut chunks: Vec<String> = Vec::new();
    for word in text.split(' ') {
        let unit = UNITS.contains(&word.trim_end_matches([',', '.', ';', ')']));
        match chunks.last_mut().filter(|last| unit && last.ends_with(|c: char| c.is_ascii_digit())) {
            Some(number) => {
                number.push(' ');
                number.push_str(word);
            }
            None => chunks.push(word.to_owned()),
        }
    }
    chunks
}

/// Breaks a text into lines of at most `width` columns, at spaces.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    for word in chunks(text) {
        if !current.is_empty() && current.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut current));
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(&word);
    }
    lines.push(current);
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_printed_does_nothing_to_a_terminal_or_a_ci() {
        assert_eq!(visible("a\u{1b}]0;t\u{7}b\nc\u{202e}"), "a\u{fffd}]0;t\u{fffd}b c\u{fffd}");
        let painted = Paint::Colour.with(BOLD, "a\n::b");
        assert_eq!(visible(&painted), "\u{1b}[1ma ::b\u{1b}[0m");
        assert_eq!(visible("  ::error file=x::y"), "  : :error file=x::y");
        assert_eq!(visible("a ##vso[task] ##[error]"), "a # #vso[task] # #[error]");
        let mut out = String::new();
        note(&mut out, "one\n::error::two", Page { width: 80, paint: Paint::Plain });
        assert_eq!(out, "one ::error::two\n");
    }

    #[test]
    fn a_line_never_ends_between_a_number_and_its_unit() {
        assert_eq!(wrap("lost by 40 %, at best", 10), ["lost by", "40 %, at", "best"]);
    }
}
