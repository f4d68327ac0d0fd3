//! Sums over PCs: plain numbers in a cell while they are counted, wide and weighted in the segments they go to.

use crate::measure::bins::Touched;
use crate::time::Millis;

/// Writes down once what is summed up over PCs, and all that has to be done with each of these sums: one that is added
/// here can be forgotten nowhere but in [`Sums::feed`], which does not compile without it.
macro_rules! sums {
    (counts { $($(#[$count_doc:meta])* $count:ident)* } times { $($(#[$time_doc:meta])* $time:ident)* }) => {
        /// Sums over the PCs of a segment.
        #[derive(Clone, Debug, Default, PartialEq, Eq)]
        pub struct Sums {
            $($(#[$count_doc])* pub $count: u64,)*
            $($(#[$time_doc])* pub $time: i128,)*
            /// Time down by criticality.
            pub weighted_lost: i128,
            /// Time down within own hours by criticality.
            pub weighted_work_lost: i128,
            /// The last recovery, from the release.
            pub last_back: Millis,
            /// Time that services were out.
            pub services_out: i128,
            /// Organisations that stopped.
            pub stopped: u64,
        }

        /// Sums over PCs of one kind and architecture in one stratum: unweighted, but for the counts over time.
        #[derive(Clone, Debug, Default)]
        pub struct Cell {
            $($(#[$count_doc])* pub $count: u64,)*
            $($(#[$time_doc])* pub $time: Millis,)*
            /// The last recovery, from the release.
            pub last_back: Millis,
            /// Counts over time.
            pub counts: Touched,
        }

        impl Cell {
            /// Whether nothing was summed up in it; what it counted over time aside.
            #[inline]
            pub(super) fn is_empty(&self) -> bool {
                (0 $(| self.$count)*) == 0 && (self.last_back $(| self.$time)*) == 0
            }

            /// Sums up from 0 on; what it counted over time stays.
            pub(super) fn clear(&mut self) {
                $(self.$count = 0;)*
                $(self.$time = 0;)*
                self.last_back = 0;
            }

            /// For each sum a cell that has nothing else.
            #[cfg(test)]
            fn each_alone() -> Vec<Cell> {
                vec![
                    $(Cell { $count: 1, ..Cell::default() },)*
                    $(Cell { $time: 1, ..Cell::default() },)*
                    Cell { last_back: 1, ..Cell::default() },
                ]
            }
        }

        impl Sums {
            /// Adds what is in a cell of PCs of one weight and criticality, the latter in thousandths.
            pub(super) fn add_cell(&mut self, cell: &Cell, weight: u64, criticality: i128) {
                let wide = |n: Millis| i128::from(n) * i128::from(weight);
                $(self.$count += cell.$count * weight;)*
                $(self.$time += wide(cell.$time);)*
                self.weighted_lost += wide(cell.lost) * criticality;
                self.weighted_work_lost += wide(cell.work_lost) * criticality;
                self.last_back = self.last_back.max(cell.last_back);
            }

            pub(super) fn add(&mut self, o: &Sums) {
                $(self.$count += o.$count;)*
                $(self.$time += o.$time;)*
                self.weighted_lost += o.weighted_lost;
                self.weighted_work_lost += o.weighted_work_lost;
                self.last_back = self.last_back.max(o.last_back);
                self.services_out += o.services_out;
                self.stopped += o.stopped;
            }
        }
    };
}

sums! {
    counts {
        /// PCs with the agent.
        pcs
        /// PCs hit.
        hit
        /// PCs down at least once.
        down
        /// PCs down at the horizon.
        still_down
        /// PCs that lost local data.
        data_lost
        /// PCs that the release can reach.
        reachable
        /// PCs that attackers got into.
        compromised
    }
    times {
        /// Time down.
        lost
        /// Time down within own hours.
        work_lost
        /// Time without a running agent.
        unprotected
        /// Time without the release's protection.
        stale
        /// Time that means were busy.
        hands
        /// Time in use while slow or without network.
        degraded
    }
}

impl Sums {
    /// Feeds all of them to a digest, in an order that is part of it.
    pub(super) fn feed(&self, hash: &mut blake3::Hasher) {
        let &Sums {
            pcs,
            hit,
            down,
            still_down,
            data_lost,
            reachable,
            compromised,
            lost,
            work_lost,
            unprotected,
            stale,
            hands,
            degraded,
            weighted_lost,
            weighted_work_lost,
            last_back,
            services_out,
            stopped,
        } = self;
        for n in [pcs, hit, down, still_down, data_lost, reachable, stopped, compromised] {
            hash.update(&n.to_le_bytes());
        }
        let last_back = i128::from(last_back);
        let lost = [lost, work_lost, weighted_lost, weighted_work_lost];
        let others = [unprotected, stale, hands, degraded, services_out, last_back];
        for n in lost.into_iter().chain(others) {
            hash.update(&n.to_le_bytes());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_sum_of_a_cell_counts_and_is_cleared() {
        for mut cell in Cell::each_alone() {
            assert!(!cell.is_empty(), "{cell:?}");
            let mut sums = Sums::default();
            sums.add_cell(&cell, 2, 1000);
            assert_ne!(sums, Sums::default(), "{cell:?}");
            cell.clear();
            assert!(cell.is_empty(), "{cell:?}");
        }
        assert!(Cell::default().is_empty());
    }
}
