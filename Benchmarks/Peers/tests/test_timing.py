"""Schedules, and what a child does to keep them."""
from __future__ import annotations

import importlib.util
import resource
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from support import FOLDER

from peers.eviction import UNKNOWN_LAST_LEVEL_BYTES, last_level_bytes
from peers.memory import available_bytes
from peers.schedule import NAMES, PLAIN, Schedule
from peers.timing import WARMUP_FORWARDS, involuntary_switches, measure, time_forwards


class FakeTime:
    """A clock that moves when something sleeps or runs; forwards take the milliseconds given, the last again and again."""

    def __init__(self, *forwards_ms: float) -> None:
        self.now, self.forwards_ms, self.starts, self.evictions = 0.0, list(forwards_ms), [], 0

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def forward(self) -> None:
        self.starts.append(round(self.now * 1e3, 6))
        self.now += (self.forwards_ms.pop(0) if len(self.forwards_ms) > 1 else self.forwards_ms[0]) / 1e3

    def evict(self) -> None:
        self.evictions += 1
        self.now += 0.003

    def measure(self, seconds: float, schedule: Schedule) -> tuple[list[float], int]:
        evict = self.evict if schedule.cold else None
        samples, missed = measure(self.forward, seconds, schedule, evict, self.clock, self.sleep)
        return [round(sample, 6) for sample in samples], missed


class Schedules(unittest.TestCase):
    def test_names_labels_and_flags(self) -> None:
        schedules = [Schedule.named(name, 20) for name in NAMES]
        self.assertEqual([each.label for each in schedules], ["plain", "cold", "period 20", "cold period 20"])
        self.assertEqual([each.flags for each in schedules], [
            [], ["--cold"], ["--period", "20"], ["--cold", "--period", "20"]])
        self.assertEqual([Schedule.parse(each.label) for each in schedules], schedules)
        for text in ("warm", "period", "period x", "period 0", "cold 20", "period 20 cold"):
            with self.subTest(text), self.assertRaises(ValueError):
                Schedule.parse(text)


class Timing(unittest.TestCase):
    def test_back_to_back(self) -> None:
        time = FakeTime(4)
        self.assertEqual(time.measure(0.010, PLAIN), ([4, 4, 4], 0))
        self.assertEqual(len(time.starts), WARMUP_FORWARDS + 3)

    def test_one_forward_at_least_and_one_warm_up_where_it_is_long(self) -> None:
        time = FakeTime(2000)
        self.assertEqual(time.measure(0.010, PLAIN), ([2000], 0))
        self.assertEqual(len(time.starts), 2)

    def test_periods_stay_on_their_grid(self) -> None:
        time = FakeTime(0, 0, 5, 25, 5)
        self.assertEqual(time.measure(0.070, Schedule(period_ms=20)), ([5, 25, 5, 5], 1))
        self.assertEqual(time.starts[WARMUP_FORWARDS:], [0, 20, 60, 80])

    def test_forwards_that_were_switched_out_are_told(self) -> None:
        time, counts = FakeTime(5), iter([0, 0, 0, 2, 2, 2])
        samples, switched_out = time_forwards(time.forward, 3, time.clock, lambda: next(counts))
        self.assertEqual(([round(sample, 6) for sample in samples], switched_out), ([5, 5, 5], [1]))
        self.assertEqual(len(time.starts), WARMUP_FORWARDS + 3)
        self.assertGreaterEqual(involuntary_switches(), 0)

    def test_eviction_precedes_every_forward_and_is_not_timed(self) -> None:
        time = FakeTime(5)
        self.assertEqual(time.measure(0.042, Schedule(cold=True, period_ms=20)), ([5, 5, 5], 0))
        self.assertEqual(time.evictions, WARMUP_FORWARDS + 3)
        first, *others = time.starts[WARMUP_FORWARDS:]
        self.assertEqual([start - first for start in others], [17, 37])


class System(unittest.TestCase):
    def test_last_level_of_all_sockets(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            self.assertEqual(last_level_bytes(root), UNKNOWN_LAST_LEVEL_BYTES)
            for cpu in range(4):
                for index, (level, size, shared) in enumerate((("1", "32K", str(cpu)), ("3", "16M", f"{cpu // 2}"))):
                    cache = root / f"cpu{cpu}/cache/index{index}"
                    cache.mkdir(parents=True)
                    for name, text in (("level", level), ("size", size), ("shared_cpu_list", shared)):
                        (cache / name).write_text(text + "\n")
            self.assertEqual(last_level_bytes(root), 32 << 20)

    def test_available_memory(self) -> None:
        with tempfile.NamedTemporaryFile("w") as file:
            file.write("MemTotal: 100 kB\nMemAvailable:  64 kB\n")
            file.flush()
            self.assertEqual(available_bytes(Path(file.name)), 64 << 10)
        self.assertIsNone(available_bytes(Path("/nowhere")))

    def test_a_child_is_limited(self) -> None:
        code = "from peers.memory import limit_memory as l; import resource as r; l(); print(r.getrlimit(r.RLIMIT_DATA)[0])"
        limit = int(subprocess.run(
            [sys.executable, "-c", code], cwd=FOLDER.parent, text=True, capture_output=True, check=True).stdout)
        self.assertNotEqual(limit, resource.RLIM_INFINITY)

    @unittest.skipUnless(importlib.util.find_spec("numpy"), "needs NumPy")
    def test_eviction_reads_on_every_processor(self) -> None:
        import os

        from peers.eviction import CacheEviction

        CacheEviction(sorted(os.sched_getaffinity(0))).run()


if __name__ == "__main__":
    unittest.main()
