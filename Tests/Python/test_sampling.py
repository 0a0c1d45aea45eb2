"""Denoising loops: those of the command, noise by rows, held values, and loops that are ended."""

from __future__ import annotations

import gc
import os
import signal
import threading
import time
import weakref

import numpy as np
import pytest

import unet1d
from conftest import ECG, PLANNER, POLICY, numbers, same_bits, write
from unet1d import Noise

SHAPE = (2, 1, 512)


# What options of the command are here: (options, scheduler, noise, timestep_scale).
LOOPS = {
    "own": (["--seed", 7], None, Noise.philox(7), 1),
    "torch": (["--seed", 7, "--generator", "torch"], None, Noise.torch(7), 1),
    "DDIM": (["--seed", 1, "--scheduler", "DDIMScheduler"], "DDIMScheduler", Noise.philox(1), 0.001),
    "DDPM": (["--seed", 1, "--scheduler", "DDPMScheduler"], "DDPMScheduler", Noise.philox(1), 0.001),
    "short": (["--seed", 1, "--short-levels", 2, "--whole-every", 2], None, Noise.philox(1), 1),
}


@pytest.mark.parametrize("name", LOOPS)
def test_loop_is_the_commands(ecg, generated, name):
    options, scheduler, noise, scale = LOOPS[name]
    short = {"short_levels": 2, "whole_forward_every": 2} if name == "short" else {}
    sampler = ecg.sampler(SHAPE, scheduler, 10, noise=noise, timestep_scale=scale, **short)
    assert same_bits(sampler(), generated(*options))


def test_given_noise_is_the_commands(ecg, generated, tmp_path):
    start = numbers(*SHAPE)
    write(tmp_path / "noise.safetensors", noise=start)
    expected = generated("--noise", tmp_path / "noise.safetensors")
    assert same_bits(ecg.sampler(SHAPE, steps=10)(start), expected)


# ------------------------------------------------------------------------------------------------------------- noise


@pytest.mark.parametrize("scheduler", [None, "DDPMScheduler"])
def test_rows_are_those_of_the_whole_batch(ecg, scheduler):
    def loop(batch, **noise):
        scale = 1 if scheduler is None else 0.001
        with ecg.sampler((batch, 512), scheduler, 6, noise=Noise.philox(**noise), timestep_scale=scale) as sampler:
            return sampler()

    whole = loop(8, seed=7)
    np.testing.assert_allclose(loop(3, seed=7, rows=range(4, 7)), whole[4:7], rtol=0, atol=1e-5)
    for row in (0, 5, 7):
        np.testing.assert_allclose(loop(1, seed=7, rows=[row]), whole[row : row + 1], rtol=0, atol=1e-5)


def test_equal_batches_have_equal_bits_whatever_their_rows(ecg):
    with ecg.sampler((2, 512), steps=4, noise=Noise.philox(7, rows=[5, 9])) as sampler:
        first = sampler()
        sampler.restart(Noise.philox(7, rows=[9, 5]))
        assert same_bits(sampler()[::-1].copy(), first)


def test_every_element_may_have_a_seed(ecg):
    def loop(batch, noise):
        with ecg.sampler((batch, 512), steps=4, noise=noise) as sampler:
            return sampler()

    mixed = loop(2, Noise.philox([3, 4], rows=[0, 0]))
    for element, seed in enumerate((3, 4)):
        np.testing.assert_allclose(mixed[element], loop(1, Noise.philox(seed))[0], rtol=0, atol=1e-5)
    torch = loop(2, Noise.torch([3, -4]))
    for element, seed in enumerate((3, -4)):
        np.testing.assert_allclose(torch[element], loop(1, Noise.torch([seed]))[0], rtol=0, atol=1e-5)


def test_torch_noise_is_pytorchs(ecg):
    torch = pytest.importorskip("torch")
    start = torch.randn(SHAPE, generator=torch.Generator().manual_seed(11))
    drawn = ecg.sampler(SHAPE, steps=4, noise=Noise.torch(11))()
    assert same_bits(drawn, ecg.sampler(SHAPE, steps=4)(start))


def test_draws_go_on_and_begin_anew(ecg):
    sampler = ecg.sampler((1, 512), "DDPMScheduler", 5, noise=Noise.philox(3), timestep_scale=0.001)
    first, second = sampler(), sampler()
    assert not same_bits(first, second)
    sampler.restart(Noise.philox(3))
    assert same_bits(sampler(), first)
    assert same_bits(sampler(), second)


def test_given_draws(ecg):
    sampler = ecg.sampler((1, 512), "DDPMScheduler", 5, timestep_scale=0.001)
    assert sampler.draws == 4
    draws, start = numbers(4, 1, 1, 512), numbers(1, 1, 512, seed=1)
    sampler.restart(Noise.given(draws))
    assert same_bits(sampler(start), sampler(start))
    with pytest.raises(unet1d.ArgumentError, match="begins"):
        sampler()
    with pytest.raises(unet1d.Error, match="draws"):
        sampler.restart(Noise.given(draws[:3]))


# ---------------------------------------------------------------------------------------------------------- samplers


def test_what_a_sampler_says(ecg):
    sampler = ecg.sampler((1, 512), steps=50)
    assert (sampler.steps, sampler.sample_shape, sampler.draws) == (50, (1, 1, 512), 0)
    assert sampler.timesteps.shape == (50,)
    assert (np.diff(sampler.timesteps) < 0).all()
    assert repr(sampler) == "<unet1d.Sampler for (1, 1, 512), 50 steps>"


def test_output_of_the_caller(ecg):
    sampler = ecg.sampler(SHAPE, steps=4)
    start, out = numbers(*SHAPE), np.empty(SHAPE, np.float32)
    expected = sampler(start)
    assert sampler(start, out=out) is out
    assert same_bits(out, expected)
    assert same_bits(sampler(start, out=start), expected)


def test_strength(ecg):
    sampler = ecg.sampler(SHAPE, steps=10)
    sample = sampler()
    assert same_bits(sampler(sample=sample, strength=0), sample)
    little, much = (abs(sampler(sample=sample, strength=s) - sample).mean() for s in (0.2, 0.8))
    assert 0 < little < much


def test_held_values(ecg):
    sampler = ecg.sampler(SHAPE, steps=6)
    values = numbers(*SHAPE) / 4
    for positions in [(10, 20), range(10, 20), slice(10, 20), [(10, 15), slice(15, 20)]]:
        sampler.hold(values, positions, channels=(0, 1), level="noised", repetitions=2)
        held = sampler()
        assert same_bits(held[:, :, 10:20].copy(), values[:, :, 10:20].copy())
    assert not same_bits(held[:, :, 30:40].copy(), values[:, :, 30:40].copy())
    sampler.hold(None)
    assert not same_bits(sampler()[:, :, 10:20].copy(), values[:, :, 10:20].copy())


def test_policies_read_an_observation():
    model = unet1d.load(POLICY, threads=1)
    shape = model.plan((1, 16)).sample_shape
    sampler = model.sampler(shape, unet1d.Scheduler(name="DDIMScheduler"), 4)
    width = model.plan((1, 16)).global_cond_count
    with pytest.raises(unet1d.ArgumentError, match="observation"):
        sampler()
    start = numbers(*shape)
    made = []
    for seed in (1, 2):
        sampler.set_condition(numbers(1, width, seed=seed))
        made.append(sampler(start))
    assert made[0].shape == shape
    assert not same_bits(*made)


REFUSED = {
    "strength alone": (lambda s: s(strength=0.5), unet1d.ArgumentError, "sample: found none"),
    "sample alone": (lambda s: s(sample=np.zeros(SHAPE)), unet1d.ArgumentError, "strength"),
    "strength": (lambda s: s(sample=np.zeros(SHAPE), strength=1.5), unet1d.ArgumentError, "0 to 1"),
    "noise": (lambda s: s(np.zeros((1, 1, 512))), unet1d.ShapeError, "expected the sampler's"),
    "a source": (lambda s: s(Noise.philox(1)), unet1d.ArgumentError, "restart"),
    "level": (lambda s: s.hold(np.zeros(SHAPE), level="loose"), unet1d.ArgumentError, "'noised'"),
    "positions": (lambda s: s.hold(np.zeros(SHAPE), (0, 600)), unet1d.ArgumentError, "512"),
    "stride": (lambda s: s.hold(np.zeros(SHAPE), slice(0, 10, 2)), unet1d.ArgumentError, "stride"),
    "seeds": (lambda s: s.restart(Noise.torch([1, 2, 3])), unet1d.Error, "3 seeds"),
    "rows": (lambda s: s.restart(Noise.philox(1, rows=[1, 2, 3])), unet1d.Error, "rows|numbers"),
    "seed": (lambda s: Noise.philox(-1), unet1d.ArgumentError, "expected 0 to"),
    "no seed": (lambda s: Noise.torch([]), unet1d.ArgumentError, "none"),
    "half a seed": (lambda s: Noise.philox(0.5), unet1d.ArgumentError, "integers"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_is_refused(ecg, case):
    call, kind, text = REFUSED[case]
    with ecg.sampler(SHAPE, steps=4) as sampler, pytest.raises(kind, match=text):
        call(sampler)


def test_schedulers_are_found(ecg):
    assert isinstance(ecg.sampler((1, 512), ECG, 3), unet1d.Sampler)
    file = ECG / "scheduler/scheduler_config.json"
    assert same_bits(ecg.sampler((1, 512), file, 3)(), ecg.sampler((1, 512), unet1d.Scheduler(ECG), 3)())
    with pytest.raises(unet1d.SchedulerError, match="DPMSolverMultistepScheduler"):
        ecg.sampler((1, 512), "UnknownScheduler")
    with pytest.raises(unet1d.ArgumentError, match="DDIMScheduler"):
        unet1d.load(PLANNER).sampler((1, 32))
    with pytest.raises(unet1d.SchedulerError, match="steps"):
        ecg.sampler((1, 512), "DDIMScheduler", 2000)
    in_memory = unet1d.from_tensors((ECG / "unet/config.json").read_text())
    with pytest.raises(unet1d.SchedulerError, match="tensors in memory"):
        in_memory.sampler((1, 512))
    assert in_memory.sampler((1, 512), "DDIMScheduler", 3).steps == 3


# ------------------------------------------------------------------------------------------------------ watched loops


def test_callback_sees_every_step(ecg):
    sampler = ecg.sampler(SHAPE, steps=5)
    start, seen = numbers(*SHAPE), []

    def see(step):
        assert not step.sample.flags.writeable
        seen.append((step.index, step.timestep, step.sample.copy(), step.estimate.copy()))

    made = sampler(start, callback=see)
    assert [index for index, *_ in seen] == [0, 1, 2, 3, 4]
    assert [timestep for _, timestep, *_ in seen] == list(sampler.timesteps)
    assert same_bits(seen[-1][2], made)
    assert seen[0][3].shape == SHAPE
    assert same_bits(made, sampler(start))


@pytest.mark.parametrize("answer", [False, np.False_])
def test_callback_ends_the_loop(ecg, answer):
    sampler = ecg.sampler(SHAPE, steps=5)
    seen = []
    made = sampler(callback=lambda step: seen.append(step.sample.copy()) or (answer if len(seen) == 2 else True))
    assert len(seen) == 2
    assert same_bits(made, seen[-1])


@pytest.mark.parametrize("kind", [ZeroDivisionError, KeyboardInterrupt, SystemExit])
def test_what_a_callback_raises_is_raised(ecg, kind):
    sampler = ecg.sampler(SHAPE, steps=50)
    seen = []

    def see(step):
        seen.append(step.index)
        raise kind("here")

    with pytest.raises(kind, match="here"):
        sampler(callback=see)
    assert seen == [0]
    assert sampler().shape == SHAPE


def test_loops_leave_nothing_for_the_collector(ecg):
    sampler = ecg.sampler(SHAPE, steps=2)

    gc.collect()
    gc.disable()
    try:
        left = [weakref.ref(sampler(callback=lambda step: None)) for _ in range(3)]
        assert [ref() for ref in left] == [None] * 3
    finally:
        gc.enable()


def test_a_callback_cannot_use_its_sampler(ecg):
    sampler = ecg.sampler(SHAPE, steps=3)
    with pytest.raises(unet1d.BusyError, match="sampler"):
        sampler(callback=lambda step: sampler())


def test_a_second_thread_is_refused(ecg):
    sampler = ecg.sampler(SHAPE, steps=3)
    begun, ends = threading.Event(), threading.Event()

    def wait(step):
        begun.set()
        ends.wait(10)

    thread = threading.Thread(target=sampler, kwargs={"callback": wait})
    thread.start()
    begun.wait(10)
    for call in (sampler, sampler.restart, sampler.close, lambda: sampler.draws):
        with pytest.raises(unet1d.BusyError):
            call()
    ends.set()
    thread.join()


@pytest.fixture
def interruptible():
    """Ctrl-C raises, also where these tests run behind a shell's ``&``, which has SIGINT ignored."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("delay", [0.02, 0.05, 0.11, 0.23])
def test_ctrl_c_ends_a_loop(ecg, delay):
    sampler = ecg.sampler((8, 512), "DDIMScheduler", 1000, timestep_scale=0.001)
    timer = threading.Timer(delay, os.kill, (os.getpid(), signal.SIGINT))
    timer.start()
    begin = time.perf_counter()
    with pytest.raises(KeyboardInterrupt):
        sampler()
    assert time.perf_counter() - begin < 2
    timer.join()
    assert sampler.steps == 1000


def test_a_view_that_is_kept_outlives_its_sampler(ecg):
    kept = []
    with ecg.sampler(SHAPE, steps=3) as sampler:
        result = sampler(callback=lambda step: kept.append(step.sample))
    del sampler
    gc.collect()
    assert same_bits(kept[-1], result)
