//! Dice: keyed draws, and distributions that are sampled by inversion.
//!
//! Every draw is a pure function of (seed, replication, entity, purpose, index): see [`Key::block`]. Nothing here has
//! state, so no draw depends on who came first, on the number of threads, or on what another arm did.

use serde::{Deserialize, Serialize};

/// A probability or a part of a whole, 0 to 1.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd, Serialize, Deserialize)]
pub struct Share(pub f64);

/// A distribution over non-negative numbers: spans are in milliseconds, sizes in PCs.
///
/// Sampled by inversion, so that a small change of a parameter is a small change of the draw.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Dist {
    /// Always this value.
    Constant(f64),
    /// Equally likely anywhere from `low` to `high`.
    Uniform {
        /// Smallest value.
        low: f64,
        /// Largest value.
        high: f64,
    },
    /// Memoryless, with this mean.
    Exponential {
        /// Mean.
        mean: f64,
    },
    /// Log-normal by its median and the standard deviation of its logarithm.
    Lognormal {
        /// Median.
        median: f64,
        /// Standard deviation of the natural logarithm.
        sigma: f64,
    },
    /// Normal, cut off below zero.
    Normal {
        /// Mean before the cut.
        mean: f64,
        /// Standard deviation before the cut.
        sd: f64,
    },
    /// Triangular from `low` through `likely` to `high`.
    Triangular {
        /// Smallest value.
        low: f64,
        /// Most likely value.
        likely: f64,
        /// Largest value.
        high: f64,
    },
}
