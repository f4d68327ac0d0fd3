//! Sorting out without a branch for each: where no processor can foretell which are kept, a wrong guess costs more than
//! writing each of them down.

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
        }
    }
}
