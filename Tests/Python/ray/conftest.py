"""Models, this machine's environment for Ray's processes, and a made-up cluster of a head and two nodes, on loopback."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[3]

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_AUTH_MODE"] = "disabled"
os.environ["RAY_DEDUP_LOGS"] = "0"
# Ray looks for nodes on loopback only where it takes clusters for unsupported.
os.environ["RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER"] = "0"


@pytest.fixture(scope="session")
def ecg() -> str:
    """A trained model with its scheduler: (batch, 1, 512)."""
    return str(ROOT / "Profiles/Models/ecg-512")


@pytest.fixture(autouse=True)
def _own_leases(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> None:
    """Leases that no process outside of the test has."""
    monkeypatch.setenv("UNET1D_LEASES", str(tmp_path_factory.mktemp("leases")))


@pytest.fixture(autouse=True)
def _unbound() -> Iterator[None]:
    """Gives this process's threads their CPUs back."""
    before = os.sched_getaffinity(0)
    yield
    for thread in os.listdir("/proc/self/task"):
        os.sched_setaffinity(int(thread), before)


class Nodes:
    """A head for reading and writing, and two nodes of one CPU each for actors."""

    def __init__(self) -> None:
        from ray.cluster_utils import Cluster

        shared = {"node_ip_address": "127.0.0.1", "include_dashboard": False}
        self.cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 2, **shared})
        self.nodes = [self.cluster.add_node(num_cpus=1, **shared) for _ in range(2)]

    @property
    def address(self) -> str:
        return str(self.cluster.address)

    def actors(self) -> list[int]:
        """Processes of the nodes in which a Denoiser runs."""
        raylets = {node.all_processes["raylet"][0].process.pid for node in self.cluster.worker_nodes}
        raylets.add(self.cluster.head_node.all_processes["raylet"][0].process.pid)
        return [pid for pid in _processes() if _parent(pid) in raylets and "Denoiser" in _title(pid)]

    def kill_node(self) -> None:
        self.cluster.remove_node(self.nodes.pop(), allow_graceful=False)


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    pytest.importorskip("ray")
    made = Nodes()
    yield made
    made.cluster.shutdown()


def _processes() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]


def _title(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""


def _parent(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def wait_until(condition: Callable[[], Any], seconds: float = 120) -> Any:
    """What a condition comes to, once that is true."""
    end = time.monotonic() + seconds
    while True:
        found = condition()
        if found:
            return found
        assert time.monotonic() < end, "what was waited for did not happen"
        time.sleep(0.05)


@pytest.fixture(scope="session")
def command() -> list[str]:
    return [sys.executable, "-m", "unet1d.ray"]
