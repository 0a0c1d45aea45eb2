"""What diffusers' own tests of UNet1DModel assert of a model, on their configurations."""

from __future__ import annotations

import inspect
import json

import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")

from torch_models import PLANNER, TOLERANCE, VALUE, difference, noise, theirs  # noqa: E402

import unet1d  # noqa: E402

MODELS = pytest.mark.parametrize(
    ("config", "output_shape"), [(PLANNER, (4, 14, 16)), (VALUE, (4, 1))], ids=["unet", "value function"]
)
TIMESTEP = torch.tensor([10] * 4)


def made(config):
    return unet1d.from_diffusers(theirs(config), threads=1)


@torch.no_grad()
def output_of(model):
    return model(noise(4, 14, 16), TIMESTEP).sample


@MODELS
def test_output_shape(config, output_shape):
    output = output_of(made(config))
    assert output.shape == output_shape
    assert output.dtype == torch.float32


@MODELS
def test_determinism(config, output_shape):
    model = made(config)
    assert torch.equal(output_of(model), output_of(model))


@MODELS
def test_from_save_pretrained(config, output_shape, tmp_path):
    """diffusers reads what we save and we read what diffusers saves, with the same numbers."""
    reference = theirs(config)
    model = unet1d.from_diffusers(reference, threads=1)
    model.save_pretrained(tmp_path / "ours")
    reference.save_pretrained(tmp_path / "theirs")
    for folder in (tmp_path / "ours", tmp_path / "theirs"):
        again = unet1d.UNet1DModel.from_pretrained(folder, threads=1)
        assert torch.equal(output_of(again), output_of(model))
        assert not again.training
    loaded = diffusers.UNet1DModel.from_pretrained(tmp_path / "ours")
    assert all(torch.equal(a, b) for a, b in zip(loaded.state_dict().values(), reference.state_dict().values()))
    assert {k: v for k, v in loaded.config.items() if k[0] != "_"} == {
        k: v for k, v in diffusers.UNet1DModel.from_pretrained(tmp_path / "theirs").config.items() if k[0] != "_"
    }


@MODELS
def test_from_save_pretrained_of_a_variant(config, output_shape, tmp_path):
    model = made(config)
    model.save_pretrained(tmp_path, variant="fp16")
    assert torch.equal(
        output_of(unet1d.UNet1DModel.from_pretrained(tmp_path, variant="fp16", threads=1)), output_of(model)
    )
    with pytest.raises(unet1d.CheckpointError):
        unet1d.UNet1DModel.from_pretrained(tmp_path)


@MODELS
def test_from_save_pretrained_in_shards(config, output_shape, tmp_path):
    model = made(config)
    model.save_pretrained(tmp_path, max_shard_size="100KB")
    assert len(list(tmp_path.glob("*.safetensors"))) > 1
    assert torch.equal(output_of(unet1d.UNet1DModel.from_pretrained(tmp_path, threads=1)), output_of(model))


@MODELS
def test_from_pretrained_of_a_subfolder(config, output_shape, tmp_path):
    model = made(config)
    model.save_pretrained(tmp_path / "unet")
    again, info = unet1d.UNet1DModel.from_pretrained(tmp_path, subfolder="unet", threads=1, output_loading_info=True)
    assert torch.equal(output_of(again), output_of(model))
    assert info["missing_keys"] == []


@MODELS
def test_outputs_equivalence(config, output_shape):
    """A tuple and an output have the same tensors."""
    model = made(config)
    with torch.no_grad():
        output = model(noise(4, 14, 16), TIMESTEP)
        pair = model(noise(4, 14, 16), TIMESTEP, return_dict=False)
    assert isinstance(pair, tuple)
    assert torch.equal(output.sample, pair[0])
    assert torch.equal(output[0], pair[0])
    assert torch.equal(output["sample"], pair[0])
    assert torch.equal(output.to_tuple()[0], pair[0])
    assert type(output) is type(theirs(config)(noise(4, 14, 16), TIMESTEP))


def test_forward_signature():
    expected = list(inspect.signature(diffusers.UNet1DModel.forward).parameters)
    found = list(inspect.signature(unet1d.UNet1DModel.forward).parameters)
    assert found == expected
    assert found[1:3] == ["sample", "timestep"]


@MODELS
def test_configuration(config, output_shape, tmp_path):
    model, reference = made(config), theirs(config)
    assert model.config == reference.config
    assert type(model.config) is type(reference.config)
    assert model.config["in_channels"] == model.config.in_channels == model.in_channels == 14
    model.save_config(tmp_path)
    fields = unet1d.UNet1DModel.load_config(tmp_path)
    assert fields == json.loads((tmp_path / "config.json").read_text())
    made_of_it = unet1d.UNet1DModel.from_config(fields, threads=1)
    assert output_of(made_of_it).shape == output_shape
    assert made_of_it.num_parameters() == reference.num_parameters()
    assert unet1d.UNet1DModel.from_config(reference.config, threads=1, seed=1).config["block_out_channels"] is not None


@MODELS
def test_constructor_with_seeded_weights(config, output_shape):
    torch.manual_seed(0)
    one = unet1d.UNet1DModel(**config, threads=1)
    torch.manual_seed(0)
    two = unet1d.UNet1DModel(**config, threads=1)
    assert torch.equal(output_of(one), output_of(two))
    reference = theirs(config)
    reference.load_state_dict(one.state_dict())
    with torch.no_grad():
        assert difference(output_of(one), reference(noise(4, 14, 16), TIMESTEP).sample) <= TOLERANCE


@MODELS
def test_load_state_dict_is_strict(config, output_shape):
    model = made(config)
    state = dict(theirs(config, seed=3).state_dict())
    assert model.load_state_dict(state).missing_keys == []
    state.popitem()
    with pytest.raises(RuntimeError, match="Missing key"):
        model.load_state_dict(state)


def test_gradient_checkpointing():
    model = made(PLANNER)
    assert not model.is_gradient_checkpointing
    model.disable_gradient_checkpointing()
    with pytest.raises(unet1d.Error):
        model.enable_gradient_checkpointing()


def test_attention_switches_change_nothing():
    model = made(PLANNER)
    before = output_of(model)
    model.enable_xformers_memory_efficient_attention()
    model.disable_xformers_memory_efficient_attention()
    assert torch.equal(output_of(model), before)
