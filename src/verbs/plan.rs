//! `bugcheck plan`: what will run, and what it will cost.

use std::fmt::Write as _;
use std::num::NonZeroUsize;
use std::thread;

use bugcheck_lab::Prediction;
use bugcheck_reports::number::{count, grouped};
use bugcheck_scenarios::Experiment;

use crate::announce::announcement;
use crate::args::{Plan, Profile};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::scenario;
use crate::terminal::Terminal;

/// Shows arms and cost.
pub(crate) fn plan(args: &Plan, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let scenario = scenario::load(&args.selection, Profile::Standard)?;
    let question = bugcheck_reports::terminal::visible(&scenario.experiment.question);
    terminal.print(&format!("{question}\n{}", announcement(&scenario.experiment)))?;
    terminal.print(&arms(&scenario.experiment))?;
    let prediction = bugcheck_lab::predict(&scenario)?;
    let threads = args.work.threads.or_else(|| thread::available_parallelism().ok()).unwrap_or(NonZeroUsize::MIN);
    terminal.print(&cost(&prediction, threads))?;
    Ok(Exit::Holds)
}

fn arms(experiment: &Experiment) -> String {
    let mut out = String::new();
    for (number, arm) in experiment.arms.iter().enumerate() {
        let role = if number == experiment.baseline { "  (baseline)" } else { "" };
        let _ = writeln!(out, "{:>4}  {}{role}", number + 1, arm.name);
    }
    out
}

fn cost(prediction: &Prediction, threads: NonZeroUsize) -> String {
    let work = |replications: u32, seconds: f64| {
        format!(
            "{} of each arm: about {} on {}",
            count(u64::from(replications), "replication", "replications"),
            duration(seconds),
            count(threads.get() as u64, "thread", "threads")
        )
    };
    let mut out = format!(
        "\neach replication of an arm simulates {} in {}\nabout {} events in all\n{}\n",
        count(prediction.pcs, "PC", "PCs"),
        count(prediction.organisations, "organisation", "organisations"),
        grouped(two_digits(prediction.events)),
        work(prediction.replications, prediction.seconds_on(threads))
    );
    if prediction.replications_at_most > prediction.replications {
        let _ = writeln!(out, "{}", work(prediction.replications_at_most, prediction.seconds_at_most_on(threads)));
    }
    out
}

/// A prediction is right to a factor of two: more than two digits would pretend otherwise.
fn two_digits(value: f64) -> u64 {
    let mut step = 1;
    while value / step as f64 >= 99.5 {
        step *= 10;
    }
    (value / step as f64).round() as u64 * step
}

fn duration(seconds: f64) -> String {
    match seconds {
        s if s < 1.0 => "1 s".into(),
        s if s < 120.0 => format!("{} s", two_digits(s)),
        s if s < 7200.0 => format!("{} min", two_digits(s / 60.0)),
        s => format!("{} h", two_digits(s / 3600.0)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn predictions_do_not_pretend_to_be_exact() {
        assert_eq!(two_digits(0.0), 0);
        assert_eq!(two_digits(99.4), 99);
        assert_eq!(two_digits(123_456.0), 120_000);
        assert_eq!(duration(0.2), "1 s");
        assert_eq!(duration(119.0), "120 s");
        assert_eq!(duration(600.0), "10 min");
        assert_eq!(duration(10_000.0), "3 h");
    }
}
