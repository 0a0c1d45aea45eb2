"""Makes the checkpoint and the tensors that all peers share, once, into a cache folder.

Run as a module, in a process of its own: PyTorch and the model leave memory before anything is measured.
"""
from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from . import networks
from .errors import PeerError
from .memory import limit_memory
from .sweep import variant
from .workloads import Workload, read_workload

WEIGHT_SEED = 0
"""Every peer loads the same file, drawn by PyTorch's default initialisation from this seed."""


REFUSED_STATUS = 3
"""The child's exit status when the reference itself fails on the sample."""


class Refused(PeerError):
    """The reference does not run at this shape."""


@dataclass(frozen=True)
class Prepared:
    model: Path
    """A model's folder: config.json and safetensors."""
    tensors: Path
    """safetensors with the network's inputs by name, and `expected`, PyTorch's float32 output."""


def locate(workload: Workload, cache: Path) -> Prepared:
    """Where the workload's files are, or will be; the names contain a digest of what decides their contents."""
    if workload.model is None:
        model = cache / "models" / _digest(workload.configuration, WEIGHT_SEED)
    else:
        inner = workload.model / "unet"
        model = inner if inner.is_dir() else workload.model
    shape = _digest(model.name, workload.batch, workload.length, workload.timestep, workload.seed)
    return Prepared(model, cache / "tensors" / f"{workload.name}-{shape}.safetensors")


def prepare(workload: Workload, profile: Path, cache: Path) -> Prepared:
    """Makes what is missing in a child process; PeerError when that fails, `Refused` when the reference does.

    `profile` is the file that the workload, or the one it is a variant of, was read from.
    """
    prepared = locate(workload, cache)
    if not (prepared.model.is_dir() and prepared.tensors.is_file()):
        command = [sys.executable, "-m", __name__, profile, cache, workload.batch, workload.length]
        done = subprocess.run(list(map(str, command)), text=True, capture_output=True, preexec_fn=limit_memory)
        if done.returncode != 0:
            words = (done.stderr.strip() or f"status {done.returncode}").splitlines()[-1]
            error = Refused if done.returncode == REFUSED_STATUS else PeerError
            raise error(f"{workload.name}: PyTorch cannot make or run the model: {words}")
    return prepared


def make(workload: Workload, prepared: Prepared) -> None:
    """Writes the checkpoint (for workloads without one) and the tensors; nothing half-written stays under its name.

    Exits with REFUSED_STATUS when the model raises on the sample.
    """
    import torch
    from safetensors.torch import save_file

    torch.set_grad_enabled(False)
    if not prepared.model.is_dir():
        torch.manual_seed(WEIGHT_SEED)
        partial = _partial(prepared.model)
        networks.save_new(workload.configuration, partial)
        os.replace(partial, prepared.model)
    network = networks.load(prepared.model)
    inputs = networks.draw_inputs(network, workload)
    try:
        expected = network(*inputs.values()).contiguous()
    except (RuntimeError, ValueError, IndexError, TypeError, MemoryError) as error:
        print((str(error).strip() or repr(error)).splitlines()[0], file=sys.stderr)
        sys.exit(REFUSED_STATUS)
    partial = _partial(prepared.tensors)
    save_file({**inputs, "expected": expected}, partial)
    os.replace(partial, prepared.tensors)


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def _partial(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f"{path.name}.partial")
    if partial.is_dir():
        shutil.rmtree(partial)
    return partial


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("profile", type=Path)
    parser.add_argument("cache", type=Path)
    parser.add_argument("batch", type=int)
    parser.add_argument("length", type=int)
    arguments = parser.parse_args()
    chosen = variant(read_workload(arguments.profile), arguments.batch, arguments.length)
    make(chosen, locate(chosen, arguments.cache))
