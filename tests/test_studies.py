"""The studies that come with the repository: what they ask for is what there is, and is what they say it is."""

import pytest

from lightcnn.core.types import Shape
from lightcnn.pipeline.params import Params, load_params
from lightcnn.pipeline.project import studies
from tests.helpers import ROOT, size_of

PAPER = ("mnist", "fashion_mnist")


@pytest.mark.parametrize("name", [study.name for study in studies(ROOT)])
def test_what_a_study_asks_for_is_right(name: str) -> None:
    assert load_params(ROOT / "studies" / name / "params.yaml").models


def of(name: str) -> Params:
    return load_params(ROOT / "studies" / name / "params.yaml")


@pytest.mark.parametrize("name", PAPER)
@pytest.mark.parametrize("run", ["paper", "ours"])
def test_both_recipes_train_the_papers_graph_of_14_862_parameters(name: str, run: str) -> None:
    params = of(name)
    fusion = params.fusions[run]
    branches = [params.trainings[branch].architecture.build(Shape(1, 28, 10)) for branch in fusion.branches]
    assert [size_of(branch) for branch in branches] == [6_930, 6_930]
    assert size_of(fusion.fusion.build(*branches, 10)) == 14_862


@pytest.mark.parametrize("name", PAPER)
def test_three_seeds_train_on_the_papers_50_000_images(name: str) -> None:
    params = of(name)
    assert {training.seeds for training in params.trainings.values()} == {(0, 1, 2)}
    assert params.data.valid_size == 10_000


def test_digits_are_not_mirrored() -> None:
    augmentations = [*of("mnist").trainings["ours-augmented"].augment, *of("mnist").fusions["ours"].augment]
    assert {(augmentation.name, augmentation.config.flip) for augmentation in augmentations} == {("crop_flip", False)}
