"""ONNX Runtime on the rewritten graph, see onnx_rewrite.py; not the model as exported, so shown apart."""
from __future__ import annotations

from pathlib import Path

from .onnx_export import onnx_graph
from .onnx_runtime import ONNXRuntime, load_graph
from .peer import Group
from .served import Loaded, serve


class ONNXRuntimeRewritten(ONNXRuntime):
    name = "onnxruntime-rewritten"
    title = "ONNX Runtime rewritten"
    group = Group.REWRITTEN


def load(model_folder: Path, tensors: Path, threads: int) -> Loaded:
    return load_graph(onnx_graph(model_folder, tensors, rewritten=True), tensors, threads)


if __name__ == "__main__":
    serve(load)
