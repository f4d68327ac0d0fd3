//! Counting: integer sums over organisations, which add up to the same whatever the order and the number of threads.
//!
//! Weights of PCs are in units of 1/[`WEIGHT_ONE`]; times are milliseconds; criticality is in thousandths. What a
//! replication reports is computed from these integers at the very end, and its digest is taken over them.

mod sums;

use crate::fleet::population::WEIGHT_ONE;
use crate::measure::bins::{self, Binning, Bins, Count, count};
pub use crate::measure::tally::sums::{Cell, Sums};
use crate::measure::{Curve, CurveOf, Measure, Measured, Reading, Segment};
use crate::time::{HOUR, Millis};

/// Sums over the PCs of a sector in a region. The digest leaves them out: they add up to those of the regions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct PlaceSums {
    pcs: u64,
    down: u64,
    lost: i128,
    work_lost: i128,
}

impl PlaceSums {
    fn add(&mut self, o: &PlaceSums) {
        self.pcs += o.pcs;
        self.down += o.down;
        self.lost += o.lost;
        self.work_lost += o.work_lost;
    }

    fn measured<'a>(&self, segment: &'a Segment) -> impl Iterator<Item = Measured> + use<'a> {
        [
            (Measure::Pcs, pcs(self.pcs)),
            (Measure::PcsDown, pcs(self.down)),
            (Measure::PcHoursLost, hours(self.lost)),
            (Measure::WorkHoursLost, hours(self.work_lost)),
        ]
        .into_iter()
        .map(|(measure, value)| Measured { segment: segment.clone(), measure, reading: Reading::Value(value) })
    }
}

/// Counts over time of a segment, by bin of time since the release.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// PCs going down less PCs coming up.
    pub down: Bins,
    /// PCs hit.
    pub hit: Bins,
    /// PCs back for good.
    pub back: Bins,
    /// PCs with a good version.
    pub good: Bins,
}

impl Counts {
    fn add(&mut self, o: &Counts) {
        add_counts(&mut self.down, &o.down);
        add_counts(&mut self.hit, &o.hit);
        add_counts(&mut self.back, &o.back);
        add_counts(&mut self.good, &o.good);
    }

    fn feed(&self, hash: &mut blake3::Hasher) {
        for counts in [&self.down, &self.hit, &self.back, &self.good] {
            feed_counts(counts, hash);
        }
    }
}

fn add_counts(mine: &mut Bins, theirs: &[i64]) {
    if mine.len() < theirs.len() {
        mine.resize(theirs.len(), 0);
    }
    mine.iter_mut().zip(theirs).for_each(|(a, b)| *a += b);
}

/// Feeds the counts that are not 0, each behind its index, and how many there are.
fn feed_counts(counts: &[i64], hash: &mut blake3::Hasher) {
    let mut bytes = Vec::new();
    for (i, n) in counts.iter().enumerate().filter(|(_, n)| **n != 0) {
        bytes.extend_from_slice(&(i as u64).to_le_bytes());
        bytes.extend_from_slice(&n.to_le_bytes());
    }
    hash.update(&(bytes.len() as u64).to_le_bytes());
    hash.update(&bytes);
}

/// How long PCs were down since their own first failure, by bin.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Durations {
    /// Those that came back.
    pub back: Bins,
    /// Those that had not when the horizon came, by how long they had been watched.
    pub censored: Bins,
}

impl Durations {
    fn add(&mut self, o: &Durations) {
        add_counts(&mut self.back, &o.back);
        add_counts(&mut self.censored, &o.censored);
    }
}

/// The segments of a fleet, numbered: regions, then sectors, then kinds, then architectures.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layout {
    names: Vec<Segment>,
    sectors: usize,
    kinds: usize,
    architectures: usize,
}

impl Layout {
    /// Numbers the segments of a plan.
    pub fn of(plan: &crate::Plan) -> Layout {
        let regions = plan.fleet.regions.iter().map(|r| Segment::Region(r.name.clone()));
        let sectors = plan.fleet.sectors.iter().map(|s| Segment::Sector(s.name.clone()));
        let kinds = plan.fleet.kinds.iter().map(|k| Segment::Kind(k.name.clone()));
        let architectures = plan.architectures.iter().map(|a| Segment::Architecture(a.name.clone()));
        let at = plan.fleet.regions.len();
        Layout {
            sectors: at,
            kinds: at + plan.fleet.sectors.len(),
            architectures: at + plan.fleet.sectors.len() + plan.fleet.kinds.len(),
            names: regions.chain(sectors).chain(kinds).chain(architectures).collect(),
        }
    }

    /// The four segments of a PC.
    #[inline]
    pub fn of_pc(&self, region: usize, sector: usize, kind: usize, architecture: usize) -> [usize; 4] {
        [region, self.sectors + sector, self.kinds + kind, self.architectures + architecture]
    }

    fn kinds(&self) -> std::ops::Range<usize> {
        self.kinds..self.architectures
    }

    /// How many places there are: each sector in each region.
    fn places(&self) -> usize {
        self.sectors * (self.kinds - self.sectors)
    }

    fn place(&self, region: usize, sector: usize) -> usize {
        region * (self.kinds - self.sectors) + sector
    }

    /// The places in the order of their numbers; none where they would be the regions or the sectors again.
    fn named_places(&self) -> Vec<Segment> {
        let (regions, rest) = self.names.split_at(self.sectors);
        let sectors = &rest[..self.kinds - self.sectors];
        if regions.len() < 2 || sectors.len() < 2 {
            return Vec::new();
        }
        let name = |region: &Segment, sector: &Segment| match (region, sector) {
            (Segment::Region(region), Segment::Sector(sector)) => {
                Some(Segment::Place { region: region.clone(), sector: sector.clone() })
            }
            _ => None,
        };
        regions.iter().flat_map(|region| sectors.iter().filter_map(move |sector| name(region, sector))).collect()
    }
}

/// What a step of a sector's playbook did, as weights of PCs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Used {
    /// Begun.
    pub attempts: u64,
    /// Brought a PC back.
    pub repairs: u64,
}

/// All counts of one replication, or of a part of its organisations.
///
/// What PCs add is gathered for the stratum at hand in cells by kind and architecture, and goes to the four segments
/// that each cell belongs to when the next stratum comes: one place to count at instead of four.
#[derive(Clone, Debug)]
pub struct Tally {
    layout: Layout,
    release: Millis,
    span: Millis,
    /// By kind, in thousandths.
    criticality: Vec<i128>,
    /// By kind and architecture.
    cells: Vec<Cell>,
    architectures: usize,
    /// Region and sector of what is in the cells.
    stratum: (usize, usize),
    /// Weight of the sums in the cells.
    weight: u64,
    /// By segment.
    pub sums: Vec<Sums>,
    /// By segment.
    pub counts: Vec<Counts>,
    /// By region, then by sector.
    places: Vec<PlaceSums>,
    /// By kind.
    pub durations: Vec<Durations>,
    /// Organisations with a PC down, by the bin in which their last PC was back.
    pub whole_again: Bins,
    /// Organisations with a PC down.
    pub organisations_down: u64,
    /// By sector and step.
    pub steps: Vec<Vec<Used>>,
    /// Events carried out.
    pub events: u64,
    /// Whether a PC went round and round at one instant: then all of it means nothing.
    pub stands_still: bool,
}

/// Where failures of PCs of one kind and architecture in one sector are counted.
#[allow(missing_docs, reason = "as in Tally")]
pub struct Counters<'a> {
    pub cell: &'a mut Cell,
    pub durations: &'a mut Durations,
    pub steps: &'a mut [Used],
}

impl Tally {
    /// Nothing counted yet.
    pub fn new(plan: &crate::Plan, release: Millis) -> Tally {
        let layout = Layout::of(plan);
        let segments = layout.names.len();
        let (kinds, architectures) = (layout.kinds().len(), plan.architectures.len());
        Tally {
            release,
            span: (plan.clock.horizon - release).max(0),
            criticality: plan.fleet.kinds.iter().map(|k| libm::round(k.criticality * 1000.0) as i128).collect(),
            cells: vec![Cell::default(); kinds * architectures],
            architectures,
            stratum: (0, 0),
            weight: WEIGHT_ONE,
            sums: vec![Sums::default(); segments],
            counts: vec![Counts::default(); segments],
            places: vec![PlaceSums::default(); layout.places()],
            durations: vec![Durations::default(); kinds],
            whole_again: Bins::new(),
            organisations_down: 0,
            steps: plan.fleet.sectors.iter().map(|s| vec![Used::default(); s.playbook.len()]).collect(),
            events: 0,
            stands_still: false,
            layout,
        }
    }

    /// The numbering of segments.
    pub fn layout(&self) -> &Layout {
        &self.layout
    }

    /// The bins of instants.
    #[inline]
    pub fn binning(&self) -> Binning {
        Binning { release: self.release, span: self.span }
    }

    /// The bin of an instant.
    #[inline]
    pub fn bin(&self, at: Millis) -> usize {
        self.binning().bin(at)
    }

    /// Turns to PCs of this stratum and weight.
    #[inline]
    pub fn turn_to(&mut self, region: usize, sector: usize, weight: u64) {
        if self.stratum != (region, sector) {
            self.settle();
            self.stratum = (region, sector);
        } else if self.weight != weight {
            self.settle_sums();
        }
        self.weight = weight;
    }

    /// Where PCs of a kind and architecture are counted.
    #[inline]
    pub fn cell(&mut self, kind: usize, architecture: usize) -> &mut Cell {
        &mut self.cells[kind * self.architectures + architecture]
    }

    /// The same, and where durations of PCs of this kind and steps of this sector are counted.
    #[inline]
    pub fn counters(&mut self, sector: usize, kind: usize, architecture: usize) -> Counters<'_> {
        Counters {
            cell: &mut self.cells[kind * self.architectures + architecture],
            durations: &mut self.durations[kind],
            steps: &mut self.steps[sector],
        }
    }

    /// Counts a PC at an instant.
    #[inline]
    pub fn count(&mut self, what: Count, kind: usize, architecture: usize, at: Millis, weight: i64) {
        let bin = self.bin(at);
        self.cell(kind, architecture).counts.count(what, bin, weight);
    }

    /// Adds what is in the cells to the segments that it belongs to. To be called when all is counted.
    pub fn settle(&mut self) {
        self.settle_sums();
        for i in 0..self.cells.len() {
            let segments = self.segments(i);
            let counts = &mut self.counts;
            self.cells[i].counts.drain(|what, bin, weight| {
                for segment in segments {
                    let Counts { down, hit, back, good } = &mut counts[segment];
                    let of = match what {
                        Count::Down => down,
                        Count::Hit => hit,
                        Count::Back => back,
                        Count::Good => good,
                    };
                    count(of, bin, weight);
                }
            });
        }
    }

    fn segments(&self, cell: usize) -> [usize; 4] {
        let (region, sector) = self.stratum;
        self.layout.of_pc(region, sector, cell / self.architectures, cell % self.architectures)
    }

    /// The same for the sums alone: they are of PCs of one weight. To be called before those of more than one
    /// organisation of [`MAX_PC_DAYS`](crate::limits::MAX_PC_DAYS) are in them, so that none overflows.
    pub fn settle_sums(&mut self) {
        let weight = self.weight;
        let wide = |n: Millis| i128::from(n) * i128::from(weight);
        let mut place = PlaceSums::default();
        for i in 0..self.cells.len() {
            let segments = self.segments(i);
            let cell = &mut self.cells[i];
            if cell.is_empty() {
                continue;
            }
            place.add(&PlaceSums {
                pcs: cell.pcs * weight,
                down: cell.down * weight,
                lost: wide(cell.lost),
                work_lost: wide(cell.work_lost),
            });
            for segment in segments {
                self.sums[segment].add_cell(cell, weight, self.criticality[i / self.architectures]);
            }
            cell.clear();
        }
        let (region, sector) = self.stratum;
        self.places[self.layout.place(region, sector)].add(&place);
    }

    /// Adds what was counted elsewhere; both are settled.
    pub fn add(&mut self, o: &Tally) {
        self.sums.iter_mut().zip(&o.sums).for_each(|(a, b)| a.add(b));
        self.counts.iter_mut().zip(&o.counts).for_each(|(a, b)| a.add(b));
        self.places.iter_mut().zip(&o.places).for_each(|(a, b)| a.add(b));
        self.durations.iter_mut().zip(&o.durations).for_each(|(a, b)| a.add(b));
        add_counts(&mut self.whole_again, &o.whole_again);
        self.organisations_down += o.organisations_down;
        for (a, b) in self.steps.iter_mut().flatten().zip(o.steps.iter().flatten()) {
            a.attempts += b.attempts;
            a.repairs += b.repairs;
        }
        self.events += o.events;
        self.stands_still |= o.stands_still;
    }

    /// Feeds all integers to a digest, but for the number of events, which is about the way and not about the result.
    pub fn feed(&self, hash: &mut blake3::Hasher) {
        self.sums.iter().for_each(|s| s.feed(hash));
        self.counts.iter().for_each(|c| c.feed(hash));
        for d in &self.durations {
            feed_counts(&d.back, hash);
            feed_counts(&d.censored, hash);
        }
        feed_counts(&self.whole_again, hash);
        hash.update(&self.organisations_down.to_le_bytes());
        for used in self.steps.iter().flatten() {
            hash.update(&used.attempts.to_le_bytes());
            hash.update(&used.repairs.to_le_bytes());
        }
    }

    /// Sums and counts of the whole fleet: every PC is of one kind.
    pub fn fleet(&self) -> (Sums, Counts) {
        let mut sums = Sums::default();
        let mut counts = Counts::default();
        for kind in self.layout.kinds() {
            sums.add(&self.sums[kind]);
            counts.add(&self.counts[kind]);
        }
        // What organisations suffer as a whole has no kind.
        for region in &self.sums[..self.layout.sectors] {
            sums.services_out += region.services_out;
            sums.stopped += region.stopped;
        }
        (sums, counts)
    }

    /// The measures that follow from the counts alone, segment by segment, the fleet first.
    pub fn measured(&self) -> Vec<Measured> {
        let (sums, counts) = self.fleet();
        let mut measured = measures(&Segment::Fleet, &sums, &counts);
        for ((segment, sums), counts) in self.layout.names.iter().zip(&self.sums).zip(&self.counts) {
            measured.extend(measures(segment, sums, counts));
        }
        for (place, sums) in self.layout.named_places().iter().zip(&self.places) {
            measured.extend(sums.measured(place));
        }
        measured
    }

    /// The curves of the fleet and of the kinds.
    pub fn curves(&self) -> Vec<Curve> {
        let at = bins::grid(self.span);
        let (_, fleet) = self.fleet();
        let mut all = Durations::default();
        self.durations.iter().for_each(|d| all.add(d));
        let mut curves = curves_of(&Segment::Fleet, &fleet, &all, &at);
        let not_whole: Vec<f64> = at
            .iter()
            .map(|&t| {
                let whole: i64 = self.whole_again.iter().take(bins::bin(t)).sum();
                ratio(self.organisations_down - whole as u64, self.organisations_down)
            })
            .collect();
        curves.push(Curve {
            segment: Segment::Fleet,
            of: CurveOf::OrganisationsNotYetWhole,
            at: at.clone(),
            values: not_whole,
        });
        for (kind, durations) in self.layout.kinds().zip(&self.durations) {
            curves.extend(curves_of(&self.layout.names[kind], &self.counts[kind], durations, &at));
        }
        curves
    }
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// A weight in PCs.
pub fn pcs(weight: u64) -> f64 {
    weight as f64 / WEIGHT_ONE as f64
}

fn hours(weighted: i128) -> f64 {
    weighted as f64 / WEIGHT_ONE as f64 / HOUR as f64
}

/// Most PCs down at one instant, read at the ends of bins.
fn peak(counts: &Counts) -> u64 {
    let mut now = 0_i64;
    counts.down.iter().fold(0, |most, delta| {
        now += delta;
        most.max(now)
    }) as u64
}

fn measures(segment: &Segment, sums: &Sums, counts: &Counts) -> Vec<Measured> {
    let value = |n: f64| Reading::Value(n);
    let time_to = |share: f64| match sums.down {
        0 => Reading::Nothing,
        down => bins::quantile(&counts.back, down, share)
            // Within its bin, a quantile can't be later than the last recovery.
            .map_or(Reading::NotWithinHorizon, |span| value(span.min(sums.last_back as f64) / HOUR as f64)),
    };
    let all_back = match sums.down {
        0 => Reading::Nothing,
        _ if sums.still_down > 0 => Reading::NotWithinHorizon,
        _ => value(sums.last_back as f64 / HOUR as f64),
    };
    let protect = match sums.reachable {
        0 => Reading::Nothing,
        all => {
            bins::quantile(&counts.good, all, 0.95).map_or(Reading::NotWithinHorizon, |span| value(span / HOUR as f64))
        }
    };
    let thousandths = |n: i128| hours(n) / 1000.0;
    [
        (Measure::Pcs, value(pcs(sums.pcs))),
        (Measure::PcsHit, value(pcs(sums.hit))),
        (Measure::PcsDown, value(pcs(sums.down))),
        (Measure::PcsDownPeak, value(pcs(peak(counts)))),
        (Measure::PcHoursLost, value(hours(sums.lost))),
        (Measure::WorkHoursLost, value(hours(sums.work_lost))),
        (Measure::WeightedPcHoursLost, value(thousandths(sums.weighted_lost))),
        (Measure::WeightedWorkHoursLost, value(thousandths(sums.weighted_work_lost))),
        (Measure::ServiceHoursLost, value(hours(sums.services_out))),
        (Measure::OrganisationsStopped, value(pcs(sums.stopped))),
        (Measure::TimeTo50, time_to(0.5)),
        (Measure::TimeTo90, time_to(0.9)),
        (Measure::TimeTo95, time_to(0.95)),
        (Measure::TimeTo99, time_to(0.99)),
        (Measure::TimeTo100, all_back),
        (Measure::PcsStillDown, value(pcs(sums.still_down))),
        (Measure::PcsDataLost, value(pcs(sums.data_lost))),
        (Measure::TechnicianHours, value(hours(sums.hands))),
        (Measure::UnprotectedPcHours, value(hours(sums.unprotected))),
        (Measure::StalePcHours, value(hours(sums.stale))),
        (Measure::TimeToProtect95, protect),
        (Measure::DegradedPcHours, value(hours(sums.degraded))),
        (Measure::PcsCompromised, value(pcs(sums.compromised))),
    ]
    .into_iter()
    .map(|(measure, reading)| Measured { segment: segment.clone(), measure, reading })
    .collect()
}

fn curves_of(segment: &Segment, counts: &Counts, durations: &Durations, at: &[Millis]) -> Vec<Curve> {
    let mut down = Vec::with_capacity(at.len());
    let mut hit = Vec::with_capacity(at.len());
    let mut still = Vec::with_capacity(at.len());
    let (mut now, mut so_far, mut next) = (0, 0, 0);
    let mut at_risk: i64 = durations.back.iter().chain(&durations.censored).sum();
    let of = |bins: &Bins, bin: usize| bins.get(bin).copied().unwrap_or(0);
    let mut survival = 1.0;
    for &t in at {
        while next < bins::bin(t) {
            now += of(&counts.down, next);
            so_far += of(&counts.hit, next);
            let (back, censored) = (of(&durations.back, next), of(&durations.censored, next));
            // Kaplan and Meier (1958), by bin: those censored within a bin were at risk through all of it.
            if at_risk > 0 {
                survival *= 1.0 - back as f64 / at_risk as f64;
            }
            at_risk -= back + censored;
            next += 1;
        }
        down.push(now as f64 / WEIGHT_ONE as f64);
        hit.push(pcs(so_far as u64));
        still.push(survival);
    }
    [(CurveOf::PcsDown, down), (CurveOf::PcsHit, hit), (CurveOf::StillDownSinceFailure, still)]
        .into_iter()
        .map(|(of, values)| Curve { segment: segment.clone(), of, at: at.to_vec(), values })
        .collect()
}
