//! What can go wrong in an experiment.

use std::io;
use std::path::{Path, PathBuf};

use bugcheck_sim::engine;

/// Why an experiment could not be carried out, or its results not be read. What is in the journal stays there: no error
/// takes a finished replication away, but a journal may itself be what is damaged.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The disk is full.
    #[error(
        "no room left on the disk while writing {}; finished replications are kept, and the same command goes on from there",
        .0.display()
    )]
    DiskFull(PathBuf),
    /// A file could not be read or written.
    #[error("cannot {doing} {}: {source}", .path.display())]
    File {
        /// What was tried, such as `write`.
        doing: &'static str,
        /// Which file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
    /// Another run is writing to the same folder.
    #[error("another run is at work in {}; wait for it, or write to another folder", .0.display())]
    InUse(PathBuf),
    /// The folder belongs to another scenario.
    #[error("{} holds another scenario than the one to be run; move it away, or write to another folder", .0.display())]
    OtherScenario(PathBuf),
    /// The folder was begun by a program whose results differ.
    #[error(
        "{} was begun with result epoch {found}, this program has epoch {ours}: their replications do not mix; move the folder away, or write to another one",
        .path.display()
    )]
    OtherEpoch {
        /// The folder.
        path: PathBuf,
        /// Its epoch.
        found: u32,
        /// Ours, see [`bugcheck_sim::RESULT_EPOCH`].
        ours: u32,
    },
    /// The journal was written in another format.
    #[error(
        "{} was written by another version of the program, in a format that this one does not read; use that version, or move the folder away and run again",
        .0.display()
    )]
    OtherFormat(PathBuf),
    /// An arm has no uncertain inputs, so that none can be moved.
    #[error(
        "nothing drives the arm `{0}`: it has no uncertain inputs (write one as `{{ uncertain: {{ low: 5%, likely: 12%, high: 30% }} }}`)"
    )]
    NothingUncertain(String),
    /// The folder is not one that a run left.
    #[error("{} is not a run folder: it has no {missing}", .path.display())]
    NotARun {
        /// The folder.
        path: PathBuf,
        /// The file that is missing.
        missing: &'static str,
    },
    /// Files of different runs lie in one folder.
    #[error(
        "{} mixes files of different runs: {file} was made from another scenario than {lock}; put back the files of one run, or run the scenario again in another folder",
        .path.display()
    )]
    Mixed {
        /// The folder.
        path: PathBuf,
        /// The file that does not belong to the resolved scenario.
        file: &'static str,
        /// The file of the resolved scenario.
        lock: &'static str,
    },
    /// A file of the run folder is not what a run writes.
    #[error("{} is damaged or was written by another version of the program: {what}", .path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: String,
    },
    /// The scenario's name cannot be a folder.
    #[error("the scenario's name `{0}` cannot name a folder; use letters, digits, `-` and `_`")]
    Name(String),
    /// An arm or replication that the experiment does not have.
    #[error("there is no {what} {asked}; the experiment has {limit} of them, counted from 0")]
    OutOfRange {
        /// What was asked for: `arm` or `replication`.
        what: &'static str,
        /// Which.
        asked: usize,
        /// How many there are.
        limit: usize,
    },
    /// What is to be watched is not in the replication, of whose sample only some organisations are.
    #[error(
        "{what} is not among the {of} that replication {replication} simulates; it has the organisations {organisations}, …, and the story of one names its PCs"
    )]
    NotSimulated {
        /// What: a PC or an organisation, and its number.
        what: String,
        /// How many are simulated.
        of: u64,
        /// Number of the replication.
        replication: u32,
        /// Numbers of some organisations that are, the first ones.
        organisations: String,
    },
    /// A replication could not be simulated. Nothing of this replication is kept that was not finished before.
    #[error("arm `{arm}`, replication {replication}: {source}")]
    Simulation {
        /// Name of the arm.
        arm: String,
        /// Number of the replication.
        replication: u32,
        /// Why.
        source: engine::Error,
    },
    /// The threads could not be started.
    #[error("cannot start the threads: {0}")]
    Threads(String),
}

impl Error {
    /// An error of reading or writing a file; a full disk is told apart.
    pub(crate) fn file(doing: &'static str, path: &Path, source: io::Error) -> Error {
        match source.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Error::DiskFull(path.to_path_buf()),
            _ => Error::File { doing, path: path.to_path_buf(), source },
        }
    }

    /// Something is wrong with the contents of a file.
    pub(crate) fn damaged(path: &Path, what: &dyn ToString) -> Error {
        Error::Damaged { path: path.to_path_buf(), what: what.to_string() }
    }
}
