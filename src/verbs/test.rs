//! `bugcheck test`: scenarios as tests under CI.

use std::env;
use std::fmt::Write as _;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use bugcheck_reports::{Comparison, Status, junit, markdown};
use bugcheck_scenarios::experiment::Level;
use bugcheck_scenarios::{Scenario, library};

use crate::args::{Annotations, Profile, Test};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::scenario;
use crate::terminal::Terminal;
use crate::work::{self, Ended};

/// A scenario that was run.
struct Tested {
    /// As it was named on the command line.
    name: String,
    scenario: Scenario,
    comparison: Comparison,
}

/// Checks all scenarios, runs them one after the other, and leaves what a CI shows.
pub(crate) fn test(args: &Test, terminal: &mut Terminal) -> Result<Exit, Failure> {
    let Some(scenarios) = load_all(args, terminal) else { return Ok(Exit::Usage) };
    let mut tested = Vec::new();
    let mut exit = Exit::Holds;
    for (name, scenario) in scenarios {
        match work::carry_out(&scenario, &args.out, args.work.threads, terminal)? {
            Ended::Interrupted => {
                exit = Exit::Interrupted;
                break;
            }
            Ended::Complete(comparison, folder) => {
                exit = exit.worst(work::exit_of(comparison.meaning));
                tested.push(Tested { name, scenario, comparison: *comparison });
                tell(tested.last(), &folder, terminal)?;
            }
        }
    }
    leave(args, &tested, terminal)?;
    Ok(exit)
}

/// Every scenario, or nothing if one has problems: all problems are shown before anything runs.
fn load_all(args: &Test, terminal: &mut Terminal) -> Option<Vec<(String, Scenario)>> {
    let mut scenarios = Vec::new();
    for name in &args.scenarios {
        match scenario::load_named(name, &args.changes, Profile::Ci) {
            Ok(scenario) => scenarios.push((name.clone(), scenario)),
            Err(failure) => terminal.note(failure.show(terminal.problems()).trim_end()),
        }
    }
    (scenarios.len() == args.scenarios.len()).then_some(scenarios)
}

/// One line per expectation.
fn tell(tested: Option<&Tested>, folder: &Path, terminal: &mut Terminal) -> Result<(), Failure> {
    let Some(Tested { name, comparison, .. }) = tested else { return Ok(()) };
    let mut out = format!("{name} ({})\n", folder.display());
    for verdict in &comparison.verdicts {
        let word = match verdict.status {
            Status::Holds => "holds",
            Status::Broken => "BROKEN",
            Status::Undecided => "UNDECIDED",
        };
        let _ = writeln!(out, "  {word:<9} {}{}: {}", verdict.name, verdict.level_note(), verdict.reason);
    }
    terminal.print(&out)?;
    Ok(())
}

/// Writes the artefacts of all scenarios.
fn leave(args: &Test, tested: &[Tested], terminal: &mut Terminal) -> Result<(), Failure> {
    if annotations(args) == Annotations::Github {
        for tested in tested {
            terminal.print(&annotate(tested))?;
        }
    }
    let comparisons: Vec<&Comparison> = tested.iter().map(|tested| &tested.comparison).collect();
    if let Some(path) = &args.junit {
        fs::write(path, junit::render_all(&comparisons)?).map_err(Failure::writing(path))?;
    }
    if let Some(path) = summary(args) {
        let text: Vec<String> = comparisons.iter().map(|comparison| markdown::render(comparison)).collect();
        let mut file = OpenOptions::new().create(true).append(true).open(&path).map_err(Failure::writing(&path))?;
        file.write_all(text.join("\n").as_bytes()).map_err(Failure::writing(&path))?;
    }
    Ok(())
}

fn under_github() -> bool {
    env::var_os("GITHUB_ACTIONS").is_some_and(|value| value == "true")
}

fn annotations(args: &Test) -> Annotations {
    args.annotations.unwrap_or(if under_github() { Annotations::Github } else { Annotations::None })
}

fn summary(args: &Test) -> Option<PathBuf> {
    args.summary.clone().or_else(|| env::var_os("GITHUB_STEP_SUMMARY").filter(|_| under_github()).map(PathBuf::from))
}

/// Workflow commands that mark each expectation that does not hold, on its own line of the scenario.
fn annotate(tested: &Tested) -> String {
    let Tested { name, scenario, comparison } = tested;
    let mut out = String::new();
    for verdict in comparison.verdicts.iter().filter(|verdict| verdict.status != Status::Holds) {
        let kind = match verdict.level {
            Level::Fail => "error",
            Level::Warn => "warning",
        };
        // A scenario of the library is no file of the user's repository that could be marked.
        let place = if library::scenario(name).is_some() {
            String::new()
        } else {
            let line = scenario.line_of(&verdict.name).map(|line| format!("line={line},"));
            format!("file={},{}", property(name), line.unwrap_or_default())
        };
        let _ = writeln!(out, "::{kind} {place}title={}::{}", property(&verdict.name), message(&verdict.reason));
    }
    out
}

/// Text as the message of a workflow command takes it (GitHub Docs, "Workflow commands": %, CR and LF are escaped).
fn message(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// Text as a property of a workflow command takes it: `:` and `,` are escaped, too.
fn property(text: &str) -> String {
    message(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn workflow_commands_cannot_be_broken_by_text() {
        assert_eq!(message("5 %\n::error::"), "5 %25%0A::error::");
        assert_eq!(property("a:b,c"), "a%3Ab%2Cc");
    }
}
