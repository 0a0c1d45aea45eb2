"""The module's weights when they change, and gradients."""

from __future__ import annotations

import copy
import gc

import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")

from torch_models import DANCE, PLANNER, TINY, TOLERANCE, VALUE, agree, difference, noise, theirs  # noqa: E402

import unet1d  # noqa: E402


@pytest.fixture
def pair():
    """diffusers' model and ours of the same parameters."""
    reference = theirs(PLANNER)
    return reference, unet1d.from_diffusers(reference, threads=1)


def _in_place(reference, module):
    with torch.no_grad():
        reference.mid_block.resnets[0].conv_in.group_norm.weight.mul_(3)


def _other_memory(reference, module):
    parameter = reference.mid_block.resnets[0].conv_in.group_norm.weight
    parameter.data = parameter.data * 3


def _whole_model_by_data(reference, module):
    for parameter in reference.parameters():
        parameter.data.mul_(1.1)


def _loaded(reference, module):
    reference.load_state_dict(theirs(PLANNER, seed=9).state_dict())


def _loaded_into_ours(reference, module):
    module.load_state_dict(theirs(PLANNER, seed=9).state_dict())


def _assigned_to_both(reference, module):
    other = theirs(PLANNER, seed=9).state_dict()
    reference.load_state_dict(other, assign=True)
    module.load_state_dict(other, assign=True)


def _optimized(reference, module):
    optimizer = torch.optim.AdamW(reference.parameters(), lr=0.1)
    reference(noise(1, 14, 16), 3).sample.square().sum().backward()
    optimizer.step()


def _averaged(reference, module):
    from diffusers.training_utils import EMAModel

    EMAModel(theirs(PLANNER, seed=9).parameters()).copy_to(reference.parameters())


def _by_vector(reference, module):
    numbers = torch.nn.utils.parameters_to_vector(reference.parameters()).detach()
    torch.nn.utils.vector_to_parameters(numbers * 1.1, reference.parameters())


CHANGES = [
    _in_place,
    _other_memory,
    _whole_model_by_data,
    _loaded,
    _loaded_into_ours,
    _assigned_to_both,
    _optimized,
    _averaged,
    _by_vector,
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.__name__.strip("_"))
def test_changed_weights_are_read_again(pair, change):
    reference, module = pair
    assert agree(reference, module)
    change(reference, module)
    assert agree(reference, module)
    model = module._engine.model
    assert agree(reference, module)
    assert module._engine.model is model, "unchanged weights are read once"


def test_parameters_of_a_call_alone(pair):
    reference, module = pair
    other = dict(theirs(PLANNER, seed=9).named_parameters())
    sample = noise(2, 14, 16)
    with torch.no_grad():
        found = torch.func.functional_call(module, other, (sample, 3)).sample
        assert difference(found, theirs(PLANNER, seed=9)(sample, 3).sample) <= TOLERANCE
    assert agree(reference, module)


def test_frozen_weights_are_read_when_that_is_asked_for():
    reference = theirs(PLANNER)
    module = unet1d.from_diffusers(reference, threads=1, weights="frozen")
    assert agree(reference, module)
    _in_place(reference, module)
    assert not agree(reference, module)
    module.renew_weights()
    assert agree(reference, module)


def _copied(module):
    return copy.deepcopy(module)


def _renewed(module):
    module.renew_weights()
    return module


@pytest.mark.parametrize("made", [lambda module: module, _copied, _renewed], ids=["made", "copied", "renewed"])
@torch.no_grad()
def test_frozen_weights_are_of_one_time(made):
    """Shapes read the weights in different forms, when they are first computed."""
    reference = theirs(PLANNER)
    module = made(unet1d.from_diffusers(reference, threads=1, weights="frozen"))
    before = copy.deepcopy(reference)
    samples = [noise(1, 14, 16), noise(2, 14, 16), noise(1, 14, 128), noise(7, 14, 64)]
    assert agree(before, module, samples[0])
    for parameter in module.parameters():
        parameter.mul_(1.1)
    assert all(agree(before, module, sample) for sample in samples)
    module.renew_weights()
    before.load_state_dict(module.state_dict())
    assert all(agree(before, module, sample) for sample in samples)


@torch.no_grad()
def test_a_new_shape_looks_at_every_tensor(pair):
    """A write that the look of each call does not see is seen before more of the weights is read."""
    reference, module = pair
    assert agree(reference, module, noise(1, 14, 16))
    for name, parameter in reference.named_parameters():
        if name.startswith("mid_block"):
            parameter.data.mul_(1.5)
    assert not module._engine._watched.changed()
    assert agree(reference, module, noise(2, 14, 16))
    assert agree(reference, module, noise(1, 14, 16))


def test_a_write_behind_a_tensors_version_to_a_part(pair):
    reference, module = pair
    assert agree(reference, module)
    reference.mid_block.resnets[0].conv_in.group_norm.weight.data.mul_(3)
    module.renew_weights()
    assert agree(reference, module)


def test_memory_that_a_parameter_leaves_stays_while_it_is_read(pair):
    reference, module = pair
    for length in (8, 16, 24, 32):
        for parameter in reference.parameters():
            parameter.data = parameter.data.clone()
        gc.collect()
        assert agree(reference, module, noise(1, 14, length))
    del reference
    gc.collect()
    with torch.no_grad():
        assert module(noise(1, 14, 40), 3).sample.isfinite().all()


@pytest.mark.parametrize("config", [PLANNER, VALUE, DANCE], ids=["planner", "value", "dance"])
def test_gradient_by_the_sample(config):
    reference = theirs(config)
    module = unet1d.from_diffusers(reference, threads=1)
    timestep, found = torch.tensor([5, 5]), []
    for unet in (reference, module):
        sample = noise(2, config["in_channels"], 64).requires_grad_()
        output = unet(sample, timestep).sample
        found.append(torch.autograd.grad(output, sample, noise(*output.shape, seed=3))[0])
    assert difference(*found) <= TOLERANCE * max(1, found[0].abs().max().item())


def test_gradient_flows_on_to_what_made_the_sample():
    module = unet1d.from_diffusers(theirs(TINY), threads=1).requires_grad_(False)
    scale = torch.tensor(2.0, requires_grad=True)
    module(scale * noise(1, 3, 8), 3).sample.sum().backward()
    assert scale.grad is not None


def test_parameters_that_require_a_gradient_do_not_hinder_inference(pair):
    module = pair[1]
    assert all(parameter.requires_grad for parameter in module.parameters())
    with torch.no_grad():
        assert not module(noise(1, 14, 16), 3).sample.requires_grad
    with torch.inference_mode():
        assert module(noise(1, 14, 16), 3).sample.is_inference()
    assert module(noise(1, 14, 16), 3).sample.requires_grad, "as diffusers' does"
    assert not module.requires_grad_(False)(noise(1, 14, 16), 3).sample.requires_grad


@pytest.mark.parametrize("by_sample", [True, False])
def test_a_gradient_by_weights_is_refused(pair, by_sample):
    sample = noise(1, 14, 16).requires_grad_(by_sample)
    loss = pair[1](sample, 3).sample.sum()
    with pytest.raises(unet1d.Error, match="requires_grad_"):
        loss.backward()
    assert all(parameter.grad is None for parameter in pair[1].parameters())


def test_a_parameter_that_is_gone(pair):
    module = pair[1]
    del module.mid_block.resnets[0].conv_in.group_norm.weight
    with pytest.raises(unet1d.ArgumentError, match="make it anew"), torch.no_grad():
        module(noise(1, 14, 16), 3)
