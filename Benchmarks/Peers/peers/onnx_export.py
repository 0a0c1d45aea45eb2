"""Makes a checkpoint's ONNX graph, once for a workload, into the cache.

Run as a module, in a process of its own: PyTorch and the model leave memory before a runtime loads the graph.
"""
from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

from . import networks
from .errors import PeerError
from .onnx_rewrite import rewrite

EXPORTERS = ("torch", "onnx", "onnxscript")
"""Packages whose versions decide what the graph looks like."""

TORCHSCRIPT_OPSET = 17
FIR_MODULES = ("Downsample1d", "Upsample1d")
"""diffusers 0.26.3, unet_1d_blocks.py. The TorchScript exporter fails on their weight, which they fill in forward."""


def onnx_graph(model_folder: Path, tensors: Path, rewritten: bool = False) -> Path:
    """The graph for the shapes of the workload's tensors: the network's inputs by name, one output.

    Makes it in a child process when the cache has none; PeerError when that fails.
    """
    versions = "-".join(version(package) for package in EXPORTERS)
    kind = "rewritten" if rewritten else "exported"
    graph = tensors.parent.parent / "onnx" / f"{tensors.stem}-{kind}-{versions}" / "model.onnx"
    if not graph.is_file():
        command = [sys.executable, "-m", __name__, str(model_folder), str(tensors), str(graph.parent), kind]
        done = subprocess.run(command, text=True, capture_output=True)
        if done.returncode != 0:
            words = (done.stderr.strip() or "no message").splitlines()[-1]
            raise PeerError(f"{model_folder}: torch.onnx cannot export the model: {words}")
    return graph


def export(model_folder: Path, tensors: Path, folder: Path, rewritten: bool) -> None:
    """Writes `model.onnx`, and its weights beside it, into a folder that appears when it is complete."""
    import torch

    torch.set_grad_enabled(False)
    network = networks.load(model_folder)
    inputs = networks.read_inputs(tensors)
    arguments = tuple(inputs.values())
    if rewritten:
        rewrite(network)
        network(*arguments)
    has_fir = any(type(module).__name__ in FIR_MODULES for module in network.modules())
    choice = {"dynamo": True} if has_fir or rewritten else {"dynamo": False, "opset_version": TORCHSCRIPT_OPSET}
    partial = folder.with_name(f"{folder.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir(parents=True)
    torch.onnx.export(
        network, arguments, str(partial / "model.onnx"), input_names=list(inputs), output_names=["output"], **choice)
    os.replace(partial, folder)


if __name__ == "__main__":
    export(*map(Path, sys.argv[1:4]), rewritten=sys.argv[4] == "rewritten")
