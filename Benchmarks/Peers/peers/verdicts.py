"""What is asked of latencies, in how many blocks it holds, and the table of both."""
from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from .latency import PROBE, Latencies, Times
from .record import KINDS
from .table import ABSENT, lay_out, milliseconds
from .unet1d import UNet1D

SPREADS = (("p99", 1.10), ("p999", 1.25))
"""A percentile over the median may be so many times what the probe's is."""
BETTER_AT = ("p50", "p90", "p99")
KEPT_SHARE = 0.8
"""What is asked for must hold in so many of the blocks."""


@dataclass(frozen=True)
class Verdict:
    """What is asked for, and in how many of the blocks it holds."""

    asked: str
    kept: int
    blocks: int
    found: str

    @property
    def needed(self) -> int:
        return math.ceil(KEPT_SHARE * self.blocks - 1e-9)

    @property
    def met(self) -> bool:
        return self.blocks > 0 and self.kept >= self.needed


def verdicts(result: Latencies) -> list[Verdict]:
    """On undisturbed forwards: the spreads against the probe's, and each peer's percentiles. A block without one keeps nothing."""
    found: list[Verdict] = []
    for name, allowed in SPREADS:
        ratios = [
            None if ours is None or machines is None else ours / machines
            for ours, machines in (
                (block[UNet1D.name].undisturbed_spread(name), block[PROBE].undisturbed_spread(name))
                for block in result.blocks)]
        kept = sum(ratio is not None and ratio <= allowed for ratio in ratios)
        shown = ", ".join(ABSENT if ratio is None else f"{ratio:.3f}" for ratio in ratios)
        found.append(Verdict(
            f"{LABELS[name]}/p50, undisturbed, at most {allowed:.2f} × the probe's", kept, len(result.blocks), shown))
    for peer in dict.fromkeys(name for block in result.blocks for name in block if name not in (UNet1D.name, PROBE)):
        blocks = [block for block in result.blocks if peer in block]
        kept = sum(all(map(
            lambda name, block=block: _less(block[UNet1D.name], block[peer], name), BETTER_AT)) for block in blocks)
        shown = ", ".join(
            f"{name} {_worst(_times_as_fast(block[UNet1D.name], block[peer], name) for block in blocks)}"
            for name in BETTER_AT)
        found.append(Verdict(
            f"better than {KINDS[peer].title} at {', '.join(BETTER_AT)}, undisturbed", kept, len(result.blocks),
            f"times as fast, worst block: {shown}"))
    return found


def _less(ours: Times, theirs: Times, name: str) -> bool:
    ratio = _times_as_fast(ours, theirs, name)
    return ratio is not None and ratio > 1


def _times_as_fast(ours: Times, theirs: Times, name: str) -> float | None:
    own, other = ours.undisturbed_at(name), theirs.undisturbed_at(name)
    return None if own is None or other is None else other / own


def _worst(ratios: Iterable[float | None]) -> str:
    """The least, a dash where one is missing."""
    found = list(ratios)
    return ABSENT if None in found else f"{min(found):.2f}"


LABELS = {"p50": "p50", "p90": "p90", "p99": "p99", "p999": "p99.9", "max": "max"}


def markdown(result: Latencies) -> str:
    """A row for everyone in every block, of undisturbed forwards but where it says `of all`, then a row for each verdict."""
    first, *others = [f"{label}, ms" for label in LABELS.values()]
    header = ["block", "forwards of", f"undisturbed: {first}", *others, "p99/p50", "p99.9/p50", "switched out",
              "of all: p99, ms", "p99.9, ms", "max, ms"]
    rows = [header, ["---:", "---", *["---:"] * (len(header) - 2)]]
    for number, block in enumerate(result.blocks):
        for name, times in block.items():
            spreads = [times.undisturbed_spread(each) for each, _ in SPREADS]
            rows.append([
                str(number + 1), PROBE if name == PROBE else f"{KINDS[name].title} {times.version}",
                *[_cell(times.undisturbed_at(each)) for each in LABELS],
                *[ABSENT if spread is None else f"{spread:.3f}" for spread in spreads], str(times.switched_out),
                *[_cell(getattr(times.all, each)) for each in ("p99", "p999", "max")]])
    judged = [["asked for", "blocks", "needed", "", "by block"], ["---", "---:", "---:", "---", "---"]]
    judged += [
        [verdict.asked, f"{verdict.kept} of {verdict.blocks}", str(verdict.needed),
         "met" if verdict.met else "**missed**", verdict.found] for verdict in verdicts(result)]
    title = f"{result.case.workload}, {result.case.threads} thread{'s' * (result.case.threads > 1)}"
    return f"{title}\n\n{lay_out(rows)}\n\n{lay_out(judged)}"


def _cell(value: float | None) -> str:
    return ABSENT if value is None else milliseconds(value)
