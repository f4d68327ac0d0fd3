//! Expectations as `JUnit` test cases, without times: the same results give the same bytes.

use bugcheck_scenarios::experiment::Level;
use quick_junit::{NonSuccessKind, Property, Report, TestCase, TestCaseStatus, TestSuite};

use crate::verdict::{Status, Verdict};
use crate::{Comparison, Error, Tested};

/// The `JUnit` report. An expectation that is broken is a failure, an undecided one an error; of those of level `warn`
/// neither fails anything: they are skipped with the reason.
///
/// # Errors
/// If the XML cannot be written.
pub fn render(comparison: &Comparison) -> Result<String, Error> {
    render_all(&[Tested::Judged(comparison)])
}

/// The `JUnit` report of several scenarios, one suite each. One that did not run is an error by itself: a CI that reads
/// nothing but this file must not take it for one that expects nothing.
///
/// # Errors
/// As [`render`].
pub fn render_all(tested: &[Tested]) -> Result<String, Error> {
    let mut report = Report::new("bugcheck");
    report.add_test_suites(tested.iter().map(|tested| match tested {
        Tested::Judged(comparison) => suite(comparison),
        Tested::NotRun { name, why } => not_run(name, why),
    }));
    Ok(report.to_string()?)
}

fn not_run(name: &str, why: &str) -> TestSuite {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Error);
    status.set_type("not run").set_message("it could not be run to its end").set_description(why);
    let mut case = TestCase::new("runs", status);
    case.set_classname(name);
    let mut suite = TestSuite::new(name);
    suite.add_test_case(case);
    suite
}

fn suite(comparison: &Comparison) -> TestSuite {
    let mut suite = TestSuite::new(comparison.name.as_str());
    suite.add_property(Property::new("version", comparison.footer.version.as_str()));
    suite.add_property(Property::new("seed", comparison.footer.seed.to_string()));
    suite.add_property(Property::new("results", comparison.footer.results_digest.as_str()));
    for verdict in &comparison.verdicts {
        suite.add_test_case(case(comparison, verdict));
    }
    suite
}

fn case(comparison: &Comparison, verdict: &Verdict) -> TestCase {
    let status = match (verdict.status, verdict.level) {
        (Status::Holds, _) => TestCaseStatus::success(),
        (Status::Broken | Status::Undecided, Level::Warn) => TestCaseStatus::skipped(),
        (Status::Broken, Level::Fail) => TestCaseStatus::non_success(NonSuccessKind::Failure),
        (Status::Undecided, Level::Fail) => TestCaseStatus::non_success(NonSuccessKind::Error),
    };
    let mut case = TestCase::new(verdict.name.as_str(), status);
    case.set_classname(comparison.name.as_str());
    case.add_property(Property::new("bound", verdict.written.as_str()));
    match verdict.status {
        Status::Holds => {
            case.set_system_out(verdict.reason.as_str());
        }
        Status::Broken => {
            case.status.set_type("broken").set_message(verdict.reason.as_str());
        }
        Status::Undecided => {
            case.status.set_type("undecided").set_message(verdict.reason.as_str());
        }
    }
    case
}
