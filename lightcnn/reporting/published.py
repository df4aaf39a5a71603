"""Published networks to compare with: parameters, test accuracy, source."""

from typing import NamedTuple


class PublishedModel(NamedTuple):
    """A published model; `top1` is a fraction."""

    name: str
    parameters: int
    top1: float
    source: str


PUBLISHED: dict[str, tuple[PublishedModel, ...]] = {
    "cifar10": (
        PublishedModel("uNAS (second-hand)", 11_400, 0.865, "Liberis et al. 2020, arXiv:2010.14246"),
        PublishedModel("BSConv-S WRN-16-1", 18_663, 0.8734, "Haase and Amthor 2020, arXiv:2003.13549"),
        PublishedModel("hand-made, best epoch on test", 23_500, 0.875, "middle of several public nets: 22-25 k, 87.4-87.6"),
        PublishedModel("BSConv-U WRN-16-1", 27_312, 0.8909, "Haase and Amthor 2020, arXiv:2003.13549"),
        PublishedModel("BSConv-S WRN-28-1", 35_463, 0.9022, "Haase and Amthor 2020, arXiv:2003.13549"),
        PublishedModel("LEMONADE (second-hand)", 47_000, 0.911, "Elsken et al. 2019, arXiv:1804.09081"),
        PublishedModel("MLPerf Tiny ResNet-8", 78_186, 0.85, "Banbury et al. 2021, arXiv:2106.07597, their target"),
        PublishedModel("BSConv-U WRN-40-1", 80_176, 0.9207, "Haase and Amthor 2020, arXiv:2003.13549"),
        PublishedModel("cifar10-tiniest (5 runs)", 97_530, 0.944, "the public repository of that name"),
        PublishedModel("ResNet-20", 269_722, 0.9125, "He et al. 2016, arXiv:1512.03385"),
        PublishedModel(
            "ShuffleNetV2 x0.5", 352_042, 0.9013, "github.com/chenyaofo/pytorch-cifar-models, one run; Ma et al. 2018, arXiv:1807.11164"
        ),
        PublishedModel("MobileNetV2 x0.5", 700_490, 0.9288, "github.com/chenyaofo/pytorch-cifar-models, one run"),
    ),
    "cifar100": (
        PublishedModel("BSConv-S WRN-16-1", 24_500, 0.585, "Haase and Amthor 2020, arXiv:2003.13549"),
        PublishedModel("ResNet-20", 280_000, 0.687, "middle of two public model zoos: 68.6-68.8"),
        PublishedModel("SqueezeNet", 780_000, 0.694, "public model zoo"),
        PublishedModel("MobileNetV2 x0.5", 820_000, 0.709, "public model zoo"),
    ),
}
