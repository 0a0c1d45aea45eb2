"""Operators of PyTorch, so that a forward is one node of compiled and exported graphs, and has a gradient."""

# No future annotations: PyTorch reads an operator's schema from the annotations.
from typing import Any, List, Optional  # noqa: UP035

import torch
from torch import Tensor

from .._errors import Error
from ._engine import engine_of


@torch.library.custom_op("unet1d::forward", mutates_args=())
def forward(
    sample: Tensor, timestep: Tensor, condition: Optional[Tensor], gate: Optional[Tensor], engine: int
) -> Tensor:
    """output = model(sample, timestep), by the engine of a number.

    :param gate: what :func:`weights_gate` returned, where a gradient by the weights could be asked for.
    """
    return engine_of(engine).run(sample, timestep, condition)


@forward.register_fake
def _(sample: Tensor, timestep: Tensor, condition: Optional[Tensor], gate: Optional[Tensor], engine: int) -> Tensor:
    # A plan is for one shape: sizes that a graph leaves open become those that it was traced with.
    sizes = tuple(int(size) for size in sample.shape)
    plan = engine_of(engine).plan(sizes, int(timestep.numel()))
    return sample.new_empty(plan.output_shape)


@torch.library.custom_op("unet1d::gradient", mutates_args=())
def gradient(sample: Tensor, timestep: Tensor, condition: Optional[Tensor], cotangent: Tensor, engine: int) -> Tensor:
    """The gradient by the sample of the sum of the outputs times ``cotangent``."""
    return engine_of(engine).gradient(sample, timestep, condition, cotangent)


@gradient.register_fake
def _(sample: Tensor, timestep: Tensor, condition: Optional[Tensor], cotangent: Tensor, engine: int) -> Tensor:
    return sample.new_empty(sample.shape)


@torch.library.custom_op("unet1d::weights_gate", mutates_args=())
def weights_gate(parameter: Tensor) -> Tensor:
    """A zero that stands for all weights in the graph of a gradient: to go back through it raises."""
    return torch.zeros((), dtype=torch.float32)


@weights_gate.register_fake
def _(parameter: Tensor) -> Tensor:
    return torch.empty((), dtype=torch.float32, device=parameter.device)


@torch.library.custom_op("unet1d::refuse_weights_gradient", mutates_args=())
def refuse_weights_gradient(cotangent: Tensor, shape: List[int]) -> Tensor:  # noqa: UP006
    """Raises: there is no gradient by the weights. An operator, so that compiled graphs raise when they run."""
    raise Error(
        "unet1d: found a backward that asks for gradients of the weights, expected one for the sample alone; call "
        "requires_grad_(False) on the module, or torch.autograd.grad(loss, sample); to train, use the original module "
        "and give its weights to unet1d afterwards"
    )


@refuse_weights_gradient.register_fake
def _(cotangent: Tensor, shape: List[int]) -> Tensor:  # noqa: UP006
    return cotangent.new_empty(shape)


def _keep_shape(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    ctx.shape = list(inputs[0].shape)


def _refuse(ctx: Any, cotangent: Tensor) -> Tensor:
    return refuse_weights_gradient(cotangent, ctx.shape)  # type: ignore[no-any-return]


def _keep(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    sample, timestep, condition, _, engine = inputs
    ctx.save_for_backward(sample, timestep, condition)
    ctx.engine = engine


def _backward(ctx: Any, cotangent: Tensor) -> tuple[Any, ...]:
    by_sample, _, by_condition, by_gate, _ = ctx.needs_input_grad
    if by_condition:
        raise Error(
            "unet1d: found a backward that asks for the gradient of global_cond, expected one for the sample alone; "
            "call .detach() on global_cond"
        )
    sample, timestep, condition = ctx.saved_tensors
    found = gradient(sample, timestep, condition, cotangent, ctx.engine) if by_sample else None
    return found, None, None, cotangent.new_zeros(()) if by_gate else None, None


forward.register_autograd(_backward, setup_context=_keep)
weights_gate.register_autograd(_refuse, setup_context=_keep_shape)
