"""Whose arrays are read, what is converted, and what is refused by which exception."""

from __future__ import annotations

import gc
import json

import numpy as np
import pytest

import unet1d
from conftest import ECG, FIXTURES, PLANNER, TINY, numbers, same_bits

SHAPE = (2, 14, 32)


@pytest.fixture(scope="module")
def session():
    return unet1d.load(PLANNER, threads=1).session(SHAPE)


@pytest.fixture(scope="module")
def sample():
    return numbers(*SHAPE)


class Foreign:
    """An array of another library, which has DLPack's two methods alone."""

    def __init__(self, array):
        self._array = array

    def __dlpack__(self, **options):
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


ORDERS = {
    "Fortran's order": np.asfortranarray,
    "a transposed view": lambda array: np.ascontiguousarray(array.transpose(0, 2, 1)).transpose(0, 2, 1),
    "a view with gaps": lambda array: np.repeat(array, 2, axis=2)[:, :, ::2],
    "float64": lambda array: array.astype(np.float64),
    "big-endian": lambda array: array.astype(">f4"),
    "a list": lambda array: array.tolist(),
    "DLPack": Foreign,
    "read-only": lambda array: _read_only(array),
}


def _read_only(array):
    copy = array.copy()
    copy.flags.writeable = False
    return copy


@pytest.mark.parametrize("order", ORDERS)
def test_other_orders_and_types_are_converted(session, sample, order):
    assert same_bits(session(ORDERS[order](sample), 3), session(sample, 3))


@pytest.mark.parametrize("dtype", [np.float16, np.int32, np.uint8, np.bool_])
def test_numbers_of_other_types(session, sample, dtype):
    converted = (sample * 3).astype(dtype)
    assert same_bits(session(converted, 3), session(converted.astype(np.float32), 3))


@pytest.mark.parametrize("dtype", ["float32", "float64", "float16", "bfloat16"])
def test_tensors_of_pytorch(session, sample, dtype):
    torch = pytest.importorskip("torch")
    tensor = torch.from_numpy(sample).to(getattr(torch, dtype)).requires_grad_()
    assert same_bits(session(tensor, torch.tensor(3)), session(tensor.detach().float().numpy(), 3))


def test_output_of_the_caller(session, sample):
    expected = session(sample, 3)
    out = np.empty(SHAPE, np.float32)
    assert session(sample, 3, out) is out
    assert same_bits(out, expected)
    both = sample.copy()
    assert session(both, 3, out=both) is both
    assert same_bits(both, expected)


def test_output_in_a_tensor(session, sample):
    torch = pytest.importorskip("torch")
    out = torch.empty(SHAPE)
    assert session(sample, 3, out=out) is out
    assert same_bits(out.numpy(), session(sample, 3))


@pytest.mark.parametrize(
    "timestep",
    [3, np.int64(3), np.float32(3), np.array(3), np.array([3]), [3], np.array([3.0], np.float16), 3.9],
)
def test_timesteps(session, sample, timestep):
    assert same_bits(session(sample, timestep), session(sample, 3))


def test_timesteps_of_each_element(session, sample):
    own = unet1d.load(PLANNER, threads=1).session(unet1d.Shape(2, 32, timesteps=2))
    assert same_bits(own(sample, 3), session(sample, 3))
    for element, timestep in enumerate((3, 40)):
        output = own(sample, [3, 40])[element]
        np.testing.assert_allclose(output, session(sample, timestep)[element], rtol=0, atol=1e-5)


BAD_OUTPUTS = [
    np.empty((2, 14, 31), np.float32),
    np.empty(SHAPE, np.float64),
    np.asfortranarray(np.empty(SHAPE, np.float32)),
    _read_only(np.empty(SHAPE, np.float32)),
]


@pytest.mark.parametrize("out", BAD_OUTPUTS, ids=["shape", "type", "order", "read-only"])
def test_output_is_refused(session, sample, out):
    with pytest.raises(unet1d.ArgumentError, match=r"out: found .* expected writable float32"):
        session(sample, 3, out)


def _damaged(tmp_path, **fields):
    config = json.loads((TINY / "config.json").read_text())
    (tmp_path / "config.json").write_text(json.dumps({**config, **fields}))
    return tmp_path


ERRORS = {
    "no folder": (lambda s, x, p: unet1d.load(p / "none"), unet1d.CheckpointError, "no such folder"),
    "no weights": (lambda s, x, p: unet1d.load(_damaged(p)).session((1, 32)), unet1d.CheckpointError, "safetensors"),
    "a field": (
        lambda s, x, p: unet1d.load(_damaged(p, act_fn="none of these")),
        unet1d.CheckpointError,
        "none of these",
    ),
    "shape": (lambda s, x, p: s(x[:, :, :30], 3), unet1d.ShapeError, "prepared for"),
    "plan": (lambda s, x, p: unet1d.load(ECG).plan((1, 1, 5)), unet1d.ShapeError, "5"),
    "three sizes": (lambda s, x, p: unet1d.load(ECG).plan((1, 3, 512)), unet1d.ShapeError, "expected .1, 1, 512."),
    "nan timestep": (lambda s, x, p: s(x, float("nan")), unet1d.TimestepError, "Python float"),
    "many timesteps": (lambda s, x, p: s(x, [1, 2, 3]), unet1d.ShapeError, "3 timesteps"),
    "text timestep": (lambda s, x, p: s(x, np.array("now")), unet1d.TimestepError, "type"),
    "large timestep": (lambda s, x, p: s(x, 1 << 70), unet1d.TimestepError, "64 bits"),
    "complex": (lambda s, x, p: s(x.astype(complex), 3), unet1d.ArgumentError, "real numbers"),
    "objects": (lambda s, x, p: s(object(), 3), unet1d.ArgumentError, "sample"),
    "isa": (lambda s, x, p: unet1d.load(TINY, isa="neon"), unet1d.ArgumentError, "'avx2'"),
    "accuracy": (lambda s, x, p: unet1d.load(TINY, accuracy="high"), unet1d.ArgumentError, "'strict'"),
    "threads": (lambda s, x, p: unet1d.load(TINY, threads=0), unet1d.ArgumentError, "1 or more"),
    "no shapes": (lambda s, x, p: unet1d.load(TINY).session([]), unet1d.ShapeError, "none"),
    "scheduler": (lambda s, x, p: unet1d.Scheduler(name="NoScheduler"), unet1d.SchedulerError, "DDIMScheduler"),
}


@pytest.mark.parametrize("case", ERRORS)
def test_error_has_its_kind(session, sample, tmp_path, case):
    call, kind, text = ERRORS[case]
    with pytest.raises(kind, match=text) as caught:
        call(session, sample, tmp_path)
    assert isinstance(caught.value, unet1d.Error)


def test_errors_are_pythons_too():
    assert issubclass(unet1d.ShapeError, ValueError)
    assert issubclass(unet1d.BusyError, RuntimeError)
    assert issubclass(unet1d.OutOfMemoryError, MemoryError)


def test_models_of_tensors_in_memory():
    from conftest import read

    folder = FIXTURES / "visible/resnet_1level"
    tensors = read(folder / "diffusion_pytorch_model.safetensors")
    model = unet1d.from_tensors(json.loads((folder / "config.json").read_text()), tensors, threads=1)
    del tensors
    gc.collect()
    sample = numbers(*model.plan((2, 32)).sample_shape)
    expected = unet1d.load(folder, threads=1).session((2, 32))(sample, 3)
    assert same_bits(model.session((2, 32))(sample, 3), expected)


def test_seeded_weights_depend_on_the_seed():
    config = (TINY / "config.json").read_text()
    sample = numbers(*unet1d.from_tensors(config).plan((1, 32)).sample_shape)
    first, again, other = (unet1d.from_tensors(config, seed=s).session((1, 32))(sample, 3) for s in (1, 1, 2))
    assert same_bits(first, again)
    assert not same_bits(first, other)
