"""Modules of PyTorch that stand in for diffusers' ``UNet1DModel`` and for the networks of robot policies."""

from __future__ import annotations

import torch

if not hasattr(torch.library, "custom_op"):
    raise ImportError(f"torch: found {torch.__version__}, expected 2.4 or later; upgrade it with pip install -U torch")

from ._diffusers import from_diffusers
from ._policy import ConditionalUnet1D, from_lerobot
from ._unet import UNet1DModel

__all__ = ["ConditionalUnet1D", "UNet1DModel", "from_diffusers", "from_lerobot"]
