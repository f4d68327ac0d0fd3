//! The command line: every verb and flag, described once. Help, the manual page and completions are made from it.

use std::num::NonZeroUsize;
use std::path::PathBuf;

use bugcheck_scenarios::load::Vary;
use clap::{Args, Parser, Subcommand, ValueEnum, ValueHint};

/// The version, with the epoch within which results stay the same to the byte.
const VERSION: &str = concat!(env!("CARGO_PKG_VERSION"), " (result epoch 7)");

/// How large is the outage when security software breaks PCs, and how long is the way back?
///
/// `bugcheck` simulates a fleet PC by PC: a faulty release goes out, PCs crash, organisations bring them back with the
/// means they have. It runs the arms of a scenario (architectures, rollouts, recovery strategies) on the same dice, and
/// compares them.
#[derive(Debug, Parser)]
#[command(
    name = "bugcheck",
    version = VERSION,
    propagate_version = true,
    arg_required_else_help = true,
    max_term_width = 100,
    after_long_help = "\
Start here:
  bugcheck run july-2024                  the July 2024 outage, its architectures and recoveries
  bugcheck run july-2024 --profile quick  the same with fewer organisations, wider intervals
  bugcheck new my-fleet.yaml              a commented scenario to begin from
  bugcheck explain pc_hours_lost          what a word in the results means

Results go to stdout, progress and problems to stderr.
`bugcheck explain exit-codes` lists the exit codes."
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub verb: Verb,
    /// When to use colour; it never carries a meaning of its own.
    #[arg(long, global = true, value_enum, default_value_t, value_name = "WHEN")]
    pub color: Colour,
}

/// When output is coloured.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Colour {
    /// On a terminal, unless `NO_COLOR` is set.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

/// The verbs.
#[derive(Debug, Subcommand)]
pub enum Verb {
    /// Run a scenario: all arms, the comparison, the expectations, the report.
    Run(Run),
    /// Check scenarios, and show all their problems at once; nothing is simulated.
    Check(Check),
    /// Show the arms and what they will cost, before anything runs.
    Plan(Plan),
    /// Run scenarios as tests under CI: expectations, JUnit, annotations, exit code.
    Test(Test),
    /// Write the reports of finished runs again, or put several runs side by side; nothing is simulated.
    Report(Report),
    /// Find out which uncertain inputs an outcome follows: from a finished run, or by moving them on purpose.
    Drivers(Drivers),
    /// Run a scenario over values of one of its numbers, and draw what comes out as a curve.
    Sweep(Sweep),
    /// Repeat one replication byte for byte, and tell the story of one PC or organisation.
    Replay(Replay),
    /// Hold the model against what was published about July 2024, and print the document.
    Validate(Validate),
    /// Prove that a scenario gives the same result with arms alone or together, on any number of threads, and in any
    /// order of equal times.
    Verify(Verify),
    /// List the scenarios and presets that ship inside the program, or print one of them.
    Library(Library),
    /// Explain a word: a measure, a key of the scenario language, a preset, a defect, an error code.
    Explain(Explain),
    /// Write a commented scenario to begin from.
    New(New),
    /// Print the JSON Schema of scenario files, for editors.
    Schema,
    /// Print completions for a shell.
    Completions(Completions),
    /// Print the manual page.
    Man,
}

/// Which scenario, and what to change in it.
#[derive(Clone, Debug, Args)]
pub struct Selection {
    /// A scenario file, or the name of a scenario in the library (`bugcheck library` lists them).
    #[arg(value_name = "FILE-or-NAME", value_hint = ValueHint::FilePath)]
    pub scenario: String,
    /// What to change.
    #[command(flatten)]
    pub changes: Changes,
}

/// What to change in a scenario before it is checked; the resolved scenario beside the results shows the changes.
#[derive(Clone, Debug, Default, Args)]
pub struct Changes {
    /// Set a value by its path, such as `fleet.pcs=2M`; may be repeated.
    #[arg(long, value_name = "KEY=VALUE")]
    pub set: Vec<String>,
    /// Keep only this level of a factor, such as `recovery=by_hand`; may be repeated, and keeps several levels where it
    /// names the same factor.
    #[arg(long, value_name = "FACTOR=LEVEL", value_parser = factor_and_level)]
    pub only: Vec<(String, String)>,
    /// How much to simulate; unless given, `ci` for `test`, `quick` for `drivers`, and `standard` elsewhere.
    #[arg(long, value_enum, value_name = "PROFILE")]
    pub profile: Option<Profile>,
    /// Exactly this many replications of each arm, whatever the profile and the scenario say.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub replications: Option<u32>,
}

/// How much to simulate. Smaller profiles take fewer organisations, each whole: crews and queues keep their size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Profile {
    /// Seconds: few organisations, few replications.
    Quick,
    /// A few minutes on two cores.
    Standard,
    /// For tests that run at each change.
    Ci,
    /// Every PC, full precision.
    Paper,
}

/// How the work is carried out; nothing here changes a result.
#[derive(Clone, Debug, Args)]
pub struct Work {
    /// How many threads to use, 512 at most; all cores unless given.
    #[arg(long, value_name = "N", value_parser = threads)]
    pub threads: Option<NonZeroUsize>,
}

/// The most threads that can be asked for: far more than cores help nobody, and take minutes to start and to end.
const MAX_THREADS: usize = 512;

fn threads(text: &str) -> Result<NonZeroUsize, String> {
    let threads = text.parse::<usize>().ok().filter(|&threads| threads <= MAX_THREADS).and_then(NonZeroUsize::new);
    threads.ok_or_else(|| format!("a whole number from 1 to {MAX_THREADS} is needed"))
}

/// `bugcheck run`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  bugcheck run july-2024
  bugcheck run my-fleet.yaml --set fleet.pcs=2M --only rollout=staged
  bugcheck run july-2024 --profile paper --threads 8 --out results

A run that was interrupted goes on where it stopped when the same command is given again.")]
pub struct Run {
    /// Which scenario.
    #[command(flatten)]
    pub selection: Selection,
    /// How.
    #[command(flatten)]
    pub work: Work,
    /// The folder under which the run folder is made.
    #[arg(long, value_name = "DIR", default_value = "out", value_hint = ValueHint::DirPath)]
    pub out: PathBuf,
    /// One replication of each arm, to see what happens; too few for intervals.
    #[arg(long, conflicts_with = "replications")]
    pub once: bool,
}

/// `bugcheck check`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  bugcheck check my-fleet.yaml other.yaml
  bugcheck check --library")]
pub struct Check {
    /// Scenario files, or names of scenarios in the library.
    #[arg(value_name = "FILE-or-NAME", required_unless_present = "library", value_hint = ValueHint::FilePath)]
    pub scenarios: Vec<String>,
    /// Check every scenario in the library, too.
    #[arg(long)]
    pub library: bool,
    /// What to change.
    #[command(flatten)]
    pub changes: Changes,
}

/// `bugcheck plan`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  bugcheck plan july-2024
  bugcheck plan july-2024 --profile paper --threads 8

A part of the work is timed on this machine first. The times that follow from it are right to a \
factor of two or so, while nothing else runs here.")]
pub struct Plan {
    /// Which scenario.
    #[command(flatten)]
    pub selection: Selection,
    /// How.
    #[command(flatten)]
    pub work: Work,
}

/// `bugcheck test`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  bugcheck test scenarios/*.yaml --junit results.xml
  bugcheck test july-2024 --only recovery=by_hand --summary summary.md

A scenario that cannot be run is an error in all of these, and the others are tested all the same. \
The exit code is that of the gravest ending (`bugcheck explain exit-codes`).")]
pub struct Test {
    /// Scenario files, or names of scenarios in the library.
    #[arg(value_name = "FILE-or-NAME", required = true, value_hint = ValueHint::FilePath)]
    pub scenarios: Vec<String>,
    /// What to change.
    #[command(flatten)]
    pub changes: Changes,
    /// How.
    #[command(flatten)]
    pub work: Work,
    /// The folder under which the run folders are made.
    #[arg(long, value_name = "DIR", default_value = "out", value_hint = ValueHint::DirPath)]
    pub out: PathBuf,
    /// Write one `JUnit` file for all scenarios here.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub junit: Option<PathBuf>,
    /// Append a Markdown summary of all scenarios here; under GitHub Actions, to the step summary unless given.
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub summary: Option<PathBuf>,
    /// Print annotations that mark an expectation's own line; under GitHub Actions, on unless given.
    #[arg(long, value_enum, value_name = "STYLE")]
    pub annotations: Option<Annotations>,
}

/// The style of annotations in a CI's log.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Annotations {
    /// None.
    None,
    /// Workflow commands of GitHub Actions.
    Github,
}

/// `bugcheck report`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  bugcheck report out/july-2024/0123456789ab
  bugcheck report out/july-2024/*            (several runs, side by side)")]
pub struct Report {
    /// Run folders.
    #[arg(value_name = "RUN", required = true, value_hint = ValueHint::DirPath)]
    pub runs: Vec<PathBuf>,
}

/// `bugcheck drivers`.
#[derive(Debug, Args)]
#[command(
    mut_arg("scenario", |argument| argument
        .value_name("FILE-or-NAME-or-RUN")
        .help("A scenario file, the name of a scenario in the library, or the folder of a finished run")),
    after_long_help = "\
Examples:
  bugcheck drivers out/july-2024/0123456789ab   (rank correlations, of the replications there)
  bugcheck drivers july-2024                    (a screening: each input moved by itself)
  bugcheck drivers july-2024 --method sobol --measure time_to_95 --rows 512

A design that was interrupted goes on where it stopped when the same command is given again; \
another measure of the same design is read off what is there.")]
pub struct Drivers {
    /// Which scenario; in place of it, the folder of a finished run.
    #[command(flatten)]
    pub selection: Selection,
    /// How inputs are told apart; `rank` for a finished run and `morris` for a scenario unless given.
    #[arg(long, value_enum, value_name = "METHOD")]
    pub method: Option<DriversMethod>,
    /// The measure whose drivers are looked for, over the fleet.
    #[arg(long, value_name = "MEASURE", default_value = "pc_hours_lost")]
    pub measure: String,
    /// The name of an arm, its number from 1, or `baseline`.
    #[arg(long, value_name = "ARM", default_value = "baseline")]
    pub arm: String,
    /// Rows of the design: 20 for `morris` and 256 for `sobol` unless given. Each row simulates the arm once for each
    /// uncertain input, and once or twice more.
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(2..=1_000_000))]
    pub rows: Option<u32>,
    /// How.
    #[command(flatten)]
    pub work: Work,
    /// The folder under which the run folder of the design is made.
    #[arg(long, value_name = "DIR", default_value = "out", value_hint = ValueHint::DirPath)]
    pub out: PathBuf,
}

/// How inputs are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum DriversMethod {
    /// Rank correlations over the replications of a finished run.
    Rank,
    /// Elementary effects: each input is moved by itself. Finds those that matter with few replications.
    Morris,
    /// Shares of the variance, first-order and total, and what chance makes of it. Needs many replications.
    Sobol,
}

/// `bugcheck sweep`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  bugcheck sweep july-2024 --vary agents.edr.adoption.endpoint_platform=0..100%
  bugcheck sweep july-2024 --only rollout=staged \\
      --vary 'releases.channel_file_291.rollout.rings.canary.bake=1 h,4 h,1 d'
  bugcheck sweep my-fleet.yaml --vary fleet.pcs=1M..5M/9 --measure pcs_hit --measure time_to_95

Each value becomes a level of a factor, and all of them run on the same dice. Of the scenario's own \
factors the baseline's levels are kept unless `--only` or `--all-arms` says otherwise; what the \
scenario expects is left out. A sweep that was interrupted goes on where it stopped when the same \
command is given again.")]
pub struct Sweep {
    /// Which scenario.
    #[command(flatten)]
    pub selection: Selection,
    /// What to vary: `KEY=VALUE,VALUE,…`, or `KEY=LOW..HIGH` for five values evenly spaced, or `KEY=LOW..HIGH/COUNT`.
    /// The first is the axis of the curves; each further one gives a curve for each of its values.
    #[arg(long, value_name = "KEY=VALUES", required = true, value_parser = Vary::parse)]
    pub vary: Vec<Vary>,
    /// The measure of the curves, over the fleet; may be repeated.
    #[arg(long = "measure", value_name = "MEASURE", default_value = "pc_hours_lost")]
    pub measures: Vec<String>,
    /// A curve for each arm of the scenario, not for the baseline only.
    #[arg(long)]
    pub all_arms: bool,
    /// How.
    #[command(flatten)]
    pub work: Work,
    /// The folder under which the run folder is made.
    #[arg(long, value_name = "DIR", default_value = "out", value_hint = ValueHint::DirPath)]
    pub out: PathBuf,
}

/// `bugcheck replay`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  RUN=out/july-2024/0123456789ab
  bugcheck replay $RUN --arm baseline --replication 7
  bugcheck replay $RUN --arm 'kernel / qmr / at_once' --replication 7 --pc 4711
  bugcheck replay $RUN --arm baseline --replication 7 --organisation 12 --perfetto trace.json

Each replication of a sampled run has organisations of its own: the refusal of one that is not \
among them names some that are, and the story of an organisation names its PCs.")]
pub struct Replay {
    /// A run folder.
    #[arg(value_name = "RUN", value_hint = ValueHint::DirPath)]
    pub run: PathBuf,
    /// The name of an arm, its number from 1, or `baseline`.
    #[arg(long, value_name = "ARM")]
    pub arm: String,
    /// The number of the replication, from 0.
    #[arg(long, value_name = "N")]
    pub replication: u32,
    /// What to watch.
    #[command(flatten)]
    pub watch: Watch,
    /// Write the timeline as a trace that ui.perfetto.dev opens.
    #[arg(long, value_name = "FILE", requires = "Watch", value_hint = ValueHint::FilePath)]
    pub perfetto: Option<PathBuf>,
}

/// Whose story a replay tells.
#[derive(Clone, Copy, Debug, Args)]
#[group(required = false, multiple = false)]
pub struct Watch {
    /// Tell the story of this PC, counted through the whole fleet from 0.
    #[arg(long, value_name = "N")]
    pub pc: Option<u64>,
    /// Tell the story of this organisation, from 0.
    #[arg(long, value_name = "N")]
    pub organisation: Option<u64>,
}

/// `bugcheck validate`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  bugcheck validate > validation.md

It runs some scenarios of the library, of July 2024 the arm that happened, and prints Markdown: \
each published figure with its source, what the model gives for it, and whether it fits.")]
pub struct Validate {
    /// How.
    #[command(flatten)]
    pub work: Work,
    /// How much of each scenario to simulate; `standard` unless given.
    #[arg(long, value_enum, value_name = "PROFILE")]
    pub profile: Option<Profile>,
    /// Exactly this many replications of each arm.
    #[arg(long, value_name = "N", default_value_t = bugcheck_reports::validation::REPLICATIONS,
          value_parser = clap::value_parser!(u32).range(1..))]
    pub replications: u32,
    /// The folder under which the run folders are made.
    #[arg(long, value_name = "DIR", default_value = "out", value_hint = ValueHint::DirPath)]
    pub out: PathBuf,
}

/// `bugcheck verify`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  bugcheck verify july-2024 --profile quick
  bugcheck verify my-fleet.yaml --set fleet.pcs=100k

One replication of each arm, or as many as `--replications` says, is run with each arm alone, and \
with all arms together on 1, 2 and 4 threads, twice, and with events of equal time shuffled. If two \
of these differ, the first event that differs is shown, and the exit code is 14. Nothing is written.")]
pub struct Verify {
    /// Which scenario.
    #[command(flatten)]
    pub selection: Selection,
}

/// `bugcheck library`.
#[derive(Debug, Args)]
pub struct Library {
    /// Print this scenario or preset.
    #[arg(value_name = "NAME")]
    pub name: Option<String>,
}

/// `bugcheck explain`.
#[derive(Debug, Args)]
#[command(after_long_help = "\
Examples:
  bugcheck explain pc_hours_lost
  bugcheck explain quick_machine_recovery
  bugcheck explain late protection
  bugcheck explain E012
  bugcheck explain                           (all words)")]
pub struct Explain {
    /// The word, which may be several; without one, all words are listed.
    #[arg(value_name = "WORD")]
    pub words: Vec<String>,
}

/// `bugcheck new`.
#[derive(Debug, Args)]
pub struct New {
    /// The file to write; it must not exist yet. Without one, the scenario is printed.
    #[arg(value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub file: Option<PathBuf>,
}

/// `bugcheck completions`.
#[derive(Debug, Args)]
pub struct Completions {
    /// The shell.
    #[arg(value_enum)]
    pub shell: clap_complete::Shell,
}

fn factor_and_level(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((factor, level)) if !factor.trim().is_empty() && !level.trim().is_empty() => {
            Ok((factor.trim().into(), level.trim().into()))
        }
        _ => Err("write FACTOR=LEVEL, such as `recovery=by_hand`".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn definitions_do_not_contradict_each_other() {
        Cli::command().debug_assert();
    }

    #[test]
    fn the_version_names_the_result_epoch() {
        assert!(VERSION.ends_with(&format!("(result epoch {})", bugcheck_sim::RESULT_EPOCH)));
    }

    #[test]
    fn a_factor_needs_a_level() {
        assert_eq!(factor_and_level("recovery = qmr"), Ok(("recovery".into(), "qmr".into())));
        assert!(factor_and_level("recovery").is_err());
        assert!(factor_and_level("recovery=").is_err());
        assert!(factor_and_level("=qmr").is_err());
    }
}
