//! Exact results that any correct simulator must reproduce.

mod support;

use bugcheck_sim::agent::{Defect, Trigger};
use bugcheck_sim::draw::{Dist, Share};
use bugcheck_sim::fleet::{Count, Shift, Surge};
use bugcheck_sim::measure::Measure;
use bugcheck_sim::recovery::Desk;
use bugcheck_sim::rollout::Response;
use bugcheck_sim::time::{DAY, HOUR, MINUTE};
use support::*;

#[test]
fn a_batch_with_equal_repairs_takes_as_many_rounds_as_it_needs() {
    for (n, c, makespan, mean) in
        [(10, 1, 150.0, 82.5), (100, 5, 300.0, 157.5), (1000, 10, 1500.0, 757.5), (5, 10, 15.0, 15.0)]
    {
        let outcome = simulate(&batch(n, c, minutes(15.0)), 0);
        let close = |a: f64, b: f64| (a - b).abs() < 1e-6;
        assert!(close(value(&outcome, Measure::TimeTo100) * 60.0, makespan), "{n} PCs, {c} technicians");
        assert!(close(value(&outcome, Measure::PcHoursLost) * 60.0 / n as f64, mean), "{n} PCs, {c} technicians");
        assert!(close(value(&outcome, Measure::TechnicianHours) * 60.0, n as f64 * 15.0));
    }
}

/// Mean and standard error over replications.
fn estimate(replications: u32, of: impl Fn(u32) -> f64) -> (f64, f64) {
    let values: Vec<f64> = (0..replications).map(of).collect();
    let n = values.len() as f64;
    let mean = values.iter().sum::<f64>() / n;
    let variance = values.iter().map(|v| (v - mean) * (v - mean)).sum::<f64>() / (n - 1.0);
    (mean, (variance / n).sqrt())
}

/// Holds a simulated mean against an exact one: within 4 standard errors, which chance alone exceeds once in 16,000.
fn agrees(what: &str, (mean, error): (f64, f64), exact: f64, bias: f64) {
    assert!((mean - exact).abs() <= 4.0 * error + bias, "{what}: {mean} +- {error} is not {exact}");
    assert!(error < 0.05 * exact, "{what}: {mean} +- {error} is too vague to be compared");
}

#[test]
fn a_batch_with_exponential_repairs_takes_the_sum_of_order_statistics() {
    let exponential = Dist::Exponential { mean: 15.0 * MINUTE as f64 };
    for (n, c, makespan, mean) in
        [(10, 1, 150.0, 82.5), (100, 5, 319.25, 151.8), (1000, 10, 1_528.934_523_8, 750.817_5), (5, 10, 34.25, 15.0)]
    {
        let plan = batch(n, c, exponential.clone());
        let replications = if n > 100 { 100 } else { 600 };
        let runs: Vec<_> = (0..replications).map(|r| simulate(&plan, r)).collect();
        let of = |measure| estimate(replications, |r| value(&runs[r as usize], measure) * 60.0);
        agrees("makespan", of(Measure::TimeTo100), makespan, 0.0);
        let (lost, error) = of(Measure::PcHoursLost);
        agrees("mean", (lost / n as f64, error / n as f64), mean, 0.0);
    }
}

/// Arrivals at random instants of a long span are a Poisson stream but for their fixed number; the mean time from
/// failure to recovery is Erlang's. The queue starts empty, which makes a little less than the stationary mean.
#[test]
fn a_stream_of_failures_waits_as_erlang_says() {
    for (arrivals, technicians, time_in_system) in [
        (0.5, 1, 2.0),
        (1.6, 2, 2.777_777_777_8),
        (4.0, 5, 1.554_112_554_1),
        (9.0, 10, 1.668_731_524_1),
        (45.0, 50, 1.072_772_893_4),
    ] {
        let span = 40_000.0 / arrivals * HOUR as f64;
        let mut plan = batch(40_000, technicians, Dist::Exponential { mean: HOUR as f64 });
        plan.clock.horizon = span as i64 + 400 * HOUR;
        // A fix would heal those on which the fault has not shown.
        plan.releases[0].response = Response::Scripted { withdrawn: Some(1), fixed: None };
        let fault = plan.releases[0].fault.as_mut().expect("a fault");
        fault.trigger = Trigger::OnActivity(Dist::Uniform { low: 0.0, high: span });
        let of = estimate(24, |r| value(&simulate(&plan, r), Measure::PcHoursLost) / 40_000.0);
        agrees(&format!("{arrivals} per hour, {technicians} technicians"), of, time_in_system, 0.01 * time_in_system);
    }
}

/// PCs that freeze again and again, each after a random time in use, and technicians who restart them: the machine
/// repair model. The mean number down over a long time is the stationary one.
#[test]
fn pcs_that_fail_again_and_again_are_a_machine_repair_model() {
    for (n, c, fails, repairs, mean_down) in
        [(5, 1, 0.1, 1.0, 0.639_521_768_6), (10, 2, 0.05, 1.0, 0.495_058_275_9), (100, 5, 0.01, 0.5, 1.992_058_681_8)]
    {
        let mut plan = batch(n, c, Dist::Exponential { mean: HOUR as f64 / repairs });
        plan.clock.horizon = 4_000 * HOUR;
        plan.releases[0].response = Response::Scripted { withdrawn: None, fixed: None };
        let fault = plan.releases[0].fault.as_mut().expect("a fault");
        fault.defect = Defect::Hang;
        fault.trigger = Trigger::OnActivity(Dist::Exponential { mean: HOUR as f64 / fails });
        plan.fleet.sectors[0].playbook[0].outcome = Outcome_::Restarted;
        let of = estimate(60, |r| value(&simulate(&plan, r), Measure::PcHoursLost) / 4_000.0);
        agrees(&format!("{n} PCs, {c} technicians"), of, mean_down, 0.005 * mean_down);
    }
}

/// Four clerks by day are one at night, and more come later: a desk is served by those who are on duty.
#[test]
fn a_desk_is_served_by_those_on_duty() {
    let all_served = |surge: Option<f64>| {
        let mut plan = batch(8, 8, NONE);
        let sector = &mut plan.fleet.sectors[0];
        sector.means.push(means("desk", 4));
        // It is 04:00 when all are hit: four hours of night are left.
        sector.means[1].shift = Shift { from: 8 * HOUR, to: DAY, off_hours: Share(0.25), weekend: Share(1.0) };
        sector.means[1].surge = surge.map(|hours| Surge { count: Count::Fixed(24), after: minutes(60.0 * hours) });
        sector.playbook[0].desks = vec![Desk { means: 1, only_if: None, time: minutes(60.0) }];
        value(&simulate(&plan, 1), Measure::TimeTo100)
    };
    assert!((all_served(None) - 5.0).abs() < 0.02, "{} h", all_served(None));
    // From 07:00 on, a quarter of 28 are seven: with the three served till then, they are enough.
    assert!((all_served(Some(3.0)) - 4.0).abs() < 0.02, "{} h", all_served(Some(3.0)));
}
