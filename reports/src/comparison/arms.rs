//! The arms: their figures, which of them can be told apart, and how they differ from the baseline.

use bugcheck_lab::estimate::{self, LATE_PROTECTION, OUTAGE, against_baseline, apart_pairs, mean};
use bugcheck_sim::measure::{Measure, Segment};

use super::Source;
use crate::view::{ArmRow, Change, Column, DifferenceRow, Role, Traded};

/// One row for each arm, in the order of the file.
pub(super) fn rows(source: &Source, columns: &[Column], groups: &[Vec<usize>]) -> Vec<ArmRow> {
    let row = |arm: usize| ArmRow {
        name: source.arm_name(arm).to_owned(),
        role: if arm == source.baseline() { Role::Baseline } else { Role::Other },
        n: source.results.arms[arm].len() as u32,
        outage: estimate::how_often(&source.readings(arm, Measure::PcsDown), source.level),
        figures: columns.iter().map(|c| Source::figure(&source.readings(arm, c.measure), source.level)).collect(),
        letters: letters_of(arm, groups),
        groups: groups_of(arm, groups),
    };
    (0..source.results.arms.len()).map(row).collect()
}

/// Where each arm stands between outage and late protection.
pub(super) fn front(source: &Source) -> Vec<Traded> {
    let figure = |arm, measure| mean(&source.readings(arm, measure), source.level);
    let arms = estimate::front(&source.columns, source.results.arms.len(), source.level).into_iter();
    arms.map(|found| Traded {
        outage: figure(found.arm, OUTAGE),
        late: figure(found.arm, LATE_PROTECTION),
        standing: found.standing,
    })
    .collect()
}

/// The other arms against the baseline; those that change one choice come first, each group in the order of the file.
pub(super) fn differences(source: &Source, columns: &[Column]) -> Vec<DifferenceRow> {
    let arms = source.results.arms.len();
    let family = |column: &Column| {
        against_baseline(&source.columns, arms, source.baseline(), &Segment::Fleet, column.measure, source.level)
    };
    let by_column: Vec<_> = columns.iter().map(family).collect();
    let mut rows: Vec<DifferenceRow> = (0..arms)
        .filter(|arm| *arm != source.baseline())
        .map(|arm| DifferenceRow {
            arm,
            changes: changes(source, arm),
            cells: by_column.iter().filter_map(|column| column[arm].clone()).collect(),
        })
        .collect();
    rows.sort_by_key(|row| row.changes.len() > 1);
    rows
}

fn changes(source: &Source, arm: usize) -> Vec<Change> {
    let experiment = &source.results.experiment;
    let baseline = &experiment.arms[experiment.baseline];
    let levels = baseline.levels.iter().zip(&experiment.arms[arm].levels);
    experiment
        .factors
        .iter()
        .zip(levels)
        .filter(|(_, (from, to))| from != to)
        .map(|(factor, (from, to))| Change { factor: factor.name.clone(), from: from.clone(), to: to.clone() })
        .collect()
}

/// The largest groups of arms that cannot be told apart by this measure on the same dice. Of the baseline they say the
/// same as the differences do.
pub(super) fn alike(source: &Source, measure: Measure) -> Vec<Vec<usize>> {
    let arms = source.results.arms.len();
    let readings: Vec<_> = (0..arms).map(|arm| source.readings(arm, measure)).collect();
    groups(arms, &apart_pairs(&readings, source.baseline(), source.level))
}

fn groups_of(arm: usize, groups: &[Vec<usize>]) -> Vec<usize> {
    groups.iter().enumerate().filter(|(_, group)| group.contains(&arm)).map(|(index, _)| index).collect()
}

fn letters_of(arm: usize, groups: &[Vec<usize>]) -> String {
    groups_of(arm, groups).into_iter().map(letter).collect()
}

/// a to z, then a2 to z2, and so on.
fn letter(index: usize) -> String {
    let letter = char::from(b'a' + (index % 26) as u8);
    if index < 26 { letter.to_string() } else { format!("{letter}{}", index / 26 + 1) }
}

/// The largest groups in which no two arms can be told apart.
///
/// H.-P. Piepho, An algorithm for a letter-based representation of all-pairwise comparisons, Journal of Computational
/// and Graphical Statistics 13 (2004): insert and absorb.
fn groups(arms: usize, apart: &[(usize, usize)]) -> Vec<Vec<usize>> {
    let mut groups: Vec<Vec<usize>> = vec![(0..arms).collect()];
    for &(a, b) in apart {
        let mut next: Vec<Vec<usize>> = Vec::new();
        for group in groups {
            if group.contains(&a) && group.contains(&b) {
                next.push(group.iter().copied().filter(|arm| *arm != a).collect());
                next.push(group.iter().copied().filter(|arm| *arm != b).collect());
            } else {
                next.push(group);
            }
        }
        groups = absorb(&next);
    }
    groups.sort();
    groups
}

/// Drops the groups that lie within another one; of equal groups the first stays.
fn absorb(groups: &[Vec<usize>]) -> Vec<Vec<usize>> {
    let within = |small: &[usize], large: &[usize]| small.iter().all(|arm| large.contains(arm));
    let keeps = |index: usize| {
        !groups.iter().enumerate().any(|(other, group)| {
            other != index && within(&groups[index], group) && (group.len() > groups[index].len() || other < index)
        })
    };
    let kept: Vec<usize> = (0..groups.len()).filter(|index| keeps(*index)).collect();
    kept.into_iter().map(|index| groups[index].clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arms_share_a_letter_exactly_where_they_cannot_be_told_apart() {
        // 0 and 1 alike, 1 and 2 alike, 0 and 2 apart; 3 apart from all.
        let apart = [(0, 2), (0, 3), (1, 3), (2, 3)];
        let groups = groups(4, &apart);
        assert_eq!(groups, [vec![0, 1], vec![1, 2], vec![3]]);
        assert_eq!(letters_of(1, &groups), "ab");
        assert_eq!(letters_of(3, &groups), "c");
    }

    #[test]
    fn without_differences_all_arms_share_one_letter() {
        assert_eq!(groups(3, &[]), [vec![0, 1, 2]]);
    }

    #[test]
    fn letters_go_on_after_z() {
        assert_eq!((letter(0), letter(25), letter(26)), ("a".into(), "z".into(), "a2".into()));
    }
}
