//! A small vocabulary of static plots as inline SVG: axes, steps, bands, whiskers, crosses, rules, labels on the lines.
//!
//! Nothing here knows what is plotted. Colours are CSS classes (`s0` to `s7`, after Okabe and Ito), so that one page
//! carries light, dark and print; every series also has its own dash, so that colour is never the only carrier.

use std::fmt::Write as _;

/// How many series can be told apart by colour and dash.
pub const SERIES: usize = 8;

const LEFT: f64 = 56.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 46.0;
const LABEL_STEP: f64 = 15.0;
/// Width of one letter of a label, in drawing units; an upper estimate for the fonts in use.
const LETTER: f64 = 6.6;

/// How an axis maps values to places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps.
    Linear,
    /// Equal ratios; values at or below the lower end are drawn at it.
    Log,
}

/// One axis: its title, range, scale and ticks.
#[derive(Clone, Debug)]
pub struct Axis {
    /// What it shows, with the unit.
    pub title: String,
    /// Its ends.
    pub range: (f64, f64),
    /// How values map to places.
    pub scale: Scale,
    /// Places that are named.
    pub ticks: Vec<(f64, String)>,
}

/// A line over the plot with its band.
#[derive(Clone, Debug)]
pub struct Line {
    /// Which colour and dash, below [`SERIES`].
    pub series: usize,
    /// Its label, written on the line.
    pub label: String,
    /// Its points, by ascending x.
    pub points: Vec<(f64, f64)>,
    /// Lower and upper edge at each x; empty where there is no band.
    pub band: Vec<(f64, f64, f64)>,
}

/// A published point: a cross, with a whisker where it is a range.
#[derive(Clone, Debug)]
pub struct Cross {
    /// Its label.
    pub label: String,
    /// Where.
    pub x: f64,
    /// Low and high; equal where it is a point.
    pub y: (f64, f64),
}

/// An instant that is marked by an upright line.
#[derive(Clone, Debug)]
pub struct Rule {
    /// Its label.
    pub label: String,
    /// Where.
    pub x: f64,
}

/// A plot of lines over time.
#[derive(Clone, Debug)]
pub struct Chart {
    /// What it shows, for those who cannot see it.
    pub alternative: String,
    /// Width and height in drawing units; the page scales it.
    pub size: (f64, f64),
    /// Across.
    pub x: Axis,
    /// Up.
    pub y: Axis,
    /// Lines, drawn in this order.
    pub lines: Vec<Line>,
    /// Crosses.
    pub crosses: Vec<Cross>,
    /// Upright marks.
    pub rules: Vec<Rule>,
}

impl Axis {
    /// Where a value lies, as a part of the axis, 0 to 1.
    fn part(&self, value: f64) -> f64 {
        let (low, high) = self.range;
        let part = match self.scale {
            Scale::Linear => (value - low) / (high - low),
            Scale::Log => libm::log(value.max(low) / low) / libm::log(high / low),
        };
        part.clamp(0.0, 1.0)
    }

    /// A linear axis from 0 that holds `highest`, with round ticks written by `name`.
    pub fn from_zero(title: &str, highest: f64, name: impl Fn(f64) -> String) -> Axis {
        let step = round_step(highest.max(f64::MIN_POSITIVE) / 4.0);
        let steps = libm::ceil(highest / step - 1e-9).max(1.0);
        let ticks = (0..=steps as u32).map(|i| f64::from(i) * step).map(|v| (v, name(v))).collect();
        Axis { title: title.to_owned(), range: (0.0, steps * step), scale: Scale::Linear, ticks }
    }

    /// A logarithmic axis of time in milliseconds, named in the units of the clock.
    pub fn log_time(title: &str, from_ms: f64, to_ms: f64) -> Axis {
        const NAMED: [(f64, &str); 12] = [
            (1.0, "1 min"),
            (5.0, "5 min"),
            (10.0, "10 min"),
            (30.0, "30 min"),
            (60.0, "1 h"),
            (240.0, "4 h"),
            (720.0, "12 h"),
            (1_440.0, "1 d"),
            (4_320.0, "3 d"),
            (10_080.0, "7 d"),
            (20_160.0, "14 d"),
            (40_320.0, "28 d"),
        ];
        let ticks = NAMED
            .iter()
            .map(|&(minutes, name)| (minutes * 60_000.0, name.to_owned()))
            .filter(|(at, _)| (from_ms..=to_ms).contains(at))
            .collect();
        Axis { title: title.to_owned(), range: (from_ms, to_ms), scale: Scale::Log, ticks }
    }
}

/// The next step of 1, 2, 2.5 or 5 times a power of ten at or above `raw`.
fn round_step(raw: f64) -> f64 {
    let power = libm::pow(10.0, libm::floor(libm::log10(raw)));
    [1.0, 2.0, 2.5, 5.0, 10.0].into_iter().map(|m| m * power).find(|step| *step >= raw * 0.999_999).unwrap_or(power)
}

impl Chart {
    /// The plot as an SVG element.
    pub fn svg(&self) -> String {
        let mut out = String::new();
        let (width, height) = self.size;
        let alternative = escape(&self.alternative);
        _ = write!(
            out,
            r#"<svg class="plot" role="img" aria-label="{alternative}" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg">"#
        );
        self.write_axes(&mut out);
        self.write_rules(&mut out);
        for line in &self.lines {
            self.write_band(&mut out, line);
        }
        for line in &self.lines {
            self.write_line(&mut out, line);
        }
        for cross in &self.crosses {
            self.write_cross(&mut out, cross);
        }
        self.write_labels(&mut out);
        out.push_str("</svg>");
        out
    }

    fn at_x(&self, value: f64) -> f64 {
        LEFT + self.x.part(value) * (self.size.0 - LEFT - RIGHT)
    }

    fn at_y(&self, value: f64) -> f64 {
        self.floor() - self.y.part(value) * (self.floor() - TOP)
    }

    fn floor(&self) -> f64 {
        self.size.1 - BOTTOM
    }

    fn write_axes(&self, out: &mut String) {
        let (right, floor) = (self.size.0 - RIGHT, self.floor());
        for (value, name) in &self.y.ticks {
            let y = self.at_y(*value);
            _ = write!(out, r#"<path class="grid" d="M{LEFT} {y:.1}H{right:.1}"/>"#);
            _ = write!(
                out,
                r#"<text class="tick" x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
                LEFT - 6.0,
                y + 4.0,
                escape(name)
            );
        }
        let mut taken = f64::NEG_INFINITY;
        for (value, name) in &self.x.ticks {
            let x = self.at_x(*value);
            let half = name.len() as f64 * LETTER / 2.0;
            _ = write!(out, r#"<path class="axis" d="M{x:.1} {floor:.1}v5"/>"#);
            if x - half > taken {
                taken = x + half + 4.0;
                let x = x.min(self.size.0 - half);
                _ = write!(
                    out,
                    r#"<text class="tick" x="{x:.1}" y="{:.1}" text-anchor="middle">{}</text>"#,
                    floor + 18.0,
                    escape(name)
                );
            }
        }
        _ = write!(out, r#"<path class="axis" d="M{LEFT} {floor:.1}H{right:.1}"/>"#);
        let middle = f64::midpoint(LEFT, right);
        _ = write!(
            out,
            r#"<text class="title" x="{middle:.1}" y="{:.1}" text-anchor="middle">{}</text>"#,
            self.size.1 - 8.0,
            escape(&self.x.title)
        );
        _ = write!(out, r#"<text class="title" x="4" y="14">{}</text>"#, escape(&self.y.title));
    }

    fn write_rules(&self, out: &mut String) {
        let mut end_of_last = f64::NEG_INFINITY;
        let mut row = 0.0;
        for rule in &self.rules {
            let x = self.at_x(rule.x);
            let width = rule.label.chars().count() as f64 * LETTER;
            let start = (x + 3.0).min(self.size.0 - width);
            row = if start < end_of_last { row + 1.0 } else { 0.0 };
            end_of_last = start + width;
            _ = write!(out, r#"<path class="rule" d="M{x:.1} {TOP}V{:.1}"/>"#, self.floor());
            // The first row stands above the plot, clear of the lines; only labels that would overlap go into it.
            let y = TOP - 5.0 + row * LABEL_STEP;
            _ = write!(out, r#"<text class="note halo" x="{start:.1}" y="{y:.1}">{}</text>"#, escape(&rule.label));
        }
    }

    fn write_band(&self, out: &mut String, line: &Line) {
        if line.band.is_empty() {
            return;
        }
        let mut path = String::new();
        for (index, (x, _, high)) in line.band.iter().enumerate() {
            let letter = if index == 0 { 'M' } else { 'L' };
            _ = write!(path, "{letter}{:.1} {:.1}", self.at_x(*x), self.at_y(*high));
        }
        for (x, low, _) in line.band.iter().rev() {
            _ = write!(path, "L{:.1} {:.1}", self.at_x(*x), self.at_y(*low));
        }
        _ = write!(out, r#"<path class="band s{}" d="{path}Z"/>"#, line.series % SERIES);
    }

    fn write_line(&self, out: &mut String, line: &Line) {
        let mut path = String::new();
        for (index, (x, y)) in line.points.iter().enumerate() {
            let letter = if index == 0 { 'M' } else { 'L' };
            _ = write!(path, "{letter}{:.1} {:.1}", self.at_x(*x), self.at_y(*y));
        }
        _ = write!(out, r#"<path class="line s{}" d="{path}"/>"#, line.series % SERIES);
    }

    fn write_cross(&self, out: &mut String, cross: &Cross) {
        let x = self.at_x(cross.x);
        let (low, high) = (self.at_y(cross.y.0), self.at_y(cross.y.1));
        let middle = f64::midpoint(low, high);
        if high < low {
            _ = write!(
                out,
                r#"<path class="cross" d="M{x:.1} {low:.1}V{high:.1}M{:.1} {low:.1}h8M{:.1} {high:.1}h8"/>"#,
                x - 4.0,
                x - 4.0
            );
        } else {
            let (left, top) = (x - 5.0, middle - 5.0);
            _ = write!(out, r#"<path class="cross" d="M{left:.1} {top:.1}l10 10m0 -10l-10 10"/>"#);
        }
        let width = cross.label.chars().count() as f64 * LETTER;
        let (x, anchor) = if x + 9.0 + width > self.size.0 { (x - 9.0, "end") } else { (x + 9.0, "start") };
        _ = write!(
            out,
            r#"<text class="note halo" x="{x:.1}" y="{:.1}" text-anchor="{anchor}">{}</text>"#,
            middle + 4.0,
            escape(&cross.label)
        );
    }

    /// Writes each label where its line falls through a height of its own: the slowest line highest, so that the text
    /// stands to the right of its line and clear of the faster ones.
    fn write_labels(&self, out: &mut String) {
        let mut order: Vec<&Line> = self.lines.iter().filter(|line| !line.points.is_empty()).collect();
        let peak = |line: &Line| line.points.iter().map(|p| p.1).fold(0.0, f64::max);
        let highest = order.iter().map(|line| peak(line)).fold(0.0, f64::max);
        let flat = |line: &Line| peak(line) <= highest * 0.02;
        let flat_lines: Vec<&Line> = order.iter().copied().filter(|line| flat(line)).collect();
        order.retain(|line| !flat(line));
        order.sort_by(|a, b| half_time(b).total_cmp(&half_time(a)));
        let count = order.len().max(1) as f64;
        for (index, line) in order.iter().enumerate() {
            let level = peak(line) * (1.0 - (index as f64 + 1.0) / (count + 1.0));
            let Some(at) = falls_through(line, level) else { continue };
            self.write_label(out, line, self.at_x(at), self.at_y(level));
        }
        for (index, line) in flat_lines.iter().enumerate() {
            let y = self.floor() - 8.0 - index as f64 * LABEL_STEP;
            self.write_label(out, line, LEFT + 6.0, y);
        }
    }

    fn write_label(&self, out: &mut String, line: &Line, x: f64, y: f64) {
        let width = line.label.chars().count() as f64 * LETTER;
        let (x, anchor) = if x + 6.0 + width > self.size.0 { (x - 6.0, "end") } else { (x + 6.0, "start") };
        let series = line.series % SERIES;
        let label = escape(&line.label);
        _ = write!(
            out,
            r#"<text class="label halo s{series}" x="{x:.1}" y="{:.1}" text-anchor="{anchor}">{label}</text>"#,
            y + 4.0
        );
    }
}

/// Where a line last falls through a height.
fn falls_through(line: &Line, level: f64) -> Option<f64> {
    line.points.iter().rev().find(|p| p.1 >= level).map(|p| p.0)
}

fn half_time(line: &Line) -> f64 {
    let peak = line.points.iter().map(|p| p.1).fold(0.0, f64::max);
    falls_through(line, peak / 2.0).unwrap_or(0.0)
}

/// A row's estimate among those of the other rows: a tick, precision as a thick bar, range of outcomes as a thin one.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Whisker {
    /// The right end of the axis that all rows share; the left end is 0.
    pub to: f64,
    /// The estimate.
    pub value: f64,
    /// The interval of its precision.
    pub precision: (f64, f64),
    /// The range of outcomes.
    pub outcomes: (f64, f64),
}

/// The left end of a whisker plot of differences is not 0; this plots one with zero in the middle.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct DifferenceWhisker {
    /// The axis runs from minus this to plus this.
    pub reach: f64,
    /// The estimate.
    pub value: f64,
    /// Its interval.
    pub precision: (f64, f64),
}

const WHISKER_WIDTH: f64 = 150.0;
const WHISKER_HEIGHT: f64 = 18.0;

impl Whisker {
    /// The whisker as an SVG element, hidden from screen readers: the cell beside it says the same in words.
    pub fn svg(self) -> String {
        let place = |value: f64| 4.0 + (value / self.to.max(f64::MIN_POSITIVE)).clamp(0.0, 1.0) * (WHISKER_WIDTH - 8.0);
        let base = format!(r#"<path class="axis" d="M4 1V{:.0}"/>"#, WHISKER_HEIGHT - 1.0);
        let thin =
            format!(r#"<path class="outcomes" d="M{:.1} 9H{:.1}"/>"#, place(self.outcomes.0), place(self.outcomes.1));
        whisker(&(base + &thin), place(self.value), (place(self.precision.0), place(self.precision.1)))
    }
}

impl DifferenceWhisker {
    /// The whisker as an SVG element, hidden from screen readers: the cell beside it says the same in words.
    pub fn svg(self) -> String {
        let middle = WHISKER_WIDTH / 2.0;
        let reach = self.reach.max(f64::MIN_POSITIVE);
        let place = |value: f64| middle + (value / reach).clamp(-1.0, 1.0) * (middle - 4.0);
        let base = format!(r#"<path class="axis" d="M{middle} 1V{:.0}"/>"#, WHISKER_HEIGHT - 1.0);
        whisker(&base, place(self.value), (place(self.precision.0), place(self.precision.1)))
    }
}

fn whisker(below: &str, value: f64, precision: (f64, f64)) -> String {
    let (low, high) = precision;
    format!(
        r#"<svg class="whisker" aria-hidden="true" viewBox="0 0 {WHISKER_WIDTH} {WHISKER_HEIGHT}" width="{WHISKER_WIDTH}" height="{WHISKER_HEIGHT}">{below}<path class="precision" d="M{low:.1} 9H{high:.1}"/><path class="estimate" d="M{value:.1} 3V15"/></svg>"#
    )
}

/// Text made safe inside an element or a quoted attribute.
pub fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chart(points: Vec<(f64, f64)>) -> Chart {
        Chart {
            alternative: "a < b & \"c\"".into(),
            size: (400.0, 200.0),
            x: Axis::log_time("time", 60_000.0, 86_400_000.0),
            y: Axis::from_zero("share", 0.9, |v| format!("{v}")),
            lines: vec![Line { series: 9, label: "one".into(), points, band: Vec::new() }],
            crosses: Vec::new(),
            rules: Vec::new(),
        }
    }

    #[test]
    fn text_from_outside_is_escaped() {
        let svg = chart(vec![(60_000.0, 0.9), (86_400_000.0, 0.0)]).svg();
        assert!(svg.contains("a &lt; b &amp; &quot;c&quot;"));
    }

    #[test]
    fn values_outside_the_axes_are_drawn_at_their_edge() {
        let svg = chart(vec![(0.0, 5.0), (1e12, -5.0)]).svg();
        assert!(svg.contains(r#"<path class="line s1" d="M56.0 40.0L386.0 154.0"/>"#), "{svg}");
    }

    #[test]
    fn axes_from_zero_have_round_ticks_that_hold_the_highest_value() {
        let axis = Axis::from_zero("y", 0.26, |v| format!("{v:.2}"));
        assert_eq!(axis.ticks.iter().map(|t| t.1.as_str()).collect::<Vec<_>>(), ["0.00", "0.10", "0.20", "0.30"]);
        assert!(Axis::from_zero("y", 0.0, |v| v.to_string()).range.1 > 0.0);
    }

    #[test]
    fn whiskers_stay_inside_their_box() {
        let svg = Whisker { to: 1.0, value: 3.0, precision: (0.2, 9.0), outcomes: (0.0, 2.0) }.svg();
        assert!(svg.contains(r#"d="M146.0 3V15""#), "{svg}");
    }
}
