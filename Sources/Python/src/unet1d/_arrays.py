"""Arrays of others as float32 memory, without a copy where that is possible."""

from __future__ import annotations

import ctypes
import sys
from typing import Any

import numpy as np
import numpy.typing as npt

from ._errors import ArgumentError

FloatArray = npt.NDArray[np.float32]
FLOAT32 = np.dtype(np.float32)


#: In NumPy's C interface, which stays as it is, the address of the data follows the object's header. To read it there
#: takes a tenth of the time that ``__array_interface__`` takes.
_HEADER = object.__basicsize__
_pointer_at = ctypes.c_void_p.from_address


def _interface_address(array: npt.NDArray[Any]) -> int:
    return int(array.__array_interface__["data"][0])


def _header_address(array: npt.NDArray[Any]) -> int:
    return _pointer_at(id(array) + _HEADER).value or 0


def _is_behind_header() -> bool:
    """Whether this Python and this NumPy are laid out so."""
    if sys.implementation.name != "cpython":
        return False
    whole = np.zeros(64)
    return all(_header_address(array) == _interface_address(array) for array in (whole, whole[3:], whole[::-2]))


#: Where an array's first number lies.
address = _header_address if _is_behind_header() else _interface_address


def viewed(what: Any, name: str) -> npt.NDArray[Any]:
    """An array that shares the memory of ``what`` where NumPy can, else a copy.

    Takes NumPy's arrays and numbers, whatever has DLPack's or the array interface's methods in the memory of the CPU
    (tensors of PyTorch, arrays of JAX), and lists.
    """
    if isinstance(what, np.ndarray):
        return what
    detach = getattr(what, "detach", None)
    if detach is not None:
        what = detach()
        if str(getattr(what, "dtype", "")) == "torch.bfloat16":
            what = what.float()
        # A tensor's own way comes first: what NumPy 1 makes of DLPack is read-only.
        try:
            return np.asarray(what.numpy())
        except (AttributeError, TypeError, RuntimeError):
            pass  # Tensors that are not plain memory of the CPU: what follows says so, or knows another way.
    try:
        if hasattr(what, "__dlpack__") and not isinstance(what, np.generic):
            return np.from_dlpack(what)
    except (BufferError, RuntimeError, TypeError):
        pass  # Types that DLPack has and NumPy lacks, and memory that may not be shared.
    try:
        return np.asarray(what)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ArgumentError(
            f"{name}: found {type(what).__name__}: {error}; give an array of numbers in the memory of the CPU"
        ) from error


def floats(what: Any, name: str) -> FloatArray:
    """Numbers as float32 in C order: ``what`` itself where it is so, else converted, which allocates."""
    array = what if isinstance(what, np.ndarray) else viewed(what, name)
    if array.dtype == FLOAT32 and array.flags.c_contiguous:
        return array
    if array.dtype.kind in "cOUSmM":
        raise ArgumentError(f"{name}: found numbers of type {array.dtype}, expected real numbers")
    return np.ascontiguousarray(array, dtype=FLOAT32)


def writable(what: Any, name: str, shape: tuple[int, ...]) -> FloatArray:
    """Memory of a caller that a result is written to: float32, in C order, of a shape."""
    array = viewed(what, name)
    if array.dtype != FLOAT32 or array.shape != shape or not array.flags.c_contiguous or not array.flags.writeable:
        order = "" if array.flags.c_contiguous else ", not in C order"
        order += "" if array.flags.writeable else ", read-only"
        raise ArgumentError(
            f"{name}: found {array.dtype} of shape {array.shape}{order}, "
            f"expected writable float32 of shape {shape} in C order; leave it out to have it made"
        )
    return array
