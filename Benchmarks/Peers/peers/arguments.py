"""The flags of `compare`."""
from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path

from . import cold_start, gradients, latency, loading, loops
from .figures import ROOT
from .registry import DEFAULT_PEERS, PEERS, SETS
from .requirement import FASTEST, OPPONENTS, Requirement
from .schedule import NAMES, Schedule
from .sweep import SWEEP_BATCHES, SWEEP_LENGTHS

DEFAULT_ROUNDS = 5
DEFAULT_THREADS = [1, 2]


def positive_integers(text: str) -> list[int]:
    numbers = [int(part) for part in text.split(",")]
    if min(numbers) < 1:
        raise ValueError(text)
    return numbers


def names(text: str) -> list[str]:
    return [part for part in text.split(",") if part]


def parse(arguments: list[str]) -> argparse.Namespace:
    """Reads the flags; `schedules` becomes a list of Schedule, or None where none was named."""
    parser = argparse.ArgumentParser(
        prog="compare", description="Times UNet1D against its peers on the workloads of Profiles/Workloads.",
        epilog="Exit status: 0; 1 when a workload fails or a requirement is missed; 2 when the arguments are wrong.")
    what = parser.add_argument_group("what runs")
    what.add_argument("--workloads", type=names, metavar="NAME,…",
                      help="names or patterns such as 'hopper-*' (default: all; with --require-all those required; "
                           f"with --cold-start {','.join(cold_start.WORKLOADS)}; "
                           f"with --loading {','.join(loading.WORKLOADS)}; "
                           f"with --loops {','.join(loops.WORKLOADS)}; "
                           f"with --gradients {','.join(gradients.WORKLOADS)}; "
                           f"with --latency {','.join(latency.WORKLOADS)})")
    what.add_argument("--peers", type=names, metavar="NAME,…",
                      help=f"from: {', '.join(PEERS)}; or all of a group: {', '.join(SETS)} "
                           f"(default: {','.join(DEFAULT_PEERS)}; with --latency {','.join(latency.PEERS)}; "
                           f"with --loops, of robot policies, {','.join(loops.PEERS)})")
    what.add_argument("--threads", type=positive_integers, metavar="N,…",
                      help="thread counts (default: 1,2; with --latency 1)")
    what.add_argument("--schedules", type=names, metavar="NAME,…",
                      help=f"from: {', '.join(NAMES)} (default: plain, and with --require-all those required)")
    what.add_argument("--period", type=float, default=20, metavar="MS",
                      help="of the schedules with a period, from start to start (default: 20)")
    what.add_argument("--batch", type=positive_integers, metavar="N,…",
                      help="batches instead of the workloads' own; shapes that the reference refuses are skipped")
    what.add_argument("--length", type=positive_integers, metavar="N,…", help="the same for lengths")
    what.add_argument("--sweep", action="store_true",
                      help=f"batches {','.join(map(str, SWEEP_BATCHES))} and lengths "
                           f"{','.join(map(str, SWEEP_LENGTHS))}, unless named, of a few workloads, unless named")
    what.add_argument("--cold-start", action="store_true",
                      help="instead of forwards, measure from process start to the end of the first forward")
    what.add_argument("--loading", action="store_true",
                      help="instead of forwards, measure loads: time and memory of each form of a checkpoint, beside "
                           "PyTorch's; needs unet1d-gates beside unet1d-bench")
    what.add_argument("--loops", action="store_true",
                      help="instead of forwards, measure whole denoising loops, beside diffusers' "
                           "DanceDiffusionPipeline, of robot policies beside the peers in diffusers' DDIM")
    what.add_argument("--gradients", action="store_true",
                      help="instead of forwards, measure outputs with their gradient and guided plans, beside PyTorch's "
                           "autograd; needs planner-example beside unet1d-bench")
    what.add_argument("--latency", action="store_true",
                      help="instead of medians, measure how steady forwards are: percentiles by block, beside a probe of "
                           "the machine's own noise")
    how = parser.add_argument_group("how long")
    how.add_argument("--rounds", type=int, metavar="N",
                     help=f"alternations (default: {DEFAULT_ROUNDS}; with --cold-start {cold_start.ROUNDS}, "
                          f"with --loading {loading.ROUNDS}, with --loops {loops.ROUNDS}, "
                          f"with --gradients {gradients.ROUNDS}, "
                          f"with --latency {latency.BLOCKS} blocks)")
    how.add_argument("--seconds", type=float, default=2, metavar="S",
                     help="measured time of a peer in a round; at least one forward (default: 2)")
    how.add_argument("--forwards", type=int, default=latency.FORWARDS, metavar="N",
                     help=f"with --latency: forwards of each in a block (default: {latency.FORWARDS})")
    how.add_argument("--group", type=int, default=latency.GROUP, metavar="N",
                     help=f"with --latency: forwards before it is another's turn (default: {latency.GROUP})")
    floors = parser.add_argument_group("floors")
    floors.add_argument("--require", type=Requirement.parse, action="append", default=[],
                        metavar="WORKLOAD[@THREADS]=RATIO",
                        help="exit 1 unless UNet1D is at least that many times as fast; may be repeated")
    floors.add_argument("--against", choices=OPPONENTS, default="pytorch", metavar="NAME",
                        help=f"the opponent of --require: a peer, or the fastest as exported ({FASTEST}), of the "
                             "rewritten or of bf16, or UNet1D with '1 thread' (default: pytorch)")
    floors.add_argument("--require-all", action="store_true",
                        help="the same for all of requirements.json, at every thread count there")
    files = parser.add_argument_group("files")
    files.add_argument("--bench", type=Path, default=ROOT / ".build/release/unet1d-bench", metavar="PATH",
                       help="unet1d-bench (default: .build/release/unet1d-bench of the package)")
    files.add_argument("--runs", type=Path, default=ROOT / "Profiles/Runs", metavar="DIR",
                       help="where raw samples are appended (default: Profiles/Runs)")
    options = parser.parse_args(arguments)
    if options.rounds is None:
        options.rounds = (
            cold_start.ROUNDS if options.cold_start else loading.ROUNDS if options.loading
            else loops.ROUNDS if options.loops else gradients.ROUNDS if options.gradients else latency.BLOCKS if options.latency else DEFAULT_ROUNDS)
    options.peers = options.peers or (
        latency.PEERS if options.latency else loops.PEERS if options.loops else DEFAULT_PEERS)
    options.threads = options.threads or (latency.THREADS if options.latency else DEFAULT_THREADS)
    if min(options.forwards, options.group) < 1:
        parser.error("--forwards and --group must be above zero")
    if options.latency + options.cold_start + options.loading + options.loops + options.gradients > 1:
        parser.error("--latency, --cold-start, --loading, --loops and --gradients are five measurements")
    if options.rounds < 1 or not (options.seconds > 0 and options.period > 0):
        parser.error("--rounds, --seconds and --period must be above zero")
    if (options.cold_start or options.latency or options.loading or options.loops or options.gradients) and (
            options.require or options.require_all or options.schedules):
        parser.error("--cold-start, --latency, --loading, --loops and --gradients take no requirements and no schedules")
    try:
        if options.schedules is not None:
            options.schedules = [Schedule.named(name, options.period) for name in options.schedules]
    except ValueError as error:
        parser.error(f"--schedules: no {error}; there are: {', '.join(NAMES)}")
    options.require = [replace(floor, against=options.against) for floor in options.require]
    return options
