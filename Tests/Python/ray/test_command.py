"""The command: rows are the same in any split, and a bad one costs the others nothing.

Bad input ends with one line and the status 2.
"""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

import unet1d
from unet1d.ray import Denoiser, local
from unet1d.ray.__main__ import _line, _reported
from unet1d.ray.safetensors import decoded

GENERATE = ["--steps", "2", "--seed", "5", "--batch", "4", "--local", "--output"]


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(arguments, capture_output=True, text=True, check=False)


def test_parts_are_the_whole(command: list[str], ecg: str, tmp_path: Path) -> None:
    whole = Denoiser(ecg, mode="generate", steps=2, seed=5, batch=4, pin=False)({"id": np.arange(9)})["sample"]
    for first, last in ((0, 5), (5, 9)):
        output = tmp_path / f"{first}.safetensors"
        made = run(*command, "generate", ecg, "--rows", f"{first}:{last}", *GENERATE, str(output))
        assert made.returncode == 0, made.stderr
        part = decoded(output.read_bytes(), str(output))
        assert np.array_equal(part["id"], np.arange(first, last))
        assert np.array_equal(part["sample"], whole[first:last])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0.safetensors", "5.safetensors"]


def test_forwards_of_a_file(command: list[str], ecg: str, tmp_path: Path) -> None:
    sample = np.random.default_rng(0).standard_normal((5, 1, 512), np.float32)
    np.save(tmp_path / "in.npy", sample)
    files = [str(tmp_path / name) for name in ("in.npy", "out.npy")]
    made = run(*command, "forward", ecg, "--input", files[0], "--timestep", "0.5", "--local", "--output", files[1])
    assert made.returncode == 0, made.stderr
    expected = Denoiser(ecg, pin=False)({"sample": sample, "timestep": np.full(5, 0.5)})["output"]
    assert np.array_equal(np.load(files[1]), expected)


@pytest.mark.parametrize("form", ["safetensors", "npy"])
def test_a_row_that_fails_costs_the_others_nothing(
    ecg: str, form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output, options = str(tmp_path / f"out.{form}"), {"model": ecg, "mode": "generate", "steps": 1, "pin": False}
    failed = local.run({"id": np.arange(3), "length": np.array([512, 7, 512])}, output, options)
    assert list(failed) == [1]
    assert _reported(failed, 3) == 0
    assert capsys.readouterr().err.startswith("1 of 3 rows failed and are NaN; the first is number 1: length: found 7")
    back = {"sample": np.load(output)} if form == "npy" else decoded(Path(output).read_bytes(), output)
    assert np.array_equal(back["sample"][[0, 2]], Denoiser(**options)({"id": np.array([0, 2])})["sample"])
    assert np.isnan(back["sample"][1]).all()
    if form == "safetensors":
        assert list(back["error"]) == [None, failed[1], None]


def test_rows_of_several_shapes_are_no_file(ecg: str, tmp_path: Path) -> None:
    columns = {"id": np.arange(3), "length": np.array([512, 480, 7])}
    with pytest.raises(unet1d.ArgumentError, match=r"found shapes \(1, 480\) and \(1, 512\)"):
        local.run(columns, str(tmp_path / "out.npy"), {"model": ecg, "mode": "generate", "steps": 1, "pin": False})
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "\x1b[36mray::F()\x1b[39m (pid=1)\n  File x\nunet1d._errors.ShapeError: a: found b\n\n"
            "The above exception was the direct cause of the following exception:\n\n"
            "ray.exceptions.UserCodeException: UDF failed",
            "a: found b",
        ),
        ("The actor died because of an error, ray::F()\n  File x\nOSError: no such file", "OSError: no such file"),
        ("The actor died unexpectedly.\n\tclass_name: F", "The actor died unexpectedly."),
        ("", "RayError"),
    ],
)
def test_an_error_of_ray_is_one_line(text: str, line: str) -> None:
    exceptions = pytest.importorskip("ray.exceptions")
    assert _line(exceptions.RayError(text)) == line


def test_a_job_on_ray_that_fails_ends_with_one_line(command: list[str], tmp_path: Path) -> None:
    pytest.importorskip("ray.data")
    made = run(*command, "generate", "/missing", "--rows", "0:2", "--output", str(tmp_path / "out"))
    assert made.returncode == 2
    assert made.stderr.splitlines()[-1] == "error: /missing: there is no such folder or file"
    assert "Traceback" not in made.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["generate", "/missing", "--rows", "0:2", *GENERATE, "out.npy"],
        ["generate", "ECG", "--rows", "0:2", *GENERATE, "out.wav"],
        ["generate", "ECG", "--rows", "0:2", *GENERATE, "/missing/out.npy"],
        ["generate", "ECG", "--rows", "2:2", *GENERATE, "out.npy"],
        ["generate", "ECG", "--rows", "0:2", "--length", "7", *GENERATE, "out.npy"],
        ["generate", "ECG", "--rows", "0:2", "--scheduler", "NoScheduler", *GENERATE, "out.npy"],
        ["forward", "ECG", "--input", "/missing.npy", "--local", "--output", "out.npy"],
    ],
)
def test_bad_input(command: list[str], ecg: str, arguments: list[str], tmp_path: Path) -> None:
    where = [str(tmp_path / part) if part.startswith("out.") else part.replace("ECG", ecg) for part in arguments]
    made = run(*command, *where)
    assert made.returncode == 2
    assert "error: " in made.stderr.splitlines()[-1]
    assert "Traceback" not in made.stderr
    assert not list(tmp_path.iterdir())
