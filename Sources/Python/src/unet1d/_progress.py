"""A line of text that says how far a loop is."""

from __future__ import annotations

import sys
import time
from typing import Any

from ._watching import Callback, Step


class Progress:
    """A callback that shows a loop's steps in a line, on a terminal and in a notebook; elsewhere it shows nothing.

    >>> sampler(callback=unet1d.Progress())

    :param callback: another that is called, too, and may end the loop.
    """

    def __init__(self, callback: Callback | None = None) -> None:
        self._callback = callback
        self._shows = _is_shown(sys.stderr)
        self._began: float | None = None
        self._steps = 0
        self._shown = ""

    def __call__(self, step: Step) -> bool:
        ends = self._callback is not None and self._callback(step) is False
        if self._shows:
            self._show(step, ends or step.index + 1 == step.count)
        return not ends

    def _show(self, step: Step, is_last: bool) -> None:
        now = time.perf_counter()
        if self._began is None:
            self._began = now
        left = ""
        if self._steps and not is_last:
            seconds = (now - self._began) / self._steps * (step.count - step.index - 1)
            left = f", {max(seconds, 0):.1f} s left"
        self._steps += 1
        text = f"step {step.index + 1} of {step.count}{left}"
        sys.stderr.write(f"\r{text.ljust(len(self._shown))}" + ("\n" if is_last else ""))
        sys.stderr.flush()
        self._shown = text
        if is_last:
            self._began, self._steps, self._shown = None, 0, ""


def _is_shown(stream: Any) -> bool:
    """Whether somebody looks: a terminal, or a notebook's kernel, whose streams are no terminals."""
    if stream is None:
        return False
    return bool(stream.isatty()) or type(stream).__module__.startswith("ipykernel")
