//! Plans for tests: one organisation, one kind of PC, no delays; each test changes what it is about.

#![allow(dead_code, unused_imports, reason = "each test file uses a part of it")]
#![allow(clippy::wildcard_imports, reason = "a plan is made of nearly all types that there are")]

use bugcheck_sim::agent::*;
use bugcheck_sim::draw::{Dist, Share};
use bugcheck_sim::engine::{Outcome, Run};
use bugcheck_sim::fleet::*;
use bugcheck_sim::measure::{Measure, Reading, Segment};
use bugcheck_sim::plan::{Dice, Plan, Sample};
use bugcheck_sim::recovery::*;
use bugcheck_sim::rollout::*;
use bugcheck_sim::time::*;

pub(crate) const NONE: Dist = Dist::Constant(0.0);

pub(crate) fn minutes(n: f64) -> Dist {
    Dist::Constant(n * MINUTE as f64)
}

pub(crate) fn dice(replication: u32) -> Dice {
    Dice { population: 1, dynamics: 2, replication }
}

/// Friday 19 July 2024, 04:00 UTC.
pub(crate) const START: i64 = 1_721_361_600_000;

pub(crate) fn component(mode: Mode, start: Start) -> Component {
    Component {
        name: "component".into(),
        mode,
        start,
        parses: vec![Channel::Content],
        containment: Containment {
            validates: Share(0.0),
            last_good: LastGood::NotKept,
            stands_down_after: None,
            restart: None,
        },
        launches: None,
    }
}

/// An agent with one architecture, on every PC.
pub(crate) fn agent(name: &str, architecture: ArchitectureId) -> Agent {
    Agent {
        name: name.into(),
        on: vec![Share(1.0)],
        family: None,
        only_where_relied_on: false,
        architectures: vec![Adoption { only: Only::default(), parts: vec![(architecture, Share(1.0))], growth: None }],
    }
}

pub(crate) fn ring(name: &str, share: f64, bake: Millis) -> Ring {
    Ring { name: name.into(), share: Share(share), only: Only::default(), traits: vec![], bake, ramp: None }
}

pub(crate) fn gate(every: Millis, threshold: f64, minimum: u64, silence: Silence, reaction: Dist) -> Gate {
    Gate {
        every,
        limit: Limit::Share(Share(threshold)),
        denominator: Denominator::Took,
        minimum,
        silence,
        action: Action::Stop,
        reach: Reach::AllInstalls,
        reaction,
    }
}

/// A vendor that notices by itself when so many PCs were seen in trouble, and needs some minutes for each step.
pub(crate) fn modelled(notices_at: u64) -> Response {
    let span = minutes(7.0);
    Response::Modelled {
        notices_at,
        lab: None,
        decide: span.clone(),
        withdraw: span.clone(),
        diagnose: span.clone(),
        author: span.clone(),
        publish: span,
    }
}

pub(crate) fn around_the_clock() -> Shift {
    Shift { from: 0, to: DAY, off_hours: Share(1.0), weekend: Share(1.0) }
}

pub(crate) fn means(name: &str, count: u32) -> Means {
    Means {
        name: name.into(),
        count: Count::Fixed(count),
        shift: around_the_clock(),
        mobilised: NONE,
        surge: None,
        hosted_on: None,
    }
}

pub(crate) fn by_hand(name: &str, hands: Dist) -> Step {
    Step {
        name: name.into(),
        by: By::Means(0),
        stage: Stage::Restarting,
        needs: vec![],
        against: vec![],
        opens: Opens { after: After::Release, delay: 0 },
        work: Work::Once { hands, unattended: NONE, works: Share(1.0) },
        desks: vec![],
        waits: vec![],
        outcome: Outcome_::Cured,
    }
}

pub(crate) use bugcheck_sim::recovery::Outcome as Outcome_;

pub(crate) fn retry(name: &str, by: By, stage: Stage, after: After, every: f64, works: f64) -> Step {
    Step {
        name: name.into(),
        by,
        stage,
        needs: vec![],
        against: vec![],
        opens: Opens { after, delay: 0 },
        work: Work::Retry {
            every: minutes(every),
            works: Share(works),
            works_if: None,
            tries: None,
            within: None,
            then: Then::NextStep,
        },
        desks: vec![],
        waits: vec![],
        outcome: Outcome_::Cured,
    }
}

pub(crate) fn kind(name: &str) -> Kind {
    Kind {
        name: name.into(),
        schedule: Schedule::Always,
        restarts: OwnRestarts::AtSwitchOn,
        connected: Share(1.0),
        traits: vec![],
        boot: Boot { dump: NONE, firmware: NONE, load: NONE, sign_in: NONE, recovery_environment: NONE },
        criticality: 1.0,
    }
}

pub(crate) fn office() -> Schedule {
    used(0.9)
}

/// Office hours, on this share of weekdays.
pub(crate) fn used(weekday: f64) -> Schedule {
    let day = |used: f64| Day {
        used: Share(used),
        on: Dist::Normal { mean: 8.5 * HOUR as f64, sd: 0.75 * HOUR as f64 },
        off: Dist::Normal { mean: 17.5 * HOUR as f64, sd: HOUR as f64 },
    };
    Schedule::Daily { weekday: day(weekday), weekend: day(0.1), left_on: Share(0.3) }
}

/// `pcs` PCs in one organisation with `technicians`, all hit at once by a boot loop; hands take `hands`.
pub(crate) fn batch(pcs: u64, technicians: u32, hands: Dist) -> Plan {
    let horizon = 60 * DAY;
    Plan {
        clock: Clock { start_unix_ms: START, horizon },
        fleet: Fleet {
            pcs,
            regions: vec![Region {
                name: "here".into(),
                share: Share(1.0),
                zone: Zone::load("Etc/UTC", START, horizon).expect("UTC"),
            }],
            kinds: vec![kind("pc")],
            sectors: vec![Sector {
                name: "all".into(),
                share: Share(1.0),
                size: Dist::Constant(pcs as f64),
                largest: pcs,
                mix: vec![(0, Share(1.0))],
                means: vec![means("technicians", technicians)],
                first: vec![],
                services: vec![],
                playbook: vec![by_hand("by_hand", hands)],
            }],
            traits: vec![],
        },
        architectures: vec![Architecture {
            name: "kernel_resident".into(),
            components: vec![component(Mode::Kernel, Start::System)],
            relies_on: vec![],
        }],
        agents: vec![agent("edr", 0)],
        campaign: None,
        releases: vec![Release {
            name: "bad".into(),
            of: 0,
            channel: Channel::Content,
            published: Published::At(0),
            delivery: NONE,
            rollout: Rollout { rings: vec![ring("everyone", 1.0, 0)], member: Member::Pc, gate: None },
            customers: Customers::default(),
            takes_effect: TakesEffect::AtOnce,
            cures: vec![],
            fault: Some(Fault {
                defect: Defect::InvalidMemoryAccess,
                trigger: Trigger::OnLoad,
                strikes: Strikes { share: Share(1.0), kinds: vec![], traits: vec![], lacks: vec![], agents: vec![] },
                slow_for: NONE,
            }),
            // Withdrawn the moment after everybody has it, so that a cured PC does not take it again.
            response: Response::Scripted { withdrawn: Some(1), fixed: Some(1) },
        }],
        signals: Signals {
            heartbeat_timeout: 10 * MINUTE,
            crash_report: NONE,
            agent_report: NONE,
            reporting: Share(1.0),
            noise_per_day: 0.0,
            calls: None,
        },
        sample: Sample { one_in: 1 },
    }
}

pub(crate) fn simulate(plan: &Plan, replication: u32) -> Outcome {
    bugcheck_sim::simulate(plan, dice(replication), &Run::default()).expect("a sound plan")
}

/// A measure of the fleet that is a number.
pub(crate) fn value(outcome: &Outcome, measure: Measure) -> f64 {
    match outcome.record.reading(&Segment::Fleet, measure) {
        Some(Reading::Value(value)) => value,
        other => panic!("{measure:?} is {other:?}"),
    }
}
