"""OpenVINO: one stream for the least latency, in float32."""
from __future__ import annotations

from pathlib import Path
from typing import Any

from .onnx_export import onnx_graph
from .served import Loaded, ServedPeer, serve


class OpenVINO(ServedPeer):
    name = "openvino"
    title = "OpenVINO"
    # Its float32 group norm is biased over millions of values: 3.4e-4 on Dance Diffusion, outputs up to 2.3.
    relative_tolerance = 1e-3


def load_graph(graph: Path, precision: str, tensors: Path, threads: int) -> Loaded:
    """Compiles a graph for `precision`, `f32` or `bf16`; without a word it would choose bf16 where there is any."""
    import openvino
    from safetensors.numpy import load_file

    core = openvino.Core()
    model = core.read_model(graph)
    settings = {
        "PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": 1, "INFERENCE_NUM_THREADS": threads,
        "INFERENCE_PRECISION_HINT": precision,
    }
    if any(node.get_type_name() in ("SoftPlus", "Mish") for node in model.get_ops()):
        # Its code generator fails on Mish in float32.
        settings["SNIPPETS_MODE"] = "DISABLE"
    compiled = core.compile_model(model, "CPU", settings)
    inputs = load_file(tensors)
    request = compiled.create_infer_request()
    read: dict[str, Any] = {}
    for port in compiled.inputs:
        # A port also has the names of operations on it that do nothing at these shapes.
        name = next(name for name in port.get_names() if name in inputs)
        tensor = openvino.Tensor(inputs[name], shared_memory=False)
        request.set_tensor(port, tensor)
        read[name] = tensor.data
    output = request.get_output_tensor(0)

    def forward() -> object:
        request.infer()
        return output.data

    return Loaded(openvino.__version__.partition("-")[0], forward, read)


def load(model_folder: Path, tensors: Path, threads: int) -> Loaded:
    return load_graph(onnx_graph(model_folder, tensors), "f32", tensors, threads)


if __name__ == "__main__":
    serve(load)
