"""--latency: how steady forwards are, beside the machine's own noise and the peers in the same blocks."""
from __future__ import annotations

import json
import math
import os
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from .case import Case
from .errors import PeerError
from .peer import Job
from .record import append_lines, host, stamp
from .schedule import PLAIN
from .served import ServedPeer, last_words
from .unet1d import COMPARED_FLAGS, UNet1D, profile_flags

SCHEMA = "unet1d-latency/1"
WORKLOADS = ["hopper-h32-b1"]
PEERS = ["onnxruntime", "openvino"]
THREADS = [1]
BLOCKS, FORWARDS, GROUP = 5, 20_000, 1000
"""Blocks, forwards of each in a block, and how many of one follow one another before it is another's turn."""

WARMUP_FORWARDS = 200
PROBE = "probe"


@dataclass(frozen=True)
class Percentiles:
    """Milliseconds; nearest rank."""

    p50: float
    p90: float
    p99: float | None
    p999: float | None
    max: float

    @classmethod
    def of(cls, samples_ms: list[float]) -> Percentiles:
        """p99 needs 200 samples and p999 needs 5000, as in unet1d-bench."""
        ordered = sorted(samples_ms)

        def rank(percent: float) -> float:
            return ordered[max(1, math.ceil(percent / 100 * len(ordered) - 1e-9)) - 1]

        return cls(
            rank(50), rank(90), rank(99) if len(ordered) >= 200 else None,
            rank(99.9) if len(ordered) >= 5000 else None, ordered[-1])

    @classmethod
    def read(cls, report: dict[str, Any] | None) -> Percentiles | None:
        return None if report is None else cls(*(report[name] for name in ("p50", "p90", "p99", "p999", "max")))

    def spread(self, name: str) -> float | None:
        """A percentile over the median."""
        value = getattr(self, name)
        return None if value is None else value / self.p50


@dataclass(frozen=True)
class Times:
    """What one took in one block."""

    version: str
    forwards: int
    switched_out: int
    """Forwards during which a thread was switched out for another program."""
    all: Percentiles
    undisturbed: Percentiles | None
    """Without those; None where none is left."""

    def undisturbed_at(self, name: str) -> float | None:
        return None if self.undisturbed is None else getattr(self.undisturbed, name)

    def undisturbed_spread(self, name: str) -> float | None:
        return None if self.undisturbed is None else self.undisturbed.spread(name)


@dataclass
class Latencies:
    """All blocks of one case: for each, the times of ours, of the probe and of the peers, by name."""

    case: Case
    blocks: list[dict[str, Times]] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)


class OurBlock:
    """One `unet1d-bench run --probe --turns`: it waits for its turn, runs a group, and reports at the end."""

    def __init__(self, job: Job, forwards: int, group: int) -> None:
        workload, self._name = job.workload, job.name
        self._folder = tempfile.TemporaryDirectory()
        self._report = Path(self._folder.name) / "report.json"
        self._log = tempfile.TemporaryFile("w+")
        self._child = subprocess.Popen(
            [str(job.bench), "run", "--model", str(job.model), "--threads", str(job.threads), "--quiet",
             "--batch", str(workload.batch), "--length", str(workload.length), "--timestep", repr(workload.timestep),
             "--warmup", str(WARMUP_FORWARDS), "--iterations", str(forwards), "--turns", str(group), "--probe",
             "--format", "json", "--output", str(self._report), *profile_flags(workload, COMPARED_FLAGS)],
            text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
            preexec_fn=lambda: os.sched_setaffinity(0, job.cpus))
        try:
            self._await_turn()
        except PeerError:
            self.close()
            raise

    def take_turn(self) -> None:
        """Lets it run a group, and waits until it waits again, or has ended."""
        with suppress(BrokenPipeError):
            self._child.stdin.write("go\n")
            self._child.stdin.flush()
        self._await_turn()

    def _await_turn(self) -> None:
        if self._child.stdout.readline() != "turn\n" and self._child.wait() != 0:
            raise PeerError(
                f"unet1d-bench run on {self._name} ended with status {self._child.returncode}: {last_words(self._log)}")

    def times(self) -> dict[str, Times]:
        """After the last turn: the forwards' and the probe's."""
        try:
            report = json.loads(self._report.read_text())
            version, forwards = report["host"]["version"], report["iterations"]
            return {
                name: Times(
                    version, forwards, figures["switched_out"], Percentiles.read(figures["latency_ms"]),
                    Percentiles.read(figures["undisturbed_latency_ms"]))
                for name, figures in ((UNet1D.name, report), (PROBE, report["probe"]))}
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise PeerError(f"unet1d-bench run on {self._name}: not a report with a probe: {error!r}") from error

    def close(self) -> None:
        with suppress(BrokenPipeError):
            self._child.stdin.close()
        if self._child.poll() is None:
            self._child.kill()
        self._child.wait()
        self._child.stdout.close()
        self._log.close()
        self._folder.cleanup()


def measure(
    job: Job, peers: list[type[ServedPeer]], blocks: int, forwards: int, group: int,
    progress: Callable[[str], None] = lambda _: None,
) -> Latencies:
    """Groups of forwards of ours, each with a probe behind it, alternate with groups of each peer, every second in reverse.

    The peers live through all blocks, ours is a process a block. A peer that fails is left out and told; PeerError when
    ours is the one.
    """
    progress(f"{job.name}: UNet1D verifies")
    UNet1D(job)
    result = Latencies(job.case(PLAIN))
    with ExitStack() as stack:
        running: dict[str, ServedPeer] = {}
        for kind in peers:
            progress(f"{job.name}: {kind.title} loads")
            try:
                if not issubclass(kind, ServedPeer):
                    raise PeerError(f"{kind.name}: --latency measures UNet1D by the workload's own options alone")
                running[kind.name] = kind(job)
            except PeerError as error:
                result.failures.append(str(error))
                continue
            stack.callback(running[kind.name].close)
        for number in range(blocks):
            progress(f"{job.name}: block {number + 1} of {blocks}")
            result.blocks.append(_block(job, running, forwards, group, result.failures))
    return result


def _block(
    job: Job, running: dict[str, ServedPeer], forwards: int, group: int, failures: list[str],
) -> dict[str, Times]:
    """One block; removes from `running` peers that end."""
    ours = OurBlock(job, forwards, group)
    try:
        samples: dict[str, list[float]] = {name: [] for name in running}
        undisturbed: dict[str, list[float]] = {name: [] for name in running}
        for turn, first in enumerate(range(0, forwards, group)):
            names = [UNet1D.name, *running]
            for name in names if turn % 2 == 0 else names[::-1]:
                if name == UNet1D.name:
                    ours.take_turn()
                    continue
                try:
                    times, switched_out = running[name].time_forwards(min(group, forwards - first))
                except PeerError as error:
                    failures.append(str(error))
                    running.pop(name).close()
                    continue
                samples[name] += times
                undisturbed[name] += [time for index, time in enumerate(times) if index not in switched_out]
        found = ours.times()
        for name, peer in running.items():
            found[name] = Times(
                peer.version, len(samples[name]), len(samples[name]) - len(undisturbed[name]),
                Percentiles.of(samples[name]),
                Percentiles.of(undisturbed[name]) if undisturbed[name] else None)
        return found
    finally:
        ours.close()


def append(result: Latencies, group: int, folder: Path, time: datetime) -> Path:
    """Appends a line for everyone in every block; returns the file. `time` is UTC."""
    case, machine = result.case, host()
    return append_lines(folder / f"latency-{time:%Y-%m-%d}.jsonl", (
        {
            "schema": SCHEMA, "time": stamp(time), "workload": case.workload, "batch": case.batch,
            "length": case.length, "timestep": case.timestep, "peer": name, "version": times.version,
            "threads": case.threads, "cpus": list(case.cpus), "block": number, "group": group, "host": machine,
            "nice": os.nice(0), "forwards": times.forwards, "switched_out": times.switched_out,
            "latency_ms": _rounded(times.all), "undisturbed_latency_ms": _rounded(times.undisturbed),
        }
        for number, block in enumerate(result.blocks) for name, times in block.items()))


def _rounded(percentiles: Percentiles | None) -> dict[str, float | None] | None:
    if percentiles is None:
        return None
    return {name: value if value is None else round(value, 6) for name, value in vars(percentiles).items()}
