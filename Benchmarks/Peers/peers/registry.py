"""The peers that --peers can name. A new one is a file with a class, and a line here."""
from __future__ import annotations

from .errors import PeerError
from .onnx_runtime import ONNXRuntime
from .open_vino import OpenVINO
from .open_vino_bf16 import OpenVINOBF16
from .peer import Peer
from .pytorch import PyTorch
from .torch_compile import TorchCompile

PEERS: dict[str, type[Peer]] = {
    peer.name: peer for peer in (PyTorch, TorchCompile, ONNXRuntime, OpenVINO, OpenVINOBF16)}

DEFAULT_PEERS = [name for name, peer in PEERS.items() if peer.by_default]


def find_peers(names: list[str]) -> list[type[Peer]]:
    """The classes of the peers named, in that order."""
    for name in names:
        if name not in PEERS:
            raise PeerError(f"no peer {name!r}; there are: {', '.join(PEERS)}")
    return [PEERS[name] for name in names]
