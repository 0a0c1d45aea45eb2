"""The safetensors format, for columns: a file's tensors have a row for each entry of their first dimension.

Texts are in the file's metadata, as JSON. Source: https://github.com/huggingface/safetensors, format.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from .._errors import ArgumentError

_HEADER_LIMIT = 100_000_000
_TYPES = {
    "F64": "<f8",
    "F32": "<f4",
    "F16": "<f2",
    "BF16": "<u2",
    "I64": "<i8",
    "I32": "<i4",
    "I16": "<i2",
    "I8": "<i1",
    "U64": "<u8",
    "U32": "<u4",
    "U16": "<u2",
    "U8": "<u1",
    "BOOL": "|b1",
}
_NAMES = {np.dtype(code).str: name for name, code in _TYPES.items() if name != "BF16"} | {"<u2": "U16"}


def decoded(data: bytes | memoryview, name: str) -> dict[str, npt.NDArray[Any]]:
    """A file's tensors, and texts of its metadata, by name. BF16 becomes float32.

    :param name: the file's, for messages.
    :raises ArgumentError: for a file that is cut, or says what cannot be.
    """
    view = memoryview(data)
    size = struct.unpack("<Q", view[:8])[0] if len(view) >= 8 else _HEADER_LIMIT + 1
    if size > min(_HEADER_LIMIT, len(view) - 8):
        raise ArgumentError(f"{name}: found {len(view)} bytes, expected a whole safetensors file")
    body = view[8 + size :]
    try:
        header = json.loads(bytes(view[8 : 8 + size]))
        metadata = header.pop("__metadata__", None) or {}
        tensors = {key: _tensor(entry, body, f"{name}: {key}") for key, entry in header.items()}
        texts = {key: _texts(text, f"{name}: {key}") for key, text in metadata.items() if text[:1] == "["}
    except ArgumentError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ArgumentError(f"{name}: its header is not that of a safetensors file: {error}") from error
    return {**tensors, **texts}


def _tensor(entry: Mapping[str, Any], body: memoryview, name: str) -> npt.NDArray[Any]:
    kind, shape, (begin, end) = entry["dtype"], entry["shape"], entry["data_offsets"]
    if kind not in _TYPES:
        raise ArgumentError(f"{name}: found type {kind}, expected one of {', '.join(_TYPES)}")
    dtype = np.dtype(_TYPES[kind])
    if any(type(number) is not int or number < 0 for number in (*shape, begin, end)):
        raise ArgumentError(f"{name}: found shape {shape} at {begin} to {end}, expected whole numbers")
    if end > len(body) or end - begin != math.prod(shape) * dtype.itemsize:
        raise ArgumentError(f"{name}: found bytes {begin} to {end} for shape {shape} of {kind} in {len(body)} bytes")
    array: npt.NDArray[Any] = np.frombuffer(body[begin:end], dtype).reshape(shape)
    if kind != "BF16":
        return array
    widened: npt.NDArray[Any] = (array.astype(np.uint32) << 16).view(np.float32)
    return widened


def _texts(text: str, name: str) -> npt.NDArray[Any]:
    values = json.loads(text)
    if not all(value is None or isinstance(value, str) for value in values):
        raise ArgumentError(f"{name}: found {text[:60]!r}, expected a list of texts")
    column = np.empty(len(values), object)
    column[:] = values
    return column


def encode(columns: Mapping[str, npt.NDArray[Any]], file: IO[bytes]) -> None:
    """Writes columns as one file. Allocates a copy of one column at a time.

    :raises ArgumentError: for a column that is neither numbers of one shape a row nor texts.
    """
    header: dict[str, Any] = {}
    metadata: dict[str, str] = {}
    arrays: list[npt.NDArray[Any]] = []
    offset = 0
    for name, column in columns.items():
        if column.dtype.kind in "OU":
            if not all(value is None or isinstance(value, str) for value in column):
                raise ArgumentError(f"column {name!r}: found objects, expected numbers of one shape a row, or texts")
            metadata[name] = json.dumps([None if value is None else str(value) for value in column])
            continue
        little = column.dtype.newbyteorder("<")
        if little.str not in _NAMES:
            raise ArgumentError(f"column {name!r}: found type {column.dtype}, expected one that safetensors has")
        array = np.ascontiguousarray(column, dtype=little)
        end = offset + array.nbytes
        header[name] = {"dtype": _NAMES[little.str], "shape": list(array.shape), "data_offsets": [offset, end]}
        arrays.append(array)
        offset = end
    if metadata:
        header["__metadata__"] = metadata
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    file.write(struct.pack("<Q", len(text)) + text)
    for array in arrays:
        file.write(array.tobytes())
