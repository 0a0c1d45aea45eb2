#!/usr/bin/env python3
"""Conditional 1-D UNets of robot policies: diffusion_policy's ConditionalUnet1D and LeRobot's DiffusionPolicy.

    OMP_NUM_THREADS=1 python policies.py [--out DIR]

README.md beside this file says how to make the environment. Every case is a folder. An input file `io.safetensors` or
`io_TAG.safetensors` has tensors in the policies' own layout:

    sample       F32 (batch, horizon, dimension)
    timestep     I64, rank 0 or (batch)
    global_cond  F32 (batch, width), where the model has a global condition
    local_cond   F32 (batch, horizon, width), where it has a local one; a model may be called without it
    expected     F32, the layout of `sample`: the float64 output, rounded once

`expected` is what LeRobot's own class computes in float64 for the folders `lerobot*`. For the others it is what
`ConditionalUNet1D` of conditional_unet.py computes in float64. The two agree to 1e-12 wherever both can run: LeRobot
has no local condition. The sinusoidal embedding is in float64, too. `f32_max_abs_err` is how far float32 lands from it,
the larger of two runs (oneDNN on and off).

The weights are drawn anew with the gains of generate.py and a seed from the case's name. They are stored as F16 or F32.
The manifest's `min_influence` and `low_influence` are those of generate.py. Only the second local encoder has no
influence: diffusion_policy computes it and never reads it.

Loops (`loop_*.safetensors`) are LeRobot's own `conditional_sample` with recorded noise:

    noise        F32 (batch, horizon, dimension), the start
    step_noise   F32 (steps, batch, horizon, dimension), DDPM only; the last step draws none and has zeros here
    global_cond  F32 (batch, width), of `_prepare_global_conditioning` on what the preprocessor made
    observation.*  F32 (batch, n_obs_steps, width), before the preprocessor
    final        F32, the normalised trajectory: network and samples in float64, the scheduler's tables as diffusers has
                 them, in float32
    final_exact  F32, the trajectory with tables in float64
    actions      F32 (batch, n_action_steps, dimension), cut from `final`, after the postprocessor

The loop's configuration is the file that the manifest names: `config.json` or, for the same weights, `config_TAG.json`.
LeRobot normalises the environment's state only if the mapping has "ENV": the folder `lerobot` has LeRobot's default
mapping, without it, and `lerobot_bias` has it.
"""
import argparse
import contextlib
import json
import math
import os
import re
import shutil
import tempfile
import types
from importlib.metadata import version

os.environ.setdefault("HF_HUB_OFFLINE", "1")
import diffusers
import dill
import torch
from diffusers.schedulers import scheduling_ddpm
from omegaconf import OmegaConf
from safetensors.torch import save_file

try:
    import torchvision  # noqa: F401
except RuntimeError:
    # PyPI's torchvision needs CUDA's libraries. The policies here see no images, and two declared names let it load.
    VISION = torch.library.Library("torchvision", "DEF")
    for _name in ("nms", "qnms"):
        VISION.define(_name + "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor")
from lerobot.configs.types import FeatureType, NormalizationMode, PolicyFeature
from lerobot.policies.diffusion.configuration_diffusion import DiffusionConfig
from lerobot.policies.diffusion.modeling_diffusion import DiffusionConditionalUnet1d, DiffusionPolicy
from lerobot.policies.diffusion.processor_diffusion import make_diffusion_pre_post_processors

from conditional_unet import (
    ConditionalUNet1D, drawn_inputs, entry, forward_file, generator, influence, randomize, tolerance, wide, write_json)

HERE = os.path.dirname(os.path.abspath(__file__))


class InDouble:
    """LeRobot's embedding takes PyTorch's default type."""
    def __enter__(self):
        torch.set_default_dtype(torch.float64)

    def __exit__(self, *_):
        torch.set_default_dtype(torch.float32)


def lerobot_name(name):
    """LeRobot's name of a tensor of ConditionalUNet1D."""
    name = re.sub(r"\.blocks\.([01])\.block\.", lambda m: f".conv{int(m[1]) + 1}.block.", name)
    return re.sub(r"^((?:down|up)_modules\.\d+\.2)\.conv\.", r"\1.", name)


def lerobot_unet(config):
    """LeRobot's class with the options of a configuration of ConditionalUNet1D."""
    return DiffusionConditionalUnet1d(types.SimpleNamespace(
        action_feature=types.SimpleNamespace(shape=(config["input_dim"],)), down_dims=tuple(config["down_dims"]),
        diffusion_step_embed_dim=config["diffusion_step_embed_dim"], kernel_size=config["kernel_size"],
        n_groups=config["n_groups"], use_film_scale_modulation=config["cond_predict_scale"]),
        global_cond_dim=config["global_cond_dim"] or 0).eval()


def lerobot_forward(unet):
    """LeRobot's class as ConditionalUNet1D is called: its timesteps must be (batch)."""
    def call(sample, timestep, global_cond=None):
        with InDouble() if sample.dtype == torch.float64 else contextlib.nullcontext():
            return unet(sample, timestep.expand(len(sample)), global_cond=global_cond)
    return call


# ------------------------------------------------------------------------------------------------------------- cases
def case(name, io, store="F16", **options):
    config = dict(
        input_dim=2, local_cond_dim=None, global_cond_dim=None, diffusion_step_embed_dim=16, down_dims=[16, 24],
        kernel_size=3, n_groups=8, cond_predict_scale=True)
    assert not options.keys() - config.keys()
    return dict(name=name, config={**config, **options}, store=store, io=io)


def io(tag, batch, horizon, timestep, local=True):
    """A timestep that is a number has rank 0."""
    return dict(tag=tag, batch=batch, horizon=horizon, timestep=timestep, local=local)


MANY = [99, 0, 50, 1, 2, 3, 98, 97, 10, 20, 30, 40, 60, 70, 80, 90, 64]
CASES = [
    case("one_level", [io("", 3, 7, [5, 0, 99]), io("h1", 1, 1, [42]), io("h1_b3", 3, 1, 7),
                       io("b17_h16", 17, 16, MANY)],
         input_dim=1, global_cond_dim=4, down_dims=[32], kernel_size=5),
    case("one_level_groups4", [io("", 1, 5, 3), io("h2", 3, 2, [1, 2, 3]), io("h33", 1, 33, [999])],
         store="F32", input_dim=3, down_dims=[16], kernel_size=7, n_groups=4, cond_predict_scale=False),
    case("two_levels", [io("", 3, 6, [99, 50, 0]), io("h10", 1, 10, 17), io("h2", 1, 2, [8]), io("b17", 17, 6, MANY)],
         global_cond_dim=6, diffusion_step_embed_dim=32, kernel_size=5),
    case("two_levels_kernel7", [io("", 1, 10, [12]), io("b3", 3, 6, 80)],
         input_dim=7, down_dims=[16, 16], kernel_size=7),
    case("two_levels_local", [io("", 3, 6, [0, 33, 99]), io("h10", 1, 10, 61),
                              io("without", 3, 10, [5, 6, 7], local=False)],
         input_dim=3, local_cond_dim=5, global_cond_dim=4, cond_predict_scale=False),
    # Blocks of equal widths have no convolution beside them: the first one, the local encoder, and the first up block.
    case("narrowing_local", [io("", 3, 8, 12), io("b1", 1, 6, [77])],
         input_dim=16, local_cond_dim=16, down_dims=[16, 8], n_groups=4),
    case("three_levels", [io("", 1, 16, 42), io("b3_h4", 3, 4, [0, 1, 99]), io("h12", 1, 12, [30]),
                          io("b17", 17, 16, MANY), io("h64", 1, 64, [3])],
         input_dim=7, global_cond_dim=10, down_dims=[16, 24, 40]),
    case("three_levels_groups4", [io("", 3, 12, [2, 3, 4]), io("h16", 1, 16, 55)],
         input_dim=17, down_dims=[16, 24, 32], n_groups=4, cond_predict_scale=False),
    case("four_levels", [io("", 1, 16, [21]), io("b3_h8", 3, 8, [9, 19, 29])],
         input_dim=2, global_cond_dim=3, down_dims=[16, 16, 24, 32]),
]


# ------------------------------------------------------------------------------------------ diffusion_policy's network
def loaded(config, state):
    model = ConditionalUNet1D(**config).eval().requires_grad_(False)
    model.load_state_dict({k: v.float() for k, v in state.items()})
    return model


def forwards(out, name, config, state, ios, g, **more):
    """The input files of a folder, as entries of the manifest; `more` says what the weights are."""
    single, double = loaded(config, state), loaded(config, state).double()
    theirs = None
    if not config["local_cond_dim"]:
        theirs = lerobot_unet(config)
        theirs.load_state_dict({lerobot_name(k): v.float() for k, v in state.items()})
        theirs = lerobot_forward(theirs.double())
    entries = []
    for q in ios:
        inputs = drawn_inputs(q, config, g)
        file = f"io_{q['tag']}.safetensors" if q["tag"] else "io.safetensors"
        measures = forward_file(os.path.join(out, name, file), inputs, double, single, theirs)
        if not q["tag"]:
            measures |= influence(double, wide(inputs), g)
        entries.append(entry(name, file, inputs, {**more, **measures}))
    return entries


def conditional_unets(out):
    entries = []
    for c in CASES:
        g, name, config = generator(c["name"]), c["name"], c["config"]
        model = ConditionalUNet1D(**config)
        randomize(model, g)
        stored = {"F16": torch.float16, "F32": torch.float32}[c["store"]]
        state = {k: v.to(stored) for k, v in model.state_dict().items()}
        os.makedirs(os.path.join(out, name))
        write_json(os.path.join(out, name, "config.json"), {"_class_name": "ConditionalUnet1D", **config})
        save_file(state, os.path.join(out, name, "diffusion_pytorch_model.safetensors"), metadata={"format": "pt"})
        entries += forwards(out, name, config, state, c["io"], g, source="diffusion_policy ConditionalUnet1D",
                            weights="diffusion_pytorch_model.safetensors", stored=c["store"])
    return entries


def refusals():
    """What the network makes of horizons that halve unevenly, and of conditions that are missing or too many. `longer`
    and `grows` are horizons one short of a multiple: they run, as the first skip is never read, and come back longer.
    LeRobot's configuration wants a multiple of 2^levels, which is more than its network needs."""
    raises, grows, table = [], [], {}
    for c in CASES:
        if c["name"] not in ("one_level", "two_levels", "three_levels", "four_levels"):
            continue
        levels = len(c["config"]["down_dims"])
        model, row = ConditionalUNet1D(**c["config"]).eval(), dict(same=[], longer=[], raises=[])
        for horizon in range(1, 25):
            inputs = drawn_inputs(io("", 2, horizon, 3), c["config"], generator("refusals"))
            try:
                with torch.no_grad():
                    y = model(**inputs)
                row["same" if y.shape[1] == horizon else "longer"].append(horizon)
                if y.shape[1] != horizon:
                    grows.append(dict(dir=c["name"], horizon=horizon, output_horizon=y.shape[1]))
            except RuntimeError as error:
                row["raises"].append(horizon)
                raises.append(dict(dir=c["name"], horizon=horizon, error=str(error)))
        table[levels] = row
        step = 2 ** (levels - 1)
        assert row["same"] == [h for h in range(1, 25) if h % step == 0]
        assert row["longer"] == [h for h in range(1, 25) if h % step == step - 1 and levels > 1]
    for name, wrong in (("two_levels", dict(global_cond=None)),
                        ("two_levels_kernel7", dict(global_cond=torch.ones(2, 4))),
                        ("two_levels_local", dict(local_cond=torch.ones(2, 4, 5)))):
        config = next(c["config"] for c in CASES if c["name"] == name)
        inputs = drawn_inputs(io("", 2, 8, 3), config, generator("refusals"))
        try:
            with torch.no_grad():
                ConditionalUNet1D(**config)(**{**inputs, **wrong})
            raise AssertionError(name)
        except RuntimeError as error:
            (what, value), = wrong.items()
            raises.append(dict(dir=name, horizon=8, batch=2, field=what, error=str(error),
                               shape=None if value is None else list(value.shape)))
    try:
        DiffusionConfig(horizon=12, down_dims=(16, 32, 40), device="cpu")
        raise AssertionError("LeRobot takes a horizon of 12 with three levels")
    except ValueError as error:
        raises.append(dict(dir="lerobot", horizon=12, stage="configuration", error=str(error)))
    return dict(raises=raises, grows=grows, horizons=table)


# ---------------------------------------------------------------------------------- the trainer's workspace checkpoint
def workspace(out):
    """`latest.ckpt` as BaseWorkspace.save_checkpoint leaves it: plain dictionaries of tensors, OmegaConf's
    configuration, and bytes of dill, all pickled by dill. The averages in `ema_model` are what a robot runs."""
    name, observation, actions = "workspace", 4, 2
    config = dict(input_dim=actions, local_cond_dim=None, global_cond_dim=2 * observation, diffusion_step_embed_dim=16,
                  down_dims=[16, 24], kernel_size=3, n_groups=8, cond_predict_scale=True)
    g = generator(name)
    os.makedirs(os.path.join(out, name))

    def normalizer():
        state = {}
        for field, width in (("action", actions), ("obs", observation)):
            low = torch.randn(width, generator=g) - 2
            high = low + 1 + torch.rand(width, generator=g)
            scale = 2 / (high - low)
            for key, value in (("scale", scale), ("offset", -1 - scale * low), ("input_stats.max", high),
                               ("input_stats.mean", (low + high) / 2), ("input_stats.min", low),
                               ("input_stats.std", (high - low) / 4)):
                state[f"normalizer.params_dict.{field}.{key}"] = value
        return state

    def policy():
        model = ConditionalUNet1D(**config)
        randomize(model, g)
        return {"_dummy_variable": torch.empty(0), **{"model." + k: v for k, v in model.state_dict().items()},
                "mask_generator._dummy_variable": torch.empty(0), **normalizer()}

    trained, averaged = policy(), policy()
    package = "diffusion_policy."
    cfg = OmegaConf.create({
        "name": "train_diffusion_unet_lowdim", "horizon": 16, "n_obs_steps": 2, "n_action_steps": 8,
        "_target_": package + "workspace.train_diffusion_unet_lowdim_workspace.TrainDiffusionUnetLowdimWorkspace",
        "policy": {
            "model": {"_target_": package + "model.diffusion.conditional_unet1d.ConditionalUnet1D", **config},
            "obs_as_global_cond": True, "obs_as_local_cond": False, "num_inference_steps": 100}})
    optimizer = {"state": {0: {"step": torch.tensor(3.0), "exp_avg": torch.ones(3), "exp_avg_sq": torch.ones(3)}},
                 "param_groups": [{"lr": 1e-4, "betas": [0.95, 0.999], "params": [0]}]}
    payload = {"cfg": cfg, "state_dicts": {"model": trained, "ema_model": averaged, "optimizer": optimizer},
               "pickles": {"global_step": dill.dumps(1000), "epoch": dill.dumps(3),
                           "_output_dir": dill.dumps("data/outputs")}}
    with open(os.path.join(out, name, "latest.ckpt"), "wb") as file:  # an open file: the archive's folder is `archive`
        torch.save(payload, file, pickle_module=dill)
    state = {k[len("model."):]: v for k, v in averaged.items() if k.startswith("model.")}
    return forwards(out, name, config, state, [io("", 3, 16, [0, 50, 99]), io("h8", 1, 8, 12)], g, options=config,
                    source="diffusion_policy workspace checkpoint, ema_model", weights="latest.ckpt", stored="F32")


# ------------------------------------------------------------------------------------------------------------ LeRobot
def exact_tables(scheduler):
    """The scheduler's tables by the same formula, never rounded to float32."""
    n = scheduler.config.num_train_timesteps

    def bar(t):
        return math.cos((t + 0.008) / 1.008 * math.pi / 2) ** 2

    betas = torch.tensor([min(1 - bar((i + 1) / n) / bar(i / n), 0.999) for i in range(n)], dtype=torch.float64)
    assert torch.equal(betas.float(), scheduler.betas)
    scheduler.betas, scheduler.alphas = betas, 1 - betas
    scheduler.alphas_cumprod = torch.cumprod(1 - betas, 0)


def replay(drawn):
    """What takes the place of the scheduler's random numbers."""
    remaining = list(drawn)
    return lambda shape, dtype=None, **_: remaining.pop(0).to(dtype)


@torch.no_grad()
def run_loop(folder, config, noise, condition, drawn, double=False, exact=False):
    policy = DiffusionPolicy.from_pretrained(folder, config=config).eval()
    model = policy.diffusion
    if exact:
        exact_tables(model.noise_scheduler)
    scheduling_ddpm.randn_tensor = replay(drawn)
    if not double:
        return model.conditional_sample(len(noise), global_cond=condition, noise=noise)
    policy.double()
    with InDouble():
        return model.conditional_sample(len(noise), global_cond=condition.double(), noise=noise.double())


def statistics(features, g):
    """What a data set knows of its columns; the last one of the last observation never changes."""
    result = {}
    for key, feature in features.items():
        low = torch.randn(feature.shape, generator=g) * 2 - 3
        high = low + 0.5 + 4 * torch.rand(feature.shape, generator=g)
        if key == "observation.environment_state":
            high[-1] = low[-1]
        result[key] = dict(min=low, max=high, mean=low + 0.45 * (high - low), std=0.3 * (high - low),
                           count=torch.tensor([1000.0]))
        for part in (1, 10, 50, 90, 99):
            result[key][f"q{part:02d}"] = low + part / 100 * (high - low)
    return result


def lerobot_case(out, name, widths, variants, batch, **options):
    """A policy, its processors, forwards of its network, and a loop for each of `variants` of its configuration."""
    g, folder = generator(name), os.path.join(out, name)
    state_width, environment_width, actions = widths
    inputs = {"observation.state": PolicyFeature(FeatureType.STATE, (state_width,)),
              "observation.environment_state": PolicyFeature(FeatureType.ENV, (environment_width,))}
    outputs = {"action": PolicyFeature(FeatureType.ACTION, (actions,))}

    def configuration(**changes):
        return DiffusionConfig(input_features=dict(inputs), output_features=dict(outputs), device="cpu",
                               push_to_hub=False, **{**options, **changes})

    config = configuration()
    policy = DiffusionPolicy(config).eval()
    randomize(policy.diffusion.unet, g)
    policy.save_pretrained(folder)
    known = statistics({**inputs, **outputs}, g)
    processors = make_diffusion_pre_post_processors(config, known)
    for processor in processors:
        processor.save_pretrained(folder)

    shape = dict(input_dim=actions, global_cond_dim=(state_width + environment_width) * config.n_obs_steps,
                 local_cond_dim=None, down_dims=list(config.down_dims), kernel_size=config.kernel_size,
                 diffusion_step_embed_dim=config.diffusion_step_embed_dim, n_groups=config.n_groups,
                 cond_predict_scale=config.use_film_scale_modulation)
    single, double = (
        DiffusionPolicy.from_pretrained(folder).eval().requires_grad_(False).diffusion.unet for _ in range(2))
    double.double()
    state = single.state_dict()
    mine = loaded(shape, {k: state[lerobot_name(k)] for k in ConditionalUNet1D(**shape).state_dict()}).double()
    more = dict(source="lerobot DiffusionConditionalUnet1d", weights="model.safetensors", prefix="diffusion.unet.",
                stored="F32")
    forwards, loops, horizon = [], [], config.horizon
    for q in (io("", 3, horizon, [99, 0, 50]), io("b1", 1, horizon, [7]), io("longer", 1, 3 * horizon, [64])):
        tensors = drawn_inputs(q, shape, g)
        file = f"io_{q['tag']}.safetensors" if q["tag"] else "io.safetensors"
        measures = forward_file(
            os.path.join(folder, file), tensors, lerobot_forward(double), lerobot_forward(single), mine)
        if not q["tag"]:
            measures |= influence(mine, wide(tensors), g)
        forwards.append(entry(name, file, tensors, {**more, **measures}))
    for tag, changes in variants.items():
        config, file = configuration(**changes), f"config_{tag}.json" if changes else "config.json"
        if changes:
            with tempfile.TemporaryDirectory() as other:
                config.save_pretrained(other)
                shutil.copy(os.path.join(other, "config.json"), os.path.join(folder, file))
        # Some values lie outside of what the data set had, as a robot's do.
        raw = {k: known[k]["min"] + (known[k]["max"] - known[k]["min"])
               * (1.2 * torch.rand(batch, config.n_obs_steps, *f.shape, generator=g) - 0.1) for k, f in inputs.items()}
        loops.append(dict(name=f"{name}:{tag}", dir=name, io=f"loop_{tag}.safetensors", config=file,
                          **loop_file(folder, f"loop_{tag}.safetensors", config, raw, processors, g)))
    return forwards, loops


def loop_file(folder, file, config, raw, processors, g):
    """Writes a denoising loop from raw observations to actions."""
    before, after = processors
    batch, first, actions = len(raw["observation.state"]), config.n_obs_steps - 1, config.action_feature.shape[0]
    steps = config.num_inference_steps or config.num_train_timesteps
    noise = torch.randn(batch, config.horizon, actions, generator=g)
    drawn = torch.randn(steps, batch, config.horizon, actions, generator=g)
    drawn[-1] = 0
    policy = DiffusionPolicy.from_pretrained(folder, config=config).eval()
    normalised = before(dict(raw))
    condition = policy.diffusion._prepare_global_conditioning(normalised)
    assert condition.dtype == torch.float32
    single = run_loop(folder, config, noise, condition, drawn)
    final = run_loop(folder, config, noise, condition, drawn, double=True)
    exact = run_loop(folder, config, noise, condition, drawn, double=True, exact=True)

    def chunk(trajectory):
        return after(trajectory[:, first:first + config.n_action_steps])

    # The policy's own way from observations to actions, in float32.
    scheduling_ddpm.randn_tensor = replay(drawn)
    with torch.no_grad():
        theirs = after(policy.diffusion.generate_actions(normalised, noise=noise))
    assert torch.equal(theirs, chunk(single))
    tensors = dict(raw, noise=noise, global_cond=condition, final=final, final_exact=exact, actions=chunk(final))
    if config.noise_scheduler_type == "DDPM":
        tensors["step_noise"] = drawn
    save_file({k: v.float().contiguous() for k, v in tensors.items()}, os.path.join(folder, file))
    scheduler = policy.diffusion.noise_scheduler
    return dict(
        scheduler=config.noise_scheduler_type, steps=steps, timesteps=scheduler.timesteps.tolist(),
        **tolerance(final, [single]), tables_max_abs_diff=(final - exact).abs().max().item(),
        at_the_clip=(final.abs() == config.clip_sample_range).double().mean().item(),
        actions_suggested_atol=tolerance(chunk(final), [chunk(single)])["suggested_atol"])


def lerobot_cases(out):
    common = dict(diffusion_step_embed_dim=16, n_groups=8)
    ways = [
        lerobot_case(
            out, "lerobot", (3, 5, 2), {"ddpm": {}, "ddpm10": dict(num_inference_steps=10),
                                        "ddim": dict(noise_scheduler_type="DDIM", num_inference_steps=10)}, 2,
            n_obs_steps=2, horizon=16, n_action_steps=8, down_dims=(16, 32, 40), kernel_size=5,
            use_film_scale_modulation=True, **common),
        lerobot_case(
            out, "lerobot_bias", (4, 2, 3), {"ddim": {}}, 3, n_obs_steps=3, horizon=8, n_action_steps=4,
            down_dims=(16, 24), kernel_size=3, use_film_scale_modulation=False, noise_scheduler_type="DDIM",
            num_inference_steps=16, prediction_type="sample", clip_sample=False,
            normalization_mapping={"STATE": NormalizationMode.MEAN_STD, "ENV": NormalizationMode.MIN_MAX,
                                   "ACTION": NormalizationMode.MEAN_STD}, **common)]
    return sum((f for f, _ in ways), []), sum((l for _, l in ways), [])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", default=os.path.join(HERE, os.pardir, "policies"), help="is emptied first")
    out = parser.parse_args().out
    torch.set_num_threads(1)
    torch.manual_seed(0)
    shutil.rmtree(out, ignore_errors=True)
    os.makedirs(out)
    cases = conditional_unets(out) + workspace(out)
    forwards, loops = lerobot_cases(out)
    cases += forwards
    write_json(os.path.join(out, "manifest.json"), dict(
        reference=f"lerobot {version('lerobot')}, diffusers {diffusers.__version__}", torch=torch.__version__,
        tolerance="suggested_atol = max(10 * f32_max_abs_err, 1e-5 * max_abs)", cases=cases, loops=loops, **refusals()))
    for c in cases + loops:
        print(f"{c['name']:30s} max {c['max_abs']:.3g} error {c['f32_max_abs_err']:.2e} of {c['suggested_atol']:.2e}",
              f"influence {c['min_influence']:.1e}" if "min_influence" in c else "",
              f"clipped {c['at_the_clip']:.2f} tables {c['tables_max_abs_diff']:.1e}" if "steps" in c else "")


if __name__ == "__main__":
    main()
