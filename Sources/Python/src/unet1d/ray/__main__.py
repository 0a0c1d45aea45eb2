"""``python -m unet1d.ray``: jobs and a server from a shell."""

from __future__ import annotations

import argparse
import logging
import os
import re
import sys
from collections.abc import Mapping
from contextlib import nullcontext
from typing import Any

from .._errors import Error


def main(arguments: list[str] | None = None) -> int:
    """Runs a command. An error that ends it is the last line on standard error, and the status is 2.

    A row that fails ends nothing: the status stays 0.
    """
    options = _parser().parse_args(arguments)
    if not getattr(options, "address", None) and not os.environ.get("RAY_ADDRESS"):
        keep_to_loopback()
    # Ray Data writes the whole trace of an error that it raises, too. Its console leaves out records that are hidden.
    logging.getLogger("ray.data.exceptions").addFilter(_hide)
    try:
        status: int = options.run(options)
    except Exception as error:
        if not isinstance(error, (Error, OSError, ImportError)) and not _is_rays(error):
            raise
        text = _line(error)
        _disconnect()
        print(f"error: {text}", file=sys.stderr)
        return 2
    return status


def _disconnect() -> None:
    """Ends Ray in this process, which else goes on writing what its workers log."""
    ray = sys.modules.get("ray")
    if ray is not None and ray.is_initialized():
        ray.shutdown()


def _hide(record: logging.LogRecord) -> bool:
    record.hide = True
    return True


def _is_rays(error: Exception) -> bool:
    exceptions = sys.modules.get("ray.exceptions")
    return exceptions is not None and isinstance(error, exceptions.RayError)


def _line(error: Exception) -> str:
    """An error's text. Of Ray's, which are traces from another process: the error with which they began."""
    if not _is_rays(error):
        return str(error)
    text = re.sub(r"\x1b\[[0-9;]*m", "", str(error)).strip()
    origin = text.split("\nThe above exception was", 1)[0]
    raised = re.findall(r"^[\w.]+(?:Error|Exception): .+$", origin, re.MULTILINE)
    line = raised[-1] if raised else origin.partition("\n")[0]
    return re.sub(r"^unet1d\._errors\.\w+: ", "", line) or type(error).__name__


def keep_to_loopback() -> None:
    """Makes a cluster of this machine alone listen on loopback only. Of use before Ray is imported.

    Ray does so on systems for which it has no clusters; this takes Linux for one of them.
    """
    os.environ.setdefault("RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "0")


def _generate(options: argparse.Namespace) -> int:
    denoiser = {
        **_shared(options),
        "mode": "generate",
        "seed": options.seed,
        "steps": options.steps,
        "scheduler": options.scheduler,
        "length": options.length,
        "seconds": options.seconds,
        "clamp": not options.no_clamp,
    }
    first, last = options.rows
    if options.local:
        from . import local

        return _run_here(options, local.numbered(first, last), denoiser)
    from . import job

    job.connect(options.address)
    return _run(options, job.numbered(first, last, options.batch_size), denoiser)


def _forward(options: argparse.Namespace) -> int:
    denoiser = {**_shared(options), "mode": "forward"}
    if options.local:
        from . import local

        return _run_here(options, local.opened(options.input, options.timestep), denoiser)
    from . import job

    job.connect(options.address)
    return _run(options, job.opened(options.input, options.batch_size, options.timestep), denoiser)


def _run_here(options: argparse.Namespace, columns: Mapping[str, Any], denoiser: dict[str, Any]) -> int:
    """Computes in this process, on cores that no other command of this machine has, where so many are free."""
    from . import local
    from .denoiser import leased

    held = leased(options.threads_per_actor, False)
    with held or nullcontext():
        if held:
            held.bind()
        failed = local.run(columns, options.output, denoiser)
    return _reported(failed, len(columns["id"]))


def _run(options: argparse.Namespace, dataset: Any, denoiser: dict[str, Any]) -> int:
    from . import job

    job.run(
        dataset,
        options.output,
        denoiser,
        actors=options.actors,
        cpus_per_actor=options.threads_per_actor,
        batch_size=options.batch_size,
        form=options.format,
        checkpoint=options.checkpoint,
    )
    return 0


def _serve(options: argparse.Namespace) -> int:
    from .server import serve_until_stopped

    serve_until_stopped(options)
    return 0


def _shared(options: argparse.Namespace) -> dict[str, Any]:
    return {
        "model": options.model,
        "batch": options.batch,
        "threads": options.threads_per_actor,
        **{name: getattr(options, name) for name in ("accuracy", "precision", "isa") if getattr(options, name)},
    }


def _reported(failed: Mapping[int, str], rows: int) -> int:
    for place, error in list(failed.items())[:1]:
        print(f"{len(failed)} of {rows} rows failed and are NaN; the first is number {place}: {error}", file=sys.stderr)
    return 0


def _range(text: str) -> tuple[int, int]:
    first, _, last = text.partition(":")
    rows = (int(first), int(last))
    if not 0 <= rows[0] < rows[1] <= 1 << 32:
        raise ValueError
    return rows


_range.__name__ = "A:B, rows from A, inclusive, to B, exclusive; found"


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise ValueError
    return number


_positive.__name__ = "whole number of 1 or more; found"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m unet1d.ray", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    generate = commands.add_parser("generate", help="samples of numbered rows")
    generate.set_defaults(run=_generate)
    _add_shared(generate)
    generate.add_argument("--rows", type=_range, required=True, metavar="A:B", help="rows A to B - 1")
    generate.add_argument("--seed", type=int, default=0, help="the noise's seed; default: 0")
    generate.add_argument("--steps", type=_positive, default=100, help="steps of a loop; default: 100")
    generate.add_argument("--scheduler", help="a class of diffusers; default: the model folder's own")
    size = generate.add_mutually_exclusive_group()
    size.add_argument("--length", type=_positive, help="positions; default: the model's sample_size")
    size.add_argument("--seconds", type=float, help="seconds instead of positions")
    generate.add_argument("--no-clamp", action="store_true", help="leave samples as they are; default: -1 to 1")
    _add_job(generate)

    forward = commands.add_parser("forward", help="outputs of samples at their timesteps")
    forward.set_defaults(run=_forward)
    _add_shared(forward)
    forward.add_argument("--input", required=True, help="Parquet, safetensors, or one .npy file of samples")
    forward.add_argument("--timestep", type=float, help="every row's, for input without one")
    _add_job(forward)

    serve = commands.add_parser("serve", help="a server of KServe's protocol; SIGTERM drains it")
    serve.set_defaults(run=_serve)
    _add_shared(serve)
    serve.add_argument("--name", default="unet1d", help="the model's name in paths; default: unet1d")
    serve.add_argument("--host", default="127.0.0.1", help="the address to listen on; default: 127.0.0.1")
    serve.add_argument("--port", type=int, default=8000, help="default: 8000")
    serve.add_argument("--length", type=_positive, action="append", help="a length to prepare; may be repeated")
    serve.add_argument("--replicas", type=_positive, default=1, help="processes; default: 1")
    serve.add_argument("--queue", type=_positive, default=64, help="samples that may wait in a replica; default: 64")
    serve.add_argument("--wait-ms", type=float, default=2, help="how long a batch waits to fill; default: 2")
    serve.add_argument("--address", help="a cluster to join; default: one of this machine alone")
    return parser


def _add_shared(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("model", help="what unet1d.load takes, found on every machine")
    parser.add_argument("--batch", type=_positive, default=1, help="rows of a forward; decides bits; default: 1")
    parser.add_argument("--threads-per-actor", type=_positive, default=1, help="cores of a process; default: 1")
    parser.add_argument("--accuracy", help="fast or strict")
    parser.add_argument("--precision", help="f32, f16-weights, bf16-weights or bf16")
    parser.add_argument("--isa", help="avx512, avx2 or generic: for equal bits on machines of several kinds")


def _add_job(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--output", required=True, help="a folder; with --local a .safetensors or .npy file")
    parser.add_argument("--local", action="store_true", help="in this process, without Ray")
    parser.add_argument("--actors", type=_positive, default=1, help="processes; default: 1")
    parser.add_argument("--batch-size", type=_positive, default=64, help="rows of a call of an actor; default: 64")
    parser.add_argument("--format", choices=("parquet", "safetensors"), default="parquet", help="default: parquet")
    parser.add_argument("--checkpoint", help="a shared folder, by which a job that is run again goes on")
    parser.add_argument("--address", help="a cluster to join; default: RAY_ADDRESS, else this machine alone")


if __name__ == "__main__":
    sys.exit(main())
