"""Which noise a row has: that of its identifier, whoever computes it, and in whatever batch."""

from __future__ import annotations

import hashlib
import operator
from typing import Any, NamedTuple

from .._errors import ArgumentError

_ROWS = 1 << 32
_SEEDS = 1 << 64


class Stream(NamedTuple):
    """A key of Philox, and the number of the batch's element whose noise it is."""

    seed: int
    row: int


def stream(identifier: Any, seed: int = 0) -> Stream:
    """The noise of a row.

    A whole number from 0 to 2³² − 1 is the row itself: number N has the noise of ``unet1d-bench generate`` with the
    seed for the element N of a batch. Other numbers, texts and bytes have a key and a row from a hash of both, 96 bits.

    :param identifier: a number, a text, or bytes; unique among all rows.
    :param seed: 64 bits; a negative one counts from 2⁶⁴, as in the command.
    """
    key = checked_seed(seed)
    if isinstance(identifier, (str, bytes)):
        text = identifier.encode() if isinstance(identifier, str) else identifier
        return _hashed(b"text " + text, key)
    try:
        number = operator.index(identifier)
    except TypeError:
        raise ArgumentError(
            f"id: found {identifier!r}, expected a whole number, a text or bytes, unique among all rows"
        ) from None
    return Stream(key, number) if 0 <= number < _ROWS else _hashed(b"number %d" % number, key)


def checked_seed(seed: Any) -> int:
    """A seed as 64 bits without a sign."""
    try:
        number = operator.index(seed)
    except TypeError:
        number = _SEEDS
    if not -(_SEEDS >> 1) <= number < _SEEDS:
        raise ArgumentError(f"seed: found {seed!r}, expected a whole number of 64 bits")
    return number % _SEEDS


def _hashed(identifier: bytes, key: int) -> Stream:
    digest = hashlib.blake2b(identifier, digest_size=12, key=key.to_bytes(8, "little"), person=b"unet1d.ray").digest()
    return Stream(int.from_bytes(digest[:8], "little"), int.from_bytes(digest[8:], "little"))
