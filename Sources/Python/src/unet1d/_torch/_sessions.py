"""Sessions by shape, made when they are first needed and kept for the next call."""

from __future__ import annotations

import threading
from typing import Any, Union

import torch

from .. import _library as c
from .._errors import ArgumentError, ShapeError, TimestepError
from .._library import library
from .._model import Model
from .._session import GradientSession, Session
from .._shapes import Shape

#: The shape of a sample, the entries of the timestep, and whether a gradient is wanted.
Key = tuple[tuple[int, ...], int, bool]
Timestep = Union[int, float, torch.Tensor]

_KINDS = {
    torch.int64: c.TIMESTEP_INT64,
    torch.float32: c.TIMESTEP_FLOAT,
    torch.float64: c.TIMESTEP_DOUBLE,
}
_NO_TENSOR = (None, 0)


def entries(timestep: Any) -> tuple[Timestep, int]:
    """A timestep in a form that a session reads, and the number of its entries.

    As in the reference, tensors stand for their numbers, and whatever else is converted to an integer: a Python
    ``float`` and a number of NumPy are truncated towards zero.
    """
    kind = type(timestep)
    if kind is int or kind is float:
        return timestep, 1
    if not isinstance(timestep, torch.Tensor):
        try:
            timestep = torch.tensor([timestep.item() if hasattr(timestep, "item") else timestep], dtype=torch.long)
        except (TypeError, ValueError, RuntimeError, OverflowError) as error:
            raise TimestepError(f"timestep: found {timestep!r}: {error}; give a number or a tensor") from error
    if timestep.dtype not in _KINDS:
        if timestep.dtype.is_complex:
            raise TimestepError(f"timestep: found type {timestep.dtype}, expected integers or floats")
        real = timestep.dtype.is_floating_point
        timestep = timestep.to(
            torch.float32 if real else torch.float64 if timestep.dtype is torch.uint64 else torch.int64
        )
    if timestep.dim() > 1 or timestep.numel() == 0:
        raise TimestepError(
            f"timestep: found shape {tuple(timestep.shape)}, expected a number, or one for each element of the batch"
        )
    if not timestep.is_cpu:
        raise ArgumentError(f"timestep: found a tensor on {timestep.device}, expected one on cpu; call .cpu() on it")
    return (timestep if timestep.is_contiguous() else timestep.contiguous()), timestep.numel()


class _Prepared:
    """What runs one shape, for one thread at a time, and remembers the condition that was set."""

    prepared: Any

    def _bind(self, model: Model) -> None:
        self.model = model
        session = self.prepared
        self._plan = session.plan
        self._output_shape = session.plan.output_shape
        self._is_square = session.plan.output_shape == session.plan.sample_shape
        self._has_condition = session.plan.global_cond_count > 0
        self._cell = session._timestep
        #: A copy of the condition that is set.
        self._condition: torch.Tensor | None = None

    def _output(self, sample: torch.Tensor) -> torch.Tensor:
        return torch.empty_like(sample) if self._is_square else sample.new_empty(self._output_shape)

    def _put(self, timestep: Timestep) -> int:
        cell = self._cell
        if type(timestep) is int or type(timestep) is float:
            cell.put(timestep)
        else:
            cell.put_memory(timestep.data_ptr(), timestep.numel(), _KINDS[timestep.dtype])  # type: ignore[union-attr]
        return cell.address  # type: ignore[no-any-return]

    def _set(self, condition: torch.Tensor | None) -> None:
        """Sets the condition, unless its numbers are those that are set.

        The numbers decide and not the tensor: memory can change without a trace in the tensor that shows it.
        """
        expected = self._plan.global_cond_count
        if condition is None:
            if expected:
                raise ShapeError(f"global_cond: found None, expected {expected} numbers over the batch")
            return
        numbers = condition.detach().to(device="cpu", dtype=torch.float32).contiguous()
        if numbers.numel() != expected:
            raise ShapeError(
                f"global_cond: found shape {tuple(condition.shape)}, expected {expected} numbers over the batch of "
                f"{self._plan.shape.batch}"
            )
        if self._condition is not None and torch.equal(numbers, self._condition):
            return
        self._condition = None  # Also where setting fails.
        kept = numbers.clone()
        self.prepared.set_condition(kept.numpy())
        self._condition = kept


class Runner(_Prepared):
    """Forwards of one shape between tensors."""

    def __init__(self, model: Model, shape: Shape) -> None:
        self.prepared = model.session(shape)
        self._bind(model)
        session: Session = self.prepared
        self._handle = session._handle.value
        self._sample_count, self._output_count = session._sample_count, session._output_count

    def run(self, sample: torch.Tensor, timestep: Timestep, condition: torch.Tensor | None) -> torch.Tensor:
        """The output of a contiguous float32 sample."""
        if self._has_condition or condition is not None:
            self._set(condition)
        output = self._output(sample)
        status = library.forward(
            self._handle,
            sample.data_ptr(),
            self._sample_count,
            self._put(timestep),
            output.data_ptr(),
            self._output_count,
        )
        if status:
            library.check(status)
        return output


class GradientRunner(_Prepared):
    """Gradients of one shape between tensors."""

    def __init__(self, model: Model, shape: Shape) -> None:
        self.prepared = model.gradient_session(shape)
        self._bind(model)
        session: GradientSession = self.prepared
        self._handle = session._handle.value
        self._sample_count, self._output_count = session._sample_count, session._output_count

    def run(
        self, sample: torch.Tensor, timestep: Timestep, condition: torch.Tensor | None, cotangent: torch.Tensor
    ) -> torch.Tensor:
        """The gradient by the sample of the sum of the outputs times ``cotangent``."""
        self._set(condition)
        output = self._output(sample)
        gradient = torch.empty_like(sample)
        library.check(
            library.gradient_run(
                self._handle,
                sample.data_ptr(),
                self._sample_count,
                self._put(timestep),
                cotangent.data_ptr(),
                self._output_count,
                output.data_ptr(),
                self._output_count,
                gradient.data_ptr(),
                self._sample_count,
            )
        )
        return gradient


class Sessions:
    """The sessions of one model. Threads that call with the same shape have a session each.

    Sessions that nobody uses are kept, at most ``limit`` of all shapes together; the one that was used longest ago goes
    first.
    """

    def __init__(self, model: Model, is_policy: bool, limit: int) -> None:
        self.model = model
        self._is_policy = is_policy
        self._limit = limit
        self._lock = threading.Lock()
        self._idle: list[tuple[Key, Any]] = []

    def take(self, key: Key) -> Any:
        """An idle session that is the caller's until :meth:`give`; None: there is none."""
        with self._lock:
            idle = self._idle
            for i in range(len(idle) - 1, -1, -1):
                if idle[i][0] == key:
                    return idle.pop(i)[1]
        return None

    def make(self, key: Key) -> Any:
        """Makes a session that is the caller's until :meth:`give`. Allocates, and may block."""
        sample, timesteps, is_gradient = key
        if len(sample) != 3:
            raise ShapeError(f"sample: found shape {tuple(sample)}, expected three dimensions")
        shape = Shape(sample[0], sample[1 if self._is_policy else 2], timesteps)
        runner = (GradientRunner if is_gradient else Runner)(self.model, shape)
        if runner.prepared.plan.sample_shape != tuple(sample):
            raise ShapeError(f"sample: found shape {tuple(sample)}, expected {runner.prepared.plan.sample_shape}")
        return runner

    def give(self, key: Key, runner: Any) -> None:
        """Takes a session back."""
        dropped = None
        with self._lock:
            self._idle.append((key, runner))
            if len(self._idle) > self._limit:
                dropped = self._idle.pop(0)
        del dropped  # Memory is given back without the lock.

    def __len__(self) -> int:
        return len(self._idle)
