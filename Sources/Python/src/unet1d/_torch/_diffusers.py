"""From a ``UNet1DModel`` of diffusers to the module that takes its place."""

from __future__ import annotations

from typing import Any

from torch import nn

from .._errors import ArgumentError
from .._model import from_tensors
from ._engine import held
from ._unet import UNet1DModel


def from_diffusers(
    unet: Any,
    *,
    threads: int | None = None,
    accuracy: str = "fast",
    precision: str = "f32",
    isa: str | None = None,
    numa: str = "auto",
    sessions: int = 8,
    weights: str = "checked",
) -> UNet1DModel:
    """A module that takes the place of a ``UNet1DModel`` of diffusers, with the same parameters.

    >>> pipe.unet = unet1d.from_diffusers(pipe.unet)

    The parameters are the original's own tensors: what trains or loads them changes both. Weights of 16 bits are read
    as they are; samples and outputs are float32. Options are those of :class:`UNet1DModel`.

    :raises CheckpointError: for a model whose tensors are not those of its configuration.
    """
    unet = getattr(unet, "_orig_mod", unet)
    config = getattr(unet, "config", None)
    if config is None or not isinstance(unet, nn.Module) or "block_out_channels" not in config:
        raise ArgumentError(f"from_diffusers: found {type(unet).__name__}, expected a UNet1DModel of diffusers")
    tensors = unet.state_dict(keep_vars=True)
    on = {tensor.device for tensor in tensors.values() if tensor.device.type != "cpu"}
    if on:
        raise ArgumentError(f'from_diffusers: found weights on {on.pop()}, expected cpu; call unet.to("cpu") before')
    compute = {"threads": threads, "accuracy": accuracy, "precision": precision, "isa": isa, "numa": numa}
    fields = {name: value for name, value in config.items() if not name.startswith("_")}
    fields["_class_name"] = "UNet1DModel"
    module = UNet1DModel._of(
        from_tensors(fields, held(tensors, weights), **compute),  # type: ignore[arg-type]
        sessions=sessions,
        weights=weights,
        config=config,
    )
    module._adopt(tensors)
    return module.train(unet.training)  # type: ignore[no-any-return]
