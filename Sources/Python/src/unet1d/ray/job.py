"""Whole jobs: rows in, files out, on a Ray cluster."""

from __future__ import annotations

import logging
import os
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow
import ray
import ray.data
from ray.data.block import BlockMetadata
from ray.data.datasource import Datasource, ReadTask

from .._errors import ArgumentError
from .denoiser import Denoiser
from .files import read_safetensors, write_safetensors
from .rows import Columns

_LOG = logging.getLogger("unet1d.ray")

#: What of this process's environment actors need to find the library and the package.
_ENVIRONMENT = ("UNET1D_LIBRARY", "UNET1D_LEASES", "PYTHONPATH")


def connect(address: str | None = None) -> None:
    """Joins a cluster; None: the one that ``RAY_ADDRESS`` names, else one of this machine alone.

    The latter listens on loopback if :func:`unet1d.ray.__main__.keep_to_loopback` was called before Ray was imported.
    It counts a CPU more than there are, for the tasks that read and write while actors have all others.
    """
    environment = {name: os.environ[name] for name in _ENVIRONMENT if name in os.environ}
    if address or os.environ.get("RAY_ADDRESS"):
        ray.init(address, runtime_env={"env_vars": environment})
    else:
        ray.init(
            "local",
            num_cpus=len(os.sched_getaffinity(0)) + 1,
            include_dashboard=False,
            runtime_env={"env_vars": environment},
            _node_ip_address="127.0.0.1",
        )


def numbered(first: int, last: int, rows_per_block: int) -> ray.data.Dataset:
    """Rows ``id`` from ``first``, inclusive, to ``last``, exclusive. Costs nothing for the rows before.

    They are read, so that Ray's checkpoints can leave out those that are done.
    """
    blocks = max(1, -(-(last - first) // rows_per_block))
    dataset: ray.data.Dataset = ray.data.read_datasource(Numbers(first, last), override_num_blocks=blocks)
    return dataset


class Numbers(Datasource):
    """Whole numbers, as the column ``id``. ``ray.data.range`` has none that begins behind 0."""

    def __init__(self, first: int, last: int) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._first = first
        self._last = last

    def estimate_inmemory_data_size(self) -> int:
        return 8 * (self._last - self._first)

    def get_read_tasks(
        self, parallelism: int, per_task_row_limit: int | None = None, data_context: Any = None
    ) -> list[ReadTask]:
        """So many tasks with equal numbers of rows, or one more row."""
        count = self._last - self._first
        tasks = min(parallelism, count)
        bounds = [self._first + count * task // tasks for task in range(tasks + 1)]
        return [_task(begin, end, per_task_row_limit) for begin, end in zip(bounds, bounds[1:])]


def _task(begin: int, end: int, most_rows: int | None) -> ReadTask:
    metadata = BlockMetadata(num_rows=end - begin, size_bytes=8 * (end - begin), input_files=None, exec_stats=None)
    return ReadTask(
        lambda: [pyarrow.table({"id": np.arange(begin, end)})],
        metadata,
        schema=pyarrow.schema([("id", pyarrow.int64())]),
        per_task_row_limit=most_rows,
    )


def opened(path: str, rows_per_block: int, timestep: float | None = None) -> ray.data.Dataset:
    """The rows of Parquet or safetensors, or of one NPY file, which are numbered in ``id``.

    :param timestep: that of every row, for files without one.
    """
    if path.endswith(".npy"):
        count = len(np.load(path, mmap_mode="r"))
        dataset = numbered(0, count, rows_per_block).map_batches(_NPY(os.path.abspath(path)))
    elif _has(path, ".safetensors"):
        dataset = read_safetensors(path)
    else:
        dataset = ray.data.read_parquet(path)
    return dataset if timestep is None else dataset.map_batches(_Timestep(timestep))


def run(
    dataset: ray.data.Dataset,
    output: str,
    denoiser: Mapping[str, Any],
    *,
    actors: int = 1,
    cpus_per_actor: float = 1,
    batch_size: int = 64,
    form: str = "parquet",
    checkpoint: str | None = None,
    id_column: str = "id",
) -> None:
    """Computes a dataset's rows and writes them to a folder. Blocks until all are written.

    With ``checkpoint``, a job that was ended and is run again goes on where it was, and each row is written once.

    :param denoiser: the parameters of :class:`Denoiser`.
    :param actors: processes, each with ``cpus_per_actor`` CPUs.
    :param batch_size: rows of a call of an actor.
    :param form: ``"parquet"`` or ``"safetensors"``.
    :param checkpoint: a folder that all machines share, for ``ray.data.checkpoint``, which deletes it in the end.
    :param id_column: the column by which checkpoints know rows.
    """
    if form not in ("parquet", "safetensors"):
        raise ArgumentError(f"format: found {form!r}, expected 'parquet' or 'safetensors'")
    found = ray.cluster_resources().get("CPU", 0)  # type: ignore[no-untyped-call]
    if found < actors * cpus_per_actor + 1:
        _LOG.warning(
            "CPUs: found %g, expected %g: tasks that read and write wait for one that no actor has; give fewer actors",
            found,
            actors * cpus_per_actor + 1,
        )
    computed = dataset.map_batches(
        Denoiser,
        fn_constructor_kwargs=dict(denoiser),
        compute=ray.data.ActorPoolStrategy(size=actors),
        num_cpus=cpus_per_actor,
        batch_size=batch_size,
    )
    if checkpoint is not None:
        checkpointed(computed, checkpoint, id_column)
    if form == "parquet":
        computed.write_parquet(output)
    else:
        write_safetensors(computed, output)


def checkpointed(dataset: ray.data.Dataset, folder: str, id_column: str = "id") -> ray.data.Dataset:
    """The dataset, whose next write records in a folder which rows are written, and leaves those out that are."""
    from ray.data.checkpoint import CheckpointConfig

    dataset.context.checkpoint_config = CheckpointConfig(id_column, folder)
    return dataset


def _has(path: str, suffix: str) -> bool:
    if os.path.isdir(path):
        return any(name.endswith(suffix) for name in os.listdir(path))
    return path.endswith(suffix)


class _NPY:
    """Reads numbered rows of a file that all machines share."""

    def __init__(self, path: str) -> None:
        self._path = path

    def __call__(self, columns: Columns) -> dict[str, Any]:
        return {**columns, "sample": np.load(self._path, mmap_mode="r")[columns["id"]]}


class _Timestep:
    """Adds one timestep to all rows."""

    def __init__(self, timestep: float) -> None:
        self._timestep = timestep

    def __call__(self, columns: Columns) -> dict[str, Any]:
        count = len(next(iter(columns.values())))
        return {**columns, "timestep": np.full(count, self._timestep)}
