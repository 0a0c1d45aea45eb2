"""--gradients: outputs with their gradient by the sample, and whole guided plans, beside PyTorch's autograd and diffusers' pipeline.

Run as a module it is PyTorch's side: a process that makes its models once and times calls.
"""
from __future__ import annotations

import json
import os
import re
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from .case import Case
from .errors import PeerError
from .figures import ROOT
from .loading import run
from .peer import Job
from .pytorch import PyTorch
from .record import append_lines, host, stamp
from .rounds import alternate
from .schedule import PLAIN
from .table import lay_out
from .unet1d import UNet1D, model_flags

SCHEMA = "unet1d-gradients/1"
WORKLOADS = ["value-h32-b1", "value-h32-b64", "hopper-h32-b64"]
"""Value functions: an output and its gradient. A planner: a whole plan, guided by the value function below."""
ROUNDS = 5
VALUE_FUNCTION = ROOT / "Tests/Fixtures/visible/real_value_h32"
STEPS, GUIDANCE_STEPS, SCALE, ACTIONS = 20, 2, 0.1, 3
SECONDS = 2.0
"""How long calls go on in a round."""


@dataclass
class Gradients:
    """All rounds on one workload."""

    case: Case
    what: str
    seconds: dict[str, list[float]] = field(default_factory=dict)
    """The median call's, by peer; PyTorch's with the number of threads that is best for it."""
    over_forward: list[float] = field(default_factory=list)
    """Ours: an output with its gradient over a forward."""

    def ratio(self) -> float:
        """The median of the rounds' ratios."""
        pairs = zip(self.seconds[PyTorch.name], self.seconds[UNet1D.name])
        return statistics.median(theirs / ours for theirs, ours in pairs)


def is_planner(job: Job) -> bool:
    return job.workload.name.startswith("hopper")


def measure(job: Job, rounds: int, progress: Callable[[str], None] = lambda _: None) -> Gradients:
    """Calls of each in turn, every second round in reverse."""
    what = f"guided plan, {STEPS} steps" if is_planner(job) else "output and gradient"
    result = Gradients(job.case(PLAIN), what)

    def ours() -> float:
        if is_planner(job):
            return plan_seconds(run(
                job, job.bench.with_name("planner-example"), job.model, VALUE_FUNCTION, 5, 2000, job.workload.batch, STEPS))
        answer = json.loads(run(
            job, job.bench, "run", "--model", job.model, "--batch", job.workload.batch, "--length", job.workload.length,
            "--threads", job.threads, "--gradient", "--warmup", 10, "--duration", SECONDS, "--format", "json", "--quiet",
            *model_flags(job.workload)))["gradient"]
        result.over_forward.append(answer["over_forward"])
        return answer["value_and_gradient_ms"]["p50"] / 1e3

    def theirs() -> float:
        return float(run(
            job, sys.executable, "-m", __name__, job.model, job.workload.batch, job.workload.length,
            VALUE_FUNCTION if is_planner(job) else ""))

    alternate({UNet1D.name: ours, PyTorch.name: theirs}, rounds, result.seconds,
              lambda number, name: progress(f"{job.name}: gradients, round {number} of {rounds}, {name}"))
    return result


def plan_seconds(text: str) -> float:
    """The median plan's time, as planner-example prints it."""
    found = re.search(r"([0-9.e-]+) ms at the median", text)
    if found is None:
        raise PeerError(f"planner-example: no median in {text.strip()!r}")
    return float(found[1]) / 1e3


def append(result: Gradients, folder: Path, time: datetime) -> Path:
    """Appends a line for each peer; returns the file. `time` is UTC."""
    case, machine = result.case, host()
    return append_lines(folder / f"gradients-{time:%Y-%m-%d}.jsonl", (
        {
            "schema": SCHEMA, "time": stamp(time), "workload": case.workload, "what": result.what, "peer": peer,
            "threads": case.threads, "cpus": list(case.cpus), "host": machine,
            "seconds": [round(each, 8) for each in seconds],
            "over_forward": [round(each, 4) for each in result.over_forward] if peer == UNet1D.name else None,
        }
        for peer, seconds in result.seconds.items()))


def markdown(results: list[Gradients]) -> str:
    """Medians of the rounds, and the median of the rounds' ratios."""
    rows = [
        ["workload", "what", "threads", "UNet1D", "PyTorch", "times as fast", "over our forward"],
        ["---", "---", *["---:"] * 5]]
    for result in results:
        medians = [f"{1e3 * statistics.median(result.seconds[name]):.3g} ms" for name in (UNet1D.name, PyTorch.name)]
        over = f"{statistics.median(result.over_forward):.2f}" if result.over_forward else "–"
        rows.append([
            result.case.workload, result.what, str(result.case.threads), *medians, f"{result.ratio():.1f}", over])
    return lay_out(rows)


def median_seconds(call: Callable[[], Any]) -> float:
    """The median time of calls for a while, behind two that are not counted."""
    call()
    call()
    samples: list[float] = []
    start = time.perf_counter()
    while len(samples) < 3 or time.perf_counter() - start < SECONDS:
        begin = time.perf_counter()
        call()
        samples.append(time.perf_counter() - begin)
    return statistics.median(samples)


def serve(model: str, batch: int, length: int, value_function: str) -> float:
    """Seconds of the median call with the number of threads, up to the processors, that is best."""
    import torch
    from diffusers import UNet1DModel

    unet = UNet1DModel.from_pretrained(model).eval().requires_grad_(False)
    sample = torch.randn(batch, unet.config.in_channels, length, generator=torch.Generator().manual_seed(0))

    def value_and_gradient() -> Any:
        x = sample.detach().requires_grad_()
        return torch.autograd.grad(unet(x, torch.full((batch,), 3), return_dict=False)[0].sum(), x)

    call = guided_plan(unet, value_function, batch, length) if value_function else value_and_gradient
    times = []
    for threads in range(1, len(os.sched_getaffinity(0)) + 1):
        torch.set_num_threads(threads)
        times.append(median_seconds(call))
    return min(times)


def guided_plan(unet: Any, value_function: str, batch: int, length: int) -> Callable[[], Any]:
    """A call of ValueGuidedRLPipeline's loop, without the environment that its initialiser asks for."""
    import torch
    from diffusers import DDPMScheduler, UNet1DModel
    from diffusers.experimental.rl.value_guided_sampling import ValueGuidedRLPipeline

    pipeline = ValueGuidedRLPipeline.__new__(ValueGuidedRLPipeline)
    object.__setattr__(pipeline, "_internal_dict", {})
    scheduler = DDPMScheduler(
        num_train_timesteps=100, beta_schedule="squaredcos_cap_v2", clip_sample=False, variance_type="fixed_small_log",
        prediction_type="sample")
    scheduler.set_timesteps(STEPS)
    pipeline.unet, pipeline.scheduler, pipeline.action_dim = unet, scheduler, ACTIONS
    pipeline.value_function = UNet1DModel.from_pretrained(value_function).eval().requires_grad_(False)
    shape = (batch, length, unet.config.in_channels)
    conditions = {0: torch.zeros(batch, shape[2] - ACTIONS)}

    def call() -> Any:
        x = pipeline.reset_x0(torch.randn(shape), conditions, ACTIONS)
        return pipeline.run_diffusion(x, conditions, GUIDANCE_STEPS, SCALE)

    return call


if __name__ == "__main__":
    print(serve(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]))
