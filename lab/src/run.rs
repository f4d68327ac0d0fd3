//! Carrying out an experiment.

use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use bugcheck_scenarios::Experiment;
use bugcheck_sim::engine::{Outcome, Run};
use bugcheck_sim::measure::{Measure, Reading, Segment};
use rayon::{ThreadPool, ThreadPoolBuilder};

use crate::estimate::{Estimate, Level, Readings, horizon_hours, mean};
use crate::folder::Claimed;
use crate::journal::{Entry, Frame, Journal};
use crate::plans::{CarryOut, Plans, carry_out};
use crate::results::Replication;
use crate::stopping::{Stopped, judge, looks};
use crate::{Error, RunFolder};

/// PCs that are simulated at the same time, at most, those of all arms of a replication counted once: replications of
/// large fleets run one after the other, each on all threads, so that memory does not grow with the number of threads.
const PCS_AT_ONCE: u64 = 50_000_000;

/// PCs that one piece of work simulates, at most, those of its arms added up, unless one arm alone has more. Whoever
/// stops a run waits for the pieces at work, and one of this size takes about a minute on two cores. Arms of one
/// replication that are in different pieces share nothing.
const PCS_TOGETHER: u64 = 1_500_000_000;

/// How an experiment is carried out; nothing here changes its results.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// The folder in which run folders are made; `out` by default.
    pub out: PathBuf,
    /// Threads to compute on; `None` is all cores.
    pub threads: Option<NonZeroUsize>,
}

impl Default for Options {
    fn default() -> Options {
        Options { out: "out".into(), threads: None }
    }
}

/// What happens while an experiment runs.
#[derive(Clone, Debug)]
pub enum News<'a> {
    /// It begins.
    Began {
        /// Where results go.
        folder: &'a Path,
        /// Replications of all arms that were found there, of an interrupted run.
        found: usize,
        /// Replications of all arms up to the first look.
        planned: usize,
        /// Replications of all arms, at most.
        most: usize,
    },
    /// A replication of an arm is finished, and on the disk.
    Finished {
        /// The arm.
        arm: usize,
        /// The number of the replication.
        replication: u32,
        /// Replications of all arms that are finished.
        finished: usize,
        /// Replications of all arms up to the next look.
        planned: usize,
        /// The baseline's mean so far, of the measure whose precision is asked for. To be shown, not to be judged by.
        baseline: &'a Estimate,
    },
    /// The results were looked at.
    Looked {
        /// Replications of each arm.
        replications: u32,
        /// Each arm's mean of the measure whose precision is asked for.
        means: &'a [Estimate],
        /// Replications of all arms up to the next look; `None` if this was the last one.
        next: Option<usize>,
    },
    /// All replications are made, the files are being written.
    Writing,
}

/// Who is told about progress. Called from the thread that writes results.
pub trait Progress: Sync {
    /// Something happened.
    fn tell(&self, news: &News<'_>);
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {
    fn tell(&self, _: &News<'_>) {}
}

/// Carries out an experiment, or goes on with it where an interrupted run left off, and writes its folder.
///
/// All arms of a replication are carried out together, unless the fleet is very large. Set `stop` to end it:
/// replications at work are finished and kept, and the folder is returned without its final files
/// ([`RunFolder::complete`] is false).
///
/// # Errors
/// See [`Error`]; replications that were finished before it are kept.
pub fn run(
    scenario: &dyn Plans,
    options: &Options,
    progress: &dyn Progress,
    stop: &AtomicBool,
) -> Result<RunFolder, Error> {
    run_with(scenario, options, progress, stop, &bugcheck_sim::simulate_arms)
}

/// The same with another simulator.
///
/// # Errors
/// As [`run()`].
pub fn run_with(
    scenario: &dyn Plans,
    options: &Options,
    progress: &dyn Progress,
    stop: &AtomicBool,
    simulate: &CarryOut,
) -> Result<RunFolder, Error> {
    let claimed = Claimed::of(scenario, &options.out)?;
    let mut finished = Finished::new(scenario.experiment());
    let mut journal = claimed.journal(|entry| finished.add(&entry))?;
    let pool = pool(options.threads)?;
    let shop = Shop { scenario, simulate, pool: &pool, stop, progress };
    let stopped = shop.look_by_look(claimed.path(), &mut finished, &mut journal)?;
    // Finishing puts another file in its place, which some systems refuse while this one is open.
    drop(journal);
    match stopped {
        Stopped::Interrupted => Ok(claimed.leave()),
        stopped => {
            progress.tell(&News::Writing);
            claimed.finish(stopped)
        }
    }
}

/// A pool of this many threads, or of as many as there are cores.
pub(crate) fn pool(threads: Option<NonZeroUsize>) -> Result<ThreadPool, Error> {
    ThreadPoolBuilder::new()
        .num_threads(threads.map_or(0, NonZeroUsize::get))
        .build()
        .map_err(|error| Error::Threads(error.to_string()))
}

/// PCs that one replication of one arm simulates, roughly.
fn pcs_of_one(experiment: &Experiment) -> u64 {
    (experiment.pcs / u64::from(experiment.one_in.max(1))).max(1)
}

/// Arms of a replication that are carried out together, at most.
pub(crate) fn arms_together(experiment: &Experiment) -> usize {
    (PCS_TOGETHER / pcs_of_one(experiment)).clamp(1, experiment.arms.len().max(1) as u64) as usize
}

/// What is finished, as far as the looks need it: one reading per replication.
struct Finished<'a> {
    experiment: &'a Experiment,
    measure: Measure,
    level: Level,
    /// By arm, then by replication.
    readings: Vec<BTreeMap<u32, Reading>>,
}

impl Finished<'_> {
    fn new(experiment: &Experiment) -> Finished<'_> {
        let measure = experiment.replications.until.as_ref().map_or(Measure::PcHoursLost, |until| until.measure);
        let readings = vec![BTreeMap::new(); experiment.arms.len()];
        Finished { experiment, measure, level: Level::of(experiment), readings }
    }

    fn add(&mut self, Entry { arm, replication }: &Entry) {
        // A reading that is missing is one with nothing to measure: neither is counted in a mean.
        let reading = replication.record.reading(&Segment::Fleet, self.measure).unwrap_or(Reading::Nothing);
        if let Some(readings) = self.readings.get_mut(*arm as usize) {
            readings.insert(replication.number, reading);
        }
    }

    fn count(&self) -> usize {
        self.readings.iter().map(BTreeMap::len).sum()
    }

    /// The mean over the replications before `look`, whatever else an interrupted run left.
    fn mean(&self, arm: usize, look: u32) -> Estimate {
        let by_replication = self.readings[arm].range(..look).map(|(&number, &reading)| (number, reading)).collect();
        let readings = Readings { measure: self.measure, horizon: horizon_hours(self.experiment), by_replication };
        mean(&readings, self.level)
    }

    /// What is missing of the replications before `look`, replication by replication.
    fn missing(&self, look: u32) -> Vec<Piece> {
        let together = arms_together(self.experiment);
        let pieces = |number| {
            let missing = |arm: &usize| !self.readings[*arm].contains_key(&number);
            let arms: Vec<usize> = (0..self.readings.len()).filter(missing).collect();
            arms.chunks(together).map(|arms| Piece { number, arms: arms.to_vec() }).collect::<Vec<_>>()
        };
        (0..look).flat_map(pieces).collect()
    }
}

/// A piece of work: arms of one replication that are carried out together.
struct Piece {
    /// The number of the replication.
    number: u32,
    /// All its arms, but for those that an interrupted run left and those that would make the piece too large.
    arms: Vec<usize>,
}

/// A piece that is finished but not yet on the disk: for each arm its entry, and the same ready to be written.
type Done = Vec<(Entry, Frame)>;

/// Everything that carrying out replications needs.
struct Shop<'a> {
    scenario: &'a dyn Plans,
    simulate: &'a CarryOut<'a>,
    pool: &'a ThreadPool,
    stop: &'a AtomicBool,
    progress: &'a dyn Progress,
}

impl Shop<'_> {
    /// Carries out replications up to each look in turn, until one says that they are enough.
    fn look_by_look(&self, folder: &Path, finished: &mut Finished, journal: &mut Journal) -> Result<Stopped, Error> {
        let replications = &self.scenario.experiment().replications;
        let arms = finished.readings.len();
        let looks = looks(replications);
        let of_all_arms = |look: Option<&u32>| look.map(|&look| arms * look as usize);
        self.progress.tell(&News::Began {
            folder,
            found: finished.count(),
            planned: of_all_arms(looks.first()).unwrap_or(0),
            most: of_all_arms(looks.last()).unwrap_or(0),
        });
        for (index, &look) in looks.iter().enumerate() {
            if !self.carry_out_to(look, finished, journal)? {
                return Ok(Stopped::Interrupted);
            }
            let means: Vec<Estimate> = (0..arms).map(|arm| finished.mean(arm, look)).collect();
            let stopped = judge(look, replications, &means);
            let next = of_all_arms(looks.get(index + 1)).filter(|_| stopped.is_none());
            self.progress.tell(&News::Looked { replications: look, means: &means, next });
            if let Some(stopped) = stopped {
                return Ok(stopped);
            }
        }
        // The last look is the largest number of replications, at which judging always ends.
        Ok(Stopped::Max)
    }

    /// Carries out what is missing of the replications before `look`; false if it was stopped before the end.
    ///
    /// A few lanes take the next piece each and put it on the pool, whose threads share the work within and between
    /// pieces; one writer takes what is finished to the disk, all that has come together in one go.
    fn carry_out_to(&self, look: u32, finished: &mut Finished, journal: &mut Journal) -> Result<bool, Error> {
        let pieces = finished.missing(look);
        let planned = finished.readings.len() * look as usize;
        let lanes = self.lanes().min(pieces.len());
        let queue = Queue { pieces: &pieces, next: AtomicUsize::new(0), failed: Mutex::new(None) };
        let (sender, receiver) = sync_channel(2 * lanes + 1);
        thread::scope(|scope| {
            for _ in 0..lanes {
                let (sender, queue) = (sender.clone(), &queue);
                scope.spawn(move || self.lane(queue, &sender));
            }
            drop(sender);
            let written = self.write(&receiver, finished, journal, planned);
            // Hangs up, so that lanes end too where the writer ended early.
            drop(receiver);
            written
        })?;
        match queue.failed.into_inner() {
            Ok(Some(error)) => Err(error),
            _ => Ok(finished.missing(look).is_empty()),
        }
    }

    /// Replications at work at the same time.
    fn lanes(&self) -> usize {
        let at_once = PCS_AT_ONCE / pcs_of_one(self.scenario.experiment());
        at_once.clamp(1, self.pool.current_num_threads() as u64) as usize
    }

    /// Takes one piece after the other until none is left, one fails, or someone says stop.
    fn lane(&self, queue: &Queue, sender: &SyncSender<Done>) {
        while !self.stop.load(Ordering::Relaxed) {
            let Some(piece) = queue.take() else { return };
            match self.carry_out(piece) {
                // The writer hangs up when it can write no more; its error is the one that counts.
                Ok(done) => {
                    if sender.send(done).is_err() {
                        return;
                    }
                }
                Err(error) => return queue.fail(error),
            }
        }
    }

    fn carry_out(&self, Piece { number, arms }: &Piece) -> Result<Done, Error> {
        let simulated = || carry_out(self.scenario, arms, *number, &Run::default(), self.simulate);
        let outcomes = self.pool.install(simulated)?;
        let done = |(&arm, outcome): (&usize, Outcome)| {
            let inputs = self.scenario.drawn(arm, *number);
            let replication = Replication { number: *number, inputs, record: outcome.record };
            let entry = Entry { arm: arm as u32, replication };
            let frame =
                Frame::of(&entry).map_err(|error| Error::file("encode for", Path::new("the journal"), error))?;
            Ok((entry, frame))
        };
        arms.iter().zip(outcomes).map(done).collect()
    }

    /// Writes what comes until all lanes have ended.
    fn write(
        &self,
        receiver: &Receiver<Done>,
        finished: &mut Finished,
        journal: &mut Journal,
        planned: usize,
    ) -> Result<(), Error> {
        while let Ok(first) = receiver.recv() {
            let (entries, frames): (Vec<Entry>, Vec<Frame>) =
                std::iter::once(first).chain(receiver.try_iter()).flatten().unzip();
            journal.append(&frames)?;
            for entry in &entries {
                finished.add(entry);
                self.progress.tell(&News::Finished {
                    arm: entry.arm as usize,
                    replication: entry.replication.number,
                    finished: finished.count(),
                    planned,
                    baseline: &finished.mean(finished.experiment.baseline, u32::MAX),
                });
            }
        }
        Ok(())
    }
}

/// The pieces of work, in order.
struct Queue<'a> {
    pieces: &'a [Piece],
    next: AtomicUsize,
    failed: Mutex<Option<Error>>,
}

impl Queue<'_> {
    fn take(&self) -> Option<&Piece> {
        self.pieces.get(self.next.fetch_add(1, Ordering::Relaxed))
    }

    /// Keeps the first error, and leaves nothing to be taken.
    fn fail(&self, error: Error) {
        self.next.store(self.pieces.len(), Ordering::Relaxed);
        if let Ok(mut failed) = self.failed.lock() {
            failed.get_or_insert(error);
        }
    }
}

#[cfg(test)]
mod tests;
