//! Exact results that any correct simulator must reproduce.

mod support;

use bugcheck_sim::measure::Measure;
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
