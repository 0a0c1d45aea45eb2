"""Peers that live in a child process and answer `measure` requests over a pipe, so that rounds can alternate.

The parent writes JSON lines to the child's standard input and reads one line for each from its standard output.
First a job: {"model", "tensors", "threads"} → {"version", "max_abs_error", "max_abs_expected"}.
Then any number of times: {"measure_seconds"} → {"samples_ms"}. The child ends when its input does.
"""
from __future__ import annotations

import gc
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, TextIO

from .errors import PeerError
from .peer import WARMUP_FORWARDS, Job, Measurement, Peer


class ServedPeer(Peer):
    """The parent's side. A subclass is defined in the module to run; that module calls `serve`."""

    relative_tolerance: ClassVar[float] = 1e-4
    """Allowed error against PyTorch, times max(1, max abs of the output); the default is unet1d-bench verify's."""

    def __init__(self, job: Job) -> None:
        threads = str(job.threads)
        self._log = tempfile.TemporaryFile("w+")
        self._child = subprocess.Popen(
            [sys.executable, "-m", type(self).__module__], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self._log,
            env={**os.environ, "OMP_NUM_THREADS": threads, "MKL_NUM_THREADS": threads},
            preexec_fn=lambda: os.sched_setaffinity(0, job.cpus))
        try:
            ready = self._ask({"model": str(job.model), "tensors": str(job.tensors), "threads": job.threads})
            self.version, self._error = ready["version"], ready["max_abs_error"]
            tolerance = self.relative_tolerance * max(1.0, ready["max_abs_expected"])
            if not self._error <= tolerance:
                raise PeerError(
                    f"{self.name} disagrees with PyTorch: greatest error {self._error:.3g}, allowed {tolerance:.3g}")
        except PeerError:
            self.close()
            raise

    def measure(self, seconds: float) -> Measurement:
        samples_ms = self._ask({"measure_seconds": seconds})["samples_ms"]
        return Measurement(samples_ms, {"max_abs_error": self._error})

    def close(self) -> None:
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
            raise PeerError(f"{self.name} ended with status {self._child.wait()}: {self._last_words()}")
        return json.loads(line)

    def _last_words(self) -> str:
        self._log.seek(0)
        return (self._log.read().strip().splitlines() or ["no message"])[-1]


@dataclass(frozen=True)
class Loaded:
    """The child's model, ready to run on the job's sample and timestep."""

    version: str
    forward: Callable[[], Any]
    """Runs one forward; its result converts to a NumPy array."""


def serve(load: Callable[[Path, Path, int], Loaded]) -> None:
    """The child's side: loads with `load(model, tensors, threads)`, then answers until the input ends."""
    replies = _claim_standard_output()

    def reply(answer: dict[str, Any]) -> None:
        replies.write(json.dumps(answer) + "\n")
        replies.flush()

    job = json.loads(sys.stdin.readline())
    tensors = Path(job["tensors"])
    loaded = load(Path(job["model"]), tensors, job["threads"])
    reply({"version": loaded.version, **_accuracy(loaded.forward(), tensors)})
    gc.disable()
    for line in sys.stdin:
        reply({"samples_ms": _measure(loaded.forward, json.loads(line)["measure_seconds"])})


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


def _measure(forward: Callable[[], Any], seconds: float) -> list[float]:
    for _ in range(WARMUP_FORWARDS):
        forward()
    samples_ms: list[float] = []
    end = time.perf_counter() + seconds
    while True:
        start = time.perf_counter()
        forward()
        now = time.perf_counter()
        samples_ms.append((now - start) * 1e3)
        if now >= end:
            return samples_ms
