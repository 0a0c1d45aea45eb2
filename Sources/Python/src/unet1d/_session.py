"""Sessions: what is made once, and the calls that then allocate nothing but their result."""

from __future__ import annotations

import ctypes
import math
import threading
from typing import TYPE_CHECKING, Any

import numpy as np

from . import _library as c
from ._arrays import FLOAT32, FloatArray, address, floats, writable
from ._errors import BusyError, ShapeError
from ._handles import Handle
from ._library import library
from ._shapes import Plan, ShapeLike
from ._timesteps import TimestepCell

if TYPE_CHECKING:
    from ._model import Model


class _Prepared:
    """What sessions of outputs and of gradients have in common: prepared shapes, of which one is selected."""

    _kind = "session"
    _planner = "model_plan"

    def __init__(self, model: Model, plans: list[Plan]) -> None:
        self._model = model
        shapes = (c.Shape * len(plans))(*(c.Shape(*plan.shape) for plan in plans))
        self._handle = Handle(
            f"{self._kind}_free",
            f"{self._kind}_create",
            model._value,
            model._pool.value,
            shapes,
            len(plans),
            ctypes.byref(model._options),
        )
        self._plans = {(plan.sample_shape, plan.shape.timesteps): plan for plan in plans}
        self._lock = threading.Lock()
        self._timestep = TimestepCell()
        self._use(plans[0])

    @property
    def plan(self) -> Plan:
        """The plan of the selected shape."""
        return self._plan

    @property
    def plans(self) -> list[Plan]:
        """The plans of all prepared shapes."""
        return list(self._plans.values())

    def prepare(self, shape: ShapeLike) -> Plan:
        """Prepares for one more shape. Allocates; blocks on the disk."""
        plan = self._model._planned(self._planner, shape)
        with _Use(self._lock):
            library.check(getattr(library, f"{self._kind}_prepare")(self._handle.value, c.Shape(*plan.shape)))
            self._plans[plan.sample_shape, plan.shape.timesteps] = plan
        return plan

    def set_condition(self, global_cond: Any, local_cond: Any = None) -> None:
        """Sets the observation that a robot policy's forwards of the selected shape read: once before a loop's steps.

        :param global_cond: float32 (batch, width).
        :param local_cond: float32 (batch, length, width), of policies that read one.
        """
        with _Use(self._lock):
            self._set_condition(global_cond, local_cond)

    def _set_condition(self, global_cond: Any, local_cond: Any) -> None:
        first = None if global_cond is None else floats(global_cond, "global_cond")
        second = None if local_cond is None else floats(local_cond, "local_cond")
        library.check(
            getattr(library, f"{self._kind}_set_condition")(self._handle.value, *_memory(first), *_memory(second))
        )

    def _use(self, plan: Plan) -> None:
        self._plan = plan
        self._sample_shape = plan.sample_shape
        self._output_shape = plan.output_shape
        self._timesteps = plan.shape.timesteps
        self._sample_count = math.prod(plan.sample_shape)
        self._output_count = math.prod(plan.output_shape)

    def _select(self, shape: tuple[int, ...], timesteps: int) -> None:
        """Lets calls compute another of the prepared shapes."""
        plan = self._plans.get((shape, timesteps))
        if plan is None:
            known = ", ".join(f"{plan.sample_shape} with {plan.shape.timesteps} timesteps" for plan in self.plans)
            raise ShapeError(
                f"sample: found shape {shape} with {timesteps} timesteps, expected what the session is prepared for: "
                f"{known}; call prepare(unet1d.Shape(batch, length, timesteps))"
            )
        if plan is not self._plan:
            library.check(getattr(library, f"{self._kind}_select")(self._handle.value, c.Shape(*plan.shape)))
            self._use(plan)

    def _choose(self, shape: tuple[int, ...], timestep: Any) -> None:
        """Stores the timestep, repeated for each element where the session is prepared so, and selects the shape."""
        count = self._timestep.put(timestep)
        if shape == self._sample_shape and count == self._timesteps:
            return
        if count == 1 and shape and (shape, 1) not in self._plans and (shape, shape[0]) in self._plans:
            count = self._timestep.repeat(shape[0])
        self._select(shape, count)

    def close(self) -> None:
        """Gives the session's memory back."""
        with _Use(self._lock):
            self._handle.close()

    def __enter__(self) -> Any:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self._model, self.plans)

    def __repr__(self) -> str:
        return f"<unet1d.{type(self).__name__} for {', '.join(str(plan.sample_shape) for plan in self.plans)}>"


class Session(_Prepared):
    """Forwards of one shape or several, by one thread at a time.

    >>> session = model.session((1, 512))
    >>> output = session(sample, 10)

    Made by :meth:`Model.session`.
    """

    def __call__(
        self, sample: Any, timestep: Any, out: Any = None, *, global_cond: Any = None, local_cond: Any = None
    ) -> FloatArray:
        """output = model(sample, timestep).

        :param sample: float32 in C order of a prepared shape is read as it is. Other types and orders, other libraries'
            arrays included, are converted, which allocates a copy.
        :param timestep: a number, or one for each element of the batch. A Python ``float`` is truncated towards zero,
            as in diffusers, and so is ``numpy.float64(0.7)``: give a fraction as ``numpy.float32(0.7)``.
        :param out: where the output is written: writable float32 in C order, also a tensor's; it may be the sample.
        :param global_cond: the observation of a robot policy, which is set before the forward.
        :returns: ``out``, or a new array.
        :raises BusyError: while another thread uses the session.
        """
        lock = self._lock
        if not lock.acquire(False):
            raise _busy()
        try:
            array = sample
            if type(array) is not np.ndarray or array.dtype is not FLOAT32 or not array.flags.c_contiguous:
                array = floats(sample, "sample")
            self._choose(array.shape, timestep)
            if out is None:
                result = target = np.empty(self._output_shape, FLOAT32)
            else:
                result = target = out
                if (
                    type(out) is not np.ndarray
                    or out.dtype is not FLOAT32
                    or out.shape != self._output_shape
                    or not out.flags.carray
                ):
                    target = writable(out, "out", self._output_shape)
            if global_cond is not None or local_cond is not None:
                self._set_condition(global_cond, local_cond)
            status = library.forward(
                self._handle.value,
                address(array),
                self._sample_count,
                self._timestep.address,
                address(target),
                self._output_count,
            )
            if status:
                library.check(status)
        finally:
            lock.release()
        return result

    def placement(self) -> dict[str, int]:
        """What the system granted: pinned workers, huge pages, locked memory, memory nodes."""
        report = c.Placement()
        with _Use(self._lock):
            library.check(library.session_placement(self._handle.value, ctypes.byref(report)))
        return {name: getattr(report, name) for name, *_ in report._fields_ if name != "size"}


class GradientSession(_Prepared):
    """Outputs together with their gradients by the sample, by one thread at a time.

    Made by :meth:`Model.gradient_session`.
    """

    _kind = "gradient"
    _planner = "gradient_plan"

    def __call__(
        self, sample: Any, timestep: Any, cotangent: Any = None, *, global_cond: Any = None, local_cond: Any = None
    ) -> tuple[FloatArray, FloatArray]:
        """The output, and the sum over all outputs of ``cotangent`` times the derivative of the output by the sample.

        :param cotangent: of the output's shape; None: ones, so that the gradient is that of the outputs' sum.
        :returns: ``(output, gradient)``, new arrays.
        """
        with _Use(self._lock):
            array = floats(sample, "sample")
            self._choose(array.shape, timestep)
            weights = None if cotangent is None else floats(cotangent, "cotangent")
            if weights is not None and weights.shape != self._output_shape:
                raise ShapeError(f"cotangent: found shape {weights.shape}, expected the output's {self._output_shape}")
            if global_cond is not None or local_cond is not None:
                self._set_condition(global_cond, local_cond)
            output = np.empty(self._output_shape, FLOAT32)
            gradient = np.empty(self._sample_shape, FLOAT32)
            library.check(
                library.gradient_run(
                    self._handle.value,
                    *_memory(array),
                    self._timestep.address,
                    *_memory(weights),
                    *_memory(output),
                    *_memory(gradient),
                )
            )
        return output, gradient


class _Use:
    """Refuses a second thread, where a lock would let it wait."""

    def __init__(self, lock: threading.Lock, what: str = "session") -> None:
        self._lock = lock
        self._what = what

    def __enter__(self) -> None:
        if not self._lock.acquire(False):
            raise _busy(self._what)

    def __exit__(self, *_: object) -> None:
        self._lock.release()


def _busy(what: str = "session") -> BusyError:
    return BusyError(f"{what}: found another call using it, expected one at a time: make one for each thread")


def _memory(array: FloatArray | None) -> tuple[int | None, int]:
    return (None, 0) if array is None else (address(array), array.size)
