"""OpenVINO in bf16, which is what it chooses by itself where the processor has it; another accuracy, so shown apart."""
from __future__ import annotations

from pathlib import Path

from .onnx_export import onnx_graph
from .open_vino import load_graph
from .peer import Group
from .served import Loaded, ServedPeer, serve


class OpenVINOBF16(ServedPeer):
    name = "openvino-bf16"
    title = "OpenVINO bf16"
    group = Group.BF16
    relative_tolerance = 5e-2


def load(model_folder: Path, tensors: Path, threads: int) -> Loaded:
    return load_graph(onnx_graph(model_folder, tensors), "bf16", tensors, threads)


if __name__ == "__main__":
    serve(load)
