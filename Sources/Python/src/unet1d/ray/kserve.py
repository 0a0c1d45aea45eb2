"""KServe's inference protocol, version 2, with the extension for binary tensors: bytes in, tensors out, and back.

Source: https://github.com/kserve/open-inference-protocol, inference_rest.md; Triton's extension_binary_data.md.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from .._arrays import FloatArray
from .._errors import ArgumentError

#: The header that says how many bytes of a body are JSON, if binary tensors follow.
HEADER = "Inference-Header-Content-Length"

_TYPES = {
    "FP64": "<f8",
    "FP32": "<f4",
    "FP16": "<f2",
    "INT64": "<i8",
    "INT32": "<i4",
    "INT16": "<i2",
    "INT8": "<i1",
    "UINT32": "<u4",
    "UINT16": "<u2",
    "UINT8": "<u1",
}
_NEEDED = ("sample", "timestep")
_OPTIONAL = ("global_cond",)


@dataclass(frozen=True)
class Inference:
    """What a client asks for."""

    identifier: str
    #: (rows, channels, length), or (rows, length, channels) of a robot policy's network
    sample: FloatArray
    #: (rows,)
    timestep: npt.NDArray[Any]
    #: (rows, width)
    condition: FloatArray | None
    is_binary: bool
    #: Seconds after which the answer is of no use; None: the server's.
    timeout: float | None

    @property
    def rows(self) -> int:
        return len(self.sample)


def parsed(body: bytes, header_length: str | None) -> Inference:
    """Reads a request.

    :param header_length: the value of :data:`HEADER`; None: the body is JSON alone.
    :raises ArgumentError: for what is no request, with what was found and expected.
    """
    size = len(body) if header_length is None else _size(header_length, len(body))
    try:
        request = json.loads(body[:size])
    except (ValueError, RecursionError) as error:
        raise ArgumentError(f"body: found no JSON: {error}") from error
    if not isinstance(request, dict) or not isinstance(request.get("inputs"), list):
        raise ArgumentError("body: found no list of inputs, expected an inference request")
    tensors: dict[str, npt.NDArray[Any]] = {}
    binary = memoryview(body)[size:]
    for entry in request["inputs"]:
        name, tensor, used = _input(entry, binary)
        tensors[name] = tensor
        binary = binary[used:]
    for name in _NEEDED:
        if name not in tensors:
            raise ArgumentError(f"inputs: found {', '.join(tensors) or 'none'}, expected {' and '.join(_NEEDED)}")
    sample = tensors["sample"]
    if sample.ndim != 3 or not len(sample):
        raise ArgumentError(f"sample: found shape {sample.shape}, expected (rows, channels, length)")
    return Inference(
        identifier=str(request.get("id", "")),
        sample=np.ascontiguousarray(sample, np.float32),
        timestep=_timesteps(tensors["timestep"], len(sample)),
        condition=_condition(tensors.get("global_cond"), len(sample)),
        is_binary=_is_binary(request),
        timeout=_timeout(request),
    )


def answer(model: str, request: Inference, output: FloatArray) -> tuple[bytes, int | None]:
    """A response's body, and the bytes of its JSON if a binary tensor follows."""
    entry: dict[str, Any] = {"name": "output", "datatype": "FP32", "shape": list(output.shape)}
    data = b""
    if request.is_binary:
        data = np.ascontiguousarray(output, "<f4").tobytes()
        entry["parameters"] = {"binary_data_size": len(data)}
    else:
        # Infinities and NaN are not JSON: they are null, as in JavaScript.
        entry["data"] = [value if math.isfinite(value) else None for value in output.ravel().tolist()]
    response: dict[str, Any] = {"model_name": model, "outputs": [entry]}
    if request.identifier:
        response["id"] = request.identifier
    text = json.dumps(response).encode()
    return text + data, len(text) if request.is_binary else None


def server_metadata(version: str) -> dict[str, Any]:
    return {"name": "unet1d", "version": version, "extensions": ["binary_tensor_data"]}


def model_metadata(model: str, sample: tuple[int, int], condition: int) -> dict[str, Any]:
    """A model's inputs and outputs; -1 is any size.

    :param sample: a sample's shape without its rows, -1 for the length.
    :param condition: the width of the observation that a robot policy reads; 0: none.
    """
    inputs = [
        {"name": "sample", "datatype": "FP32", "shape": [-1, *sample]},
        {"name": "timestep", "datatype": "FP32", "shape": [-1]},
    ]
    if condition:
        inputs.append({"name": "global_cond", "datatype": "FP32", "shape": [-1, condition]})
    outputs = [{"name": "output", "datatype": "FP32", "shape": [-1, *sample]}]
    return {"name": model, "versions": [], "platform": "unet1d", "inputs": inputs, "outputs": outputs}


def _size(text: str, most: int) -> int:
    size = int(text) if text.isascii() and text.isdigit() and len(text) < 16 else -1
    if not 0 <= size <= most:
        raise ArgumentError(f"{HEADER}: found {text}, expected a number of bytes, up to the body's {most}")
    return size


def _input(entry: Any, binary: memoryview) -> tuple[str, npt.NDArray[Any], int]:
    """A tensor with its name, and how many bytes of the binary part it took."""
    if not isinstance(entry, dict):
        raise ArgumentError(f"inputs: found {entry!r}, expected an object")
    name, kind, shape = entry.get("name"), entry.get("datatype"), entry.get("shape")
    if name not in (*_NEEDED, *_OPTIONAL):
        raise ArgumentError(f"inputs: found {name!r}, expected one of {', '.join((*_NEEDED, *_OPTIONAL))}")
    if kind not in _TYPES:
        raise ArgumentError(f"{name}: found datatype {kind!r}, expected one of {', '.join(_TYPES)}")
    if not isinstance(shape, list) or any(type(number) is not int or number < 0 for number in shape):
        raise ArgumentError(f"{name}: found shape {shape!r}, expected a list of sizes")
    dtype = np.dtype(_TYPES[kind])
    size = _parameters(entry).get("binary_data_size")
    if size is None:
        array = _numbers(entry.get("data", []), dtype, f"{name}: expected data of {kind}")
        if array.size != math.prod(shape):
            raise ArgumentError(f"{name}: found {array.size} numbers, expected {math.prod(shape)} for shape {shape}")
        return name, array.reshape(shape), 0
    needed = math.prod(shape) * dtype.itemsize
    if type(size) is not int or size != needed or size > len(binary):
        raise ArgumentError(f"{name}: found {size!r} of {len(binary)} bytes, expected {needed} for shape {shape}")
    return name, np.frombuffer(binary[:size], dtype).reshape(shape), size


def _numbers(data: Any, dtype: np.dtype[Any], text: str) -> npt.NDArray[Any]:
    """Numbers of JSON, of which a type of integers takes whole ones within its range alone."""
    try:
        if dtype.kind == "f":
            return np.array(data, dtype)
        given = np.array(data)
        with np.errstate(invalid="ignore"):
            array: npt.NDArray[Any] = given.astype(dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ArgumentError(f"{text}; {error}") from error
    if given.dtype.kind not in "iuf" or not np.array_equal(array, given):
        raise ArgumentError(f"{text}, found {str(data)[:60]}")
    return array


def _timesteps(timestep: npt.NDArray[Any], rows: int) -> npt.NDArray[Any]:
    if timestep.size not in (1, rows):
        raise ArgumentError(f"timestep: found shape {timestep.shape}, expected 1 number, or {rows}")
    return np.broadcast_to(timestep.reshape(-1), (rows,))


def _condition(condition: npt.NDArray[Any] | None, rows: int) -> FloatArray | None:
    if condition is None:
        return None
    if condition.ndim != 2 or len(condition) != rows:
        raise ArgumentError(f"global_cond: found shape {condition.shape}, expected ({rows}, width)")
    return np.ascontiguousarray(condition, np.float32)


def _parameters(entry: Mapping[str, Any]) -> dict[str, Any]:
    parameters = entry.get("parameters") or {}
    if not isinstance(parameters, dict):
        raise ArgumentError(f"parameters: found {parameters!r}, expected an object")
    return parameters


def _is_binary(request: Mapping[str, Any]) -> bool:
    outputs = request.get("outputs") or []
    if not isinstance(outputs, list) or not all(isinstance(entry, dict) for entry in outputs):
        raise ArgumentError("outputs: expected a list of objects")
    for entry in outputs:
        if entry.get("name") != "output":
            raise ArgumentError(f"outputs: found {entry.get('name')!r}, expected output")
    default = bool(_parameters(request).get("binary_data_output", False))
    return bool(_parameters(outputs[0]).get("binary_data", default)) if outputs else default


def _timeout(request: Mapping[str, Any]) -> float | None:
    """Triton's ``timeout``, which is in microseconds, as seconds."""
    timeout = _parameters(request).get("timeout")
    if timeout is None:
        return None
    if type(timeout) not in (int, float) or not timeout > 0:
        raise ArgumentError(f"timeout: found {timeout!r}, expected microseconds, more than 0")
    return float(timeout) / 1e6
