"""Times forwards in this process, on the schedule of `unet1d-bench run`."""
from __future__ import annotations

import math
import resource
import time
from collections.abc import Callable
from typing import Any

from .schedule import Schedule

WARMUP_FORWARDS = 2
"""Unmeasured forwards at the start of every round or turn, the same for every peer and for ours."""

LONG_SECONDS = 1.0
"""One unmeasured forward is enough where it takes longer than that."""


def measure(
    forward: Callable[[], Any], seconds: float, schedule: Schedule, evict: Callable[[], None] | None = None,
    clock: Callable[[], float] = time.perf_counter, sleep: Callable[[float], None] = time.sleep,
) -> tuple[list[float], int]:
    """Milliseconds of every forward that starts within `seconds`, at least one; and how many periods were missed.

    Periods begin on a fixed grid: a forward that is late does not shift those after it. `evict` runs before each
    forward, also in the warm-up, outside the time.
    """
    for _ in range(WARMUP_FORWARDS):
        if evict:
            evict()
        start = clock()
        forward()
        if clock() - start > LONG_SECONDS:
            break
    samples_ms: list[float] = []
    missed = 0
    begin = clock()
    following = begin
    while not samples_ms or clock() - begin < seconds:
        if evict:
            evict()
        if schedule.period_ms is not None:
            period, now = schedule.period_ms / 1e3, clock()
            if following < now and samples_ms:
                late = math.ceil((now - following) / period)
                missed += late
                following += late * period
            if following > now:
                sleep(following - now)
            following += period
        start = clock()
        forward()
        samples_ms.append((clock() - start) * 1e3)
    return samples_ms, missed


def involuntary_switches() -> int:
    """How often a thread of this process was switched out though it could have gone on."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_nivcsw


def time_forwards(
    forward: Callable[[], Any], count: int, clock: Callable[[], float] = time.perf_counter,
    switches: Callable[[], int] = involuntary_switches,
) -> tuple[list[float], list[int]]:
    """Milliseconds of `count` forwards, and the indices of those during which a thread was switched out."""
    for _ in range(WARMUP_FORWARDS):
        forward()
    samples_ms: list[float] = []
    switched_out: list[int] = []
    for index in range(count):
        before, start = switches(), clock()
        forward()
        samples_ms.append((clock() - start) * 1e3)
        if switches() != before:
            switched_out.append(index)
    return samples_ms, switched_out
