"""The Fire module: a 1x1 squeeze, and expansions of it side by side."""

import torch
from torch import Tensor, nn


class Fire(nn.Module):
    """What `squeeze` makes of a map goes through every expansion; their outputs are concatenated in that order.

    Source: Iandola et al. 2016, arXiv:1602.07360, section 3.2.
    """

    def __init__(self, squeeze: nn.Module, *expansions: nn.Module) -> None:
        super().__init__()
        self.squeeze, self.expansions = squeeze, nn.ModuleList(expansions)

    def forward(self, feature_map: Tensor) -> Tensor:
        """[batch channels_in side side] to [batch channels_out side/stride side/stride], with the stride of the expansions."""
        squeezed = self.squeeze(feature_map)
        return torch.cat([expand(squeezed) for expand in self.expansions], 1)
