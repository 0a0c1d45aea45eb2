"""OpenVINO on a graph that it saved with weights in f16, float32 requested; another accuracy, so shown apart."""
from __future__ import annotations

import os
from pathlib import Path

from .onnx_export import onnx_graph
from .open_vino import load_graph
from .peer import Group
from .served import Loaded, ServedPeer, serve


class OpenVINOF16Weights(ServedPeer):
    name = "openvino-f16-weights"
    title = "OpenVINO f16 weights"
    group = Group.BF16
    by_default = False
    relative_tolerance = 5e-3


def compressed(graph: Path) -> Path:
    """OpenVINO's own form of a graph, its weights in f16; kept under its version beside the graph."""
    import openvino

    version = openvino.__version__.partition("-")[0]
    folder = graph.parent.with_name(f"{graph.parent.name}-f16-weights-{version}")
    if not folder.is_dir():
        partial = folder.with_name(f"{folder.name}.partial.{os.getpid()}")
        openvino.save_model(openvino.Core().read_model(graph), partial / "model.xml", compress_to_fp16=True)
        os.replace(partial, folder)
    return folder / "model.xml"


def load(model_folder: Path, tensors: Path, threads: int) -> Loaded:
    return load_graph(compressed(onnx_graph(model_folder, tensors)), "f32", tensors, threads)


if __name__ == "__main__":
    serve(load)
