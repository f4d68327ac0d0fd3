//! PCs to which more comes than one plain release: several agents, several releases, faults that wait.

mod support;

use bugcheck_sim::agent::*;
use bugcheck_sim::draw::{Dist, Share};
use bugcheck_sim::engine::{Event, Run, Watch};
use bugcheck_sim::fleet::{OwnRestarts, Surge};
use bugcheck_sim::measure::{Measure, Reading, Segment};
use bugcheck_sim::plan::{Campaign, Plan};
use bugcheck_sim::recovery::{After, By, Opens, Outcome, Stage, Work};
use bugcheck_sim::rollout::*;
use bugcheck_sim::time::{DAY, HOUR, MINUTE, Millis};
use proptest::prelude::*;
use support::{NONE, agent, batch, by_hand, component, dice, minutes, office, ring, simulate, value};

/// The story of the only PC there is.
fn story(plan: &Plan) -> Vec<String> {
    let run = Run { watch: Watch::Pc(0), ..Run::default() };
    let outcome = bugcheck_sim::simulate(plan, dice(0), &run).expect("a sound plan");
    outcome.trace.iter().map(|event: &Event| format!("{} min: {}", event.at / MINUTE, event.what)).collect()
}

fn fault(defect: Defect) -> Fault {
    Fault {
        defect,
        trigger: Trigger::OnLoad,
        strikes: Strikes { share: Share(1.0), kinds: vec![], traits: vec![], lacks: vec![], agents: vec![] },
        slow_for: minutes(30.0),
    }
}

fn release(name: &str, of: AgentId, at: Millis, fault: Option<Fault>) -> Release {
    let mut plan = batch(1, 1, NONE);
    let release = plan.releases.pop().expect("a release");
    let response = Response::Scripted { withdrawn: None, fixed: None };
    Release { name: name.into(), of, published: Published::At(at), fault, response, ..release }
}

/// One PC with two agents, whose releases come a minute apart, and a technician who needs an hour.
fn two_agents() -> Plan {
    let mut plan = batch(1, 1, minutes(60.0));
    plan.agents = vec![agent("a", 0), agent("b", 0)];
    plan.releases = vec![
        release("first", 0, 0, Some(fault(Defect::InvalidMemoryAccess))),
        release("second", 1, MINUTE, Some(fault(Defect::InvalidMemoryAccess))),
    ];
    for release in &mut plan.releases {
        release.response = Response::Scripted { withdrawn: Some(HOUR / 2), fixed: Some(HOUR / 2) };
    }
    plan
}

#[test]
fn a_pc_that_two_faults_hit_is_back_only_when_both_are_gone() {
    // A driver of each takes effect at the same restart.
    let mut plan = two_agents();
    for release in &mut plan.releases {
        release.takes_effect = TakesEffect::AtRestart(Restarts { active_hours: None, forced_after: Some(10 * MINUTE) });
    }
    let story = story(&plan);
    assert_eq!(
        story,
        [
            "0 min: installs first",
            "1 min: installs second",
            "10 min: first takes effect",
            "10 min: fails: bugcheck at each start",
            "10 min: taken up by technicians for by_hand",
            "70 min: hands free after by_hand",
            "70 min: usable again, by by_hand",
            "70 min: second takes effect",
            "70 min: has a good version",
            "70 min: fails: bugcheck at each start",
            "70 min: taken up by technicians for by_hand",
            "130 min: hands free after by_hand",
            "130 min: usable again, by by_hand",
            "130 min: has a good version",
        ]
    );
    let outcome = simulate(&plan, 0);
    assert!((value(&outcome, Measure::PcHoursLost) - 2.0).abs() < 1e-9);
    assert!((value(&outcome, Measure::PcsDown) - 1.0).abs() < 1e-9);
    assert_eq!(outcome.record.reading(&Segment::Fleet, Measure::TimeTo100), Some(Reading::Value(130.0 / 60.0)));
}

#[test]
fn a_cure_travels_the_roads_of_a_release_and_does_not_reach_what_the_fault_cut_off() {
    let cured = |defect| {
        let mut plan = batch(1, 1, minutes(60.0));
        plan.fleet.sectors[0].playbook.clear();
        plan.clock.horizon = 10 * DAY;
        let mut bad = fault(defect);
        bad.trigger = Trigger::OnActivity(minutes(120.0));
        let mut cure = release("cure", 0, 3 * HOUR, None);
        cure.cures = vec![0];
        plan.releases = vec![release("bad", 0, 0, Some(bad)), cure];
        let outcome = simulate(&plan, 0);
        value(&outcome, Measure::StalePcHours)
    };
    // A PC that is slow now and then takes the cure; one without network never does.
    assert!((cured(Defect::ResourceLeak) - 3.0).abs() < 1.0, "{}", cured(Defect::ResourceLeak));
    assert!((cured(Defect::NetworkBlock) - 240.0).abs() < 1e-9);
}

#[test]
fn a_release_follows_its_parent_and_is_held_for_those_behind() {
    let mut plan = batch(4, 1, NONE);
    plan.fleet.sectors[0].size = Dist::Constant(1.0);
    plan.clock.horizon = 10 * DAY;
    let mut healthy = release("n", 0, 0, None);
    healthy.response = Response::Scripted { withdrawn: None, fixed: Some(DAY) };
    let mut next = release("n+1", 0, 0, None);
    next.published = Published::After { release: 0, moment: After::Fix, delay: HOUR };
    next.cures = vec![0];
    for release in [&mut healthy, &mut next] {
        release.customers.holds = vec![(Share(1.0), Hold::Behind(1))];
    }
    // The fix reaches all; N is open to those that stay one behind once N+1 is out, and N+1 never.
    healthy.response = Response::Scripted { withdrawn: None, fixed: None };
    next.published = Published::At(2 * DAY);
    plan.releases = vec![healthy.clone(), next.clone()];
    let outcome = simulate(&plan, 0);
    assert!((value(&outcome, Measure::StalePcHours) - 4.0 * 240.0).abs() < 1e-6, "N+1 is never good");
    next.customers.holds.clear();
    plan.releases = vec![healthy, next];
    let outcome = simulate(&plan, 0);
    assert!((value(&outcome, Measure::StalePcHours) - 4.0 * 48.0).abs() < 1e-6);
}

#[test]
fn a_release_after_another_comes_when_its_moment_does() {
    let mut plan = batch(1, 1, minutes(60.0));
    plan.releases[0].response = Response::Scripted { withdrawn: Some(HOUR), fixed: None };
    let mut cure = release("cure", 0, 0, None);
    cure.published = Published::After { release: 0, moment: After::Withdrawal, delay: HOUR };
    cure.cures = vec![0];
    plan.releases.push(cure);
    assert!(story(&plan).contains(&"120 min: installs cure".to_owned()), "{:?}", story(&plan));
}

#[test]
fn agents_of_one_family_exclude_each_other() {
    let mut plan = batch(2000, 1, NONE);
    plan.agents = vec![agent("a", 0), agent("b", 0), agent("c", 0)];
    for (agent, share) in plan.agents.iter_mut().zip([0.3, 0.2, 0.5]) {
        (agent.on, agent.family) = (vec![Share(share)], Some(1));
    }
    plan.releases = (0..3).map(|of| release("healthy", of, 0, None)).collect();
    let takes = |plan: &Plan| {
        let run = Run { watch: Watch::Organisation(0), ..Run::default() };
        let trace = bugcheck_sim::simulate(plan, dice(0), &run).expect("a sound plan").trace;
        let installs = trace.iter().filter(|e| e.what.starts_with("installs")).map(|e| e.pc);
        installs.collect::<std::collections::BTreeSet<_>>().len()
    };
    assert_eq!(simulate(&plan, 0).record.events, 2000, "each PC has exactly one of them");
    assert_eq!(takes(&plan), 2000);
}

#[test]
fn a_shared_sensor_is_where_an_architecture_relies_on_it_and_takes_all_down() {
    let mut plan = batch(1000, 1000, minutes(60.0));
    let platform = Architecture { name: "platform".into(), components: vec![], relies_on: vec![2] };
    plan.architectures.push(platform);
    plan.agents = vec![agent("a", 0), agent("b", 1), agent("sensor", 0)];
    for agent in &mut plan.agents[..2] {
        (agent.on, agent.family) = (vec![Share(0.5)], Some(1));
    }
    plan.agents[0].architectures[0].parts = vec![(1, Share(0.4)), (0, Share(0.6))];
    plan.agents[2].only_where_relied_on = true;
    plan.releases = vec![release("sensor", 2, 0, Some(fault(Defect::InvalidMemoryAccess)))];
    let down = value(&simulate(&plan, 0), Measure::PcsDown);
    assert!((down - 700.0).abs() < 60.0, "half of the PCs, and two fifths of the other half: {down}");
}

#[test]
fn adoption_grows_with_time_and_counts_at_the_publication() {
    let hit = |at| {
        let mut plan = batch(2000, 1, minutes(1.0));
        plan.clock.horizon = 200 * DAY;
        let sound = Architecture { name: "sound".into(), components: vec![], relies_on: vec![] };
        plan.architectures.push(sound);
        plan.agents[0].architectures[0] = Adoption {
            only: Only::default(),
            parts: vec![(1, Share(0.0)), (0, Share(1.0))],
            growth: Some(Growth { to: vec![Share(1.0), Share(0.0)], from: 0, until: 100 * DAY }),
        };
        plan.releases = vec![release("bad", 0, at, Some(fault(Defect::InvalidMemoryAccess)))];
        plan.releases[0].response = Response::Scripted { withdrawn: Some(1), fixed: None };
        value(&simulate(&plan, 0), Measure::PcsHit)
    };
    assert!((hit(0) - 2000.0).abs() < 1e-9);
    assert!((hit(25 * DAY) - 1500.0).abs() < 90.0);
    assert!(hit(100 * DAY) < 1e-9);
}

#[test]
fn latent_damage_is_healed_by_a_fix_that_comes_before_the_restart() {
    let down = |fixed| {
        let mut plan = batch(500, 500, minutes(60.0));
        plan.fleet.kinds[0].schedule = office();
        plan.clock.horizon = 10 * DAY;
        let mut damage = fault(Defect::SystemFileQuarantine);
        damage.trigger = Trigger::AtRestart;
        plan.releases = vec![release("bad", 0, 0, Some(damage))];
        plan.releases[0].response = Response::Scripted { withdrawn: Some(HOUR), fixed };
        value(&simulate(&plan, 0), Measure::PcsDown)
    };
    let (never, next_week, at_once) = (down(None), down(Some(5 * DAY)), down(Some(2 * HOUR)));
    assert!(at_once < 0.9 * next_week && next_week <= never, "{at_once} {next_week} {never}");
}

#[test]
fn an_expired_certificate_strikes_those_that_are_on_at_its_instant_and_the_rest_when_they_come_on() {
    let mut plan = batch(400, 400, minutes(60.0));
    plan.fleet.kinds[0].schedule = office();
    plan.clock.horizon = 10 * DAY;
    let mut expired = fault(Defect::InvalidMemoryAccess);
    expired.trigger = Trigger::AtInstant(3 * DAY);
    plan.releases = vec![release("bad", 0, 0, Some(expired))];
    let run = Run { watch: Watch::Organisation(0), ..Run::default() };
    let trace = bugcheck_sim::simulate(&plan, dice(0), &run).expect("a sound plan").trace;
    let fails: Vec<Millis> = trace.iter().filter(|e| e.what.starts_with("fails")).map(|e| e.at).collect();
    assert!(!fails.is_empty() && fails.iter().all(|&at| at >= 3 * DAY));
    assert!(fails.iter().filter(|&&at| at == 3 * DAY).count() > 20, "left on overnight");
}

#[test]
fn a_cap_per_period_and_ramps_spread_a_rollout_over_time() {
    let by = |shape, day: Millis| {
        let mut plan = batch(4000, 1, NONE);
        plan.clock.horizon = day + 1;
        plan.releases = vec![release("healthy", 0, 0, None)];
        plan.releases[0].rollout.rings =
            vec![Ring { ramp: Some(Ramp { over: 10 * DAY, shape }), ..ring("all", 1.0, 0) }];
        simulate(&plan, 0).record.events as f64 / 4000.0
    };
    for (day, share) in [(0, 0.0), (3, 0.3), (10, 1.0)] {
        assert!((by(Shape::Linear, day * DAY) - share).abs() < 0.03, "day {day}");
    }
    for (day, share) in [(0, 0.2), (2, 0.4), (5, 0.6), (8, 1.0)] {
        assert!((by(Shape::Steps(5), day * DAY) - share).abs() < 0.03, "day {day}");
    }
    for (day, share) in [(0, 0.01), (5, 0.1), (10, 1.0)] {
        let open = by(Shape::Exponential { first: Share(0.01) }, day * DAY);
        assert!((open - share).abs() < 0.02, "day {day}: {open}");
    }
}

#[test]
fn windows_and_restarts_wait_for_their_hours() {
    let mut plan = batch(1, 1, minutes(60.0));
    plan.releases = vec![release("driver", 0, 0, None)];
    // It is 04:00 when the scenario begins; the window opens at 22:00, and restarts are left to the night.
    plan.releases[0].customers.window = Some(Hours { from: 22 * HOUR, to: 2 * HOUR });
    let at_night = Restarts { active_hours: Some(Hours { from: 6 * HOUR, to: 23 * HOUR }), forced_after: None };
    plan.releases[0].takes_effect = TakesEffect::AtRestart(at_night);
    let hours = |n: i64| format!("{} min", n * 60);
    assert_eq!(
        story(&plan),
        [
            format!("{}: installs the release", hours(18)),
            format!("{}: the release takes effect", hours(19)),
            format!("{}: has a good version", hours(19)),
        ]
    );
    // A server's own restart comes sooner only if it has one.
    plan.fleet.kinds[0].restarts = OwnRestarts::Every(Dist::Constant(HOUR as f64));
    assert!(story(&plan)[1] < format!("{}: the release takes effect", hours(19)));
}

#[test]
fn who_is_active_around_the_clock_is_restarted_by_force_alone() {
    let mut plan = batch(1, 1, minutes(60.0));
    plan.releases = vec![release("driver", 0, 0, None)];
    let mut takes_effect = |active_hours, forced_after| {
        plan.releases[0].takes_effect = TakesEffect::AtRestart(Restarts { active_hours, forced_after });
        story(&plan).into_iter().filter(|line| line.contains("takes effect")).collect::<Vec<_>>()
    };
    let all_day = [Hours { from: 0, to: DAY }, Hours { from: 8 * HOUR, to: 8 * HOUR }];
    for active_hours in all_day.map(Some).into_iter().chain([None]) {
        assert!(takes_effect(active_hours, None).is_empty(), "{active_hours:?}");
        assert_eq!(takes_effect(active_hours, Some(2 * DAY)), ["2880 min: the release takes effect"]);
    }
    let nearly = Some(Hours { from: 0, to: DAY - MINUTE });
    assert_eq!(takes_effect(nearly, None), ["1199 min: the release takes effect"], "at 23:59");
}

#[test]
fn calls_reach_the_vendor_while_dead_pcs_are_silent() {
    let detected = |calls: Option<Calls>| {
        let mut plan = batch(1000, 5, minutes(60.0));
        plan.signals.reporting = Share(0.0);
        plan.signals.heartbeat_timeout = 2 * DAY;
        plan.signals.calls = calls;
        plan.releases[0].response = Response::Modelled {
            notices_at: 20,
            lab: None,
            decide: minutes(5.0),
            withdraw: NONE,
            diagnose: NONE,
            author: NONE,
            publish: NONE,
        };
        value(&simulate(&plan, 0), Measure::DetectionDelay)
    };
    assert!(detected(None) > 47.0);
    let calls = Calls { share: Share(0.1), delay: minutes(20.0) };
    assert!(detected(Some(calls)) < 0.5);
}

#[test]
fn what_the_vendor_learns_after_the_horizon_it_does_not_know_within() {
    let delay = |withdrawn| {
        let mut plan = batch(10, 5, minutes(60.0));
        plan.clock.horizon = 2 * DAY;
        plan.releases[0].response = Response::Scripted { withdrawn, fixed: None };
        simulate(&plan, 0).record.reading(&Segment::Fleet, Measure::DetectionDelay)
    };
    assert_eq!(delay(Some(2 * DAY - HOUR)), Some(Reading::Value(47.0)));
    assert_eq!(delay(Some(2 * DAY)), Some(Reading::NotWithinHorizon));
    assert_eq!(delay(Some(3 * DAY)), Some(Reading::NotWithinHorizon));
    assert_eq!(delay(None), Some(Reading::NotWithinHorizon));
}

#[test]
fn a_lab_that_finds_the_fault_stops_the_release_before_most_have_it() {
    let hit = |finds| {
        let mut plan = batch(1000, 5, minutes(60.0));
        plan.releases[0].delivery = Dist::Uniform { low: 0.0, high: 10.0 * HOUR as f64 };
        plan.releases[0].response = Response::Modelled {
            notices_at: 1_000_000,
            lab: Some(Lab { finds: Share(finds), after: minutes(60.0) }),
            decide: NONE,
            withdraw: NONE,
            diagnose: NONE,
            author: NONE,
            publish: NONE,
        };
        value(&simulate(&plan, 0), Measure::PcsHit)
    };
    assert!((hit(0.0) - 1000.0).abs() < 1e-9);
    assert!((hit(1.0) - 100.0).abs() < 40.0, "{}", hit(1.0));
}

#[test]
fn what_a_gate_reaches_and_what_it_does_are_choices() {
    let hit = |reach, action| {
        let mut plan = batch(10_000, 5, minutes(60.0));
        let release = &mut plan.releases[0];
        release.delivery = Dist::Uniform { low: 0.0, high: 10.0 * HOUR as f64 };
        release.response = Response::Scripted { withdrawn: None, fixed: None };
        release.rollout.rings = vec![ring("first", 0.2, 20 * HOUR), ring("rest", 0.8, 0)];
        let gate = support::gate(5 * MINUTE, 0.02, 20, Silence::Unhealthy, NONE);
        release.rollout.gate = Some(Gate { reach, action, ..gate });
        value(&simulate(&plan, 0), Measure::PcsHit)
    };
    let all = hit(Reach::AllInstalls, Action::Stop);
    let later = hit(Reach::LaterRings, Action::Stop);
    assert!(all < 200.0, "those of the first minutes: {all}");
    assert!((later - 2000.0).abs() < 120.0, "the first ring goes on: {later}");
    assert!(hit(Reach::AllInstalls, Action::Hold) >= later, "what only holds opens again once PCs are back");
}

#[test]
fn a_release_is_offered_to_those_alone_whom_the_open_rings_take() {
    let hit = |share, traits: &[usize], by_kind: bool| {
        let mut plan = batch(10_000, 5, minutes(60.0));
        let mut server = support::kind("server");
        plan.fleet.traits = vec!["wired".into()];
        server.traits = vec![(0, Share(0.5))];
        plan.fleet.kinds.push(server);
        plan.fleet.sectors[0].mix = vec![(0, Share(0.9)), (1, Share(0.1))];
        plan.agents[0].on.push(Share(1.0));
        let release = &mut plan.releases[0];
        release.response = Response::Scripted { withdrawn: None, fixed: None };
        let mut first = ring("first", share, 20 * HOUR);
        first.traits = traits.to_vec();
        first.only.kinds = if by_kind { vec![1] } else { vec![] };
        release.rollout.rings = vec![first, ring("rest", 0.0, 0)];
        let gate = support::gate(5 * MINUTE, 0.8, 20, Silence::Unhealthy, NONE);
        release.rollout.gate = Some(Gate { denominator: Denominator::Offered, ..gate });
        value(&simulate(&plan, 0), Measure::PcsHit)
    };
    // All of the first ring are down, which is more than four fifths of those to whom it was offered.
    assert!((hit(1.0, &[], true) - 1000.0).abs() < 1e-9, "the servers");
    assert!((hit(1.0, &[0], true) - 500.0).abs() < 60.0, "those with a wire");
    assert!((hit(0.3, &[], false) - 3000.0).abs() < 200.0, "three tenths of all");
}

#[test]
fn surge_staff_shortens_the_way_back_from_when_it_comes() {
    let lost = |surge| {
        let mut plan = batch(200, 2, minutes(60.0));
        plan.fleet.sectors[0].means[0].surge = surge;
        let outcome = simulate(&plan, 0);
        match outcome.record.reading(&Segment::Fleet, Measure::TimeTo100) {
            Some(Reading::Value(hours)) => hours,
            other => panic!("{other:?}"),
        }
    };
    assert!((lost(None) - 100.0).abs() < 1e-9);
    let surge = Surge { count: bugcheck_sim::fleet::Count::Fixed(8), after: minutes(20.0 * 60.0) };
    // 40 in the first 20 hours by two, the other 160 by ten.
    assert!((lost(Some(surge)) - 36.0).abs() < 1e-9);
}

#[test]
fn steps_help_only_against_what_they_are_for() {
    let mut plan = batch(1, 1, minutes(60.0));
    plan.clock.horizon = 30 * DAY;
    plan.fleet.sectors[0].playbook[0].against = vec![Defect::BootBlock];
    assert!((value(&simulate(&plan, 0), Measure::PcsStillDown) - 1.0).abs() < 1e-9);
    plan.releases[0].fault = Some(fault(Defect::BootBlock));
    assert!(value(&simulate(&plan, 0), Measure::PcsStillDown) < 1e-9);
}

#[test]
fn what_is_frozen_stays_so_until_somebody_restarts_it() {
    let all_stay_down = |defect, by, work: Option<Work>| {
        let mut plan = batch(20, 1, NONE);
        plan.fleet.kinds[0].schedule = office();
        // Who is back after the withdrawal doesn't take it again.
        plan.fleet.kinds[0].boot.load = minutes(1.0);
        plan.releases[0].fault = Some(fault(defect));
        let mut step = support::retry("restart", by, Stage::Restarting, After::Release, 10.0, 1.0);
        step.work = work.unwrap_or(step.work);
        plan.fleet.sectors[0].playbook = vec![step];
        let outcome = simulate(&plan, 0);
        let (down, still_down) = (value(&outcome, Measure::PcsDown), value(&outcome, Measure::PcsStillDown));
        assert!(down > 0.0 && (still_down < 1e-9 || still_down >= down), "{still_down} of {down}");
        still_down > 0.0
    };
    let once = || Some(Work::Once { hands: NONE, unattended: NONE, works: Share(1.0) });
    assert!(all_stay_down(Defect::Hang, By::Pc, None));
    assert!(all_stay_down(Defect::Hang, By::Pc, once()));
    assert!(!all_stay_down(Defect::Hang, By::User, None));
    assert!(!all_stay_down(Defect::Hang, By::Means(0), once()));
    assert!(!all_stay_down(Defect::InvalidMemoryAccess, By::Pc, None), "a PC that crashes restarts by itself");
}

#[test]
fn a_campaign_finds_the_stale_and_the_unprotected() {
    let compromised = |fixed| {
        let mut plan = batch(4000, 1, NONE);
        plan.clock.horizon = 10 * DAY;
        plan.releases = vec![release("healthy", 0, 0, None)];
        plan.releases[0].response = Response::Scripted { withdrawn: Some(0), fixed };
        plan.campaign = Some(Campaign { from: 0, until: 10 * DAY, per_stale_hour: 0.01, per_unprotected_hour: 0.0 });
        value(&simulate(&plan, 0), Measure::PcsCompromised)
    };
    // 1 - exp(-0.01 x 48) and 1 - exp(-0.01 x 240) of 4,000; four standard errors.
    assert!((compromised(Some(2 * DAY)) - 1525.0).abs() < 125.0);
    assert!((compromised(None) - 3637.0).abs() < 75.0);
}

#[test]
fn what_runs_is_mended_by_a_switch_in_the_cloud_and_what_does_not_boot_is_not() {
    let lost = |defect| {
        let mut plan = batch(50, 1, minutes(60.0));
        plan.clock.horizon = 10 * DAY;
        plan.releases = vec![release("os", 0, 0, Some(fault(defect)))];
        plan.releases[0].response = Response::Scripted { withdrawn: Some(HOUR), fixed: None };
        let mut rollback = by_hand("rollback", NONE);
        (rollback.by, rollback.stage) = (By::Pc, Stage::Running);
        rollback.opens = Opens { after: After::Release, delay: DAY };
        rollback.work = Work::Once { hands: NONE, unattended: NONE, works: Share(1.0) };
        plan.fleet.sectors[0].playbook = vec![rollback];
        let outcome = simulate(&plan, 0);
        (value(&outcome, Measure::DegradedPcHours), value(&outcome, Measure::PcsStillDown))
    };
    let (slow, still_down) = lost(Defect::ResourceLeak);
    assert!((slow - 50.0 * 24.5).abs() < 50.0 && still_down < 1e-9, "{slow} {still_down}");
    assert!((lost(Defect::InvalidMemoryAccess).1 - 50.0).abs() < 1e-9);
}

#[test]
fn an_agent_that_is_switched_off_leaves_the_pc_usable_and_unprotected() {
    let mut plan = batch(10, 10, minutes(60.0));
    plan.clock.horizon = 5 * DAY;
    plan.releases[0].response = Response::Scripted { withdrawn: Some(1), fixed: Some(2 * DAY) };
    plan.fleet.sectors[0].playbook[0].outcome = Outcome::AgentOff;
    let outcome = simulate(&plan, 0);
    assert!((value(&outcome, Measure::UnprotectedPcHours) - 10.0 * 47.0).abs() < 1e-6);
}

#[derive(Clone, Debug)]
struct Choices {
    defects: [usize; 3],
    triggers: [usize; 3],
    user: [bool; 3],
    at: [Millis; 3],
    fixed: Option<Millis>,
    cures: bool,
    technicians: u32,
    replication: u32,
}

fn choices() -> impl Strategy<Value = Choices> {
    let three = |upto: usize| proptest::array::uniform3(0..upto);
    (
        (three(8), three(4), proptest::array::uniform3(any::<bool>())),
        proptest::array::uniform3(0..3 * DAY),
        proptest::option::of(0..2 * DAY),
        any::<bool>(),
        0_u32..4,
        0_u32..100,
    )
        .prop_map(|((defects, triggers, user), at, fixed, cures, technicians, replication)| Choices {
            defects,
            triggers,
            user,
            at,
            fixed,
            cures,
            technicians,
            replication,
        })
}

fn plan(c: &Choices) -> Plan {
    let mut plan = batch(60, c.technicians, Dist::Exponential { mean: HOUR as f64 });
    plan.clock.horizon = 8 * DAY;
    plan.fleet.kinds[0].schedule = office();
    // Who is back at the instant of the failure tells its story in another order.
    plan.fleet.kinds[0].boot.dump = minutes(1.0);
    plan.fleet.sectors[0].size = Dist::Constant(20.0);
    plan.architectures = c
        .user
        .iter()
        .map(|&user| Architecture {
            name: format!("user {user}"),
            components: vec![component(if user { Mode::User } else { Mode::Kernel }, Start::System)],
            relies_on: vec![],
        })
        .collect();
    plan.agents = (0..3).map(|i| agent("agent", i)).collect();
    plan.releases = (0..3)
        .map(|i| {
            let mut bad = fault(ALL_DEFECTS[c.defects[i]]);
            bad.strikes.share = Share(0.7);
            bad.trigger = match c.triggers[i] {
                0 => Trigger::OnLoad,
                1 => Trigger::OnActivity(Dist::Exponential { mean: 5.0 * HOUR as f64 }),
                2 => Trigger::AtRestart,
                _ => Trigger::AtInstant(c.at[i] + 7 * HOUR),
            };
            let mut release = release("bad", i, c.at[i], Some(bad));
            release.response = Response::Scripted { withdrawn: c.fixed, fixed: c.fixed };
            release
        })
        .collect();
    if c.cures {
        let mut cure = release("cure", 0, 5 * DAY, None);
        cure.cures = vec![0, 1, 2];
        plan.releases.push(cure);
    }
    plan
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    /// Several agents and releases at once: each PC is in one state at a time, its hours are those of the totals, and
    /// neither the order of equals nor the number of threads changes anything.
    #[test]
    fn each_pc_is_in_one_state_and_the_totals_are_theirs(c in choices()) {
        let plan = plan(&c);
        let run = |shuffle, threads, watch| {
            let pool = rayon::ThreadPoolBuilder::new().num_threads(threads).build().expect("threads");
            let run = Run { shuffle, watch, ..Run::default() };
            pool.install(|| bugcheck_sim::simulate(&plan, dice(c.replication), &run).expect("a sound plan"))
        };
        let whole = run(None, 1, Watch::Nothing);
        prop_assert_eq!(&whole.record.digest, &run(Some(5), 3, Watch::Nothing).record.digest);
        let down_effects = [
            effect::Effect::BootLoop, effect::Effect::Freezes, effect::Effect::CrashesAgain,
            effect::Effect::WontStart, effect::Effect::StopsAtPrompt,
        ];
        let (mut lost, mut downs) = (0, 0);
        for organisation in 0..whole.record.organisations {
            let trace = run(None, 1, Watch::Organisation(organisation)).trace;
            let pcs: std::collections::BTreeSet<_> = trace.iter().filter_map(|event| event.pc).collect();
            for pc in pcs {
                let mut since: Option<(Millis, bool)> = None;
                let mut was_down = false;
                let mut last = 0;
                for event in trace.iter().filter(|event| event.pc == Some(pc)) {
                    prop_assert!(event.at >= last, "no time runs backwards");
                    last = event.at;
                    if let Some(effect) = event.what.strip_prefix("fails: ") {
                        if effect == effect::Effect::ProcessRestarts.words() {
                            prop_assert!(since.is_none_or(|since| since.0 == event.at), "what is down runs no process");
                            continue;
                        }
                        // At one instant a PC may come back from one fault and fall to the next.
                        if let Some((from, down)) = since.take() {
                            let mine = || trace.iter().filter(|e| e.pc == Some(pc));
                            let is_back = |e: &Event| e.at == event.at && e.what.starts_with("usable again");
                            prop_assert!(mine().any(is_back), "{:?}", mine().collect::<Vec<_>>());
                            lost += if down { event.at - from } else { 0 };
                        }
                        let is_down = down_effects.iter().any(|e| e.words() == effect);
                        was_down |= is_down;
                        since = Some((event.at, is_down));
                    } else if event.what.starts_with("usable again") {
                        // Written after a failure of the same instant, in the order of the book.
                        if let Some((from, down)) = since.filter(|since| since.0 < event.at) {
                            lost += if down { event.at - from } else { 0 };
                            since = None;
                        }
                    } else if event.what.starts_with("installs") {
                        prop_assert!(since.is_none_or(|since| since.0 == event.at), "who is down takes nothing");
                    }
                }
                if let Some((from, true)) = since {
                    lost += 8 * DAY - from;
                }
                downs += u64::from(was_down);
            }
        }
        let hours = lost as f64 / HOUR as f64;
        prop_assert!((value(&whole, Measure::PcHoursLost) - hours).abs() < 1e-6 * (1.0 + hours), "{hours}");
        prop_assert_eq!(value(&whole, Measure::PcsDown) as u64, downs);
        prop_assert!(value(&whole, Measure::PcsStillDown) <= downs as f64);
        prop_assert!(value(&whole, Measure::PcsHit) <= 60.0);
        let on = value(&whole, Measure::StalePcHours) + hours;
        prop_assert!(on <= 60.0 * 8.0 * 24.0 + 1e-6);
    }
}
