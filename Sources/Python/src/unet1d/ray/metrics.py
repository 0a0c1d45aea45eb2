"""Counters and times of an actor, through Ray where that runs."""

from __future__ import annotations

import sys
from typing import Any

_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300]


class Metrics:
    """``unet1d_forwards``, ``unet1d_rows``, ``unet1d_errors`` and ``unet1d_seconds``, with the mode as their tag.

    A forward of a loop counts as the loop: ``unet1d_forwards`` counts calls of a session or a sampler, and
    ``unet1d_seconds`` is how long they took. Without a running Ray nothing is counted.
    """

    def __init__(self, mode: str) -> None:
        self._forwards: Any = None
        ray = sys.modules.get("ray")
        if ray is None or not ray.is_initialized():
            return
        from ray.util.metrics import Counter, Histogram

        tags = {"mode": mode}
        self._forwards = Counter("unet1d_forwards", "Forwards, or loops, that ran.", ("mode",))
        self._rows = Counter("unet1d_rows", "Rows that were computed.", ("mode",))
        self._errors = Counter("unet1d_errors", "Rows that ended with an error.", ("mode",))
        self._seconds = Histogram("unet1d_seconds", "Seconds of a forward, or a loop.", _SECONDS, ("mode",))
        for metric in (self._forwards, self._rows, self._errors, self._seconds):
            metric.set_default_tags(tags)

    def ran(self, rows: int, seconds: float) -> None:
        """A forward or a loop of so many rows."""
        if self._forwards is not None:
            self._forwards.inc(1)
            self._rows.inc(rows)
            self._seconds.observe(seconds)

    def failed(self, rows: int) -> None:
        """Rows that ended with an error."""
        if self._forwards is not None and rows:
            self._errors.inc(rows)
