//! From the command line to a checked scenario.

use std::path::Path;

use bugcheck_scenarios::load::Vary;
use bugcheck_scenarios::{Options, Scenario, Source, library};

use crate::args::{Changes, Profile, Selection};
use crate::failure::Failure;

/// Loads and checks the selected scenario; `usual` is the profile where none is given.
pub(crate) fn load(selection: &Selection, usual: Profile) -> Result<Scenario, Failure> {
    load_named(&selection.scenario, &selection.changes, usual)
}

/// Loads and checks a scenario by its name or file.
pub(crate) fn load_named(scenario: &str, changes: &Changes, usual: Profile) -> Result<Scenario, Failure> {
    Ok(bugcheck_scenarios::load(&source(scenario), &options(changes, usual))?)
}

/// Loads and checks the selected scenario with some of its values varied.
pub(crate) fn load_varied(selection: &Selection, vary: &[Vary], usual: Profile) -> Result<Scenario, Failure> {
    let options = Options { vary: vary.to_vec(), ..options(&selection.changes, usual) };
    Ok(bugcheck_scenarios::load(&source(&selection.scenario), &options)?)
}

fn options(changes: &Changes, usual: Profile) -> Options {
    Options {
        set: changes.set.clone(),
        only: changes.only.clone(),
        profile: profile(changes.profile.unwrap_or(usual)),
        replications: changes.replications,
        vary: Vec::new(),
    }
}

fn source(scenario: &str) -> Source {
    if is_file(scenario) { Source::Path(scenario.into()) } else { Source::Library(scenario.to_owned()) }
}

/// Whether a word means a file. A name of the library means the library; of the rest, what looks like a path is a file,
/// and what does not is a name that the library will say is unknown.
pub(crate) fn is_file(scenario: &str) -> bool {
    let path = Path::new(scenario);
    let known_ending = path.extension().is_some_and(|e| ["yaml", "yml", "json"].iter().any(|known| e == *known));
    let looks_like_a_file = known_ending || path.components().count() > 1;
    looks_like_a_file && library::scenario(scenario).is_none()
}

fn profile(profile: Profile) -> bugcheck_scenarios::Profile {
    match profile {
        Profile::Quick => bugcheck_scenarios::Profile::Quick,
        Profile::Standard => bugcheck_scenarios::Profile::Standard,
        Profile::Ci => bugcheck_scenarios::Profile::Ci,
        Profile::Paper => bugcheck_scenarios::Profile::Paper,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_files_are_told_apart() {
        assert!(!is_file("july-2024"));
        assert!(!is_file("closed-form/batch"));
        assert!(!is_file("no-such-name"));
        assert!(is_file("./july-2024"));
        assert!(is_file("fleet.yaml"));
        assert!(is_file("folder/fleet"));
    }
}
