"""Handles of the library, given back once."""

from __future__ import annotations

import ctypes
from typing import Any

from ._library import library


class Handle:
    """A handle of one kind, whose function gives it back."""

    __slots__ = ("_free", "value")

    def __init__(self, free: str, make: str, *arguments: Any) -> None:
        """Makes what a handle stands for. May allocate and block, with Python's lock left to others."""
        self._free = free
        self.value: int | None = None
        library.is_used = True
        made = ctypes.c_void_p()
        library.check(getattr(library, make)(*arguments, ctypes.byref(made)))
        self.value = made.value

    @classmethod
    def closed(cls) -> Handle:
        """A handle of nothing, in place of one that others still hold."""
        handle = cls.__new__(cls)
        handle._free, handle.value = "", None
        return handle

    def close(self) -> None:
        """Gives it back; a second time does nothing."""
        value, self.value = self.value, None
        if value is not None:
            status = getattr(library, self._free)(value)
            if status:
                self.value = value
                library.check(status)

    def __del__(self) -> None:
        value = getattr(self, "value", None)
        if value is not None and library is not None:
            getattr(library, self._free)(value)
