"""ONNX Runtime: its processor provider with every graph optimisation, workers spinning as they do by default."""
from __future__ import annotations

from pathlib import Path

from .onnx_export import onnx_graph
from .served import Loaded, ServedPeer, serve


class ONNXRuntime(ServedPeer):
    name = "onnxruntime"
    title = "ONNX Runtime"
    # Its float32 group norm is biased over millions of values: 9.5e-4 on Dance Diffusion, outputs up to 2.3.
    relative_tolerance = 1e-3


def load_graph(graph: Path, tensors: Path, threads: int) -> Loaded:
    import onnxruntime
    from safetensors.numpy import load_file

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    session = onnxruntime.InferenceSession(str(graph), options, providers=["CPUExecutionProvider"])
    inputs = load_file(tensors)
    feeds = {argument.name: inputs[argument.name] for argument in session.get_inputs()}
    return Loaded(onnxruntime.__version__, lambda: session.run(None, feeds)[0], feeds)


def load(model_folder: Path, tensors: Path, threads: int) -> Loaded:
    return load_graph(onnx_graph(model_folder, tensors), tensors, threads)


if __name__ == "__main__":
    serve(load)
