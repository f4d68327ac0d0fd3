//! When each of many busy hands is free: a queue of instants for thousands of them.
//!
//! Instants are kept in buckets of a fixed width, unsorted, and a bucket is sorted when its time has come: most are put
//! in and taken out without being compared to any other (R. Brown: Calendar queues. CACM 31, 1988). The few that are
//! too far away for the buckets wait in a heap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::time::Millis;

/// Buckets.
const BUCKETS: usize = 1 << 10;

/// Instants, to be taken out in their order. None is put in that is before the last one taken out.
pub(crate) struct Agenda {
    /// The width of a bucket, as a power of 2.
    shift: u32,
    /// The bucket at hand, counted from time 0; what is in it or before it is in `now`.
    current: i64,
    /// Latest first.
    now: Vec<Millis>,
    /// The buckets after that, in a ring.
    later: Vec<Vec<Millis>>,
    far: BinaryHeap<Reverse<Millis>>,
    len: usize,
}

impl Agenda {
    /// An empty one, for instants that are mostly put in less than `span` ahead.
    pub(crate) fn new(span: Millis) -> Agenda {
        let width = (span / BUCKETS as Millis).max(1) as u64;
        Agenda {
            shift: width.next_power_of_two().trailing_zeros(),
            current: 0,
            now: Vec::new(),
            later: vec![Vec::new(); BUCKETS],
            far: BinaryHeap::new(),
            len: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// Puts an instant in.
    #[inline]
    pub(crate) fn push(&mut self, at: Millis) {
        let bucket = at >> self.shift;
        self.len += 1;
        if bucket <= self.current {
            let place = self.now.partition_point(|&other| other > at);
            self.now.insert(place, at);
        } else if bucket < self.current + BUCKETS as i64 {
            self.later[bucket as usize % BUCKETS].push(at);
        } else {
            self.far.push(Reverse(at));
        }
    }

    /// The first instant.
    #[inline]
    pub(crate) fn first(&mut self) -> Option<Millis> {
        if self.now.is_empty() && self.len > 0 {
            self.advance();
        }
        self.now.last().copied()
    }

    /// Takes out all instants up to and with this one.
    #[inline]
    pub(crate) fn take_until(&mut self, at: Millis) {
        while self.first().is_some_and(|first| first <= at) {
            self.now.pop();
            self.len -= 1;
        }
    }

    /// Goes on to the next bucket that holds something.
    fn advance(&mut self) {
        // Far ahead, there is nothing to be found in the buckets.
        let near = self.len - self.far.len();
        if near == 0
            && let Some(Reverse(first)) = self.far.peek()
        {
            self.current = (first >> self.shift) - 1;
        }
        while self.now.is_empty() {
            self.current += 1;
            std::mem::swap(&mut self.now, &mut self.later[self.current as usize % BUCKETS]);
            while let Some(&Reverse(first)) = self.far.peek()
                && first >> self.shift < self.current + BUCKETS as i64
            {
                self.far.pop();
                let bucket = first >> self.shift;
                if bucket <= self.current {
                    self.now.push(first);
                } else {
                    self.later[bucket as usize % BUCKETS].push(first);
                }
            }
        }
        self.now.sort_unstable_by_key(|&at| Reverse(at));
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
            steps in prop::collection::vec((0..50_000_i64, 0..3_000_000_i64), 1..500),
            span in 1..2_000_000_i64,
        ) {
            let (mut agenda, mut heap) = (Agenda::new(span), BinaryHeap::new());
            let mut now = 0;
            for (ahead, stays) in steps {
                now += ahead;
                agenda.take_until(now);
                while heap.peek().is_some_and(|first: &Reverse<Millis>| first.0 <= now) {
                    heap.pop();
                }
                agenda.push(now + stays);
                heap.push(Reverse(now + stays));
                prop_assert_eq!(agenda.len(), heap.len());
                prop_assert_eq!(agenda.first(), heap.peek().map(|first| first.0));
            }
        }
    }
}
