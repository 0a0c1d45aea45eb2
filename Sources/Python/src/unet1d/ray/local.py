"""Jobs of one process, for Slurm and GNU parallel: the same bits as on a cluster, without Ray."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from .._arrays import FloatArray
from .._errors import ArgumentError
from .denoiser import Denoiser
from .rows import Columns
from .safetensors import decoded, encode

_FORMS = (".safetensors", ".npy")


def numbered(first: int, last: int) -> dict[str, Any]:
    """Rows ``id`` from ``first``, inclusive, to ``last``, exclusive."""
    return {"id": np.arange(first, last)}


def opened(path: str, timestep: float | None = None) -> dict[str, Any]:
    """The rows of a file, with an ``id`` where it has none.

    :param timestep: that of every row, for files without one.
    """
    check_form(path, "input")
    if path.endswith(".npy"):
        columns: dict[str, Any] = {"sample": np.load(path, mmap_mode="r", allow_pickle=False)}
    else:
        columns = dict(decoded(Path(path).read_bytes(), path))
    count = max((array.shape[0] for array in columns.values() if array.ndim), default=0)
    columns.setdefault("id", np.arange(count))
    if timestep is not None:
        columns["timestep"] = np.full(count, timestep)
    return {name: array if array.ndim else np.full(count, array) for name, array in columns.items()}


def check_form(path: str, name: str) -> None:
    """:raises ArgumentError: for a file that is neither safetensors nor NPY."""
    if not path.endswith(_FORMS):
        raise ArgumentError(f"{name}: found {path}, expected a file that ends with {' or '.join(_FORMS)}")


def run(columns: Columns, output: str, denoiser: Mapping[str, Any]) -> dict[int, str]:
    """Computes rows and writes them to a file, which appears whole. Holds all in memory.

    Rows that fail are NaN. Their errors are the texts ``error`` in the metadata of safetensors; NPY has no place for
    them.

    :returns: the rows that failed, with their errors.
    :raises ArgumentError: where all rows fail, or the others have several shapes.
    """
    check_form(output, "output")
    made = Denoiser(**denoiser)(columns)
    errors = made["error"].to_pylist() if hasattr(made["error"], "to_pylist") else list(made["error"])
    made["error"] = np.array(errors, object)
    name = "sample" if denoiser.get("mode") == "generate" else "output"
    failed = {place: error for place, error in enumerate(errors) if error is not None}
    made[name] = _one_array(made[name], failed, output)
    folder = os.path.dirname(os.path.abspath(output))
    with tempfile.NamedTemporaryFile(dir=folder, prefix=".unet1d-", delete=False) as file:
        try:
            if output.endswith(".npy"):
                np.save(file, made[name])
            else:
                encode(made, file.file)
            file.flush()
            os.fsync(file.fileno())
            os.chmod(file.name, 0o666 & ~_umask())
            os.replace(file.name, output)
        except BaseException:
            os.unlink(file.name)
            raise
    return failed


def _one_array(rows: Any, failed: Mapping[int, str], output: str) -> FloatArray:
    """Rows of one shape as one array, with NaN for those that failed."""
    shapes = {row.shape for place, row in enumerate(rows) if place not in failed}
    if not shapes and failed:
        raise ArgumentError(next(iter(failed.values())))
    if len(shapes) > 1:
        found = " and ".join(map(str, sorted(shapes)[:2]))
        raise ArgumentError(
            f"rows: found shapes {found}, expected one shape for {output}: "
            "run them apart, or on Ray, which writes Parquet"
        )
    if not failed:
        return np.asarray(rows)
    nothing = np.full(shapes.pop(), np.nan, np.float32)
    return np.stack([nothing if place in failed else row for place, row in enumerate(rows)])


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask
