"""The command line of `table`: figures from recorded runs, and README's section of them."""
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


def figures(paths: list[Path]) -> str:
    """The tables of the files: forwards, then cold starts, whichever there are; PeerError when there are none."""
    runs, starts = read_runs(paths), cold_start.read(paths)
    tables = ([table.markdown(runs)] if runs else []) + ([cold_start.markdown(starts)] if starts else [])
    if not tables:
        raise PeerError(f"no measurements in {', '.join(map(str, paths))}")
    return "\n\n".join(tables)


def section(paths: list[Path], readme: Path) -> str:
    """What stands between the markers of a README: how to read the tables, the files as links, the tables."""
    runs, links = read_runs(paths), []
    for path in paths:
        target = os.path.relpath(path.resolve(), readme.resolve().parent)
        links.append(f"[{path.name}]({target})")
    return (
        f"Medians of one forward in ms, float32 unless a column says otherwise, on {machine(runs)}.\n"
        "*Times as fast* is the time of the fastest peer (bold) over UNet1D's: the median of the runs, then the worst\n"
        "run, then the range of single rounds. *Rewritten* graphs have FIR resampling as depthwise convolution and Mish\n"
        "as exponentials before export; they and bf16 are apart. Dashes: not measured. Raw samples:\n"
        f"{', '.join(links)}.\n\n{figures(paths)}")


def machine(runs: list[Run]) -> str:
    hosts = dict.fromkeys(f"{run.host['cores']} processors ({run.host['cpu']})" for run in runs)
    return " and ".join(hosts) or "an unknown machine"


def split(text: str, readme: Path) -> tuple[str, str, str]:
    """What is before the section, in it and after it, the markers outside; PeerError when they are not there once."""
    if text.count(BEGIN) != 1 or text.count(END) != 1 or text.index(END) < text.index(BEGIN):
        raise PeerError(f"{readme}: needs one {BEGIN} and one {END} after it")
    before, _, rest = text.partition(BEGIN)
    inside, _, after = rest.partition(END)
    return before + BEGIN, inside, END + after


def replace_section(readme: Path, paths: list[Path]) -> None:
    before, _, after = split(readme.read_text(), readme)
    readme.write_text(f"{before}\n{section(paths, readme)}\n{after}")


def check_section(readme: Path) -> str | None:
    """None when the section is what the files it names give; a sentence otherwise."""
    _, inside, _ = split(readme.read_text(), readme)
    paths = [readme.parent / target for target in LINK.findall(inside)]
    if not paths:
        return f"{readme}: its figures name no file of runs"
    if inside.strip() != section(paths, readme).strip():
        names = " ".join(os.path.relpath(path) for path in paths)
        return f"{readme}: its figures are not those of the files it names; renew: table --readme {readme} {names}"
    return None


def parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="table", description="Makes the tables of recorded runs. Several runs: medians, and the worst ratio.",
        epilog="Exit status: 0; 1 when README is not up to date or a requirement is missed; 2 when a file is wrong.")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="of Profiles/Runs")
    parser.add_argument("--readme", type=Path, metavar="PATH",
                        help=f"replace what is between {BEGIN} and {END} instead of printing")
    parser.add_argument("--check", action="store_true",
                        help="say whether a README (default: the package's) is up to date with the files it names")
    parser.add_argument("--require-all", action="store_true",
                        help="print every requirement with its worst run; exit 1 unless all are met")
    options = parser.parse_args(arguments)
    if options.check == bool(options.files):
        parser.error("needs files, or --check without files")
    return options


def run(options: argparse.Namespace) -> int:
    if options.check:
        if wrong := check_section(options.readme or ROOT / "README.md"):
            print(f"error: {wrong}", file=sys.stderr)
        return 1 if wrong else 0
    if options.readme:
        replace_section(options.readme, options.files)
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
