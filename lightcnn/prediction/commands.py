"""The commands `lightcnn predict` and `lightcnn info`."""

import csv
import io
import json
import sys
import time
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from lightcnn.core.errors import UserError
from lightcnn.prediction.classifier import Classifier
from lightcnn.prediction.listing import Skipped, images_below, printable
from lightcnn.prediction.preprocessing import LARGEST_BYTES, Source

Row = tuple[str, list[tuple[str, float]]]
"""The name of an image, and its most probable classes with their probabilities."""
STANDARD_INPUT = "-"
REDRAWN_AFTER_S = 0.1
BAR = 30


def show_predictions(model: Path, arguments: list[str], top: int, form: str) -> None:
    """Predict files, folders and standard input, and print each answer as soon as it is there.

    Args:
        model: folder of a shipped model, or one of its ONNX files.
        arguments: what to predict; `-` is standard input.
        top: how many classes to print of each image.
        form: table, json or csv.

    Raises:
        UserError: where there is no such model, or after all others were answered, where some could not be read.
    """
    if top < 1:
        raise UserError(f"--top {top}: must be at least 1")
    classifier = Classifier(model)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # names need not be text that the terminal can show
    images, problems = named_images(arguments)
    progress = Progress(len(images), any(Path(argument).is_dir() for argument in arguments))
    width, class_width = (max((len(printable(name)) for name in names), default=0) for names in (dict(images), classifier.labels))
    forms: dict[str, Callable[[Iterable[Row]], Iterator[str]]] = {
        "table": partial(table, width=width, class_width=class_width),
        "csv": as_csv,
        "json": as_json,
    }
    for line in forms[form](predicted(classifier, images, top, progress, problems)):
        progress.clear()
        print(line, flush=True)
    progress.clear()
    if problems:
        raise UserError(f"{len(problems):,} could not be read (named above); all others were answered")


def predicted(
    classifier: Classifier, images: list[tuple[str, Source]], top: int, progress: "Progress", problems: list[str]
) -> Iterator[Row]:
    """The `top` classes of each image that can be read; the others are reported, and added to `problems`."""
    for (name, _), answer in zip(images, classifier.each(progress.counted(source for _, source in images)), strict=True):
        if isinstance(answer, UserError):
            progress.clear()
            problems.append(reported(name, answer))
        else:
            yield name, list(zip(answer.names, answer.probabilities, strict=True))[:top]


def named_images(arguments: list[str]) -> tuple[list[tuple[str, Source]], list[str]]:
    """Each image with its name, and what could not be looked at; what lies in folders and is not taken is reported."""
    images, problems, skipped = list[tuple[str, Source]](), list[str](), Skipped()
    for argument in arguments:
        if argument == STANDARD_INPUT:
            images.append((argument, sys.stdin.buffer.read(LARGEST_BYTES + 1)))
        elif not Path(argument).is_dir():
            images.append((argument, argument))
        else:
            try:
                files = [str(file.path) for file in images_below(Path(argument), skipped)]
                images += [(file, file) for file in files]
                problems += [] if files else [reported(argument, "no image in it")]
            except OSError as error:
                problems.append(reported(error.filename or argument, error.strerror))
    for line in skipped.lines():
        print(line, file=sys.stderr)
    return images, problems


def reported(name: str, reason: object) -> str:
    """Print on standard error what is wrong with an image, and return its name."""
    print(printable(f"{name}: {reason}"), file=sys.stderr, flush=True)
    return name


def table(rows: Iterable[Row], width: int, class_width: int) -> Iterator[str]:
    """A line an image, aligned."""
    for name, classes in rows:
        cells = [f"{printable(label).ljust(class_width)} {probability:6.1%}" for label, probability in classes]
        yield f"{printable(name).ljust(width)}  {'  '.join(cells)}"


def as_csv(rows: Iterable[Row]) -> Iterator[str]:
    """Image, rank, class and probability, a line each class."""
    yield _csv_line(["image", "rank", "class", "probability"])
    for name, classes in rows:
        for rank, (label, probability) in enumerate(classes, 1):
            yield _csv_line([name, rank, label, f"{probability:.6g}"])


def as_json(rows: Iterable[Row]) -> Iterator[str]:
    """One list, a line an image."""
    before = "["
    for name, classes in rows:
        predictions = [{"class": label, "probability": probability} for label, probability in classes]
        yield before + json.dumps({"image": name, "predictions": predictions})
        before = ","
    yield "]" if before == "," else "[]"


def _csv_line(cells: list[object]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue()


class Progress:
    """A bar of images done, where it is wanted and standard error is a terminal."""

    def __init__(self, total: int, is_wanted: bool) -> None:
        self.total, self.is_shown = total, is_wanted and sys.stderr.isatty()

    def counted(self, images: Iterable[Source]) -> Iterator[Source]:
        """Hand on the images, and redraw the bar from time to time."""
        drawn = 0.0
        for done, image in enumerate(images):
            if self.is_shown and time.monotonic() - drawn > REDRAWN_AFTER_S:
                bar = "#" * (BAR * done // self.total)
                print(f"\r[{bar.ljust(BAR)}] {done:,} of {self.total:,} images", end="", file=sys.stderr, flush=True)
                drawn = time.monotonic()
            yield image

    def clear(self) -> None:
        """Take the bar away, for something else to be printed."""
        if self.is_shown:
            print("\r\x1b[K", end="", file=sys.stderr, flush=True)


def show_info(model: Path) -> None:
    """Print the card of a model, its labels and its cost.

    Raises:
        UserError: where there is no such model.
    """
    classifier = Classifier(model)
    card = classifier.file.with_name("README.md")
    if card.is_file():
        print(_without_front_matter(card.read_text("utf-8")).strip() + "\n")
    print(f"labels: {', '.join(classifier.labels)}")
    print(f"preprocessing: {classifier.preprocessing}")
    print(f"temperature: {classifier.temperature:g}")
    for key, value in classifier.facts.get("cost", {}).items():
        print(f"{key}: {value:,}")


def _without_front_matter(card: str) -> str:
    return card.split("\n---\n", 1)[1] if card.startswith("---\n") and "\n---\n" in card else card
