#!/usr/bin/env python3
"""Random numbers of denoising loops, as they come from a seed: writes noise/torch.json and noise/philox.json.

    python noise.py [--out DIR]

torch.json: what PyTorch 2.13 draws on CPU. A case is a list of seeds and a list of shapes that are drawn one after another, with
diffusers' `randn_tensor`: from one generator if there is one seed, else from one for each sample. Seeds are those that
`manual_seed` gets, as unsigned 64-bit numbers in decimal. PyTorch's vectorised path has other last digits on processors
without AVX2; the script refuses to run there.

philox.json: `count` elements, from element `first` on, of a sample of a draw of Philox's numbers, computed here with NumPy as the
comment of PhiloxNoise says, and compared with the formula in float64.

The `digest` of a draw has `first` and `last`, the bits of up to four values, and `fnv`, FNV-1a 64 of the bits of all values:
hash = (hash XOR bits) * 0x100000001b3 mod 2^64, from 0xcbf29ce484222325.
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


# Seed, sample, draw, first element, number of elements.
PHILOX = [(0, 0, 0, 0, 16), (1, 0, 0, 0, 448), (2024, 1, 9, 0, 1000), (2024, 1, 9, 333, 40), (2**64 - 1, 2**32 - 1, 2**64 - 1, 5, 50),
    (7, 3, 2**32 + 5, 2**34 - 20, 20), (42, 0, 50, 0, 131072)]


def digest(values):
    """The digest of an array of float32 values."""
    bits = values.reshape(-1).view(np.uint32)
    hash = 0xcbf29ce484222325
    for word in bits.tolist():
        hash = (hash ^ word) * 0x100000001b3 & 0xffffffffffffffff
    return dict(first=bits[:4].tolist(), last=bits[-4:].tolist(), fnv=f"{hash:016x}")


def philox(counter, key):
    """Philox 4x32 with ten rounds: lists of uint64 arrays below 2^32."""
    x, k, low = list(counter), list(key), np.uint64(0xffffffff)
    for _ in range(10):
        p, q = x[0] * np.uint64(0xd2511f53), x[2] * np.uint64(0xcd9e8d57)
        x = [(q >> np.uint64(32)) ^ x[1] ^ np.uint64(k[0]), q & low, (p >> np.uint64(32)) ^ x[3] ^ np.uint64(k[1]), p & low]
        k = [(k[0] + 0x9e3779b9) % 2**32, (k[1] + 0xbb67ae85) % 2**32]
    return x


def polynomial(coefficients, x):
    """Highest power first; every operation rounded to float32."""
    p = np.full_like(x, coefficients[0])
    for c in coefficients[1:]:
        p = p * x + np.float32(c)
    return p


def box_muller(a, b):
    """r cos t and r sin t in float32, with r = sqrt(-2 ln((a + 1/2) / 2^32)) and t = 2 pi b / 2^32."""
    f = np.float32
    distance = a.astype(np.uint32).view(np.int32).astype(f) * f(2**-32) + f(2**-33)
    u = np.where(distance < 0, distance + f(1), distance)
    m, e = np.frexp(u)
    e = np.where(m < f(0.70710677), e - 1, e)
    x = np.where(e == 0, distance, np.ldexp(u, -e) - f(1))
    square, e = x * x, e.astype(f)
    p = polynomial([7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1, -1.6668057665e-1,
        2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1], x)
    tail = e * f(-2.12194440e-4) + p * x * square
    radius = np.sqrt((x + (tail + square * f(-0.5)) + e * f(0.693359375)) * f(-2))
    quarters = (b + np.uint64(2**29)) % np.uint64(2**32) >> np.uint64(30)
    angle = (b - (quarters << np.uint64(30))).astype(np.uint32).view(np.int32).astype(f) * f(2 * np.pi * 2**-32)
    square = angle * angle
    sine = polynomial([-1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1], square) * square * angle + angle
    cosine = polynomial([2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2], square) * square * square
    cosine = square * f(-0.5) + cosine + f(1)
    turned = [np.choose(quarters.astype(int), rows) for rows in ([cosine, -sine, -cosine, sine], [sine, cosine, -sine, -cosine])]
    exact = np.sqrt(-2 * np.log((a + 0.5) / 2**32))
    for value, function in zip(turned, (np.cos, np.sin)):
        assert np.all(abs(radius * value - exact * function(2 * np.pi * b / 2**32)) < 2.5e-7 * exact)
    return [radius * value for value in turned]


def philox_case(seed, sample, draw, first, count):
    i = np.arange(first, first + count, dtype=np.uint64)
    place = i % np.uint64(16)
    block = np.uint64(4) * (i // np.uint64(16)) + place % np.uint64(4)
    words = philox([block] + [np.full_like(i, word) for word in (sample, draw % 2**32, draw >> 32)], (seed % 2**32, seed >> 32))
    pairs = box_muller(words[0], words[1]) + box_muller(words[2], words[3])
    values = np.choose((place // np.uint64(4)).astype(int), pairs)
    return dict(seed=str(seed), sample=sample, draw=str(draw), first=first, count=count, digest=digest(values))


def case(seeds, shapes):
    generators = [torch.Generator().manual_seed(seed) for seed in seeds]
    draws = []
    for shape in shapes:
        draws.append(dict(shape=list(shape), digest=digest(randn_tensor(shape, generator=generators).numpy())))
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
    for name, entries in (("torch", cases()), ("philox", (philox_case(*entry) for entry in PHILOX))):
        lines = ",\n".join("  " + json.dumps(entry) for entry in entries)
        with open(os.path.join(out, f"{name}.json"), "w") as file:
            file.write(f'{{"cases": [\n{lines}\n]}}\n')


main()
