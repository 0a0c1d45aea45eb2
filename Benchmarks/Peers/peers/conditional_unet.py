"""diffusion_policy's ConditionalUnet1D in plain PyTorch: its operations, its state dict."""
from __future__ import annotations

import math

import torch
from torch import Tensor, nn


class ConvBlock(nn.Module):
    """mish(group norm(convolution))."""

    def __init__(self, inputs: int, outputs: int, kernel: int, groups: int = 8) -> None:
        super().__init__()
        self.block = nn.Sequential(
            nn.Conv1d(inputs, outputs, kernel, padding=kernel // 2), nn.GroupNorm(groups, outputs), nn.Mish())

    def forward(self, x: Tensor) -> Tensor:
        return self.block(x)


class ResidualBlock(nn.Module):
    """Two blocks, a bias or a scale and a bias of the condition between them, and a residual."""

    def __init__(self, inputs: int, outputs: int, condition: int, kernel: int, groups: int, scales: bool) -> None:
        super().__init__()
        self.scales = scales
        self.blocks = nn.ModuleList([
            ConvBlock(inputs, outputs, kernel, groups), ConvBlock(outputs, outputs, kernel, groups)])
        self.cond_encoder = nn.Sequential(nn.Mish(), nn.Linear(condition, 2 * outputs if scales else outputs))
        self.residual_conv = nn.Conv1d(inputs, outputs, 1) if inputs != outputs else nn.Identity()

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        hidden, encoded = self.blocks[0](x), self.cond_encoder(condition)[..., None]
        if self.scales:
            scale, bias = encoded.chunk(2, dim=1)
            hidden = scale * hidden + bias
        else:
            hidden = hidden + encoded
        return self.blocks[1](hidden) + self.residual_conv(x)


class Resample(nn.Module):
    """A convolution under the name that the state dict has for it."""

    def __init__(self, conv: nn.Module) -> None:
        super().__init__()
        self.conv = conv

    def forward(self, x: Tensor) -> Tensor:
        return self.conv(x)


def embedding(timestep: Tensor, width: int) -> Tensor:
    """(timesteps, width) in float32: sines, then cosines."""
    half = width // 2
    frequencies = torch.exp(torch.arange(half) * -(math.log(10000) / (half - 1)))
    angles = timestep[:, None].float() * frequencies
    return torch.cat([angles.sin(), angles.cos()], dim=-1)


class ConditionalUnet1D(nn.Module):
    """Samples are (batch, horizon, input_dim), timesteps (1) or (batch), conditions (batch, global_cond_dim) and
    (batch, horizon, local_cond_dim)."""

    def __init__(
        self, input_dim: int, local_cond_dim: int | None = None, global_cond_dim: int | None = None,
        diffusion_step_embed_dim: int = 256, down_dims: tuple[int, ...] = (256, 512, 1024), kernel_size: int = 3,
        n_groups: int = 8, cond_predict_scale: bool = False,
    ) -> None:
        super().__init__()
        self.input_dim, self.global_cond_dim, self.local_cond_dim = input_dim, global_cond_dim or 0, local_cond_dim
        width, first, last = diffusion_step_embed_dim, down_dims[0], down_dims[-1]
        self.step_width = width

        def block(inputs: int, outputs: int) -> ResidualBlock:
            return ResidualBlock(
                inputs, outputs, width + self.global_cond_dim, kernel_size, n_groups, cond_predict_scale)

        # The place of the embedding, which has no parameters.
        self.diffusion_step_encoder = nn.Sequential(
            nn.Identity(), nn.Linear(width, 4 * width), nn.Mish(), nn.Linear(4 * width, width))
        if local_cond_dim is not None:
            # The second one's output goes nowhere in the original, either.
            self.local_cond_encoder = nn.ModuleList([block(local_cond_dim, first) for _ in range(2)])
        levels = list(zip([input_dim, *down_dims], down_dims))
        self.down_modules = nn.ModuleList([
            nn.ModuleList([
                block(above, below), block(below, below),
                Resample(nn.Conv1d(below, below, 3, 2, 1)) if number < len(levels) else nn.Identity()])
            for number, (above, below) in enumerate(levels, 1)])
        self.mid_modules = nn.ModuleList([block(last, last) for _ in range(2)])
        self.up_modules = nn.ModuleList([
            nn.ModuleList([
                block(2 * below, above), block(above, above), Resample(nn.ConvTranspose1d(above, above, 4, 2, 1))])
            for above, below in reversed(levels[1:])])
        self.final_conv = nn.Sequential(ConvBlock(first, first, kernel_size), nn.Conv1d(first, input_dim, 1))

    def forward(
        self, sample: Tensor, timestep: Tensor, global_cond: Tensor | None = None, local_cond: Tensor | None = None
    ) -> Tensor:
        embedded = embedding(timestep.expand(sample.shape[0]), self.step_width).to(sample.dtype)
        condition = self.diffusion_step_encoder(embedded)
        if global_cond is not None:
            condition = torch.cat([condition, global_cond], dim=-1)
        x, skips = sample.transpose(1, 2), []
        for number, (first, second, resample) in enumerate(self.down_modules):
            x = first(x, condition)
            if number == 0 and local_cond is not None:
                x = x + self.local_cond_encoder[0](local_cond.transpose(1, 2), condition)
            x = second(x, condition)
            skips.append(x)
            x = resample(x)
        for middle in self.mid_modules:
            x = middle(x, condition)
        for first, second, resample in self.up_modules:
            x = first(torch.cat([x, skips.pop()], dim=1), condition)
            x = resample(second(x, condition))
        return self.final_conv(x).transpose(1, 2)
