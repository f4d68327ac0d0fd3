"""The common model in SimPy, tuned: plain generators, no `with`, PCs brought in by one source as they come online (so
that the queue of events holds those that are down, not the whole fleet), whole numbers for times, no garbage collection."""

import gc
import json

import numpy as np
import simpy

from handed import Handed


def run(given: Handed) -> tuple[int, int]:
    gc.collect()
    gc.disable()
    env = simpy.Environment()
    technicians = simpy.Resource(env, capacity=given.technicians)
    request, release, timeout = technicians.request, technicians.release, env.timeout
    crash_2, crash_3, to_recovery, start = *given.crashes, given.to_recovery, given.start
    waited = back = 0

    def pc(hands):
        nonlocal waited, back
        yield timeout(crash_2)
        yield timeout(crash_3)
        yield timeout(to_recovery)
        since = env.now
        mine = request()
        yield mine
        waited += env.now - since
        yield timeout(hands)
        release(mine)
        yield timeout(start)
        back += 1

    def source(arrivals):
        process = env.process
        now = 0
        for at, hands in arrivals:
            if at > now:
                yield timeout(at - now)
                now = at
            process(pc(hands))

    hit = np.flatnonzero(given.online < given.until)
    order = hit[np.argsort(given.online[hit], kind="stable")]
    env.process(source(zip(given.online[order].tolist(), given.hands[order].tolist())))
    env.run()
    gc.enable()
    assert back == len(hit), "every PC that was hit is back"
    return len(hit), waited


if __name__ == "__main__":
    print(json.dumps(Handed.measure(run)))
