"""What the scripts are handed: the model's numbers, and the draws of every PC. Reading them is not in the time."""

import dataclasses
import json
import resource
import sys
import time
from collections.abc import Callable

import numpy as np


@dataclasses.dataclass
class Handed:
    """Times are whole milliseconds after the release."""

    until: int
    crashes: list[int]
    to_recovery: int
    start: int
    technicians: int
    online: np.ndarray
    hands: np.ndarray

    @property
    def to_sit(self) -> int:
        return sum(self.crashes) + self.to_recovery

    @staticmethod
    def measure(run: Callable[["Handed"], tuple[int, int]]) -> dict:
        """Runs a script's model as often, or until so many seconds are spent, as the command line says."""
        model, draws, runs, budget = sys.argv[1], sys.argv[2], int(sys.argv[3]), float(sys.argv[4])
        online, hands = np.fromfile(draws, dtype="<u4").astype(np.int64).reshape(2, -1)
        given = Handed(**json.loads(model), online=online, hands=hands)
        seconds = []
        while len(seconds) < runs and (not seconds or sum(seconds) < budget):
            begins = time.perf_counter()
            hits, waited = run(given)
            seconds.append(time.perf_counter() - begins)
        # Linux counts in kilobytes, macOS in bytes.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        return {"seconds": seconds, "peak_bytes": peak, "answer": {"hits": hits, "waited_ms": waited}}
