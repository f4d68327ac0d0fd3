//! The Python scripts. Their packages go into an environment of their own beside this program; where Python is missing,
//! the scripts are left out.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde::{Deserialize, Serialize};

use crate::Error;
use crate::common::Common;
use crate::measure::{Effort, Figures};

/// A script.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Script {
    /// NumPy, and `heapq` for the technicians.
    NumpyHeapq,
    /// SimPy.
    SimpyTuned,
}

/// The scripts as they are in `peers/`, with what they share and need.
const FILES: &[(&str, &str)] = &[
    ("handed.py", include_str!("../../peers/handed.py")),
    ("numpy_heapq.py", include_str!("../../peers/numpy_heapq.py")),
    ("simpy_tuned.py", include_str!("../../peers/simpy_tuned.py")),
    ("requirements.txt", include_str!("../../peers/requirements.txt")),
];

impl Script {
    fn file(self) -> &'static str {
        match self {
            Script::NumpyHeapq => "numpy_heapq.py",
            Script::SimpyTuned => "simpy_tuned.py",
        }
    }
}

/// What the scripts read about the model, as JSON.
#[derive(Serialize)]
struct Model {
    until: i64,
    crashes: [i64; 2],
    to_recovery: i64,
    start: i64,
    technicians: u32,
}

/// The folder of the scripts and their environment: beside this program.
fn home() -> Result<PathBuf, Error> {
    let own = std::env::current_exe().map_err(Error::machine("this program's own path"))?;
    Ok(own.with_file_name("python-peers"))
}

fn python(home: &Path) -> PathBuf {
    if cfg!(windows) { home.join("venv/Scripts/python.exe") } else { home.join("venv/bin/python") }
}

/// Makes the scripts' environment if it is not there yet. Says why if it cannot be made.
pub(crate) fn prepare() -> Result<(), Error> {
    let home = home()?;
    std::fs::create_dir_all(&home).map_err(Error::machine("the folder of the Python scripts"))?;
    for (name, text) in FILES {
        std::fs::write(home.join(name), text).map_err(Error::machine(*name))?;
    }
    let works = |python: &Path| {
        let mut call = Command::new(python);
        call.args(["-c", "import numpy, simpy"]).stdout(Stdio::null()).stderr(Stdio::null());
        call.status().is_ok_and(|status| status.success())
    };
    if works(&python(&home)) {
        return Ok(());
    }
    let steps: [(&Path, &[&str]); 2] = [
        (Path::new("python3"), &["-m", "venv", "venv"]),
        (&python(&home), &["-m", "pip", "install", "--quiet", "--requirement", "requirements.txt"]),
    ];
    for (program, arguments) in steps {
        let status = Command::new(program).args(arguments).current_dir(&home).stdout(Stdio::null()).status();
        if !status.map_err(Error::machine("python3"))?.success() {
            return Err(Error::Peer(format!("`{} {}` failed", program.display(), arguments.join(" "))));
        }
    }
    Ok(())
}

/// Has a script carry out the model, with the draws in a file.
pub(crate) fn run(common: &Common, script: Script, effort: Effort) -> Result<Figures, Error> {
    let home = home()?;
    let draws = home.join(format!("draws-{}.bin", std::process::id()));
    write_draws(common, &draws).map_err(Error::machine("the file of draws"))?;
    let model = Model {
        until: common.until,
        crashes: common.crashes,
        to_recovery: common.to_recovery,
        start: common.start,
        technicians: common.technicians,
    };
    let name = || script.file().to_owned();
    let model = serde_json::to_string(&model).map_err(|error| Error::Json(name(), error))?;
    let ended = Command::new(python(&home))
        .arg(home.join(script.file()))
        .arg(model)
        .arg(&draws)
        .args([effort.runs.to_string(), effort.budget.to_string()])
        .stderr(Stdio::inherit())
        .output();
    std::fs::remove_file(&draws).map_err(Error::machine("the file of draws"))?;
    let ended = ended.map_err(Error::machine(name()))?;
    if !ended.status.success() {
        return Err(Error::Child(name(), ended.status));
    }
    serde_json::from_slice(&ended.stdout).map_err(|error| Error::Json(name(), error))
}

/// All instants of coming online, then all repair times, as 32-bit numbers, the low byte first.
fn write_draws(common: &Common, path: &Path) -> std::io::Result<()> {
    let draws = common.draws();
    let mut file = BufWriter::new(std::fs::File::create(path)?);
    for number in draws.online.iter().chain(&draws.hands) {
        file.write_all(&number.to_le_bytes())?;
    }
    file.flush()
}
