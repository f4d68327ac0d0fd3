//! Lowering of playbooks: which steps a sector can use, and which steps nobody can ever use.

use bugcheck_sim::agent::Defect;
use bugcheck_sim::agent::effect::{Burden, EFFECTS, Effect, Row};
use bugcheck_sim::draw::Dist;
use bugcheck_sim::fleet::Sector;
use bugcheck_sim::limits::MAX_STEPS;
use bugcheck_sim::recovery::{By, Desk, Need, Opens, Outcome, Stage, Step, Then, Work};
use bugcheck_sim::rollout::ReleaseId;

use super::release::{defect, moment, never};
use super::{Lowering, Meant};
use crate::file;
use crate::problem::{Code, Problem, suggestion};
use crate::source::join;
use crate::traits::alternatives;

/// Why a sector can't use a step.
struct Impossible {
    /// Field of the step that asks for too much, as a path below the step.
    field: String,
    why: String,
    help: Option<String>,
}

impl Impossible {
    fn new(field: impl Into<String>, why: impl Into<String>) -> Impossible {
        Impossible { field: field.into(), why: why.into(), help: None }
    }
}

impl Lowering<'_> {
    /// The playbook of every sector. A sector leaves out the steps that none of its PCs can ever use; a step that all
    /// sectors leave out is reported.
    pub(super) fn playbooks(&mut self, sectors: &[Sector]) -> Vec<Vec<Step>> {
        let file = self.file;
        let mut all: Vec<Vec<Step>> = sectors.iter().map(|_| Vec::new()).collect();
        let own = |i: usize| file.fleet.sectors[i].recovery.as_ref();
        let common: Vec<usize> = (0..sectors.len()).filter(|i| own(*i).is_none()).collect();
        if !common.is_empty() {
            self.playbook("recovery", &file.recovery, &common, sectors, &mut all);
        }
        for (i, sector) in sectors.iter().enumerate() {
            if let Some(playbook) = own(i) {
                let path = format!("fleet.sectors.{}.recovery", sector.name);
                self.playbook(&path, playbook, &[i], sectors, &mut all);
            }
        }
        all
    }

    /// Adds the steps of one playbook to the sectors that share it.
    fn playbook(
        &mut self,
        path: &str,
        playbook: &file::Playbook,
        sharing: &[usize],
        sectors: &[Sector],
        all: &mut [Vec<Step>],
    ) {
        self.limit(path, "steps", playbook.0.len(), ("MAX_STEPS", MAX_STEPS));
        for (index, (name, step)) in playbook.0.iter().enumerate() {
            let path = format!("{path}.{index}.{name}");
            if matches!(step.work, file::Work::StandsDown(_)) {
                self.stands_down(&path, step);
                continue;
            }
            if matches!(step.work, file::Work::Retry(_)) && !["pc", "user"].contains(&step.by.as_str()) {
                let message = format!("`{}` work on a PC once, and this is tried again and again", step.by);
                self.error(Code::Conflict, &format!("{path}.by"), message);
                self.problems.help("write `by: pc` or `by: user`, or give the step work that is done `once`");
                continue;
            }
            let mut refused = Vec::new();
            let mut used = false;
            for &i in sharing {
                match self.step(&path, name, step, &sectors[i]) {
                    Ok(step) => {
                        all[i].push(step);
                        used = true;
                    }
                    Err(reason) => refused.push(reason),
                }
            }
            let item = self.tree.key_place(&path);
            if used {
                self.doubts.settle(item);
            } else if let Some(Impossible { field, why, help }) = refused.into_iter().next() {
                let message = format!("`{name}` can never start: {why}");
                let mut problem = Problem::new(Code::UnreachableStep, message);
                problem.span = Some(self.tree.place(&format!("{path}.{field}")));
                problem.help = help;
                self.doubts.doubt(item, problem);
            }
        }
    }

    /// A step as one sector can use it.
    fn step(&mut self, path: &str, name: &str, step: &file::Step, sector: &Sector) -> Result<Step, Impossible> {
        let kinds: Vec<(&str, &file::Kind)> = sector
            .mix
            .iter()
            .filter_map(|(id, _)| self.file.fleet.kinds.get_index(*id))
            .map(|(n, k)| (n.as_str(), k))
            .collect();
        let mut needs = self.needs(&format!("{path}.needs"), &step.needs, &kinds)?;
        let against = self.against(step)?;
        let opens = self.opens(&format!("{path}.opens"), &step.opens, &against)?;
        let by = by(&step.by, sector)?;
        let work = self.work(&format!("{path}.work"), &step.work);
        let mut desks = Vec::new();
        for (name, desk) in &step.desks {
            let time = self.values.dist(&format!("{path}.desks.{name}.time"), &desk.time);
            let only_if = desk.only_if.as_ref();
            let only_if = only_if.map(|t| self.step_trait(&format!("{path}.desks.{name}.only_if"), t).id());
            match (sector.means.iter().position(|m| &m.name == name), only_if) {
                // Nobody has the trait for which the desk is needed.
                (_, Some(None)) => {}
                (Some(means), only_if) => desks.push(Desk { means, only_if: only_if.flatten(), time }),
                // No desk: only PCs that can do without it.
                (None, Some(Some(needing))) => needs.push(vec![Need::Lacks(needing)]),
                (None, None) => return Err(lacks_means(&format!("desks.{name}"), name, sector)),
            }
        }
        let mut waits = Vec::new();
        for (name, wait) in &step.waits {
            let path = format!("{path}.waits.{name}");
            let wait = self.values.dist(&path, wait);
            waits.extend(self.step_trait(&path, name).id().map(|id| (id, wait)));
        }
        Ok(Step {
            name: name.to_owned(),
            by,
            stage: match step.stage {
                file::Stage::Restarting => Stage::Restarting,
                file::Stage::RecoveryEnvironment => Stage::RecoveryEnvironment,
                file::Stage::Running => Stage::Running,
                file::Stage::Prompt => Stage::Prompt,
            },
            needs,
            against,
            opens,
            work,
            desks,
            waits,
            outcome: match step.outcome {
                file::Outcome::Cured => Outcome::Cured,
                file::Outcome::CuredDataLost => Outcome::CuredDataLost,
                file::Outcome::Restarted => Outcome::Restarted,
                file::Outcome::AgentOff => Outcome::AgentOff,
            },
        })
    }

    /// The conditions on a PC's traits, if any PC of these kinds can meet them all.
    fn needs(
        &mut self,
        path: &str,
        written: &[String],
        kinds: &[(&str, &file::Kind)],
    ) -> Result<Vec<Vec<Need>>, Impossible> {
        let mut needs = Vec::new();
        for (i, condition) in written.iter().enumerate() {
            let mut group = Vec::new();
            let mut always = false;
            for (has, name) in alternatives(condition) {
                match (has, self.step_trait(&join(path, &i.to_string()), name)) {
                    (true, Meant::Here(id)) => group.push(Need::Has(id)),
                    (false, Meant::Here(id)) => group.push(Need::Lacks(id)),
                    (true, Meant::Elsewhere) => {}
                    // Everybody lacks it; or the name is wrong, and nothing can be said about who does.
                    (false, Meant::Elsewhere) | (_, Meant::Nowhere) => always = true,
                }
            }
            if always {
                continue;
            }
            if group.is_empty() {
                let mut reason =
                    Impossible::new(format!("needs.{i}"), format!("no kind of PC has the trait `{condition}`"));
                reason.help = suggestion(condition, self.traits.iter().copied());
                return Err(reason);
            }
            if !kinds.iter().any(|(_, kind)| self.can_meet(&group, kind)) {
                return Err(Impossible::new(format!("needs.{i}"), format!("no PC in its sectors is `{condition}`")));
            }
            needs.push(group);
        }
        let possible = |kind: &file::Kind| needs.iter().all(|group| self.can_meet(group, kind));
        if needs.is_empty() || kinds.iter().any(|(_, kind)| possible(kind)) {
            return Ok(needs);
        }
        Err(Impossible::new("needs", format!("no kind of PC is all of `{}`", written.join("`, `"))))
    }

    /// Whether a PC of a kind can meet one of these conditions.
    fn can_meet(&self, group: &[Need], kind: &file::Kind) -> bool {
        group.iter().any(|need| match need {
            Need::Has(id) => self.can_be(kind, &[*id], &[]),
            Need::Lacks(id) => self.can_be(kind, &[], &[*id]),
        })
    }

    /// The defects that a step helps against, if a release has one of them that leaves PCs where the step begins.
    fn against(&self, step: &file::Step) -> Result<Vec<Defect>, Impossible> {
        let against: Vec<Defect> = step.against.iter().map(|d| defect(*d)).collect();
        let all: Vec<Defect> = self.faults().map(|(_, found)| found).collect();
        let met: Vec<Defect> =
            all.iter().copied().filter(|found| against.is_empty() || against.contains(found)).collect();
        if met.is_empty() && !against.is_empty() {
            return Err(Impossible::new("against", "no release has a defect that it helps against"));
        }
        let leads_there = |row: &&Row| match step.stage {
            file::Stage::Restarting | file::Stage::RecoveryEnvironment => true,
            file::Stage::Running => row.effect.burden() != Burden::Down || row.effect.begins_slow(),
            file::Stage::Prompt => row.effect == Effect::StopsAtPrompt,
        };
        let mut rows = EFFECTS.iter().filter(|row| met.contains(&row.defect));
        if !met.is_empty() && rows.find(leads_there).is_none() {
            return Err(Impossible::new("stage", "no release has a defect that leaves PCs there"));
        }
        Ok(against)
    }

    /// The releases that have a fault, and what is wrong with each.
    fn faults(&self) -> impl Iterator<Item = (ReleaseId, Defect)> {
        let releases = self.file.releases.values().enumerate();
        releases.filter_map(|(id, release)| Some((id, defect(release.fault.as_ref()?.defect))))
    }

    /// From when on a step is there, if there is a release for which it ever is.
    fn opens(&mut self, path: &str, opens: &file::Opens, against: &[Defect]) -> Result<Opens, Impossible> {
        let delay = opens.delay.as_ref().map_or(0, |delay| self.values.ms(&format!("{path}.delay"), delay));
        let mut releases: Vec<ReleaseId> = self
            .faults()
            .filter(|(_, defect)| against.is_empty() || against.contains(defect))
            .map(|(id, _)| id)
            .collect();
        if releases.is_empty() && !self.file.releases.is_empty() {
            // Nothing goes wrong: the step is judged by the release in question.
            releases.push(0);
        }
        releases.retain(|id| self.since_release(*id, opens.after).is_some());
        if releases.is_empty() && !self.file.releases.is_empty() {
            return Err(Impossible::new("opens.after", format!("the release {}", never(opens.after))));
        }
        let horizon = self.file.clock.horizon.ms();
        let opens_at = |id: ReleaseId| {
            let moment = self.since_release(id, opens.after)?;
            Some(self.earliest(id)?.saturating_add(moment).saturating_add(delay))
        };
        let late = |id: &ReleaseId| opens_at(*id).is_some_and(|at| at >= horizon);
        if self.values.are_likeliest() && !releases.is_empty() && releases.iter().all(late) {
            let field = if opens.delay.is_some() { "opens.delay" } else { "opens.after" };
            return Err(Impossible::new(field, "it opens after the horizon"));
        }
        Ok(Opens { after: moment(opens.after), delay })
    }

    fn work(&mut self, path: &str, work: &file::Work) -> Work {
        match work {
            file::Work::Once(once) => {
                let path = format!("{path}.once");
                let unattended = once.unattended.as_ref();
                Work::Once {
                    hands: self.values.dist(&format!("{path}.hands"), &once.hands),
                    unattended: unattended
                        .map_or(Dist::Constant(0.0), |d| self.values.dist(&format!("{path}.unattended"), d)),
                    works: self.values.share(&format!("{path}.works"), &once.works),
                }
            }
            file::Work::Retry(retry) => self.retry(&format!("{path}.retry"), retry),
            // Taken out of the playbook before; kept total so that a new kind of work can't be forgotten.
            file::Work::StandsDown(_) => Work::Once {
                hands: Dist::Constant(0.0),
                unattended: Dist::Constant(0.0),
                works: bugcheck_sim::draw::Share(0.0),
            },
        }
    }

    fn retry(&mut self, path: &str, retry: &file::Retry) -> Work {
        if retry.works_if.len() > 1 {
            self.error(Code::TooMany, &format!("{path}.works_if"), "a chance of its own for one trait at most");
        }
        let works_if = retry.works_if.iter().next().and_then(|(name, share)| {
            let path = format!("{path}.works_if.{name}");
            let share = self.values.share(&path, share);
            self.step_trait(&path, name).id().map(|id| (id, share))
        });
        Work::Retry {
            every: self.values.dist(&format!("{path}.every"), &retry.every),
            works: self.values.share(&format!("{path}.works"), &retry.works),
            works_if,
            tries: retry.tries.as_ref().map(|tries| self.at_least_one(&format!("{path}.tries"), tries)),
            within: retry.within.as_ref().map(|within| self.values.ms(&format!("{path}.within"), within)),
            then: match retry.then {
                file::Then::NextStep => Then::NextStep,
                file::Then::Again => Then::Again,
            },
        }
    }

    /// A value that makes sense above 0.
    pub(super) fn more_than_0<Q: crate::quantity::Quantity>(
        &mut self,
        path: &str,
        given: &crate::given::Given<Q>,
    ) -> f64 {
        let value = self.values.number(path, given);
        if value <= 0.0 {
            self.error(Code::OutOfRange, path, format!("`{}` must be more than 0", last(path)));
        }
        value
    }

    /// A count that makes sense from 1 on.
    pub(super) fn at_least_one(&mut self, path: &str, count: &crate::given::Given<crate::quantity::Count>) -> u32 {
        let count = self.values.number(path, count);
        if count < 1.0 {
            self.error(Code::OutOfRange, path, format!("`{}` must be at least 1", last(path)));
        }
        count.round() as u32
    }

    /// The crash counter that the common playbook gives to kernel components, if it has such a step.
    pub(super) fn crash_counter(&mut self) -> Option<u32> {
        let playbook = &self.file.recovery.0;
        playbook.iter().enumerate().find_map(|(index, (name, step))| match &step.work {
            file::Work::StandsDown(counter) => {
                Some(self.at_least_one(&format!("recovery.{index}.{name}.work.stands_down.after"), &counter.after))
            }
            _ => None,
        })
    }

    /// A counter in the agent is the vendor's, so it can't be a sector's own; and nothing of the step's other fields
    /// holds.
    fn stands_down(&mut self, path: &str, step: &file::Step) {
        if !path.starts_with("recovery.") {
            self.error(Code::Conflict, path, "a counter in the agent can't be one sector's own");
            self.problems.help("put this step into the scenario's `recovery`, or into the agent's architecture");
        }
        if step.by != "pc" || !step.needs.is_empty() || !step.desks.is_empty() || !step.waits.is_empty() {
            self.error(Code::Conflict, path, "an agent that stands down by itself needs nobody and nothing");
        }
    }
}

/// The key at the end of a path.
fn last(path: &str) -> &str {
    path.rsplit('.').next().unwrap_or(path)
}

fn by(name: &str, sector: &Sector) -> Result<By, Impossible> {
    match name {
        "pc" => Ok(By::Pc),
        "user" => Ok(By::User),
        means => match sector.means.iter().position(|m| m.name == means) {
            Some(id) => Ok(By::Means(id)),
            None => Err(lacks_means("by", means, sector)),
        },
    }
}

fn lacks_means(field: &str, means: &str, sector: &Sector) -> Impossible {
    let mut reason = Impossible::new(field, format!("no sector that uses this playbook has the means `{means}`"));
    let known = sector.means.iter().map(|m| m.name.as_str());
    reason.help = suggestion(means, ["pc", "user"].into_iter().chain(known));
    reason
}
