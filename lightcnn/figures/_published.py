"""Published networks, to set ours beside: what they cost, what they reach, and who says so."""

from collections.abc import Callable
from typing import NamedTuple

from lightcnn.figures._scatter import Point


class Network(NamedTuple):
    """Parameters, test accuracy in percent, where both stand; milliseconds for one image, where they were measured."""

    name: str
    parameters: int
    top1: float
    source: str
    latency: float | None = None


NETWORKS: dict[str, tuple[Network, ...]] = {
    "cifar10": (
        Network("uNAS (second-hand)", 11_400, 86.5, "Liberis et al. 2020, arXiv:2010.14246"),
        Network("BSConv-S WRN-16-1", 18_663, 87.34, "Haase and Amthor 2020, arXiv:2003.13549"),
        Network("hand-made, best epoch on test", 23_500, 87.5, "middle of several public nets: 22-25 k, 87.4-87.6"),
        Network("BSConv-U WRN-16-1", 27_312, 89.09, "Haase and Amthor 2020, arXiv:2003.13549", 0.110),
        Network("BSConv-S WRN-28-1", 35_463, 90.22, "Haase and Amthor 2020, arXiv:2003.13549"),
        Network("LEMONADE (second-hand)", 47_000, 91.1, "Elsken et al. 2019, arXiv:1804.09081"),
        Network("MLPerf Tiny ResNet-8 (target)", 78_186, 85.0, "Banbury et al. 2021, arXiv:2106.07597", 0.167),
        Network("BSConv-U WRN-40-1", 80_176, 92.07, "Haase and Amthor 2020, arXiv:2003.13549"),
        Network("cifar10-tiniest (5 runs)", 97_530, 94.4, "the public repository of that name"),
        Network("ResNet-20", 270_000, 91.25, "He et al. 2016, arXiv:1512.03385", 0.553),
        Network("ShuffleNetV2 x0.5", 350_000, 90.1, "public model zoo; Ma et al. 2018, arXiv:1807.11164", 0.351),
    ),
    "cifar100": (
        Network("BSConv-S WRN-16-1", 24_500, 58.5, "Haase and Amthor 2020, arXiv:2003.13549"),
        Network("ResNet-20", 280_000, 68.7, "middle of two public model zoos: 68.6-68.8", 0.553),
        Network("SqueezeNet", 780_000, 69.4, "public model zoo"),
        Network("MobileNetV2 x0.5", 820_000, 70.9, "public model zoo", 0.577),
    ),
}


def published(cost: Callable[[Network], float | None]) -> dict[str, tuple[Point, ...]]:
    """Of each data set the networks whose cost is known, the cheapest first."""
    found = {
        data: [Point(network.name, value, network.top1, network.source) for network in networks if (value := cost(network)) is not None]
        for data, networks in NETWORKS.items()
    }
    return {data: tuple(sorted(points, key=lambda point: point.cost)) for data, points in found.items()}
