"""Schedulers: denoising methods, read as diffusers saves them."""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Union

from ._errors import SchedulerError
from ._handles import Handle

if TYPE_CHECKING:
    from ._model import Model


class Scheduler:
    """A denoising method with its options. Immutable; samplers in any threads share it.

    >>> unet1d.Scheduler("harmonai/maestro-150k")
    >>> unet1d.Scheduler("folder", "DDIMScheduler")
    >>> unet1d.Scheduler(name="DPMSolverMultistepScheduler")

    :param what: a ``scheduler_config.json``, or whatever :func:`load` takes, with one beside it; None: the defaults of
        the class.
    :param name: one of diffusers' classes to read the file as; None: the one that the file names.
    :raises SchedulerError: for a class, a field or a file that is not understood, with the classes that are.
    """

    def __init__(self, what: str | os.PathLike[str] | None = None, name: str | None = None) -> None:
        self._text = ", ".join(repr(part) for part in (None if what is None else os.fspath(what), name) if part)
        self._handle = Handle(
            "scheduler_free",
            "scheduler_open",
            None if what is None else os.fsencode(what),
            None if name is None else name.encode(),
        )

    def close(self) -> None:
        """Gives it back. Samplers go on."""
        self._handle.close()

    def __repr__(self) -> str:
        return f"<unet1d.Scheduler {self._text}>"


#: A :class:`Scheduler`, one of diffusers' classes by name, a path; None: that of the model's own folder.
SchedulerLike = Union[Scheduler, str, "os.PathLike[str]", None]


def scheduler_of(model: Model, scheduler: SchedulerLike) -> Scheduler:
    """The scheduler that is meant for a model."""
    if isinstance(scheduler, Scheduler):
        return scheduler
    is_name = isinstance(scheduler, str) and re.fullmatch(r"\w+Scheduler", scheduler) is not None
    if scheduler is not None and not is_name:
        return Scheduler(scheduler)
    name = str(scheduler) if is_name else None
    if model._source is None:
        if name is None:
            raise SchedulerError(
                "scheduler: found none, as the model is of tensors in memory; "
                'give a class such as "DDIMScheduler", a scheduler_config.json, or a unet1d.Scheduler'
            )
        return Scheduler(name=name)
    folder, options = model._source
    if options["revision"] is not None:
        raise SchedulerError(
            f"scheduler: found the revision {options['revision']!r} of a model, expected a scheduler of that revision: "
            "give the path of its scheduler_config.json"
        )
    subfolder = options["subfolder"]
    if subfolder and os.path.isdir(os.path.join(folder, subfolder)):
        folder = os.path.join(folder, subfolder)
    return Scheduler(folder, name)
