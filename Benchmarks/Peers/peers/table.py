"""The report: a Markdown table of medians and ratios."""
from __future__ import annotations

from .comparison import Comparison, Series

ABSENT = "–"


def markdown(comparisons: list[Comparison]) -> str:
    """A row for every comparison, a column for every peer; times are medians in milliseconds of one forward.

    "times as fast" is the fastest float32 peer's median over ours, "by round" its least and greatest value of a single
    round. Peers of another precision come after them.
    """
    peers = columns(comparisons)
    header = ["workload", "threads", heading(comparisons[0].ours)]
    header += [heading(peer) for peer in peers if peer.precision == "float32"]
    header += ["fastest float32 peer", "times as fast", "by round"]
    header += [heading(peer) for peer in peers if peer.precision != "float32"]
    rows = [header, ["---" if title in ("workload", "fastest float32 peer") else "---:" for title in header]]
    rows += [row(comparison, peers) for comparison in comparisons]
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def columns(comparisons: list[Comparison]) -> list[Series]:
    """One series of each peer that took part anywhere, in the order of their first appearance."""
    found: dict[str, Series] = {}
    for comparison in comparisons:
        for peer in comparison.peers:
            found.setdefault(peer.peer, peer)
    return list(found.values())


def heading(series: Series) -> str:
    return f"{series.title} {series.version}, ms"


def row(comparison: Comparison, peers: list[Series]) -> list[str]:
    ours, fastest = comparison.ours, comparison.fastest()
    present = {peer.peer: milliseconds(peer.median_ms) for peer in comparison.peers}
    cells = [comparison.job.workload.name, str(comparison.job.threads), milliseconds(ours.median_ms)]
    cells += [present.get(peer.peer, ABSENT) for peer in peers if peer.precision == "float32"]
    if fastest is None:
        cells += [ABSENT] * 3
    else:
        least, greatest = comparison.speedup_range(ours, fastest)
        cells += [fastest.title, f"{comparison.speedup(ours, fastest):.2f}", f"{least:.2f}–{greatest:.2f}"]
    return cells + [present.get(peer.peer, ABSENT) for peer in peers if peer.precision != "float32"]


def milliseconds(value: float) -> str:
    """Three significant digits, without an exponent."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{digits}f}"
