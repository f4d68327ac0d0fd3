//! A plan made ready for the hot loops: names resolved, distributions tabled, shares turned into thresholds.

mod check;
mod tries;

use crate::agent::effect::{Effect, effect};
use crate::agent::{Adoption, AgentId, Component, Defect, Fault, Growth, LastGood, Trigger};
use crate::draw::{Chance, Key, Purpose, Sampler, Samplers, Share, unit};
use crate::engine::Error;
use crate::engine::case::alone;
use crate::engine::model::check::check;
pub(crate) use crate::engine::model::tries::Tries;
use crate::fleet::calendar::Calendar;
use crate::fleet::population::Organisation;
use crate::fleet::roster::{Roster, Rosters};
use crate::fleet::{Count, Kind, KindId, Means, OwnRestarts, Region, Sector, TraitId};
use crate::plan::{Dice, Plan};
use crate::recovery::{By, Need, Outcome, Stage, Then, Work};
use crate::rollout::cloud::Cloud;
use crate::rollout::{Customers, Hold, Member, Published, Ramp, Release, ReleaseId, TakesEffect};
use crate::time::{Millis, NEVER};

/// A plan, ready.
pub(crate) struct Model<'a> {
    pub(crate) plan: &'a Plan,
    /// When the release in question, the first, is published.
    pub(crate) at: Millis,
    pub(crate) horizon: Millis,
    /// Dice of the population.
    pub(crate) who: Key,
    /// Dice of what happens.
    pub(crate) what: Key,
    /// By region, then kind.
    pub(crate) calendars: Vec<Vec<Calendar>>,
    /// By region, sector and means.
    pub(crate) rosters: Vec<Vec<Vec<Roster>>>,
    pub(crate) kinds: Vec<KindModel>,
    pub(crate) releases: Vec<ReleaseModel<'a>>,
    pub(crate) sectors: Vec<SectorModel>,
    pub(crate) reporting: Chance,
    pub(crate) crash_report: Sampler,
    pub(crate) agent_report: Sampler,
    pub(crate) calls: Option<(Chance, Sampler)>,
    /// Agents in the order in which the dice know them: that of the release in question first.
    pub(crate) agents: Vec<AgentId>,
    /// Whether [`crate::engine::take`] knows all that the plan has; if not, [`crate::engine::life`] does.
    pub(crate) is_plain: bool,
    /// See [`crate::engine::Run`].
    pub(crate) one_by_one: bool,
    /// Whether the durations of starts have to be drawn: in this arm, or in one that may share the draws.
    pub(crate) draws_starts: bool,
}

/// What is looked up once for all models that are made together.
#[derive(Default)]
pub(crate) struct Tables {
    samplers: Samplers,
    rosters: Rosters,
}

/// A release, ready.
pub(crate) struct ReleaseModel<'a> {
    pub(crate) release: &'a Release,
    /// Its place among the releases.
    pub(crate) number: ReleaseId,
    /// Its agent's place in [`Model::agents`].
    pub(crate) agent: usize,
    pub(crate) delivery: Sampler,
    /// Thresholds that split its agent over architectures, ascending, with the index of each.
    pub(crate) architectures: Vec<(Chance, usize)>,
    /// By architecture: what the release does there.
    pub(crate) parsers: Vec<Parser>,
    pub(crate) fault: Option<FaultModel>,
    pub(crate) rings: Vec<RingModel>,
    /// Thresholds on an organisation's hash, ascending, and what those below them do.
    pub(crate) holds: Vec<(Chance, &'a Hold)>,
    pub(crate) approval: Option<Sampler>,
    /// Whether it is its agent's first.
    pub(crate) is_first_of_agent: bool,
}

/// Traits of a kind of PC, and its times.
pub(crate) struct KindModel {
    pub(crate) connected: Chance,
    /// Share that has the agent of the release in question.
    pub(crate) installed: Chance,
    /// Time between its own restarts; `None` restarts whenever it is switched on.
    pub(crate) restarts: Option<Sampler>,
    /// Share with each trait, four and four.
    pub(crate) traits: Vec<[Chance; 4]>,
    pub(crate) dump: Sampler,
    pub(crate) firmware: Sampler,
    pub(crate) load: Sampler,
    pub(crate) sign_in: Sampler,
    pub(crate) recovery_environment: Sampler,
    /// The first kind whose starts take as long.
    pub(crate) boots_as: KindId,
}

/// The component that parses the release's channel, in one architecture.
pub(crate) struct Parser {
    /// `None` where no component parses the channel, or the release has no fault.
    pub(crate) effect: Option<Effect>,
    pub(crate) validates: Chance,
    pub(crate) last_good: LastGood,
    pub(crate) stands_down_after: u32,
    pub(crate) restart: Option<RestartModel>,
    /// From one launch of its program to the next.
    pub(crate) launches: Option<Sampler>,
}

pub(crate) struct RestartModel {
    pub(crate) delay: Sampler,
    pub(crate) backoff: f64,
    pub(crate) attempts: u32,
}

pub(crate) struct FaultModel {
    pub(crate) strikes: Chance,
    pub(crate) kinds: Vec<KindId>,
    /// Traits that a PC must have, and traits that it must not have, as bits.
    pub(crate) traits: (u32, u32),
    /// Places in [`Model::agents`] of those that must be there, too.
    pub(crate) agents: Vec<usize>,
    pub(crate) trigger: TriggerModel,
    pub(crate) slow_for: Sampler,
}

pub(crate) enum TriggerModel {
    OnLoad,
    OnActivity(Sampler),
    AtRestart,
    AtInstant(Millis),
}

/// A ring: its threshold on the PC's hash, and whom it takes.
pub(crate) struct RingModel {
    pub(crate) upto: Chance,
    pub(crate) regions: u64,
    pub(crate) sectors: u64,
    pub(crate) kinds: u64,
    /// Traits that a PC must have, as bits.
    pub(crate) traits: u32,
    /// Where on the hash it begins and ends.
    pub(crate) span: (f64, f64),
    pub(crate) ramp: Option<Ramp>,
}

pub(crate) struct SectorModel {
    pub(crate) steps: Vec<StepModel>,
    /// By kind: its rank in the order of hands-on work, 0 first.
    pub(crate) rank: Vec<u8>,
    pub(crate) ranks: usize,
    /// By means: kind on whose first PC it runs.
    pub(crate) hosted_on: Vec<Option<KindId>>,
    /// By means: from the release to the first work.
    pub(crate) mobilised: Vec<Sampler>,
    /// Steps done by hand, as bits.
    pub(crate) by_hand: u32,
    /// By means: the steps that it does, as bits.
    pub(crate) by_means: Vec<u32>,
    /// Steps done by the PC or its user.
    pub(crate) by_itself: Vec<usize>,
    /// Those among them that may help, by release and by the architecture that it met.
    pub(crate) alone: Vec<Vec<Vec<usize>>>,
    /// By release: the steps that help against its fault, as bits.
    pub(crate) against: Vec<u32>,
    /// By means: those who come later, and how much later.
    pub(crate) surge: Vec<Option<(Count, Sampler)>>,
}

pub(crate) struct StepModel {
    pub(crate) by: By,
    pub(crate) stage: Stage,
    /// Per inner list: traits of which one must be there, traits of which one must be missing.
    pub(crate) needs: Vec<(u32, u32)>,
    pub(crate) work: WorkModel,
    pub(crate) desks: Vec<DeskModel>,
    pub(crate) waits: Vec<(u32, Sampler)>,
    /// Traits that make a PC wait, as bits.
    pub(crate) waits_if: u32,
    pub(crate) outcome: Outcome,
}

pub(crate) enum WorkModel {
    Once { hands: Sampler, unattended: Sampler, works: Chance },
    Retry { every: Sampler, works: Tries, works_if: Option<(u32, Tries)>, tries: u32, within: Millis, then: Then },
}

pub(crate) struct DeskModel {
    pub(crate) means: usize,
    pub(crate) only_if: u32,
    pub(crate) time: Sampler,
}

impl<'a> Model<'a> {
    pub(crate) fn new(plan: &'a Plan, dice: Dice, one_by_one: bool, tables: &mut Tables) -> Result<Model<'a>, Error> {
        check(plan)?;
        let Tables { samplers, rosters } = tables;
        let calendars = plan
            .fleet
            .regions
            .iter()
            .map(|r| plan.fleet.kinds.iter().map(|k| Calendar::new(&k.schedule, &r.zone, samplers)).collect())
            .collect();
        let first = plan.releases[0].of;
        let mut agents: Vec<AgentId> = (0..plan.agents.len()).collect();
        agents.sort_by_key(|&agent| agent != first);
        let releases: Vec<_> =
            (0..plan.releases.len()).map(|number| release_model(plan, number, &agents, samplers)).collect();
        let signals = &plan.signals;
        Ok(Model {
            plan,
            at: published(&plan.releases[0]),
            horizon: plan.clock.horizon,
            who: Key::new(dice.population, dice.replication),
            what: Key::new(dice.dynamics, dice.replication),
            calendars,
            rosters: rosters_of(plan, rosters),
            kinds: kinds(plan, &plan.releases[0], samplers),
            sectors: plan.fleet.sectors.iter().map(|s| sector(s, plan, &releases, samplers)).collect(),
            releases,
            reporting: signals.reporting.into(),
            crash_report: samplers.of(&signals.crash_report),
            agent_report: samplers.of(&signals.agent_report),
            calls: signals.calls.as_ref().map(|calls| (calls.share.into(), samplers.of(&calls.delay))),
            agents,
            is_plain: !one_by_one && is_plain(plan),
            one_by_one,
            draws_starts: true,
        })
    }

    /// The release in question.
    #[inline]
    pub(crate) fn first(&self) -> &ReleaseModel<'a> {
        &self.releases[0]
    }

    /// The vendor of a release.
    pub(crate) fn cloud(&self, release: ReleaseId) -> Cloud<'a> {
        Cloud::new(self.plan, release, self.what)
    }

    /// How many PCs of each kind an organisation has, in the order in which they are numbered: shares of its size,
    /// rounded up or down at random, never off by more than 1.
    pub(crate) fn mix(&self, organisation: &Organisation) -> impl Iterator<Item = (KindId, u32)> + use<'a> {
        let mix = &self.plan.fleet.sectors[usize::from(organisation.sector)].mix;
        let (last, pcs) = (mix.len() - 1, organisation.pcs);
        // What is of one kind is not rounded.
        let turn = if last > 0 { unit(self.who.block(organisation.number, Purpose::Rounding, 0)[0]) } else { 0.0 };
        let whole: f64 = mix.iter().map(|m| m.1.0).sum();
        let (mut sum, mut before) = (0.0, 0);
        mix.iter().enumerate().map(move |(i, (kind, share))| {
            sum += share.0;
            let part = f64::from(pcs) * sum / whole + turn;
            let upto = if i == last { pcs } else { libm::floor(part) as u32 };
            let upto = upto.clamp(before, pcs);
            let count = upto - before;
            before = upto;
            (*kind, count)
        })
    }

    /// Number of the organisation's first PC of a kind, if it has one.
    pub(crate) fn first_of_kind(&self, organisation: &Organisation, kind: KindId) -> Option<u64> {
        let mut first = organisation.first_pc;
        for (of, count) in self.mix(organisation) {
            if of == kind && count > 0 {
                return Some(first);
            }
            first += u64::from(count);
        }
        None
    }

    /// Whether another arm on the same dice has the same PCs, with the same hours, reached by the release alike.
    pub(crate) fn has_past_of(&self, other: &Model<'_>) -> bool {
        let (mine, theirs) = (self.plan, other.plan);
        let same_kinds = || {
            let (mine, theirs) = (&mine.fleet.kinds, &theirs.fleet.kinds);
            let same =
                |(a, b): (&Kind, &Kind)| a.name == b.name && a.schedule == b.schedule && a.connected == b.connected;
            mine.len() == theirs.len() && mine.iter().zip(theirs).all(same)
        };
        let same_sectors = || {
            let (mine, theirs) = (&mine.fleet.sectors, &theirs.fleet.sectors);
            let of = |s: &Sector| (s.name.clone(), s.share, s.size.clone(), s.largest, s.mix.clone());
            mine.len() == theirs.len() && mine.iter().zip(theirs).all(|(a, b)| of(a) == of(b))
        };
        mine.clock == theirs.clock
            && mine.sample == theirs.sample
            && mine.fleet.pcs == theirs.fleet.pcs
            && mine.fleet.regions == theirs.fleet.regions
            && same_kinds()
            && same_sectors()
            && self.at == other.at
            && mine.agents[self.agents[0]].on == theirs.agents[other.agents[0]].on
    }
}

impl ReleaseModel<'_> {
    /// The architecture of a PC's agent, by its hash.
    #[inline]
    pub(crate) fn architecture(&self, bits: u32) -> usize {
        among(&self.architectures, bits)
    }

    /// The ring of a PC, by its hash and its segments; the last ring takes whoever is left.
    pub(crate) fn ring(&self, bits: u32, region: usize, sector: usize, kind: usize, traits: u32) -> usize {
        let last = self.rings.len() - 1;
        self.rings[..last].iter().position(|ring| ring.takes(bits, region, sector, kind, traits)).unwrap_or(last)
    }

    /// The rings of PCs of some segments without traits, as [`among`] wants them.
    pub(crate) fn rings_of(&self, region: usize, sector: usize, kind: usize) -> Vec<(Chance, usize)> {
        let last = self.rings.len() - 1;
        let takes = |&ring: &usize| ring == last || self.rings[ring].takes(0, region, sector, kind, 0);
        (0..self.rings.len()).filter(takes).map(|ring| (self.rings[ring].upto, ring)).collect()
    }

    /// Whether the fault strikes at each load, so that a PC that was only restarted is down again at once.
    #[inline]
    pub(crate) fn strikes_on_load(&self) -> bool {
        self.fault.as_ref().is_some_and(|fault| !matches!(fault.trigger, TriggerModel::OnActivity(_)))
    }
}

/// The one that a hash falls to, by ascending thresholds.
#[inline]
pub(crate) fn among<T: Copy + Default>(thresholds: &[(Chance, T)], bits: u32) -> T {
    let Some((&(_, last), before)) = thresholds.split_last() else { return T::default() };
    // From the last to the first, so that there is no branch on what cannot be foretold.
    before.iter().rev().fold(last, |found, &(upto, id)| if upto.hit(bits) { id } else { found })
}

/// The same for many hashes: one threshold after the other, each for all of them.
pub(crate) fn among_each<T: Copy + PartialEq>(
    thresholds: &[(Chance, T)],
    hashes: &(impl Iterator<Item = u32> + Clone),
    into: &mut [T],
) {
    let Some((&(_, last), before)) = thresholds.split_last() else { return };
    into.fill(last);
    let mut after = last;
    for &(upto, id) in before.iter().rev() {
        // Where both sides of a threshold are the same, it does not matter.
        if id != std::mem::replace(&mut after, id) {
            let is_below = upto.hits();
            for (into, hash) in into.iter_mut().zip(hashes.clone()) {
                *into = if is_below(hash) { id } else { *into };
            }
        }
    }
}

impl RingModel {
    fn takes(&self, bits: u32, region: usize, sector: usize, kind: usize, traits: u32) -> bool {
        let has = |mask: u64, id: usize| mask >> id & 1 == 1;
        self.upto.hit(bits)
            && has(self.regions, region)
            && has(self.sectors, sector)
            && has(self.kinds, kind)
            && traits & self.traits == self.traits
    }
}

impl SectorModel {
    /// How many desks a step has at most.
    pub(crate) fn most_desks(&self) -> usize {
        self.steps.iter().map(|step| step.desks.len()).max().unwrap_or(0)
    }

    /// The steps by hand that are possible for a PC with these traits, as bits.
    pub(crate) fn can_by_hand(&self, traits: u32) -> u32 {
        bits(self.by_hand).filter(|&i| self.steps[i].possible(traits)).fold(0, |mask, i| mask | 1 << i)
    }
}

/// The bits that are set, from the lowest.
#[inline]
pub(crate) fn bits(mut mask: u32) -> impl Iterator<Item = usize> {
    std::iter::from_fn(move || {
        let bit = (mask != 0).then(|| mask.trailing_zeros() as usize)?;
        mask &= mask - 1;
        Some(bit)
    })
}

impl StepModel {
    /// Whether a PC with these traits has what the step needs.
    pub(crate) fn possible(&self, traits: u32) -> bool {
        self.needs.iter().all(|&(has, lacks)| traits & has != 0 || !traits & lacks != 0)
    }
}

/// When a release is published, where that is known beforehand.
pub(crate) fn published(release: &Release) -> Millis {
    match release.published {
        Published::At(at) => at,
        Published::After { .. } => NEVER,
    }
}

/// Whether a plan has nothing but one release that all PCs take under the same conditions.
fn is_plain(plan: &Plan) -> bool {
    let [release] = &plan.releases[..] else { return false };
    let agent = &plan.agents[release.of];
    let is_plain_fault = |fault: &Fault| {
        matches!(fault.defect, Defect::InvalidMemoryAccess | Defect::Hang)
            && matches!(fault.trigger, Trigger::OnLoad | Trigger::OnActivity(_))
            && fault.strikes.agents.is_empty()
    };
    let steps = || plan.fleet.sectors.iter().flat_map(|sector| &sector.playbook);
    plan.campaign.is_none()
        && steps().all(|step| step.outcome != Outcome::AgentOff)
        && !agent.only_where_relied_on
        && matches!(&agent.architectures[..], [Adoption { growth: None, .. }])
        && plan.architectures.iter().flat_map(|a| &a.components).all(|c| c.launches.is_none())
        && release.takes_effect == TakesEffect::AtOnce
        && release.customers == Customers::default()
        && release.rollout.member == Member::Pc
        && release.rollout.rings.iter().all(|ring| ring.ramp.is_none() && ring.traits.is_empty())
        && release.fault.as_ref().is_none_or(is_plain_fault)
}

fn release_model<'a>(
    plan: &'a Plan,
    number: ReleaseId,
    agents: &[AgentId],
    samplers: &mut Samplers,
) -> ReleaseModel<'a> {
    let release = &plan.releases[number];
    let fault = release.fault.as_ref().map(|fault| FaultModel {
        strikes: fault.strikes.share.into(),
        kinds: fault.strikes.kinds.clone(),
        traits: (mask(fault.strikes.traits.iter().copied()), mask(fault.strikes.lacks.iter().copied())),
        agents: fault.strikes.agents.iter().map(|agent| place(agents, *agent)).collect(),
        trigger: match &fault.trigger {
            Trigger::OnLoad => TriggerModel::OnLoad,
            Trigger::OnActivity(dist) => TriggerModel::OnActivity(samplers.of(dist)),
            Trigger::AtRestart => TriggerModel::AtRestart,
            Trigger::AtInstant(at) => TriggerModel::AtInstant(*at),
        },
        slow_for: samplers.of(&fault.slow_for),
    });
    let mut upto = 0.0;
    let holds = release.customers.holds.iter().map(|(share, hold)| {
        upto += share.0;
        (Share(upto).into(), hold)
    });
    ReleaseModel {
        release,
        number,
        agent: place(agents, release.of),
        delivery: samplers.of(&release.delivery),
        architectures: thresholds(&plan.agents[release.of].architectures[0], published(release)),
        parsers: parsers(plan, release, samplers),
        fault,
        rings: rings(release),
        holds: holds.collect(),
        approval: release.customers.approval.as_ref().map(|approval| samplers.of(approval)),
        is_first_of_agent: plan.releases[..number].iter().all(|earlier| earlier.of != release.of),
    }
}

fn place(agents: &[AgentId], agent: AgentId) -> usize {
    agents.iter().position(|&a| a == agent).unwrap_or(0)
}

/// Thresholds that split an agent over architectures at an instant, ascending, with the index of each.
pub(crate) fn thresholds(adoption: &Adoption, at: Millis) -> Vec<(Chance, usize)> {
    let mut upto = 0.0;
    let share = |(i, &(id, Share(share))): (usize, &(usize, Share))| {
        upto += match &adoption.growth {
            Some(Growth { to, from, until }) => {
                let part = (at - from) as f64 / (until - from).max(1) as f64;
                share + (to[i].0 - share) * part.clamp(0.0, 1.0)
            }
            None => share,
        };
        (Chance::from(Share(upto)), id)
    };
    adoption.parts.iter().enumerate().map(share).collect()
}

fn mask(traits: impl Iterator<Item = TraitId>) -> u32 {
    traits.fold(0, |mask, id| mask | 1 << id)
}

/// When means work, by region, sector and means.
fn rosters_of(plan: &Plan, rosters: &mut Rosters) -> Vec<Vec<Vec<Roster>>> {
    let span = published(&plan.releases[0])..plan.clock.horizon;
    let mut of_region = |region: &Region| {
        let mut of_means = |means: &Means| rosters.of(&means.shift, &region.zone, &span);
        plan.fleet.sectors.iter().map(|sector| sector.means.iter().map(&mut of_means).collect()).collect()
    };
    plan.fleet.regions.iter().map(&mut of_region).collect()
}

fn kinds(plan: &Plan, release: &Release, samplers: &mut Samplers) -> Vec<KindModel> {
    let installed = &plan.agents[release.of].on;
    plan.fleet
        .kinds
        .iter()
        .enumerate()
        .map(|(id, kind)| KindModel {
            connected: kind.connected.into(),
            restarts: match &kind.restarts {
                OwnRestarts::AtSwitchOn => None,
                OwnRestarts::Every(dist) => Some(samplers.of(dist)),
            },
            installed: installed.get(id).copied().unwrap_or(Share(0.0)).into(),
            traits: trait_shares(&kind.traits, plan.fleet.traits.len()),
            dump: samplers.of(&kind.boot.dump),
            firmware: samplers.of(&kind.boot.firmware),
            load: samplers.of(&kind.boot.load),
            sign_in: samplers.of(&kind.boot.sign_in),
            recovery_environment: samplers.of(&kind.boot.recovery_environment),
            boots_as: plan.fleet.kinds.iter().position(|other| other.boot == kind.boot).unwrap_or(id),
        })
        .collect()
}

fn trait_shares(of: &[(TraitId, Share)], named: usize) -> Vec<[Chance; 4]> {
    let mut shares = vec![[Chance::NEVER; 4]; named.div_ceil(4)];
    for &(id, share) in of {
        shares[id / 4][id % 4] = share.into();
    }
    shares
}

fn parsers(plan: &Plan, release: &Release, samplers: &mut Samplers) -> Vec<Parser> {
    plan.architectures
        .iter()
        .map(|architecture| {
            let component = architecture.components.iter().find(|c| c.parses.contains(&release.channel));
            parser(component, release, samplers)
        })
        .collect()
}

fn parser(component: Option<&Component>, release: &Release, samplers: &mut Samplers) -> Parser {
    let (Some(component), Some(fault)) = (component, &release.fault) else {
        return Parser {
            effect: None,
            validates: Share(0.0).into(),
            last_good: LastGood::NotKept,
            stands_down_after: 0,
            restart: None,
            launches: None,
        };
    };
    let containment = &component.containment;
    Parser {
        effect: Some(effect(fault.defect, component).effect),
        validates: containment.validates.into(),
        last_good: containment.last_good,
        stands_down_after: containment.stands_down_after.unwrap_or(0),
        restart: containment.restart.as_ref().map(|r| RestartModel {
            delay: samplers.of(&r.delay),
            backoff: r.backoff,
            attempts: r.attempts,
        }),
        launches: component.launches.as_ref().map(|launches| samplers.of(launches)),
    }
}

fn rings(release: &Release) -> Vec<RingModel> {
    let bits = |ids: &[usize]| if ids.is_empty() { u64::MAX } else { ids.iter().fold(0, |m, id| m | 1 << id) };
    let mut upto = 0.0;
    release
        .rollout
        .rings
        .iter()
        .map(|ring| {
            let from = upto;
            upto += ring.share.0;
            RingModel {
                traits: mask(ring.traits.iter().copied()),
                span: (from, upto.min(1.0)),
                ramp: ring.ramp,
                upto: Share(upto).into(),
                regions: bits(&ring.only.regions),
                sectors: bits(&ring.only.sectors),
                kinds: bits(&ring.only.kinds),
            }
        })
        .collect()
}

fn sector(sector: &Sector, plan: &Plan, releases: &[ReleaseModel<'_>], samplers: &mut Samplers) -> SectorModel {
    let last = sector.first.len() as u8;
    let helps = |release: &Release| {
        let defect = release.fault.as_ref().map(|fault| fault.defect);
        let against = |step: &crate::recovery::Step| {
            step.against.is_empty() || defect.is_some_and(|defect| step.against.contains(&defect))
        };
        sector.playbook.iter().enumerate().filter(|(_, step)| against(step)).fold(0, |mask, (i, _)| mask | 1 << i)
    };
    let rank = (0..plan.fleet.kinds.len())
        .map(|kind| sector.first.iter().position(|group| group.contains(&kind)).map_or(last, |r| r as u8))
        .collect();
    let steps: Vec<StepModel> = sector.playbook.iter().map(|s| step(s, samplers)).collect();
    let bits = |is: &dyn Fn(By) -> bool| {
        let fitting = steps.iter().enumerate().filter(|(_, step)| is(step.by));
        fitting.fold(0, |mask, (i, _)| mask | 1 << i)
    };
    let by_means: Vec<u32> = (0..sector.means.len()).map(|means| bits(&|by| by == By::Means(means))).collect();
    let by_hand = bits(&|by| matches!(by, By::Means(_)));
    let mut model = SectorModel {
        rank,
        ranks: sector.first.len() + 1,
        hosted_on: sector.means.iter().map(|m| m.hosted_on).collect(),
        mobilised: sector.means.iter().map(|m| samplers.of(&m.mobilised)).collect(),
        by_hand,
        by_means,
        against: plan.releases.iter().map(helps).collect(),
        surge: sector
            .means
            .iter()
            .map(|m| m.surge.as_ref().map(|surge| (surge.count, samplers.of(&surge.after))))
            .collect(),
        by_itself: (0..steps.len()).filter(|i| by_hand >> i & 1 == 0).collect(),
        alone: Vec::new(),
        steps,
    };
    let of_release = |release: &ReleaseModel<'_>| release.parsers.iter().map(|p| alone(&model, release, p)).collect();
    model.alone = releases.iter().map(of_release).collect();
    model
}

fn step(step: &crate::recovery::Step, samplers: &mut Samplers) -> StepModel {
    StepModel {
        by: step.by,
        stage: step.stage,
        needs: step
            .needs
            .iter()
            .map(|any| {
                let has = any.iter().filter_map(|n| if let Need::Has(id) = n { Some(*id) } else { None });
                let lacks = any.iter().filter_map(|n| if let Need::Lacks(id) = n { Some(*id) } else { None });
                (mask(has), mask(lacks))
            })
            .collect(),
        work: match &step.work {
            Work::Once { hands, unattended, works } => WorkModel::Once {
                hands: samplers.of(hands),
                unattended: samplers.of(unattended),
                works: (*works).into(),
            },
            Work::Retry { every, works, works_if, tries, within, then } => WorkModel::Retry {
                every: samplers.of(every),
                works: Tries::with(works.0),
                works_if: works_if.map(|(id, share)| (1 << id, Tries::with(share.0))),
                tries: tries.unwrap_or(u32::MAX),
                within: within.unwrap_or(NEVER),
                then: *then,
            },
        },
        desks: step
            .desks
            .iter()
            .map(|d| DeskModel {
                means: d.means,
                only_if: d.only_if.map_or(0, |id| 1 << id),
                time: samplers.of(&d.time),
            })
            .collect(),
        waits_if: mask(step.waits.iter().map(|wait| wait.0)),
        waits: step.waits.iter().map(|(id, dist)| (1 << id, samplers.of(dist))).collect(),
        outcome: step.outcome,
    }
}
