"""The peers that --peers can name. A new one is a file with a class, and a line here."""
from __future__ import annotations

from .errors import PeerError
from .onnx_runtime import ONNXRuntime
from .onnx_runtime_rewritten import ONNXRuntimeRewritten
from .open_vino import OpenVINO
from .open_vino_bf16 import OpenVINOBF16
from .open_vino_f16_weights import OpenVINOF16Weights
from .open_vino_rewritten import OpenVINORewritten
from .peer import Group, Peer
from .pytorch import PyTorch
from .pytorch_bf16 import PyTorchBF16
from .torch_compile import TorchCompile
from .unet1d_16_bit import UNet1DBF16, UNet1DBF16Weights, UNet1DF16Weights

PEERS: dict[str, type[Peer]] = {
    peer.name: peer for peer in (
        PyTorch, TorchCompile, ONNXRuntime, OpenVINO, ONNXRuntimeRewritten, OpenVINORewritten, OpenVINOBF16,
        OpenVINOF16Weights, PyTorchBF16, UNet1DF16Weights, UNet1DBF16Weights, UNet1DBF16)}

DEFAULT_PEERS = [name for name, peer in PEERS.items() if peer.by_default]

ALL = "all"
SETS: dict[str, list[str]] = {
    ALL: list(PEERS), **{group: [name for name, peer in PEERS.items() if peer.group == group] for group in Group}}
"""In the place of a name: every peer, or every one of a group, those too that run only when named."""


def find_peers(names: list[str]) -> list[type[Peer]]:
    """The classes of the peers named, in that order, each once."""
    names = [each for name in names for each in SETS.get(name, [name])]
    for name in names:
        if name not in PEERS:
            raise PeerError(f"no peer {name!r}; there are: {', '.join([*PEERS, *SETS])}")
    return list(dict.fromkeys(PEERS[name] for name in names))
