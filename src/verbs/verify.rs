//! `bugcheck verify`: the same result for arms together and alone, on any number of threads, each time, in any order of
//! equal times.

use std::fmt::Write as _;

use bugcheck_lab::Verification;
use bugcheck_lab::verify::{Difference, Options};
use bugcheck_reports::number::count;
use bugcheck_scenarios::Experiment;
use bugcheck_sim::engine::Event;

use crate::args::{Profile, Verify};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::scenario;
use crate::story;
use crate::terminal::Terminal;

/// Runs one replication of each arm, or as many as are asked for, in several ways, and compares digests.
///
/// What is printed is the same for every build and machine, so that two of them can be compared with `diff`.
pub(crate) fn verify(args: &Verify, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let scenario = scenario::load(&args.selection, Profile::Standard)?;
    let usual = Options::default();
    let replications = args.selection.changes.replications.unwrap_or(usual.replications);
    let options = Options { replications, ..usual };
    let verification = bugcheck_lab::verify(&scenario, &options)?;
    terminal.print(&show(&scenario.experiment, &options, &verification))?;
    Ok(exit_of(&verification))
}

fn exit_of(verification: &Verification) -> Exit {
    if verification.difference.is_none() { Exit::Holds } else { Exit::NotDeterministic }
}

fn show(experiment: &Experiment, options: &Options, verification: &Verification) -> String {
    let arms = count(experiment.arms.len() as u64, "arm", "arms");
    let replications = count(u64::from(options.replications), "replication", "replications");
    let mut out = format!("{}: {arms}, {replications} of each, digest over their records:\n", experiment.name);
    for arm in &experiment.arms {
        let _ = writeln!(out, "  {}", arm.name);
    }
    for trial in &verification.trials {
        let _ = writeln!(out, "{}  {}", trial.digest, trial.way);
    }
    match &verification.difference {
        None => out.push_str("the same, however it is carried out\n"),
        Some(difference) => out.push_str(&show_difference(experiment, difference)),
    }
    out
}

fn show_difference(experiment: &Experiment, difference: &Difference) -> String {
    let Difference { reference, other, arm, replication, organisation, expected, found } = difference;
    let mut out = format!(
        "NOT the same: arm `{}`, replication {replication} differs between [{reference}] and [{other}]\n",
        experiment.arms[*arm].name
    );
    let Some(organisation) = organisation else {
        out.push_str(
            "no organisation's events differ: what is counted over them does, or the difference did not show again\n",
        );
        return out;
    };
    let told = |event: &Option<Event>| {
        event.as_ref().map_or_else(|| "nothing more".to_owned(), |event| story::line(experiment, event))
    };
    let _ = writeln!(out, "first event that differs, in organisation {organisation}:");
    let _ = writeln!(out, "  [{reference}] {}", told(expected));
    let _ = writeln!(out, "  [{other}] {}", told(found));
    out
}

#[cfg(test)]
mod tests {
    use bugcheck_lab::verify::verify_with;
    use bugcheck_scenarios::{Options as Changes, Source, load};
    use bugcheck_sim::engine::{Run, Watch};
    use bugcheck_sim::{Dice, Plan};

    use super::*;

    #[test]
    fn what_is_not_deterministic_ends_with_14_and_shows_where_it_parts() {
        let text = include_str!("../../tests/scenarios/small.yaml").to_owned();
        let set = vec!["fleet.pcs=400".to_owned()];
        let changes = Changes { set, ..Changes::default() };
        let scenario = load(&Source::Text { name: "small.yaml".into(), text }, &changes).unwrap();
        // The simulator, with an organisation that hangs on the order of equal times.
        let flawed = |plans: &[Plan], dice: Dice, run: &Run| {
            let mut outcomes = bugcheck_sim::simulate_arms(plans, dice, run)?;
            for outcome in outcomes.iter_mut().filter(|_| run.shuffle.is_some()) {
                outcome.record.digest.push('x');
                outcome.digests.iter_mut().take(1).for_each(|(_, digest)| *digest ^= 1);
                if let (Watch::Organisation(_), Some(event)) = (run.watch, outcome.trace.last_mut()) {
                    event.what = "waits".into();
                }
            }
            Ok(outcomes)
        };
        let verification = verify_with(&scenario, &Options::default(), &flawed).unwrap();
        assert_eq!(exit_of(&verification), Exit::NotDeterministic);
        assert_eq!(exit_of(&verification).code(), 14);
        let shown = show(&scenario.experiment, &Options::default(), &verification);
        assert!(shown.contains("NOT the same: arm `kernel`, replication 0"), "{shown}");
        assert!(
            shown.contains("[1 thread, equal times shuffled]")
                && shown.ends_with(
                    "waits
"
                ),
            "{shown}"
        );
    }
}
