"""Whole denoising loops: who takes part, what is reported."""
from __future__ import annotations

import json
import os
import tempfile
import unittest
from datetime import datetime, timezone
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest import mock

import support
from peers import loops, policy_loop, record
from peers.arguments import parse
from peers.loops import Loops, Plan
from peers.networks import CONDITIONAL
from peers.schedule import PLAIN
from peers.unet1d_16_bit import UNet1DF16Weights
from peers.workloads import select_workloads


def measured(**others: list[float]) -> Loops:
    """Three rounds, of which the second is slow for all."""
    return Loops(
        support.job(name="ecg").case(PLAIN), Plan(50, "IPNDMScheduler"),
        {"unet1d": [0.1, 1.0, 0.1], "pytorch": [0.8, 9.0, 1.0], **others}, [1.01, 1.03, 1.01])


def cells(row: str) -> list[str]:
    return [cell.strip() for cell in row.split("|")[1:-1]]


class Reports(unittest.TestCase):
    def test_a_row_for_every_workload(self) -> None:
        row = loops.markdown([measured()]).splitlines()[2]
        self.assertEqual(cells(row), ["ecg", "1", "50", "0.1 s", "1 s", "9.0", "1.010"])

    def test_a_column_for_every_peer_and_the_fastest_in_float32_counts(self) -> None:
        policy = measured(**{
            "onnxruntime": [0.4, 5.0, 0.5], "openvino-bf16": [0.1, 1.0, 0.1], "unet1d-f16-weights": [0.05, 0.5, 0.05]})
        lines = loops.markdown([measured(), policy]).splitlines()
        self.assertEqual(cells(lines[0])[3:8], [
            "UNet1D", "PyTorch eager", "ONNX Runtime", "OpenVINO bf16", "UNet1D f16 weights"])
        self.assertEqual(cells(lines[2])[3:], ["0.1 s", "1 s", "–", "–", "–", "9.0", "1.010"])
        self.assertEqual(cells(lines[3])[3:], ["0.1 s", "1 s", "0.5 s", "0.1 s", "0.05 s", "5.0", "1.010"])

    def test_a_line_for_each_peer(self) -> None:
        with TemporaryDirectory() as folder:
            path = loops.append(measured(), Path(folder), datetime(2026, 1, 2, tzinfo=timezone.utc))
            lines = record.read_lines([path], loops.SCHEMA)
        self.assertEqual([line["peer"] for line in lines], ["unet1d", "pytorch"])
        self.assertEqual((lines[0]["scheduler"], lines[0]["steps"]), ("IPNDMScheduler", 50))
        self.assertEqual(lines[0]["over_forwards"], [1.01, 1.03, 1.01])
        self.assertEqual(lines[1]["seconds"], [0.8, 9.0, 1.0])


class Turns(unittest.TestCase):
    def test_the_default_workloads(self) -> None:
        plans = [loops.plan_of(workload) for workload in select_workloads(support.PROFILES, loops.WORKLOADS)]
        self.assertEqual([plan.steps for plan in plans], [50, 50, 10, 10, 10, 10])
        self.assertEqual([Path(plan.scheduler).exists() for plan in plans], [False] * 3 + [True] * 3)
        self.assertEqual(parse(["--loops"]).peers, ["pytorch", "onnxruntime", "openvino"])

    def test_a_policy_runs_ddim_of_the_file_that_everyone_reads(self) -> None:
        job = support.bound_job({"isa": "generic"}, configuration={"_class_name": CONDITIONAL})
        with tempfile.NamedTemporaryFile("r") as log, mock.patch.dict(os.environ, FAKE_LOG=log.name):
            result = loops.measure(job, 2, peers=[UNet1DF16Weights])
            runs = [" ".join(json.loads(line)["arguments"]) for line in log.read().splitlines()]
        self.assertEqual(result.seconds, {"unet1d": [0.03] * 2, "unet1d-f16-weights": [0.03] * 2})
        self.assertEqual(result.over_forwards, [1.5, 1.5])
        self.assertTrue(all(f"--steps 10 --scheduler {policy_loop.SCHEDULER} " in run for run in runs))
        self.assertEqual(["f16-weights" in run for run in runs], [False, True, True, False])
        self.assertEqual(json.loads(policy_loop.SCHEDULER.read_text())["_class_name"], "DDIMScheduler")
        self.assertIn("| – |", loops.markdown([result]))


if __name__ == "__main__":
    unittest.main()
