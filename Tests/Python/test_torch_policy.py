"""The module that takes the place of LeRobot's network of diffusion policies."""

from __future__ import annotations

import copy
import dataclasses
import importlib
import json

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("safetensors")

from safetensors.torch import load_file  # noqa: E402
from torch_models import FIXTURES, TOLERANCE, difference, noise  # noqa: E402

import unet1d  # noqa: E402
from unet1d._torch._skeleton import grow  # noqa: E402

POLICY = FIXTURES / "policies/lerobot"
PREFIX = "diffusion.unet."
#: What torchvision asks PyTorch for when it is imported.
OPERATORS = ["nms", "qnms", "deform_conv2d", "_deform_conv2d_backward"]
OPERATORS += [f"{prefix}roi_{kind}" for kind in ("align", "pool") for prefix in ("", "ps_")]
OPERATORS += [f"_{prefix}roi_{kind}_backward" for kind in ("align", "pool") for prefix in ("", "ps_")]
#: Libraries of operators, which are there as long as their objects.
DECLARED = []


def network(folder=POLICY):
    """What LeRobot's network has, its parameters and a norm that tells the groups, without LeRobot."""
    tensors = load_file(folder / "model.safetensors")
    module = torch.nn.Module()
    grow(module, {k[len(PREFIX) :]: torch.nn.Parameter(v) for k, v in tensors.items() if k.startswith(PREFIX)})
    module.norm = torch.nn.GroupNorm(8, 8, affine=False)
    return module.eval()


@pytest.mark.parametrize("folder", ["lerobot", "lerobot_bias"])
@pytest.mark.parametrize("io", ["io", "io_b1", "io_longer"])
@torch.no_grad()
def test_numbers_of_the_fixtures(folder, io):
    module = unet1d.from_lerobot(network(FIXTURES / "policies" / folder), threads=1)
    tensors = load_file(FIXTURES / "policies" / folder / f"{io}.safetensors")
    output = module(tensors["sample"], tensors["timestep"], global_cond=tensors["global_cond"])
    assert difference(output, tensors["expected"]) <= TOLERANCE


@torch.no_grad()
def test_the_condition_is_set_when_it_changes(monkeypatch):
    module = unet1d.from_lerobot(network(), threads=1)
    sample, condition, timestep = noise(3, 16, 2), noise(3, 16, seed=2), torch.tensor([1, 2, 3])
    calls = []
    session = importlib.import_module("unet1d._session").Session
    original = session.set_condition
    monkeypatch.setattr(session, "set_condition", lambda *given: (calls.append(1), original(*given))[1])

    def fresh():
        return unet1d.from_lerobot(network(), threads=1)(sample, timestep, condition.clone())

    first = module(sample, timestep, condition)
    for _ in range(5):
        assert torch.equal(module(sample, timestep, condition), first)
    assert len(calls) == 1
    condition.mul_(2)
    assert torch.equal(module(sample, timestep, condition), fresh())
    condition = condition + 1
    assert torch.equal(module(sample, timestep, condition), fresh())
    with torch.inference_mode():
        condition = condition + 1
        second = module(sample, timestep, condition)
        count = len(calls)
        assert torch.equal(module(sample, timestep, condition), second)
        assert len(calls) == count
        condition.mul_(2)
        assert torch.equal(module(sample, timestep, condition), fresh())


@torch.no_grad()
def test_a_condition_in_memory_that_others_write_to():
    """NumPy's writes to memory that a tensor shares leave the tensor's version as it is."""
    module = unet1d.from_lerobot(network(), threads=1)
    sample, timestep = noise(3, 16, 2), torch.tensor([1, 2, 3])
    buffer = noise(3, 16, seed=2).numpy()
    condition = torch.from_numpy(buffer)
    first = module(sample, timestep, condition)
    buffer *= 2
    changed = module(sample, timestep, condition)
    assert not torch.equal(changed, first)
    assert torch.equal(changed, unet1d.from_lerobot(network(), threads=1)(sample, timestep, condition.clone()))


@torch.no_grad()
def test_a_condition_that_could_not_be_set_is_set_again(monkeypatch):
    module = unet1d.from_lerobot(network(), threads=1)
    sample, timestep = noise(3, 16, 2), torch.tensor([1, 2, 3])
    one, two = noise(3, 16, seed=2), noise(3, 16, seed=3)
    first = module(sample, timestep, one)
    session = importlib.import_module("unet1d._session").Session
    original = session.set_condition

    def failing(*given):
        original(*given)
        raise RuntimeError("an interruption")

    monkeypatch.setattr(session, "set_condition", failing)
    with pytest.raises(RuntimeError, match="an interruption"):
        module(sample, timestep, two)
    monkeypatch.setattr(session, "set_condition", original)
    assert torch.equal(module(sample, timestep, one), first)


@torch.no_grad()
def test_conditions_that_do_not_fit():
    module = unet1d.from_lerobot(network(), threads=1)
    for condition in (None, noise(3, 15), noise(2, 16)):
        with pytest.raises(unet1d.ShapeError, match="global_cond"):
            module(noise(3, 16, 2), 3, condition)


def test_gradients():
    module = unet1d.from_lerobot(network(), threads=1)
    sample, condition = noise(3, 16, 2).requires_grad_(), noise(3, 16, seed=2)
    gradient = torch.autograd.grad(module(sample, torch.tensor([3, 3, 3]), condition).sum(), sample)[0]
    step = noise(3, 16, 2, seed=5)
    step /= step.norm()
    with torch.no_grad():
        ahead, behind = (module(sample + h * step, torch.tensor([3, 3, 3]), condition).sum() for h in (0.01, -0.01))
    assert (ahead - behind).item() / 0.02 == pytest.approx((gradient * step).sum().item(), rel=0.01, abs=0.01)
    module.requires_grad_(False)
    with pytest.raises(unet1d.Error, match="global_cond"):
        module(sample, torch.tensor([3, 3, 3]), condition.requires_grad_()).sum().backward()


def test_graphs_copies_and_precision():
    source = network()
    module = unet1d.from_lerobot(source, threads=1)
    inputs = (noise(3, 16, 2), torch.tensor([1, 2, 3]), noise(3, 16, seed=2))
    with torch.no_grad():
        expected = module(*inputs)
        assert torch.equal(torch.compile(module, fullgraph=True, backend="eager")(*inputs), expected)
        assert torch.equal(copy.deepcopy(module)(*inputs), expected)
        rounded = unet1d.from_lerobot(source, threads=1, precision="bf16-weights")(*inputs)
        assert 0 < difference(rounded, expected) < 0.05
        for parameter in source.parameters():
            parameter.mul_(1.1)
        assert not torch.equal(module(*inputs), expected)
        assert torch.equal(module(*inputs), unet1d.from_lerobot(source, threads=1)(*inputs))


def test_other_modules_are_refused():
    with pytest.raises(unet1d.ArgumentError, match="DiffusionConditionalUnet1d"):
        unet1d.from_lerobot(torch.nn.Linear(2, 2))


def declare_operators_of_torchvision():
    """Lets torchvision be imported beside a PyTorch of another build, whose operators it lacks. A policy calls none."""
    try:
        importlib.import_module("torchvision")
    except RuntimeError:
        operators = torch.library.Library("torchvision", "DEF")
        for name in OPERATORS:
            operators.define(f"{name}(Tensor boxes) -> Tensor")
        DECLARED.append(operators)


@pytest.fixture
def policy():
    """LeRobot's policy with the fixture's weights."""
    pytest.importorskip("lerobot")
    declare_operators_of_torchvision()
    modeling = importlib.import_module("lerobot.policies.diffusion.modeling_diffusion")
    types = importlib.import_module("lerobot.configs.types")
    kind = importlib.import_module("lerobot.policies.diffusion.configuration_diffusion").DiffusionConfig
    stored = json.loads((POLICY / "config.json").read_text())
    names = {field.name for field in dataclasses.fields(kind)} - {"type"}
    options = {name: value for name, value in stored.items() if name in names}
    for name in ("input_features", "output_features"):
        options[name] = {
            key: types.PolicyFeature(types.FeatureType[each["type"]], tuple(each["shape"]))
            for key, each in stored[name].items()
        }
    options["normalization_mapping"] = {
        key: types.NormalizationMode[each] for key, each in stored["normalization_mapping"].items()
    }
    options["down_dims"] = tuple(options["down_dims"])
    options["num_inference_steps"] = 10
    config = kind(**options)
    arguments = (
        {} if "dataset_stats" not in modeling.DiffusionPolicy.__init__.__code__.co_varnames else {"dataset_stats": None}
    )
    made = modeling.DiffusionPolicy(config, **arguments).eval()
    made.load_state_dict(load_file(POLICY / "model.safetensors"), strict=False)
    return made


def test_a_policy_of_lerobot(policy):
    condition = noise(2, 16)
    generator = torch.Generator()
    with torch.no_grad():
        expected = policy.diffusion.conditional_sample(2, condition, generator.manual_seed(3))
        names = list(policy.state_dict())
        found = []
        original = policy.diffusion.unet
        for threads in (1, 2, 3):
            policy.diffusion.unet = original
            policy.diffusion.unet = unet1d.from_lerobot(policy, threads=threads)
            found.append(policy.diffusion.conditional_sample(2, condition, generator.manual_seed(3)))
    assert difference(found[0], expected) <= TOLERANCE
    assert torch.equal(found[0], found[1])
    assert torch.equal(found[0], found[2])
    assert list(policy.state_dict()) == names
    policy.eval().to("cpu").requires_grad_(False)
