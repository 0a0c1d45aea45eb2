"""A deployment for Ray Serve.

``serve run unet1d.ray.serve:app model=/models/ecg-512 lengths=512``, or in Python:

>>> serve.run(unet1d.ray.serve.app({"model": "/models/ecg-512", "lengths": [512], "num_replicas": 4, "num_cpus": 8}))

Clients speak KServe's protocol, version 2: ``POST /v2/models/unet1d/infer`` with ``sample`` and ``timestep``.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from contextlib import nullcontext
from dataclasses import fields
from typing import Any

from ray import serve
from starlette.requests import Request
from starlette.responses import Response

from .._errors import ArgumentError
from .denoiser import assigned_cpus, leased, shared, threads_of
from .endpoint import Endpoint, Limits

_LIMITS = [field.name for field in fields(Limits)]
#: Seconds that a replica, or a server, may take to answer what waits when it is stopped.
DRAIN_SECONDS = 60.0


class Denoising:
    """A replica: an :class:`Endpoint` on cores of its own, with packed weights that all replicas of a machine share.

    Serve asks :meth:`check_health`, and replaces a replica that fails it. One that is stopped gets no new requests, and
    ends when it has answered those that it has.
    """

    def __init__(
        self,
        model: str,
        *,
        name: str = "unet1d",
        batch: int = 8,
        lengths: Iterable[int] = (),
        threads: int | None = None,
        pin: bool | None = None,
        limits: Mapping[str, Any] | None = None,
        share_weights: bool | str | None = None,
        **options: Any,
    ) -> None:
        own = assigned_cpus() or threads
        self.lease = None if pin is False else leased(own, pin is True)
        if threads is None:
            threads = threads_of(self.lease, own)
        # The threads that compute are bound. Those that take requests are not, or they would wait for the others.
        with self.lease.bound() if self.lease else nullcontext():
            self._endpoint = Endpoint(
                model,
                name,
                batch=batch,
                lengths=lengths,
                limits=Limits(**(limits or {})),
                threads=threads,
                share_weights=shared(share_weights),
                **options,
            )

    async def __call__(self, request: Request) -> Response:
        answer = await self._endpoint.answer(request.method, request.url.path, request)
        return Response(answer.body, answer.status, dict(answer.headers))

    def check_health(self) -> None:
        self._endpoint.check()

    def __del__(self) -> None:
        endpoint = getattr(self, "_endpoint", None)
        if endpoint is not None:
            endpoint.drain(DRAIN_SECONDS)


def app(arguments: Mapping[str, Any]) -> serve.Application:
    """The application of Serve: replicas of :class:`Denoising`.

    Each replica has a bounded queue, and refuses with the status 503 what does not fit. Behind it, requests that Serve
    has not handed over are bounded, too.

    :param arguments: the parameters of :class:`Denoising`, the fields of :class:`Limits`, ``num_replicas``, and
        ``num_cpus`` of a replica. Texts stand for numbers, as on a command line; ``lengths`` may be ``"512,1024"``.
    :raises ArgumentError: where there is no ``model``.
    """
    given = dict(arguments)
    if "model" not in given:
        raise ArgumentError(f"model: found {', '.join(given) or 'nothing'}, expected what unet1d.load takes")
    lengths = given.pop("lengths", ())
    if isinstance(lengths, str):
        lengths = [int(length) for length in lengths.split(",")]
    limits = {name: _number(given.pop(name)) for name in _LIMITS if name in given}
    replicas = int(given.pop("num_replicas", 1))
    cpus = float(given.pop("num_cpus", 1))
    for name in ("batch", "threads"):
        if given.get(name) is not None:
            given[name] = int(given[name])
    queue = int(limits.get("queue", Limits.queue))
    deployment = serve.deployment(
        name=str(given.get("name", "unet1d")),
        num_replicas=replicas,
        ray_actor_options={"num_cpus": cpus},
        # A little more than the queue and a batch have room for. What a replica has taken costs it time even to refuse:
        # so Serve's proxies refuse the most of what is too much.
        max_ongoing_requests=queue + 2 * int(given.get("batch") or 8),
        max_queued_requests=queue,
        backpressure_config={"status_code": 503, "retry_after_s": 1},
        # A request that Serve holds asks again for a replica soon: by default it may do so after seconds.
        request_router_config={"initial_backoff_s": 0.01, "max_backoff_s": 0.05},
        graceful_shutdown_timeout_s=DRAIN_SECONDS,
        graceful_shutdown_wait_loop_s=0.2,
        health_check_period_s=5,
        health_check_timeout_s=30,
    )(Denoising)
    made: serve.Application = deployment.bind(lengths=list(lengths), limits=limits, **given)
    return made


def _number(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    return float(value) if "." in value else int(value)
