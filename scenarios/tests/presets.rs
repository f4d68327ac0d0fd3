//! For each preset a small scenario in which it matters, and one in which it can't help: a table of both, held to be
//! complete.

use std::collections::BTreeSet;
use std::ops::Range;

use bugcheck_scenarios::library::{self, Category};
use bugcheck_scenarios::{Options, Profile, Scenario, Source, load};
use bugcheck_sim::engine::Run;
use bugcheck_sim::measure::{Measure, Reading, Segment};
use bugcheck_sim::{Dice, simulate};

/// What the rest is laid over: a small fleet that is always on and has everything that a step could ask for, and a
/// release that takes it down and is withdrawn and fixed after 80 minutes.
const BASE: &str = "
format: 1
name: presets
question: Does a preset do what it says?
clock: { start: 2026-03-02T00:00:00Z, horizon: 30 d }
fleet:
  pcs: 1000
  regions: { europe: { share: 100%, zone: Europe/Berlin } }
  kinds:
    office:
      like: office_desktop
      schedule: always
      connected: 100%
      traits:
        { bitlocker: 50%, wired: 60%, simple_wifi: 100%, local_admin: 100%, remote: 0%, cloud: 0%, pxe: 100%,
          out_of_band: 100%, managed: 100%, restore_points: 100% }
  sectors:
    firm:
      like: enterprise
      share: 100%
      size: 250
      largest: 250
      mix: { office: 100% }
      first: []
      means:
        key_desk: { hosted_on: null, mobilised: 1 h }
        technicians: { mobilised: 1 h }
        cloud_api: { like: cloud_api }
        pxe_server: { like: pxe_server, hosted_on: null }
        remote_team: { like: remote_team }
        repair_shop: { like: repair_shop, mobilised: 1 d }
agents:
  edr: { architecture: kernel_resident, installed: { all: 100% } }
releases:
  bad:
    of: edr
    channel: content
    at: 2026-03-02T09:00:00Z
    delivery: { exponential: { mean: 10 min } }
    rollout: everyone_at_once
    fault: { defect: invalid_memory_access, trigger: on_load, strikes: 100% }
    response: { scripted: { withdrawn: 80 min, fixed: 80 min } }
recovery: [{ reimage: { known_after: 10 d } }]
compare: { replications: { min: 1 } }
";

/// One row: the base with and without a preset, twice.
struct Row {
    category: Category,
    preset: &'static str,
    /// What it changes.
    measure: Measure,
    /// Settings without it, and with it.
    without: String,
    with: String,
    /// Settings under which it matters.
    matters: &'static [&'static str],
    /// How it matters: the measure with it is this many times the one without.
    times: Range<f64>,
    /// Settings under which it can't help.
    cannot: &'static [&'static str],
}

const LESS: Range<f64> = 0.0..0.9;
const MORE: Range<f64> = 1.1..1e9;

/// A step before the base's own, which is late.
fn step(
    preset: &'static str,
    settings: &str,
    matters: &'static [&'static str],
    cannot: &'static [&'static str],
) -> Row {
    Row {
        category: Category::Steps,
        preset,
        measure: Measure::PcHoursLost,
        without: "recovery=[{ reimage: { known_after: 10 d } }]".into(),
        with: format!("recovery=[{{ {preset}: {{ {settings} }} }}, {{ reimage: {{ known_after: 10 d }} }}]"),
        matters,
        times: LESS,
        cannot,
    }
}

/// A file of Windows is gone: no restart gets to the agent.
const FILE_GONE: &[&str] = &["releases.bad.fault.defect=system_file_quarantine"];
/// Nobody knows the password of a local administrator.
const NO_ADMIN: &[&str] = &["fleet.kinds.office.traits.local_admin=0%"];
/// Keys are asked for, and nobody reads them out.
const NO_KEYS: &[&str] = &["fleet.kinds.office.traits.bitlocker=100%", "fleet.sectors.firm.means.key_desk=null"];
/// In the recovery environment, there is no network.
const NO_NETWORK: &[&str] = &["fleet.kinds.office.traits.wired=0%", "fleet.kinds.office.traits.simple_wifi=0%"];
/// Somebody uses it in office hours.
const WITH_A_USER: &[&str] = &["fleet.kinds.office.schedule=desk", "fleet.kinds.office.traits.bitlocker=0%"];
const BITLOCKER: &[&str] = &["fleet.kinds.office.traits.bitlocker=100%"];
/// Fixed while PCs are still on their way into the recovery environment.
const SOON_FIXED: &[&str] = &["releases.bad.response={ scripted: { withdrawn: 80 min, fixed: 1 min } }"];
/// It restarts when somebody restarts it.
const FROZEN: &[&str] = &["releases.bad.fault.defect=hang", SOON_FIXED[0]];
const FROZEN_WITH_A_USER: &[&str] = &[FROZEN[0], FROZEN[1], WITH_A_USER[0]];
const IN_THE_CLOUD: &[&str] = &["fleet.kinds.office.traits.cloud=99%"];
const AT_A_PROMPT: &[&str] = &["releases.bad.fault.defect=boot_block"];
const AT_A_PROMPT_WITH_A_USER: &[&str] = &[AT_A_PROMPT[0], WITH_A_USER[0]];
const AT_A_PROMPT_WITHOUT_DESK: &[&str] = &[AT_A_PROMPT[0], "fleet.sectors.firm.means.key_desk=null"];
/// Known to the vendor for days, and cured by nobody.
const STORM: &[&str] =
    &["releases.bad.fault.defect=cpu_storm", "releases.bad.response={ scripted: { withdrawn: 80 min } }"];
/// The same, with a fix that is there before anything else could help.
const STORM_SOON_CURED: &[&str] = &["releases.bad.fault.defect=cpu_storm"];

fn steps() -> Vec<Row> {
    let mut rows = vec![
        step("reboot_race", "", WITH_A_USER, FILE_GONE),
        step("reboot_race_unattended", "chance: 40%, chance_wired: 40%", SOON_FIXED, FILE_GONE),
        step("reboot_race_unattended", "chance: 40%, chance_wired: 40%", SOON_FIXED, FROZEN),
        step("reboot_race", "", FROZEN_WITH_A_USER, FROZEN),
        step("last_good_rollback", "", &[], &["releases.bad.fault.defect=hang"]),
        // As it is it helps against nothing; told that it knows the fault, it helps in the recovery environment alone.
        step("startup_repair", "success: 80%", &[], AT_A_PROMPT),
        Row { times: 0.0..0.99, ..step("startup_repair_of_windows", "", FILE_GONE, &[]) },
        step("quick_machine_recovery", "", &[], NO_NETWORK),
        step("quick_machine_recovery_once", "remediation: 1 min", &[], NO_NETWORK),
        step("safe_mode_by_hand", "", &[], NO_ADMIN),
        step("safe_mode_by_user", "", WITH_A_USER, BITLOCKER),
        step("recovery_usb", "", &[], NO_KEYS),
        step("recovery_usb_safe_boot", "", NO_KEYS, NO_ADMIN),
        step("recovery_pxe", "", &[], &["fleet.kinds.office.traits.pxe=0%"]),
        step("out_of_band", "", &[], &["fleet.kinds.office.traits.out_of_band=0%"]),
        step("point_in_time_restore", "", &[], &["fleet.kinds.office.traits.restore_points=0%"]),
        step("cloud_rebuild", "", &[], NO_NETWORK),
        step("reboot_by_provider", "", IN_THE_CLOUD, &[]),
        step("disk_swap", "", IN_THE_CLOUD, &[]),
        step("restore_snapshot", "", IN_THE_CLOUD, &[]),
        step("known_issue_rollback", "", STORM, STORM_SOON_CURED),
        step("enter_recovery_key", "", AT_A_PROMPT, AT_A_PROMPT_WITHOUT_DESK),
        step("find_recovery_key", "", AT_A_PROMPT_WITH_A_USER, AT_A_PROMPT),
        step("own_hands", "", WITH_A_USER, AT_A_PROMPT),
        step("repair_shop", "", &[], &["fleet.sectors.firm.means.repair_shop=null"]),
    ];
    rows.push(Row {
        with: "recovery=[{ reimage: { known_after: 1 d } }]".into(),
        ..step("reimage", "", &[], IN_THE_CLOUD)
    });
    rows.push(Row {
        measure: Measure::UnprotectedPcHours,
        ..step(
            "reinstall_agent",
            "",
            &["releases.bad.fault.defect=self_quarantine"],
            &["releases.bad.fault.defect=self_quarantine", "releases.bad.response={ scripted: { withdrawn: 80 min } }"],
        )
    });
    rows.push(Row {
        measure: Measure::DegradedPcHours,
        ..step(
            "switch_off_agent",
            "",
            &["releases.bad.fault.defect=network_block"],
            &["releases.bad.fault.defect=network_block", "fleet.kinds.office.traits.local_admin=0%"],
        )
    });
    rows
}

fn architecture(
    preset: &'static str,
    against: &str,
    (measure, times): (Measure, Range<f64>),
    matters: &'static [&'static str],
    cannot: &'static [&'static str],
) -> Row {
    Row {
        category: Category::Architectures,
        preset,
        measure,
        without: format!("agents.edr.architecture={against}"),
        with: format!("agents.edr.architecture={preset}"),
        matters,
        times,
        cannot,
    }
}

/// Two vendors, of which one relies on the shared sensor; the release is that sensor's.
const SENSOR_FAILS: &[&str] = &[
    "agents={ edr: { architecture: split, installed: { all: 100% } }, \
     other: { architecture: endpoint_platform, installed: { all: 10% } }, \
     system_sensor: { architecture: system_sensor, installed: where_relied_on } }",
    "releases.bad.of=system_sensor",
    "releases.bad.channel=os",
];
/// A process of the vendor's own, on its own.
const ENGINE_FAILS: &[&str] = &["releases.bad.channel=engine"];

fn architectures() -> Vec<Row> {
    let lost = Measure::PcHoursLost;
    vec![
        architecture("kernel_resident", "split", (lost, MORE), &[], FILE_GONE),
        architecture("kernel_guarded", "kernel_resident", (lost, LESS), &[], ENGINE_FAILS),
        architecture("split", "kernel_resident", (lost, LESS), &[], FILE_GONE),
        architecture("endpoint_platform", "kernel_resident", (lost, LESS), &[], FILE_GONE),
        architecture("sandboxed_kernel", "kernel_resident", (lost, LESS), &[], &["releases.bad.channel=driver"]),
        architecture("anti_cheat_boot", "anti_cheat_user", (lost, MORE), &[], FILE_GONE),
        architecture("anti_cheat_launch", "anti_cheat_boot", (lost, LESS), &[], FILE_GONE),
        architecture("anti_cheat_user", "anti_cheat_boot", (lost, LESS), &[], FILE_GONE),
        // All that rely on it are down with it, and nobody else.
        Row {
            preset: "system_sensor",
            ..architecture("endpoint_platform", "split", (lost, MORE), SENSOR_FAILS, FILE_GONE)
        },
    ]
}

fn rollout(
    preset: &'static str,
    against: &str,
    measure: Measure,
    matters: &'static [&'static str],
    cannot: &'static [&'static str],
) -> Row {
    // Small fleets need gates that judge on few PCs.
    let gated = |name: &str| {
        let written = library::presets().into_iter().find(|p| p.category == Category::Rollouts && p.name == name);
        let is_gated =
            |text: &str| text.contains("silence") || text.contains("like: canary") && !text.contains("null\n");
        let gate = if is_gated(&written.expect("it is there").text) { ", gate: { minimum: 5 }" } else { "" };
        format!("releases.bad.rollout={{ like: {name}{gate} }}")
    };
    let (without, with) = (gated(against), gated(preset));
    Row { category: Category::Rollouts, preset, measure, without, with, matters, times: LESS, cannot }
}

/// Withdrawn when the first rings have it.
const SEEN_SOON: &[&str] = &["releases.bad.response={ scripted: { withdrawn: 3 h, fixed: 3 h } }"];
/// Withdrawn when everybody has it: what stops it before is the gate.
const SEEN_LATE: &[&str] =
    &["releases.bad.response={ scripted: { withdrawn: 29 d } }", "signals={ like: typical, noise: 1 per 1M per day }"];
/// The same fault in user mode, where crashes are reported at once.
const REPORTED: &[&str] = &[SEEN_LATE[0], SEEN_LATE[1], "agents.edr.architecture=split"];
/// A fault that shows when everybody has had the release for long.
const SHOWS_LATE: &[&str] =
    &["releases.bad.fault.trigger={ at_instant: 2026-03-30T00:00:00Z }", SEEN_LATE[0], SEEN_LATE[1]];

fn rollouts() -> Vec<Row> {
    let (all, rings, hit) = ("everyone_at_once", "rings_without_gate", Measure::PcsHit);
    vec![
        Row { times: MORE, ..rollout("everyone_at_once", rings, hit, SEEN_SOON, SHOWS_LATE) },
        rollout("canary_then_rings", rings, hit, SEEN_LATE, SHOWS_LATE),
        rollout("rings_without_gate", all, hit, SEEN_SOON, SHOWS_LATE),
        rollout("gate_silence_healthy", rings, hit, REPORTED, SEEN_LATE),
        rollout("gate_silence_dropped", rings, hit, REPORTED, SHOWS_LATE),
        rollout("gate_silence_unknown", rings, hit, SEEN_LATE, SHOWS_LATE),
        rollout("gate_of_offered", rings, hit, SEEN_LATE, SHOWS_LATE),
        rollout("gate_on_count", rings, hit, SEEN_LATE, SHOWS_LATE),
        rollout("gate_times_noise", rings, hit, SEEN_LATE, SHOWS_LATE),
        rollout("gate_holds", rings, hit, SEEN_LATE, SHOWS_LATE),
        rollout("gate_reaches_later_rings", rings, hit, SEEN_LATE, SHOWS_LATE),
        rollout("rings_of_organisations", "canary_then_rings", Measure::OrganisationsStopped, MANY_OFFICES, SHOWS_LATE),
        rollout("linear_ramp", all, hit, SEEN_SOON, SHOWS_LATE),
        rollout("exponential_ramp", all, hit, SEEN_SOON, SHOWS_LATE),
        rollout("windows_autopatch", all, hit, SEEN_SOON, SHOWS_LATE),
        rollout("defender_channels", all, hit, SEEN_SOON, SHOWS_LATE),
        rollout("crowdstrike_content_rings", all, hit, SEEN_SOON, SHOWS_LATE),
        rollout("hawkbit_groups", all, hit, SEEN_SOON, SHOWS_LATE),
        rollout("nebraska_safe_mode", all, hit, SEEN_LATE, SHOWS_LATE),
        rollout("fedora_coreos_ramp", all, hit, SEEN_SOON, SHOWS_LATE),
    ]
}

/// Many small organisations, each of which needs all of its PCs.
const MANY_OFFICES: &[&str] = &[
    SEEN_LATE[0],
    SEEN_LATE[1],
    "fleet.pcs=10k",
    "fleet.sectors.firm.size=10",
    "fleet.sectors.firm.largest=10",
    "fleet.sectors.firm.services={ work: { needs: { office: 95% } } }",
];

fn signals(
    preset: &'static str,
    (without, with): (&str, &str),
    (measure, times): (Measure, Range<f64>),
    matters: &'static [&'static str],
    cannot: &'static [&'static str],
) -> Row {
    let (without, with) = (format!("signals={without}"), format!("signals={with}"));
    Row { category: Category::Signals, preset, measure, without, with, matters, times, cannot }
}

/// A ramp that the vendor ends when it has noticed.
const VENDOR_LOOKS: &str = "releases.bad.response={ modelled: { notices_at: 10, decide: 10 min, withdraw: 10 min, diagnose: 1 h, \
                            author: 1 h, publish: 10 min } }";
const NOTICED: &[&str] = &["releases.bad.rollout=linear_ramp", VENDOR_LOOKS];
/// Nobody is down, so nobody calls, and no PC falls silent.
const NOTICED_IN_USER_MODE: &[&str] =
    &["releases.bad.rollout=linear_ramp", VENDOR_LOOKS, "agents.edr.architecture=split"];
/// A healthy release behind a gate that stops at few crashes.
const HEALTHY: &[&str] = &[
    "releases.bad.fault=null",
    "releases.bad.response={ scripted: {} }",
    "releases.bad.rollout={ like: canary_then_rings, gate: { threshold: null, limit: { count: 30 }, minimum: 5 } }",
];
/// The same with nobody looking.
const HEALTHY_WITHOUT_GATE: &[&str] = &["releases.bad.fault=null", "releases.bad.response={ scripted: {} }"];

fn all_signals() -> Vec<Row> {
    let (hit, halts) = (Measure::PcsHit, Measure::FalseHalts);
    let calls_alone = "{ like: with_calls, heartbeat_timeout: 365 d }";
    vec![
        signals("typical", ("reports_alone", "typical"), (hit, LESS), NOTICED, NOTICED_IN_USER_MODE),
        signals("with_calls", ("reports_alone", calls_alone), (hit, LESS), NOTICED, NOTICED_IN_USER_MODE),
        signals("reports_alone", ("typical", "reports_alone"), (hit, MORE), NOTICED, NOTICED_IN_USER_MODE),
        signals("quiet", ("noisy", "quiet"), (halts, LESS), HEALTHY, HEALTHY_WITHOUT_GATE),
        signals("noisy", ("quiet", "noisy"), (halts, MORE), HEALTHY, HEALTHY_WITHOUT_GATE),
    ]
}

fn rows() -> Vec<Row> {
    [steps(), architectures(), rollouts(), all_signals()].into_iter().flatten().collect()
}

fn open(settings: &[&str]) -> Result<Scenario, String> {
    let set = settings.iter().map(|&setting| setting.to_owned()).collect();
    let options = Options { set, profile: Profile::Paper, ..Options::default() };
    load(&Source::Text { name: "presets.yaml".into(), text: BASE.into() }, &options).map_err(|f| f.to_string())
}

/// Mean of the row's measure under some settings, or why the scenario is refused.
fn mean(row: &Row, preset: &str, others: &[&str]) -> Result<f64, String> {
    let settings: Vec<&str> = others.iter().copied().chain([preset]).collect();
    let scenario = open(&settings)?;
    let dice = |replication| Dice { population: 1, dynamics: 1, replication };
    let of = |replication| {
        let plan = scenario.plan(0, replication);
        let record = simulate(&plan, dice(replication), &Run::default()).expect("a checked plan runs").record;
        match record.reading(&Segment::Fleet, row.measure) {
            Some(Reading::Value(value)) => value,
            other => panic!("{}: {other:?}", row.preset),
        }
    };
    Ok(f64::midpoint(of(0), of(1)))
}

/// What is wrong with a row, if anything is.
fn finding(row: &Row) -> Option<String> {
    let both = |others| (mean(row, &row.without, others), mean(row, &row.with, others));
    let (without, with) = match both(row.matters) {
        (Ok(without), Ok(with)) => (without, with),
        (Err(why), _) | (_, Err(why)) => return Some(format!("{}: {why}", row.preset)),
    };
    let (low, high) = (row.times.start * without, row.times.end * without.max(1.0));
    if (with - without).abs() < 1e-6 || !(low..=high).contains(&with) {
        return Some(format!("{} does not matter: {without} without it, {with} with it", row.preset));
    }
    match both(row.cannot) {
        (Ok(without), Ok(with)) if (with - without).abs() <= 0.02 * without => None,
        (Ok(without), Ok(with)) => Some(format!("{} helps: {without} without it, {with} with it", row.preset)),
        // The language knows it beforehand.
        (Ok(_), Err(why)) if why.contains("can never start") => None,
        (Err(why), _) | (_, Err(why)) => Some(format!("{}: {why}", row.preset)),
    }
}

fn hold(rows: &[Row]) {
    let findings: Vec<String> = rows.iter().filter_map(finding).collect();
    assert!(findings.is_empty(), "{}", findings.join("\n"));
}

#[test]
fn a_step_helps_where_it_can_and_nowhere_else() {
    hold(&steps());
}

#[test]
fn an_architecture_matters_where_its_code_runs_and_nowhere_else() {
    hold(&architectures());
}

#[test]
fn a_rollout_matters_for_what_shows_in_time_and_nothing_else() {
    hold(&rollouts());
}

#[test]
fn signals_matter_where_somebody_looks_and_nowhere_else() {
    hold(&all_signals());
}

#[test]
fn no_step_architecture_rollout_or_set_of_signals_is_without_a_row() {
    let rows = rows();
    let held: BTreeSet<(Category, &str)> = rows.iter().map(|row| (row.category, row.preset)).collect();
    let presets = library::presets();
    let is_held = |category| rows.iter().any(|row| row.category == category);
    let wanted: BTreeSet<(Category, &str)> =
        presets.iter().filter(|p| is_held(p.category)).map(|p| (p.category, p.name.as_str())).collect();
    assert_eq!(held, wanted);
}
