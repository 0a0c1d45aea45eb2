"""Raw samples, one JSON object a line: appended to a file of the day, and read again."""
from __future__ import annotations

import json
import os
from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

from .case import Case
from .comparison import Comparison, Run, Series
from .errors import PeerError
from .peer import Measurement
from .registry import PEERS
from .schedule import PLAIN, Schedule
from .unet1d import UNet1D

SCHEMA = "unet1d-peers/1"
KINDS = {UNet1D.name: UNet1D, **PEERS}


def stamp(time: datetime) -> str:
    """The name of a run: when it started."""
    return time.isoformat(timespec="seconds")


def append_lines(path: Path, lines: Iterable[dict[str, Any]]) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as file:
        file.writelines(json.dumps(line) + "\n" for line in lines)
    return path


def append(comparison: Comparison, folder: Path, time: datetime) -> Path:
    """Appends every round of every peer; returns the file. `time` is UTC."""
    case, machine = comparison.case, host()
    return append_lines(folder / f"peers-{time:%Y-%m-%d}.jsonl", (
        {
            "schema": SCHEMA, "time": stamp(time), "workload": case.workload, "schedule": case.schedule.label,
            "batch": case.batch, "length": case.length, "timestep": case.timestep,
            "peer": series.peer, "version": series.version, "threads": case.threads, "cpus": list(case.cpus),
            "round": number, "details": measurement.details, "host": machine,
            "samples_ms": [round(sample, 6) for sample in measurement.samples_ms],
        }
        for series in (comparison.ours, *comparison.peers) for number, measurement in enumerate(series.rounds)))


def read_lines(paths: Iterable[Path], schema: str) -> list[dict[str, Any]]:
    """The lines of that schema; PeerError when a file is not a record."""
    found: list[dict[str, Any]] = []
    for path in paths:
        try:
            lines = [json.loads(text) for text in path.read_text().splitlines() if text]
            found += [line for line in lines if line["schema"] == schema]
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise PeerError(f"{path}: not a record of runs: {error!r}") from error
    return found


def read_runs(paths: Iterable[Path]) -> list[Run]:
    """The runs of some files, by time; a line without a schedule is of the plain one."""
    runs: dict[str, dict[Case, dict[str, Series]]] = {}
    hosts: dict[str, dict[str, Any]] = {}
    for line in read_lines(paths, SCHEMA):
        try:
            case = Case(
                line["workload"], line["batch"], line["length"], line["timestep"], line["threads"],
                tuple(line["cpus"]), Schedule.parse(line.get("schedule", PLAIN.label)))
            series = runs.setdefault(line["time"], {}).setdefault(case, {}).setdefault(
                line["peer"], Series.of(KINDS[line["peer"]], line["version"]))
            series.rounds.append(Measurement(line["samples_ms"], line["details"]))
            hosts[line["time"]] = line["host"]
        except (KeyError, TypeError, ValueError) as error:
            raise PeerError(f"a line of {line.get('time')} is not a measurement: {error!r}") from error
    return [
        Run(time, [
            Comparison(case, series[UNet1D.name], [each for name, each in series.items() if name != UNet1D.name])
            for case, series in cases.items() if UNet1D.name in series], hosts[time])
        for time, cases in sorted(runs.items())]


def host() -> dict[str, Any]:
    """The processor's name and how many processors this process may use."""
    cpu = "unknown"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            cpu = line.partition(":")[2].strip()
            break
    return {"cpu": cpu, "cores": len(os.sched_getaffinity(0))}
