"""Cores are one process's at a time, and come back when it ends."""

from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from nodes import wait_until

import unet1d
from unet1d.ray import lease
from unet1d.ray.placement import Core, _chosen, usable_cores


def test_a_core_has_one_owner(tmp_path: Path) -> None:
    every = sum(len(core.cpus) for core in usable_cores())
    first = lease(1, folder=tmp_path)
    assert len(first.cores) == 1
    with pytest.raises(unet1d.WorkerError, match=f"found {every - len(first.cpus)} free CPUs, expected {every}"):
        lease(every, folder=tmp_path)
    first.release()
    first.release()
    with lease(every, folder=tmp_path) as all_of_them:
        assert all_of_them.cpus == os.sched_getaffinity(0)


def test_a_lease_binds_every_thread(tmp_path: Path) -> None:
    with lease(1, folder=tmp_path) as own:
        own.bind()
        for thread in os.listdir("/proc/self/task"):
            assert os.sched_getaffinity(int(thread)) == own.cpus


def test_a_killed_process_gives_its_cores_back(tmp_path: Path) -> None:
    count = sum(len(core.cpus) for core in usable_cores())
    program = (
        "import sys, time, unet1d.ray\n"
        f"held = unet1d.ray.lease({count}, folder=sys.argv[1])\n"
        "print('held', flush=True)\n"
        "time.sleep(100)"
    )
    owner = subprocess.Popen([sys.executable, "-c", program, str(tmp_path)], stdout=subprocess.PIPE)
    assert owner.stdout is not None
    assert owner.stdout.readline() == b"held\n"
    with pytest.raises(unet1d.WorkerError):
        lease(1, folder=tmp_path)
    owner.send_signal(signal.SIGKILL)
    owner.communicate()
    wait_until(lambda: lease(count, folder=tmp_path), seconds=10).release()


def test_a_forked_child_does_not_keep_them(tmp_path: Path) -> None:
    own = lease(1, folder=tmp_path)
    read, write = os.pipe()
    child = os.fork()
    if child == 0:
        os.read(read, 1)
        os._exit(0)
    count = sum(len(core.cpus) for core in usable_cores())
    own.release()
    wait_until(lambda: _attempt(count, tmp_path), seconds=10)
    os.write(write, b"x")
    os.waitpid(child, 0)


def test_a_lease_that_nobody_has_is_none(tmp_path: Path) -> None:
    count = sum(len(core.cpus) for core in usable_cores())
    own = lease(count, folder=tmp_path)
    assert not _attempt(1, tmp_path)
    del own
    gc.collect()
    assert _attempt(count, tmp_path)


def _attempt(count: int, folder: Path) -> bool:
    try:
        lease(count, folder=folder).release()
    except unet1d.WorkerError:
        return False
    return True


#: Cores as node and CPUs; wanted CPUs; the first CPUs of what is chosen.
CHOICES = [
    ([(0, 1), (0, 1), (1, 1)], 1, [2]),
    ([(0, 1), (0, 1), (1, 1)], 2, [0, 1]),
    ([(0, 1), (0, 1), (1, 1)], 3, [0, 1, 2]),
    ([(0, 2), (0, 2), (1, 2), (1, 2), (1, 2)], 3, [0, 2]),
    ([(0, 2), (0, 2), (1, 2), (1, 2), (1, 2)], 6, [4, 6, 8]),
    ([(0, 1), (1, 1), (1, 1)], 3, [1, 2, 0]),
]


@pytest.mark.parametrize(("machine", "cpus", "expected"), CHOICES)
def test_cores_are_of_the_fullest_node_that_suffices(
    machine: list[tuple[int, int]], cpus: int, expected: list[int], tmp_path: Path
) -> None:
    cores, next_cpu = {}, 0
    for node, width in machine:
        cores[Core(tuple(range(next_cpu, next_cpu + width)), node)] = 0
        next_cpu += width
    assert [core.cpus[0] for core in _chosen(cores, cpus, tmp_path)] == expected


@pytest.mark.parametrize("cpus", [0, -1])
def test_no_cpus_are_refused(cpus: int, tmp_path: Path) -> None:
    with pytest.raises(unet1d.ArgumentError, match="cpus: found"):
        lease(cpus, folder=tmp_path)
