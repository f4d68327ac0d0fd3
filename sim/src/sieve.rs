//! Sorting out without a branch for each: where no processor can foretell which are kept, a wrong guess costs more than
//! writing each of them down.

/// Adds those of some items that are kept.
#[inline]
pub(crate) fn add<T: Copy + Default>(
    to: &mut Vec<T>,
    items: impl ExactSizeIterator<Item = T>,
    is_kept: impl Fn(T) -> bool,
) {
    let mut kept = to.len();
    to.resize(kept + items.len(), T::default());
    for item in items {
        to[kept] = item;
        kept += usize::from(is_kept(item));
    }
    to.truncate(kept);
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
        fn what_is_kept_is_what_a_filter_keeps(items in prop::collection::vec(0_u32..100, 0..50), first in 0_u32..9) {
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
