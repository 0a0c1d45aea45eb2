"""Blocks of latencies: percentiles, turns, verdicts."""
from __future__ import annotations

import json
import os
import tempfile
import unittest
from contextlib import redirect_stderr
from dataclasses import replace
from datetime import datetime, timezone
from io import StringIO
from pathlib import Path
from unittest import mock

from support import bound_job, job

from peers import latency, verdicts
from peers.arguments import parse
from peers.errors import PeerError
from peers.latency import Latencies, OurBlock, Percentiles, Times
from peers.schedule import PLAIN
from peers.unet1d_16_bit import UNet1DF16Weights

EVEN = Percentiles(1.0, 1.0, 1.0, 1.0, 1.0)


def times(**percentiles: float) -> Times:
    figures = replace(EVEN, **percentiles)
    return Times("1", 20_000, 0, figures, figures)


def latencies(*blocks: dict[str, Times]) -> Latencies:
    return Latencies(job().case(PLAIN), list(blocks))


class PercentilesOfSamples(unittest.TestCase):
    def test_nearest_rank_and_enough_samples(self) -> None:
        self.assertEqual(
            Percentiles.of([float(sample) for sample in range(1000, 0, -1)]), Percentiles(500, 900, 990, None, 1000))
        self.assertEqual(Percentiles.of([float(sample) for sample in range(1, 5001)]).p999, 4995)
        self.assertEqual(Percentiles.of([3.0, 1.0]), Percentiles(1, 3, None, None, 3))

    def test_spreads(self) -> None:
        self.assertEqual(Percentiles(2, 2, 3, None, 9).spread("p99"), 1.5)
        self.assertIsNone(Percentiles(2, 2, 3, None, 9).spread("p999"))


class Turns(unittest.TestCase):
    def test_a_process_takes_its_turns_and_reports(self) -> None:
        with tempfile.NamedTemporaryFile("r") as log, mock.patch.dict(os.environ, FAKE_LOG=log.name):
            block = OurBlock(bound_job({"isa": "generic", "period": 3}), forwards=5, group=2)
            self.addCleanup(block.close)
            for _ in range(3):
                block.take_turn()
            found = block.times()
            arguments = json.loads(log.read())["arguments"]
        self.assertEqual(list(found), ["unet1d", "probe"])
        self.assertEqual(
            (found["unet1d"].forwards, found["unet1d"].switched_out, found["unet1d"].undisturbed.p99), (5, 1, 3.0))
        for flags in (["--turns", "2"], ["--iterations", "5"], ["--isa", "generic"], ["--probe"]):
            self.assertIn(" ".join(flags), " ".join(arguments))
        self.assertNotIn("--period", arguments)

    def test_failures_are_told(self) -> None:
        with mock.patch.dict(os.environ, FAKE_STATUS="2"), self.assertRaisesRegex(PeerError, "made to fail"):
            OurBlock(bound_job(), 5, 2)
        with mock.patch.dict(os.environ, FAKE_VERDICT="FAIL"), self.assertRaisesRegex(PeerError, "FAIL"):
            latency.measure(bound_job(), [], 1, 5, 2)

    def test_another_precision_takes_no_part(self) -> None:
        result = latency.measure(bound_job(), [UNet1DF16Weights], blocks=1, forwards=5, group=2)
        self.assertEqual(list(result.blocks[0]), ["unet1d", "probe"])
        self.assertIn("unet1d-f16-weights", result.failures[0])

    def test_blocks_are_recorded(self) -> None:
        result = latency.measure(bound_job(), [], blocks=2, forwards=5, group=2)
        with tempfile.TemporaryDirectory() as folder:
            path = latency.append(result, 2, Path(folder), datetime(2026, 1, 2, tzinfo=timezone.utc))
            lines = [json.loads(line) for line in path.read_text().splitlines()]
        self.assertEqual(path.name, "latency-2026-01-02.jsonl")
        self.assertEqual(
            [(line["peer"], line["block"]) for line in lines],
            [("unet1d", 0), ("probe", 0), ("unet1d", 1), ("probe", 1)])
        self.assertEqual(lines[0]["undisturbed_latency_ms"]["p99"], 3.0)


class Verdicts(unittest.TestCase):
    def test_spreads_are_compared_with_the_probes(self) -> None:
        steady = {"unet1d": times(p99=1.21, p999=1.6), "probe": times(p99=1.1, p999=1.28)}
        late = {"unet1d": times(p99=1.22, p999=1.61), "probe": times(p99=1.1, p999=1.28)}
        p99, p999 = verdicts.verdicts(latencies(*[steady] * 4, late))
        self.assertEqual((p99.kept, p99.needed, p99.met, p999.kept, p999.met), (4, 4, True, 4, True))
        self.assertFalse(any(verdict.met for verdict in verdicts.verdicts(latencies(*[steady] * 3, late, late))))

    def test_what_was_not_measured_is_missed(self) -> None:
        few = {"unet1d": times(p999=None), "probe": times(p999=None)}
        self.assertEqual([verdict.met for verdict in verdicts.verdicts(latencies(few))], [True, False])
        self.assertFalse(any(verdict.met for verdict in verdicts.verdicts(latencies())))

    def test_without_undisturbed_forwards_nothing_is_kept(self) -> None:
        fast, slow = times(), times(p50=2, p90=2, p99=2)
        for name in ("unet1d", "probe", "openvino"):
            block = {"unet1d": fast, "probe": fast, "openvino": slow}
            block[name] = replace(block[name], undisturbed=None)
            with self.subTest(name):
                kept = [verdict.kept for verdict in verdicts.verdicts(latencies(block))]
                self.assertEqual(kept, [1, 1, 0] if name == "openvino" else [0, 0, int(name == "probe")])
                self.assertIn("| – | – | – |", verdicts.markdown(latencies(block)))

    def test_a_peer_must_be_beaten_at_every_percentile_of_a_block(self) -> None:
        ours = {"unet1d": times(), "probe": times()}
        beaten = {**ours, "openvino": times(p50=1.1, p90=1.1, p99=1.1)}
        level = {**ours, "openvino": times(p50=2, p90=1, p99=2)}
        self.assertTrue(verdicts.verdicts(latencies(*[beaten] * 4, level))[-1].met)
        self.assertFalse(verdicts.verdicts(latencies(*[beaten] * 3, level, level))[-1].met)
        # A block without the peer is not won.
        self.assertFalse(verdicts.verdicts(latencies(*[beaten] * 3, ours, ours))[-1].met)

    def test_table(self) -> None:
        text = verdicts.markdown(latencies({"unet1d": times(), "probe": times(p99=0.5), "onnxruntime": times(p999=None)}))
        self.assertIn("| 1 | ONNX Runtime 1 | 1.00 | 1.00 | 1.00 | – | 1.00 | 1.000 | – | 0 |", text)
        self.assertIn("| undisturbed: p50, ms | p90, ms |", text)
        self.assertIn("p99/p50, undisturbed, at most 1.10 × the probe's | 0 of 1 | 1 | **missed** | 2.000", text)
        self.assertIn("better than ONNX Runtime at p50, p90, p99, undisturbed |", text)


class Flags(unittest.TestCase):
    def test_defaults(self) -> None:
        options = parse(["--latency"])
        self.assertEqual(
            (options.rounds, options.threads, options.peers, options.forwards),
            (5, [1], ["onnxruntime", "openvino"], 20_000))
        self.assertEqual((parse([]).rounds, parse([]).threads), (5, [1, 2]))

    def test_wrong_ones(self) -> None:
        for flags in (["--group", "0"], ["--cold-start"], ["--require-all"], ["--schedules", "cold"]):
            with self.subTest(flags), redirect_stderr(StringIO()), self.assertRaises(SystemExit):
                parse(["--latency", *flags])


if __name__ == "__main__":
    unittest.main()
