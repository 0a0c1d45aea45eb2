"""Rules of generating, wherever it is done: how long a signal is, where its model runs, and how its time counts."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from ._errors import ArgumentError, ShapeError
from ._sampling import Sampler

#: Far beyond what any memory holds.
_MOST_POSITIONS = 1 << 40


class Lengths(NamedTuple):
    """Positions of a signal."""

    #: Those that are asked for.
    asked: int
    #: Those at which the model runs; what is more is cut off after the loop.
    running: int


def lengths(config: Mapping[str, Any], length: int | None, seconds: float | None) -> Lengths:
    """The positions for a length, for seconds, or for neither: the model's ``sample_size``.

    :param config: the model's configuration.
    :raises ArgumentError: for both, or where the configuration does not say what is needed.
    :raises ShapeError: for a length that the model does not run at.
    """
    if seconds is not None:
        if length is not None:
            raise ArgumentError(f"seconds: found {seconds}, and length {length}; give one of the two")
        return _of_seconds(config, seconds)
    if length is None:
        length = config.get("sample_size")
    if length is None:
        raise ArgumentError(
            "length: found none, and no sample_size in the model's configuration; give length or seconds"
        )
    return Lengths(int(length), running_length(config, int(length)))


def running_length(config: Mapping[str, Any], length: int) -> int:
    """The next multiple of what the levels halve; planners run at any length that fits.

    :raises ShapeError: for less than three positions of the deepest level.
    """
    if not 1 <= length <= _MOST_POSITIONS:
        raise ShapeError(f"length: found {length}, expected 1 to {_MOST_POSITIONS} positions")
    factor = _factor(config)
    if factor is None:
        return length
    if length < 3 * factor:
        raise ShapeError(
            f"length: found {length}, expected at least {3 * factor}, three positions of the deepest level"
        )
    return -(-length // factor) * factor


def scaled(
    make: Callable[[float], Sampler], scale: float | None, config: Mapping[str, Any], *, is_foreign: bool
) -> Sampler:
    """A sampler with a scale of its timesteps.

    :param scale: None: 0.001 where the scheduler is not the model's own and counts the timesteps of a training, while
        the model's time is 0 to 1; else 1.
    :param is_foreign: whether the scheduler is not the model's own.
    """
    sampler = make(1.0 if scale is None else scale)
    is_continuous = is_foreign and config.get("time_embedding_type") == "fourier"
    return make(0.001) if scale is None and is_continuous and sampler.timesteps.max(initial=0) > 1 else sampler


def sample_rate(config: Mapping[str, Any]) -> int:
    """Samples a second; 1 where the configuration says nothing."""
    return max(int(config.get("sample_rate") or 1), 1)


def _of_seconds(config: Mapping[str, Any], seconds: float) -> Lengths:
    """As diffusers: a part of a position behind a whole multiple takes the next multiple."""
    if not config.get("sample_rate"):
        raise ArgumentError("seconds: found a model without sample_rate in its configuration; give length")
    rate = sample_rate(config)
    positions = seconds * rate
    if not 1 <= positions <= _MOST_POSITIONS:
        raise ShapeError(f"seconds: found {seconds}, expected 1 to {_MOST_POSITIONS} positions at {rate} Hz")
    asked = math.floor(positions)
    running = running_length(config, asked)
    return Lengths(asked, running + (_factor(config) or 0) if running == asked != positions else running)


def _factor(config: Mapping[str, Any]) -> int | None:
    """What the levels halve; None for planners."""
    return None if "DownResnetBlock1D" in config["down_block_types"] else 1 << len(config["up_block_types"])
