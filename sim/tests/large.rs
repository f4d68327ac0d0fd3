//! Large organisations are carried out in parts on all threads, and in one line where that is all their PCs share: the
//! same to the byte as event by event.

mod support;

use bugcheck_sim::Plan;
use bugcheck_sim::draw::{Dist, Share};
use bugcheck_sim::engine::{Run, Watch};
use bugcheck_sim::fleet::Shift;
use bugcheck_sim::fleet::population::LARGE;
use bugcheck_sim::recovery::{After, By, Outcome, Stage, Work};
use bugcheck_sim::rollout::Response;
use bugcheck_sim::time::{DAY, HOUR, MINUTE};
use support::{batch, by_hand, dice, minutes, retry};

/// Somewhat more PCs than a large organisation has at least, over half a day, some with office hours.
fn large() -> Plan {
    let hands = Dist::Lognormal { median: 12.0 * MINUTE as f64, sigma: 0.8 };
    let mut plan = batch(LARGE + 20_000, 3000, hands);
    plan.clock.horizon = 6 * DAY;
    plan.releases[0].delivery = Dist::Exponential { mean: 5.0 * HOUR as f64 };
    plan.releases[0].response = Response::Scripted { withdrawn: Some(12 * HOUR), fixed: Some(13 * HOUR) };
    // Nobody is mended before the release is withdrawn, so that nobody takes it twice.
    plan.fleet.sectors[0].playbook[0].opens.delay = 12 * HOUR;
    plan
}

/// Written down event by event, an organisation is carried out as a small one is.
fn is_the_same_event_by_event(what: &str, plan: &Plan) {
    let run =
        |watch| bugcheck_sim::simulate(plan, dice(3), &Run { watch, ..Run::default() }).expect("a sound plan").record;
    let (fast, slow) = (run(Watch::Nothing), run(Watch::Organisation(0)));
    assert_eq!(fast.digest, slow.digest, "{what}");
    assert_eq!((fast.measured, fast.steps, fast.curves), (slow.measured, slow.steps, slow.curves), "{what}");
}

#[test]
fn one_line_is_the_same_as_event_by_event() {
    let plan = large();
    is_the_same_event_by_event("one line", &plan);

    let mut shifts = plan.clone();
    shifts.fleet.kinds[0].schedule = support::office();
    let means = &mut shifts.fleet.sectors[0].means[0];
    means.shift = Shift { from: 8 * HOUR, to: 18 * HOUR, off_hours: Share(0.2), weekend: Share(0.0) };
    means.mobilised = minutes(200.0);
    is_the_same_event_by_event("shifts and office hours", &shifts);

    let mut alone = plan.clone();
    alone.fleet.kinds[0].schedule = support::office();
    let reboots = retry("reboots", By::User, Stage::RecoveryEnvironment, After::Fix, 4.0, 0.1);
    alone.fleet.sectors[0].playbook.insert(0, reboots);
    alone.fleet.sectors[0].means[0].count = bugcheck_sim::fleet::Count::Fixed(300);
    is_the_same_event_by_event("some are back by themselves, some never", &alone);
}

#[test]
fn where_more_is_shared_than_a_line_nothing_changes_either() {
    let mut again = large();
    again.fleet.sectors[0].playbook[0].opens.delay = 0;
    is_the_same_event_by_event("hit again", &again);

    // Mended by itself before the release is withdrawn, long before hands come.
    let mut alone_again = large();
    let scans = retry("scans", By::Pc, Stage::RecoveryEnvironment, After::Release, 30.0, 0.5);
    alone_again.fleet.sectors[0].playbook.insert(0, scans);
    alone_again.fleet.sectors[0].playbook[1].opens.delay = 40 * HOUR;
    is_the_same_event_by_event("hit again after coming back alone", &alone_again);

    let mut two_steps = large();
    let mut second = by_hand("second", minutes(40.0));
    second.outcome = Outcome::CuredDataLost;
    let playbook = &mut two_steps.fleet.sectors[0].playbook;
    playbook[0].work = Work::Once { hands: minutes(10.0), unattended: minutes(2.0), works: Share(0.6) };
    playbook.push(second);
    is_the_same_event_by_event("a second step", &two_steps);
}

/// Arms that share whom the release takes down may still start their PCs in another way.
#[test]
fn arms_that_boot_differently_are_each_what_they_are_alone() {
    let mut all_alike = large();
    all_alike.fleet.pcs += 5_000;
    let constant = Dist::Constant(2.0 * MINUTE as f64);
    let boot = &mut all_alike.fleet.kinds[0].boot;
    for part in [&mut boot.dump, &mut boot.firmware, &mut boot.load, &mut boot.sign_in, &mut boot.recovery_environment]
    {
        *part = constant.clone();
    }
    let mut one_by_one = all_alike.clone();
    one_by_one.fleet.kinds[0].boot.firmware = Dist::Lognormal { median: MINUTE as f64, sigma: 1.0 };
    let mut two_steps = one_by_one.clone();
    two_steps.fleet.sectors[0].playbook.push(by_hand("second", minutes(40.0)));
    let plans = [all_alike, one_by_one, two_steps];
    for (size, watch) in [(1.0, Watch::Nothing), (1e9, Watch::Nothing), (40.0, Watch::Digests)] {
        let plans = plans.clone().map(|mut plan| {
            plan.fleet.sectors[0].size = Dist::Constant(size);
            plan
        });
        let run = Run { watch, ..Run::default() };
        let together = bugcheck_sim::simulate_arms(&plans, dice(3), &run).expect("sound plans");
        for (plan, shared) in plans.iter().zip(together) {
            let alone = bugcheck_sim::simulate(plan, dice(3), &run).expect("a sound plan");
            assert_eq!(alone.record, shared.record);
        }
    }
}
