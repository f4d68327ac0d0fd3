//! Exit codes, and what is said with them.

use std::fs::{self, OpenOptions};
use std::process::Stdio;

use crate::room::{Ended, Room};
use crate::shell;

#[test]
fn a_sound_scenario_holds() {
    let room = Room::with_small_scenario();
    let ended = room.run(&["check", "small.yaml"]).code(0);
    insta::assert_snapshot!(ended.whole());
}

#[test]
fn every_scenario_of_the_library_is_sound() {
    Room::new().run(&["check", "--library"]).code(0);
}

#[test]
fn bad_command_lines_are_refused() {
    let room = Room::with_small_scenario();
    for line in [
        &["frobnicate"][..],
        &["run"],
        &["run", "small.yaml", "--frobnicate"],
        &["run", "small.yaml", "--replications", "0"],
        &["run", "small.yaml", "--threads", "0"],
        &["run", "small.yaml", "--once", "--replications", "3"],
        &["run", "small.yaml", "--only", "architecture"],
        &["run", "small.yaml", "--profile", "enormous"],
        &["run", "no-such-scenario"],
        &["run", "no-such-file.yaml"],
        &["check"],
        &["report"],
        &["report", "no-such-folder"],
        &["replay", "no-such-folder", "--arm", "1", "--replication", "0"],
        &["replay", "small.yaml", "--arm", "1", "--replication", "0", "--pc", "1", "--organisation", "1"],
        &["replay", "small.yaml", "--arm", "1", "--replication", "0", "--perfetto", "trace.json"],
    ] {
        let ended = room.run(line).code(2);
        assert!(ended.stdout.is_empty(), "{line:?}: {}", ended.stdout);
        assert!(!ended.stderr.trim().is_empty(), "{line:?} says why");
    }
    assert!(!room.path("out").exists(), "nothing ran");
}

#[test]
fn a_wrong_scenario_shows_all_its_problems_and_runs_nothing() {
    let room = Room::with_small_scenario();
    let wrong = room
        .read("small.yaml")
        .replace("horizon: 3 d", "horizon: 3")
        .replace("  edr: {", "  edr: { colour: red,")
        .replace("at_most: -90%", "at_most: cheap");
    room.write("wrong.yaml", &wrong);
    let ended = room.run(&["run", "wrong.yaml"]).code(2);
    insta::assert_snapshot!(ended.whole());
    assert!(!room.path("out").exists(), "nothing ran");
}

#[test]
fn a_scenario_in_which_time_stands_still_is_refused_and_does_not_hang() {
    let room = Room::with_small_scenario();
    let boot = "{ dump: 0 s, firmware: 0 s, load: 0 s, sign_in: 0 s, recovery_environment: 0 s }";
    let by_hand = "{ once: { hands: 0 s, unattended: 0 s, works: 100% } }";
    let still = room
        .read("small.yaml")
        .replace("{ exponential: { mean: 9 min } }", "0 s")
        .replace("withdrawn: 78 min, fixed: 78 min", "withdrawn: 2 d")
        .replace("{ like: office_desktop }", &format!("{{ like: office_desktop, schedule: always, boot: {boot} }}"))
        .replace("[reboot_race, safe_mode_by_hand]", &format!("[safe_mode_by_hand: {{ needs: [], work: {by_hand} }}]"));
    room.write("still.yaml", &still);
    let ended = room.run(&["run", "still.yaml", "--once"]).code(2);
    assert!(ended.stderr.contains("time stands still"), "{}", ended.stderr);
}

#[test]
fn a_check_of_several_goes_on_past_a_wrong_one() {
    let room = Room::with_small_scenario();
    room.write("wrong.yaml", "format: 7\n");
    let ended = room.run(&["check", "wrong.yaml", "small.yaml"]).code(2);
    assert!(ended.stdout.contains("small.yaml") && ended.stderr.contains("wrong.yaml"), "{}", ended.whole());
}

#[test]
fn a_machine_that_refuses_is_an_internal_error() {
    let room = Room::with_small_scenario();
    let ended = room.run(&["run", "small.yaml", "--once", "--out", "small.yaml"]).code(1);
    assert!(ended.stderr.contains("small.yaml"), "{}", ended.stderr);
}

#[test]
fn expectations_that_hold_end_with_0() {
    let room = Room::with_small_scenario();
    let ended = room.run(&["run", "small.yaml"]).code(0);
    assert!(ended.stdout.contains("someone_is_hit"), "{}", ended.stdout);
}

#[test]
fn a_broken_expectation_ends_with_10() {
    let room = Room::with_small_scenario();
    let ended = room.run(&["run", "small.yaml", "--set", "expect.someone_is_hit.at_least=1M"]).code(10);
    assert!(ended.stdout.contains("broken"), "{}", ended.stdout);
}

#[test]
fn a_broken_expectation_of_level_warn_holds() {
    let room = Room::with_small_scenario();
    let broken = "expect.someone_is_hit.at_least=1M";
    room.run(&["run", "small.yaml", "--set", broken, "--set", "expect.someone_is_hit.level=warn"]).code(0);
}

#[test]
fn too_few_replications_end_with_11() {
    let ended = Room::with_small_scenario().run(&["run", "small.yaml", "--once"]).code(11);
    assert!(ended.stdout.contains("undecided"), "{}", ended.stdout);
}

#[test]
fn an_arm_that_is_worse_than_the_baseline_ends_with_12() {
    let room = Room::with_small_scenario();
    let text =
        room.read("small.yaml").replace("baseline: { architecture: kernel }", "baseline: { architecture: split }");
    let (text, _) = text.split_once("expect:").expect("the scenario expects something");
    let expectation = "{ measure: pcs_down, arm: { architecture: kernel }, versus: baseline, at_most: 10 }";
    room.write("worse.yaml", &format!("{text}expect:\n  kernel_is_no_worse:\n    {expectation}\n"));
    room.run(&["run", "worse.yaml"]).code(12);
}

#[test]
fn a_run_folder_without_a_finished_replication_ends_with_13() {
    let room = Room::with_small_scenario();
    room.run(&["run", "small.yaml", "--once", "--only", "architecture=kernel", "--set", "expect=null"]).code(0);
    let folder = room.run_folder("out", "small");
    fs::remove_file(folder.join("manifest.json")).unwrap();
    // As after a loss of power while the first replication was being written: its entry is torn.
    let journal = folder.join("records.journal");
    let length = fs::metadata(&journal).unwrap().len();
    OpenOptions::new().write(true).open(&journal).unwrap().set_len(length - 1).unwrap();
    let ended = room.run(&["report", folder.to_str().unwrap()]).code(13);
    assert!(ended.stderr.contains("no finished replications"), "{}", ended.stderr);
}

#[test]
fn a_closed_pipe_is_no_error() {
    let room = Room::new();
    for line in [&["library"][..], &["explain"], &["man"], &["library", "july-2024"]] {
        let mut child = room.command(line).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(child.stdout.take());
        let ended = Ended::of(&child.wait_with_output().unwrap()).code(0);
        assert!(ended.stderr.is_empty(), "{line:?}: {}", ended.stderr);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_full_stdout_is_said_and_leaves_the_artefacts() {
    let room = Room::with_small_scenario();
    for line in [&["library"][..], &["--help"], &["test", "small.yaml", "--junit", "all.xml"]] {
        let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
        let ended = Ended::of(&room.command(line).stdout(full).output().unwrap()).code(1);
        assert!(ended.stderr.contains("error: cannot write to stdout"), "{line:?}: {}", ended.stderr);
    }
    assert!(room.read("all.xml").contains("someone_is_hit"));
}

#[test]
fn a_run_goes_on_to_its_verdict_when_its_pipe_is_closed() {
    let room = Room::with_small_scenario();
    let mut child = room.command(&["run", "small.yaml"]).stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    drop(child.stdout.take());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    assert!(room.run_folder("out", "small").join("report.html").is_file());
}

#[test]
fn closed_streams_are_no_error() {
    let room = Room::with_small_scenario();
    shell::run(&room, "exec \"$0\" run small.yaml <&- 2>&-").code(0);
}

#[test]
fn colour_is_for_terminals_and_for_those_who_ask() {
    let room = Room::with_small_scenario();
    let plain = room.run(&["run", "small.yaml"]).code(0);
    assert!(!plain.stdout.contains('\u{1b}') && !plain.stderr.contains('\u{1b}'));
    let coloured = room.run(&["run", "small.yaml", "--color", "always"]).code(0);
    assert!(coloured.stdout.contains('\u{1b}'), "{}", coloured.stdout);
    let output = room.command(&["run", "small.yaml"]).env("NO_COLOR", "1").output().unwrap();
    assert!(!Ended::of(&output).code(0).stdout.contains('\u{1b}'));
}
