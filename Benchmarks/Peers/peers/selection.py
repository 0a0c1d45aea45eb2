"""Which workloads, shapes and schedules a command line means."""
from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from . import cold_start, gradients, latency, loading, loops
from .requirement import Requirement
from .schedule import PLAIN, Schedule
from .sweep import MOST_SWEPT_POSITIONS, SWEEP_BATCHES, SWEEP_LENGTHS, SWEEP_WORKLOADS, variants
from .workloads import Workload, select_workloads


@dataclass(frozen=True)
class Selected:
    workload: Workload
    profile: Path
    """The file that it, or the workload it is a variant of, was read from."""
    schedules: list[Schedule]
    is_variant: bool
    skipped: str | None = None
    """Why it is left out."""


def select(options: argparse.Namespace, profiles: Path, floors: list[Requirement]) -> Iterator[Selected]:
    """`floors` are those of requirements.json when they are to be checked, else none."""
    patterns = options.workloads or _default_patterns(options, floors)
    batches = options.batch or (SWEEP_BATCHES if options.sweep else None)
    lengths = options.length or (SWEEP_LENGTHS if options.sweep else None)
    named_both = bool(options.batch and options.length)
    for base in select_workloads(profiles, patterns):
        required = [floor.schedule for floor in floors if floor.workload == base.name]
        schedules = options.schedules or list(dict.fromkeys([PLAIN, *required]))
        for workload in variants(base, batches, lengths):
            skipped = None
            if options.sweep and not named_both and workload.batch * workload.length > MOST_SWEPT_POSITIONS:
                skipped = f"more than {MOST_SWEPT_POSITIONS} positions; name both --batch and --length to run it"
            yield Selected(
                workload, profiles / f"{base.name}.json", schedules, workload.name != base.name, skipped)


def _default_patterns(options: argparse.Namespace, floors: list[Requirement]) -> list[str]:
    if options.cold_start:
        return cold_start.WORKLOADS
    if options.latency:
        return latency.WORKLOADS
    if options.loading:
        return loading.WORKLOADS
    if options.loops:
        return loops.WORKLOADS
    if options.gradients:
        return gradients.WORKLOADS
    if options.sweep:
        return SWEEP_WORKLOADS
    return list(dict.fromkeys(floor.workload for floor in floors)) or ["*"]
