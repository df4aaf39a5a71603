"""The recipe to start from: within its budget to the last parameter, with steps that fit the images."""

from typing import Any

import pytest

from lightcnn.core.errors import UserError
from lightcnn.core.registry import from_config
from lightcnn.core.types import Shape
from lightcnn.pipeline.params import Params
from lightcnn.pipeline.starter import RUN, Images, largest, network, recipe, starter
from tests.helpers import size_of

SHAPE = Shape(3, 32, 10)
OWN = {"dataset": {"name": "folder", "valid_share": 0.1}, "image_size": None, "valid_size": None}


def training(images: int, valid: int = 1000, size: int = 32, imbalance: float = 1.0, flip: bool = True) -> dict[str, Any]:
    return recipe(Images(Shape(3, size, 10), images, valid, imbalance), flip)


@pytest.mark.parametrize("budget", [2_000, 10_000, 30_000, 100_000])
@pytest.mark.parametrize("shape", [SHAPE, Shape(1, 8, 2), Shape(3, 64, 100), Shape(3, 224, 10)])
def test_the_network_is_the_widest_that_the_budget_allows(budget: int, shape: Shape) -> None:
    least = size_of(from_config("architectures", network(2, shape.size)).build(shape))
    if budget < least:
        with pytest.raises(
            UserError, match=rf"^--budget {budget}: the smallest network for {shape.classes} classes has {least:,} parameters"
        ):
            largest(shape, budget)
        return
    found, parameters = largest(shape, budget)
    assert size_of(from_config("architectures", found).build(shape)) == parameters <= budget
    wider = network(found["widths"][0] + 2, shape.size)
    assert size_of(from_config("architectures", wider).build(shape)) > budget


def test_a_thousand_classes_fit_into_thirty_thousand_parameters() -> None:
    found, parameters = largest(Shape(3, 64, 1000), 30_000)
    assert 25_000 < parameters <= 30_000
    assert found["widths"][0] >= 8


@pytest.mark.parametrize(
    ("images", "batch", "epochs"),
    [(45_000, 64, 20), (10_000, 64, 38), (2_000, 64, 100), (512, 64, 100), (511, 32, 100), (21, 2, 100), (1, 2, 100)],
)
def test_batches_and_epochs_follow_the_number_of_images(images: int, batch: int, epochs: int) -> None:
    found = training(images)
    assert (found["batch_size"], found["epochs"]) == (batch, epochs)
    assert found["optimizer"]["lr"] == pytest.approx(0.1 * batch / 64)


@pytest.mark.parametrize(("images", "decay"), [(45_000, 0.9986), (2_000, 0.9935), (64, 0.975), (1, 0.9)])
def test_the_average_looks_back_over_a_twentieth_of_the_steps(images: int, decay: float) -> None:
    assert training(images)["averaging"] == {"name": "ema", "decay": decay}


def test_what_the_images_are_like_decides_the_rest() -> None:
    assert training(1_000)["loss"]["name"] == "cross_entropy"
    assert training(1_000, imbalance=3.0)["loss"] == {"name": "class_weights", "power": 0.5}
    assert (training(1_000, valid=399)["checkpoint"], training(1_000, valid=400)["checkpoint"]) == ("last", "best")
    assert training(1_000, size=64, flip=False)["augment"] == [{"name": "crop_flip", "padding": 8, "flip": False}]
    strides = {size: network(8, size)["stem_stride"] for size in (8, 32, 55, 56, 64, 111, 112, 224)}
    assert strides == {8: 1, 32: 1, 55: 1, 56: 2, 64: 2, 111: 2, 112: 4, 224: 4}


@pytest.mark.parametrize("size", [4, 32, 224])
def test_the_settings_are_valid(size: int) -> None:
    data = {**OWN, "dataset": {**OWN["dataset"], "size": size}}
    made = starter(data, Images(Shape(1, size, 3), 30, 3, 5.0), 30_000, True)
    assert Params.from_plain(made.params).models == (RUN,)
