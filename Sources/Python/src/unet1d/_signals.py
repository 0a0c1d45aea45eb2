"""What a pipeline gives: signals, with a picture, a player and files."""

from __future__ import annotations

import base64
import io
import os
import wave
from pathlib import Path
from typing import Any

import numpy as np

from ._arrays import FloatArray
from ._errors import ArgumentError

#: The fewest samples a second that browsers play.
_LEAST_AUDIBLE = 3000


class Signal:
    """Signals of a model: numbers, with the samples of a second.

    >>> signal = pipe(seconds=4)
    >>> signal.samples.shape
    >>> signal.save("signal.npy")

    NumPy reads it as its samples. A notebook shows its curves.
    """

    def __init__(self, samples: FloatArray, sample_rate: int, seed: int | None = None) -> None:
        #: float32 (batch, channels, length).
        self.samples = samples
        #: Samples a second, from the model's configuration; 1 where that says nothing.
        self.sample_rate = sample_rate
        #: The argument ``seed``, or the one that was drawn; None where the noise was given.
        self.seed = seed

    @property
    def seconds(self) -> float:
        """How long each signal lasts."""
        return int(self.samples.shape[2]) / self.sample_rate

    def save(self, path: str | os.PathLike[str], bits: int = 16) -> list[Path]:
        """Writes ``.wav`` or ``.npy``. Blocks on the disk.

        :param path: the file. A batch becomes a WAV file for each signal, ``clip-0.wav`` and so on for ``clip.wav``.
        :param bits: of a number in WAV: 16, 24 or 32. What is beyond -1 to 1 is cut.
        :returns: the files that were written.
        :raises ArgumentError: for another kind of file.
        """
        file = Path(path)
        if file.suffix == ".npy":
            np.save(file, self.samples)
            return [file]
        if file.suffix != ".wav":
            raise ArgumentError(f"path: found {str(file)!r}, expected a name that ends in .wav or .npy")
        count = len(self.samples)
        names = [file] if count == 1 else [file.with_name(f"{file.stem}-{i}.wav") for i in range(count)]
        for name, samples in zip(names, self.samples):
            name.write_bytes(wav(samples, self.sample_rate, bits))
        return names

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        if dtype is None or np.dtype(dtype) == self.samples.dtype:
            return self.samples.copy() if copy else self.samples
        if copy is False:
            raise ValueError(f"found {self.samples.dtype}: a copy is needed to convert it to {np.dtype(dtype)}")
        return self.samples.astype(dtype)

    def __len__(self) -> int:
        return len(self.samples)

    def __repr__(self) -> str:
        batch, channels, length = self.samples.shape
        seed = "" if self.seed is None else f", seed {self.seed}"
        return (
            f"<unet1d.{type(self).__name__}: {batch} of {channels} channels, {length} positions, "
            f"{self.seconds:g} s at {self.sample_rate} Hz{seed}>"
        )

    def _repr_html_(self) -> str:
        from ._plots import traces

        batch, channels, _ = self.samples.shape
        rows = list(self.samples.reshape(batch * channels, -1))
        names = [_name(element, channel, batch, channels) for element in range(batch) for channel in range(channels)]
        return f"<div>{self._players()}{traces(rows, names, f'{self.seconds:g} s at {self.sample_rate} Hz')}</div>"

    def _players(self) -> str:
        return ""


class Audio(Signal):
    """Signals that can be heard: those of 3000 samples a second or more. A notebook shows a player for each.

    >>> audio = unet1d.DanceDiffusion("harmonai/maestro-150k")(seconds=4)
    >>> audio.save("clip.wav")
    """

    def _players(self) -> str:
        clips = (base64.b64encode(wav(samples, self.sample_rate, 16)).decode() for samples in self.samples)
        return "".join(f'<audio controls src="data:audio/wav;base64,{clip}"></audio><br/>' for clip in clips)


def signal_of(samples: FloatArray, sample_rate: int, seed: int | None) -> Signal:
    """Audio where it can be heard, else a signal."""
    return (Audio if sample_rate >= _LEAST_AUDIBLE else Signal)(samples, sample_rate, seed)


def wav(samples: FloatArray, sample_rate: int, bits: int = 16) -> bytes:
    """A WAV file of one signal, (channels, length), cut to -1 … 1; integers of 16, 24 or 32 bits."""
    if bits not in (16, 24, 32):
        raise ArgumentError(f"bits: found {bits!r}, expected 16, 24 or 32")
    most = (1 << (bits - 1)) - 1
    scaled = np.rint(np.clip(np.nan_to_num(samples.T.astype(np.float64)), -1, 1) * most).astype("<i4")
    octets = np.ascontiguousarray(scaled).view(np.uint8).reshape(*scaled.shape, 4)[..., : bits // 8]
    memory = io.BytesIO()
    with wave.open(memory, "wb") as file:
        file.setnchannels(samples.shape[0])
        file.setsampwidth(bits // 8)
        file.setframerate(sample_rate)
        file.writeframes(octets.tobytes())
    return memory.getvalue()


def _name(element: int, channel: int, batch: int, channels: int) -> str:
    parts = [f"signal {element + 1}"] if batch > 1 else []
    parts += [f"channel {channel + 1}"] if channels > 1 else []
    return ", ".join(parts) or "signal"
