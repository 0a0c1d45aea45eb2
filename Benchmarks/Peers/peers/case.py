"""What was compared: a row of the table."""
from __future__ import annotations

from dataclasses import dataclass

from .schedule import PLAIN, Schedule


@dataclass(frozen=True)
class Case:
    """A workload, a number of threads and a schedule."""

    workload: str
    batch: int
    length: int
    timestep: float
    threads: int
    cpus: tuple[int, ...]
    schedule: Schedule = PLAIN

    @property
    def label(self) -> str:
        """The workload's name, and the schedule unless it is the plain one: `hopper-h32-b1 cold period 20`."""
        return self.workload if self.schedule == PLAIN else f"{self.workload} {self.schedule.label}"

    @property
    def name(self) -> str:
        """For messages: `hopper-h32-b1 cold@2`."""
        return f"{self.label}@{self.threads}"
