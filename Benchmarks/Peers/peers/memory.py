"""Keeps children within the free memory, so that one that wants too much ends with a sentence, not by the kernel."""
from __future__ import annotations

import resource
from pathlib import Path

USABLE_SHARE = 0.85


def available_bytes(table: Path = Path("/proc/meminfo")) -> int | None:
    """What the kernel could hand out without swapping; None where it does not tell."""
    try:
        for line in table.read_text().splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) << 10
    except (OSError, ValueError):
        pass
    return None


def limit_memory() -> None:
    """Limits this process, and what it starts, to most of the memory that is available now."""
    if (available := available_bytes()) is None:
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    limit = int(available * USABLE_SHARE)
    if hard == resource.RLIM_INFINITY or limit < hard:
        resource.setrlimit(resource.RLIMIT_DATA, (limit, hard))
