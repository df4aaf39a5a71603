"""Test-time augmentation: which views there are, against torchvision's crops, and their mean."""

import torch
from torch import Tensor
from torchvision.transforms.v2 import functional

from lightcnn.data.types import Split
from lightcnn.evaluation.inference import tta
from lightcnn.evaluation.types import Ensemble
from tests.helpers import images_of

IMAGES = images_of(5, 3, 8).permute(0, 2, 3, 1).contiguous()
NONE = Split(IMAGES, torch.zeros(5, dtype=torch.int64))


def test_views_are_mirror_images_and_crops_of_the_padded_images() -> None:
    maps = IMAGES.permute(0, 3, 1, 2)
    wanted = []
    for side in (maps, functional.horizontal_flip(maps)):
        padded = functional.pad(side, [2] * 4, padding_mode="edge")
        wanted += [functional.crop(padded, top, left, 8, 8) for top, left in ((2, 2), (0, 2), (4, 2), (2, 0), (2, 4))]
    found = tta.views(tta.Config(shift=2), IMAGES)
    assert all(torch.equal(view.permute(0, 3, 1, 2), crop) for view, crop in zip(found, wanted, strict=True))


def test_without_shift_and_mirror_there_is_the_image_alone() -> None:
    assert [view is IMAGES for view in tta.views(tta.Config(shift=0, flip=False), IMAGES)] == [True]


def test_what_is_said_is_the_mean_of_the_probabilities_over_the_views() -> None:
    def predict(images: Tensor) -> Tensor:
        return images[:, 0, :4, 0].float() / 50

    (averaged,) = tta.build(tta.Config(shift=0), Ensemble([predict], []), NONE)
    wanted = (predict(IMAGES).softmax(1) + predict(IMAGES.flip(2)).softmax(1)) / 2
    assert torch.allclose(averaged(IMAGES).softmax(1), wanted, atol=1e-6)
