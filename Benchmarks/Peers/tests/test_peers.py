"""Ours, rounds and the registry: everything but the runtimes themselves."""
from __future__ import annotations

import json
import os
import sys
import tempfile
import unittest
from pathlib import Path
from unittest import mock

from support import Counting, bound_job, job

from peers import cold_start
from peers.errors import PeerError
from peers.peer import Group, Job, Measurement
from peers.placement import choose_cpus
from peers.registry import DEFAULT_PEERS, PEERS, find_peers
from peers.requirement import GROUPS
from peers.rounds import compare
from peers.schedule import PLAIN, Schedule
from peers.served import ServedPeer
from peers.unet1d import ANY_ERROR, UNet1D, verified
from peers.unet1d_16_bit import UNet1DBF16Weights, UNet1DF16Weights


class Ours(unittest.TestCase):
    def test_arguments_processors_and_report(self) -> None:
        with tempfile.NamedTemporaryFile("r") as log, mock.patch.dict(os.environ, FAKE_LOG=log.name):
            peer = UNet1D(bound_job({"isa": "generic", "deadline": 5, "cold": True, "threads": 7}))
            measured = peer.measure(0.5, Schedule(cold=True, period_ms=20))
            verify, run = (json.loads(line) for line in log.read().splitlines())
        self.assertEqual(verify["arguments"], [
            "verify", "--model", "/model", "--threads", "1", "--quiet", "--tensors", "/tensors", "--isa", "generic"])
        self.assertEqual(run["arguments"], [
            "run", "--model", "/model", "--threads", "1", "--quiet", "--batch", "2", "--length", "32",
            "--timestep", "0.5", "--warmup", "2", "--duration", "0.5", "--format", "json",
            "--cold", "--period", "20", "--isa", "generic", "--deadline", "5"])
        self.assertEqual(run["cpus"], choose_cpus(1))
        self.assertEqual(measured, Measurement([1.0, 2.0, 4.0], {"plan_id": "fake", "isa": "generic"}))
        self.assertEqual(peer.version, "0.0.0-fake")

    def test_failures_are_told(self) -> None:
        for environment, words in (({"FAKE_VERDICT": "FAIL"}, "FAIL"), ({"FAKE_STATUS": "2"}, "made to fail")):
            with self.subTest(words), mock.patch.dict(os.environ, environment):
                with self.assertRaisesRegex(PeerError, words):
                    UNet1D(bound_job())
                with self.assertRaisesRegex(PeerError, words if "FAKE_STATUS" in environment else "FAIL"):
                    cold_start.measure(bound_job(), [], 1)
        with self.assertRaisesRegex(PeerError, "not an executable"):
            UNet1D(job(bench=Path("/nowhere")))

    def test_a_precision_of_its_own(self) -> None:
        with tempfile.NamedTemporaryFile("r") as log, mock.patch.dict(os.environ, FAKE_LOG=log.name, FAKE_ERROR="4e-3"):
            peer = UNet1DF16Weights(bound_job({"precision": "f32", "isa": "generic"}))
            measured = peer.measure(0.5, PLAIN)
            arguments = [json.loads(line)["arguments"] for line in log.read().splitlines()]
        for each in arguments:
            self.assertEqual(each[-4:], ["--precision", "f16-weights", "--isa", "generic"])
        self.assertEqual(arguments[0][arguments[0].index("--tolerance") + 1], ANY_ERROR)
        self.assertEqual(measured.details["max_abs_error"], 4e-3)

    def test_a_precision_has_a_tolerance(self) -> None:
        with mock.patch.dict(os.environ, FAKE_ERROR="6e-3"):
            with self.assertRaisesRegex(PeerError, "unet1d-f16-weights disagrees"):
                UNet1DF16Weights(bound_job())
            UNet1DBF16Weights(bound_job())
            result = cold_start.measure(bound_job(), [UNet1DF16Weights, UNet1DBF16Weights], rounds=1)
        self.assertEqual(list(result.peers), ["unet1d", "unet1d-bf16-weights"])
        self.assertIn("disagrees", result.failures[0])
        with self.assertRaisesRegex(PeerError, "no errors in 'ok'"):
            verified("ok")

    def test_cold_starts(self) -> None:
        result = cold_start.measure(bound_job({"isa": "generic"}), [], rounds=2)
        self.assertEqual([start.version for start in result.peers["unet1d"]], ["0.0.0-fake"] * 2)
        self.assertTrue(all(0 < start.seconds < 60 for start in result.peers["unet1d"]))
        self.assertTrue(all(start.peak_rss_bytes > 1 << 20 for start in result.peers["unet1d"]))


class Served(unittest.TestCase):
    def test_a_child_that_ends_tells_why(self) -> None:
        # Its module is no runtime: the child ends at once.
        kind = type("Absent", (ServedPeer,), {"name": "absent", "title": "Absent", "__module__": "peers.absent"})
        with self.assertRaisesRegex(PeerError, "absent ended with status 1: .*No module named peers.absent"):
            kind(bound_job())
        result = cold_start.measure(bound_job(), [kind], rounds=1)
        self.assertEqual(list(result.peers), ["unet1d"])
        self.assertIn("No module named", result.failures[0])

    def test_tolerance(self) -> None:
        ServedPeer.name = "served"
        self.addCleanup(delattr, ServedPeer, "name")
        ServedPeer.check_accuracy({"max_abs_error": 2e-4, "max_abs_expected": 2.0})
        for error in (2.1e-4, float("nan"), float("inf")):
            with self.subTest(error), self.assertRaisesRegex(PeerError, "disagrees"):
                ServedPeer.check_accuracy({"max_abs_error": error, "max_abs_expected": 2.0})


class Rounds(unittest.TestCase):
    def setUp(self) -> None:
        Counting.turns.clear()
        self.addCleanup(mock.patch.stopall)
        mock.patch("time.sleep").start()

    def test_order_reverses_every_second_round(self) -> None:
        ours, theirs = type("A", (Counting,), {"name": "a"}), type("B", (Counting,), {"name": "b"})
        result, = compare(job(), ours, [theirs], [PLAIN], rounds=3, seconds=1)
        self.assertEqual(Counting.turns, ["a", "b", "b", "a", "a", "b"])
        self.assertEqual((len(result.ours.rounds), len(result.peers[0].rounds)), (3, 3))

    def test_peers_load_once_for_all_schedules(self) -> None:
        loads = []
        ours = type("A", (Counting,), {"name": "a", "__init__": lambda self, job: loads.append(job)})
        results = list(compare(job(), ours, [], [PLAIN, Schedule(cold=True)], rounds=1, seconds=1))
        self.assertEqual((Counting.turns, len(loads)), (["a", "a cold"], 1))
        self.assertEqual([result.case.name for result in results], ["tiny@1", "tiny cold@1"])

    def test_a_peer_that_cannot_load_is_left_out_and_told(self) -> None:
        class Broken(Counting):
            name = "broken"

            def __init__(self, job: Job) -> None:
                raise PeerError("broken disagrees")

        results = list(compare(job(), Counting, [Broken], [PLAIN, Schedule(cold=True)], rounds=1, seconds=1))
        self.assertEqual([result.peers for result in results], [[], []])
        self.assertEqual([result.failures for result in results], [["broken disagrees"], []])
        with self.assertRaises(PeerError):
            list(compare(job(), Broken, [Counting], [PLAIN], rounds=1, seconds=1))

    def test_a_peer_that_ends_is_left_out_and_told(self) -> None:
        class Dying(Counting):
            name = "dying"

            def measure(self, seconds: float, schedule: Schedule) -> Measurement:
                raise PeerError("dying ended with status -9")

        other = type("B", (Counting,), {"name": "b"})
        results = list(compare(job(), Counting, [Dying, other], [PLAIN, Schedule(cold=True)], rounds=2, seconds=1))
        self.assertEqual([[peer.peer for peer in result.peers] for result in results], [["b"], ["b"]])
        self.assertEqual([result.failures for result in results], [["dying ended with status -9"], []])
        with self.assertRaises(PeerError):
            list(compare(job(), Dying, [Counting], [PLAIN], rounds=1, seconds=1))


class Registry(unittest.TestCase):
    def test_every_peer_is_served_from_its_own_module(self) -> None:
        served = [peer for peer in PEERS.values() if issubclass(peer, ServedPeer)]
        self.assertEqual(len({peer.__module__ for peer in served}), len(served))
        for peer in served:
            self.assertTrue(callable(sys.modules[peer.__module__].load))
        self.assertEqual([peer.name for peer in PEERS.values()], list(PEERS))

    def test_defaults_groups_and_unknown_names(self) -> None:
        self.assertEqual(DEFAULT_PEERS, [
            "pytorch", "onnxruntime", "openvino", "onnxruntime-rewritten", "openvino-rewritten", "openvino-bf16"])
        self.assertEqual(
            [peer.group for peer in find_peers(DEFAULT_PEERS)],
            [Group.EXPORTED] * 3 + [Group.REWRITTEN] * 2 + [Group.BF16])
        self.assertEqual([peer.name for peer in find_peers(["openvino", "all"])][:2], ["openvino", "pytorch"])
        self.assertEqual(set(find_peers(["all", "pytorch"])), set(PEERS.values()))
        self.assertEqual(
            [peer.name for peer in find_peers(["bf16", "ours"])],
            ["openvino-bf16", "openvino-f16-weights", "pytorch-bf16", "unet1d-f16-weights", "unet1d-bf16-weights",
             "unet1d-bf16"])
        self.assertNotIn(Group.OURS, GROUPS.values())
        with self.assertRaisesRegex(PeerError, "no peer 'other'"):
            find_peers(["other"])


if __name__ == "__main__":
    unittest.main()
