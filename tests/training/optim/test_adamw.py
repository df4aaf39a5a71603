"""AdamW against torch's plain loop."""

import pytest
from torch.optim import AdamW

from lightcnn.training.optim import adamw
from tests.training.optim.reference import after_a_step_without_gradient, is_same, matrices_and_vectors, trained

CONFIG = adamw.Config(lr=0.01, weight_decay=0.3, beta1=0.8, beta2=0.95)


def test_steps_are_those_of_torchs_plain_loop() -> None:
    theirs = trained(lambda model: AdamW(matrices_and_vectors(model, 0.3), 0.01, (0.8, 0.95), foreach=False, fused=False))
    assert is_same(trained(lambda model: adamw.build(CONFIG, model)), theirs)


def test_matrices_shrink_by_rate_times_decay_and_vectors_do_not() -> None:
    matrix, vector = after_a_step_without_gradient(lambda model: adamw.build(CONFIG, model))
    assert matrix == pytest.approx(1 - 0.01 * 0.3, rel=1e-6)
    assert vector == 1
