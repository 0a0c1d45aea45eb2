#!/usr/bin/env python3
"""Guided plans of diffusers' ValueGuidedRLPipeline with recorded noise.

    python guided.py [--out FILE] [--horizon 32] [--batch 3] [--steps 5] [--planner DIR] [--value DIR]

Writes one safetensors file, transposed to (batch, channels, length): `start`, the noise with which planning begins; `noise`
(steps, batch, channels, length), that of the steps in their order; `observation`; `plans` and `values` in the order of the batch;
`steps` as a number.
"""
import argparse
import os

import torch
from diffusers import DDPMScheduler, UNet1DModel
from diffusers.experimental.rl import value_guided_sampling
from safetensors.torch import save_file

HERE = os.path.dirname(os.path.abspath(__file__))
ACTIONS = 3


def make_value_function(folder):
    """The published value function's layout, with two more blocks: they halve plans of 128 positions to one."""
    torch.manual_seed(12)
    channels = (32, 64, 128, 256, 256, 256)
    UNet1DModel(
        in_channels=14, out_channels=14, block_out_channels=channels, layers_per_block=1, act_fn="mish",
        norm_num_groups=8, freq_shift=1, flip_sin_to_cos=False, time_embedding_type="positional",
        use_timestep_embedding=True, downsample_each_block=True, mid_block_type="ValueFunctionMidBlock1D",
        out_block_type="ValueFunction", down_block_types=("DownResnetBlock1D",) * len(channels), up_block_types=(),
    ).save_pretrained(folder)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=os.path.join(HERE, "../gradients/guided.safetensors"))
    parser.add_argument("--planner", default=os.path.join(HERE, "../visible/real_hopper_h32"))
    parser.add_argument("--value", default=os.path.join(HERE, "../visible/real_value_h32"))
    parser.add_argument("--horizon", type=int, default=32)
    parser.add_argument("--batch", type=int, default=3)
    parser.add_argument("--steps", type=int, default=5)
    parser.add_argument("--variance", default="fixed_small_log", help="the scheduler's variance_type")
    parser.add_argument(
        "--make-value-function", metavar="DIR",
        help="writes a value function of plans of length 128, with the weights that PyTorch begins with, and nothing else")
    arguments = parser.parse_args()
    if arguments.make_value_function:
        return make_value_function(arguments.make_value_function)
    generator = torch.Generator().manual_seed(11)
    unet = UNet1DModel.from_pretrained(arguments.planner).eval()
    value = UNet1DModel.from_pretrained(arguments.value).eval()
    for model in (unet, value):
        model.requires_grad_(False)
    scheduler = DDPMScheduler(
        num_train_timesteps=100, beta_schedule="squaredcos_cap_v2", clip_sample=False,
        variance_type=arguments.variance)
    scheduler.set_timesteps(arguments.steps)
    pipeline = value_guided_sampling.ValueGuidedRLPipeline.__new__(value_guided_sampling.ValueGuidedRLPipeline)
    object.__setattr__(pipeline, "_internal_dict", {})
    for name, module in (("unet", unet), ("value_function", value), ("scheduler", scheduler)):
        setattr(pipeline, name, module)
    pipeline.action_dim = ACTIONS
    shape = (arguments.batch, arguments.horizon, unet.config.in_channels)
    start = torch.randn(shape, generator=generator)
    observation = torch.randn(shape[2] - ACTIONS, generator=generator)
    drawn = []

    def recorded(shape, **_):
        drawn.append(torch.randn(tuple(shape), generator=generator))
        return drawn[-1]

    import diffusers.schedulers.scheduling_ddpm as scheduling_ddpm

    scheduling_ddpm.randn_tensor = recorded
    conditions = {0: observation[None].repeat(arguments.batch, 1)}
    x = pipeline.reset_x0(start.clone(), conditions, ACTIONS)
    plans, values = pipeline.run_diffusion(x, conditions, 2, 0.1)
    while len(drawn) < arguments.steps:
        drawn.append(torch.zeros(shape))

    def turned(x):
        return x.detach().transpose(-1, -2).contiguous()

    os.makedirs(os.path.dirname(os.path.abspath(arguments.out)), exist_ok=True)
    save_file(
        {
            "start": turned(start), "noise": turned(torch.stack(drawn)), "observation": observation,
            "plans": turned(plans), "values": values.detach().reshape(-1).contiguous(),
            "steps": torch.tensor(arguments.steps),
        }, arguments.out)
    print(plans.abs().max().item(), values.reshape(-1).tolist()[:8], scheduler.timesteps.tolist())


main()
