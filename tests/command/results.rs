//! Verbs that simulate, or read what was simulated.

use crate::room::{Room, assert_same, contents};

#[test]
fn a_run_says_what_it_will_do_compares_judges_and_names_its_report() {
    let room = Room::with_small_scenario();
    let ended = room.run(&["run", "small.yaml"]).code(0);
    for part in [
        "2 arms",
        "20 replications",
        "every organisation",
        "kernel",
        "split",
        "pcs_hit",
        "split_stays_up",
        "report.html",
    ] {
        assert!(ended.stdout.contains(part), "{part} in\n{}", ended.stdout);
    }
    let folder = room.run_folder("out", "small");
    for file in [
        "scenario.lock.yaml",
        "manifest.json",
        "summary.json",
        "replications.parquet",
        "replications.csv",
        "curves.parquet",
        "curves.csv",
        "report.html",
        "report.md",
        "junit.xml",
    ] {
        assert!(folder.join(file).is_file(), "{file}");
    }
}

#[test]
fn the_same_run_gives_the_same_bytes_on_one_and_many_threads() {
    let room = Room::with_small_scenario();
    room.run(&["run", "small.yaml", "--threads", "1", "--out", "one"]).code(0);
    room.run(&["run", "small.yaml", "--threads", "4", "--out", "four"]).code(0);
    assert_same(&room.run_folder("one", "small"), &room.run_folder("four", "small"));
}

#[test]
fn the_resolved_scenario_gives_the_same_run() {
    let room = Room::with_small_scenario();
    room.run(&["run", "small.yaml", "--set", "fleet.pcs=2k", "--replications", "5"]);
    let folder = room.run_folder("out", "small");
    room.run(&["run", folder.join("scenario.lock.yaml").to_str().unwrap(), "--out", "again"]);
    let again = room.run_folder("again", "small");
    assert_same(&folder, &again);
}

#[test]
fn a_comment_more_is_no_other_scenario() {
    let room = Room::with_small_scenario();
    room.run(&["run", "small.yaml"]).code(0);
    room.write("small.yaml", &format!("# a comment\n{}", room.read("small.yaml")));
    let ended = room.run(&["run", "small.yaml"]).code(0);
    assert!(ended.stderr.contains("40 replications there already"), "{}", ended.stderr);
}

#[test]
fn settings_and_levels_change_what_runs() {
    let room = Room::with_small_scenario();
    let line = ["run", "small.yaml", "--set", "fleet.pcs=3k", "--only", "architecture=kernel", "--replications", "3"];
    let ended = room.run(&[&line[..], &["--set", "expect=null"]].concat()).code(0);
    for part in ["1 arm", "3 replications", "3\u{202f}000 PCs"] {
        assert!(ended.stdout.contains(part), "{part} in\n{}", ended.stdout);
    }
}

#[test]
fn a_plan_shows_arms_and_cost_and_runs_nothing() {
    let room = Room::with_small_scenario();
    let ended = room.run(&["plan", "small.yaml"]).code(0);
    for part in ["2 arms", "kernel", "split", "baseline", "4\u{202f}000", "events"] {
        assert!(ended.stdout.contains(part), "{part} in\n{}", ended.stdout);
    }
    assert!(!room.path("out").exists(), "nothing ran");
}

#[test]
fn reports_are_written_again_to_the_same_bytes() {
    let room = Room::with_small_scenario();
    let first = room.run(&["run", "small.yaml"]).code(0);
    let folder = room.run_folder("out", "small");
    let before = contents(&folder);
    std::fs::remove_file(folder.join("report.html")).unwrap();
    let again = room.run(&["report", folder.to_str().unwrap()]).code(0);
    assert!(contents(&folder) == before, "the same bytes");
    let table = |text: &str| text.lines().filter(|l| l.contains("split")).map(str::to_owned).collect::<Vec<_>>();
    assert!(table(&first.stdout).ends_with(&table(&again.stdout)), "{}\n{}", first.stdout, again.stdout);
}

#[test]
fn several_runs_are_put_side_by_side() {
    let room = Room::with_small_scenario();
    room.run(&["run", "small.yaml", "--out", "a"]).code(0);
    room.run(&["run", "small.yaml", "--set", "fleet.pcs=2k", "--out", "b"]).code(0);
    let folders = [room.run_folder("a", "small"), room.run_folder("b", "small")];
    let ended = room.run(&["report", folders[0].to_str().unwrap(), folders[1].to_str().unwrap()]).code(0);
    assert!(ended.stdout.contains("fleet.pcs"), "what differs: {}", ended.stdout);
}

#[test]
fn a_replication_is_repeated_and_the_story_of_a_pc_is_told() {
    let room = Room::with_small_scenario();
    room.run(&["run", "small.yaml"]).code(0);
    let folder = room.run_folder("out", "small");
    let replay = |arguments: &[&str]| {
        room.run(
            &[&["replay", folder.to_str().unwrap(), "--arm", "baseline", "--replication", "3"], arguments].concat(),
        )
    };
    let ended = replay(&[]).code(0);
    assert!(ended.stdout.contains("the same digest"), "{}", ended.stdout);
    let ended = replay(&["--organisation", "0"]).code(0);
    assert!(ended.stdout.contains("2024-07-19"), "{}", ended.stdout);
    replay(&["--pc", "0", "--perfetto", "trace.json"]).code(0);
    let trace: serde_json::Value = serde_json::from_str(&room.read("trace.json")).expect("the trace is JSON");
    assert!(trace.get("traceEvents").is_some());
    replay(&["--pc", "4000000"]).code(2);
}

#[test]
fn arms_are_named_numbered_or_the_baseline_and_others_are_refused() {
    let room = Room::with_small_scenario();
    room.run(&["run", "small.yaml"]).code(0);
    let folder = room.run_folder("out", "small");
    let replay = |arm: &str, number: &str| {
        room.run(&["replay", folder.to_str().unwrap(), "--arm", arm, "--replication", number])
    };
    replay("split", "0").code(0);
    replay("2", "0").code(0);
    assert!(replay("spilt", "0").code(2).stderr.contains("did you mean `split`?"));
    replay("3", "0").code(2);
    replay("split", "20").code(2);
}

#[test]
fn verification_prints_digests_that_two_builds_can_be_compared_by() {
    let room = Room::with_small_scenario();
    let first = room.run(&["verify", "small.yaml"]).code(0);
    assert!(first.stdout.contains("kernel") && first.stdout.contains("split"), "{}", first.stdout);
    assert_eq!(first.stdout, room.run(&["verify", "small.yaml"]).code(0).stdout);
    let three = room.run(&["verify", "small.yaml", "--replications", "3"]).code(0).stdout;
    assert!(three.contains("3 replications of each") && three != first.stdout, "{three}");
    assert!(!room.path("out").exists(), "it leaves nothing");
}

#[test]
fn scenarios_are_tests_under_ci() {
    let room = Room::with_small_scenario();
    let broken = room.read("small.yaml").replace("name: small", "name: broken").replace("at_least: 1", "at_least: 1M");
    room.write("broken.yaml", &broken);
    let line =
        ["test", "small.yaml", "broken.yaml", "--junit", "all.xml", "--summary", "all.md", "--annotations", "github"];
    let ended = room.run(&line).code(10);
    assert!(ended.stdout.contains("::error file=broken.yaml,line="), "{}", ended.stdout);
    let junit = room.read("all.xml");
    assert!(junit.contains("small") && junit.contains("broken") && junit.contains("someone_is_hit"), "{junit}");
    assert!(room.read("all.md").contains("someone_is_hit"));
}

#[test]
fn a_test_of_several_goes_on_past_those_that_cannot_run_and_tells_of_them() {
    let room = Room::with_small_scenario();
    room.write("wrong.yaml", &room.read("small.yaml").replace("horizon: 3 d", "horizon: 3"));
    room.write("blocked.yaml", &room.read("small.yaml").replace("name: small", "name: blocked"));
    std::fs::create_dir(room.path("out")).unwrap();
    room.write("out/blocked", "a file where the run folder should be");
    let artefacts = ["--junit", "all.xml", "--summary", "all.md", "--annotations", "github"];
    let line = [&["test", "wrong.yaml", "blocked.yaml", "small.yaml"][..], &artefacts].concat();
    // The machine that refuses is graver than the scenario with a problem.
    let ended = room.run(&line).code(1);
    for part in ["wrong.yaml\n  NOT RUN", "blocked.yaml\n  NOT RUN", "holds     someone_is_hit"] {
        assert!(ended.stdout.contains(part), "{part} in\n{}", ended.stdout);
    }
    let marks: Vec<&str> = ended.stdout.lines().filter(|line| line.starts_with("::error ")).collect();
    assert!(marks[0].starts_with("::error file=wrong.yaml,line=6,title=E030::"), "{marks:?}");
    assert!(marks[1].starts_with("::error file=blocked.yaml,title=not run::cannot make out/blocked"), "{marks:?}");
    let junit = room.read("all.xml");
    assert!(junit.contains("tests=\"4\"") && junit.contains("errors=\"2\""), "{junit}");
    let summary = room.read("all.md");
    for text in [&junit, &summary] {
        for part in ["wrong.yaml", "E030", "blocked.yaml", "cannot make out/blocked", "someone_is_hit"] {
            assert!(text.contains(part), "{part} in\n{text}");
        }
    }
    assert!(summary.contains("# wrong.yaml\n\n**It could not be run"), "{summary}");
    room.run(&[&["test", "wrong.yaml", "small.yaml"][..], &artefacts].concat()).code(2);
}

#[test]
fn artefacts_of_tests_that_cannot_be_written_are_told_before_anything_runs() {
    let room = Room::with_small_scenario();
    for artefact in ["--junit", "--summary"] {
        for path in ["nowhere/all", "."] {
            let ended = room.run(&["test", "small.yaml", artefact, path]).code(1);
            assert!(ended.stderr.contains(&format!("cannot write {path}")), "{}", ended.stderr);
            assert!(!room.path("out").exists(), "nothing ran");
        }
    }
    // One that can be is not left behind where nothing comes to be written into it.
    room.run(&["test", "small.yaml", "--junit", "all.xml", "--summary", "nowhere/all"]).code(1);
    assert!(!room.path("all.xml").exists());
}

#[test]
fn drivers_are_read_off_a_finished_run() {
    let room = Room::with_small_scenario();
    room.run(&["run", "small.yaml"]).code(0);
    let folder = room.run_folder("out", "small");
    let drivers = |arguments: &[&str]| room.run(&[&["drivers", folder.to_str().unwrap()], arguments].concat());
    let ended = drivers(&["--measure", "time_to_95"]).code(0);
    for part in ["What drives time_to_95 of kernel", "rank correlation", "reboot_race", "n = 20 replications"] {
        assert!(ended.stdout.contains(part), "{part} in\n{}", ended.stdout);
    }
    assert!(drivers(&["--measure", "pcs_hti"]).code(2).stderr.contains("did you mean `pcs_hit`?"));
    assert!(drivers(&["--set", "fleet.pcs=1k"]).code(2).stderr.contains("can't be changed"));
    assert!(drivers(&["--replications", "9"]).code(2).stderr.contains("--rows"));
    std::fs::create_dir(room.path("july-2024")).unwrap();
    for scenario in ["small.yaml", "july-2024"] {
        let ended = room.run(&["drivers", scenario, "--method", "rank"]).code(2);
        assert!(ended.stderr.contains("finished run"), "{scenario}: {}", ended.stderr);
    }
}

#[test]
fn a_design_is_simulated_once_and_read_for_any_measure() {
    let room = Room::with_small_scenario();
    let line = ["drivers", "small.yaml", "--rows", "3", "--set", "fleet.pcs=500"];
    let ended = room.run(&line).code(0);
    for part in ["What drives pc_hours_lost of kernel", "mu*", "sigma", "n = 3 rows", "drivers-pc_hours_lost.csv"] {
        assert!(ended.stdout.contains(part), "{part} in\n{}", ended.stdout);
    }
    let again = room.run(&[&line[..], &["--measure", "pcs_hit", "--threads", "1"]].concat()).code(0);
    assert!(again.stderr.contains("replications there already"), "{}", again.stderr);
    let folder = room.run_folder("out", "small-morris");
    let table = room.read(folder.join("drivers-pcs_hit.csv").to_str().unwrap());
    assert!(table.starts_with("method,arm,measure,input,range,figure,unit,value,low,high,n\nmorris,kernel,pcs_hit,"));
    let shares = room.run(&["drivers", "small.yaml", "--method", "sobol", "--rows", "2", "--set", "fleet.pcs=500"]);
    assert!(shares.code(0).stdout.contains("Chance alone"), "the share of the dice is said");
}

#[test]
fn a_sweep_gives_a_curve_its_tables_and_its_figure() {
    let room = Room::with_small_scenario();
    let line =
        ["sweep", "small.yaml", "--vary", "fleet.pcs=500..1500/3", "--replications", "6", "--measure", "pcs_hit"];
    let ended = room.run(&line).code(0);
    for part in ["3 arms", "pcs_hit over pcs", "500", "1000", "1500", "change from first", "sweep-pcs-pcs_hit.svg"] {
        assert!(ended.stdout.contains(part), "{part} in\n{}", ended.stdout);
    }
    let folder = room.run_folder("out", "small");
    let table = room.read(folder.join("sweep-pcs-pcs_hit.csv").to_str().unwrap());
    assert_eq!(table.lines().count(), 4, "{table}");
    let figure = room.read(folder.join("sweep-pcs-pcs_hit.svg").to_str().unwrap());
    assert!(figure.starts_with("<svg") && figure.contains("aria-label=\"pcs_hit over pcs."), "{figure}");
    // The resolved scenario is an ordinary one: it runs, and gives the same.
    room.run(&["run", folder.join("scenario.lock.yaml").to_str().unwrap(), "--out", "again"]).code(0);
    let csv = |folder: &std::path::Path| room.read(folder.join("replications.csv").to_str().unwrap());
    assert_eq!(csv(&room.run_folder("again", "small")), csv(&folder));
    assert_eq!(room.run(&line).code(0).stdout, ended.stdout, "again, from what is there");
    let both = [&line[..], &["--all-arms", "--out", "both"]].concat();
    assert!(room.run(&both).code(0).stdout.contains("6 arms"));
    assert!(room.run(&["sweep", "small.yaml", "--vary", "fleet.pcs=500"]).code(2).stderr.contains("no variation"));
}
