"""The command line of `compare`."""
from __future__ import annotations

import argparse
import sys
from datetime import datetime, timezone
from pathlib import Path

from . import record
from .checkpoints import prepare
from .comparison import Comparison, compare
from .errors import PeerError
from .peer import Job
from .placement import choose_cpus
from .registry import DEFAULT_PEERS, PEERS, find_peers
from .requirement import FASTEST, Requirement
from .table import markdown
from .unet1d import UNet1D
from .workloads import select_workloads

FOLDER = Path(__file__).resolve().parent.parent
ROOT = FOLDER.parent.parent


def positive_integers(text: str) -> list[int]:
    numbers = [int(part) for part in text.split(",")]
    if min(numbers) < 1:
        raise ValueError(text)
    return numbers


def names(text: str) -> list[str]:
    return [part for part in text.split(",") if part]


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="compare", description="Times UNet1D against its peers on the workloads of Profiles/Workloads.",
        epilog="Exit status: 0; 1 when a workload fails or a requirement is missed; 2 when the arguments are wrong.")
    parser.add_argument("--workloads", type=names, default=["*"], metavar="NAME,…",
                        help="names or patterns such as 'hopper-*' (default: all)")
    parser.add_argument("--threads", type=positive_integers, default=[1, 2], metavar="N,…",
                        help="thread counts (default: 1,2)")
    parser.add_argument("--rounds", type=int, default=5, metavar="N", help="alternations (default: 5)")
    parser.add_argument("--seconds", type=float, default=2, metavar="S",
                        help="measured time of a peer in a round; at least one forward (default: 2)")
    parser.add_argument("--peers", type=names, default=DEFAULT_PEERS, metavar="NAME,…",
                        help=f"from: {', '.join(PEERS)} (default: {','.join(DEFAULT_PEERS)})")
    parser.add_argument("--bench", type=Path, default=ROOT / ".build/release/unet1d-bench", metavar="PATH",
                        help="unet1d-bench (default: .build/release/unet1d-bench of the package)")
    parser.add_argument("--require", type=Requirement.parse, action="append", default=[],
                        metavar="WORKLOAD[@THREADS]=RATIO",
                        help="exit 1 unless UNet1D is at least that many times as fast; may be repeated")
    parser.add_argument("--against", choices=[*PEERS, FASTEST], default="pytorch", metavar="NAME",
                        help=f"the peer of --require, or {FASTEST}: the fastest float32 peer (default: pytorch)")
    parser.add_argument("--runs", type=Path, default=ROOT / "Profiles/Runs", metavar="DIR",
                        help="where raw samples are appended (default: Profiles/Runs)")
    options = parser.parse_args(arguments)
    if options.rounds < 1 or not options.seconds > 0:
        parser.error("--rounds and --seconds must be above zero")
    return options


def progress(text: str) -> None:
    if sys.stderr.isatty():
        print(f"\r\x1b[K{text}", end="", file=sys.stderr, flush=True)


def run(options: argparse.Namespace) -> int:
    profiles, cache = ROOT / "Profiles/Workloads", FOLDER / ".cache"
    workloads, peers = select_workloads(profiles, options.workloads), find_peers(options.peers)
    placements = {threads: choose_cpus(threads) for threads in options.threads}
    started = datetime.now(timezone.utc)
    comparisons: list[Comparison] = []
    failures: list[str] = []
    for workload in workloads:
        progress(f"{workload.name}: checkpoint")
        prepared = prepare(profiles / f"{workload.name}.json", cache)
        for threads, cpus in placements.items():
            job = Job(workload, prepared.model, prepared.tensors, threads, cpus, options.bench.resolve())
            try:
                comparison = compare(job, UNet1D, peers, options.rounds, options.seconds, progress)
            except PeerError as error:
                failures.append(f"{workload.name}@{threads}: {error}")
                continue
            comparisons.append(comparison)
            failures += [f"{workload.name}@{threads}: {failure}" for failure in comparison.failures]
            record.append(comparison, options.runs, started)
    progress("")
    if comparisons:
        print(markdown(comparisons))
    for requirement in options.require:
        failures += requirement.failures(comparisons, options.against)
    for failure in failures:
        print(f"error: {failure}", file=sys.stderr)
    return 1 if failures else 0


def main() -> int:
    try:
        return run(parse(sys.argv[1:]))
    except PeerError as error:
        progress("")
        print(f"error: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main())
