//! `bugcheck test`: scenarios as tests under CI.

use std::env;
use std::fmt::Write as _;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use bugcheck_reports::{Comparison, Status, junit, markdown};
use bugcheck_scenarios::experiment::Level;
use bugcheck_scenarios::{Scenario, library, render};

use crate::args::{Annotations, Profile, Test};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::scenario;
use crate::terminal::Terminal;
use crate::work::{self, Ended};

/// A scenario that was to be tested.
struct Tested {
    /// As it was named on the command line.
    name: String,
    outcome: Outcome,
}

/// What came of it.
enum Outcome {
    /// It ran, and was judged.
    Judged { scenario: Box<Scenario>, comparison: Box<Comparison>, folder: PathBuf },
    /// It has problems, or something went wrong while it ran.
    Failed(Failure),
    /// It was stopped by Ctrl-C, or its turn had not come by then.
    Interrupted,
}

impl Outcome {
    fn exit(&self) -> Exit {
        match self {
            Outcome::Judged { comparison, .. } => work::exit_of(comparison.meaning),
            Outcome::Failed(failure) => failure.exit(),
            Outcome::Interrupted => Exit::Interrupted,
        }
    }

    /// Why it did not run to its end; nothing if it did.
    fn why_not(&self) -> Option<String> {
        match self {
            Outcome::Judged { .. } => None,
            Outcome::Failed(failure) => Some(failure.show(render::Style::Plain)),
            Outcome::Interrupted => Some("interrupted; the same command goes on from there".into()),
        }
    }
}

/// Checks all scenarios, runs those that can be run one after the other, and leaves what a CI shows: whatever is wrong
/// with one, the others are tested, and the artefacts tell of all.
pub(crate) fn test(args: &Test, terminal: &mut Terminal) -> Result<Exit, Failure> {
    for path in [args.junit.clone(), summary(args)].into_iter().flatten() {
        can_be_written(&path).map_err(Failure::writing(&path))?;
    }
    let mut tested: Vec<Tested> = Vec::new();
    // A stdout that refuses is told in the end: the artefacts do not hang on it.
    let mut told = Ok(());
    for (name, loaded) in load_all(args, terminal) {
        let interrupted = matches!(tested.last(), Some(Tested { outcome: Outcome::Interrupted, .. }));
        let outcome = match loaded {
            Ok(_) if interrupted => Outcome::Interrupted,
            Ok(scenario) => carry_out(scenario, args, terminal),
            Err(failure) => Outcome::Failed(failure),
        };
        told = told.and(tell(&name, &outcome, terminal));
        tested.push(Tested { name, outcome });
    }
    leave(args, &tested, terminal)?;
    told?;
    Ok(tested.iter().fold(Exit::Holds, |exit, tested| exit.worst(tested.outcome.exit())))
}

/// Whether a file can be written, told before hours are spent on what is to be in it. It is left as it is, and what is
/// no file (a pipe, a device) is not touched.
fn can_be_written(path: &Path) -> io::Result<()> {
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            File::create_new(path)?;
            fs::remove_file(path)
        }
        Ok(found) if !found.is_file() && !found.is_dir() => Ok(()),
        _ => OpenOptions::new().append(true).open(path).map(drop),
    }
}

/// Every scenario, or what is wrong with it: all problems are shown before anything runs.
fn load_all(args: &Test, terminal: &mut Terminal) -> Vec<(String, Result<Scenario, Failure>)> {
    let load = |name: &String| {
        let loaded = scenario::load_named(name, &args.changes, Profile::Ci);
        if let Err(failure) = &loaded {
            terminal.note(failure.show(terminal.problems()).trim_end());
        }
        (name.clone(), loaded)
    };
    args.scenarios.iter().map(load).collect()
}

fn carry_out(scenario: Scenario, args: &Test, terminal: &mut Terminal) -> Outcome {
    match work::carry_out(&scenario, &args.out, args.work.threads, terminal) {
        Ok(Ended::Complete(comparison, folder)) => Outcome::Judged { scenario: Box::new(scenario), comparison, folder },
        Ok(Ended::Interrupted) => Outcome::Interrupted,
        Err(failure) => {
            terminal.note(failure.show(terminal.problems()).trim_end());
            Outcome::Failed(failure)
        }
    }
}

/// One line per expectation, or that there are none to judge.
fn tell(name: &str, outcome: &Outcome, terminal: &mut Terminal) -> Result<(), Failure> {
    let Outcome::Judged { comparison, folder, .. } = outcome else {
        return Ok(terminal.print(&format!("{name}\n  NOT RUN\n"))?);
    };
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

/// Writes the artefacts of all scenarios. One that cannot be written does not keep the others from it.
fn leave(args: &Test, tested: &[Tested], terminal: &mut Terminal) -> Result<(), Failure> {
    let why_not: Vec<Option<String>> = tested.iter().map(|tested| tested.outcome.why_not()).collect();
    let reported: Vec<bugcheck_reports::Tested> = tested
        .iter()
        .zip(&why_not)
        .map(|(Tested { name, outcome }, why)| match outcome {
            Outcome::Judged { comparison, .. } => bugcheck_reports::Tested::Judged(comparison),
            _ => bugcheck_reports::Tested::NotRun { name, why: why.as_deref().unwrap_or_default().trim_end() },
        })
        .collect();
    let junit = write_junit(args, &reported);
    let summary = write_summary(args, &reported);
    if annotations(args) == Annotations::Github {
        for tested in tested {
            terminal.print(&annotate(tested))?;
        }
    }
    junit.and(summary)
}

fn write_junit(args: &Test, tested: &[bugcheck_reports::Tested]) -> Result<(), Failure> {
    let Some(path) = &args.junit else { return Ok(()) };
    fs::write(path, junit::render_all(tested)?).map_err(Failure::writing(path))
}

fn write_summary(args: &Test, tested: &[bugcheck_reports::Tested]) -> Result<(), Failure> {
    let Some(path) = summary(args) else { return Ok(()) };
    let mut file = OpenOptions::new().create(true).append(true).open(&path).map_err(Failure::writing(&path))?;
    file.write_all(markdown::render_all(tested).as_bytes()).map_err(Failure::writing(&path))
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

/// Workflow commands that mark each expectation that does not hold, and each problem, on its own line of the scenario.
fn annotate(Tested { name, outcome }: &Tested) -> String {
    match outcome {
        Outcome::Judged { scenario, comparison, .. } => annotate_verdicts(name, scenario, comparison),
        Outcome::Failed(Failure::Scenario(failure)) => annotate_problems(failure),
        Outcome::Failed(failure) => {
            format!("::error {}title=not run::{}\n", place(name, None), message(&failure.to_string()))
        }
        Outcome::Interrupted => String::new(),
    }
}

fn annotate_verdicts(name: &str, scenario: &Scenario, comparison: &Comparison) -> String {
    let mut out = String::new();
    for verdict in comparison.verdicts.iter().filter(|verdict| verdict.status != Status::Holds) {
        let kind = match verdict.level {
            Level::Fail => "error",
            Level::Warn => "warning",
        };
        let place = place(name, scenario.line_of(&verdict.name));
        let _ = writeln!(out, "::{kind} {place}title={}::{}", property(&verdict.name), message(&verdict.reason));
    }
    out
}

fn annotate_problems(failure: &bugcheck_scenarios::Failure) -> String {
    let mut out = String::new();
    for problem in failure.problems.sorted() {
        let place = problem.span.map(|span| place(failure.sources.name(span.file), Some(span.line)));
        let _ = writeln!(
            out,
            "::error {}title={}::{}",
            place.unwrap_or_default(),
            problem.code.id(),
            message(&problem.message)
        );
    }
    out
}

/// The properties of a workflow command that say where. Only a file can be marked: a scenario of the library is none of
/// the user's repository, nor is what `--set` says.
fn place(name: &str, line: Option<u32>) -> String {
    if library::scenario(name).is_some() || !Path::new(name).is_file() {
        return String::new();
    }
    let line = line.map_or_else(String::new, |line| format!("line={line},"));
    format!("file={},{line}", property(name))
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
