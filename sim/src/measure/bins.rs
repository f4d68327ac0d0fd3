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
    (if beyond == 0 { minutes } else { FINE_BINS as u64 + beyond / (COARSE / MINUTE) as u64 }) as usize
}

/// Which bin an instant is in.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    /// What spans are counted from.
    pub release: Millis,
    /// The longest of them: later is in its bin.
    pub span: Millis,
}

impl Clock {
    /// That of an instant.
    #[inline]
    pub fn bin(self, at: Millis) -> usize {
        bin((at - self.release).max(0).min(self.span))
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

/// Counts over time, with a list of the bins that were counted in.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// By [`Count`].
    pub(super) bins: [Bins; 4],
    pub(super) touched: [Vec<u32>; 4],
}

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
    /// Counts.
    #[inline]
    pub fn count(&mut self, what: Count, bin: usize, weight: i64) {
        match self.bins[what as usize].get_mut(bin) {
            Some(weights) if *weights != 0 => *weights += weight,
            _ => self.count_first(what, bin, weight),
        }
    }

    #[inline(never)]
    fn count_first(&mut self, what: Count, bin: usize, weight: i64) {
        self.touched[what as usize].push(bin as u32);
        count(&mut self.bins[what as usize], bin, weight);
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
