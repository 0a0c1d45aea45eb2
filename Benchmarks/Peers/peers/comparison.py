"""Rounds that alternate between the peers, so that drift of the machine meets all of them alike."""
from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field

from .errors import PeerError
from .peer import Job, Measurement, Peer

SETTLE_SECONDS = 0.25
"""Pause before each measurement: idle workers of the peer before stop spinning."""


@dataclass
class Series:
    """All rounds of one peer on one workload."""

    peer: str
    title: str
    precision: str = "float32"
    version: str = ""
    rounds: list[Measurement] = field(default_factory=list)

    @property
    def median_ms(self) -> float:
        """The median of all samples."""
        return statistics.median(sample for round in self.rounds for sample in round.samples_ms)

    def round_medians_ms(self) -> list[float]:
        return [statistics.median(round.samples_ms) for round in self.rounds]


@dataclass
class Comparison:
    """One workload at one thread count: ours and every peer."""

    job: Job
    ours: Series
    peers: list[Series]
    failures: list[str] = field(default_factory=list)
    """A sentence for each peer that could not take part."""

    def fastest(self) -> Series | None:
        """The float32 peer with the least median; None when none took part."""
        peers = [peer for peer in self.peers if peer.precision == "float32"]
        return min(peers, key=lambda peer: peer.median_ms, default=None)

    @staticmethod
    def speedup(ours: Series, peer: Series) -> float:
        """How many times as fast as the peer ours is."""
        return peer.median_ms / ours.median_ms

    @staticmethod
    def speedup_range(ours: Series, peer: Series) -> tuple[float, float]:
        """The least and the greatest speedup of a single round."""
        ratios = [theirs / own for theirs, own in zip(peer.round_medians_ms(), ours.round_medians_ms())]
        return min(ratios), max(ratios)


def compare(
    job: Job, ours: type[Peer], peers: list[type[Peer]], rounds: int, seconds: float,
    progress: Callable[[str], None] = lambda _: None,
) -> Comparison:
    """Loads and checks every peer, then measures them in turn, every second round in reverse order.

    A peer that cannot load, or answers wrongly, is left out and told; PeerError when ours is the one.
    """
    series: list[Series] = []
    failures: list[str] = []
    with ExitStack() as stack:
        running: list[Peer] = []
        for kind in (ours, *peers):
            progress(f"{job.workload.name}@{job.threads}: {kind.title} loads")
            try:
                peer = kind(job)
            except PeerError as error:
                if kind is ours:
                    raise
                failures.append(str(error))
                continue
            stack.callback(peer.close)
            running.append(peer)
            series.append(Series(kind.name, kind.title, kind.precision))
        for round in range(rounds):
            turns = list(zip(running, series))
            for peer, record in turns if round % 2 == 0 else reversed(turns):
                progress(f"{job.workload.name}@{job.threads}: round {round + 1} of {rounds}, {record.title}")
                time.sleep(SETTLE_SECONDS)
                record.rounds.append(peer.measure(seconds))
                record.version = peer.version
    return Comparison(job, series[0], series[1:], failures)
