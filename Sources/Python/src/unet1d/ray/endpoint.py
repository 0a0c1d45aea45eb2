"""A model behind KServe's protocol: paths, limits, and what is answered to what goes wrong. Knows nothing of Ray."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Protocol

import numpy as np

from .._arrays import FloatArray
from .._errors import ArgumentError, Error, ShapeError
from .._library import library
from .._model import Model, load
from .._shapes import Shape
from . import kserve
from .batching import Batcher, RefusedError
from .buckets import filled
from .forwards import ForwardRow, Forwards


@dataclass(frozen=True)
class Limits:
    """What a server takes. Beyond it, requests are refused before anything is computed."""

    #: Bytes of a request's body.
    body_bytes: int = 64 << 20
    #: Rows of a request, which ``queue`` limits, too.
    rows: int = 64
    #: Positions of a sample.
    length: int = 1 << 20
    #: Rows that wait.
    queue: int = 64
    #: Seconds that a batch waits for others.
    wait: float = 0.002
    #: Seconds after which a request without a timeout is given up; None: never.
    timeout: float | None = None
    #: Seconds of a batch after which the server counts as unhealthy.
    stuck: float = 300


@dataclass(frozen=True)
class Answer:
    """A response of HTTP."""

    status: int
    body: bytes
    headers: Mapping[str, str]


class Body(Protocol):
    """The part of a request that :meth:`Endpoint.infer` reads."""

    @property
    def headers(self) -> Any: ...

    def stream(self) -> Any: ...


class Endpoint:
    """Answers requests about one model.

    :param batch: the most rows of a forward. Forwards of 1, 2, 4 … rows are prepared, and may differ in the last bits:
        a server of one row at a time, ``batch=1``, gives equal bits for equal requests.
    :param lengths: the lengths of samples that are prepared in the beginning; others are when they are first asked for.
    """

    def __init__(
        self, model: str, name: str, *, batch: int, lengths: Iterable[int], limits: Limits, **options: Any
    ) -> None:
        self._model: Model = load(model, **options)
        self._name = name
        self._planned = lru_cache(256)(lambda length: self._model.plan(Shape(1, length)))
        self._limits = limits
        sizes = [size for power in range(batch.bit_length()) if (size := 1 << power) < batch]
        self._forwards = {size: Forwards(self._model, size) for size in [*sizes, batch]}
        self._warm(lengths)
        self._batcher = Batcher[ForwardRow, FloatArray](
            self._compute, batch=batch, wait=limits.wait, queue=limits.queue
        )
        self._is_ready = True

    async def answer(self, method: str, path: str, request: Body) -> Answer:
        """The answer to a request, whatever it is."""
        parts = [part for part in path.split("/") if part]
        try:
            if method == "GET":
                return self._described(parts)
            if method == "POST" and parts == ["v2", "models", self._name, "infer"]:
                return await self._infer(request)
        except RefusedError as error:
            return failure(503, error, {"Retry-After": "1"})
        except _TooLargeError as error:
            return failure(413, error)
        except Error as error:
            return failure(400, error)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            return failure(500, error)
        return failure(404, ArgumentError(f"found {method} {path}, expected a path of /v2 and the model {self._name}"))

    def check(self) -> None:
        """:raises Error: where the server must be replaced."""
        self._batcher.check(self._limits.stuck)

    def drain(self, timeout: float | None = None) -> bool:
        """Refuses new requests, and waits for those that are there. Blocks."""
        self._is_ready = False
        return self._batcher.close(timeout)

    def _described(self, parts: Sequence[str]) -> Answer:
        model = ["v2", "models", self._name]
        if parts == ["v2"]:
            return encoded(kserve.server_metadata(library.version))
        if parts == ["v2", "health", "live"]:
            self.check()
            return encoded({"live": True})
        if parts in (["v2", "health", "ready"], [*model, "ready"]):
            return encoded({"ready": self._is_ready}, 200 if self._is_ready else 503)
        if parts == model:
            return encoded(self._metadata())
        return failure(404, ArgumentError(f"/{'/'.join(parts)}: no such path, or not the model {self._name}"))

    def _metadata(self) -> dict[str, Any]:
        config = self._model.config
        if self._model._is_policy:
            return kserve.model_metadata(self._name, (-1, config["input_dim"]), config["global_cond_dim"])
        return kserve.model_metadata(self._name, (config["in_channels"] or 1, -1), 0)

    async def _infer(self, request: Body) -> Answer:
        if request.headers.get("content-encoding", "identity") != "identity":
            raise ArgumentError("Content-Encoding: found a compressed body, expected none")
        body = await self._body(request)
        inference = kserve.parsed(body, request.headers.get(kserve.HEADER))
        # More rows than the queue holds would be refused for ever: to try again is of no use.
        most = min(self._limits.rows, self._limits.queue)
        if inference.rows > most:
            raise _TooLargeError(f"sample: found {inference.rows} rows, expected {most} at most: send several requests")
        if max(inference.sample.shape[1:]) > self._limits.length:
            raise _TooLargeError(
                f"sample: found shape {inference.sample.shape}, expected sizes up to {self._limits.length}"
            )
        rows = self._rows(inference)
        timeout = self._limits.timeout if inference.timeout is None else inference.timeout
        results = await asyncio.wrap_future(self._batcher.submit(rows, self._key(rows[0]), timeout))
        content, json_bytes = kserve.answer(self._name, inference, np.stack(results))
        if json_bytes is None:
            return Answer(200, content, {"Content-Type": "application/json"})
        return Answer(200, content, {"Content-Type": "application/octet-stream", kserve.HEADER: str(json_bytes)})

    async def _body(self, request: Body) -> bytes:
        """A request's body, of which no more is read than the limit."""
        most = self._limits.body_bytes
        text = request.headers.get("content-length", "0")
        if text.isdigit() and int(text) > most:
            raise _TooLargeError(f"body: found {text} bytes, expected {most} at most")
        parts = bytearray()
        async for part in request.stream():
            parts += part
            if len(parts) > most:
                raise _TooLargeError(f"body: found more than the {most} bytes that are allowed")
        return bytes(parts)

    def _rows(self, inference: kserve.Inference) -> list[ForwardRow]:
        """A request's rows, whose shape the model can run at. Reads no weights."""
        sample = inference.sample
        plan = self._planned(sample.shape[1 if self._model._is_policy else 2])
        if plan.sample_shape[1:] != sample.shape[1:]:
            raise ShapeError(f"sample: found {sample.shape[1:]} a row, expected {plan.sample_shape[1:]}")
        width = 0 if inference.condition is None else inference.condition.shape[1]
        if width != plan.global_cond_count:
            raise ShapeError(f"global_cond: found {width} numbers a row, expected {plan.global_cond_count}")
        return [
            ForwardRow(
                row,
                sample[row],
                inference.timestep[row : row + 1],
                None if inference.condition is None else inference.condition[row],
            )
            for row in range(inference.rows)
        ]

    def _key(self, row: ForwardRow) -> Any:
        return next(iter(self._forwards.values())).key(row)

    def _compute(self, rows: Sequence[ForwardRow]) -> list[FloatArray]:
        size = next(size for size in self._forwards if size >= len(rows))
        outputs = list(self._forwards[size].compute(filled(rows, size)))
        return outputs[: len(rows)]

    def _warm(self, lengths: Iterable[int]) -> None:
        """Packs weights and makes sessions, so that no request waits for that."""
        for length in lengths:
            plan = self._planned(length)
            condition = np.zeros(plan.global_cond_count, np.float32) if plan.global_cond_count else None
            row = ForwardRow(0, np.zeros(plan.sample_shape[1:], np.float32), np.ones(1, np.float32), condition)
            for size in self._forwards:
                self._compute([row] * size)


class _TooLargeError(Error):
    """A request beyond the limits."""


def encoded(content: Any, status: int = 200) -> Answer:
    return Answer(status, json.dumps(content).encode(), {"Content-Type": "application/json"})


def failure(status: int, error: Exception, headers: Mapping[str, str] | None = None) -> Answer:
    """An error as the protocol has it: an object with its text."""
    answer = encoded({"error": str(error) or type(error).__name__}, status)
    return Answer(status, answer.body, {**answer.headers, **(headers or {})})
