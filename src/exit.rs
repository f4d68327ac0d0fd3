//! How the command ends: its exit codes, which are part of its stable interface.

use std::process::ExitCode;

/// The exit codes of `bugcheck`. Scripts may rely on their numbers.
///
/// # Example
/// ```
/// use bugcheck::Exit;
/// assert_eq!(Exit::Broken.code(), 10);
/// assert_eq!(Exit::Broken.worst(Exit::Holds), Exit::Broken);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[repr(u8)]
pub enum Exit {
    /// All holds: the command did what it was asked, and every expectation holds.
    Holds = 0,
    /// Internal error: a defect of the program, or a machine that refuses (full disk, no permission).
    Internal = 1,
    /// Bad command line or scenario: nothing was simulated.
    Usage = 2,
    /// An expectation of level `fail` is broken.
    Broken = 10,
    /// An expectation of level `fail` is undecided at the maximum of replications.
    Undecided = 11,
    /// An expectation against the baseline is broken: the arm is worse than what it is held against.
    Worse = 12,
    /// Nothing ran: the selection is empty, or the run folder holds no finished replication.
    NothingRan = 13,
    /// Not deterministic: the same scenario and seed gave two results.
    NotDeterministic = 14,
    /// Interrupted: finished replications are kept, and the same command goes on from there.
    Interrupted = 130,
}

/// Every exit code with its meaning in one line, as `bugcheck explain exit-codes` and the manual page show them.
pub const EXITS: &[(Exit, &str)] = &[
    (Exit::Holds, "all holds"),
    (Exit::Internal, "internal error, or the machine refused (full disk, no permission)"),
    (Exit::Usage, "bad command line or scenario; nothing was simulated"),
    (Exit::Broken, "an expectation is broken"),
    (Exit::Undecided, "an expectation is undecided at the maximum of replications"),
    (Exit::Worse, "worse than the baseline"),
    (Exit::NothingRan, "nothing ran"),
    (Exit::NotDeterministic, "not deterministic"),
    (Exit::Interrupted, "interrupted; finished replications are kept"),
];

impl Exit {
    /// The number that the shell sees.
    pub fn code(self) -> u8 {
        self as u8
    }

    /// The graver of two endings, for verbs that take several files: an interruption goes before everything, then what
    /// the program or the user did wrong, then what the results say.
    #[must_use]
    pub fn worst(self, other: Exit) -> Exit {
        if other.gravity() > self.gravity() { other } else { self }
    }

    fn gravity(self) -> u8 {
        match self {
            Exit::Holds => 0,
            Exit::NothingRan => 1,
            Exit::Undecided => 2,
            Exit::Worse => 3,
            Exit::Broken => 4,
            Exit::NotDeterministic => 5,
            Exit::Usage => 6,
            Exit::Internal => 7,
            Exit::Interrupted => 8,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_those_that_are_promised() {
        let numbers: Vec<u8> = EXITS.iter().map(|(exit, _)| exit.code()).collect();
        assert_eq!(numbers, [0, 1, 2, 10, 11, 12, 13, 14, 130]);
    }

    #[test]
    fn worst_is_symmetric_and_keeps_the_graver() {
        for (a, _) in EXITS {
            assert_eq!(a.worst(*a), *a);
            assert_eq!(a.worst(Exit::Holds), *a);
            for (b, _) in EXITS {
                assert_eq!(a.worst(*b), b.worst(*a));
            }
        }
    }
}
