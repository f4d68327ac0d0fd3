//! A folder of its own for each test, and the built program in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use tempfile::TempDir;

/// A folder in which the program runs.
pub(crate) struct Room {
    folder: TempDir,
}

impl Room {
    /// An empty one.
    pub(crate) fn new() -> Room {
        Room { folder: tempfile::tempdir().expect("a temporary folder") }
    }

    /// One with the scenario of the tests in `small.yaml`.
    pub(crate) fn with_small_scenario() -> Room {
        let room = Room::new();
        room.write("small.yaml", include_str!("../scenarios/small.yaml"));
        room
    }

    /// The path of something in it.
    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes a file.
    pub(crate) fn write(&self, name: &str, text: &str) {
        fs::write(self.path(name), text).expect("the temporary folder can be written");
    }

    /// Reads a file.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.path(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
    }

    /// The program with these arguments, in this folder, without the settings of whoever runs the tests.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = self.alone(env!("CARGO_BIN_EXE_bugcheck"));
        command.args(arguments);
        command
    }

    /// Any program, in this folder and without those settings.
    pub(crate) fn alone(&self, program: &str) -> Command {
        let mut command = Command::new(program);
        command.current_dir(self.folder.path()).stdin(Stdio::null());
        for setting in ["NO_COLOR", "CLICOLOR", "CLICOLOR_FORCE", "GITHUB_ACTIONS", "GITHUB_STEP_SUMMARY", "CI"] {
            command.env_remove(setting);
        }
        command
    }

    /// Runs the program to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Ended {
        Ended::of(&self.command(arguments).output().expect("the program starts"))
    }

    /// The only run folder of a scenario.
    pub(crate) fn run_folder(&self, out: &str, scenario: &str) -> PathBuf {
        let mut found: Vec<PathBuf> = fs::read_dir(self.path(out).join(scenario))
            .unwrap_or_else(|error| panic!("{out}/{scenario}: {error}"))
            .map(|entry| entry.expect("an entry can be read").path())
            .collect();
        assert_eq!(found.len(), 1, "one run folder: {found:?}");
        found.remove(0)
    }
}

/// How a run of the program ended.
pub(crate) struct Ended {
    /// Its exit code; `None` if a signal ended it.
    pub(crate) code: Option<i32>,
    /// Results.
    pub(crate) stdout: String,
    /// Progress and problems.
    pub(crate) stderr: String,
}

impl Ended {
    /// Takes it from what the system says.
    pub(crate) fn of(output: &Output) -> Ended {
        Ended {
            code: output.status.code(),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Demands an exit code, and shows everything if it is another.
    #[track_caller]
    pub(crate) fn code(self, wanted: i32) -> Ended {
        assert_eq!(self.code, Some(wanted), "stdout:\n{}\nstderr:\n{}", self.stdout, self.stderr);
        self
    }

    /// All of it, for a snapshot.
    pub(crate) fn whole(&self) -> String {
        format!(
            "exit code: {}\n----- stdout -----\n{}----- stderr -----\n{}",
            self.code.map_or("none".into(), |code| code.to_string()),
            self.stdout,
            self.stderr
        )
    }
}

/// The files of a run folder with their contents, in the order of their names.
pub(crate) fn contents(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<(String, Vec<u8>)> = fs::read_dir(folder)
        .expect("the run folder can be read")
        .map(|entry| entry.expect("an entry can be read").path())
        .filter(|path| path.is_file())
        .map(|path| {
            let name = path.file_name().expect("a file has a name").to_string_lossy().into_owned();
            (name, fs::read(&path).expect("a file can be read"))
        })
        .collect();
    files.sort();
    files
}

/// Demands that two run folders hold the same bytes, and says which file differs and where.
#[track_caller]
pub(crate) fn assert_same(found: &Path, wanted: &Path) {
    let (found, wanted) = (contents(found), contents(wanted));
    let names = |files: &[(String, Vec<u8>)]| files.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
    assert_eq!(names(&found), names(&wanted));
    for ((name, found), (_, wanted)) in found.iter().zip(&wanted) {
        if found != wanted {
            let (found, wanted) = (String::from_utf8_lossy(found), String::from_utf8_lossy(wanted));
            let part = found.lines().zip(wanted.lines()).find(|(a, b)| a != b);
            panic!("{name} differs: {part:.1000?}");
        }
    }
}
