"""--loops: whole denoising loops, beside diffusers' DanceDiffusionPipeline; of robot policies beside policy_loop.py.

Run as a module it is the pipeline's side: a process that makes it once and times calls of it.
"""
from __future__ import annotations

import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path

from . import policy_loop
from .case import Case
from .loading import run
from .networks import is_conditional
from .onnx_runtime import ONNXRuntime
from .open_vino import OpenVINO
from .peer import Group, Job, Peer
from .pytorch import PyTorch
from .record import KINDS, append_lines, host, stamp
from .rounds import alternate
from .schedule import PLAIN
from .table import ABSENT, lay_out
from .unet1d import UNet1D, model_flags
from .workloads import Workload

SCHEMA = "unet1d-loops/1"
WORKLOADS = ["ecg-512", "small-8192-b1", "dance-64k", "policy-lowdim-b1", "policy-image-b1", "policy-lerobot-b1"]
PEERS = [PyTorch.name, ONNXRuntime.name, OpenVINO.name]
"""Of the loops of robot policies, unless others are named; every other loop is that of diffusers' pipeline."""
ROUNDS = 5


@dataclass(frozen=True)
class Plan:
    """What runs in a round."""

    steps: int
    scheduler: str
    """A class of diffusers, or its file."""
    loops: int = 1
    """How many of them; their median counts."""


def plan_of(workload: Workload) -> Plan:
    if is_conditional(workload.configuration):
        return Plan(10, str(policy_loop.SCHEDULER), 5)
    # Fifty steps would take minutes.
    return Plan(10 if workload.name == "dance-64k" else 50, "IPNDMScheduler")


@dataclass
class Loops:
    """All rounds on one workload."""

    case: Case
    plan: Plan
    seconds: dict[str, list[float]] = field(default_factory=dict)
    """Of a loop, by peer."""
    over_forwards: list[float] = field(default_factory=list)
    """Ours: the time of a loop over that of its forwards."""

    def fastest(self) -> str | None:
        """The name of the float32 peer with the least median; None when none took part."""
        medians = {
            name: statistics.median(seconds) for name, seconds in self.seconds.items()
            if name != UNet1D.name and KINDS[name].group in (Group.EXPORTED, Group.REWRITTEN)}
        return min(medians, key=medians.__getitem__, default=None)

    def ratio(self, peer: str) -> float:
        """The median of the rounds' ratios."""
        return statistics.median(
            theirs / ours for theirs, ours in zip(self.seconds[peer], self.seconds[UNet1D.name]))


def measure(
    job: Job, rounds: int, progress: Callable[[str], None] = lambda _: None, peers: Sequence[type[Peer]] = (),
) -> Loops:
    """A loop of each in turn, every second round in reverse; each runs one unmeasured before.

    `peers` are for robot policies, but for UNet1D in another precision.
    """
    plan = plan_of(job.workload)
    result = Loops(job.case(PLAIN), plan)

    def ours(kind: type[UNet1D]) -> float:
        answer = json.loads(run(
            job, job.bench, "run", "--model", job.model, "--batch", job.workload.batch, "--length", job.workload.length,
            "--threads", job.threads, "--steps", plan.steps, "--scheduler", plan.scheduler, "--warmup", 1,
            "--iterations", plan.loops, "--format", "json", "--quiet", *model_flags(job.workload, kind.precision)))
        if kind is UNet1D:
            result.over_forwards.append(answer["loop"]["loop_over_forwards"])
        return answer["loop"]["loop_ms"]["p50"] / 1e3

    def pipeline() -> float:
        return float(run(
            job, sys.executable, "-m", __name__, job.model, job.workload.batch, job.workload.length, plan.steps,
            job.threads))

    def driven(kind: type[Peer]) -> float:
        return float(run(
            job, sys.executable, "-m", policy_loop.__name__, kind.__module__, job.model, job.tensors, plan.steps,
            plan.loops, job.threads))

    turns: dict[str, Callable[[], float]] = {UNet1D.name: partial(ours, UNet1D)}
    if not is_conditional(job.workload.configuration):
        turns[PyTorch.name] = pipeline
    for kind in peers:
        if issubclass(kind, UNet1D):
            turns[kind.name] = partial(ours, kind)
        elif is_conditional(job.workload.configuration):
            turns[kind.name] = partial(driven, kind)
    alternate(turns, rounds, result.seconds,
              lambda number, name: progress(f"{job.name}: loops, round {number} of {rounds}, {name}"))
    return result


def append(result: Loops, folder: Path, time: datetime) -> Path:
    """Appends a line for each peer; returns the file. `time` is UTC."""
    case, machine = result.case, host()
    return append_lines(folder / f"loops-{time:%Y-%m-%d}.jsonl", (
        {
            "schema": SCHEMA, "time": stamp(time), "workload": case.workload, "length": case.length, "peer": peer,
            "threads": case.threads, "cpus": list(case.cpus), "host": machine,
            "scheduler": Path(result.plan.scheduler).name, "steps": result.plan.steps,
            "seconds": [round(each, 6) for each in seconds],
            "over_forwards": [round(each, 5) for each in result.over_forwards] if peer == UNet1D.name else None,
        }
        for peer, seconds in result.seconds.items()))


def markdown(results: list[Loops]) -> str:
    """Medians of the rounds; the median of the rounds' ratios to the fastest float32 peer."""
    names = list(dict.fromkeys(name for result in results for name in result.seconds))
    titles = [KINDS[name].title for name in names]
    header = ["loop", "threads", "steps", *titles, "times as fast", "loop over its forwards"]
    rows = [header, ["---", *["---:"] * (len(header) - 1)]]
    for result in results:
        medians = [
            f"{statistics.median(result.seconds[name]):.3g} s" if name in result.seconds else ABSENT for name in names]
        fastest = result.fastest()
        rows.append([
            result.case.workload, str(result.case.threads), str(result.plan.steps), *medians,
            f"{result.ratio(fastest):.1f}" if fastest else ABSENT, f"{statistics.median(result.over_forwards):.3f}"])
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
