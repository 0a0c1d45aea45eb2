"""`compare`: selects, prepares, measures, records and reports."""
from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Iterator
from datetime import datetime, timezone
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

from . import cold_start, gradients, latency, loading, loops, record, requirement, table, verdicts
from .arguments import parse
from .checkpoints import Refused, prepare
from .comparison import Run
from .errors import PeerError
from .figures import FOLDER, REQUIREMENTS, ROOT
from .peer import Job
from .placement import choose_cpus
from .registry import find_peers
from .requirement import Requirement
from .rounds import compare
from .schedule import Schedule
from .selection import select
from .unet1d import UNet1D

PROFILES, CACHE = ROOT / "Profiles/Workloads", FOLDER / ".cache"


def progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def jobs(options: argparse.Namespace, floors: list[Requirement]) -> Iterator[tuple[Job, list[Schedule]]]:
    """Every job, its files made; shapes that are left out, or that the reference refuses, are told."""
    placements = {threads: choose_cpus(threads) for threads in options.threads}
    for selected in select(options, PROFILES, floors):
        workload, skipped = selected.workload, selected.skipped
        if not skipped:
            progress(f"{workload.name}: checkpoint")
            try:
                prepared = prepare(workload, selected.profile, CACHE)
            except Refused as refusal:
                if not selected.is_variant:
                    raise
                skipped = str(refusal)
        if skipped:
            progress("")
            print(f"skipped: {workload.name}: {skipped.removeprefix(f'{workload.name}: ')}", file=sys.stderr)
            continue
        for threads, cpus in placements.items():
            job = Job(workload, prepared.model, prepared.tensors, threads, cpus, options.bench.resolve())
            yield job, selected.schedules


def measure_forwards(options: argparse.Namespace) -> list[str]:
    """Prints the tables; returns a sentence for everything that failed."""
    peers, started = find_peers(options.peers), datetime.now(timezone.utc)
    published = requirement.read_requirements(REQUIREMENTS)
    run, failures = Run(record.stamp(started), [], record.host()), []
    for job, schedules in jobs(options, published if options.require_all else []):
        try:
            for comparison in compare(
                    job, UNet1D, peers, schedules, options.rounds, options.seconds, progress):
                run.comparisons.append(comparison)
                failures += [f"{comparison.case.name}: {failure}" for failure in comparison.failures]
                record.append(comparison, options.runs, started)
        except PeerError as error:
            failures.append(f"{job.name}: {error}")
    progress("")
    if run.comparisons:
        print(table.markdown([run]))
    verdicts = [verdict for floor in published for verdict in floor.verdicts([run])]
    shown = verdicts if options.require_all else [verdict for verdict in verdicts if verdict.ratio is not None]
    if shown:
        print(f"\n{requirement.markdown(shown)}")
    floors = [verdict for floor in options.require for verdict in floor.verdicts([run])]
    floors += verdicts if options.require_all else []
    return failures + [verdict.sentence for verdict in floors if not verdict.met]


def measure_cold_starts(options: argparse.Namespace) -> list[str]:
    """Prints the table; returns a sentence for everything that failed."""
    peers, started = find_peers(options.peers), datetime.now(timezone.utc)
    results, failures = [], []
    for job, _ in jobs(options, []):
        try:
            result = cold_start.measure(job, peers, options.rounds, progress)
        except PeerError as error:
            failures.append(f"{job.name}: {error}")
            continue
        results.append(result)
        failures += [f"{job.name}: {failure}" for failure in result.failures]
        cold_start.append(result, options.runs, started)
    progress("")
    if results:
        print(cold_start.markdown(results))
    return failures


def measure_loads(options: argparse.Namespace) -> list[str]:
    """Prints the table; returns a sentence for everything that failed."""
    started, results, failures = datetime.now(timezone.utc), [], []
    for job, _ in jobs(options, []):
        with tempfile.TemporaryDirectory() as folder:
            try:
                result = loading.measure(job, options.rounds, Path(folder), progress)
            except PeerError as error:
                failures.append(f"{job.name}: {error}")
                continue
        results.append(result)
        loading.append(result, options.runs, started)
    progress("")
    if results:
        print(loading.markdown(results))
    return failures


def measure_with_diffusers(what: ModuleType, options: argparse.Namespace, **more: Any) -> list[str]:
    """`loops` or `gradients`, which takes `more` besides. Prints the table; returns a sentence for all that failed."""
    started, results, failures = datetime.now(timezone.utc), [], []
    for job, _ in jobs(options, []):
        try:
            result = what.measure(job, options.rounds, progress, **more)
        except PeerError as error:
            failures.append(f"{job.name}: {error}")
            continue
        results.append(result)
        what.append(result, options.runs, started)
    progress("")
    if results:
        print(what.markdown(results))
    return failures


def measure_latencies(options: argparse.Namespace) -> list[str]:
    """Prints the tables; returns a sentence for everything that failed or was missed."""
    peers, started = find_peers(options.peers), datetime.now(timezone.utc)
    failures: list[str] = []
    for job, _ in jobs(options, []):
        try:
            result = latency.measure(job, peers, options.rounds, options.forwards, options.group, progress)
        except PeerError as error:
            failures.append(f"{job.name}: {error}")
            continue
        latency.append(result, options.group, options.runs, started)
        progress("")
        print(verdicts.markdown(result))
        failures += [f"{job.name}: {failure}" for failure in result.failures]
        failures += [
            f"{job.name}: {verdict.asked}: in {verdict.kept} of {verdict.blocks} blocks, needed {verdict.needed}"
            for verdict in verdicts.verdicts(result) if not verdict.met]
    return failures


def main() -> int:
    try:
        options = parse(sys.argv[1:])
        measure = (
            measure_cold_starts if options.cold_start else measure_loads if options.loading
            else partial(measure_with_diffusers, loops, peers=find_peers(options.peers)) if options.loops
            else partial(measure_with_diffusers, gradients) if options.gradients
            else measure_latencies if options.latency else measure_forwards)
        failures = measure(options)
    except PeerError as error:
        progress("")
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
