"""Where the library, the fixtures and the command are, and how files of tensors are read and written.

The package is what is installed, or Sources/Python/src on PYTHONPATH with a library that UNET1D_LIBRARY names.
"""

from __future__ import annotations

import json
import os
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
FIXTURES = ROOT / "Tests/Fixtures"
ECG = ROOT / "Profiles/Models/ecg-512"
PLANNER = FIXTURES / "visible/real_hopper_h32"
VALUE = FIXTURES / "visible/real_value_h32"
#: A model whose sessions are made in little time.
TINY = FIXTURES / "visible/resnet_1level"
POLICY = FIXTURES / "policies/two_levels"

_DTYPES = {"F64": "<f8", "F32": "<f4", "F16": "<f2", "I64": "<i8", "I32": "<i4", "I16": "<i2", "I8": "i1", "U8": "u1"}


def read(path: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """The tensors of a safetensors file."""
    data = Path(path).read_bytes()
    (size,) = struct.unpack("<Q", data[:8])
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + size]).items():
        if name == "__metadata__":
            continue
        begin, end = (8 + size + offset for offset in entry["data_offsets"])
        if entry["dtype"] == "BF16":
            words = np.frombuffer(data[begin:end], "<u2").astype("<u4") << 16
            tensors[name] = words.view("<f4").reshape(entry["shape"])
        else:
            tensors[name] = np.frombuffer(data[begin:end], _DTYPES[entry["dtype"]]).reshape(entry["shape"])
    return tensors


def write(path: str | os.PathLike[str], **tensors: np.ndarray) -> None:
    """A safetensors file of float32."""
    header, blobs, offset = {}, [], 0
    for name, tensor in tensors.items():
        blob = np.ascontiguousarray(tensor, "<f4").tobytes()
        entry = {"dtype": "F32", "shape": list(tensor.shape), "data_offsets": [offset, offset + len(blob)]}
        header[name], offset = entry, offset + len(blob)
        blobs.append(blob)
    text = json.dumps(header).encode()
    Path(path).write_bytes(struct.pack("<Q", len(text)) + text + b"".join(blobs))


def bench_path() -> Path | None:
    """The command ``unet1d-bench``, if it was built."""
    path = Path(os.environ.get("UNET1D_BENCH") or ROOT / ".build/release/unet1d-bench")
    return path if path.exists() else None


@pytest.fixture
def bench():
    """Runs the command."""
    path = bench_path()
    if path is None:
        pytest.skip("no unet1d-bench: build it, or name it with UNET1D_BENCH")

    def run(*arguments: object) -> None:
        done = subprocess.run([path, *map(str, arguments), "--quiet"], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    return run


@pytest.fixture
def generated(bench, tmp_path):
    """The signal of the command for options, unclamped."""

    def run(*options: object, steps: int = 10, batch: int = 2) -> np.ndarray:
        output = tmp_path / "output.safetensors"
        common = ("--steps", steps, "--batch", batch, "--threads", 1, "--no-clamp", "--output", output)
        bench("generate", ECG, *common, *options)
        return read(output)["sample"]

    return run


@pytest.fixture(scope="session")
def ecg():
    """The trained model of ECGs."""
    import unet1d

    return unet1d.load(ECG, threads=1)


def numbers(*shape: int, seed: int = 0) -> np.ndarray:
    """Standard normal numbers."""
    return np.random.default_rng(seed).standard_normal(shape, np.float32)


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two float32 arrays are equal bit for bit."""
    return a.shape == b.shape and a.dtype == b.dtype == np.float32 and a.tobytes() == b.tobytes()
