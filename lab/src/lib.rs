//! Experiments: arms x replications on all cores, on the same dice; results on disk as they finish, resume, estimates.
//!
//! [`run()`] carries out an experiment and leaves a [`RunFolder`]; [`RunFolder::results`] reads it back, complete or as
//! far as it got; [`estimate`] says what is known from it. [`predict()`] tells the cost before, [`verify()`] whether
//! results hang on threads or on the order of equal times, [`replay()`] what happened in one replication.

pub mod atomic;
pub mod drivers;
pub mod error;
pub mod estimate;
mod folder;
mod journal;
pub mod plans;
pub mod predict;
pub mod replay;
pub mod results;
pub mod run;
pub mod stopping;
mod summary;
pub mod swept;
mod tables;
#[cfg(test)]
mod testing;
pub mod trace;
pub mod verify;

pub use error::Error;
pub use folder::RunFolder;
pub use plans::{CarryOut, Plans, dice};
pub use predict::{Prediction, predict};
pub use replay::{Replay, replay};
pub use results::Results;
pub use run::{News, Options, Progress, Silent, run, run_with};
pub use verify::{Verification, verify};
