#!/usr/bin/env python3
"""Checkpoints as trainers save them, made by the real torch, and the same models as diffusers has them.

    python trainers.py [--out DIR]

The modules below have the structure of their originals: sample-generator's and stable-audio-tools' DiffusionAttnUnet1D
(audio_diffusion/models.py, blocks.py), jannerm/diffuser's TemporalUnet and ValueFunction (diffuser/models/temporal.py).
All tensors of a file are windows of a few numbers, so that the files are small. `expected` is the original module in
float64; it is compared with diffusers' UNet1DModel, which gets the tensors by the mapping of diffusers' conversion
scripts: by order for jannerm/diffuser. Nothing here may be loaded with torch.load: one object would run a command.
"""
import argparse, copy, json, math, os, shutil, sys, types
from collections import OrderedDict

import torch
import torch.nn.functional as F
from diffusers import UNet1DModel
from safetensors.torch import save_file
from torch import nn

TAPS = torch.tensor([-3, -9, 29, 111, 111, 29, -9, -3]) / 256


# ---------------------------------------------------------------------------------------------- Dance Diffusion
class Residual(nn.Module):
    def __init__(self, i, mid, o, last=False):
        super().__init__()
        self.main = nn.Sequential(
            nn.Conv1d(i, mid, 5, padding=2), nn.GroupNorm(1, mid), nn.GELU(), nn.Conv1d(mid, o, 5, padding=2),
            nn.Identity() if last else nn.GroupNorm(1, o), nn.Identity() if last else nn.GELU())
        self.skip = nn.Identity() if i == o else nn.Conv1d(i, o, 1, bias=False)

    def forward(self, x):
        return self.main(x) + self.skip(x)


class Attention(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.heads, self.norm = c // 32, nn.GroupNorm(1, c)
        self.qkv_proj, self.out_proj = nn.Conv1d(c, 3 * c, 1), nn.Conv1d(c, c, 1)

    def forward(self, x):
        n, c, length = x.shape
        q, k, v = self.qkv_proj(self.norm(x)).view(n, 3 * self.heads, -1, length).transpose(2, 3).chunk(3, dim=1)
        y = F.scaled_dot_product_attention(q, k, v)
        return x + self.out_proj(y.transpose(2, 3).reshape(n, c, length))


class Resample(nn.Module):
    def __init__(self, up):
        super().__init__()
        self.up = up
        self.register_buffer("kernel", TAPS * 2 if up else TAPS.clone())

    def forward(self, x):
        c = x.shape[1]
        w = self.kernel.expand(c, 1, 8)
        if self.up:
            return F.conv_transpose1d(F.pad(x, (2, 2), "reflect"), w, stride=2, padding=7, groups=c)
        return F.conv1d(F.pad(x, (3, 3), "reflect"), w, stride=2, groups=c)


class Skip(nn.Module):
    def __init__(self, *main):
        super().__init__()
        self.main = nn.Sequential(*main)

    def forward(self, x):
        return torch.cat([self.main(x), x], dim=1)


class Fourier(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(8, 1))

    def forward(self, t):
        f = 2 * math.pi * t @ self.weight.T
        return torch.cat([f.cos(), f.sin()], dim=-1)


class DiffusionAttnUnet1D(nn.Module):
    def __init__(self, widths, attends, channels=2):
        super().__init__()
        self.timestep_embed = Fourier()
        block = nn.Identity()
        for i in reversed(range(1, len(widths))):
            c, outer = widths[i], widths[i - 1]
            attention = lambda c: Attention(c) if attends[i] else nn.Identity()
            block = Skip(
                Resample(False), Residual(outer, c, c), attention(c), Residual(c, c, c), attention(c), Residual(c, c, c),
                attention(c), block, Residual(c if i == len(widths) - 1 else 2 * c, c, c), attention(c),
                Residual(c, c, c), attention(c), Residual(c, c, outer), attention(outer), Resample(True))
        c = widths[0]
        self.net = nn.Sequential(
            Residual(channels + 16, c, c), Residual(c, c, c), Residual(c, c, c), block, Residual(2 * c, c, c),
            Residual(c, c, c), Residual(c, c, channels, last=True))

    def forward(self, x, t):
        return self.net(torch.cat([x, self.timestep_embed(t[:, None])[..., None].expand(-1, -1, x.shape[2])], dim=1))


def dance_to_diffusers(state, levels):
    """What each of diffusers' tensors is, as its conversion script has it; the kernels are left out."""
    places = {f"net.{i}": f"down_blocks.0.resnets.{i}" for i in range(3)}
    places |= {f"net.{4 + i}": f"up_blocks.{levels - 1}.resnets.{i}" for i in range(3)}
    for depth in range(1, levels + 1):
        start, mid = "net.3." + "main.7." * (depth - 1) + "main.", depth == levels
        for i in range(6):
            kind, number = ("resnets", "attentions")[i % 2], i // 2
            places[f"{start}{1 + i}"] = ("mid_block" if mid else f"down_blocks.{depth}") + f".{kind}.{number}"
            places[f"{start}{8 + i}"] = (f"mid_block.{kind}.{3 + number}" if mid
                                         else f"up_blocks.{levels - 1 - depth}.{kind}.{number}")
    leaves = {"skip": "conv_skip", "main.0": "conv_1", "main.1": "group_norm_1", "main.3": "conv_2",
              "main.4": "group_norm_2", "norm": "group_norm", "out_proj": "proj_attn"}
    result = {"time_proj.weight": state["timestep_embed.weight"][:, 0]}
    for name, place in places.items():
        for leaf in list(leaves) + ["qkv_proj"]:
            for part in ("weight", "bias"):
                value = state.get(f"{name}.{leaf}.{part}")
                if value is None:
                    continue
                if leaf in ("qkv_proj", "out_proj") and part == "weight":
                    value = value[:, :, 0]
                if leaf == "qkv_proj":
                    for new, third in zip(("query", "key", "value"), value.chunk(3)):
                        result[f"{place}.{new}.{part}"] = third
                else:
                    result[f"{place}.{leaves[leaf]}.{part}"] = value
    return result


# ---------------------------------------------------------------------------------------------- jannerm/diffuser
class Wave(nn.Module):
    def __init__(self, dim):
        super().__init__()
        self.dim = dim

    def forward(self, t):
        half = self.dim // 2
        e = t[:, None] * torch.exp(torch.arange(half).to(t) * -(math.log(10000) / (half - 1)))
        return torch.cat([e.sin(), e.cos()], dim=-1)


class View(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x)


class ConvBlock(nn.Module):
    def __init__(self, i, o):
        super().__init__()
        self.block = nn.Sequential(nn.Conv1d(i, o, 5, padding=2), View(lambda x: x[:, :, None]), nn.GroupNorm(8, o),
                                   View(lambda x: x[:, :, 0]), nn.Mish())

    def forward(self, x):
        return self.block(x)


class Temporal(nn.Module):
    def __init__(self, i, o, dim):
        super().__init__()
        self.blocks = nn.ModuleList([ConvBlock(i, o), ConvBlock(o, o)])
        self.time_mlp = nn.Sequential(nn.Mish(), nn.Linear(dim, o), View(lambda x: x[..., None]))
        self.residual_conv = nn.Conv1d(i, o, 1) if i != o else nn.Identity()

    def forward(self, x, t):
        return self.blocks[1](self.blocks[0](x) + self.time_mlp(t)) + self.residual_conv(x)


class Sample(nn.Module):
    def __init__(self, conv):
        super().__init__()
        self.conv = conv

    def forward(self, x):
        return self.conv(x)


def down(c):
    return Sample(nn.Conv1d(c, c, 3, 2, 1))


def time_mlp(dim):
    return nn.Sequential(Wave(dim), nn.Linear(dim, 4 * dim), nn.Mish(), nn.Linear(4 * dim, dim))


class TemporalUnet(nn.Module):
    def __init__(self, transition, widths):
        super().__init__()
        dim, dims = widths[0], [transition] + widths
        pairs = list(zip(dims, dims[1:]))
        self.time_mlp = time_mlp(dim)
        self.downs, self.ups = nn.ModuleList([]), nn.ModuleList([])
        for n, (i, o) in enumerate(pairs):
            last = n == len(pairs) - 1
            self.downs.append(nn.ModuleList(
                [Temporal(i, o, dim), Temporal(o, o, dim), nn.Identity(), nn.Identity() if last else down(o)]))
        self.mid_block1, self.mid_attn = Temporal(dims[-1], dims[-1], dim), nn.Identity()
        self.mid_block2 = Temporal(dims[-1], dims[-1], dim)
        for i, o in reversed(pairs[1:]):
            self.ups.append(nn.ModuleList(
                [Temporal(2 * o, i, dim), Temporal(i, i, dim), nn.Identity(), Sample(nn.ConvTranspose1d(i, i, 4, 2, 1))]))
        self.final_conv = nn.Sequential(ConvBlock(dim, dim), nn.Conv1d(dim, transition, 1))

    def forward(self, x, t):
        t, skips = self.time_mlp(t), []
        for a, b, _, sample in self.downs:
            x = b(a(x, t), t)
            skips.append(x)
            x = sample(x)
        x = self.mid_block2(self.mid_block1(x, t), t)
        for a, b, _, sample in self.ups:
            x = sample(b(a(torch.cat([x, skips.pop()], dim=1), t), t))
        return self.final_conv(x)


class ValueFunction(nn.Module):
    def __init__(self, transition, widths, horizon):
        super().__init__()
        dim, dims, c = widths[0], [transition] + widths, widths[-1]
        self.time_mlp = time_mlp(dim)
        self.blocks = nn.ModuleList([nn.ModuleList([Temporal(i, o, dim), Temporal(o, o, dim), down(o)])
                                     for i, o in zip(dims, dims[1:])])
        self.mid_block1, self.mid_down1 = Temporal(c, c // 2, dim), down(c // 2)
        self.mid_block2, self.mid_down2 = Temporal(c // 2, c // 4, dim), down(c // 4)
        values = c // 4 * max(horizon // 2 ** (len(widths) - 1) // 4, 1)
        self.final_block = nn.Sequential(nn.Linear(values + dim, values // 2), nn.Mish(), nn.Linear(values // 2, 1))

    def forward(self, x, t):
        t = self.time_mlp(t)
        for a, b, sample in self.blocks:
            x = sample(b(a(x, t), t))
        x = self.mid_down2(self.mid_block2(self.mid_down1(self.mid_block1(x, t)), t))
        return self.final_block(torch.cat([x.flatten(1), t], dim=-1))


class GaussianDiffusion(nn.Module):
    """The state dict of the original: schedule buffers, the network, the weights of the planner's loss."""
    def __init__(self, model, loss_weights):
        super().__init__()
        self.model = model
        for name in ("betas", "alphas_cumprod", "posterior_mean_coef1"):
            self.register_buffer(name, torch.linspace(0.1, 0.9, 20))
        self.loss_fn = nn.Module()
        if loss_weights is not None:
            self.loss_fn.register_buffer("weights", loss_weights)


# ---------------------------------------------------------------------------------------------- weights and files
def windowed(net, seed, scale=0.12):
    """The state dict with every parameter in a window of a few shared numbers, which the module gets, too."""
    g = torch.Generator().manual_seed(seed)
    draw = lambda n, scale, offset=0.0: (offset + scale * torch.randn(n, generator=g)).half()
    largest = max(p.numel() for p in net.parameters())
    weights, gains, biases = draw(largest + 512, scale), draw(1024, 0.3, 1.0), draw(1024, 0.3)
    state = OrderedDict()
    for n, (name, value) in enumerate(net.state_dict().items()):
        if name.endswith("kernel"):
            state[name] = value.clone()
            continue
        gain = name.endswith("weight") and value.ndim == 1
        pool = gains if gain else biases if value.ndim == 1 else weights
        if name == "timestep_embed.weight":
            pool = gains - 0.75
        start = 37 * n % (pool.numel() - value.numel() + 1)
        state[name] = pool[start:start + value.numel()].view(value.shape)
    net.load_state_dict(state)
    return state


def prefixed(prefix, state):
    return OrderedDict((prefix + k, v) for k, v in state.items())


def other(state):
    """Other weights of the same shapes, which need no space."""
    number = torch.tensor(0.25)
    return OrderedDict((k, number.expand(v.shape)) for k, v in state.items())


def forward_file(path, net, unet, sample, timestep):
    with torch.no_grad():
        expected = copy.deepcopy(net).double()(sample.double(), timestep.double())
        single = net.float()(sample, timestep.float())
        theirs = unet.float()(sample, timestep).sample
    error = (expected - single.double()).abs().max().item()
    assert (expected - theirs.double()).abs().max() <= max(10 * error, 1e-5 * expected.abs().max())
    tolerance = max(10 * error, 1e-5 * expected.abs().max().item())
    save_file({"sample": sample, "timestep": timestep, "expected": expected.float().contiguous(),
               "tolerance": torch.tensor([tolerance])}, path)


class RunsACommand:
    def __reduce__(self):
        return os.system, ("touch ${TMPDIR:-/tmp}/unet1d_trainer_flag",)


def foreign(name):
    """An object of a class of another program."""
    module, _, leaf = name.rpartition(".")
    for i in range(module.count(".") + 1):
        sys.modules.setdefault(".".join(module.split(".")[:i + 1]), types.ModuleType(module))
    cls = type(leaf, (), {"__module__": module})
    setattr(sys.modules[module], leaf, cls)
    value = cls()
    value.every, value.path, value.score = 100, None, torch.ones(2)
    return value


def lightning(state, **more):
    return {"epoch": 3, "global_step": 1000, "pytorch-lightning_version": "1.7.7", "state_dict": state,
            "loops": {"fit_loop": {"state_dict": {}}}, "lr_schedulers": [],
            "callbacks": {"ModelCheckpoint": {"best_model_score": torch.tensor(0.5), "best_model_path": ""},
                          "demo": foreign("pytorch_lightning.callbacks.model_checkpoint.ModelCheckpoint")},
            "optimizer_states": [{"state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.ones(3)}}}], **more}


def diffusers_folder(path, config, state):
    """The model as diffusers has it; the constants of its resampling are its own."""
    unet = UNet1DModel(**config).eval()
    own = unet.state_dict()
    assert set(state) == {k for k in own if not k.endswith("kernel")}, set(state) ^ set(own)
    unet.load_state_dict(OrderedDict((k, state.get(k, v)) for k, v in own.items()))
    os.makedirs(path)
    unet.save_config(path)
    return unet


def dance(out):
    for name, widths, attends, length in [
            ("dance", [8, 32, 32, 32], [False, False, True, True], 40), ("stable-audio", [32, 32], [False, True], 18)]:
        net = DiffusionAttnUnet1D(widths, attends).eval()
        state = windowed(net, len(widths))
        levels = len(widths) - 1
        inner = ["AttnDownBlock1D" if a else "DownBlock1D" for a in attends[1:-1]]
        folder = os.path.join(out, name)
        unet = diffusers_folder(folder, dict(
            extra_in_channels=16, block_out_channels=widths[:-1], down_block_types=["DownBlock1DNoSkip"] + inner,
            up_block_types=[t.replace("Down", "Up") for t in reversed(inner)] + ["UpBlock1DNoSkip"],
            sample_size=1024 if name == "dance" else None, sample_rate=16000 if name == "dance" else None),
            dance_to_diffusers(state, levels))
        for k, v in state.items():
            if k.endswith("kernel"):
                mine = "up" if k.endswith("14.kernel") else "down"
                assert torch.equal(v, getattr(unet.mid_block, mine).kernel)
        g = torch.Generator().manual_seed(2)
        forward_file(os.path.join(folder, "io.safetensors"), net, unet, torch.randn(2, 2, length, generator=g),
                     torch.tensor([0.3, 0.9]))
        trained = other(state)
        if name == "dance":
            file = lightning(
                OrderedDict(prefixed("diffusion.", trained) | prefixed("diffusion_ema.", state)),
                hyper_parameters={"args": argparse.Namespace(seed=1), "sample_size": 1024, "sample_rate": 16000},
                command=RunsACommand())
        else:
            # The averages hold the trained model once more.
            file = lightning(OrderedDict(
                prefixed("diffusion.model.", trained) | prefixed("diffusion_ema.online_model.", trained)
                | prefixed("diffusion_ema.ema_model.", state)
                | {"diffusion_ema.initted": torch.tensor(True), "diffusion_ema.step": torch.tensor(7)}))
        torch.save(file, f"{folder}.ckpt", _use_new_zipfile_serialization=name == "dance")


def planners(out):
    transition, g = 6, torch.Generator().manual_seed(3)
    common = dict(
        in_channels=transition, out_channels=transition, time_embedding_type="positional", flip_sin_to_cos=False,
        freq_shift=1, use_timestep_embedding=True, act_fn="mish", layers_per_block=1, norm_num_groups=8)
    for name, widths, net, horizon, blocks in [
            ("planner", [8, 16, 16], TemporalUnet(transition, [8, 16, 16]), 16,
             dict(up_block_types=["UpResnetBlock1D"] * 2, mid_block_type="MidResTemporalBlock1D",
                  out_block_type="OutConv1DBlock", sample_size=16)),
            ("value", [8, 32], ValueFunction(transition, [8, 32], 8), 8,
             dict(up_block_types=[], mid_block_type="ValueFunctionMidBlock1D", out_block_type="ValueFunction",
                  downsample_each_block=True, sample_size=None))]:
        net.eval()
        state = windowed(net, len(widths), 0.4 if name == "value" else 0.12)
        config = dict(common, block_out_channels=widths, down_block_types=["DownResnetBlock1D"] * len(widths), **blocks)
        # The script's mapping: the order in which both modules list their tensors.
        names = UNet1DModel(**config).state_dict().keys()
        assert len(names) == len(state)
        folder = os.path.join(out, name)
        unet = diffusers_folder(folder, config, dict(zip(names, state.values())))
        with open(os.path.join(folder, "names.json"), "w") as f:
            json.dump(list(names), f, indent=0)
        forward_file(os.path.join(folder, "io.safetensors"), net, unet,
                     torch.randn(2, transition, horizon, generator=g), torch.tensor([3, 17]))
        loss = torch.ones(horizon, transition) if name == "planner" else None
        around = {k: v for k, v in GaussianDiffusion(net, loss).state_dict().items() if not k.startswith("model.")}
        torch.save({"step": 1000, "model": OrderedDict(around | prefixed("model.", other(state))),
                    "ema": OrderedDict(around | prefixed("model.", state)), "args": argparse.Namespace(horizon=horizon),
                    "command": RunsACommand()},
                   os.path.join(out, f"state_{name}.pt"), _use_new_zipfile_serialization=name != "value")


def main():
    ap = argparse.ArgumentParser()
    ap.add_argument("--out", default=os.path.join(os.path.dirname(__file__), "..", "trainers"))
    out = ap.parse_args().out
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    torch.manual_seed(0)
    dance(out)
    planners(out)


if __name__ == "__main__":
    main()
