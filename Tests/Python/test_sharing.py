"""Processes share packed weights, with the bits of their own; whatever ends them, others go on."""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sharing

import unet1d
from conftest import ECG, PLANNER, same_bits

pytestmark = pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="no /dev/shm")
CONTEXT = multiprocessing.get_context("spawn")
SHAPE = (1, 1, 512)


@pytest.fixture
def folder() -> Iterator[str]:
    path = tempfile.mkdtemp(dir="/dev/shm", prefix="unet1d-test-")
    yield path
    shutil.rmtree(path)


def processes(count: int, folder: Any, **options: Any) -> list[dict[str, Any]]:
    """What processes that run at once tell."""
    barrier, results = CONTEXT.Barrier(count), CONTEXT.Queue()
    arguments = (str(ECG), SHAPE, folder, barrier, results)
    started = [CONTEXT.Process(target=sharing.run, args=arguments, kwargs=options) for _ in range(count)]
    for process in started:
        process.start()
    told = [results.get(timeout=120) for _ in started]
    for process in started:
        process.join(60)
        assert process.exitcode == 0
    return told


def files(folder: str) -> dict[str, int]:
    """The files of weights, with their numbers, but those that a process renames meanwhile."""
    found = {}
    for path in Path(folder).glob("*/*"):
        with contextlib.suppress(FileNotFoundError):
            if path.name != "lock":
                found[str(path)] = path.stat().st_ino
    return found


def expected(**options: Any) -> np.ndarray:
    sample = np.random.default_rng(0).standard_normal(SHAPE, np.float32)
    return unet1d.load(ECG, threads=1, **options).session((1, 512))(sample, 10)


@pytest.mark.parametrize("options", [{}, {"accuracy": "strict"}, {"precision": "f16-weights"}])
def test_two_processes_have_one_copy(folder: str, options: dict[str, str]) -> None:
    told = processes(2, folder, **options)
    output = expected(**options).tobytes()
    for process in told:
        assert process["output"] == output
        assert process["notes"] == unet1d.load(ECG).notes
        assert process["Rss"] > 100_000
        assert 0.45 < process["Pss"] / process["Rss"] < 0.55
    assert files(folder) == {}, "the last one that ends removes them"


def test_four_processes_have_one_copy(folder: str) -> None:
    told = processes(4, folder)
    assert len({process["output"] for process in told}) == 1
    assert sum(process["Pss"] for process in told) < 1.1 * told[0]["Rss"]


def test_who_comes_later_packs_nothing(folder: str) -> None:
    first = unet1d.load(ECG, threads=1, share_weights=folder)
    first.session((1, 512))
    before = files(folder)
    assert before
    processes(1, folder)
    assert files(folder) == before
    first.close()
    assert files(folder) == {}


def test_a_killed_process_leaves_whole_files(folder: str) -> None:
    barrier, results = CONTEXT.Barrier(2), CONTEXT.Queue()
    process = CONTEXT.Process(target=sharing.run, args=(str(ECG), SHAPE, folder, barrier, results))
    process.start()
    while not files(folder):
        assert process.is_alive()
    # Somewhere in the middle of packing, or behind it.
    os.kill(process.pid or 0, signal.SIGKILL)
    process.join(60)
    left = {path for path in files(folder) if not path.endswith(".partial")}
    model = unet1d.load(ECG, threads=1, share_weights=folder)
    sample = np.random.default_rng(0).standard_normal(SHAPE, np.float32)
    assert same_bits(model.session((1, 512))(sample, 10), expected())
    assert left <= set(files(folder))
    assert not any(path.endswith(".partial") for path in files(folder))


def test_what_killed_processes_left_is_removed_by_the_next_model(folder: str) -> None:
    left = Path(folder, "unet1d-0123456789abcdef")
    left.mkdir()
    (left / "0123456789abcdef").write_bytes(b"weights")
    kept = Path(folder, "mine")
    kept.mkdir()
    with unet1d.load(PLANNER, threads=1, share_weights=folder) as model:
        model.session((1, 32))
        assert kept.exists()
        assert not left.exists()


def test_folder_of_others_is_refused(folder: str) -> None:
    os.chmod(folder, 0o777)
    with pytest.raises(unet1d.OutOfMemoryError, match="found mode 0777"):
        unet1d.load(ECG, share_weights=folder)


def test_the_usual_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = f"/dev/shm/unet1d-{os.geteuid()}"
    with unet1d.load(ECG, threads=1, share_weights=True) as model:
        model.session((1, 512))
        assert files(usual)
        assert pickle.loads(pickle.dumps(model))._source == model._source


def test_a_path_may_be_any_path(folder: str) -> None:
    with unet1d.load(ECG, threads=1, share_weights=Path(folder)) as model:
        model.session((1, 512))
        assert files(folder)
