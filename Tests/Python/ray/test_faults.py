"""2,000 rows on two nodes come out complete, once each, and with equal bits, whatever is killed."""

from __future__ import annotations

import os
import signal
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("ray.data")

from nodes import Nodes, wait_until

from unet1d.ray import Denoiser
from unet1d.ray.safetensors import decoded

ROWS, BATCH, STEPS, SEED = 2000, 8, 6, 11


@pytest.fixture(scope="module")
def undisturbed(ecg: str) -> np.ndarray:
    """(rows, channels, length)"""
    made = Denoiser(ecg, mode="generate", batch=BATCH, steps=STEPS, seed=SEED, threads=1, pin=False)
    return made({"id": np.arange(ROWS)})["sample"]


class Job:
    """The command, on a cluster."""

    def __init__(self, command: list[str], model: str, nodes: Nodes, folder: Path) -> None:
        self.output = folder / "output"
        self.arguments = [
            *command, "generate", model, "--rows", f"0:{ROWS}", "--steps", str(STEPS), "--seed", str(SEED),
            "--batch", str(BATCH), "--batch-size", "40", "--actors", "2", "--format", "safetensors",
            "--output", str(self.output), "--checkpoint", str(folder / "checkpoint"), "--address", nodes.address,
        ]  # fmt: skip
        self.process = self.start()

    def start(self) -> subprocess.Popen[bytes]:
        return subprocess.Popen(self.arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)

    def files(self) -> list[Path]:
        return sorted(self.output.glob("*.safetensors")) if self.output.exists() else []

    def wait_for_middle(self) -> None:
        """Until some blocks are written, and most are not."""
        wait_until(lambda: len(self.files()) >= 3 or self.process.poll() is not None)
        assert self.process.poll() is None, self.process.communicate()[1].decode()[-3000:]
        assert len(self.files()) < ROWS / 40 / 2

    def finish(self) -> None:
        errors = self.process.communicate(timeout=300)[1].decode()
        assert self.process.returncode == 0, errors[-3000:]

    def check(self, undisturbed: np.ndarray) -> None:
        rows: dict[int, Any] = {}
        for file in self.files():
            part = decoded(file.read_bytes(), str(file))
            for number, sample, error in zip(part["id"], part["sample"], part["error"]):
                assert number not in rows
                assert error is None
                rows[int(number)] = sample
        assert sorted(rows) == list(range(ROWS))
        assert all(np.array_equal(rows[number], undisturbed[number]) for number in rows)


@pytest.fixture
def job(command: list[str], ecg: str, nodes: Nodes, tmp_path: Path) -> Any:
    made = Job(command, ecg, nodes, tmp_path)
    yield made
    if made.process.poll() is None:
        made.process.kill()
        made.process.communicate()


def test_an_actor_dies(job: Job, nodes: Nodes, undisturbed: np.ndarray) -> None:
    job.wait_for_middle()
    os.kill(nodes.actors()[0], signal.SIGKILL)
    job.finish()
    job.check(undisturbed)


def test_a_node_dies(job: Job, nodes: Nodes, undisturbed: np.ndarray) -> None:
    job.wait_for_middle()
    nodes.kill_node()
    job.finish()
    job.check(undisturbed)


def test_the_driver_dies_and_the_job_is_run_again(job: Job, nodes: Nodes, undisturbed: np.ndarray) -> None:
    job.wait_for_middle()
    job.process.kill()
    job.process.communicate()
    wait_until(lambda: not nodes.actors())
    job.process = job.start()
    job.finish()
    job.check(undisturbed)
