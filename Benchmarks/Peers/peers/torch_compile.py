"""torch.compile with Inductor's defaults. It compiles for 14 to 266 s a model, so it runs only where it is asked for."""
from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from .served import Loaded, ServedPeer, serve


class TorchCompile(ServedPeer):
    name = "torch.compile"
    title = "torch.compile"
    by_default = False


def load(model_folder: Path, tensors: Path, threads: int) -> Loaded:
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(tensors.parent.parent / "inductor"))
    import torch
    from diffusers import UNet1DModel
    from safetensors.torch import load_file

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    model = torch.compile(UNet1DModel.from_pretrained(model_folder).eval())
    inputs = load_file(tensors)
    sample, timestep = inputs["sample"], inputs["timestep"]

    @torch.inference_mode()
    def forward() -> Any:
        return model(sample, timestep, return_dict=False)[0]

    return Loaded(torch.__version__, forward)


if __name__ == "__main__":
    serve(load)
