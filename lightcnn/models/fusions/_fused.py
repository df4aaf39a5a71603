"""Two branches on one input under a joint head."""

from torch import nn


class Fused(nn.Module):
    """Base of fused networks. The names of its parts are keys of state dicts: `first`, `second` and `head`."""

    def __init__(self, first: nn.Sequential, second: nn.Sequential, head: nn.Module) -> None:
        super().__init__()
        self.first, self.second, self.head = first, second, head

    @property
    def branches(self) -> tuple[nn.Sequential, nn.Sequential]:
        """Both branches, in the order in which the fusion names them."""
        return self.first, self.second


def branches_of(network: nn.Module) -> tuple[nn.Module, ...]:
    """The branches of a fused network; a network that is none is its own single branch."""
    return network.branches if isinstance(network, Fused) else (network,)
