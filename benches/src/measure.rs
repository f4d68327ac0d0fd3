//! One measurement, in a process of its own: its memory is its own, and no measurement warms another's caches or heap.
//!
//! The parent calls this program again with the hidden verb `child`, writes a [`Task`] to its stdin and reads
//! [`Figures`] from its stdout.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use bugcheck_sim::engine::Run;
use bugcheck_sim::measure::{Measure, Reading, Segment};
use bugcheck_sim::{Record, simulate, simulate_arms};
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::common::{Answer, Common};
use crate::peers::nexosim::Models;
use crate::peers::scripts::Script;
use crate::peers::{heap, limit, nexosim, scripts};
use crate::subject::Subject;

/// What one process measures.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Task {
    pub(crate) subject: Subject,
    pub(crate) program: Program,
    pub(crate) effort: Effort,
}

/// How much work is put in.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(crate) struct Effort {
    /// Threads for programs that use several.
    pub(crate) threads: usize,
    /// Runs in one process, at most.
    pub(crate) runs: usize,
    /// No further run begins when so many seconds are spent.
    pub(crate) budget: f64,
}

/// Which program computes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Program {
    /// bugcheck, arm by arm.
    Bugcheck,
    /// bugcheck, all arms of the subject in one call.
    BugcheckArms,
    /// The hand-written loop.
    Limit,
    /// A binary heap over arrays.
    Heap,
    /// NeXosim.
    Nexosim(Models),
    /// A Python script.
    Script(Script),
}

/// What a process measured.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Figures {
    /// Of each run, in order.
    pub(crate) seconds: Vec<f64>,
    /// The most memory that the process used, its start included.
    pub(crate) peak_bytes: u64,
    /// What was computed of the common model, if it was that.
    #[serde(default)]
    pub(crate) answer: Option<Answer>,
    /// Digest of each arm, for bugcheck.
    #[serde(default)]
    pub(crate) digests: Vec<String>,
    /// Organisations that were simulated, for bugcheck.
    #[serde(default)]
    pub(crate) organisations: u64,
    /// PCs that were hit, for bugcheck.
    #[serde(default)]
    pub(crate) hit: f64,
}

impl Figures {
    /// The middle one of the runs' seconds, the upper one of two.
    pub(crate) fn median(&self) -> f64 {
        let mut sorted = self.seconds.clone();
        sorted.sort_by(f64::total_cmp);
        sorted[sorted.len() / 2]
    }

    /// The fewest seconds.
    pub(crate) fn fastest(&self) -> f64 {
        self.seconds.iter().copied().fold(f64::INFINITY, f64::min)
    }
}

impl Task {
    /// Has a process of its own measure.
    ///
    /// # Errors
    /// If it cannot be started, or ends without figures; what it says about that goes to stderr.
    pub(crate) fn measure(&self) -> Result<Figures, Error> {
        let name = format!("{:?} on `{}`", self.program, self.subject.scenario);
        let own = std::env::current_exe().map_err(Error::machine("this program's own path"))?;
        let mut child = Command::new(own)
            .arg("child")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .map_err(Error::machine("starting a process"))?;
        let task = serde_json::to_vec(self).map_err(|error| Error::Json(name.clone(), error))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(&task).map_err(Error::machine("giving a process its task"))?;
        }
        let ended = child.wait_with_output().map_err(Error::machine("waiting for a process"))?;
        if !ended.status.success() {
            return Err(Error::Child(name, ended.status));
        }
        serde_json::from_slice(&ended.stdout).map_err(|error| Error::Json(name, error))
    }

    /// Measures, in this process.
    ///
    /// # Errors
    /// If the scenario, the engine or the peer refuses.
    pub(crate) fn carry_out(&self) -> Result<Figures, Error> {
        let (plans, dice) = self.subject.plans()?;
        let plans: Vec<_> = plans.into_iter().map(|(_, plan)| plan).collect();
        let threads = self.effort.threads;
        let first = || Common::of(&plans[0], dice);
        match self.program {
            Program::Bugcheck => self.of_bugcheck(&plans, dice, || {
                plans.iter().map(|plan| Ok(simulate(plan, dice, &Run::default())?.record)).collect()
            }),
            Program::BugcheckArms => self.of_bugcheck(&plans, dice, || {
                Ok(simulate_arms(&plans, dice, &Run::default())?.into_iter().map(|outcome| outcome.record).collect())
            }),
            Program::Limit => {
                let common = first()?;
                self.of_peer(|| Ok(limit::run(&common, threads)))
            }
            Program::Heap => {
                let common = first()?;
                let draws = common.draws();
                self.of_peer(|| Ok(heap::run(&common, &draws)))
            }
            Program::Nexosim(models) => {
                let common = first()?;
                let draws = common.draws();
                self.of_peer(|| nexosim::run(&common, &draws, models))
            }
            Program::Script(script) => scripts::run(&first()?, script, self.effort),
        }
    }

    fn of_peer(&self, mut run: impl FnMut() -> Result<Answer, Error>) -> Result<Figures, Error> {
        let (seconds, answer) = self.effort.spend(&mut run)?;
        Ok(Figures {
            seconds,
            peak_bytes: peak_bytes(),
            answer: Some(answer),
            digests: Vec::new(),
            organisations: 0,
            hit: answer.hits as f64,
        })
    }

    fn of_bugcheck(
        &self,
        plans: &[bugcheck_sim::Plan],
        dice: bugcheck_sim::Dice,
        mut run: impl FnMut() -> Result<Vec<Record>, Error> + Send,
    ) -> Result<Figures, Error> {
        let pool = rayon::ThreadPoolBuilder::new().num_threads(self.effort.threads).build();
        let pool = pool.map_err(|error| Error::Machine("threads".into(), std::io::Error::other(error)))?;
        let (seconds, records) = pool.install(|| self.effort.spend(&mut run))?;
        let peak_bytes = peak_bytes();
        let common = Common::of(&plans[0], dice).ok();
        Ok(Figures {
            seconds,
            peak_bytes,
            answer: common.map(|common| answer(&common, &records[0])).transpose()?,
            organisations: records[0].organisations_simulated,
            hit: value(&records[0], Measure::PcsHit),
            digests: records.into_iter().map(|record| record.digest).collect(),
        })
    }
}

impl Effort {
    /// Runs as often as wanted, at least once. Returns the seconds of each run, and what the last one gave.
    fn spend<T>(self, run: &mut impl FnMut() -> Result<T, Error>) -> Result<(Vec<f64>, T), Error> {
        let begins = Instant::now();
        let mut seconds = Vec::new();
        loop {
            let before = Instant::now();
            let result = run()?;
            seconds.push(before.elapsed().as_secs_f64());
            if seconds.len() >= self.runs || begins.elapsed() >= Duration::from_secs_f64(self.budget) {
                return Ok((seconds, result));
            }
        }
    }
}

/// What bugcheck's record says about the common model. A PC that was hit is down for its starts, its wait and its
/// repair, so the waits are what is left of the time lost; as all times are whole milliseconds, they are exact.
fn answer(common: &Common, record: &Record) -> Result<Answer, Error> {
    if value(record, Measure::PcsStillDown) > 0.0 {
        return Err(Error::OtherModel("all PCs are back within the horizon".to_owned()));
    }
    let hits = value(record, Measure::PcsHit) as u64;
    let in_line = (value(record, Measure::PcHoursLost) - value(record, Measure::TechnicianHours)) * 3.6e6;
    let own = hits * (common.to_sit() + common.start) as u64;
    Ok(Answer { hits, waited_ms: in_line.round() as u64 - own })
}

/// A measure of the fleet; 0 where there is nothing to measure.
fn value(record: &Record, measure: Measure) -> f64 {
    match record.reading(&Segment::Fleet, measure) {
        Some(Reading::Value(value)) => value,
        _ => 0.0,
    }
}

/// The most memory that this process has used; 0 where the machine does not say.
fn peak_bytes() -> u64 {
    use nix::sys::resource::{UsageWho, getrusage};
    // Linux counts in kilobytes, macOS in bytes.
    let unit = if cfg!(target_os = "macos") { 1 } else { 1024 };
    getrusage(UsageWho::RUSAGE_SELF).map_or(0, |usage| usage.max_rss() as u64 * unit)
}
