"""unet1d-bench with numbers of 16 bits: rows of our own beside the one in float32."""
from __future__ import annotations

from .peer import Group
from .unet1d import UNet1D


class UNet1DF16Weights(UNet1D):
    name = "unet1d-f16-weights"
    title = "UNet1D f16 weights"
    group = Group.OURS
    by_default = False
    precision = "f16-weights"
    relative_tolerance = 5e-3


class UNet1DBF16Weights(UNet1D):
    name = "unet1d-bf16-weights"
    title = "UNet1D bf16 weights"
    group = Group.OURS
    by_default = False
    precision = "bf16-weights"
    relative_tolerance = 5e-2


class UNet1DBF16(UNet1D):
    name = "unet1d-bf16"
    title = "UNet1D bf16"
    group = Group.OURS
    by_default = False
    precision = "bf16"
    relative_tolerance = 5e-2
