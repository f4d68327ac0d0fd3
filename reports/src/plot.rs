//! A small vocabulary of static plots as inline SVG: axes, lines with bands, crosses, rules, labels on the lines;
//! beside it [`dots`] over two axes, [`lanes`] of what happened when, and [`whisker`]s in tables.
//!
//! Nothing here knows what is plotted. Colours are CSS classes (`s0` to `s7`, after Okabe and Ito), so that one page
//! carries light, dark and print; every series also has its own dash, so that colour is never the only carrier.

pub mod dots;
pub mod lanes;
pub mod whisker;

use std::fmt::Write as _;

/// How many series can be told apart by colour and dash.
pub const SERIES: usize = 8;

const LEFT: f64 = 56.0;
const RIGHT: f64 = 14.0;
const TOP: f64 = 40.0;
const BOTTOM: f64 = 46.0;
const LABEL_STEP: f64 = 15.0;
/// Width of one letter of a label, in drawing units; an upper estimate for the fonts in use.
const LETTER: f64 = 7.2;

/// How an axis maps values to places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scale {
    /// Equal steps.
    Linear,
    /// Equal ratios; values at or below the lower end are drawn at it.
    Log,
}

/// Whether some of the amounts on an axis are 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Zeros {
    /// Some are.
    Some,
    /// None is.
    None,
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

/// How a whisker ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Top {
    /// With a cap: nothing is meant above it.
    Closed,
    /// With an arrow at the edge of the plot: how far up it goes is not known.
    Open,
}

/// A published point: a cross, with a whisker where it is a range.
#[derive(Clone, Debug)]
pub struct Cross {
    /// Its label.
    pub label: String,
    /// Where.
    pub x: f64,
    /// Low and high; equal where it is a point. Where its top is open, it goes from low to the edge of the plot, and
    /// its label stands at high.
    pub y: (f64, f64),
    /// How it ends upwards.
    pub top: Top,
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

    /// Kind and ends, for the script that reads values off the plot.
    fn data(&self) -> String {
        let kind = match self.scale {
            Scale::Linear => "linear",
            Scale::Log => "log",
        };
        format!("{kind} {} {}", self.range.0, self.range.1)
    }

    /// Draws it at the foot of a plot, from left to right; names that would overlap are left out.
    fn write_across(&self, out: &mut String, (left, right): (f64, f64), floor: f64, size: (f64, f64)) {
        let mut taken = f64::NEG_INFINITY;
        for (value, name) in &self.ticks {
            let x = left + self.part(*value) * (right - left);
            let half = name.chars().count() as f64 * LETTER / 2.0;
            _ = write!(out, r#"<path class="axis" d="M{x:.1} {floor:.1}v5"/>"#);
            if x - half > taken {
                taken = x + half + 4.0;
                let x = x.clamp(half, size.0 - half);
                _ = write!(
                    out,
                    r#"<text class="tick" x="{x:.1}" y="{:.1}" text-anchor="middle">{}</text>"#,
                    floor + 18.0,
                    escape(name)
                );
            }
        }
        _ = write!(out, r#"<path class="axis" d="M{left} {floor:.1}H{right:.1}"/>"#);
        let middle = f64::midpoint(left, right);
        _ = write!(
            out,
            r#"<text class="title" x="{middle:.1}" y="{:.1}" text-anchor="middle">{}</text>"#,
            size.1 - 8.0,
            escape(&self.title)
        );
    }

    /// A logarithmic axis of amounts between the smallest above 0 and the highest, in powers of ten. Where there are
    /// zeros, a power below the smallest stands for 0: nothing can be told there but that it is less.
    pub fn powers(title: &str, smallest: f64, highest: f64, zeros: Zeros, name: impl Fn(f64) -> String) -> Axis {
        let power = |value: f64| libm::log10(value.max(f64::MIN_POSITIVE));
        let mut low = libm::floor(power(smallest) + 1e-9) as i32;
        let high = (libm::ceil(power(highest) - 1e-9) as i32).max(low + 1);
        let ten = |power: i32| libm::pow(10.0, f64::from(power));
        let mut ticks: Vec<(f64, String)> = (low..=high).map(|power| (ten(power), name(ten(power)))).collect();
        if zeros == Zeros::Some {
            low -= 1;
            ticks.insert(0, (ten(low), "0".to_owned()));
        }
        Axis { title: title.to_owned(), range: (ten(low), ten(high)), scale: Scale::Log, ticks }
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
        let (x, y) = (self.x.data(), self.y.data());
        _ = write!(
            out,
            r#"<svg class="plot" role="img" aria-label="{alternative}" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" data-frame="{LEFT} {TOP} {:.0} {:.0}" data-x="{x}" data-y="{y}">"#,
            width - RIGHT,
            self.floor()
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
        let right = self.size.0 - RIGHT;
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
        self.x.write_across(out, (LEFT, right), self.floor(), self.size);
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
        let upper: Vec<(f64, f64)> = line.band.iter().map(|(x, _, high)| (self.at_x(*x), self.at_y(*high))).collect();
        let lower: Vec<(f64, f64)> = line.band.iter().map(|(x, low, _)| (self.at_x(*x), self.at_y(*low))).collect();
        let mut path = path_of(&thinned(&upper));
        for (x, y) in thinned(&lower).iter().rev() {
            _ = write!(path, "L{x:.1} {y:.1}");
        }
        _ = write!(
            out,
            r#"<path class="band s{}" data-name="{}" d="{path}Z"/>"#,
            line.series % SERIES,
            escape(&line.label)
        );
    }

    fn write_line(&self, out: &mut String, line: &Line) {
        let points: Vec<(f64, f64)> = line.points.iter().map(|(x, y)| (self.at_x(*x), self.at_y(*y))).collect();
        let path = path_of(&thinned(&points));
        _ = write!(
            out,
            r#"<path class="line s{}" data-name="{}" d="{path}"/>"#,
            line.series % SERIES,
            escape(&line.label)
        );
    }

    fn write_cross(&self, out: &mut String, cross: &Cross) {
        let x = self.at_x(cross.x);
        let (low, high) = (self.at_y(cross.y.0), self.at_y(cross.y.1));
        let middle = if cross.top == Top::Open { high } else { f64::midpoint(low, high) };
        if cross.top == Top::Open {
            let left = x - 4.0;
            _ = write!(out, r#"<path class="cross" d="M{left:.1} {low:.1}h8M{x:.1} {low:.1}V{TOP}m-4 6l4 -6l4 6"/>"#);
        } else if high < low {
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
    /// stands to the right of its line and clear of the faster ones. Where that place is taken by another label, the
    /// next one that is free serves; lines at the floor have theirs stacked above it.
    fn write_labels(&self, out: &mut String) {
        let mut order: Vec<&Line> = self.lines.iter().filter(|line| !line.points.is_empty()).collect();
        let peak = |line: &Line| line.points.iter().map(|p| p.1).fold(0.0, f64::max);
        let highest = order.iter().map(|line| peak(line)).fold(0.0, f64::max);
        let flat = |line: &Line| peak(line) <= highest * 0.02;
        let flat_lines: Vec<&Line> = order.iter().copied().filter(|line| flat(line)).collect();
        order.retain(|line| !flat(line));
        order.sort_by(|a, b| half_time(b).total_cmp(&half_time(a)));
        let mut taken = Taken::default();
        let count = order.len().max(1) as f64;
        for (index, line) in order.iter().enumerate() {
            let own = 1.0 - (index as f64 + 1.0) / (count + 1.0);
            let heights = [own, 0.5, 0.65, 0.35, 0.8, 0.2, 0.9, 0.1];
            let places = heights.into_iter().filter_map(|height| {
                let level = peak(line) * height;
                Some((self.at_x(falls_through(line, level)?) + 6.0, self.at_y(level)))
            });
            self.write_label(out, line, places, &mut taken);
        }
        for line in flat_lines {
            let up = (0..self.lines.len()).map(|row| self.floor() - 8.0 - row as f64 * LABEL_STEP);
            self.write_label(out, line, up.map(|y| (LEFT + 6.0, y)), &mut taken);
        }
    }

    /// Writes a label at the first place that is free, or else at the first.
    fn write_label(
        &self,
        out: &mut String,
        line: &Line,
        places: impl Iterator<Item = (f64, f64)> + Clone,
        taken: &mut Taken,
    ) {
        let width = line.label.chars().count() as f64 * LETTER;
        // Near the right edge a label stands left of its line.
        let left = |x: f64| if x + width > self.size.0 { (x - 12.0 - width).max(2.0) } else { x };
        let mut boxes = places.map(|(x, y)| Covered::new(left(x), y, width));
        let Some(place) = boxes.clone().find(|place| taken.is_free(*place)).or_else(|| boxes.next()) else { return };
        taken.add(place);
        let series = line.series % SERIES;
        let (x, y) = (place.left, place.middle + 4.0);
        let label = escape(&line.label);
        _ = write!(out, r#"<text class="label halo s{series}" x="{x:.1}" y="{y:.1}">{label}</text>"#);
    }
}

/// A stretch of a plot that a text covers.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Covered {
    left: f64,
    middle: f64,
    width: f64,
}

impl Covered {
    fn new(left: f64, middle: f64, width: f64) -> Covered {
        Covered { left, middle, width }
    }

    fn overlaps(self, other: Covered) -> bool {
        let across = self.left < other.left + other.width && other.left < self.left + self.width;
        across && (self.middle - other.middle).abs() < LABEL_STEP - 1.0
    }
}

/// The stretches that are covered so far.
#[derive(Clone, Debug, Default)]
struct Taken(Vec<Covered>);

impl Taken {
    fn is_free(&self, place: Covered) -> bool {
        !self.0.iter().any(|other| other.overlaps(place))
    }

    fn add(&mut self, place: Covered) {
        self.0.push(place);
    }
}

fn path_of(points: &[(f64, f64)]) -> String {
    let mut path = String::new();
    for (index, (x, y)) in points.iter().enumerate() {
        let letter = if index == 0 { 'M' } else { 'L' };
        _ = write!(path, "{letter}{x:.1} {y:.1}");
    }
    path
}

/// How far a line that is drawn may be from the one that is meant, in drawing units: less than a third of a dot.
const TOLERANCE: f64 = 0.25;

/// The points that a line needs to look the same: those that a straight line between their neighbours would miss (U.
/// Ramer, An iterative procedure for the polygonal approximation of plane curves, 1972; heights are compared, not
/// distances, since the points ascend across).
fn thinned(points: &[(f64, f64)]) -> Vec<(f64, f64)> {
    let mut kept = vec![false; points.len()];
    let mut stretches = vec![(0, points.len().saturating_sub(1))];
    while let Some((from, to)) = stretches.pop() {
        for end in [from, to] {
            if let Some(kept) = kept.get_mut(end) {
                *kept = true;
            }
        }
        let miss = |at: usize| {
            let ((x0, y0), (x1, y1)) = (points[from], points[to]);
            let part = if x1 > x0 { (points[at].0 - x0) / (x1 - x0) } else { 0.0 };
            (points[at].1 - (y0 + part * (y1 - y0))).abs()
        };
        let worst = (from + 1..to).max_by(|a, b| miss(*a).total_cmp(&miss(*b)));
        if let Some(worst) = worst.filter(|worst| miss(*worst) > TOLERANCE) {
            stretches.extend([(from, worst), (worst, to)]);
        }
    }
    points.iter().zip(kept).filter(|(_, kept)| *kept).map(|(point, _)| *point).collect()
}

/// Where a line last falls through a height.
fn falls_through(line: &Line, level: f64) -> Option<f64> {
    line.points.iter().rev().find(|p| p.1 >= level).map(|p| p.0)
}

fn half_time(line: &Line) -> f64 {
    let peak = line.points.iter().map(|p| p.1).fold(0.0, f64::max);
    falls_through(line, peak / 2.0).unwrap_or(0.0)
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
    fn only_points_that_change_the_picture_are_drawn() {
        let straight: Vec<(f64, f64)> = (0..100).map(|i| (f64::from(i), 2.0 * f64::from(i))).collect();
        assert_eq!(thinned(&straight), [(0.0, 0.0), (99.0, 198.0)]);
        let bent = [(0.0, 0.0), (1.0, 0.1), (2.0, 0.0), (3.0, 5.0), (4.0, 0.0)];
        assert_eq!(thinned(&bent), [(0.0, 0.0), (2.0, 0.0), (3.0, 5.0), (4.0, 0.0)]);
        assert_eq!(thinned(&[(1.0, 1.0)]), [(1.0, 1.0)]);
        assert!(thinned(&[]).is_empty());
    }

    #[test]
    fn text_from_outside_is_escaped() {
        let svg = chart(vec![(60_000.0, 0.9), (86_400_000.0, 0.0)]).svg();
        assert!(svg.contains("a &lt; b &amp; &quot;c&quot;"));
    }

    #[test]
    fn values_outside_the_axes_are_drawn_at_their_edge() {
        let svg = chart(vec![(0.0, 5.0), (1e12, -5.0)]).svg();
        assert!(svg.contains(r#"d="M56.0 40.0L386.0 154.0"/>"#), "{svg}");
    }

    #[test]
    fn axes_from_zero_have_round_ticks_that_hold_the_highest_value() {
        let axis = Axis::from_zero("y", 0.26, |v| format!("{v:.2}"));
        assert_eq!(axis.ticks.iter().map(|t| t.1.as_str()).collect::<Vec<_>>(), ["0.00", "0.10", "0.20", "0.30"]);
        assert!(Axis::from_zero("y", 0.0, |v| v.to_string()).range.1 > 0.0);
    }
}
