//! What the vendor sees: counts of PCs that took the release, fell silent, came back, or reported a crash, by the look
//! at which they are first seen.

use crate::time::Millis;

/// Counts by look, as weights of PCs (see [`crate::fleet::population::WEIGHT_ONE`]); look `i` sees what arrived up to
/// `release + i * every`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    release: Millis,
    every: Millis,
    /// PCs that took the release.
    pub took: Vec<u64>,
    /// PCs that fell silent.
    pub silent: Vec<u64>,
    /// PCs that were silent and are heard again.
    pub heard_again: Vec<u64>,
    /// PCs whose crash report arrived.
    pub reported: Vec<u64>,
    /// When the first sign of the fault arrived.
    pub first: Option<Millis>,
}

impl Seen {
    /// Nothing seen yet, with looks every so often from the release to the horizon; without looks where nobody acts on
    /// them.
    pub fn new(release: Millis, every: Option<Millis>, horizon: Millis) -> Seen {
        let looks = every.map_or(0, |every| (horizon - release).max(0) / every + 2) as usize;
        let every = every.unwrap_or(horizon.max(1));
        let none = || vec![0; looks];
        Seen { release, every, took: none(), silent: none(), heard_again: none(), reported: none(), first: None }
    }

    /// Looks that there are.
    pub fn looks(&self) -> usize {
        self.took.len()
    }

    /// The instant of a look.
    pub fn at(&self, look: usize) -> Millis {
        self.release + look as Millis * self.every
    }

    /// The first look that sees what arrives at an instant, if it is within the horizon.
    #[inline]
    fn look(&self, at: Millis) -> Option<usize> {
        if self.took.is_empty() {
            return None;
        }
        let look = (at - self.release + self.every - 1) / self.every;
        (look >= 0 && (look as usize) < self.took.len()).then_some(look as usize)
    }

    /// A PC took the release.
    #[inline]
    pub fn takes(&mut self, at: Millis, weight: u64) {
        if let Some(look) = self.look(at) {
            self.took[look] += weight;
        }
    }

    /// A PC fell silent at one instant and is heard again at another.
    #[allow(clippy::inline_always, reason = "done for each failure of each PC")]
    #[inline(always)]
    pub fn is_silent(&mut self, from: Millis, to: Millis, weight: u64) {
        if from >= to {
            return;
        }
        self.sign(from);
        if let Some(look) = self.look(from) {
            self.silent[look] += weight;
        }
        if let Some(look) = self.look(to) {
            self.heard_again[look] += weight;
        }
    }

    /// Whether anything that arrives from an instant on can change what is seen.
    #[inline]
    pub fn may_matter(&self, from: Millis) -> bool {
        !self.took.is_empty() || self.first.is_none_or(|first| from < first)
    }

    /// A crash report arrived.
    #[inline]
    pub fn reports(&mut self, at: Millis, weight: u64) {
        self.sign(at);
        if let Some(look) = self.look(at) {
            self.reported[look] += weight;
        }
    }

    fn sign(&mut self, at: Millis) {
        self.first = Some(self.first.map_or(at, |first| first.min(at)));
    }

    /// Adds what was seen elsewhere.
    pub fn add(&mut self, other: &Seen) {
        for (mine, theirs) in [
            (&mut self.took, &other.took),
            (&mut self.silent, &other.silent),
            (&mut self.heard_again, &other.heard_again),
            (&mut self.reported, &other.reported),
        ] {
            for (a, b) in mine.iter_mut().zip(theirs) {
                *a += b;
            }
        }
        if let Some(first) = other.first {
            self.sign(first);
        }
    }
}
