"""DanceDiffusion: the command's signals, lengths, files, pictures and progress."""

from __future__ import annotations

import sys

import numpy as np
import pytest

import unet1d
from conftest import ECG, POLICY, numbers, same_bits, write
from unet1d import Noise


@pytest.mark.parametrize("scheduler", [None, "DDIMScheduler"])
def test_pipeline_is_the_commands(ecg, generated, scheduler):
    pipe = unet1d.DanceDiffusion(ecg, scheduler=scheduler)
    options = [] if scheduler is None else ["--scheduler", scheduler]
    made = pipe(2.5, batch=2, steps=10, seed=3, clamp=False)
    assert same_bits(made.samples, generated("--seconds", 2.5, "--seed", 3, *options))
    assert pipe(2.5, batch=2, steps=10, seed=3).samples.max() <= 1


def test_changing_and_keeping_are_the_commands(ecg, generated, tmp_path):
    pipe = unet1d.DanceDiffusion(ecg)
    init = tmp_path / "init.safetensors"
    original = pipe(batch=2, steps=10, seed=1)
    write(init, sample=original.samples)
    changed = pipe(init=original, strength=0.4, steps=10, seed=2, clamp=False)
    assert same_bits(changed.samples, generated("--init", init, "--strength", 0.4, "--seed", 2))
    kept = pipe(init=original, keep=[(0, 200), (300, 512)], resample=2, steps=10, seed=2, clamp=False)
    options = ("--keep", "0:200", "--keep", "300:512", "--resample", 2, "--seed", 2)
    assert same_bits(kept.samples, generated("--init", init, *options))
    assert same_bits(kept.samples[:, :, :200], original.samples[:, :, :200])
    assert same_bits(pipe(batch=2, steps=10, seed=1).samples, original.samples)


def test_signals_are_those_of_diffusers(monkeypatch):
    """The reference computes in float64, from noise in float32: in float32 it is itself off by 1e-5 with one thread."""
    diffusers, torch = pytest.importorskip("diffusers"), pytest.importorskip("torch")
    theirs = diffusers.DanceDiffusionPipeline.from_pretrained(ECG)
    theirs.set_progress_bar_config(disable=True)
    theirs.unet.double()
    module = sys.modules[diffusers.DanceDiffusionPipeline.__module__]
    draw = module.randn_tensor

    def single(*arguments, dtype, **options):
        return draw(*arguments, dtype=torch.float32, **options).to(dtype)

    monkeypatch.setattr(module, "randn_tensor", single)
    generator = torch.Generator().manual_seed(1234)
    expected = theirs(batch_size=2, audio_length_in_s=2.5, num_inference_steps=10, generator=generator).audios
    for accuracy, tolerance in (("strict", 1e-5), ("fast", 2e-4)):
        pipe = unet1d.DanceDiffusion(ECG, accuracy=accuracy)
        made = pipe(2.5, batch=2, steps=10, noise=Noise.torch(1234)).samples
        np.testing.assert_allclose(made, expected, rtol=0, atol=tolerance)


def test_given_noise_is_the_commands(ecg, generated, tmp_path):
    start = numbers(2, 1, 512)
    write(tmp_path / "noise.safetensors", noise=start)
    made = unet1d.DanceDiffusion(ecg)(noise=start, steps=10, clamp=False)
    assert same_bits(made.samples, generated("--noise", tmp_path / "noise.safetensors"))


def test_lengths(ecg):
    pipe = unet1d.DanceDiffusion(ecg)
    assert [pipe.running_length(length) for length in (96, 97, 128, 512)] == [96, 128, 128, 512]
    assert pipe(length=100, steps=2).samples.shape == (1, 1, 100)
    assert pipe(steps=2).samples.shape == (1, 1, 512)
    assert pipe(seconds=1, steps=2).samples.shape == (1, 1, 180)
    # 576.5 positions: 576 are a whole multiple of 32, behind which diffusers takes the next one.
    assert pipe(seconds=576.5 / 180, steps=2)._repr_html_()
    assert pipe._kept[1].sample_shape == (1, 1, 608)


def test_sampler_is_kept(ecg):
    pipe = unet1d.DanceDiffusion(ecg)
    first = pipe(steps=3, seed=1)
    sampler = pipe._kept[1]
    again, other = pipe(steps=3, seed=1), pipe(steps=3)
    assert pipe._kept[1] is sampler
    assert same_bits(first.samples, again.samples)
    assert same_bits(pipe(steps=3, seed=other.seed).samples, other.samples)


def test_signal_is_shown_and_saved(ecg, tmp_path):
    signal_ = unet1d.DanceDiffusion(ecg)(batch=2, steps=3, seed=1)
    assert type(signal_) is unet1d.Signal
    assert signal_.sample_rate == 180
    assert "<svg" in signal_._repr_html_()
    assert "<audio" not in signal_._repr_html_()
    assert same_bits(np.asarray(signal_), signal_.samples)
    assert signal_.save(tmp_path / "x.npy") == [tmp_path / "x.npy"]
    assert same_bits(np.load(tmp_path / "x.npy"), signal_.samples)
    with pytest.raises(unet1d.ArgumentError, match=r"\.wav or \.npy"):
        signal_.save(tmp_path / "x.mp3")


@pytest.mark.parametrize("bits", [16, 24, 32])
def test_audio_is_a_wav_file(tmp_path, bits):
    import wave

    samples = np.linspace(-1.5, 1.5, 2 * 2 * 100, dtype=np.float32).reshape(2, 2, 100)
    audio = unet1d.Audio(samples, 16000)
    assert audio._repr_html_().count("<audio controls") == 2
    for element, path in enumerate(audio.save(tmp_path / "clip.wav", bits)):
        assert path.name == f"clip-{element}.wav"
        with wave.open(str(path)) as file:
            assert file.getparams()[:4] == (2, bits // 8, 16000, 100)
            octets = np.frombuffer(file.readframes(100), np.uint8).reshape(100, 2, bits // 8)
        wide = np.zeros((100, 2, 4), np.uint8)
        wide[..., 4 - bits // 8 :] = octets
        read_back = wide.view("<i4")[..., 0].T / 2**31
        np.testing.assert_allclose(read_back, np.clip(samples[element], -1, 1), rtol=0, atol=2 ** (2 - bits) + 1e-7)


PIPELINE_REFUSED = {
    "init alone": ({"init": np.zeros((1, 512))}, unet1d.ArgumentError, "strength or keep"),
    "strength alone": ({"strength": 0.4}, unet1d.ArgumentError, "init"),
    "kept positions": (
        {"init": np.zeros((1, 500)), "keep": (0, 501)},
        unet1d.ArgumentError,
        "a part of the signal's 500",
    ),
    "no batch": ({"batch": 0}, unet1d.ShapeError, "batch"),
    "no length": ({"length": 0}, unet1d.ShapeError, "length"),
    "short": ({"length": 20}, unet1d.ShapeError, "at least 96"),
    "no seconds": ({"seconds": 0}, unet1d.ShapeError, "180 Hz"),
    "both": ({"seconds": 1, "length": 1}, unet1d.ArgumentError, "one of the two"),
    "two seeds": ({"seed": 1, "noise": Noise.philox(1)}, unet1d.ArgumentError, "one of the two"),
    "start": ({"noise": np.zeros((1, 1, 3))}, unet1d.ShapeError, "noise"),
    "init's shape": ({"init": np.zeros((1, 2, 512)), "strength": 0.4}, unet1d.ShapeError, "init: found shape"),
}


@pytest.mark.parametrize("case", PIPELINE_REFUSED)
def test_pipeline_refuses(ecg, case):
    arguments, kind, text = PIPELINE_REFUSED[case]
    with pytest.raises(kind, match=text):
        unet1d.DanceDiffusion(ecg)(steps=2, **arguments)


def test_pipelines_are_no_policies():
    with pytest.raises(unet1d.ArgumentError, match="robot policy"):
        unet1d.DanceDiffusion(POLICY)


def test_progress_is_a_line_on_a_terminal(ecg, monkeypatch, capsys):
    from unet1d import _progress

    pipe = unet1d.DanceDiffusion(ecg)
    pipe(steps=3, progress=True)
    assert capsys.readouterr().err == ""
    monkeypatch.setattr(_progress, "_is_shown", lambda stream: True)
    pipe(steps=3, progress=True, callback=lambda step: step.index < 1)
    text = capsys.readouterr().err
    assert text.startswith("\rstep 1 of 3")
    assert text.endswith("\n")
