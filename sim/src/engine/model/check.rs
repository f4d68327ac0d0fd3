//! What a plan has to hold to be carried out, as far as its types do not hold it: numbers within the limits, and
//! references to what is there.

use std::ops::RangeInclusive;

use crate::agent::{Agent, Growth, Restart};
use crate::engine::Error;
use crate::fleet::{Fleet, Sector};
use crate::limits::{
    MAX_AGENTS, MAX_CRITICALITY, MAX_HOLDS, MAX_HORIZON_DAYS, MAX_KINDS, MAX_MEANS, MAX_ORGANISATION, MAX_PC_DAYS,
    MAX_PCS, MAX_REGIONS, MAX_RELEASES, MAX_RESTARTS, MAX_RINGS, MAX_SECTORS, MAX_SEGMENTS, MAX_STEPS, MAX_TRAITS,
    are_pc_days_within,
};
use crate::plan::Plan;
use crate::recovery::{By, Need, Step, Work};
use crate::rollout::{Hold, Hours, Only, Published, Release, ReleaseId, Response, Shape, TakesEffect};
use crate::time::{DAY, Millis, NEVER};

/// Refuses a plan that breaks a rule, by the first that it breaks.
pub(super) fn check(plan: &Plan) -> Result<(), Error> {
    let horizon = plan.clock.horizon;
    rule(horizon > 0, || "the horizon is more than 0".into())?;
    rule(horizon <= MAX_HORIZON_DAYS * DAY, || {
        format!("the horizon is longer than MAX_HORIZON_DAYS, {MAX_HORIZON_DAYS} days")
    })?;
    rule(plan.sample.one_in >= 1, || "a sample is 1 in 1 or fewer".into())?;
    span("the heartbeat time-out", plan.signals.heartbeat_timeout)?;
    fleet(&plan.fleet)?;
    for of in &plan.fleet.sectors {
        sector(of, &plan.fleet)?;
        let largest = of.largest.min(plan.fleet.pcs).min(MAX_ORGANISATION);
        rule(are_pc_days_within(largest, horizon), || {
            format!("{largest} PCs in one organisation have more PC-days than MAX_PC_DAYS, {MAX_PC_DAYS}")
        })?;
    }
    number("agents", plan.agents.len(), 1..=MAX_AGENTS, "MAX_AGENTS")?;
    for architecture in &plan.architectures {
        known("agent", architecture.relies_on.iter().copied(), plan.agents.len())?;
        architecture.components.iter().filter_map(|part| part.containment.restart.as_ref()).try_for_each(restart)?;
    }
    plan.agents.iter().try_for_each(|of| agent(of, plan))?;
    number("releases", plan.releases.len(), 1..=MAX_RELEASES, "MAX_RELEASES")?;
    plan.releases.iter().enumerate().try_for_each(|(id, of)| release(id, of, plan))
}

/// That a rule holds, said as it should be.
fn rule(holds: bool, what: impl FnOnce() -> String) -> Result<(), Error> {
    if holds { Ok(()) } else { Err(Error::Plan(what())) }
}

/// That there are as many of something as there have to be, and no more than a limit allows.
fn number(what: &str, count: usize, allowed: RangeInclusive<usize>, limit: &str) -> Result<(), Error> {
    rule(count >= *allowed.start(), || format!("a plan without {what}"))?;
    rule(count <= *allowed.end(), || format!("{count} {what}, the limit {limit} is {}", allowed.end()))
}

/// That what is referred to by index is among those that there are.
fn known(what: &str, ids: impl IntoIterator<Item = usize>, all: usize) -> Result<(), Error> {
    let unknown = ids.into_iter().find(|&id| id >= all);
    unknown.map_or(Ok(()), |id| {
        Err(Error::Plan(format!("there is no {what} {id}, they are numbered from 0 to below {all}")))
    })
}

/// That a span can be added to an instant.
fn span(what: &str, span: Millis) -> Result<(), Error> {
    rule((0..=NEVER).contains(&span), || format!("{what} is negative, or longer than NEVER"))
}

fn hours(what: &str, hours: Option<Hours>) -> Result<(), Error> {
    let within = |at: Millis| (0..=DAY).contains(&at);
    rule(hours.is_none_or(|hours| within(hours.from) && within(hours.to)), || format!("{what} are hours of a day"))
}

fn only(only: &Only, fleet: &Fleet) -> Result<(), Error> {
    known("region", only.regions.iter().copied(), fleet.regions.len())?;
    known("sector", only.sectors.iter().copied(), fleet.sectors.len())?;
    known("kind of PC", only.kinds.iter().copied(), fleet.kinds.len())
}

fn fleet(fleet: &Fleet) -> Result<(), Error> {
    rule((1..=MAX_PCS).contains(&fleet.pcs), || {
        format!("a fleet of {} PCs, there are 1 to MAX_PCS, {MAX_PCS}", fleet.pcs)
    })?;
    number("regions", fleet.regions.len(), 1..=MAX_REGIONS, "MAX_REGIONS")?;
    number("sectors", fleet.sectors.len(), 1..=MAX_SECTORS, "MAX_SECTORS")?;
    number("kinds of PC", fleet.kinds.len(), 1..=MAX_KINDS, "MAX_KINDS")?;
    number("traits", fleet.traits.len(), 0..=MAX_TRAITS, "MAX_TRAITS")?;
    for region in &fleet.regions {
        rule(!region.zone.offsets.is_empty(), || format!("the zone of region {} has an offset", region.name))?;
    }
    fleet.kinds.iter().try_for_each(|kind| {
        rule((0.0..=MAX_CRITICALITY).contains(&kind.criticality), || {
            format!("the criticality of {} is from 0 to MAX_CRITICALITY, {MAX_CRITICALITY}", kind.name)
        })?;
        known("trait", kind.traits.iter().map(|(id, _)| *id), fleet.traits.len())
    })
}

fn sector(sector: &Sector, fleet: &Fleet) -> Result<(), Error> {
    let kinds = fleet.kinds.len();
    rule(!sector.mix.is_empty(), || format!("the mix of sector {} has a kind of PC", sector.name))?;
    known("kind of PC", sector.mix.iter().map(|(id, _)| *id), kinds)?;
    number("groups of kinds that go first", sector.first.len(), 0..=MAX_KINDS, "MAX_KINDS")?;
    known("kind of PC", sector.first.iter().flatten().copied(), kinds)?;
    known("kind of PC", sector.services.iter().flat_map(|s| &s.needs).map(|(id, _)| *id), kinds)?;
    number("means", sector.means.len(), 0..=MAX_MEANS, "MAX_MEANS")?;
    known("kind of PC", sector.means.iter().filter_map(|means| means.hosted_on), kinds)?;
    number("steps", sector.playbook.len(), 0..=MAX_STEPS, "MAX_STEPS")?;
    sector.playbook.iter().try_for_each(|of| step(of, sector, fleet))
}

fn step(step: &Step, sector: &Sector, fleet: &Fleet) -> Result<(), Error> {
    let by = if let By::Means(means) = step.by { Some(means) } else { None };
    number("desks", step.desks.len(), 0..=MAX_MEANS, "MAX_MEANS")?;
    known("means", by.into_iter().chain(step.desks.iter().map(|desk| desk.means)), sector.means.len())?;
    span("the delay of a step", step.opens.delay)?;
    let needs = step.needs.iter().flatten().map(|need| match need {
        Need::Has(id) | Need::Lacks(id) => *id,
    });
    let waits = step.waits.iter().map(|(id, _)| *id);
    let desks = step.desks.iter().filter_map(|desk| desk.only_if);
    known("trait", needs.chain(waits).chain(desks), fleet.traits.len())?;
    if let Work::Retry { works_if, within, .. } = &step.work {
        rule(by.is_none(), || format!("step {} is tried again and again, which is not done by hand", step.name))?;
        known("trait", works_if.iter().map(|(id, _)| *id), fleet.traits.len())?;
        span("the time to give up", within.unwrap_or(0))?;
    }
    Ok(())
}

fn restart(restart: &Restart) -> Result<(), Error> {
    let Restart { attempts, backoff, .. } = *restart;
    number("restarts", attempts as usize, 0..=MAX_RESTARTS as usize, "MAX_RESTARTS")?;
    rule(backoff >= 1.0, || "each wait before a restart is at least 1 time the one before".into())
}

fn agent(agent: &Agent, plan: &Plan) -> Result<(), Error> {
    let name = &agent.name;
    rule(agent.architectures.last().is_some_and(|last| last.only == Only::default()), || {
        format!("agent {name} has an architecture for every PC")
    })?;
    number("segments", agent.architectures.len() - 1, 0..=MAX_SEGMENTS, "MAX_SEGMENTS")?;
    agent.architectures.iter().try_for_each(|adoption| {
        only(&adoption.only, &plan.fleet)?;
        rule(!adoption.parts.is_empty(), || format!("agent {name} has an architecture in each segment"))?;
        known("architecture", adoption.parts.iter().map(|(id, _)| *id), plan.architectures.len())?;
        let is_of_all = |growth: &Growth| growth.to.len() == adoption.parts.len();
        rule(adoption.growth.as_ref().is_none_or(is_of_all), || {
            format!("the parts of agent {name} that grow are those that there are")
        })
    })
}

fn release(id: ReleaseId, release: &Release, plan: &Plan) -> Result<(), Error> {
    let (name, fleet) = (&release.name, &plan.fleet);
    known("agent", [release.of], plan.agents.len())?;
    let parent = match release.published {
        Published::At(at) => {
            rule((0..plan.clock.horizon).contains(&at), || format!("release {name} is published within the horizon"))?;
            None
        }
        Published::After { release, delay, .. } => {
            rule(id > 0, || "the first release is published at an instant".into())?;
            span("the delay of a release", delay)?;
            Some(release)
        }
    };
    rule(parent.iter().chain(&release.cures).all(|&earlier| earlier < id), || {
        format!("release {name} follows and cures earlier ones only")
    })?;
    number("rings", release.rollout.rings.len(), 1..=MAX_RINGS, "MAX_RINGS")?;
    for ring in &release.rollout.rings {
        only(&ring.only, fleet)?;
        known("trait", ring.traits.iter().copied(), fleet.traits.len())?;
        span("the bake time of a ring", ring.bake)?;
        if let Some(ramp) = ring.ramp {
            span("the ramp of a ring", ramp.over)?;
            rule(ramp.shape != Shape::Steps(0), || "a ramp has at least one step".into())?;
        }
    }
    span("the time between looks", release.rollout.gate.as_ref().map_or(0, |gate| gate.every))?;
    number("holds", release.customers.holds.len(), 0..=MAX_HOLDS, "MAX_HOLDS")?;
    for (_, hold) in &release.customers.holds {
        span("the time for which a release is held back", if let Hold::For(time) = hold { *time } else { 0 })?;
    }
    hours("the window of a release", release.customers.window)?;
    if let TakesEffect::AtRestart(restarts) = &release.takes_effect {
        hours("active hours", restarts.active_hours)?;
        span("the time to a forced restart", restarts.forced_after.unwrap_or(0))?;
    }
    if let Response::Scripted { withdrawn, fixed } = release.response {
        span("the time to the withdrawal", withdrawn.unwrap_or(0))?;
        span("the time to the fix", fixed.unwrap_or(0))?;
    }
    let Some(fault) = &release.fault else { return Ok(()) };
    known("kind of PC", fault.strikes.kinds.iter().copied(), fleet.kinds.len())?;
    known("trait", fault.strikes.traits.iter().chain(&fault.strikes.lacks).copied(), fleet.traits.len())?;
    known("agent", fault.strikes.agents.iter().copied(), plan.agents.len())
}
