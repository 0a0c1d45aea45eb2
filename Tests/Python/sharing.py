"""Processes that share packed weights, and what the kernel says of their memory. Importable by spawned processes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any


def mapped(folder: str) -> dict[str, int]:
    """Bytes of this process's mappings of files in a folder. ``Pss`` divides a page by the processes that have it."""
    sums = {"Rss": 0, "Pss": 0, "Private_Dirty": 0}
    is_inside = False
    for line in Path("/proc/self/smaps").read_text().splitlines():
        words = line.split()
        if "-" in words[0] and not words[0].endswith(":"):
            is_inside = len(words) > 5 and words[5].startswith(folder)
        elif is_inside and words[0][:-1] in sums:
            sums[words[0][:-1]] += 1024 * int(words[1])
    return sums


def run(model: str, shape: tuple[int, ...], folder: Any, barrier: Any, results: Any, **options: Any) -> None:
    """A process: prepares a session, waits for the others that do, and tells what it has and computes."""
    import numpy as np

    import unet1d

    opened = unet1d.load(model, threads=1, share_weights=folder, **options)
    start = time.perf_counter()
    session = opened.session((shape[0], shape[-1]))
    seconds = time.perf_counter() - start
    sample = np.random.default_rng(0).standard_normal(shape, np.float32)
    output = session(sample, 10)
    barrier.wait(60)
    memory = mapped(folder) if isinstance(folder, str) else {}
    barrier.wait(60)
    results.put({"pid": os.getpid(), "output": output.tobytes(), "notes": opened.notes, "seconds": seconds, **memory})
