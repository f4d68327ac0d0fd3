//! `--set` into what presets give, seen in the plan that is simulated; and what it refuses.

use bugcheck_scenarios::{Options, Profile, Scenario, Source, load};
use bugcheck_sim::fleet::Count;
use bugcheck_sim::plan::Plan;
use bugcheck_sim::recovery::Work;

/// The starter with these settings; `told` is what is wrong.
fn set(settings: &[&str]) -> Result<Scenario, String> {
    let text = bugcheck_scenarios::library::scenario("starter").expect("the starter").text;
    with(text, settings)
}

fn with(text: &str, settings: &[&str]) -> Result<Scenario, String> {
    let source = Source::Text { name: "set.yaml".into(), text: text.to_owned() };
    let set = settings.iter().map(|s| (*s).to_owned()).collect();
    load(&source, &Options { set, ..Options::default() }).map_err(|failure| failure.to_string())
}

/// The plan of an arm of the starter with these settings.
fn plan(arm: &str, settings: &[&str]) -> Plan {
    let scenario = set(settings).unwrap_or_else(|told| panic!("{settings:?}: {told}"));
    let arm = scenario.experiment.arms.iter().position(|a| a.name == arm).expect("an arm");
    scenario.plan(arm, 0)
}

const AT_ONCE: &str = "kernel / at_once";
const STAGED: &str = "kernel / staged";

#[test]
fn a_preset_named_by_a_word_is_started_from() {
    let named = "releases.monday_update.rollout=canary_then_rings";
    let usual = plan(AT_ONCE, &[named]).releases[0].rollout.clone();
    let changed = plan(AT_ONCE, &[named, "releases.monday_update.rollout.gate.minimum=50"]).releases[0].rollout.clone();
    assert_eq!(usual.gate.as_ref().map(|g| g.minimum), Some(500));
    assert_eq!(changed.gate.as_ref().map(|g| g.minimum), Some(50));
    assert_eq!(usual.rings, changed.rings);
}

#[test]
fn a_level_is_set_like_the_scenario() {
    let written = plan(STAGED, &["factors.rollout.staged.releases.monday_update.rollout.gate.minimum=50"]);
    assert_eq!(written.releases[0].rollout.gate.as_ref().map(|g| g.minimum), Some(50));
    let minimum = "factors.architecture.kernel.releases.monday_update.rollout.gate.minimum=50";
    let inherited = plan(AT_ONCE, &["releases.monday_update.rollout=canary_then_rings", minimum]);
    assert_eq!(inherited.releases[0].rollout.gate.as_ref().map(|g| g.minimum), Some(50));
    let pcs = plan(STAGED, &["factors.rollout.staged.fleet.pcs=7k", "expect=null"]);
    assert_eq!((pcs.fleet.pcs, plan(AT_ONCE, &[]).fleet.pcs), (7_000, 20_000));
}

#[test]
fn what_a_preset_gives_can_be_set_though_it_is_not_written() {
    let usual = plan(AT_ONCE, &[]);
    let changed = plan(AT_ONCE, &["fleet.kinds.laptop.traits.wired=77%"]);
    let traits = |plan: &Plan| plan.fleet.kinds.iter().find(|k| k.name == "laptop").expect("laptops").traits.clone();
    let differing = traits(&usual).iter().zip(&traits(&changed)).filter(|(a, b)| a != b).count();
    assert_eq!((differing, traits(&usual).len()), (1, traits(&changed).len()));

    let crew = plan(AT_ONCE, &["fleet.sectors.firms.means.technicians.ratio=1 per 33"]);
    assert!(matches!(crew.fleet.sectors[0].means[0].count, Count::PerPcs(pcs) if (pcs - 33.0).abs() < 1e-9));
    assert_eq!(crew.fleet.sectors[0].means.len(), usual.fleet.sectors[0].means.len());

    for setting in [
        "fleet.kinds.office.schedule.daily.left_on=100%",
        "fleet.sectors.firms.means.technicians.shift.weekend=100%",
        "fleet.kinds.server.boot.firmware.uniform.high=9 min",
        "signals.heartbeat_timeout=77 min",
    ] {
        assert_ne!(plan(AT_ONCE, &[setting]), usual, "{setting}");
    }
}

#[test]
fn words_for_schedules_means_and_shifts_are_started_from() {
    let named = "fleet.kinds.office.schedule=portable";
    assert_ne!(plan(AT_ONCE, &[named, "fleet.kinds.office.schedule.daily.left_on=99%"]), plan(AT_ONCE, &[named]));
    let named = "fleet.sectors.firms.means={ technicians: technicians, key_desk: key_desk }";
    let shift = "fleet.sectors.firms.means.technicians.shift.weekend=99%";
    assert_ne!(plan(AT_ONCE, &[named, shift]), plan(AT_ONCE, &[named]));
}

#[test]
fn a_step_that_is_a_word_takes_settings_and_fields() {
    let steps = |settings: &[&str]| plan(AT_ONCE, settings).fleet.sectors.remove(0).playbook;
    let words = "recovery=[reboot_race, safe_mode_by_hand]";
    let usual = steps(&[words]);
    let changed = steps(&[words, "recovery.1.safe_mode_by_hand.success=44%"]);
    assert_eq!(usual[0], changed[0]);
    assert!(matches!(&changed[1].work, Work::Once { works, .. } if (works.0 - 0.44).abs() < 1e-9), "{:?}", changed[1]);
    let field = steps(&[words, "recovery.1.safe_mode_by_hand.work.once.works=44%"]);
    assert_eq!(field, changed);
    assert!(!usual[1].desks.is_empty());
    assert!(steps(&[words, "recovery.1.safe_mode_by_hand.desks=null"])[1].desks.is_empty());
}

#[test]
fn null_takes_away_what_a_preset_gives() {
    let named = "releases.monday_update.rollout=canary_then_rings";
    let open = plan(AT_ONCE, &[named, "releases.monday_update.rollout.gate=null"]);
    assert_eq!(open.releases[0].rollout.gate, None);
    assert_eq!(open.releases[0].rollout.rings, plan(AT_ONCE, &[named]).releases[0].rollout.rings);
    let never = plan(AT_ONCE, &["factors.rollout.at_once.releases.monday_update.fault=null"]);
    assert_eq!(never.releases[0].fault, None);
    assert!(plan(STAGED, &["factors.rollout.at_once.releases.monday_update.fault=null"]).releases[0].fault.is_some());
    assert_eq!(plan(AT_ONCE, &["recovery.0=null"]).fleet.sectors[0].playbook.len(), 1);
    assert_eq!(plan(AT_ONCE, &["signals.heartbeat_timeout=77 min", "signals=null"]), plan(AT_ONCE, &[]));
}

#[test]
fn the_lock_file_means_what_was_set() {
    let scenario = set(&["fleet.kinds.laptop.traits.wired=77%", "recovery.0.reboot_race.tries=3"]).expect("sound");
    let again = with(scenario.lock(), &[]).unwrap_or_else(|told| panic!("{told}"));
    assert_eq!(again.plan(0, 0), scenario.plan(0, 0));
}

#[test]
fn what_no_grammar_knows_is_refused() {
    let told: Vec<String> = [
        "releases.monday_update.rollout.gat.minimum=50",
        "releases.monday_update.rollout.gate.minimun=50",
        "fleet.kinds.laptop.traits.wird=50%",
        "fleet.kinds.laptp.traits.wired=50%",
        "fleet.sectors.firms.means.technicans.ratio=1 per 50",
        "fleet.sectors.firms.first.0=laptop",
        "agents.edr.architecture.components.driver.mode=user",
        "recovery.0.reimage.by=user",
        "recovery.0.reboot_race.chanse=50%",
        "recovery.0.reboot_race.chanse=null",
        "factors.rollout.staged.releases.monday_updat.rollout=x",
        "fleet.pcs.value=3M",
        "extends=july-2024",
        "format=1",
        "releases.monday_update.rollout.gate.minimum=50",
    ]
    .iter()
    .map(|s| format!("{s}\n{}", set(&[s]).err().unwrap_or_else(|| panic!("{s} was taken"))))
    .collect();
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn null_where_never_is_meant_is_told_to_leave_the_key_out() {
    let text = bugcheck_scenarios::library::scenario("starter").expect("the starter").text;
    let told = with(&text.replace("withdrawn: 80 min", "withdrawn: null"), &[]).expect_err("a key without a value");
    let told = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("E025") && told.contains("or leave the key out (default: never)"), "{told}");
}

#[test]
fn what_is_set_goes_before_what_the_profile_says() {
    let text = bugcheck_scenarios::library::scenario("starter").expect("the starter").text;
    let set = ["compare.sample=1 in 3 organisations", "compare.replications.min=7"].map(str::to_owned).to_vec();
    for profile in Profile::ALL {
        let source = Source::Text { name: "set.yaml".into(), text: text.to_owned() };
        let options = Options { profile: *profile, set: set.clone(), ..Options::default() };
        let scenario = load(&source, &options).unwrap_or_else(|failure| panic!("{failure}"));
        assert_eq!(scenario.plan(0, 0).sample.one_in, 3);
        assert_eq!(scenario.experiment.replications.min, 7);
    }
}

#[test]
fn ci_makes_as_many_replications_as_a_95_percent_quantile_needs() {
    let text = bugcheck_scenarios::library::scenario("starter").expect("the starter").text;
    let source = Source::Text { name: "set.yaml".into(), text: text.replace("replications: { min: 60 }", "") };
    let options = Options { profile: Profile::Ci, ..Options::default() };
    let scenario = load(&source, &options).unwrap_or_else(|failure| panic!("{failure}"));
    // The largest of n is above the 95 % quantile with a chance of 1 - 0.95^n, which is 95 % from 59 on.
    assert_eq!(scenario.experiment.replications.min, 60);
}
