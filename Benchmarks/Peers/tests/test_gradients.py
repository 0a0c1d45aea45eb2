from __future__ import annotations

import unittest
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import support
from peers import gradients, record
from peers.errors import PeerError
from peers.gradients import Gradients
from peers.rounds import alternate
from peers.schedule import PLAIN


def measured() -> Gradients:
    """Three rounds, of which the second is slow for both."""
    return Gradients(
        support.job(name="value").case(PLAIN), "output and gradient",
        {"unet1d": [0.001, 0.01, 0.001], "pytorch": [0.008, 0.09, 0.010]}, [2.2, 2.5, 2.3])


class GradientsTests(unittest.TestCase):
    def test_a_row_for_every_workload(self) -> None:
        row = gradients.markdown([measured()]).splitlines()[2]
        self.assertEqual(
            [cell.strip() for cell in row.split("|")[1:-1]],
            ["value", "output and gradient", "1", "1 ms", "10 ms", "9.0", "2.30"])

    def test_a_line_for_each_peer(self) -> None:
        with TemporaryDirectory() as folder:
            path = gradients.append(measured(), Path(folder), datetime(2026, 1, 2, tzinfo=timezone.utc))
            lines = record.read_lines([path], gradients.SCHEMA)
        self.assertEqual([line["peer"] for line in lines], ["unet1d", "pytorch"])
        self.assertEqual(lines[0]["over_forward"], [2.2, 2.5, 2.3])
        self.assertEqual(lines[1]["seconds"], [0.008, 0.09, 0.010])

    def test_the_median_plan_is_read(self) -> None:
        self.assertEqual(gradients.plan_seconds("5 plans, one in 500.0 ms: 0 late, 12.5 ms at the median\n"), 0.0125)
        with self.assertRaises(PeerError):
            gradients.plan_seconds("nothing")

    def test_rounds_alternate(self) -> None:
        order: list[str] = []
        seconds: dict[str, list[float]] = {}
        alternate({"a": lambda: 1.0, "b": lambda: 2.0}, 3, seconds, lambda number, name: order.append(f"{number}{name}"))
        self.assertEqual(order, ["1a", "1b", "2b", "2a", "3a", "3b"])
        self.assertEqual(seconds, {"a": [1.0] * 3, "b": [2.0] * 3})


if __name__ == "__main__":
    unittest.main()
