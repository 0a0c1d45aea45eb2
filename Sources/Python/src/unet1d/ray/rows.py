"""Rows of a batch as Ray gives them: numbers, tensors and texts, checked one by one."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._arrays import FloatArray, floats
from .._errors import ArgumentError

#: Columns by their names, all of one length: what ``map_batches`` gives with ``batch_format="numpy"``, its default.
Columns = Mapping[str, npt.NDArray[Any]]


def check_columns(columns: Columns, needed: Sequence[str]) -> int:
    """The number of rows.

    :raises ArgumentError: for a column that is missing: the job's error, not a row's.
    """
    for name in needed:
        if name not in columns:
            found = ", ".join(columns) or "none"
            raise ArgumentError(f"column {name!r}: found {found}; rename or add it before map_batches")
    return len(next(iter(columns.values()))) if columns else 0


def tensor(value: Any, name: str, rank: int) -> FloatArray:
    """A row's tensor as float32 of a rank, from an array or from nested lists."""
    if value is None:
        raise ArgumentError(f"{name}: found nothing, expected a tensor of {rank} dimensions")
    array = value
    if not isinstance(value, np.ndarray) or value.dtype == object:
        try:
            array = np.array(_lists(value), dtype=np.float32)
        except (TypeError, ValueError) as error:
            raise ArgumentError(f"{name}: {error}; expected a tensor of {rank} dimensions") from error
    array = floats(array, name)
    if array.ndim != rank:
        raise ArgumentError(f"{name}: found shape {array.shape}, expected {rank} dimensions")
    return array


def _lists(value: Any) -> Any:
    """Nested arrays of objects, as Arrow's lists of lists arrive, as lists."""
    if isinstance(value, np.ndarray):
        value = value.tolist()
    return [_lists(item) for item in value] if isinstance(value, (list, tuple)) else value


def timestep(value: Any, name: str) -> npt.NDArray[Any]:
    """A row's timestep, as an entry of a tensor: an integer, or a float whose fraction stays. Shape (1,)."""
    array = np.asarray(value).reshape(-1)
    if array.size != 1 or array.dtype.kind not in "iubf":
        raise ArgumentError(f"{name}: found {value!r}, expected a number")
    return array


def optional(columns: Columns, name: str | None, index: int) -> Any:
    """A row's value; None where there is no such column, or nothing in it."""
    if name is None or name not in columns:
        return None
    value = columns[name][index]
    return None if value is None or (np.ndim(value) == 0 and value != value) else value


def number(value: Any, name: str) -> float:
    """A number, also one of NumPy's."""
    try:
        return float(value)
    except (TypeError, ValueError) as error:
        raise ArgumentError(f"{name}: found {value!r}, expected a number") from error


def whole(value: Any, name: str, least: int = 1) -> int:
    """A whole number, also one that a column with missing entries made a float."""
    try:
        number = int(value) if isinstance(value, (float, np.floating)) else operator.index(value)
    except (TypeError, ValueError, OverflowError):
        number = least - 1
    if number < least or number != value:
        raise ArgumentError(f"{name}: found {value!r}, expected a whole number, {least} or more")
    return number
