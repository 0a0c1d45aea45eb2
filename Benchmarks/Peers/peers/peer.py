"""What every peer is: something that holds a model ready and measures forwards when asked."""
from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, ClassVar

from .workloads import Workload

WARMUP_FORWARDS = 2
"""Unmeasured forwards at the start of every round, the same for every peer."""


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
    precision: ClassVar[str] = "float32"
    """Peers of another precision than float32 are shown apart and are never the fastest."""
    by_default: ClassVar[bool] = True
    """Whether it runs without being named."""
    version: str

    @abstractmethod
    def __init__(self, job: Job) -> None: ...

    @abstractmethod
    def measure(self, seconds: float) -> Measurement:
        """Measures forwards for at least `seconds`, at least one."""

    def close(self) -> None:
        """Ends what the peer started."""
