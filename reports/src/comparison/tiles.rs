//! Where it hurt: hours lost for each PC, by region and sector, in the baseline.

use bugcheck_lab::estimate::Readings;
use bugcheck_sim::measure::{Measure, Reading, Segment};

use super::Source;
use crate::view::{Figure, Tiles};

/// The tiles; `None` where the fleet has no sectors in several regions.
pub(super) fn tiles(source: &Source) -> Option<Tiles> {
    let (mut regions, mut sectors): (Vec<String>, Vec<String>) = (Vec::new(), Vec::new());
    for (segment, _) in source.columns.keys() {
        let Segment::Place { region, sector } = segment else { continue };
        for (names, name) in [(&mut regions, region), (&mut sectors, sector)] {
            if !names.contains(name) {
                names.push(name.clone());
            }
        }
    }
    if regions.is_empty() {
        return None;
    }
    let place = |region: &String, sector: &String| {
        per_pc(source, &Segment::Place { region: region.clone(), sector: sector.clone() })
    };
    let of_region = |region: &String| {
        let row = sectors.iter().map(|sector| place(region, sector)).collect();
        (region.clone(), row, per_pc(source, &Segment::Region(region.clone())))
    };
    Some(Tiles {
        regions: regions.iter().map(of_region).collect(),
        all: sectors.iter().map(|sector| per_pc(source, &Segment::Sector(sector.clone()))).collect(),
        fleet: per_pc(source, &Segment::Fleet),
        sectors,
    })
}

/// Hours lost for each PC with the agent. A replication that drew none of the segment's organisations has none to show.
fn per_pc(source: &Source, segment: &Segment) -> Figure {
    let readings = |measure| source.columns.readings(source.baseline(), segment, measure);
    let (lost, pcs) = (readings(Measure::PcHoursLost), readings(Measure::Pcs));
    let each = lost.by_replication.iter().zip(&pcs.by_replication).map(|(&(number, lost), &(_, pcs))| {
        let reading = match (lost, pcs) {
            (Reading::Value(lost), Reading::Value(pcs)) if pcs > 0.0 => Reading::Value(lost / pcs),
            _ => Reading::Nothing,
        };
        (number, reading)
    });
    let each = Readings { by_replication: each.collect(), ..lost.clone() };
    Source::figure(&each, source.level)
}
