"""Planning of actions: a denoising loop of plans that a value function guides."""

from __future__ import annotations

import ctypes
import os
import threading
from typing import Any, NamedTuple

import numpy as np

from . import _library as c
from ._arrays import FLOAT32, FloatArray, floats, writable
from ._errors import ShapeError
from ._handles import Handle
from ._library import library
from ._model import Model, load
from ._noise import Noise
from ._numbers import whole
from ._scheduler import SchedulerLike, scheduler_of
from ._session import _memory, _Use
from ._shapes import ShapeLike, parsed


class Plans(NamedTuple):
    """Plans for an observation, the best first. A notebook shows the best one's curves."""

    plans: FloatArray
    """(batch, channels, length), in the scaled numbers that the models read; the first channels are actions."""
    values: FloatArray
    """(batch,): what the value function says of each before the last step."""

    def _repr_html_(self) -> str:
        from ._plots import traces

        best = self.plans[0]
        names = [f"channel {channel + 1}" for channel in range(len(best))]
        below = f"the best of {len(self.plans)} plans, value {self.values[0]:.4g}"
        return f"<div>{traces(list(best), names, below)}</div>"


class GuidedPlanner:
    """What diffusers' ``ValueGuidedRLPipeline`` does: an action for an observation. By one thread at a time.

    >>> plans = unet1d.load("bglick13/hopper-medium-v2-value-function-hor32", subfolder="unet")
    >>> values = unet1d.load("bglick13/hopper-medium-v2-value-function-hor32", subfolder="value_function")
    >>> planner = unet1d.GuidedPlanner(plans, values, (64, 32), steps=20, actions=3)
    >>> action = planner(observation)

    Making it allocates and touches all memory; planning allocates nothing but its result. It gives the same bits for
    any number of workers. Ctrl-C waits until a plan is ready.

    :param planner: the model of plans, or what :func:`load` takes.
    :param value_function: the model of their values, likewise. It computes with the planner's workers.
    :param shape: ``(batch, length)``, or the shape of the plans: how many are made, of which the best is taken, and how
        far they look.
    :param scheduler: as for :meth:`Model.sampler`; None: that of the planner's folder.
    :param steps: of the denoising loop.
    :param actions: the dimensions of an action, which are the first channels of a plan.
    :param guidance_steps: how often plans are moved before each step.
    :param scale: by how much of the gradient they are moved; 0: not.
    :param scales_by_variance: whether the gradient is multiplied by exp(½ · variance) of a ``DDPMScheduler``'s step, as
        the reference does.
    :param least_guided_timestep: the least timestep at which plans are moved.
    :param noise: the noise with which planning begins, and that of its steps; None: Philox with the seed 0.
    :param observation_mean: the dataset's mean of observations, a number or one for each dimension; None: 0. The
        planner computes (observation - mean) / deviation, and the inverse of the chosen action.
    :param observation_std: their deviation; None: 1.
    :param action_mean: the mean of actions; None: 0.
    :param action_std: their deviation; None: 1.
    """

    def __init__(
        self,
        planner: Model | str | os.PathLike[str],
        value_function: Model | str | os.PathLike[str],
        shape: ShapeLike,
        scheduler: SchedulerLike = None,
        steps: int = 20,
        *,
        actions: int,
        guidance_steps: int = 2,
        scale: float = 0.1,
        scales_by_variance: bool = True,
        least_guided_timestep: float = 2.0,
        noise: Noise | None = None,
        observation_mean: Any = None,
        observation_std: Any = None,
        action_mean: Any = None,
        action_std: Any = None,
    ) -> None:
        self._models = tuple(model if isinstance(model, Model) else load(model) for model in (planner, value_function))
        model, value = self._models
        guidance_steps = whole(guidance_steps, "guidance_steps", 1)
        steps, actions = whole(steps, "steps", 1), whole(actions, "actions", 1)
        asked, _ = parsed(shape, model._is_policy)
        observations = int(model.config.get("in_channels") or 0) - actions
        means = [_statistics(observation_mean, "observation_mean", observations)]
        means += [_statistics(observation_std, "observation_std", observations)]
        means += [_statistics(action_mean, "action_mean", actions), _statistics(action_std, "action_std", actions)]
        options = c.PlannerOptions(
            guidance_steps=guidance_steps,
            scale=scale,
            flags=(0 if scales_by_variance else c.PLANNER_WITHOUT_VARIANCE) | (0 if scale else c.PLANNER_SCALE_ZERO),
            # 0 stands for the default, and -1 for all.
            least_guided_timestep=least_guided_timestep if least_guided_timestep > 0 else -1,
            session=ctypes.pointer(model._options),
        )
        if noise is not None:
            options.noise = ctypes.pointer(noise._struct)
        options.observation_means, options.observation_deviations = (_memory(array)[0] for array in means[:2])
        options.action_means, options.action_deviations = (_memory(array)[0] for array in means[2:])
        self._lock = threading.Lock()
        self._handle = Handle(
            "planner_free",
            "planner_create",
            model._value,
            value._value,
            model._pool.value,
            ctypes.byref(c.Shape(*asked)),
            scheduler_of(model, scheduler)._handle.value,
            steps,
            actions,
            ctypes.byref(options),
        )
        info = c.PlansInfo()
        library.check(library.planner_info(self._handle.value, ctypes.byref(info)))
        #: (batch, channels, length) of the plans.
        self.sample_shape: tuple[int, ...] = tuple(info.sample_shape)
        #: Numbers of an observation.
        self.observations = int(info.observation_count)
        #: Numbers of an action.
        self.actions = int(info.action_count)
        #: Steps of a loop.
        self.steps = int(info.step_count)
        #: The most draws of noise in a plan, but for the noise with which it begins.
        self.draws = int(info.draws)

    def __call__(self, observation: Any, noise: Any = None, out: Any = None) -> FloatArray:
        """The first action of the best plan, scaled back.

        :param observation: (observations,), as the environment gives it.
        :param noise: standard normal numbers of :attr:`sample_shape` with which planning begins; None: they are drawn.
        :param out: where the action is written: writable float32 in C order.
        :returns: ``out``, or a new array (actions,).
        :raises BusyError: while another thread uses the planner.
        """
        shape = (self.actions,)
        result, action = (out, writable(out, "out", shape)) if out is not None else (None, np.empty(shape, FLOAT32))
        self._run(observation, noise, action, None, None)
        return action if result is None else result

    def plans(self, observation: Any, noise: Any = None) -> Plans:
        """All plans with their values, the best first; see :meth:`__call__`."""
        plans, values = np.empty(self.sample_shape, FLOAT32), np.empty(self.sample_shape[0], FLOAT32)
        self._run(observation, noise, None, plans, values)
        return Plans(plans, values)

    def _run(
        self,
        observation: Any,
        noise: Any,
        action: FloatArray | None,
        plans: FloatArray | None,
        values: FloatArray | None,
    ) -> None:
        seen = floats(observation, "observation")
        if seen.shape != (self.observations,):
            raise ShapeError(f"observation: found shape {seen.shape}, expected ({self.observations},)")
        start = None if noise is None else floats(noise, "noise")
        if start is not None and start.shape != self.sample_shape:
            raise ShapeError(f"noise: found shape {start.shape}, expected {self.sample_shape}")
        arrays = [end for array in (seen, start, action, plans, values) for end in _memory(array)]
        with _Use(self._lock, "planner"):
            library.check(library.planner_run(self._handle.value, *arrays))

    def restart(self, noise: Noise | None = None) -> None:
        """Starts the draws of the plans to come anew; None: Philox with the seed 0. Allocates."""
        with _Use(self._lock, "planner"):
            library.check(
                library.planner_restart(self._handle.value, None if noise is None else ctypes.byref(noise._struct))
            )

    def close(self) -> None:
        """Gives the planner's memory back."""
        with _Use(self._lock, "planner"):
            self._handle.close()

    def __enter__(self) -> GuidedPlanner:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<unet1d.GuidedPlanner of {self.sample_shape}, {self.steps} steps, {self.actions} actions>"


def _statistics(what: Any, name: str, count: int) -> FloatArray | None:
    """Means or deviations, one for each dimension."""
    if what is None:
        return None
    array = floats(what, name)
    if array.shape not in ((), (1,), (count,)):
        raise ShapeError(f"{name}: found shape {array.shape}, expected a number, or ({count},)")
    return np.ascontiguousarray(np.broadcast_to(array, (count,)))
