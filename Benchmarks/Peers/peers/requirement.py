"""Floors under the speedup: --require WORKLOAD[@THREADS]=RATIO, and those of requirements.json."""
from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from .comparison import Comparison, Run, Series
from .errors import PeerError
from .peer import Group
from .registry import PEERS
from .schedule import PLAIN, Schedule
from .table import ABSENT, lay_out

FASTEST = "fastest"
"""In the place of a peer's name: the fastest float32 peer, the model as exported."""
GROUPS = {FASTEST: Group.EXPORTED, Group.REWRITTEN.value: Group.REWRITTEN, Group.BF16.value: Group.BF16}
ONE_THREAD = "1 thread"
"""In the place of a peer's name: UNet1D itself with one thread, in the same run."""
OPPONENTS = [*PEERS, *GROUPS, ONE_THREAD]

SCHEMA = "unet1d-requirements/1"


@dataclass(frozen=True)
class Requirement:
    """Ours must be at least `ratio` times as fast, at every thread count measured or at the one named."""

    workload: str
    threads: int | None
    ratio: float
    against: str = "pytorch"
    schedule: Schedule = PLAIN

    @classmethod
    def parse(cls, text: str) -> Requirement:
        """Reads WORKLOAD=RATIO or WORKLOAD@THREADS=RATIO; ValueError otherwise."""
        target, equals, ratio = text.rpartition("=")
        workload, at, threads = target.partition("@")
        if not (equals and workload and float(ratio) > 0):
            raise ValueError(text)
        return cls(workload, int(threads) if at else None, float(ratio))

    def verdicts(self, runs: list[Run]) -> list[Verdict]:
        """For each thread count that is meant, the worst ratio of any run; one without a ratio where nothing was."""
        found: dict[int, list[tuple[float, str]]] = {}
        for run in runs:
            for comparison in run.comparisons:
                case = comparison.case
                if (case.workload, case.schedule) == (self.workload, self.schedule) and (
                        self.threads in (None, case.threads)):
                    ratios = found.setdefault(case.threads, [])
                    if peer := opponent(run, comparison, self.against):
                        ratios.append((comparison.speedup(peer), peer.title))
        return [
            Verdict(self, threads, *min(ratios, default=(None, self.against))) for threads, ratios in found.items()
        ] or [Verdict(self, self.threads, None, self.against)]


@dataclass(frozen=True)
class Verdict:
    """A requirement, and what was found."""

    requirement: Requirement
    threads: int | None
    ratio: float | None
    """None: not compared."""
    opponent: str

    @property
    def met(self) -> bool:
        return self.ratio is not None and self.ratio >= self.requirement.ratio

    @property
    def name(self) -> str:
        schedule = self.requirement.schedule
        label = self.requirement.workload + ("" if schedule == PLAIN else f" {schedule.label}")
        return label if self.threads is None else f"{label}@{self.threads}"

    @property
    def sentence(self) -> str:
        required = f"required {self.requirement.ratio:g}"
        if self.ratio is None:
            return f"{self.name}: {required}, but it was not compared with {self.opponent}"
        return f"{self.name}: {self.ratio:.2f} times as fast as {self.opponent}, {required}"


def opponent(run: Run, comparison: Comparison, against: str) -> Series | None:
    """What a requirement is measured against; None when it did not take part."""
    if against in GROUPS:
        return comparison.fastest(GROUPS[against])
    if against == ONE_THREAD:
        return next((other.ours for other in run.comparisons
                     if other.case.label == comparison.case.label and other.case.threads == 1), None)
    return next((peer for peer in comparison.peers if peer.peer == against), None)


def read_requirements(path: Path) -> list[Requirement]:
    """PeerError when the file is not one of requirements."""
    try:
        fields = json.loads(path.read_text())
        if fields["schema"] != SCHEMA:
            raise PeerError(f"{path}: schema is {fields['schema']!r}, expected {SCHEMA!r}")
        return [_requirement(**each) for each in fields["requirements"]]
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise PeerError(f"{path}: not requirements: {error!r}") from error


def _requirement(workload: str, threads: int, against: str, ratio: float, schedule: str = PLAIN.label) -> Requirement:
    if against not in OPPONENTS or not ratio > 0:
        raise ValueError(f"{workload}: {against!r}, {ratio!r}")
    return Requirement(workload, int(threads), float(ratio), against, Schedule.parse(schedule))


def markdown(verdicts: list[Verdict]) -> str:
    """A row for every requirement: what is required and what was found."""
    rows = [["requirement", "against", "required", "found", ""], ["---", "---", "---:", "---:", "---"]]
    for verdict in verdicts:
        against = verdict.requirement.against
        rows.append([
            verdict.name, against if verdict.ratio is None or against == ONE_THREAD else verdict.opponent,
            f"{verdict.requirement.ratio:g}", ABSENT if verdict.ratio is None else f"{verdict.ratio:.2f}",
            "met" if verdict.met else "not compared" if verdict.ratio is None else "MISSED"])
    return lay_out(rows)
