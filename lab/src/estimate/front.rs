//! Which arms are worth a choice where two measures pull apart: the Pareto front, as far as it is known.

use bugcheck_sim::measure::{Measure, Segment};
use serde::Serialize;

use super::apart::{Less, Pair, pairs, shown};
use super::{Columns, Level, Readings, holm};

/// The size of the outage, of which less is better.
pub const OUTAGE: Measure = Measure::PcHoursLost;
/// The price of caution, of which less is better: PCs that are usable and wait for what the release was to bring.
pub const LATE_PROTECTION: Measure = Measure::StalePcHours;

/// Where an arm stands between outage and late protection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnFront {
    /// Index of the arm.
    pub arm: usize,
    /// What is known of it.
    pub standing: Standing,
    /// What the means say, whatever their precision is.
    pub by_means: ByMeans,
    /// The arms that are shown to dominate it (indices, ascending).
    pub dominated_by: Vec<usize>,
}

/// Whether an arm is known to be on the front. An arm dominates another if it gives less of one measure, and less or
/// the same of the other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Against every other arm it is shown to be better in one of the measures, or the same in both.
    NotDominated,
    /// Some other arm is shown to dominate it.
    Dominated,
    /// Neither can be shown with these replications.
    Undecided,
}

/// Whether an arm is on the front if the means are taken for what they estimate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum ByMeans {
    /// No other arm has less of one and no more of the other.
    NotDominated,
    /// Some other arm has.
    Dominated,
}

/// Where each arm stands between [`OUTAGE`] and [`LATE_PROTECTION`] over the fleet.
///
/// The comparisons of all pairs of arms in both measures are one family (Holm). Two arms count as the same in a measure
/// if they were the same in every replication.
pub fn front(columns: &Columns, arms: usize, level: Level) -> Vec<OnFront> {
    let readings = |measure| (0..arms).map(|arm| columns.readings(arm, &Segment::Fleet, measure)).collect::<Vec<_>>();
    front_of(&readings(OUTAGE), &readings(LATE_PROTECTION), level)
}

/// The same from the readings of each arm.
fn front_of(outage: &[Readings], late: &[Readings], level: Level) -> Vec<OnFront> {
    let compared = [pairs(outage, level), pairs(late, level)];
    let p: Vec<Option<f64>> = compared.iter().flatten().map(|pair| pair.p).collect();
    let adjusted = holm(&p);
    let (of_outage, of_late) = adjusted.split_at(compared[0].len());
    let duels: Vec<Duel> = (0..compared[0].len())
        .map(|i| {
            let seen = |pair: &Pair, p: Option<f64>| Seen { less: pair.less, shown: shown(p, level) };
            let by_measure = [seen(&compared[0][i], of_outage[i]), seen(&compared[1][i], of_late[i])];
            Duel { a: compared[0][i].a, b: compared[0][i].b, by_measure }
        })
        .collect();
    (0..outage.len()).map(|arm| stand(arm, &duels)).collect()
}

/// Two arms, compared in both measures.
struct Duel {
    a: usize,
    b: usize,
    by_measure: [Seen; 2],
}

/// One comparison.
#[derive(Clone, Copy)]
struct Seen {
    less: Less,
    /// Whether the difference is shown, or only what the means say.
    shown: bool,
}

/// What a comparison says of an arm.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Says {
    Better,
    Worse,
    Same,
    Nothing,
}

impl Duel {
    /// What the comparisons say of an arm; `None` if it is not one of the two.
    fn of(&self, arm: usize, says: impl Fn(Seen) -> Says) -> Option<(usize, [Says; 2])> {
        let turn = |says| match says {
            Says::Better => Says::Worse,
            Says::Worse => Says::Better,
            other => other,
        };
        let said = self.by_measure.map(says);
        match arm {
            arm if arm == self.a => Some((self.b, said)),
            arm if arm == self.b => Some((self.a, said.map(turn))),
            _ => None,
        }
    }
}

/// What is said of the first arm by the means.
fn by_means(seen: Seen) -> Says {
    match seen.less {
        Less::First => Says::Better,
        Less::Second => Says::Worse,
        Less::Same => Says::Same,
        Less::Unknown => Says::Nothing,
    }
}

/// What is shown of the first arm.
fn by_evidence(seen: Seen) -> Says {
    match by_means(seen) {
        Says::Same => Says::Same,
        says if seen.shown => says,
        _ => Says::Nothing,
    }
}

fn stand(arm: usize, duels: &[Duel]) -> OnFront {
    let loses = |said: [Says; 2]| {
        said.contains(&Says::Worse) && said.iter().all(|says| matches!(says, Says::Worse | Says::Same))
    };
    let survives = |said: [Says; 2]| said.contains(&Says::Better) || said == [Says::Same; 2];
    let shown: Vec<(usize, [Says; 2])> = duels.iter().filter_map(|duel| duel.of(arm, by_evidence)).collect();
    let mut dominated_by: Vec<usize> = shown.iter().filter(|(_, said)| loses(*said)).map(|(other, _)| *other).collect();
    dominated_by.sort_unstable();
    let standing = if !dominated_by.is_empty() {
        Standing::Dominated
    } else if shown.iter().all(|(_, said)| survives(*said)) {
        Standing::NotDominated
    } else {
        Standing::Undecided
    };
    let beaten = duels.iter().filter_map(|duel| duel.of(arm, by_means)).any(|(_, said)| loses(said));
    let by_means = if beaten { ByMeans::Dominated } else { ByMeans::NotDominated };
    OnFront { arm, standing, by_means, dominated_by }
}

#[cfg(test)]
mod tests {
    use bugcheck_sim::measure::Reading;

    use super::*;

    const LEVEL: Level = Level { confidence: 0.95, looks: 1 };

    /// Thirty replications around a mean, all arms with the same luck and a little of their own.
    fn around(arm: u32, mean: f64) -> Readings {
        let value = |i: u32| mean + f64::from(i % 7) + 0.1 * f64::from((i * (arm + 3)) % 5);
        Readings::new(OUTAGE, 672.0, (0..30).map(|i| Reading::Value(value(i))))
    }

    fn standings(means: &[(f64, f64)]) -> Vec<OnFront> {
        let of = |which: fn(&(f64, f64)) -> f64| -> Vec<Readings> {
            (0..).zip(means).map(|(arm, mean)| around(arm, which(mean))).collect()
        };
        front_of(&of(|m| m.0), &of(|m| m.1), LEVEL)
    }

    #[test]
    fn arms_that_trade_one_for_the_other_are_on_the_front_and_what_they_beat_is_not() {
        let found = standings(&[(10.0, 50.0), (50.0, 10.0), (60.0, 60.0), (30.0, 30.0)]);
        let dominated: Vec<bool> = found.iter().map(|f| f.standing == Standing::Dominated).collect();
        assert_eq!(dominated, [false, false, true, false]);
        assert!([0, 1, 3].iter().all(|&arm| found[arm].standing == Standing::NotDominated));
        assert_eq!(found[2].dominated_by, [0, 1, 3]);
        assert_eq!(found[2].by_means, ByMeans::Dominated);
    }

    #[test]
    fn what_noise_could_explain_is_undecided_and_the_means_are_said_beside_it() {
        let found = standings(&[(10.0, 50.0), (10.02, 50.02)]);
        assert_eq!(found.iter().map(|f| f.standing).collect::<Vec<_>>(), [Standing::Undecided; 2]);
        assert!(found.iter().any(|f| f.by_means == ByMeans::NotDominated));
        // Better in one and not known in the other is enough to stay.
        let found = standings(&[(10.0, 50.0), (30.0, 50.02)]);
        assert_eq!((found[0].standing, found[1].standing), (Standing::NotDominated, Standing::Undecided));
    }

    #[test]
    fn an_arm_that_is_the_same_in_one_and_worse_in_the_other_is_dominated() {
        let same = around(0, 5.0);
        let found = front_of(&[same.clone(), same.clone()], &[around(0, 10.0), around(0, 20.0)], LEVEL);
        assert_eq!((found[0].standing, found[1].standing), (Standing::NotDominated, Standing::Dominated));
        let twins = front_of(&[same.clone(), same.clone()], &[same.clone(), same], LEVEL);
        assert!(twins.iter().all(|arm| arm.standing == Standing::NotDominated && arm.dominated_by.is_empty()));
    }

    #[test]
    fn one_arm_alone_is_not_dominated_and_one_replication_shows_nothing() {
        assert_eq!(standings(&[(1.0, 1.0)])[0].standing, Standing::NotDominated);
        let one = |value| Readings::new(OUTAGE, 672.0, [Reading::Value(value)]);
        let found = front_of(&[one(1.0), one(2.0)], &[one(1.0), one(2.0)], LEVEL);
        assert_eq!(found[1].standing, Standing::Undecided);
        assert_eq!(found[1].by_means, ByMeans::Dominated);
    }
}
