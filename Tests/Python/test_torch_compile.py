"""The module as one node of compiled and exported graphs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("diffusers")

from torch_models import DANCE, PLANNER, TINY, TOLERANCE, VALUE, difference, noise, theirs  # noqa: E402

import unet1d  # noqa: E402


def nodes(graph) -> list[str]:
    """The operators of a graph."""
    return [str(node.target) for node in graph.nodes if node.op == "call_function"]


class Recorder:
    """A compiler that keeps the graphs it is given and runs them as they are."""

    def __init__(self) -> None:
        self.graphs: list[torch.fx.GraphModule] = []

    def __call__(self, module, inputs):
        self.graphs.append(module)
        return module.forward


@pytest.fixture(autouse=True)
def _fresh():
    torch._dynamo.reset()
    yield
    torch._dynamo.reset()


@pytest.mark.parametrize("config", [PLANNER, VALUE, DANCE], ids=["planner", "value", "dance"])
@pytest.mark.parametrize("timestep", [3, torch.tensor([3]), torch.tensor(3)], ids=["int", "tensor", "scalar"])
def test_one_node_without_a_break(config, timestep):
    module = unet1d.from_diffusers(theirs(config), threads=1)
    recorder = Recorder()
    compiled = torch.compile(module, fullgraph=True, backend=recorder)
    sample = noise(1, config["in_channels"], 64)
    with torch.no_grad():
        assert torch.equal(compiled(sample, timestep).sample, module(sample, timestep).sample)
    assert len(recorder.graphs) == 1
    assert sum("unet1d.forward" in name for name in nodes(recorder.graphs[0].graph)) == 1


@pytest.mark.parametrize("filled", [True, False])
def test_a_loop_around_it(filled):
    module = unet1d.UNet1DModel(**TINY, seed=1, threads=1)
    if filled:
        module.requires_grad_(False).state_dict()

    def loop(sample):
        for step in (9, 5, 1):
            sample = sample - 0.1 * module(sample, step, return_dict=False)[0]
        return sample

    with torch.no_grad():
        compiled = torch.compile(loop, fullgraph=True, backend="aot_eager")
        assert difference(compiled(noise(2, 3, 8)), loop(noise(2, 3, 8))) <= TOLERANCE
        assert difference(compiled(noise(3, 3, 8)), loop(noise(3, 3, 8))) <= TOLERANCE


def test_changed_weights_reach_compiled_graphs():
    reference = theirs(TINY)
    module = unet1d.from_diffusers(reference, threads=1)
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager")
    with torch.no_grad():
        compiled(noise(1, 3, 8), 3)
        for parameter in reference.parameters():
            parameter.mul_(1.1)
        assert difference(compiled(noise(1, 3, 8), 3).sample, reference(noise(1, 3, 8), 3).sample) <= TOLERANCE


def test_gradient_by_the_sample_in_a_compiled_graph():
    reference = theirs(VALUE)
    module = unet1d.from_diffusers(reference, threads=1)

    def slope(unet, sample):
        return unet(sample, torch.tensor([3, 3])).sample.sum()

    found = []
    for function in (torch.compile(slope, fullgraph=True, backend="aot_eager"), slope):
        sample = noise(2, 14, 16).requires_grad_()
        unet = reference if function is slope else module.requires_grad_(False)
        found.append(torch.autograd.grad(function(unet, sample), sample)[0])
        reference.requires_grad_(True)
    assert difference(*found) <= TOLERANCE


def test_a_gradient_by_weights_is_refused_by_compiled_graphs_too():
    module = unet1d.from_diffusers(theirs(TINY), threads=1)
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager")
    output = compiled(noise(1, 3, 8), 3).sample
    assert output.requires_grad
    with pytest.raises(unet1d.Error, match="requires_grad_"):
        output.sum().backward()


@pytest.mark.parametrize("strict", [True, False])
def test_export(strict):
    module = unet1d.from_diffusers(theirs(TINY), threads=1).eval()

    class Step(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.unet = module

        def forward(self, sample, timestep):
            return sample - self.unet(sample, timestep).sample

    inputs = (noise(1, 3, 8), torch.tensor([3]))
    with torch.no_grad():
        program = torch.export.export(Step(), inputs, strict=strict)
        assert sum("unet1d.forward" in name for name in nodes(program.graph)) == 1
        assert torch.equal(program.module()(*inputs), Step()(*inputs))


_ANOTHER_PROCESS = """
import sys, torch, unet1d
sys.path.insert(0, sys.argv[2])
from torch_models import TINY, noise
other = [unet1d.UNet1DModel(**TINY, threads=1) for _ in range(64)]
program = torch.export.load(sys.argv[1]).module()
try:
    program(noise(1, 3, 8), torch.tensor([3]))
except unet1d.ArgumentError as error:
    print(error)
"""


def test_an_exported_program_finds_no_other_model_in_another_process(tmp_path):
    class Output(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.unet = unet1d.UNet1DModel(**TINY, seed=1, threads=1)

        def forward(self, sample, timestep):
            return self.unet(sample, timestep, return_dict=False)[0]

    module = Output().eval()
    with torch.no_grad():
        program = torch.export.export(module, (noise(1, 3, 8), torch.tensor([3])))
    torch.export.save(program, tmp_path / "program.pt2")
    arguments = [str(tmp_path / "program.pt2"), str(Path(__file__).parent)]
    found = subprocess.run(
        [sys.executable, "-c", _ANOTHER_PROCESS, *arguments], capture_output=True, text=True, timeout=300, check=False
    )
    assert "no more in this process" in found.stdout, found.stderr


@pytest.mark.parametrize("filled", [True, False])
def test_a_compiled_graph_with_a_gradient_of_a_checkpoint(filled):
    module = unet1d.UNet1DModel(**TINY, seed=1, threads=1)
    if filled:
        module.state_dict()
    compiled = torch.compile(module, fullgraph=True, backend="aot_eager")
    output = compiled(noise(1, 3, 8), 3).sample
    assert output.requires_grad
    assert torch.equal(output, module(noise(1, 3, 8), 3).sample)


def test_shapes_are_refused_while_tracing():
    module = unet1d.from_diffusers(theirs(TINY), threads=1)
    with torch.no_grad(), pytest.raises(Exception, match=r"channel|shape"):
        torch.compile(module, fullgraph=True, backend="aot_eager")(noise(1, 2, 8), 3)


@pytest.mark.parametrize("operator", ["forward", "gradient"])
def test_operators_are_what_pytorch_expects(operator):
    module = unet1d.from_diffusers(theirs(TINY), threads=1).requires_grad_(False)
    number = module._engine.number
    sample, timestep = noise(2, 3, 8), torch.tensor([3, 4])
    if operator == "forward":
        inputs = (sample.requires_grad_(), timestep, None, None, number)
        tests = ("test_schema", "test_autograd_registration", "test_faketensor", "test_aot_dispatch_static")
    else:
        inputs = (sample, timestep, None, noise(2, 3, 8), number)
        tests = ("test_schema", "test_faketensor")
    torch.library.opcheck(getattr(torch.ops.unet1d, operator).default, inputs, test_utils=tests)
