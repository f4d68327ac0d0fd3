//! Defects against architectures: what one PC goes through in each combination, as a page that is read by people and
//! held to what the simulator does.

use std::fmt::Write as _;

use bugcheck_scenarios::{Options, Profile, Scenario, Source, load};
use bugcheck_sim::draw::Share;
use bugcheck_sim::engine::{Event, Run, Watch};
use bugcheck_sim::measure::{Measure, Reading, Segment};
use bugcheck_sim::time::Millis;
use bugcheck_sim::{Dice, Record, simulate};

use crate::blessed;

/// One office PC that is always on; the release is withdrawn and fixed after 80 min. Traits and chances are certain, so
/// that a cell shows what must happen rather than what may.
const BASE: &str = "
format: 1
name: matrix
question: What does one PC go through?
clock: { start: 2026-03-02T00:00:00Z, horizon: 7 d }
fleet:
  pcs: 1
  regions: { europe: { share: 100%, zone: Europe/Berlin } }
  kinds:
    office:
      like: office_desktop
      schedule: always
      restarts: { every: 24 h }
      connected: 100%
      traits: { bitlocker: 100%, wired: 100%, simple_wifi: 0%, local_admin: 100%, remote: 0% }
      boot: { dump: 20 s, firmware: 10 s, load: 15 s, sign_in: 25 s, recovery_environment: 45 s }
  sectors:
    firm:
      like: enterprise
      share: 100%
      size: 1
      largest: 1
      mix: { office: 100% }
      first: []
      means:
        key_desk: { hosted_on: null, mobilised: 1 h }
        technicians: { shift: around_the_clock, mobilised: 2 h }
agents:
  vendor: { architecture: kernel_resident, installed: { all: 100% } }
releases:
  bad:
    of: vendor
    channel: content
    at: 2026-03-02T09:00:00Z
    delivery: 10 min
    rollout: everyone_at_once
    fault: { defect: invalid_memory_access, trigger: on_load, strikes: 100% }
    response: { scripted: { withdrawn: 80 min, fixed: 80 min } }
compare: { replications: { min: 1 } }
";

/// What is done: the defects that a step is for (none: those that no other is for), and how it stands in the playbook.
const STEPS: &[(&[&str], &str)] = &[
    (&["network_block"], "  - switch_off_agent: { work: { once: { hands: 5 min, works: 100% } } }\n"),
    (&["self_quarantine"], "  - reinstall_agent: { work: { once: { hands: 8 min, works: 100% } } }\n"),
    (&["boot_block"], "  - enter_recovery_key: { key_time: 2 min, work: { once: { hands: 4 min, works: 100% } } }\n"),
    (
        &[],
        "  - safe_mode_by_hand: { known_after: 2 h, key_time: 2 min, work: { once: { hands: 12 min, works: 100% } } }\n",
    ),
];

/// Defects, and what is set beside their names so that they show.
const DEFECTS: &[(&str, &[&str])] = &[
    ("invalid_memory_access", &[]),
    ("hang", &[]),
    ("resource_leak", &["releases.bad.fault.slow_for=30 min"]),
    ("cpu_storm", &["releases.bad.fault.slow_for=30 min"]),
    ("network_block", &[]),
    ("system_file_quarantine", &[]),
    // What the boot is measured against shows at the next restart, and a good version before that would heal it.
    ("boot_block", &["releases.bad.fault.trigger=at_restart", "releases.bad.response.scripted.fixed=3 d"]),
    ("self_quarantine", &[]),
];

const ARCHITECTURES: &[&str] = &[
    "kernel_resident",
    "kernel_guarded",
    "split",
    "endpoint_platform",
    "system_sensor",
    "sandboxed_kernel",
    "anti_cheat_boot",
    "anti_cheat_launch",
    "anti_cheat_user",
];

const INTRODUCTION: &str = "# Defects and architectures

What one PC goes through, for each defect in each architecture of the library. This page is written by the simulator itself; a
test (`tests/tidy/matrix.rs`) holds it to what the simulator does, and its scenario is there.

The PC is an office PC that is always on. A release on the channel `content` reaches it 10 minutes after its publication,
carries the defect, and is withdrawn and fixed after 80 minutes (`boot_block`: fixed after 3 days, and shown by the restart that
the PC has each day). The fault strikes for certain, and no validation refuses it: what validation refuses does nothing. Hands
are there after 2 hours, know what to do, and do it right. All times are simulated times of one PC (n = 1, the same dice in
every cell), over 7 days: they show what happens, not how long it takes in a fleet.

In a cell: what the PC suffers first; how long it was down (`down`), could be used but was slow or cut off (`degraded`), or
could be used while its agent did not run (`unprotected`); and what brought it back.

";

/// What became of the PC.
struct Cell {
    outcome: String,
    timeline: String,
}

fn open(defect: (&str, &[&str]), architecture: &str) -> Scenario {
    let own = [format!("agents.vendor.architecture={architecture}"), format!("releases.bad.fault.defect={}", defect.0)];
    let set = own.into_iter().chain(defect.1.iter().map(|&setting| setting.to_owned())).collect();
    let step = STEPS.iter().find(|(against, _)| against.is_empty() || against.contains(&defect.0));
    let (_, playbook) = step.expect("the last is for all");
    let options = Options { set, profile: Profile::Paper, ..Options::default() };
    let source = Source::Text { name: "matrix.yaml".into(), text: format!("{BASE}recovery:\n{playbook}") };
    load(&source, &options).unwrap_or_else(|failure| panic!("{failure}"))
}

fn cell(defect: (&str, &[&str]), architecture: &str) -> Cell {
    let scenario = open(defect, architecture);
    let mut plan = scenario.plan(0, 0);
    for component in plan.architectures.iter_mut().flat_map(|a| &mut a.components) {
        component.containment.validates = Share(0.0);
    }
    let release = scenario.experiment.release_ms;
    let run = Run { watch: Watch::Pc(0), ..Run::default() };
    let outcome = simulate(&plan, Dice { population: 1, dynamics: 1, replication: 0 }, &run).expect("it runs");
    let mut timeline = String::new();
    for event in &outcome.trace {
        writeln!(timeline, "{:>10}  {}", after(event.at - release), event.what).expect("a string takes it");
    }
    Cell { outcome: words(&outcome.trace, &outcome.record), timeline }
}

/// Time since the release.
fn after(ms: Millis) -> String {
    let seconds = ms / 1000;
    format!("+{:02}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// The outcome in a few words: what it suffers first, how long, and what ended it.
fn words(events: &[Event], record: &Record) -> String {
    let hours = |measure| match record.reading(&Segment::Fleet, measure) {
        Some(Reading::Value(hours)) => hours,
        other => panic!("{measure:?} is {other:?}"),
    };
    let mut parts: Vec<String> = Vec::new();
    parts.extend(events.iter().find_map(|event| event.what.strip_prefix("fails: ")).map(str::to_owned));
    let spans = [
        ("down", Measure::PcHoursLost),
        ("degraded", Measure::DegradedPcHours),
        ("unprotected", Measure::UnprotectedPcHours),
    ];
    for (name, measure) in spans {
        let hours = hours(measure);
        if hours >= 1.0 {
            parts.push(format!("{name} {hours:.1} h"));
        } else if hours > 0.0 {
            parts.push(format!("{name} {:.0} min", (hours * 60.0).max(1.0)));
        }
    }
    parts.extend(events.iter().rev().find_map(|event| event.what.strip_prefix("usable again, ")).map(str::to_owned));
    if parts.is_empty() { "nothing".into() } else { parts.join("; ") }
}

fn page() -> String {
    let mut out = String::from(INTRODUCTION);
    let cells: Vec<Vec<Cell>> =
        DEFECTS.iter().map(|&defect| ARCHITECTURES.iter().map(|name| cell(defect, name)).collect()).collect();
    let names: Vec<String> = ARCHITECTURES.iter().map(|name| format!("`{name}`")).collect();
    let _ = writeln!(out, "| defect | {} |\n|{}", names.join(" | "), " --- |".repeat(names.len() + 1));
    for ((defect, _), row) in DEFECTS.iter().zip(&cells) {
        let row: Vec<&str> = row.iter().map(|cell| cell.outcome.as_str()).collect();
        let _ = writeln!(out, "| [`{defect}`](#{defect}) | {} |", row.join(" | "));
    }
    out.push_str("\n## Timelines\n\nTimes count from the publication of the release.\n");
    for ((defect, _), row) in DEFECTS.iter().zip(&cells) {
        let _ = writeln!(out, "\n### {defect}");
        for (i, cell) in row.iter().enumerate() {
            if row[..i].iter().any(|before| before.timeline == cell.timeline) {
                continue;
            }
            let same: Vec<&str> = (i..row.len())
                .filter(|&other| row[other].timeline == cell.timeline)
                .map(|other| names[other].as_str())
                .collect();
            let _ = writeln!(out, "\n{}:\n\n```text\n{}```", same.join(", "), cell.timeline);
        }
    }
    out
}

#[test]
fn the_matrix_of_defects_and_architectures_is_what_the_simulator_does() {
    blessed::hold("docs/matrix.md", &page());
}
