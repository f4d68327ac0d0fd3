//! What a PC has installed, and how it stands towards each release before anything happens.

use crate::draw::{Chance, Purpose, Share, unit};
use crate::engine::life::{Lives, Software, State, Version};
use crate::engine::model::{ReleaseModel, among, thresholds};
use crate::engine::organisation::Way;
use crate::fleet::population::Organisation;
use crate::rollout::{Hold, Member, Shape};
use crate::time::{Millis, NEVER};

impl Way<'_> {
    pub(super) fn adopted(&self) -> Vec<Vec<Vec<(Chance, usize)>>> {
        let model = self.course.model;
        let of_release = |release: &ReleaseModel<'_>| {
            let at = self.course.timelines[release.number].release;
            let agent = &model.plan.agents[release.release.of];
            agent.architectures.iter().map(|adoption| thresholds(adoption, at)).collect()
        };
        model.releases.iter().map(of_release).collect()
    }

    /// Which agents a PC has.
    pub(super) fn find_software(&self, organisation: &Organisation, kind: usize, pc: u64, software: &mut Software) {
        let model = self.course.model;
        let agents = &model.plan.agents;
        software.installed.clear();
        software.membership.clear();
        let share = |agent: usize| agents[agent].on.get(kind).map_or(0.0, |share| share.0);
        for (place, &agent) in model.agents.iter().enumerate() {
            software.membership.push(model.who.block(pc, Purpose::Membership, place as u32));
            // Agents of one family are drawn from one hash, one after the other.
            let family = |&other: &usize| {
                other == agent || agents[other].family.is_some_and(|f| agents[agent].family == Some(f))
            };
            let hash = model.agents.iter().position(family).unwrap_or(place);
            let before: f64 =
                model.agents[..place].iter().filter(|other| family(other)).map(|&other| share(other)).sum();
            let upto = Chance::from(Share((before + share(agent)).min(1.0)));
            let from = Chance::from(Share(before.min(1.0)));
            let bits = model.who.block(pc, Purpose::Software, hash as u32)[0];
            software.installed.push(upto.hit(bits) && !from.hit(bits));
        }
        for (place, &agent) in model.agents.iter().enumerate() {
            if agents[agent].only_where_relied_on && software.installed[place] {
                let relies = |(other, &of): (usize, &usize)| {
                    software.installed[other]
                        && other != place
                        && self.relies_on(organisation, kind, of, agent, software.membership[other][2])
                };
                software.installed[place] = model.agents.iter().enumerate().any(relies);
            }
        }
    }

    /// Whether an agent has an architecture on a PC that relies on another agent, at the scenario's first publication.
    pub(super) fn relies_on(
        &self,
        organisation: &Organisation,
        kind: usize,
        of: usize,
        agent: usize,
        bits: u32,
    ) -> bool {
        let plan = self.course.model.plan;
        let at = self.course.first().timeline.release;
        let adoptions = &plan.agents[of].architectures;
        let adoption = adoptions
            .iter()
            .find(|a| a.only.takes(usize::from(organisation.region), usize::from(organisation.sector), kind));
        adoption.is_some_and(|adoption| {
            plan.architectures[among(&thresholds(adoption, at), bits)].relies_on.contains(&agent)
        })
    }

    /// The architecture that a release meets on a PC.
    pub(super) fn architecture(
        &self,
        organisation: &Organisation,
        kind: usize,
        release: usize,
        software: &Software,
        adopted: &[Vec<Vec<(Chance, usize)>>],
    ) -> usize {
        let model = self.course.model;
        let ReleaseModel { agent, release: of, .. } = model.releases[release];
        let adoptions = &model.plan.agents[of.of].architectures;
        let (region, sector) = (usize::from(organisation.region), usize::from(organisation.sector));
        let segment = adoptions.iter().position(|a| a.only.takes(region, sector, kind)).unwrap_or(0);
        among(&adopted[release][segment], software.membership[agent][2])
    }

    /// How a PC stands towards a release before anything happened.
    pub(super) fn version(
        &self,
        organisation: &Organisation,
        (kind, pc, traits): (usize, u64, u32),
        release: &ReleaseModel<'_>,
        lives: &Lives,
    ) -> Version {
        let model = self.course.model;
        let Lives { software, adopted, .. } = lives;
        let [_, ring_bits, _, exposure] = software.membership[release.agent];
        let architecture = self.architecture(organisation, kind, release.number, software, adopted);
        let timeline = &self.course.timelines[release.number];
        let state = if software.installed[release.agent] { State::Ahead } else { State::Absent };
        let of_organisation = || model.who.block(organisation.number, Purpose::Customer, release.agent as u32);
        let bits = match release.release.rollout.member {
            Member::Pc => ring_bits,
            Member::Organisation => of_organisation()[0],
        };
        let (region, sector) = (usize::from(organisation.region), usize::from(organisation.sector));
        let ring = release.ring(bits, region, sector, kind, traits);
        let exposure = if release.is_first_of_agent {
            exposure
        } else {
            model.who.block(pc, Purpose::Exposure, release.number as u32)[0]
        };
        let exposed = release.fault.as_ref().is_some_and(|fault| {
            fault.strikes.hit(exposure)
                && (fault.kinds.is_empty() || fault.kinds.contains(&kind))
                && fault.fits(traits)
                && fault.agents.iter().all(|&agent| software.installed[agent])
        });
        let turn = release.turn(ring, bits) + self.held(organisation, release);
        let next = if state == State::Absent { NEVER } else { timeline.release };
        let (ring, architecture) = (ring as u16, architecture as u16);
        Version {
            state,
            next,
            good: NEVER,
            since: NEVER,
            ring,
            architecture,
            turn: turn.min(NEVER),
            exposed,
            was_taken: false,
        }
    }

    /// For how long after a ring opens the customer holds a release back; [`NEVER`] is for good.
    pub(super) fn held(&self, organisation: &Organisation, release: &ReleaseModel<'_>) -> Millis {
        if release.holds.is_empty() {
            return 0;
        }
        let bits = self.course.model.who.block(organisation.number, Purpose::Customer, release.agent as u32)[1];
        match release.holds.iter().find(|(upto, _)| upto.hit(bits)) {
            Some((_, Hold::For(span))) => *span,
            Some((_, Hold::Paused)) => NEVER,
            _ => 0,
        }
    }
}

impl ReleaseModel<'_> {
    /// From when a ring opens to the turn of a PC with this hash in it.
    fn turn(&self, ring: usize, bits: u32) -> Millis {
        let ring = &self.rings[ring];
        let Some(ramp) = ring.ramp else { return 0 };
        let (from, to) = ring.span;
        let place = ((unit(bits) - from) / (to - from).max(f64::MIN_POSITIVE)).clamp(0.0, 1.0);
        let part = match ramp.shape {
            Shape::Linear => place,
            // The share that is open after a part t of the time is first^(1 - t).
            Shape::Exponential { first } if place <= first.0 => 0.0,
            Shape::Exponential { first } => 1.0 - libm::log(place) / libm::log(first.0.min(1.0 - f64::EPSILON)),
            Shape::Steps(steps) => libm::floor(place * f64::from(steps)).min(f64::from(steps) - 1.0) / f64::from(steps),
        };
        (part * ramp.over as f64) as Millis
    }
}
