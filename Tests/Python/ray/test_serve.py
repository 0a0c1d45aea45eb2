"""A server on loopback: the protocol's client, limits, refusals of what cannot fit, and a stop that answers all."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import unet1d

pytest.importorskip("ray.serve")
client = pytest.importorskip("tritonclient.http")
requests = pytest.importorskip("requests")

PORT, QUEUE = 18123, 8
#: A forward at this length takes seconds.
LONG = 1 << 16
URL = f"http://127.0.0.1:{PORT}"
INFER = f"{URL}/v2/models/unet1d/infer"


@pytest.fixture(scope="module")
def server(ecg: str, command: list[str], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder: Path = tmp_path_factory.mktemp("server")
    options = f"serve {ecg} --length 512 --batch 4 --queue {QUEUE} --port {PORT}".split()
    with open(folder / "errors", "wb") as errors:
        process = subprocess.Popen(
            [*command, *options],
            stdout=subprocess.PIPE,
            stderr=errors,
            env={**os.environ, "UNET1D_LEASES": str(folder / "leases")},
        )
    assert process.stdout is not None
    assert process.stdout.readline().decode().strip() == INFER, (folder / "errors").read_text()[-3000:]
    yield process
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
        process.wait(90)


def triton(sample: np.ndarray, timestep: float = 0.5, *, binary: bool = True, **options: Any) -> np.ndarray:
    inputs = [
        client.InferInput("sample", list(sample.shape), "FP32").set_data_from_numpy(sample, binary_data=binary),
        client.InferInput("timestep", [1], "FP32").set_data_from_numpy(np.float32([timestep]), binary_data=binary),
    ]
    outputs = [client.InferRequestedOutput("output", binary_data=binary)]
    with client.InferenceServerClient(f"127.0.0.1:{PORT}") as connection:
        return connection.infer("unet1d", inputs, outputs=outputs, **options).as_numpy("output")


def request(rows: int = 1, length: int = 512) -> dict[str, Any]:
    return {
        "inputs": [
            {"name": "sample", "datatype": "FP32", "shape": [rows, 1, length], "data": [0.5] * (rows * length)},
            {"name": "timestep", "datatype": "FP32", "shape": [1], "data": [0.5]},
        ]
    }


def test_health_and_metadata(server: Any) -> None:
    with client.InferenceServerClient(f"127.0.0.1:{PORT}") as connection:
        assert connection.is_server_live()
        assert connection.is_server_ready()
        assert connection.is_model_ready("unet1d")
        assert not connection.is_model_ready("other")
        assert connection.get_server_metadata()["extensions"] == ["binary_tensor_data"]
        inputs = connection.get_model_metadata("unet1d")["inputs"]
        assert [(entry["name"], entry["shape"]) for entry in inputs] == [("sample", [-1, 1, -1]), ("timestep", [-1])]


@pytest.mark.parametrize("rows", [1, 2, 4, 7])
@pytest.mark.parametrize("binary", [True, False])
def test_answers_are_those_of_a_session(server: Any, ecg: str, rows: int, binary: bool) -> None:
    sample = np.random.default_rng(rows).standard_normal((rows, 1, 512), np.float32)
    expected = unet1d.load(ecg, threads=1).session((rows, 512))(sample, np.float32(0.5))
    np.testing.assert_allclose(triton(sample, binary=binary), expected, atol=1e-4)


@pytest.mark.parametrize(
    ("shape", "status", "text"),
    [
        ((1, 2, 512), 400, r"found \(2, 512\) a row"),
        ((1, 1, 500), 400, "take 480 or 512"),
        ((QUEUE + 1, 1, 512), 413, f"{QUEUE + 1} rows, expected {QUEUE}"),
    ],
)
def test_limits(server: Any, shape: tuple[int, ...], status: int, text: str) -> None:
    with pytest.raises(Exception, match=text) as raised:
        triton(np.zeros(shape, np.float32))
    assert raised.value.status() == str(status)


def test_a_body_beyond_the_limit(server: Any) -> None:
    answer = requests.post(INFER, data=b"x" * ((64 << 20) + 1), timeout=60)
    assert answer.status_code == 413
    assert "bytes" in answer.json()["error"]


@pytest.mark.parametrize(
    ("method", "path"), [("GET", "/"), ("GET", "/v2/models/x"), ("DELETE", "/v2"), ("POST", "/v2")]
)
def test_other_paths(server: Any, method: str, path: str) -> None:
    assert requests.request(method, URL + path, timeout=60).status_code in (404, 405)


def test_a_load_that_cannot_fit_is_refused_cleanly(server: Any) -> None:
    """While one long forward runs, the queue has room for some of the requests. The others are told to come again."""

    def compute() -> None:
        while (status := requests.post(INFER, json=request(1, LONG), timeout=120).status_code) == 503:
            pass
        assert status == 200

    def ask(long: Future[None]) -> list[int]:
        statuses = []
        while not long.done():
            answer = requests.post(INFER, json=request(2), timeout=120)
            statuses.append(answer.status_code)
            if answer.status_code == 503:
                assert answer.headers["Retry-After"] == "1"
                assert answer.text
                time.sleep(0.1)
            else:
                assert "outputs" in answer.json()
        return statuses

    with ThreadPoolExecutor(1 + QUEUE) as threads:
        long = threads.submit(compute)
        clients = [threads.submit(ask, long) for _ in range(QUEUE)]
    long.result()
    statuses = [status for future in clients for status in future.result()]
    assert set(statuses) == {200, 503}
    assert requests.get(f"{URL}/v2/health/ready", timeout=60).status_code == 200


def test_a_stop_answers_what_was_asked(server: Any) -> None:
    """The last test: it stops the server while requests run."""
    statuses: list[int] = []

    def ask() -> None:
        statuses.append(requests.post(INFER, json=request(1), timeout=60).status_code)

    clients = [threading.Thread(target=ask) for _ in range(QUEUE // 2)]
    for thread in clients:
        thread.start()
    time.sleep(0.05)
    server.send_signal(signal.SIGTERM)
    for thread in clients:
        thread.join()
    assert statuses == [200] * len(clients)
    assert server.wait(90) == 0
