//! Runs that are stopped, killed, or started twice.
#![cfg(unix)]

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{fs, thread};

use crate::room::{Ended, Room, assert_same};

/// Long enough to be interrupted, short enough for a test.
const LONG: &[&str] = &["run", "small.yaml", "--set", "fleet.pcs=100k", "--replications", "60"];

fn start(room: &Room, out: &str) -> Child {
    room.command(LONG).args(["--out", out]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn finish(room: &Room, out: &str) -> Ended {
    Ended::of(&room.command(LONG).args(["--out", out]).output().unwrap())
}

/// Waits until the journal of the run has grown by some entries.
fn wait_for_replications(out: &Path, least: u64) {
    let deadline = Instant::now() + Duration::from_mins(2);
    while Instant::now() < deadline {
        if journal_length(out) > least {
            return;
        }
        thread::sleep(Duration::from_millis(2));
    }
    panic!("no replication was finished in time");
}

fn journal_length(out: &Path) -> u64 {
    let folders = fs::read_dir(out.join("small")).into_iter().flatten().flatten();
    folders.filter_map(|folder| fs::metadata(folder.path().join("records.journal")).ok()).map(|m| m.len()).sum()
}

fn signal(child: &Child, signal: &str) {
    let status = Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    assert!(status.success(), "the signal is sent");
}

/// Demands that the run left the bytes that an undisturbed one leaves.
#[track_caller]
fn assert_as_undisturbed(room: &Room) {
    finish(room, "undisturbed").code(0);
    assert_same(&room.run_folder("out", "small"), &room.run_folder("undisturbed", "small"));
}

#[test]
fn ctrl_c_keeps_finished_replications_and_the_same_command_goes_on() {
    let room = Room::with_small_scenario();
    let child = start(&room, "out");
    wait_for_replications(&room.path("out"), 40_000);
    signal(&child, "-INT");
    let ended = Ended::of(&child.wait_with_output().unwrap()).code(130);
    assert!(ended.stderr.contains("the same command goes on"), "{}", ended.stderr);
    assert!(!room.run_folder("out", "small").join("manifest.json").exists(), "the run is not complete");
    let ended = finish(&room, "out").code(0);
    assert!(ended.stderr.contains("replications there already"), "{}", ended.stderr);
    assert_as_undisturbed(&room);
}

#[test]
fn an_interrupted_test_says_in_its_artefacts_what_did_not_run() {
    let room = Room::with_small_scenario();
    let line = ["test", "small.yaml", "small.yaml", "--set", "fleet.pcs=100k", "--replications", "60"];
    let mut command = room.command(&[&line[..], &["--junit", "all.xml"]].concat());
    let child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    wait_for_replications(&room.path("out"), 40_000);
    signal(&child, "-INT");
    let ended = Ended::of(&child.wait_with_output().unwrap()).code(130);
    assert_eq!(ended.stdout.matches("NOT RUN").count(), 2, "{}", ended.stdout);
    assert_eq!(room.read("all.xml").matches(">interrupted; the same command goes on").count(), 2);
}

#[test]
fn kill_9_loses_nothing_that_was_finished() {
    let room = Room::with_small_scenario();
    for kills in 1..=3_u64 {
        let mut child = start(&room, "out");
        wait_for_replications(&room.path("out"), journal_length(&room.path("out")).max(40_000 * kills));
        child.kill().unwrap();
        child.wait().unwrap();
    }
    finish(&room, "out").code(0);
    assert_as_undisturbed(&room);
}

#[test]
fn an_interrupted_run_can_be_reported() {
    let room = Room::with_small_scenario();
    let mut child = start(&room, "out");
    wait_for_replications(&room.path("out"), 80_000);
    child.kill().unwrap();
    child.wait().unwrap();
    let folder = room.run_folder("out", "small");
    let ended = room.run(&["report", folder.to_str().unwrap()]);
    assert!(matches!(ended.code, Some(0 | 11)), "{}", ended.whole());
    assert!(folder.join("report.html").is_file());
    assert!(ended.stdout.contains("interrupted"), "{}", ended.stdout);
}

/// What a report that was killed had begun to write must not stay in the folder.
#[test]
fn killed_reports_leave_nothing_behind() {
    let room = Room::with_small_scenario();
    for out in ["out", "undisturbed"] {
        room.run(&["run", "small.yaml", "--out", out]).code(0);
    }
    let folder = room.run_folder("out", "small");
    let line = ["report", folder.to_str().unwrap()];
    let begins = Instant::now();
    room.run(&line).code(0);
    let takes = begins.elapsed();
    // Reports are written last.
    for moment in 20..=40 {
        let mut child = room.command(&line).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        thread::sleep(takes * moment / 40);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    room.run(&line).code(0);
    for part in ["", "figures"] {
        assert_same(&folder.join(part), &room.run_folder("undisturbed", "small").join(part));
    }
}

#[test]
fn reports_of_one_folder_at_once_wait_for_each_other() {
    let room = Room::with_small_scenario();
    for out in ["out", "undisturbed"] {
        room.run(&["run", "small.yaml", "--out", out]).code(0);
    }
    let folder = room.run_folder("out", "small");
    let line = ["report", folder.to_str().unwrap()];
    let report = || room.command(&line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let children: Vec<Child> = (0..6).map(|_| report()).collect();
    for child in children {
        Ended::of(&child.wait_with_output().unwrap()).code(0);
    }
    assert_same(&folder, &room.run_folder("undisturbed", "small"));
}

#[test]
fn two_runs_at_once_in_one_folder_are_refused() {
    let room = Room::with_small_scenario();
    let mut first = start(&room, "out");
    wait_for_replications(&room.path("out"), 0);
    let second = finish(&room, "out").code(2);
    assert!(second.stderr.contains("another run is at work"), "{}", second.stderr);
    first.kill().unwrap();
    first.wait().unwrap();
    finish(&room, "out").code(0);
}
