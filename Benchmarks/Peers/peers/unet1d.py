"""unet1d-bench: one process a round, measured by itself."""
from __future__ import annotations

import json
import os
import subprocess
from typing import Any

from .errors import PeerError
from .peer import Job, Measurement, Peer
from .schedule import Schedule
from .timing import WARMUP_FORWARDS
from .workloads import Workload

COMPARED_FLAGS = frozenset({
    "threads", "warmup", "iterations", "duration", "format", "output", "batch", "length", "cold", "period"})
"""Options of a profile that the comparison sets itself."""

RUN_FLAGS = frozenset({"deadline", "trace"})
"""Options that `run` has and `verify` has not."""

REPORTED_DETAILS = ("plan_id", "isa", "numa", "accuracy", "precision", "missed_periods")
"""Keys of the JSON report that are recorded with the samples."""


class UNet1D(Peer):
    name = "unet1d"
    title = "UNet1D"
    version = "unknown"

    def __init__(self, job: Job) -> None:
        self._job = job
        if not os.access(job.bench, os.X_OK):
            raise PeerError(
                f"{job.bench} is not an executable; build it with `swift build -c release` or name it with --bench")
        verdict = self._run("verify", "--tensors", str(job.tensors), *model_flags(job.workload))
        if "ok" not in verdict.split():
            raise PeerError(f"unet1d-bench verify on {job.workload.name}: {verdict.strip()}")

    def measure(self, seconds: float, schedule: Schedule) -> Measurement:
        workload = self._job.workload
        text = self._run(
            "run", "--batch", str(workload.batch), "--length", str(workload.length),
            "--timestep", repr(workload.timestep), "--warmup", str(WARMUP_FORWARDS), "--duration", repr(seconds),
            "--format", "json", *schedule.flags, *profile_flags(workload, COMPARED_FLAGS))
        try:
            report = json.loads(text)
            samples_ms = [float(sample) for sample in report["samples_ms"]]
        except (ValueError, KeyError, TypeError) as error:
            raise PeerError(f"unet1d-bench run on {workload.name}: not a report: {error!r}") from error
        if not samples_ms:
            raise PeerError(f"unet1d-bench run on {workload.name}: no samples")
        self.version = str(report.get("host", {}).get("version", self.version))
        return Measurement(samples_ms, {key: report[key] for key in REPORTED_DETAILS if key in report})

    def _run(self, command: str, *arguments: str) -> str:
        """Runs unet1d-bench on the job's processors; returns its standard output, PeerError when it fails."""
        job = self._job
        done = subprocess.run(
            [str(job.bench), command, "--model", str(job.model), "--threads", str(job.threads), "--quiet", *arguments],
            text=True, capture_output=True, preexec_fn=lambda: os.sched_setaffinity(0, job.cpus))
        if done.returncode != 0:
            words = (done.stderr.strip() or done.stdout.strip() or "no message").splitlines()[-1]
            raise PeerError(
                f"unet1d-bench {command} on {job.workload.name} ended with status {done.returncode}: {words}")
        return done.stdout


def model_flags(workload: Workload) -> list[str]:
    """The profile's options that `verify` and `forward` take too."""
    return profile_flags(workload, COMPARED_FLAGS | RUN_FLAGS)


def profile_flags(workload: Workload, except_for: frozenset[str]) -> list[str]:
    """The profile's options as flags: `"isa": "avx2"` → `--isa avx2`, `"quiet": true` → `--quiet`."""
    flags: list[str] = []
    for option, value in workload.options.items():
        if option in except_for or value is False:
            continue
        flags += [f"--{option}"] if value is True else [f"--{option}", _text(value)]
    return flags


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
