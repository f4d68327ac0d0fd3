//! Designs carried out on a real scenario, with a simulator whose response is known.

use std::sync::OnceLock;
use std::sync::atomic::AtomicBool;

use bugcheck_lab::drivers::{Design, Driving, Method};
use bugcheck_lab::results::Results;
use bugcheck_lab::{Options, Silent, run, run_with};
use bugcheck_scenarios::{Scenario, Source, load};
use bugcheck_sim::engine::{InArm, Outcome, Run};
use bugcheck_sim::measure::{Measure, Reading, Segment};
use bugcheck_sim::{Dice, Plan, simulate_arms};

/// The starter with two inputs that are uncertain on purpose, and whatever its presets bring along.
fn scenario() -> Scenario {
    let text = bugcheck_scenarios::library::scenario("starter").expect("the starter").text.to_owned();
    let set = ["fleet.pcs={ uncertain: { low: 1k, likely: 2k, high: 3k } }", "compare.seed=11"];
    let set = set.map(str::to_owned).to_vec();
    let options = bugcheck_scenarios::Options { set, ..bugcheck_scenarios::Options::default() };
    load(&Source::Text { name: "starter".into(), text }, &options).unwrap_or_else(|failure| panic!("{failure}"))
}

fn carried_out(design: &Design, simulate: &bugcheck_lab::CarryOut) -> Results {
    let out = tempfile::tempdir().unwrap();
    let options = Options { out: out.path().to_owned(), threads: None };
    run_with(design, &options, &Silent, &AtomicBool::new(false), simulate).unwrap().results().unwrap()
}

/// A simulator that says that the PC-hours lost are 7 for each PC of the fleet, and `luck` in every other replication;
/// all the rest is always the same.
fn seven_per_pc(luck: f64) -> impl Fn(&[Plan], Dice, &Run) -> Result<Vec<Outcome>, InArm> + Sync {
    let some = OnceLock::new();
    move |plans, dice, run| {
        let some = some.get_or_init(|| simulate_arms(&plans[..1], dice, run).expect("a replication").swap_remove(0));
        let outcome = |plan: &Plan| {
            let mut outcome = some.clone();
            for one in &mut outcome.record.measured {
                if (&one.segment, one.measure) == (&Segment::Fleet, Measure::PcHoursLost) {
                    one.reading = Reading::Value(7.0 * plan.fleet.pcs as f64 + luck * f64::from(dice.replication % 2));
                }
            }
            outcome
        };
        Ok(plans.iter().map(outcome).collect())
    }
}

#[test]
fn the_first_column_of_a_design_is_the_arm_as_any_run_has_it() {
    let scenario = scenario();
    let baseline = scenario.experiment.baseline;
    let out = tempfile::tempdir().unwrap();
    let options = Options { out: out.path().to_owned(), threads: None };
    for method in [Method::Morris, Method::Sobol] {
        let design = Design::new(&scenario, baseline, method, 3).unwrap();
        let folder = run(&design, &options, &Silent, &AtomicBool::new(false)).unwrap();
        let results = folder.results().unwrap();
        assert!(design.inputs().len() > 3, "{:?}", design.inputs());
        let before = if method == Method::Sobol { 2 } else { 1 };
        assert_eq!(results.arms.len(), design.inputs().len() + before);
        for row in 0..3_u32 {
            let dice = bugcheck_lab::dice(&scenario.experiment, row);
            let usual = simulate_arms(&[scenario.plan(baseline, row)], dice, &Run::default()).unwrap();
            assert_eq!(results.arms[0][row as usize].record.digest, usual[0].record.digest);
            // A column differs from the first in its input alone, and in that it does.
            for (column, (path, _)) in results.arms[before..].iter().zip(design.inputs()) {
                let (here, there) = (&results.arms[0][row as usize].inputs, &column[row as usize].inputs);
                let differing: Vec<&String> =
                    here.iter().zip(there).filter(|(a, b)| a != b).map(|(a, _)| &a.path).collect();
                assert_eq!(differing, [path]);
            }
        }
        // The same design goes on where it was, and has nothing left to do.
        let again = run_with(&design, &options, &Silent, &AtomicBool::new(false), &|_, _, _| panic!("all is there"));
        assert_eq!(again.unwrap().results().unwrap(), results);
    }
}

/// The fleet is uncertain from 1,000 over 2,000 to 3,000 PCs: half a range up or down moves it by 1,000 on average (the
/// mean of a triangle's upper half less that of its lower half is 2 / 3 of the spread; a full range is twice that).
#[test]
fn morris_finds_the_only_input_that_matters() {
    let scenario = scenario();
    let design = Design::new(&scenario, scenario.experiment.baseline, Method::Morris, 40).unwrap();
    let found = Driving::of_design(&design, &carried_out(&design, &seven_per_pc(0.0)), Measure::PcHoursLost);
    let strongest = &found.influences[0];
    assert_eq!((strongest.input.as_str(), found.n, found.method), ("fleet.pcs", 40, "morris"));
    let [mu_star, mu, sigma] = [0, 1, 2].map(|i| strongest.figures[i]);
    assert!((mu_star.value / (7.0 * 2.0 * 2000.0 / 3.0) - 1.0).abs() < 0.1, "{mu_star:?}");
    assert!((mu.value - mu_star.value).abs() < 1e-6 && sigma.value < 0.4 * mu_star.value, "{strongest:?}");
    assert!(mu_star.low < mu_star.value && mu_star.value < mu_star.high);
    assert!(found.influences[1..].iter().all(|other| other.figures[0].value.abs() < 1e-9), "{found:?}");
}

#[test]
fn sobol_tells_the_input_that_matters_from_the_dice() {
    let scenario = scenario();
    let design = Design::new(&scenario, scenario.experiment.baseline, Method::Sobol, 80).unwrap();
    let found = Driving::of_design(&design, &carried_out(&design, &seven_per_pc(7000.0)), Measure::PcHoursLost);
    let strongest = &found.influences[0];
    assert_eq!(strongest.input, "fleet.pcs");
    assert!(strongest.figures.iter().all(|figure| (figure.value - 1.0).abs() < 1e-9), "{strongest:?}");
    assert!(found.influences[1..].iter().all(|other| other.figures[0].value.abs() < 1e-9), "{found:?}");
    // Inputs: 7 x a triangle of variance 2000^2 / 24; dice: 0 or 7,000, of variance 7,000^2 / 4.
    let known = 0.25 / (0.25 + 4.0 / 24.0);
    let chance = found.chance.unwrap();
    assert!(chance.low < known && known < chance.high && (chance.value - known).abs() < 0.1, "{chance:?} for {known}");
}

#[test]
fn an_arm_without_uncertain_inputs_is_refused() {
    let set = vec!["signals.reporting=50%".to_owned()];
    let options = bugcheck_scenarios::Options { set, ..bugcheck_scenarios::Options::default() };
    let batch = load(&Source::Library("closed-form/batch".into()), &options).expect("a scenario");
    let told = Design::new(&batch, 0, Method::Morris, 20).unwrap_err().to_string();
    assert!(told.contains("no uncertain inputs"), "{told}");
    let told = Design::new(&batch, 99, Method::Morris, 20).unwrap_err().to_string();
    assert!(told.contains("no arm 99"), "{told}");
}
