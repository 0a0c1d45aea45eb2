"""unet1d-bench: one process a round, measured by itself."""
from __future__ import annotations

import json
import os
import subprocess
from typing import Any, ClassVar

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

ANY_ERROR = "1e30"
"""A tolerance that all numbers are within, and no NaN."""

REPORTED_DETAILS = ("plan_id", "isa", "numa", "accuracy", "precision", "missed_periods")
"""Keys of the JSON report that are recorded with the samples."""


class UNet1D(Peer):
    name = "unet1d"
    title = "UNet1D"
    version = "unknown"
    precision: ClassVar[str | None] = None
    """The weights' numbers in the place of the profile's option; the error of other numbers is checked here."""

    def __init__(self, job: Job) -> None:
        self._job = job
        if not os.access(job.bench, os.X_OK):
            raise PeerError(
                f"{job.bench} is not an executable; build it with `swift build -c release` or name it with --bench")
        tolerance = [] if self.precision is None else ["--tolerance", ANY_ERROR]
        verdict = self._run(
            "verify", "--tensors", str(job.tensors), *tolerance, *model_flags(job.workload, self.precision))
        if "ok" not in verdict.split():
            raise PeerError(f"unet1d-bench verify on {job.workload.name}: {verdict.strip()}")
        self._error: dict[str, float] = {}
        if self.precision is not None:
            found = verified(verdict)
            self.check_accuracy(found)
            self._error["max_abs_error"] = found["max_abs_error"]

    def measure(self, seconds: float, schedule: Schedule) -> Measurement:
        workload = self._job.workload
        text = self._run(
            "run", "--batch", str(workload.batch), "--length", str(workload.length),
            "--timestep", repr(workload.timestep), "--warmup", str(WARMUP_FORWARDS), "--duration", repr(seconds),
            "--format", "json", *schedule.flags,
            *profile_flags(workload, COMPARED_FLAGS, self.precision))
        try:
            report = json.loads(text)
            samples_ms = [float(sample) for sample in report["samples_ms"]]
        except (ValueError, KeyError, TypeError) as error:
            raise PeerError(f"unet1d-bench run on {workload.name}: not a report: {error!r}") from error
        if not samples_ms:
            raise PeerError(f"unet1d-bench run on {workload.name}: no samples")
        self.version = str(report.get("host", {}).get("version", self.version))
        details = {key: report[key] for key in REPORTED_DETAILS if key in report}
        return Measurement(samples_ms, {**details, **self._error})

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


def verified(line: str) -> dict[str, float]:
    """The numbers of a line of `verify`, `NAME=NUMBER` each."""
    pairs = (part.partition("=") for part in line.split())
    try:
        found = {name: float(value) for name, equals, value in pairs if equals}
        return {name: found[name] for name in ("max_abs_error", "max_abs_expected")}
    except (ValueError, KeyError) as error:
        raise PeerError(f"unet1d-bench verify: no errors in {line.strip()!r}: {error!r}") from error


def model_flags(workload: Workload, precision: str | None = None) -> list[str]:
    """The profile's options that `verify` and `forward` take too."""
    return profile_flags(workload, COMPARED_FLAGS | RUN_FLAGS, precision)


def profile_flags(workload: Workload, except_for: frozenset[str], precision: str | None = None) -> list[str]:
    """The profile's options as flags: `"isa": "avx2"` → `--isa avx2`, `"quiet": true` → `--quiet`.

    `precision` is in the place of the profile's own, unless it is None.
    """
    flags: list[str] = []
    options = workload.options if precision is None else {**workload.options, "precision": precision}
    for option, value in options.items():
        if option in except_for or value is False:
            continue
        flags += [f"--{option}"] if value is True else [f"--{option}", _text(value)]
    return flags


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
