"""Pushes everything out of the caches by reading memory, as unet1d-bench does for --cold."""
from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

UNKNOWN_LAST_LEVEL_BYTES = 64 << 20
LEAST_BYTES_OF_A_CPU = 8 << 20
"""Each processor reads that much at least, so that its private caches are evicted too."""

SUFFIXES = {"K": 10, "M": 20, "G": 30}


def last_level_bytes(root: Path = Path("/sys/devices/system/cpu")) -> int:
    """The size of all caches of the last level together."""
    sizes: dict[tuple[int, str], int] = {}
    for cache in root.glob("cpu[0-9]*/cache/index[0-9]*"):
        try:
            level, size, shared = ((cache / name).read_text().strip() for name in ("level", "size", "shared_cpu_list"))
            sizes[int(level), shared] = int(size.rstrip("KMG")) << SUFFIXES.get(size[-1:], 0)
        except (OSError, ValueError):
            continue
    last = max((level for level, _ in sizes), default=0)
    return sum(size for (level, _), size in sizes.items() if level == last) or UNKNOWN_LAST_LEVEL_BYTES


class CacheEviction:
    """Memory of twice the last-level cache, and a thread bound to each processor that reads its share."""

    def __init__(self, cpus: list[int]) -> None:
        import numpy

        count = max(2 * last_level_bytes(), len(cpus) * LEAST_BYTES_OF_A_CPU) // 8
        # Written, because untouched pages would all be the one page of zeros.
        self._shares = numpy.array_split(numpy.ones(count, numpy.int64), len(cpus))
        self._readers = [
            ThreadPoolExecutor(1, initializer=os.sched_setaffinity, initargs=(0, {cpu})) for cpu in cpus]

    def run(self) -> None:
        """Reads it all; NumPy lets the threads run side by side."""
        for done in [reader.submit(share.sum) for reader, share in zip(self._readers, self._shares)]:
            done.result()
