//! `plot`: how time and memory grow with PCs, as an SVG made from the figures that `growth` wrote.

use std::fmt::Write as _;
use std::path::Path;

use serde_json::Value;

use crate::Error;
use crate::growth::PCS;
use crate::page::count;

const WIDTH: f64 = 360.0;
const HEIGHT: f64 = 300.0;
const LEFT: f64 = 70.0;
const TOP: f64 = 40.0;
/// Side of the square that a panel's points are in.
const SIDE: f64 = 220.0;

/// One panel: what is drawn over PCs, on logarithmic axes.
struct Panel {
    title: &'static str,
    points: Vec<(f64, f64)>,
    label: fn(f64) -> String,
}

/// Reads the figures and writes the picture.
///
/// # Errors
/// If there are no figures of `growth`, or the machine refuses.
pub(crate) fn plot(json: &Path, svg: &Path) -> Result<(), Error> {
    let name = json.display().to_string();
    let text = std::fs::read_to_string(json).map_err(Error::machine(&name))?;
    let all: Value = serde_json::from_str(&text).map_err(|error| Error::Json(name.clone(), error))?;
    let rows = all["growth"]["rows"].as_array().map(Vec::as_slice).unwrap_or_default();
    let rows: Vec<&Value> = rows.iter().filter(|row| row["what"] == PCS).collect();
    let points = |y: fn(&Value) -> Option<f64>| -> Vec<(f64, f64)> {
        rows.iter().filter_map(|row| Some((row["pcs"].as_f64()?, y(row)?))).collect()
    };
    let seconds: fn(f64) -> String = |s| if s < 1.0 { format!("{} ms", s * 1e3) } else { format!("{s} s") };
    let bytes: fn(f64) -> String = |b| if b < 1e9 { format!("{} MB", b / 1e6) } else { format!("{} GB", b / 1e9) };
    let panels = [
        Panel { title: "Time of one replication", points: points(middle), label: seconds },
        Panel { title: "Memory", points: points(|row| row["peak_bytes"].as_f64()), label: bytes },
    ];
    if panels.iter().any(|panel| panel.points.len() < 2) {
        return Err(Error::Peer(format!("{name} has no figures of `growth` for two sizes of fleets or more")));
    }
    std::fs::write(svg, picture(&panels)).map_err(Error::machine(svg.display().to_string()))
}

/// The middle one of a row's seconds.
fn middle(row: &Value) -> Option<f64> {
    let mut seconds: Vec<f64> = row["seconds"].as_array()?.iter().filter_map(Value::as_f64).collect();
    seconds.sort_by(f64::total_cmp);
    seconds.get(seconds.len() / 2).copied()
}

fn picture(panels: &[Panel]) -> String {
    let mut svg = format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {} {HEIGHT}"
  font-family="sans-serif" font-size="11" fill="#222">
<rect width="100%" height="100%" fill="#fff"/>
"##,
        WIDTH * panels.len() as f64,
    );
    for (i, panel) in panels.iter().enumerate() {
        panel.draw(&mut svg, LEFT + WIDTH * i as f64);
    }
    svg.push_str("</svg>\n");
    svg
}

impl Panel {
    fn draw(&self, svg: &mut String, left: f64) {
        let (x, y) = (Decades::of(self.points.iter().map(|p| p.0)), Decades::of(self.points.iter().map(|p| p.1)));
        let at = |p: (f64, f64)| (left + x.place(p.0) * SIDE, TOP + (1.0 - y.place(p.1)) * SIDE);
        let middle = left + SIDE / 2.0;
        let mut add =
            |line: std::fmt::Arguments<'_>| writeln!(svg, "{line}").expect("a text takes all that is written");
        add(format_args!(
            r#"<text x="{middle}" y="{}" text-anchor="middle" font-weight="bold">{}</text>"#,
            TOP - 16.0,
            self.title
        ));
        add(format_args!(r##"<rect x="{left}" y="{TOP}" width="{SIDE}" height="{SIDE}" fill="none" stroke="#888"/>"##));
        for tick in x.ticks() {
            let (place, _) = at((tick, self.points[0].1));
            let below = TOP + SIDE;
            add(format_args!(r##"<path d="M{place:.1} {TOP}V{below}" stroke="#ddd"/>"##));
            let label = count(tick as u64);
            add(format_args!(r#"<text x="{place:.1}" y="{}" text-anchor="middle">{label}</text>"#, below + 15.0));
        }
        add(format_args!(r#"<text x="{middle}" y="{}" text-anchor="middle">PCs</text>"#, TOP + SIDE + 32.0));
        for tick in y.ticks() {
            let (_, place) = at((self.points[0].0, tick));
            add(format_args!(r##"<path d="M{left} {place:.1}H{}" stroke="#ddd"/>"##, left + SIDE));
            let label = (self.label)(tick);
            add(format_args!(r#"<text x="{}" y="{:.1}" text-anchor="end">{label}</text>"#, left - 6.0, place + 4.0));
        }
        let path: Vec<String> = self.points.iter().map(|&p| at(p)).map(|(x, y)| format!("{x:.1} {y:.1}")).collect();
        add(format_args!(r##"<path d="M{}" fill="none" stroke="#0072b2" stroke-width="2"/>"##, path.join("L")));
        for &point in &self.points {
            let (x, y) = at(point);
            add(format_args!(r##"<circle cx="{x:.1}" cy="{y:.1}" r="3.5" fill="#0072b2"/>"##));
        }
        // From the last point back: what growth in proportion would be.
        let (first, last) = (self.points[0], self.points[self.points.len() - 1]);
        let from = (first.0, (last.1 * first.0 / last.0).max(10_f64.powi(y.from)));
        let ((x1, y1), (x2, y2)) = (at((from.1 * last.0 / last.1, from.1)), at(last));
        add(format_args!(r##"<path d="M{x1:.1} {y1:.1}L{x2:.1} {y2:.1}" stroke="#d55e00" stroke-dasharray="5 4"/>"##));
        add(format_args!(r##"<text x="{}" y="{}" fill="#d55e00">- - in proportion</text>"##, left + 8.0, TOP + 16.0));
    }
}

/// The powers of ten around some values.
struct Decades {
    from: i32,
    to: i32,
}

impl Decades {
    fn of(values: impl Iterator<Item = f64>) -> Decades {
        let (low, high) = values.fold((f64::INFINITY, 0.0_f64), |(low, high), v| (low.min(v), high.max(v)));
        let from = low.log10().floor() as i32;
        Decades { from, to: (high.log10().ceil() as i32).max(from + 1) }
    }

    /// Where a value lies between them, 0 to 1.
    fn place(&self, value: f64) -> f64 {
        (value.log10() - f64::from(self.from)) / f64::from(self.to - self.from)
    }

    fn ticks(&self) -> impl Iterator<Item = f64> {
        (self.from..=self.to).map(|power| 10_f64.powi(power))
    }
}
