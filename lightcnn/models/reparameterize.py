"""Merge layers that are linear in sequence or in parallel before export."""

import copy
from typing import Protocol, runtime_checkable

from torch import nn


@runtime_checkable
class Reparameterizable(Protocol):
    """A module that trains with more layers than it needs afterwards."""

    def reparameterized(self) -> nn.Module:
        """The same function, as the module computes it in evaluation mode, in fewer layers."""


def reparameterized(network: nn.Module) -> nn.Module:
    """A copy of `network` in evaluation mode in which every foldable module is folded, and nothing else is changed."""
    whole = nn.Sequential(copy.deepcopy(network)).eval()
    folds = {module: module.reparameterized().eval() for module in whole.modules() if isinstance(module, Reparameterizable)}
    for path, module in list(whole.named_modules(remove_duplicate=False)):
        if module in folds:
            whole.set_submodule(path, folds[module])
    return whole[0]
