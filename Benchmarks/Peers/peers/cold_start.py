"""--cold-start: from the start of a process to the end of its first forward, and the most memory it had."""
from __future__ import annotations

import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from .case import Case
from .errors import PeerError
from .peer import Job, Peer
from .record import KINDS, append_lines, host, read_lines, stamp
from .schedule import PLAIN
from .served import ServedPeer, last_words
from .table import ABSENT, lay_out
from .unet1d import UNet1D, model_flags

SCHEMA = "unet1d-cold-start/1"
WORKLOADS = ["dance-64k", "hopper-h32-b1"]
ROUNDS = 3


@dataclass(frozen=True)
class Start:
    """One process."""

    seconds: float
    """Ours until it ended, the output written; a peer until its first forward had ended."""
    peak_rss_bytes: int
    """Of the process up to its end."""
    version: str


@dataclass
class ColdStarts:
    """All starts of all peers on one workload."""

    case: Case
    peers: dict[str, list[Start]] = field(default_factory=dict)
    failures: list[str] = field(default_factory=list)


def start_ours(job: Job, kind: type[UNet1D] = UNet1D) -> Start:
    """`unet1d-bench forward`, which verified its output before."""
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile("w+") as log:
        command = [
            str(job.bench), "forward", "--model", str(job.model), "--tensors", str(job.tensors),
            "--output", f"{folder}/output.safetensors", "--threads", str(job.threads), "--quiet",
            *model_flags(job.workload, kind.precision)]
        begin = time.perf_counter()
        child = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=log, preexec_fn=lambda: os.sched_setaffinity(0, job.cpus))
        status, peak = wait(child)
        seconds = time.perf_counter() - begin
        if status != 0:
            raise PeerError(f"unet1d-bench forward ended with status {status}: {last_words(log)}")
    version = subprocess.run([str(job.bench), "--version"], text=True, capture_output=True).stdout.strip()
    return Start(seconds, peak, version)


def start_peer(kind: type[ServedPeer], job: Job) -> Start:
    """A fresh interpreter that imports, loads and runs one forward, and then checks its output."""
    with tempfile.TemporaryFile("w+") as log:
        begin = time.perf_counter()
        child = kind.launch(job, log)
        request = {"model": str(job.model), "tensors": str(job.tensors), "threads": job.threads, "cold_start": True}
        try:
            child.stdin.write(json.dumps(request) + "\n")
            child.stdin.flush()
            first = child.stdout.readline()
            seconds = time.perf_counter() - begin
            ready = child.stdout.readline()
            child.stdin.close()
        except BrokenPipeError:
            first = ready = ""
        status, peak = wait(child)
        child.stdout.close()
        if not (first and ready):
            raise PeerError(f"{kind.name} ended with status {status}: {last_words(log)}")
        answer = json.loads(ready)
        kind.check_accuracy(answer)
        return Start(seconds, peak, answer["version"])


def wait(child: subprocess.Popen[Any]) -> tuple[int, int]:
    """The exit status and the greatest resident size in bytes; no less than this process had when it forked."""
    _, status, usage = os.wait4(child.pid, 0)
    child.returncode = os.waitstatus_to_exitcode(status)
    return child.returncode, usage.ru_maxrss << 10


def measure(
    job: Job, peers: list[type[Peer]], rounds: int, progress: Callable[[str], None] = lambda _: None,
) -> ColdStarts:
    """Starts every peer in turn, every second round in reverse; a first, unmeasured round fills the file cache.

    A peer that fails is left out and told; PeerError when ours is the one.
    """
    progress(f"{job.name}: UNet1D verifies")
    UNet1D(job)
    starts: dict[str, Callable[[], Start]] = {UNet1D.name: partial(start_ours, job)}
    failures: list[str] = []
    for kind in peers:
        if not issubclass(kind, UNet1D):
            starts[kind.name] = partial(start_peer, kind, job)
            continue
        try:
            kind(job)
        except PeerError as error:
            failures.append(str(error))
            continue
        starts[kind.name] = partial(start_ours, job, kind)
    result = ColdStarts(job.case(PLAIN), {name: [] for name in starts}, failures)
    for round in range(-1, rounds):
        for name in list(starts) if round % 2 == 0 else list(reversed(starts)):
            progress(f"{job.name}: cold start {round + 1} of {rounds}, {name}")
            try:
                start = starts[name]()
            except PeerError as error:
                if name == UNet1D.name:
                    raise
                result.failures.append(str(error))
                del starts[name], result.peers[name]
                continue
            if round >= 0:
                result.peers[name].append(start)
    return result


def append(result: ColdStarts, folder: Path, time: datetime) -> Path:
    """Appends a line for every start; returns the file. `time` is UTC."""
    case, machine = result.case, host()
    return append_lines(folder / f"cold-start-{time:%Y-%m-%d}.jsonl", (
        {
            "schema": SCHEMA, "time": stamp(time), "workload": case.workload, "batch": case.batch,
            "length": case.length, "timestep": case.timestep, "peer": peer, "version": start.version,
            "threads": case.threads, "cpus": list(case.cpus), "round": number, "host": machine,
            "seconds": round(start.seconds, 6), "peak_rss_bytes": start.peak_rss_bytes,
        }
        for peer, starts in result.peers.items() for number, start in enumerate(starts)))


def read(paths: Iterable[Path]) -> list[ColdStarts]:
    """What files hold of cold starts; all runs of a case together."""
    found: dict[Case, ColdStarts] = {}
    for line in read_lines(paths, SCHEMA):
        try:
            case = Case(
                line["workload"], line["batch"], line["length"], line["timestep"], line["threads"],
                tuple(line["cpus"]))
            start = Start(line["seconds"], line["peak_rss_bytes"], line["version"])
            starts = found.setdefault(case, ColdStarts(case)).peers
            starts.setdefault(KINDS[line["peer"]].name, []).append(start)
        except (KeyError, TypeError) as error:
            raise PeerError(f"a line of {line.get('time')} is not a cold start: {error!r}") from error
    return list(found.values())


def markdown(results: list[ColdStarts]) -> str:
    """Medians of seconds and of megabytes (10⁶ bytes), a column for every peer."""
    names = list(dict.fromkeys(name for result in results for name in result.peers))
    rows = [["cold start", "threads", *[KINDS[name].title for name in names]], ["---", *["---:"] * (len(names) + 1)]]
    for result in results:
        cells = [ABSENT if not result.peers.get(name) else summary(result.peers[name]) for name in names]
        rows.append([result.case.workload, str(result.case.threads), *cells])
    return lay_out(rows)


def summary(starts: list[Start]) -> str:
    seconds = statistics.median(start.seconds for start in starts)
    megabytes = statistics.median(start.peak_rss_bytes for start in starts) / 1e6
    return f"{seconds:.3g} s, {megabytes:.0f} MB"
