"""Published networks, to set ours beside: their parameters, what they reach, and who says so; the smallest first."""

from lightcnn.reporting.figures._scatter import Point

PUBLISHED: dict[str, tuple[Point, ...]] = {
    "cifar10": (
        Point("uNAS (second-hand)", 11_400, 86.5, "Liberis et al. 2020, arXiv:2010.14246"),
        Point("BSConv-S WRN-16-1", 18_663, 87.34, "Haase and Amthor 2020, arXiv:2003.13549"),
        Point("hand-made, best epoch on test", 23_500, 87.5, "middle of several public nets: 22-25 k, 87.4-87.6"),
        Point("BSConv-U WRN-16-1", 27_312, 89.09, "Haase and Amthor 2020, arXiv:2003.13549"),
        Point("BSConv-S WRN-28-1", 35_463, 90.22, "Haase and Amthor 2020, arXiv:2003.13549"),
        Point("LEMONADE (second-hand)", 47_000, 91.1, "Elsken et al. 2019, arXiv:1804.09081"),
        Point("MLPerf Tiny ResNet-8 (target)", 78_186, 85.0, "Banbury et al. 2021, arXiv:2106.07597"),
        Point("BSConv-U WRN-40-1", 80_176, 92.07, "Haase and Amthor 2020, arXiv:2003.13549"),
        Point("cifar10-tiniest (5 runs)", 97_530, 94.4, "the public repository of that name"),
        Point("ResNet-20", 270_000, 91.25, "He et al. 2016, arXiv:1512.03385"),
        Point("ShuffleNetV2 x0.5", 350_000, 90.1, "public model zoo; Ma et al. 2018, arXiv:1807.11164"),
    ),
    "cifar100": (
        Point("BSConv-S WRN-16-1", 24_500, 58.5, "Haase and Amthor 2020, arXiv:2003.13549"),
        Point("ResNet-20", 280_000, 68.7, "middle of two public model zoos: 68.6-68.8"),
        Point("SqueezeNet", 780_000, 69.4, "public model zoo"),
        Point("MobileNetV2 x0.5", 820_000, 70.9, "public model zoo"),
    ),
}
