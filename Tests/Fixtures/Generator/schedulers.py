"""Writes Tests/Fixtures/schedulers: timesteps and trajectories of diffusers' schedulers.

usage: schedulers.py [--out DIR]; run it with diffusers 0.26.3, and again with 0.36 for what is newer.

Each scheduler runs twice. "samples" come from the package's own source with its tables in float64 (every float32 in its text
replaced), on float64 samples. "float32" comes from the package as it is, on float32 samples.

The model is elementwise and bounded: v = (u - 0.3 (j + 1)) / (1 + |u|) + 0.5 t / (1 + |t|) - 0.2 for element j; where
variances are learned, 0.3 + 0.2 u / (1 + |u|) follows as the second half. The first sample is init_noise_sigma times START,
of shape (1, 2, 2); where a run starts in the middle, START with the noise of that step, if the scheduler adds any. The noise of
draw c is ((7 c + 3 j) mod 11 - 5) / 4.
"""
import argparse, importlib, importlib.util, json, pathlib, sys
import diffusers, numpy as np, torch

START = [1.5, -0.4, 0.25, -2.0]
STEPS = (1, 2, 10, 50)
# Of 50 steps, these samples are written; of fewer, all.
WRITTEN = (24, 49)
draws = 0


def module_of(class_name, double):
    real = importlib.import_module(getattr(diffusers, class_name).__module__)
    if not double:
        return real
    spec = importlib.util.spec_from_loader(real.__name__ + "_float64", loader=None)
    module = importlib.util.module_from_spec(spec)
    module.__package__ = real.__package__
    module.__file__ = real.__file__
    sys.modules[spec.name] = module
    source = pathlib.Path(real.__file__).read_text()
    for name in ("torch", "np"):
        source = source.replace(name + ".float32", name + ".float64")
    exec(compile(source, real.__file__, "exec"), module.__dict__)
    return module


def noise_like(shape, dtype):
    global draws
    j = torch.arange(4).reshape(1, 2, 2)
    draws += 1
    return (((7 * (draws - 1) + 3 * j) % 11 - 5) / 4).to(dtype)


def model(u, t, learns):
    t = float(t)
    j = torch.arange(4).reshape(1, 2, 2)
    v = (u - (0.3 * (j + 1)).to(u.dtype)) / (1 + u.abs()) + (0.5 * t / (1 + abs(t)) - 0.2)
    return torch.cat([v, 0.3 + 0.2 * u / (1 + u.abs())], dim=1) if learns else v


def run(class_name, config, steps, step, timesteps, double, start=0):
    global draws
    draws = 0
    dtype = torch.float64 if double else torch.float32
    torch.set_default_dtype(dtype)
    try:
        module = module_of(class_name, double)
        if hasattr(module, "randn_tensor"):
            module.randn_tensor = lambda shape, generator=None, device=None, dtype=None: noise_like(shape, dtype)
        torch.randn_like = lambda x: noise_like(x.shape, x.dtype)
        scheduler = getattr(module, class_name)(**config)
        scheduler.set_timesteps(steps, **timesteps)
        x = torch.tensor(START, dtype=dtype).reshape(1, 2, 2)
        if start == 0:
            x = x * float(getattr(scheduler, "init_noise_sigma", 1))
        elif hasattr(scheduler, "add_noise"):
            x = scheduler.add_noise(x, noise_like(x.shape, dtype), scheduler.timesteps[start : start + 1])
        elif hasattr(scheduler, "scale_noise"):
            x = scheduler.scale_noise(x, scheduler.timesteps[start : start + 1], noise_like(x.shape, dtype))
        # Repeated timesteps would make diffusers begin with the second one.
        if hasattr(scheduler, "_step_index"):
            scheduler._step_index = start
        learns = config.get("variance_type") in ("learned", "learned_range")
        samples = []
        for t in scheduler.timesteps[start:]:
            u = scheduler.scale_model_input(x, t) if hasattr(scheduler, "scale_model_input") else x
            x = scheduler.step(model(u, t, learns), t, x, **step).prev_sample
            samples.append(x.flatten().tolist())
        assert x.dtype == dtype, (class_name, x.dtype)
        return scheduler, samples
    finally:
        torch.set_default_dtype(torch.float32)


def digits(values, count):
    return [v if isinstance(v, int) else float(f"{v:.{count}g}") for v in values]


def case(class_name, config={}, steps=STEPS, step={}, timesteps={}, start=0):
    runs = []
    for count in steps:
        try:
            scheduler, samples = run(class_name, config, count, step, timesteps, True, start)
            single, singles = run(class_name, config, count, step, timesteps, False, start)
        except Exception as error:
            print(f"{class_name} {config} {count}: {type(error).__name__}: {str(error)[:90]}", file=sys.stderr)
            continue
        if not np.isfinite(samples).all() or not np.isfinite(singles).all():
            print(f"{class_name} {config} {count}: not finite", file=sys.stderr)
            continue
        entry = {
            "steps": count,
            "integers": not torch.is_floating_point(scheduler.timesteps),
            "timesteps": digits(scheduler.timesteps.tolist(), 13),
            "samples": [digits(s, 13) for i, s in enumerate(samples) if count < 50 or i in WRITTEN],
        }
        if start:
            entry["start"] = start
        elif count >= 10:
            entry["float32"] = digits(singles[-1], 9)
            if torch.is_floating_point(scheduler.timesteps):
                entry["float32_timesteps"] = digits(single.timesteps.tolist(), 9)[:: count // 10]
        runs.append(entry)
    config = dict(_class_name=class_name, _diffusers_version=diffusers.__version__, **config)
    return {"config": config, "step": step, "set_timesteps": timesteps, "runs": runs}


PREDICTIONS = [{"prediction_type": name} for name in ("epsilon", "sample", "v_prediction")]
SPACINGS = [{"timestep_spacing": name} for name in ("linspace", "leading", "trailing")]
SHAPES = [{"beta_schedule": name} for name in ("scaled_linear", "squaredcos_cap_v2")]
THRESHOLD = {"thresholding": True, "dynamic_thresholding_ratio": 0.8, "sample_max_value": 1.4}
TRAINED = [round(0.01 + 0.015 * i, 4) for i in range(20)]
ZERO_SNR = {"rescale_betas_zero_snr": True, "prediction_type": "v_prediction", "timestep_spacing": "trailing"}


def older():
    yield from (("IPNDMScheduler", c, {}) for c in [{}])
    yield "IPNDMScheduler", {"trained_betas": [round(1 - 0.1 * i, 2) for i in range(11)]}, {"steps": (10,)}

    for c in PREDICTIONS + SPACINGS + SHAPES:
        yield "DDIMScheduler", c, {}
    for c in PREDICTIONS:
        yield "DDIMScheduler", {"clip_sample": False, **c}, {}
    yield "DDIMScheduler", {"steps_offset": 1, "set_alpha_to_one": False}, {}
    yield "DDIMScheduler", {"clip_sample_range": 0.5}, {"step": {"eta": 0.5}}
    yield "DDIMScheduler", {"clip_sample": False, "prediction_type": "v_prediction"}, {"step": {"eta": 1.0}}
    yield "DDIMScheduler", {}, {"step": {"eta": 0.3, "use_clipped_model_output": True}}
    yield "DDIMScheduler", ZERO_SNR, {}
    yield "DDIMScheduler", THRESHOLD, {}
    yield "DDIMScheduler", {"trained_betas": TRAINED, "num_train_timesteps": 20}, {"steps": (1, 2, 7, 10, 20)}

    for c in PREDICTIONS + SPACINGS + SHAPES + [{"beta_schedule": "sigmoid"}]:
        yield "DDPMScheduler", c, {}
    for name in ("fixed_small_log", "fixed_large", "learned", "learned_range"):
        yield "DDPMScheduler", {"variance_type": name}, {}
    yield "DDPMScheduler", {"clip_sample": False, "prediction_type": "v_prediction"}, {}
    yield "DDPMScheduler", THRESHOLD, {}
    yield "DDPMScheduler", {"timestep_spacing": "trailing"}, {"steps": (13,)}
    yield "DDPMScheduler", ZERO_SNR, {}

    name = "DPMSolverMultistepScheduler"
    for c in PREDICTIONS + SPACINGS + SHAPES:
        yield name, c, {}
    for order in (1, 3):
        yield name, {"solver_order": order, "prediction_type": "v_prediction"}, {}
    for algorithm in ("dpmsolver", "dpmsolver++"):
        for c in ({"solver_order": 2}, {"solver_order": 2, "solver_type": "heun"}, {"solver_order": 3}):
            yield name, {"algorithm_type": algorithm, "final_sigmas_type": "sigma_min", **c}, {}
    for algorithm in ("sde-dpmsolver", "sde-dpmsolver++"):
        for c in ({"solver_order": 1}, {"solver_order": 2}, {"solver_order": 2, "solver_type": "heun"}):
            yield name, {"algorithm_type": algorithm, "final_sigmas_type": "sigma_min", **c}, {}
    yield name, {"algorithm_type": "sde-dpmsolver++"}, {}
    for c in PREDICTIONS[1:]:
        yield name, {"algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min", **c}, {}
    yield name, {"use_karras_sigmas": True}, {}
    yield name, {"use_lu_lambdas": True, "prediction_type": "v_prediction"}, {}
    yield name, {"euler_at_final": True, "final_sigmas_type": "sigma_min"}, {}
    yield name, {"lower_order_final": False, "final_sigmas_type": "sigma_min", "solver_order": 3}, {}
    for c in SPACINGS:
        yield name, {"lambda_min_clipped": -5.1, "beta_schedule": "squaredcos_cap_v2", **c}, {}
    yield name, THRESHOLD, {}
    yield name, {"algorithm_type": "dpmsolver", "final_sigmas_type": "sigma_min", **THRESHOLD}, {}

    for c in PREDICTIONS + SPACINGS + SHAPES:
        yield "EulerDiscreteScheduler", c, {}
    for c in PREDICTIONS:
        yield "EulerDiscreteScheduler", {"use_karras_sigmas": True, **c}, {}
    yield "EulerDiscreteScheduler", {"use_karras_sigmas": True, "sigma_min": 0.05, "sigma_max": 20.0}, {}
    yield "EulerDiscreteScheduler", {"interpolation_type": "log_linear"}, {}
    yield "EulerDiscreteScheduler", {"timestep_type": "continuous", "prediction_type": "v_prediction"}, {}
    yield "EulerDiscreteScheduler", ZERO_SNR, {}
    yield "EulerDiscreteScheduler", {"timestep_spacing": "leading", "steps_offset": 1}, {}

    for c in PREDICTIONS[::2] + SPACINGS + SHAPES + [ZERO_SNR]:
        yield "EulerAncestralDiscreteScheduler", c, {}

    name = "UniPCMultistepScheduler"
    for c in PREDICTIONS + SPACINGS + SHAPES:
        yield name, c, {}
    for solver in ("bh1", "bh2"):
        for order in (1, 2, 3):
            yield name, {"solver_type": solver, "solver_order": order, "prediction_type": "v_prediction"}, {}
    for c in PREDICTIONS:
        yield name, {"predict_x0": False, "solver_order": 3, **c}, {}
    yield name, {"use_karras_sigmas": True, "solver_order": 3}, {}
    yield name, {"lower_order_final": False, "solver_order": 3}, {}
    yield name, {"disable_corrector": [0, 3]}, {}
    yield name, THRESHOLD, {}

    for c in PREDICTIONS + SHAPES:
        yield "LCMScheduler", c, {}
    yield "LCMScheduler", {"clip_sample": True, "clip_sample_range": 0.7}, {}
    yield "LCMScheduler", THRESHOLD, {}
    yield "LCMScheduler", {"original_inference_steps": 100, "timestep_scaling": 3.0}, {}
    yield "LCMScheduler", {}, {"timesteps": {"strength": 0.6}, "steps": (1, 4, 10)}


    middle = {"steps": (10,), "start": 4}
    for name in ("DDIM", "DDPM", "EulerDiscrete", "EulerAncestralDiscrete", "LCM", "IPNDM"):
        yield name + "Scheduler", {}, middle
    for c in ({"solver_order": 3, "final_sigmas_type": "sigma_min"}, {"algorithm_type": "sde-dpmsolver++"}):
        yield "DPMSolverMultistepScheduler", c, middle
    yield "UniPCMultistepScheduler", {"solver_order": 3}, middle


def newer():
    name = "FlowMatchEulerDiscreteScheduler"
    for c in (
        {}, {"shift": 3.0}, {"shift": 3.0, "shift_terminal": 0.1}, {"shift": 2.0, "use_karras_sigmas": True},
        {"use_exponential_sigmas": True}, {"shift": 3.0, "stochastic_sampling": True},
    ):
        yield name, c, {}
    for kind in ("exponential", "linear"):
        yield name, {"use_dynamic_shifting": True, "time_shift_type": kind}, {"timesteps": {"mu": 0.8}}
    flow = {"prediction_type": "flow_prediction", "use_flow_sigmas": True, "flow_shift": 3.0}
    for name in ("DPMSolverMultistepScheduler", "UniPCMultistepScheduler"):
        yield name, flow, {}
        yield name, {"use_exponential_sigmas": True}, {}
        yield name, ZERO_SNR, {}
    yield "DPMSolverMultistepScheduler", {"solver_order": 3, "final_sigmas_type": "sigma_min", **flow}, {}
    yield "UniPCMultistepScheduler", {}, {}
    yield "UniPCMultistepScheduler", {"use_karras_sigmas": True}, {}
    yield "UniPCMultistepScheduler", {"final_sigmas_type": "sigma_min", **flow}, {}
    yield "EulerDiscreteScheduler", {"use_exponential_sigmas": True}, {}
    yield "EulerDiscreteScheduler", {"final_sigmas_type": "sigma_min"}, {}
    yield "DDPMScheduler", {"timestep_spacing": "trailing"}, {"steps": (13,)}
    yield "DDPMScheduler", {"timestep_spacing": "linspace"}, {"steps": (10,)}
    yield "FlowMatchEulerDiscreteScheduler", {"shift": 3.0}, {"steps": (10,), "start": 4}


def defaults():
    """Each class's configuration as save_pretrained writes it, a line each."""
    names = dict.fromkeys(name for name, _, _ in [*older(), *newer()])
    for name in names:
        if hasattr(diffusers, name):
            yield json.dumps(json.loads(getattr(diffusers, name)().to_json_string()))


def write(path, lines):
    path.write_text("[\n" + ",\n".join(lines) + "\n]\n")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path(__file__).parent.parent / "schedulers")
    out = parser.parse_args().out
    out.mkdir(parents=True, exist_ok=True)
    is_older = diffusers.__version__.startswith("0.26.")
    lines = [json.dumps(case(name, config, **more)) for name, config, more in (older() if is_older else newer())]
    write(out / f"{diffusers.__version__}.json", lines)
    write(out / f"{diffusers.__version__}-defaults.json", defaults())


main()
