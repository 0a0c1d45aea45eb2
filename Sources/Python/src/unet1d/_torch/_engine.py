"""What computes for a module: a model of its weights, made anew when they change, and the model's sessions."""

from __future__ import annotations

import secrets
import threading
import weakref
from collections.abc import Mapping
from typing import Any, Callable

import torch

from .._errors import ArgumentError
from .._model import Model, remade
from .._shapes import Plan, Shape
from ._sessions import Key, Sessions, Timestep, entries
from ._weights import Weights

_engines: weakref.WeakValueDictionary[int, Engine] = weakref.WeakValueDictionary()

WEIGHTS = ("checked", "frozen")


def held(tensors: Mapping[str, torch.Tensor], weights: str) -> dict[str, torch.Tensor]:
    """The tensors that the library reads, now and whenever a shape needs them in another form.

    ``"frozen"`` weights are a copy, that nobody writes to: else a form that is made later would be of other weights.
    """
    if weights != "frozen":
        return dict(tensors)
    return {name: tensor.detach().clone() for name, tensor in tensors.items()}


class Engine:
    """Forwards and gradients of a module, in any threads."""

    def __init__(
        self,
        model: Model,
        *,
        sessions: int,
        weights: str,
        renamed: Callable[[Mapping[str, torch.Tensor]], Mapping[str, torch.Tensor]] = lambda tensors: tensors,
    ) -> None:
        """
        :param sessions: how many sessions that nobody uses are kept.
        :param weights: ``"checked"`` or ``"frozen"``: whether each call looks for changes of the weights.
        :param renamed: gives the tensors of the module the names that the library has for them.
        """
        if weights not in WEIGHTS:
            raise ArgumentError(f"weights: found {weights!r}, expected one of {', '.join(map(repr, WEIGHTS))}")
        if sessions < 1:
            raise ArgumentError(f"sessions: found {sessions}, expected 1 or more")
        #: A number that stands for the engine in compiled graphs, for as long as it lives. Random, so that it stands
        #: for no other engine where a graph of another process is loaded.
        self.number = secrets.randbits(62)
        _engines[self.number] = self
        self.weights_policy, self.limit = weights, sessions
        self._renamed = renamed
        #: Is held while weights are read or parameters are made.
        self.lock = threading.RLock()
        self._watched: Weights | None = None
        self._is_policy = model._is_policy
        self._config = dict(model.config)
        self._use(model)

    def _use(self, model: Model) -> None:
        self._sessions = Sessions(model, self._is_policy, self.limit)

    @property
    def model(self) -> Model:
        """The model of the weights as they were at the last call."""
        return self._sessions.model

    def watch(self, module: torch.nn.Module) -> None:
        """Watches a module's tensors from now on, which are those of the model now."""
        self._watched = Weights(module)

    def renew(self) -> None:
        """Reads the weights anew."""
        with self.lock:
            if self._watched is not None:
                self._renew(self._watched)

    def look(self, closely: bool = False) -> None:
        """Reads the weights anew if they have changed."""
        watched = self._watched
        if watched is not None and watched.changed(closely):
            with self.lock:
                current = self._watched  # Another thread may have read them meanwhile.
                if current is watched or (current is not None and current.changed(closely)):
                    self._renew(current)

    def _renew(self, watched: Weights) -> None:
        fresh, old = watched.again(), self.model
        # In this order: whoever finds the weights unchanged finds the model of them.
        tensors = held(self._renamed(fresh.named()), self.weights_policy)
        self._use(remade(self._config, tensors, old._compute, old._pool))
        self._watched = fresh

    def run(self, sample: torch.Tensor, timestep: Any, condition: torch.Tensor | None = None) -> torch.Tensor:
        """The output, a new tensor without a graph.

        :param sample: float32 on the CPU; what is not contiguous is copied.
        :param timestep: as the reference takes it.
        """
        sample = _ready(sample, "sample")
        return self._ran(sample, timestep, condition, None)

    def gradient(
        self, sample: torch.Tensor, timestep: Timestep, condition: torch.Tensor | None, cotangent: torch.Tensor
    ) -> torch.Tensor:
        """The gradient by the sample of the sum of the outputs times ``cotangent``. Computes the forward again."""
        sample, cotangent = _ready(sample, "sample"), _ready(cotangent, "gradient")
        return self._ran(sample, timestep, condition, cotangent)

    def _made(self, key: Key) -> tuple[Sessions, Any]:
        """A session that is made for a call, and the sessions that it is of.

        What it reads of the weights must be of the same weights as what was read before. So they are looked at closely.
        """
        if self.weights_policy == "checked":
            self.look(closely=True)
        sessions = self._sessions
        return sessions, sessions.make(key)

    def _ran(
        self, sample: torch.Tensor, timestep: Any, condition: torch.Tensor | None, cotangent: torch.Tensor | None
    ) -> torch.Tensor:
        """Runs a session of the shape; with a cotangent one of gradients."""
        timestep, count = entries(timestep)
        if self.weights_policy == "checked":
            self.look()
        sessions = self._sessions
        key = (sample.shape, count, cotangent is not None)
        runner = sessions.take(key)
        if runner is None:
            sessions, runner = self._made(key)
        ends = () if cotangent is None else (cotangent,)
        try:
            return runner.run(sample, timestep, condition, *ends)  # type: ignore[no-any-return]
        finally:
            sessions.give(key, runner)

    def plan(self, sample: tuple[int, ...], timesteps: int) -> Plan:
        """The plan of a sample's shape."""
        return self.model.plan(Shape(sample[0], sample[1 if self._is_policy else 2], timesteps))


def engine_of(number: int) -> Engine:
    """The engine that a compiled graph names."""
    engine = _engines.get(number)
    if engine is None:
        raise ArgumentError(
            "unet1d::forward: found a graph of a module that is no more in this process, expected one that lives: keep "
            "the module as long as its compiled or exported program, and compile again in another process"
        )
    return engine


def _ready(tensor: torch.Tensor, name: str) -> torch.Tensor:
    """A tensor as the library reads it: float32, on the CPU, contiguous."""
    if tensor.dtype is not torch.float32:
        raise ArgumentError(
            f"{name}: found {tensor.dtype}, expected torch.float32, in which unet1d computes; call .float() on it, and "
            'choose the numbers that weights are held in with precision="f16-weights", "bf16-weights" or "bf16"'
        )
    if not tensor.is_cpu:
        raise ArgumentError(f"{name}: found a tensor on {tensor.device}, expected one on cpu; call .cpu() on it")
    return tensor if tensor.is_contiguous() else tensor.contiguous()
