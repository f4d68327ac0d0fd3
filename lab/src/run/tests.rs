use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::AtomicUsize;

use bugcheck_sim::engine::{self, InArm};
use bugcheck_sim::{Dice, Plan};

use super::*;
use crate::journal;
use crate::replay::{Again, Recorded, replay_with};
use crate::testing::{Fake, experiment, outcome, outcomes};

fn options(out: &Path, threads: usize) -> Options {
    Options { out: out.to_path_buf(), threads: NonZeroUsize::new(threads) }
}

#[allow(clippy::unnecessary_wraps, reason = "it stands in for a simulator")]
fn simulate(plans: &[Plan], dice: Dice, _: &Run) -> Result<Vec<Outcome>, InArm> {
    Ok(outcomes(plans, dice))
}

/// The arms of these plans.
fn arms(plans: &[Plan]) -> Vec<u64> {
    plans.iter().map(|plan| plan.fleet.pcs - 1000).collect()
}

/// Runs to the end, undisturbed.
fn complete(fake: &Fake, out: &Path, threads: usize) -> RunFolder {
    run_with(fake, &options(out, threads), &Silent, &AtomicBool::new(false), &simulate).unwrap()
}

/// Every file of a folder.
fn bytes(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    files.map(|path| (path.file_name().unwrap().into(), fs::read(&path).unwrap())).collect()
}

#[test]
fn a_folder_has_the_same_bytes_on_any_number_of_threads() {
    let fake = Fake::new(3, 7);
    let folders = [1, 2, 5].map(|threads| {
        let out = tempfile::tempdir().unwrap();
        bytes(complete(&fake, out.path(), threads).path())
    });
    let names: Vec<String> = folders[0].keys().map(|name| name.display().to_string()).collect();
    assert_eq!(
        names,
        [
            ".in-use",
            "curves.csv",
            "curves.parquet",
            "manifest.json",
            "records.journal",
            "replications.csv",
            "replications.parquet",
            "scenario.lock.yaml",
            "summary.json"
        ]
    );
    assert_eq!(folders[0], folders[1]);
    assert_eq!(folders[0], folders[2]);
}

#[test]
fn a_run_killed_anywhere_goes_on_to_the_same_bytes() {
    let fake = Fake::new(2, 4);
    let out = tempfile::tempdir().unwrap();
    let whole = bytes(complete(&fake, out.path(), 2).path());
    let journal = &whole[Path::new("records.journal")];
    let head = journal.len() - 8 * (journal.len() / 12);
    for cut in (head..=journal.len()).step_by(151) {
        let again = tempfile::tempdir().unwrap();
        let folder = again.path().join("fake").join(&crate::plans::digest(fake.lock())[..12]);
        fs::create_dir_all(&folder).unwrap();
        fs::write(folder.join("scenario.lock.yaml"), fake.lock()).unwrap();
        fs::write(folder.join("records.journal"), &journal[..cut]).unwrap();
        assert_eq!(bytes(complete(&fake, again.path(), 2).path()), whole, "killed at byte {cut}");
    }
}

#[test]
fn nothing_finished_is_lost_or_repeated_when_stopped() {
    let fake = Fake::new(3, 10);
    let out = tempfile::tempdir().unwrap();
    let made = Mutex::new(Vec::new());
    let mut folder = None;
    for stop_after in [2, 3, 1, 100] {
        let (stop, count) = (AtomicBool::new(false), AtomicUsize::new(0));
        let counting = |plans: &[Plan], dice: Dice, run: &Run| {
            made.lock().unwrap().extend(arms(plans).into_iter().map(|arm| (dice.replication, arm)));
            stop.store(count.fetch_add(1, Ordering::SeqCst) + 1 >= stop_after, Ordering::SeqCst);
            simulate(plans, dice, run)
        };
        let left = run_with(&fake, &options(out.path(), 2), &Silent, &stop, &counting).unwrap();
        let results = left.results().unwrap();
        let finished: usize = results.arms.iter().map(Vec::len).sum();
        assert_eq!(finished, made.lock().unwrap().len(), "what was made is kept");
        assert_eq!(left.complete(), finished == 30);
        assert_eq!(results.manifest.stopped, if finished == 30 { "min" } else { "interrupted" });
        folder = Some(left);
    }
    let mut made = made.into_inner().unwrap();
    assert_eq!(made.len(), 30, "nothing is made twice");
    made.sort_unstable();
    made.dedup();
    assert_eq!(made.len(), 30);
    let undisturbed = tempfile::tempdir().unwrap();
    assert_eq!(bytes(folder.unwrap().path()), bytes(complete(&fake, undisturbed.path(), 1).path()));
}

#[test]
fn the_arms_of_a_replication_are_carried_out_together_on_the_same_dice() {
    let fake = Fake::new(3, 2);
    let out = tempfile::tempdir().unwrap();
    let order = Mutex::new(Vec::new());
    let noting = |plans: &[Plan], dice: Dice, run: &Run| {
        order.lock().unwrap().push((dice, arms(plans)));
        simulate(plans, dice, run)
    };
    run_with(&fake, &options(out.path(), 1), &Silent, &AtomicBool::new(false), &noting).unwrap();
    let dice = |replication| Dice { population: 2, dynamics: 1, replication };
    assert_eq!(order.into_inner().unwrap(), [(dice(0), vec![0, 1, 2]), (dice(1), vec![0, 1, 2])]);
}

#[test]
fn a_piece_of_work_is_no_larger_than_whoever_stops_it_can_wait_for() {
    for (pcs, one_in, sizes) in [
        (1_000, 1, vec![24]),
        (50_000_000, 1, vec![24]),
        (150_000_000, 1, vec![10, 10, 4]),
        (150_000_000, 100, vec![24]),
        (1_400_000_000, 1, vec![1; 24]),
        (u64::MAX, 1, vec![1; 24]),
    ] {
        let mut experiment = experiment(24, 2);
        (experiment.pcs, experiment.one_in) = (pcs, one_in);
        let missing = Finished::new(&experiment).missing(2);
        let made = missing.iter().map(|piece| (piece.number, piece.arms.len()));
        let expected = (0..2).flat_map(|number| sizes.iter().map(move |&size| (number, size)));
        assert_eq!(made.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "1 in {one_in} of {pcs} PCs");
    }
}

/// The journal of a complete run, entry by entry, with the arms and replications of the ones that `keep` chooses.
fn keep_only(fake: &Fake, whole: &RunFolder, out: &Path, keep: impl Fn(u32, u32) -> bool) {
    let folder = out.join("fake").join(&crate::plans::digest(fake.lock())[..12]);
    fs::create_dir_all(&folder).unwrap();
    fs::copy(whole.path().join("scenario.lock.yaml"), folder.join("scenario.lock.yaml")).unwrap();
    let mut kept = Vec::new();
    let visit = |entry: Entry| {
        if keep(entry.arm, entry.replication.number) {
            kept.push(entry);
        }
    };
    let head = journal::read(&whole.path().join("records.journal"), visit).unwrap();
    journal::create(&folder.join("records.journal"), &head, kept.into_iter()).unwrap();
}

#[test]
fn of_a_replication_that_was_torn_only_the_missing_arms_are_made_and_together() {
    let fake = Fake::new(4, 3);
    let undisturbed = tempfile::tempdir().unwrap();
    let whole = complete(&fake, undisturbed.path(), 2);
    let out = tempfile::tempdir().unwrap();
    // Of replication 0 nothing is missing, of 1 the arms 0 and 2, of 2 all but the last.
    keep_only(&fake, &whole, out.path(), |arm, number| match number {
        0 => true,
        1 => arm % 2 == 1,
        _ => arm == 3,
    });
    let order = Mutex::new(Vec::new());
    let noting = |plans: &[Plan], dice: Dice, run: &Run| {
        order.lock().unwrap().push((dice.replication, arms(plans)));
        simulate(plans, dice, run)
    };
    let folder = run_with(&fake, &options(out.path(), 1), &Silent, &AtomicBool::new(false), &noting).unwrap();
    assert_eq!(order.into_inner().unwrap(), [(1, vec![0, 2]), (2, vec![0, 1, 2])]);
    assert_eq!(bytes(folder.path()), bytes(whole.path()));
}

#[test]
fn arms_that_were_made_one_by_one_give_the_same_bytes_as_arms_together() {
    let fake = Fake::new(3, 4);
    let together = tempfile::tempdir().unwrap();
    let whole = complete(&fake, together.path(), 2);
    let mut alone = Fake::new(3, 4);
    // So large a fleet is never carried out together; the plans, and what comes of them, are the same.
    alone.experiment.pcs = 2 * PCS_TOGETHER;
    let out = tempfile::tempdir().unwrap();
    let most = AtomicUsize::new(0);
    let noting = |plans: &[Plan], dice: Dice, run: &Run| {
        most.fetch_max(plans.len(), Ordering::SeqCst);
        simulate(plans, dice, run)
    };
    let folder = run_with(&alone, &options(out.path(), 1), &Silent, &AtomicBool::new(false), &noting).unwrap();
    assert_eq!(most.into_inner(), 1);
    assert_eq!(folder.results().unwrap().arms, whole.results().unwrap().arms);
    for name in ["replications.csv", "replications.parquet", "curves.csv", "curves.parquet", "manifest.json"] {
        assert_eq!(fs::read(folder.path().join(name)).unwrap(), fs::read(whole.path().join(name)).unwrap(), "{name}");
    }
}

#[test]
fn it_stops_at_the_first_look_that_is_precise_enough() {
    for (half_width, replications, stopped) in [(0.5, 60, "precision"), (0.0075, 120, "precision"), (1e-9, 240, "max")]
    {
        let fake = Fake::new(2, 1).until(60, 240, half_width);
        let out = tempfile::tempdir().unwrap();
        let results = complete(&fake, out.path(), 2).results().unwrap();
        let made: Vec<usize> = results.arms.iter().map(Vec::len).collect();
        assert_eq!((made, results.manifest.stopped.as_str()), (vec![replications; 2], stopped), "{half_width}");
    }
}

/// What lies beyond a look that was taken, an interrupted run left; taking that look again with it would be a look at a
/// number of replications that the rules do not know.
#[test]
fn a_run_killed_between_two_looks_takes_the_first_again_over_its_own_replications() {
    let fake = Fake::new(2, 1).until(60, 240, 0.0075);
    let undisturbed = tempfile::tempdir().unwrap();
    let whole = complete(&fake, undisturbed.path(), 2);
    assert_eq!(whole.results().unwrap().arms.iter().map(Vec::len).collect::<Vec<_>>(), [120, 120]);
    let out = tempfile::tempdir().unwrap();
    keep_only(&fake, &whole, out.path(), |arm, number| number < 110 + 8 * arm && (arm, number) != (0, 77));
    assert_eq!(bytes(complete(&fake, out.path(), 2).path()), bytes(whole.path()));
}

#[test]
fn what_a_run_leaves_is_read_back() {
    let fake = Fake::new(2, 3);
    let out = tempfile::tempdir().unwrap();
    let folder = RunFolder::open(complete(&fake, out.path(), 2).path()).unwrap();
    let results = folder.results().unwrap();
    assert_eq!(results.experiment, fake.experiment);
    assert_eq!(folder.lock().unwrap(), fake.lock());
    assert_eq!(results.arms[1][2].inputs, fake.drawn(1, 2));
    let dice = Dice { population: 2, dynamics: 1, replication: 2 };
    assert_eq!(results.arms[1][2].record, outcome(&fake.plan(1, 2), dice).record);
    insta::assert_snapshot!("manifest", fs::read_to_string(folder.path().join("manifest.json")).unwrap());
}

#[test]
fn summary_and_tables_are_as_documented() {
    let out = tempfile::tempdir().unwrap();
    let folder = complete(&Fake::new(2, 3), out.path(), 2);
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let summary = read("summary.json");
    serde_json::from_str::<serde_json::Value>(&summary).unwrap();
    let interesting = |line: &&str| {
        !line.contains("\"measure\"")
            || ["pc_hours_lost\"", "time_to_90", "detection_delay"].iter().any(|m| line.contains(m))
    };
    insta::assert_snapshot!("summary", summary.lines().filter(interesting).collect::<Vec<_>>().join("\n"));
    let replications = read("replications.csv");
    let head: Vec<&str> = replications.lines().take(25).collect();
    insta::assert_snapshot!("replications", head.join("\n"));
    insta::assert_snapshot!("curves", read("curves.csv").lines().take(4).collect::<Vec<_>>().join("\n"));
}

#[test]
fn an_error_names_the_replication_and_keeps_the_rest() {
    let fake = Fake::new(2, 4);
    let out = tempfile::tempdir().unwrap();
    let failing = |plans: &[Plan], dice: Dice, run: &Run| match (arms(plans).iter().position(|&arm| arm == 1), dice) {
        (Some(arm), Dice { replication: 2, .. }) => {
            Err(InArm { arm, source: engine::Error::Plan("a ring has no PCs".into()) })
        }
        _ => simulate(plans, dice, run),
    };
    let error = run_with(&fake, &options(out.path(), 1), &Silent, &AtomicBool::new(false), &failing).unwrap_err();
    insta::assert_snapshot!(error, @"arm `arm 1`, replication 2: a ring has no PCs");
    let path = out.path().join("fake").join(&crate::plans::digest(fake.lock())[..12]);
    let results = RunFolder::open(&path).unwrap().results().unwrap();
    assert_eq!(results.arms.iter().map(Vec::len).collect::<Vec<_>>(), [2, 2]);
}

#[test]
fn an_error_names_its_arm_also_where_other_arms_were_there_before() {
    let fake = Fake::new(4, 1);
    let undisturbed = tempfile::tempdir().unwrap();
    let out = tempfile::tempdir().unwrap();
    keep_only(&fake, &complete(&fake, undisturbed.path(), 1), out.path(), |arm, _| arm == 0 || arm == 2);
    let failing = |plans: &[Plan], _: Dice, _: &Run| {
        assert_eq!(arms(plans), [1, 3]);
        Err(InArm { arm: 1, source: engine::Error::Plan("a ring has no PCs".into()) })
    };
    let error = run_with(&fake, &options(out.path(), 1), &Silent, &AtomicBool::new(false), &failing).unwrap_err();
    assert!(error.to_string().starts_with("arm `arm 3`, replication 0"), "{error}");
}

#[test]
fn a_crash_keeps_what_was_finished() {
    let fake = Fake::new(2, 4);
    let out = tempfile::tempdir().unwrap();
    let crashing = |plans: &[Plan], dice: Dice, run: &Run| {
        assert!(dice.replication != 3, "a defect of the simulator");
        simulate(plans, dice, run)
    };
    let crash = std::panic::catch_unwind(|| {
        run_with(&fake, &options(out.path(), 1), &Silent, &AtomicBool::new(false), &crashing)
    });
    assert!(crash.is_err());
    let undisturbed = tempfile::tempdir().unwrap();
    let made = AtomicUsize::new(0);
    let counting = |plans: &[Plan], dice: Dice, run: &Run| {
        made.fetch_add(plans.len(), Ordering::SeqCst);
        simulate(plans, dice, run)
    };
    let folder = run_with(&fake, &options(out.path(), 1), &Silent, &AtomicBool::new(false), &counting).unwrap();
    assert_eq!(made.into_inner(), 2, "six of eight were kept");
    assert_eq!(bytes(folder.path()), bytes(complete(&fake, undisturbed.path(), 1).path()));
}

#[test]
fn two_runs_do_not_share_a_folder() {
    let fake = Fake::new(1, 2);
    let out = tempfile::tempdir().unwrap();
    let nested = |plans: &[Plan], dice: Dice, run: &Run| {
        let second = run_with(&Fake::new(1, 2), &options(out.path(), 1), &Silent, &AtomicBool::new(false), &simulate);
        assert!(matches!(second, Err(Error::InUse(_))), "{second:?}");
        simulate(plans, dice, run)
    };
    run_with(&fake, &options(out.path(), 1), &Silent, &AtomicBool::new(false), &nested).unwrap();
    complete(&fake, out.path(), 1);
}

#[test]
fn a_folder_of_another_scenario_is_left_alone() {
    let fake = Fake::new(1, 2);
    let out = tempfile::tempdir().unwrap();
    let folder = complete(&fake, out.path(), 1);
    fs::write(folder.path().join("scenario.lock.yaml"), "name: other").unwrap();
    let before = bytes(folder.path());
    let error = run_with(&fake, &options(out.path(), 1), &Silent, &AtomicBool::new(false), &simulate).unwrap_err();
    assert!(matches!(error, Error::OtherScenario(_)));
    assert_eq!(bytes(folder.path()), before);
}

#[test]
fn files_of_different_runs_are_not_read_together() {
    let out = tempfile::tempdir().unwrap();
    let here = complete(&Fake::new(1, 2), out.path(), 1);
    let there = complete(&Fake::new(1, 3), out.path(), 1);
    let copy = |name: &str| fs::copy(there.path().join(name), here.path().join(name)).unwrap();
    copy("manifest.json");
    let error = RunFolder::open(here.path()).unwrap().results().unwrap_err();
    assert!(matches!(error, Error::Mixed { file: "manifest.json", .. }), "{error}");
    copy("records.journal");
    for error in [RunFolder::open(here.path()).unwrap_err(), here.results().unwrap_err()] {
        assert!(error.to_string().contains("records.journal was made from another scenario"), "{error}");
    }
    copy("scenario.lock.yaml");
    assert_eq!(RunFolder::open(here.path()).unwrap().results().unwrap(), there.results().unwrap());
}

#[test]
fn a_manifest_beside_a_journal_that_lost_replications_is_refused_until_they_are_made_again() {
    let fake = Fake::new(2, 3);
    let out = tempfile::tempdir().unwrap();
    let folder = complete(&fake, out.path(), 1);
    let whole = bytes(folder.path());
    let journal = &whole[Path::new("records.journal")];
    fs::write(folder.path().join("records.journal"), &journal[..journal.len() - 1]).unwrap();
    let error = folder.results().unwrap_err();
    assert!(matches!(error, Error::Damaged { .. }) && error.to_string().contains("results digest"), "{error}");
    complete(&fake, out.path(), 1);
    assert_eq!(bytes(folder.path()), whole);
}

#[test]
fn a_replay_is_held_against_the_record() {
    let fake = Fake::new(2, 3);
    let out = tempfile::tempdir().unwrap();
    let folder = complete(&fake, out.path(), 1);
    let again = |arm, replication| Again { arm, replication, watch: engine::Watch::Nothing };
    let recorded = |again, with: &CarryOut| replay_with(&fake, &folder, again, with).map(|replay| replay.recorded);
    assert_eq!(recorded(again(1, 2), &simulate).unwrap(), Recorded::Same);
    assert_eq!(recorded(again(1, 3), &simulate).unwrap(), Recorded::Missing);
    let other = |plans: &[Plan], _: Dice, run: &Run| simulate(plans, crate::dice(&fake.experiment, 77), run);
    assert!(matches!(recorded(again(1, 2), &other).unwrap(), Recorded::Other(_)));
    assert!(matches!(recorded(again(2, 0), &simulate), Err(Error::OutOfRange { what: "arm", asked: 2, limit: 2 })));
    let changed = Fake::new(2, 4);
    assert!(matches!(replay_with(&changed, &folder, again(0, 0), &simulate), Err(Error::OtherScenario(_))));

    // Where the run is of another epoch, another result is no sign that something is not deterministic.
    let records = folder.path().join("records.journal");
    let mut entries = Vec::new();
    let mut head = journal::read(&records, |entry| entries.push(entry)).unwrap();
    head.epoch -= 1;
    journal::create(&records, &head, entries.into_iter()).unwrap();
    assert_eq!(recorded(again(1, 2), &simulate).unwrap(), Recorded::Same);
    let found = recorded(again(1, 2), &other).unwrap();
    assert!(matches!(found, Recorded::OtherEpoch { epoch, .. } if epoch == head.epoch), "{found:?}");
}

#[test]
fn a_replay_of_what_is_not_in_the_sample_names_what_is() {
    let fake = Fake::new(1, 1);
    let out = tempfile::tempdir().unwrap();
    let folder = complete(&fake, out.path(), 1);
    let sampled = |plans: &[Plan], dice: Dice, run: &Run| {
        let not_simulated = || engine::Error::NotSimulated("PC 4711".into(), 30);
        match run.watch {
            engine::Watch::Pc(_) => Err(InArm { arm: 0, source: not_simulated() }),
            _ => {
                Ok(outcomes(plans, dice).into_iter().map(|o| Outcome { digests: vec![(3, 0), (8, 0)], ..o }).collect())
            }
        }
    };
    let again = Again { arm: 0, replication: 0, watch: engine::Watch::Pc(4711) };
    let error = replay_with(&fake, &folder, again, &sampled).unwrap_err().to_string();
    assert!(error.starts_with("PC 4711 is not among the 30 that replication 0 simulates"), "{error}");
    assert!(error.contains("it has the organisations 3, 8, …"), "{error}");
}

#[test]
fn progress_is_told_as_it_happens() {
    struct Note(Mutex<Vec<String>>);
    impl Progress for Note {
        fn tell(&self, news: &News<'_>) {
            let line = match news {
                News::Began { found, planned, most, .. } => format!("began {found} {planned} {most}"),
                News::Finished { finished, planned, baseline, .. } => format!("{finished}/{planned} n={}", baseline.n),
                News::Looked { replications, means, next } => format!("look {replications} {} {next:?}", means.len()),
                News::Writing => "writing".into(),
            };
            self.0.lock().unwrap().push(line);
        }
    }
    let out = tempfile::tempdir().unwrap();
    let note = Note(Mutex::new(Vec::new()));
    let fake = Fake::new(2, 1).until(2, 3, 1e-9);
    run_with(&fake, &options(out.path(), 1), &note, &AtomicBool::new(false), &simulate).unwrap();
    let lines = note.0.into_inner().unwrap();
    assert_eq!(lines.first().unwrap(), "began 0 6 6");
    assert_eq!(lines[lines.len() - 3..], ["6/6 n=3", "look 3 2 None", "writing"]);
}
