"""The safetensors format, for columns: a file's tensors have a row for each entry of their first dimension.

Texts are in the file's metadata, as JSON.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from .._errors import ArgumentError
from .._safetensors import TYPES, Entry, header

_NAMES = {np.dtype(code).str: name for name, code in TYPES.items() if name != "BF16"}


def decoded(data: bytes | memoryview, name: str) -> dict[str, npt.NDArray[Any]]:
    """A file's tensors, and lists of texts in its metadata, by name. BF16 becomes float32.

    :param name: the file's, for messages.
    :raises ArgumentError: for a file that is cut, or says what cannot be.
    """
    view = memoryview(data)
    entries, metadata = header(view, name)
    tensors = {key: _tensor(entry, view) for key, entry in entries.items()}
    texts = {key: _texts(text, f"{name}: {key}") for key, text in metadata.items() if text[:1] == "["}
    return {**tensors, **texts}


def _tensor(entry: Entry, file: memoryview) -> npt.NDArray[Any]:
    numbers = file[entry.begin : entry.end]
    array: npt.NDArray[Any] = np.frombuffer(numbers, TYPES[entry.kind]).reshape(entry.shape)
    if entry.kind != "BF16":
        return array
    widened: npt.NDArray[Any] = (array.astype(np.uint32) << 16).view(np.float32)
    return widened


def _texts(text: str, name: str) -> npt.NDArray[Any]:
    try:
        values = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ArgumentError(f"{name}: found no list of texts: {error}") from error
    if not all(value is None or isinstance(value, str) for value in values):
        raise ArgumentError(f"{name}: found {text[:60]!r}, expected a list of texts")
    column = np.empty(len(values), object)
    column[:] = values
    return column


def encode(columns: Mapping[str, npt.NDArray[Any]], file: IO[bytes]) -> None:
    """Writes columns as one file. Allocates a copy of one column at a time.

    :raises ArgumentError: for a column that is neither numbers of one shape a row nor texts.
    """
    entries: dict[str, Any] = {}
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
        entries[name] = {"dtype": _NAMES[little.str], "shape": list(array.shape), "data_offsets": [offset, end]}
        arrays.append(array)
        offset = end
    if metadata:
        entries["__metadata__"] = metadata
    text = json.dumps(entries).encode()
    text += b" " * (-len(text) % 8)
    file.write(struct.pack("<Q", len(text)) + text)
    for array in arrays:
        file.write(array.tobytes())
