//! What the command line and the file change in a scenario, seen in its experiment and its plans.

use bugcheck_scenarios::experiment::{Origin, Replications};
use bugcheck_scenarios::problem::Code;
use bugcheck_scenarios::{Options, Profile, Scenario, Source, load};
use bugcheck_sim::recovery::{By, Outcome, Step, Then, Work};

fn open(name: &str, options: &Options) -> Scenario {
    match load(&Source::Library(name.to_owned()), options) {
        Ok(scenario) => scenario,
        Err(failure) => panic!("{failure}"),
    }
}

fn july(options: &Options) -> Scenario {
    open("july-2024", options)
}

/// The playbook of a sector in an arm, by the names of its levels.
fn playbook(scenario: &Scenario, arm: &str, sector: &str) -> Vec<Step> {
    let arm = scenario.experiment.arms.iter().position(|a| a.name == arm).expect("an arm");
    let plan = scenario.plan(arm, 0);
    plan.fleet.sectors.into_iter().find(|s| s.name == sector).expect("a sector").playbook
}

/// The starter with some lines exchanged.
fn starter_with(change: &[(&str, &str)]) -> Result<Scenario, Vec<Code>> {
    let mut text = bugcheck_scenarios::library::scenario("starter").expect("the starter").text.to_owned();
    for (old, new) in change {
        assert!(text.contains(old), "the starter has no `{old}`");
        text = text.replace(old, new);
    }
    let source = Source::Text { name: "changed.yaml".into(), text };
    load(&source, &Options::default()).map_err(|f| f.problems.sorted().into_iter().map(|p| p.code).collect())
}

#[test]
fn july_compares_architectures_recovery_and_rollouts() {
    let experiment = july(&Options::default()).experiment;
    assert_eq!(experiment.arms.len(), 24);
    assert_eq!(experiment.arms[experiment.baseline].name, "kernel / by_hand / at_once");
    assert_eq!(experiment.release_ms, (4 * 60 + 9) * 60_000);
    assert_eq!(experiment.one_in, 50);
    let sourced = experiment.inputs.iter().filter(|i| matches!(i.origin, Origin::Sourced(_))).count();
    let uncertain = experiment.inputs.iter().filter(|i| matches!(i.origin, Origin::Uncertain(_))).count();
    assert!(sourced > 20 && uncertain > 20, "{sourced} sourced, {uncertain} uncertain");
}

#[test]
fn profiles_and_the_command_line_say_how_much_work_is_done() {
    let paper = july(&Options { profile: Profile::Paper, ..Options::default() });
    assert_eq!((paper.experiment.one_in, paper.experiment.replications.max), (1, 480));
    let quick = july(&Options { profile: Profile::Quick, replications: Some(3), ..Options::default() });
    assert_eq!(quick.experiment.one_in, 400);
    assert_eq!(quick.experiment.replications, Replications { min: 3, max: 3, until: None });
    assert_ne!(paper.digest(), quick.digest());
    assert!(quick.lock().contains("1 in 400 organisations"));
}

#[test]
fn only_keeps_the_arms_that_it_names() {
    let only = vec![("architecture".to_owned(), "split".to_owned()), ("rollout".to_owned(), "at_once".to_owned())];
    let experiment = july(&Options { only, ..Options::default() }).experiment;
    let names: Vec<&str> = experiment.arms.iter().map(|arm| arm.name.as_str()).collect();
    assert_eq!(names, ["split / by_hand / at_once", "split / usb_tool / at_once", "split / qmr / at_once"]);
    assert!(experiment.expectations.iter().all(|e| e.name == "split_stays_up"), "others speak of arms that are gone");
    let wrong = vec![("architecture".to_owned(), "spilt".to_owned())];
    let failure = load(&Source::Library("july-2024".into()), &Options { only: wrong, ..Options::default() });
    assert!(failure.is_err_and(|f| f.to_string().contains("did you mean `split`?")));
}

#[test]
fn an_arm_stays_the_same_when_others_go() {
    let all = july(&Options::default());
    let only = vec![("architecture".to_owned(), "kernel".to_owned())];
    let few = july(&Options { only, ..Options::default() });
    for (i, arm) in few.experiment.arms.iter().enumerate() {
        let j = all.experiment.arms.iter().position(|a| a.name == arm.name).expect("the same arm");
        assert_eq!(few.plan(i, 5), all.plan(j, 5), "{}", arm.name);
    }
}

#[test]
fn the_same_path_is_drawn_the_same_in_all_arms() {
    let scenario = july(&Options::default());
    let first = scenario.drawn(0, 2);
    assert!(first.iter().any(|d| d.path == "fleet.kinds.office.connected"));
    for arm in 1..scenario.experiment.arms.len() {
        for drawn in scenario.drawn(arm, 2) {
            if let Some(same) = first.iter().find(|d| d.path == drawn.path) {
                assert_eq!(same.value.to_bits(), drawn.value.to_bits(), "{}", drawn.path);
            }
            assert!(
                scenario.experiment.inputs.iter().any(|input| drawn.path.starts_with(&input.path)),
                "{}",
                drawn.path
            );
        }
    }
    assert_ne!(first, scenario.drawn(0, 3));
}

#[test]
fn settings_reach_the_fields_that_they_stand_for() {
    let scenario = july(&Options::default());
    let usb = playbook(&scenario, "kernel / usb_tool / at_once", "airline");
    let usb = usb.iter().find(|step| step.name == "recovery_usb").expect("the stick");
    assert_eq!(usb.opens.delay, 40 * 3_600_000);
    assert_eq!(usb.desks.len(), 1);
    let qmr = playbook(&scenario, "kernel / qmr / at_once", "airline");
    let qmr = qmr.iter().find(|step| step.name == "quick_machine_recovery").expect("the step");
    assert_eq!(qmr.by, By::Pc);
    assert!(matches!(qmr.work, Work::Retry { within: Some(10_800_000), then: Then::Again, .. }));
}

#[test]
fn words_of_a_setting_lay_their_fields_over_the_step() {
    let change = [(
        "  - reboot_race\n",
        "  - quick_machine_recovery: { scan: once, automatic: disabled, retry_interval: 10 min }\n  - recovery_usb: { variant: safe_boot, available: 1 h }\n  - reimage\n",
    )];
    let scenario = starter_with(&change).expect("a sound scenario");
    let steps = playbook(&scenario, "kernel / at_once", "firms");
    assert_eq!(steps[0].by, By::User);
    assert!(matches!(steps[0].work, Work::Retry { tries: Some(1), then: Then::NextStep, .. }));
    assert!(steps[1].desks.is_empty(), "safe boot asks for no key");
    assert_eq!(steps[2].outcome, Outcome::CuredDataLost);
}

#[test]
fn sectors_leave_out_what_they_can_never_do() {
    let scenario = july(&Options::default());
    let names = |sector| {
        playbook(&scenario, "kernel / by_hand / at_once", sector).into_iter().map(|s| s.name).collect::<Vec<_>>()
    };
    assert_eq!(names("cloud"), ["startup_repair", "reboot_by_provider", "disk_swap"]);
    assert_eq!(names("bank"), ["startup_repair", "reboot_race", "safe_mode_by_hand", "reimage"]);
}

#[test]
fn last_good_rollback_gives_kernel_components_a_counter() {
    let scenario =
        starter_with(&[("  - reboot_race\n", "  - last_good_rollback: { after: 2 }\n")]).expect("a sound scenario");
    let plan = scenario.plan(0, 0);
    let driver = &plan.architectures[0].components[0];
    assert_eq!(driver.containment.stands_down_after, Some(2));
    assert!(plan.fleet.sectors[0].playbook.iter().all(|step| step.name != "last_good_rollback"));
}

#[test]
fn a_new_strategy_is_an_entry_in_the_file() {
    let new = "presets:\n  steps:\n    call:\n      like: safe_mode_by_hand\n      by: user\n      desks: null\nrecovery:\n  - call\n";
    let scenario = starter_with(&[("recovery:\n  - reboot_race\n", new)]).expect("a sound scenario");
    let steps = playbook(&scenario, "kernel / at_once", "firms");
    assert_eq!((steps[0].name.as_str(), steps[0].by, steps[0].desks.len()), ("call", By::User, 0));
}

#[test]
fn what_cannot_be_meant_is_refused() {
    for (old, new, code) in [
        ("share: 60%", "share: 50%", Code::SharesDoNotAddUp),
        ("zone: Europe/Berlin", "zone: Europe/Berln", Code::UnknownZone),
        ("  - reboot_race\n", "  - reboot_rac\n", Code::UnknownName),
        ("  - reboot_race\n", "  - disk_swap\n", Code::UnreachableStep),
        ("  - reboot_race\n", "  - recovery_usb: { available: 30 d }\n", Code::UnreachableStep),
        ("fixed: 80 min", "fixed: null", Code::NoValue),
        ("withdrawn: 80 min, fixed: 80 min", "withdrawn: 80 min", Code::UnreachableStep),
        ("at: 2026-03-02T09:00:00Z", "at: 2026-05-02T09:00:00Z", Code::OutsideHorizon),
        ("horizon: 14 d", "horizon: 0", Code::OutOfRange),
        ("question: How", "question: |\n  ::error file=x::\n  How", Code::OutOfRange),
        ("measure: pcs_down_peak", "measure: pcs_down_peek", Code::UnknownMeasure),
        ("arm: { architecture: split }", "arm: { architecture: spilt }", Code::UnknownName),
        ("at_most: 1% of fleet }", "at_most: 3 h }", Code::BadExpectation),
        ("    of: edr", "    of: edrr", Code::UnknownName),
        ("installed: { all: 100% }", "installed: { all: 0% }", Code::EmptySelection),
        ("{ time: { lognormal", "{ tme: { lognormal", Code::UnknownKey),
    ] {
        match starter_with(&[(old, new)]) {
            Ok(_) => panic!("`{new}` was taken"),
            Err(codes) => assert!(codes.contains(&code), "`{new}`: {codes:?}"),
        }
    }
}

#[test]
fn an_input_that_is_moved_moves_alone() {
    let scenario = july(&Options { profile: Profile::Quick, ..Options::default() });
    let baseline = scenario.experiment.baseline;
    let drawn = scenario.drawn(baseline, 3);
    let path = "fleet.kinds.office.traits.bitlocker";
    assert!(drawn.iter().any(|d| d.path == path), "{drawn:?}");
    // Moved to where it is, nothing changes: the quantile is the one that the dice gave.
    let to = |quantile| std::collections::BTreeMap::from([(path.to_owned(), quantile)]);
    let here = to(scenario.quantile(baseline, 3, path));
    assert_eq!(scenario.plan_moved(baseline, 3, &here), scenario.plan(baseline, 3));
    // Moved to where another replication has it, it is as there, and everything else as here.
    let moved = scenario.drawn_moved(baseline, 3, &to(scenario.quantile(baseline, 8, path)));
    for ((here, there), found) in drawn.iter().zip(scenario.drawn(baseline, 8)).zip(moved) {
        assert_ne!(here.value.to_bits(), there.value.to_bits(), "{}", here.path);
        let expected = if found.path == path { &there } else { here };
        assert_eq!(&found, expected);
    }
    assert_ne!(scenario.plan_moved(baseline, 3, &to(0.999)), scenario.plan(baseline, 3));
}

#[test]
fn an_input_that_a_level_brings_in_is_moved_by_its_path_among_the_inputs() {
    let scenario = july(&Options { profile: Profile::Quick, ..Options::default() });
    let arm = scenario.experiment.arms.iter().position(|a| a.name == "kernel / qmr / at_once").expect("an arm");
    let of_level = |d: &&bugcheck_scenarios::experiment::Drawn| d.path.starts_with("factors.recovery.qmr.");
    let drawn = scenario.drawn(arm, 0);
    let path = drawn.iter().find(of_level).expect("quick machine recovery is uncertain").path.clone();
    let moved = std::collections::BTreeMap::from([(path.clone(), scenario.quantile(arm, 5, &path))]);
    let value = |list: &[bugcheck_scenarios::experiment::Drawn]| {
        list.iter().find(|d| d.path == path).map(|d| d.value.to_bits())
    };
    assert_eq!(value(&scenario.drawn_moved(arm, 0, &moved)), value(&scenario.drawn(arm, 5)));
}
