"""Raw samples, one JSON object a line, appended to a file of the day."""
from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

from .comparison import Comparison

SCHEMA = "unet1d-peers/1"


def append(comparison: Comparison, folder: Path, time: datetime) -> Path:
    """Appends every round of every peer; returns the file. `time` is UTC."""
    job, path = comparison.job, folder / f"peers-{time:%Y-%m-%d}.jsonl"
    folder.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        for series in (comparison.ours, *comparison.peers):
            for number, measurement in enumerate(series.rounds):
                line = {
                    "schema": SCHEMA, "time": time.isoformat(timespec="seconds"), "workload": job.workload.name,
                    "batch": job.workload.batch, "length": job.workload.length, "timestep": job.workload.timestep,
                    "peer": series.peer, "version": series.version, "threads": job.threads, "cpus": job.cpus,
                    "round": number, "details": measurement.details, "host": host(),
                    "samples_ms": [round(sample, 6) for sample in measurement.samples_ms],
                }
                file.write(json.dumps(line) + "\n")
    return path


def host() -> dict[str, Any]:
    """The processor's name and how many processors this process may use."""
    cpu = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    return {"cpu": cpu, "cores": len(os.sched_getaffinity(0))}
