//! Experiments: arms x replications on threads, results on disk, resume.

pub mod results;
pub use results::Results;
