"""Latencies and refusals of a running server under a load that does not wait for it.

``python -m unet1d.ray serve MODEL --length 512`` in one shell, and in another
``python Tests/Python/ray/load.py http://127.0.0.1:8000/v2/models/unet1d/infer LENGTH SECONDS``. First the capacity is
measured, by clients that wait for their answers; then requests of one row come at a half, once and twice that rate, at
even intervals.
"""

from __future__ import annotations

import sys
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import requests


def body(length: int) -> tuple[bytes, dict[str, str]]:
    """A request of one row with a binary sample."""
    sample = np.zeros((1, 1, length), "<f4").tobytes()
    text = (
        f'{{"inputs":[{{"name":"sample","datatype":"FP32","shape":[1,1,{length}],'
        f'"parameters":{{"binary_data_size":{len(sample)}}}}},'
        '{"name":"timestep","datatype":"FP32","shape":[1],"data":[0.5]}],"parameters":{"binary_data_output":true}}'
    ).encode()
    return text + sample, {"Inference-Header-Content-Length": str(len(text))}


class Client:
    """Sends one kind of request, with a connection for each thread."""

    def __init__(self, url: str, length: int) -> None:
        self._url = url
        self._data, self._headers = body(length)
        self._local = threading.local()

    def ask(self) -> tuple[int, float]:
        """The status and the seconds of an answer."""
        session = getattr(self._local, "session", None) or requests.Session()
        self._local.session = session
        start = time.monotonic()
        answer = session.post(self._url, self._data, headers=self._headers, timeout=60)
        return answer.status_code, time.monotonic() - start


def capacity(client: Client, seconds: float, clients: int = 8) -> float:
    """Answers a second to clients that wait for them."""
    end = time.monotonic() + seconds

    def loop() -> int:
        count = 0
        while time.monotonic() < end:
            count += client.ask()[0] == 200
        return count

    with ThreadPoolExecutor(clients) as threads:
        return sum(future.result() for future in [threads.submit(loop) for _ in range(clients)]) / seconds


def offered(client: Client, rate: float, seconds: float) -> list[tuple[int, float]]:
    """Statuses and seconds of requests at a rate."""
    with ThreadPoolExecutor(256) as threads:
        start = time.monotonic()
        futures = []
        for number in range(int(rate * seconds)):
            time.sleep(max(0, start + number / rate - time.monotonic()))
            futures.append(threads.submit(client.ask))
        return [future.result() for future in futures]


def main(url: str, length: str, seconds: str = "10") -> None:
    client = Client(url, int(length))
    most = capacity(client, float(seconds))
    print(f"capacity: {most:.0f} rows/s")
    for share in (0.5, 1, 2):
        made = offered(client, share * most, float(seconds))
        statuses = dict(Counter(status for status, _ in made))
        for status in sorted(statuses):
            p50, p99, top = np.percentile([s * 1e3 for found, s in made if found == status], [50, 99, 100])
            print(
                f"{share:g} times the capacity, status {status}: {statuses[status]} requests, "
                f"p50 {p50:.0f} ms, p99 {p99:.0f} ms, longest {top:.0f} ms"
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
