"""Sessions under threads and processes, and what happens to what was closed."""

from __future__ import annotations

import gc
import multiprocessing
import os
import pickle
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest

import unet1d
from conftest import ECG, PLANNER, TINY, VALUE, numbers, same_bits

SHAPE = (1, 14, 32)


@pytest.fixture(scope="module")
def model():
    return unet1d.load(PLANNER, threads=1)


def test_threads_with_a_session_each_compute_the_same(model):
    sample = numbers(*SHAPE)
    expected = model.session(SHAPE)(sample, 3)

    def run(_):
        with model.session(SHAPE) as session:
            return [session(sample, 3) for _ in range(20)]

    with ThreadPoolExecutor(4) as pool:
        outputs = [output for outputs in pool.map(run, range(4)) for output in outputs]
    assert all(same_bits(output, expected) for output in outputs)


def test_a_second_thread_is_refused(ecg):
    session = ecg.session((64, 512))
    sample, out = numbers(64, 1, 512), np.empty((64, 1, 512), np.float32)
    thread = threading.Thread(target=lambda: [session(sample, 0.5, out) for _ in range(3)])

    def run_meanwhile():
        while thread.is_alive():
            session(sample, 0.5)

    thread.start()
    with pytest.raises(unet1d.BusyError, match="make one for each thread"):
        run_meanwhile()
    thread.join()
    assert session(sample, 0.5).shape == (64, 1, 512)


def test_workers_decide_no_bits():
    sample = numbers(2, 1, 512)
    first, second = (unet1d.load(ECG, threads=threads).session((2, 512))(sample, 0) for threads in (1, 3))
    assert same_bits(first, second)


def test_several_shapes(model):
    session = model.session([(1, 32), (2, 32), (3, 16)])
    for shape in [(3, 14, 16), (1, 14, 32), (2, 14, 32), (3, 14, 16)]:
        sample = numbers(*shape)
        assert same_bits(session(sample, 3), model.session(shape)(sample, 3))
    session.prepare((4, 32))
    assert session(numbers(4, 14, 32), 3).shape == (4, 14, 32)
    assert len(session.plans) == 4


def test_gradients(model):
    sample = numbers(1, 14, 32)
    output, gradient = model.gradient_session((1, 32))(sample, 3)
    assert same_bits(output, model.session((1, 32))(sample, 3))
    direction, step = numbers(1, 14, 32, seed=1), 1e-2
    session = model.session((1, 32))
    ahead, behind = (session(sample + sign * step * direction, 3).sum(dtype=float) for sign in (1, -1))
    assert np.isclose((ahead - behind) / (2 * step), (gradient * direction).sum(dtype=float), rtol=1e-2, atol=1e-2)


def test_context_managers_close():
    with unet1d.load(TINY, threads=1) as model, model.session((1, 32)) as session:
        sample = numbers(*session.plan.sample_shape)
        session(sample, 3)
    with pytest.raises(unet1d.HandleError):
        session(sample, 3)
    with pytest.raises(unet1d.HandleError):
        model.session((1, 32))
    session.close()
    model.close()


def test_sessions_outlive_their_model():
    model = unet1d.load(TINY, threads=1)
    session = model.session((1, 32))
    sample = numbers(*session.plan.sample_shape)
    expected = session(sample, 3)
    model.close()
    del model
    gc.collect()
    assert same_bits(session(sample, 3), expected)


def test_models_and_sessions_are_pickled_by_path(model):
    sample = numbers(*SHAPE)
    session = model.session(SHAPE)
    for copied in (pickle.loads(pickle.dumps(session)), pickle.loads(pickle.dumps(model)).session(SHAPE)):
        assert same_bits(copied(sample, 3), session(sample, 3))


def test_models_in_memory_are_not_pickled():
    model = unet1d.from_tensors((TINY / "config.json").read_text())
    with pytest.raises(TypeError, match="save it, and load that"):
        pickle.dumps(model)


def _forward(model):
    return model.session(SHAPE)(numbers(*SHAPE), 3)


def test_spawned_processes_compute_the_same(model):
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        assert same_bits(pool.apply(_forward, (model,)), _forward(model))


FORK = """
import os, sys, unet1d
model = unet1d.load(sys.argv[1], threads=2)
session = model.session((1, 32))
child = os.fork()
if child == 0:
    try:
        unet1d.load(sys.argv[1])
    except unet1d.Error as error:
        print(error, flush=True)
    del session, model
    os._exit(0)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_a_number_becomes_a_timestep_for_each_element():
    """As it would be read for one: fractions of tensors stay, Python's and NumPy's float64 are truncated."""
    value = unet1d.load(VALUE, threads=1)
    sample = numbers(3, 14, 32)
    each = value.session(unet1d.Shape(3, 32, 3))
    for timestep, entry in [
        (4, 4),
        (4.7, 4),
        (np.float64(4.7), 4),
        (np.array(4.7), 4),
        (np.float32(4.7), np.float32(4.7)),
        ([4.7], 4.7),
    ]:
        assert same_bits(each(sample, timestep), each(sample, np.repeat(entry, 3))), timestep
    with pytest.raises(unet1d.TimestepError):
        each(sample, float("nan"))


@pytest.mark.parametrize("sample", [np.float32(3), 3.0, np.zeros(4), np.zeros((1, 2, 3, 4))])
def test_a_sample_of_another_rank_is_refused(model, sample):
    with pytest.raises(unet1d.ShapeError):
        model.session(SHAPE)(sample, 1)


@pytest.mark.parametrize("shape", [unet1d.Shape((1 << 64) + 1, 32), (1, -32), (1, 32.5), (1 << 63, 32)])
def test_sizes_that_are_no_sizes_are_refused(model, shape):
    with pytest.raises(unet1d.Error):
        model.session(shape)


@pytest.mark.parametrize("options", [{"threads": 2.5}, {"threads": 0}, {"threads": 1 << 40}])
def test_counts_of_threads_are_whole(options):
    with pytest.raises(unet1d.ArgumentError, match="threads: found"):
        unet1d.load(TINY, **options)


def test_forked_processes_are_refused():
    done = subprocess.run([sys.executable, "-c", FORK, TINY], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    assert "found a forked process" in done.stdout
    assert 'set_start_method("spawn")' in done.stdout


EARLY = """
import os, sys, unet1d
child = os.fork()
if child == 0:
    unet1d.load(sys.argv[1], threads=1)
    os._exit(0)
assert os.waitpid(child, 0)[1] == 0
"""


def test_a_process_forked_before_any_use_is_as_good_as_another():
    done = subprocess.run([sys.executable, "-c", EARLY, TINY], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr


FIRST = """
import sys, numpy
known = set(sys.modules)
import unet1d
output = unet1d.load(sys.argv[1], threads=1).session((1, 32))(numpy.zeros((1, 14, 32), "f4"), 3)
print(*{name.partition(".")[0] for name in set(sys.modules) - known} - set(sys.stdlib_module_names))
"""


def test_the_first_output_imports_nothing_more_than_numpy():
    done = subprocess.run([sys.executable, "-c", FIRST, PLANNER], capture_output=True, text=True, check=True)
    assert set(done.stdout.split()) - {"numpy"} == {"unet1d"}


@pytest.mark.skipif(not os.path.exists("/proc/self/statm"), reason="no /proc")
def test_sessions_that_are_dropped_leave_no_memory():
    """10,000 sessions of a tiny model."""

    def resident() -> int:
        with open("/proc/self/statm") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    model = unet1d.load(TINY, threads=1)
    sample = numbers(*model.plan((1, 8)).sample_shape)
    for count in range(10_000):
        model.session((1, 8))(sample, 3)
        if count == 1000:
            before = resident()
    assert resident() - before < 2 << 20
