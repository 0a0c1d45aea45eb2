"""Actors of a machine have one copy of the packed weights, which go on when one of them is killed."""

from __future__ import annotations

import logging
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("ray.data")

import ray
from nodes import ROOT, wait_until

from unet1d.ray import Denoiser
from unet1d.ray.job import connect

pytestmark = pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="no /dev/shm")


@pytest.fixture
def folder() -> Iterator[str]:
    path = tempfile.mkdtemp(dir="/dev/shm", prefix="unet1d-test-")
    yield path
    shutil.rmtree(path)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    # Actors import this file, and the one that tells what is mapped.
    folders = [os.environ.get("PYTHONPATH", ""), str(ROOT / "Tests/Python/ray"), str(ROOT / "Tests/Python")]
    monkeypatch.setenv("PYTHONPATH", ":".join(folders))
    connect()
    yield
    ray.shutdown()


@ray.remote(num_cpus=1, max_restarts=0)
class Actor:
    def __init__(self, model: str, **options: Any) -> None:
        self._denoiser = Denoiser(model, threads=1, pin=False, **options)

    def rows(self, count: int) -> np.ndarray:
        made = self._denoiser(sample(count))
        return made["output"]

    def mapped(self, folder: str) -> dict[str, int]:
        import sharing

        return sharing.mapped(folder)


def sample(count: int) -> dict[str, np.ndarray]:
    numbers = np.random.default_rng(0).standard_normal((count, 1, 512), np.float32)
    return {"sample": numbers, "timestep": np.linspace(0, 1, count, dtype=np.float32)}


def test_actors_have_one_copy_and_outlive_one_another(ecg: str, folder: str, cluster: None) -> None:
    expected = Denoiser(ecg, threads=1, pin=False, share_weights=False)(sample(3))["output"]
    first, second = (Actor.remote(ecg, share_weights=folder) for _ in range(2))
    for actor in (first, second):
        assert np.array_equal(ray.get(actor.rows.remote(3)), expected)
    for actor in (first, second):
        memory = ray.get(actor.mapped.remote(folder))
        assert memory["Rss"] > 100_000
        assert 0.45 < memory["Pss"] / memory["Rss"] < 0.55
    ray.kill(first)
    wait_until(lambda: ray.get(second.mapped.remote(folder))["Pss"] > 0.9 * memory["Rss"])
    assert np.array_equal(ray.get(second.rows.remote(3)), expected)
    third = Actor.remote(ecg, share_weights=folder)
    assert np.array_equal(ray.get(third.rows.remote(3)), expected)


def test_actors_share_by_default(ecg: str, cluster: None) -> None:
    actor = Actor.remote(ecg)
    ray.get(actor.rows.remote(1))
    assert ray.get(actor.mapped.remote(f"/dev/shm/unet1d-{os.geteuid()}/"))["Rss"] > 100_000


def test_why_weights_are_not_shared_is_in_the_log(ecg: str, folder: str, caplog: pytest.LogCaptureFixture) -> None:
    holder = Denoiser(ecg, threads=1, pin=False, share_weights=folder)
    holder(sample(1))
    taken = next(path for path in sorted(Path(folder).glob("*/*")) if path.name != "lock")
    taken.unlink()
    taken.mkdir()
    other = Denoiser(ecg, threads=1, pin=False, share_weights=folder)
    with caplog.at_level(logging.WARNING, "unet1d.ray"):
        made = other(sample(2))
        other(sample(2))
    taken.rmdir()
    assert np.array_equal(made["output"], holder(sample(2))["output"])
    texts = [record.getMessage() for record in caplog.records if record.name == "unet1d.ray"]
    assert len([text for text in texts if "packs its weights for itself" in text]) == 1
