//! Whether the answer can be trusted: how it stands to what was published, and where a reader finds the rest.

use bugcheck_lab::Results;
use bugcheck_lab::stopping::looks;
use bugcheck_scenarios::experiment::Origin;
use bugcheck_sim::measure::Segment;

use crate::number::{grouped, instant, span_ms};
use crate::view::{Calibration, Curves, Item};
use crate::wording;

/// How many of the published points about the fleet lie within the range of outcomes of the baseline.
pub(super) fn calibration(curves: &Curves) -> Calibration {
    let mut calibration = Calibration { points: 0, met: 0 };
    let Some(line) = curves.against_history.lines.first() else { return calibration };
    for point in curves.history.iter().filter(|point| point.segment == Segment::Fleet) {
        let before = line.at_ms.partition_point(|at| *at <= point.at_ms);
        let Some(here) = before.checked_sub(1) else { continue };
        calibration.points += 1;
        calibration.met += usize::from(point.down.0 <= line.high[here] && line.low[here] <= point.down.1);
    }
    calibration
}

/// The STRESS-DES checklist, as far as a report can answer it.
///
/// T. Monks, C. S. M. Currie, B. S. Onggo, S. Robinson, M. Kunc, S. J. E. Taylor, Strengthening the reporting of
/// empirical simulation studies: introducing the STRESS guidelines, Journal of Simulation 13 (2019).
pub(super) fn checklist(results: &Results) -> Vec<Item> {
    let (experiment, manifest) = (&results.experiment, &results.manifest);
    let count = |of: fn(&Origin) -> bool| experiment.inputs.iter().filter(|input| of(&input.origin)).count();
    let sourced = count(|origin| matches!(origin, Origin::Sourced(_)));
    let uncertain = count(|origin| matches!(origin, Origin::Uncertain(_)));
    let assumed = count(|origin| matches!(origin, Origin::Assumed));
    let factors: Vec<String> =
        experiment.factors.iter().map(|f| format!("{} ({})", f.name, f.levels.join(", "))).collect();
    let stopping = match &experiment.replications.until {
        None => "a fixed number of replications".to_owned(),
        Some(until) => format!(
            "looks at {} replications, at the same total chance of error, until {} is known to ±{}",
            listed(&looks(&experiment.replications)),
            until.measure.definition().name,
            wording::part_in_full(until.half_width)
        ),
    };
    let factors = if factors.is_empty() { "one arm, no factors".to_owned() } else { factors.join("; ") };
    [
        ("1.1", "purpose", experiment.question.clone()),
        ("1.2", "outputs", "the measures in the tables; `bugcheck explain MEASURE` gives definition and formula".into()),
        ("1.3", "aims of the experiment", factors),
        ("2.1", "overview diagram", "ARCHITECTURE.md, \"Inside the simulator\"".into()),
        ("2.2", "base model logic", "docs/model.md".into()),
        ("2.3", "scenario logic", "scenario.lock.yaml in the run folder: every choice of every arm, written out".into()),
        ("2.4", "algorithms", "docs/model.md and ARCHITECTURE.md, with the reasons".into()),
        (
            "2.5",
            "components",
            "entities: PCs in organisations; resources: technicians, key desks; queues: each organisation's own; \
             activities: the steps of the playbook; entry: the release reaches a PC; exit: it is back for good"
                .into(),
        ),
        ("3.1", "data sources", format!("{sourced} inputs name theirs; listed above")),
        ("3.2", "pre-processing", "none: values stand in the scenario as they were published or derived".into()),
        ("3.3", "input parameters", format!("{} in all, listed above", experiment.inputs.len())),
        ("3.4", "assumptions", format!("{assumed} assumed and {uncertain} uncertain inputs; what is not modelled")),
        ("4.1", "initialisation", "all PCs are up; nothing is warmed up, since the outage itself is studied".into()),
        (
            "4.2",
            "run length",
            format!(
                "{} from the release at {}",
                span_ms(experiment.horizon_ms - experiment.release_ms),
                instant(experiment.start_unix_ms + experiment.release_ms)
            ),
        ),
        (
            "4.3",
            "estimation",
            format!("{stopping}; paired differences on common random numbers, Holm-adjusted; docs/statistics.md"),
        ),
        ("5.1", "software", format!("bugcheck {}, result epoch {}, in Rust", manifest.version, manifest.epoch)),
        (
            "5.2",
            "random sampling",
            format!("Philox4x32-10, keyed by seed {}, PC, purpose and replication", experiment.seed),
        ),
        (
            "5.3",
            "execution",
            format!(
                "each organisation event by event; 1 in {} of them, each whole; the same bytes on any number of threads",
                grouped(u64::from(experiment.one_in))
            ),
        ),
        ("5.4", "system", "any: results do not depend on the machine; docs/performance.md says how long it takes".into()),
        ("6.1", "access to the model", "open source, MIT or Apache-2.0; the command is in the footer".into()),
    ]
    .into_iter()
    .map(|(number, what, answer)| Item { number, what, answer })
    .collect()
}

/// Numbers as a sentence has them: `60, 120 and 240`.
fn listed(numbers: &[u32]) -> String {
    let mut said: Vec<String> = numbers.iter().map(u32::to_string).collect();
    let last = said.pop().unwrap_or_default();
    if said.is_empty() { last } else { format!("{} and {last}", said.join(", ")) }
}
