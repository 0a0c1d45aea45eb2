"""What every peer is: something that holds a model ready and measures forwards when asked."""
from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from .case import Case
from .schedule import Schedule
from .workloads import Workload


class Group(StrEnum):
    """Which peers a ratio is taken of."""

    EXPORTED = "exported"
    """float32, the model as diffusers runs or exports it: the headline."""
    REWRITTEN = "rewritten"
    """float32, parts of the model rewritten before export."""
    BF16 = "bf16"
    """Another accuracy, so shown apart."""


@dataclass(frozen=True)
class Job:
    """What a peer runs and where."""

    workload: Workload
    model: Path
    """A `save_pretrained` folder."""
    tensors: Path
    """safetensors with `sample`, `timestep`, `expected`."""
    threads: int
    cpus: list[int]
    bench: Path
    """unet1d-bench."""

    @property
    def name(self) -> str:
        """For messages: `hopper-h32-b1@2`."""
        return f"{self.workload.name}@{self.threads}"

    def case(self, schedule: Schedule) -> Case:
        workload = self.workload
        return Case(
            workload.name, workload.batch, workload.length, workload.timestep, self.threads, tuple(self.cpus), schedule)


@dataclass(frozen=True)
class Measurement:
    """One round of one peer."""

    samples_ms: list[float]
    details: dict[str, Any] = field(default_factory=dict)
    """What the peer tells about how it ran; recorded as it is."""


class Peer(ABC):
    """A runtime. Creating one loads the model and checks its output against `expected`; PeerError when it disagrees."""

    name: ClassVar[str]
    title: ClassVar[str]
    group: ClassVar[Group] = Group.EXPORTED
    by_default: ClassVar[bool] = True
    """Whether it runs without being named."""
    version: str

    @abstractmethod
    def __init__(self, job: Job) -> None: ...

    @abstractmethod
    def measure(self, seconds: float, schedule: Schedule) -> Measurement:
        """Measures forwards for at least `seconds`, at least one."""

    def close(self) -> None:
        """Ends what the peer started."""
