"""Every forward of Tests/Fixtures/visible: the command's bits, the reference's numbers, and what must be refused."""

from __future__ import annotations

import json

import numpy as np
import pytest

import unet1d
from conftest import FIXTURES, bench_path, read, same_bits

FOLDER = FIXTURES / "visible"
CASES = json.loads((FOLDER / "manifest.json").read_text())["cases"]
RUNS = [case for case in CASES if case["expect"] == "ok"]
REFUSED = [case for case in CASES if case["expect"] == "error"]


def forward(case) -> np.ndarray:
    """A forward of a file of the case."""
    model = unet1d.load(FOLDER / case["dir"], threads=1)
    tensors = read(FOLDER / case["dir"] / case["io"])
    sample, timestep = tensors["sample"], tensors["timestep"]
    timesteps = timestep.size if timestep.ndim else 1
    session = model.session(unet1d.Shape(sample.shape[0], sample.shape[2], timesteps))
    return session(sample, timestep)


@pytest.mark.parametrize("case", RUNS, ids=lambda case: case["name"])
def test_output_is_the_references(case):
    expected = read(FOLDER / case["dir"] / case["io"])["expected"]
    output = forward(case)
    assert output.shape == expected.shape
    np.testing.assert_allclose(output, expected, rtol=0, atol=case["suggested_atol"], equal_nan=True)


@pytest.mark.skipif(bench_path() is None, reason="no unet1d-bench: build it, or name it with UNET1D_BENCH")
@pytest.mark.parametrize("case", RUNS, ids=lambda case: case["name"])
def test_output_has_the_commands_bits(case, bench, tmp_path):
    folder = FOLDER / case["dir"]
    output = tmp_path / "output.safetensors"
    bench("forward", "--model", folder, "--tensors", folder / case["io"], "--output", output, "--threads", 1)
    assert same_bits(forward(case), read(output)["sample"])


@pytest.mark.parametrize("case", REFUSED, ids=lambda case: case["name"])
def test_is_refused(case):
    with pytest.raises(unet1d.Error):
        forward(case)
