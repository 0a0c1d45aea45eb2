"""The tensors of a model that was opened from files, as memory that is read from the disk when it is used."""

from __future__ import annotations

import json
import math
import mmap
import tempfile
from pathlib import Path

import torch

from .._model import Model

_ONE_FILE = 1 << 62


def mapped(model: Model) -> dict[str, torch.Tensor]:
    """All tensors of a model by their names, in float32.

    They are a private view of a file that the system deletes when nobody reads it any more: a tensor takes memory of
    its own only where it is written to. Writes the model once to the folder for temporary files; blocks on the disk.
    """
    with tempfile.TemporaryDirectory(prefix="unet1d-") as folder:
        model.save(folder, max_shard_bytes=_ONE_FILE)
        with open(Path(folder) / "diffusion_pytorch_model.safetensors", "rb") as file:
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    start = 8 + int.from_bytes(memory[:8], "little")
    tensors: dict[str, torch.Tensor] = {}
    for name, entry in json.loads(memory[8:start]).items():
        if name == "__metadata__":
            continue
        count = math.prod(entry["shape"])
        offset = start + entry["data_offsets"][0]
        flat = torch.frombuffer(memory, dtype=torch.float32, count=count, offset=offset) if count else torch.empty(0)
        tensors[name] = flat.view(entry["shape"])
    return tensors
