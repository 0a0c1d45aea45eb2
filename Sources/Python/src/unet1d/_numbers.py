"""Whole numbers of callers, within what the library takes."""

from __future__ import annotations

import operator
from typing import Any

from ._errors import ArgumentError


def whole(number: Any, name: str, least: int, bits: int = 32) -> int:
    """An integer that is not below a bound, and has so many bits."""
    try:
        found = operator.index(number)
    except TypeError as error:
        raise ArgumentError(f"{name}: found {number!r}, expected an integer") from error
    if not least <= found < 1 << bits:
        raise ArgumentError(f"{name}: found {found}, expected an integer of {bits} bits, {least} or more")
    return found
