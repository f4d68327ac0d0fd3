//! NeXosim 1.0: with a model for each PC and one for the technicians, as its documentation advises, and with one model
//! for all PCs.

use std::collections::VecDeque;
use std::time::Duration;

use nexosim::model::{Context, Model, schedulable};
use nexosim::ports::{EventSinkReader, Output, SinkState, event_slot};
use nexosim::simulation::{Mailbox, SimInit};
use nexosim::time::MonotonicTime;
use serde::{Deserialize, Serialize};

use crate::Error;
use crate::common::{Answer, Common, Draws};

/// The spans that are the same for all PCs.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Spans {
    crashes: [Duration; 2],
    to_recovery: Duration,
    start: Duration,
}

/// A PC waits for a technician.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Waits {
    since: MonotonicTime,
    hands: Duration,
}

/// A PC up to the recovery environment.
#[derive(Serialize, Deserialize)]
struct Pc {
    online: Duration,
    hands: Duration,
    spans: Spans,
    waits: Output<Waits>,
}

#[Model]
impl Pc {
    #[nexosim(init)]
    #[allow(clippy::unused_async, reason = "NeXosim asks for it")]
    async fn init(&mut self, context: &Context<Self>) {
        schedule(context.schedule_event(self.online, schedulable!(Self::crash_1), ()));
    }

    #[nexosim(schedulable)]
    fn crash_1(&mut self, (): (), context: &Context<Self>) {
        schedule(context.schedule_event(self.spans.crashes[0], schedulable!(Self::crash_2), ()));
    }

    #[nexosim(schedulable)]
    fn crash_2(&mut self, (): (), context: &Context<Self>) {
        schedule(context.schedule_event(self.spans.crashes[1], schedulable!(Self::crash_3), ()));
    }

    #[nexosim(schedulable)]
    fn crash_3(&mut self, (): (), context: &Context<Self>) {
        schedule(context.schedule_event(self.spans.to_recovery, schedulable!(Self::recovery), ()));
    }

    #[nexosim(schedulable)]
    async fn recovery(&mut self, (): (), context: &Context<Self>) {
        self.waits.send(Waits { since: context.time(), hands: self.hands }).await;
    }
}

/// The technicians, and those who wait for them.
#[derive(Serialize, Deserialize)]
struct Technicians {
    free: u32,
    waiting: VecDeque<Waits>,
    start: Duration,
    waited: Duration,
    back: u64,
    /// How many were hit; when the last of them is back, the sum of the waits goes out.
    hits: u64,
    sum: Output<Duration>,
}

#[Model]
impl Technicians {
    fn waits(&mut self, pc: Waits, context: &Context<Self>) {
        self.waiting.push_back(pc);
        self.take_up(context);
    }

    fn take_up(&mut self, context: &Context<Self>) {
        while self.free > 0
            && let Some(pc) = self.waiting.pop_front()
        {
            self.free -= 1;
            self.waited += context.time().duration_since(pc.since);
            schedule(context.schedule_event(pc.hands, schedulable!(Self::hands_off), ()));
        }
    }

    #[nexosim(schedulable)]
    fn hands_off(&mut self, (): (), context: &Context<Self>) {
        self.free += 1;
        schedule(context.schedule_event(self.start, schedulable!(Self::is_back), ()));
        self.take_up(context);
    }

    #[nexosim(schedulable)]
    async fn is_back(&mut self) {
        self.back += 1;
        if self.back == self.hits {
            self.sum.send(self.waited).await;
        }
    }
}

/// All PCs in one model: its events carry the PC.
#[derive(Serialize, Deserialize)]
struct Fleet {
    online: Vec<u32>,
    hands: Vec<u32>,
    until: Duration,
    spans: Spans,
    waits: Output<Waits>,
}

#[Model]
impl Fleet {
    #[nexosim(init)]
    #[allow(clippy::unused_async, reason = "NeXosim asks for it")]
    async fn init(&mut self, context: &Context<Self>) {
        for (pc, &online) in self.online.iter().enumerate() {
            let online = millis(online);
            if online < self.until {
                schedule(context.schedule_event(online, schedulable!(Self::crash_1), pc as u32));
            }
        }
    }

    #[nexosim(schedulable)]
    fn crash_1(&mut self, pc: u32, context: &Context<Self>) {
        schedule(context.schedule_event(self.spans.crashes[0], schedulable!(Self::crash_2), pc));
    }

    #[nexosim(schedulable)]
    fn crash_2(&mut self, pc: u32, context: &Context<Self>) {
        schedule(context.schedule_event(self.spans.crashes[1], schedulable!(Self::crash_3), pc));
    }

    #[nexosim(schedulable)]
    fn crash_3(&mut self, pc: u32, context: &Context<Self>) {
        schedule(context.schedule_event(self.spans.to_recovery, schedulable!(Self::recovery), pc));
    }

    #[nexosim(schedulable)]
    async fn recovery(&mut self, pc: u32, context: &Context<Self>) {
        self.waits.send(Waits { since: context.time(), hands: millis(self.hands[pc as usize]) }).await;
    }
}

/// How PCs are put into models.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Models {
    /// One for each PC.
    PerPc,
    /// One for all PCs.
    One,
}

/// Carries out the model. On one thread: what the PCs do is too little to be worth a second, on which it took some ten
/// times as long.
///
/// # Errors
/// If NeXosim refuses.
pub(crate) fn run(common: &Common, draws: &Draws, models: Models) -> Result<Answer, Error> {
    let is_hit = |&(_, &online): &(usize, &u32)| i64::from(online) < common.until;
    let hits = draws.online.iter().enumerate().filter(is_hit).count() as u64;
    let spans = Spans {
        crashes: common.crashes.map(|ms| millis(ms as u32)),
        to_recovery: millis(common.to_recovery as u32),
        start: millis(common.start as u32),
    };
    let mut technicians = Technicians {
        free: common.technicians,
        waiting: VecDeque::new(),
        start: spans.start,
        waited: Duration::ZERO,
        back: 0,
        hits,
        sum: Output::default(),
    };
    let (sink, mut sum) = event_slot(SinkState::Enabled);
    technicians.sum.connect_sink(sink);
    let office = Mailbox::new();
    let mut bench = SimInit::with_num_threads(1);
    match models {
        Models::PerPc => {
            for (pc, &online) in draws.online.iter().enumerate().filter(is_hit) {
                let mut model =
                    Pc { online: millis(online), hands: millis(draws.hands[pc]), spans, waits: Output::default() };
                model.waits.connect(Technicians::waits, &office);
                // A PC is sent nothing but its own events, one at a time.
                bench = bench.add_model(model, Mailbox::with_capacity(1), "");
            }
        }
        Models::One => {
            let mut fleet = Fleet {
                online: draws.online.clone(),
                hands: draws.hands.clone(),
                until: millis(common.until as u32),
                spans,
                waits: Output::default(),
            };
            fleet.waits.connect(Technicians::waits, &office);
            bench = bench.add_model(fleet, Mailbox::new(), "fleet");
        }
    }
    let refused = |error: nexosim::simulation::SimulationError| Error::Peer(format!("NeXosim: {error}"));
    let mut simulation =
        bench.add_model(technicians, office, "technicians").init(MonotonicTime::EPOCH).map_err(refused)?;
    simulation.run().map_err(|error| Error::Peer(format!("NeXosim: {error}")))?;
    let waited = sum.try_read().ok_or_else(|| Error::Peer("NeXosim: not every PC came back".to_owned()))?;
    Ok(Answer { hits, waited_ms: waited.as_millis() as u64 })
}

fn millis(ms: u32) -> Duration {
    Duration::from_millis(u64::from(ms))
}

/// Everything is scheduled for later than now, which is all that NeXosim asks for.
fn schedule(result: Result<(), nexosim::simulation::SchedulingError>) {
    result.expect("an event lies in the future");
}
