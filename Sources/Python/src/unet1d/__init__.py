"""The fastest and most predictable way to run diffusers' ``UNet1DModel`` on a CPU.

>>> import unet1d
>>> model = unet1d.load("harmonai/maestro-150k")
>>> session = model.session((1, 65536))
>>> output = session(sample, timestep)

What needs PyTorch (:func:`from_diffusers`, :func:`from_lerobot`, :class:`UNet1DModel`) imports it on its first use.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from ._errors import (
    ArgumentError,
    BusyError,
    CheckpointError,
    Error,
    HandleError,
    InstructionSetError,
    OutOfMemoryError,
    SchedulerError,
    ShapeError,
    TimestepError,
    WorkerError,
)
from ._library import library
from ._model import Model, from_tensors, load
from ._session import GradientSession, Session
from ._shapes import Plan, Shape

if TYPE_CHECKING:
    from ._noise import Noise
    from ._pipelines import DanceDiffusion
    from ._planner import GuidedPlanner, Plans
    from ._progress import Progress
    from ._sampling import Sampler
    from ._scheduler import Scheduler
    from ._signals import Audio, Signal
    from ._torch import UNet1DModel, from_diffusers, from_lerobot
    from ._watching import Step

__version__ = library.version

__all__ = [
    "ArgumentError",
    "Audio",
    "BusyError",
    "CheckpointError",
    "DanceDiffusion",
    "Error",
    "GradientSession",
    "GuidedPlanner",
    "HandleError",
    "InstructionSetError",
    "Model",
    "Noise",
    "OutOfMemoryError",
    "Plan",
    "Plans",
    "Progress",
    "Sampler",
    "Scheduler",
    "SchedulerError",
    "Session",
    "Shape",
    "ShapeError",
    "Signal",
    "Step",
    "TimestepError",
    "UNet1DModel",
    "WorkerError",
    "from_diffusers",
    "from_lerobot",
    "from_tensors",
    "load",
]

#: What is imported when it is first used, by its module.
_LATER = {
    "Audio": "_signals",
    "DanceDiffusion": "_pipelines",
    "GuidedPlanner": "_planner",
    "Noise": "_noise",
    "Plans": "_planner",
    "Progress": "_progress",
    "Sampler": "_sampling",
    "Scheduler": "_scheduler",
    "Signal": "_signals",
    "Step": "_watching",
    "UNet1DModel": "_torch",
    "from_diffusers": "_torch",
    "from_lerobot": "_torch",
}


def __getattr__(name: str) -> Any:
    if name == "ray":
        return import_module(".ray", __name__)
    module = _LATER.get(name)
    if module is None:
        raise AttributeError(f"module 'unet1d' has no attribute {name!r}")
    value = getattr(import_module(f".{module}", __name__), name)
    globals()[name] = value
    return value
