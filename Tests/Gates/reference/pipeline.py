"""`generate` beside diffusers' DanceDiffusionPipeline: the same seed gives the same clip.

Models: the trained ECG model, a three-level model with the weights with which PyTorch begins, and that of diffusers' own
fast test, with the figures that the test expects.

    pipeline.py BENCH ECG [--plant]

BENCH is unet1d-bench, ECG the model's folder. `--plant` takes another seed in each case, and must fail.
"""
import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

import diffusers
import numpy
import torch
from diffusers import DanceDiffusionPipeline, IPNDMScheduler, UNet1DModel

diffusers.utils.logging.set_verbosity_error()
TOLERANCE = 2e-5
RATE = 16_000

# diffusers 0.26.3, tests/pipelines/dance_diffusion/test_dance_diffusion.py.
FAST_TEST = numpy.array([-0.7265, 1.0000, -0.8388, 0.1175, 0.9498, -1.0000])
FAST_TEST_TOLERANCE = 1e-2


def three_levels(seed):
    """The fast test's model is that of seed 0."""
    torch.manual_seed(seed)
    model = UNet1DModel(
        block_out_channels=(32, 32, 64), extra_in_channels=16, sample_size=512, sample_rate=RATE, in_channels=2,
        out_channels=2, flip_sin_to_cos=True, use_timestep_embedding=False, time_embedding_type="fourier",
        mid_block_type="UNetMidBlock1D", down_block_types=("DownBlock1DNoSkip", "DownBlock1D", "AttnDownBlock1D"),
        up_block_types=("AttnUpBlock1D", "UpBlock1D", "UpBlock1DNoSkip"))
    return DanceDiffusionPipeline(model.eval(), IPNDMScheduler())


class Case:
    def __init__(self, name, pipeline, steps, seconds=None, seed=1234, batches=(1, 3)):
        self.name, self.pipeline, self.steps, self.seconds = name, pipeline, steps, seconds
        self.seed, self.batches = seed, batches

    def theirs(self, batch):
        return self.pipeline(
            batch_size=batch, num_inference_steps=self.steps, generator=torch.manual_seed(self.seed),
            audio_length_in_s=self.seconds).audios

    def ours(self, bench, folder, batch, plant):
        output = folder / "clip.npy"
        length = [] if self.seconds is None else ["--seconds", self.seconds]
        words = [
            bench, "generate", folder / self.name, "--output", output, "--steps", self.steps, "--batch", batch,
            "--generator", "torch", "--seed", self.seed + plant, "--quiet", *length]
        subprocess.run([str(word) for word in words], check=True, stdout=subprocess.DEVNULL)
        return numpy.load(output)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bench", type=Path)
    parser.add_argument("ecg", type=Path)
    parser.add_argument("--plant", action="store_true")
    options = parser.parse_args()
    torch.set_num_threads(1)
    three, fast = three_levels(1), three_levels(0)
    cases = [
        Case("ecg", DanceDiffusionPipeline.from_pretrained(options.ecg), 50),
        Case("three-levels", three, 50),
        # At 100.5 positions the model runs at 104, at 104.5 at 112.
        Case("three-levels", three, 10, seconds=100.5 / RATE),
        Case("three-levels", three, 10, seconds=104.5 / RATE),
        Case("fast-test", fast, 4, seed=0, batches=(1, 3)),
    ]
    others = 0
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        for case in cases:
            case.pipeline.set_progress_bar_config(disable=True)
            case.pipeline.save_pretrained(folder / case.name)
            for batch in case.batches:
                theirs, ours = case.theirs(batch), case.ours(options.bench, folder, batch, options.plant)
                worst = abs(theirs - ours).max() if theirs.shape == ours.shape else float("inf")
                others += worst >= TOLERANCE
                inside = (abs(theirs) < 1).mean()
                if inside < 0.1:
                    sys.exit(f"pipeline: {case.name}: nearly everything is cut to -1 ... 1, which says nothing")
                print(
                    f"{case.name}, {case.steps} steps, {ours.shape}: within {worst:.1e} of the pipeline's; "
                    f"{inside:.0%} are not cut")
        ours = cases[-1].ours(options.bench, folder, 1, options.plant)
        worst = abs(ours[0, -3:, -3:].flatten() - FAST_TEST).max()
        others += worst >= FAST_TEST_TOLERANCE
        print(f"diffusers' fast test: within {worst:.1e} of the figures that it expects")
    if others:
        print(f"pipeline: {others} other clips", file=sys.stderr)
    return 1 if others else 0


if __name__ == "__main__":
    sys.exit(main())
