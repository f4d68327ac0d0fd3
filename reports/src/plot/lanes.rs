//! Lanes of events over time: what was under way, and what happened when.

use std::fmt::Write as _;

use super::{Axis, BOTTOM, LETTER, RIGHT, SERIES, escape};

const LEFT: f64 = 14.0;
const TOP: f64 = 6.0;
/// Height of an event, and of the heading of a lane.
const ROW: f64 = 20.0;

/// An event: when, and how much that differs between replications.
#[derive(Clone, Debug)]
pub struct Event {
    /// Its label, written beside it.
    pub label: String,
    /// Early, median, late.
    pub x: (f64, f64, f64),
    /// Until when what it began went on; nothing where it is but an instant.
    pub until: Option<f64>,
}

/// Events that belong together.
#[derive(Clone, Debug)]
pub struct Lane {
    /// Its heading.
    pub heading: String,
    /// Its colour, below [`SERIES`].
    pub series: usize,
    /// Its events, one below the other.
    pub events: Vec<Event>,
}

/// A plot of lanes, one below the other, over one axis of time.
#[derive(Clone, Debug)]
pub struct Lanes {
    /// What it shows, for those who cannot see it.
    pub alternative: String,
    /// Width in drawing units; the height follows from the lanes.
    pub width: f64,
    /// Across.
    pub x: Axis,
    /// The lanes.
    pub lanes: Vec<Lane>,
}

impl Lanes {
    /// The plot as an SVG element.
    pub fn svg(&self) -> String {
        let rows: usize = self.lanes.iter().map(|lane| lane.events.len() + 1).sum();
        let floor = TOP + rows as f64 * ROW + 6.0;
        let height = floor + BOTTOM;
        let mut out = String::new();
        let alternative = escape(&self.alternative);
        _ = write!(
            out,
            r#"<svg class="plot" role="img" aria-label="{alternative}" viewBox="0 0 {} {height}">"#,
            self.width
        );
        for (value, _) in &self.x.ticks {
            _ = write!(out, r#"<path class="grid" d="M{:.1} {TOP}V{floor:.1}"/>"#, self.at(*value));
        }
        let mut y = TOP;
        for lane in &self.lanes {
            let heading = self.fitted(&lane.heading);
            _ = write!(out, r#"<text class="head halo" x="2" y="{:.1}">{}</text>"#, y + 14.0, escape(&heading));
            for event in &lane.events {
                y += ROW;
                self.write_event(&mut out, event, lane.series % SERIES, y + ROW / 2.0);
            }
            y += ROW;
        }
        self.x.write_across(&mut out, (LEFT, self.width - RIGHT), floor, (self.width, height));
        out.push_str("</svg>");
        out
    }

    fn at(&self, value: f64) -> f64 {
        LEFT + self.x.part(value) * (self.width - LEFT - RIGHT)
    }

    /// A heading that is too long for the plot is cut: the table beside it has it whole.
    fn fitted(&self, text: &str) -> String {
        let room = (self.width / LETTER) as usize - 2;
        if text.chars().count() <= room {
            return text.to_owned();
        }
        text.chars().take(room).chain(['…']).collect()
    }

    fn write_event(&self, out: &mut String, event: &Event, series: usize, y: f64) {
        let (early, at, late) = (self.at(event.x.0), self.at(event.x.1), self.at(event.x.2));
        let until = event.until.map(|until| self.at(until)).filter(|until| *until > at);
        if let Some(until) = until {
            _ = write!(
                out,
                r#"<rect class="stretch s{series}" x="{at:.1}" y="{:.1}" width="{:.1}" height="10"/>"#,
                y - 5.0,
                until - at
            );
        }
        if late > early {
            _ = write!(out, r#"<path class="between s{series}" d="M{early:.1} {y:.1}H{late:.1}"/>"#);
        }
        _ = write!(out, r#"<circle class="instant s{series}" cx="{at:.1}" cy="{y:.1}" r="4"/>"#);
        let width = event.label.chars().count() as f64 * LETTER;
        let end = late.max(until.unwrap_or(late)) + 9.0;
        let (x, anchor) = if end + width > self.width && early - 9.0 - width > 0.0 {
            (early - 9.0, "end")
        } else {
            (end.min(self.width - width), "start")
        };
        _ = write!(
            out,
            r#"<text class="note halo" x="{x:.1}" y="{:.1}" text-anchor="{anchor}">{}</text>"#,
            y + 4.0,
            escape(&event.label)
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_at_the_right_end_has_its_label_on_the_left() {
        let event = |at: f64| Event { label: "withdrawn, late".into(), x: (at, at, at), until: None };
        let plot = Lanes {
            alternative: "when".into(),
            width: 400.0,
            x: Axis::log_time("time", 60_000.0, 86_400_000.0),
            lanes: vec![Lane {
                heading: "h".repeat(90),
                series: 0,
                events: vec![event(60_000.0), event(86_400_000.0)],
            }],
        };
        let svg = plot.svg();
        assert_eq!(svg.matches(r#"text-anchor="start""#).count(), 1);
        assert_eq!(svg.matches(r#"text-anchor="end""#).count(), 1);
        assert!(svg.contains('…'), "a heading that does not fit is cut");
    }
}
