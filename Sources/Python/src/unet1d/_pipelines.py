"""Audio, or any other signal, from a model of Dance Diffusion's kind."""

from __future__ import annotations

import os
import secrets
import threading
from typing import Any

import numpy as np

from ._arrays import FloatArray, floats
from ._errors import ArgumentError, ShapeError
from ._lengths import lengths, running_length, sample_rate, scaled
from ._model import Model, load
from ._noise import Noise
from ._progress import Progress
from ._sampling import Sampler, ranges
from ._scheduler import Scheduler, SchedulerLike, scheduler_of
from ._session import _Use
from ._signals import Signal, signal_of
from ._watching import Callback


class DanceDiffusion:
    """What diffusers' ``DanceDiffusionPipeline`` does, and what its users do with it. By one thread at a time.

    >>> pipe = unet1d.DanceDiffusion("harmonai/maestro-150k")
    >>> audio = pipe(seconds=4, steps=100, seed=1)
    >>> audio.save("clip.wav")

    Opens a pipeline's folder, or a repository in the local cache of the Hugging Face hub. Reads no weights yet.

    :param what: a path or a name that :func:`load` takes, or a :class:`Model`.
    :param scheduler: as for :meth:`Model.sampler`; None: the folder's own.
    :param threads: as all that follow, as for :func:`load`; of no use with a :class:`Model`.
    :raises CheckpointError: for a model that cannot be opened or would not run.
    :raises SchedulerError: for a scheduler that cannot be read.
    """

    def __init__(
        self,
        what: str | os.PathLike[str] | Model,
        *,
        scheduler: SchedulerLike = None,
        threads: int | None = None,
        accuracy: str = "fast",
        precision: str = "f32",
        isa: str | None = None,
        numa: str = "auto",
        variant: str | None = None,
        revision: str | None = None,
        subfolder: str | None = None,
    ) -> None:
        #: The model.
        self.model: Model = (
            what
            if isinstance(what, Model)
            else load(
                what,
                threads=threads,
                accuracy=accuracy,
                precision=precision,
                isa=isa,
                numa=numa,
                variant=variant,
                revision=revision,
                subfolder=subfolder,
            )
        )
        if self.model._is_policy:
            raise ArgumentError("model: found a robot policy, which reads an observation, expected a UNet1DModel")
        #: The scheduler.
        self.scheduler: Scheduler = scheduler_of(self.model, scheduler)
        self._is_foreign = scheduler is not None
        self._lock = threading.Lock()
        self._kept: tuple[Any, Sampler] | None = None

    @property
    def sample_rate(self) -> int:
        """Samples a second, from the model's configuration; 1 where that says nothing."""
        return sample_rate(self.model.config)

    def __call__(
        self,
        seconds: float | None = None,
        *,
        length: int | None = None,
        steps: int = 100,
        batch: int | None = None,
        seed: int | None = None,
        noise: Any = None,
        init: Any = None,
        strength: float | None = None,
        keep: Any = None,
        resample: int = 1,
        clamp: bool = True,
        timestep_scale: float | None = None,
        whole_forward_every: int = 1,
        short_levels: int = 0,
        callback: Callback | None = None,
        progress: bool = False,
    ) -> Signal:
        """Generates signals. The first call of a shape and a number of steps makes a sampler, which later ones use.

        >>> varied = pipe(init=audio, strength=0.4)
        >>> filled = pipe(init=audio, keep=[(0, 40000), (60000, 65536)])

        :param seconds: how long; None: ``length`` positions, or as many as ``init`` has, or the model's
            ``sample_size``.
        :param batch: how many signals; None: as many as ``init`` or ``noise`` has, else 1.
        :param seed: that of :meth:`Noise.philox`; None: one from the system, which the result tells.
        :param noise: a :class:`Noise` in place of ``seed``; or the numbers with which the loop begins, (batch,
            channels, :meth:`running_length`).
        :param init: a signal to be changed or kept in parts, (batch, channels, length) or (channels, length).
        :param strength: how much of ``init`` is changed: 0 nothing, 1 everything.
        :param keep: positions of ``init`` that stay as they are: ``(begin, end)``, or a list of them.
        :param resample: how often each step runs, so that what is made fits what is kept.
        :param clamp: whether the result is cut to -1 … 1, as diffusers does.
        :param timestep_scale: as for :meth:`Model.sampler`; None: 0.001 where a scheduler was given that counts the
            timesteps of a training and the model's time is 0 to 1, else 1.
        :param callback: is given a :class:`Step` after each step; ``False`` ends the loop, whose last sample is
            returned.
        :param progress: whether a line of text shows the steps.
        :returns: an :class:`Audio`, or a :class:`Signal` where the sample rate is too low to be heard.
        """
        start = None if noise is None or isinstance(noise, Noise) else floats(noise, "noise")
        signal = self._signal(init, strength, keep)
        if batch is None:
            batch = next((len(array) for array in (signal, start) if array is not None), 1)
        if length is None and seconds is None and signal is not None:
            length = signal.shape[2]
        asked, running = lengths(self.model.config, length, seconds)
        shape = (batch, int(self.model.config["in_channels"]), running)
        kept = None if signal is None or keep is None else _kept(keep, signal.shape[2])
        if signal is not None:
            signal = _padded(signal, shape, asked if strength is not None else None)
        if seed is None and noise is None:
            seed = secrets.randbits(32)
        if seed is not None and isinstance(noise, Noise):
            raise ArgumentError("seed: found a source of noise, too; give one of the two")
        with _Use(self._lock, "pipeline"):
            sampler = self._sampler(shape, steps, timestep_scale, whole_forward_every, short_levels)
            if kept is not None:
                sampler.hold(signal, kept, level="noised", repetitions=resample)
            sampler.restart(noise if isinstance(noise, Noise) else Noise.philox(seed or 0))
            try:
                made = sampler(
                    noise=start,
                    sample=None if strength is None else signal,
                    strength=strength,
                    callback=Progress(callback) if progress else callback,
                )
            finally:
                if kept is not None:
                    sampler.hold(None)
        made = made[:, :, :asked]
        return signal_of(np.clip(made, -1, 1) if clamp else np.ascontiguousarray(made), self.sample_rate, seed)

    def running_length(self, length: int) -> int:
        """The length at which the model runs for a length: the next multiple of what its levels halve.

        What is more is cut off after the loop.

        :raises ShapeError: for less than three positions of the deepest level.
        """
        return running_length(self.model.config, length)

    @staticmethod
    def _signal(init: Any, strength: float | None, keep: Any) -> FloatArray | None:
        """The signal to be changed, (batch, channels, length)."""
        if init is None:
            if strength is not None or keep is not None:
                raise ArgumentError("init: found none, expected the signal that strength changes or keep keeps")
            return None
        if strength is None and keep is None:
            raise ArgumentError("init: found a signal without strength or keep, expected one of them")
        array = floats(init.samples if isinstance(init, Signal) else init, "init")
        if array.ndim not in (2, 3):
            raise ShapeError(
                f"init: found shape {array.shape}, expected (batch, channels, length) or (channels, length)"
            )
        return array if array.ndim == 3 else array[None]

    def _sampler(
        self, shape: tuple[int, int, int], steps: int, scale: float | None, whole_every: int, short_levels: int
    ) -> Sampler:
        """The sampler of the latest call, or a new one where that was of another shape or of other steps."""
        key = (shape, steps, scale, whole_every, short_levels)
        if self._kept is not None and self._kept[0] == key:
            return self._kept[1]
        self._kept = None

        def made(timestep_scale: float) -> Sampler:
            return self.model.sampler(
                shape,
                self.scheduler,
                steps,
                timestep_scale=timestep_scale,
                whole_forward_every=whole_every,
                short_levels=short_levels,
            )

        sampler = scaled(made, scale, self.model.config, is_foreign=self._is_foreign)
        self._kept = key, sampler
        return sampler

    def __repr__(self) -> str:
        return f"<unet1d.DanceDiffusion of {self.model!r} with {self.scheduler!r}>"


def _kept(keep: Any, length: int) -> list[tuple[int, int]]:
    """The positions of a signal that are kept."""
    parts = [(part.begin, part.end) for part in ranges(keep, "keep", length)]
    for begin, end in parts:
        if not 0 <= begin <= end <= length:
            raise ArgumentError(f"keep: found {begin} to {end}, expected a part of the signal's {length} positions")
    return parts


def _padded(signal: FloatArray, shape: tuple[int, int, int], length: int | None) -> FloatArray:
    """A signal of a batch at the running length, with zeros behind it.

    :param length: that which the signal must have; None: up to the shape's.
    """
    batch, channels, running = shape
    fits = signal.shape[2] <= running if length is None else signal.shape[2] == length
    if signal.shape[0] not in (1, batch) or signal.shape[1] != channels or not fits:
        expected = f"up to {running}" if length is None else str(length)
        raise ShapeError(f"init: found shape {signal.shape}, expected ({batch}, {channels}, {expected})")
    padded = np.zeros(shape, np.float32)
    padded[:, :, : signal.shape[2]] = signal
    return padded
