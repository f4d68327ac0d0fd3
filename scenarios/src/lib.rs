//! The scenario language, and the library of scenarios that is embedded in the program.

pub mod experiment;
pub mod given;
pub mod problem;
pub mod quantity;
pub mod source;
pub use experiment::Experiment;
