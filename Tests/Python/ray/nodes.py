"""A made-up cluster of a head and two nodes, on loopback, whose processes can be killed."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[3]


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
