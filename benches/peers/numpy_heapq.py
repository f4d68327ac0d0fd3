"""The common model in NumPy and heapq: what a careful analyst writes in a quarter of an hour."""

import heapq
import json

import numpy as np

from handed import Handed


def run(given: Handed) -> tuple[int, int]:
    hit = np.flatnonzero(given.online < given.until)
    ready = given.online[hit] + given.to_sit
    order = np.argsort(ready, kind="stable")
    line = zip(ready[order].tolist(), given.hands[hit][order].tolist())
    free = [0] * given.technicians
    waited = 0
    for at, hands in line:
        begins = max(at, free[0])
        heapq.heapreplace(free, begins + hands)
        waited += begins - at
    return len(hit), waited


if __name__ == "__main__":
    print(json.dumps(Handed.measure(run)))
