//! From results to what people read: verdicts, the comparison in the terminal, a page, Markdown for pull requests,
//! `JUnit`.
//!
//! [`comparison::build`] asks the lab's estimators once; everything after it only formats. [`write_all`] leaves the
//! files in a folder of a run.

mod charts;
pub mod comparison;
mod data;
pub mod drivers;
mod estimates;
pub mod html;
pub mod junit;
pub mod markdown;
pub mod number;
pub mod plot;
pub mod several;
pub mod swept;
pub mod terminal;
pub mod validation;
pub mod verdict;
pub mod view;
pub mod wording;
mod write;

pub use data::FOLDER as FIGURES;
pub use verdict::{Meaning, Status, Verdict};
pub use view::Comparison;
pub use write::{HTML, JUNIT, MARKDOWN, write_all};

/// What came of a scenario that was to be tested.
#[derive(Clone, Copy, Debug)]
pub enum Tested<'a> {
    /// It ran, and was judged.
    Judged(&'a Comparison),
    /// It could not be run, or not to its end.
    NotRun {
        /// As whoever asked for it called it.
        name: &'a str,
        /// Why, in plain text of one or many lines.
        why: &'a str,
    },
}

/// What can go wrong on the way from results to a report.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Nothing was simulated yet.
    #[error("`{0}` has no finished replications to report on")]
    NoReplications(String),
    /// The results are not those of their experiment.
    #[error("the results of `{0}` do not fit its scenario: {1}")]
    Misfit(String, String),
    /// A page could not be put together.
    #[error("cannot render the report")]
    Render(#[from] askama::Error),
    /// The `JUnit` file could not be put together.
    #[error("cannot render the JUnit report")]
    JUnit(#[from] quick_junit::SerializeError),
    /// The data of a figure could not be put together.
    #[error("cannot write down what a figure shows")]
    Data(#[from] csv::Error),
    /// A file could not be read or written.
    #[error(transparent)]
    File(#[from] bugcheck_lab::Error),
    /// A folder could not be made.
    #[error("cannot make `{path}`")]
    Folder {
        /// Which.
        path: std::path::PathBuf,
        /// Why.
        source: std::io::Error,
    },
}
