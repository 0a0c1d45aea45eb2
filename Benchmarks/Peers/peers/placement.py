"""Which processors a peer may run on: as many distinct physical cores as it has threads."""
from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from .errors import PeerError


def core_of(cpu: int) -> str:
    """An identity of the physical core of a processor; the processor itself where the kernel does not tell."""
    siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
    try:
        return siblings.read_text().strip()
    except OSError:
        return str(cpu)


def choose_cpus(
    threads: int, allowed: set[int] | None = None, core: Callable[[int], str] = core_of
) -> list[int]:
    """`threads` processors, on distinct cores while there are any, from the last: the first serves most interrupts."""
    candidates = sorted(os.sched_getaffinity(0) if allowed is None else allowed, reverse=True)
    if threads > len(candidates):
        raise PeerError(f"{threads} threads asked for, but this process may use {len(candidates)} processors")
    seen: set[str] = set()
    first_of_core: list[int] = []
    second_of_core: list[int] = []
    for cpu in candidates:
        (second_of_core if core(cpu) in seen else first_of_core).append(cpu)
        seen.add(core(cpu))
    return sorted((first_of_core + second_of_core)[:threads])
