"""Rows have the same bits in any split, order and thread; what is wrong with a row is its error alone."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from nodes import ROOT

import unet1d
from unet1d.ray import Denoiser
from unet1d.ray.safetensors import decoded

BATCH, STEPS, SEED = 4, 3, 7


def generator(model: str, **options: Any) -> Denoiser:
    return Denoiser(
        model, **{"mode": "generate", "batch": BATCH, "steps": STEPS, "seed": SEED, "pin": False, **options}
    )


def objects(*values: Any) -> np.ndarray:
    column = np.empty(len(values), object)
    for index, value in enumerate(values):
        column[index] = value
    return column


def errors(made: dict[str, Any]) -> list[Any]:
    column = made["error"]
    return column.to_pylist() if hasattr(column, "to_pylist") else list(column)


@pytest.fixture(scope="module")
def whole(ecg: str) -> np.ndarray:
    """Rows 0 to 10."""
    return generator(ecg)({"id": np.arange(11)})["sample"]


@pytest.mark.parametrize("split", [[range(11)], [range(5), range(5, 11)], [[10, 3], [0], [7, 1, 2, 4, 9, 8, 5, 6]]])
@pytest.mark.parametrize("threads", [1, 2])
def test_bits_do_not_depend_on_the_split(ecg: str, whole: np.ndarray, split: list[Any], threads: int) -> None:
    denoiser = generator(ecg, threads=threads)
    for part in split:
        made = denoiser({"id": np.array(part)})
        assert np.array_equal(made["sample"], whole[list(part)])
        assert errors(made) == [None] * len(part)


def test_threads_of_one_process_share_a_denoiser(ecg: str, whole: np.ndarray) -> None:
    denoiser = generator(ecg, threads=1)
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda row: denoiser({"id": np.array([row])})["sample"], range(11)))
    assert np.array_equal(np.concatenate(made), whole)


def test_rows_are_those_of_the_command(ecg: str, whole: np.ndarray, tmp_path: Path) -> None:
    built = ROOT / ".build/release/unet1d-bench"
    bench = os.environ.get("UNET1D_BENCH") or shutil.which("unet1d-bench") or (str(built) if built.exists() else None)
    if bench is None:
        pytest.skip("no unet1d-bench: build it, or name it with UNET1D_BENCH")
    output = tmp_path / "out.npy"
    flags = f"--batch {BATCH} --rows 1:4 --steps {STEPS} --seed {SEED} --length 512 --output {output}"
    subprocess.run([bench, "generate", ecg, *flags.split()], check=True, stdout=subprocess.DEVNULL)
    assert np.array_equal(np.load(output), whole[1:4])


@pytest.mark.parametrize("size", [{"seconds": 2.5}, {"seconds": 576.5 / 180}, {"length": 100}])
@pytest.mark.parametrize("scheduler", [None, "DDIMScheduler"])
def test_rows_are_those_of_the_pipeline(ecg: str, scheduler: str | None, size: dict[str, Any]) -> None:
    pipe = unet1d.DanceDiffusion(ecg, scheduler=scheduler, threads=1)
    made = generator(ecg, scheduler=scheduler, threads=1, **size)({"id": np.arange(BATCH)})["sample"]
    assert np.array_equal(made, pipe(batch=BATCH, steps=STEPS, seed=SEED, **size).samples)


def test_lengths_and_steps_of_rows(ecg: str, whole: np.ndarray) -> None:
    made = generator(ecg)(
        {
            "id": np.arange(5),
            "length": objects(512, 500, None, 10, None),
            "seconds": objects(None, None, 1.0, None, None),
            "steps": objects(None, None, None, None, 2),
        }
    )
    assert [sample.shape for sample in made["sample"]] == [(1, 512), (1, 500), (1, 180), (0, 0), (1, 512)]
    assert np.array_equal(made["sample"][0], whole[0])
    assert np.array_equal(made["sample"][1], whole[1][:, :500])
    assert [error and error.split(":")[0] for error in errors(made)] == [None, None, None, "length", None]


def test_a_seed_of_a_row(ecg: str, whole: np.ndarray) -> None:
    made = generator(ecg, seed=0)({"id": np.array([3, 3]), "seed": np.array([SEED, 1])})["sample"]
    assert np.array_equal(made[0], whole[3])
    assert not np.array_equal(made[1], whole[3])


def test_forwards_have_the_bits_of_a_session(ecg: str) -> None:
    sample = np.random.default_rng(0).standard_normal((10, 1, 512), np.float32)
    timestep = np.linspace(0, 1, 10, dtype=np.float32)
    session = unet1d.load(ecg, threads=1).session(unet1d.Shape(BATCH, 512, BATCH))
    expected = np.concatenate([session(sample[i : i + 4], timestep[i : i + 4]) for i in (0, 4)])
    denoiser = Denoiser(ecg, batch=BATCH, threads=1, pin=False)
    assert np.array_equal(denoiser({"sample": sample, "timestep": timestep})["output"][:8], expected)
    back = denoiser({"sample": sample[::-1], "timestep": timestep[::-1], "name": np.arange(10)})
    assert np.array_equal(back["output"][::-1][:8], expected)
    assert np.array_equal(back["name"], np.arange(10))


def test_shapes_are_mixed_and_errors_are_of_rows(ecg: str) -> None:
    good = np.zeros((1, 512), np.float32)
    samples = objects(good, good[:, :480], np.zeros((2, 512)), good[0], [[0.0] * 512], "text", good, None, good[:, :5])
    made = Denoiser(ecg, batch=2, threads=1, pin=False)(
        {"sample": samples, "timestep": objects(1, 0.5, 1, 1, 1, 1, "late", 1, 1)}
    )
    shapes = [output.shape for output in made["output"]]
    assert shapes == [(1, 512), (1, 480), (0, 0), (0, 0), (1, 512), (0, 0), (0, 0), (0, 0), (0, 0)]
    assert [error is None for error in errors(made)] == [True, True, False, False, True] + [False] * 4


def test_a_robot_policys_network_reads_observations() -> None:
    folder = ROOT / "Tests/Fixtures/policies/one_level"
    columns = decoded((folder / "io.safetensors").read_bytes(), "io")
    made = Denoiser(str(folder), batch=2, threads=1, pin=False)(columns)
    assert errors(made) == [None] * 3
    np.testing.assert_allclose(made["output"], columns["expected"], atol=1e-4)
    assert "global_cond" in errors(Denoiser(str(folder), pin=False)({**columns, "global_cond": [None] * 3}))[0]
    with pytest.raises(unet1d.ArgumentError, match="robot policy"):
        Denoiser(str(folder), mode="generate", pin=False)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"mode": "sample"}, "mode: found 'sample'"),
        ({"batch": 0}, "batch: found 0"),
        ({"seed": 1 << 64}, "seed: found"),
        ({"accuracy": "best"}, "accuracy: found 'best'"),
    ],
)
def test_parameters_are_checked(ecg: str, options: dict[str, Any], text: str) -> None:
    with pytest.raises(unet1d.ArgumentError, match=text):
        Denoiser(ecg, pin=False, **options)


def test_a_missing_column_fails_the_job(ecg: str) -> None:
    with pytest.raises(unet1d.ArgumentError, match="column 'id': found row"):
        generator(ecg)({"row": np.arange(3)})


def test_a_denoiser_takes_the_cores_that_it_leases(ecg: str) -> None:
    denoiser = Denoiser(ecg, cpus=1, pin=True)
    assert denoiser.lease is not None
    assert os.sched_getaffinity(0) == denoiser.lease.cpus
    with pytest.raises(unet1d.WorkerError, match="free CPUs"):
        Denoiser(ecg, cpus=1, pin=True)
    del denoiser
    gc.collect()
    assert Denoiser(ecg, cpus=1, pin=True).lease is not None


def test_outside_of_an_actor_nothing_is_bound(ecg: str) -> None:
    before = os.sched_getaffinity(0)
    assert Denoiser(ecg, cpus=1, threads=1).lease is None
    assert os.sched_getaffinity(0) == before
