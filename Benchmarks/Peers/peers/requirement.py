"""--require WORKLOAD[@THREADS]=RATIO: a floor under the speedup against one peer, or the fastest."""
from __future__ import annotations

from dataclasses import dataclass

from .comparison import Comparison, Series

FASTEST = "fastest"
"""In the place of a peer's name: the fastest float32 peer of each comparison."""


@dataclass(frozen=True)
class Requirement:
    """Ours must be at least `ratio` times as fast, at every thread count measured or at the one named."""

    workload: str
    threads: int | None
    ratio: float

    @classmethod
    def parse(cls, text: str) -> Requirement:
        """Reads WORKLOAD=RATIO or WORKLOAD@THREADS=RATIO; ValueError otherwise."""
        target, equals, ratio = text.rpartition("=")
        workload, at, threads = target.partition("@")
        if not (equals and workload and float(ratio) > 0):
            raise ValueError(text)
        return cls(workload, int(threads) if at else None, float(ratio))

    def failures(self, comparisons: list[Comparison], against: str = "pytorch") -> list[str]:
        """A sentence for every comparison below the floor, or without the peer, or one that nothing was compared."""
        matching = [
            comparison for comparison in comparisons
            if comparison.job.workload.name == self.workload and self.threads in (None, comparison.job.threads)]
        if not matching:
            return [f"{self.workload}: required {self.ratio:g}, but it was not compared"]
        sentences = []
        for comparison in matching:
            name, peer = f"{self.workload}@{comparison.job.threads}", opponent(comparison, against)
            if peer is None:
                sentences.append(f"{name}: required {self.ratio:g}, but it was not compared with {against}")
            elif (speedup := comparison.speedup(comparison.ours, peer)) < self.ratio:
                sentences.append(f"{name}: {speedup:.2f} times as fast as {peer.title}, required {self.ratio:g}")
        return sentences


def opponent(comparison: Comparison, against: str) -> Series | None:
    """The peer that a requirement is measured against; None when it did not take part."""
    if against == FASTEST:
        return comparison.fastest()
    return next((peer for peer in comparison.peers if peer.peer == against), None)
