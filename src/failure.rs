//! Why a verb could not do its work, and the exit code that follows.

use std::io;
use std::path::{Path, PathBuf};

use bugcheck_scenarios::render;

use crate::exit::Exit;

/// Why a verb could not do its work.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    /// The scenario has problems; all of them are shown.
    #[error("the scenario has problems")]
    Scenario(#[from] Box<bugcheck_scenarios::Failure>),
    /// The command line asks for something that is not there.
    #[error("{0}")]
    Usage(String),
    /// The experiment could not be carried out.
    #[error(transparent)]
    Lab(#[from] bugcheck_lab::Error),
    /// The reports could not be written.
    #[error(transparent)]
    Reports(#[from] bugcheck_reports::Error),
    /// A file of the user's could not be written or read.
    #[error("cannot {doing} {}: {error}", path.display())]
    File {
        /// What was tried: `write`, `read`.
        doing: &'static str,
        /// The file.
        path: PathBuf,
        /// What the system said.
        error: io::Error,
    },
    /// stdout refuses, and not because its reader has gone.
    #[error("cannot write to stdout: {0}")]
    Output(#[from] io::Error),
}

impl Failure {
    /// A file that could not be written.
    pub(crate) fn writing(path: &Path) -> impl FnOnce(io::Error) -> Failure + '_ {
        move |error| Failure::File { doing: "write", path: path.to_owned(), error }
    }

    /// The exit code.
    pub(crate) fn exit(&self) -> Exit {
        match self {
            Failure::Scenario(_) | Failure::Usage(_) => Exit::Usage,
            Failure::Reports(bugcheck_reports::Error::NoReplications(_)) => Exit::NothingRan,
            Failure::Lab(error) | Failure::Reports(bugcheck_reports::Error::File(error)) => exit_of_lab(error),
            Failure::Reports(_) | Failure::File { .. } | Failure::Output(_) => Exit::Internal,
        }
    }

    /// The failure as the user reads it: problems of a scenario with their places, everything else in a line.
    pub(crate) fn show(&self, style: render::Style) -> String {
        match self {
            Failure::Scenario(failure) => render::render(&failure.problems, &failure.sources, style),
            other => format!("error: {other}"),
        }
    }
}

/// What the user can mend on the command line is bad usage; what the machine or the program did is internal.
fn exit_of_lab(error: &bugcheck_lab::Error) -> Exit {
    use bugcheck_lab::Error;
    use bugcheck_sim::engine;
    match error {
        Error::InUse(_)
        | Error::OtherScenario(_)
        | Error::OtherEpoch { .. }
        | Error::OtherFormat(_)
        | Error::NotARun { .. }
        | Error::Mixed { .. }
        | Error::Name(_)
        | Error::NothingUncertain(_)
        | Error::OutOfRange { .. }
        | Error::NotSimulated { .. }
        | Error::Simulation { source: engine::Error::StandsStill, .. } => Exit::Usage,
        Error::DiskFull(_)
        | Error::File { .. }
        | Error::Damaged { .. }
        | Error::Simulation { .. }
        | Error::Threads(_) => Exit::Internal,
    }
}
