//! Sorting out without a branch for each: where no processor can foretell which are kept, a wrong guess costs more than
//! writing each of them down; and where nearly none is, many can be passed over at a time.

/// Items that are gathered before they are added.
const GATHERED: usize = 64;

/// Adds those of some items that are kept.
#[inline]
pub(crate) fn add<T: Copy + Default>(to: &mut Vec<T>, items: impl Iterator<Item = T>, is_kept: impl Fn(T) -> bool) {
    let (mut some, mut kept) = ([T::default(); GATHERED], 0);
    for item in items {
        some[kept % GATHERED] = item;
        kept += usize::from(is_kept(item));
        if kept == GATHERED {
            to.extend_from_slice(&some);
            kept = 0;
        }
    }
    to.extend_from_slice(&some[..kept]);
}

/// Keeps some of the items, given with their places, in their order.
#[inline]
pub(crate) fn keep(items: &mut Vec<u32>, mut is_kept: impl FnMut(usize, u32) -> bool) {
    let mut kept = 0;
    for place in 0..items.len() {
        let item = items[place];
        items[kept] = item;
        kept += usize::from(is_kept(place, item));
    }
    items.truncate(kept);
}

/// If fewer than one in so many is looked for, it pays to pass over the others.
pub(crate) const FEW_ARE_ONE_IN: usize = 16;

/// Items that are looked at together: a vector of the smallest kind that there is holds four of 32 bits.
const TOGETHER: usize = 16;

/// Finds the places of those items that are looked for, where they are few: the others are passed over many at a time.
#[inline]
pub(crate) fn few<T: Copy>(items: &[T], is_one: impl Fn(T) -> bool, mut found: impl FnMut(usize)) {
    let (together, rest) = items.as_chunks::<TOGETHER>();
    let mut look_at = |first: usize, items: &[T]| {
        for (i, &item) in items.iter().enumerate() {
            if is_one(item) {
                found(first + i);
            }
        }
    };
    for (i, items) in together.iter().enumerate() {
        // All of them, so that they can be looked at in vector instructions.
        if items.iter().fold(false, |any, &item| any | is_one(item)) {
            look_at(i * TOGETHER, items);
        }
    }
    look_at(together.len() * TOGETHER, rest);
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_kept_is_what_a_filter_keeps(items in prop::collection::vec(0_u32..100, 0..500), first in 0_u32..9) {
            let is_kept = |item: u32| item > 40;
            let mut added = vec![first];
            super::add(&mut added, items.iter().copied(), is_kept);
            let filtered: Vec<u32> = items.iter().copied().filter(|&item| is_kept(item)).collect();
            prop_assert_eq!((added[0], &added[1..]), (first, &filtered[..]));
            let mut kept = items.clone();
            super::keep(&mut kept, |place, item| {
                assert_eq!(items[place], item);
                is_kept(item)
            });
            prop_assert_eq!(kept, filtered);
            for limit in [40, 95] {
                let mut found = Vec::new();
                super::few(&items, |item| item > limit, |place| found.push(place));
                let places: Vec<usize> = (0..items.len()).filter(|&place| items[place] > limit).collect();
                prop_assert_eq!(found, places);
            }
        }
    }
}
