//! The hands of one means that are busy, where cases are taken up event by event: a heap of a few, or an agenda of
//! thousands, in which a heap would be as deep as memory is slow.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use crate::engine::agenda::Agenda;
use crate::engine::line::{long, short};
use crate::time::{Millis, NEVER};

/// So many hands are worth an agenda.
const THOUSANDS: u32 = 1 << 12;

/// When each of those that are busy is free, or has been since. Asked in the order of time.
pub(crate) enum Busy {
    Few(BinaryHeap<Reverse<Millis>>),
    Thousands {
        /// What instants are counted from.
        since: Millis,
        free: Agenda,
    },
}

impl Default for Busy {
    fn default() -> Busy {
        Busy::Few(BinaryHeap::new())
    }
}

impl Busy {
    /// None of at most so many. Instants from `since` on that matter fit into 32 bits if it is given; nearly all work
    /// takes less than `span`.
    pub(crate) fn none(&mut self, most: u32, since: Option<Millis>, span: impl Fn() -> Millis) {
        match (since, &mut *self) {
            (Some(since), _) if most >= THOUSANDS => {
                *self = Busy::Thousands { since, free: Agenda::new(short(span()), most as usize) };
            }
            (_, Busy::Few(free)) => free.clear(),
            _ => *self = Busy::default(),
        }
    }

    /// Whether fewer than so many are busy at an instant. Others who are free by then may go home.
    pub(crate) fn are_fewer(&mut self, capacity: usize, at: Millis) -> bool {
        match self {
            Busy::Few(free) => {
                let is_one_free = |free: &BinaryHeap<Reverse<Millis>>| free.peek().is_some_and(|free| free.0 <= at);
                while free.len() > capacity && is_one_free(free) {
                    free.pop();
                }
                free.len() < capacity || free.len() == capacity && is_one_free(free)
            }
            Busy::Thousands { since, free } => {
                let at = short(at - *since);
                free.pass(at);
                while free.len() >= capacity && free.first().is_some_and(|first| first <= at) {
                    free.pop();
                }
                free.len() < capacity
            }
        }
    }

    /// One more is busy from an instant on until another; of those who are free by then, one takes it up.
    pub(crate) fn begins(&mut self, at: Millis, until: Millis) {
        match self {
            Busy::Few(free) => {
                if let Some(mut first) = free.peek_mut()
                    && first.0 <= at
                {
                    // Taken out and put in in one go.
                    first.0 = until;
                    return;
                }
                free.push(Reverse(until));
            }
            Busy::Thousands { since, free } => free.push(short(until - *since)),
        }
    }

    /// When the first is free; [`NEVER`] if none is busy.
    pub(crate) fn first(&mut self) -> Millis {
        match self {
            Busy::Few(free) => free.peek().map_or(NEVER, |free| free.0),
            Busy::Thousands { since, free } => free.first().map_or(NEVER, |first| long(first, *since)),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        /// Thousands are as free as a few would be.
        #[test]
        fn an_agenda_says_what_a_heap_does(
            since in -1_000_000..1_000_000_i64,
            span in 1..10_000_000_i64,
            steps in prop::collection::vec((0..500_000_i64, 0..6_usize, 0..20_000_000_i64), 1..300),
        ) {
            let (mut few, mut thousands) = (Busy::default(), Busy::default());
            few.none(THOUSANDS - 1, Some(since), || span);
            thousands.none(THOUSANDS, Some(since), || span);
            let are_as_meant = matches!((&few, &thousands), (Busy::Few(_), Busy::Thousands { .. }));
            prop_assert!(are_as_meant);
            let mut at = since;
            for (later, capacity, work) in steps {
                at += later;
                let are_fewer = few.are_fewer(capacity, at);
                prop_assert_eq!(thousands.are_fewer(capacity, at), are_fewer);
                if are_fewer {
                    few.begins(at, at + work);
                    thousands.begins(at, at + work);
                } else {
                    prop_assert_eq!(thousands.first(), few.first());
                }
            }
        }
    }

    #[test]
    fn what_does_not_fit_into_an_agenda_is_kept_in_a_heap() {
        let mut busy = Busy::default();
        busy.none(u32::MAX, None, || 1);
        assert!(matches!(busy, Busy::Few(_)));
    }
}
