//! Traces for <https://ui.perfetto.dev> and `chrome://tracing`: the timeline of a replay, to look at.
//!
//! The format is the JSON array of Google's "Trace Event Format": a slice per event, which lasts until the next event
//! of the same PC. Organisations are its processes, PCs its threads.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use bugcheck_sim::engine::Event;
use bugcheck_sim::time::Millis;
use serde_json::{Value, json};

use crate::{Error, atomic};

/// Writes the events of a replay, in the order of time, as a trace; the last one of each PC lasts until the horizon.
///
/// # Errors
/// If the file cannot be written.
pub fn write(events: &[Event], horizon: Millis, path: &Path) -> Result<(), Error> {
    let slices = slices(events, horizon);
    atomic::write(path, |out| Ok(serde_json::to_writer(out, &json!({ "traceEvents": slices }))?))
}

fn slices(events: &[Event], horizon: Millis) -> Vec<Value> {
    // Threads are numbered anew: fleets have more PCs than the format has threads.
    let tracks: BTreeSet<(u64, Option<u64>)> = events.iter().map(|e| (e.organisation, e.pc)).collect();
    let tracks: BTreeMap<_, usize> = tracks.into_iter().zip(1..).collect();
    let mut ends: BTreeMap<usize, Millis> = BTreeMap::new();
    let mut slices: Vec<Value> = events
        .iter()
        .rev()
        .map(|event| {
            let track = tracks[&(event.organisation, event.pc)];
            let end = ends.insert(track, event.at).unwrap_or(horizon).max(event.at);
            // Microseconds.
            json!({
                "name": event.what, "ph": "X", "pid": event.organisation, "tid": track,
                "ts": event.at * 1000, "dur": (end - event.at) * 1000,
            })
        })
        .collect();
    slices.extend(names(&tracks).into_iter().rev());
    slices.reverse();
    slices
}

/// The names of processes and threads.
fn names(tracks: &BTreeMap<(u64, Option<u64>), usize>) -> Vec<Value> {
    let mut names = Vec::new();
    let mut last = None;
    for (&(organisation, pc), track) in tracks {
        if last != Some(organisation) {
            let name = format!("organisation {organisation}");
            names.push(json!({ "name": "process_name", "ph": "M", "pid": organisation, "args": { "name": name } }));
        }
        last = Some(organisation);
        let name = pc.map_or("organisation".into(), |pc| format!("PC {pc}"));
        names.push(json!({
            "name": "thread_name", "ph": "M", "pid": organisation, "tid": track, "args": { "name": name }
        }));
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slice_lasts_until_the_next_event_of_its_pc() {
        let event = |at, pc, what: &str| Event { at, organisation: 7, pc, what: what.into() };
        let events = [
            event(10, Some(4_000_000_000), "crashes"),
            event(12, Some(3), "crashes"),
            event(15, None, "technicians mobilised"),
            event(30, Some(4_000_000_000), "usable again"),
        ];
        let lines: Vec<String> = slices(&events, 100).iter().map(Value::to_string).collect();
        insta::assert_snapshot!(lines.join("\n"));
    }
}
