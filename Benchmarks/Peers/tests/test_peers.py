"""Tests of everything but the runtimes themselves: `python3 -m unittest discover -s tests` from Benchmarks/Peers."""
from __future__ import annotations

import json
import os
import sys
import tempfile
import unittest
from datetime import datetime, timezone
from pathlib import Path
from unittest import mock

FOLDER = Path(__file__).resolve().parent
sys.path.insert(0, str(FOLDER.parent))

from peers import record  # noqa: E402
from peers.comparison import Comparison, Series, compare  # noqa: E402
from peers.errors import PeerError  # noqa: E402
from peers.peer import Job, Measurement, Peer  # noqa: E402
from peers.placement import choose_cpus  # noqa: E402
from peers.registry import DEFAULT_PEERS, PEERS, find_peers  # noqa: E402
from peers.requirement import Requirement  # noqa: E402
from peers.table import markdown, milliseconds  # noqa: E402
from peers.unet1d import UNet1D  # noqa: E402
from peers.workloads import Workload, read_workload, select_workloads  # noqa: E402

PROFILES = FOLDER.parents[2] / "Profiles" / "Workloads"


def job(options: dict | None = None, threads: int = 1, bench: Path = FOLDER / "fake_bench") -> Job:
    workload = Workload("tiny", 2, 32, 0.5, 1, options or {}, {}, None)
    return Job(workload, Path("/model"), Path("/tensors"), threads, choose_cpus(threads), bench)


def series(name: str, rounds_ms: list[list[float]], precision: str = "float32") -> Series:
    return Series(name, name.capitalize(), precision, "1.0", [Measurement(samples) for samples in rounds_ms])


def comparison(ours_ms: list[list[float]], theirs_ms: list[list[float]], *others: Series) -> Comparison:
    return Comparison(job(), series("unet1d", ours_ms), [series("pytorch", theirs_ms), *others])


class Counting(Peer):
    """Notes the order of measurements; every forward takes one millisecond."""

    name, title, version = "counting", "Counting", "1"
    turns: list[str] = []

    def __init__(self, job: Job) -> None: ...

    def measure(self, seconds: float) -> Measurement:
        self.turns.append(self.name)
        return Measurement([1.0])


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


class Placement(unittest.TestCase):
    def test_distinct_cores_come_first(self) -> None:
        siblings = {0: "a", 1: "b", 2: "a", 3: "b"}.__getitem__
        cases = {1: [3], 2: [2, 3], 3: [1, 2, 3], 4: [0, 1, 2, 3]}
        for threads, cpus in cases.items():
            self.assertEqual(choose_cpus(threads, {0, 1, 2, 3}, siblings), cpus)
        self.assertEqual(choose_cpus(2, {0, 1, 2, 3}, {0: "a", 1: "a", 2: "b", 3: "b"}.__getitem__), [1, 3])
        with self.assertRaises(PeerError):
            choose_cpus(5, {0, 1, 2, 3}, siblings)


class Requirements(unittest.TestCase):
    def test_text(self) -> None:
        self.assertEqual(Requirement.parse("a-b=1.5"), Requirement("a-b", None, 1.5))
        self.assertEqual(Requirement.parse("a@2=3"), Requirement("a", 2, 3))
        for text in ("a", "=2", "a=", "a=0", "a@x=1", "a=-1"):
            with self.subTest(text), self.assertRaises(ValueError):
                Requirement.parse(text)

    def test_floor(self) -> None:
        twice = comparison([[1.0, 2.0, 3.0]], [[4.0]])
        self.assertEqual(Requirement("tiny", None, 2).failures([twice]), [])
        self.assertEqual(len(Requirement("tiny", 1, 2.01).failures([twice])), 1)
        self.assertIn("not compared", Requirement("tiny", 2, 1).failures([twice])[0])
        self.assertIn("not compared", Requirement("other", None, 1).failures([twice])[0])

    def test_floor_against_another_peer(self) -> None:
        mixed = comparison([[2.0]], [[8.0]], series("quick", [[6.0]]), series("rough", [[1.0]], "bf16"))
        cases = {"pytorch": 4, "fastest": 3, "quick": 3, "rough": 0.5}
        for against, ratio in cases.items():
            with self.subTest(against):
                self.assertEqual(Requirement("tiny", 1, ratio).failures([mixed], against), [])
                self.assertEqual(len(Requirement("tiny", 1, ratio + 0.01).failures([mixed], against)), 1)
        self.assertIn("not compared with slow", Requirement("tiny", 1, 1).failures([mixed], "slow")[0])
        rough = Comparison(job(), series("unet1d", [[1.0]]), [series("rough", [[1.0]], "bf16")])
        self.assertIn("not compared with fastest", Requirement("tiny", 1, 1).failures([rough], "fastest")[0])


class Reports(unittest.TestCase):
    def test_table(self) -> None:
        ours, theirs = [[1.0], [3.0]], [[3.0], [3.0]]
        rough, quick = series("rough", [[0.5], [0.5]], "bf16"), series("quick", [[2.0], [3.0]])
        lines = markdown([comparison(ours, theirs, rough, quick), comparison(ours, theirs)]).splitlines()
        self.assertEqual(lines, [
            "| workload | threads | Unet1d 1.0, ms | Pytorch 1.0, ms | Quick 1.0, ms | fastest float32 peer "
            "| times as fast | by round | Rough 1.0, ms |",
            "| --- | ---: | ---: | ---: | ---: | --- | ---: | ---: | ---: |",
            "| tiny | 1 | 2.00 | 3.00 | 2.50 | Quick | 1.25 | 1.00–2.00 | 0.500 |",
            "| tiny | 1 | 2.00 | 3.00 | – | Pytorch | 1.50 | 1.00–3.00 | – |",
        ])
        alone = Comparison(job(), series("unet1d", ours), [])
        self.assertEqual(markdown([alone]).splitlines()[-1], "| tiny | 1 | 2.00 | – | – | – |")
        self.assertEqual([milliseconds(value) for value in (6595.4, 70.53, 5.661, 0.4812)],
                         ["6595", "70.5", "5.66", "0.481"])

    def test_samples_are_appended(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(2):
                moment = datetime(2026, 1, 2, 3, 4, 5, tzinfo=timezone.utc)
                path = record.append(comparison([[1.0, 2.0]], [[3.0]]), Path(folder), moment)
            lines = [json.loads(line) for line in path.read_text().splitlines()]
        self.assertEqual(path.name, "peers-2026-01-02.jsonl")
        self.assertEqual([line["peer"] for line in lines], ["unet1d", "pytorch"] * 2)
        self.assertEqual(lines[0]["samples_ms"], [1.0, 2.0])


class Ours(unittest.TestCase):
    def test_arguments_processors_and_report(self) -> None:
        with tempfile.NamedTemporaryFile("r") as log, mock.patch.dict(os.environ, FAKE_LOG=log.name):
            peer = UNet1D(job({"isa": "generic", "cold": True, "threads": 7}))
            measured = peer.measure(0.5)
            verify, run = (json.loads(line) for line in log.read().splitlines())
        self.assertEqual(verify["arguments"], [
            "verify", "--model", "/model", "--threads", "1", "--quiet", "--tensors", "/tensors", "--isa", "generic"])
        self.assertEqual(run["arguments"], [
            "run", "--model", "/model", "--threads", "1", "--quiet", "--batch", "2", "--length", "32",
            "--timestep", "0.5", "--warmup", "2", "--duration", "0.5", "--format", "json",
            "--isa", "generic", "--cold"])
        self.assertEqual(run["cpus"], choose_cpus(1))
        self.assertEqual(measured, Measurement([1.0, 2.0, 4.0], {"plan_id": "fake", "isa": "generic"}))
        self.assertEqual(peer.version, "0.0.0-fake")

    def test_failures_are_told(self) -> None:
        for environment, words in (({"FAKE_VERDICT": "FAIL"}, "FAIL"), ({"FAKE_STATUS": "2"}, "made to fail")):
            with self.subTest(words), mock.patch.dict(os.environ, environment):
                with self.assertRaisesRegex(PeerError, words):
                    UNet1D(job())
        with self.assertRaisesRegex(PeerError, "not an executable"):
            UNet1D(job(bench=Path("/nowhere")))


class Rounds(unittest.TestCase):
    def test_order_reverses_every_second_round(self) -> None:
        ours, theirs = type("A", (Counting,), {"name": "a"}), type("B", (Counting,), {"name": "b"})
        Counting.turns.clear()
        with mock.patch("time.sleep"):
            result = compare(job(), ours, [theirs], rounds=3, seconds=1)
        self.assertEqual(Counting.turns, ["a", "b", "b", "a", "a", "b"])
        self.assertEqual((len(result.ours.rounds), len(result.peers[0].rounds)), (3, 3))

    def test_a_peer_that_cannot_load_is_left_out_and_told(self) -> None:
        class Broken(Counting):
            name = "broken"

            def __init__(self, job: Job) -> None:
                raise PeerError("broken disagrees")

        with mock.patch("time.sleep"):
            result = compare(job(), Counting, [Broken, Counting], rounds=1, seconds=1)
            self.assertEqual([peer.peer for peer in result.peers], ["counting"])
            self.assertEqual(result.failures, ["broken disagrees"])
            with self.assertRaises(PeerError):
                compare(job(), Broken, [Counting], rounds=1, seconds=1)


class Registry(unittest.TestCase):
    def test_every_peer_is_served_from_its_own_module(self) -> None:
        self.assertEqual(len({peer.__module__ for peer in PEERS.values()}), len(PEERS))
        for name, peer in PEERS.items():
            self.assertEqual(peer.name, name)
            self.assertTrue(callable(sys.modules[peer.__module__].load))

    def test_defaults_and_unknown_names(self) -> None:
        self.assertEqual(DEFAULT_PEERS, ["pytorch", "onnxruntime", "openvino", "openvino-bf16"])
        self.assertEqual([peer.precision for peer in find_peers(DEFAULT_PEERS)], ["float32"] * 3 + ["bf16"])
        with self.assertRaisesRegex(PeerError, "no peer 'other'"):
            find_peers(["other"])


if __name__ == "__main__":
    unittest.main()
