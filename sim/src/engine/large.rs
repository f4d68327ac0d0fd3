//! Large organisations: their PCs are taken in parts, on all threads, up to where they need something shared; then the
//! order is found in which they get it; then what it costs is counted in parts again.

use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicI64, Ordering};

use rayon::prelude::*;

use crate::engine::case::Case;
use crate::engine::cost::Usage;
use crate::engine::line::Part;
use crate::engine::organisation::{Hit, Spell};
use crate::engine::strike::{Drawn, Strike, Struck};
use crate::engine::sweep::{Work, Worker, each};
use crate::engine::take::Scope;
use crate::engine::whole::{ALL, Change, Fate, Kinds, Spans, half};
use crate::fleet::population::Organisation;
use crate::time::{Millis, NEVER};

/// PCs of a large organisation that one thread takes at a time.
pub(crate) const PART: u64 = 1 << 13;
const _: () = assert!(PART <= 1 << 16, "places in a part are kept in 16 bits");

/// What is known of more PCs than this is worth several threads, or spans of time.
pub(crate) const MANY: usize = 1 << 16;

/// Sorts numbers, on all threads if they are many.
pub(crate) fn sort(numbers: &mut [u64]) {
    if numbers.len() > MANY {
        numbers.par_sort_unstable();
    } else {
        numbers.sort_unstable();
    }
}

/// PCs of a part that are struck, in the order of [`Struck`]: eight bytes each instead of forty, as they are kept until
/// those of all parts are known.
#[derive(Default)]
struct Kept {
    /// The first PC of the part; the others are counted from it.
    first: u64,
    release: Millis,
    pcs: Vec<u16>,
    /// The first failure of each, after the release.
    at: Vec<u32>,
    /// Which of the patterns each has; empty if there is one only.
    like: Vec<u16>,
    /// One PC of each pattern of kind, architecture and ring.
    patterns: Vec<Struck>,
}

impl Kept {
    fn of(struck: &[Struck], first: u64, release: Millis) -> Kept {
        let mut patterns: Vec<Struck> = Vec::new();
        let mut last = 0;
        let mut like = |struck: &Struck| {
            let same = |other: &Struck| {
                (other.kind, other.architecture, other.ring) == (struck.kind, struck.architecture, struck.ring)
            };
            if !patterns.get(last).is_some_and(same) {
                last = patterns.iter().position(same).unwrap_or(patterns.len());
                if last == patterns.len() {
                    patterns.push(*struck);
                }
            }
            last as u16
        };
        let pcs = struck.iter().map(|s| (s.pc - first) as u16).collect();
        let at = struck.iter().map(|s| (s.at - release) as u32).collect();
        let like: Vec<u16> = struck.iter().map(&mut like).collect();
        let like = if patterns.len() > 1 { like } else { Vec::new() };
        Kept { first, release, pcs, at, like, patterns }
    }

    /// Adds them as they were, but for their traits and their places in the piece, which are known no more.
    fn restore(&self, into: &mut Vec<Struck>) {
        let struck = |(&pc, &at): (&u16, &u32), like: &Struck| Struck {
            pc: self.first + u64::from(pc),
            at: self.release + Millis::from(at),
            traits: 0,
            ..*like
        };
        let all = self.pcs.iter().zip(&self.at);
        if let [like] = &self.patterns[..] {
            into.extend(all.map(|this| struck(this, like)));
        } else {
            into.extend(all.zip(&self.like).map(|(this, &like)| struck(this, &self.patterns[usize::from(like)])));
        }
    }
}

/// For PCs about which nothing was drawn, or nothing is kept.
#[derive(Default)]
struct Nothing {
    drawn: Drawn,
    usage: Usage,
}

impl Nothing {
    fn hit<'a>(&'a self, organisation: &'a Organisation, struck: &'a [Struck]) -> Hit<'a> {
        Hit { organisation, struck, drawn: &self.drawn, first: 0, place: 0, usage: &self.usage }
    }
}

/// What a part of a large organisation hands on.
pub(crate) struct Handed {
    piece: usize,
    strike: usize,
    number: u64,
    kept: Kept,
    /// By arm whose PCs wait in one line: those of this part.
    lines: Vec<(usize, Part)>,
}

/// A part of those that are struck, and their cases by arm.
struct Chunk<'c> {
    struck: &'c mut [Struck],
    of_arms: Vec<(usize, &'c mut [Case], &'c mut [Millis])>,
}

/// The cases of an arm, and when hands could first be laid on each.
type Begun = (Vec<Case>, Vec<Millis>);

/// A large organisation under one strike, whose PCs were taken in parts.
struct Large {
    organisation: Organisation,
    parts: Vec<Handed>,
}

impl Work<'_> {
    /// Takes a part of the PCs of a large organisation, up to where they need something shared.
    pub(crate) fn part(&self, worker: &mut Worker<'_>, piece: usize, number: u64) -> Vec<Handed> {
        let Worker { past, taken, strikes, ways, .. } = worker;
        self.population.organisations(&self.population.pieces[piece], &mut past.organisations);
        let organisation = past.organisations[0];
        let sector = usize::from(organisation.sector);
        let first = organisation.first_pc + number * PART;
        past.draw(self.courses[0].model, first..first + PART, self.upto(), self.needs(), self.wanted().as_ref());
        let mut handed = Vec::new();
        for take in &self.tree.takes {
            taken.find(self.courses[self.tree.strikes[take[0]][0]], past);
            for &index in take {
                let arms = &self.tree.strikes[index];
                strikes[index].carry_out(past, taken);
                let Strike { struck, drawn, usage, .. } = &mut strikes[index];
                if struck.is_empty() {
                    continue;
                }
                let model = self.courses[arms[0]].model;
                let in_line = |arm: &usize| ways[*arm].line(sector).map(|(step, _)| (*arm, step));
                let in_line: Vec<(usize, usize)> = arms.iter().filter_map(in_line).collect();
                if !in_line.is_empty() {
                    drawn.draw(model, struck);
                }
                // Who is on when matters only to what users do.
                let nobody = Usage::default();
                let usage = if in_line.is_empty() || model.sectors[sector].by_itself.is_empty() {
                    &nobody
                } else {
                    usage.pick(self.courses[arms[0]], past, struck);
                    &*usage
                };
                let mut lines = Vec::new();
                for (arm, step) in in_line {
                    ways[arm].draw(&past.organisations, struck, drawn);
                    let hit = Hit { organisation: &organisation, struck, drawn, first: 0, place: 0, usage };
                    lines.extend(ways[arm].line_up(hit, step).map(|part| (arm, part)));
                }
                let kept = Kept::of(struck, first, model.at);
                handed.push(Handed { piece, strike: index, number, kept, lines });
            }
        }
        handed
    }

    /// Brings large organisations back.
    pub(crate) fn large(&self, workers: &mut [Worker<'_>], mut handed: Vec<Handed>) {
        handed.sort_unstable_by_key(|part| (part.piece, part.strike, part.number));
        let mut large: Vec<Large> = Vec::new();
        for part in handed {
            let of = (part.piece, part.strike);
            if let Some(same) = large.last_mut().filter(|last| (last.parts[0].piece, last.parts[0].strike) == of) {
                same.parts.push(part);
                continue;
            }
            let mut one = Vec::new();
            self.population.organisations(&self.population.pieces[part.piece], &mut one);
            large.push(Large { organisation: one[0], parts: vec![part] });
        }
        for of in &mut large {
            let arms = &self.tree.strikes[of.parts[0].strike];
            let left: Vec<usize> = arms.iter().copied().filter(|&arm| !self.in_line(workers, of, arm)).collect();
            if !left.is_empty() {
                self.event_by_event(workers, of, &left);
            }
        }
    }

    /// Brings a large organisation back whose PCs wait in one line; false if they do not in this arm.
    fn in_line(&self, workers: &mut [Worker<'_>], large: &mut Large, arm: usize) -> bool {
        let Large { organisation, parts: all } = large;
        let (organisation, sector) = (&*organisation, usize::from(organisation.sector));
        let Some((step, means)) = workers[0].ways[arm].line(sector) else { return false };
        let mut lines: Vec<Part> = Vec::new();
        for part in &mut *all {
            let of_arm = part.lines.iter().position(|line| line.0 == arm);
            lines.extend(of_arm.map(|place| part.lines.swap_remove(place).1));
        }
        let nothing = Nothing::default();
        // When its means start: the worker has been with other organisations since.
        workers[0].ways[arm].mobilise(organisation);
        let mut some = Vec::new();
        all[0].kept.restore(&mut some);
        let some = nothing.hit(organisation, &some);
        workers[0].ways[arm].wait_in_line(some, means, &mut lines);
        let parts: Vec<usize> = (0..lines.len()).collect();
        let leave = |worker: &mut Worker<'_>, part: usize, done: &mut dyn FnMut(&mut Worker<'_>, Hit<'_>)| {
            let mut struck = std::mem::take(&mut worker.struck);
            struck.clear();
            all[part].kept.restore(&mut struck);
            let hit = nothing.hit(organisation, &struck);
            worker.ways[arm].leave_line(hit, step, &lines[part]);
            done(worker, hit);
            worker.struck = struck;
        };
        if workers[0].ways[arm].may_be_hit_again(sector, &lines) {
            // Before anything is counted: is one of them?
            let are_settled = AtomicBool::new(true);
            each(workers, &parts, |worker, &part| {
                leave(worker, part, &mut |worker, hit| {
                    if !worker.ways[arm].are_settled(hit) {
                        are_settled.store(false, Ordering::Relaxed);
                    }
                });
            });
            if !are_settled.into_inner() {
                return false;
            }
        }
        let struck = all.iter().map(|part| part.kept.pcs.len()).sum();
        let fate = workers[0].ways[arm].fate(some, struck);
        let (last, spans) = (AtomicI64::new(0), Mutex::new(Spans::default()));
        each(workers, &parts, |worker, &part| {
            leave(worker, part, &mut |worker, hit| {
                let Worker { ways, usage, .. } = worker;
                let way = &mut ways[arm];
                let spells = std::mem::take(&mut way.spells);
                usage.draw(self.courses[arm], usize::from(organisation.region), hit.struck);
                way.account(std::slice::from_ref(organisation), hit.struck, usage, &spells);
                way.count_line(hit, step, &lines[part]);
                way.tally.settle_sums();
                last.fetch_max(spells.iter().map(|spell| spell.back_at).max().unwrap_or(0), Ordering::Relaxed);
                if fate == Fate::MayStop {
                    spans.lock().expect("no thread panicked").note_failures(&spells, self.courses[arm].horizon);
                }
                way.spells = spells;
            });
        });
        if self.courses[arm].scope == Scope::Seen {
            return true;
        }
        let changes = |workers: &mut [Worker<'_>], kinds: Kinds, is_asked: &(dyn Fn(Change) -> bool + Sync)| {
            let asked = Mutex::new(Vec::new());
            each(workers, &parts, |worker, &part| {
                leave(worker, part, &mut |worker, hit| {
                    let Worker { ways, changes, .. } = worker;
                    changes.clear();
                    ways[arm].changes_of(hit, kinds, &ways[arm].spells, changes);
                    let of_part = changes.iter().copied().filter(|&change| is_asked(change));
                    asked.lock().expect("no thread panicked").extend(of_part);
                });
            });
            asked.into_inner().expect("no thread panicked")
        };
        let (out, stopped) = match fate {
            Fate::Goes => (0, false),
            Fate::MayStop => {
                let spans = spans.into_inner().expect("no thread panicked");
                (0, spans.are_down_at_once(half(some), |is_asked| changes(workers, ALL, is_asked)))
            }
            Fate::Services => {
                let needed = workers[0].ways[arm].needed(some);
                let mut changes = changes(workers, needed, &|_| true);
                workers[0].ways[arm].services(some, &mut changes)
            }
        };
        workers[0].ways[arm].settle_by(some, last.into_inner(), out, stopped);
        true
    }

    /// Brings a large organisation back in some arms: the order in which hands are given out is found on one thread per
    /// arm, what it costs is counted on all.
    fn event_by_event(&self, workers: &mut [Worker<'_>], large: &Large, arms: &[usize]) {
        let mut struck: Vec<Struck> = Vec::with_capacity(large.parts.iter().map(|part| part.kept.pcs.len()).sum());
        large.parts.iter().for_each(|part| part.kept.restore(&mut struck));
        // As many arms at a time as there are threads: each keeps a case per PC.
        for arms in arms.chunks(workers.len()) {
            self.some_event_by_event(workers, &large.organisation, &mut struck, arms);
        }
    }

    fn some_event_by_event(
        &self,
        workers: &mut [Worker<'_>],
        organisation: &Organisation,
        struck: &mut [Struck],
        arms: &[usize],
    ) {
        let model = self.courses[arms[0]].model;
        let mut begun = vec![(Vec::new(), Vec::new()); arms.len()];
        for (cases, begun) in &mut begun {
            let new = |struck: &Struck| (Case::new(struck, model.at), NEVER);
            struck.par_iter().with_min_len(PART as usize).map(new).unzip_into_vecs(cases, begun);
        }
        let usage = Usage::default();
        let mut chunks: Vec<Chunk<'_>> =
            struck.chunks_mut(PART as usize).map(|struck| Chunk { struck, of_arms: Vec::new() }).collect();
        for (&arm, (cases, begun)) in arms.iter().zip(&mut begun) {
            let of_arm = cases.chunks_mut(PART as usize).zip(begun.chunks_mut(PART as usize));
            chunks.iter_mut().zip(of_arm).for_each(|(chunk, (cases, begun))| chunk.of_arms.push((arm, cases, begun)));
        }
        let chunks: Vec<Mutex<Chunk<'_>>> = chunks.into_iter().map(Mutex::new).collect();
        each(workers, &chunks, |worker, chunk| {
            let Chunk { struck, of_arms } = &mut *chunk.lock().expect("no thread panicked");
            let Worker { drawn, ways, .. } = worker;
            drawn.draw(model, struck);
            for (arm, cases, begun) in of_arms {
                ways[*arm].draw(std::slice::from_ref(organisation), struck, drawn);
                ways[*arm].begin_to_fail(
                    Hit { organisation, struck, drawn, first: 0, place: 0, usage: &usage },
                    cases,
                    begun,
                );
            }
        });
        drop(chunks);
        let struck = &*struck;
        let mut drawn = Drawn::default();
        drawn.draw_hands(model, struck);
        let hit = Hit { organisation, struck, drawn: &drawn, first: 0, place: 0, usage: &usage };
        let begun: Vec<(usize, Mutex<Begun>)> = arms.iter().copied().zip(begun.into_iter().map(Mutex::new)).collect();
        let recovered: Mutex<Vec<(usize, Vec<Spell>)>> = Mutex::new(Vec::new());
        each(workers, &begun, |worker, (arm, begun)| {
            let way = &mut worker.ways[*arm];
            way.draw_later(&model.sectors[hit.sector()], struck);
            way.mobilise(organisation);
            way.spells.clear();
            let (cases, begun) = std::mem::take(&mut *begun.lock().expect("no thread panicked"));
            way.go_on(hit, cases, begun);
            (way.cases, way.begun) = (Vec::new(), Vec::new());
            recovered.lock().expect("no thread panicked").push((*arm, std::mem::take(&mut way.spells)));
        });
        let mut recovered = recovered.into_inner().expect("no thread panicked");
        let mut shares: Vec<(usize, &[Spell])> = Vec::new();
        for (arm, spells) in &mut recovered {
            spells.par_sort_unstable_by_key(|spell| (spell.case, spell.failures));
            let of_part = spells.chunk_by(|a, b| u64::from(a.case) / PART == u64::from(b.case) / PART);
            shares.extend(of_part.map(|share| (*arm, share)));
        }
        each(workers, &shares, |worker, &(arm, share)| {
            let Worker { ways, usage, .. } = worker;
            let Organisation { region, .. } = *organisation;
            let first = share[0].case / PART as u32 * PART as u32;
            let end = struck.len().min(first as usize + PART as usize);
            let struck = &struck[first as usize..end];
            let spells: Vec<Spell> = share.iter().map(|spell| Spell { case: spell.case - first, ..*spell }).collect();
            usage.draw(self.courses[arm], usize::from(region), struck);
            ways[arm].account(std::slice::from_ref(organisation), struck, usage, &spells);
            ways[arm].tally.settle_sums();
        });
        each(workers, &recovered, |worker, (arm, spells)| {
            if self.courses[*arm].scope == Scope::Everything {
                worker.ways[*arm].settle(hit, spells);
            }
        });
    }
}
