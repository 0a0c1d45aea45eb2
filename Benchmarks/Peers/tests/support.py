"""What the tests share: a job, series and comparisons from medians, a peer that counts its turns."""
from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from peers.comparison import Comparison, Run, Series  # noqa: E402
from peers.peer import Group, Job, Measurement, Peer  # noqa: E402
from peers.placement import choose_cpus  # noqa: E402
from peers.schedule import PLAIN, Schedule  # noqa: E402
from peers.workloads import Workload  # noqa: E402

ROOT = FOLDER.parents[2]
FIXTURES = ROOT / "Tests" / "Fixtures"
PROFILES = ROOT / "Profiles" / "Workloads"
HOST = {"cpu": "Abacus", "cores": 2}


def job(options: dict[str, Any] | None = None, threads: int = 1, bench: Path = FOLDER / "fake_bench",
        name: str = "tiny", configuration: dict[str, Any] | None = None) -> Job:
    workload = Workload(name, 2, 32, 0.5, 1, options or {}, configuration or {}, None)
    return Job(workload, Path("/model"), Path("/tensors"), threads, list(range(threads)), bench)


def bound_job(options: dict[str, Any] | None = None, bench: Path = FOLDER / "fake_bench",
              configuration: dict[str, Any] | None = None) -> Job:
    """On a processor that this process may use."""
    unbound = job(options, bench=bench, configuration=configuration)
    return Job(unbound.workload, unbound.model, unbound.tensors, 1, choose_cpus(1), bench)


def series(name: str, rounds_ms: list[list[float]], group: Group = Group.EXPORTED) -> Series:
    return Series(name, name.capitalize(), group, "1.0", [Measurement(samples) for samples in rounds_ms])


def comparison(ours_ms: list[list[float]], theirs_ms: list[list[float]], *others: Series, threads: int = 1,
               schedule: Schedule = PLAIN, name: str = "tiny") -> Comparison:
    case = job(threads=threads, name=name).case(schedule)
    return Comparison(case, series("unet1d", ours_ms), [series("pytorch", theirs_ms), *others])


def run(*comparisons: Comparison, time: str = "2026-01-02T03:04:05+00:00") -> Run:
    return Run(time, list(comparisons), HOST)


class Counting(Peer):
    """Notes the order of measurements; every forward takes one millisecond."""

    name, title, version = "counting", "Counting", "1"
    turns: list[str] = []

    def __init__(self, job: Job) -> None: ...

    def measure(self, seconds: float, schedule: Schedule) -> Measurement:
        self.turns.append(self.name if schedule == PLAIN else f"{self.name} {schedule.label}")
        return Measurement([1.0])
