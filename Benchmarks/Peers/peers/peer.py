"""What every peer is: something that holds a model ready and measures forwards when asked."""
from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any, ClassVar

from .case import Case
from .errors import PeerError
from .schedule import Schedule
from .workloads import Workload


class Group(StrEnum):
    """Which peers a ratio is taken of."""

    EXPORTED = "exported"
    """float32, the model as diffusers runs or exports it: the headline."""
    REWRITTEN = "rewritten"
    """float32, parts of the model rewritten before export."""
    BF16 = "bf16"
    """Weights in 16 bits, or arithmetic too: another accuracy, so shown apart."""
    OURS = "ours"
    """UNet1D with weights in 16 bits: never an opponent of UNet1D."""


@dataclass(frozen=True)
class Job:
    """What a peer runs and where."""

    workload: Workload
    model: Path
    """Its folder."""
    tensors: Path
    """safetensors with the network's inputs and `expected`."""
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
    relative_tolerance: ClassVar[float] = 1e-4
    """Allowed error against PyTorch, times max(1, max abs of the output); the default is unet1d-bench verify's."""
    version: str

    @abstractmethod
    def __init__(self, job: Job) -> None: ...

    @abstractmethod
    def measure(self, seconds: float, schedule: Schedule) -> Measurement:
        """Measures forwards for at least `seconds`, at least one."""

    @classmethod
    def check_accuracy(cls, found: dict[str, Any]) -> None:
        """PeerError when `max_abs_error` is beyond the tolerance for `max_abs_expected`."""
        error, tolerance = found["max_abs_error"], cls.relative_tolerance * max(1.0, found["max_abs_expected"])
        if not error <= tolerance:
            raise PeerError(
                f"{cls.name} disagrees with PyTorch: greatest error {error:.3g}, allowed {tolerance:.3g}")

    def close(self) -> None:
        """Ends what the peer started."""
