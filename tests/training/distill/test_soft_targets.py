"""Hinton's distillation by its definition, and its two ends."""

import pytest
import torch
from torch import nn
from torch.nn import functional

from lightcnn.data.types import Batch
from lightcnn.training.distill import soft_targets
from lightcnn.training.losses import cross_entropy
from tests.helpers import floats_of

BATCH = Batch(floats_of(5, 3, 2, 2), torch.eye(5, 4))
PLAIN = cross_entropy.build(cross_entropy.Config(), torch.ones(4, dtype=torch.int64))


def teacher() -> nn.Sequential:
    with torch.random.fork_rng():
        torch.manual_seed(1)
        return nn.Sequential(nn.Flatten(), nn.Dropout(0.9), nn.Linear(12, 4)).train()


@pytest.mark.parametrize(("temperature", "weight"), [(1.0, 1.0), (4.0, 0.5), (20.0, 0.9)])
def test_is_the_weighted_sum_of_the_loss_and_the_squared_temperature_times_the_divergence(temperature: float, weight: float) -> None:
    network, logits = teacher(), floats_of(5, 4, seed=2)
    found = soft_targets.build(soft_targets.Config(temperature=temperature, weight=weight), network, PLAIN)(logits, BATCH)
    wanted = (network.eval()(BATCH.images).double() / temperature).softmax(1)
    student = (logits.double() / temperature).softmax(1)
    divergence = (wanted * (wanted.log() - student.log())).sum(1).mean()
    by_hand = (1 - weight) * functional.cross_entropy(logits, BATCH.targets) + weight * temperature**2 * divergence
    assert found.item() == pytest.approx(by_hand.item(), rel=1e-4)


def test_a_student_that_says_what_the_teacher_says_has_nothing_to_learn_from_it() -> None:
    network = teacher().eval()
    logits = network(BATCH.images).detach().requires_grad_()
    loss = soft_targets.build(soft_targets.Config(weight=1.0), network, PLAIN)(logits, BATCH)
    loss.backward()
    assert loss.item() == pytest.approx(0, abs=1e-6)
    assert logits.grad is not None
    assert logits.grad.abs().max() < 1e-6


def test_the_teacher_learns_nothing() -> None:
    network = teacher()
    logits = floats_of(5, 4, seed=2).requires_grad_()
    soft_targets.build(soft_targets.Config(), network, PLAIN)(logits, BATCH).backward()
    assert all(weight.grad is None for weight in network.parameters())
