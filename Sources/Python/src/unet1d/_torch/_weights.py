"""Which tensors a model was made of, and whether they are still what they were."""

from __future__ import annotations

import copy
import ctypes
import operator
from typing import Any

import torch
from torch import nn

from .._errors import ArgumentError

_VERSION = operator.attrgetter("_version")
_POINTER = torch.Tensor.data_ptr
_PROBES = 4
_PROBED_BYTES = 64


class Weights:
    """The parameters and buffers of a module, watched for changes.

    A change since the making is seen by :meth:`changed` if it is one of these:

    - an operation of PyTorch that works in place, ``load_state_dict`` and optimizers included, which raises the
      tensor's version;
    - another tensor in the parameter's place, or other memory behind it, as by ``parameter.data = …``;
    - a write behind the version's back, by ``parameter.data.copy_(…)`` or through a NumPy view, that reaches the first
      64 bytes of the first tensor, the last one or one of two between: writes to a whole model, such as those of
      ``EMAModel.copy_to``, do.

    :meth:`changed` with ``closely`` sees such a write too if it reaches the first 64 bytes of any tensor.

    Other writes behind the version's back cannot be seen without reading all weights, nor can writes to tensors that
    were made in ``torch.inference_mode``, which have no version: take the tensors :meth:`again` after such, and before
    the next forward.
    """

    def __init__(self, module: nn.Module) -> None:
        self._dictionaries: list[dict[str, Any]] = []
        self._keys: list[str] = []
        self.names: list[str] = []
        for prefix, child in module.named_modules():
            for tensors in (child._parameters, child._buffers):
                for key, tensor in tensors.items():
                    if tensor is not None and key not in child._non_persistent_buffers_set:
                        self._dictionaries.append(tensors)
                        self._keys.append(key)
                        self.names.append(f"{prefix}.{key}" if prefix else key)
        self._note()

    def again(self) -> Weights:
        """The same places, with what the tensors are now. O(tensors)."""
        other = copy.copy(self)
        try:
            other._note()
        except (KeyError, TypeError, AttributeError) as error:
            raise ArgumentError(
                f"weights: found no tensor in the place of a parameter ({error}), expected {len(self.names)} tensors "
                "as there were when the module was made; make it anew"
            ) from error
        return other

    def _note(self) -> None:
        #: The tensors, which stay alive as long as a model may read them.
        self.tensors = self._current()
        self._are_versioned = not any(map(torch.is_inference, self.tensors))
        self._versions = list(map(_VERSION, self.tensors)) if self._are_versioned else []
        self._pointers = list(map(_POINTER, self.tensors))
        spread = [round(i * (len(self.tensors) - 1) / (_PROBES - 1)) for i in range(_PROBES)]
        self._probes = [
            probe
            for probe in map(_bytes, {self.tensors[i].data_ptr(): self.tensors[i] for i in spread}.values())
            if probe is not None
        ]
        self._probed = [bytes(probe) for probe in self._probes]
        #: The memory at the pointers, which stays as long as somebody may look at it.
        self._memory = [tensor.detach() for tensor in self.tensors]
        self._sizes = list(map(_probed_size, self._memory))
        self._firsts = list(map(ctypes.string_at, self._pointers, self._sizes))

    def changed(self, closely: bool = False) -> bool:
        """Whether a model that was made of the tensors is out of date.

        O(tensors): a few tenths of a microsecond for each, and once more as much to look ``closely``.
        """
        try:
            current = self._current()
            return (
                list(map(_POINTER, current)) != self._pointers
                or (self._are_versioned and list(map(_VERSION, current)) != self._versions)
                or list(map(bytes, self._probes)) != self._probed
                or (closely and list(map(ctypes.string_at, self._pointers, self._sizes)) != self._firsts)
            )
        except (KeyError, TypeError, RuntimeError):
            return True  # Something else is in a tensor's place; a new model says what.

    def named(self) -> dict[str, torch.Tensor]:
        """The tensors by their names."""
        return dict(zip(self.names, self.tensors))

    def _current(self) -> list[torch.Tensor]:
        return list(map(operator.getitem, self._dictionaries, self._keys))


def _probed_size(tensor: torch.Tensor) -> int:
    """How many bytes from a tensor's address on are its first numbers."""
    if tensor.device.type != "cpu" or tensor.numel() == 0:
        return 0
    return min(_PROBED_BYTES, tensor.element_size() * (tensor.numel() if tensor.is_contiguous() else 1))


def _bytes(tensor: torch.Tensor) -> memoryview | None:
    """The memory of a tensor's first numbers; None where it is not in one piece."""
    if not tensor.is_contiguous() or tensor.numel() == 0 or tensor.device.type != "cpu":
        return None
    numbers = tensor.detach().view(-1)[: _PROBED_BYTES // tensor.element_size()].view(torch.uint8)
    array: Any = numbers.numpy()
    return memoryview(array)
