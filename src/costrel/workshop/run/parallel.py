"""Several runs at a time: the step that is being built, and the rest beside it.

The first of them has a head start, so what it finds is shown before the others have
begun. How one of them runs is `trial`'s matter.
"""

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from threading import Lock, Thread

from costrel.workshop.run.trial import Order, Told, Trial, TrialRun, Worker

# how long the first run is alone, after its first test
HEAD_START = 0.3


def run_beside(orders: list[Order], take: Callable[[], Worker], told: Told) -> Trial:
    """Run the first order, and the others beside it when that has got ahead.

    Where orders stop at a failure, one of the first order ends all runs; one of the
    others waits for the first order, whose failures matter more.
    """
    return Strands(orders, take, told).follow()


class Strands:
    """The runs of several orders, as one."""

    def __init__(
        self, orders: list[Order], take: Callable[[], Worker], told: Told
    ) -> None:
        self.told = told
        self.first, *self.rest = (TrialRun(order, take, self.hear) for order in orders)
        self.threads: list[Thread] = []
        # when the first test had ended
        self.heard_first = 0.0
        self.lock = Lock()

    def follow(self) -> Trial:
        started = time.monotonic()
        try:
            self.first.follow()
            self.begin_rest()
            for thread in self.threads:
                wait_for(thread)
        finally:
            for each in self.rest:
                each.stop()
            for thread in self.threads:
                thread.join()
        whole = merged([each.trial for each in (self.first, *self.rest)])
        whole.seconds = time.monotonic() - started
        return whole

    def hear(self, done: int, total: int) -> None:
        """Pass on how far all are, and let the others begin."""
        self.heard_first = self.heard_first or time.monotonic()
        if time.monotonic() - self.heard_first > HEAD_START:
            self.begin_rest()
        trials = [each.trial for each in (self.first, *self.rest)]
        with self.lock:
            self.told(
                sum(len(each.outcomes) for each in trials),
                sum(len(each.tests) for each in trials),
            )

    def begin_rest(self) -> None:
        if self.threads or self.first.has_decided:
            return
        for each in self.rest:
            thread = Thread(target=self.follow_one, args=(each,), daemon=True)
            self.threads.append(thread)
        for thread in self.threads:
            thread.start()

    def follow_one(self, run: TrialRun) -> None:
        run.follow()
        if run.has_decided:
            for other in self.rest:
                other.stop()


def wait_for(thread: Thread) -> None:
    """Wait for a thread so that Ctrl-C is heard, on Windows too."""
    while thread.is_alive():
        thread.join(0.5)


def merged(trials: list[Trial]) -> Trial:
    """Put together what several runs have found; a failure in one of them counts."""
    whole = Trial()
    for each in trials:
        known = {test["id"] for test in whole.tests}
        whole.tests += [test for test in each.tests if test["id"] not in known]
        failed = dict.fromkeys((*whole.failures, *each.failures), "failed")
        whole.outcomes |= {**each.outcomes, **failed}
        whole.failures = {**each.failures, **whole.failures}
        whole.unimported = whole.unimported or each.unimported
        whole.broken += each.broken
        whole.threads += [name for name in each.threads if name not in whole.threads]
    count = len(trials[0].tests)
    whole.tests[count:] = sorted(whole.tests[count:], key=lambda t: t["step"] or 1000)
    return whole


def shared_out(files: Iterable[Path], count: int) -> list[tuple[Path, ...]]:
    """Share test files out to runs, about as much to each."""
    shares: list[list[Path]] = [[] for _ in range(count)]
    sizes = [0] * count
    for file in sorted(files, key=lambda each: -each.stat().st_size):
        least = sizes.index(min(sizes))
        shares[least].append(file)
        sizes[least] += file.stat().st_size
    return [tuple(sorted(share)) for share in shares if share]


def processors() -> int:
    """Count the processors that this process may use."""
    allowed: Callable[[int], set[int]] | None = getattr(os, "sched_getaffinity", None)
    return len(allowed(0)) if allowed else os.cpu_count() or 1
