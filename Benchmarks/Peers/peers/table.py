"""The report: a Markdown table of medians and ratios, over one run or several."""
from __future__ import annotations

import statistics
from collections.abc import Callable

from .comparison import Comparison, Run, Series
from .peer import Group

ABSENT = "–"


def markdown(runs: list[Run]) -> str:
    """A row for every case and a column for every peer; times are medians in milliseconds of one forward.

    Over several runs, times and ratios are medians of the runs' own, and "worst run" is the least ratio of a run.
    "times as fast" is the fastest peer's time, in bold, over ours; peers as exported, peers on rewritten graphs, and
    those of another precision are apart, ours beside ours. "by round" is the least and the greatest ratio of a single
    round.
    """
    rows = by_case(runs)
    everything = [comparison for comparisons in rows.values() for comparison in comparisons]
    peers = columns(everything)
    header = ["workload", "threads", heading(everything[-1].ours)]
    for group in (Group.OURS, Group.EXPORTED):
        header += [heading(peer) for peer in peers if peer.group == group]
    header += ["times as fast", "worst run", "by round"]
    if any(peer.group == Group.REWRITTEN for peer in peers):
        header += [heading(peer) for peer in peers if peer.group == Group.REWRITTEN]
        header += ["times as fast as rewritten", "worst run"]
    header += [heading(peer) for peer in peers if peer.group == Group.BF16]
    header.append("runs")
    body = [row(comparisons, peers) for comparisons in rows.values()]
    return lay_out([header, ["---", *["---:"] * (len(header) - 1)], *body])


def by_case(runs: list[Run]) -> dict[tuple[str, int], list[Comparison]]:
    """The comparisons of each label and thread count, one of every run that has it."""
    rows: dict[tuple[str, int], list[Comparison]] = {}
    for run in runs:
        for comparison in run.comparisons:
            rows.setdefault((comparison.case.label, comparison.case.threads), []).append(comparison)
    return rows


def short(runs: list[Run], titles: dict[str, str], threads: int) -> str:
    """A table that fits a telephone: our time, and how many times as long the fastest float32 peer and PyTorch take.

    `titles` maps a workload to the words of its row. The fastest peer is the fastest of all float32 peers, on the
    graph as exported or on a rewritten one. Every cell is the median of the runs.
    """
    rows, body = by_case(runs), []
    for label, title in titles.items():
        comparisons = rows.get((label, threads), [])
        fastest = [comparison.speedup(peer) for comparison in comparisons if (peer := fastest_float32(comparison))]
        pytorch = [
            comparison.speedup(peer) for comparison in comparisons for peer in comparison.peers if peer.peer == "pytorch"]
        ours = [comparison.ours.median_ms for comparison in comparisons]
        body.append([title, median(ours, duration), median(fastest, times_as_long), median(pytorch, times_as_long)])
    header = ["forward of", "UNet1D", "fastest peer", "PyTorch"]
    return lay_out([header, ["---", *["---:"] * (len(header) - 1)], *body])


def times_as_long(ratio: float) -> str:
    return f"{ratio:.{0 if ratio >= 10 else 1}f}\u00a0×"


def fastest_float32(comparison: Comparison) -> Series | None:
    peers = [peer for group in (Group.EXPORTED, Group.REWRITTEN) if (peer := comparison.fastest(group))]
    return min(peers, key=lambda peer: peer.median_ms, default=None)


def median(values: list[float], text: Callable[[float], str]) -> str:
    return text(statistics.median(values)) if values else ABSENT


def lay_out(rows: list[list[str]]) -> str:
    return "\n".join("| " + " | ".join(cells) + " |" for cells in rows)


def columns(comparisons: list[Comparison]) -> list[Series]:
    """The latest series of each peer that took part anywhere, in the order of their first appearance."""
    found: dict[str, Series] = {}
    for comparison in comparisons:
        found.update((peer.peer, peer) for peer in comparison.peers)
    return list(found.values())


def heading(series: Series) -> str:
    return f"{series.title} {series.version}, ms"


def row(comparisons: list[Comparison], peers: list[Series]) -> list[str]:
    """The cells of one case, from every run that has it."""
    case = comparisons[0].case
    ours = statistics.median(comparison.ours.median_ms for comparison in comparisons)
    cells = [case.label, str(case.threads), milliseconds(ours)]
    cells += times(comparisons, peers, Group.OURS)
    cells += times(comparisons, peers, Group.EXPORTED) + ratios(comparisons, Group.EXPORTED)
    ranges = [
        comparison.speedup_range(fastest) for comparison in comparisons if (fastest := comparison.fastest())]
    cells.append(
        f"{min(least for least, _ in ranges):.2f}–{max(most for _, most in ranges):.2f}" if ranges else ABSENT)
    if any(peer.group == Group.REWRITTEN for peer in peers):
        cells += times(comparisons, peers, Group.REWRITTEN) + ratios(comparisons, Group.REWRITTEN)
    return cells + times(comparisons, peers, Group.BF16) + [str(len(comparisons))]


def times(comparisons: list[Comparison], peers: list[Series], group: Group) -> list[str]:
    """A cell for each peer of the group; the fastest is bold where there are several."""
    medians: dict[str, float] = {}
    wanted = [peer.peer for peer in peers if peer.group == group]
    for name in wanted:
        found = [peer.median_ms for comparison in comparisons for peer in comparison.peers if peer.peer == name]
        if found:
            medians[name] = statistics.median(found)
    fastest = min(medians, key=medians.__getitem__) if len(medians) > 1 else None
    return [
        ABSENT if name not in medians
        else f"**{milliseconds(medians[name])}**" if name == fastest else milliseconds(medians[name])
        for name in wanted]


def ratios(comparisons: list[Comparison], group: Group) -> list[str]:
    """The median and the least, over the runs, of the speedup against the fastest of a group."""
    found = [
        comparison.speedup(fastest) for comparison in comparisons if (fastest := comparison.fastest(group))]
    return [f"{statistics.median(found):.2f}", f"{min(found):.2f}"] if found else [ABSENT] * 2


def milliseconds(value: float) -> str:
    """Three significant digits, without an exponent."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{digits}f}"


def duration(value_ms: float) -> str:
    """Three significant digits with a unit: milliseconds, from 1000 on seconds. No space breaks the line."""
    return f"{value_ms / 1000:.2f}\u00a0s" if value_ms >= 1000 else f"{milliseconds(value_ms)}\u00a0ms"
