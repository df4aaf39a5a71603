"""Grad-CAM: which places of the last feature map support a class.

Source: Selvaraju et al. 2017, arXiv:1610.02391, equations 1 and 2; computed by captum.
"""

import torch
from captum.attr import LayerGradCam
from jaxtyping import Float, Int, UInt8
from numpy import ndarray
from torch import Tensor, nn

from lightcnn.core.batching import images_at_a_time
from lightcnn.data.normalize import Normalize, as_maps
from lightcnn.models.fusions._fused import branches_of

AT_ONCE = 64
"""Images of 32 x 32 pixels."""


def grad_cams(
    network: nn.Module, normalise: Normalize, images: UInt8[Tensor, "image height width channel"], classes: Int[Tensor, "image"]
) -> UInt8[ndarray, "image rows columns"]:
    """How much each place speaks for an image's class, up to 255 where it does the most; of two branches, what both say together."""
    size = images_at_a_time(images.shape, AT_ONCE, AT_ONCE)  # every map of these is kept, to go back through
    heat = torch.cat([_heat(network, normalise, *batch) for batch in zip(images.split(size), classes.split(size), strict=True)])
    return (255 * heat / heat.amax((1, 2), keepdim=True).clamp_min(1e-30)).round().byte().numpy()


def _heat(
    network: nn.Module, normalise: Normalize, images: UInt8[Tensor, "image height width channel"], classes: Int[Tensor, "image"]
) -> Float[Tensor, "image rows columns"]:
    inputs = normalise(as_maps(images))
    maps = [
        LayerGradCam(network.eval(), layer).attribute(inputs, classes, relu_attributions=True) for layer in last_maps(network, inputs[:1])
    ]
    return torch.stack(maps).sum(0)[:, 0].detach()


@torch.no_grad()
def last_maps(network: nn.Module, image: Float[Tensor, "1 channel height width"]) -> list[nn.Module]:
    """Of each branch, or of a network that is one, the last module whose output is a map and no single pixel."""
    last: dict[int, nn.Module] = {}
    hooks = []
    for number, branch in enumerate(branches_of(network)):

        def keep(module: nn.Module, _: tuple[Tensor], out: Tensor, number: int = number) -> None:
            if out.ndim == 4 and out.shape[-1] > 1:
                last[number] = module

        hooks += [module.register_forward_hook(keep) for module in branch.modules()]
    network.eval()(image)
    for hook in hooks:
        hook.remove()
    return list(last.values())
