"""Where regularizers attach to a network."""

from collections.abc import Callable

from torch import Tensor, nn

from lightcnn.core.types import Step


def classifier_of(model: nn.Module) -> nn.Module:
    """The layer with weights that was made last: in this project's networks it runs last, too."""
    return [layer for layer in model.modules() if isinstance(layer, nn.Linear | nn.Conv2d)][-1]


def hook_input(place: nn.Module, disturb: Callable[[Tensor], Tensor]) -> None:
    """Change what enters `place`, in it and in its copies, whenever they are in training mode."""
    place.register_forward_pre_hook(lambda layer, inputs: disturb(inputs[0]) if layer.training else None)


def no_schedule(_: Step) -> None:
    """The regularizer whose strength never changes: nothing to set."""
