//! Time in bins: how curves and distributions of times are kept as integer counts.
//!
//! A minute each for the first two days, ten minutes each from then on. Quantiles read from bins are exact to the bin.

use crate::time::{DAY, MINUTE, Millis};

const FINE_UPTO: Millis = 2 * DAY;
const COARSE: Millis = 10 * MINUTE;
const FINE_BINS: usize = (FINE_UPTO / MINUTE) as usize;

/// The bin of a span since the release (or since a failure); negative spans are in the first.
#[inline]
pub fn bin(span: Millis) -> usize {
    // Division of what has no sign is quicker.
    let minutes = span.max(0) as u64 / MINUTE as u64;
    let beyond = minutes.saturating_sub(FINE_BINS as u64);
    (minutes.min(FINE_BINS as u64) + beyond / (COARSE / MINUTE) as u64) as usize
}

/// Which bin an instant is in.
#[derive(Clone, Copy, Debug)]
pub struct Binning {
    /// What spans are counted from.
    pub release: Millis,
    /// The longest of them: later is in its bin.
    pub span: Millis,
}

impl Binning {
    /// That of an instant.
    #[inline]
    pub fn bin(self, at: Millis) -> usize {
        bin((at - self.release).max(0).min(self.span))
    }

    /// Those of many instants, in vector instructions.
    pub fn bin_each(self, instants: &[Millis], bins: &mut [u32]) {
        pulp::Arch::new().dispatch(BinEach { binning: self, instants, bins });
    }
}

/// What [`Binning::bin_each`] does, compiled once for each width of vector instructions.
struct BinEach<'a> {
    binning: Binning,
    instants: &'a [Millis],
    bins: &'a mut [u32],
}

impl pulp::WithSimd for BinEach<'_> {
    type Output = ();

    #[allow(clippy::inline_always, reason = "what is to become vector instructions has to be inlined, or it does not")]
    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let BinEach { binning: Binning { release, span }, instants, bins } = self;
        let instants = instants.iter().zip(bins);
        if let Ok(longest) = u32::try_from(span) {
            // As bin, in 32 bits.
            for (&at, bin) in instants {
                let span = (at - release).max(0).min(Millis::from(longest)) as u32;
                let minutes = span / MINUTE as u32;
                let beyond = minutes.saturating_sub(FINE_BINS as u32);
                *bin = minutes.min(FINE_BINS as u32) + beyond / (COARSE / MINUTE) as u32;
            }
        } else {
            instants.for_each(|(&at, bin)| *bin = self.binning.bin(at) as u32);
        }
    }
}

/// The first span of a bin.
pub fn start(bin: usize) -> Millis {
    if bin < FINE_BINS { bin as Millis * MINUTE } else { FINE_UPTO + (bin - FINE_BINS) as Millis * COARSE }
}

/// Where the curves of a scenario with this span after the release are read: starts of bins, 6 % apart from the first
/// hour on, and the end of the last bin that begins within the span.
pub fn grid(span: Millis) -> Vec<Millis> {
    let mut at = 0;
    let mut grid = Vec::new();
    while at <= span {
        let edge = start(bin(at));
        if grid.last() != Some(&edge) {
            grid.push(edge);
        }
        at = (at + MINUTE).max(at + at * 6 / 100);
    }
    grid
}

/// Counts by bin, as long as they need to be: bins at the end in which nothing was counted are not there.
pub type Bins = Vec<i64>;

/// Adds to a bin.
#[inline]
pub fn count(bins: &mut Bins, bin: usize, weight: i64) {
    if bin >= bins.len() {
        bins.resize(bin + 1, 0);
    }
    bins[bin] += weight;
}

/// Counts over time, with a note of where something was counted.
#[derive(Clone, Debug, Default)]
pub struct Touched {
    /// By [`Count`].
    of: [TouchedBins; 4],
}

#[derive(Clone, Debug, Default)]
struct TouchedBins {
    /// Bins, so many together.
    groups: Vec<[i64; TOGETHER]>,
    /// By group: whether something was counted there.
    are_touched: Vec<bool>,
}

/// Bins of a group: few, as all of them are looked at if one was counted in.
const TOGETHER: usize = 16;

/// What is counted over time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// PCs going down (or, with a negative weight, up).
    Down,
    /// PCs hit.
    Hit,
    /// PCs back for good.
    Back,
    /// PCs with a good version.
    Good,
}

impl Touched {
    /// Counts a weight.
    #[inline]
    pub fn count(&mut self, what: Count, bin: usize, weight: i64) {
        let (group, place) = (bin / TOGETHER, bin % TOGETHER);
        let of = &mut self.of[what as usize];
        // Both are as long as each other, which the compiler does not know: it spares two checks below.
        if group >= of.groups.len() || group >= of.are_touched.len() {
            of.make_room(group);
        }
        of.groups[group][place] += weight;
        of.are_touched[group] = true;
    }

    /// Hands out what was counted, each bin with its weight, and counts from 0 on.
    pub fn drain(&mut self, mut take: impl FnMut(Count, usize, i64)) {
        for (of, what) in self.of.iter_mut().zip([Count::Down, Count::Hit, Count::Back, Count::Good]) {
            for (group, is_touched) in of.are_touched.iter_mut().enumerate() {
                if std::mem::take(is_touched) {
                    let weights = std::mem::take(&mut of.groups[group]);
                    let counted = weights.into_iter().enumerate().filter(|(_, weight)| *weight != 0);
                    counted.for_each(|(place, weight)| take(what, group * TOGETHER + place, weight));
                }
            }
        }
    }
}

impl TouchedBins {
    #[inline(never)]
    fn make_room(&mut self, group: usize) {
        self.groups.resize(group + 1, [0; TOGETHER]);
        self.are_touched.resize(group + 1, false);
    }
}

/// The span below which a share of the counted weight lies, with straight lines inside bins; `None` if the bins hold
/// less than that share of `total`.
pub fn quantile(counts: &[i64], total: u64, share: f64) -> Option<f64> {
    let wanted = share * total as f64;
    let mut below = 0;
    for (i, &count) in counts.iter().enumerate() {
        if count > 0 && (below + count) as f64 >= wanted {
            let part = ((wanted - below as f64) / count as f64).clamp(0.0, 1.0);
            return Some(start(i) as f64 + part * (start(i + 1) - start(i)) as f64);
        }
        below += count;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bins_cover_time_without_gaps() {
        for b in 0..6000 {
            assert_eq!(bin(start(b)), b);
            assert_eq!(bin(start(b + 1) - 1), b);
        }
        assert_eq!(bin(-5), 0);
    }

    #[test]
    fn bins_of_many_instants_are_those_of_each() {
        let release = 7 * MINUTE;
        let near = (0..5000).map(|i| release - MINUTE + i * 41_003);
        let instants: Vec<Millis> = near.chain([DAY, 28 * DAY, 300 * DAY, crate::time::NEVER]).collect();
        for span in [0, DAY, 28 * DAY, 49 * DAY, 50 * DAY, 364 * DAY] {
            let binning = Binning { release, span };
            let mut bins = vec![0; instants.len()];
            binning.bin_each(&instants, &mut bins);
            assert!(instants.iter().zip(&bins).all(|(&at, &bin)| bin as usize == binning.bin(at)), "{span}");
        }
    }

    #[test]
    fn grids_ascend_and_reach_the_end() {
        let grid = grid(28 * DAY);
        assert!(grid.windows(2).all(|w| w[0] < w[1]));
        assert!(grid.len() < 260 && 28 * DAY - grid[grid.len() - 1] < 2 * DAY, "{}", grid.len());
    }

    #[test]
    fn quantiles_count_the_missing() {
        let counts = [50, 0, 30];
        assert_eq!(quantile(&counts, 100, 0.5), Some(60_000.0));
        assert_eq!(quantile(&counts, 100, 0.25), Some(30_000.0));
        assert_eq!(quantile(&counts, 100, 0.95), None);
    }
}
