"""The callable class for ``map_batches``: a model, its cores, and rows that end with a result or an error."""

from __future__ import annotations

import logging
import os
import sys
import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from .._arrays import FloatArray
from .._errors import ArgumentError, WorkerError
from .._model import load
from .buckets import batches, filled
from .forwards import Forwards
from .generation import Generation
from .metrics import Metrics
from .noise import checked_seed
from .placement import Lease, lease, usable_cores
from .rows import Columns, check_columns

_LOG = logging.getLogger("unet1d.ray")
_MODES = ("forward", "generate")


class Denoiser:
    """Computes batches of rows on cores of its own.

    >>> ds.map_batches(
    ...     unet1d.ray.Denoiser,
    ...     fn_constructor_kwargs={"model": "/models/ecg-512", "mode": "generate", "steps": 50},
    ...     compute=ray.data.ActorPoolStrategy(size=4),
    ...     num_cpus=8,
    ...     batch_size=64,
    ... )

    ``mode="forward"`` reads ``sample``, (channels, length), and ``timestep``, a number; a robot policy's network reads
    (length, channels) and ``global_cond`` (width,). It adds ``output``.

    ``mode="generate"`` reads ``id``, and where they are there ``length`` or ``seconds``, ``steps`` and ``seed``. It
    adds ``sample``, (channels, length). Row N has the noise of batch element N of ``unet1d-bench generate``.

    Both add ``error``: what was wrong with a row, whose tensor is empty then, or nothing. A column that is missing, or
    a model that cannot be loaded, fails the job.

    A row's bits depend on its input, its identifier, the parameters and the instruction set alone, not on actor, split
    or retry. On machines of several kinds give ``isa``. The actors of a machine share packed weights.

    :param model: what :func:`unet1d.load` takes, found on every machine.
    :param batch: rows of one forward or loop, which is filled up where fewer are left. Decides the last bits.
    :param threads: workers; None: the physical cores among the actor's CPUs.
    :param pin: bind every thread of this process, for good, to cores that no other actor of the machine has; True: or
        fail; None: in an actor alone, and where so many are free. ``lease.release()`` gives the cores back, as does the
        end of this object.
    :param cpus: CPUs to lease; None: the actor's ``num_cpus``, or outside of Ray ``threads``.
    :param id_column: the column of the rows' identifiers: whole numbers, texts or bytes, unique among all rows.
    :param steps: steps of a loop, for rows without ``steps``.
    :param scheduler: a class of diffusers, or a file; None: the model folder's own.
    :param seed: of the noise, for rows without ``seed``.
    :param length: positions, for rows with neither ``length`` nor ``seconds``; None: the model's ``sample_size``.
    :param seconds: seconds instead of positions.
    :param clamp: cut generated samples to -1 … 1.
    :param share_weights: as for :func:`unet1d.load`; None: True on machines with ``/dev/shm``.
    :param timestep_scale: None: the command's rule, 0.001 for a ``scheduler`` that counts up to 1000 where the model's
        time is 0 to 1, else 1.
    :param options: further parameters of :func:`unet1d.load`, such as ``accuracy``, ``precision``, ``isa``, ``numa``.
    """

    def __init__(
        self,
        model: str,
        *,
        mode: str = "forward",
        batch: int = 1,
        threads: int | None = None,
        pin: bool | None = None,
        cpus: int | None = None,
        id_column: str = "id",
        steps: int = 100,
        scheduler: str | None = None,
        seed: int = 0,
        length: int | None = None,
        seconds: float | None = None,
        clamp: bool = True,
        timestep_scale: float | None = None,
        share_weights: bool | str | None = None,
        **options: Any,
    ) -> None:
        if mode not in _MODES:
            raise ArgumentError(f"mode: found {mode!r}, expected one of {', '.join(map(repr, _MODES))}")
        if batch < 1:
            raise ArgumentError(f"batch: found {batch}, expected 1 or more")
        seed = checked_seed(seed)
        own = cpus if cpus is not None else assigned_cpus()
        if own is None:
            own = threads
        is_bound = _context() is not None if pin is None else pin
        #: The cores that this process is bound to; None: none of its own.
        self.lease = leased(own, pin is True) if is_bound else None
        if self.lease is not None:
            self.lease.bind()
        if threads is None:
            threads = threads_of(self.lease, own)
        self._model = load(model, threads=threads, share_weights=shared(share_weights), **options)
        self._notes = len(self._model.notes)
        self._mode = mode
        self._batch = batch
        self._generation = {
            "id_column": id_column,
            "steps": steps,
            "scheduler": scheduler,
            "seed": seed,
            "length": length,
            "seconds": seconds,
            "clamp": clamp,
            "timestep_scale": timestep_scale,
        }
        self._works = threading.local()
        self._metrics = Metrics(mode)
        self._work()

    def __call__(self, columns: Columns) -> dict[str, Any]:
        """Computes rows. May run in several threads at once.

        :param columns: arrays by their columns' names, all of one length.
        :returns: the columns, and those that the mode adds.
        :raises ArgumentError: for a column that is missing.
        """
        work = self._work()
        count = check_columns(columns, work.needed)
        results: list[FloatArray | None] = [None] * count
        errors: list[str | None] = [None] * count
        rows = [row for place in range(count) if (row := _read(work, columns, place, errors)) is not None]
        for _, members in batches(rows, work.key, self._batch):
            start = time.perf_counter()
            try:
                outputs = work.compute(filled(members, self._batch))
            except Exception as error:
                for row in members:
                    errors[row.place] = _text(error)
                continue
            self._metrics.ran(len(members), time.perf_counter() - start)
            for row, output in zip(members, outputs):
                results[row.place] = output
        self._metrics.failed(sum(error is not None for error in errors))
        self._log_notes()
        return {**columns, work.output: _column(results), "error": _texts(errors)}

    def _log_notes(self) -> None:
        """Writes to the log why weights are not shared, once."""
        notes = self._model.notes
        for note in notes[self._notes :]:
            _LOG.warning("%s", note)
        self._notes = len(notes)

    def _work(self) -> Any:
        """This thread's session or samplers."""
        work: Forwards | Generation | None = getattr(self._works, "work", None)
        if work is None:
            if self._mode == "forward":
                work = Forwards(self._model, self._batch)
            else:
                work = Generation(self._model, self._batch, **self._generation)  # type: ignore[arg-type]
            self._works.work = work
        return work


def _context() -> Any:
    """What Ray says about this actor; None outside of one."""
    ray = sys.modules.get("ray")
    if ray is None or not ray.is_initialized():
        return None
    context = ray.get_runtime_context()
    return None if context.get_actor_id() is None else context


def assigned_cpus() -> int | None:
    """The whole CPUs that Ray gave this actor; None outside of one, and for a part of a CPU."""
    context = _context()
    return None if context is None else int(context.get_assigned_resources().get("CPU", 0)) or None


def shared(asked: bool | str | None) -> bool | str:
    """Where packed weights are shared, if somebody says so, or says nothing."""
    return os.access("/dev/shm", os.W_OK | os.X_OK) if asked is None else asked


def leased(cpus: int | None, is_needed: bool) -> Lease | None:
    """Leases cores; None where too few are free, unless they are needed."""
    if cpus is None:
        if is_needed:
            raise ArgumentError("pin: found no number of CPUs, expected num_cpus of 1 or more, cpus or threads")
        return None
    try:
        return lease(cpus)
    except WorkerError as error:
        if is_needed:
            raise
        _LOG.warning("unbound: %s", error)
        return None


def _read(work: Any, columns: Columns, place: int, errors: list[str | None]) -> Any:
    """A row, or None with its error among the others."""
    try:
        return work.read(columns, place)
    except Exception as error:
        errors[place] = _text(error)
        return None


def threads_of(cores: Lease | None, cpus: int | None) -> int | None:
    """Workers for leased cores, or for CPUs that could not be leased."""
    if cores is not None:
        return len(cores.cores)
    return None if cpus is None else min(cpus, len(usable_cores()))


def _text(error: Exception) -> str:
    return str(error) or type(error).__name__


def _column(results: Sequence[FloatArray | None]) -> npt.NDArray[Any]:
    """Tensors as a column: one array where shapes are equal, else one of arrays; empty ones for rows that failed."""
    done = [result for result in results if result is not None]
    if len(done) == len(results) and len({result.shape for result in done}) == 1:
        return np.stack(done)
    empty = np.empty((0,) * (done[0].ndim if done else 2), np.float32)
    column = np.empty(len(results), object)
    for index, result in enumerate(results):
        column[index] = empty if result is None else np.ascontiguousarray(result)
    return column


def _texts(texts: Sequence[str | None]) -> Any:
    """Texts as a column. Arrow's has its type also where all are missing, so that files of a job have one schema."""
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is not None:
        return pyarrow.array(texts, pyarrow.string())
    column = np.empty(len(texts), object)
    column[:] = texts
    return column
