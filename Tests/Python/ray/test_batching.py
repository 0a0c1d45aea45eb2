"""The queue is bounded, batches fill, deadlines hold, and closing answers what waits."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

import pytest
from nodes import wait_until

from unet1d.ray.batching import Batcher, RefusedError


class Computing:
    """A computation that waits for its turn, and keeps what it was given."""

    def __init__(self) -> None:
        self.batches: list[list[int]] = []
        self.turn = threading.Event()
        self.seconds = 0.0

    def __call__(self, rows: Sequence[int]) -> list[int]:
        self.batches.append(list(rows))
        assert self.turn.wait(20)
        time.sleep(self.seconds)
        if 13 in rows:
            raise ValueError("unlucky")
        return [-row for row in rows]


@pytest.fixture
def computing() -> Iterator[Computing]:
    made = Computing()
    yield made
    made.turn.set()


def batcher(computing: Computing, **options: Any) -> Batcher[int, int]:
    return Batcher[int, int](computing, **{"batch": 4, "wait": 0.01, "queue": 8, **options})


def blocked(batches: Batcher[int, int], computing: Computing) -> Any:
    """A request that is being computed, so that others wait."""
    future = batches.submit([0], "first")
    wait_until(lambda: computing.batches)
    return future


def test_equal_keys_share_batches_up_to_their_size(computing: Computing) -> None:
    batches = batcher(computing)
    futures = [blocked(batches, computing)]
    futures += [batches.submit([row], "ab"[row % 2]) for row in range(1, 6)]
    futures += [batches.submit([6, 7, 8], "b")]
    computing.turn.set()
    assert [future.result(10) for future in futures] == [[0], [-1], [-2], [-3], [-4], [-5], [-6, -7, -8]]
    assert computing.batches == [[0], [1, 3, 5], [2, 4], [6, 7, 8]]


def test_a_full_queue_refuses(computing: Computing) -> None:
    batches = batcher(computing, queue=3)
    blocked(batches, computing)
    waiting = [batches.submit([1, 2], "a"), batches.submit([3], "a")]
    for _ in range(100):
        with pytest.raises(RefusedError, match="found 3 rows of 3"):
            batches.submit([4], "a")
    assert batches.rows == 3
    computing.turn.set()
    assert [future.result(10) for future in waiting] == [[-1, -2], [-3]]
    assert batches.submit([4], "a").result(10) == [-4]


def test_what_is_too_late_is_not_computed(computing: Computing) -> None:
    batches = batcher(computing)
    blocked(batches, computing)
    late = batches.submit([1], "a", timeout=0.05)
    time.sleep(0.1)
    computing.turn.set()
    with pytest.raises(RefusedError, match="timeout"):
        late.result(10)
    assert computing.batches == [[0]]


def test_what_would_be_too_late_is_refused_at_once(computing: Computing) -> None:
    computing.turn.set()
    computing.seconds = 0.2
    batches = batcher(computing, batch=1)
    assert batches.submit([1], "a").result(10) == [-1]
    with pytest.raises(RefusedError, match=r"timeout: found 0\.010 s"):
        batches.submit([2], "a", timeout=0.01)
    assert batches.submit([3], "a", timeout=10).result(10) == [-3]


@pytest.mark.parametrize("is_timed", [False, True])
def test_a_batch_does_not_wait_past_a_deadline(computing: Computing, is_timed: bool) -> None:
    computing.turn.set()
    batches = batcher(computing, wait=60)
    if is_timed:
        computing.seconds = 0.4
        assert batches.submit([1, 2, 3, 4], "a").result(10) == [-1, -2, -3, -4]
        computing.seconds = 0
    end = time.monotonic() + 2
    assert batches.submit([1], "a", timeout=2).result(10) == [-1]
    assert time.monotonic() < end


def test_an_error_is_of_its_batch_alone(computing: Computing) -> None:
    computing.turn.set()
    batches = batcher(computing)
    with pytest.raises(ValueError, match="unlucky"):
        batches.submit([13], "a").result(10)
    assert batches.submit([1], "a").result(10) == [-1]
    batches.check(10)


def test_a_cancelled_request_is_not_computed(computing: Computing) -> None:
    batches = batcher(computing)
    blocked(batches, computing)
    assert batches.submit([1], "a").cancel()
    kept = batches.submit([2], "a")
    computing.turn.set()
    assert kept.result(10) == [-2]
    assert computing.batches == [[0], [2]]


def test_closing_answers_what_waits_and_refuses_what_comes(computing: Computing) -> None:
    batches = batcher(computing, wait=60)
    first = batches.submit([0, 0, 0, 0], "a")
    wait_until(lambda: computing.batches)
    waiting = [batches.submit([row], "a") for row in (1, 2)]
    assert not batches.close(0.05)
    with pytest.raises(RefusedError, match="stopping"):
        batches.submit([3], "a")
    computing.turn.set()
    assert batches.close(10)
    assert [future.result(0) for future in [first, *waiting]] == [[0, 0, 0, 0], [-1], [-2]]


def test_a_stuck_batch_is_noticed(computing: Computing) -> None:
    batches = batcher(computing)
    blocked(batches, computing)
    batches.check(60)
    time.sleep(0.05)
    with pytest.raises(Exception, match=r"more than 0\.01 s"):
        batches.check(0.01)
