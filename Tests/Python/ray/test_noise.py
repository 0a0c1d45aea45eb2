"""The noise of a row is that of its identifier."""

from __future__ import annotations

import numpy as np
import pytest

import unet1d
from unet1d.ray import Stream, stream


@pytest.mark.parametrize("row", [0, 1, np.int64(7), (1 << 32) - 1])
@pytest.mark.parametrize("seed", [0, 7, (1 << 64) - 1])
def test_a_whole_number_is_the_row(row: int, seed: int) -> None:
    assert stream(row, seed) == Stream(seed, int(row))


def test_a_negative_seed_counts_from_the_end() -> None:
    assert stream(3, -1) == Stream((1 << 64) - 1, 3)


def test_other_identifiers_are_told_apart() -> None:
    others = ["", "0", "1", "a", -1, 1 << 32, 1 << 40, "4294967296", b"\xff"]
    streams = {stream(identifier, seed) for identifier in others for seed in (0, 1)}
    assert len(streams) == 2 * len(others)
    assert stream("a") == stream(b"a") == stream(np.str_("a"))


def test_hashes_stay_what_they_are() -> None:
    assert stream("clip-7", 5) == Stream(14401359720633652819, 2833445337)


@pytest.mark.parametrize("identifier", [None, 1.5, [1], np.float32(2)])
def test_what_is_no_identifier_is_refused(identifier: object) -> None:
    with pytest.raises(unet1d.ArgumentError, match="expected a whole number, a text or bytes"):
        stream(identifier)


@pytest.mark.parametrize("seed", [1 << 64, -(1 << 63) - 1, 0.5, None])
def test_what_is_no_seed_is_refused(seed: object) -> None:
    with pytest.raises(unet1d.ArgumentError, match="seed: found"):
        stream(0, seed)  # type: ignore[arg-type]
