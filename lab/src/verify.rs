//! Whether results hang on what they must not hang on: the arms beside an arm, the number of threads, the order of
//! equal times, chance.

use std::fmt;
use std::num::NonZeroUsize;

use bugcheck_sim::engine::{Event, Outcome, Run, Watch};

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

/// How the arms of a replication are carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arms {
    /// Together: what they have in common is computed once.
    Together,
    /// One by one.
    Alone,
}

/// One way of carrying out the experiment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Way {
    /// Threads.
    pub threads: NonZeroUsize,
    /// Whether arms share work.
    pub arms: Arms,
    /// Seed by which events of equal time are shuffled; `None` is their usual order.
    pub shuffle: Option<u64>,
    /// 1 for the first time in this way, 2 for the second.
    pub time: u32,
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let threads = self.threads.get();
        write!(f, "{threads} thread{}", if threads == 1 { "" } else { "s" })?;
        if self.arms == Arms::Alone {
            write!(f, ", each arm alone")?;
        }
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

/// Carries out the same replications in several ways: each arm alone, which says what is right; all arms together, on
/// each number of threads, on the first one twice, and with events of equal time shuffled. Their results must be the
/// same to the byte. If they are not, the first event that differs is looked for.
///
/// # Errors
/// If a replication cannot be simulated.
pub fn verify(scenario: &dyn Plans, options: &Options) -> Result<Verification, Error> {
    verify_with(scenario, options, &bugcheck_sim::simulate_arms)
}

/// The same with another simulator.
///
/// # Errors
/// As [`verify()`].
pub fn verify_with(scenario: &dyn Plans, options: &Options, simulate: &CarryOut) -> Result<Verification, Error> {
    let bench = Bench { scenario, simulate };
    let mut verification = Verification { trials: Vec::new(), difference: None };
    let mut reference: Option<(Way, Vec<String>)> = None;
    for way in ways(options) {
        let records = bench.digests(way, options.replications)?;
        verification.trials.push(Trial { way, digest: together(&records) });
        let Some((reference, expected)) = &reference else {
            reference = Some((way, records));
            continue;
        };
        if let Some(place) = expected.iter().zip(&records).position(|(a, b)| a != b) {
            let arms = scenario.experiment().arms.len();
            verification.difference = Some(bench.part(place % arms, (place / arms) as u32, *reference, way)?);
            break;
        }
    }
    Ok(verification)
}

/// The ways that are tried, the reference first.
fn ways(options: &Options) -> Vec<Way> {
    let first = options.threads.first().copied().unwrap_or(NonZeroUsize::MIN);
    let last = options.threads.last().copied().unwrap_or(first);
    let usual = Way { threads: first, arms: Arms::Together, shuffle: None, time: 1 };
    let mut ways = vec![Way { arms: Arms::Alone, ..usual }, usual, Way { time: 2, ..usual }];
    ways.extend(options.threads.iter().skip(1).map(|&threads| Way { threads, ..usual }));
    ways.extend([(first, 1), (last, 2)].map(|(threads, seed)| Way { threads, shuffle: Some(seed), ..usual }));
    ways
}

fn together(records: &[String]) -> String {
    let mut hasher = blake3::Hasher::new();
    for digest in records {
        hasher.update(digest.as_bytes());
    }
    hasher.finalize().to_hex().to_string()
}

/// What is verified.
struct Bench<'a> {
    scenario: &'a dyn Plans,
    simulate: &'a CarryOut<'a>,
}

impl Bench<'_> {
    fn every_arm(&self) -> Vec<usize> {
        (0..self.scenario.experiment().arms.len()).collect()
    }

    /// Carries out these arms of a replication in this way; outcomes in their order.
    fn carry_out(&self, way: Way, arms: &[usize], replication: u32, watch: Watch) -> Result<Vec<Outcome>, Error> {
        let pool = pool(Some(way.threads))?;
        let run = Run { shuffle: way.shuffle, watch, ..Run::default() };
        let at_once = match way.arms {
            Arms::Together => arms.len().max(1),
            Arms::Alone => 1,
        };
        let mut outcomes = Vec::with_capacity(arms.len());
        for arms in arms.chunks(at_once) {
            outcomes.extend(pool.install(|| carry_out(self.scenario, arms, replication, &run, self.simulate))?);
        }
        Ok(outcomes)
    }

    /// The digests of all replications: all arms of the first, then of the next.
    fn digests(&self, way: Way, replications: u32) -> Result<Vec<String>, Error> {
        let mut digests = Vec::new();
        for number in 0..replications {
            let outcomes = self.carry_out(way, &self.every_arm(), number, Watch::Nothing)?;
            digests.extend(outcomes.into_iter().map(|outcome| outcome.record.digest));
        }
        Ok(digests)
    }

    /// Finds where two ways part: the first organisation with another digest, then its first event that differs.
    fn part(&self, arm: usize, replication: u32, reference: Way, other: Way) -> Result<Difference, Error> {
        let mut difference =
            Difference { reference, other, arm, replication, organisation: None, expected: None, found: None };
        let look = |way| self.carry_out(way, &self.every_arm(), replication, Watch::Digests);
        let (expected, found) = (look(reference)?, look(other)?);
        let Some(organisation) = first_difference(&expected[arm].digests, &found[arm].digests) else {
            return Ok(difference);
        };
        let expected = self.trace(reference, arm, replication, organisation, &expected)?;
        let found = self.trace(other, arm, replication, organisation, &found)?;
        let at = expected.iter().zip(&found).take_while(|(a, b)| a == b).count();
        difference.organisation = Some(organisation);
        difference.expected = expected.get(at).cloned();
        difference.found = found.get(at).cloned();
        Ok(difference)
    }

    /// The events of one organisation in one arm. The arms beside it are those that have the organisation, as `digests`
    /// tells: it cannot be watched in the others.
    fn trace(
        &self,
        way: Way,
        arm: usize,
        replication: u32,
        organisation: u64,
        digests: &[Outcome],
    ) -> Result<Vec<Event>, Error> {
        let has = |arm: &usize| digests[*arm].digests.iter().any(|(number, _)| *number == organisation);
        let arms: Vec<usize> = self.every_arm().into_iter().filter(has).collect();
        let Some(place) = arms.iter().position(|&with| with == arm) else { return Ok(Vec::new()) };
        let mut outcomes = self.carry_out(way, &arms, replication, Watch::Organisation(organisation))?;
        Ok(outcomes.swap_remove(place).trace)
    }
}

/// The first organisation that only one of two ascending lists has, or that has another digest in the other.
fn first_difference(expected: &[(u64, u64)], found: &[(u64, u64)]) -> Option<u64> {
    let same = expected.iter().zip(found).take_while(|(a, b)| a == b).count();
    expected.get(same).into_iter().chain(found.get(same)).map(|(organisation, _)| *organisation).min()
}

#[cfg(test)]
mod tests {
    use bugcheck_sim::Plan;
    use bugcheck_sim::engine::{self, InArm};

    use super::*;
    use crate::testing::{Fake, outcome, outcomes};

    #[test]
    fn what_is_deterministic_is_found_so() {
        let simulate = |plans: &[Plan], dice, _: &Run| Ok(outcomes(plans, dice));
        let options = Options { replications: 3, ..Options::default() };
        let verification = verify_with(&Fake::new(2, 4), &options, &simulate).unwrap();
        assert_eq!(verification.difference, None);
        let ways: Vec<String> = verification.trials.iter().map(|t| t.way.to_string()).collect();
        assert_eq!(
            ways,
            [
                "1 thread, each arm alone",
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

    /// The outcome of an arm in whose organisation 2 a PC crashes, and then does this.
    fn ending(plan: &Plan, dice: bugcheck_sim::Dice, run: &Run, end: &str) -> Outcome {
        let mut outcome = outcome(plan, dice);
        let event = |at, what: &str| Event { at, organisation: 2, pc: Some(at as u64), what: what.into() };
        match run.watch {
            Watch::Digests => outcome.digests = vec![(1, 10), (2, end.len() as u64), (5, 50)],
            Watch::Organisation(2) => outcome.trace = vec![event(5, "crashes"), event(9, end)],
            _ => {}
        }
        outcome.record.digest.push_str(end);
        outcome
    }

    /// Verifies a simulator that is wrong about arm 1 from replication 1 on, in some ways of carrying it out.
    fn difference(wrong: &(dyn Fn(usize, &Run) -> bool + Sync)) -> Difference {
        let simulate = |plans: &[Plan], dice: bugcheck_sim::Dice, run: &Run| {
            let arm = |plan: &Plan| {
                let here = plan.fleet.pcs == 1001 && dice.replication >= 1;
                ending(plan, dice, run, if here && wrong(plans.len(), run) { "waits" } else { "restarts" })
            };
            Ok(plans.iter().map(arm).collect())
        };
        let options = Options { replications: 3, ..Options::default() };
        verify_with(&Fake::new(3, 4), &options, &simulate).unwrap().difference.unwrap()
    }

    #[test]
    fn the_first_event_that_differs_is_found() {
        let difference = difference(&|_, run| run.shuffle.is_some());
        assert_eq!((difference.arm, difference.replication, difference.organisation), (1, 1, Some(2)));
        assert_eq!(difference.expected.unwrap().what, "restarts");
        assert_eq!(difference.found.unwrap().what, "waits");
        assert_eq!(difference.other.shuffle, Some(1));
    }

    #[test]
    fn sharing_is_held_against_each_arm_alone() {
        let difference = difference(&|arms, _| arms > 1);
        assert_eq!((difference.arm, difference.replication, difference.organisation), (1, 1, Some(2)));
        assert_eq!(difference.expected.unwrap().what, "restarts", "alone is right");
        assert_eq!(difference.found.unwrap().what, "waits");
        assert_eq!((difference.reference.arms, difference.other.arms), (Arms::Alone, Arms::Together));
    }

    #[test]
    fn an_organisation_that_an_arm_does_not_have_is_not_watched_in_it() {
        // Arm 2 has an organisation of its own; together with another, arm 1 has one that it does not have alone.
        let simulate = |plans: &[Plan], dice, run: &Run| {
            let one = |(arm, plan): (usize, &Plan)| {
                let mut outcome = outcome(plan, dice);
                let (here, more) = (plan.fleet.pcs - 1000, plans.len() > 1);
                let has: &[u64] = match here {
                    1 if !more => &[1],
                    2 => &[7],
                    _ => &[1, 2],
                };
                if here == 1 && more {
                    outcome.record.digest.push('x');
                }
                match run.watch {
                    Watch::Digests => outcome.digests = has.iter().map(|&number| (number, 0)).collect(),
                    Watch::Organisation(number) if !has.contains(&number) => {
                        let source = engine::Error::NotSimulated("this organisation".into(), has.len() as u64);
                        return Err(InArm { arm, source });
                    }
                    Watch::Organisation(organisation) => {
                        outcome.trace = vec![Event { at: 5, organisation, pc: None, what: "opens".into() }];
                    }
                    _ => {}
                }
                Ok(outcome)
            };
            plans.iter().enumerate().map(one).collect()
        };
        let difference = verify_with(&Fake::new(3, 1), &Options::default(), &simulate).unwrap().difference.unwrap();
        assert_eq!((difference.arm, difference.organisation), (1, Some(2)));
        assert_eq!((difference.expected, difference.found.unwrap().what.as_str()), (None, "opens"));
    }

    #[test]
    fn an_organisation_that_only_one_has_differs() {
        assert_eq!(first_difference(&[(1, 1), (3, 3)], &[(1, 1), (2, 2), (3, 3)]), Some(2));
        assert_eq!(first_difference(&[(1, 1), (3, 3)], &[(1, 1)]), Some(3));
        assert_eq!(first_difference(&[(1, 1)], &[(1, 1)]), None);
    }
}
