"""Rows of differing shapes, sorted into batches of one prepared shape each."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import TypeVar

Key = TypeVar("Key", bound=Hashable)
Row = TypeVar("Row")


def batches(rows: Sequence[Row], key: Callable[[Row], Key], size: int) -> Iterator[tuple[Key, list[Row]]]:
    """Batches of up to ``size`` rows of equal keys, in the order of each key's first row."""
    buckets: dict[Key, list[Row]] = {}
    for row in rows:
        buckets.setdefault(key(row), []).append(row)
    for shared, members in buckets.items():
        for start in range(0, len(members), size):
            yield shared, members[start : start + size]


def filled(rows: Sequence[Row], size: int) -> list[Row]:
    """The rows, with copies of the last one up to ``size``.

    A batch of another size has another plan, which may round otherwise: every batch is computed in the same.
    """
    return [*rows, *[rows[-1]] * (size - len(rows))]
