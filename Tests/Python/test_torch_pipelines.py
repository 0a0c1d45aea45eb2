"""diffusers' pipelines with the module in them."""

from __future__ import annotations

import importlib
import json
import pickle
import warnings
from types import SimpleNamespace

import numpy as np
import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")

from torch_models import DANCE, PLANNER, STRICT_TOLERANCE, TOLERANCE, VALUE, noise, theirs  # noqa: E402

import unet1d  # noqa: E402


def dance(unet):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        pipe = diffusers.DanceDiffusionPipeline(unet=unet, scheduler=diffusers.IPNDMScheduler())
    pipe.set_progress_bar_config(disable=True)
    return pipe


def audio(pipe, **options):
    return pipe(generator=torch.Generator().manual_seed(4), num_inference_steps=8, batch_size=2, **options).audios


@pytest.mark.parametrize("accuracy", ["fast", "strict"])
def test_dance_diffusion(accuracy):
    pipe = dance(theirs(DANCE))
    expected = audio(pipe)
    found = []
    for threads in (1, 2, 3):
        replaced = dance(theirs(DANCE))
        replaced.unet = unet1d.from_diffusers(replaced.unet, threads=threads, accuracy=accuracy)
        found.append(audio(replaced.to("cpu")))
    np.testing.assert_allclose(found[0], expected, rtol=0, atol=STRICT_TOLERANCE)
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])
    assert found[0].shape == (2, 2, 256)


def test_dance_diffusion_of_another_length():
    pipe = dance(theirs(DANCE))
    replaced = dance(unet1d.from_diffusers(theirs(DANCE), threads=1))
    expected, found = (audio(each, audio_length_in_s=1.3) for each in (pipe, replaced))
    assert found.shape == (2, 2, 166)
    np.testing.assert_allclose(found, expected, rtol=0, atol=STRICT_TOLERANCE)


def test_dance_diffusion_of_a_checkpoint(tmp_path):
    reference = theirs(DANCE)
    reference.save_pretrained(tmp_path)
    opened = dance(unet1d.UNet1DModel.from_pretrained(tmp_path, threads=1))
    np.testing.assert_allclose(audio(opened), audio(dance(reference)), rtol=0, atol=STRICT_TOLERANCE)


@pytest.mark.parametrize("made", ["with ours", "replaced", "compiled", "opened"])
def test_a_saved_pipeline_is_one_of_diffusers(tmp_path, made):
    reference = theirs(DANCE)
    ours = unet1d.from_diffusers(reference, threads=1)
    if made == "replaced":
        pipe = dance(theirs(DANCE, seed=2))
        pipe.unet = ours
    elif made == "opened":
        reference.save_pretrained(tmp_path / "source")
        pipe = dance(unet1d.UNet1DModel.from_pretrained(tmp_path / "source", threads=1))
    else:
        pipe = dance(torch.compile(ours) if made == "compiled" else ours)
    pipe.save_pretrained(tmp_path / "saved")
    index = json.loads((tmp_path / "saved/model_index.json").read_text())
    assert index["unet"] == ["diffusers", "UNet1DModel"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        loaded = diffusers.DanceDiffusionPipeline.from_pretrained(tmp_path / "saved")
    assert type(loaded.unet) is diffusers.UNet1DModel
    expected, found = reference.state_dict(), loaded.unet.state_dict()
    assert list(expected) == list(found)
    assert all(torch.equal(expected[name], found[name]) for name in expected)
    assert pickle.loads(pickle.dumps(ours))(noise(1, 2, 64), 3).sample.shape == (1, 2, 64)


class Environment:
    """What the pipeline asks an environment for: data to normalize with, and sizes."""

    observation_space = SimpleNamespace(shape=(11,))
    action_space = SimpleNamespace(shape=(3,))

    def get_dataset(self):
        numbers = np.random.default_rng(0).standard_normal((64, 14), np.float32)
        return {"observations": numbers[:, :11], "actions": numbers[:, 11:]}


def guided(value_function, unet):
    module = importlib.import_module("diffusers.experimental.rl.value_guided_sampling")
    scheduler = diffusers.DDPMScheduler(
        num_train_timesteps=20, beta_schedule="squaredcos_cap_v2", clip_sample=False, variance_type="fixed_small_log"
    )
    scheduler.set_timesteps(6)
    module.tqdm.tqdm = lambda steps: steps
    return module.ValueGuidedRLPipeline(value_function, unet, scheduler, Environment())


@torch.no_grad()
def plans(pipe):
    torch.manual_seed(5)
    sample = noise(3, 16, 14)
    conditions = {0: noise(3, 11, seed=6)}
    return pipe.run_diffusion(pipe.reset_x0(sample, conditions, 3), conditions, n_guide_steps=2, scale=0.1)


@pytest.mark.parametrize(("accuracy", "tolerance"), [("fast", TOLERANCE), ("strict", STRICT_TOLERANCE)])
def test_value_guided_planning(accuracy, tolerance):
    expected = plans(guided(theirs(VALUE), theirs(PLANNER)))
    found = []
    for threads in (1, 2, 3):
        ours = [
            unet1d.from_diffusers(theirs(config), threads=threads, accuracy=accuracy) for config in (VALUE, PLANNER)
        ]
        found.append(plans(guided(*ours)))
    scale = max(1, expected[0].abs().max().item())
    for one, two in zip(expected, found[0]):
        torch.testing.assert_close(two, one, rtol=0, atol=tolerance * scale)
    for other in found[1:]:
        assert all(torch.equal(one, two) for one, two in zip(found[0], other))


def test_value_guided_actions():
    torch.manual_seed(7)
    expected = guided(theirs(VALUE), theirs(PLANNER))(np.zeros(11, np.float32), batch_size=3, planning_horizon=16)
    torch.manual_seed(7)
    pipe = guided(theirs(VALUE), theirs(PLANNER))
    pipe.unet, pipe.value_function = (
        unet1d.from_diffusers(each, threads=1, accuracy="strict") for each in (pipe.unet, pipe.value_function)
    )
    found = pipe(np.zeros(11, np.float32), batch_size=3, planning_horizon=16)
    np.testing.assert_allclose(found, expected, rtol=0, atol=10 * STRICT_TOLERANCE)


def test_a_pipeline_moves_to_the_cpu_alone():
    pipe = dance(unet1d.from_diffusers(theirs(DANCE), threads=1))
    assert pipe.to("cpu") is pipe
    assert pipe.device == torch.device("cpu")
    with pytest.raises(unet1d.Error, match="precision="):
        pipe.to(torch.float16)
