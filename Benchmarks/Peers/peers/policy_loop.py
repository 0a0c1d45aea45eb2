"""A robot policy's denoising loop in Python: diffusers' DDIM, configured as LeRobot does it, around any peer.

Run as a module it is a process that loads the peer of a module once and times loops.
"""
from __future__ import annotations

import json
import statistics
import sys
import time
from importlib import import_module
from pathlib import Path

from .figures import FOLDER

SCHEDULER = FOLDER / "policy_scheduler.json"
"""The scheduler's configuration, which unet1d-bench reads, too. Source: LeRobot, DiffusionConfig, its type DDIM."""


def serve(module: str, model: Path, tensors: Path, steps: int, loops: int, threads: int) -> float:
    """Seconds of the median loop, after one that is not counted."""
    loaded = import_module(module).load(model, tensors, threads)
    import numpy
    import torch
    from diffusers import DDIMScheduler

    scheduler = DDIMScheduler.from_config(json.loads(SCHEDULER.read_text()))
    noise = torch.randn(loaded.inputs["sample"].shape, generator=torch.Generator().manual_seed(0))

    @torch.inference_mode()
    def loop() -> float:
        begin = time.perf_counter()
        scheduler.set_timesteps(steps)
        sample = noise
        for timestep in scheduler.timesteps:
            loaded.inputs["sample"][:] = sample.numpy()
            loaded.inputs["timestep"][:] = timestep.item()
            output = torch.from_numpy(numpy.asarray(loaded.forward()))
            sample = scheduler.step(output, timestep, sample).prev_sample
        return time.perf_counter() - begin

    loop()
    return statistics.median(loop() for _ in range(loops))


if __name__ == "__main__":
    print(serve(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), *map(int, sys.argv[4:7])))
