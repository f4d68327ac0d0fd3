//! Distributions over spans, made ready for hot loops.

#![allow(clippy::inline_always, reason = "what is to become vector instructions has to be inlined, or it does not")]

use std::sync::Arc;

use crate::draw::{Dist, unit};
use crate::time::{Millis, NEVER};

/// Bits of a draw that choose a cell of a [`Sampler`]'s table, and of its tables for the tails.
const CELL_BITS: u32 = 10;
const TAIL_BITS: u32 = 16;
/// Cells at each end that are cut finer, and how many fine ones they make.
const TAIL_CELLS: usize = 16;
const FINE_CELLS: usize = TAIL_CELLS << (TAIL_BITS - CELL_BITS);
/// Fine cells at each end in which the quantile bends too much for a straight line all the same, and is computed.
const EXACT_CELLS: u32 = 2;

/// Where the borders of the cells begin, behind those of the lower tail, and where those of the upper tail.
const MIDDLE: usize = FINE_CELLS + 1;
const UPPER: usize = MIDDLE + (1 << CELL_BITS) - 2 * TAIL_CELLS + 1;
const BORDERS: usize = UPPER + FINE_CELLS + 1;

/// A distribution over spans, made ready for hot loops: the quantile is read from a table with straight lines between,
/// in integers. The table has 1024 cells; the 16 at each end are cut into 64 each; the last 2 of those at each end,
/// some 0.006 % of all draws, are computed exactly.
#[derive(Clone, Debug)]
pub struct Sampler {
    dist: Dist,
    borders: Borders,
    /// The shortest span: that of a constant.
    least: Millis,
}

/// Quantiles at the borders of the cells, those of the tails before and behind.
#[derive(Clone, Debug)]
enum Borders {
    /// None: nothing has to be looked up.
    Constant,
    /// All below 2^31 ms. Half as wide, twice as many of them fit into a core's cache.
    Short(Arc<Short>),
    Long(Arc<[Millis]>),
}

/// A power of 2 plus one, so that reading a cell and the next needs no bounds check.
type Short = [u32; CELLS + 1];
const CELLS: usize = 1 << 12;
const _: () = assert!(BORDERS <= CELLS);

/// Samplers that are ready already: scenarios use the same few distributions again and again.
#[derive(Debug, Default)]
pub struct Samplers(Vec<Sampler>);

impl Samplers {
    /// The sampler of a distribution over milliseconds.
    pub fn of(&mut self, dist: &Dist) -> Sampler {
        if let Some(known) = self.0.iter().find(|known| known.dist == *dist) {
            return known.clone();
        }
        self.0.push(Sampler::new(dist));
        self.0[self.0.len() - 1].clone()
    }
}

impl Sampler {
    /// Prepares a distribution over milliseconds.
    pub fn new(dist: &Dist) -> Sampler {
        let dist = dist.clone();
        if let Dist::Constant(value) = dist {
            return Sampler { dist, borders: Borders::Constant, least: to_millis(value) };
        }
        let border = |cell: usize, bits: u32| {
            to_millis(dist.quantile((cell as f64 / f64::from(1_u32 << bits)).clamp(1e-9, 1.0 - 1e-9)))
        };
        let lower = (0..=FINE_CELLS).map(|cell| border(cell, TAIL_BITS));
        let middle = (TAIL_CELLS..=(1 << CELL_BITS) - TAIL_CELLS).map(|cell| border(cell, CELL_BITS));
        let upper = ((1 << TAIL_BITS) - FINE_CELLS..=1 << TAIL_BITS).map(|cell| border(cell, TAIL_BITS));
        let borders: Vec<Millis> = lower.chain(middle).chain(upper).collect();
        let borders = if borders.iter().all(|&border| border < 1 << 31) {
            Borders::Short(Arc::new(std::array::from_fn(|cell| borders.get(cell).map_or(0, |&border| border as u32))))
        } else {
            Borders::Long(borders.into())
        };
        let least = to_millis(dist.quantile(unit(0)));
        Sampler { dist, borders, least }
    }

    /// The shortest span.
    #[inline]
    pub fn least(&self) -> Millis {
        self.least
    }

    /// Whether all spans are the same, so that nothing has to be drawn.
    pub fn is_constant(&self) -> bool {
        matches!(self.borders, Borders::Constant)
    }

    /// The span for these random bits.
    #[inline]
    pub fn at(&self, bits: u32) -> Millis {
        let Place { cell, part } = Place::of(bits);
        match &self.borders {
            Borders::Constant => self.least,
            _ if Sampler::is_exact(bits) => self.exactly(bits),
            Borders::Short(borders) => Millis::from(straight(borders[cell % CELLS], borders[cell % CELLS + 1], part)),
            Borders::Long(borders) => {
                let (low, high) = (borders[cell], borders[cell + 1]);
                low + ((i128::from(high - low) * i128::from(part)) >> 32) as Millis
            }
        }
    }

    /// The spans for many draws: as [`Sampler::at`], in vector instructions. A span above 2^32 - 1 ms is cut to that.
    /// Of a constant, draws may be left out.
    pub fn at_each(&self, bits: &[u32], spans: &mut [u32]) {
        debug_assert!(self.is_constant() || bits.len() == spans.len(), "one draw per span");
        match &self.borders {
            Borders::Constant => spans.fill(saturated(self.least)),
            Borders::Short(borders) if bits.len() >= WORTH_IT => {
                if look_up(borders, bits, spans) {
                    let exact = bits.iter().zip(spans).filter(|(bits, _)| Sampler::is_exact(**bits));
                    exact.for_each(|(&bits, span)| *span = saturated(self.exactly(bits)));
                }
            }
            _ => spans.iter_mut().zip(bits).for_each(|(span, &bits)| *span = saturated(self.at(bits))),
        }
    }

    /// Whether these random bits are in a cell in which a straight line does not hold.
    #[inline(always)]
    fn is_exact(bits: u32) -> bool {
        (bits >> (32 - TAIL_BITS)).wrapping_add(EXACT_CELLS) & ((1 << TAIL_BITS) - 1) < 2 * EXACT_CELLS
    }

    #[inline(never)]
    fn exactly(&self, bits: u32) -> Millis {
        to_millis(self.dist.quantile(unit(bits)))
    }
}

/// The least number of draws that is worth vectors.
const WORTH_IT: usize = 8;
/// Draws that are looked up at a time: so many that what is written one by one has left the core's store buffer when it
/// is read in vectors, and few, as room for them is made each time.
const AT_A_TIME: usize = 64;
/// Draws that are taken together in vectors.
const TOGETHER: usize = 16;

fn saturated(span: Millis) -> u32 {
    u32::try_from(span).unwrap_or(u32::MAX)
}

/// Where a draw lies on the table of a [`Sampler`].
struct Place {
    cell: usize,
    /// How far into the cell, of 2^32 parts.
    part: u32,
}

impl Place {
    /// Without branches, for vector instructions.
    #[inline(always)]
    fn of(bits: u32) -> Place {
        const FIRST_OF_UPPER: u32 = (1 << TAIL_BITS) - FINE_CELLS as u32;
        let fine = bits >> (32 - TAIL_BITS);
        let (is_lower, is_upper) = (fine < FINE_CELLS as u32, fine >= FIRST_OF_UPPER);
        let cell_bits = if is_lower | is_upper { TAIL_BITS } else { CELL_BITS };
        let first = if is_lower { 0 } else { (MIDDLE - TAIL_CELLS) as u32 };
        let first = if is_upper { (UPPER as u32).wrapping_sub(FIRST_OF_UPPER) } else { first };
        let cell = (bits >> (32 - cell_bits)).wrapping_add(first) as usize;
        Place { cell, part: bits << cell_bits }
    }
}

/// The span that lies as far between two borders as the draw does.
#[inline(always)]
fn straight(low: u32, high: u32, part: u32) -> u32 {
    low + ((u64::from(high.saturating_sub(low)) * u64::from(part)) >> 32) as u32
}

/// Looks up draws on a table. Only the table is read one by one, two borders at a time; arithmetic before and after is
/// done in vectors. Returns whether a draw among them has to be computed exactly.
fn look_up(borders: &Short, bits: &[u32], spans: &mut [u32]) -> bool {
    let arch = pulp::Arch::new();
    let mut around = [0; AT_A_TIME];
    let mut has_exact = false;
    for (bits, spans) in bits.chunks(AT_A_TIME).zip(spans.chunks_mut(AT_A_TIME)) {
        // Cells are kept where spans will be.
        has_exact |= arch.dispatch(Cells { bits, cells: &mut *spans });
        for (around, &cell) in around.iter_mut().zip(&*spans) {
            let cell = cell as usize % CELLS;
            *around = u64::from(borders[cell + 1]) << 32 | u64::from(borders[cell]);
        }
        arch.dispatch(Straight { bits, around: &around[..spans.len()], spans });
    }
    has_exact
}

/// Finds the cells of some draws. Returns whether a draw among them has to be computed exactly.
struct Cells<'a> {
    bits: &'a [u32],
    cells: &'a mut [u32],
}

impl pulp::WithSimd for Cells<'_> {
    type Output = bool;

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) -> bool {
        let (many, few) = self.bits.as_chunks();
        let (cells_of_many, cells_of_few) = self.cells.as_chunks_mut();
        let mut exact = 0;
        for (bits, cells) in many.iter().zip(cells_of_many) {
            exact |= cells_of(bits, cells);
        }
        // What is missing is in a cell of the middle.
        let (mut padded, mut cells) = ([1 << 31; TOGETHER], [0; TOGETHER]);
        padded[..few.len()].copy_from_slice(few);
        exact |= cells_of(&padded, &mut cells);
        cells_of_few.copy_from_slice(&cells[..few.len()]);
        exact != 0
    }
}

#[inline(always)]
fn cells_of(bits: &[u32; TOGETHER], cells: &mut [u32; TOGETHER]) -> u32 {
    let mut exact = 0;
    for (cell, &bits) in cells.iter_mut().zip(bits) {
        *cell = Place::of(bits).cell as u32;
        exact |= u32::from(Sampler::is_exact(bits));
    }
    exact
}

/// Finds the spans of some draws between the borders around them: the lower one in the lower half.
struct Straight<'a> {
    bits: &'a [u32],
    around: &'a [u64],
    spans: &'a mut [u32],
}

impl pulp::WithSimd for Straight<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        for ((span, &around), &bits) in self.spans.iter_mut().zip(self.around).zip(self.bits) {
            *span = straight(around as u32, (around >> 32) as u32, Place::of(bits).part);
        }
    }
}

fn to_millis(value: f64) -> Millis {
    (libm::round(value) as Millis).clamp(0, NEVER)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samplers_follow_their_distribution_everywhere() {
        for dist in [
            Dist::Exponential { mean: 540_000.0 },
            Dist::Lognormal { median: 720_000.0, sigma: 0.9 },
            Dist::Normal { mean: 30_600_000.0, sd: 2_700_000.0 },
            Dist::Triangular { low: 0.0, likely: 60_000.0, high: 600_000.0 },
            Dist::Uniform { low: 0.0, high: 86_400_000.0 },
        ] {
            let sampler = Sampler::new(&dist);
            // In the middle of every fine cell, where a straight line is off most.
            for i in 0..1_u32 << TAIL_BITS {
                let bits = i << (32 - TAIL_BITS) | 0x8000;
                let exact = dist.quantile(unit(bits));
                let from_end = i.min((1 << TAIL_BITS) - 1 - i);
                let part = if from_end < 8 { 1e-2 } else { 1e-3 };
                assert!((sampler.at(bits) as f64 - exact).abs() <= 1.5 + exact * part, "{dist:?} at {bits}");
            }
        }
    }
}
