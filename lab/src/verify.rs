//! Whether results hang on what they must not hang on: the number of threads, the order of equal times, chance.

use std::fmt;
use std::num::NonZeroUsize;

use bugcheck_sim::engine::{Event, Run, Watch};

use crate::Error;
use crate::plans::{CarryOut, Plans, carry_out};
use crate::run::pool;

/// What is tried.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Numbers of threads; 1, 2 and 4 by default.
    pub threads: Vec<NonZeroUsize>,
    /// Replications of each arm; 1 by default.
    pub replications: u32,
}

impl Default for Options {
    fn default() -> Options {
        Options { threads: [1, 2, 4].into_iter().filter_map(NonZeroUsize::new).collect(), replications: 1 }
    }
}

/// One way of carrying out the experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Threads.
    pub threads: NonZeroUsize,
    /// Seed by which events of equal time are shuffled; `None` is their usual order.
    pub shuffle: Option<u64>,
    /// 1 for the first time in this way, 2 for the second.
    pub time: u32,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads = self.threads.get();
        write!(f, "{threads} thread{}", if threads == 1 { "" } else { "s" })?;
        if self.shuffle.is_some() {
            write!(f, ", equal times shuffled")?;
        }
        if self.time > 1 {
            write!(f, ", once more")?;
        }
        Ok(())
    }
}

/// One way, and what it gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trial {
    /// How.
    pub way: Way,
    /// blake3 over the digests of the records of all arms and replications, in hex.
    pub digest: String,
}

/// What [`verify()`] found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verification {
    /// All ways that were tried, the reference first.
    pub trials: Vec<Trial>,
    /// The first difference, if there is one.
    pub difference: Option<Difference>,
}

/// Where two ways of carrying out the same replication part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The way that was right by definition.
    pub reference: Way,
    /// The way that differs from it.
    pub other: Way,
    /// Index of the arm.
    pub arm: usize,
    /// Number of the replication.
    pub replication: u32,
    /// The first organisation whose events differ; `None` if no organisation's do, only what is counted over them, or
    /// if the difference did not show again.
    pub organisation: Option<u64>,
    /// What the reference did where they part; `None` if it had ended.
    pub expected: Option<Event>,
    /// What the other did there.
    pub found: Option<Event>,
}

/// Carries out the same replications in several ways: each number of threads, the first one twice, and with events of
/// equal time shuffled; their results must be the same to the byte. If they are not, the first event that differs is
/// looked for.
///
/// # Errors
/// If a replication cannot be simulated.
pub fn verify(scenario: &dyn Plans, options: &Options) -> Result<Verification, Error> {
    verify_with(scenario, options, &bugcheck_sim::simulate)
}

/// The same with another simulator.
///
/// # Errors
/// As [`verify()`].
pub fn verify_with(scenario: &dyn Plans, options: &Options, simulate: &CarryOut) -> Result<Verification, Error> {
    let mut verification = Verification { trials: Vec::new(), difference: None };
    let mut reference: Option<(Way, Vec<String>)> = None;
    for way in ways(options) {
        let records = digests(scenario, options, way, simulate)?;
        verification.trials.push(Trial { way, digest: together(&records) });
        let Some((reference, expected)) = &reference else {
            reference = Some((way, records));
            continue;
        };
        if let Some(place) = expected.iter().zip(&records).position(|(a, b)| a != b) {
            let arms = scenario.experiment().arms.len();
            let place = (place % arms, (place / arms) as u32);
            verification.difference = Some(part(scenario, place, *reference, way, simulate)?);
            break;
        }
    }
    Ok(verification)
}

/// The ways that are tried, the reference first.
fn ways(options: &Options) -> Vec<Way> {
    let first = options.threads.first().copied().unwrap_or(NonZeroUsize::MIN);
    let last = options.threads.last().copied().unwrap_or(first);
    let usual = Way { threads: first, shuffle: None, time: 1 };
    let mut ways = vec![usual, Way { time: 2, ..usual }];
    ways.extend(options.threads.iter().skip(1).map(|&threads| Way { threads, ..usual }));
    ways.extend([(first, 1), (last, 2)].map(|(threads, seed)| Way { threads, shuffle: Some(seed), time: 1 }));
    ways
}

/// The digests of all replications: all arms of the first, then of the next.
fn digests(scenario: &dyn Plans, options: &Options, way: Way, simulate: &CarryOut) -> Result<Vec<String>, Error> {
    let pool = pool(Some(way.threads))?;
    let run = Run { shuffle: way.shuffle, watch: Watch::Nothing };
    let arms = scenario.experiment().arms.len();
    let all = (0..options.replications).flat_map(|number| (0..arms).map(move |arm| (arm, number)));
    all.map(|(arm, number)| Ok(pool.install(|| carry_out(scenario, arm, number, &run, simulate))?.record.digest))
        .collect()
}

fn together(records: &[String]) -> String {
    let mut hasher = blake3::Hasher::new();
    for digest in records {
        hasher.update(digest.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// Finds where two ways part: the first organisation with another digest, then its first event that differs.
fn part(
    scenario: &dyn Plans,
    (arm, replication): (usize, u32),
    reference: Way,
    other: Way,
    simulate: &CarryOut,
) -> Result<Difference, Error> {
    let look = |way: Way, watch| {
        let run = Run { shuffle: way.shuffle, watch };
        pool(Some(way.threads))?.install(|| carry_out(scenario, arm, replication, &run, simulate))
    };
    let expected = look(reference, Watch::Digests)?.digests;
    let found = look(other, Watch::Digests)?.digests;
    let mut difference =
        Difference { reference, other, arm, replication, organisation: None, expected: None, found: None };
    let Some(organisation) = first_difference(&expected, &found) else { return Ok(difference) };
    let expected = look(reference, Watch::Organisation(organisation))?.trace;
    let found = look(other, Watch::Organisation(organisation))?.trace;
    let at = expected.iter().zip(&found).take_while(|(a, b)| a == b).count();
    difference.organisation = Some(organisation);
    difference.expected = expected.get(at).cloned();
    difference.found = found.get(at).cloned();
    Ok(difference)
}

/// The first organisation that only one of two ascending lists has, or that has another digest in the other.
fn first_difference(expected: &[(u64, u64)], found: &[(u64, u64)]) -> Option<u64> {
    let same = expected.iter().zip(found).take_while(|(a, b)| a == b).count();
    expected.get(same).into_iter().chain(found.get(same)).map(|(organisation, _)| *organisation).min()
}

#[cfg(test)]
mod tests {
    use bugcheck_sim::Plan;

    use super::*;
    use crate::testing::{Fake, outcome};

    #[test]
    fn what_is_deterministic_is_found_so() {
        let simulate = |plan: &Plan, dice, _: &Run| Ok(outcome(plan, dice));
        let options = Options { replications: 3, ..Options::default() };
        let verification = verify_with(&Fake::new(2, 4), &options, &simulate).unwrap();
        assert_eq!(verification.difference, None);
        let ways: Vec<String> = verification.trials.iter().map(|t| t.way.to_string()).collect();
        assert_eq!(
            ways,
            [
                "1 thread",
                "1 thread, once more",
                "2 threads",
                "4 threads",
                "1 thread, equal times shuffled",
                "4 threads, equal times shuffled"
            ]
        );
        assert!(verification.trials.iter().all(|t| t.digest == verification.trials[0].digest));
    }

    /// A simulator whose organisation 2 hangs on the order of equal times, in arm 1 from replication 1 on.
    fn flawed(plan: &Plan, dice: bugcheck_sim::Dice, run: &Run) -> bugcheck_sim::engine::Outcome {
        let mut outcome = outcome(plan, dice);
        let wrong = run.shuffle.is_some() && plan.fleet.pcs == 1001 && dice.replication >= 1;
        let event = |organisation, at, what: &str| Event { at, organisation, pc: Some(at as u64), what: what.into() };
        match run.watch {
            Watch::Digests => outcome.digests = vec![(1, 10), (2, if wrong { 21 } else { 20 }), (5, 50)],
            Watch::Organisation(2) => {
                outcome.trace = vec![event(2, 5, "crashes"), event(2, 9, if wrong { "waits" } else { "restarts" })];
            }
            _ => {}
        }
        if wrong {
            outcome.record.digest.push('x');
        }
        outcome
    }

    #[test]
    fn the_first_event_that_differs_is_found() {
        let simulate = |plan: &Plan, dice, run: &Run| Ok(flawed(plan, dice, run));
        let options = Options { replications: 3, ..Options::default() };
        let verification = verify_with(&Fake::new(2, 4), &options, &simulate).unwrap();
        let difference = verification.difference.unwrap();
        assert_eq!((difference.arm, difference.replication, difference.organisation), (1, 1, Some(2)));
        assert_eq!(difference.expected.unwrap().what, "restarts");
        assert_eq!(difference.found.unwrap().what, "waits");
        assert_eq!(difference.other.shuffle, Some(1));
    }

    #[test]
    fn an_organisation_that_only_one_has_differs() {
        assert_eq!(first_difference(&[(1, 1), (3, 3)], &[(1, 1), (2, 2), (3, 3)]), Some(2));
        assert_eq!(first_difference(&[(1, 1), (3, 3)], &[(1, 1)]), Some(3));
        assert_eq!(first_difference(&[(1, 1)], &[(1, 1)]), None);
    }
}
