"""What the modules have in common: a CPU float32 module's answers, and the way to an engine."""

from __future__ import annotations

import os
from typing import Any

import torch
from torch import nn

from .._errors import ArgumentError, Error
from . import _operators
from ._engine import Engine

_REMEDY = (
    'unet1d computes in float32 on the CPU; to hold weights in 16 bits, make the module with precision="f16-weights", '
    '"bf16-weights" or "bf16"'
)


class Accelerated(nn.Module):
    """A module whose forward an engine computes."""

    _engine: Engine

    @property
    def dtype(self) -> torch.dtype:
        """The type of samples and outputs: float32, whatever the weights are held in."""
        return torch.float32

    @property
    def device(self) -> torch.device:
        return torch.device("cpu")

    def renew_weights(self) -> None:
        """Reads the weights anew.

        Needed after writes that a tensor's version does not tell of, such as a part's ``parameter.data.copy_(…)``. Call
        it before the next forward: else one of a new shape may compute with weights of before and after the write.
        Where the module was made with ``weights="frozen"``, no change is taken over without it.
        """
        self._engine.renew()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._engine.model!r})"

    def _compute(self, sample: torch.Tensor, timestep: Any, condition: torch.Tensor | None = None) -> torch.Tensor:
        """A forward: straight to the library, or by an operator where a graph is made of it."""
        if torch.compiler.is_compiling():
            gate = self._gate() if torch.is_grad_enabled() else None
        elif type(sample) is not torch.Tensor:
            if not isinstance(sample, torch.Tensor):
                raise ArgumentError(f"sample: found {type(sample).__name__}, expected a torch.Tensor")
            gate = self._gate() if torch.is_grad_enabled() else None
        elif torch.is_grad_enabled():
            gate = self._gate()
            if gate is None and not (sample.requires_grad or (condition is not None and condition.requires_grad)):
                return self._engine.run(sample, timestep, condition)
        else:
            return self._engine.run(sample, timestep, condition)
        if not isinstance(timestep, torch.Tensor):
            timestep = torch.tensor([timestep], dtype=torch.long)
        if gate is not None:
            gate = _operators.weights_gate(gate)
        output: torch.Tensor = _operators.forward(sample, timestep, condition, gate, self._engine.number)
        return output

    def _gate(self) -> torch.Tensor | None:
        """A parameter that requires a gradient; None: no parameter does."""
        for parameter in self.parameters():
            if parameter.requires_grad:
                return parameter
        return None

    def _apply(self, fn: Any, recurse: bool = True) -> Any:
        """What ``to``, ``half``, ``cuda`` and their like do, also those of a module that this one is in.

        :raises ArgumentError: unless parameters stay on the CPU and float32 ones stay so.
        """
        probe = torch.zeros(1)
        try:
            device, dtype = (moved := fn(probe)).device, moved.dtype
        except Exception as error:
            raise ArgumentError(f"to: found {error}, expected a move to cpu and torch.float32; {_REMEDY}") from error
        if device.type != "cpu" or dtype is not torch.float32:
            raise ArgumentError(f"to: found {dtype} on {device}, expected torch.float32 on cpu; {_REMEDY}")
        return super()._apply(fn, recurse) if self._has_parameters() else self  # type: ignore[no-untyped-call]

    def _has_parameters(self) -> bool:
        """Whether parameters are there, and not only in a file."""
        return True

    def num_parameters(self, only_trainable: bool = False, exclude_embeddings: bool = False) -> int:
        """The numbers in all parameters, or in those that require a gradient. There are no embeddings to exclude."""
        return sum(each.numel() for each in self.parameters() if each.requires_grad or not only_trainable)

    def enable_gradient_checkpointing(self, *_: Any, **__: Any) -> None:
        """Raises: nothing is trained here, so there are no activations to be computed again."""
        raise Error(
            "enable_gradient_checkpointing: found a module for inference, expected one that is trained; train the "
            "original module and give its weights to unet1d afterwards"
        )

    def disable_gradient_checkpointing(self) -> None:
        """Does nothing, as there is none."""

    @property
    def is_gradient_checkpointing(self) -> bool:
        return False

    def enable_xformers_memory_efficient_attention(self, *_: Any, **__: Any) -> None:
        """Does nothing: attention has one way of being computed."""

    def disable_xformers_memory_efficient_attention(self) -> None:
        """Does nothing."""

    def _save(
        self,
        save_directory: str | os.PathLike[str],
        is_main_process: bool,
        safe_serialization: bool,
        variant: str | None,
        max_shard_size: int | str,
        push_to_hub: bool,
    ) -> None:
        if not safe_serialization:
            raise ArgumentError("safe_serialization: found False, expected True: unet1d writes safetensors alone")
        if push_to_hub:
            raise ArgumentError("push_to_hub: found True, expected False; upload the folder with huggingface_hub")
        if is_main_process:
            self._engine.look()
            self._engine.model.save(save_directory, max_shard_bytes=_bytes(max_shard_size), variant=variant)


def _bytes(size: int | str) -> int:
    """A number of bytes, or a text such as ``"10GB"``."""
    if isinstance(size, int):
        return size
    text = size.strip().upper()
    for unit, factor in (("KIB", 2**10), ("MIB", 2**20), ("GIB", 2**30), ("KB", 10**3), ("MB", 10**6), ("GB", 10**9)):
        if text.endswith(unit) and text[: -len(unit)].strip().replace(".", "", 1).isdigit():
            return int(float(text[: -len(unit)]) * factor)
    raise ArgumentError(f'max_shard_size: found {size!r}, expected a number of bytes or a text such as "10GB"')
