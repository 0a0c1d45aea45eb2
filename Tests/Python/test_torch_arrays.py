"""Tensors of PyTorch as inputs and outputs of sessions."""

from __future__ import annotations

import numpy as np
import pytest

torch = pytest.importorskip("torch")

from torch_models import FIXTURES, noise  # noqa: E402

import unet1d  # noqa: E402

SHAPE = (2, 14, 32)


@pytest.fixture(scope="module")
def session():
    return unet1d.load(FIXTURES / "visible/real_hopper_h32", threads=1).session(SHAPE)


@pytest.fixture(params=[True, False], ids=["NumPy 1", "NumPy"])
def _dlpack(request, monkeypatch):
    """What NumPy 1 makes of DLPack cannot be written to."""
    if not request.param:
        return
    original = np.from_dlpack

    def read_only(what):
        array = original(what).view()
        array.flags.writeable = False
        return array

    monkeypatch.setattr(np, "from_dlpack", read_only)


@pytest.mark.usefixtures("_dlpack")
def test_a_tensor_is_written_to(session):
    sample, out = noise(*SHAPE), torch.empty(SHAPE)
    expected = session(sample.numpy(), 3)
    assert session(sample, torch.tensor([3]), out) is out
    assert np.array_equal(out.numpy(), expected)
    assert np.array_equal(session(sample.clone().requires_grad_(), 3), expected)
    assert session(sample, 3, sample) is sample
    assert np.array_equal(sample.numpy(), expected)


@pytest.mark.usefixtures("_dlpack")
def test_tensors_of_other_types_are_converted(session):
    for dtype in (torch.bfloat16, torch.float16, torch.float64):
        sample = noise(*SHAPE).to(dtype)
        assert np.array_equal(session(sample, 3), session(sample.float().numpy(), 3))
    with pytest.raises(unet1d.ArgumentError, match="out"):
        session(noise(*SHAPE), 3, torch.empty(SHAPE, dtype=torch.float64))


def test_tensors_of_other_memory_are_refused(session):
    with pytest.raises(unet1d.ArgumentError, match="memory of the CPU"):
        session(torch.empty(SHAPE, device="meta"), 3)
