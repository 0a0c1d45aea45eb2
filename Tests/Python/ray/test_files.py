"""Safetensors keep what columns hold, and files that are cut or lie are refused."""

from __future__ import annotations

import io
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import unet1d
from unet1d.ray.safetensors import decoded, encode

TYPES = [np.float64, np.float32, np.float16, np.int64, np.int32, np.int16, np.int8, np.uint64, np.uint8, np.bool_]


def encoded(columns: dict[str, Any]) -> bytes:
    file = io.BytesIO()
    encode(columns, file)
    return file.getvalue()


@pytest.mark.parametrize("dtype", TYPES)
def test_types_come_back(dtype: Any) -> None:
    column = np.arange(6).reshape(3, 2).astype(dtype)
    back = decoded(encoded({"a": column, "b": np.array(["x", None, "ü"], object)}), "file")
    assert back["a"].dtype == column.dtype
    assert np.array_equal(back["a"], column)
    assert list(back["b"]) == ["x", None, "ü"]


def test_the_format_is_that_of_others() -> None:
    safetensors = pytest.importorskip("safetensors.numpy")
    column = np.random.default_rng(0).standard_normal((3, 2, 5), np.float32)
    assert np.array_equal(safetensors.load(encoded({"sample": column}))["sample"], column)
    assert np.array_equal(decoded(safetensors.save({"sample": column}), "file")["sample"], column)


def test_bfloat16_is_widened() -> None:
    header = b'{"a":{"dtype":"BF16","shape":[2],"data_offsets":[0,4]}}'
    back = decoded(struct.pack("<Q", len(header)) + header + b"\x80\x3f\x00\xc0", "file")["a"]
    assert back.tolist() == [1.0, -2.0]


BAD = [
    b"",
    b"\x00" * 7,
    struct.pack("<Q", 1 << 62),
    struct.pack("<Q", 2) + b"[]",
    struct.pack("<Q", 3) + b"{}x",
    *[
        struct.pack("<Q", len(header)) + header
        for header in (
            b'{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}',
            b'{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,-4]}}',
            b'{"a":{"dtype":"F9","shape":[0],"data_offsets":[0,0]}}',
            b'{"a":{"dtype":"F32","shape":[0]}}',
            b'{"a":3}',
            b'{"__metadata__":{"a":"[1]"}}',
            b'{"__metadata__":{"a":"["}}',
            b"[" * 100000,
        )
    ],
]


@pytest.mark.parametrize("data", BAD, ids=range(len(BAD)))
def test_bad_files_are_refused(data: bytes) -> None:
    with pytest.raises(unet1d.ArgumentError, match="the-file"):
        decoded(data, "the-file")


def test_a_dataset_comes_back(tmp_path: Path) -> None:
    pytest.importorskip("ray.data")
    import ray

    from unet1d.ray.files import read_safetensors, write_safetensors
    from unet1d.ray.job import connect

    connect()
    try:
        samples = [np.full((1, 3 + row % 2), row, np.float32) for row in range(10)]
        rows = [{"id": row, "sample": samples[row], "error": None if row else "odd"} for row in range(10)]
        write_safetensors(ray.data.from_items(rows), str(tmp_path / "files"))
        back: dict[int, Any] = {}
        for file in (tmp_path / "files").glob("*.safetensors"):
            for row in read_safetensors(str(file)).take_all():
                assert row["id"] not in back
                back[row["id"]] = row
        assert sorted(back) == list(range(10))
        assert all(np.array_equal(back[row]["sample"], samples[row]) for row in back)
        assert [back[row]["error"] for row in sorted(back)] == ["odd", *[None] * 9]
    finally:
        ray.shutdown()
