//! Limits of a plan: what is above them is refused with the limit's name, by scenarios at the place where it is
//! written, by the engine for plans that were made otherwise.
//!
//! Most are what fits a word of bits or a number that the engine keeps for each PC; some only keep memory and run time
//! within reach.

use crate::time::{DAY, Millis};

/// PCs of a fleet.
pub const MAX_PCS: u64 = 10_000_000_000;
/// PCs of one organisation; one that would have more is cut there.
pub const MAX_ORGANISATION: u64 = u32::MAX as u64;
/// Days of the horizon.
pub const MAX_HORIZON_DAYS: i64 = 3660;
/// PCs of one organisation times days of the horizon: what they add up before it is made wider fits 64 bits.
pub const MAX_PC_DAYS: u64 = 100_000_000_000;
const _: () = assert!(MAX_PC_DAYS <= (Millis::MAX / DAY) as u64, "sums over one organisation are milliseconds");
/// Regions of a fleet.
pub const MAX_REGIONS: usize = 64;
/// Sectors of a fleet.
pub const MAX_SECTORS: usize = 64;
/// Kinds of PC of a fleet.
pub const MAX_KINDS: usize = 64;
/// Weight of a kind of PC in the criticality-weighted measures.
pub const MAX_CRITICALITY: f64 = 1e6;
/// Traits that PCs of a fleet can have.
pub const MAX_TRAITS: usize = 32;
/// Means of one sector, and desks that one step passes.
pub const MAX_MEANS: usize = 16;
/// Steps of one playbook.
pub const MAX_STEPS: usize = 32;
/// Agents of a plan.
pub const MAX_AGENTS: usize = 16;
/// Segments in which one agent is adopted at a pace of their own, those that are in none left aside.
pub const MAX_SEGMENTS: usize = 64;
/// Restarts of a component that fails, before it is given up or falls back.
pub const MAX_RESTARTS: u32 = 10_000;
/// Releases of a plan.
pub const MAX_RELEASES: usize = 16;
/// Rings of one rollout.
pub const MAX_RINGS: usize = 32;
/// Parts of the customers that hold one release back.
pub const MAX_HOLDS: usize = 16;

/// Whether an organisation of so many PCs is within [`MAX_PC_DAYS`] up to a horizon.
pub fn are_pc_days_within(pcs: u64, horizon: Millis) -> bool {
    i128::from(pcs) * i128::from(horizon) <= i128::from(MAX_PC_DAYS) * i128::from(DAY)
}
