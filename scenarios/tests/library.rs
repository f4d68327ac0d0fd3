//! The library is sound, and what a scenario says survives its resolved form.

use bugcheck_scenarios::{Options, Profile, Scenario, Source, library, load};

fn open(name: &str, options: &Options) -> Scenario {
    match load(&Source::Library(name.to_owned()), options) {
        Ok(scenario) => scenario,
        Err(failure) => panic!("{failure}"),
    }
}

#[test]
fn every_scenario_is_valid_in_every_profile() {
    for entry in library::scenarios() {
        for &profile in Profile::ALL {
            let scenario = open(entry.name, &Options { profile, ..Options::default() });
            assert!(!scenario.experiment.question.is_empty(), "{}", entry.name);
        }
    }
}

#[test]
fn every_scenario_plans_every_arm() {
    for entry in library::scenarios() {
        let scenario = open(entry.name, &Options::default());
        for arm in 0..scenario.experiment.arms.len() {
            let plan = scenario.plan(arm, 1);
            assert!(plan.fleet.sectors.iter().any(|sector| !sector.playbook.is_empty()), "{}", entry.name);
            assert!(!plan.releases.is_empty(), "{}", entry.name);
        }
    }
}

#[test]
fn the_resolved_scenario_reads_back_to_the_same_experiment() {
    for entry in library::scenarios() {
        for &profile in Profile::ALL {
            let scenario = open(entry.name, &Options { profile, ..Options::default() });
            let text = scenario.lock().to_owned();
            let again = match load(&Source::Text { name: "lock".into(), text }, &Options::default()) {
                Ok(again) => again,
                Err(failure) => panic!("{}: {failure}", entry.name),
            };
            assert_eq!(again.lock(), scenario.lock(), "{}", entry.name);
            assert_eq!(again.digest(), scenario.digest());
            assert_eq!(again.experiment, scenario.experiment, "{}", entry.name);
            for arm in 0..scenario.experiment.arms.len() {
                assert_eq!(again.plan(arm, 3), scenario.plan(arm, 3), "{}", entry.name);
            }
        }
    }
}

#[test]
fn presets_say_what_they_are() {
    let presets = library::presets();
    assert!(presets.len() > 30);
    for preset in presets {
        assert!(!preset.about.is_empty(), "{} has no `about`", preset.name);
    }
}

#[test]
fn an_expectation_has_its_line_in_the_file_that_states_it() {
    let expect = "expect:\n  own: { measure: pcs_hit, arm: baseline, at_least: 1 }\n";
    let text = format!("# one comment\nextends: starter\nformat: 1\nname: mine\n{expect}");
    let scenario = load(&Source::Text { name: "mine.yaml".into(), text }, &Options::default()).unwrap();
    let names: Vec<&str> = scenario.experiment.expectations.iter().map(|e| e.name.as_str()).collect();
    assert_eq!(names, ["split_stays_up", "own"]);
    assert_eq!((scenario.line_of("own"), scenario.line_of("split_stays_up")), (Some(6), None));
}
