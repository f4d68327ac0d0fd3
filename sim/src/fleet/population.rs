//! The organisations: how many there are, how large, where, and which of them are simulated.
//!
//! Each stratum (sector and region) is filled with organisations until its PCs are used up. Sizes are read off the
//! sector's distribution at evenly spread points (a golden-ratio sequence with a random start per replication), so that
//! the mix of sizes is right in every replication and its details still vary. The last organisation of a stratum takes
//! what is left.

use crate::draw::{Key, Purpose};
use crate::fleet::{Fleet, RegionId, Sector, SectorId};
use crate::plan::Sample;

/// A weight of 1 in [`Organisation::weight`].
pub const WEIGHT_ONE: u64 = 1 << 16;

/// One organisation that is simulated.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Organisation {
    /// Its number among all organisations of the fleet.
    pub number: u64,
    /// Number of its first PC among all PCs of the fleet; its others follow.
    pub first_pc: u64,
    /// Its PCs.
    pub pcs: u32,
    /// Its sector.
    pub sector: u16,
    /// Its region.
    pub region: u16,
    /// For how many organisations it stands, in units of 1/[`WEIGHT_ONE`].
    pub weight: u64,
}

/// The organisations of a fleet.
#[derive(Clone, Debug)]
pub struct Population {
    /// Those that are simulated, in the order of their numbers.
    pub organisations: Vec<Organisation>,
    /// How many there are in all.
    pub total: u64,
    /// PCs in those that are simulated.
    pub pcs_simulated: u64,
}

/// Limit: PCs in one organisation.
pub const MAX_ORGANISATION: u64 = u32::MAX as u64;

impl Population {
    /// Draws the organisations of a fleet, and the sample of them.
    pub fn draw(fleet: &Fleet, sample: Sample, key: Key) -> Population {
        let mut population = Population { organisations: Vec::new(), total: 0, pcs_simulated: 0 };
        let mut first_pc = 0;
        let sector_pcs = apportion(fleet.pcs, &fleet.sectors.iter().map(|s| s.share.0).collect::<Vec<_>>());
        let region_shares: Vec<f64> = fleet.regions.iter().map(|r| r.share.0).collect();
        for (sector, &pcs) in sector_pcs.iter().enumerate() {
            for (region, &pcs) in apportion(pcs, &region_shares).iter().enumerate() {
                let mut stratum = fill(fleet, sector, region, pcs, first_pc, population.total, key);
                first_pc += pcs;
                population.total += stratum.len() as u64;
                if sample.one_in > 1 {
                    stratum = draw_sample(stratum, sample.one_in, key);
                }
                population.organisations.append(&mut stratum);
            }
        }
        population.pcs_simulated = population.organisations.iter().map(|o| u64::from(o.pcs)).sum();
        population
    }
}

/// Splits a number by shares so that the parts add up to it, each within 1 of its share.
pub fn apportion(total: u64, shares: &[f64]) -> Vec<u64> {
    let whole: f64 = shares.iter().sum();
    let mut before = 0;
    let mut sum = 0.0;
    shares
        .iter()
        .enumerate()
        .map(|(i, share)| {
            sum += share;
            let upto = if i + 1 == shares.len() { total } else { libm::round(total as f64 * sum / whole) as u64 };
            let upto = upto.clamp(before, total);
            let part = upto - before;
            before = upto;
            part
        })
        .collect()
}

/// Fractional part of the golden ratio: multiples of it, modulo 1, spread evenly at every length.
const GOLDEN: f64 = 0.618_033_988_749_894_9;

fn fill(
    fleet: &Fleet,
    sector: SectorId,
    region: RegionId,
    pcs: u64,
    first_pc: u64,
    first_number: u64,
    key: Key,
) -> Vec<Organisation> {
    let stratum = (sector * fleet.regions.len() + region) as u64;
    let Sector { size, largest, .. } = &fleet.sectors[sector];
    let largest = (*largest).clamp(1, MAX_ORGANISATION) as f64;
    let mut at = key.uniform(stratum, Purpose::Sizes, 0);
    let mut organisations = Vec::new();
    let mut used = 0;
    while used < pcs {
        let drawn = libm::round(size.quantile(at.clamp(1e-12, 1.0 - 1e-12))).clamp(1.0, largest) as u64;
        let own = drawn.min(pcs - used);
        organisations.push(Organisation {
            number: first_number + organisations.len() as u64,
            first_pc: first_pc + used,
            pcs: own as u32,
            sector: sector as u16,
            region: region as u16,
            weight: WEIGHT_ONE,
        });
        used += own;
        at += GOLDEN;
        if at >= 1.0 {
            at -= 1.0;
        }
    }
    organisations
}

/// Size classes are a factor of 16 apart: narrow enough that an organisation can stand for its class, wide enough that
/// a sample is not most of the fleet (each class of each stratum gives at least one organisation).
fn size_class(pcs: u32) -> u32 {
    pcs.ilog2() / 4
}

/// Takes 1 in `one_in` organisations of each size class, at least one, and weighs them so that their PCs stand for all
/// PCs of the class.
fn draw_sample(stratum: Vec<Organisation>, one_in: u32, key: Key) -> Vec<Organisation> {
    let mut classes: Vec<Vec<Organisation>> = Vec::new();
    for organisation in stratum {
        let class = size_class(organisation.pcs) as usize;
        if classes.len() <= class {
            classes.resize_with(class + 1, Vec::new);
        }
        classes[class].push(organisation);
    }
    let mut sample = Vec::new();
    for mut class in classes.into_iter().filter(|class| !class.is_empty()) {
        let all: u64 = class.iter().map(|o| u64::from(o.pcs)).sum();
        let wanted = class.len().div_ceil(one_in as usize);
        class.sort_unstable_by_key(|o| (key.block(o.number, Purpose::Sampled, 0), o.number));
        class.truncate(wanted);
        let taken: u64 = class.iter().map(|o| u64::from(o.pcs)).sum();
        let weight = (u128::from(all) * u128::from(WEIGHT_ONE) + u128::from(taken) / 2) / u128::from(taken);
        sample.extend(class.into_iter().map(|o| Organisation { weight: weight as u64, ..o }));
    }
    sample.sort_unstable_by_key(|o| o.number);
    sample
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_add_up_to_the_whole() {
        assert_eq!(apportion(10, &[0.5, 0.25, 0.25]).iter().sum::<u64>(), 10);
        assert_eq!(apportion(1, &[0.3, 0.3, 0.4]).iter().sum::<u64>(), 1);
        assert_eq!(apportion(0, &[0.3, 0.7]), [0, 0]);
        let parts = apportion(8_500_001, &[1.0 / 3.0, 1.0 / 3.0, 1.0 / 3.0]);
        assert!(parts.iter().all(|&p| p.abs_diff(2_833_333) <= 1));
    }

    #[test]
    fn a_sample_takes_whole_organisations_and_stands_for_all_pcs() {
        let organisations: Vec<Organisation> = (0..1000_u32)
            .map(|i| Organisation {
                number: u64::from(i),
                first_pc: 0,
                pcs: 10 + i % 90,
                sector: 0,
                region: 0,
                weight: WEIGHT_ONE,
            })
            .collect();
        let all: u64 = organisations.iter().map(|o| u64::from(o.pcs)).sum();
        let sample = draw_sample(organisations.clone(), 50, Key::new(1, 0));
        assert!(sample.len() >= 20 && sample.len() <= 23, "{}", sample.len());
        assert!(sample.iter().all(|o| organisations[o.number as usize].pcs == o.pcs));
        let stands_for: u64 = sample.iter().map(|o| u64::from(o.pcs) * o.weight).sum::<u64>() / WEIGHT_ONE;
        assert!(stands_for.abs_diff(all) <= 3, "{stands_for} for {all}");
    }
}
