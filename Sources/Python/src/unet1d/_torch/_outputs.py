"""diffusers' classes of configurations and outputs, or stand-ins where it is not installed, and its pipelines."""

from __future__ import annotations

import importlib
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Callable

import torch


class UNet1DOutput:
    """The output of a forward, where diffusers is not installed.

    :param sample: (batch, channels, length).
    """

    __slots__ = ("sample",)

    def __init__(self, sample: torch.Tensor) -> None:
        self.sample = sample

    def __getitem__(self, key: Any) -> Any:
        if key == "sample":
            return self.sample
        return (self.sample,)[key]

    def to_tuple(self) -> tuple[torch.Tensor]:
        return (self.sample,)


class FrozenDict(OrderedDict[str, Any]):
    """A configuration whose fields are items and attributes, where diffusers is not installed. It cannot be changed."""

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__(fields)
        self.__dict__["_frozen"] = True

    def __getattr__(self, name: str) -> Any:
        if name in self:
            return self[name]
        raise AttributeError(f"the configuration has no field {name!r}")

    def _refuse(self, *_: Any, **__: Any) -> Any:
        raise TypeError("a configuration cannot be changed; make another model of dict(config)")

    def __setitem__(self, key: str, value: Any) -> None:
        if self.__dict__.get("_frozen"):
            self._refuse()
        super().__setitem__(key, value)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self:
            self._refuse()
        super().__setattr__(name, value)

    __delitem__ = pop = popitem = setdefault = update = clear = _refuse

    def __reduce__(self) -> tuple[Any, ...]:
        return FrozenDict, (dict(self),)


def frozen(config: Mapping[str, Any]) -> Mapping[str, Any]:
    """A configuration of a class that diffusers' pipelines read."""
    kind = _theirs("diffusers.configuration_utils", "FrozenDict")
    return FrozenDict(config) if kind is None else kind(config)


def outputs() -> Callable[[torch.Tensor], Any]:
    """Makes an output of a tensor: of diffusers' class where it is installed."""
    kind = _theirs("diffusers.models.unets.unet_1d", "UNet1DOutput")
    return UNet1DOutput if kind is None else _quick(kind)


def saved_by_pipelines(module: torch.nn.Module) -> None:
    """Lets diffusers' pipelines save a module, under the name of the class of diffusers that it takes the place of.

    A pipeline saves components whose classes are in a table of diffusers. It writes the library that a component's
    ``__module__`` is in, and the name of the component's class.
    """
    try:
        table = importlib.import_module("diffusers.pipelines.pipeline_utils").LOADABLE_CLASSES
        table.setdefault("unet1d", {"UNet1DModel": ["save_pretrained", "from_pretrained"]})
    except Exception:
        return  # Without pipelines, of whatever lacks in an installation, nothing is saved by them.
    module.__dict__["__module__"] = "diffusers.models.unets.unet_1d"


def _theirs(module: str, name: str) -> Any:
    """A class of diffusers; None where it is not installed."""
    try:
        return getattr(importlib.import_module(module), name)
    except ImportError:
        return None


def _quick(kind: Any) -> Callable[[torch.Tensor], Any]:
    """Makes outputs without going over the class's fields for each, which takes several microseconds."""
    put = OrderedDict.__setitem__

    def made(sample: torch.Tensor) -> Any:
        if torch.compiler.is_compiling():
            return kind(sample)
        output = kind.__new__(kind)
        put(output, "sample", sample)
        output.__dict__["sample"] = sample
        return output

    probe = torch.zeros(1)
    theirs = kind(sample=probe)
    try:
        ours = made(probe)
        is_same = list(ours.items()) == list(theirs.items()) and vars(ours) == vars(theirs) and ours[0] is probe
    except (TypeError, AttributeError, KeyError):
        is_same = False
    return made if is_same else kind
