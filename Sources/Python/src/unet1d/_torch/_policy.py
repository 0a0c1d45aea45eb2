"""The network of robot policies, which takes the place of LeRobot's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import nn

from .._errors import ArgumentError
from .._model import from_tensors
from ._base import Accelerated
from ._engine import Engine, held
from ._skeleton import grow


class ConditionalUnet1D(Accelerated):
    """A module that computes what LeRobot's ``DiffusionConditionalUnet1d`` does, on the CPU, in float32.

    Made by :func:`from_lerobot`. What the blocks make of the observation is computed when the numbers in
    ``global_cond`` are not those of the call before: once in a denoising loop.
    """

    def __init__(self, engine: Engine, tensors: Mapping[str, torch.Tensor], config: Any) -> None:
        super().__init__()
        self.config = config
        self._engine = engine
        grow(self, tensors)
        engine.watch(self)

    def forward(
        self, x: torch.Tensor, timestep: torch.Tensor | int, global_cond: torch.Tensor | None = None
    ) -> torch.Tensor:
        """The estimate for noisy actions.

        :param x: float32 (batch, horizon, dim).
        :param timestep: a number, or a tensor with one for each element of the batch.
        :param global_cond: (batch, width), where the policy reads one.
        :returns: (batch, horizon, dim).
        """
        return self._compute(x, timestep, global_cond)

    def __reduce__(self) -> tuple[Any, ...]:
        """Copies and pickles by the tensors."""
        model = self._engine.model
        options = {"sessions": self._engine.limit, "weights": self._engine.weights_policy}
        return _rebuilt, (
            dict(self.state_dict(keep_vars=True)),
            dict(model.config),
            dict(model._compute),
            self.config,
            options,
        )


def from_lerobot(
    policy: Any,
    *,
    threads: int | None = None,
    accuracy: str = "fast",
    precision: str = "f32",
    isa: str | None = None,
    numa: str = "auto",
    sessions: int = 8,
    weights: str = "checked",
) -> ConditionalUnet1D:
    """A module that takes the place of the network of a ``DiffusionPolicy`` of LeRobot, with the same parameters.

    >>> policy.diffusion.unet = unet1d.from_lerobot(policy)

    :param policy: the policy, its ``diffusion``, or the network itself, a ``DiffusionConditionalUnet1d``.
    :param weights: ``"checked"`` or ``"frozen"``, as of :class:`UNet1DModel`, as the other options.
    :raises CheckpointError: for a network whose tensors do not fit one another.
    """
    unet = getattr(policy, "diffusion", policy)
    unet = getattr(unet, "unet", unet)
    unet = getattr(unet, "_orig_mod", unet)
    tensors = unet.state_dict(keep_vars=True) if isinstance(unet, nn.Module) else {}
    if "diffusion_step_encoder.3.weight" not in tensors or "down_modules.0.0.conv1.block.0.weight" not in tensors:
        raise ArgumentError(
            f"from_lerobot: found {type(unet).__name__}, expected a DiffusionPolicy of LeRobot or its "
            "DiffusionConditionalUnet1d"
        )
    on = {tensor.device for tensor in tensors.values() if tensor.device.type != "cpu"}
    if on:
        raise ArgumentError(f'from_lerobot: found weights on {on.pop()}, expected cpu; call policy.to("cpu") before')
    groups = next(module.num_groups for module in unet.modules() if isinstance(module, nn.GroupNorm))
    compute = {"threads": threads, "accuracy": accuracy, "precision": precision, "isa": isa, "numa": numa}
    options = {"sessions": sessions, "weights": weights}
    return _rebuilt(
        tensors, _configuration(renamed(tensors), groups), compute, getattr(unet, "config", None), options
    ).train(unet.training)


def _rebuilt(
    tensors: Mapping[str, torch.Tensor],
    fields: dict[str, Any],
    compute: dict[str, Any],
    config: Any,
    options: dict[str, Any],
) -> ConditionalUnet1D:
    model = from_tensors(fields, held(renamed(tensors), options["weights"]), **compute)
    engine = Engine(model, renamed=renamed, **options)
    return ConditionalUnet1D(engine, tensors, config)


def renamed(tensors: Mapping[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    """LeRobot's tensors under Diffusion Policy's names.

    LeRobot's ``conv1`` and ``conv2`` are ``blocks.0`` and ``blocks.1`` there. What resamples has a module around it.
    """
    result = {}
    for name, tensor in tensors.items():
        parts = name.split(".")
        for index, part in enumerate(parts):
            if part in ("conv1", "conv2"):
                parts[index : index + 1] = ["blocks", "0" if part == "conv1" else "1"]
                break
        if parts[0] in ("down_modules", "up_modules") and len(parts) == 4 and parts[2] == "2":
            parts.insert(3, "conv")
        result[".".join(parts)] = tensor
    return result


def _configuration(tensors: Mapping[str, torch.Tensor], groups: int) -> dict[str, Any]:
    """The configuration, which the shapes of the tensors tell but for the groups of the norms."""
    widths: list[int] = []
    while (first := tensors.get(f"down_modules.{len(widths)}.0.blocks.0.block.0.weight")) is not None:
        widths.append(first.shape[0])
    kernel = tensors["down_modules.0.0.blocks.0.block.0.weight"]
    projection = tensors["down_modules.0.0.cond_encoder.1.weight"]
    step = tensors["diffusion_step_encoder.3.weight"].shape[0]
    return {
        "_class_name": "ConditionalUnet1D",
        "input_dim": kernel.shape[1],
        "global_cond_dim": projection.shape[1] - step or None,
        "diffusion_step_embed_dim": step,
        "down_dims": widths,
        "kernel_size": kernel.shape[2],
        "n_groups": groups,
        "cond_predict_scale": projection.shape[0] == 2 * widths[0],
    }
