//! What a defect does: one table, looked up by defect, mode, start and what contains it.

use crate::agent::{Component, Defect, Mode, Start};

/// What a PC suffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Stops with a bugcheck, and again at each start, until it sits in the recovery environment.
    BootLoop,
    /// Stops with a bugcheck until the component has counted enough crashes and goes back to the last good copy, or
    /// stands down where it keeps none.
    StandsDown,
    /// Stops with a bugcheck once, restarts, and can be used.
    CrashesOnce,
    /// Freezes until somebody holds the power button.
    Freezes,
    /// The component's process dies and is restarted with growing waits, until it falls back to the last good copy or
    /// is given up. The PC can be used throughout.
    ProcessRestarts,
}

impl Effect {
    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Effect::BootLoop => "bugcheck at each start",
            Effect::StandsDown => "bugchecks until the component stands down",
            Effect::CrashesOnce => "one bugcheck",
            Effect::Freezes => "frozen",
            Effect::ProcessRestarts => "process restarts",
        }
    }
}

/// What stands between a defect and its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Contained {
    /// Nothing that matters for this defect.
    Not,
    /// The component counts its own crashes and stands down.
    ByCounter,
}

/// One row of the effect table.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The defect.
    pub defect: Defect,
    /// Where the component runs.
    pub mode: Mode,
    /// When it starts.
    pub starts: &'static [Start],
    /// What contains the defect.
    pub contained: &'static [Contained],
    /// What follows.
    pub effect: Effect,
    /// Who says so, or `assumption`.
    pub source: &'static str,
}

const ANY_START: &[Start] = &[Start::Boot, Start::System, Start::Service, Start::Launch];
const ANY: &[Contained] = &[Contained::Not, Contained::ByCounter];

/// The effect table. Exactly one row fits each combination.
pub const EFFECTS: &[Row] = &[
    Row {
        defect: Defect::InvalidMemoryAccess,
        mode: Mode::Kernel,
        starts: &[Start::Boot, Start::System],
        contained: &[Contained::Not],
        effect: Effect::BootLoop,
        source: "Microsoft Security Blog, Windows security best practices for integrating and managing security tools, \
                 27 July 2024; CrowdStrike, Falcon update for Windows hosts: technical details, 20 July 2024",
    },
    Row {
        defect: Defect::InvalidMemoryAccess,
        mode: Mode::Kernel,
        starts: &[Start::Service],
        contained: &[Contained::Not],
        effect: Effect::BootLoop,
        source: "Microsoft, Windows Recovery Environment technical reference: two unexpected restarts within two minutes \
                 of boot completion open it as two failed starts do; that a service's driver crashes so soon is an assumption",
    },
    Row {
        defect: Defect::InvalidMemoryAccess,
        mode: Mode::Kernel,
        starts: &[Start::Boot, Start::System, Start::Service],
        contained: &[Contained::ByCounter],
        effect: Effect::StandsDown,
        source: "Broadcom, knowledge article 286560, App Control: how to enable the repeated blue screen rule",
    },
    Row {
        defect: Defect::InvalidMemoryAccess,
        mode: Mode::Kernel,
        starts: &[Start::Launch],
        contained: ANY,
        effect: Effect::CrashesOnce,
        source: "assumption: the driver is not loaded again before its program is",
    },
    Row {
        defect: Defect::InvalidMemoryAccess,
        mode: Mode::User,
        starts: ANY_START,
        contained: ANY,
        effect: Effect::ProcessRestarts,
        source: "Microsoft Security Blog, 27 July 2024: a failure in user mode ends a process that can be restarted",
    },
    Row {
        defect: Defect::Hang,
        mode: Mode::Kernel,
        starts: ANY_START,
        contained: ANY,
        effect: Effect::Freezes,
        source: "assumption: no watchdog ends it",
    },
    Row {
        defect: Defect::Hang,
        mode: Mode::User,
        starts: ANY_START,
        contained: ANY,
        effect: Effect::ProcessRestarts,
        source: "assumption: the service manager's watchdog ends the process",
    },
];

/// The row that applies to a defect in what a component parses.
///
/// # Panics
/// Never: a test holds that the table is complete.
pub fn effect(defect: Defect, component: &Component) -> &'static Row {
    let contained =
        if component.containment.stands_down_after.is_some() { Contained::ByCounter } else { Contained::Not };
    lookup(defect, component.mode, component.start, contained).expect("the effect table is complete")
}

fn lookup(defect: Defect, mode: Mode, start: Start, contained: Contained) -> Option<&'static Row> {
    EFFECTS.iter().find(|row| {
        row.defect == defect && row.mode == mode && row.starts.contains(&start) && row.contained.contains(&contained)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_one_row_fits_each_combination() {
        for defect in [Defect::InvalidMemoryAccess, Defect::Hang] {
            for mode in [Mode::Kernel, Mode::User] {
                for &start in ANY_START {
                    for &contained in ANY {
                        let fitting = EFFECTS
                            .iter()
                            .filter(|r| {
                                r.defect == defect
                                    && r.mode == mode
                                    && r.starts.contains(&start)
                                    && r.contained.contains(&contained)
                            })
                            .count();
                        assert_eq!(fitting, 1, "{defect:?} {mode:?} {start:?} {contained:?}");
                    }
                }
            }
        }
    }
}
