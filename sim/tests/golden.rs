//! Within a result epoch, the same plan and dice give the same digest. A change here is a change of results: raise
//! [`bugcheck_sim::RESULT_EPOCH`], say why in the changelog, and only then write the new digests down.

mod support;

use bugcheck_sim::agent::{LastGood, Mode, Restart, Start};
use bugcheck_sim::draw::Dist;
use bugcheck_sim::rollout::Silence;
use bugcheck_sim::time::{DAY, HOUR, MINUTE};
use bugcheck_sim::{Plan, RESULT_EPOCH};
use support::{batch, gate, minutes, ring, simulate};

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
    assert_eq!(RESULT_EPOCH, 2, "a new epoch has new digests");
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
    let digests: Vec<String> =
        [boot_loop, user_mode, rings].iter().map(|plan| simulate(plan, 7).record.digest).collect();
    assert_eq!(
        digests,
        [
            "3e78d31201f94721644dd223f6dc61efcb482089d59c6c6ff220d2bb53337e20",
            "6e59b637f17332ef49be3ca49958bc9b68bc5506c45e014b66a4a7fd68a4d12d",
            "87f67fc607cb9231ad1a2b37604ce6cd1f1a796dce0fc5194fbcb42963250368",
        ]
    );
}
