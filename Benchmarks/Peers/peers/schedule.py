"""When forwards start: at once, after the caches were evicted, once in a period, or both."""
from __future__ import annotations

from dataclasses import dataclass

NAMES = ("plain", "cold", "period", "cold+period")
"""What --schedules can name."""


@dataclass(frozen=True)
class Schedule:
    """A variant of a workload; as `unet1d-bench run --cold --period MS`, for every peer alike."""

    cold: bool = False
    """Evict the last-level cache before each forward."""
    period_ms: float | None = None
    """Milliseconds from the start of a forward to the start of the next, as a control loop has; None: at once."""

    @classmethod
    def named(cls, name: str, period_ms: float) -> Schedule:
        """One of NAMES; ValueError otherwise."""
        if name not in NAMES:
            raise ValueError(name)
        return cls("cold" in name, period_ms if "period" in name else None)

    @classmethod
    def parse(cls, label: str) -> Schedule:
        """Reads what `label` wrote; ValueError otherwise."""
        words = label.split()
        cold = words[:1] == ["cold"]
        if words[cold:] in ([], ["plain"]):
            return cls(cold)
        name, period = words[cold:]
        if name != "period" or not float(period) > 0:
            raise ValueError(label)
        return cls(cold, float(period))

    @property
    def label(self) -> str:
        """`plain`, `cold`, `period 20` or `cold period 20`."""
        words = ["cold"] * self.cold + ([f"period {self.period_ms:g}"] if self.period_ms is not None else [])
        return " ".join(words) or "plain"

    @property
    def flags(self) -> list[str]:
        """Those of unet1d-bench run."""
        return ["--cold"] * self.cold + (["--period", f"{self.period_ms:g}"] if self.period_ms is not None else [])


PLAIN = Schedule()
