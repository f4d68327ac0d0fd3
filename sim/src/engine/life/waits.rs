//! When a release can be installed on a PC, when it can restart, and when it is on within given hours.

use crate::draw::{Purpose, approval_draw, unit};
use crate::engine::life::{Life, State, Version};
use crate::engine::model::ReleaseModel;
use crate::engine::organisation::Way;
use crate::engine::past::On;
use crate::engine::take::Road;
use crate::fleet::population::Organisation;
use crate::rollout::{Hold, Hours};
use crate::time::{HOUR, Millis, NEVER};

impl Way<'_> {
    /// From when on a release is open to a PC, rings and its own turn aside.
    pub(super) fn open_from(&self, organisation: &Organisation, road: Road<'_>) -> Millis {
        let (model, release) = (self.course.model, road.release);
        let mut open = road.timeline.release;
        if let Some(approval) = &release.approval {
            let index = approval_draw(release.number);
            open += approval.at(model.what.block(organisation.number, Purpose::Customer, index)[0]);
        }
        if !release.holds.is_empty() {
            let bits = model.who.block(organisation.number, Purpose::Customer, release.agent as u32)[1];
            if let Some((_, Hold::Behind(behind))) = release.holds.iter().find(|(upto, _)| upto.hit(bits)) {
                let same = |later: &&ReleaseModel<'_>| {
                    later.number != release.number
                        && later.release.of == release.release.of
                        && later.release.channel == release.release.channel
                };
                let published = |later: &ReleaseModel<'_>| self.course.timelines[later.number].release;
                let mut later: Vec<Millis> = model
                    .releases
                    .iter()
                    .filter(same)
                    .map(published)
                    .filter(|&at| at > road.timeline.release)
                    .collect();
                later.sort_unstable();
                let nth = (*behind as usize).checked_sub(1);
                open = open.max(nth.map_or(open, |nth| later.get(nth).copied().unwrap_or(NEVER)));
            }
        }
        open.min(NEVER)
    }

    /// Finds what a version waits for, from an instant on.
    pub(super) fn waits(
        &self,
        organisation: &Organisation,
        life: &Life,
        release: usize,
        version: &mut Version,
        on: On<'_>,
        from: Millis,
    ) {
        let (model, road) = (self.course.model, self.course.road(release));
        let draws = |index| model.what.block(life.pc, Purpose::Delivery, road.release.index(index));
        version.good = road.good_at(on, from, draws(0)[1]).unwrap_or(NEVER);
        version.next = NEVER;
        if version.state != State::Waiting {
            return;
        }
        let ring = road.timeline.rings[usize::from(version.ring)];
        let open = (ring + version.turn).max(self.open_from(organisation, road)).max(from);
        let [delivery, ..] = draws(life.failures);
        let mut ahead = on;
        let installed = road.installs(&mut ahead, open.min(NEVER), delivery);
        version.next = match (installed, road.release.release.customers.window) {
            (Some(at), Some(window)) => first_within(on, window, at, road.until()),
            (installed, _) => installed.unwrap_or(NEVER),
        };
    }

    /// When a PC next restarts without being made to.
    pub(super) fn restarts(&self, life: &Life, on: On<'_>, at: Millis) -> Millis {
        let model = self.course.model;
        let horizon = self.course.horizon;
        let Some(every) = &model.kinds[usize::from(life.kind)].restarts else {
            return on.next_session(at).min(horizon);
        };
        // A row of restarts that is the same in every arm; how long ago the last one was at the start is drawn, too.
        let mut restart = 0;
        for number in 0.. {
            let [span, ago, ..] = model.what.block(life.pc, Purpose::Restart, number);
            let span = every.at(span).max(HOUR);
            restart += if number == 0 { (span as f64 * unit(ago)) as Millis } else { span };
            if restart > at || restart >= horizon {
                break;
            }
        }
        first_on(on, restart, horizon)
    }
}

/// When a PC is first on from an instant on; [`NEVER`] if not before the limit.
pub(super) fn first_on(mut on: On<'_>, at: Millis, limit: Millis) -> Millis {
    if at >= limit { NEVER } else { on.after(at, 0, limit).unwrap_or(NEVER) }
}

/// When a PC is first on within these local hours from an instant on; [`NEVER`] if not before the limit.
pub(super) fn first_within(on: On<'_>, hours: Hours, at: Millis, limit: Millis) -> Millis {
    let zone = on.calendar.zone();
    let length = hours.length();
    let mut ahead = on;
    let (today, _) = zone.local(at);
    for day in today - 1.. {
        let opens = zone.instant(day, hours.from);
        if opens >= limit {
            break;
        }
        let (from, until) = (opens.max(at), (opens + length).min(limit));
        if from < until
            && let Some(found) = ahead.after(from, 0, until)
        {
            return found;
        }
    }
    NEVER
}
