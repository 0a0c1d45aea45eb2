"""Rewrites a network before export: the same function in operations that the runtimes execute faster.

- FIR resampling: diffusers runs it as a dense convolution, C × C × 8 with zeros off the diagonal; here it is
  depthwise.
- Mish: exported as x · tanh(softplus(x)). OpenVINO makes the operation Mish of that, for which its code generator has
  no float32, and in ONNX Runtime it is slower than this equal: n / (n + 2) with n = e^x (e^x + 2) for the tangent.
"""
from __future__ import annotations

import types
from typing import Any

MISH_LINEAR_FROM = 20.0
"""From there on tanh(softplus(x)) is 1 in float32; the exponential is capped, before it overflows."""


def rewrite(model: Any) -> None:
    """Replaces the forwards of FIR resamplers and of Mish in place. Run the model once before it is exported."""
    import torch
    import torch.nn.functional as functional

    class Mish(torch.nn.Module):
        def forward(self, x: torch.Tensor) -> torch.Tensor:
            exponential = torch.exp(torch.clamp(x, max=MISH_LINEAR_FROM))
            n = exponential * (exponential + 2)
            return x * (n / (n + 2))

    def depthwise_weight(module: Any, channels: int) -> torch.Tensor:
        # A constant of the graph: made in the first forward, when the number of channels is known.
        if not hasattr(module, "depthwise_weight"):
            module.depthwise_weight = module.kernel.expand(channels, 1, -1).clone()
        return module.depthwise_weight

    # Source: diffusers 0.26.3, unet_1d_blocks.py, Downsample1d and Upsample1d.
    def downsample(self: Any, x: torch.Tensor) -> torch.Tensor:
        x = functional.pad(x, (self.pad,) * 2, self.pad_mode)
        channels = x.shape[1]
        return functional.conv1d(x, depthwise_weight(self, channels), stride=2, groups=channels)

    def upsample(self: Any, x: torch.Tensor, temb: Any = None) -> torch.Tensor:
        x = functional.pad(x, ((self.pad + 1) // 2,) * 2, self.pad_mode)
        channels = x.shape[1]
        return functional.conv_transpose1d(
            x, depthwise_weight(self, channels), stride=2, padding=self.pad * 2 + 1, groups=channels)

    forwards = {"Downsample1d": downsample, "Upsample1d": upsample}
    for module in list(model.modules()):
        if forward := forwards.get(type(module).__name__):
            module.forward = types.MethodType(forward, module)
        for name, child in list(module.named_children()):
            if isinstance(child, torch.nn.Mish):
                setattr(module, name, Mish())
