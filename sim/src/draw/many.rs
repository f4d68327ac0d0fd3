//! Draws for many entities in one go, in vector instructions.

#![allow(clippy::inline_always, reason = "what is to become vector instructions has to be inlined, or it does not")]

use rayon::prelude::*;

use crate::draw::{Key, Purpose, philox4x32_10};

/// One block each for many entities, drawn in one go: the same numbers as [`Key::block`] gives one by one, at a fifth
/// of the cost. The loop has no branches, so that it becomes vector instructions, as wide as the machine has them.
#[derive(Clone, Debug, Default)]
pub struct Words([Vec<u32>; 4]);

impl Words {
    /// Draws for these entities, in place of what was drawn before.
    pub fn draw(&mut self, key: Key, purpose: Purpose, index: u32, entities: &[u64]) {
        // Never shorter than it was: what is cut off would have to be filled again.
        for words in self.0.iter_mut().filter(|words| words.len() < entities.len()) {
            words.resize(entities.len(), 0);
        }
        let words = self.0.each_mut().map(|words| &mut words[..entities.len()]);
        let arch = pulp::Arch::new();
        if entities.len() < MANY {
            arch.dispatch(Draw { key, purpose, index, entities, words });
            return;
        }
        let [a, b, c, d] = words.map(|words| words.par_chunks_mut(MANY));
        entities.par_chunks(MANY).zip(a.zip(b).zip(c.zip(d))).for_each(|(entities, ((a, b), (c, d)))| {
            arch.dispatch(Draw { key, purpose, index, entities, words: [a, b, c, d] });
        });
    }

    /// First, second, third and fourth numbers, each of all entities; what comes after the last one means nothing.
    pub fn columns(&self) -> [&[u32]; 4] {
        let [a, b, c, d] = &self.0;
        [a, b, c, d]
    }

    /// Draws for these entities what [`Key::pair`] gives for this index, and for the other one of the same block.
    pub fn draw_pairs(&mut self, key: Key, purpose: Purpose, index: u32, entities: &[u64]) {
        self.draw(key, purpose, index / 2, entities);
    }

    /// The columns of what [`Key::pair`] gives for an index whose pairs have been drawn.
    pub fn pair(&self, index: u32) -> [&[u32]; 2] {
        let [a, b, c, d] = &self.0;
        if index.is_multiple_of(2) { [a, b] } else { [c, d] }
    }

    /// Lays so many blocks out in a row, one after the other.
    fn lay_out(&self, blocks: usize, row: &mut Vec<u32>) {
        row.resize(4 * blocks, 0);
        let words = self.0.each_ref().map(|words| &words[..blocks]);
        pulp::Arch::new().dispatch(LayOut { words, row });
    }

    /// The four numbers of the entity at this place.
    #[inline]
    pub fn at(&self, place: usize) -> [u32; 4] {
        let [a, b, c, d] = &self.0;
        [a[place], b[place], c[place], d[place]]
    }
}

/// One number each for many entities, drawn in one go: the same as [`Key::number`] gives one by one. Where entities
/// follow each other, they take a quarter as many blocks.
#[derive(Clone, Debug, Default)]
pub struct Numbers {
    drawn: Vec<u32>,
    /// Numbers before that of the first entity: its block is that of entities before it, too.
    before: usize,
    blocks: Vec<u64>,
    words: Words,
    /// Of all entities from the first to the last, where some of these are missing.
    row: Vec<u32>,
}

impl Numbers {
    /// Draws for these entities, which ascend, in place of what was drawn before.
    pub fn draw(&mut self, key: Key, purpose: Purpose, index: u32, entities: &[u64]) {
        debug_assert!(entities.is_sorted_by(|a, b| a < b), "entities ascend");
        let Numbers { drawn, before, blocks, words, row } = self;
        blocks.clear();
        *before = 0;
        let (Some(&first), Some(&last)) = (entities.first(), entities.last()) else { return drawn.clear() };
        let many = entities.len() as u64;
        if last - first >= 4 * many {
            // Too far from each other to share blocks.
            blocks.extend(entities.iter().map(|entity| entity / 4));
            words.draw(key, purpose, index, blocks);
            drawn.clear();
            drawn.extend(entities.iter().enumerate().map(|(place, &entity)| words.at(place)[entity as usize % 4]));
            return;
        }
        blocks.extend(first / 4..=last / 4);
        words.draw(key, purpose, index, blocks);
        if last - first < many {
            words.lay_out(blocks.len(), drawn);
            *before = first as usize % 4;
        } else {
            words.lay_out(blocks.len(), row);
            drawn.clear();
            drawn.extend(entities.iter().map(|&entity| row[(entity - first / 4 * 4) as usize]));
        }
    }

    /// Makes room for the numbers of so many entities without drawing them: they mean nothing, so nothing may hang on
    /// them.
    pub fn leave(&mut self, entities: usize) {
        self.before = 0;
        self.drawn.resize(entities, 0);
        if cfg!(debug_assertions) {
            // What hangs on them all the same is something else than in a release build.
            self.drawn.fill(u32::MAX);
        }
    }

    /// The numbers, in the order of the entities; what comes after the last one means nothing.
    pub fn all(&self) -> &[u32] {
        &self.drawn[self.before..]
    }
}

/// Draws of which one thread makes so many in one go, at most.
const MANY: usize = 1 << 16;

/// What [`Words::draw`] does, compiled once for each width of vector instructions.
struct Draw<'a> {
    key: Key,
    purpose: Purpose,
    index: u32,
    entities: &'a [u64],
    words: [&'a mut [u32]; 4],
}

impl pulp::WithSimd for Draw<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let Draw { key, purpose, index, entities, words: [a, b, c, d] } = self;
        let words = a.iter_mut().zip(b).zip(c).zip(d);
        for ((((a, b), c), d), &entity) in words.zip(entities) {
            [*a, *b, *c, *d] = philox4x32_10(key.counter(entity, purpose, index), key.seed);
        }
    }
}

/// What [`Words::lay_out`] does, compiled once for each width of vector instructions.
struct LayOut<'a> {
    words: [&'a [u32]; 4],
    row: &'a mut [u32],
}

impl pulp::WithSimd for LayOut<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: pulp::Simd>(self, _: S) {
        let [a, b, c, d] = self.words;
        for ((((block, &a), &b), &c), &d) in self.row.as_chunks_mut::<4>().0.iter_mut().zip(a).zip(b).zip(c).zip(d) {
            *block = [a, b, c, d];
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::MAX_ENTITY;

    #[test]
    fn many_blocks_are_those_that_are_drawn_one_by_one() {
        let key = Key::new(0x1234_5678_9ABC, 3);
        for many in [77, 2 * MANY as u64 + 77] {
            let entities: Vec<u64> =
                (0..many).map(|i| i * i * 1_000_003 % MAX_ENTITY).chain([MAX_ENTITY - 1]).collect();
            let mut words = Words::default();
            words.draw(key, Purpose::Trait, 5, &entities);
            for (place, &entity) in entities.iter().enumerate() {
                assert_eq!(words.at(place), key.block(entity, Purpose::Trait, 5));
            }
        }
    }

    #[test]
    fn many_numbers_are_those_that_are_drawn_one_by_one() {
        let key = Key::new(0x1234_5678_9ABC, 3);
        let in_a_row = |first: u64, many: u64| (first..first + many).collect::<Vec<u64>>();
        let with_gaps: Vec<u64> = (0..500).filter(|i| i % 7 != 3).map(|i| i + 1_000_001).collect();
        let far: Vec<u64> = (1..90).map(|i| i * i * 1_000_003).chain([MAX_ENTITY - 1]).collect();
        let mut numbers = Numbers::default();
        for entities in [in_a_row(4, 400), in_a_row(7, 30), in_a_row(3, 1), with_gaps, far, vec![], in_a_row(2, 9)] {
            numbers.draw(key, Purpose::Ring, 5, &entities);
            let one_by_one: Vec<u32> = entities.iter().map(|&e| key.number(e, Purpose::Ring, 5)).collect();
            assert_eq!(numbers.all()[..entities.len()], one_by_one);
        }
    }
}
