//! The textbook: one binary heap of all events, and arrays of what PCs are doing.

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};

use crate::common::{Answer, Common, Draws};

/// What comes next for a PC.
#[derive(Clone, Copy)]
enum Next {
    Crash1,
    Crash2,
    Crash3,
    Recovery,
    HandsOff,
    Back,
}

/// An event: when, in the upper 32 bits, and the PC, in the lower. Events of equal time are in the order of PCs.
fn event(at: u64, pc: u32) -> Reverse<u64> {
    Reverse(at << 32 | u64::from(pc))
}

/// Carries out the model.
pub(crate) fn run(common: &Common, draws: &Draws) -> Answer {
    let hit = draws.online.iter().enumerate().filter(|&(_, &at)| i64::from(at) < common.until);
    let mut events: BinaryHeap<Reverse<u64>> = hit.map(|(pc, &at)| event(u64::from(at), pc as u32)).collect();
    let mut next = vec![Next::Crash1; common.pcs as usize];
    let mut sits = vec![0_u32; common.pcs as usize];
    let mut waiting = VecDeque::new();
    let mut free = common.technicians;
    let mut answer = Answer { hits: events.len() as u64, waited_ms: 0 };
    let mut back = 0;
    while let Some(Reverse(first)) = events.pop() {
        let (at, pc) = (first >> 32, first as u32);
        let stage = &mut next[pc as usize];
        match *stage {
            Next::Crash1 => {
                *stage = Next::Crash2;
                events.push(event(at + common.crashes[0] as u64, pc));
            }
            Next::Crash2 => {
                *stage = Next::Crash3;
                events.push(event(at + common.crashes[1] as u64, pc));
            }
            Next::Crash3 => {
                *stage = Next::Recovery;
                events.push(event(at + common.to_recovery as u64, pc));
            }
            Next::Recovery => {
                *stage = Next::HandsOff;
                sits[pc as usize] = at as u32;
                waiting.push_back(pc);
            }
            Next::HandsOff => {
                *stage = Next::Back;
                free += 1;
                events.push(event(at + common.start as u64, pc));
            }
            Next::Back => back += 1,
        }
        while free > 0
            && let Some(pc) = waiting.pop_front()
        {
            free -= 1;
            answer.waited_ms += at - u64::from(sits[pc as usize]);
            events.push(event(at + u64::from(draws.hands[pc as usize]), pc));
        }
    }
    assert_eq!(back, answer.hits, "every PC that was hit is back");
    answer
}
