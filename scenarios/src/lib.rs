//! The scenario language, and the library of scenarios that is embedded in the program.

mod arms;
pub mod bind;
mod expand;
pub mod experiment;
pub mod file;
pub mod given;
pub mod glossary;
mod inputs;
pub mod library;
pub mod load;
mod lower;
pub mod merge;
pub mod problem;
pub mod quantity;
mod question;
pub mod render;
mod scenario;
pub mod schema;
pub mod source;
mod traits;

pub use experiment::Experiment;
pub use load::{Failure, Options, Profile, Source, load};
pub use scenario::Scenario;
