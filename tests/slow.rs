//! What takes minutes: `cargo test --release --features slow --test slow`.

mod coverage;
#[path = "command/room.rs"]
mod room;

use std::process::Stdio;
use std::thread;
use std::time::Duration;

use room::{Room, assert_same};

/// The names of all scenarios of the library, as `bugcheck library` lists them.
fn library(room: &Room) -> Vec<String> {
    let listed = room.run(&["library"]).code(0).stdout;
    let names = listed.lines().skip(1).take_while(|line| line.starts_with("  "));
    names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

#[test]
fn every_scenario_of_the_library_runs_end_to_end() {
    let room = Room::new();
    let names = library(&room);
    assert!(names.len() >= 5, "{names:?}");
    for name in names {
        let ended = room.run(&["run", &name, "--profile", "quick"]);
        assert!(matches!(ended.code, Some(0 | 10 | 11 | 12)), "{name}:\n{}", ended.whole());
        assert!(ended.stdout.contains("report.html"), "{name}:\n{}", ended.stdout);
    }
}

/// The questions of the catalogue and what they expect, which hangs on many presets at once. Ten replications are too
/// few to decide about what is the same in all of them; what they decide has to hold.
#[test]
fn what_the_scenarios_of_the_catalogue_expect_is_not_broken() {
    let room = Room::new();
    for name in [
        "policies",
        "healthy-release",
        "shared-sensor",
        "adoption",
        "two-faults",
        "quarantine",
        "anti-cheat",
        "expired-certificate",
        "os-update-key-prompt",
        "protection",
        "who-helps",
    ] {
        let ended = room.run(&["run", name, "--profile", "ci", "--replications", "10"]);
        assert!(matches!(ended.code, Some(0 | 11)), "{name}: {}", ended.whole());
    }
}

#[test]
fn every_scenario_of_the_library_is_deterministic() {
    let room = Room::new();
    for name in library(&room) {
        room.run(&["verify", &name, "--profile", "quick"]).code(0);
    }
}

#[test]
fn an_arm_does_not_change_when_others_are_taken_away() {
    let room = Room::new();
    let line = ["run", "july-2024", "--profile", "quick", "--replications", "2", "--only", "rollout=at_once"];
    room.run(&[&line[..], &["--out", "all"]].concat());
    room.run(&[&line[..], &["--only", "architecture=kernel", "--only", "recovery=qmr", "--out", "one"]].concat());
    let rows = |out: &str| -> Vec<String> {
        let table = room.read(room.run_folder(out, "july-2024").join("replications.csv").to_str().unwrap());
        table.lines().filter(|line| line.contains("kernel / qmr / at_once")).map(str::to_owned).collect()
    };
    assert!(!rows("one").is_empty());
    assert_eq!(rows("all"), rows("one"));
}

/// Killed at many moments, whatever it is doing: while reading, simulating, writing the journal, or writing the tables.
#[test]
fn kill_9_at_any_moment_loses_nothing_and_repeats_nothing() {
    let room = Room::with_small_scenario();
    let line = ["run", "small.yaml", "--set", "fleet.pcs=50k", "--replications", "120"];
    room.run(&[&line[..], &["--out", "undisturbed"]].concat()).code(0);
    for moment in 1..=25_u64 {
        let mut child = room.command(&line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(Duration::from_millis(40 * moment));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    room.run(&line).code(0);
    assert_same(&room.run_folder("out", "small"), &room.run_folder("undisturbed", "small"));
}
