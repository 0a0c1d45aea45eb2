"""The module that takes the place of diffusers' UNet1DModel: numbers, timesteps, and what a module answers."""

from __future__ import annotations

import copy
import importlib
import json
import pickle

import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")

import numpy as np  # noqa: E402
from safetensors.torch import load_file  # noqa: E402
from torch_models import DANCE, FIXTURES, PLANNER, TINY, TOLERANCE, VALUE, agree, difference, noise, theirs  # noqa: E402

import unet1d  # noqa: E402

VISIBLE = FIXTURES / "visible"
CASES = json.loads((VISIBLE / "manifest.json").read_text())["cases"]


@pytest.fixture
def pair():
    """diffusers' model and ours of the same parameters."""
    reference = theirs(PLANNER)
    return reference, unet1d.from_diffusers(reference, threads=1)


@pytest.mark.parametrize("case", [each for each in CASES if each["expect"] == "ok"], ids=lambda case: case["name"])
@torch.no_grad()
def test_checkpoints_of_the_fixtures(case):
    module = unet1d.UNet1DModel.from_pretrained(VISIBLE / case["dir"], threads=1)
    tensors = load_file(VISIBLE / case["dir"] / case["io"])
    timestep = tensors["timestep"]
    if case["timestep"]["form"] == "python_int":
        timestep = int(case["timestep"].get("value", timestep.item()))
    elif case["timestep"]["form"] == "python_float":
        timestep = float(case["timestep"].get("value", timestep.item()))
    output = module(tensors["sample"], timestep).sample
    expected = tensors["expected"]
    assert output.shape == expected.shape
    torch.testing.assert_close(output, expected, rtol=0, atol=case["suggested_atol"], equal_nan=True)


@pytest.mark.parametrize("config", [PLANNER, VALUE, DANCE], ids=["planner", "value", "dance"])
def test_from_diffusers(config):
    reference = theirs(config)
    module = unet1d.from_diffusers(reference, threads=1)
    sample = noise(2, config["in_channels"], 64)
    assert agree(reference, module, sample, torch.tensor([7, 7]))
    assert agree(reference, module, sample.transpose(1, 2).contiguous().transpose(1, 2), torch.tensor([7, 7]))


def test_threads_decide_no_bits():
    reference = theirs(DANCE)
    with torch.no_grad():
        outputs = [unet1d.from_diffusers(reference, threads=n)(noise(1, 2, 96), 0.5).sample for n in (1, 2, 3)]
    assert torch.equal(outputs[0], outputs[1])
    assert torch.equal(outputs[0], outputs[2])


@pytest.mark.parametrize("precision", ["f16-weights", "bf16-weights", "bf16"])
def test_precisions(precision):
    reference = theirs(PLANNER)
    module = unet1d.from_diffusers(reference, threads=1, precision=precision)
    with torch.no_grad():
        found = difference(reference(noise(1, 14, 16), 3).sample, module(noise(1, 14, 16), 3).sample)
    assert 0 < found < 0.1


def test_weights_of_half_precision_are_read_as_they_are():
    reference = theirs(PLANNER).half()
    module = unet1d.from_diffusers(reference, threads=1)
    assert next(module.parameters()).dtype == torch.float16
    assert module.dtype == torch.float32
    assert agree(copy.deepcopy(reference).float(), module)


TIMESTEPS = [
    3,
    2.9,
    -0.5,
    True,
    *(
        torch.tensor(value, dtype=dtype)
        for value in (3, [3], [1, 2])
        for dtype in (torch.int64, torch.int32, torch.uint8)
    ),
    *(torch.tensor(value, dtype=dtype) for value in (0.3, [2.5, 7]) for dtype in (torch.float32, torch.float64)),
    torch.tensor([3.5, 4.5], dtype=torch.float16),
    torch.tensor([3.5, 4.5], dtype=torch.bfloat16),
    torch.tensor([1, 9, 2, 9])[::2],
    torch.tensor(True),
]


@pytest.mark.parametrize("timestep", TIMESTEPS, ids=repr)
def test_timesteps(pair, timestep):
    assert agree(*pair, timestep=timestep)


@pytest.mark.parametrize("timestep", [np.float32(2.7), np.int64(2), np.array(2.5)], ids=repr)
def test_timesteps_of_numpy_are_truncated(pair, timestep):
    with torch.no_grad():
        assert torch.equal(pair[1](noise(1, 14, 16), timestep).sample, pair[1](noise(1, 14, 16), 2).sample)


@pytest.mark.parametrize("timestep", [torch.tensor([4, 5]), 3, torch.tensor(3), torch.tensor([3])], ids=repr)
@pytest.mark.parametrize("batch", [1, 2])
def test_timesteps_of_value_functions(timestep, batch):
    """A value function needs as many timesteps as there are elements."""
    reference = theirs(VALUE)
    module = unet1d.from_diffusers(reference, threads=1)
    sample = noise(batch, 14, 16)
    try:
        expected = reference(sample, timestep).sample.detach()
    except RuntimeError:
        with pytest.raises(unet1d.ShapeError), torch.no_grad():
            module(sample, timestep)
    else:
        with torch.no_grad():
            assert difference(module(sample, timestep).sample, expected) <= TOLERANCE


@pytest.mark.parametrize(
    "timestep", [float("nan"), 1e30, 1 << 70, torch.zeros(1, 1), torch.zeros(0), "3", 1j], ids=repr
)
def test_refused_timesteps(pair, timestep):
    with pytest.raises(unet1d.TimestepError), torch.no_grad():
        pair[1](noise(1, 14, 16), timestep)


def test_parameters_are_the_originals(pair):
    reference, module = pair
    expected, found = reference.state_dict(keep_vars=True), module.state_dict(keep_vars=True)
    assert list(expected) == list(found)
    assert all(expected[name] is found[name] for name in expected)
    assert dict(module.named_parameters()).keys() == dict(reference.named_parameters()).keys()
    assert module.num_parameters() == reference.num_parameters()
    assert module.config is reference.config
    assert len(module.up_blocks) == len(reference.up_blocks)


def test_parameters_of_files_are_read_when_they_are_asked_for():
    folder = VISIBLE / "default_3level"
    module = unet1d.UNet1DModel.from_pretrained(folder, threads=1)
    tensors = load_file(folder / "io.safetensors")
    assert len(module.up_blocks) == 3
    assert not module.training
    module.eval().requires_grad_(False)
    with torch.no_grad():
        output = module(tensors["sample"], tensors["timestep"]).sample
    assert not module._is_filled
    assert next(module.parameters()).dtype == torch.float32
    assert module._is_filled
    assert not any(parameter.requires_grad for parameter in module.parameters())
    reference = diffusers.UNet1DModel.from_config(
        {**theirs(DANCE).config, **{k: v for k, v in module.config.items() if not k.startswith("_")}}
    )
    assert reference.load_state_dict(module.state_dict())
    with torch.no_grad():
        assert torch.equal(module(tensors["sample"], tensors["timestep"]).sample, output)
        module.up_blocks[0].resnets[0].conv_1.weight.mul_(2)
        reference.up_blocks[0].resnets[0].conv_1.weight.mul_(2)
        expected = reference(tensors["sample"], tensors["timestep"]).sample
        assert difference(module(tensors["sample"], tensors["timestep"]).sample, expected) <= 2e-4


def test_a_look_at_the_parameters_changes_no_answer():
    sample = noise(1, 14, 16)
    for wanted in (True, False):
        opened = unet1d.UNet1DModel.from_pretrained(VISIBLE / "real_hopper_h32", threads=1).requires_grad_(wanted)
        for module in (opened, copy.deepcopy(opened)):
            assert module(sample, 3).sample.requires_grad is wanted
            with torch.no_grad():
                assert not module(sample, 3).sample.requires_grad
            assert not module._is_filled
            assert any(parameter.requires_grad for parameter in module.parameters()) is wanted
            output = module(sample, 3).sample
            assert output.requires_grad is wanted
    unread = unet1d.UNet1DModel.from_pretrained(VISIBLE / "real_hopper_h32", threads=1)
    with pytest.raises(unet1d.Error, match="requires_grad_"):
        unread(sample, 3).sample.sum().backward()


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda module: pickle.loads(pickle.dumps(module))])
def test_copies(pair, copied):
    opened = unet1d.UNet1DModel.from_pretrained(VISIBLE / "real_hopper_h32", threads=1)
    for module in (pair[1], opened):
        other = copied(module)
        with torch.no_grad():
            assert torch.equal(module(noise(1, 14, 16), 3).sample, other(noise(1, 14, 16), 3).sample)
        assert other._engine is not module._engine


def test_what_a_cpu_float32_module_answers(pair):
    module = pair[1]
    assert module.to("cpu") is module
    assert module.to(torch.float32) is module
    assert module.to(torch.device("cpu"), torch.float32) is module
    assert module.to(noise(1)) is module
    assert module.cpu().float().eval().train() is module
    assert (module.device, module.dtype) == (torch.device("cpu"), torch.float32)


@pytest.mark.parametrize(
    "move",
    [
        lambda module: module.half(),
        lambda module: module.bfloat16(),
        lambda module: module.double(),
        lambda module: module.cuda(),
        lambda module: module.to("cuda"),
        lambda module: module.to(dtype=torch.float16),
        lambda module: module.to("meta"),
        lambda module: module.to_empty(device="meta"),
    ],
)
def test_moves_are_refused_with_the_remedy(pair, move):
    with pytest.raises(unet1d.Error, match="precision="):
        move(pair[1])


def test_without_diffusers(monkeypatch, pair):
    """The stand-ins for diffusers' classes of configurations and outputs."""
    module_of_outputs = importlib.import_module("unet1d._torch._outputs")
    monkeypatch.setattr(module_of_outputs, "_theirs", lambda *_: None)
    module = unet1d.UNet1DModel.from_pretrained(VISIBLE / "resnet_1level", threads=1)
    assert module.config["in_channels"] == module.config.in_channels == module.in_channels == 3
    for change in (lambda: module.config.update(a=1), lambda: setattr(module.config, "in_channels", 1)):
        with pytest.raises(TypeError, match="cannot be changed"):
            change()
    with torch.no_grad():
        output = module(noise(1, 3, 8), 3)
    assert output.sample is output[0] is output["sample"] is output.to_tuple()[0]
    assert pickle.loads(pickle.dumps(module.config)) == module.config


def test_a_module_in_another_moves_with_it(pair):
    outer = torch.nn.Sequential(pair[1], unet1d.UNet1DModel(**TINY, threads=1))
    assert outer.to("cpu").float().eval() is outer
    assert not outer[1]._is_filled
    with pytest.raises(unet1d.ArgumentError, match="precision="):
        outer.half()


def test_refusals_say_what_to_do(pair):
    module = pair[1]
    with pytest.raises(unet1d.ArgumentError, match=r"\.float\(\)"), torch.no_grad():
        module(noise(1, 14, 16).double(), 3)
    with pytest.raises(unet1d.ArgumentError, match=r"\.cpu\(\)"), torch.no_grad():
        module(torch.empty(1, 14, 16, device="meta"), 3)
    with pytest.raises(unet1d.ShapeError), torch.no_grad():
        module(noise(1, 13, 16), 3)
    with pytest.raises(unet1d.ShapeError), torch.no_grad():
        module(noise(14, 16), 3)
    with pytest.raises(unet1d.Error, match="train"):
        module.enable_gradient_checkpointing()
    with pytest.raises(unet1d.ArgumentError, match="precision"):
        unet1d.UNet1DModel.from_pretrained(VISIBLE / "real_hopper_h32", torch_dtype=torch.float16)
    with pytest.raises(unet1d.CheckpointError):
        unet1d.UNet1DModel.from_pretrained(VISIBLE / "no such folder")
    with pytest.raises(unet1d.ArgumentError, match="frozen"):
        unet1d.from_diffusers(theirs(TINY), weights="sometimes")
    with pytest.raises(unet1d.ArgumentError, match="UNet1DModel"):
        unet1d.from_diffusers(torch.nn.Linear(1, 1))
    with pytest.raises(AttributeError):
        module.no_such_thing  # noqa: B018
