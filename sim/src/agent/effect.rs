//! What a defect does: one table, looked up by defect, mode, start and what contains it.

use serde::{Deserialize, Serialize};

use crate::agent::{Component, Defect, Mode, Start};

/// What a PC suffers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Effect {
    /// Stops with a bugcheck, and again at each start, until it sits in the recovery environment.
    BootLoop,
    /// Stops with a bugcheck until the component has counted enough crashes and goes back to the last good copy, or
    /// stands down where it keeps none.
    StandsDown,
    /// Stops with a bugcheck once per launch of the component's program, restarts, and can be used.
    CrashesOnce,
    /// Freezes until somebody holds the power button.
    Freezes,
    /// The component's process dies and is restarted with growing waits, until it falls back to the last good copy or
    /// is given up. The PC can be used throughout.
    ProcessRestarts,
    /// Is slow for a while, stops with a bugcheck, restarts, and so on.
    CrashesAgain,
    /// Can be used, but is slow until the component's process is ended and restarted.
    SlowProcess,
    /// Can be used, but reaches no network, and so takes nothing that would help.
    LosesNetwork,
    /// A file that Windows needs is gone: it stops at once and does not start again, whatever the agent does.
    WontStart,
    /// Stops at a prompt for a key before Windows starts.
    StopsAtPrompt,
    /// Can be used without its agent, which takes no updates any more.
    AgentDisabled,
}

/// All effects.
pub const ALL_EFFECTS: &[Effect] = &[
    Effect::BootLoop,
    Effect::StandsDown,
    Effect::CrashesOnce,
    Effect::Freezes,
    Effect::ProcessRestarts,
    Effect::CrashesAgain,
    Effect::SlowProcess,
    Effect::LosesNetwork,
    Effect::WontStart,
    Effect::StopsAtPrompt,
    Effect::AgentDisabled,
];

/// What a PC is worth to its user meanwhile.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Burden {
    /// It can't be used.
    Down,
    /// It can be used, but is slow or has no network.
    Degraded,
    /// It can be used, and its agent does not run.
    Unprotected,
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
            Effect::CrashesAgain => "slow, then a bugcheck, again and again",
            Effect::SlowProcess => "slow, then the process restarts",
            Effect::LosesNetwork => "no network",
            Effect::WontStart => "does not start",
            Effect::StopsAtPrompt => "stops at a prompt for a key",
            Effect::AgentDisabled => "agent disabled",
        }
    }

    /// What the PC is worth from the failure on.
    pub fn burden(self) -> Burden {
        match self {
            Effect::LosesNetwork => Burden::Degraded,
            Effect::ProcessRestarts | Effect::SlowProcess | Effect::AgentDisabled => Burden::Unprotected,
            _ => Burden::Down,
        }
    }

    /// Whether the PC or its agent gets over it without anybody's help.
    pub fn passes(self) -> bool {
        matches!(
            self,
            Effect::StandsDown
                | Effect::CrashesOnce
                | Effect::ProcessRestarts
                | Effect::CrashesAgain
                | Effect::SlowProcess
        )
    }

    /// Whether the PC is slow for a while before it shows (see [`crate::agent::Fault::slow_for`]).
    pub fn begins_slow(self) -> bool {
        matches!(self, Effect::CrashesAgain | Effect::SlowProcess)
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
    Row {
        defect: Defect::ResourceLeak,
        mode: Mode::Kernel,
        starts: ANY_START,
        contained: ANY,
        effect: Effect::CrashesAgain,
        source: "assumption: paged or non-paged pool runs out, and fills again after each restart; a crash so long after the \
                 start counts neither for the recovery environment nor for a counter of crashes near boot",
    },
    Row {
        defect: Defect::ResourceLeak,
        mode: Mode::User,
        starts: ANY_START,
        contained: ANY,
        effect: Effect::SlowProcess,
        source: "assumption: the process dies when it gets no more memory, and its service is restarted",
    },
    Row {
        defect: Defect::CpuStorm,
        mode: Mode::Kernel,
        starts: ANY_START,
        contained: ANY,
        effect: Effect::CrashesAgain,
        source: "Microsoft, Bug check 0x133: DPC_WATCHDOG_VIOLATION, for code that does not give the processor back; that the PC is \
                 only slow before is an assumption",
    },
    Row {
        defect: Defect::CpuStorm,
        mode: Mode::User,
        starts: ANY_START,
        contained: ANY,
        effect: Effect::SlowProcess,
        source: "assumption: a watchdog ends the process",
    },
    Row {
        defect: Defect::NetworkBlock,
        mode: Mode::Kernel,
        starts: ANY_START,
        contained: ANY,
        effect: Effect::LosesNetwork,
        source: "assumption: a filter in the kernel goes on blocking until it is removed; seen with McAfee DAT 5958, 21 April 2010, \
                 where PCs lost their network besides",
    },
    Row {
        defect: Defect::NetworkBlock,
        mode: Mode::User,
        starts: ANY_START,
        contained: ANY,
        effect: Effect::ProcessRestarts,
        source: "assumption: a filter of the Windows Filtering Platform that belongs to a process goes with it",
    },
    Row {
        defect: Defect::SystemFileQuarantine,
        mode: Mode::Kernel,
        starts: ANY_START,
        contained: ANY,
        effect: Effect::WontStart,
        source: "McAfee DAT 5958, 21 April 2010, took svchost.exe for malicious; Microsoft Security Essentials and others have taken \
                 system files since. The file is gone wherever the code ran",
    },
    Row {
        defect: Defect::SystemFileQuarantine,
        mode: Mode::User,
        starts: ANY_START,
        contained: ANY,
        effect: Effect::WontStart,
        source: "McAfee DAT 5958, 21 April 2010, took svchost.exe for malicious; Microsoft Security Essentials and others have taken \
                 system files since. The file is gone wherever the code ran",
    },
    Row {
        defect: Defect::BootBlock,
        mode: Mode::Kernel,
        starts: ANY_START,
        contained: ANY,
        effect: Effect::StopsAtPrompt,
        source: "Microsoft, Windows release health: devices might boot into BitLocker recovery with the July 2024 security update; \
                 that architecture makes no difference is an assumption",
    },
    Row {
        defect: Defect::BootBlock,
        mode: Mode::User,
        starts: ANY_START,
        contained: ANY,
        effect: Effect::StopsAtPrompt,
        source: "Microsoft, Windows release health: devices might boot into BitLocker recovery with the July 2024 security update; \
                 that architecture makes no difference is an assumption",
    },
    Row {
        defect: Defect::SelfQuarantine,
        mode: Mode::Kernel,
        starts: ANY_START,
        contained: ANY,
        effect: Effect::AgentDisabled,
        source: "assumption: an agent whose updater it took for malicious runs no more and takes no updates; Sophos, \
                 Shh/Updater-B, 19 September 2012, was such a case",
    },
    Row {
        defect: Defect::SelfQuarantine,
        mode: Mode::User,
        starts: ANY_START,
        contained: ANY,
        effect: Effect::AgentDisabled,
        source: "assumption: an agent whose updater it took for malicious runs no more and takes no updates; Sophos, \
                 Shh/Updater-B, 19 September 2012, was such a case",
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
    use crate::agent::ALL_DEFECTS;

    #[test]
    fn exactly_one_row_fits_each_combination() {
        for &defect in ALL_DEFECTS {
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
