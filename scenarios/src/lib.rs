//! The scenario language, and the library of scenarios that is embedded in the program.

pub mod experiment;
pub use experiment::Experiment;
