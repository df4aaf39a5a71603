"""Noise on features: its distribution, its scale, and where it enters."""

import pytest
import torch
from scipy.stats import kstest
from torch import Tensor, nn

from lightcnn.core.types import Step
from lightcnn.training.regularize import feature_noise
from lightcnn.training.regularize.feature_noise import Config, add_noise
from tests.helpers import floats_of


def noise_of(features: Tensor, std: float = 0.1) -> Tensor:
    with torch.random.fork_rng():
        torch.manual_seed(0)
        return add_noise(features, std) - features


@pytest.mark.parametrize("std", [0.1, 2.0])
def test_it_is_gaussian_with_its_share_of_the_features_deviation(std: float) -> None:
    features = 3 * floats_of(400, 50) + 7
    standard = noise_of(features, std) / (std * features.std())
    assert kstest(standard.flatten().numpy(), "norm").pvalue > 0.01


def test_every_feature_gets_as_much_of_it() -> None:
    spread = noise_of(floats_of(4000, 3) * torch.tensor([0.0, 1.0, 5.0])).std(0)
    assert torch.allclose(spread, spread.mean(), rtol=0.05)


def test_larger_features_do_not_escape_it() -> None:
    features = floats_of(20, 10)
    assert torch.allclose(noise_of(1024 * features), 1024 * noise_of(features), rtol=1e-2, atol=1e-3)


def test_gradients_pass_as_if_it_were_not_there() -> None:
    features = floats_of(6, 4).requires_grad_()
    add_noise(features, 0.5).sum().backward()
    assert torch.equal(features.grad, torch.ones(6, 4))


def test_features_that_are_all_the_same_stay_so() -> None:
    assert torch.equal(add_noise(torch.ones(1, 1), 0.5), torch.ones(1, 1))


def test_it_enters_the_classifier_in_training_alone() -> None:
    first, last = nn.Linear(4, 4, bias=False), nn.Linear(4, 4, bias=False)
    model, features = nn.Sequential(first, last), floats_of(8, 4)
    heard: list[Tensor] = []
    first.register_forward_hook(lambda _, inputs, __: heard.append(inputs[0]))
    feature_noise.build(Config(std=0.5), model)(Step(0, 1, 1))
    last.register_forward_hook(lambda _, inputs, __: heard.append(inputs[0]))
    model(features)
    model.eval()(features)
    assert torch.equal(heard[0], features)
    assert not torch.equal(heard[1], first(features))
    assert torch.equal(heard[3], first(features))
