"""How a loop in C calls Python after each step, and how an exception there ends it."""

from __future__ import annotations

import ctypes
import types
from collections.abc import Callable, Generator
from typing import Any, Optional

import numpy as np

from . import _library as c
from ._arrays import FLOAT32, FloatArray


class Step:
    """What a loop has come to after a step: an argument of a callback, valid until that returns."""

    __slots__ = ("_estimate", "_owner", "_sample", "_shape", "count", "index", "timestep")

    index: int
    """The step's place in the schedule, from 0."""
    count: int
    """The steps of a loop from noise."""
    timestep: float
    """The scheduler's timestep."""

    def __init__(self, step: c.Step, shape: tuple[int, ...], count: int, owner: Any) -> None:
        self.index, self.timestep, self.count = step.index, step.timestep, count
        self._sample, self._estimate, self._shape, self._owner = step.sample, step.estimate, shape, owner

    @property
    def sample(self) -> FloatArray:
        """The sample after the step, read-only, without a copy: call ``copy()`` on what is to be kept."""
        return self._view(self._sample)

    @property
    def estimate(self) -> FloatArray:
        """The estimate of the clean sample, as :attr:`sample`."""
        return self._view(self._estimate)

    def _view(self, where: int) -> FloatArray:
        size = int(np.prod(self._shape))
        memory = (ctypes.c_float * size).from_address(where)
        memory._owner = self._owner  # type: ignore[attr-defined]  # A view that is kept reads what is stale.
        view: FloatArray = np.frombuffer(memory, FLOAT32).reshape(self._shape)  # type: ignore[call-overload]
        view.flags.writeable = False
        return view

    def __repr__(self) -> str:
        return f"<unet1d.Step {self.index + 1} of {self.count}, timestep {self.timestep:g}>"


#: Sees each step; ``False`` ends the loop before the next forward.
Callback = Callable[[Step], Optional[bool]]

#: What C calls is ``generator.send``, which is no Python function: Python runs handlers of signals where a function
#: begins, and what they raise there, such as KeyboardInterrupt, nobody could catch. In a generator they run inside its
#: ``try``.
_send = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.py_object, ctypes.POINTER(c.Step))(types.GeneratorType.send)
SEND = ctypes.cast(_send, c.Observer)


class Watcher:
    """Sees the steps of one loop on behalf of a callback, and keeps what that raised."""

    def __init__(self, callback: Callback | None, shape: tuple[int, ...], count: int, owner: Any) -> None:
        self._callback = callback
        self._shape = shape
        self._count = count
        self._owner = owner
        self._error: BaseException | None = None
        self._generator = self._steps()
        next(self._generator)
        #: The context that C hands to ``SEND``.
        self.context = id(self._generator)

    def _steps(self) -> Generator[int, Any, None]:
        ends = 0
        while True:
            try:
                while True:
                    step = yield ends
                    if self._callback is not None:
                        seen = self._callback(Step(step.contents, self._shape, self._count, self._owner))
                        ends = 1 if seen is False or (isinstance(seen, np.bool_) and not seen) else 0
            except GeneratorExit:  # noqa: PERF203
                raise
            except BaseException as error:
                self._error, ends = error, 1

    def __enter__(self) -> None:
        pass

    def __exit__(self, *_: object) -> None:
        """Raises what the callback, or a signal's handler, raised."""
        self._generator.close()
        error, self._error = self._error, None
        if error is not None:
            raise error
