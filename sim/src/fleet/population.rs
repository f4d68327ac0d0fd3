//! The organisations: how many there are, how large, where, and which of them are simulated.
//!
//! Each stratum (sector and region) is filled with organisations until its PCs are used up. Sizes are read off the
//! sector's distribution at evenly spread points (a golden-ratio sequence with a random start per replication), so that
//! the mix of sizes is right in every replication and its details still vary. The last organisation of a stratum takes
//! what is left.

use std::ops::Range;

use rayon::prelude::*;

use crate::draw::{Dist, Key, Purpose};
use crate::fleet::{Fleet, Sector};
use crate::limits::MAX_ORGANISATION;
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

impl Organisation {
    /// How many of its PCs have numbers in a range.
    pub fn pcs_within(&self, numbers: &Range<u64>) -> u64 {
        let end = self.first_pc + u64::from(self.pcs);
        end.min(numbers.end).saturating_sub(self.first_pc.max(numbers.start))
    }
}

/// The organisations of a fleet, in pieces: consecutive organisations of one stratum, to be looked up when their turn
/// comes. A fleet of a billion households is never all in memory.
#[derive(Clone, Debug)]
pub struct Population<'a> {
    fleet: &'a Fleet,
    /// Those that were sampled; empty if all are simulated.
    sampled: Vec<Organisation>,
    /// What is to be simulated, in the order of the organisations' numbers.
    pub pieces: Vec<Piece>,
    /// How many organisations there are in all.
    pub total: u64,
    /// How many are simulated.
    pub simulated: u64,
    /// PCs in those that are simulated.
    pub pcs_simulated: u64,
}

/// Consecutive organisations of one stratum.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Piece {
    /// The sector.
    pub sector: u16,
    /// The region.
    pub region: u16,
    /// Organisations.
    pub organisations: u64,
    /// PCs in them.
    pub pcs: u64,
    found: Found,
}

/// Where the organisations of a piece are found.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Found {
    /// From a place in the row of a stratum's organisations on.
    Row(Place),
    /// From a place among those that were sampled on.
    Sampled(usize),
}

/// A place in the row of a stratum's organisations.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    number: u64,
    first_pc: u64,
    /// The end of the stratum's PCs.
    end: u64,
    /// Where the size of the next organisation is read off its distribution.
    at: f64,
}

/// An organisation of at least this many PCs is a piece of its own, which several threads can share.
pub const LARGE: u64 = 1 << 16;

/// A piece is cut after so many PCs, so that their draws fit a core's own cache.
const PIECE: u64 = 1 << 11;

impl<'a> Population<'a> {
    /// Draws the organisations of a fleet, and the sample of them.
    pub fn draw(fleet: &'a Fleet, sample: Sample, key: Key) -> Population<'a> {
        let strata = strata(fleet, key);
        let mut population =
            Population { fleet, sampled: Vec::new(), pieces: Vec::new(), total: 0, simulated: 0, pcs_simulated: 0 };
        if sample.one_in > 1 {
            let rows: Vec<Row> = strata.par_iter().map(|stratum| stratum.row(fleet)).collect();
            let mut before = Vec::new();
            for row in &rows {
                before.push(population.total);
                population.total += row.organisations();
            }
            let samples: Vec<_> =
                rows.into_par_iter().zip(before).map(|(row, before)| row.sample(before, sample.one_in, key)).collect();
            for mut sample in samples {
                population.pieces.extend(cut_sample(&sample, population.sampled.len()));
                population.sampled.append(&mut sample);
            }
        } else {
            let rows: Vec<_> = strata.par_iter().map(|stratum| stratum.pieces(fleet)).collect();
            for (pieces, total) in rows {
                let before = population.total;
                population.pieces.extend(pieces.into_iter().map(|piece| piece.after(before)));
                population.total += total;
            }
        }
        population.simulated = population.pieces.iter().map(|p| p.organisations).sum();
        population.pcs_simulated = population.pieces.iter().map(|p| p.pcs).sum();
        population
    }

    /// PCs in a piece, on average; at least 1.
    pub fn pcs_per_piece(&self) -> u64 {
        (self.pcs_simulated / (self.pieces.len() as u64).max(1)).max(1)
    }

    /// The organisation that has this PC, if it is simulated.
    pub fn of_pc(&self, pc: u64) -> Option<Organisation> {
        self.find(|o| o.first_pc > pc, |o| (o.first_pc..o.first_pc + u64::from(o.pcs)).contains(&pc))
    }

    /// The organisation of this number, if it is simulated.
    pub fn numbered(&self, number: u64) -> Option<Organisation> {
        self.find(|o| o.number > number, |o| o.number == number)
    }

    /// The organisation that is looked for, none of those that are too late in the row.
    fn find(
        &self,
        is_too_late: impl Fn(&Organisation) -> bool,
        is_it: impl Fn(&Organisation) -> bool,
    ) -> Option<Organisation> {
        let mut organisations = Vec::new();
        let first = |piece: &Piece| {
            let mut one = Vec::new();
            self.organisations(&Piece { organisations: piece.organisations.min(1), ..*piece }, &mut one);
            one.into_iter().next()
        };
        let pieces_before = self.pieces.partition_point(|piece| first(piece).is_some_and(|o| !is_too_late(&o)));
        self.organisations(self.pieces.get(pieces_before.checked_sub(1)?)?, &mut organisations);
        organisations.into_iter().find(is_it)
    }

    /// The organisations of a piece, in the order of their numbers, in place of what was in `into`.
    pub fn organisations(&self, piece: &Piece, into: &mut Vec<Organisation>) {
        into.clear();
        match piece.found {
            Found::Sampled(from) => into.extend_from_slice(&self.sampled[from..from + piece.organisations as usize]),
            Found::Row(mut place) => {
                let sizes = Sizes::of(&self.fleet.sectors[usize::from(piece.sector)]);
                into.extend((0..piece.organisations).map_while(|_| {
                    let (number, first_pc) = (place.number, place.first_pc);
                    let pcs = sizes.next(&mut place)? as u32;
                    let (sector, region) = (piece.sector, piece.region);
                    Some(Organisation { number, first_pc, pcs, sector, region, weight: WEIGHT_ONE })
                }));
            }
        }
    }
}

/// The part of a sector that is in one region.
#[derive(Clone, Copy, Debug)]
struct Stratum {
    sector: u16,
    region: u16,
    start: Place,
}

fn strata(fleet: &Fleet, key: Key) -> Vec<Stratum> {
    let sector_pcs = apportion(fleet.pcs, &fleet.sectors.iter().map(|s| s.share.0).collect::<Vec<_>>());
    let region_shares: Vec<f64> = fleet.regions.iter().map(|r| r.share.0).collect();
    let mut strata = Vec::new();
    let mut first_pc = 0;
    for (sector, &pcs) in sector_pcs.iter().enumerate() {
        for (region, &pcs) in apportion(pcs, &region_shares).iter().enumerate() {
            let at = key.uniform(strata.len() as u64, Purpose::Sizes, 0);
            let start = Place { number: 0, first_pc, end: first_pc + pcs, at };
            strata.push(Stratum { sector: sector as u16, region: region as u16, start });
            first_pc += pcs;
        }
    }
    strata
}

impl Piece {
    /// The same piece, with so many organisations before those of its stratum.
    fn after(mut self, organisations: u64) -> Piece {
        if let Found::Row(place) = &mut self.found {
            place.number += organisations;
        }
        self
    }
}

impl Stratum {
    /// Its pieces, organisations numbered from 0, and how many organisations there are.
    fn pieces(&self, fleet: &Fleet) -> (Vec<Piece>, u64) {
        let sizes = Sizes::of(&fleet.sectors[usize::from(self.sector)]);
        let mut pieces = Vec::new();
        let mut place = self.start;
        while place.first_pc < place.end {
            let from = place;
            // All of one size: no need to look at each.
            if let Some(size) = sizes.constant {
                let many = PIECE.div_ceil(size).min((place.end - place.first_pc).div_ceil(size));
                place.number += many;
                place.first_pc = (place.first_pc + many * size).min(place.end);
            } else {
                while place.first_pc - from.first_pc < PIECE {
                    let before = place;
                    let Some(pcs) = sizes.next(&mut place) else { break };
                    if pcs >= LARGE && before.number > from.number {
                        place = before;
                        break;
                    }
                }
            }
            let (organisations, pcs) = (place.number - from.number, place.first_pc - from.first_pc);
            let Stratum { sector, region, .. } = *self;
            pieces.push(Piece { sector, region, organisations, pcs, found: Found::Row(from) });
        }
        (pieces, place.number)
    }

    /// All of its organisations, numbered from 0.
    fn row(&self, fleet: &Fleet) -> Row {
        let sizes = Sizes::of(&fleet.sectors[usize::from(self.sector)]);
        let Stratum { sector, region, start: mut place } = *self;
        if let Some(size) = sizes.constant {
            return Row::OfOneSize { stratum: *self, size };
        }
        let mut row = Vec::new();
        loop {
            let (number, first_pc) = (place.number, place.first_pc);
            let Some(pcs) = sizes.next(&mut place) else { return Row::Each(row) };
            row.push(Organisation { number, first_pc, pcs: pcs as u32, sector, region, weight: WEIGHT_ONE });
        }
    }
}

/// All organisations of a stratum, numbered from 0, to be sampled.
enum Row {
    Each(Vec<Organisation>),
    /// All of one size, but for the last: there may be a billion of them.
    OfOneSize {
        stratum: Stratum,
        size: u64,
    },
}

impl Row {
    fn organisations(&self) -> u64 {
        match self {
            Row::Each(organisations) => organisations.len() as u64,
            Row::OfOneSize { stratum: Stratum { start, .. }, size } => (start.end - start.first_pc).div_ceil(*size),
        }
    }

    /// The sample of 1 in `one_in`, with so many organisations before those of the row.
    fn sample(self, before: u64, one_in: u32, key: Key) -> Vec<Organisation> {
        let (stratum, size, all) = match self {
            Row::Each(mut organisations) => {
                for organisation in &mut organisations {
                    organisation.number += before;
                }
                return draw_sample(organisations, one_in, key);
            }
            Row::OfOneSize { stratum, size } => (stratum, size, self.organisations()),
        };
        let Stratum { sector, region, start } = stratum;
        // One at random of each `one_in` that follow each other.
        let one_of = |first: u64| {
            let many = (all - first).min(u64::from(one_in));
            let [bits, ..] = key.block(before + first, Purpose::Sampled, 0);
            let chosen = first + ((u64::from(bits) * many) >> 32);
            let first_pc = start.first_pc + chosen * size;
            let pcs = size.min(start.end - first_pc) as u32;
            Organisation { number: before + chosen, first_pc, pcs, sector, region, weight: WEIGHT_ONE }
        };
        weigh((0..all).step_by(one_in as usize).map(one_of).collect(), start.end - start.first_pc)
    }
}

/// Cuts the sampled organisations of one stratum, which come after so many others.
fn cut_sample(sampled: &[Organisation], before: usize) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let (mut from, mut pcs) = (0, 0);
    for (i, organisation) in sampled.iter().enumerate() {
        pcs += u64::from(organisation.pcs);
        let large_follows = sampled.get(i + 1).is_none_or(|next| u64::from(next.pcs) >= LARGE);
        if pcs >= PIECE || large_follows {
            let Organisation { sector, region, .. } = *organisation;
            let found = Found::Sampled(before + from);
            pieces.push(Piece { sector, region, organisations: (i + 1 - from) as u64, pcs, found });
            (from, pcs) = (i + 1, 0);
        }
    }
    pieces
}

/// The sizes of a sector's organisations, one after the other.
struct Sizes<'a> {
    size: &'a Dist,
    largest: f64,
    /// The size of all of them.
    constant: Option<u64>,
}

impl Sizes<'_> {
    fn of(sector: &Sector) -> Sizes<'_> {
        let largest = sector.largest.clamp(1, MAX_ORGANISATION) as f64;
        let constant = match sector.size {
            Dist::Constant(size) => Some(whole(size, largest)),
            _ => None,
        };
        Sizes { size: &sector.size, largest, constant }
    }

    /// The size of the organisation at a place, and on to the next; `None` at the end of the row. The last one takes
    /// what is left.
    #[inline]
    fn next(&self, place: &mut Place) -> Option<u64> {
        if place.first_pc >= place.end {
            return None;
        }
        let drawn = match self.constant {
            Some(size) => size,
            None => whole(self.size.quantile(place.at.clamp(1e-12, 1.0 - 1e-12)), self.largest),
        };
        let own = drawn.min(place.end - place.first_pc);
        place.number += 1;
        place.first_pc += own;
        place.at += GOLDEN;
        if place.at >= 1.0 {
            place.at -= 1.0;
        }
        Some(own)
    }
}

fn whole(size: f64, largest: f64) -> u64 {
    libm::round(size).clamp(1.0, largest) as u64
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
        if wanted < class.len() {
            let mut drawn: Vec<_> =
                class.into_iter().map(|o| (key.block(o.number, Purpose::Sampled, 0), o.number, o)).collect();
            drawn.select_nth_unstable_by_key(wanted, |&(bits, number, _)| (bits, number));
            class = drawn.into_iter().take(wanted).map(|(_, _, organisation)| organisation).collect();
        }
        sample.extend(weigh(class, all));
    }
    sample.sort_unstable_by_key(|o| o.number);
    sample
}

/// Weighs organisations so that their PCs stand for so many.
fn weigh(mut organisations: Vec<Organisation>, pcs: u64) -> Vec<Organisation> {
    let taken: u64 = organisations.iter().map(|o| u64::from(o.pcs)).sum();
    let weight = (u128::from(pcs) * u128::from(WEIGHT_ONE) + u128::from(taken) / 2) / u128::from(taken.max(1));
    for organisation in &mut organisations {
        organisation.weight = weight as u64;
    }
    organisations
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

    /// A billion households are sampled without being looked at one by one.
    #[test]
    fn equal_organisations_are_sampled_evenly() {
        let place = Place { number: 0, first_pc: 7, end: 7 + 3_000_000_001, at: 0.0 };
        let row = Row::OfOneSize { stratum: Stratum { sector: 1, region: 2, start: place }, size: 3 };
        assert_eq!(row.organisations(), 1_000_000_001);
        let sample = row.sample(50, 1_000_000, Key::new(3, 0));
        assert_eq!(sample.len(), 1001);
        assert!(sample.windows(2).all(|w| w[0].number < w[1].number));
        assert!(sample.iter().all(|o| o.first_pc == 7 + 3 * (o.number - 50) && o.pcs <= 3));
        let stands_for: u64 = sample.iter().map(|o| u64::from(o.pcs) * o.weight).sum::<u64>() / WEIGHT_ONE;
        assert!(stands_for.abs_diff(3_000_000_001) < 100_000, "{stands_for}");
    }
}
