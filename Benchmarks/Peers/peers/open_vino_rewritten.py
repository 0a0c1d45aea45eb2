"""OpenVINO on the rewritten graph, see onnx_rewrite.py; not the model as exported, so shown apart."""
from __future__ import annotations

from pathlib import Path

from .onnx_export import onnx_graph
from .open_vino import OpenVINO, load_graph
from .peer import Group
from .served import Loaded, serve


class OpenVINORewritten(OpenVINO):
    name = "openvino-rewritten"
    title = "OpenVINO rewritten"
    group = Group.REWRITTEN


def load(model_folder: Path, tensors: Path, threads: int) -> Loaded:
    return load_graph(onnx_graph(model_folder, tensors, rewritten=True), "f32", tensors, threads)


if __name__ == "__main__":
    serve(load)
