//! Dots over two axes, each with its precision in both: what is gained against what it costs.

use std::fmt::Write as _;

use super::{Axis, BOTTOM, Covered, LABEL_STEP, LETTER, RIGHT, TOP, Taken, escape};

const LEFT: f64 = 64.0;
/// From one label to the next below it.
const LINE: f64 = LABEL_STEP;

/// How a dot is drawn; the shape says it without colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mark {
    /// A full disc.
    Full,
    /// A ring.
    Ring,
    /// A small cross.
    Cross,
}

impl Mark {
    fn class(self) -> &'static str {
        match self {
            Mark::Full => "full",
            Mark::Ring => "ring",
            Mark::Cross => "faint",
        }
    }
}

/// An estimate of two measures.
#[derive(Clone, Debug)]
pub struct Dot {
    /// Its label; empty where it has none.
    pub label: String,
    /// How it is drawn.
    pub mark: Mark,
    /// Low end, estimate, high end across.
    pub x: (f64, f64, f64),
    /// Low end, estimate, high end up.
    pub y: (f64, f64, f64),
}

/// A plot of dots.
#[derive(Clone, Debug)]
pub struct Dots {
    /// What it shows, for those who cannot see it.
    pub alternative: String,
    /// Width and height in drawing units; the page scales it.
    pub size: (f64, f64),
    /// Across.
    pub x: Axis,
    /// Up.
    pub y: Axis,
    /// The dots; labels of the first have the first choice of place.
    pub dots: Vec<Dot>,
}

impl Dots {
    /// The plot as an SVG element.
    pub fn svg(&self) -> String {
        let mut out = String::new();
        let (width, height) = self.size;
        let alternative = escape(&self.alternative);
        _ = write!(out, r#"<svg class="plot" role="img" aria-label="{alternative}" viewBox="0 0 {width} {height}">"#);
        let (right, floor) = (width - RIGHT, height - BOTTOM);
        for (value, name) in &self.y.ticks {
            let y = self.at_y(*value);
            _ = write!(
                out,
                r#"<path class="grid" d="M{LEFT} {y:.1}H{right:.1}"/><text class="tick" x="{:.1}" y="{:.1}" text-anchor="end">{}</text>"#,
                LEFT - 6.0,
                y + 4.0,
                escape(name)
            );
        }
        self.x.write_across(&mut out, (LEFT, right), floor, self.size);
        _ = write!(out, r#"<text class="title" x="4" y="14">{}</text>"#, escape(&self.y.title));
        for dot in &self.dots {
            self.write_dot(&mut out, dot);
        }
        self.write_labels(&mut out);
        out.push_str("</svg>");
        out
    }

    fn at_x(&self, value: f64) -> f64 {
        LEFT + self.x.part(value) * (self.size.0 - LEFT - RIGHT)
    }

    fn at_y(&self, value: f64) -> f64 {
        let floor = self.size.1 - BOTTOM;
        floor - self.y.part(value) * (floor - TOP)
    }

    fn write_dot(&self, out: &mut String, dot: &Dot) {
        let (x, y) = (self.at_x(dot.x.1), self.at_y(dot.y.1));
        let class = dot.mark.class();
        _ = write!(
            out,
            r#"<path class="reach {class}" d="M{:.1} {y:.1}H{:.1}M{x:.1} {:.1}V{:.1}"/>"#,
            self.at_x(dot.x.0),
            self.at_x(dot.x.2),
            self.at_y(dot.y.0),
            self.at_y(dot.y.2)
        );
        match dot.mark {
            Mark::Full | Mark::Ring => {
                _ = write!(out, r#"<circle class="dot {class}" cx="{x:.1}" cy="{y:.1}" r="5"/>"#);
            }
            Mark::Cross => {
                let (left, top) = (x - 4.0, y - 4.0);
                _ = write!(out, r#"<path class="dot {class}" d="M{left:.1} {top:.1}l8 8m0 -8l-8 8"/>"#);
            }
        }
    }

    /// Writes each label right or left of its dot, above or below, wherever it first is clear of dots and of labels.
    fn write_labels(&self, out: &mut String) {
        let mut taken = Taken::default();
        for dot in &self.dots {
            taken.add(Covered::new(self.at_x(dot.x.1) - 6.0, self.at_y(dot.y.1), 12.0));
        }
        for dot in self.dots.iter().filter(|dot| !dot.label.is_empty()) {
            let (x, y) = (self.at_x(dot.x.1), self.at_y(dot.y.1));
            let width = dot.label.chars().count() as f64 * LETTER;
            let free = |place: &Covered| {
                let across = place.left >= LEFT && place.left + width <= self.size.0;
                let up = place.middle >= 24.0 && place.middle <= self.size.1 - BOTTOM - LINE / 2.0;
                across && up && taken.is_free(*place)
            };
            let shifts = [0.0, -1.0, 1.0, -2.0, 2.0, -3.0, 3.0];
            let places = shifts.into_iter().flat_map(|rows| {
                [x + 9.0, x - 9.0 - width, x - width / 2.0].map(|left| Covered::new(left, y + rows * LINE, width))
            });
            let Some(place) = places.into_iter().find(free) else { continue };
            taken.add(place);
            _ = write!(
                out,
                r#"<text class="name halo" x="{:.1}" y="{:.1}">{}</text>"#,
                place.left,
                place.middle + 4.0,
                escape(&dot.label)
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::Zeros;
    use super::*;

    #[test]
    fn labels_keep_clear_of_each_other_and_zero_has_a_place() {
        let dot = |label: &str, x| Dot { label: label.into(), mark: Mark::Full, x: (x, x, x), y: (5.0, 5.0, 5.0) };
        let plot = Dots {
            alternative: "two".into(),
            size: (400.0, 240.0),
            x: Axis::powers("x", 30.0, 4_000.0, Zeros::Some, |v| format!("{v}")),
            y: Axis::from_zero("y", 9.0, |v| format!("{v}")),
            dots: vec![dot("first", 100.0), dot("second", 100.0), dot("none", 0.0)],
        };
        let names: Vec<&str> = plot.x.ticks.iter().map(|tick| tick.1.as_str()).collect();
        assert_eq!(names, ["0", "10", "100", "1000", "10000"]);
        let svg = plot.svg();
        let places: Vec<&str> = svg.split("<text class=\"name").skip(1).map(|t| t.split('>').next().unwrap()).collect();
        assert_eq!(places.len(), 3);
        assert_ne!(places[0], places[1]);
        assert!(svg.contains(r#"cx="64.0""#), "zero is at the left end: {svg}");
    }
}
