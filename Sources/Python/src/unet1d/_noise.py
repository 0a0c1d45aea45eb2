"""Where the noise of loops comes from."""

from __future__ import annotations

import ctypes
import operator
from collections.abc import Iterable
from typing import Any, Union

from . import _library as c
from ._arrays import address, floats
from ._errors import ArgumentError

#: One integer, or one for each element of the batch.
Integers = Union[int, Iterable[int]]


class Noise:
    """A source of standard normal numbers. Immutable; the same source gives the same samples.

    >>> unet1d.Noise.philox(7)
    >>> unet1d.Noise.torch([1, 2, 3])

    Made by :meth:`philox`, :meth:`torch` and :meth:`given`.
    """

    def __init__(self, struct: c.Noise, kept: Any, text: str) -> None:
        self._struct = struct
        self._kept = kept
        self._text = text

    @classmethod
    def philox(cls, seed: Integers = 0, rows: Iterable[int] | None = None) -> Noise:
        """Numbers that depend on their place alone, which workers draw together.

        An element's noise is that of its seed and its number. So a batch may be computed in parts and in any order:
        name a part's numbers with ``rows``. Batches of one size give equal bits, wherever in them an element is; those
        of other sizes agree up to a forward's rounding.

        >>> unet1d.Noise.philox(7, rows=range(64, 96))

        :param seed: 0 to 2**64 - 1, or one for each element of the batch.
        :param rows: the elements' numbers, 0 to 2**32 - 1, as many as the batch; None: 0, 1, 2, …
        :raises ArgumentError: for what is no such number.
        """
        seeds = _integers(seed, "seed", 64)
        struct, kept = _seeded(c.NOISE_PHILOX, seeds)
        text = f"philox({_shown(seeds)}"
        if rows is not None:
            numbers = _integers(rows, "rows", 32)
            if not numbers:
                raise ArgumentError(
                    "rows: found none, expected a number for each element of the batch; or leave it out"
                )
            table = (ctypes.c_uint32 * len(numbers))(*numbers)
            struct.rows, struct.row_count = table, len(numbers)
            kept, text = (kept, table), f"{text}, rows={_shown(numbers)}"
        return cls(struct, kept, text + ")")

    @classmethod
    def torch(cls, seed: Integers = 0) -> Noise:
        """The numbers of PyTorch's CPU generator, bit for bit; PyTorch itself is not needed.

        :param seed: that of ``torch.manual_seed``, which draws for the whole batch; or one for each element, as a list
            of generators given to a pipeline of diffusers. Negative ones are those of PyTorch: 2**64 is added.
        :raises ArgumentError: for what is no such number.
        """
        seeds = _integers(seed, "seed", 64, negative=True)
        struct, kept = _seeded(c.NOISE_TORCH, seeds)
        return cls(struct, kept, f"torch({_shown(seeds)})")

    @classmethod
    def given(cls, values: Any) -> Noise:
        """Numbers of the caller for the draws of a loop's steps, the same in every loop.

        The noise with which a loop begins is not among them: give that to the call.

        :param values: (draws, sample shape …), in the order in which a loop draws: :attr:`Sampler.draws` of them.
        """
        array = floats(values, "values")
        struct = c.Noise(kind=c.NOISE_GIVEN, values=address(array) if array.size else None, value_count=array.size)
        return cls(struct, array, f"given(array of shape {array.shape})")

    def __repr__(self) -> str:
        return f"unet1d.Noise.{self._text}"


def _seeded(kind: int, seeds: list[int]) -> tuple[c.Noise, Any]:
    if not seeds:
        raise ArgumentError("seed: found none, expected one, or one for each element of the batch")
    table = (ctypes.c_uint64 * len(seeds))(*seeds)
    return c.Noise(kind=kind, seeds=table, seed_count=len(seeds)), table


def _integers(what: Integers, name: str, bits: int, negative: bool = False) -> list[int]:
    """Integers of so many bits."""
    try:
        if hasattr(what, "__index__") and not getattr(what, "shape", ()):
            numbers = [operator.index(what)]  # type: ignore[arg-type]
        else:
            numbers = [operator.index(number) for number in what]  # type: ignore[union-attr]
    except TypeError as error:
        raise ArgumentError(f"{name}: found {what!r}, expected integers: {error}") from error
    least = -(1 << (bits - 1)) if negative else 0
    for number in numbers:
        if not least <= number < 1 << bits:
            raise ArgumentError(f"{name}: found {number}, expected {least} to {(1 << bits) - 1}")
    return [number % (1 << bits) for number in numbers]


def _shown(numbers: list[int]) -> str:
    if len(numbers) == 1:
        return str(numbers[0])
    return str(numbers) if len(numbers) <= 4 else f"[{numbers[0]}, …, {numbers[-1]}] of {len(numbers)}"
