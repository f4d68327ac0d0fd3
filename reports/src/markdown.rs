//! The comparison for pull requests and step summaries: the answer first, then the tables.

use std::fmt::Write as _;

use bugcheck_lab::estimate::Apart;

use crate::number::{count, instant, span_ms};
use crate::verdict::Verdict;
use crate::view::Role;
use crate::wording::{self, Cell};
use crate::{Comparison, Tested};

/// The comparison as GitHub-flavoured Markdown.
pub fn render(comparison: &Comparison) -> String {
    let mut out = String::new();
    _ = writeln!(out, "# {}\n\n**{}**\n", plain(&comparison.name), plain(&comparison.question));
    _ = writeln!(out, "{}\n", plain(&comparison.sentence));
    write_verdicts(&mut out, comparison);
    write_arms(&mut out, comparison);
    write_differences(&mut out, comparison);
    write_trust(&mut out, comparison);
    out
}

/// Several scenarios one after the other.
pub fn render_all(tested: &[Tested]) -> String {
    let pages: Vec<String> = tested
        .iter()
        .map(|tested| match tested {
            Tested::Judged(comparison) => render(comparison),
            Tested::NotRun { name, why } => not_run(name, why),
        })
        .collect();
    pages.join("\n")
}

/// The reason as indented code, which nothing in it can end.
fn not_run(name: &str, why: &str) -> String {
    let mut out = format!("# {}\n\n**It could not be run to its end, and nothing was judged.**\n\n", plain(name));
    for line in why.split(['\n', '\r']) {
        _ = writeln!(out, "{}", format!("    {line}").trim_end());
    }
    out
}

fn write_verdicts(out: &mut String, comparison: &Comparison) {
    if comparison.verdicts.is_empty() {
        return;
    }
    _ = writeln!(out, "## Expectations: {}\n", wording::meaning(comparison.meaning));
    _ = writeln!(out, "| verdict | expectation | bound | why |\n| --- | --- | --- | --- |");
    for verdict in &comparison.verdicts {
        let Verdict { name, written, reason, .. } = verdict;
        let status = wording::status(verdict.status);
        _ = writeln!(
            out,
            "| {status}{} | {} | {} | {} |",
            verdict.level_note(),
            code(name),
            code(written),
            plain(reason)
        );
    }
    out.push('\n');
}

fn write_arms(out: &mut String, comparison: &Comparison) {
    _ = writeln!(out, "## Arms\n");
    let headings = comparison.columns.iter().map(wording::heading);
    write_head(out, ["arm".to_owned(), "alike".to_owned()].into_iter().chain(headings));
    for arm in &comparison.arms {
        let role = if arm.role == Role::Baseline { " **(baseline)**" } else { "" };
        _ = write!(out, "| {}{role} | {} |", plain(&arm.name), arm.letters);
        for (column, figure) in comparison.columns.iter().zip(&arm.figures) {
            write_cell(out, &wording::cell(column.quantity, figure, comparison.setting.watched_ms));
        }
        out.push('\n');
    }
    let lead = comparison.columns[comparison.lead].title;
    let legend = plain(&wording::legend(comparison));
    _ = writeln!(out, "\n{legend} Arms that share a letter cannot be told apart by {lead}.\n");
}

fn write_differences(out: &mut String, comparison: &Comparison) {
    if comparison.differences.is_empty() {
        return;
    }
    _ = writeln!(out, "## Against the baseline, {}\n", plain(&comparison.arms[comparison.baseline].name));
    let headings = comparison.brief.iter().map(|&index| comparison.columns[index].title.to_owned());
    write_head(out, ["arm".to_owned(), "changed".to_owned()].into_iter().chain(headings));
    for row in &comparison.differences {
        let name = &comparison.arms[row.arm].name;
        _ = write!(out, "| {} | {} |", plain(name), plain(&wording::changes(&row.changes)));
        for &index in &comparison.brief {
            let (column, difference) = (&comparison.columns[index], &row.cells[index]);
            let mut cell = wording::difference_cell(column.quantity, difference, comparison.setting.watched_ms);
            if difference.apart == Apart::Apart {
                cell.main = format!("**{}**", cell.main);
            }
            write_cell(out, &cell);
        }
        out.push('\n');
    }
    _ = writeln!(out, "\n{}\n", wording::differences_legend(comparison));
}

fn write_trust(out: &mut String, comparison: &Comparison) {
    let (setting, provenance, footer) = (&comparison.setting, &comparison.provenance, &comparison.footer);
    _ = writeln!(out, "## Can I trust this?\n");
    _ = writeln!(
        out,
        "- {}, watched for {} after the release at {}; {}.",
        count(setting.pcs, "PC", "PCs"),
        span_ms(setting.watched_ms),
        instant(setting.release_unix_ms),
        wording::replications(comparison)
    );
    _ = writeln!(
        out,
        "- Inputs: {} sourced, {} uncertain (drawn per replication), {} assumed.",
        provenance.sourced.len(),
        provenance.uncertain.len(),
        provenance.assumed.len()
    );
    for note in &comparison.notes {
        _ = writeln!(out, "- {}", plain(note));
    }
    _ = writeln!(
        out,
        "\nbugcheck {}, epoch {}, seed {}, results `{}`; again: `{}`",
        footer.version,
        footer.epoch,
        footer.seed,
        footer.results_digest.get(..12).unwrap_or(&footer.results_digest),
        footer.reproduce
    );
}

fn write_head(out: &mut String, headings: impl Iterator<Item = String>) {
    let mut rule = String::new();
    for (index, heading) in headings.enumerate() {
        _ = write!(out, "| {} ", plain(&heading));
        rule.push_str(if index < 2 { "| --- " } else { "| ---: " });
    }
    _ = writeln!(out, "|\n{rule}|");
}

fn write_cell(out: &mut String, cell: &Cell) {
    let below = if cell.below.is_empty() { String::new() } else { format!("<br><sub>{}</sub>", plain(&cell.below)) };
    _ = write!(out, " {}{below} |", cell.main);
}

/// Parts the text that GitHub makes a link or a mention of. A backslash does not keep it from that: it looks for them
/// in the finished text.
const PARTED: &str = "<!-- -->";

/// Text from a scenario, made safe inside a table: no new cells, no markup, links, mentions or references of its own.
pub(crate) fn plain(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for (at, letter) in text.char_indices() {
        let (before, after) = (&text[..at], &text[at + letter.len_utf8()..]);
        let number_follows = after.starts_with(|next: char| next.is_ascii_digit());
        match letter {
            '#' if number_follows => out.extend(["\\#", PARTED]),
            '|' | '*' | '_' | '`' | '[' | ']' | '#' | '\\' | '$' | '~' => out.extend(['\\', letter]),
            '@' => out.extend(["@", PARTED]),
            ':' if after.starts_with("//") => out.extend([":", PARTED]),
            '.' if ends_with_word(before, "www") => out.extend([PARTED, "."]),
            '-' if number_follows && ends_with_word(before, "gh") => out.extend([PARTED, "-"]),
            '&' if is_entity(after) => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '\n' | '\r' => out.push(' '),
            letter => out.push(letter),
        }
    }
    out
}

/// Whether a text ends with this word of ASCII letters, in letters of either case.
fn ends_with_word(text: &str, word: &str) -> bool {
    let end = text.len().checked_sub(word.len()).and_then(|from| text.get(from..));
    end.is_some_and(|end| end.eq_ignore_ascii_case(word))
}

/// Whether what follows an `&` makes it one of HTML's names for a character, such as `&commat;`.
fn is_entity(after: &str) -> bool {
    let name = after.trim_start_matches(|letter: char| letter.is_ascii_alphanumeric() || letter == '#');
    name.len() < after.len() && name.starts_with(';')
}

pub(crate) fn code(text: &str) -> String {
    format!("`{}`", text.replace('`', "'").replace('|', "\\|").replace(['\n', '\r'], " "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_from_a_scenario_cannot_break_out_of_its_cell() {
        assert_eq!(plain("a|b\n<img> [x](y)"), "a\\|b &lt;img&gt; \\[x\\](y)");
        assert_eq!(plain("@octocat $x^2$ ~~y~~"), "@<!-- -->octocat \\$x^2\\$ \\~\\~y\\~\\~");
        assert_eq!(code("`|`\n"), "`'\\|' `");
        let names = "&commat;a &#64;a A&M; a & b; A&M";
        assert_eq!(plain(names), "&amp;commat;a &amp;\\#<!-- -->64;a A&amp;M; a & b; A&M");
    }

    #[test]
    fn addresses_mentions_and_references_in_a_scenario_do_not_become_links() {
        for (text, wanted) in [
            ("https://evil.example", "https:<!-- -->//evil.example"),
            ("FTP://evil.example", "FTP:<!-- -->//evil.example"),
            ("(www.evil.example", "(www<!-- -->.evil.example"),
            ("WWW.evil.example", "WWW<!-- -->.evil.example"),
            ("mailto:me@evil.example", "mailto:me@<!-- -->evil.example"),
            ("fixes #123, me/it#4, not # 5", "fixes \\#<!-- -->123, me/it\\#<!-- -->4, not \\# 5"),
            ("closes GH-7, gh-8, GH-x", "closes GH<!-- -->-7, gh<!-- -->-8, GH-x"),
            ("größe: w.w. 3-7", "größe: w.w. 3-7"),
        ] {
            assert_eq!(plain(text), wanted);
        }
    }
}
