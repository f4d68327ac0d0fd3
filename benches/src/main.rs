//! How fast bugcheck is, beside its peers and beside what is possible.
//!
//! ```text
//! cargo run --release --manifest-path benches/Cargo.toml -- peers
//! ```
//!
//! Each verb prints a table and what was measured of each target. The exit code is 0 if all targets are reached, 1 if
//! one is missed, 2 if something could not be measured.

mod arms;
mod common;
mod error;
mod growth;
mod measure;
mod page;
mod peers;
mod plot;
mod side_by_side;
mod subject;
mod worlds;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use bugcheck_scenarios::quantity::{Count, Quantity};
use clap::{Args, Parser, Subcommand};

pub(crate) use error::Error;
use measure::{Effort, Task};
use page::Page;
use side_by_side::Hit;

/// How fast bugcheck is, beside its peers and beside what is possible
#[derive(Parser)]
#[command(name = "bugcheck-benches")]
struct Line {
    #[command(subcommand)]
    verb: Verb,
    #[command(flatten)]
    work: WorkLine,
    /// Add the figures to this file of JSON, under the verb's name
    #[arg(long, global = true, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Args)]
struct WorkLine {
    /// Threads for programs that use several
    #[arg(long, global = true, default_value_t = 2)]
    threads: usize,
    /// Runs of each measurement, in one process
    #[arg(long, global = true, default_value_t = 5)]
    runs: usize,
    /// Begin no further run when so many seconds are spent on a measurement
    #[arg(long, global = true, default_value_t = 30.0, value_name = "SECONDS")]
    budget: f64,
}

#[derive(Subcommand)]
enum Verb {
    /// The common model in bugcheck and in other programs, side by side
    Peers {
        /// Sizes of the fleet
        #[arg(long, value_parser = pcs, value_delimiter = ',', default_values = ["100k", "1M"])]
        pcs: Vec<u64>,
        /// Who is hit
        #[arg(long, value_enum, value_delimiter = ',', default_values = ["window", "all"])]
        hit: Vec<Hit>,
    },
    /// The common model in bugcheck and in a loop written for nothing else
    Limit {
        /// Sizes of the fleet
        #[arg(long, value_parser = pcs, value_delimiter = ',', default_values = ["10M"])]
        pcs: Vec<u64>,
    },
    /// July 2024 with 50 million PCs
    July {
        /// Size of the fleet
        #[arg(long, value_parser = pcs, default_value = "50M")]
        pcs: u64,
    },
    /// All the world's Windows PCs
    World {
        /// Another size of the fleet than the scenario's
        #[arg(long, value_parser = pcs)]
        pcs: Option<u64>,
    },
    /// The 24 arms of July 2024, together and alone
    Arms {
        /// Another size of the fleet than the scenario's
        #[arg(long, value_parser = pcs)]
        pcs: Option<u64>,
    },
    /// Time and memory over PCs, threads, days and looks
    Growth {
        /// Sizes of the fleet
        #[arg(long, value_parser = pcs, value_delimiter = ',', default_values = ["1M", "3M", "10M", "30M", "100M"])]
        pcs: Vec<u64>,
        /// Size of the fleet where something else grows
        #[arg(long, value_parser = pcs, default_value = "10M")]
        fixed: u64,
    },
    /// Ordinary organisations, one giant, and households
    Shapes {
        /// Size of the fleet
        #[arg(long, value_parser = pcs, default_value = "10M")]
        pcs: u64,
    },
    /// Draw what `growth --json FILE` wrote
    Plot {
        /// The picture to write
        #[arg(default_value = "docs/pictures/growth.svg")]
        svg: PathBuf,
    },
    /// Measure one task, given on stdin
    #[command(hide = true)]
    Child,
}

fn pcs(text: &str) -> Result<u64, String> {
    Count::parse(text).map(|count| count.get()).map_err(|misfit| misfit.message)
}

fn main() -> ExitCode {
    let Line { verb, work, json } = Line::parse();
    match carry_out(&verb, &work, json.as_deref()) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(error) => {
            eprintln!("{error}");
            ExitCode::from(2)
        }
    }
}

/// Returns whether all targets are reached.
fn carry_out(verb: &Verb, work: &WorkLine, json: Option<&Path>) -> Result<bool, Error> {
    let effort = Effort { threads: work.threads, runs: work.runs, budget: work.budget };
    let (name, page) = match verb {
        Verb::Peers { pcs, hit } => ("peers", side_by_side::peers(pcs, hit, effort)?),
        Verb::Limit { pcs } => ("limit", side_by_side::limit(pcs, effort)?),
        Verb::July { pcs } => ("july", worlds::july(*pcs, effort)?),
        Verb::World { pcs } => ("world", worlds::world(*pcs, effort)?),
        Verb::Arms { pcs } => ("arms", arms::arms(*pcs, effort)?),
        Verb::Growth { pcs, fixed } => ("growth", growth::growth(pcs, *fixed, effort)?),
        Verb::Shapes { pcs } => ("shapes", growth::shapes(*pcs, effort)?),
        Verb::Plot { svg } => {
            plot::plot(json.unwrap_or(Path::new("benches.json")), svg)?;
            return Ok(true);
        }
        Verb::Child => return child(),
    };
    println!("{page}");
    if let Some(path) = json {
        add(path, name, &page)?;
    }
    Ok(page.is_reached())
}

/// Adds a page to a file of figures, in place of an older one of the same verb.
fn add(path: &Path, name: &str, page: &Page) -> Result<(), Error> {
    let shown = path.display().to_string();
    let wrong = |error| Error::Json(shown.clone(), error);
    let mut all = match std::fs::read_to_string(path) {
        Ok(text) => serde_json::from_str(&text).map_err(wrong)?,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => serde_json::Map::new(),
        Err(error) => return Err(Error::Machine(shown, error)),
    };
    all.insert(name.to_owned(), serde_json::to_value(page).map_err(wrong)?);
    let text = serde_json::to_string_pretty(&all).map_err(wrong)? + "\n";
    std::fs::write(path, text).map_err(Error::machine(&shown))
}

/// Measures the task on stdin, and writes the figures to stdout.
fn child() -> Result<bool, Error> {
    let wrong = |error| Error::Json("the task".to_owned(), error);
    let task: Task = serde_json::from_reader(std::io::stdin()).map_err(wrong)?;
    let figures = task.carry_out()?;
    println!("{}", serde_json::to_string(&figures).map_err(wrong)?);
    Ok(true)
}
