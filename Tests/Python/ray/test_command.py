"""The command without Ray: rows are the same in any split, and bad input ends with one line and the status 2."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from unet1d.ray import Denoiser
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
