//! Other programs for the common model, each written as its users would write it, and as fast as that way allows.
//!
//! All but the limit are handed their draws (see [`crate::common::Draws`]); making them is not in their time. bugcheck
//! and the limit make theirs themselves. What carries out event after event does so with the seven of each PC that is
//! hit: three crashes, the recovery environment, hands on, hands off, back. PCs that come online when the release is
//! withdrawn cost them nothing.

pub(crate) mod heap;
pub(crate) mod limit;
pub(crate) mod nexosim;
pub(crate) mod scripts;

#[cfg(test)]
mod tests {
    use crate::common::Answer;
    use crate::measure::{Effort, Program, Task};
    use crate::peers::nexosim::Models;
    use crate::subject::{Arms, Subject};

    fn answer(program: Program, arm: &str, threads: usize) -> Answer {
        let subject = Subject::paper("common-model", Arms::Named(arm.to_owned())).set("fleet.pcs", "70k");
        let effort = Effort { threads, runs: 1, budget: 0.0 };
        Task { subject, program, effort }.carry_out().unwrap().answer.unwrap()
    }

    #[test]
    fn what_is_written_in_rust_computes_what_bugcheck_does() {
        for arm in ["window", "all"] {
            let ours = answer(Program::Bugcheck, arm, 2);
            assert!(ours.hits > 3000 && ours.waited_ms > 0, "{ours:?}");
            for threads in [1, 2, 3] {
                assert_eq!(answer(Program::Limit, arm, threads), ours, "{arm} on {threads} threads");
            }
            assert_eq!(answer(Program::Heap, arm, 1), ours, "{arm}");
            for models in [Models::One, Models::PerPc] {
                let theirs = answer(Program::Nexosim(models), arm, 1);
                assert_eq!(theirs.hits, ours.hits, "{arm}, {models:?}");
                let far = theirs.mean_wait_h() / ours.mean_wait_h() - 1.0;
                assert!(far.abs() < 1e-4, "{arm}, {models:?}: {far}");
            }
        }
    }
}
