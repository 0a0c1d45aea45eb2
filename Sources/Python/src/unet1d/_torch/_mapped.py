"""The tensors of a model that was opened from files, as memory that is read from the disk when it is used."""

from __future__ import annotations

import math
import mmap
import tempfile
from pathlib import Path

import torch

from .._model import Model
from .._safetensors import Entry, header

_ONE_FILE = 1 << 62


def mapped(model: Model) -> dict[str, torch.Tensor]:
    """All tensors of a model by their names, in float32.

    They are a private view of a file that the system deletes when nobody reads it any more: a tensor takes memory of
    its own only where it is written to. Writes the model once to the folder for temporary files; blocks on the disk.
    """
    with tempfile.TemporaryDirectory(prefix="unet1d-") as folder:
        model.save(folder, max_shard_bytes=_ONE_FILE)
        path = Path(folder) / "diffusion_pytorch_model.safetensors"
        with open(path, "rb") as file:
            memory = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY)
    entries, _ = header(memoryview(memory), str(path))
    return {name: _tensor(memory, entry) for name, entry in entries.items()}


def _tensor(memory: mmap.mmap, entry: Entry) -> torch.Tensor:
    count = math.prod(entry.shape)
    if not count:
        return torch.empty(entry.shape)
    return torch.frombuffer(memory, dtype=torch.float32, count=count, offset=entry.begin).view(entry.shape)
