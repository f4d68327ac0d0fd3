//! The scenario language, and the library of scenarios that is embedded in the program.

pub mod bind;
pub mod experiment;
pub mod file;
pub mod given;
pub mod merge;
pub mod problem;
pub mod quantity;
pub mod render;
pub mod schema;
pub mod source;
pub use experiment::Experiment;
