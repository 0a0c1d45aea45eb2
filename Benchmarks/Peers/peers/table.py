"""The report: a Markdown table of medians and ratios."""
from __future__ import annotations

from .comparison import Comparison


def markdown(comparisons: list[Comparison]) -> str:
    """A row for every comparison and peer; times are medians in milliseconds of one forward."""
    rows = [
        "| workload | threads | peer | peer, ms | UNet1D, ms | times as fast | by round |",
        "|---|---:|---|---:|---:|---:|---:|",
    ]
    for comparison in comparisons:
        ours = comparison.ours
        for peer in comparison.peers:
            least, greatest = comparison.speedup_range(ours, peer)
            cells = [
                comparison.job.workload.name, str(comparison.job.threads), f"{peer.title} {peer.version}",
                milliseconds(peer.median_ms), milliseconds(ours.median_ms),
                f"{comparison.speedup(ours, peer):.2f}", f"{least:.2f}–{greatest:.2f}",
            ]
            rows.append("| " + " | ".join(cells) + " |")
    return "\n".join(rows)


def milliseconds(value: float) -> str:
    """Three significant digits, without an exponent."""
    digits = 0 if value >= 100 else 1 if value >= 10 else 2 if value >= 1 else 3
    return f"{value:.{digits}f}"
