"""From stored pixels to logits."""

import pytest
import torch
from torch import nn

from lightcnn.data.normalize import Normalize, as_maps, logits_of
from tests.helpers import DATA, images_of, network


def test_pixels_are_scaled_to_one_centred_and_divided_channel_by_channel() -> None:
    images, mean, std = images_of(4, 3, 5), (0.5, 0.4, 0.3), (0.2, 0.25, 0.3)
    exact = (images.double() / 255 - torch.tensor(mean).double().view(3, 1, 1)) / torch.tensor(std).double().view(3, 1, 1)
    assert torch.allclose(Normalize(mean, std)(images).double(), exact, atol=1e-6)


def test_a_data_set_comes_out_with_mean_zero_and_deviation_one() -> None:
    images = images_of(100, 3, 8)
    scaled = images.double() / 255
    mean, std = scaled.mean((0, 2, 3)).tolist(), scaled.std((0, 2, 3), correction=0).tolist()
    normal = Normalize(mean, std)(images)
    assert normal.mean((0, 2, 3)).abs().max() < 1e-5
    assert (normal.std((0, 2, 3), correction=0) - 1).abs().max() < 1e-5


def test_a_channel_that_never_changes_is_only_centred() -> None:
    images = torch.full((2, 1, 3, 3), 51, dtype=torch.uint8)
    assert Normalize((0.2,), (0.0,))(images).abs().max() < 1e-7


@pytest.mark.parametrize("memory_format", [torch.contiguous_format, torch.channels_last])
def test_constants_for_whole_rows_change_no_bit_and_no_layout(memory_format: torch.memory_format) -> None:
    images, constants = images_of(4, 3, 5).contiguous(memory_format=memory_format), ((0.5, 0.4, 0.3), (0.2, 0.25, 0.3))
    rows = Normalize(*constants, width=5)(images)
    assert torch.equal(rows, Normalize(*constants)(images))
    assert rows.is_contiguous(memory_format=memory_format)


def test_statistics_are_no_weights() -> None:
    assert not Normalize((0.5,), (0.2,)).state_dict()


def test_maps_are_the_same_memory_with_the_channels_second() -> None:
    images = torch.arange(24, dtype=torch.uint8).reshape(1, 2, 4, 3)
    maps = as_maps(images)
    assert maps.shape == (1, 3, 2, 4)
    assert maps[0, 2, 1, 3] == images[0, 1, 3, 2]
    assert maps.data_ptr() == images.data_ptr()


@pytest.mark.parametrize("size", [1, 7, 40, 1000])
def test_logits_do_not_depend_on_the_batch_and_nothing_is_dropped(size: int) -> None:
    model = network().train()
    found = logits_of(model, DATA.normalise, DATA.valid.images, size)
    whole = model.eval()(DATA.normalise(DATA.valid.images.permute(0, 3, 1, 2)))
    assert torch.allclose(found, whole, atol=1e-5)
    assert not found.requires_grad
    assert not any(isinstance(part, nn.Dropout) and part.training for part in model.modules())
