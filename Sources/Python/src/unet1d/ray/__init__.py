"""UNet1D on a cluster: what Ray Data, Ray Serve and job arrays call.

Nothing here imports Ray until it is needed: :class:`Denoiser` computes the same bits in a loop of any kind.
"""

from __future__ import annotations

from .denoiser import Denoiser
from .noise import Stream, stream
from .placement import Core, Lease, lease

__all__ = ["Core", "Denoiser", "Lease", "Stream", "lease", "stream"]
