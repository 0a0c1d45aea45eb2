"""Reads the workloads of Profiles/Workloads."""
from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import PeerError

SCHEMA = "unet1d-workload/1"


@dataclass(frozen=True)
class Workload:
    """A model, a shape and options. Exactly one of `configuration` and `model` is set."""

    name: str
    batch: int
    length: int
    timestep: float
    seed: int
    options: dict[str, Any]
    configuration: dict[str, Any] | None
    model: Path | None
    """A checkpoint folder, absolute."""


def read_workload(path: Path) -> Workload:
    """Reads one profile; raises PeerError when a key is missing or the schema is another."""
    try:
        fields = json.loads(path.read_text())
        if fields["schema"] != SCHEMA:
            raise PeerError(f"{path}: schema is {fields['schema']!r}, expected {SCHEMA!r}")
        if ("configuration" in fields) == ("model" in fields):
            raise PeerError(f"{path}: needs exactly one of configuration and model")
        model = (path.parent / fields["model"]).resolve() if "model" in fields else None
        return Workload(
            name=fields["name"], batch=int(fields["batch"]), length=int(fields["length"]),
            timestep=float(fields["timestep"]), seed=int(fields["seed"]), options=dict(fields.get("options", {})),
            configuration=fields.get("configuration"), model=model)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise PeerError(f"{path}: not a workload: {error!r}") from error


def select_workloads(folder: Path, patterns: Iterable[str]) -> list[Workload]:
    """The workloads of a folder that match the patterns, in the patterns' order; each pattern must match one."""
    names = sorted(path.stem for path in folder.glob("*.json"))
    chosen: list[str] = []
    for pattern in patterns:
        matches = fnmatch.filter(names, pattern)
        if not matches:
            raise PeerError(f"no workload {pattern!r} in {folder}; there are: {', '.join(names)}")
        chosen += [name for name in matches if name not in chosen]
    return [read_workload(folder / f"{name}.json") for name in chosen]
