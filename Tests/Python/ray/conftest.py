"""A model, leases of a test's own, and a cluster of a test's own, on loopback."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest
from nodes import ROOT, Nodes

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


@pytest.fixture
def nodes() -> Iterator[Nodes]:
    pytest.importorskip("ray.data")
    made = Nodes()
    yield made
    made.cluster.shutdown()


@pytest.fixture(scope="session")
def command() -> list[str]:
    return [sys.executable, "-m", "unet1d.ray"]
