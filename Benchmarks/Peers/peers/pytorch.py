"""PyTorch eager: the network as it comes, in inference mode."""
from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from . import networks
from .served import Loaded, ServedPeer, serve


class PyTorch(ServedPeer):
    name = "pytorch"
    title = "PyTorch eager"


def load_with(prepare: Callable[[Any], Any], model_folder: Path, tensors: Path, threads: int) -> Loaded:
    """`prepare` makes of the network what runs."""
    import torch

    torch.set_num_threads(threads)
    torch.set_num_interop_threads(1)
    network = prepare(networks.load(model_folder))
    inputs = networks.read_inputs(tensors)
    arguments = tuple(inputs.values())

    @torch.inference_mode()
    def forward() -> Any:
        return network(*arguments)

    return Loaded(torch.__version__, forward, {name: tensor.numpy() for name, tensor in inputs.items()})


def load(model_folder: Path, tensors: Path, threads: int) -> Loaded:
    return load_with(lambda network: network, model_folder, tensors, threads)


if __name__ == "__main__":
    serve(load)
