"""Timesteps as the reference reads them."""

from __future__ import annotations

import ctypes
from typing import Any

import numpy as np

from . import _library as c
from ._arrays import address, viewed
from ._errors import TimestepError

_INT64 = np.dtype(np.int64)
_ENTRIES: dict[int, Any] = {
    c.TIMESTEP_FLOAT: ctypes.c_float,
    c.TIMESTEP_DOUBLE: ctypes.c_double,
    c.TIMESTEP_INT64: ctypes.c_int64,
    c.TIMESTEP_PYTHON_FLOAT: ctypes.c_double,
}
_TYPES: dict[int, Any] = {
    c.TIMESTEP_FLOAT: np.float32,
    c.TIMESTEP_DOUBLE: np.float64,
    c.TIMESTEP_INT64: np.int64,
}


class TimestepCell:
    """Memory for the timestep of one call at a time."""

    def __init__(self) -> None:
        self._integer = ctypes.c_int64()
        self._double = ctypes.c_double()
        self._integer_address = ctypes.addressof(self._integer)
        self._double_address = ctypes.addressof(self._double)
        self._struct = c.Timestep()
        self._kept: Any = None
        #: Where the struct lies.
        self.address = ctypes.addressof(self._struct)

    def put(self, timestep: Any) -> int:
        """Stores a timestep and returns the number of its entries.

        A Python ``int``, and a tensor or an array of any type, stand for their numbers. A Python ``float`` is truncated
        towards zero, as ``UNet1DModel`` of diffusers does.
        """
        struct = self._struct
        kind = type(timestep)
        if kind is int:
            if not -(1 << 63) <= timestep < 1 << 63:
                raise TimestepError(f"timestep: found {timestep}, expected an integer of 64 bits")
            self._integer.value = timestep
            struct.values, struct.count, struct.kind = self._integer_address, 1, c.TIMESTEP_INT64
            return 1
        if kind is float:
            self._double.value = timestep
            struct.values, struct.count, struct.kind = self._double_address, 1, c.TIMESTEP_PYTHON_FLOAT
            return 1
        return self._put_array(timestep)

    def repeat(self, count: int) -> int:
        """Repeats the one entry that is stored, as the calls read it, and returns the number of entries."""
        struct = self._struct
        number = _ENTRIES[struct.kind].from_address(struct.values).value
        kind = struct.kind
        if kind == c.TIMESTEP_PYTHON_FLOAT:
            if not -(2.0**63) <= number < 2.0**63:
                raise TimestepError(f"timestep: found {number}, expected a number that an integer of 64 bits can hold")
            kind, number = c.TIMESTEP_INT64, int(number)
        array = np.full(count, number, _TYPES[kind])
        struct.values, struct.count, struct.kind = address(array), count, kind
        self._kept = array
        return count

    def put_memory(self, address: int, count: int, kind: int) -> None:
        """Lets a call read a caller's numbers where they are, of a type of the library."""
        struct = self._struct
        struct.values, struct.count, struct.kind = address, count, kind

    def _put_array(self, timestep: Any) -> int:
        array = viewed(timestep, "timestep")
        is_python = array.ndim == 0 and array.dtype == np.float64 and isinstance(timestep, (float, np.ndarray))
        if array.ndim > 1:
            raise TimestepError(f"timestep: found rank {array.ndim}, expected a number, or one dimension of them")
        if array.dtype.kind in "iub":
            if array.dtype == np.uint64 and array.size and array.max() > np.iinfo(np.int64).max:
                raise TimestepError(f"timestep: found {array.max()}, expected an integer of 63 bits")
            array, kind = np.ascontiguousarray(array, dtype=_INT64), c.TIMESTEP_INT64
        elif array.dtype.kind == "f":
            double = array.dtype.itemsize >= 8
            array = np.ascontiguousarray(array, dtype=np.float64 if double else np.float32)
            kind = c.TIMESTEP_DOUBLE if double else c.TIMESTEP_FLOAT
            if is_python:
                kind = c.TIMESTEP_PYTHON_FLOAT
        else:
            raise TimestepError(f"timestep: found type {array.dtype}, expected integers or floats")
        if array.size == 0:
            raise TimestepError("timestep: found no entries, expected one, or one for each element of the batch")
        struct = self._struct
        struct.values, struct.count, struct.kind = address(array), array.size, kind
        self._kept = array
        return int(array.size)
