"""The module's sessions: their number, many threads, and memory."""

from __future__ import annotations

import gc
import threading
import weakref

import pytest

torch = pytest.importorskip("torch")
diffusers = pytest.importorskip("diffusers")

from torch_models import PLANNER, TINY, agree, noise, theirs  # noqa: E402

import unet1d  # noqa: E402


def test_sessions_are_kept_up_to_a_limit():
    module = unet1d.from_diffusers(theirs(TINY), threads=1, sessions=3)
    with torch.no_grad():
        for length in range(4, 12):
            module(noise(1, 3, length), 3)
        sessions = module._engine._sessions
        assert [key[0][2] for key, _ in sessions._idle] == [9, 10, 11]
        module(noise(1, 3, 9), 3)
        module(noise(1, 3, 4), 3)
        assert [key[0][2] for key, _ in sessions._idle] == [11, 9, 4]


def test_many_threads_call_one_module():
    module = unet1d.from_diffusers(theirs(PLANNER), threads=2)
    samples = [noise(1, 14, 8 + 8 * (i % 3), seed=i) for i in range(8)]
    with torch.no_grad():
        expected = [module(sample, i).sample for i, sample in enumerate(samples)]
    failures = []

    def work(i):
        with torch.no_grad():
            for _ in range(50):
                if not torch.equal(module(samples[i], i).sample, expected[i]):
                    failures.append(i)
                    return

    workers = [threading.Thread(target=work, args=(i,)) for i in range(8)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert not failures
    assert len(module._engine._sessions) <= 8


def test_weights_change_while_threads_call():
    reference = theirs(TINY)
    module = unet1d.from_diffusers(reference, threads=1)
    errors = []

    def work():
        try:
            with torch.no_grad():
                for _ in range(100):
                    module(noise(1, 3, 8), 3)
        except Exception as error:
            errors.append(error)

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    with torch.no_grad():
        for _ in range(20):
            for parameter in reference.parameters():
                parameter.mul_(1.001)
    for worker in workers:
        worker.join()
    assert not errors
    assert agree(reference, module, noise(1, 3, 8))


def resident_bytes() -> int:
    gc.collect()
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def test_forwards_leak_nothing():
    module, sample = unet1d.from_diffusers(theirs(TINY), threads=1), noise(1, 3, 8)
    with torch.no_grad():
        for _ in range(1000):
            module(sample, 3)
        before = resident_bytes()
        for _ in range(10_000):
            module(sample, 3)
    assert resident_bytes() - before < 4 << 20


def test_sessions_leak_nothing():
    module = unet1d.from_diffusers(theirs(TINY), threads=1, sessions=1)
    with torch.no_grad():
        for i in range(200):
            module(noise(1, 3, 4 + i % 2), 3)
        before = resident_bytes()
        for i in range(2000):
            module(noise(1, 3, 4 + i % 2), 3)
    assert resident_bytes() - before < 8 << 20


def test_a_module_that_nobody_has_is_given_back():
    reference = theirs(TINY)
    module = unet1d.from_diffusers(reference, threads=1)
    with torch.no_grad():
        module(noise(1, 3, 8), 3)
    gone = weakref.ref(module._engine.model)
    del module
    gc.collect()
    assert gone() is None
