//! What happened, written down where somebody watches: for `replay`, and for the digests that `verify` compares.

use crate::agent::effect::{ALL_EFFECTS, Effect};
use crate::engine::{Event, Watch};
use crate::fleet::population::Organisation;
use crate::time::Millis;

/// Something that happens to a PC; of what happens at one instant, the first here is told first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum What {
    HandsFree { step: u8 },
    StepFails { step: u8 },
    Back { step: u8 },
    BackByItself,
    FallsBack,
    GivesUp,
    Unreached,
    Misses,
    Installs { release: u8 },
    TakesEffect { release: u8 },
    Cures { release: u8 },
    Refuses { release: u8 },
    RunsUnharmed { release: u8 },
    Good,
    IsSlow,
    Fails(u8),
    OpensRecovery,
    StopsAtPrompt,
    TakenUp { step: u8, means: u8 },
    Compromised,
}

/// No step of the playbook: the PC or its agent came back by itself.
pub(crate) const NO_STEP: u8 = u8::MAX;

/// The book of one organisation.
pub(crate) struct Log {
    watch: Watch,
    active: bool,
    entries: Vec<(Millis, u64, What)>,
}

impl Log {
    pub(crate) fn new(watch: Watch) -> Log {
        Log { watch, active: false, entries: Vec::new() }
    }

    /// Opens the book for an organisation.
    pub(crate) fn open(&mut self, organisation: &Organisation) {
        let (first, end) = (organisation.first_pc, organisation.first_pc + u64::from(organisation.pcs));
        self.active = match self.watch {
            Watch::Nothing => false,
            Watch::Digests => true,
            Watch::Organisation(number) => number == organisation.number,
            Watch::Pc(pc) => (first..end).contains(&pc),
        };
        self.entries.clear();
    }

    /// Whether somebody reads what is written now.
    #[inline]
    pub(crate) fn is_open(&self) -> bool {
        self.active
    }

    #[inline]
    pub(crate) fn note(&mut self, at: Millis, pc: u64, what: What) {
        if self.active {
            self.entries.push((at, pc, what));
        }
    }

    /// Adds what is written in another book.
    pub(crate) fn append(&mut self, other: &Log) {
        self.entries.extend_from_slice(&other.entries);
    }

    /// Closes the book: the digest of all entries, in the order of (time, PC, what), whatever the order of writing.
    pub(crate) fn digest(&mut self) -> u64 {
        self.entries.sort_unstable();
        let mut hash = blake3::Hasher::new();
        for &(at, pc, what) in &self.entries {
            hash.update(&at.to_le_bytes());
            hash.update(&pc.to_le_bytes());
            hash.update(&what.code());
        }
        let bytes = hash.finalize();
        u64::from_le_bytes(bytes.as_bytes()[..8].try_into().expect("eight bytes"))
    }

    /// The entries as events, in the order of (time, PC, what).
    pub(crate) fn events(
        &mut self,
        organisation: &Organisation,
        releases: &[String],
        steps: &[String],
        means: &[String],
    ) -> Vec<Event> {
        self.entries.sort_unstable();
        self.entries
            .iter()
            .filter(|(_, pc, _)| !matches!(self.watch, Watch::Pc(only) if only != *pc))
            .map(|&(at, pc, what)| Event {
                at,
                organisation: organisation.number,
                pc: Some(pc),
                what: what.words(releases, steps, means),
            })
            .collect()
    }
}

impl What {
    pub(crate) fn installs(release: u8) -> What {
        What::Installs { release }
    }

    pub(crate) fn fails(effect: Effect) -> What {
        What::Fails(effect as u8)
    }

    fn code(self) -> [u8; 3] {
        match self {
            What::Unreached => [13, 0, 0],
            What::Misses => [14, 0, 0],
            What::Installs { release } => [0, release, 0],
            What::TakesEffect { release } => [15, release, 0],
            What::IsSlow => [16, 0, 0],
            What::Cures { release } => [17, release, 0],
            What::Compromised => [18, 0, 0],
            What::Refuses { release } => [1, release, 0],
            What::RunsUnharmed { release } => [2, release, 0],
            What::Fails(effect) => [3, effect, 0],
            What::OpensRecovery => [4, 0, 0],
            What::StopsAtPrompt => [19, 0, 0],
            What::TakenUp { step, means } => [5, step, means],
            What::HandsFree { step } => [6, step, 0],
            What::StepFails { step } => [7, step, 0],
            What::Back { step } => [8, step, 0],
            What::BackByItself => [9, 0, 0],
            What::FallsBack => [10, 0, 0],
            What::GivesUp => [11, 0, 0],
            What::Good => [12, 0, 0],
        }
    }

    fn words(self, releases: &[String], steps: &[String], means: &[String]) -> String {
        // One release needs no name.
        let release = |i: u8| match releases {
            [_] => "the release",
            all => all.get(usize::from(i)).map_or("?", String::as_str),
        };
        let step = |i: u8| steps.get(usize::from(i)).map_or("?", String::as_str);
        match self {
            What::Unreached => "is not connected: takes nothing".into(),
            What::Misses => "does not take the release while it is open".into(),
            What::Installs { release: r } => format!("installs {}", release(r)),
            What::TakesEffect { release: r } => format!("{} takes effect", release(r)),
            What::Refuses { release: r } => format!("refuses {}: validation fails", release(r)),
            What::RunsUnharmed { release: r } => format!("runs {} unharmed", release(r)),
            What::IsSlow => "is slow".into(),
            What::Cures { release: r } => format!("has {} no more", release(r)),
            What::Compromised => "is compromised within the horizon".into(),
            What::Fails(effect) => {
                format!("fails: {}", ALL_EFFECTS[usize::from(effect)].words())
            }
            What::OpensRecovery => "sits in the recovery environment".into(),
            What::StopsAtPrompt => "waits at the prompt".into(),
            What::TakenUp { step: i, means: m } => {
                format!("taken up by {} for {}", means.get(usize::from(m)).map_or("?", String::as_str), step(i))
            }
            What::HandsFree { step: i } => format!("hands free after {}", step(i)),
            What::StepFails { step: i } => format!("{} did not help", step(i)),
            What::Back { step: i } => format!("usable again, by {}", step(i)),
            What::BackByItself => "usable again, by itself".into(),
            What::FallsBack => "agent runs again on the last good copy".into(),
            What::GivesUp => "agent is not started again".into(),
            What::Good => "has a good version".into(),
        }
    }
}
