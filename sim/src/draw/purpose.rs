//! What draws are for, and the index of each among those for the same purpose and entity.
//!
//! An index that is made of several numbers is made here, so that all who draw and all who draw ahead agree on it, and
//! a test can tell that no two are the same.

use crate::limits::{MAX_MEANS, MAX_STEPS};

/// What a draw is for. Draws for different purposes never share a number, whatever their entity and index.
///
/// Listed with each: the entity, the index, and what the four words of the block decide, in their order; `-` is not
/// looked at. Some take one number of 52 bits instead ([`super::Key::uniform`]), some half a block
/// ([`super::Key::pair`]) or a quarter ([`super::Key::number`]). An agent's place is that in the order
/// in which the dice know agents, that of the release in question first. Failures are the PC's, of whatever release.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
pub enum Purpose {
    /// An uncertain input. Entity: hash of its path; index: 0. One number: its quantile.
    Uncertain = 1,
    /// The sizes of the organisations of a stratum. Entity: stratum; index: 0. One number: where their row begins.
    Sizes = 2,
    /// Which organisations are sampled. Entity: organisation; index: 0. All words together: its rank in its size class.
    /// Where all are of one size: entity: the first of those of which one is taken; word: which one.
    ///
    /// By the seed of a shuffle, besides: the order of tasks. Entity: piece; index: part of a large organisation.
    Sampled = 3,
    /// How many PCs of an organisation are of each kind. Entity: organisation; index: 0. Word: which parts of a PC are
    /// rounded up.
    Rounding = 4,
    /// Whether a PC is connected. Entity: PC; index: 0. A quarter of a block.
    Connection = 5,
    /// Entity: PC; index: the agent's place, or that of the first agent of its family. Words: presence of the agent;
    /// validation of the release in question (from index 0).
    Software = 6,
    /// Traits. Entity: PC; index: block of four traits. Words: each of them.
    Trait = 7,
    /// A day of use. Entity: PC; index: day. Half a block: from when, and until when; the lower halves of both
    /// together: whether it is used at all, and whether it is left on.
    Day = 8,
    /// Entity: PC; index: `of_release` of the failures so far. Words: delivery of the release; of its fix (from 0
    /// failures).
    Delivery = 9,
    /// Entity: PC; index: `of_release` of the failures so far. Words: time in use until the fault shows; for how long
    /// the PC is slow then; time until a program is launched again.
    Activity = 10,
    /// Durations of starts and reports. Entity: PC; index: `start_draw`, blocks 0 and 1 of each failure. Words of block
    /// 0: dump, firmware, load, sign-in; of block 1: recovery environment, -, whether the crash is reported, how long
    /// the report takes.
    Start = 11,
    /// A step that PCs try by themselves. Entity: PC; index: `try_draw`. Words: luck, time at work or between tries,
    /// time unattended.
    Tries = 12,
    /// Hands on a PC. Entity: PC; index: attempts before. Words: time at work, luck, time unattended.
    Hands = 13,
    /// What comes before the work of hands. Entity: PC; index: `wait_draw`, or `desk_draw`. Word: the wait, or the time
    /// at the desk.
    Desks = 14,
    /// An organisation's means. Entity: organisation; index: means. Words: how the number on duty is rounded; when they
    /// start on the incident; when those who come later do.
    Mobilised = 15,
    /// The vendor's delays. Entity: release; index: which delay. One number: its quantile, or whether the lab finds the
    /// fault.
    Vendor = 16,
    /// Background noise. Entity: release; index: look. One number: its quantile.
    Noise = 17,
    /// A call about a PC. Entity: PC; index: 0. Words: whether there is one; how long after the failure.
    Call = 18,
    /// How a PC stands to a release. Entity: PC; index: release. Words: exposure to its fault, if it is not its agent's
    /// first (that is [`Purpose::FirstExposure`]); validation, if it is not the one in question.
    Exposure = 19,
    /// An organisation as a customer. Entity: organisation; index: the agent's place. Words: ring, where it is the
    /// organisation's; hold. With index `approval_draw`, word: time until it approves of a release.
    Customer = 20,
    /// A PC's own restarts. Entity: PC; index: restarts before. Words: time until it; for the first, which part of that
    /// comes after the scenario's start.
    Restart = 21,
    /// Attackers. Entity: PC; index: 0. Word: whether they get in.
    Compromise = 22,
    /// The ring of a PC. Entity: PC; index: the agent's place. A quarter of a block.
    Ring = 23,
    /// The architecture of the agent on a PC. Entity: PC; index: the agent's place. A quarter of a block.
    Architecture = 24,
    /// Exposure of a PC to the fault of an agent's first release. Entity: PC; index: the agent's place. A quarter of a
    /// block.
    FirstExposure = 25,
    /// A process that fails, and not the PC. Entity: PC; index: `of_release` of the failures so far. Words: how long
    /// the report takes, the first wait for a restart, whether it is reported.
    Process = 26,
}

/// Bits of an index that number a step of a playbook.
const STEP_BITS: u32 = 8;
/// Steps that can be told apart.
const STEPS: usize = 1 << STEP_BITS;
/// Bits of an index that number a desk.
const DESK_BITS: u32 = 4;
/// Desks of a step that draws can tell apart.
const DESKS: usize = 1 << DESK_BITS;
const _: () = assert!(MAX_STEPS <= STEPS && MAX_MEANS <= DESKS, "each step and each desk has draws of its own");
/// Bits of an index that are left for what is counted under each release.
const BITS_OF_RELEASE: u32 = 24;

/// The index of one release's draw among those for all releases.
#[inline]
pub(crate) fn of_release(release: usize, index: u32) -> u32 {
    (release as u32) << BITS_OF_RELEASE | index
}

/// The index of a block of draws for the starts after a failure, with so many failures before it.
#[inline]
pub(crate) fn start_draw(failures_before: u32, block: u32) -> u32 {
    failures_before * 2 + block
}

/// The index of the draw for a step that a PC tries by itself, with so many failures before this one.
#[inline]
pub(crate) fn try_draw(failures_before: u32, step: usize) -> u32 {
    failures_before << STEP_BITS | step as u32
}

/// The index of the draw for the wait before a step by hand; failures count from 1, for the first.
#[inline]
pub(crate) fn wait_draw(failure: u32, step: usize) -> u32 {
    failure << STEP_BITS | step as u32
}

/// The index of the draw for the time at a step's first, second, or later desk: set apart from those for waits.
#[inline]
pub(crate) fn desk_draw(attempts_before: u32, desk: usize) -> u32 {
    1 << 31 | attempts_before << DESK_BITS | desk as u32
}

/// The index of the draw for an organisation's approval of a release: set apart from those for agents.
#[inline]
pub(crate) fn approval_draw(release: usize) -> u32 {
    1 << 16 | release as u32
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::limits::MAX_RELEASES;

    /// Failures or attempts: some that there are, and more than there can be within a horizon.
    fn counts() -> impl Iterator<Item = u32> + Clone {
        (0..300).chain([(1 << 16) - 1, 1 << 16, (1 << 20) - 1, 1 << 20])
    }

    fn are_distinct(indices: impl Iterator<Item = u32>) {
        let mut seen = BTreeSet::new();
        indices.for_each(|index| assert!(seen.insert(index), "two draws have the index {index:#x}"));
    }

    #[test]
    fn tries_never_share_a_draw() {
        are_distinct(counts().flat_map(|failures| (0..STEPS).map(move |step| try_draw(failures, step))));
    }

    #[test]
    fn waits_and_desks_never_share_a_draw() {
        let waits = counts().flat_map(|failures| (0..STEPS).map(move |step| wait_draw(failures, step)));
        let desks = counts().flat_map(|attempts| (0..DESKS).map(move |desk| desk_draw(attempts, desk)));
        are_distinct(waits.chain(desks));
    }

    #[test]
    fn starts_never_share_a_draw() {
        are_distinct(counts().flat_map(|failures| [0, 1].map(|block| start_draw(failures, block))));
    }

    #[test]
    fn releases_never_share_a_draw() {
        are_distinct((0..MAX_RELEASES).flat_map(|release| counts().map(move |index| of_release(release, index))));
    }

    #[test]
    fn approvals_never_share_a_draw_with_agents() {
        are_distinct((0..1 << 16).chain((0..MAX_RELEASES).map(approval_draw)));
    }
}
