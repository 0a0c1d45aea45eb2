"""PyTorch eager: diffusers' UNet1DModel as it comes, in inference mode."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from .served import Loaded, ServedPeer, serve


class PyTorch(ServedPeer):
    name = "pytorch"
    title = "PyTorch eager"


def load(model_folder: Path, tensors: Path, threads: int) -> Loaded:
    import torch
    from diffusers import UNet1DModel
    from safetensors.torch import load_file

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    model = UNet1DModel.from_pretrained(model_folder).eval()
    inputs = load_file(tensors)
    sample, timestep = inputs["sample"], inputs["timestep"]

    @torch.inference_mode()
    def forward() -> Any:
        return model(sample, timestep, return_dict=False)[0]

    return Loaded(torch.__version__, forward)


if __name__ == "__main__":
    serve(load)
