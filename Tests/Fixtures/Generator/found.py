#!/usr/bin/env python3
"""Fixtures of habits that people publish, made from whichever diffusers is installed.

    python found.py [--out DIR]

Run once with diffusers 0.26.3 and once with 0.36.0; each writes the folder of its version, in the layout of generate.py.
"""
import argparse, os

import diffusers
import generate

# The embedding's channels counted in in_channels, not in extra_in_channels: the sample brings what is left.
FOURIER = dict(
    extra_in_channels=0, out_channels=1, down_block_types=["DownBlock1DNoSkip", "DownBlock1D"],
    up_block_types=["UpBlock1D", "UpBlock1DNoSkip"], block_out_channels=[10, 32])
RESIDUAL = dict(
    generate.SUITE_UNET, in_channels=3, block_out_channels=[8, 16], down_block_types=["DownResnetBlock1D"] * 2,
    up_block_types=[], out_block_type=None, downsample_each_block=True)

CASES = {
    "0.26.3": [
        dict(name="in_counts_time", config=dict(FOURIER, in_channels=19), sample_channels=3, B=2, L=24, t=("i64_1d", [7]),
             note="16 of the 19 in_channels are the embedding's"),
        dict(name="in_counts_positional_time", config=dict(FOURIER, in_channels=13, time_embedding_type="positional"),
             sample_channels=3, B=2, L=24, t=("i64_1d", [7]), note="10 of the 13 in_channels are the embedding's"),
    ],
    "0.36.0": [
        dict(name="newer_in_counts_time", config=dict(FOURIER, in_channels=23), sample_channels=3, B=2, L=24, t=("i64_1d", [7]),
             note="20 of the 23 in_channels are the embedding's, which is twice the first width"),
        dict(name="newer_mid_downsamples", config=RESIDUAL, sample_channels=3, B=2, L=22, t=("i64_1d", [7]),
             note="MidResTemporalBlock1D with downsample_each_block, which 0.26.3 raises for"),
    ],
}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--out", default=os.path.join(generate.HERE, os.pardir, "found"))
    arguments = parser.parse_args()
    version = diffusers.__version__
    cases = [dict(case, expect="ok", inter="none") for case in CASES[version]]
    generate.generate("found/" + version, cases, os.path.join(arguments.out, version))


if __name__ == "__main__":
    main()
