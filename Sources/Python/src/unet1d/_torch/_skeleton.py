"""A tree of empty modules that hold parameters under the names that another module gave them."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import nn


def grow(root: nn.Module, tensors: Mapping[str, torch.Tensor]) -> None:
    """Adds parameters and buffers, the tensors themselves, under their names.

    Children are made where they are missing: a ``ModuleList`` where their children are numbers.
    """
    for name, tensor in tensors.items():
        *path, leaf = name.split(".")
        module = root
        for part, following in zip(path, [*path[1:], leaf]):
            child = module._modules.get(part)
            if child is None:
                child = nn.ModuleList() if following.isdigit() else nn.Module()
                child.training = root.training
                module.add_module(part, child)
            module = child
        if isinstance(tensor, nn.Parameter):
            module.register_parameter(leaf, tensor)
        else:
            module.register_buffer(leaf, tensor)
