"""Writes Tests/Fixtures/schedulers/weights.json: weights of ten steps of some schedulers, computed from the papers' formulas
with 50 digits (mpmath), without diffusers.

A tensor is a dictionary of its weights of u, v, e, h1, h2, h3, l; z is apart.
"""
import json, pathlib
from mpmath import mp, mpf, atan2, cos, exp, expm1, log, lu_solve, matrix, pi, sin, sqrt, factorial

mp.dps = 50
STEPS = 10


class Tensor(dict):
    def __add__(a, b):
        return Tensor({k: a.get(k, 0) + b.get(k, 0) for k in {*a, *b}})

    def __rmul__(a, factor):
        return Tensor({k: factor * w for k, w in a.items()})

    def __sub__(a, b):
        return a + -1 * b


u, v, e, h1, h2, h3, l = (Tensor({name: mpf(1)}) for name in ("u", "v", "e", "h1", "h2", "h3", "l"))
H = [h1, h2, h3]

# a, the cumulative product of 1 - beta, beta from 0.0001 to 0.02.
A = [1 - mpf("0.0001")]
for i in range(1, 1000):
    A.append(A[-1] * (1 - (mpf("0.0001") + (mpf("0.02") - mpf("0.0001")) * i / 999)))
S = [sqrt((1 - a) / a) for a in A]
LEADING = [900 - 100 * i for i in range(STEPS)]
LINSPACE11 = [int(mp.nint(mpf(999) * i / STEPS)) for i in range(STEPS, 0, -1)]


def level(sigma):
    return 1 / sqrt(1 + sigma**2), sigma / sqrt(1 + sigma**2)


def row(time, next, noise=0, kept=Tensor(), corrected=Tensor()):
    return {"timestep": time, "next": next, "noise": noise, "kept": kept, "corrected": corrected}


def ipndm():
    noise = [sin(pi / 2 * (1 - mpf(i) / STEPS)) ** 2 for i in range(STEPS + 1)]
    signal = [sqrt(1 - b * b) for b in noise]
    adams = [[1], [mpf(3) / 2, -mpf(1) / 2], [mpf(23) / 12, -mpf(16) / 12, mpf(5) / 12]]
    adams += [[mpf(55) / 24, -mpf(59) / 24, mpf(37) / 24, -mpf(9) / 24]]
    for i in range(STEPS):
        k = noise[i] * u + signal[i] * v
        slope = Tensor()
        for weight, term in zip(adams[min(i, 3)], [k, *H]):
            slope = slope + weight * term
        # At the first signal, which is zero, the clean sample is left out: it has no weight.
        clean = 1 / signal[i] * (u - noise[i] * slope) if i else Tensor()
        yield row(2 / pi * atan2(noise[i], signal[i]), signal[i + 1] * clean + noise[i + 1] * slope, kept=k)


def ddim(eta=mpf("0.5")):
    for t in LEADING:
        a, b = A[t], A[t - 100] if t else mpf(1)
        deviation = eta * sqrt((1 - b) / (1 - a) * (1 - a / b))
        clean = 1 / sqrt(a) * (u - sqrt(1 - a) * v)
        yield row(t, sqrt(b) * clean + sqrt(1 - b - deviation**2) * v, deviation)


def ddpm():
    for t in LEADING:
        a, b = A[t], A[t - 100] if t else mpf(1)
        beta = 1 - a / b
        mean = sqrt(b) * beta / (1 - a) * e + sqrt(a / b) * (1 - b) / (1 - a) * u
        yield row(t, mean, sqrt((1 - b) / (1 - a) * beta) if t else 0)


def sigmas():
    return [S[t] for t in LINSPACE11] + [S[0]]


def dpm(order, heun=False, sde=False):
    run = sigmas()
    lam = [-log(s) for s in run]
    for i, t in enumerate(LINSPACE11):
        (alpha, sigma), (alpha2, sigma2) = level(run[i]), level(run[i + 1])
        k = 1 / alpha * (u - sigma * v)
        h = lam[i + 1] - lam[i]
        used = min(order, i + 1)
        d1, d2 = Tensor(), Tensor()
        if used > 1:
            r0 = (lam[i] - lam[i - 1]) / h
            d1 = 1 / r0 * (k - h1)
        if used > 2:
            r1 = (lam[i - 1] - lam[i - 2]) / h
            d10, d11 = d1, 1 / r1 * (h1 - h2)
            d1 = d10 + r0 / (r0 + r1) * (d10 - d11)
            d2 = 1 / (r0 + r1) * (d10 - d11)
        if sde:
            q = 1 - exp(-2 * h)
            next = sigma2 / sigma * exp(-h) * u + alpha2 * q * k + alpha2 * q / 2 * d1
            noise = sigma2 * sqrt(q)
        else:
            q = exp(-h) - 1
            next = sigma2 / sigma * u - alpha2 * q * k
            next = next + (alpha2 * (q / h + 1) * d1 if heun or used > 2 else -alpha2 * q / 2 * d1)
            next, noise = next - alpha2 * ((q + h) / h**2 - mpf(1) / 2) * d2, 0
        yield row(t, next, noise, kept=k if order > 1 else Tensor())


def unipc(order):
    run = sigmas()
    lam = [-log(s) for s in run]

    def update(i, p, sample, newest, older, last):
        """From level i to i + 1 with p estimates; `last`, the one at the end, is there for the corrector."""
        (_, sigma), (alpha2, sigma2) = level(run[i]), level(run[i + 1])
        hh = -(lam[i + 1] - lam[i])
        r = [(lam[i - j] - lam[i]) / -hh for j in range(1, p)] + [mpf(1)]
        b = []
        phi = expm1(hh) / hh - 1
        for j in range(1, p + 1):
            b.append(phi * factorial(j) / expm1(hh))
            phi = phi / hh - 1 / factorial(j + 1)
        n = p if last else p - 1
        if n:
            weights = lu_solve(matrix([[x**j for x in r[:n]] for j in range(n)]), matrix(b[:n]))
            weights = [mpf(1) / 2] if (last and p == 1) or (not last and p == 2) else list(weights)
        else:
            weights = []
        differences = Tensor()
        for j, weight in enumerate(weights):
            at = last if last and j == p - 1 else older[j]
            differences = differences + weight / r[j] * (at - newest)
        return sigma2 / sigma * sample - alpha2 * expm1(hh) * newest - alpha2 * expm1(hh) * differences

    for i, t in enumerate(LINSPACE11):
        alpha, sigma = level(run[i])
        k = 1 / alpha * (u - sigma * v)
        before = min(order, STEPS - i + 1, i)
        corrected = update(i - 1, before, l, h1, [h2, h3], k) if i else u
        p = min(order, STEPS - i, i + 1)
        yield row(t, update(i, p, corrected, k, [h1, h2], None), kept=k, corrected=corrected)


def euler():
    times = [mpf(999) * i / (STEPS - 1) for i in range(STEPS - 1, -1, -1)]

    def interpolated(t):
        low = min(int(t), 998)
        return S[low] + (S[low + 1] - S[low]) * (t - low)

    run = [interpolated(t) for t in times] + [mpf(0)]
    for i, t in enumerate(times):
        scale = 1 if i == STEPS - 1 else level(run[i + 1])[0]
        yield row(t, scale / level(run[i])[0] * u + scale * (run[i + 1] - run[i]) * v)


def written(rows):
    for r in rows:
        weights = {
            name: [float(r[name].get(k, 0)) for k in ("u", "v", "e", "h1", "h2", "h3", "l")]
            for name in ("next", "kept", "corrected")
        }
        yield {"timestep": float(r["timestep"]), "noise": float(r["noise"]), **weights}


runs = {
    "ipndm": ipndm(), "ddim": ddim(), "ddpm": ddpm(), "dpm2": dpm(2, heun=True), "dpm3": dpm(3), "sde2": dpm(2, sde=True),
    "unipc3": unipc(3), "euler": euler(),
}
lines = [f'"{name}": {json.dumps(list(written(rows)))}' for name, rows in runs.items()]
path = pathlib.Path(__file__).parent.parent / "schedulers" / "weights.json"
path.write_text("{\n" + ",\n".join(lines) + "\n}\n")
