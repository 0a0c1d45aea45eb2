"""--loops: whole denoising loops, beside diffusers' DanceDiffusionPipeline.

Run as a module it is the pipeline's side: a process that makes it once and times calls of it.
"""
from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from .case import Case
from .loading import run
from .peer import Job
from .pytorch import PyTorch
from .record import append_lines, host, stamp
from .rounds import alternate
from .schedule import PLAIN
from .table import lay_out
from .unet1d import UNet1D, model_flags

SCHEMA = "unet1d-loops/1"
WORKLOADS = ["ecg-512", "small-8192-b1", "dance-64k"]
ROUNDS = 5
STEPS = {"dance-64k": 10}
"""Where fifty steps would take minutes."""
SCHEDULER = "IPNDMScheduler"


def steps_of(workload: str) -> int:
    return STEPS.get(workload, 50)


@dataclass
class Loops:
    """All rounds on one workload."""

    case: Case
    steps: int
    seconds: dict[str, list[float]] = field(default_factory=dict)
    """Of a loop, by peer."""
    over_forwards: list[float] = field(default_factory=list)
    """Ours: the time of a loop over that of its forwards."""

    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        pairs = zip(self.seconds[PyTorch.name], self.seconds[UNet1D.name])
        return statistics.median(theirs / ours for theirs, ours in pairs)


def measure(job: Job, rounds: int, progress: Callable[[str], None] = lambda _: None) -> Loops:
    """A loop of each in turn, every second round in reverse; each runs one unmeasured before."""
    steps = steps_of(job.workload.name)
    result = Loops(job.case(PLAIN), steps)

    def ours() -> float:
        answer = json.loads(run(
            job, job.bench, "run", "--model", job.model, "--batch", job.workload.batch, "--length", job.workload.length,
            "--threads", job.threads, "--steps", steps, "--scheduler", SCHEDULER, "--warmup", 1, "--iterations", 1,
            "--format", "json", "--quiet", *model_flags(job.workload)))
        result.over_forwards.append(answer["loop"]["loop_over_forwards"])
        return answer["loop"]["loop_ms"]["min"] / 1e3

    def theirs() -> float:
        return float(run(
            job, sys.executable, "-m", __name__, job.model, job.workload.batch, job.workload.length, steps, job.threads))

    alternate({UNet1D.name: ours, PyTorch.name: theirs}, rounds, result.seconds,
              lambda number, name: progress(f"{job.name}: loops, round {number} of {rounds}, {name}"))
    return result


def append(result: Loops, folder: Path, time: datetime) -> Path:
    """Appends a line for each peer; returns the file. `time` is UTC."""
    case, machine = result.case, host()
    return append_lines(folder / f"loops-{time:%Y-%m-%d}.jsonl", (
        {
            "schema": SCHEMA, "time": stamp(time), "workload": case.workload, "length": case.length, "peer": peer,
            "threads": case.threads, "cpus": list(case.cpus), "host": machine, "scheduler": SCHEDULER,
            "steps": result.steps, "seconds": [round(each, 6) for each in seconds],
            "over_forwards": [round(each, 5) for each in result.over_forwards] if peer == UNet1D.name else None,
        }
        for peer, seconds in result.seconds.items()))


def markdown(results: list[Loops]) -> str:
    """Medians of the rounds, and the median of the rounds' ratios."""
    rows = [
        ["loop", "threads", "steps", "UNet1D", "diffusers' pipeline", "times as fast", "loop over its forwards"],
        ["---", *["---:"] * 6]]
    for result in results:
        medians = [f"{statistics.median(result.seconds[name]):.3g} s" for name in (UNet1D.name, PyTorch.name)]
        rows.append([
            result.case.workload, str(result.case.threads), str(result.steps), *medians, f"{result.ratio():.1f}",
            f"{statistics.median(result.over_forwards):.3f}"])
    return lay_out(rows)


def serve(model: str, batch: int, length: int, steps: int, threads: int) -> float:
    """Seconds of the second call of the pipeline, the first of a single step."""
    import torch
    from diffusers import DanceDiffusionPipeline, IPNDMScheduler, UNet1DModel

    torch.set_num_threads(threads)
    unet = UNet1DModel.from_pretrained(model)
    unet.register_to_config(sample_rate=unet.config.sample_rate or 1)
    pipeline = DanceDiffusionPipeline(unet, IPNDMScheduler())
    pipeline.set_progress_bar_config(disable=True)

    def call(steps: int) -> None:
        pipeline(
            batch_size=batch, num_inference_steps=steps, generator=torch.Generator().manual_seed(0),
            audio_length_in_s=length / unet.config.sample_rate)

    call(1)
    begin = time.perf_counter()
    call(steps)
    return time.perf_counter() - begin


if __name__ == "__main__":
    print(serve(sys.argv[1], *map(int, sys.argv[2:6])))
