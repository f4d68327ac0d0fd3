//! The vendor's timeline: when rings opened, when the release was withdrawn, when good content came.

use crate::measure::CloudEvent;
use crate::recovery::After;
use crate::rollout::Release;
use crate::time::{Millis, NEVER};

/// What the vendor has done so far; [`NEVER`] is not (yet).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeline {
    /// The release.
    pub release: Millis,
    /// When each ring opens.
    pub rings: Vec<Millis>,
    /// When new installs stop.
    pub withdrawn: Millis,
    /// When good content is published.
    pub fix: Millis,
    /// When the vendor knew.
    pub detected: Millis,
    /// Gate stops.
    pub halts: u32,
    /// What happened, in words.
    pub events: Vec<CloudEvent>,
}

impl Timeline {
    /// Nothing but the release of the first ring.
    pub fn begin(release: &Release, published: Millis) -> Timeline {
        let mut timeline = Timeline {
            release: published,
            rings: vec![NEVER; release.rollout.rings.len()],
            withdrawn: NEVER,
            fix: NEVER,
            detected: NEVER,
            halts: 0,
            events: Vec::new(),
        };
        if published < NEVER {
            timeline.note(published, "released");
        }
        timeline
    }

    /// Writes down what happened.
    pub fn note(&mut self, at: Millis, what: impl Into<String>) {
        self.events.push(CloudEvent { at, what: what.into() });
    }

    /// When a moment of the incident was.
    pub fn moment(&self, after: After) -> Millis {
        match after {
            After::Release => self.release,
            After::Detection => self.detected,
            After::Withdrawal => self.withdrawn,
            After::Fix => self.fix,
        }
    }
}
