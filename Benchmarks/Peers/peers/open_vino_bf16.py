"""OpenVINO in bf16, which is what it chooses by itself where the processor has it; another accuracy, so shown apart."""
from __future__ import annotations

from pathlib import Path

from .open_vino import load_in
from .served import Loaded, ServedPeer, serve


class OpenVINOBF16(ServedPeer):
    name = "openvino-bf16"
    title = "OpenVINO bf16"
    precision = "bf16"
    relative_tolerance = 5e-2


def load(model_folder: Path, tensors: Path, threads: int) -> Loaded:
    return load_in("bf16", model_folder, tensors, threads)


if __name__ == "__main__":
    serve(load)
