//! Lowering of the fleet: regions, kinds of PC, sectors and their means.

use bugcheck_sim::draw::Share;
use bugcheck_sim::fleet::{
    Boot, Count, Day, Fleet, Kind, Means, OwnRestarts, Region, Schedule, Sector, Service, Shift, Surge,
};
use bugcheck_sim::limits::{
    MAX_CRITICALITY, MAX_KINDS, MAX_MEANS, MAX_ORGANISATION, MAX_PC_DAYS, MAX_PCS, MAX_TRAITS, are_pc_days_within,
};
use bugcheck_sim::time::Zone;

use super::{Lowering, WHOLE, normalised, values};
use crate::file::{self, Named};
use crate::given::Given;
use crate::problem::Code;
use crate::quantity;

impl Lowering<'_> {
    pub(super) fn fleet(&mut self, zones: &[Zone]) -> Fleet {
        let fleet = &self.file.fleet;
        let pcs = self.values.number("fleet.pcs", &fleet.pcs);
        // The most that is drawn has to be simulated, too.
        if values::lowest(&fleet.pcs) < 1.0 || values::highest(&fleet.pcs) > MAX_PCS as f64 {
            let message = format!("a fleet has at least 1 PC and at most MAX_PCS, {} billion", MAX_PCS / 1_000_000_000);
            self.error(Code::OutOfRange, "fleet.pcs", message);
        }
        self.traits();
        let regions = self.regions(zones);
        if fleet.kinds.is_empty() {
            self.error(Code::EmptySelection, "fleet.kinds", "a fleet has at least one kind of PC");
        }
        let kinds = fleet.kinds.iter().map(|(name, kind)| self.kind_of_pc(name, kind)).collect();
        let sectors = self.sectors();
        let traits = self.traits.iter().map(|t| (*t).to_owned()).collect();
        Fleet { pcs: pcs.round() as u64, regions, kinds, sectors, traits }
    }

    fn traits(&mut self) {
        for kind in self.file.fleet.kinds.values() {
            for name in kind.traits.keys() {
                if self.trait_id(name).is_none() {
                    self.traits.push(name);
                }
            }
        }
        self.limit("fleet.kinds", "traits", self.traits.len(), ("MAX_TRAITS", MAX_TRAITS));
    }

    fn regions(&mut self, zones: &[Zone]) -> Vec<Region> {
        let regions = &self.file.fleet.regions;
        let shares =
            self.whole("fleet.regions", "share", "the regions' shares", regions.iter().map(|(n, r)| (n, &r.share)));
        regions
            .iter()
            .zip(zones)
            .zip(shares)
            .map(|(((name, _), zone), share)| Region { name: name.clone(), share, zone: zone.clone() })
            .collect()
    }

    /// Resolves the parts of a whole, each at `path.NAME` or `path.NAME.key`, and reports it if they don't add up to
    /// 100 %.
    fn whole<'g>(
        &mut self,
        path: &str,
        key: &str,
        what: &str,
        parts: impl Iterator<Item = (&'g String, &'g Given<quantity::Share>)>,
    ) -> Vec<Share> {
        let dot = if key.is_empty() { "" } else { "." };
        let mut values: Vec<f64> =
            parts.map(|(name, given)| self.values.number(&format!("{path}.{name}{dot}{key}"), given)).collect();
        let total: f64 = values.iter().sum();
        if self.values.are_likeliest() && (total - 1.0).abs() > WHOLE {
            let message = format!("{what} add up to {}, not to 100 %", percent(total));
            self.error(Code::SharesDoNotAddUp, path, message);
            let off = (total - 1.0).abs();
            self.problems.help(format!("{} {} somewhere", if total > 1.0 { "take away" } else { "add" }, percent(off)));
        }
        normalised(&mut values);
        values.into_iter().map(Share).collect()
    }

    fn kind_of_pc(&mut self, name: &str, kind: &file::Kind) -> Kind {
        let path = format!("fleet.kinds.{name}");
        let schedule = match &kind.schedule.daily {
            None => Schedule::Always,
            Some(daily) => {
                let path = format!("{path}.schedule.daily");
                Schedule::Daily {
                    weekday: self.day(&format!("{path}.weekday"), &daily.weekday),
                    weekend: self.day(&format!("{path}.weekend"), &daily.weekend),
                    left_on: self.values.share(&format!("{path}.left_on"), &daily.left_on),
                }
            }
        };
        let traits = kind
            .traits
            .iter()
            .filter_map(|(name, share)| {
                Some((self.trait_id(name)?, self.values.share(&format!("{path}.traits.{name}"), share)))
            })
            .collect();
        let criticality = match &kind.criticality {
            None => 1.0,
            Some(weight) => {
                let path = format!("{path}.criticality");
                if values::highest(weight) > MAX_CRITICALITY {
                    let most = MAX_CRITICALITY / 1e6;
                    let message = format!("a kind of PC weighs at most MAX_CRITICALITY, {most} million ordinary PCs");
                    self.error(Code::OutOfRange, &path, message);
                }
                self.values.number(&path, weight)
            }
        };
        let restarts = match &kind.restarts {
            file::OwnRestarts::AtSwitchOn => OwnRestarts::AtSwitchOn,
            file::OwnRestarts::Every(span) => {
                OwnRestarts::Every(self.values.dist(&format!("{path}.restarts.every"), span))
            }
        };
        Kind {
            name: name.to_owned(),
            restarts,
            schedule,
            connected: self.values.share(&format!("{path}.connected"), &kind.connected),
            traits,
            boot: self.boot(&format!("{path}.boot"), &kind.boot),
            criticality,
        }
    }

    fn day(&mut self, path: &str, day: &file::Day) -> Day {
        Day {
            used: self.values.share(&format!("{path}.used"), &day.used),
            on: self.values.dist(&format!("{path}.from"), &day.from),
            off: self.values.dist(&format!("{path}.until"), &day.until),
        }
    }

    fn boot(&mut self, path: &str, boot: &file::Boot) -> Boot {
        Boot {
            dump: self.values.dist(&format!("{path}.dump"), &boot.dump),
            firmware: self.values.dist(&format!("{path}.firmware"), &boot.firmware),
            load: self.values.dist(&format!("{path}.load"), &boot.load),
            sign_in: self.values.dist(&format!("{path}.sign_in"), &boot.sign_in),
            recovery_environment: self.values.dist(&format!("{path}.recovery_environment"), &boot.recovery_environment),
        }
    }

    fn sectors(&mut self) -> Vec<Sector> {
        let sectors = &self.file.fleet.sectors;
        let shares =
            self.whole("fleet.sectors", "share", "the sectors' shares", sectors.iter().map(|(n, s)| (n, &s.share)));
        let mut list = Vec::new();
        for ((name, sector), share) in sectors.iter().zip(shares) {
            list.push(self.sector(name, sector, share));
        }
        let playbooks = self.playbooks(&list);
        list.iter_mut().zip(playbooks).for_each(|(sector, playbook)| sector.playbook = playbook);
        list
    }

    /// A sector, but for its playbook, which needs all sectors to be judged.
    fn sector(&mut self, name: &str, sector: &file::Sector, share: Share) -> Sector {
        let path = format!("fleet.sectors.{name}");
        let mix_path = format!("{path}.mix");
        let parts = self.whole(&mix_path, "", "the parts of this mix", sector.mix.iter());
        let mix = sector.mix.keys().map(|kind| self.kind(&format!("{mix_path}.{kind}"), kind)).zip(parts).collect();
        let largest = self.values.number(&format!("{path}.largest"), &sector.largest);
        if largest < 1.0 {
            self.error(Code::OutOfRange, &format!("{path}.largest"), "an organisation has at least 1 PC");
        }
        self.pc_days(&format!("{path}.largest"), values::highest(&sector.largest));
        self.limit(&format!("{path}.means"), "means", sector.means.len(), ("MAX_MEANS", MAX_MEANS));
        Sector {
            name: name.to_owned(),
            share,
            size: self.values.dist(&format!("{path}.size"), &sector.size),
            largest: largest.round() as u64,
            mix,
            means: sector.means.iter().map(|(name, m)| self.means(&format!("{path}.means.{name}"), name, m)).collect(),
            first: self.first(&format!("{path}.first"), &sector.first),
            services: self.services(&format!("{path}.services"), &sector.services),
            playbook: Vec::new(),
        }
    }

    /// Reports organisations of so many PCs at most, if that is too many up to the horizon.
    fn pc_days(&mut self, path: &str, largest: f64) {
        let pcs = largest.min(values::highest(&self.file.fleet.pcs)).min(MAX_ORGANISATION as f64) as u64;
        if !are_pc_days_within(pcs, self.file.clock.horizon.ms()) {
            let most = MAX_PC_DAYS / 1_000_000_000;
            let message = format!("{pcs} PCs in one organisation have more PC-days than MAX_PC_DAYS, {most} billion");
            self.error(Code::TooMany, path, message);
            self.problems.help("give `largest` a smaller number, or end the horizon sooner");
        }
    }

    fn means(&mut self, path: &str, name: &str, means: &file::Means) -> Means {
        let count = self.how_many(path, name, means.ratio.as_ref(), means.count.as_ref());
        if means.surge.is_none() {
            self.somebody(path, name, means.count.as_ref());
        }
        let surge = means.surge.as_ref().map(|surge| {
            let path = format!("{path}.surge");
            self.somebody(&path, name, surge.count.as_ref());
            Surge {
                count: self.how_many(&path, name, surge.ratio.as_ref(), surge.count.as_ref()),
                after: self.values.dist(&format!("{path}.after"), &surge.after),
            }
        });
        Means {
            name: name.to_owned(),
            count,
            surge,
            shift: self.shift(&format!("{path}.shift"), &means.shift),
            mobilised: self.values.dist(&format!("{path}.mobilised"), &means.mobilised),
            hosted_on: means.hosted_on.as_ref().map(|kind| self.kind(&format!("{path}.hosted_on"), kind)),
        }
    }

    /// Reports a count of 0: what waits for nobody waits for ever, and no step says so.
    fn somebody(&mut self, path: &str, name: &str, count: Option<&Given<quantity::Count>>) {
        if count.is_some_and(|count| values::highest(count) <= 0.0) {
            self.error(Code::OutOfRange, &format!("{path}.count"), format!("there are no `{name}` at all"));
            self.problems.help("leave them out, with what needs them; `null` takes away what was inherited");
        }
    }

    /// How many of a means there are, from the one of two keys that says it.
    fn how_many(
        &mut self,
        path: &str,
        name: &str,
        ratio: Option<&Given<quantity::Ratio>>,
        count: Option<&Given<quantity::Count>>,
    ) -> Count {
        match (ratio, count) {
            (Some(ratio), None) => Count::PerPcs(self.values.number(&format!("{path}.ratio"), ratio)),
            (None, Some(count)) => Count::Fixed(self.values.number(&format!("{path}.count"), count).round() as u32),
            (None, None) => {
                self.error(Code::MissingKey, path, format!("how many `{name}` are there?"));
                self.problems.help("give either `ratio`, such as `1 per 80`, or `count`, such as `4`");
                Count::Fixed(0)
            }
            (Some(_), Some(_)) => {
                self.error(Code::Conflict, &format!("{path}.count"), "`ratio` and `count` both say how many there are");
                self.problems.help("remove one of them; `null` takes away what was inherited");
                Count::Fixed(0)
            }
        }
    }

    fn shift(&mut self, path: &str, shift: &file::Shift) -> Shift {
        let (from, to) = (shift.hours.from.ms(), shift.hours.until.ms());
        if from >= to || to > bugcheck_sim::time::DAY {
            self.error(
                Code::Order,
                &format!("{path}.hours"),
                "a working day ends after it starts, at 24 h at the latest",
            );
        }
        Shift {
            from,
            to,
            off_hours: self.values.share(&format!("{path}.off_hours"), &shift.off_hours),
            weekend: self.values.share(&format!("{path}.weekend"), &shift.weekend),
        }
    }

    fn first(&mut self, path: &str, order: &[String]) -> Vec<Vec<usize>> {
        self.limit(path, "groups of kinds", order.len(), ("MAX_KINDS", MAX_KINDS));
        let equals = |(i, names): (usize, &String)| {
            names.split(" and ").map(|name| self.kind(&format!("{path}.{i}"), name.trim())).collect()
        };
        order.iter().enumerate().map(equals).collect()
    }

    fn services(&mut self, path: &str, services: &Named<file::Service>) -> Vec<Service> {
        let mut list = Vec::new();
        for (name, service) in services {
            let mut needs = Vec::new();
            for (kind, share) in &service.needs {
                let path = format!("{path}.{name}.needs.{kind}");
                needs.push((self.kind(&path, kind), self.values.share(&path, share)));
            }
            list.push(Service { name: name.clone(), needs });
        }
        list
    }
}

/// A share as people write it, with no more digits than it needs.
pub(super) fn percent(share: f64) -> String {
    let rounded = (share * 1e8).round() / 1e6;
    format!("{rounded} %")
}
