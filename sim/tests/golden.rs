//! Within a result epoch, the same plan and dice give the same digest. A change here is a change of results: raise
//! [`bugcheck_sim::RESULT_EPOCH`], say why in the changelog, and only then write the new digests down.

mod support;

use bugcheck_sim::agent::{LastGood, Mode, Restart, Start};
use bugcheck_sim::draw::{Dist, Share};
use bugcheck_sim::fleet::{Count, Shift, Surge};
use bugcheck_sim::recovery::{By, Desk};
use bugcheck_sim::rollout::{Published, Response, Silence};
use bugcheck_sim::time::{DAY, HOUR, MINUTE};
use bugcheck_sim::{Plan, RESULT_EPOCH};
use support::{agent, batch, by_hand, gate, means, minutes, ring, simulate};

fn office(pcs: u64) -> Plan {
    let hands = Dist::Lognormal { median: 12.0 * MINUTE as f64, sigma: 0.8 };
    let mut plan = batch(pcs, 3, hands);
    plan.clock.horizon = 14 * DAY;
    plan.fleet.kinds[0].schedule = support::office();
    plan.fleet.sectors[0].size = Dist::Lognormal { median: 200.0, sigma: 1.0 };
    let release = &mut plan.releases[0];
    release.delivery = Dist::Exponential { mean: 9.0 * MINUTE as f64 };
    release.response = Response::Scripted { withdrawn: Some(5 * HOUR), fixed: Some(5 * HOUR) };
    plan
}

#[test]
fn digests_are_those_of_this_epoch() {
    assert_eq!(RESULT_EPOCH, 7, "a new epoch has new digests");
    let boot_loop = office(5000);
    let mut user_mode = office(5000);
    let part = &mut user_mode.architectures[0].components[0];
    (part.mode, part.start) = (Mode::User, Start::Service);
    part.containment.last_good = LastGood::Kept;
    part.containment.restart = Some(Restart { delay: minutes(1.0), backoff: 2.0, attempts: 3 });
    let mut rings = office(5000);
    let ring = |share, bake| ring("ring", share, bake);
    rings.releases[0].rollout.rings = vec![ring(0.05, 2 * HOUR), ring(0.95, 0)];
    rings.releases[0].rollout.gate = Some(gate(5 * MINUTE, 0.02, 20, Silence::Unhealthy, minutes(10.0)));
    // A second agent, and a fix that is a release of its own.
    let mut several = office(5000);
    several.agents.push(agent("other", 0));
    let mut cure = several.releases[0].clone();
    (cure.fault, cure.cures) = (None, vec![0]);
    (cure.name, cure.published) = ("cure".into(), Published::At(DAY));
    let mut other = several.releases[0].clone();
    (other.of, other.published) = (1, Published::At(2 * HOUR));
    several.releases.extend([cure, other]);
    // A desk with few clerks at night, and more later; a second team; PCs that take the release again once they are
    // back.
    let mut desk = office(5000);
    desk.releases[0].response = Response::Scripted { withdrawn: Some(9 * HOUR), fixed: Some(2 * DAY) };
    let sector = &mut desk.fleet.sectors[0];
    sector.means.extend([means("desk", 3), means("second team", 1)]);
    sector.means[1].shift = Shift { from: 8 * HOUR, to: 18 * HOUR, off_hours: Share(0.4), weekend: Share(0.5) };
    sector.means[1].surge = Some(Surge { count: Count::Fixed(2), after: minutes(400.0) });
    sector.playbook[0].desks = vec![Desk { means: 1, only_if: None, time: minutes(15.0) }];
    let mut second = by_hand("second step", minutes(30.0));
    second.by = By::Means(2);
    sector.playbook.push(second);
    let digests: Vec<String> =
        [boot_loop, user_mode, rings, several, desk].iter().map(|plan| simulate(plan, 7).record.digest).collect();
    assert_eq!(
        digests,
        [
            "81355d83c49b2e758abbcf14817a389500de8df264d9c2d6e68a0f96bda059ff",
            "4661afbd9e3adf12bcc6a3bbc2eed192190a2a58ac8f070fb56cac45889642bc",
            "d299eba42fe1d16b4bab426a059f2c057743797e82297bcc9a7ddad3fabfe7b6",
            "cc7ff95335690802584d369d8b2721a878b7eef66584795f560d4d535806fda6",
            "f2012421fe163c4e6777dcdce1f551f05cf5b22355985120c5b4632cc3191502",
        ]
    );
}
