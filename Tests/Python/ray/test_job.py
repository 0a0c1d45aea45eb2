"""Rows of a job far behind the first cost what as many from the first on do, and a checkpoint leaves out the done."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("ray.data")

import pyarrow.parquet
import ray

from unet1d.ray.job import Numbers, checkpointed, connect, numbered

FIRST = (1 << 32) - 200


@pytest.mark.parametrize("tasks", [1, 7, 200, 1000])
def test_tasks_are_of_the_rows_alone(tasks: int) -> None:
    made = Numbers(FIRST, FIRST + 200).get_read_tasks(tasks)
    assert len(made) == min(tasks, 200)
    rows = np.concatenate([block["id"].to_numpy() for task in made for block in task()])
    assert np.array_equal(rows, np.arange(FIRST, FIRST + 200))


@pytest.fixture
def cluster() -> Iterator[None]:
    connect()
    yield
    ray.shutdown()


def test_a_checkpoint_knows_rows_by_their_numbers(cluster: None, tmp_path: Path) -> None:
    output, checkpoint = tmp_path / "output", tmp_path / "checkpoint"

    def write(last: int) -> None:
        def unlucky(columns: dict[str, Any]) -> dict[str, Any]:
            """Fails for rows behind the last one, once others are written."""
            if columns["id"].max() >= last:
                while not any("pending" not in file.name for file in checkpoint.glob("*.parquet")):
                    time.sleep(0.05)
                raise ValueError("unlucky")
            return columns

        dataset = numbered(FIRST, FIRST + 200, 50).map_batches(unlucky, batch_size=50)
        checkpointed(dataset, str(checkpoint)).write_parquet(str(output))

    def files() -> dict[Path, int]:
        return {file: file.stat().st_mtime_ns for file in output.glob("*.parquet")}

    with pytest.raises(Exception, match="unlucky"):
        write(FIRST + 150)
    before = files()
    write(1 << 32)
    rows = [row for file in files() for row in pyarrow.parquet.read_table(file)["id"].to_pylist()]
    assert sorted(rows) == list(range(FIRST, FIRST + 200))
    assert before.items() & files().items()
