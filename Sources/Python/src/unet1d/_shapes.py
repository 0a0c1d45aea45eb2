"""Shapes of forwards, and what a plan says of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Union

from . import _library as c
from ._errors import ShapeError
from ._numbers import whole


class Shape(NamedTuple):
    """What a plan depends on: the batch, the positions, and the entries of the timestep.

    ``timesteps`` is 1, or the batch where each element has a timestep of its own.
    """

    batch: int
    length: int
    timesteps: int = 1


#: A :class:`Shape`, ``(batch, length)``, or the shape of a sample.
ShapeLike = Union[Shape, "tuple[int, int]", "tuple[int, int, int]", Sequence[int]]


@dataclass(frozen=True)
class Plan:
    """What a forward of a shape needs and gives. Sizes are in bytes."""

    shape: Shape
    sample_shape: tuple[int, ...]
    output_shape: tuple[int, ...]
    arena_bytes: int
    scratch_bytes_per_worker: int
    weight_bytes: int
    plan_id: str
    """Equal identifiers and equal input give equal bits."""
    global_cond_count: int
    """Numbers of the observation that a robot policy reads, over the batch; 0: none."""
    local_cond_count: int

    @classmethod
    def of(cls, info: c.PlanInfo) -> Plan:
        return cls(
            shape=Shape(info.shape.batch, info.shape.length, info.shape.timesteps),
            sample_shape=tuple(info.sample_shape),
            output_shape=tuple(info.output_shape)[: info.output_rank],
            arena_bytes=info.arena_bytes,
            scratch_bytes_per_worker=info.scratch_bytes_per_worker,
            weight_bytes=info.weight_bytes,
            plan_id=info.plan_id.decode(),
            global_cond_count=info.global_condition_count,
            local_cond_count=info.local_condition_count,
        )


def listed(shapes: ShapeLike | Iterable[ShapeLike]) -> list[ShapeLike]:
    """One shape, or several, as a list."""
    if isinstance(shapes, Shape):
        return [shapes]
    items = list(shapes)
    if any(hasattr(item, "__index__") for item in items):
        return [tuple(items)]  # type: ignore[arg-type]
    if not items:
        raise ShapeError("shapes: found none, expected at least one")
    return items  # type: ignore[return-value]


def parsed(shape: ShapeLike, is_policy: bool) -> tuple[Shape, tuple[int, ...] | None]:
    """The shape of a plan, and the sample's where that was given."""
    if isinstance(shape, Shape):
        return Shape(*(whole(number, name, 0, 63) for name, number in shape._asdict().items())), None
    numbers = tuple(whole(number, "shape", 0, 63) for number in shape)
    if len(numbers) == 2:
        return Shape(*numbers), None
    if len(numbers) == 3:
        return Shape(numbers[0], numbers[1 if is_policy else 2]), numbers
    raise ShapeError(
        f"shape: found {numbers}, expected (batch, length), the shape of a sample, or "
        "unet1d.Shape(batch, length, timesteps)"
    )


def checked(plan: Plan, sample: tuple[int, ...] | None) -> Plan:
    """The plan, whose sample must have the shape that was asked for."""
    if sample is not None and plan.sample_shape != sample:
        raise ShapeError(
            f"shape: found a sample of {sample}, expected {plan.sample_shape}; "
            "for a batch with a timestep each, give unet1d.Shape(batch, length, timesteps)"
        )
    return plan
