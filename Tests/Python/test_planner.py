"""Guided plans: those of diffusers' ValueGuidedRLPipeline, see Tests/Fixtures/Generator/guided.py."""

from __future__ import annotations

import json

import numpy as np
import pytest

import unet1d
from conftest import FIXTURES, PLANNER, VALUE, numbers, read, same_bits
from unet1d import Noise


@pytest.fixture(scope="module")
def golden():
    return read(FIXTURES / "gradients/guided.safetensors")


@pytest.fixture(scope="module")
def models():
    return unet1d.load(PLANNER, threads=1), unet1d.load(VALUE, threads=1)


@pytest.fixture
def scheduler(tmp_path):
    file = tmp_path / "scheduler_config.json"
    config = {"beta_schedule": "squaredcos_cap_v2", "clip_sample": False, "variance_type": "fixed_small_log"}
    file.write_text(json.dumps({"_class_name": "DDPMScheduler", "num_train_timesteps": 100, **config}))
    return unet1d.Scheduler(file)


def test_plans_are_the_references(models, scheduler, golden):
    planner = unet1d.GuidedPlanner(*models, (3, 32), scheduler, 5, actions=3, noise=Noise.given(golden["noise"]))
    assert (planner.observations, planner.actions, planner.steps) == (11, 3, 5)
    assert planner.sample_shape == (3, 14, 32)
    plans, values = planner.plans(golden["observation"], golden["start"])
    best_first = np.argsort(-golden["values"])
    np.testing.assert_allclose(plans, golden["plans"][best_first], rtol=0, atol=1e-4 * abs(golden["plans"]).max())
    np.testing.assert_allclose(values, golden["values"][best_first], rtol=0, atol=1e-3)
    assert (np.diff(values) <= 0).all()
    assert same_bits(planner(golden["observation"], golden["start"]), plans[0, :3, 0].copy())


def test_workers_decide_no_bits(models, scheduler, golden):
    made = []
    for threads in (1, 2):
        model = unet1d.load(PLANNER, threads=threads)
        with unet1d.GuidedPlanner(model, models[1], (3, 32), scheduler, 5, actions=3) as planner:
            made.append(planner.plans(golden["observation"]))
    assert same_bits(made[0].plans, made[1].plans)
    assert same_bits(made[0].values, made[1].values)


def test_observations_and_actions_are_scaled(models, scheduler, golden):
    noise = Noise.given(golden["noise"])
    plain = unet1d.GuidedPlanner(*models, (3, 32), scheduler, 5, actions=3, noise=noise)
    scaled = unet1d.GuidedPlanner(
        *models, (3, 32), scheduler, 5, actions=3, noise=noise,
        observation_mean=2, observation_std=0.5, action_mean=[1, 2, 3], action_std=[2, 2, 2],
    )  # fmt: skip
    action = scaled(golden["observation"] * 0.5 + 2, golden["start"])
    expected = plain(golden["observation"], golden["start"]) * 2 + [1, 2, 3]
    np.testing.assert_allclose(action, expected, rtol=0, atol=1e-3)


def test_guidance_is_what_it_is_told(models, scheduler, golden):
    def values(**options):
        with unet1d.GuidedPlanner(*models, (3, 32), scheduler, 5, actions=3, **options) as planner:
            return planner.plans(golden["observation"]).values

    guided, unguided = values(), values(scale=0)
    assert guided.mean() > unguided.mean()
    assert not same_bits(guided, values(scales_by_variance=False))
    assert not same_bits(guided, values(least_guided_timestep=0))
    assert same_bits(unguided, values(least_guided_timestep=float("inf")))


def test_draws_begin_anew(models, scheduler, golden):
    planner = unet1d.GuidedPlanner(*models, (2, 32), scheduler, 5, actions=3, noise=Noise.philox(1))
    first, second = planner(golden["observation"]), planner(golden["observation"])
    assert not same_bits(first, second)
    planner.restart(Noise.philox(1))
    out = np.empty(3, np.float32)
    assert planner(golden["observation"], out=out) is out
    assert same_bits(out, first)


def test_plans_are_shown(models, scheduler, golden):
    plans = unet1d.GuidedPlanner(*models, (2, 32), scheduler, 5, actions=3).plans(golden["observation"])
    assert "the best of 2 plans" in plans._repr_html_()


REFUSED = {
    "actions": ({"actions": 14}, unet1d.Error, "actions"),
    "no actions": ({"actions": 0}, unet1d.Error, "actions"),
    "guidance": ({"actions": 3, "guidance_steps": 0}, unet1d.ArgumentError, "guidance_steps"),
    "scale": ({"actions": 3, "scale": float("nan")}, unet1d.ArgumentError, "scale"),
    "mean": ({"actions": 3, "observation_mean": [1, 2]}, unet1d.ShapeError, r"observation_mean: found shape \(2,\)"),
    "deviation": ({"actions": 3, "action_std": 0}, unet1d.Error, "std|deviation"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused(models, scheduler, case):
    arguments, kind, text = REFUSED[case]
    with pytest.raises(kind, match=text):
        unet1d.GuidedPlanner(*models, (1, 32), scheduler, 5, **arguments)


def test_calls_are_checked(models, scheduler):
    planner = unet1d.GuidedPlanner(*models, (1, 32), scheduler, 5, actions=3)
    with pytest.raises(unet1d.ShapeError, match=r"expected \(11,\)"):
        planner(np.zeros(10))
    with pytest.raises(unet1d.ShapeError, match=r"noise: found shape"):
        planner(np.zeros(11), numbers(1, 14, 31))
    with pytest.raises(unet1d.ArgumentError, match="out"):
        planner(np.zeros(11), out=np.zeros(3))
    planner.close()
    with pytest.raises(unet1d.HandleError):
        planner(np.zeros(11))


def test_models_may_be_named(scheduler):
    planner = unet1d.GuidedPlanner(PLANNER, VALUE, (1, 32), scheduler, 5, actions=3)
    assert planner(np.zeros(11)).shape == (3,)


def test_value_functions_are_needed(models, scheduler):
    with pytest.raises(unet1d.Error, match="value function"):
        unet1d.GuidedPlanner(models[0], models[0], (1, 32), scheduler, 5, actions=3)


@pytest.mark.parametrize("counts", [{"steps": 5.0}, {"steps": 0}, {"guidance_steps": 0}, {"actions": -1}])
def test_counts_are_whole(models, scheduler, counts):
    with pytest.raises(unet1d.ArgumentError, match="found"):
        unet1d.GuidedPlanner(*models, (1, 32), scheduler, **{"steps": 5, "actions": 3, **counts})
