"""How many images are taken at a time, everywhere that a network is asked about many."""

import numpy as np
import onnx
import pytest
import torch
from onnxruntime import InferenceSession
from torch import Generator, Tensor, nn

from lightcnn.core.batching import images_at_a_time
from lightcnn.core.types import Step
from lightcnn.data.normalize import Normalize, logits_of
from lightcnn.data.types import Images, Split
from lightcnn.evaluation.gradcam import grad_cams
from lightcnn.evaluation.inference import tta
from lightcnn.evaluation.predictions import features_of
from lightcnn.evaluation.types import Ensemble
from lightcnn.export import ort
from lightcnn.export.int8 import Calibration
from lightcnn.training.batches import BatchLoader
from tests.helpers import drawing, images_of, shaken

PIXELS = 1000 * 32 * 32
NORMALISE = Normalize((0.5,), (0.25,))


class Watched(nn.Module):
    """Says the mean of each image, and remembers how large its batches were."""

    def __init__(self) -> None:
        super().__init__()
        self.conv, self.head, self.seen = nn.Conv2d(1, 2, 1), nn.Linear(2, 3), list[tuple[int, ...]]()

    def forward(self, images: Tensor) -> Tensor:
        self.seen.append(tuple(images.shape))
        return self.head(self.conv(images).relu().mean((2, 3)))

    @property
    def most(self) -> int:
        """Pixels of its largest batch."""
        return max(batch[0] * batch[2] * batch[3] for batch in self.seen)


def pixels(count: int, size: int) -> Tensor:
    return images_of(count, 1, size).permute(0, 2, 3, 1).contiguous()


@pytest.mark.parametrize(("size", "count"), [(8, 1000), (28, 1000), (32, 1000), (33, 940), (64, 250), (224, 20), (512, 3), (2000, 1)])
def test_images_of_cifars_size_and_below_go_by_the_thousand_and_larger_ones_in_their_room(size: int, count: int) -> None:
    assert images_at_a_time((5, size, size, 3)) == count


def test_a_network_asked_about_large_images_has_no_larger_batches_and_says_the_same() -> None:
    network, images = shaken(Watched()), pixels(30, 224)
    said = logits_of(network, NORMALISE, images)
    assert network.most <= PIXELS  # type: ignore[operator]
    one_by_one = torch.cat([network(NORMALISE(image.permute(2, 0, 1)[None])) for image in images])
    torch.testing.assert_close(said, one_by_one.detach(), rtol=1e-5, atol=1e-5)


def test_features_and_maps_of_large_images_are_taken_in_the_same_room_and_order() -> None:
    network, images = shaken(Watched()), pixels(30, 224)
    features = features_of(network, NORMALISE, images)
    grad_cams(network, NORMALISE, images, torch.arange(30) % 3)
    assert network.most <= PIXELS  # type: ignore[operator]
    wanted = [network.conv(NORMALISE(image.permute(2, 0, 1)[None])).relu().mean((2, 3))[0] for image in images]  # type: ignore[operator]
    np.testing.assert_allclose(features, torch.stack(wanted).detach(), atol=1e-3)


def test_views_of_a_split_are_made_of_so_many_images_at_a_time() -> None:
    seen: list[int] = []

    def predict(images: Tensor) -> Tensor:
        seen.append(images[..., 0].numel())
        return images.float().mean((1, 2)).repeat(1, 2) / 50

    images = pixels(30, 224)
    (averaged,) = tta.build(tta.Config(), Ensemble([predict], []), Split(images, torch.zeros(30, dtype=torch.int64)))
    assert averaged(images).shape == (30, 2)
    assert max(seen) <= PIXELS


@pytest.mark.parametrize(("size", "together"), [(32, 32), (64, 8), (224, 1)])
def test_calibration_takes_the_same_images_in_small_batches(size: int, together: int) -> None:
    images = pixels(70, size).numpy()
    reader = Calibration(images)
    batches = [batch["images"] for batch in iter(reader.get_next, None)]
    assert max(map(len, batches)) == together
    np.testing.assert_array_equal(np.concatenate(batches), images.transpose(0, 3, 1, 2))


@pytest.mark.parametrize(("size", "batches"), [(8, 16), (32, 16), (64, 4), (128, 1)])
def test_what_is_augmented_together_keeps_to_the_room_of_cifars_images(size: int, batches: int) -> None:
    seen: list[int] = []

    def watch(images: Images, _: Generator) -> Images:
        seen.append(len(images))
        return images

    split = Split(pixels(40, size), torch.zeros(40, dtype=torch.int64))
    feed = BatchLoader(2, 2, (watch,), NORMALISE, ())
    assert len(list(feed.epoch(split, Step(0, 20, 20), drawing()))) == 20
    assert max(seen) == 2 * batches


def test_onnx_runtime_is_asked_in_the_same_room(monkeypatch: pytest.MonkeyPatch) -> None:
    text = """<ir_version: 8, opset_import: ["" : 18]> g (uint8[n, 1, 224, 224] images) => (float[n, 1] logits) {
        pixels = Cast <to = 1> (images)
        pooled = GlobalAveragePool (pixels)
        logits = Flatten (pooled)
    }"""
    seen: list[int] = []
    ask = InferenceSession.run

    def watch(self: InferenceSession, names: list[str], inputs: dict[str, np.ndarray]) -> list[np.ndarray]:
        seen.append(inputs["images"].size)
        return ask(self, names, inputs)

    monkeypatch.setattr(InferenceSession, "run", watch)
    images = pixels(30, 224).numpy()
    session = ort.open_session(onnx.parser.parse_model(text).SerializeToString())
    np.testing.assert_allclose(ort.logits_of(session, images)[:, 0], images.mean((1, 2, 3)), rtol=1e-5)
    assert max(seen) <= PIXELS
