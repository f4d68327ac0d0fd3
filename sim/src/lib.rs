//! The simulator: (plan, dice) -> record.

pub mod agent;
pub mod draw;
pub mod engine;
pub mod fleet;
pub mod limits;
pub mod measure;
pub mod plan;
pub mod recovery;
pub mod rollout;
mod sieve;
pub mod time;

pub use engine::{simulate, simulate_arms};
pub use measure::Record;
pub use plan::{Dice, Plan};

/// Results are the same, byte for byte, for the same scenario and seed within one epoch; a change of results raises it.
pub const RESULT_EPOCH: u32 = 7;
