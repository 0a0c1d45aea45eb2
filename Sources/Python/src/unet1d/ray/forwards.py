"""Forwards of rows: a sample and a timestep in, an output out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from .._arrays import FloatArray
from .._errors import ArgumentError, ShapeError
from .._model import Model
from .._session import Session
from .._shapes import Shape
from .rows import Columns, optional, tensor, timestep


class ForwardRow(NamedTuple):
    """A row's input, with its place among the rows."""

    place: int
    sample: FloatArray
    timestep: npt.NDArray[Any]
    condition: FloatArray | None


class Forwards:
    """One session, prepared for each shape that rows have had. For one thread at a time."""

    #: Rows of so many shapes share a session's memory; then it is made anew.
    MOST_SHAPES = 64

    needed = ("sample", "timestep")
    output = "output"

    def __init__(self, model: Model, batch: int) -> None:
        self._model = model
        self._batch = batch
        self._session: Session | None = None
        #: The numbers of a row's observation, by shape.
        self._shapes: dict[tuple[int, ...], int] = {}

    def read(self, columns: Columns, index: int) -> ForwardRow:
        """A row of (channels, length), or (length, channels) with ``global_cond`` (width,) of a robot policy.

        :raises Error: for what is no such row.
        """
        condition = optional(columns, "global_cond", index)
        return ForwardRow(
            index,
            tensor(columns["sample"][index], "sample", 2),
            timestep(columns["timestep"][index], "timestep"),
            None if condition is None else tensor(condition, "global_cond", 1),
        )

    def key(self, row: ForwardRow) -> tuple[Any, ...]:
        """Rows of equal keys share forwards."""
        return (row.sample.shape, row.timestep.dtype.kind == "f", _width(row))

    def compute(self, rows: Sequence[ForwardRow]) -> Iterable[FloatArray]:
        """The outputs of a full batch of rows of one key. Allocates; prepares a shape when it is new.

        :raises Error: for a shape or an observation that does not fit the model.
        """
        shape = (self._batch, *rows[0].sample.shape)
        session = self._prepared(shape)
        found, expected = _width(rows[0]), self._shapes[shape]
        if found != expected:
            raise ArgumentError(f"global_cond: found {found} numbers, expected {expected}")
        condition = None if rows[0].condition is None else np.stack([row.condition for row in rows])  # type: ignore[misc]
        return session(
            np.stack([row.sample for row in rows]),
            np.concatenate([row.timestep for row in rows]),
            global_cond=condition,
        )

    def _prepared(self, shape: tuple[int, ...]) -> Session:
        if self._session is not None and shape in self._shapes:
            return self._session
        plan_shape = Shape(self._batch, shape[1 if self._model._is_policy else 2], self._batch)
        plan = self._model.plan(plan_shape)
        if plan.sample_shape != shape:
            raise ShapeError(f"sample: found shape {shape[1:]}, expected {plan.sample_shape[1:]}")
        if self._session is None or len(self._shapes) >= self.MOST_SHAPES:
            self._session = None  # Its memory goes before the next one's comes.
            self._session = self._model.session(plan_shape)
            self._shapes.clear()
        else:
            self._session.prepare(plan_shape)
        self._shapes[shape] = plan.global_cond_count // self._batch
        return self._session


def _width(row: ForwardRow) -> int:
    return 0 if row.condition is None else row.condition.size
