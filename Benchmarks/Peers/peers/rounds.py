"""Rounds that alternate between the peers, so that drift of the machine meets all of them alike."""
from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack

from .comparison import Comparison, Series
from .errors import PeerError
from .peer import Job, Peer
from .schedule import Schedule

SETTLE_SECONDS = 0.25
"""Pause before each measurement: idle workers of the peer before stop spinning."""


def compare(
    job: Job, ours: type[Peer], peers: list[type[Peer]], schedules: list[Schedule], rounds: int, seconds: float,
    progress: Callable[[str], None] = lambda _: None,
) -> Iterator[Comparison]:
    """Loads and checks every peer, then measures them in turn on each schedule, every second round in reverse order.

    A peer that cannot load, answers wrongly or ends is left out from then on, and told; PeerError when ours is the one.
    """
    with ExitStack() as stack:
        running: list[Peer] = []
        failures: list[str] = []
        for kind in (ours, *peers):
            progress(f"{job.name}: {kind.title} loads")
            try:
                peer = kind(job)
            except PeerError as error:
                if kind is ours:
                    raise
                failures.append(str(error))
                continue
            stack.callback(peer.close)
            running.append(peer)
        for schedule in schedules:
            comparison = measure(job, running, schedule, rounds, seconds, progress)
            comparison.failures[:0] = failures
            failures = []
            yield comparison


def measure(
    job: Job, running: list[Peer], schedule: Schedule, rounds: int, seconds: float, progress: Callable[[str], None],
) -> Comparison:
    """Measures the peers, ours first among them, on one schedule; removes from `running` those that end."""
    case, failures = job.case(schedule), []
    series = {peer.name: Series.of(type(peer)) for peer in running}
    ours = running[0]
    for round in range(rounds):
        for peer in running[:] if round % 2 == 0 else running[::-1]:
            progress(f"{case.name}: round {round + 1} of {rounds}, {peer.title}")
            time.sleep(SETTLE_SECONDS)
            try:
                series[peer.name].rounds.append(peer.measure(seconds, schedule))
            except PeerError as error:
                if peer is ours:
                    raise
                failures.append(str(error))
                running.remove(peer)
                continue
            series[peer.name].version = peer.version
    return Comparison(case, series[ours.name], [series[peer.name] for peer in running[1:]], failures)


def alternate(
    turns: dict[str, Callable[[], float]], rounds: int, seconds: dict[str, list[float]],
    tell: Callable[[int, str], None],
) -> None:
    """Takes the turns round after round, every second round in reverse; `tell` hears the round, from 1, and whose turn."""
    for number in range(1, rounds + 1):
        for name in turns if number % 2 == 1 else reversed(turns):
            tell(number, name)
            seconds.setdefault(name, []).append(turns[name]())
