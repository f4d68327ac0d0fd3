//! Problems as people read them: file, line and column, the line with the value underlined, and what would be right.
//!
//! The only place that knows the library that draws them.

use std::fmt::{self, Write};

use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents, ThemeCharacters, ThemeStyles,
};

use crate::problem::{Problem, Problems};
use crate::source::{Sources, Span};

/// Widest line of a message: the same on every terminal, so that messages can be compared.
const WIDTH: usize = 100;
/// Characters of a line that are shown around the place.
const SHOWN: usize = 88;
/// Limit: problems that are shown; the rest is counted.
const MAX_SHOWN: usize = 50;

/// How messages are drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// Without colour.
    Plain,
    /// With colour, for terminals; nothing is said by colour alone.
    Colour,
}

/// All problems in the order of files and places, and how many there are.
pub fn render(problems: &Problems, sources: &Sources, style: Style) -> String {
    let list = problems.sorted();
    let styles = match style {
        Style::Plain => ThemeStyles::none(),
        Style::Colour => ThemeStyles::ansi(),
    };
    let handler = GraphicalReportHandler::new_themed(GraphicalTheme { characters: ThemeCharacters::unicode(), styles })
        .with_width(WIDTH)
        .with_links(false)
        .with_context_lines(0);
    let mut out = String::new();
    for problem in list.iter().take(MAX_SHOWN) {
        let shown = Shown { problem, line: problem.span.map(|span| Line::of(sources, span)) };
        if handler.render_report(&mut out, &shown).is_err() {
            let _ = writeln!(out, "{}: {}", problem.code.id(), problem.message);
        }
        out.push('\n');
    }
    if list.len() > MAX_SHOWN {
        let _ = writeln!(out, "… and {} more.", list.len() - MAX_SHOWN);
    }
    let _ = match list.len() {
        0 => Ok(()),
        1 => writeln!(out, "1 problem. `bugcheck explain {}` tells more.", list[0].code.id()),
        n => writeln!(out, "{n} problems. `bugcheck explain {}` tells more about the first.", list[0].code.id()),
    };
    let trimmed: Vec<&str> = out.lines().map(str::trim_end).collect();
    trimmed.join("\n") + if out.is_empty() { "" } else { "\n" }
}

/// A problem, as the library wants it.
#[derive(Debug)]
struct Shown<'a> {
    problem: &'a Problem,
    line: Option<Line<'a>>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&visible(&self.problem.message))
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn code<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        Some(Box::new(self.problem.code.id()))
    }

    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.problem.help.as_ref().map(|help| Box::new(visible(help)) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.line.as_ref().map(|line| line as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let line = self.line.as_ref()?;
        Some(Box::new(std::iter::once(LabeledSpan::new(None, line.start, line.len))))
    }
}

/// The line that a problem stands on, or the part of it around the place.
#[derive(Debug)]
struct Line<'a> {
    name: &'a str,
    text: String,
    /// Of the place in `text`, in bytes.
    start: usize,
    len: usize,
    /// Of the line in its file, from 0.
    number: usize,
    /// Of the place in its line, from 0.
    column: usize,
}

impl<'a> Line<'a> {
    fn of(sources: &'a Sources, span: Span) -> Line<'a> {
        let text = sources.text(span.file);
        let (start, end) = (span.start as usize, span.end as usize);
        let from = text[..start].rfind('\n').map_or(0, |i| i + 1);
        let to = text[start..].find('\n').map_or(text.len(), |i| start + i);
        let line = text[from..to].trim_end_matches('\r');
        let (start, end) = ((start - from).min(line.len()), (end - from).min(line.len()));
        // A long line is cut so that the place and what stands before it are seen.
        let cut = line.floor_char_boundary(if end > SHOWN { start.saturating_sub(SHOWN / 2) } else { 0 });
        let stop = line.floor_char_boundary(line.len().min(cut + SHOWN)).max(start);
        let shown = format!(
            "{}{}{}",
            if cut > 0 { "…" } else { "" },
            visible(&line[cut..stop]),
            if stop < line.len() { "…" } else { "" }
        );
        let lead = if cut > 0 { '…'.len_utf8() } else { 0 };
        let column = span.column as usize - 1;
        let len = end.min(stop).saturating_sub(start);
        Line {
            name: sources.name(span.file),
            text: shown,
            start: start - cut + lead,
            len,
            number: span.line as usize - 1,
            column,
        }
    }
}

impl SourceCode for Line<'_> {
    fn read_span<'a>(
        &'a self,
        _: &SourceSpan,
        _: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let whole = SourceSpan::new(0.into(), self.text.len());
        let contents = MietteSpanContents::new_named(
            self.name.to_owned(),
            self.text.as_bytes(),
            whole,
            self.number,
            self.column,
            1,
        );
        Ok(Box::new(contents))
    }
}

/// A text in which control characters can be seen and do nothing, with the same number of bytes in every place.
fn visible(text: &str) -> String {
    text.chars()
        .map(|c| match (c, c.len_utf8()) {
            ('\n' | '\t', _) => ' ',
            (c, 1) if c.is_control() => '?',
            (c, 2) if c.is_control() => '¿',
            ('\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}', _) => '\u{fffd}',
            (c, _) => c,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;

    fn drawn(text: &str, style: Style) -> String {
        let (mut sources, mut problems) = (Sources::new(), Problems::new());
        if let Some(node) = sources.parse("test.yaml", text, &mut problems) {
            problems.error_at_path(Code::OutOfRange, &node, "fleet.pcs", "too many");
            problems.help("write fewer");
        }
        render(&problems, &sources, style)
    }

    #[test]
    fn a_problem_is_shown_with_its_line() {
        insta::assert_snapshot!(drawn("name: x\nfleet: { regions: {}, pcs: 24M } # so many\n", Style::Plain));
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("fleet: {{ about: \"{}ä\", pcs: 24M, more: \"{}\" }}", "x".repeat(300), "y".repeat(300));
        insta::assert_snapshot!(drawn(&text, Style::Plain));
    }

    #[test]
    fn characters_beyond_ascii_do_not_shift_the_underline() {
        insta::assert_snapshot!(drawn("fleet: { about: \"größer als 日本\", pcs: 24M }", Style::Plain));
    }

    #[test]
    fn an_escape_sequence_in_a_file_does_nothing_to_the_terminal() {
        let shown = drawn("a: \"\u{1b}[2J\"", Style::Plain);
        assert!(!shown.contains('\u{1b}'));
        insta::assert_snapshot!(shown);
    }

    #[test]
    fn colour_says_nothing_that_the_text_does_not() {
        let plain = drawn("fleet: { pcs: 24M }", Style::Plain);
        let coloured = drawn("fleet: { pcs: 24M }", Style::Colour);
        let escapes = regex_lite::Regex::new("\u{1b}\\[[0-9;]*m").expect("a pattern");
        assert_ne!(plain, coloured);
        assert_eq!(escapes.replace_all(&coloured, ""), plain);
    }

    #[test]
    fn many_problems_are_counted_and_the_first_shown() {
        let mut problems = Problems::new();
        let mut sources = Sources::new();
        let file = sources.add("test.yaml", "x".repeat(200));
        for i in 0..120 {
            problems.error(Code::UnknownKey, sources.span(file, i, i + 1), format!("problem {i}"));
        }
        let shown = render(&problems, &sources, Style::Plain);
        assert_eq!(shown.matches("× problem").count(), MAX_SHOWN);
        assert!(
            shown.ends_with("… and 70 more.\n120 problems. `bugcheck explain E020` tells more about the first.\n"),
            "{shown}"
        );
    }

    #[test]
    fn a_problem_without_a_place_is_told_too() {
        let mut problems = Problems::new();
        problems.push(Problem::new(Code::Unreadable, "x.yaml can't be read: not found").help("the library has `x`"));
        insta::assert_snapshot!(render(&problems, &Sources::new(), Style::Plain));
    }
}
