//! The rows: one figure per replication, then its mean and range as everywhere.

use bugcheck_lab::Results;
use bugcheck_lab::estimate::{Readings, mean, paired, range};
use bugcheck_lab::results::Replication;
use bugcheck_scenarios::experiment::Origin;
use bugcheck_sim::measure::{Curve, CurveOf, Measure, Reading, Segment};

use super::{Fitted, Order, Row, Rule, level};
use crate::Error;
use crate::number::Quantity;
use crate::view::Figure;

const HOUR_MS: f64 = 3_600_000.0;
/// What counts as a fit, for shares: 10 points.
const TEN_POINTS: Rule = Rule::Reach(0.10);
const MICROSOFT: &str = "Microsoft, Helping our customers through the CrowdStrike outage, 20 July 2024";
const PARAMETRIX: &str = "Parametrix, analysis of the Fortune 500, 24 July 2024: industries with physical computers \
                          recovered more slowly than those in the cloud";

/// All PCs hit, over the world.
pub(super) fn pcs_hit(july: &Results) -> Row {
    let found =
        over(july, july.experiment.baseline, |replication| value(replication, &Segment::Fleet, Measure::PcsHit));
    Row {
        what: "PCs hit".into(),
        published: (8.5e6, 8.5e6),
        source: MICROSOFT.into(),
        found,
        quantity: Quantity::Amount("PCs"),
        rules: vec![Rule::Reach(1e6)],
    }
}

/// A published share of PCs that were hit, and whose it is in the model.
struct Share {
    what: &'static str,
    zone: &'static str,
    kinds: &'static [&'static str],
    sector: Option<&'static str>,
    published: (f64, f64),
    source: &'static str,
}

const OFFICE: &[&str] = &["office", "laptop"];
const OFFICES_IN_ALL: &str = "lowest and highest of the shares that organisations reported: Carnegie Mellon University, \
                              July 2024; State of Iowa, July 2024; BSI and Bitkom, September 2024";
const BSI: &str = "BSI and Bitkom, survey of 331 firms, September 2024 (by its own words not representative)";

const SHARES: &[Share] = &[
    Share {
        what: "desktops and laptops, US Eastern (00:09 to 01:27), against one university",
        zone: "us_east",
        kinds: OFFICE,
        sector: None,
        published: (0.23, 0.23),
        source: "Carnegie Mellon University, Computing Services, outage page, July 2024",
    },
    Share {
        what: "desktops and laptops, US Eastern, against the range of all reports",
        zone: "us_east",
        kinds: OFFICE,
        sector: None,
        published: (0.20, 0.32),
        source: OFFICES_IN_ALL,
    },
    Share {
        what: "desktops and laptops, Central Europe (06:09 to 07:27), against German firms",
        zone: "europe",
        kinds: OFFICE,
        sector: None,
        published: (0.32, 0.32),
        source: BSI,
    },
    Share {
        what: "desktops and laptops, Central Europe, against the range of all reports",
        zone: "europe",
        kinds: OFFICE,
        sector: None,
        published: (0.20, 0.32),
        source: OFFICES_IN_ALL,
    },
    Share {
        what: "servers, Central Europe, against German firms",
        zone: "europe",
        kinds: &["server"],
        sector: None,
        published: (0.51, 0.51),
        source: BSI,
    },
    Share {
        what: "servers, US Pacific, against one city",
        zone: "us_west",
        kinds: &["server"],
        sector: None,
        published: (0.55, 0.55),
        source: "KGW, report on the City of Portland, July 2024: 266 of 487 systems, most of them servers",
    },
    Share {
        what: "all PCs of authorities, US Central (23:09 to 00:27), against one state",
        zone: "us_central",
        kinds: &[],
        sector: Some("public"),
        published: (0.0, 0.20),
        source: "State of Iowa, Office of the Governor, release of July 2024: less than 20 % of all devices, whether or \
                 not they had the agent",
    },
];

/// Shares hit by zone and kind.
pub(super) fn shares(who: &Results) -> Result<Vec<Row>, Error> {
    let mut rows = Vec::new();
    for share in SHARES {
        let arm = zone(who, share.zone)?;
        let kinds = share.kinds.iter().map(|kind| Segment::Kind((*kind).to_owned()));
        let sector = share.sector.map(|sector| Segment::Sector(sector.to_owned()));
        let segments: Vec<Segment> = kinds.chain(sector).collect();
        let found = over(who, arm, |replication| share_hit(replication, &segments));
        rows.push(row(share.what.into(), share.published, share.source.into(), found));
    }
    Ok(rows)
}

/// Where it was day, more were on and connected, so more were hit.
pub(super) fn zones(who: &Results) -> Result<Vec<Order>, Error> {
    const FOLLOWS: &str = "follows from CrowdStrike, Technical details: Falcon content update for Windows hosts, 20 July \
                           2024: only hosts online in the window were hit; no share from such a zone was published";
    let segments: Vec<Segment> = OFFICE.iter().map(|kind| Segment::Kind((*kind).to_owned())).collect();
    let hit = |arm| over_all(who, arm, |replication| share_hit(replication, &segments));
    let night = hit(zone(who, "us_east")?);
    let mut orders = Vec::new();
    for (name, words) in [("india", "in India (09:39)"), ("japan", "in Japan (13:09)")] {
        let what = format!("desktops and laptops hit: fewer in US Eastern (00:09) than {words}");
        orders.push(order(what, FOLLOWS, Quantity::Part, &night, &hit(zone(who, name)?)));
    }
    Ok(orders)
}

/// The published points of an organisation: who was not yet back when.
pub(super) fn history(run: &Results) -> Vec<Row> {
    let points = run.experiment.history.iter().map(|point| {
        let found = over(run, run.experiment.baseline, |replication| {
            not_back(replication, &point.segment, point.at_ms, Measure::PcsDown)
        });
        let hours = point.at_ms as f64 / HOUR_MS;
        let of = match &point.segment {
            Segment::Fleet => String::new(),
            part => format!(", {}", crate::wording::segment(part)),
        };
        let what = format!("{}: not yet back at T+{hours} h ({}{of})", run.experiment.name, point.label);
        row(what, point.down, point.source.clone(), found)
    });
    points.collect()
}

/// The vendor's figures of sensors that are back: under either reading of what they are a share of.
pub(super) fn sensors(july: &Results) -> Vec<Row> {
    let mut rows = Vec::new();
    for point in &july.experiment.history {
        let published = (point.down.0, point.down.0);
        let hours = point.at_ms as f64 / HOUR_MS;
        for (reading, of) in [("A, of all sensors", Measure::Pcs), ("B, of those hit", Measure::PcsDown)] {
            let found = over(july, july.experiment.baseline, |replication| {
                not_back(replication, &Segment::Fleet, point.at_ms, of)
            });
            let what = format!("{}, T+{hours} h; reading {reading}", point.label);
            let mut row = row(what, published, point.source.clone(), found);
            row.rules.push(Rule::Factor(2.0));
            rows.push(row);
        }
    }
    rows
}

/// PCs an hour of Texas A&M, while the middle half of its PCs came back: those that its staff brought back, and all.
pub(super) fn pace(texas: &Results) -> Vec<Row> {
    let baseline = texas.experiment.baseline;
    let by_staff = over(texas, baseline, |replication| Some(middle_pace(replication)? * by_hand(replication)?));
    let row = |what: &str, found| Row {
        what: format!(
            "{}: PCs brought back in an hour, while the middle half comes back, {what}",
            texas.experiment.name
        ),
        published: (1_000.0, 1_000.0),
        source: "KBTX, report on Texas A&M, July 2024: some 700 staff, about 1,000 an hour".into(),
        found,
        quantity: Quantity::Amount("PCs"),
        rules: vec![Rule::Reach(100.0)],
    };
    vec![
        row("by staff", by_staff),
        row("by staff or by restarting again and again", over(texas, baseline, middle_pace)),
    ]
}

/// The part of the PCs brought back that hands brought back, over the whole recovery.
fn by_hand(replication: &Replication) -> Option<f64> {
    const BY_ITS_USER: &str = "reboot_race";
    let steps = &replication.record.steps;
    let all: f64 = steps.iter().map(|step| step.repairs).sum();
    let hands: f64 = steps.iter().filter(|step| step.step != BY_ITS_USER).map(|step| step.repairs).sum();
    (all > 0.0).then(|| hands / all)
}

/// Servers and cloud machines before the PCs in offices.
pub(super) fn orders(july: &Results) -> Vec<Order> {
    let pairs = [("server", "office"), ("server", "laptop"), ("cloud_vm", "office"), ("cloud_vm", "laptop")];
    let median = |kind: &str| {
        let segment = Segment::Kind(kind.to_owned());
        over_all(july, july.experiment.baseline, |replication| value(replication, &segment, Measure::TimeTo50))
    };
    let order = |(sooner, later): (&str, &str)| {
        let what = format!("half of kind {sooner} back before half of kind {later}");
        order(what, PARAMETRIX, Quantity::Span, &median(sooner), &median(later))
    };
    pairs.map(order).into()
}

/// Two lists of values, replication by replication, of which the first is said to be less.
fn order(what: String, source: &str, quantity: Quantity, less: &[Option<f64>], more: &[Option<f64>]) -> Order {
    let pairs: Vec<Option<f64>> = less.iter().zip(more).map(|(less, more)| Some((*less)? - (*more)?)).collect();
    let agree = pairs.iter().flatten().filter(|difference| **difference < 0.0).count();
    Order {
        what,
        source: source.to_owned(),
        quantity,
        agree: (agree, pairs.iter().flatten().count()),
        found: Figure {
            estimate: paired(&readings(less), &readings(more), level()).absolute,
            outcomes: range(&readings(&pairs)),
        },
    }
}

/// The inputs whose sources say that they were fitted; those of one value and reason are put together.
pub(super) fn fitted(run: &Results) -> Vec<Fitted> {
    let mut fitted: Vec<Fitted> = Vec::new();
    for input in &run.experiment.inputs {
        let (Origin::Sourced(to) | Origin::Uncertain(Some(to))) = &input.origin else { continue };
        if !["fitted", "inferred"].iter().any(|word| to.contains(word)) {
            continue;
        }
        if let Some(other) = fitted.iter_mut().find(|other| other.value == input.value && other.to == *to) {
            other.more += 1;
        } else {
            let (path, value) = (input.path.clone(), input.value.clone());
            fitted.push(Fitted { path, more: 0, value, to: to.clone() });
        }
    }
    fitted
}

fn row(what: String, published: (f64, f64), source: String, found: Figure) -> Row {
    Row { what, published, source, found, quantity: Quantity::Part, rules: vec![TEN_POINTS] }
}

fn zone(who: &Results, zone: &str) -> Result<usize, Error> {
    let missing = || Error::Misfit(who.experiment.name.clone(), format!("it has no zone `{zone}`"));
    who.experiment.arms.iter().position(|arm| arm.levels == [zone]).ok_or_else(missing)
}

fn over_all(run: &Results, arm: usize, of: impl Fn(&Replication) -> Option<f64>) -> Vec<Option<f64>> {
    run.arms[arm].iter().map(of).collect()
}

fn over(run: &Results, arm: usize, of: impl Fn(&Replication) -> Option<f64>) -> Figure {
    figure(&over_all(run, arm, of))
}

fn figure(values: &[Option<f64>]) -> Figure {
    let readings = readings(values);
    Figure { estimate: mean(&readings, level()), outcomes: range(&readings) }
}

/// Values as the estimators take them. They look at values alone, so any measure stands for what is none; a value that
/// is missing was left out before, so there is no horizon.
fn readings(values: &[Option<f64>]) -> Readings {
    let readings = values.iter().map(|value| value.map_or(Reading::Nothing, Reading::Value));
    Readings::new(Measure::Pcs, f64::INFINITY, readings)
}

fn value(replication: &Replication, segment: &Segment, measure: Measure) -> Option<f64> {
    match replication.record.reading(segment, measure)? {
        Reading::Value(value) => Some(value),
        Reading::NotWithinHorizon | Reading::Nothing => None,
    }
}

fn share_hit(replication: &Replication, segments: &[Segment]) -> Option<f64> {
    let sum = |measure| segments.iter().map(|segment| value(replication, segment, measure)).sum::<Option<f64>>();
    let (hit, all) = (sum(Measure::PcsHit)?, sum(Measure::Pcs)?);
    (all > 0.0).then(|| hit / all)
}

fn down<'a>(replication: &'a Replication, segment: &Segment) -> Option<&'a Curve> {
    replication.record.curves.iter().find(|curve| curve.of == CurveOf::PcsDown && curve.segment == *segment)
}

/// PCs down at an instant, with straight lines between those of the curve, as a part of another measure.
fn not_back(replication: &Replication, segment: &Segment, at_ms: i64, of: Measure) -> Option<f64> {
    let curve = down(replication, segment)?;
    let all = value(replication, segment, of)?;
    let next = curve.at.partition_point(|at| *at <= at_ms);
    let before = next.checked_sub(1)?;
    let down = match (curve.at.get(next), curve.values.get(next)) {
        (Some(&at), Some(&value)) => {
            let part = (at_ms - curve.at[before]) as f64 / (at - curve.at[before]) as f64;
            curve.values[before] + part * (value - curve.values[before])
        }
        _ => *curve.values.get(before)?,
    };
    (all > 0.0).then(|| down / all)
}

/// PCs an hour between the instants at which three quarters and one quarter of the PCs that went down were still down.
fn middle_pace(replication: &Replication) -> Option<f64> {
    let all = value(replication, &Segment::Fleet, Measure::PcsDown)?;
    let curve = down(replication, &Segment::Fleet)?;
    let hours = falls_below(curve, 0.25 * all)? - falls_below(curve, 0.75 * all)?;
    (hours > 0.0).then(|| 0.5 * all / hours)
}

/// Hours after which the curve, past its peak, comes down to a level.
fn falls_below(curve: &Curve, level: f64) -> Option<f64> {
    let peak = (0..curve.values.len()).max_by(|a, b| curve.values[*a].total_cmp(&curve.values[*b]))?;
    let next = (peak + 1..curve.values.len()).find(|index| curve.values[*index] <= level)?;
    let (from, to) = (curve.values[next - 1], curve.values[next]);
    let part = if from > to { ((from - level) / (from - to)).clamp(0.0, 1.0) } else { 1.0 };
    let (begin, end) = (curve.at[next - 1] as f64, curve.at[next] as f64);
    Some((begin + part * (end - begin)) / HOUR_MS)
}
