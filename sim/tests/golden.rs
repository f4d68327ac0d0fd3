//! Within a result epoch, the same plan and dice give the same digest. A change here is a change of results: raise
//! [`bugcheck_sim::RESULT_EPOCH`], say why in the changelog, and only then write the new digests down.

mod support;

use bugcheck_sim::agent::{LastGood, Mode, Restart, Start};
use bugcheck_sim::draw::Dist;
use bugcheck_sim::rollout::{Published, Silence};
use bugcheck_sim::time::{DAY, HOUR, MINUTE};
use bugcheck_sim::{Plan, RESULT_EPOCH};
use support::{agent, batch, gate, minutes, ring, simulate};

fn office(pcs: u64) -> Plan {
    let hands = Dist::Lognormal { median: 12.0 * MINUTE as f64, sigma: 0.8 };
    let mut plan = batch(pcs, 3, hands);
    plan.clock.horizon = 14 * DAY;
    plan.fleet.kinds[0].schedule = support::office();
    plan.fleet.sectors[0].size = Dist::Lognormal { median: 200.0, sigma: 1.0 };
    let release = &mut plan.releases[0];
    release.delivery = Dist::Exponential { mean: 9.0 * MINUTE as f64 };
    release.response = bugcheck_sim::rollout::Response::Scripted { withdrawn: Some(5 * HOUR), fixed: Some(5 * HOUR) };
    plan
}

#[test]
fn digests_are_those_of_this_epoch() {
    assert_eq!(RESULT_EPOCH, 5, "a new epoch has new digests");
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
    let digests: Vec<String> =
        [boot_loop, user_mode, rings, several].iter().map(|plan| simulate(plan, 7).record.digest).collect();
    assert_eq!(
        digests,
        [
            "0b52f26a6e8c63cf2d0346371d4ccc00e4353dfd7a78976e4691542515ef9e6a",
            "3f53650ebbb8c4ac777ad4d678a5552e87147cdda1e4a3b5688bea17907db626",
            "cf66a1ab1772399cc7d2b7bda66927a3c21b94011b3bed779ec5f2f5d9649c08",
            "0ca06fa5e50679c940ad2cc34ca50939d2c602d909196c42a97ce66cbe83cd93",
        ]
    );
}
