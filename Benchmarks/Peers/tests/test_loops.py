from __future__ import annotations

import unittest
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import support
from peers import loops, record
from peers.loops import Loops
from peers.schedule import PLAIN


def measured() -> Loops:
    """Three rounds, of which the second is slow for both."""
    return Loops(
        support.job(name="ecg").case(PLAIN), 50, {"unet1d": [0.1, 1.0, 0.1], "pytorch": [0.8, 9.0, 1.0]},
        [1.01, 1.03, 1.01])


class LoopsTests(unittest.TestCase):
    def test_a_row_for_every_workload(self) -> None:
        row = loops.markdown([measured()]).splitlines()[2]
        self.assertEqual(
            [cell.strip() for cell in row.split("|")[1:-1]], ["ecg", "1", "50", "0.1 s", "1 s", "9.0", "1.010"])

    def test_a_line_for_each_peer(self) -> None:
        with TemporaryDirectory() as folder:
            path = loops.append(measured(), Path(folder), datetime(2026, 1, 2, tzinfo=timezone.utc))
            lines = record.read_lines([path], loops.SCHEMA)
        self.assertEqual([line["peer"] for line in lines], ["unet1d", "pytorch"])
        self.assertEqual(lines[0]["over_forwards"], [1.01, 1.03, 1.01])
        self.assertEqual(lines[1]["seconds"], [0.8, 9.0, 1.0])

    def test_large_models_run_fewer_steps(self) -> None:
        self.assertEqual([loops.steps_of(name) for name in loops.WORKLOADS], [50, 50, 10])


if __name__ == "__main__":
    unittest.main()
