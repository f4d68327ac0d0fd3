//! What users of PCs that are down try. What they try first, after the first failure, is found for many PCs at once:
//! the same as [`crate::engine::case`] finds one by one.

use crate::draw::Words;
use crate::engine::case::{Alone, StartsOfMany, loops};
use crate::engine::cost::Usage;
use crate::engine::log::NO_STEP;
use crate::engine::model::{SectorModel, StepModel, WorkModel};
use crate::engine::strike::Struck;
use crate::engine::take::Course;
use crate::fleet::calendar::Calendar;
use crate::fleet::calendar::window::{Asked, BEYOND, NOT, UNKNOWN};
use crate::recovery::By;
use crate::time::Millis;

/// What a user spends on tries.
pub(crate) struct Effort {
    pub(crate) spent: Millis,
    /// Whether the last of them works.
    pub(crate) works: bool,
}

impl StepModel {
    /// What a user spends on tries; nothing if they are in vain, and nothing is left to be tried after them.
    pub(crate) fn effort(&self, traits: u32, is_last: bool, draw: [u32; 4]) -> Option<Effort> {
        let WorkModel::Retry { every, tries, within, .. } = &self.work else { return None };
        let (chance, tries) = (self.tries(traits)?, Millis::from(*tries));
        // Mostly in vain, however long one takes.
        if is_last && !chance.work_within(tries, draw[0]) {
            return None;
        }
        let every = every.at(draw[1]).max(1);
        let most = tries.min(*within / every);
        let works = chance.work_within(most, draw[0]);
        if is_last && !works {
            return None;
        }
        let tries = if works { chance.needed(draw[0]) as Millis } else { most };
        Some(Effort { spent: tries * every, works })
    }
}

/// The first attempts of users, in the order of [`Struck`]; empty where nobody looked.
#[derive(Default)]
pub(crate) struct Users {
    first: Vec<First>,
    asked: Asked,
    /// The midnight from which answers are counted.
    midnight: Millis,
}

/// What a user tries first.
#[derive(Clone, Copy)]
struct First {
    /// [`NO_STEP`] if nobody looked.
    step: u8,
    /// Whether it works in the end; nothing if it is in vain.
    works: Option<bool>,
}

impl Users {
    /// Nobody looked.
    pub(crate) fn clear(&mut self) {
        self.first.clear();
    }

    /// Finds how it ends where PCs are in a loop of crashes and a user tries something first; `opens` is by step, and
    /// `tries` what PCs drew for steps.
    pub(crate) fn look(
        &mut self,
        course: Course<'_>,
        (sector, opens): (&SectorModel, &[Millis]),
        (struck, calendars): (&[Struck], &[Calendar]),
        (starts, tries): (&StartsOfMany, &[(usize, Words)]),
        usage: &Usage,
    ) {
        self.clear();
        let is_by_user = |&step: &usize| sector.steps[step].by == By::User;
        let (Some(window), Some((to_recovery, _))) = (usage.window(), starts.of_crash_loops()) else { return };
        self.midnight = window.instant(0);
        self.first.resize(struck.len(), First { step: NO_STEP, works: None });
        self.asked.clear(struck.len());
        self.asked.from.fill(BEYOND);
        let mut place = 0;
        for run in struck.chunk_by(|a, b| (a.release, a.met) == (b.release, b.met)) {
            let places = place..place + run.len();
            place = places.end;
            let (release, met) = (usize::from(run[0].release), usize::from(run[0].met));
            let may_try = &sector.alone[release][met];
            if !may_try.iter().any(is_by_user) || !loops(&course.model.releases[release].parsers[met]) {
                continue;
            }
            for (place, struck) in places.zip(run) {
                let possible = |&&step: &&usize| sector.steps[step].possible(struck.traits);
                let Some(&index) = may_try.iter().find(possible).filter(|step| is_by_user(step)) else { continue };
                let step = &sector.steps[index];
                let words = tries.iter().find(|(step, _)| *step == index).map(|(_, words)| words);
                let Some(words) = words.filter(|_| matches!(step.work, WorkModel::Retry { .. })) else { continue };
                let is_last = may_try.last() == Some(&index);
                let effort = step.effort(struck.traits, is_last, words.at(place));
                self.first[place] = First { step: index as u8, works: effort.as_ref().map(|effort| effort.works) };
                let Some(Effort { spent, .. }) = effort else { continue };
                let from = (struck.at + Millis::from(to_recovery[place])).max(opens[index]);
                // PCs without own hours have no user.
                if from < course.horizon && !calendars[usize::from(struck.kind)].is_always() {
                    self.asked.from[place] = window.at(from);
                    self.asked.upto[place] = spent.min(Millis::from(BEYOND)) as u32;
                }
            }
        }
        window.after_time_attended(calendars, course.horizon, &mut self.asked);
    }

    /// What the user of the PC at this place tries first, and how it ends, if that is known.
    #[inline]
    pub(crate) fn first(&self, place: usize) -> Option<(usize, Alone)> {
        let First { step, works } = *self.first.get(place).filter(|first| first.step != NO_STEP)?;
        let ended = match (works, self.asked.answers[place]) {
            (None, _) => Alone::Never,
            (_, UNKNOWN) => return None,
            (Some(works), NOT) => Alone::ends(works, None),
            (Some(works), at) => Alone::ends(works, Some(self.midnight + Millis::from(at))),
        };
        Some((usize::from(step), ended))
    }
}
