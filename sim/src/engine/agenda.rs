//! When each of many busy hands is free: a queue of instants for thousands of them.
//!
//! Instants are kept in buckets of a fixed width, unsorted, and a bucket is sorted when its time has come: most are put
//! in and taken out without being compared to any other (R. Brown: Calendar queues. CACM 31, 1988). Those in buckets
//! that have gone by are all free, whatever their order: as long as hands are left, nothing is sorted at all. The few
//! that are too far away for the buckets wait in a heap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// The least and the most buckets that there are.
const BUCKETS: (usize, usize) = (1 << 6, 1 << 14);
/// Instants in a bucket, if they were evenly spread.
const IN_A_BUCKET: usize = 64;

/// Parts into which a bucket is cut to be sorted, and the bits that tell them apart.
const PARTS: usize = 1 << PART_BITS;
const PART_BITS: u32 = 8;
/// Instants of a part that are too many for insertion.
const CROWD: u32 = 32;

/// Instants, to be taken out in their order, or by the bucket. None is put in that is before one taken out, or before
/// an instant that has gone by.
pub(crate) struct Agenda {
    /// The width of a bucket, as a power of 2.
    shift: u32,
    /// The bucket at hand, counted from time 0; what is in it or before it is in `now`.
    current: u32,
    now: Vec<u32>,
    /// Whether the latest in it come first.
    is_sorted: bool,
    /// Room to sort in.
    spare: Vec<u32>,
    /// The buckets after that, in a ring.
    later: Vec<Vec<u32>>,
    far: BinaryHeap<Reverse<u32>>,
    len: usize,
}

impl Agenda {
    /// An empty one for about `many` instants, most of which are put in less than `span` ahead.
    pub(crate) fn new(span: u32, many: usize) -> Agenda {
        let buckets = (many / IN_A_BUCKET).next_power_of_two().clamp(BUCKETS.0, BUCKETS.1);
        let width = (span / buckets as u32).max(1);
        Agenda {
            shift: width.next_power_of_two().trailing_zeros(),
            current: 0,
            now: Vec::new(),
            is_sorted: false,
            spare: Vec::new(),
            later: vec![Vec::new(); buckets],
            far: BinaryHeap::new(),
            len: 0,
        }
    }

    /// How many have not been taken out.
    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// A bucket's place in the ring, whose length is a power of 2.
    #[inline]
    fn place(&self, bucket: u32) -> usize {
        bucket as usize & (self.later.len() - 1)
    }

    /// Whether a bucket that is not at hand is among those in the ring.
    #[inline]
    fn is_near(&self, bucket: u32) -> bool {
        ((bucket - self.current) as usize) < self.later.len()
    }

    /// Puts an instant in.
    #[inline]
    pub(crate) fn push(&mut self, at: u32) {
        let bucket = at >> self.shift;
        self.len += 1;
        if bucket <= self.current {
            let place = if self.is_sorted { self.now.partition_point(|&other| other > at) } else { self.now.len() };
            self.now.insert(place, at);
        } else if self.is_near(bucket) {
            let place = self.place(bucket);
            self.later[place].push(at);
        } else {
            self.far.push(Reverse(at));
        }
    }

    /// Takes out all instants in buckets that have ended by this one.
    #[inline]
    pub(crate) fn pass(&mut self, at: u32) {
        let bucket = at >> self.shift;
        while self.current < bucket {
            self.len -= self.now.len();
            self.now.clear();
            self.advance(bucket);
        }
    }

    /// The first instant.
    #[inline]
    pub(crate) fn first(&mut self) -> Option<u32> {
        if self.now.is_empty() || !self.is_sorted {
            if self.len == 0 {
                return None;
            }
            while self.now.is_empty() {
                self.advance(u32::MAX >> self.shift);
            }
            self.sort();
        }
        self.now.last().copied()
    }

    /// Puts those of the bucket at hand in order: by counting over parts of it, and what is left by insertion. Where
    /// each goes cannot be foretold, so few comparisons are to hang on it. Where they are crowded in a part, it is
    /// comparisons all the same.
    fn sort(&mut self) {
        self.is_sorted = true;
        let shift = self.shift.saturating_sub(PART_BITS);
        let part = |at: u32| !(at >> shift) as usize % PARTS;
        let mut next = [0_u32; PARTS];
        for &at in &self.now {
            next[part(at)] += 1;
        }
        if next.iter().any(|&of_part| of_part > CROWD) {
            self.now.sort_unstable_by_key(|&at| Reverse(at));
            return;
        }
        let mut sum = 0;
        for next in &mut next {
            sum += std::mem::replace(next, sum);
        }
        let Agenda { now, spare, .. } = self;
        spare.resize(now.len(), 0);
        for &at in &*now {
            let place = &mut next[part(at)];
            spare[*place as usize] = at;
            *place += 1;
        }
        std::mem::swap(now, spare);
        for sorted in 1..now.len() {
            let mut place = sorted;
            while place > 0 && now[place - 1] < now[place] {
                now.swap(place - 1, place);
                place -= 1;
            }
        }
    }

    /// Takes out the first instant.
    #[inline]
    pub(crate) fn pop(&mut self) {
        if self.first().is_some() {
            self.now.pop();
            self.len -= 1;
        }
    }

    /// Goes on from an empty bucket to the next one, or to a later one, but not beyond `bucket`, if all up to that are
    /// empty.
    fn advance(&mut self, bucket: u32) {
        self.is_sorted = false;
        // Far ahead, there is nothing to be found in the buckets.
        let near = self.len - self.far.len();
        let first = |far: &BinaryHeap<Reverse<u32>>| far.peek().map_or(u32::MAX, |first| first.0) >> self.shift;
        self.current = if near == 0 { first(&self.far).min(bucket) } else { self.current + 1 };
        let place = self.place(self.current);
        std::mem::swap(&mut self.now, &mut self.later[place]);
        while let Some(&Reverse(first)) = self.far.peek()
            && self.is_near(first >> self.shift)
        {
            self.far.pop();
            let place = self.place(first >> self.shift);
            let of = if first >> self.shift == self.current { &mut self.now } else { &mut self.later[place] };
            of.push(first);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Against a heap.
        #[test]
        fn instants_come_out_in_their_order(
            steps in prop::collection::vec((0..50_000_u32, 0..3_000_000_u32, 0..4), 1..500),
            span in 1..2_000_000_u32,
            many in 0..10_000_usize,
            // Close together, too, so that many share a part of a bucket.
            closer in prop::sample::select(vec![1, 100, 100_000]),
        ) {
            let (mut agenda, mut heap) = (Agenda::new(span, many), BinaryHeap::new());
            let mut now = 0;
            for (ahead, stays, what) in steps {
                now += ahead / closer;
                // What has gone by may be taken out with its bucket, or stay.
                agenda.pass(now);
                prop_assert!(agenda.len() <= heap.len());
                while agenda.len() < heap.len() {
                    prop_assert!(heap.pop().is_some_and(|first: Reverse<u32>| first.0 < now));
                }
                if what == 0 {
                    prop_assert_eq!(agenda.first(), heap.peek().map(|first| first.0));
                }
                if what == 1 && let Some(Reverse(first)) = heap.pop() {
                    agenda.pop();
                    now = now.max(first);
                }
                let at = now.saturating_add(if closer > 1 { 1_000_000 + stays / closer } else { stays });
                agenda.push(at);
                heap.push(Reverse(at));
                prop_assert_eq!(agenda.len(), heap.len());
            }
            while let Some(Reverse(first)) = heap.pop() {
                prop_assert_eq!(agenda.first(), Some(first));
                agenda.pop();
            }
            prop_assert_eq!(agenda.first(), None);
        }

        /// Until the end of time.
        #[test]
        fn nothing_is_too_far_away(shift in 1..u32::MAX, at in any::<u32>()) {
            let mut agenda = Agenda::new(shift, 1);
            agenda.push(at);
            agenda.pass(0);
            prop_assert_eq!((agenda.first(), agenda.len()), (Some(at), 1));
            agenda.pass(u32::MAX);
            prop_assert_eq!(agenda.len() == 0, at >> agenda.shift < u32::MAX >> agenda.shift);
        }
    }
}
