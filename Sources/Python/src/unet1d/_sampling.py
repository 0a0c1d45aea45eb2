"""Denoising loops: a sampler is made once, and then runs loops without an allocation in a step."""

from __future__ import annotations

import ctypes
import threading
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from . import _library as c
from ._arrays import FLOAT32, FloatArray, address, floats, writable
from ._errors import ArgumentError, ShapeError
from ._handles import Handle
from ._library import library
from ._noise import Noise
from ._numbers import whole
from ._scheduler import SchedulerLike, scheduler_of
from ._session import _memory, _Use
from ._shapes import ShapeLike, parsed
from ._watching import SEND, Callback, Watcher

if TYPE_CHECKING:
    from ._model import Model


class Sampler:
    """Whole denoising loops of one shape, by one thread at a time.

    >>> sampler = model.sampler((1, 512), steps=50, noise=unet1d.Noise.philox(7))
    >>> signal = sampler()

    Made by :meth:`Model.sampler`. Equal noise gives equal bits for any number of workers.
    """

    def __init__(
        self,
        model: Model,
        shape: ShapeLike,
        scheduler: SchedulerLike,
        steps: int,
        noise: Noise | None,
        timestep_scale: float,
        whole_forward_every: int,
        short_levels: int,
    ) -> None:
        asked, sample = parsed(shape, model._is_policy)
        method = scheduler_of(model, scheduler)
        options = c.SamplerOptions(
            timestep_scale=timestep_scale,
            session=ctypes.pointer(model._options),
            short_levels=whole(short_levels, "short_levels", 0),
            whole_forward_every=whole(whole_forward_every, "whole_forward_every", 1),
        )
        if noise is not None:
            options.noise = ctypes.pointer(noise._struct)
        self._model = model
        self._lock = threading.Lock()
        self._handle = Handle(
            "sampler_free",
            "sampler_create",
            model._value,
            model._pool.value,
            ctypes.byref(c.Shape(*asked)),
            method._handle.value,
            whole(steps, "steps", 1),
            ctypes.byref(options),
        )
        info = self._info()
        self._shape = tuple(info.sample_shape)
        self._count = int(info.sample_count)
        #: Steps of a loop from noise; a scheduler may make more of them, or fewer, than were asked for.
        self.steps = int(info.step_count)
        if sample is not None and sample != self._shape:
            self.close()
            raise ShapeError(f"shape: found a sample of {sample}, expected {self._shape}")

    @property
    def sample_shape(self) -> tuple[int, ...]:
        """(batch, channels, length), or (batch, length, channels) of a robot policy."""
        return self._shape

    @property
    def draws(self) -> int:
        """The most draws of noise in a loop, but for the noise with which it begins."""
        with _Use(self._lock, "sampler"):
            return int(self._info().draws)

    @property
    def timesteps(self) -> npt.NDArray[np.float64]:
        """The scheduler's timesteps of all steps, in order: float64 (steps,)."""
        timesteps = np.empty(self.steps)
        where = ctypes.cast(address(timesteps), ctypes.POINTER(ctypes.c_double))
        with _Use(self._lock, "sampler"):
            library.check(library.sampler_timesteps(self._handle.value, where, self.steps))
        return timesteps

    def __call__(
        self,
        noise: Any = None,
        sample: Any = None,
        strength: float | None = None,
        callback: Callback | None = None,
        out: Any = None,
    ) -> FloatArray:
        """Runs a loop.

        >>> varied = sampler(sample=signal, strength=0.5)
        >>> sampler(callback=lambda step: print(step.index, step.estimate.std()))

        Ctrl-C ends the loop after the step that runs.

        :param noise: standard normal numbers of the sample's shape with which the loop begins; None: they are drawn,
            which goes on from loop to loop. :meth:`restart` begins anew.
        :param sample: a sample to be changed; None: the loop begins with noise alone.
        :param strength: the share of the steps that run on ``sample``, 0 to 1: 0 changes nothing.
        :param callback: is given a :class:`Step` after each step, in this thread; ``False`` ends the loop before the
            next forward. What it raises ends the loop and is raised here.
        :param out: where the sample is written: writable float32 in C order; it may be ``noise`` or ``sample``.
        :returns: ``out``, or a new array. Of a loop that was ended: the sample after its last step.
        :raises BusyError: while another thread uses the sampler.
        """
        if isinstance(noise, Noise):
            raise ArgumentError(
                "noise: found a source, expected numbers of the sample's shape; give a source to restart()"
            )
        if (sample is None) != (strength is None):
            raise ArgumentError(
                "strength: found a sample without one, expected 0 to 1"
                if strength is None
                else "sample: found none, expected one to be changed by strength"
            )
        first = None if noise is None else self._whole(noise, "noise")
        second = None if sample is None else self._whole(sample, "sample")
        if out is None:
            result = target = np.empty(self._shape, FLOAT32)
        else:
            result, target = out, writable(out, "out", self._shape)
        watcher = Watcher(callback, self._shape, self.steps, (self._handle, target))
        (noise_at, noise_count), (sample_at, sample_count) = _memory(first), _memory(second)
        options = c.LoopOptions(
            noise=noise_at,
            noise_count=noise_count,
            sample=sample_at,
            sample_count=sample_count,
            strength=strength or 0,
            observe=SEND,
            observe_context=watcher.context,
        )
        with _Use(self._lock, "sampler"), watcher:
            library.check(library.sampler_run(self._handle.value, ctypes.byref(options), address(target), self._count))
        return result

    def hold(
        self,
        values: Any,
        positions: Any = None,
        channels: Any = None,
        level: str = "exact",
        repetitions: int = 1,
        jump: int = 1,
    ) -> None:
        """Keeps values in every loop from now on, at some positions of some channels of every element. Allocates.

        >>> sampler.hold(signal, positions=[(0, 208), (304, 512)], level="noised")
        >>> sampler.hold(None)

        :param values: a whole sample, which is copied; only what is held is read. None: nothing is held any more.
        :param positions: ``(begin, end)``, a ``range`` or a ``slice``, or a list of them; None: all.
        :param channels: ``(begin, end)``, a ``range`` or a ``slice``; None: all.
        :param level: ``"exact"``, as planners hold the states that are known, or ``"noised"``, as inpainting does.
        :param repetitions: how often each stretch of ``jump`` steps runs, so that what is made fits what is held
            (RePaint).
        """
        with _Use(self._lock, "sampler"):
            if values is None:
                library.check(library.sampler_hold(self._handle.value, None))
                return
            if level not in _LEVELS:
                raise ArgumentError(f"level: found {level!r}, expected one of {', '.join(map(repr, _LEVELS))}")
            array = self._whole(values, "values")
            parts = ranges(positions, "positions", self._shape[2])
            held = c.Held(
                level=_LEVELS[level],
                values=address(array),
                value_count=array.size,
                positions=(c.Range * len(parts))(*parts),
                position_count=len(parts),
                channels=ranges(channels, "channels", self._shape[1])[0],
                repetitions=whole(repetitions, "repetitions", 1),
                jump=whole(jump, "jump", 1),
            )
            library.check(library.sampler_hold(self._handle.value, ctypes.byref(held)))

    def restart(self, noise: Noise | None = None) -> None:
        """Starts the draws of the loops to come anew; None: Philox with the seed 0. Allocates."""
        with _Use(self._lock, "sampler"):
            library.check(
                library.sampler_restart(self._handle.value, None if noise is None else ctypes.byref(noise._struct))
            )

    def set_condition(self, global_cond: Any, local_cond: Any = None) -> None:
        """Sets the observation that a robot policy's loops read, as :meth:`Session.set_condition` does."""
        first = None if global_cond is None else floats(global_cond, "global_cond")
        second = None if local_cond is None else floats(local_cond, "local_cond")
        with _Use(self._lock, "sampler"):
            library.check(library.sampler_set_condition(self._handle.value, *_memory(first), *_memory(second)))

    def close(self) -> None:
        """Gives the sampler's memory back."""
        with _Use(self._lock, "sampler"):
            # Views of steps, which a callback has kept, hold the memory until they go.
            self._handle = Handle.closed()

    def __enter__(self) -> Sampler:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<unet1d.Sampler for {self._shape}, {self.steps} steps>"

    def _info(self) -> c.LoopInfo:
        info = c.LoopInfo()
        library.check(library.sampler_info(self._handle.value, ctypes.byref(info)))
        return info

    def _whole(self, what: Any, name: str) -> FloatArray:
        """A sample of the caller, whose shape must be the sampler's."""
        array = floats(what, name)
        if array.shape != self._shape:
            raise ShapeError(f"{name}: found shape {array.shape}, expected the sampler's {self._shape}")
        return array


_LEVELS = {"exact": c.HELD_EXACT, "noised": c.HELD_NOISED}


def ranges(what: Any, name: str, length: int) -> list[c.Range]:
    """Parts of a sequence: begin, inclusive, to end, exclusive."""
    if what is None:
        what = (0, length)
    is_one = isinstance(what, (range, slice)) or (len(what) == 2 and all(hasattr(end, "__index__") for end in what))
    parts: Iterable[Any] = [what] if is_one else what
    found = []
    for part in parts:
        if isinstance(part, slice):
            begin, end, stride = part.indices(length)
        elif isinstance(part, range):
            begin, end, stride = part.start, part.stop, part.step
        else:
            (begin, end), stride = part, 1
        if stride != 1:
            raise ArgumentError(f"{name}: found a stride of {stride}, expected 1")
        found.append(c.Range(begin, end))
    if not found:
        raise ArgumentError(f"{name}: found none, expected at least one (begin, end)")
    return found
