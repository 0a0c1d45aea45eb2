"""Which workloads, shapes and schedules run, and where."""
from __future__ import annotations

import contextlib
import io
import json
import subprocess
import tempfile
import unittest
from pathlib import Path
from types import SimpleNamespace
from unittest import mock

from support import PROFILES

from peers import checkpoints, networks
from peers.arguments import parse
from peers.errors import PeerError
from peers.figures import REQUIREMENTS
from peers.placement import choose_cpus
from peers.requirement import read_requirements
from peers.selection import select
from peers.sweep import variant
from peers.workloads import read_workload, select_workloads


class Workloads(unittest.TestCase):
    def test_every_published_workload_reads(self) -> None:
        workloads = select_workloads(PROFILES, ["*"])
        self.assertGreaterEqual(len(workloads), 10)
        for path, workload in zip(sorted(PROFILES.glob("*.json")), workloads):
            self.assertEqual(path.stem, workload.name)
            self.assertNotEqual(workload.model is None, workload.configuration is None)
            self.assertTrue(workload.model is None or workload.model.is_dir())

    def test_patterns_keep_their_order_and_must_match(self) -> None:
        names = [workload.name for workload in select_workloads(PROFILES, ["value-h32-b1", "value-*"])]
        self.assertEqual(names, ["value-h32-b1", "value-h32-b64"])
        with self.assertRaisesRegex(PeerError, "no workload 'nothing'"):
            select_workloads(PROFILES, ["nothing"])

    def test_malformed_profiles_are_refused(self) -> None:
        good = json.loads((PROFILES / "small-512-b1.json").read_text())
        cases = ["", "[]", "{}", json.dumps({**good, "schema": "other"}), json.dumps({**good, "model": "x"}),
                 json.dumps({key: value for key, value in good.items() if key != "batch"})]
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "bad.json"
            for text in cases:
                path.write_text(text)
                with self.subTest(text[:40]), self.assertRaises(PeerError):
                    read_workload(path)


class Selection(unittest.TestCase):
    def selected(self, *arguments: str) -> list[tuple[str, list[str], bool]]:
        options = parse(list(arguments))
        floors = read_requirements(REQUIREMENTS) if options.require_all else []
        return [
            (each.workload.name, [schedule.label for schedule in each.schedules], each.skipped is None)
            for each in select(options, PROFILES, floors)]

    def test_shapes(self) -> None:
        arguments = ("--workloads", "small-512-b1", "--batch", "1,3", "--length", "512,1000")
        self.assertEqual([name for name, _, _ in self.selected(*arguments)], [
            "small-512-b1", "small-512-b1:3x512", "small-512-b1:1x1000", "small-512-b1:3x1000"])
        self.assertEqual(self.selected("--workloads", "ecg-512", "--batch", "2"), [("ecg-512:2x512", ["plain"], True)])

    def test_a_sweep_leaves_the_longest_out_unless_named(self) -> None:
        swept = {name: runs for name, _, runs in self.selected("--sweep")}
        self.assertEqual(len(swept), 3 * 3 * 5)
        self.assertTrue(swept["small-512-b1:1x131072"] and swept["hopper-h32-b1:16x4096"])
        self.assertFalse(swept["small-512-b1:3x131072"])
        named = self.selected("--sweep", "--workloads", "ecg-512", "--batch", "3", "--length", "131072")
        self.assertEqual(named, [("ecg-512:3x131072", ["plain"], True)])

    def test_defaults_follow_what_is_asked(self) -> None:
        self.assertEqual(len(self.selected()), len(list(PROFILES.glob("*.json"))))
        required = {name: schedules for name, schedules, _ in self.selected("--require-all")}
        self.assertEqual(required["hopper-h32-b1"], ["plain", "cold period 20"])
        self.assertEqual(required["dance-64k"], ["plain"])
        self.assertNotIn("ecg-512", required)
        self.assertEqual([name for name, _, _ in self.selected("--cold-start")], ["dance-64k", "hopper-h32-b1"])
        schedules = ("--schedules", "cold,cold+period", "--period", "50")
        self.assertEqual(self.selected("--workloads", "ecg-512", *schedules)[0][1], ["cold", "cold period 50"])

    def test_wrong_arguments_end_with_status_2(self) -> None:
        for arguments in (["--schedules", "warm"], ["--period", "0"], ["--batch", "0"], ["--against", "nobody"],
                          ["--cold-start", "--require-all"], ["--rounds", "0"]):
            with self.subTest(arguments), contextlib.redirect_stderr(io.StringIO()):
                with self.assertRaises(SystemExit) as end:
                    parse(arguments)
                self.assertEqual(end.exception.code, 2)


class Checkpoints(unittest.TestCase):
    def test_variants_share_the_model_and_not_the_tensors(self) -> None:
        workload = read_workload(PROFILES / "small-512-b1.json")
        other = variant(workload, 3, 96)
        cache = Path("/cache")
        self.assertEqual(checkpoints.locate(workload, cache).model, checkpoints.locate(other, cache).model)
        self.assertNotEqual(checkpoints.locate(workload, cache).tensors, checkpoints.locate(other, cache).tensors)
        self.assertIs(variant(workload, workload.batch, workload.length), workload)

    def test_samples_have_the_channels_that_the_embedding_leaves(self) -> None:
        fourier = SimpleNamespace(weight=[0.0] * 8)
        positional = SimpleNamespace(num_channels=32)
        cases = [(2, 16, "fourier", "DownBlock1DNoSkip", fourier, 2), (18, 0, "fourier", "DownBlock1DNoSkip", fourier, 2),
                 (2, 32, "positional", "DownBlock1DNoSkip", positional, 2), (2, 3, "fourier", "DownBlock1D", fourier, 5)]
        for own, extra, embedding, first, projection, expected in cases:
            config = SimpleNamespace(in_channels=own, extra_in_channels=extra, time_embedding_type=embedding,
                                     down_block_types=[first])
            with self.subTest(f"{own} + {extra}, {embedding}, {first}"):
                model = SimpleNamespace(config=config, time_proj=projection)
                self.assertEqual(networks.sample_channels(model), expected)

    def test_a_shape_that_the_reference_refuses_is_told_apart(self) -> None:
        profile = PROFILES / "small-512-b1.json"
        workload = variant(read_workload(profile), 3, 100)
        for status, kind in ((checkpoints.REFUSED_STATUS, checkpoints.Refused), (1, PeerError)):
            done = subprocess.CompletedProcess([], status, "", "trace\nSizes must match")
            with mock.patch("subprocess.run", return_value=done) as start:
                with self.assertRaisesRegex(PeerError, "small-512-b1:3x100.*Sizes must match") as raised:
                    checkpoints.prepare(workload, profile, Path("/nowhere"))
            self.assertIs(type(raised.exception), kind)
            self.assertEqual(start.call_args.args[0][-2:], ["3", "100"])


class Placement(unittest.TestCase):
    def test_distinct_cores_come_first(self) -> None:
        siblings = {0: "a", 1: "b", 2: "a", 3: "b"}.__getitem__
        cases = {1: [3], 2: [2, 3], 3: [1, 2, 3], 4: [0, 1, 2, 3]}
        for threads, cpus in cases.items():
            self.assertEqual(choose_cpus(threads, {0, 1, 2, 3}, siblings), cpus)
        self.assertEqual(choose_cpus(2, {0, 1, 2, 3}, {0: "a", 1: "a", 2: "b", 3: "b"}.__getitem__), [1, 3])
        with self.assertRaises(PeerError):
            choose_cpus(5, {0, 1, 2, 3}, siblings)


if __name__ == "__main__":
    unittest.main()
