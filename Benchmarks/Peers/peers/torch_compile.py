"""torch.compile with Inductor's defaults. It compiles for 14 to 266 s a model, so it runs only where it is asked for."""
from __future__ import annotations

import os
from pathlib import Path

from .pytorch import load_with
from .served import Loaded, ServedPeer, serve


class TorchCompile(ServedPeer):
    name = "torch.compile"
    title = "torch.compile"
    by_default = False


def load(model_folder: Path, tensors: Path, threads: int) -> Loaded:
    os.environ.setdefault("TORCHINDUCTOR_CACHE_DIR", str(tensors.parent.parent / "inductor"))
    import torch

    return load_with(torch.compile, model_folder, tensors, threads)


if __name__ == "__main__":
    serve(load)
