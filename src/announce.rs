//! What a run will do, said before it does it: `run` and `plan` begin with it.

use bugcheck_reports::number::{count, grouped};
use bugcheck_scenarios::Experiment;
use bugcheck_scenarios::experiment::Replications;

const HOUR_MS: i64 = 3_600_000;

/// How the question will be answered.
pub(crate) fn announcement(experiment: &Experiment) -> String {
    let arms = count(experiment.arms.len() as u64, "arm", "arms");
    let sampled = match experiment.one_in {
        1 => "every organisation is simulated".to_owned(),
        many => format!("1 in {} organisations is simulated, each whole", grouped(u64::from(many))),
    };
    format!(
        "{}: {arms} on the same dice, {}\n{} over {}; {sampled}\nbaseline: {}; seed {}\n\n",
        experiment.name,
        replications(&experiment.replications),
        count(experiment.pcs, "PC", "PCs"),
        span(experiment.horizon_ms),
        experiment.arms[experiment.baseline].name,
        experiment.seed
    )
}

fn replications(replications: &Replications) -> String {
    let Replications { min, max, until } = replications;
    let Some(until) = until.as_ref().filter(|_| min < max) else {
        return format!("{} of each", count(u64::from(*max), "replication", "replications"));
    };
    format!(
        "{min} to {max} replications of each, until the mean of {} is known within ±{} % at {} % confidence",
        until.measure.definition().name,
        percent(until.half_width),
        percent(until.confidence)
    )
}

/// A part in percent, without needless zeros: 0.025 is `2.5`.
fn percent(part: f64) -> String {
    let text = format!("{:.2}", part * 100.0);
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

/// A span in days or hours.
fn span(ms: i64) -> String {
    let hours = ms as f64 / HOUR_MS as f64;
    if hours >= 48.0 { format!("{} d", percent(hours / 2400.0)) } else { format!("{} h", percent(hours / 100.0)) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bugcheck_scenarios::experiment::Until;
    use bugcheck_sim::measure::Measure;

    #[test]
    fn the_number_of_replications_is_said_with_its_precision() {
        let until = Some(Until { measure: Measure::PcHoursLost, half_width: 0.025, confidence: 0.95 });
        assert_eq!(
            replications(&Replications { min: 60, max: 480, until: until.clone() }),
            "60 to 480 replications of each, until the mean of pc_hours_lost is known within ±2.5 % at 95 % confidence"
        );
        assert_eq!(replications(&Replications { min: 60, max: 60, until }), "60 replications of each");
        assert_eq!(replications(&Replications { min: 1, max: 1, until: None }), "1 replication of each");
    }

    #[test]
    fn spans_are_in_days_or_hours() {
        assert_eq!(span(28 * 24 * HOUR_MS), "28 d");
        assert_eq!(span(36 * HOUR_MS), "36 h");
        assert_eq!(span(HOUR_MS / 2), "0.5 h");
    }
}
