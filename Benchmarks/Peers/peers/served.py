"""Peers that live in a child process and answer `measure` requests over a pipe, so that rounds can alternate.

The parent writes JSON lines to the child's standard input and reads one line for each from its standard output.
First a job: {"model", "tensors", "threads"} → {"version", "max_abs_error", "max_abs_expected"}.
Then any number of times: {"measure_seconds", "schedule"} → {"samples_ms", "missed_periods"}, or {"forwards"} →
{"samples_ms", "switched_out"}. The child ends when its input does.
"""
from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TextIO

from .errors import PeerError
from .eviction import CacheEviction
from .memory import limit_memory
from .peer import Job, Measurement, Peer
from .schedule import Schedule
from .timing import measure, time_forwards


class ServedPeer(Peer):
    """The parent's side. A subclass is defined in the module to run; that module calls `serve`."""

    def __init__(self, job: Job) -> None:
        self._log = tempfile.TemporaryFile("w+")
        self._child = self.launch(job, self._log)
        try:
            ready = self._ask({"model": str(job.model), "tensors": str(job.tensors), "threads": job.threads})
            self.version, self._error = ready["version"], ready["max_abs_error"]
            self.check_accuracy(ready)
        except PeerError:
            self.close()
            raise

    @classmethod
    def launch(cls, job: Job, log: IO[str]) -> subprocess.Popen[str]:
        """Starts the child on the job's processors, within the free memory; it waits for the job."""
        def prepare_child() -> None:
            os.sched_setaffinity(0, job.cpus)
            limit_memory()

        threads = str(job.threads)
        return subprocess.Popen(
            [sys.executable, "-m", cls.__module__], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=log,
            env={**os.environ, "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads}, preexec_fn=prepare_child)

    def measure(self, seconds: float, schedule: Schedule) -> Measurement:
        answer = self._ask({"measure_seconds": seconds, "schedule": schedule.label})
        details = {"max_abs_error": self._error}
        if schedule.period_ms is not None:
            details["missed_periods"] = answer["missed_periods"]
        return Measurement(answer["samples_ms"], details)

    def time_forwards(self, count: int) -> tuple[list[float], set[int]]:
        """Milliseconds of `count` forwards, and which of them were disturbed: a thread was switched out meanwhile."""
        answer = self._ask({"forwards": count})
        return answer["samples_ms"], set(answer["switched_out"])

    def close(self) -> None:
        with suppress(BrokenPipeError):
            self._child.stdin.close()
        self._child.wait()
        self._child.stdout.close()
        self._log.close()

    def _ask(self, request: dict[str, Any]) -> dict[str, Any]:
        try:
            self._child.stdin.write(json.dumps(request) + "\n")
            self._child.stdin.flush()
            line = self._child.stdout.readline()
        except BrokenPipeError:
            line = ""
        if not line:
            raise PeerError(f"{self.name} ended with status {self._child.wait()}: {last_words(self._log)}")
        return json.loads(line)


def last_words(log: IO[str]) -> str:
    """The last line that a child wrote to its standard error."""
    log.seek(0)
    return (log.read().strip().splitlines() or ["no message"])[-1]


@dataclass(frozen=True)
class Loaded:
    """The child's model, ready to run on the job's inputs."""

    version: str
    forward: Callable[[], Any]
    """Runs one forward; its result converts to a NumPy array."""
    inputs: dict[str, Any]
    """What the next forward reads, by name: NumPy arrays to write into."""


def serve(load: Callable[[Path, Path, int], Loaded]) -> None:
    """The child's side: loads with `load(model, tensors, threads)`, then answers until the input ends."""
    replies, cpus = _claim_standard_output(), sorted(os.sched_getaffinity(0))

    def reply(answer: dict[str, Any]) -> None:
        replies.write(json.dumps(answer) + "\n")
        replies.flush()

    job = json.loads(sys.stdin.readline())
    tensors = Path(job["tensors"])
    loaded = load(Path(job["model"]), tensors, job["threads"])
    output = loaded.forward()
    if job.get("cold_start"):
        reply({"first_forward": True})
    reply({"version": loaded.version, **_accuracy(output, tensors)})
    gc.disable()
    eviction: CacheEviction | None = None
    for line in sys.stdin:
        request = json.loads(line)
        if "forwards" in request:
            samples_ms, switched_out = time_forwards(loaded.forward, request["forwards"])
            reply({"samples_ms": samples_ms, "switched_out": switched_out})
            continue
        schedule = Schedule.parse(request["schedule"])
        if schedule.cold and eviction is None:
            eviction = CacheEviction(cpus)
        evict = eviction.run if schedule.cold and eviction else None
        samples_ms, missed = measure(loaded.forward, request["measure_seconds"], schedule, evict)
        reply({"samples_ms": samples_ms, "missed_periods": missed})


def _claim_standard_output() -> TextIO:
    """Standard output for replies alone: whatever a library prints goes to standard error."""
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    return replies


def _accuracy(output: Any, tensors: Path) -> dict[str, float]:
    """The greatest error against `expected`, NaN equal to NaN; infinite for another shape."""
    import numpy
    from safetensors.numpy import load_file

    expected = load_file(tensors)["expected"].astype(numpy.float64)
    actual = numpy.asarray(output).astype(numpy.float64)
    if actual.shape != expected.shape or not numpy.array_equal(numpy.isnan(actual), numpy.isnan(expected)):
        return {"max_abs_error": float("inf"), "max_abs_expected": 0.0}
    return {
        "max_abs_error": float(numpy.nanmax(numpy.abs(actual - expected))),
        "max_abs_expected": float(numpy.nanmax(numpy.abs(expected)))}
