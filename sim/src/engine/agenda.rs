//! When each of many busy hands is free: a queue of instants for thousands of them.
//!
//! Instants are kept in buckets of a fixed width, unsorted, and a bucket is sorted when its time has come: most are put
//! in and taken out without being compared to any other (R. Brown: Calendar queues. CACM 31, 1988). The few that are
//! too far away for the buckets wait in a heap.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::time::Millis;

/// The least and the most buckets that there are.
const BUCKETS: (usize, usize) = (1 << 8, 1 << 14);
/// Instants in a bucket, if they were evenly spread.
const IN_A_BUCKET: usize = 8;

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
    /// An empty one for about `many` instants, most of which are put in less than `span` ahead.
    pub(crate) fn new(span: Millis, many: usize) -> Agenda {
        let buckets = (many / IN_A_BUCKET).next_power_of_two().clamp(BUCKETS.0, BUCKETS.1);
        let width = (span / buckets as Millis).max(1) as u64;
        Agenda {
            shift: width.next_power_of_two().trailing_zeros(),
            current: 0,
            now: Vec::new(),
            later: vec![Vec::new(); buckets],
            far: BinaryHeap::new(),
            len: 0,
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.len
    }

    /// A bucket's place in the ring, whose length is a power of 2.
    #[inline]
    fn place(&self, bucket: i64) -> usize {
        bucket as usize & (self.later.len() - 1)
    }

    /// Puts an instant in.
    #[inline]
    pub(crate) fn push(&mut self, at: Millis) {
        let bucket = at >> self.shift;
        self.len += 1;
        if bucket <= self.current {
            let place = self.now.partition_point(|&other| other > at);
            self.now.insert(place, at);
        } else if bucket < self.current + self.later.len() as i64 {
            let place = self.place(bucket);
            self.later[place].push(at);
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
            let place = self.place(self.current);
            std::mem::swap(&mut self.now, &mut self.later[place]);
            while let Some(&Reverse(first)) = self.far.peek()
                && first >> self.shift < self.current + self.later.len() as i64
            {
                self.far.pop();
                let bucket = first >> self.shift;
                if bucket <= self.current {
                    self.now.push(first);
                } else {
                    let place = self.place(bucket);
                    self.later[place].push(first);
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
            many in 0..10_000_usize,
        ) {
            let (mut agenda, mut heap) = (Agenda::new(span, many), BinaryHeap::new());
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
