"""PyTorch eager in bf16, weights and arithmetic; another accuracy, so shown apart."""
from __future__ import annotations

from pathlib import Path

from .networks import in_bfloat16
from .peer import Group
from .pytorch import load_with
from .served import Loaded, ServedPeer, serve


class PyTorchBF16(ServedPeer):
    name = "pytorch-bf16"
    title = "PyTorch bf16"
    group = Group.BF16
    by_default = False
    relative_tolerance = 5e-2


def load(model_folder: Path, tensors: Path, threads: int) -> Loaded:
    return load_with(in_bfloat16, model_folder, tensors, threads)


if __name__ == "__main__":
    serve(load)
