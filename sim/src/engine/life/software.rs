//! What a PC has installed, and how it stands towards each release before anything happens.

use crate::agent::AgentId;
use crate::draw::{Chance, Purpose, Share, unit};
use crate::engine::life::{State, Version};
use crate::engine::model::{ReleaseModel, among, thresholds};
use crate::engine::organisation::Way;
use crate::engine::take::Course;
use crate::fleet::population::Organisation;
use crate::rollout::{Hold, Member, Only, ReleaseId, Shape};
use crate::time::{Millis, NEVER};

/// What is the same for all PCs of a plan.
#[derive(Default)]
pub(super) struct Known {
    /// By kind, then by place of the agent among [`crate::engine::model::Model::agents`].
    installs: Vec<Vec<Install>>,
    /// By agent and adoption: thresholds on the hash of the architecture, as of the first publication.
    first: Vec<Vec<Vec<(Chance, usize)>>>,
    /// By release and adoption: the same, as of its publication.
    adopted: Vec<Vec<Vec<(Chance, usize)>>>,
}

/// Which PCs of a kind have an agent: those whose hash is between.
struct Install {
    /// Agents of one family are drawn from one hash, one after the other: that of the first of them.
    hash: u32,
    from: Chance,
    upto: Chance,
}

impl Known {
    pub(super) fn of(course: Course<'_>) -> Known {
        let model = course.model;
        let agents = &model.plan.agents;
        let install = |place: usize, kind: usize| {
            let agent = model.agents[place];
            let family = |&other: &AgentId| {
                other == agent || agents[other].family.is_some() && agents[other].family == agents[agent].family
            };
            let share = |agent: AgentId| agents[agent].on.get(kind).map_or(0.0, |share| share.0);
            let before: f64 =
                model.agents[..place].iter().filter(|other| family(other)).map(|&other| share(other)).sum();
            Install {
                hash: model.agents.iter().position(family).unwrap_or(place) as u32,
                from: Share(before.min(1.0)).into(),
                upto: Share((before + share(agent)).min(1.0)).into(),
            }
        };
        let at = |agent: AgentId, at: Millis| {
            agents[agent].architectures.iter().map(|adoption| thresholds(adoption, at)).collect()
        };
        let published = |release: &ReleaseModel<'_>| course.timelines[release.number].release;
        Known {
            installs: (0..model.kinds.len())
                .map(|kind| (0..model.agents.len()).map(|place| install(place, kind)).collect())
                .collect(),
            first: model.agents.iter().map(|&agent| at(agent, course.first().timeline.release)).collect(),
            adopted: model.releases.iter().map(|release| at(release.release.of, published(release))).collect(),
        }
    }
}

/// A PC among those of its organisation.
#[derive(Clone, Copy)]
pub(super) struct Pc<'o> {
    pub(super) organisation: &'o Organisation,
    pub(super) kind: usize,
    pub(super) number: u64,
}

impl Pc<'_> {
    fn is_among(&self, only: &Only) -> bool {
        only.takes(usize::from(self.organisation.region), usize::from(self.organisation.sector), self.kind)
    }
}

impl Way<'_> {
    /// Finds which agents a PC has, by place among [`crate::engine::model::Model::agents`].
    pub(super) fn find_installed(&self, pc: Pc<'_>, known: &Known, installed: &mut Vec<bool>) {
        let model = self.course.model;
        let agents = &model.plan.agents;
        installed.clear();
        installed.extend(known.installs[pc.kind].iter().map(|install| {
            let [bits, ..] = model.who.block(pc.number, Purpose::Software, install.hash);
            install.upto.hit(bits) && !install.from.hit(bits)
        }));
        for place in 0..model.agents.len() {
            let agent = model.agents[place];
            if agents[agent].only_where_relied_on && installed[place] {
                let relies = |other: usize| {
                    let Some(segment) = self.segment(pc, model.agents[other]) else { return false };
                    let architecture = self.adopted(pc, other, &known.first[other][segment]);
                    installed[other] && model.plan.architectures[architecture].relies_on.contains(&agent)
                };
                installed[place] = (0..model.agents.len()).any(|other| other != place && relies(other));
            }
        }
    }

    /// Which of an agent's adoptions is that of a PC.
    fn segment(&self, pc: Pc<'_>, agent: AgentId) -> Option<usize> {
        self.course.model.plan.agents[agent].architectures.iter().position(|adoption| pc.is_among(&adoption.only))
    }

    /// The architecture that a release meets on a PC.
    pub(super) fn architecture(&self, pc: Pc<'_>, release: ReleaseId, known: &Known) -> usize {
        let ReleaseModel { agent, release: of, .. } = self.course.model.releases[release];
        let segment = self.segment(pc, of.of).unwrap_or(0);
        self.adopted(pc, agent, &known.adopted[release][segment])
    }

    /// The architecture of an agent that a PC has, among those that there are.
    fn adopted(&self, pc: Pc<'_>, agent: usize, among_these: &[(Chance, usize)]) -> usize {
        match among_these {
            [(_, only)] => *only,
            _ => among(among_these, self.course.model.who.number(pc.number, Purpose::Architecture, agent as u32)),
        }
    }

    /// How a PC stands towards a release before anything happened.
    pub(super) fn version(
        &self,
        pc: Pc<'_>,
        traits: u32,
        release: &ReleaseModel<'_>,
        installed: &[bool],
        known: &Known,
    ) -> Version {
        let model = self.course.model;
        let Pc { organisation, kind, number } = pc;
        let agent = release.agent as u32;
        let architecture = self.architecture(pc, release.number, known);
        let timeline = &self.course.timelines[release.number];
        let state = if installed[release.agent] { State::Ahead } else { State::Absent };
        let of_organisation = || model.who.block(organisation.number, Purpose::Customer, agent);
        let bits = match release.release.rollout.member {
            Member::Pc => model.who.number(number, Purpose::Ring, agent),
            Member::Organisation => of_organisation()[0],
        };
        let (region, sector) = (usize::from(organisation.region), usize::from(organisation.sector));
        let ring = release.ring(bits, region, sector, kind, traits);
        let exposure = || {
            if release.is_first_of_agent {
                model.who.number(number, Purpose::FirstExposure, agent)
            } else {
                model.who.block(number, Purpose::Exposure, release.number as u32)[0]
            }
        };
        let exposed = release.fault.as_ref().is_some_and(|fault| {
            fault.strikes.hit(exposure())
                && (fault.kinds.is_empty() || fault.kinds.contains(&kind))
                && fault.fits(traits)
                && fault.agents.iter().all(|&agent| installed[agent])
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
    fn held(&self, organisation: &Organisation, release: &ReleaseModel<'_>) -> Millis {
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
