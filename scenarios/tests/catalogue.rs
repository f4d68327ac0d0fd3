//! Every mechanism of the language at once: what becomes of each key in the plan.

use std::collections::BTreeSet;
use std::path::Path;

use bugcheck_scenarios::{Options, Scenario, Source, glossary, library, load};
use bugcheck_sim::Plan;
use bugcheck_sim::fleet::Surge;
use bugcheck_sim::rollout::{Ramp, Release, Shape};

fn everything() -> Scenario {
    let source = Source::Path(Path::new("tests").join("catalogue").join("everything.yaml"));
    load(&source, &Options::default()).unwrap_or_else(|failure| panic!("{failure}"))
}

fn plan() -> Plan {
    everything().plan(0, 0)
}

/// The releases without their rollouts, which are shown apart.
fn releases() -> Vec<Release> {
    let mut releases = plan().releases;
    for release in &mut releases {
        release.rollout.rings.clear();
    }
    releases
}

fn surges() -> Vec<(String, Option<Surge>)> {
    let sectors = plan().fleet.sectors.into_iter();
    sectors.flat_map(|s| s.means.into_iter().map(move |m| (format!("{}.{}", s.name, m.name), m.surge))).collect()
}

#[test]
fn a_resolved_scenario_says_the_same() {
    let scenario = everything();
    let lock = Source::Text { name: "scenario.lock.yaml".into(), text: scenario.lock().to_owned() };
    let again = load(&lock, &Options::default()).unwrap_or_else(|failure| panic!("{failure}"));
    assert_eq!(again.plan(0, 7), scenario.plan(0, 7));
    assert_eq!(again.digest(), scenario.digest());
}

/// The text of the scenario with some of it exchanged.
fn changed_source(old: &str, new: &str) -> Source {
    let text = std::fs::read_to_string("tests/catalogue/everything.yaml").expect("the scenario is there");
    assert!(text.contains(old), "the scenario has no `{old}`");
    Source::Text { name: "changed.yaml".into(), text: text.replace(old, new) }
}

fn changed(old: &str, new: &str) -> Result<Scenario, String> {
    load(&changed_source(old, new), &Options::default()).map_err(|failure| failure.to_string())
}

/// Two arms: as it is, and with another fault in the operating system's sensor.
const WITH_ANOTHER_FAULT: &str = "
factors:
  sensor:
    blocks_the_boot: {}
    hangs: { releases: { sensor_update: { fault: { defect: hang } } } }
compare:";

#[test]
fn a_step_that_one_arm_can_use_may_stand_in_all() {
    let both = changed("compare:", WITH_ANOTHER_FAULT.trim_start()).expect("one arm has the defect");
    let has_step = |arm: usize| {
        let mut sectors = both.plan(arm, 0).fleet.sectors;
        sectors.swap_remove(0).playbook.iter().any(|step| step.name == "read_out_the_key")
    };
    assert_eq!((has_step(0), has_step(1)), (true, false), "the other arm does without it");
    let without = Options { only: vec![("sensor".into(), "hangs".into())], ..Options::default() };
    let alone =
        load(&changed_source("compare:", WITH_ANOTHER_FAULT.trim_start()), &without).expect("it is no worse alone");
    let lock = Source::Text { name: "scenario.lock.yaml".into(), text: alone.lock().to_owned() };
    let again = load(&lock, &Options::default()).expect("nor when it is read again");
    assert_eq!((again.plan(0, 3), alone.plan(0, 3)), (both.plan(1, 3), both.plan(1, 3)));
    let neither = changed("defect: boot_block", "defect: hang").expect_err("no arm has the defect");
    assert!(neither.contains("`read_out_the_key` can never start"), "{neither}");
}

#[test]
fn an_agent_that_one_architecture_relies_on_may_stand_in_all_arms() {
    let without = "{ presets: { architectures: { on_platform: { relies_on: [] } } } }";
    let levels = format!("factors: {{ platform: {{ with: {{}}, without: {without} }} }}");
    let scenario = changed("compare:", &format!("{levels}\ncompare:")).expect("one arm relies on it");
    let relying = |arm: usize| scenario.plan(arm, 0).architectures.iter().any(|a| !a.relies_on.is_empty());
    assert_eq!((relying(0), relying(1)), (true, false));
}

#[test]
fn an_agent_that_the_scenario_lacks_is_not_relied_on() {
    let on_platform = plan().architectures.into_iter().find(|a| a.name == "on_platform").expect("it is there");
    assert_eq!(on_platform.relies_on, [2], "`sensor` is an agent, `firewall` is none");
}

#[test]
fn a_cap_opens_no_more_than_it_says_in_each_period() {
    let steps = |cap: &str| {
        let scenario = changed("pcs: 500, per: 1 h", cap).expect("a sound cap");
        let rollout = scenario.plan(0, 0).releases.swap_remove(0).rollout;
        rollout.rings[1].ramp.expect("a ramp")
    };
    // 100,000 PCs, of which those in the ring are about one in 20: the agent is on 60 %, and most of them are
    // connected.
    let Shape::Steps(of_500) = steps("pcs: 500, per: 1 h").shape else { panic!("a cap opens in steps") };
    let Shape::Steps(of_50) = steps("pcs: 50, per: 1 h").shape else { panic!("a cap opens in steps") };
    assert!((6..=12).contains(&of_500), "{of_500}");
    assert!(of_50.abs_diff(of_500 * 10) < 10, "{of_50}");
    assert_eq!(steps("pcs: 500, per: 2 h").over, 2 * steps("pcs: 500, per: 1 h").over);
    assert_eq!(steps("pcs: 1M, per: 1 h"), Ramp { over: 3_600_000, shape: Shape::Steps(1) });
}

#[test]
fn every_key_and_choice_stands_in_a_sound_scenario() {
    let everything = std::fs::read_to_string("tests/catalogue/everything.yaml").expect("the scenario is there");
    let mut texts: Vec<String> = library::scenarios().iter().map(|entry| entry.text.to_owned()).collect();
    texts.extend(library::presets().into_iter().map(|preset| preset.text));
    texts.push(everything);
    let lines = texts.iter().flat_map(|text| text.lines()).map(|line| line.split('#').next().unwrap_or_default());
    let words: BTreeSet<&str> =
        lines.flat_map(|line| line.split(|c: char| !c.is_ascii_alphanumeric() && c != '_')).collect();
    // `library` stands in resolved scenarios only.
    let missing: Vec<String> = glossary::terms()
        .into_iter()
        .map(|term| term.word)
        .filter(|word| word != "library" && !words.contains(word.as_str()))
        .collect();
    assert!(missing.is_empty(), "nothing shows that these can be used: {missing:?}");
}

#[test]
fn every_example_of_the_documentation_is_sound() {
    let page = std::fs::read_to_string("../docs/language.md").expect("the page is there");
    let examples: Vec<&str> =
        page.split("```yaml\n").skip(1).filter_map(|rest| rest.split_once("```")).map(|(text, _)| text).collect();
    assert!(examples.len() >= 8, "{} examples", examples.len());
    for example in examples {
        let text = format!("extends: starter\nformat: 1\n{example}");
        let source = Source::Text { name: "example.yaml".into(), text };
        if let Err(failure) = load(&source, &Options::default()) {
            panic!("{example}\n{failure}");
        }
    }
}

macro_rules! shown {
    ($($test:ident: $of:expr;)*) => {
        $(#[test]
        fn $test() {
            insta::with_settings!({
                snapshot_path => "catalogue", prepend_module_to_snapshot => false, omit_expression => true
            }, {
                insta::assert_debug_snapshot!(stringify!($test), $of);
            });
        })*
    };
}

shown! {
    agents: plan().agents;
    architectures: plan().architectures;
    what_is_released: releases();
    rings: plan().releases.swap_remove(0).rollout.rings;
    attackers_and_signals: (plan().campaign, plan().signals);
    surge: surges();
    restarts: plan().fleet.kinds.into_iter().map(|kind| (kind.name, kind.restarts)).collect::<Vec<_>>();
    steps: plan().fleet.sectors.swap_remove(0).playbook;
}
