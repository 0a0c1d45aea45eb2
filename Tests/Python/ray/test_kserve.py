"""Requests of the protocol are read as they are meant, and others refused with their reason."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest

import unet1d
from unet1d.ray import kserve

SAMPLE = {"name": "sample", "datatype": "FP32", "shape": [1, 1, 2], "data": [1, 2]}
TIMESTEP = {"name": "timestep", "datatype": "INT64", "shape": [1], "data": [3]}


def body(*inputs: Any, **fields: Any) -> bytes:
    return json.dumps({"inputs": list(inputs), **fields}).encode()


def test_a_request_of_json() -> None:
    read = kserve.parsed(body(SAMPLE, TIMESTEP, id="7", parameters={"timeout": 1500}), None)
    assert (read.identifier, read.timeout, read.is_binary) == ("7", 0.0015, False)
    assert read.sample.tolist() == [[[1, 2]]]
    assert read.timestep.tolist() == [3]
    assert read.timestep.dtype.kind == "i"


def test_a_request_with_binary_tensors() -> None:
    sample = np.arange(6, dtype="<f4").reshape(2, 1, 3)
    timestep = np.array([0.5, 0.25])
    text = body(
        {"name": "timestep", "datatype": "FP64", "shape": [2], "parameters": {"binary_data_size": 16}},
        {"name": "sample", "datatype": "FP32", "shape": [2, 1, 3], "parameters": {"binary_data_size": 24}},
        outputs=[{"name": "output", "parameters": {"binary_data": True}}],
    )
    read = kserve.parsed(text + timestep.tobytes() + sample.tobytes(), str(len(text)))
    assert np.array_equal(read.sample, sample)
    assert np.array_equal(read.timestep, timestep)
    answer, size = kserve.answer("m", read, read.sample)
    assert json.loads(answer[:size])["outputs"][0]["parameters"] == {"binary_data_size": 24}
    assert answer[size:] == sample.tobytes()


def test_an_answer_of_json_has_no_infinities() -> None:
    answer, size = kserve.answer(
        "m", kserve.parsed(body(SAMPLE, TIMESTEP), None), np.array([[[1, np.nan, np.inf]]], np.float32)
    )
    assert size is None
    assert json.loads(answer)["outputs"][0]["data"] == [1, None, None]


#: The bytes of the request whose tensor is binary.
SIZE = str(len(body({**SAMPLE, "parameters": {"binary_data_size": 8.0}}, TIMESTEP)))
BAD = [
    (b"", None, "body"),
    (b"[]", None, "inputs"),
    (b"[" * 100000, None, "body"),
    (b"{}", "3", "Inference-Header"),
    (b"{}", "-1", "Inference-Header"),
    (b"{}", "9" * 5000, "Inference-Header"),
    (body(), None, "inputs: found none"),
    (body(SAMPLE), None, "inputs: found sample"),
    (body(SAMPLE, 3), None, "inputs: found 3"),
    (body({**SAMPLE, "name": "x"}), None, "found 'x'"),
    (body({**SAMPLE, "datatype": "BYTES"}, TIMESTEP), None, "datatype"),
    (body({**SAMPLE, "shape": [1, 1, 3]}, TIMESTEP), None, "expected 3"),
    (body({**SAMPLE, "shape": [-1, -1, 2]}, TIMESTEP), None, "shape"),
    (body({**SAMPLE, "shape": [1 << 70, 0, True]}, TIMESTEP), None, "shape"),
    (body({**SAMPLE, "shape": [2]}, TIMESTEP), None, "rows, channels, length"),
    (body({**SAMPLE, "data": ["x", 1]}, TIMESTEP), None, "sample"),
    (body({**SAMPLE, "data": [[1], [2, 3]]}, TIMESTEP), None, "sample"),
    (body({**SAMPLE, "parameters": {"binary_data_size": 8}}, TIMESTEP), None, "found 8 of 0 bytes"),
    (body({**SAMPLE, "parameters": {"binary_data_size": 8.0}}, TIMESTEP) + bytes(8), SIZE, r"found 8\.0 of 8 bytes"),
    (body(SAMPLE, {**TIMESTEP, "data": [0.9]}), None, r"timestep: .*INT64, found \[0\.9\]"),
    (body(SAMPLE, {**TIMESTEP, "datatype": "INT8", "data": [300]}), None, r"INT8, found \[300\]"),
    (body(SAMPLE, {**TIMESTEP, "data": [1e30]}), None, "INT64, found"),
    (body(SAMPLE, {**TIMESTEP, "data": ["3"]}), None, "INT64, found"),
    (body(SAMPLE, {**TIMESTEP, "data": [[1], [2, 3]]}), None, "timestep: expected data of INT64"),
    (body({**SAMPLE, "parameters": 1}, TIMESTEP), None, "parameters"),
    (body(SAMPLE, {**TIMESTEP, "shape": [2], "data": [1, 2]}), None, "timestep: found shape"),
    (body(SAMPLE, TIMESTEP, parameters={"timeout": 0}), None, "timeout"),
    (body(SAMPLE, TIMESTEP, outputs=[{"name": "x"}]), None, "outputs"),
    (body(SAMPLE, TIMESTEP, outputs=3), None, "outputs"),
    (
        body(SAMPLE, TIMESTEP, {"name": "global_cond", "datatype": "FP32", "shape": [1], "data": [1]}),
        None,
        "global_cond",
    ),
]


@pytest.mark.parametrize(("content", "header", "text"), BAD, ids=range(len(BAD)))
def test_what_is_no_request_is_refused(content: bytes, header: str | None, text: str) -> None:
    with pytest.raises(unet1d.ArgumentError, match=text):
        kserve.parsed(content, header)
