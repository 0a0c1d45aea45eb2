#!/usr/bin/env python3
"""Random numbers of PyTorch on CPU, as they come from a seed: writes noise/torch.json.

    python noise.py [--out DIR]

A case is a list of seeds and a list of shapes that are drawn one after another, with diffusers' `randn_tensor`: from one
generator if there is one seed, else from one for each sample. Seeds are those that `manual_seed` gets, as unsigned 64-bit numbers
in decimal. Of each draw the file holds `first` and `last`, the bits of up to four values, and `fnv`, FNV-1a 64 of the bits of
all values: hash = (hash XOR bits) · 0x100000001b3 mod 2^64, from 0xcbf29ce484222325.

PyTorch's vectorised path has other last digits on processors without AVX2; the script refuses to run there.
"""
import argparse, json, os
import numpy as np
import torch
from diffusers.utils.torch_utils import randn_tensor

HERE = os.path.dirname(os.path.abspath(__file__))

# Below 16 elements each value is drawn alone and the second of a pair is kept; from 16 on groups of 16 are filled, and the last 16
# once more if they are no whole group. 624 words are renewed together.
SHAPES = [(1,), (2,), (3,), (7,), (1, 2, 4), (1, 3, 5), (16,), (17,), (1, 1, 31), (32,), (33,), (47,), (1, 10, 10), (1, 14, 32),
    (623,), (624,), (625,), (3, 14, 32), (2, 7, 129), (64, 2, 25), (1, 2, 24576), (2, 2, 16384), (1, 2, 65536), (2, 2, 65536)]
SEEDS = [0, 1, 42, 5489, 2**32 - 1, 2**32, 2**32 + 7, 2**63, -1, -7, 20240203]


def digest(values):
    hash = 0xcbf29ce484222325
    for bits in values.tolist():
        hash = (hash ^ bits) * 0x100000001b3 & 0xffffffffffffffff
    return f"{hash:016x}"


def case(seeds, shapes):
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    draws = []
    for shape in shapes:
        values = randn_tensor(shape, generator=generators).numpy().reshape(-1).view(np.uint32)
        draws.append(dict(shape=list(shape), first=values[:4].tolist(), last=values[-4:].tolist(), fnv=digest(values)))
    return dict(seeds=[str(seed % 2**64) for seed in seeds], draws=draws)


def cases():
    for i, shape in enumerate(SHAPES):
        yield case([SEEDS[i % len(SEEDS)]], [shape])
    for seed in SEEDS:
        yield case([seed], [(5,), (100,)])
    # A kept value outlives draws of groups.
    yield case([3], [(15,), (17,), (1,), (16,), (3,), (1, 14, 32), (5,), (7,), (1,), (2,), (625,), (9,)])
    # Draws of a loop, for one generator and for one a sample.
    yield case([0], [(2, 14, 32)] * 5)
    yield case([8, 9, 8], [(3, 2, 7)] * 3)
    yield case([10, 11], [(2, 1, 5)] * 3)
    yield case([10, 11], [(2, 14, 33)] * 3)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", default=os.path.join(HERE, "..", "noise"))
    out = parser.parse_args().out
    if torch.backends.cpu.get_cpu_capability() not in ("AVX2", "AVX512"):
        raise SystemExit("noise.py: PyTorch uses neither AVX2 nor AVX-512 here: take a machine that has them")
    os.makedirs(out, exist_ok=True)
    lines = ",\n".join("  " + json.dumps(entry) for entry in cases())
    with open(os.path.join(out, "torch.json"), "w") as file:
        file.write(f'{{"torch": "{torch.__version__}", "cases": [\n{lines}\n]}}\n')


main()
