"""Which parameters weight decay may touch."""

from typing import Any

from torch.nn import Parameter


def decayed(parameters: list[Parameter], weight_decay: float) -> list[dict[str, Any]]:
    """Parameter groups with decay for matrices and kernels, and none for biases and BatchNorm (arXiv:1812.01187, section 3.1)."""
    matrices = [parameter for parameter in parameters if parameter.ndim > 1]
    vectors = [parameter for parameter in parameters if parameter.ndim <= 1]
    groups = [{"params": matrices, "weight_decay": weight_decay}, {"params": vectors, "weight_decay": 0.0}]
    return [group for group in groups if group["params"]]
