//! Which parts of a fleet have any PCs at all.

use bugcheck_sim::measure::Segment;

use super::values::highest;
use crate::file::{File, Installed, Named};
use crate::given::Given;
use crate::quantity::Share;

/// Whether any PC of an arm can belong to a segment. What an arm doesn't have, and what it has on 0 % of its PCs, has
/// no figures that could ever be judged.
pub(crate) fn is_present(file: &File, segment: &Segment) -> bool {
    let fleet = &file.fleet;
    let in_region = |name| fleet.regions.get(name).is_some_and(|region| is_some(&region.share));
    let in_sector = |name| fleet.sectors.get(name).is_some_and(|sector| is_some(&sector.share));
    match segment {
        Segment::Fleet => true,
        Segment::Region(name) => in_region(name),
        Segment::Sector(name) => in_sector(name),
        Segment::Place { region, sector } => in_region(region) && in_sector(sector),
        Segment::Kind(name) => {
            let mut sectors = fleet.sectors.values().filter(|sector| is_some(&sector.share));
            sectors.any(|sector| sector.mix.get(name).is_some_and(is_some))
        }
        Segment::Architecture(name) => has_architecture(file, name),
    }
}

/// Whether an agent that is installed anywhere has an architecture, at once or in time.
fn has_architecture(file: &File, name: &str) -> bool {
    let installed = |installed: &Installed| match installed {
        Installed::WhereReliedOn => true,
        Installed::Shares(shares) => shares.values().any(is_some),
    };
    file.agents.values().filter(|agent| installed(&agent.installed)).any(|agent| {
        let growth = agent.growth.as_ref().map(|growth| &growth.to);
        let of_segment = agent.segments.values().any(|segment| {
            let growth = segment.growth.as_ref().map(|growth| &growth.to);
            has(segment.architecture.as_ref().unwrap_or(&agent.architecture), &segment.adoption, growth, name)
        });
        of_segment || has(&agent.architecture, &agent.adoption, growth, name)
    })
}

/// Whether an architecture is among those that PCs have, of which `rest` is what the adopted ones leave.
fn has(rest: &str, adopted: &Named<Given<Share>>, to: Option<&Named<Given<Share>>>, name: &str) -> bool {
    let adopts = |parts: &Named<Given<Share>>| parts.get(name).is_some_and(is_some);
    let leaves_some = || adopted.values().map(super::values::lowest).sum::<f64>() < 1.0;
    (rest == name && leaves_some()) || adopts(adopted) || to.is_some_and(adopts)
}

fn is_some(share: &Given<Share>) -> bool {
    highest(share) > 0.0
}
