"""A server of one machine or of a cluster, until it is told to stop."""

from __future__ import annotations

import argparse
import signal
import threading
from typing import Any

from ray import serve

from .job import connect
from .serve import app

_APPLICATION = "unet1d"


def serve_until_stopped(options: argparse.Namespace) -> None:
    """Serves what a command's options say. Blocks until SIGTERM or SIGINT, and then until requests are answered."""
    stopped = threading.Event()
    connect(options.address)
    # Ray's own handlers, which connecting sets, end the process at once.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopped.set())
    serve.start(http_options={"host": options.host, "port": options.port})
    serve.run(app(_arguments(options)), name=_APPLICATION, route_prefix="/")
    print(f"http://{options.host}:{options.port}/v2/models/{options.name}/infer", flush=True)
    stopped.wait()
    serve.delete(_APPLICATION)
    serve.shutdown()  # type: ignore[no-untyped-call]


def _arguments(options: argparse.Namespace) -> dict[str, Any]:
    load = {name: getattr(options, name) for name in ("accuracy", "precision", "isa") if getattr(options, name)}
    return {
        "model": options.model,
        "name": options.name,
        "batch": options.batch,
        "lengths": options.length or (),
        "threads": options.threads_per_actor,
        "num_cpus": options.threads_per_actor,
        "num_replicas": options.replicas,
        "queue": options.queue,
        "wait": options.wait_ms / 1000,
        **load,
    }
