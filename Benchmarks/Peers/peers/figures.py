"""The command line of `table`: figures from recorded runs, and the published documents that show them."""
from __future__ import annotations

import argparse
import os
import re
import sys
from pathlib import Path

from . import cold_start, requirement, table
from .comparison import Run
from .errors import PeerError
from .record import read_runs

FOLDER = Path(__file__).resolve().parent.parent
ROOT = FOLDER.parent.parent
REQUIREMENTS = FOLDER / "requirements.json"

BEGIN, END = "<!-- figures: begin -->", "<!-- figures: end -->"
LINK = re.compile(r"\]\(([^()]+\.jsonl)\)")

# Where figures stand: a few in README, all of them in RESULTS, which names the files that both come from.
README, RESULTS = "README.md", "Benchmarks/RESULTS.md"

# README's rows, and their thread count.
HEADLINES = {
    "hopper-h32-b1": "Diffuser planner",
    "hopper-h32-b64": "planner, batch of 64",
    "value-h32-b1": "value function",
    "small-8192-b1": "Dance Diffusion, three levels, length 8192",
    "dance-64k": "Dance Diffusion, length 65,536",
    "ecg-512": "ECG denoiser, length 512",
}
HEADLINE_THREADS = 2


def figures(paths: list[Path]) -> str:
    """The tables of the files: forwards, then cold starts, whichever there are; PeerError when there are none."""
    runs, starts = read_runs(paths), cold_start.read(paths)
    tables = ([table.markdown(runs)] if runs else []) + ([cold_start.markdown(starts)] if starts else [])
    if not tables:
        raise PeerError(f"no measurements in {', '.join(map(str, paths))}")
    return "\n\n".join(tables)


def headlines(paths: list[Path]) -> str:
    """What stands between the markers of README."""
    return table.short(read_runs(paths), HEADLINES, HEADLINE_THREADS)


def section(paths: list[Path], results: Path) -> str:
    """What stands between the markers of RESULTS: how to read the tables, the files as links, the tables."""
    runs, links = read_runs(paths), []
    for path in paths:
        target = os.path.relpath(path.resolve(), results.resolve().parent)
        links.append(f"[{path.name}]({target})")
    return (
        f"Medians of one forward in ms on {machine(runs)}, in float32 unless a column says otherwise. A dash means: not\n"
        "measured.\n\n"
        "- *Times as fast*: the time of the fastest peer (bold) divided by UNet1D's, the median of the runs.\n"
        "- *Worst run*: the least such ratio of a run. *By round*: the least and the greatest ratio of a single round.\n"
        "- *Rewritten*: before export, FIR resampling became a depthwise convolution and Mish a quotient of exponentials.\n"
        "  Rewritten graphs and bf16 have columns of their own.\n"
        f"- Raw samples: {', '.join(links)}.\n\n{figures(paths)}")


def machine(runs: list[Run]) -> str:
    hosts = dict.fromkeys(f"{run.host['cores']} processors ({run.host['cpu']})" for run in runs)
    return " and ".join(hosts) or "an unknown machine"


def split(text: str, document: Path) -> tuple[str, str, str]:
    """What is before the section, in it and after it, the markers outside; PeerError when they are not there once."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(END) < text.index(BEGIN):
        raise PeerError(f"{document}: needs one {BEGIN} and one {END} after it")
    before, _, rest = text.partition(BEGIN)
    inside, _, after = rest.partition(END)
    return before + BEGIN, inside, END + after


def published(root: Path, paths: list[Path]) -> dict[Path, str]:
    """What the files give for each document of the package in folder `root`."""
    return {root / README: headlines(paths), root / RESULTS: section(paths, root / RESULTS)}


def publish(root: Path, paths: list[Path]) -> None:
    """Replaces what stands between the markers of all documents."""
    for document, text in published(root, paths).items():
        before, _, after = split(document.read_text(), document)
        document.write_text(f"{before}\n{text}\n{after}")


def check(root: Path) -> str | None:
    """None when all documents show what the files give that RESULTS names; a sentence otherwise."""
    results = root / RESULTS
    _, inside, _ = split(results.read_text(), results)
    paths = [results.parent / target for target in LINK.findall(inside)]
    if not paths:
        return f"{results}: its figures name no file of runs"
    for document, text in published(root, paths).items():
        _, inside, _ = split(document.read_text(), document)
        if inside.strip() != text.strip():
            names = " ".join(os.path.relpath(path) for path in paths)
            return f"{document}: its figures are not those of the files that {RESULTS} names; renew: table --publish {names}"
    return None


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="table", description="Makes the tables of recorded runs. Several runs: medians, and the worst ratio.",
        epilog="Exit status: 0; 1 when a document is not up to date or a requirement is missed; 2 when a file is wrong.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="of Profiles/Runs")
    parser.add_argument("--publish", action="store_true",
                        help=f"renew what is between {BEGIN} and {END} in {README} and {RESULTS} instead of printing")
    parser.add_argument("--check", action="store_true",
                        help=f"say whether {README} and {RESULTS} are up to date with the files that {RESULTS} names")
    parser.add_argument("--require-all", action="store_true",
                        help="print every requirement with its worst run; exit 1 unless all are met")
    options = parser.parse_args(arguments)
    if options.check == bool(options.files):
        parser.error("needs files, or --check without files")
    return options


def run(options: argparse.Namespace) -> int:
    if options.check:
        if wrong := check(ROOT):
            print(f"error: {wrong}", file=sys.stderr)
        return 1 if wrong else 0
    if options.publish:
        publish(ROOT, options.files)
    else:
        print(figures(options.files))
    if not options.require_all:
        return 0
    runs = read_runs(options.files)
    verdicts = [each for floor in requirement.read_requirements(REQUIREMENTS) for each in floor.verdicts(runs)]
    print(f"\n{requirement.markdown(verdicts)}")
    return 0 if all(verdict.met for verdict in verdicts) else 1


def main() -> int:
    try:
        return run(parse(sys.argv[1:]))
    except (PeerError, OSError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 2
