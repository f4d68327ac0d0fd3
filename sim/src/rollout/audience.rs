//! How many PCs are expected in the rings of a rollout.

use crate::agent::Agent;
use crate::fleet::{Fleet, KindId, RegionId, SectorId};
use crate::rollout::Ring;

/// PCs that are expected in each ring: those that have the agent, reach its vendor, and belong to no ring before.
///
/// An agent that is there only where others rely on it counts as if it were on all PCs; and traits that several rings
/// ask for count as if each ring drew them anew.
pub fn expected(rings: &[Ring], fleet: &Fleet, agent: &Agent) -> Vec<f64> {
    let mut parts = vec![0.0; rings.len()];
    for (s, sector) in fleet.sectors.iter().enumerate() {
        for (kind, in_sector) in &sector.mix {
            let Some((of_kind, on)) = fleet.kinds.get(*kind).zip(agent.on.get(*kind)) else { continue };
            let reached = sector.share.0 * in_sector.0 * on.0 * of_kind.connected.0;
            for (r, region) in fleet.regions.iter().enumerate() {
                let taken = taken(rings, |ring| fits(ring, fleet, (r, s, *kind)));
                for (part, taken) in parts.iter_mut().zip(taken) {
                    *part += reached * region.share.0 * taken;
                }
            }
        }
    }
    parts.into_iter().map(|part| fleet.pcs as f64 * part).collect()
}

/// The part of some PCs that belongs to each ring, if a PC matches a ring with this chance. The hash of a PC is below
/// the shares of a ring and those before, added up, or it is not; the last ring takes whoever is left.
fn taken(rings: &[Ring], chance: impl Fn(&Ring) -> f64) -> Vec<f64> {
    let mut left = 1.0;
    let mut free = 0.0;
    let of_ring = |(id, ring): (usize, &Ring)| {
        if id + 1 == rings.len() {
            return free + left;
        }
        let share = ring.share.0.min(left);
        left -= share;
        free += share;
        let fitting = free * chance(ring);
        free -= fitting;
        fitting
    };
    rings.iter().enumerate().map(of_ring).collect()
}

/// The chance that a PC of this region, sector and kind matches a ring's conditions.
fn fits(ring: &Ring, fleet: &Fleet, (region, sector, kind): (RegionId, SectorId, KindId)) -> f64 {
    if !ring.only.takes(region, sector, kind) {
        return 0.0;
    }
    let has =
        |wanted: &usize| fleet.kinds[kind].traits.iter().find(|(id, _)| id == wanted).map_or(0.0, |(_, part)| part.0);
    ring.traits.iter().map(has).product()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::draw::Share;
    use crate::rollout::Only;

    fn rings(shares: &[f64]) -> Vec<Ring> {
        let ring = |&share: &f64| Ring {
            name: String::new(),
            share: Share(share),
            only: Only::default(),
            traits: Vec::new(),
            bake: 0,
            ramp: None,
        };
        shares.iter().map(ring).collect()
    }

    fn are(parts: &[f64], due: &[f64]) {
        assert_eq!(parts.len(), due.len());
        assert!(parts.iter().zip(due).all(|(part, due)| (part - due).abs() < 1e-12), "{parts:?}, not {due:?}");
    }

    #[test]
    fn rings_take_the_whole_between_them() {
        let few = rings(&[0.01, 0.09, 0.3, 0.0]);
        are(&taken(&few, |_| 1.0), &[0.01, 0.09, 0.3, 0.6]);
        let total: f64 = taken(&few, |ring| if ring.share.0 < 0.1 { 0.25 } else { 0.5 }).iter().sum();
        are(&[total], &[1.0]);
        // Uncertain shares may be drawn to more than the whole: what is gone is gone.
        are(&taken(&rings(&[0.7, 0.7, 0.0]), |_| 1.0), &[0.7, 0.3, 0.0]);
    }

    #[test]
    fn whom_a_ring_does_not_want_a_later_one_takes() {
        let not_first = |ring: &Ring| if ring.share.0 < 0.3 { 0.0 } else { 1.0 };
        are(&taken(&rings(&[0.2, 0.5, 0.0]), not_first), &[0.0, 0.7, 0.3]);
    }
}
