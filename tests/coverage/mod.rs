//! The coverage study: how often intervals hold what they are said to hold, on outcomes of which the truth is known.
//!
//! Its tables stand in `docs/statistics.md`, between two marks; the test computes them again and compares. All draws
//! are keyed, so that they are the same each time. `BUGCHECK_BLESS=1` writes them.

mod draws;
mod studies;

use std::fmt::Write as _;
use std::path::Path;

/// How often something held.
pub(crate) struct Held {
    /// What, as the first cells of a row: kind of interval, outcomes.
    what: [String; 2],
    /// Replications in each trial.
    n: String,
    /// The share that is promised; `None` where nothing is.
    promised: Option<f64>,
    /// In so many of the trials.
    times: u32,
    /// Trials.
    trials: u32,
}

impl Held {
    /// Counts over trials, each with draws of its own.
    pub(crate) fn count(what: [&str; 2], n: u32, promised: Option<f64>, mut holds: impl FnMut(u32) -> bool) -> Held {
        let times = (0..studies::TRIALS).filter(|&trial| holds(trial)).count() as u32;
        Held { what: what.map(str::to_owned), n: n.to_string(), promised, times, trials: studies::TRIALS }
    }

    fn share(&self) -> f64 {
        f64::from(self.times) / f64::from(self.trials)
    }

    /// Two standard errors of the share.
    fn error(&self) -> f64 {
        let share = self.share();
        2.0 * (share * (1.0 - share) / f64::from(self.trials)).sqrt()
    }
}

/// A table of the study.
pub(crate) struct Table {
    /// Its heading.
    title: &'static str,
    /// What it counts.
    counts: &'static str,
    rows: Vec<Held>,
}

impl Table {
    pub(crate) fn new(title: &'static str, counts: &'static str, rows: Vec<Held>) -> Table {
        Table { title, counts, rows }
    }

    fn markdown(&self, out: &mut String) {
        _ = write!(out, "\n### {}\n\n", self.title);
        _ = writeln!(
            out,
            "| interval | outcomes | n | promised | {} |\n| --- | --- | ---: | ---: | ---: |",
            self.counts
        );
        for row in &self.rows {
            let [kind, outcomes] = &row.what;
            let promised = row.promised.map_or("–".to_owned(), |share| format!("{:.0} %", share * 100.0));
            let measured = format!("{:.1} ± {:.1} %", row.share() * 100.0, row.error() * 100.0);
            _ = writeln!(out, "| {kind} | {outcomes} | {} | {promised} | {measured} |", row.n);
        }
    }
}

const PAGE: &str = "docs/statistics.md";
const BEGIN: &str = "<!-- coverage study: begin -->";
const END: &str = "<!-- coverage study: end -->";

#[test]
fn intervals_cover_what_the_documentation_says() {
    let tables = studies::all();
    let mut text = format!("\n{} trials each; ± is two standard errors of the share.\n", studies::TRIALS);
    for table in &tables {
        table.markdown(&mut text);
    }
    text.push('\n');
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(PAGE);
    let page = std::fs::read_to_string(&path).expect("the page can be read");
    let (before, rest) = page.split_once(BEGIN).expect("the page has the first mark");
    let (found, after) = rest.split_once(END).expect("the page has the second mark");
    if std::env::var_os("BUGCHECK_BLESS").is_some() {
        std::fs::write(&path, format!("{before}{BEGIN}{text}{END}{after}")).expect("the page can be written");
    } else {
        assert_eq!(found, text, "{PAGE} says otherwise; BUGCHECK_BLESS=1 writes what was measured");
    }
}

/// What theory promises must be kept, whatever the page says: the studies mark with a promise what is exact or
/// conservative.
#[test]
fn what_is_exact_or_conservative_keeps_its_promise() {
    for table in studies::exact() {
        for row in &table.rows {
            let Some(promised) = row.promised else { continue };
            assert!(
                row.share() + 2.0 * row.error() >= promised,
                "{}: {:?} covers {}",
                table.title,
                row.what,
                row.share()
            );
        }
    }
}
