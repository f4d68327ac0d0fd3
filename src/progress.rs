//! How far a run is: a bar with the time left on a terminal, and a plain line now and then elsewhere.

use std::io::IsTerminal;
use std::sync::Mutex;

use bugcheck_lab::estimate::Estimate;
use bugcheck_lab::{News, Progress};
use bugcheck_reports::number::{Quantity, count};
use bugcheck_reports::wording;
use bugcheck_scenarios::Experiment;
use bugcheck_sim::measure::Measure;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Where no bar can be drawn, a line is written at each such part of the replications planned.
const LINE_EVERY_PERCENT: usize = 10;

/// Tells on stderr how far a run is.
pub(crate) struct Told {
    /// The measure whose interval is shown.
    measure: Measure,
    horizon_ms: i64,
    baseline: String,
    way: Way,
}

/// How it is told.
enum Way {
    Bar(ProgressBar),
    Lines(Mutex<Lines>),
}

/// What the plain lines need to know.
#[derive(Default)]
struct Lines {
    last_percent: usize,
}

impl Told {
    /// For one run.
    pub(crate) fn new(experiment: &Experiment) -> Told {
        let way = if std::io::stderr().is_terminal() {
            let bar = ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr());
            Way::Bar(bar)
        } else {
            Way::Lines(Mutex::default())
        };
        Told {
            measure: experiment.replications.until.as_ref().map_or(Measure::PcHoursLost, |until| until.measure),
            horizon_ms: experiment.horizon_ms,
            baseline: experiment.arms[experiment.baseline].name.clone(),
            way,
        }
    }

    /// Takes the bar away, so that what is printed next stands alone.
    pub(crate) fn clear(&self) {
        if let Way::Bar(bar) = &self.way {
            bar.finish_and_clear();
        }
    }

    fn interval(&self, baseline: &Estimate) -> String {
        let figure = wording::estimate(Quantity::of(self.measure), baseline, self.horizon_ms);
        format!("{} of {}: {figure}", self.measure.definition().name, self.baseline)
    }

    fn say(&self, line: &str) {
        use std::io::Write as _;
        match &self.way {
            Way::Bar(bar) => bar.println(line),
            // A stderr that is closed has no reader who could miss the line.
            Way::Lines(_) => drop(writeln!(std::io::stderr(), "{line}")),
        }
    }

    fn finished(&self, finished: usize, planned: usize, baseline: &Estimate) {
        match &self.way {
            Way::Bar(bar) => {
                bar.set_length(planned as u64);
                bar.set_position(finished as u64);
                bar.set_message(self.interval(baseline));
            }
            Way::Lines(lines) => {
                let percent = finished * 100 / planned.max(1);
                // A writer that panicked while telling has nothing left to tell wrongly.
                let Ok(mut lines) = lines.lock() else { return };
                if percent >= lines.last_percent + LINE_EVERY_PERCENT || finished == planned {
                    lines.last_percent = percent - percent % LINE_EVERY_PERCENT;
                    self.say(&format!("{finished} of {planned} replications; {}", self.interval(baseline)));
                }
            }
        }
    }
}

impl Progress for Told {
    fn tell(&self, news: &News<'_>) {
        match news {
            News::Began { folder, found, planned, .. } => {
                if *found > 0 {
                    let found = count(*found as u64, "replication", "replications");
                    self.say(&format!("going on in {}: {found} there already", folder.display()));
                }
                if let Way::Bar(bar) = &self.way {
                    bar.set_length(*planned as u64);
                    bar.set_style(style());
                    bar.reset_eta();
                    bar.set_position(*found as u64);
                }
            }
            News::Finished { finished, planned, baseline, .. } => self.finished(*finished, *planned, baseline),
            News::Looked { replications, next, .. } => {
                if next.is_some() {
                    self.say(&format!("{replications} replications of each arm are not precise enough; going on"));
                    if let Way::Lines(lines) = &self.way
                        && let Ok(mut lines) = lines.lock()
                    {
                        lines.last_percent = 0;
                    }
                }
            }
            News::Writing => self.say("writing tables"),
        }
    }
}

fn style() -> ProgressStyle {
    ProgressStyle::with_template("{bar:24} {pos}/{len} replications, {eta} left  {wide_msg}")
        .expect("the template is sound, and no input changes it")
}
