"""Exceptions, by kind, with the library's own texts."""

from __future__ import annotations


class Error(Exception):
    """What failed: which file or argument, what was found, what was expected, and the way out."""


class ArgumentError(Error, ValueError):
    """An argument that is not what the call takes."""


class HandleError(Error, ValueError):
    """A model, pool or session that was closed."""


class CheckpointError(Error, ValueError):
    """A file, a folder, a field or a tensor of a model."""


class ShapeError(Error, ValueError):
    """A shape that the reference would raise for, or that a session is not prepared for."""


class TimestepError(Error, ValueError):
    """A timestep that stands for no number."""


class InstructionSetError(Error, ValueError):
    """An instruction set that this machine lacks."""


class OutOfMemoryError(Error, MemoryError):
    """Memory that could not be had."""


class WorkerError(Error, RuntimeError):
    """Workers that could not be started."""


class BusyError(Error, RuntimeError):
    """A session that another thread uses now."""


class SchedulerError(Error, ValueError):
    """A scheduler's file, class or field, or steps that it cannot take."""


#: By the number of ``unet1d_status``.
KINDS: dict[int, type[Error]] = {
    1: ArgumentError,
    2: HandleError,
    3: ArgumentError,
    4: CheckpointError,
    5: ShapeError,
    6: TimestepError,
    7: InstructionSetError,
    8: OutOfMemoryError,
    9: WorkerError,
    10: BusyError,
    11: SchedulerError,
}


def error_of(status: int, text: str) -> Error:
    """The exception of a status."""
    return KINDS.get(status, Error)(text)
