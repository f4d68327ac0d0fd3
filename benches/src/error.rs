//! What can go wrong.

/// A benchmark that could not be carried out.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Error {
    /// A scenario is wrong, or there is none of that name.
    #[error("{0}")]
    Scenario(Box<bugcheck_scenarios::Failure>),
    /// The engine refuses a plan.
    #[error(transparent)]
    Engine(#[from] bugcheck_sim::engine::Error),
    /// The engine refuses one of several plans.
    #[error(transparent)]
    Arms(#[from] bugcheck_sim::engine::InArm),
    /// A scenario has no arm of this name.
    #[error("`{0}` has no arm called `{1}`")]
    NoArm(String, String),
    /// The library has no scenario of this name (yet).
    #[error("the library has no scenario called `{0}`")]
    NoScenario(&'static str),
    /// The common model's scenario is not what the peers compute any more.
    #[error("the scenario `common-model` is not the model that the peers compute, in which {0}")]
    OtherModel(String),
    /// A peer did not do its work.
    #[error("{0}")]
    Peer(String),
    /// A process that was to measure ended without figures.
    #[error("measuring {0} ended with {1}")]
    Child(String, std::process::ExitStatus),
    /// A file, a process or a thread that the machine refuses.
    #[error("{0}: {1}")]
    Machine(String, std::io::Error),
    /// Figures that cannot be read.
    #[error("{0} can't be read: {1}")]
    Json(String, serde_json::Error),
}

impl Error {
    /// Says what the machine refused.
    pub(crate) fn machine(what: impl Into<String>) -> impl FnOnce(std::io::Error) -> Error {
        let what = what.into();
        move |error| Error::Machine(what, error)
    }
}
