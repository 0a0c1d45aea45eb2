"""The header of a safetensors file. Source: https://github.com/huggingface/safetensors, format."""

from __future__ import annotations

import json
import math
import struct
from typing import Any, NamedTuple

import numpy as np

from ._errors import ArgumentError

#: The format's types, as NumPy's. BF16 is the upper half of a float32.
TYPES = {
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
_LIMIT = 100_000_000


class Entry(NamedTuple):
    """A tensor of a file."""

    #: One of :data:`TYPES`.
    kind: str
    shape: tuple[int, ...]
    #: The file's bytes of its numbers: the first, and the one behind the last.
    begin: int
    end: int


def header(file: memoryview, name: str) -> tuple[dict[str, Entry], dict[str, str]]:
    """A file's tensors by their names, all of them within the file, and its metadata.

    :param name: the file's, for messages.
    :raises ArgumentError: for a file that is cut, or says what cannot be.
    """
    size = struct.unpack("<Q", file[:8])[0] if len(file) >= 8 else _LIMIT + 1
    if size > min(_LIMIT, len(file) - 8):
        raise ArgumentError(f"{name}: found {len(file)} bytes, expected a whole safetensors file")
    try:
        fields = json.loads(bytes(file[8 : 8 + size]))
        metadata = fields.pop("__metadata__", None) or {}
        if not all(isinstance(text, str) for text in metadata.values()):
            raise ArgumentError(f"{name}: found metadata that is no text, expected texts")
        return {key: _entry(entry, 8 + size, len(file), f"{name}: {key}") for key, entry in fields.items()}, metadata
    except ArgumentError:
        raise
    except (AttributeError, KeyError, TypeError, ValueError, RecursionError) as error:
        raise ArgumentError(f"{name}: its header is not that of a safetensors file: {error}") from error


def _entry(fields: Any, start: int, size: int, name: str) -> Entry:
    kind, shape, (begin, end) = fields["dtype"], fields["shape"], fields["data_offsets"]
    if kind not in TYPES:
        raise ArgumentError(f"{name}: found type {kind}, expected one of {', '.join(TYPES)}")
    if any(type(number) is not int or number < 0 for number in (*shape, begin, end)):
        raise ArgumentError(f"{name}: found shape {shape} at {begin} to {end}, expected whole numbers")
    if end > size - start or end - begin != math.prod(shape) * np.dtype(TYPES[kind]).itemsize:
        raise ArgumentError(f"{name}: found bytes {begin} to {end} of {size - start} for shape {shape} of {kind}")
    return Entry(kind, tuple(shape), start + begin, start + end)
