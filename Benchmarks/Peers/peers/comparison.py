"""Every peer on one case, and the ratios between them."""
from __future__ import annotations

import statistics
from dataclasses import dataclass, field
from typing import Any

from .case import Case
from .peer import Group, Measurement, Peer


@dataclass
class Series:
    """All rounds of one peer on one case."""

    peer: str
    title: str
    group: Group = Group.EXPORTED
    version: str = ""
    rounds: list[Measurement] = field(default_factory=list)

    @classmethod
    def of(cls, kind: type[Peer], version: str = "") -> Series:
        return cls(kind.name, kind.title, kind.group, version)

    @property
    def median_ms(self) -> float:
        """The median of all samples."""
        return statistics.median(sample for round in self.rounds for sample in round.samples_ms)

    def round_medians_ms(self) -> list[float]:
        return [statistics.median(round.samples_ms) for round in self.rounds]


@dataclass
class Comparison:
    """One case: ours and every peer."""

    case: Case
    ours: Series
    peers: list[Series]
    failures: list[str] = field(default_factory=list)
    """A sentence for each peer that could not take part."""

    def fastest(self, group: Group = Group.EXPORTED) -> Series | None:
        """The peer of a group with the least median; None when none took part."""
        peers = [peer for peer in self.peers if peer.group == group]
        return min(peers, key=lambda peer: peer.median_ms, default=None)

    def speedup(self, peer: Series) -> float:
        """How many times as fast as the peer ours is."""
        return peer.median_ms / self.ours.median_ms

    def speedup_range(self, peer: Series) -> tuple[float, float]:
        """The least and the greatest speedup of a single round."""
        ratios = [theirs / own for theirs, own in zip(peer.round_medians_ms(), self.ours.round_medians_ms())]
        return min(ratios), max(ratios)


@dataclass
class Run:
    """What one start of `compare` measured."""

    time: str
    """UTC, ISO 8601."""
    comparisons: list[Comparison]
    host: dict[str, Any] = field(default_factory=dict)
