"""Small models of diffusers, with seeded weights, and what tests compare."""

from __future__ import annotations

import importlib
from pathlib import Path
from typing import Any

import torch

FIXTURES = Path(__file__).resolve().parents[1] / "Fixtures"
#: The largest differences from PyTorch's eager forward, for outputs around 1: of fast convolutions, and of strict ones.
TOLERANCE = 5e-5
STRICT_TOLERANCE = 2e-5

torch.set_num_threads(1)

_RESNET: dict[str, Any] = {
    "in_channels": 14,
    "out_channels": 14,
    "time_embedding_type": "positional",
    "use_timestep_embedding": True,
    "flip_sin_to_cos": False,
    "freq_shift": 1.0,
}
#: The configurations that diffusers' tests of UNet1DModel have: a planner and its value function.
PLANNER: dict[str, Any] = {
    **_RESNET,
    "block_out_channels": (8, 8, 16, 16),
    "down_block_types": ("DownResnetBlock1D",) * 4,
    "up_block_types": ("UpResnetBlock1D",) * 3,
    "mid_block_type": "MidResTemporalBlock1D",
    "out_block_type": "OutConv1DBlock",
    "act_fn": "swish",
}
VALUE: dict[str, Any] = {
    **_RESNET,
    "block_out_channels": (32, 64, 128, 256),
    "down_block_types": ("DownResnetBlock1D",) * 4,
    "up_block_types": (),
    "mid_block_type": "ValueFunctionMidBlock1D",
    "out_block_type": "ValueFunction",
    "downsample_each_block": True,
    "act_fn": "mish",
}
#: Dance Diffusion's blocks, in few and narrow levels.
DANCE: dict[str, Any] = {
    "sample_size": 256,
    "sample_rate": 128,
    "in_channels": 2,
    "out_channels": 2,
    "extra_in_channels": 16,
    "flip_sin_to_cos": True,
    "block_out_channels": (32, 32, 32),
    "down_block_types": ("DownBlock1DNoSkip", "DownBlock1D", "AttnDownBlock1D"),
    "up_block_types": ("AttnUpBlock1D", "UpBlock1D", "UpBlock1DNoSkip"),
    "mid_block_type": "UNetMidBlock1D",
}
#: A model whose forward takes some ten microseconds.
TINY: dict[str, Any] = {
    **_RESNET,
    "in_channels": 3,
    "out_channels": 3,
    "block_out_channels": (8,),
    "down_block_types": ("DownResnetBlock1D",),
    "up_block_types": (),
    "mid_block_type": "MidResTemporalBlock1D",
    "out_block_type": "OutConv1DBlock",
    "act_fn": "mish",
}


def theirs(config: dict[str, Any], seed: int = 0) -> Any:
    """diffusers' model of a configuration, with seeded weights."""
    kind = importlib.import_module("diffusers").UNet1DModel
    options = dict(config)
    # Newer versions give the Fourier embedding a width of its own.
    if config.get("time_embedding_type", "fourier") == "fourier":
        options["time_embedding_dim"] = 16
    torch.manual_seed(seed)
    try:
        return kind(**options).eval()
    except TypeError:
        options.pop("time_embedding_dim", None)
        return kind(**options).eval()


def noise(*shape: int, seed: int = 1) -> torch.Tensor:
    """Standard normal numbers."""
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


def difference(a: torch.Tensor, b: torch.Tensor) -> float:
    """The largest difference of two tensors of one shape."""
    assert a.shape == b.shape
    return (a - b).abs().max().item()


@torch.no_grad()
def agree(reference: Any, module: Any, sample: torch.Tensor | None = None, timestep: Any = 3) -> bool:
    """Whether two models give the same output, of a planner's sample unless another is given."""
    sample = noise(2, 14, 16) if sample is None else sample
    return difference(reference(sample, timestep).sample, module(sample, timestep).sample) <= TOLERANCE
