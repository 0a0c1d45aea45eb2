"""Denoising loops of rows: an identifier in, a sample out."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from .._arrays import FloatArray
from .._errors import ArgumentError
from .._lengths import Lengths, lengths, scaled
from .._model import Model
from .._noise import Noise
from .._sampling import Sampler
from .noise import Stream, stream
from .rows import Columns, number, optional, whole


class GenerationRow(NamedTuple):
    """What is to be made for a row, with its place among the rows."""

    place: int
    stream: Stream
    length: int
    running_length: int
    steps: int


class Generation:
    """Samplers by length and steps. For one thread at a time.

    Lengths, timesteps and limits are those of ``unet1d-bench generate``.

    :param scheduler: as for :meth:`unet1d.Model.sampler`.
    :param clamp: cut the samples to -1 … 1.
    """

    #: So many samplers, those used last, keep their memory.
    MOST_SAMPLERS = 8

    output = "sample"

    def __init__(
        self,
        model: Model,
        batch: int,
        *,
        id_column: str,
        steps: int,
        scheduler: str | None,
        seed: int,
        length: int | None,
        seconds: float | None,
        clamp: bool,
        timestep_scale: float | None,
    ) -> None:
        if model._is_policy:
            raise ArgumentError(
                'mode: found "generate" for a robot policy\'s network, which reads an observation; '
                'expected a UNet1DModel, or mode="forward" with the column global_cond'
            )
        self._model = model
        self._batch = batch
        self._id = id_column
        self._steps = steps
        self._scheduler = scheduler
        self._seed = seed
        self._size = (length, seconds)
        self._clamp = clamp
        self._scale = timestep_scale
        self._samplers: OrderedDict[tuple[int, int], Sampler] = OrderedDict()
        self.needed = (id_column,)

    def read(self, columns: Columns, index: int) -> GenerationRow:
        """A row of an identifier and, where their columns are there, ``length`` or ``seconds``, ``steps`` and ``seed``.

        :raises Error: for what is no such row.
        """
        seed = optional(columns, "seed", index)
        steps = optional(columns, "steps", index)
        length, running = self._lengths(optional(columns, "length", index), optional(columns, "seconds", index))
        return GenerationRow(
            index,
            stream(columns[self._id][index], self._seed if seed is None else seed),
            length,
            running,
            self._steps if steps is None else whole(steps, "steps"),
        )

    def key(self, row: GenerationRow) -> tuple[Any, ...]:
        """Rows of equal keys share loops."""
        return (row.running_length, row.steps)

    def compute(self, rows: Sequence[GenerationRow]) -> Sequence[FloatArray]:
        """The samples of a full batch of rows of one key, (channels, length) each. Prepares when a key is new."""
        sampler = self._sampler(rows[0].running_length, rows[0].steps)
        sampler.restart(Noise.philox([row.stream.seed for row in rows], rows=[row.stream.row for row in rows]))
        samples = sampler()
        if self._clamp:
            np.clip(samples, -1, 1, out=samples)
        return [sample[:, : row.length] for sample, row in zip(samples, rows)]

    def _sampler(self, length: int, steps: int) -> Sampler:
        key = (length, steps)
        sampler = self._samplers.get(key)
        if sampler is None:
            while len(self._samplers) >= self.MOST_SAMPLERS:
                self._samplers.popitem(last=False)
            sampler = scaled(
                lambda scale: self._model.sampler((self._batch, length), self._scheduler, steps, timestep_scale=scale),
                self._scale,
                self._model.config,
                is_foreign=self._scheduler is not None,
            )
            self._samplers[key] = sampler
        self._samplers.move_to_end(key)
        return sampler

    def _lengths(self, length: Any, seconds: Any) -> Lengths:
        """A row's, or where it says nothing, those of all rows."""
        if length is None and seconds is None:
            length, seconds = self._size
        return lengths(
            self._model.config,
            None if length is None else whole(length, "length"),
            None if seconds is None else number(seconds, "seconds"),
        )
