//! The limit: the common model and nothing else, by hand, as fast as we can make it.
//!
//! There is no queue of events. What a PC does up to the recovery environment concerns nobody else, so it is one
//! addition. Only the order in which technicians take PCs up is shared, and it is found in buckets of time:
//!
//! 1. PCs are drawn in chunks, in parallel, and each chunk is sorted into buckets by counting: four bytes per PC that
//!    is hit, 16 bits for its number in the chunk and 16 for its time in the bucket. A chunk fits the second-level
//!    cache.
//! 2. A bucket is put together from all chunks and sorted by radix; its PCs' repair times are drawn. Any thread does
//!    this, ahead of the merge.
//! 3. One thread at a time merges. A bucket is not longer than the shortest repair, so hands that are laid on in a
//!    bucket get free in a later one: a bucket's free hands are all known when it begins, and are sorted by radix as
//!    well. With both streams in order, the i-th PC in line is taken up by the i-th hands that get free, at the later
//!    of the two times. (Whatever is pushed is later than what was popped, so the pops of the heap that one would use
//!    here are the sorted sequence of all pushes.)

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use bugcheck_sim::draw::{Purpose, philox4x32_10};
use multiversion::multiversion;

use crate::common::{Answer, Common};

/// PCs of a chunk: their numbers in it fit 16 bits.
const CHUNK: usize = 1 << 16;
/// Buckets that may be ready before they are merged; more would only lie about in memory.
const AHEAD: usize = 64;

/// The PCs of a chunk that are hit, by bucket.
struct Chunk {
    /// Number in the chunk, and time in the bucket in the upper half.
    hit: Vec<u32>,
    /// Where each bucket begins in `hit`; one more for the end.
    begins: Vec<u32>,
}

/// The buckets of time.
#[derive(Clone, Copy)]
struct Buckets {
    /// The beginning of the first, in milliseconds after the release.
    from: u32,
    /// Their length: not longer than the shortest repair, and 16 bits.
    length: u32,
    /// How many hold PCs that come into the recovery environment.
    count: usize,
}

/// Carries out the model.
pub(crate) fn run(common: &Common, threads: usize) -> Answer {
    let shortest = common.hands.at(0);
    let sits_first = common.online.at(0) + common.to_sit();
    let length = shortest.min(1 << 16) as u32;
    let span = (common.until.min(common.online.at(u32::MAX) + 1) + common.to_sit() - sits_first).max(0);
    let buckets = Buckets { from: sits_first as u32, length, count: span as usize / length as usize + 1 };
    let chunks = draw_chunks(common, buckets, threads);
    merge_all(common, buckets, &chunks, threads)
}

/// Step 1, on all threads.
fn draw_chunks(common: &Common, buckets: Buckets, threads: usize) -> Vec<Chunk> {
    let count = (common.pcs as usize).div_ceil(CHUNK);
    let next = AtomicUsize::new(0);
    let mut parts: Vec<Vec<(usize, Chunk)>> = (0..threads).map(|_| Vec::new()).collect();
    std::thread::scope(|scope| {
        for part in &mut parts {
            scope.spawn(|| {
                let mut words = vec![0_u32; CHUNK];
                loop {
                    let chunk = next.fetch_add(1, Ordering::Relaxed);
                    if chunk >= count {
                        break;
                    }
                    part.push((chunk, draw_chunk(common, buckets, chunk, &mut words)));
                }
            });
        }
    });
    let mut chunks: Vec<(usize, Chunk)> = parts.into_iter().flatten().collect();
    chunks.sort_unstable_by_key(|&(number, _)| number);
    chunks.into_iter().map(|(_, chunk)| chunk).collect()
}

/// A PC that is not hit, in place of its bucket and time.
const NOT_HIT: u32 = u32::MAX;

fn draw_chunk(common: &Common, buckets: Buckets, chunk: usize, words: &mut [u32]) -> Chunk {
    let first = (chunk * CHUNK) as u32;
    let words = &mut words[..CHUNK.min((common.pcs - first) as usize)];
    for (i, word) in words.iter_mut().enumerate() {
        *word = first + i as u32;
    }
    first_words(common, Purpose::Delivery, words);
    let mut begins = vec![0_u32; buckets.count + 1];
    let until = common.until;
    let back_to_bucket = common.to_sit() - i64::from(buckets.from);
    for word in words.iter_mut() {
        let online = common.online.at(*word);
        *word = NOT_HIT;
        if online < until {
            let at = (online + back_to_bucket) as u32;
            let bucket = at / buckets.length;
            begins[bucket as usize] += 1;
            *word = bucket << 16 | (at - bucket * buckets.length);
        }
    }
    let mut sum = 0;
    for begin in &mut begins {
        sum += *begin;
        *begin = sum;
    }
    // From the back, so that PCs of one bucket stay in their order; `begins` goes down to where each bucket begins.
    let mut hit = vec![0_u32; sum as usize];
    for (i, &word) in words.iter().enumerate().rev() {
        if word != NOT_HIT {
            let place = &mut begins[(word >> 16) as usize];
            *place -= 1;
            hit[*place as usize] = word << 16 | i as u32;
        }
    }
    Chunk { hit, begins }
}

/// Turns numbers of PCs into the first words of their draws.
fn first_words(common: &Common, purpose: Purpose, pcs: &mut [u32]) {
    philox_first(pcs, (purpose as u32) << 8, common.dice.replication, common.dice.dynamics);
}

/// Counters that go through the rounds side by side: as many as fill a wide register.
const LANES: usize = 16;

/// The first word of [`bugcheck_sim::draw::Key::block`] for entities below 2^32 and index 0.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2", "aarch64+neon"))]
fn philox_first(words: &mut [u32], upper: u32, replication: u32, seed: u64) {
    let key = [seed as u32, (seed >> 32) as u32];
    let (blocks, rest) = words.as_chunks_mut::<LANES>();
    for block in blocks {
        let mut counter = [*block, [upper; LANES], [0; LANES], [replication; LANES]];
        let mut key = key;
        for _ in 0..10 {
            let [c0, c1, c2, c3] = counter;
            for i in 0..LANES {
                let a = u64::from(c0[i]) * 0xD251_1F53;
                let b = u64::from(c2[i]) * 0xCD9E_8D57;
                counter[0][i] = (b >> 32) as u32 ^ c1[i] ^ key[0];
                counter[1][i] = b as u32;
                counter[2][i] = (a >> 32) as u32 ^ c3[i] ^ key[1];
                counter[3][i] = a as u32;
            }
            key = [key[0].wrapping_add(0x9E37_79B9), key[1].wrapping_add(0xBB67_AE85)];
        }
        *block = counter[0];
    }
    for word in rest {
        *word = philox4x32_10([*word, upper, 0, replication], key)[0];
    }
}

/// Steps 2 and 3, on all threads: each merges what is ready if nobody else does, and else puts the next bucket
/// together.
fn merge_all(common: &Common, buckets: Buckets, chunks: &[Chunk], threads: usize) -> Answer {
    let merge = Mutex::new(Merge::new(common, buckets));
    let ready: Vec<Mutex<Option<Vec<InLine>>>> = (0..buckets.count).map(|_| Mutex::new(None)).collect();
    let spare: Mutex<Vec<Vec<InLine>>> = Mutex::new(Vec::new());
    let (next, merged) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let work = || {
        let mut sorter = Sorter::default();
        while merged.load(Ordering::Acquire) < buckets.count {
            if let Ok(mut merge) = merge.try_lock() {
                while let Some(slot) = ready.get(merge.done)
                    && let Some(bucket) = slot.lock().expect(UNHARMED).take()
                {
                    merge.bucket(&bucket);
                    spare.lock().expect(UNHARMED).push(bucket);
                    merged.store(merge.done, Ordering::Release);
                }
            }
            let ahead = next.load(Ordering::Relaxed);
            if ahead >= buckets.count || ahead > merged.load(Ordering::Acquire) + AHEAD {
                std::thread::yield_now();
                continue;
            }
            let number = next.fetch_add(1, Ordering::Relaxed);
            if number < buckets.count {
                let mut bucket = spare.lock().expect(UNHARMED).pop().unwrap_or_default();
                sorter.fill(&mut bucket, common, buckets, chunks, number);
                *ready[number].lock().expect(UNHARMED) = Some(bucket);
            }
        }
    };
    std::thread::scope(|scope| (0..threads).for_each(|_| drop(scope.spawn(work))));
    merge.into_inner().expect(UNHARMED).answer
}

const UNHARMED: &str = "no thread panics while it holds a lock";

/// A PC in line: when it can be taken up, in milliseconds after the release, and how long that takes.
#[derive(Clone, Copy, Default)]
struct InLine {
    at: u32,
    hands: u32,
}

/// Puts buckets together, with memory that is used again and again.
#[derive(Default)]
struct Sorter {
    /// Time in the bucket in the upper half, PC in the lower.
    pcs: Vec<u64>,
    other: Vec<u64>,
    words: Vec<u32>,
}

impl Sorter {
    fn fill(&mut self, bucket: &mut Vec<InLine>, common: &Common, buckets: Buckets, chunks: &[Chunk], number: usize) {
        self.pcs.clear();
        for (i, chunk) in chunks.iter().enumerate() {
            let first = (i * CHUNK) as u64;
            let range = chunk.begins[number] as usize..chunk.begins[number + 1] as usize;
            let pc = |&hit: &u32| u64::from(hit >> 16) << 32 | (first + u64::from(hit & 0xFFFF));
            self.pcs.extend(chunk.hit[range].iter().map(pc));
        }
        radix(&mut self.pcs, &mut self.other, |&pc| (pc >> 32) as u16);
        self.words.clear();
        self.words.extend(self.pcs.iter().map(|&pc| pc as u32));
        first_words(common, Purpose::Hands, &mut self.words);
        let begins = buckets.from + number as u32 * buckets.length;
        let in_line =
            |(&pc, &word): (&u64, &u32)| InLine { at: begins + (pc >> 32) as u32, hands: common.hands.at(word) as u32 };
        bucket.clear();
        bucket.extend(self.pcs.iter().zip(&self.words).map(in_line));
    }
}

/// The technicians' line.
struct Merge {
    buckets: Buckets,
    /// Buckets merged.
    done: usize,
    /// Technicians that have not laid hands on anything yet.
    fresh: u32,
    /// When hands get free in the bucket at hand, in order, and how many of them are taken; times count from its
    /// beginning.
    free: Vec<u16>,
    taken: usize,
    /// When hands get free in the buckets after it.
    later: VecDeque<Vec<u16>>,
    /// Which bucket is at hand.
    at_hand: u32,
    /// Memory for sorting.
    other: Vec<u16>,
    answer: Answer,
}

impl Merge {
    fn new(common: &Common, buckets: Buckets) -> Merge {
        Merge {
            buckets,
            done: 0,
            fresh: common.technicians,
            free: Vec::new(),
            taken: 0,
            later: VecDeque::new(),
            at_hand: 0,
            other: Vec::new(),
            answer: Answer { hits: 0, waited_ms: 0 },
        }
    }

    /// Gives each PC of the next bucket its hands.
    fn bucket(&mut self, pcs: &[InLine]) {
        for &InLine { at, hands } in pcs {
            let free = self.next_free();
            let begins = at.max(free);
            self.answer.waited_ms += u64::from(begins - at);
            let ends = begins + hands - self.buckets.from;
            let bucket = ends / self.buckets.length;
            let ahead = (bucket - self.at_hand - 1) as usize;
            if ahead >= self.later.len() {
                self.later.resize_with(ahead + 1, Vec::new);
            }
            self.later[ahead].push((ends - bucket * self.buckets.length) as u16);
        }
        self.answer.hits += pcs.len() as u64;
        self.done += 1;
    }

    /// When the next hands are free, in milliseconds after the release.
    fn next_free(&mut self) -> u32 {
        if self.fresh > 0 {
            self.fresh -= 1;
            return 0;
        }
        while self.taken == self.free.len() {
            let next = self.later.pop_front().expect("all hands get free again");
            let mut used = std::mem::replace(&mut self.free, next);
            radix(&mut self.free, &mut self.other, |&time| time);
            used.clear();
            self.later.push_back(used);
            self.taken = 0;
            self.at_hand += 1;
        }
        self.taken += 1;
        self.buckets.from + self.at_hand * self.buckets.length + u32::from(self.free[self.taken - 1])
    }
}

/// Sorts by 16 bits in two rounds of counting, keeping the order of equals.
fn radix<T: Copy + Default>(items: &mut Vec<T>, other: &mut Vec<T>, key: impl Fn(&T) -> u16) {
    let mut counts = [[0_u32; 256]; 2];
    for item in items.iter() {
        let [low, high] = key(item).to_le_bytes();
        counts[0][usize::from(low)] += 1;
        counts[1][usize::from(high)] += 1;
    }
    other.resize(items.len(), T::default());
    for (byte, counts) in counts.iter_mut().enumerate() {
        let mut sum = 0;
        for count in counts.iter_mut() {
            sum += std::mem::replace(count, sum);
        }
        for item in items.iter() {
            let place = &mut counts[usize::from(key(item).to_le_bytes()[byte])];
            other[*place as usize] = *item;
            *place += 1;
        }
        std::mem::swap(items, other);
    }
}
