"""--loading: from opening a checkpoint to its packed weights, beside PyTorch's load into a model that is there already.

Run as a module, with folders as arguments, it is PyTorch's side: a process that times a load of each.
"""
from __future__ import annotations

import json
import os
import resource
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from .case import Case
from .errors import PeerError
from .peer import Job
from .pytorch import PyTorch
from .record import append_lines, host, stamp
from .schedule import PLAIN
from .table import ABSENT, lay_out
from .unet1d import UNet1D

SCHEMA = "unet1d-loading/1"
WORKLOADS = ["dance-64k"]
ROUNDS = 15
STEM = "diffusion_pytorch_model"
SAFETENSORS = "safetensors"
FORMS = [SAFETENSORS, "shards", "bin", "bin-legacy", "f16"]
"""The folders that `write_forms` makes."""

CAT, PACKING = "cat", "packing"
"""What bounds a load from below: a pass over the file, and a pass of packing from memory."""

MAKING = "making"
"""PyTorch's model, made before it is loaded into."""


@dataclass(frozen=True)
class Timed:
    """One pass of anything."""

    seconds: float
    processor_seconds: float
    """Of all threads, the kernel's share included: what other programs disturb less."""


@dataclass
class Loads:
    """All rounds on one workload, and what does not change between them."""

    case: Case
    passes: dict[str, dict[str, list[Timed]]] = field(default_factory=dict)
    """By peer, then by form; UNet1D's also of CAT and PACKING, PyTorch's also of MAKING."""
    peak_bytes: dict[str, int] = field(default_factory=dict)
    file_bytes: dict[str, int] = field(default_factory=dict)
    weights_bytes: int = 0

    def sums(self, peer: str, *forms: str, attribute: str = "seconds") -> list[float]:
        """A time for each round: the sum of some passes of a peer."""
        passes = [[getattr(each, attribute) for each in self.passes[peer][form]] for form in forms]
        return [sum(each) for each in zip(*passes)]

    def median(self, peer: str, *forms: str) -> str:
        return f"{statistics.median(self.sums(peer, *forms)):.3g} s"

    def ratio(self, above: tuple[str, ...], below: tuple[str, ...]) -> str:
        """The median of the rounds' ratios of one sum over another, each a peer and forms; then of processor times."""
        def median(attribute: str) -> float:
            pairs = zip(self.sums(*above, attribute=attribute), self.sums(*below, attribute=attribute))
            return statistics.median(one / other for one, other in pairs)
        return f"{median('seconds'):.2f} ({median('processor_seconds'):.2f})"


def write_forms(model: Path, folder: Path) -> None:
    """Writes the weights of `model`, one safetensors file, in every form; a child's work, for it fills memory."""
    code = f"from peers.loading import make_forms; make_forms({str(model)!r}, {str(folder)!r})"
    subprocess.run([sys.executable, "-c", code], check=True)


def make_forms(model: str, folder: str) -> None:
    import torch
    from huggingface_hub import save_torch_state_dict
    from safetensors.torch import load_file, save_file

    state = load_file(f"{model}/{STEM}.safetensors")
    for form in FORMS:
        target = Path(folder, form)
        target.mkdir()
        shutil.copy(f"{model}/config.json", target)
        if form == SAFETENSORS:
            save_file(state, target / f"{STEM}.safetensors")
        elif form == "shards":
            pattern, size = f"{STEM}{{suffix}}.safetensors", sum(tensor.nbytes for tensor in state.values()) // 3
            save_torch_state_dict(state, target, filename_pattern=pattern, max_shard_size=size)
        elif form == "f16":
            save_file({name: tensor.half() for name, tensor in state.items()}, target / f"{STEM}.safetensors")
        else:
            torch.save(state, target / f"{STEM}.bin", _use_new_zipfile_serialization=form == "bin")


def weight_files(folder: Path) -> list[Path]:
    return sorted([*folder.glob("*.safetensors"), *folder.glob("*.bin")])


def run(job: Job, *command: object) -> str:
    """The output of a command on the job's processors."""
    threads = str(job.threads)
    done = subprocess.run(
        list(map(str, command)), text=True, capture_output=True,
        env={**os.environ, "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads},
        preexec_fn=lambda: os.sched_setaffinity(0, job.cpus))
    if done.returncode != 0:
        raise PeerError(f"{command[0]}: {(done.stderr.strip().splitlines() or ['no message'])[-1]}")
    return done.stdout


def measure(job: Job, rounds: int, folder: Path, progress: Callable[[str], None] = lambda _: None) -> Loads:
    """Loads every form with both in turn, every second round in reverse; a first, unmeasured round fills the page cache.

    `folder` is an empty one, with room for four times the checkpoint.
    """
    progress(f"{job.name}: the forms")
    write_forms(job.model, folder)
    result = Loads(job.case(PLAIN))
    for form in FORMS:
        result.file_bytes[form] = sum(file.stat().st_size for file in weight_files(folder / form))

    def ours(form: str, *flags: str) -> dict[str, Timed]:
        command = [job.bench.with_name("unet1d-gates"), "load-times", folder / form, job.workload.length, *flags]
        # Of two the second counts: a virtual machine may take seconds to hand out memory that nothing used lately.
        run(job, *command)
        answer = json.loads(run(job, *command))
        if not flags:
            result.peak_bytes[form] = max(answer["peak_rss_bytes"], result.peak_bytes.get(form, 0))
            result.weights_bytes = answer["weights_bytes"]
        return {PACKING if flags else form: Timed(answer["seconds"], answer["processor_seconds"])}

    def cat() -> dict[str, Timed]:
        begin, before = time.perf_counter(), children_seconds()
        with open(os.devnull, "wb") as nowhere:
            subprocess.run(["cat", *weight_files(folder / SAFETENSORS)], stdout=nowhere, check=True)
        return {CAT: Timed(time.perf_counter() - begin, children_seconds() - before)}

    def theirs() -> dict[str, Timed]:
        answer = json.loads(run(
            job, sys.executable, "-m", __name__, job.threads, *[folder / form for form in FORMS]))
        return {form: Timed(*times) for form, times in answer.items()}

    turns: list[tuple[str, Callable[[], dict[str, Timed]]]] = [(UNet1D.name, cat)]
    turns += [(UNet1D.name, lambda form=form: ours(form)) for form in FORMS]
    turns += [(UNet1D.name, lambda: ours(SAFETENSORS, "--packing")), (PyTorch.name, theirs)]
    for number in range(-1, rounds):
        for place, (peer, turn) in enumerate(turns if number % 2 == 0 else reversed(turns)):
            progress(f"{job.name}: loading, round {number + 1} of {rounds}, {place + 1} of {len(turns)}")
            for form, timed in turn().items():
                if number >= 0:
                    result.passes.setdefault(peer, {}).setdefault(form, []).append(timed)
    return result


def children_seconds() -> float:
    """Processor time of the children that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def append(result: Loads, folder: Path, time: datetime) -> Path:
    """Appends a line for everything that was timed; returns the file. `time` is UTC."""
    case, machine = result.case, host()
    return append_lines(folder / f"loading-{time:%Y-%m-%d}.jsonl", (
        {
            "schema": SCHEMA, "time": stamp(time), "workload": case.workload, "length": case.length, "peer": peer,
            "threads": case.threads, "cpus": list(case.cpus), "host": machine, "what": form,
            "seconds": [round(each.seconds, 6) for each in passes],
            "processor_seconds": [round(each.processor_seconds, 6) for each in passes], "file_bytes": result.file_bytes.get(form),
            "peak_rss_bytes": result.peak_bytes.get(form) if peer == UNet1D.name else None,
            "weights_bytes": result.weights_bytes,
        }
        for peer, forms in result.passes.items() for form, passes in forms.items()))


def markdown(results: list[Loads]) -> str:
    """Medians of times, and of the rounds' ratios, in brackets those of processor times; the most memory of all rounds."""
    rows = [
        ["loading", "threads", "UNet1D", "over safetensors", "over cat and packing", "PyTorch eager", "times as fast",
         "with its model made", "times as fast", "peak over file", "peak over packed"],
        ["---", *["---:"] * 10]]
    ours, theirs = UNet1D.name, PyTorch.name
    for result in results:
        for form in FORMS:
            own, peak = (ours, form), result.peak_bytes[form]
            rows.append([
                f"{result.case.workload} {form}", str(result.case.threads), result.median(*own),
                result.ratio(own, (ours, SAFETENSORS)),
                result.ratio(own, (ours, CAT, PACKING)) if form == SAFETENSORS else ABSENT,
                result.median(theirs, form), result.ratio((theirs, form), own),
                result.median(theirs, MAKING, form), result.ratio((theirs, MAKING, form), own),
                f"{peak / result.file_bytes[form]:.2f}", f"{peak / result.weights_bytes:.2f}"])
    return lay_out(rows)


def serve(threads: int, folders: list[Path]) -> dict[str, tuple[float, float]]:
    """Seconds and processor seconds of making diffusers' model, and of a load into it from each folder, by its name."""
    import torch
    from diffusers import UNet1DModel
    from safetensors.torch import load_file

    torch.set_num_threads(threads)
    times: dict[str, tuple[float, float]] = {}

    def timed(name: str, action: Callable[[], Any]) -> Any:
        begin, before = time.perf_counter(), time.process_time()
        value = action()
        times[name] = (time.perf_counter() - begin, time.process_time() - before)
        return value

    configuration = json.loads((folders[0] / "config.json").read_text())
    model = timed(MAKING, lambda: UNet1DModel.from_config(configuration))

    def load(folder: Path) -> None:
        state: dict[str, Any] = {}
        for file in weight_files(folder):
            state.update(load_file(file) if file.suffix == ".safetensors" else torch.load(file))
        model.load_state_dict(state)

    for folder in folders:
        timed(folder.name, lambda: load(folder))
    return times


if __name__ == "__main__":
    print(json.dumps(serve(int(sys.argv[1]), [Path(argument) for argument in sys.argv[2:]])))
