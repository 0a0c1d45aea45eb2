"""Cores of a machine, leased by one process at a time.

Ray counts CPUs and binds nobody to them: actors of one machine would all compute on its first cores. A lease is a lock
on a file for each core, which the kernel drops when its process ends, however that happens.
"""

from __future__ import annotations

import fcntl
import os
import tempfile
import weakref
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .._errors import ArgumentError, WorkerError

_SYSTEM = Path("/sys/devices/system")


@dataclass(frozen=True)
class Core:
    """A physical core: those of its CPUs that this process may use, and its memory node."""

    cpus: tuple[int, ...]
    node: int


class Lease:
    """Cores that are this process's own until :meth:`release`, until nobody refers to this, or until the process ends.

    A forked child does not keep them.
    """

    def __init__(self, cores: Iterable[Core], locks: Iterable[int]) -> None:
        self.cores = tuple(cores)
        self._locks = list(locks)
        weakref.finalize(self, _unlock, self._locks)
        _LEASES.add(self)

    @property
    def cpus(self) -> frozenset[int]:
        """The CPUs of the cores, by the kernel's numbers."""
        return frozenset(cpu for core in self.cores for cpu in core.cpus)

    def bind(self) -> None:
        """Binds every thread of this process to the cores; threads to come inherit that.

        A pool of workers that was made before keeps its cores.
        """
        for thread in os.listdir("/proc/self/task"):
            self._bind(int(thread))

    @contextmanager
    def bound(self) -> Iterator[None]:
        """Binds this thread for a while; threads that are made meanwhile stay bound."""
        before = os.sched_getaffinity(0)
        self._bind(0)
        try:
            yield
        finally:
            os.sched_setaffinity(0, before)

    def _bind(self, thread: int) -> None:
        try:
            os.sched_setaffinity(thread, self.cpus)
        except ProcessLookupError:
            pass  # It has ended.
        except OSError as error:
            raise WorkerError(
                f"cores {sorted(self.cpus)}: {error}; expected that this process may bind its threads: give pin=False"
            ) from error

    def release(self) -> None:
        """Gives the cores back; a second time does nothing. Threads stay bound."""
        _unlock(self._locks)

    def __enter__(self) -> Lease:
        return self

    def __exit__(self, *_: object) -> None:
        self.release()


_LEASES: weakref.WeakSet[Lease] = weakref.WeakSet()


def _unlock(locks: list[int]) -> None:
    while locks:
        os.close(locks.pop())


def _forget() -> None:
    """In a forked child, whose parent keeps the locks."""
    for held in list(_LEASES):
        held.release()


os.register_at_fork(after_in_child=_forget)


def lease(cpus: int, *, folder: str | os.PathLike[str] | None = None) -> Lease:
    """Leases whole cores with so many CPUs in all, of one memory node where one has enough that are free.

    Blocks while another process chooses, which takes less than a millisecond.

    :param cpus: as Ray counts them; a core with two hardware threads counts two.
    :param folder: where the locks are, one for all processes that share the machine; None: ``UNET1D_LEASES``, else a
        folder of this user's among the temporary ones.
    :raises WorkerError: where fewer are free.
    """
    if cpus < 1:
        raise ArgumentError(f"cpus: found {cpus}, expected 1 or more")
    place = _folder(folder)
    with open(place / "choosing", "w") as choosing:
        fcntl.flock(choosing, fcntl.LOCK_EX)
        locks: dict[Core, int] = {}
        try:
            for core in usable_cores():
                lock = _locked(place / f"core-{min(core.cpus)}")
                if lock is not None:
                    locks[core] = lock
            chosen = _chosen(locks, cpus, place)
        except BaseException:
            _close(locks.values())
            raise
        _close(lock for core, lock in locks.items() if core not in chosen)
        return Lease(chosen, (locks[core] for core in chosen))


def usable_cores() -> list[Core]:
    """The cores that this process may use, in the order of their first CPUs."""
    allowed = os.sched_getaffinity(0)
    nodes = {
        cpu: int(path.parent.name.removeprefix("node"))
        for path in _SYSTEM.glob("node/node[0-9]*/cpulist")
        for cpu in _numbers(path.read_text())
    }
    cores: dict[tuple[int, ...], Core] = {}
    for cpu in sorted(allowed):
        path = _SYSTEM / f"cpu/cpu{cpu}/topology/thread_siblings_list"
        siblings = _numbers(path.read_text()) if path.exists() else [cpu]
        own = tuple(sibling for sibling in siblings if sibling in allowed) or (cpu,)
        cores.setdefault(own, Core(own, nodes.get(cpu, 0)))
    return list(cores.values())


def _chosen(free: Mapping[Core, int], cpus: int, place: Path) -> list[Core]:
    """Of the node with the fewest free CPUs that suffice; else of several, the freest first."""
    nodes: dict[int, list[Core]] = {}
    for core in free:
        nodes.setdefault(core.node, []).append(core)
    by_freedom = sorted(nodes.values(), key=_cpus)
    candidates = next((cores for cores in by_freedom if _cpus(cores) >= cpus), None)
    if candidates is None:
        candidates = [core for cores in reversed(by_freedom) for core in cores]
    chosen: list[Core] = []
    for core in candidates:
        if _cpus(chosen) >= cpus:
            break
        chosen.append(core)
    if _cpus(chosen) < cpus:
        raise WorkerError(
            f"cores: found {_cpus(chosen)} free CPUs, expected {cpus}; others are leased in {place}: "
            "give actors fewer CPUs, start fewer of them, or give pin=False"
        )
    return chosen


def _cpus(cores: Iterable[Core]) -> int:
    return sum(len(core.cpus) for core in cores)


def _folder(folder: str | os.PathLike[str] | None) -> Path:
    named = folder or os.environ.get("UNET1D_LEASES")
    place = Path(named) if named else Path(tempfile.gettempdir()) / f"unet1d-leases-{os.getuid()}"
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    if not named and place.stat().st_uid != os.getuid():
        raise WorkerError(f"{place}: found another user's folder; name one of this user's with UNET1D_LEASES")
    return place


def _locked(path: Path) -> int | None:
    """A lock on a file, or None while another process has it."""
    lock = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return None
    return lock


def _close(locks: Iterable[int]) -> None:
    for lock in locks:
        os.close(lock)


def _numbers(text: str) -> list[int]:
    """The numbers of a list of the kernel's, such as ``0-3,8``."""
    numbers: list[int] = []
    for part in text.strip().split(","):
        if part:
            first, _, last = part.partition("-")
            numbers += range(int(first), int(last or first) + 1)
    return numbers
