"""A bounded queue of requests, and the thread that computes them in batches before their deadlines."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable, Hashable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from .._errors import Error

_LOG = logging.getLogger("unet1d.ray")

#: Seconds before its latest time at which a batch begins, for the thread to wake in.
_MARGIN = 0.005

Row = TypeVar("Row")
Result = TypeVar("Result")


class RefusedError(Error):
    """A request that was not computed, because of the load, its deadline, or the end of the server. Try again later."""


@dataclass(eq=False)
class _Waiting(Generic[Row, Result]):
    rows: Sequence[Row]
    key: Hashable
    arrival: float
    deadline: float
    future: Future[list[Result]] = field(default_factory=Future)


class Batcher(Generic[Row, Result]):
    """Computes rows of equal keys together, in one thread of its own.

    A batch runs when it is full, when its first request has waited for ``wait`` seconds, or when a deadline leaves no
    longer. Requests are refused at once where the queue is full, or where those before them take longer than they have.

    :param compute: takes 1 to ``batch`` rows of one key, and gives a result for each.
    :param queue: the most rows that wait.
    """

    def __init__(
        self, compute: Callable[[Sequence[Row]], Sequence[Result]], *, batch: int, wait: float, queue: int
    ) -> None:
        self._compute = compute
        self._batch = batch
        self._wait = wait
        self._queue = queue
        self._waiting: deque[_Waiting[Row, Result]] = deque()
        self._rows = 0
        self._seconds_per_row = 0.0
        self._busy_since: float | None = None
        self._is_open = True
        self._changed = threading.Condition()
        self._thread = threading.Thread(target=self._run, name="unet1d-batcher", daemon=True)
        self._thread.start()

    def submit(self, rows: Sequence[Row], key: Hashable, timeout: float | None = None) -> Future[list[Result]]:
        """Lets rows wait for their computation. Blocks for nothing.

        :param timeout: seconds from now after which the result is of no use.
        :raises RefusedError: where they would not be computed in time, or at all.
        """
        now = time.monotonic()
        waiting = _Waiting[Row, Result](rows, key, now, now + timeout if timeout is not None else float("inf"))
        with self._changed:
            if not self._is_open:
                raise RefusedError("the server is stopping: ask another")
            if self._rows + len(rows) > self._queue:
                raise RefusedError(
                    f"queue: found {self._rows} rows of {self._queue}, expected room for {len(rows)}: try again later"
                )
            expected = (self._rows + len(rows)) * self._seconds_per_row
            if now + expected > waiting.deadline:
                raise RefusedError(
                    f"timeout: found {timeout:.3f} s, expected {expected:.3f} s or more: "
                    f"{self._rows} rows wait before this request"
                )
            self._waiting.append(waiting)
            self._rows += len(rows)
            self._changed.notify()
        return waiting.future

    def check(self, most_seconds: float) -> None:
        """:raises Error: where the thread has ended, or has computed one batch for longer than that."""
        since = self._busy_since
        if not self._thread.is_alive() and self._is_open:
            raise Error("batcher: its thread has ended")
        if since is not None and time.monotonic() - since > most_seconds:
            raise Error(f"batcher: a batch has run for more than {most_seconds} s")

    @property
    def rows(self) -> int:
        """Rows that wait."""
        return self._rows

    def close(self, timeout: float | None = None) -> bool:
        """Refuses requests from now on, and waits until those that are there are computed. Blocks.

        :returns: whether they were within ``timeout`` seconds.
        """
        with self._changed:
            self._is_open = False
            self._changed.notify()
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        while True:
            with self._changed:
                while not self._waiting and self._is_open:
                    self._changed.wait()
                if not self._waiting:
                    return
                while (left := self._until_due()) > 0:
                    self._changed.wait(left)
                taken = self._taken()
            if taken:
                self._answer(taken)

    def _until_due(self) -> float:
        """Seconds until a batch must begin; 0 or less: now."""
        first = self._waiting[0]
        same = [waiting for waiting in self._waiting if waiting.key == first.key]
        if not self._is_open or sum(len(waiting.rows) for waiting in same) >= self._batch:
            return 0
        return min(first.arrival + self._wait, *map(self._latest, self._waiting)) - time.monotonic()

    def _latest(self, waiting: _Waiting[Row, Result]) -> float:
        """When a batch must begin for a deadline. Before the first one has been timed: after half of the time."""
        if not self._seconds_per_row:
            return (waiting.arrival + waiting.deadline) / 2
        return waiting.deadline - self._batch * self._seconds_per_row - _MARGIN

    def _taken(self) -> list[_Waiting[Row, Result]]:
        """The oldest request, and those of its key that fit into its batch. Those that are too late are refused."""
        now = time.monotonic()
        taken: list[_Waiting[Row, Result]] = []
        left: deque[_Waiting[Row, Result]] = deque()
        rows = 0
        for waiting in self._waiting:
            if waiting.deadline <= now:
                self._rows -= len(waiting.rows)
                if waiting.future.set_running_or_notify_cancel():
                    waiting.future.set_exception(RefusedError("timeout: it passed while the request waited"))
            elif not taken or (waiting.key == taken[0].key and rows + len(waiting.rows) <= self._batch):
                self._rows -= len(waiting.rows)
                if waiting.future.set_running_or_notify_cancel():
                    taken.append(waiting)
                    rows += len(waiting.rows)
            else:
                left.append(waiting)
        self._waiting = left
        return taken

    def _answer(self, taken: Sequence[_Waiting[Row, Result]]) -> None:
        rows = [row for waiting in taken for row in waiting.rows]
        start = self._busy_since = time.monotonic()
        try:
            results = [
                result
                for first in range(0, len(rows), self._batch)
                for result in self._compute(rows[first : first + self._batch])
            ]
        except Exception as error:
            if not isinstance(error, Error):
                _LOG.exception("a batch failed")
            for waiting in taken:
                waiting.future.set_exception(error)
            return
        finally:
            self._busy_since = None
        seconds = (time.monotonic() - start) / len(rows)
        self._seconds_per_row += (seconds - self._seconds_per_row) * (0.2 if self._seconds_per_row else 1)
        for waiting in taken:
            waiting.future.set_result(results[: len(waiting.rows)])
            results = results[len(waiting.rows) :]
