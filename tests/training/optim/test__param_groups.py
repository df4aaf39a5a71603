"""Which parameters are decayed."""

import torch
from torch import nn
from torch.nn import Parameter

from lightcnn.training.optim._param_groups import param_groups_weight_decay

MATRIX, VECTOR, NUMBER = Parameter(torch.ones(2, 2)), Parameter(torch.ones(2)), Parameter(torch.ones(()))


def test_vectors_and_numbers_are_not_decayed() -> None:
    groups = param_groups_weight_decay(nn.ParameterList([VECTOR, MATRIX, NUMBER]), 0.1)
    assert [group["weight_decay"] for group in groups] == [0.1, 0.0]
    assert [list(map(id, group["params"])) for group in groups] == [[id(MATRIX)], [id(VECTOR), id(NUMBER)]]


def test_a_kind_that_is_not_there_makes_no_group() -> None:
    assert [len(param_groups_weight_decay(nn.ParameterList(parameters), 0.1)) for parameters in ([MATRIX], [VECTOR], [])] == [1, 1, 0]


def test_what_is_frozen_is_in_no_group() -> None:
    frozen = Parameter(torch.ones(3, 3), requires_grad=False)
    ((group),) = param_groups_weight_decay(nn.ParameterList([frozen, MATRIX]), 0.1)
    assert list(map(id, group["params"])) == [id(MATRIX)]
