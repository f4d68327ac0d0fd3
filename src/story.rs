//! Events as people read them: when in UTC, how long after the release, who, what.

use bugcheck_reports::number;
use bugcheck_scenarios::Experiment;
use bugcheck_sim::engine::Event;

/// One event in a line.
pub(crate) fn line(experiment: &Experiment, event: &Event) -> String {
    let who = event.pc.map_or_else(String::new, |pc| format!("PC {pc} "));
    format!(
        "{}  {:>12}  {who}{}",
        number::instant(experiment.start_unix_ms + event.at),
        since_release(event.at - experiment.release_ms),
        event.what
    )
}

/// Time since the release, such as `+2 d 03:15:07`; before it with a minus.
fn since_release(ms: i64) -> String {
    let sign = if ms < 0 { '-' } else { '+' };
    let seconds = ms.unsigned_abs() / 1000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3600 % 24, seconds / 60 % 60);
    let days = if days > 0 { format!("{days} d ") } else { String::new() };
    format!("{sign}{days}{hours:02}:{minutes:02}:{:02}", seconds % 60)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_count_from_the_release() {
        assert_eq!(since_release(0), "+00:00:00");
        assert_eq!(since_release(-61_000), "-00:01:01");
        assert_eq!(since_release(2 * 86_400_000 + 11_707_000), "+2 d 03:15:07");
    }
}
