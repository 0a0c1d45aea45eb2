"""Rows a second of one actor of Ray Data beside those of a bare loop over a session, in turns.

``python Tests/Python/ray/throughput.py MODEL LENGTH [ROWS] [ROUNDS]``, with so many rows in an actor's call. Both
compute in batches of 8 on one core. An actor's rate is that between the ends of its first and its last call: Ray's gaps
between calls are in it, the actor's start is not. Other work on the machine takes from the rate by the clock alone, not
from that of processor time.
"""

from __future__ import annotations

import contextlib
import statistics
import sys
import time
from typing import Any

import numpy as np
import ray

import unet1d
import unet1d.ray
from unet1d.ray.job import connect

BATCH, ROWS = 8, 8192


class Timed(unet1d.ray.Denoiser):
    """Says when each call ended, by the clock and in processor time."""

    def __call__(self, columns: Any) -> Any:
        made = super().__call__(columns)
        count = len(columns["timestep"])
        return {
            "wall": np.full(count, time.monotonic()),
            "cpu": np.full(count, time.process_time()),
            "output": made["output"],
        }


def rates(made: list[tuple[float, float]], rows: int) -> tuple[float, float]:
    """Rows a second by the clock, and of processor time, between the first entry and the last."""
    (wall, cpu), (last_wall, last_cpu) = made[0], made[-1]
    return rows / (last_wall - wall), rows / (last_cpu - cpu)


def actor(model: str, length: int, call: int) -> tuple[float, float]:
    """An actor's rates, with so many rows in a call."""
    made = ray.data.range(ROWS, override_num_blocks=ROWS // call).map_batches(Samples(model, length))
    made = made.map_batches(
        Timed,
        fn_constructor_kwargs={"model": model, "batch": BATCH},
        compute=ray.data.ActorPoolStrategy(size=1),
        num_cpus=1,
        batch_size=call,
    )
    ends = sorted({(row["wall"], row["cpu"]) for row in made.select_columns(["wall", "cpu"]).take_all()})
    return rates(ends, ROWS - ROWS // len(ends))


@ray.remote(num_cpus=1, max_calls=1)
def bare(model: str, length: int) -> tuple[float, float]:
    """A loop's rates, in a process of its own."""
    with free_core() as cores:
        cores.bind()
        made = unet1d.load(model, threads=1)
        session = made.session(unet1d.Shape(BATCH, length, BATCH))
        sample, timestep = np.zeros(session.plan.sample_shape, np.float32), np.ones(BATCH, np.float32)
        ends = [(time.monotonic(), time.process_time())]
        for _ in range(ROWS // BATCH):
            session(sample, timestep)
        ends.append((time.monotonic(), time.process_time()))
        return rates(ends, ROWS)


def free_core() -> unet1d.ray.Lease:
    """A core, once an actor that has ended has given it back."""
    while True:
        with contextlib.suppress(unet1d.WorkerError):
            return unet1d.ray.lease(1)
        time.sleep(0.2)


class Samples:
    """Makes samples of numbered rows."""

    def __init__(self, model: str, length: int) -> None:
        self._shape = unet1d.load(model, threads=1).plan((1, length)).sample_shape[1:]

    def __call__(self, columns: Any) -> Any:
        count = len(columns["id"])
        return {"sample": np.zeros((count, *self._shape), np.float32), "timestep": np.ones(count, np.float32)}


def main(model: str, length: str, call: str = "1024", rounds: str = "3") -> None:
    connect()
    ray.data.DataContext.get_current().enable_progress_bars = False
    ratios = []
    for _ in range(int(rounds)):
        loop, pool = ray.get(bare.remote(model, int(length))), actor(model, int(length), int(call))
        ratios.append([ours / theirs for ours, theirs in zip(pool, loop)])
        print(f"rows/s: loop {loop[0]:.1f}, actor {pool[0]:.1f}; of processor time: {loop[1]:.1f}, {pool[1]:.1f}")
    by_clock, by_cpu = (statistics.median(column) for column in zip(*ratios))
    print(f"actor ÷ loop, median: {by_clock:.3f} by the clock, {by_cpu:.3f} by processor time")
    ray.shutdown()


if __name__ == "__main__":
    main(*sys.argv[1:])
