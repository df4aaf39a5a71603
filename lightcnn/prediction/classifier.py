"""Classifier("models/enhanced")("photo.jpg"): a shipped model; it reads only its own folder."""

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple, overload

import numpy as np
from numpy import ndarray
from PIL import Image

from lightcnn.core.batching import images_at_a_time
from lightcnn.core.errors import UserError
from lightcnn.prediction.facts import read_facts
from lightcnn.prediction.preprocessing import Source, to_pixels

# Read when ONNX Runtime is loaded: without it, it writes an identifier of the machine below the user's home, and reports what it runs.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

from onnxruntime import InferenceSession, SessionOptions

IMAGES_AT_ONCE = 32
"""Of 32 x 32 pixels: larger batches leave the processor's caches and take longer an image."""


class Prediction(NamedTuple):
    """What a model says of an image: the names of the classes and their probabilities, the most probable first."""

    names: tuple[str, ...]
    probabilities: tuple[float, ...]

    @property
    def name(self) -> str:
        """The most probable class."""
        return self.names[0]

    @property
    def probability(self) -> float:
        """That of the most probable class."""
        return self.probabilities[0]


class Classifier:
    """A model that puts images into classes.

    Args:
        model: folder of a shipped model, whose fp32 file is taken, or one of the ONNX files in it.

    Raises:
        UserError: where there is no such model, or not one of this project.
    """

    def __init__(self, model: str | os.PathLike[str]) -> None:
        path = Path(model)
        self.file = path / "model.onnx" if path.is_dir() else path
        self.session = _open_session(self.file)
        try:
            entries = self.session.get_modelmeta().custom_metadata_map
            self.labels = tuple(json.loads(entries["labels"]))
            self.channels, self.size, _ = self.session.get_inputs()[0].shape[1:]
        except (KeyError, ValueError):
            raise UserError(f"{self.file}: names no labels; not a model that lightcnn exported") from None
        self.preprocessing = entries.get("preprocessing", "")
        self.facts = read_facts(self.file.parent)
        self.temperature = float(self.facts.get("temperature") or 1)

    @overload
    def __call__(self, images: Source) -> Prediction: ...  # type: ignore[overload-overlap]

    @overload
    def __call__(self, images: Sequence[Source]) -> list[Prediction]: ...

    def __call__(self, images: Any) -> Prediction | list[Prediction]:
        """Predict one image, or each of a sequence or of an array [image height width channel].

        Raises:
            UserError: where one cannot be read; it is named.
        """
        if _is_one(images):
            return self([images])[0]
        predictions = list[Prediction]()
        for index, (image, answer) in enumerate(zip(images, self.each(images), strict=True)):
            if isinstance(answer, UserError):
                raise UserError(f"{os.fspath(image) if isinstance(image, str | os.PathLike) else f'image {index}'}: {answer}")
            predictions.append(answer)
        return predictions

    def each(self, images: Iterable[Source]) -> Iterator[Prediction | UserError]:
        """Predict images in their order, as many at a time as there is memory for; of what cannot be read the reason."""
        most = images_at_a_time((1, self.size, self.size, self.channels), IMAGES_AT_ONCE, IMAGES_AT_ONCE)
        waiting = list[ndarray | UserError]()
        for image in images:
            waiting.append(self._pixels(image))
            if len(waiting) == most:
                yield from self._answers(waiting)
                waiting = []
        yield from self._answers(waiting)

    def probabilities(self, pixels: ndarray) -> ndarray:
        """Of images [image height width channel] that are preprocessed already, the probability of each class [image class]."""
        logits = self.session.run(["logits"], {"images": pixels.transpose(0, 3, 1, 2)})[0].astype(np.float64) / self.temperature
        powers = np.exp(logits - logits.max(axis=1, keepdims=True))
        return powers / powers.sum(axis=1, keepdims=True)

    def _pixels(self, image: Source) -> ndarray | UserError:
        try:
            return to_pixels(image, self.channels, self.size)
        except UserError as error:
            return error

    def _answers(self, waiting: list[ndarray | UserError]) -> Iterator[Prediction | UserError]:
        pixels = [item for item in waiting if not isinstance(item, UserError)]
        rows = iter(self.probabilities(np.stack(pixels)) if pixels else ())
        return (item if isinstance(item, UserError) else self._prediction(next(rows)) for item in waiting)

    def _prediction(self, probabilities: ndarray) -> Prediction:
        order = np.argsort(-probabilities, kind="stable")
        return Prediction(tuple(self.labels[place] for place in order), tuple(probabilities[order].tolist()))


def _is_one(images: object) -> bool:
    return isinstance(images, str | os.PathLike | bytes | Image.Image) or (isinstance(images, ndarray) and images.ndim < 4)


def _open_session(file: Path) -> InferenceSession:
    if not file.is_file():
        raise UserError(f"{file}: no such model; name its folder, such as models/NAME")
    options = SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    try:
        return InferenceSession(file, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # of its own kind for each thing that can be wrong, and they share no other base
        raise UserError(f"{file}: cannot be read as a model ({str(error).splitlines()[0]}); get it again") from None
