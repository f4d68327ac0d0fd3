//! The orderings that reality has, in July 2024 as it is in the library; and that each disappears when its cause is
//! edited away, so that none is built in.

use bugcheck_scenarios::{Options, Profile, Scenario, Source, load};
use bugcheck_sim::agent::{Architecture, Mode};
use bugcheck_sim::engine::Run;
use bugcheck_sim::measure::{Measure, Reading, Segment};
use bugcheck_sim::{Dice, Plan, Record, simulate};

const REPLICATIONS: u32 = 3;

/// A library scenario at 120,000 PCs, with changes as `--set` makes them.
fn open(name: &str, changes: &[&str], only: &[(&str, &str)]) -> Scenario {
    let set = std::iter::once("fleet.pcs=120k").chain(changes.iter().copied()).map(str::to_owned).collect();
    let only = only.iter().map(|&(factor, level)| (factor.to_owned(), level.to_owned())).collect();
    let options = Options { set, only, profile: Profile::Paper, ..Options::default() };
    match load(&Source::Library(name.to_owned()), &options) {
        Ok(scenario) => scenario,
        Err(failure) => panic!("{failure}"),
    }
}

/// July 2024 with one architecture and one way of recovery, released at once.
fn july(architecture: &str, recovery: &str, changes: &[&str]) -> Scenario {
    let only = [("architecture", architecture), ("recovery", recovery), ("rollout", "at_once")];
    open("july-2024", changes, &only)
}

fn run(scenario: &Scenario, edit: impl Fn(&mut Plan)) -> Vec<Record> {
    let experiment = &scenario.experiment;
    (0..REPLICATIONS)
        .map(|replication| {
            let mut plan = scenario.plan(0, replication);
            edit(&mut plan);
            let dice = Dice { population: experiment.population_seed, dynamics: experiment.seed, replication };
            simulate(&plan, dice, &Run::default()).expect("a checked plan runs").record
        })
        .collect()
}

fn as_it_is(scenario: &Scenario) -> Vec<Record> {
    run(scenario, |_| ())
}

/// Mean of a measure.
fn mean(records: &[Record], segment: &Segment, measure: Measure) -> f64 {
    let values = records.iter().map(|record| match record.reading(segment, measure) {
        Some(Reading::Value(value)) => value,
        other => panic!("{measure:?} of {segment:?} is {other:?}"),
    });
    values.sum::<f64>() / records.len() as f64
}

fn fleet(records: &[Record], measure: Measure) -> f64 {
    mean(records, &Segment::Fleet, measure)
}

/// Mean time until half of the PCs of a kind that went down were back, in hours.
fn half_back(records: &[Record], kind: &str) -> f64 {
    mean(records, &Segment::Kind(kind.to_owned()), Measure::TimeTo50)
}

/// Down time per PC that went down, in hours.
fn hours_per_pc(records: &[Record]) -> f64 {
    fleet(records, Measure::PcHoursLost) / fleet(records, Measure::PcsDown)
}

const SECTORS: [&str; 8] = ["airline", "health", "bank", "retail", "manufacturing", "public", "education", "services"];

#[test]
fn servers_come_back_before_pcs_because_they_go_first() {
    let ahead = |records: &[Record]| half_back(records, "server") / half_back(records, "office");
    let served = ahead(&as_it_is(&july("kernel", "by_hand", &[])));
    assert!(served < 0.9, "servers need {served} of the time of office PCs");
    let changes: Vec<String> = SECTORS.iter().map(|s| format!("fleet.sectors.{s}.first=[]")).collect();
    let changes: Vec<&str> = changes.iter().map(String::as_str).collect();
    let in_turn = ahead(&as_it_is(&july("kernel", "by_hand", &changes)));
    assert!(in_turn > served * 1.15, "first come, first served: {in_turn}, servers first: {served}");
}

#[test]
fn cloud_machines_come_back_before_pcs_because_their_provider_can_do_many_at_once() {
    let as_is = as_it_is(&july("kernel", "by_hand", &[]));
    assert!(half_back(&as_is, "cloud_vm") < half_back(&as_is, "office"));
    let few = as_it_is(&july("kernel", "by_hand", &["fleet.sectors.cloud.means={ cloud_api: { ratio: 1 per 5000 } }"]));
    assert!(half_back(&few, "cloud_vm") > half_back(&few, "office"), "with few operations at once they wait longer");
}

#[test]
fn the_platform_keeps_pcs_up_and_pays_in_protection() {
    let scenario = july("platform", "by_hand", &[]);
    let platform = as_it_is(&scenario);
    assert!(fleet(&platform, Measure::PcsHit) > 10_000.0);
    assert!(fleet(&platform, Measure::PcsDown) < 0.5);
    assert!(fleet(&platform, Measure::UnprotectedPcHours) > 0.0);
    let kernel = as_it_is(&july("kernel", "by_hand", &[]));
    assert!(fleet(&kernel, Measure::UnprotectedPcHours) < 1e-9, "a PC that is down is not unprotected, it is down");
    // Restarted without waiting, it would pay nothing.
    let at_once = run(&scenario, |plan| {
        each_part(plan, |part| {
            if let Some(restart) = &mut part.containment.restart {
                restart.attempts = 0;
            }
        });
    });
    assert!(fleet(&at_once, Measure::UnprotectedPcHours) < 1e-9);
    // And in the kernel, the same parts would take the PCs down.
    let in_kernel = run(&scenario, |plan| each_part(plan, |part| part.mode = Mode::Kernel));
    assert!(fleet(&in_kernel, Measure::PcsDown) > 10_000.0);
}

#[test]
fn a_guarded_kernel_loses_minutes_where_a_resident_one_loses_days() {
    let scenario = july("guarded", "by_hand", &[]);
    let resident = hours_per_pc(&as_it_is(&july("kernel", "by_hand", &[])));
    let guarded = hours_per_pc(&as_it_is(&scenario));
    assert!(resident > 6.0, "{resident} h");
    assert!(guarded < 0.25, "{guarded} h");
    let without = hours_per_pc(&run(&scenario, |plan| {
        each_part(plan, |part| {
            part.containment.stands_down_after = None;
        });
    }));
    assert!(without > 6.0, "without its counter: {without} h");
    // A count that is reached only after the recovery environment has opened comes too late.
    let late = hours_per_pc(&run(&scenario, |plan| {
        each_part(plan, |part| {
            part.containment.stands_down_after = part.containment.stands_down_after.map(|_| 3);
        });
    }));
    assert!(late > 6.0, "with a count of 3: {late} h");
}

fn each_part(plan: &mut Plan, edit: impl Fn(&mut bugcheck_sim::agent::Component)) {
    for Architecture { components, .. } in &mut plan.architectures {
        components.iter_mut().for_each(&edit);
    }
}

fn repairs(records: &[Record], step: &str) -> f64 {
    records.iter().flat_map(|r| &r.steps).filter(|s| s.step == step).map(|s| s.repairs).sum()
}

#[test]
fn quick_machine_recovery_helps_as_early_as_its_remediation_and_where_it_has_a_network() {
    // The playbook's first step is changed where it stands: `recovery` as a whole.
    let with = |remediation: &str| {
        let step = format!("quick_machine_recovery: {{ remediation: {remediation} }}");
        let playbook = format!("recovery=[{{ {step} }}, safe_mode_by_hand, reboot_by_provider, disk_swap, reimage]");
        july("kernel", "by_hand", &[&playbook])
    };
    let lost = |scenario: &Scenario| fleet(&as_it_is(scenario), Measure::PcHoursLost);
    let by_hand =
        lost(&july("kernel", "by_hand", &["recovery=[safe_mode_by_hand, reboot_by_provider, disk_swap, reimage]"]));
    let (soon, later, never) = (with("2 h"), with("12 h"), with("20 d"));
    let (soon_lost, later_lost, never_lost) = (lost(&soon), lost(&later), lost(&never));
    assert!(soon_lost < 0.6 * by_hand, "a remediation after 2 h: {soon_lost}, by hand: {by_hand}");
    assert!(soon_lost < later_lost && later_lost < never_lost);
    assert!((never_lost - by_hand).abs() < 0.05 * by_hand, "too late for anything: {never_lost}, by hand: {by_hand}");
    assert!(repairs(&as_it_is(&soon), "quick_machine_recovery") > 1000.0);
    let no_network = run(&soon, |plan| {
        let named = |name: &str| plan.fleet.traits.iter().position(|t| t == name);
        let networks = [named("wired"), named("simple_wifi")];
        for kind in &mut plan.fleet.kinds {
            kind.traits.retain(|(id, _)| !networks.contains(&Some(*id)));
        }
    });
    assert!(repairs(&no_network, "quick_machine_recovery") < 0.5);
}

#[test]
fn keys_behind_a_dead_server_hold_everything_up() {
    let lost = |level| fleet(&as_it_is(&open("key-desk-down", &[], &[("key_desk", level)])), Measure::PcHoursLost);
    let (on_a_server, elsewhere) = (lost("on_a_server"), lost("elsewhere"));
    assert!(on_a_server > 1.2 * elsewhere, "{on_a_server} against {elsewhere}");
    let unencrypted = |level| {
        let scenario = open("key-desk-down", &["fleet.kinds.office.traits.bitlocker=0%"], &[("key_desk", level)]);
        fleet(&as_it_is(&scenario), Measure::PcHoursLost)
    };
    let (with_desk, without) = (unencrypted("on_a_server"), unencrypted("elsewhere"));
    assert!((with_desk - without).abs() < 0.01 * without, "without keys to read out, the desk does not matter");
}
