"""--require WORKLOAD[@THREADS]=RATIO: a floor under the speedup."""
from __future__ import annotations

from dataclasses import dataclass

from .comparison import Comparison


@dataclass(frozen=True)
class Requirement:
    """Ours must be at least `ratio` times as fast as PyTorch, at every thread count measured or at the one named."""

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

    def failures(self, comparisons: list[Comparison]) -> list[str]:
        """A sentence for every comparison below the floor, or one that says nothing was compared."""
        matching = [
            comparison for comparison in comparisons
            if comparison.job.workload.name == self.workload and self.threads in (None, comparison.job.threads)]
        pairs = [
            (comparison, peer) for comparison in matching for peer in comparison.peers if peer.peer == "pytorch"]
        if not pairs:
            return [f"{self.workload}: required {self.ratio:g}, but it was not compared with PyTorch"]
        sentences = []
        for comparison, peer in pairs:
            speedup = comparison.speedup(comparison.ours, peer)
            if speedup < self.ratio:
                sentences.append(
                    f"{self.workload}@{comparison.job.threads}: "
                    f"{speedup:.2f} times as fast as PyTorch, required {self.ratio:g}")
        return sentences
