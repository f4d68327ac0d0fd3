//! `--vary`: values as factors, seen in the arms, the plans and the resolved scenario.

use bugcheck_scenarios::load::Vary;
use bugcheck_scenarios::{Options, Profile, Scenario, Source, load};

fn july(vary: &[&str], only: &[(&str, &str)]) -> Result<Scenario, String> {
    let vary = vary.iter().map(|text| Vary::parse(text)).collect::<Result<Vec<_>, _>>()?;
    let only = only.iter().map(|(factor, level)| ((*factor).to_owned(), (*level).to_owned())).collect();
    let options = Options { vary, only, profile: Profile::Quick, ..Options::default() };
    load(&Source::Library("july-2024".into()), &options).map_err(|failure| failure.to_string())
}

const BASELINE: [(&str, &str); 3] = [("architecture", "kernel"), ("recovery", "by_hand"), ("rollout", "at_once")];

fn names(scenario: &Scenario) -> Vec<&str> {
    scenario.experiment.arms.iter().map(|arm| arm.name.as_str()).collect()
}

#[test]
fn each_value_is_a_level_and_the_first_is_the_baseline() {
    let scenario = july(&["agents.edr.adoption.endpoint_platform=0..100%/3"], &BASELINE).unwrap();
    assert_eq!(names(&scenario), ["0pct", "50pct", "100pct"]);
    let experiment = &scenario.experiment;
    assert_eq!((experiment.factors[0].name.as_str(), experiment.baseline), ("endpoint_platform", 0));
    assert!(experiment.expectations.is_empty(), "they were written for other values");
    let adopted: Vec<f64> = (0..3).map(|arm| scenario.plan(arm, 0).agents[0].architectures[0].parts[0].1.0).collect();
    assert_eq!(adopted, [0.0, 0.5, 1.0]);
    // At 0 % it is the baseline as the file has it.
    let usual = load(&Source::Library("july-2024".into()), &Options { profile: Profile::Quick, ..Options::default() });
    let usual = usual.unwrap();
    assert_eq!(scenario.plan(0, 4).fleet, usual.plan(usual.experiment.baseline, 4).fleet);
}

#[test]
fn what_the_only_level_of_a_factor_sets_can_be_varied() {
    let only = [("architecture", "kernel"), ("recovery", "by_hand"), ("rollout", "staged")];
    let scenario = july(&["releases.channel_file_291.rollout.rings.canary.bake=30 min,4 h,1.5 d"], &only).unwrap();
    assert_eq!(names(&scenario), ["30min", "4h", "1_5d"]);
    let plans: Vec<_> = (0..3).map(|arm| scenario.plan(arm, 0)).collect();
    assert!(plans[0].releases[0].rollout.rings.len() == 3 && plans[0] != plans[1] && plans[1] != plans[2]);
}

#[test]
fn an_item_of_a_playbook_can_be_varied() {
    let only = [("architecture", "kernel"), ("recovery", "qmr"), ("rollout", "at_once")];
    let scenario = july(&["recovery.0.quick_machine_recovery.remediation=2 h,24 h"], &only).unwrap();
    assert_eq!(names(&scenario), ["2h", "24h"]);
    let [early, late] = [0, 1].map(|arm| scenario.plan(arm, 0).fleet.sectors[0].playbook.clone());
    assert_eq!(early.len(), late.len());
    assert_ne!(early, late);
}

#[test]
fn digits_in_groups_are_one_number() {
    let scenario = july(&["fleet.pcs=8_000,16_000"], &BASELINE).unwrap();
    assert_eq!(names(&scenario), ["8000", "16000"]);
    assert_eq!([0, 1].map(|arm| scenario.plan(arm, 0).fleet.pcs), [8_000, 16_000]);
}

#[test]
fn values_cross_each_other_and_the_factors_of_the_file() {
    let only = [("recovery", "by_hand"), ("rollout", "at_once")];
    let scenario = july(&["fleet.pcs=1M,2M", "fleet.kinds.office.traits.bitlocker=10%,90%"], &only).unwrap();
    assert_eq!(scenario.experiment.arms.len(), 4 * 2 * 2);
    assert_eq!(scenario.experiment.arms[scenario.experiment.baseline].name, "kernel / 1M / 10pct");
    assert_eq!(scenario.experiment.arms[1].levels, ["kernel", "1M", "90pct"]);
}

#[test]
fn the_resolved_scenario_is_an_ordinary_one_and_gives_the_same() {
    let scenario = july(&["fleet.pcs=1M..2M/3"], &BASELINE).unwrap();
    let source = Source::Text { name: "lock".into(), text: scenario.lock().to_owned() };
    let again = load(&source, &Options::default()).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(again.experiment, scenario.experiment);
    assert_eq!(again.plan(1, 2), scenario.plan(1, 2));
    assert_eq!(again.lock(), scenario.lock());
}

#[test]
fn what_cannot_be_varied_is_refused_with_a_way_out() {
    let told = july(&["factors.rollout.staged.releases=1,2"], &[]).unwrap_err();
    assert!(told.contains("--only"), "{told}");
    let told = july(&["fleet.psc=1M,2M"], &BASELINE).unwrap_err();
    assert!(told.contains("pcs"), "{told}");
    let told = july(&["agents.edr.adoption.endpiont_platform=0..100%"], &BASELINE).unwrap_err();
    assert!(told.contains("endpoint_platform"), "{told}");
    let told = july(&["fleet.pcs=1M,2M", "fleet.pcs=3M,4M"], &BASELINE).unwrap_err();
    assert!(told.contains("`--vary fleet.pcs` is there twice"), "{told}");
    let told = july(&["fleet.pcs=1..10"], &BASELINE).unwrap_err();
    assert!(told.contains("would hold `3.25`") && told.contains("`fleet.pcs=1..10/4` works"), "{told}");
    let qmr = [("architecture", "kernel"), ("recovery", "qmr"), ("rollout", "at_once")];
    let told = july(&["recovery.0.quick_machine_recovery.remediation=1 ms..2 ms"], &qmr).unwrap_err();
    assert!(told.contains("`1.25 ms`") && told.contains("=1 ms..2 ms/2` works"), "{told}");
    let told = july(&["fleet.pcs=1M,much"], &BASELINE).unwrap_err();
    assert!(told.contains("much"), "{told}");
}
