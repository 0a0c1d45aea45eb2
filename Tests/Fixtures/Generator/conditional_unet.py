"""The conditional network of robot policies, from formulas, and what policies.py needs to make files of it.

`CB(x) = mish(GroupNorm(convolution(x)))`; a residual block is `CB2(scale * CB1(x) + bias) + residual(x)`, its scale and
bias a linear layer of `mish([step, global condition])`. The state dict has the names of diffusion_policy's class.
"""
import json
import math
import re
import zlib
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import nn


# -------------------------------------------------------------------------------------------------------- the network
class ConvBlock(nn.Module):
    """mish(GroupNorm(convolution))"""
    def __init__(self, i, o, kernel, groups=8):
        super().__init__()
        self.block = nn.Sequential(nn.Conv1d(i, o, kernel, padding=kernel // 2), nn.GroupNorm(groups, o), nn.Mish())

    def forward(self, x):
        return self.block(x)


class Residual(nn.Module):
    def __init__(self, i, o, condition, kernel, groups, scales):
        super().__init__()
        self.scales = scales
        self.blocks = nn.ModuleList([ConvBlock(i, o, kernel, groups), ConvBlock(o, o, kernel, groups)])
        self.cond_encoder = nn.Sequential(nn.Mish(), nn.Linear(condition, 2 * o if scales else o))
        self.residual_conv = nn.Conv1d(i, o, 1) if i != o else nn.Identity()

    def forward(self, x, condition):
        a, e = self.blocks[0](x), self.cond_encoder(condition)[..., None]
        if self.scales:
            scale, bias = e.chunk(2, dim=1)
            a = scale * a + bias
        else:
            a = a + e
        return self.blocks[1](a) + self.residual_conv(x)


class Resample(nn.Module):
    def __init__(self, conv):
        super().__init__()
        self.conv = conv

    def forward(self, x):
        return self.conv(x)


class Embedding(nn.Module):
    """[sin(t f), cos(t f)] with f_i = exp(-i ln 10000 / (half - 1)), in the type of the linear layers that follow."""
    def __init__(self, width):
        super().__init__()
        self.half, self.type = width // 2, torch.float32

    def forward(self, t):
        f = torch.exp(torch.arange(self.half, dtype=self.type) * -(math.log(10000) / (self.half - 1)))
        angles = t.to(self.type)[:, None] * f
        return torch.cat([angles.sin(), angles.cos()], dim=-1)


class ConditionalUNet1D(nn.Module):
    """The structure and names of diffusion_policy's class, in the order in which its state dict has them."""
    def __init__(self, input_dim, local_cond_dim=None, global_cond_dim=None, diffusion_step_embed_dim=256,
                 down_dims=(256, 512, 1024), kernel_size=3, n_groups=8, cond_predict_scale=False):
        super().__init__()
        width, first = diffusion_step_embed_dim, down_dims[0]

        def block(i, o):
            return Residual(i, o, width + (global_cond_dim or 0), kernel_size, n_groups, cond_predict_scale)

        pairs = list(zip([input_dim, *down_dims], down_dims))
        self.mid_modules = nn.ModuleList([block(down_dims[-1], down_dims[-1]) for _ in range(2)])
        self.diffusion_step_encoder = nn.Sequential(
            Embedding(width), nn.Linear(width, 4 * width), nn.Mish(), nn.Linear(4 * width, width))
        self.local_cond_encoder = None
        if local_cond_dim is not None:
            self.local_cond_encoder = nn.ModuleList([block(local_cond_dim, first) for _ in range(2)])
        self.up_modules = nn.ModuleList([
            nn.ModuleList([block(2 * o, i), block(i, i), Resample(nn.ConvTranspose1d(i, i, 4, 2, 1))])
            for i, o in reversed(pairs[1:])])
        self.down_modules = nn.ModuleList([
            nn.ModuleList([block(i, o), block(o, o),
                           Resample(nn.Conv1d(o, o, 3, 2, 1)) if n < len(pairs) - 1 else nn.Identity()])
            for n, (i, o) in enumerate(pairs)])
        self.final_conv = nn.Sequential(ConvBlock(first, first, kernel_size), nn.Conv1d(first, input_dim, 1))

    def double(self):
        self.diffusion_step_encoder[0].type = torch.float64
        return super().double()

    def forward(self, sample, timestep, global_cond=None, local_cond=None):
        x, skips = sample.transpose(1, 2), []
        condition = self.diffusion_step_encoder(timestep.expand(len(sample)))
        if global_cond is not None:
            condition = torch.cat([condition, global_cond], dim=-1)
        for n, (a, b, resample) in enumerate(self.down_modules):
            x = a(x, condition)
            if n == 0 and local_cond is not None:
                x = x + self.local_cond_encoder[0](local_cond.transpose(1, 2), condition)
            x = b(x, condition)
            skips.append(x)
            x = resample(x)
        for a in self.mid_modules:
            x = a(x, condition)
        for a, b, resample in self.up_modules:
            x = resample(b(a(torch.cat([x, skips.pop()], dim=1), condition), condition))
        return self.final_conv(x).transpose(1, 2)


# ------------------------------------------------------------------------------------------------------------ weights
@torch.no_grad()
def randomize(model, g):
    """The gains of generate.py, on the names of either class."""
    norms = {n for n, m in model.named_modules() if isinstance(m, nn.GroupNorm)}
    transposed = {n for n, m in model.named_modules() if isinstance(m, nn.ConvTranspose1d)}
    for name, p in model.state_dict().items():
        module, leaf = name.rsplit(".", 1)
        r = torch.randn(p.shape, generator=g)
        if module in norms and leaf == "weight":
            u = 0.5 + torch.rand(p.shape, generator=g)
            p.copy_(torch.where(torch.rand(p.shape, generator=g) < 0.125, -u, u))
        elif module in norms:
            p.copy_(0.3 * r)
        elif leaf == "bias":
            p.copy_(0.25 * r)
        else:
            fan = p.shape[0] * 2 if module in transposed else p[0].numel()
            p.copy_(r * 1.2 / math.sqrt(fan))
            if re.search(r"up_modules\.\d+\.0\.(blocks\.0\.block\.0|conv1\.block\.0|residual_conv)\.weight$", name):
                half = p.shape[1] // 2  # the values that come up, then the skip
                p[:, :half] *= 1.3
                p[:, half:] *= 0.6
            if module.endswith("residual_conv"):
                p *= 0.75


def generator(name):
    return torch.Generator().manual_seed(zlib.crc32(f"policies/{name}".encode()))


def influence(model, inputs, g):
    """How much each tensor changes a random projection of the output, both relative."""
    parameters = dict(model.named_parameters())
    for p in parameters.values():
        p.requires_grad_(True)
    y = model(**inputs)
    v = torch.randn(y.shape, generator=g, dtype=y.dtype)
    ((v * y).sum() / math.sqrt(y.numel())).backward()
    rms = y.detach().pow(2).mean().sqrt().item()
    result = {}
    for n, p in parameters.items():
        result[n] = 0.0 if p.grad is None else p.grad.norm().item() * p.detach().pow(2).mean().sqrt().item() / rms
        p.grad = None
        p.requires_grad_(False)
    low = {k: float(f"{v:.1e}") for k, v in result.items() if v < 1e-4}
    assert all(k.startswith("local_cond_encoder.1.") for k in low), low
    return dict(min_influence=min(v for v in result.values() if v > 1e-9), low_influence=low)


# -------------------------------------------------------------------------------------------------------------- files
def wide(inputs):
    return {k: v.double() if v.is_floating_point() else v for k, v in inputs.items()}


def drawn_inputs(q, config, g):
    x = torch.randn(q["batch"], q["horizon"], config["input_dim"], generator=g)
    position = torch.arange(q["horizon"])[:, None]
    inputs = dict(sample=x + 0.5 * torch.sin(position * 0.37 + torch.arange(config["input_dim"])),
                  timestep=torch.tensor(q["timestep"]))
    if config["global_cond_dim"]:
        inputs["global_cond"] = torch.randn(q["batch"], config["global_cond_dim"], generator=g)
    if config["local_cond_dim"] and q["local"]:
        inputs["local_cond"] = torch.randn(q["batch"], q["horizon"], config["local_cond_dim"], generator=g)
    return inputs


def tolerance(expected, singles):
    largest = expected.abs().max().item()
    error = max((y.double() - expected).abs().max().item() for y in singles)
    return dict(max_abs=largest, f32_max_abs_err=error, suggested_atol=max(10 * error, 1e-5 * largest))


@torch.no_grad()
def forward_file(path, inputs, double, single, theirs=None):
    """Writes inputs and output; `double` and `single` compute them, `theirs` checks `double`."""
    expected = double(**wide(inputs))
    if theirs is not None:
        assert (theirs(**wide(inputs)) - expected).abs().max() <= 1e-12 * max(1, expected.abs().max()), path
    singles = []
    for flag in (True, False):
        with torch.backends.mkldnn.flags(enabled=flag):
            singles.append(single(**inputs))
    save_file({**{k: v.contiguous() for k, v in inputs.items()}, "expected": expected.float().contiguous()}, path)
    return tolerance(expected, singles)


def entry(folder, file, inputs, more):
    t = inputs["timestep"]
    shapes = {k: list(v.shape) for k, v in inputs.items() if k != "timestep"}
    return dict(name=f"{folder}:{Path(file).stem}", dir=folder, io=file, shapes=shapes,
                timestep=dict(shape=list(t.shape), values=t.reshape(-1).tolist()), **more)


def write_json(path, value):
    with open(path, "w") as f:
        json.dump(value, f, indent=1, allow_nan=False)
        f.write("\n")
