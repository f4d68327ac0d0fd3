//! Plans that break a rule are refused by that rule: nothing panics, overflows, or is done in silence.

mod support;

use bugcheck_sim::Plan;
use bugcheck_sim::agent::{Growth, LastGood, Mode, Restart, Start};
use bugcheck_sim::draw::Share;
use bugcheck_sim::engine::{Error, Run};
use bugcheck_sim::fleet::{Count, Service, Surge};
use bugcheck_sim::limits::*;
use bugcheck_sim::measure::Measure;
use bugcheck_sim::recovery::{After, By, Desk, Need, Stage, Work};
use bugcheck_sim::rollout::{Hold, Hours, Published, Ramp, Response, Restarts, Shape, TakesEffect};
use bugcheck_sim::time::{DAY, HOUR, Millis, NEVER};
use support::{NONE, agent, batch, by_hand, dice, means, minutes, retry, ring, simulate, value};

/// A plan with one of everything that can refer to something else.
fn sound() -> Plan {
    let mut plan = batch(4, 1, minutes(10.0));
    plan.fleet.traits = vec!["wired".into()];
    plan.fleet.kinds[0].traits = vec![(0, Share(0.5))];
    let sector = &mut plan.fleet.sectors[0];
    sector.means.push(means("desk", 1));
    sector.services = vec![Service { name: "desk".into(), needs: vec![(0, Share(0.5))] }];
    sector.first = vec![vec![0]];
    sector.playbook[0].needs = vec![vec![Need::Has(0), Need::Lacks(0)]];
    sector.playbook[0].desks = vec![Desk { means: 1, only_if: Some(0), time: NONE }];
    sector.playbook[0].waits = vec![(0, NONE)];
    plan
}

fn refused(plan: &Plan) -> Option<String> {
    match bugcheck_sim::simulate(plan, dice(0), &Run::default()) {
        Ok(_) => None,
        Err(Error::Plan(why)) => Some(why),
        Err(other) => panic!("{other}"),
    }
}

/// What breaks a plan, and a part of what is said about it.
type Break = (&'static str, fn(&mut Plan));

const NUMBERS: &[Break] = &[
    ("the horizon is more than 0", |p| p.clock.horizon = 0),
    ("MAX_HORIZON_DAYS", |p| p.clock.horizon = 3661 * DAY),
    ("MAX_PCS", |p| p.fleet.pcs = 0),
    ("MAX_PCS", |p| p.fleet.pcs = MAX_PCS + 1),
    ("MAX_PC_DAYS", |p| {
        (p.fleet.pcs, p.fleet.sectors[0].largest, p.clock.horizon) = (300_000_000, 300_000_000, 364 * DAY);
    }),
    ("without regions", |p| p.fleet.regions.clear()),
    ("MAX_REGIONS", |p| p.fleet.regions = vec![p.fleet.regions[0].clone(); 65]),
    ("an offset", |p| p.fleet.regions[0].zone.offsets.clear()),
    ("without sectors", |p| p.fleet.sectors.clear()),
    ("MAX_SECTORS", |p| p.fleet.sectors = vec![p.fleet.sectors[0].clone(); 65]),
    ("without kinds", |p| p.fleet.kinds.clear()),
    ("MAX_KINDS", |p| p.fleet.kinds = vec![p.fleet.kinds[0].clone(); 65]),
    ("MAX_TRAITS", |p| p.fleet.traits = vec!["wired".into(); 33]),
    ("MAX_CRITICALITY", |p| p.fleet.kinds[0].criticality = 1e23),
    ("has a kind of PC", |p| p.fleet.sectors[0].mix.clear()),
    ("MAX_KINDS", |p| p.fleet.sectors[0].first = vec![vec![0]; 300]),
    ("17 means", |p| p.fleet.sectors[0].means = vec![means("technicians", 1); 17]),
    ("33 steps", |p| p.fleet.sectors[0].playbook = vec![by_hand("by_hand", NONE); 33]),
    ("17 desks", |p| {
        let step = &mut p.fleet.sectors[0].playbook[0];
        step.desks = vec![step.desks[0].clone(); 17];
    }),
    ("without agents", |p| p.agents.clear()),
    ("MAX_AGENTS", |p| p.agents = vec![agent("edr", 0); 17]),
    ("MAX_SEGMENTS", |p| p.agents[0].architectures = vec![p.agents[0].architectures[0].clone(); 66]),
    ("MAX_RESTARTS", |p| restarts(p, Restart { delay: minutes(1.0), backoff: 1.0, attempts: u32::MAX })),
    ("1 time the one before", |p| restarts(p, Restart { delay: minutes(1.0), backoff: 0.5, attempts: 3 })),
    ("not done by hand", |p| {
        let stage = Stage::RecoveryEnvironment;
        p.fleet.sectors[0].playbook.push(retry("tries", By::Means(0), stage, After::Fix, 1.0, 0.5));
    }),
    ("an architecture for every PC", |p| p.agents[0].architectures.clear()),
    ("an architecture in each segment", |p| p.agents[0].architectures[0].parts.clear()),
    ("that grow", |p| {
        p.agents[0].architectures[0].growth = Some(Growth { to: vec![], from: 0, until: DAY });
    }),
    ("without releases", |p| p.releases.clear()),
    ("MAX_RELEASES", |p| p.releases = vec![p.releases[0].clone(); 17]),
    ("without rings", |p| p.releases[0].rollout.rings.clear()),
    ("MAX_RINGS", |p| p.releases[0].rollout.rings = vec![ring("ring", 0.01, 0); 33]),
    ("MAX_HOLDS", |p| p.releases[0].customers.holds = vec![(Share(0.01), Hold::Paused); 17]),
    ("at least one step", |p| {
        p.releases[0].rollout.rings[0].ramp = Some(Ramp { over: HOUR, shape: Shape::Steps(0) });
    }),
];

const REFERENCES: &[Break] = &[
    ("no kind of PC 1", |p| p.fleet.sectors[0].mix[0].0 = 1),
    ("no kind of PC 1", |p| p.fleet.sectors[0].services[0].needs[0].0 = 1),
    ("no kind of PC 1", |p| p.fleet.sectors[0].first[0][0] = 1),
    ("no kind of PC 1", |p| p.fleet.sectors[0].means[0].hosted_on = Some(1)),
    ("no kind of PC 64", |p| p.releases[0].rollout.rings[0].only.kinds = vec![64]),
    ("no kind of PC 1", |p| strikes(p).kinds = vec![1]),
    ("no region 64", |p| p.releases[0].rollout.rings[0].only.regions = vec![64]),
    ("no sector 64", |p| p.releases[0].rollout.rings[0].only.sectors = vec![64]),
    ("no trait 7", |p| p.fleet.kinds[0].traits[0].0 = 7),
    ("no trait 32", |p| p.fleet.sectors[0].playbook[0].needs[0][0] = Need::Has(32)),
    ("no trait 32", |p| p.fleet.sectors[0].playbook[0].needs[0][1] = Need::Lacks(32)),
    ("no trait 32", |p| p.fleet.sectors[0].playbook[0].desks[0].only_if = Some(32)),
    ("no trait 32", |p| p.fleet.sectors[0].playbook[0].waits[0].0 = 32),
    ("no trait 32", |p| {
        let mut step = retry("tries", By::Pc, Stage::RecoveryEnvironment, After::Fix, 1.0, 0.5);
        if let Work::Retry { works_if, .. } = &mut step.work {
            *works_if = Some((32, Share(1.0)));
        }
        p.fleet.sectors[0].playbook.push(step);
    }),
    ("no trait 32", |p| p.releases[0].rollout.rings[0].traits = vec![32]),
    ("no trait 32", |p| strikes(p).traits = vec![32]),
    ("no trait 32", |p| strikes(p).lacks = vec![32]),
    ("no means 2", |p| p.fleet.sectors[0].playbook[0].by = By::Means(2)),
    ("no means 32", |p| p.fleet.sectors[0].playbook[0].desks[0].means = 32),
    ("no architecture 1", |p| p.agents[0].architectures[0].parts[0].0 = 1),
    ("no agent 1", |p| p.architectures[0].relies_on = vec![1]),
    ("no agent 1", |p| p.releases[0].of = 1),
    ("no agent 1", |p| strikes(p).agents = vec![1]),
    ("earlier ones only", |p| p.releases[0].cures = vec![0]),
    ("published at an instant", |p| {
        p.releases[0].published = Published::After { release: 0, moment: After::Fix, delay: 0 };
    }),
];

const SPANS: &[Break] = &[
    ("within the horizon", |p| p.releases[0].published = Published::At(-1)),
    ("within the horizon", |p| p.releases[0].published = Published::At(Millis::MAX)),
    ("bake time", |p| p.releases[0].rollout.rings[0].bake = Millis::MAX),
    ("ramp", |p| p.releases[0].rollout.rings[0].ramp = Some(Ramp { over: Millis::MAX, shape: Shape::Linear })),
    ("held back", |p| p.releases[0].customers.holds = vec![(Share(1.0), Hold::For(Millis::MAX))]),
    ("hours of a day", |p| p.releases[0].customers.window = Some(Hours { from: 0, to: Millis::MAX })),
    ("hours of a day", |p| {
        let active_hours = Some(Hours { from: -1, to: DAY });
        p.releases[0].takes_effect = TakesEffect::AtRestart(Restarts { active_hours, forced_after: None });
    }),
    ("forced restart", |p| {
        let restarts = Restarts { active_hours: None, forced_after: Some(Millis::MAX) };
        p.releases[0].takes_effect = TakesEffect::AtRestart(restarts);
    }),
    ("withdrawal", |p| p.releases[0].response = Response::Scripted { withdrawn: Some(Millis::MAX), fixed: None }),
    ("to the fix", |p| p.releases[0].response = Response::Scripted { withdrawn: None, fixed: Some(-1) }),
    ("delay of a step", |p| p.fleet.sectors[0].playbook[0].opens.delay = Millis::MAX),
    ("heartbeat", |p| p.signals.heartbeat_timeout = Millis::MAX),
];

fn strikes(plan: &mut Plan) -> &mut bugcheck_sim::agent::Strikes {
    &mut plan.releases[0].fault.as_mut().expect("a fault").strikes
}

/// Makes the agent a process of its own that is restarted and falls back.
fn restarts(plan: &mut Plan, restart: Restart) {
    let part = &mut plan.architectures[0].components[0];
    (part.mode, part.start) = (Mode::User, Start::Service);
    part.containment.last_good = LastGood::Kept;
    part.containment.restart = Some(restart);
}

#[test]
fn a_plan_that_breaks_a_rule_is_refused_by_that_rule() {
    assert_eq!(refused(&sound()), None);
    let accepted: Vec<String> = [NUMBERS, REFERENCES, SPANS]
        .into_iter()
        .flatten()
        .filter_map(|(rule, breaks)| {
            let mut plan = sound();
            breaks(&mut plan);
            let why = refused(&plan);
            (!why.as_ref().is_some_and(|why| why.contains(rule))).then(|| format!("{rule}: {why:?}"))
        })
        .collect();
    assert!(accepted.is_empty(), "{accepted:#?}");
}

#[test]
fn more_people_than_can_be_counted_are_as_many_as_can_be() {
    let mut plan = batch(4, u32::MAX, minutes(10.0));
    plan.fleet.sectors[0].means[0].surge = Some(Surge { count: Count::Fixed(u32::MAX), after: NONE });
    assert!((value(&simulate(&plan, 0), Measure::PcHoursLost) - 4.0 / 6.0).abs() < 1e-9);
}

#[test]
fn rings_may_bake_and_a_vendor_may_think_for_ever() {
    let mut plan = sound();
    plan.releases[0].rollout.rings = vec![ring("ring", 0.1, NEVER); 10];
    assert_eq!(refused(&plan), None);
    let never = bugcheck_sim::draw::Dist::Constant(f64::INFINITY);
    plan.releases[0].response = Response::Modelled {
        notices_at: 1,
        lab: None,
        decide: never.clone(),
        withdraw: never.clone(),
        diagnose: never.clone(),
        author: never.clone(),
        publish: never,
    };
    assert_eq!(refused(&plan), None);
}

#[test]
fn a_process_that_is_restarted_for_ever_never_falls_back() {
    let unprotected = |backoff, attempts| {
        let mut plan = batch(2, 1, NONE);
        restarts(&mut plan, Restart { delay: minutes(1.0), backoff, attempts });
        plan.releases[0].published = Published::At(HOUR);
        plan.releases[0].response = Response::Scripted { withdrawn: None, fixed: None };
        let both = [false, true].map(|one_by_one| {
            let run = Run { one_by_one, ..Run::default() };
            let outcome = bugcheck_sim::simulate(&plan, dice(0), &run).expect("a sound plan");
            value(&outcome, Measure::UnprotectedPcHours)
        });
        assert!((both[0] - both[1]).abs() < 1e-9, "{both:?}");
        both[0] / 2.0
    };
    let to_the_end = 60.0 * 24.0 - 1.0;
    for (backoff, attempts, hours) in [
        (1.0, 3, 0.05),
        (2.0, 3, 7.0 / 60.0),
        (1.0, MAX_RESTARTS, f64::from(MAX_RESTARTS) / 60.0),
        (1e9, MAX_RESTARTS, to_the_end),
        (1.5, MAX_RESTARTS, to_the_end),
    ] {
        assert!((unprotected(backoff, attempts) - hours).abs() < 1e-9, "{attempts} times {backoff}");
    }
}

#[test]
fn pcs_that_go_round_at_one_instant_are_an_error_and_not_without_end() {
    let open = Response::Scripted { withdrawn: None, fixed: None };
    let again: fn(&mut Plan) = |plan| plan.releases[0].delivery = NONE;
    let in_vain: fn(&mut Plan) = |plan| {
        if let Work::Once { works, .. } = &mut plan.fleet.sectors[0].playbook[0].work {
            *works = Share(0.0);
        }
    };
    for (what, of) in [("take the release again", again), ("are worked on in vain", in_vain)] {
        // One PC goes another way than several that share hands.
        for (pcs, one_by_one) in [(1, false), (1, true), (3, false), (3, true)] {
            let mut plan = batch(pcs, 1, NONE);
            plan.releases[0].response = open.clone();
            of(&mut plan);
            let run = Run { one_by_one, ..Run::default() };
            let outcome = bugcheck_sim::simulate(&plan, dice(0), &run).map(|_| ());
            assert_eq!(outcome, Err(Error::StandsStill), "{pcs} PCs that {what}, {one_by_one}");
        }
    }
}
