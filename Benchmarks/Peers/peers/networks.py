"""The two families of networks: how they are made, loaded and fed. Everyone else runs `network(*inputs)`.

Nothing here imports PyTorch before it is called: the process that measures does without.
"""
from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .workloads import Workload

CONFIGURATION, WEIGHTS = "config.json", "diffusion_pytorch_model.safetensors"
"""The files of a model's folder."""

CONDITIONAL = "ConditionalUnet1D"
"""The `_class_name` of a robot policy's network; every other model is diffusers' UNet1DModel."""

INPUTS = ("sample", "timestep", "global_cond")
"""The tensors that a workload's network takes, in its order; the last one for policies with a condition alone."""

FIXTURE_INPUTS = (*INPUTS, "local_cond")
"""Those of a network in Tests/Fixtures, by the names of its arguments."""


def is_conditional(configuration: dict[str, Any] | None) -> bool:
    return (configuration or {}).get("_class_name") == CONDITIONAL


def save_new(configuration: dict[str, Any], folder: Path) -> None:
    """Makes a network with PyTorch's default initialisation and writes its folder."""
    if not is_conditional(configuration):
        from diffusers import UNet1DModel

        UNet1DModel(**configuration).save_pretrained(folder)
        return
    from safetensors.torch import save_file

    folder.mkdir(parents=True)
    (folder / CONFIGURATION).write_text(json.dumps(configuration, indent=2) + "\n")
    save_file(_conditional(configuration).state_dict(), folder / WEIGHTS)


def load(folder: Path) -> Any:
    """The network of a folder, in evaluation mode: a module that takes INPUTS and returns the output."""
    configuration = json.loads((folder / CONFIGURATION).read_text())
    if not is_conditional(configuration):
        from diffusers import UNet1DModel

        return output_of(UNet1DModel.from_pretrained(folder).eval())
    from safetensors.torch import load_file

    network = _conditional(configuration)
    network.load_state_dict(load_file(folder / WEIGHTS))
    return network.eval()


def _conditional(configuration: dict[str, Any]) -> Any:
    from .conditional_unet import ConditionalUnet1D

    # A trainer's horizon is that of its samples; no parameter depends on it.
    return ConditionalUnet1D(
        **{name: value for name, value in configuration.items() if name[0] != "_" and name != "horizon"})


def output_of(model: Any) -> Any:
    """diffusers' model as a network."""
    import torch

    class Output(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.model = model

        def forward(self, sample: torch.Tensor, timestep: torch.Tensor) -> torch.Tensor:
            return self.model(sample, timestep, return_dict=False)[0]

    return Output().eval()


def in_bfloat16(network: Any) -> Any:
    """The network with weights and arithmetic in bf16, its inputs and its output in float32; changes it in place."""
    import torch

    class BFloat16(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.network = network.to(torch.bfloat16)

        def forward(self, sample: torch.Tensor, timestep: torch.Tensor, *condition: torch.Tensor) -> torch.Tensor:
            narrow = [each.to(torch.bfloat16) for each in (sample, *condition)]
            return self.network(narrow[0], timestep, *narrow[1:]).float()

    def narrowed(_: Any, arguments: tuple[Any, ...]) -> tuple[Any, ...]:
        return (arguments[0].to(torch.bfloat16), *arguments[1:])

    for module in network.modules():
        if type(module).__name__ == "TimestepEmbedding":
            # diffusers hands it sines in float32, whatever its weights are in.
            module.register_forward_pre_hook(narrowed)
    return BFloat16().eval()


def draw_inputs(network: Any, workload: Workload) -> dict[str, Any]:
    """The workload's inputs by name, in the network's order: random ones from its seed, and its timestep."""
    import torch

    generator = torch.Generator().manual_seed(workload.seed)
    if getattr(network, "local_cond_dim", None) is not None:
        raise ValueError(f"local_cond_dim is {network.local_cond_dim}; workloads have no local condition")
    batch, length, timesteps = workload.batch, workload.length, 1
    model = getattr(network, "model", None)
    if model is None:
        shape = (batch, length, network.input_dim)
    else:
        shape = (batch, sample_channels(model), length)
        # ValueFunction concatenates features and embedding, so it alone needs a timestep for every item.
        timesteps = batch if model.config.out_block_type == "ValueFunction" else 1
    inputs = {
        "sample": torch.randn(shape, generator=generator),
        "timestep": torch.full((timesteps,), workload.timestep, dtype=torch.float32)}
    if model is None and network.global_cond_dim:
        inputs["global_cond"] = torch.randn(batch, network.global_cond_dim, generator=generator)
    return inputs


def read_inputs(tensors: Path, names: tuple[str, ...] = INPUTS) -> dict[str, Any]:
    """The inputs in a file of tensors by name, in the network's order."""
    from safetensors.torch import load_file

    found = load_file(tensors)
    return {name: found[name] for name in names if name in found}


def sample_channels(model: Any) -> int:
    """The first block reads the sample, and with it the time embedding where it is DownBlock1DNoSkip."""
    config = model.config
    channels = config.in_channels + config.extra_in_channels
    if config.down_block_types[0] != "DownBlock1DNoSkip":
        return channels
    if config.time_embedding_type == "fourier":
        return channels - 2 * len(model.time_proj.weight)
    return channels - model.time_proj.num_channels
