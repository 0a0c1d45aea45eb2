"""An endpoint without Ray: what does not fit is refused, and its queue stays within its limit."""

from __future__ import annotations

import asyncio
import json
import threading
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Any

import numpy as np
import pytest
from nodes import wait_until

from unet1d.ray.endpoint import Answer, Endpoint, Limits

QUEUE, BATCH = 8, 4


class Request:
    """A request of zeros."""

    def __init__(self, rows: int) -> None:
        self.headers: dict[str, str] = {}
        sample = {"name": "sample", "datatype": "FP32", "shape": [rows, 1, 512], "data": [0.0] * (rows * 512)}
        timestep = {"name": "timestep", "datatype": "FP32", "shape": [1], "data": [0.5]}
        self._body = json.dumps({"inputs": [sample, timestep]}).encode()

    async def stream(self) -> AsyncIterator[bytes]:
        yield self._body


class Held(Endpoint):
    """An endpoint that computes nothing until its turn, and keeps how many rows it was given and how many waited."""

    turn: threading.Event

    def _compute(self, rows: Sequence[Any]) -> list[Any]:
        self.batches.append((len(rows), self._batcher.rows))
        assert self.turn.wait(20)
        return [row.sample for row in rows]


@pytest.fixture
def held(ecg: str) -> Held:
    made = Held(ecg, "m", batch=BATCH, lengths=(), limits=Limits(queue=QUEUE), threads=1)
    made.turn, made.batches = threading.Event(), []
    return made


async def asked(endpoint: Endpoint, rows: int) -> Answer:
    return await endpoint.answer("POST", "/v2/models/m/infer", Request(rows))


def test_more_rows_than_the_queue_holds_are_too_large(held: Held) -> None:
    answer = asyncio.run(asked(held, QUEUE + 1))
    assert answer.status == 413
    assert "Retry-After" not in answer.headers
    assert json.loads(answer.body)["error"].startswith("sample: found 9 rows, expected 8 at most")


def test_what_does_not_fit_is_refused_and_the_rest_answered(held: Held) -> None:
    """A batch runs, and the queue takes its limit and no row more, whoever asks."""

    async def load() -> list[Answer]:
        running = asyncio.ensure_future(asked(held, BATCH))
        await asyncio.to_thread(wait_until, lambda: held.batches)
        others = [asyncio.ensure_future(asked(held, 2)) for _ in range(2 * QUEUE)]
        done, _ = await asyncio.wait(others, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        while len(done) < len(others) - QUEUE // 2:
            more, _ = await asyncio.wait(set(others) - done, timeout=20, return_when=asyncio.FIRST_COMPLETED)
            assert more
            done |= more
        assert held._batcher.rows == QUEUE
        held.turn.set()
        return [await future for future in (running, *others)]

    answers = asyncio.run(load())
    assert Counter(answer.status for answer in answers) == {200: 1 + QUEUE // 2, 503: 2 * QUEUE - QUEUE // 2}
    assert all(answer.headers["Retry-After"] == "1" for answer in answers if answer.status == 503)
    assert all(rows <= BATCH and waiting <= QUEUE for rows, waiting in held.batches)
    assert np.shape(json.loads(answers[0].body)["outputs"][0]["data"]) == (BATCH * 512,)
