"""Small pictures of signals and plans as SVG in HTML, for notebooks. No dependency."""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_WIDTH, _HEIGHT, _GAP = 640, 72, 6
_COLOURS = ("#1f6fb4", "#c4572a", "#2d8a57", "#8457a8", "#a88518", "#5a6b7b")
#: A picture with more curves than this says less.
_MOST = 12


def traces(rows: Sequence[npt.NDArray[np.floating]], names: Sequence[str], below: str = "") -> str:
    """Curves one below another, each at its own scale.

    :param rows: numbers, one sequence for each curve.
    :param names: what to write at the curves.
    :param below: a line of text under the last one.
    """
    shown = min(len(rows), _MOST)
    parts = [_curve(np.asarray(rows[row], np.float64), names[row], row) for row in range(shown)]
    height = shown * (_HEIGHT + _GAP) + 18
    note = below if shown == len(rows) else f"{below}; {len(rows) - shown} more are not shown"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}" height="{height}" '
        f'font-family="sans-serif" font-size="11" fill="#777">{"".join(parts)}'
        f'<text x="0" y="{height - 4}">{html.escape(note)}</text></svg>'
    )


def _curve(values: npt.NDArray[np.float64], name: str, row: int) -> str:
    finite = values[np.isfinite(values)]
    least, most = (float(finite.min()), float(finite.max())) if finite.size else (0.0, 0.0)
    top = row * (_HEIGHT + _GAP)
    xs, ys = _outline(values)
    scale = (_HEIGHT - 2) / (most - least) if most > least else 0.0
    middle = 0.0 if most > least else (_HEIGHT - 2) / 2
    heights = top + 1 + middle + (most - np.nan_to_num(ys, nan=least, posinf=most, neginf=least)) * scale
    points = " ".join(f"{x:.1f},{y:.1f}" for x, y in zip(xs, heights))
    label = f"{name}: {least:.3g} … {most:.3g}"
    return (
        f'<rect x="0" y="{top}" width="{_WIDTH}" height="{_HEIGHT}" fill="#888" fill-opacity="0.08"/>'
        f'<polyline points="{points}" fill="none" stroke="{_COLOURS[row % len(_COLOURS)]}" stroke-width="1.2"/>'
        f'<text x="4" y="{top + 12}">{html.escape(label)}</text>'
    )


def _outline(values: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Points of a curve: all numbers, or the least and the most of each column where there are many."""
    count = len(values)
    if count <= 2 * _WIDTH:
        return np.linspace(0, _WIDTH, max(count, 1))[:count], values
    starts = np.linspace(0, count, _WIDTH, endpoint=False).astype(np.int64)
    ends = np.stack([np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)], axis=1)
    return np.repeat(np.arange(_WIDTH, dtype=np.float64), 2), ends.reshape(-1)
