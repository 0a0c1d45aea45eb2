"""Other shapes of a workload's model: --batch, --length and --sweep."""
from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from .workloads import Workload

SWEEP_BATCHES = [1, 3, 16]
SWEEP_LENGTHS = [96, 100, 1000, 4096, 131072]
SWEEP_WORKLOADS = ["small-512-b1", "hopper-h32-b1", "hopper-h128-b64"]
"""A model of each kind; the last has two resampling levels, so that it runs at length 100."""

MOST_SWEPT_POSITIONS = 131072
"""Of batch × length, in a sweep that names neither: beyond it a forward takes minutes, and nothing else is shown."""


def variant(workload: Workload, batch: int, length: int) -> Workload:
    """The workload at another shape, named `small-512-b1:3x1000` (batch × length); itself at its own."""
    if (batch, length) == (workload.batch, workload.length):
        return workload
    return replace(workload, name=f"{workload.name}:{batch}x{length}", batch=batch, length=length)


def variants(workload: Workload, batches: list[int] | None, lengths: list[int] | None) -> Iterator[Workload]:
    """Every combination; what is None stays as the workload has it."""
    for length in lengths or [workload.length]:
        for batch in batches or [workload.batch]:
            yield variant(workload, batch, length)
