"""A project of one's own: a folder with a pipeline for images of one's own, or for a data set that is known, ready to run."""

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from lightcnn.core import registry
from lightcnn.core.errors import UserError
from lightcnn.core.files import write_bytes
from lightcnn.core.types import Shape
from lightcnn.data.datasets import folder as own
from lightcnn.data.datasets._official import Published
from lightcnn.data.held_out import warning
from lightcnn.data.image_folder.findings import changes, counts_of, describe, imbalance
from lightcnn.data.image_folder.place import VARIABLE, Noted, from_variable, read_noted, root_of, write_noted
from lightcnn.data.image_folder.reading import LEAST_IMAGES, decoded
from lightcnn.data.settings import DataConfig
from lightcnn.pipeline.params import Params, load_params
from lightcnn.pipeline.project import create
from lightcnn.pipeline.starter import RUN, Images, Starter, starter

SIZE = 32
"""Pixels a side of images of one's own, where nothing is said."""
TEST_SHARE, VALID_SHARE = 0.2, 0.125
"""Of all images, and of those left: 70, 10 and 20 % of them are for training, validation and test."""
OFFICIAL_VALID = 0.1
"""The share of official training images that are held out for validation."""


def from_images(project: Path, root: Path, size: int, budget: int, min_images: int, flip: bool) -> None:
    """Make a project for images of one's own.

    Args:
        project: a folder that is empty, or not there yet.
        root: a folder of images or a CSV file that lists them; they stay there.
        size: pixels a side (0: 32).
        budget: parameters that the network may have.
        min_images: of a class; those with fewer are left out (0: none may have fewer than three).
        flip: whether a mirror image is of the same class.

    Raises:
        UserError: where there is something wrong with the images or the options, or the folder holds something.
    """
    refuse_taken(project)
    if not root.exists():
        raise UserError(f"--images {root}: not there; name a folder of images, or a CSV file that lists them")
    if project.resolve().is_relative_to(root.resolve()):
        raise UserError(f"{project}: lies among the images; name a folder outside of {root}")
    if min_images and min_images < LEAST_IMAGES:
        raise UserError(f"--min-images {min_images}: {LEAST_IMAGES} at least, one for each split")
    settings = {"size": size or SIZE, "test_share": TEST_SHARE, "valid_share": VALID_SHARE, "min_images": min_images or None}
    config = checked(own.Config.from_plain, settings, f"--size {size}")
    found = own.find(config, root)
    images = decoded(root, found.samples, 1)  # a pixel of each: what they are like is all that is wanted
    print(*describe(root, found, images), sep="\n")
    counts = {split: sum(sample.split == split for sample in found.samples) for split in ("train", "valid")}
    shape = Shape(1 if images.are_grey.all() else 3, config.size, len(found.classes))
    dataset = {"name": "folder", "fingerprint": found.fingerprint, **settings}
    data = {"dataset": dataset, "image_size": None, "valid_size": None, "split_seed": 0}
    made = starter(data, Images(shape, counts["train"], counts["valid"], imbalance(counts_of(found))), budget, flip)
    with created(project, made.params):
        write_noted(project, Noted(root, found.files))
    tell(project, made, counts["valid"])
    if named := from_variable(Path.cwd()):
        print(f"{VARIABLE}={named} is set, and wins over {root}: unset it, or let it name the images")


def from_published(project: Path, name: str, size: int, budget: int, flip: bool) -> None:
    """Make a project for a data set that is known; see `from_images`.

    Raises:
        UserError: where there is no such data set, something is wrong with the options, or the folder holds something.
    """
    refuse_taken(project)
    known = {other: getattr(registry.load("datasets", other), "PUBLISHED", None) for other in registry.available("datasets")}
    published: Published | None = known.get(name)
    if published is None:
        there = ", ".join(other for other in known if known[other])
        raise UserError(f"--data {name}: no such data set (there are: {there}); --images PATH takes images of your own")
    held = round(OFFICIAL_VALID * published.images)
    data = {"dataset": {"name": name}, "image_size": size or None, "valid_size": held, "split_seed": 0}
    checked(DataConfig.from_plain, data, f"--size {size}")
    shape = Shape(published.channels, size or published.size, published.classes)
    made = starter(data, Images(shape, published.images - held, held, 1.0), budget, flip)
    with created(project, made.params):
        pass
    tell(project, made, held)


def update(project: Path, root: Path | None) -> None:
    """Show what became of a project's images since the last look, and move the fingerprint in its params.yaml.

    Args:
        project: its folder.
        root: where they lie now, where that is another place than before; it is noted.

    Raises:
        UserError: where it is no project with images of one's own, or there is something wrong with them; nothing is changed then.
    """
    path = project / "params.yaml"
    if not (project / "dvc.yaml").exists():
        raise UserError(f"{project}: no project (no dvc.yaml in it); `lightcnn init {project} --images PATH` makes one")
    config: Any = load_params(path).data.dataset.config
    if not isinstance(config, own.Config):
        raise UserError(f"{path}: of a published data set, whose images never change; --update is for images of your own")
    if root is not None and not root.exists():
        raise UserError(f"--images {root}: not there; name a folder of images, or a CSV file that lists them")
    root, noted = root or root_of(project), read_noted(project)
    found = own.find(config, root)
    images = decoded(root, found.samples, 1)  # a pixel of each: what they are like is all that is wanted
    print(*describe(root, found, images), sep="\n")
    if found.fingerprint != config.fingerprint:
        text = moved(path, config.fingerprint, found.fingerprint)
        print(*(changes(noted.files, found.files) if noted else ["which images there were before is not noted on this machine"]), sep="\n")
        write_bytes(path, text.encode())
        print(f"{path}: fingerprint {config.fingerprint or 'of nothing'} -> {found.fingerprint}; `dvc repro` goes on from here")
    else:
        print("nothing changed")
    write_noted(project, Noted(root, found.files))


def moved(path: Path, before: str, after: str) -> str:
    """The text of params.yaml with another fingerprint, and all else as it is written.

    Raises:
        UserError: where it does not stand there as one would write it.
    """
    pattern = rf"""(\bfingerprint:\s*)(["']?){before}\2(?=[\s,}}])"""
    text, count = re.subn(pattern, rf"\g<1>'{after}'", path.read_text("utf-8"))
    if count != 1:
        raise UserError(f"{path}: `fingerprint: {before}` is not there once; write {after} there yourself")
    return text


def refuse_taken(project: Path) -> None:
    """Stop where something is in a folder.

    Raises:
        UserError: where that is so.
    """
    if (project / "dvc.yaml").exists():
        raise UserError(f"{project}: a project already; --update looks at its images again, or name another folder")
    if project.exists() and (not project.is_dir() or any(project.iterdir())):
        raise UserError(f"{project}: holds something that is no project; name an empty folder, or one that is not there yet")


@contextmanager
def created(project: Path, params: dict[str, Any]) -> Iterator[None]:
    """Make the project's folder; where that fails, or what follows within, nothing of it is left."""
    Params.from_plain(params)
    existed = project.exists()
    try:
        create(project, params)
        yield
    except BaseException:
        for path in list(project.iterdir()) if existed else [project]:
            shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
        raise


def checked(make: Any, settings: dict[str, Any], option: str) -> Any:
    """Settings as a component takes them.

    Raises:
        UserError: in the words of the first that is wrong.
    """
    try:
        return make(settings)
    except ValidationError as error:
        raise UserError(f"{option}: {error.errors()[0]['msg']}") from None


def tell(project: Path, made: Starter, valid: int) -> None:
    """Say what was made, what to know of it, and what to type."""
    run, data = made.params["trainings"][RUN], made.params["data"]
    crop, sizes = run["augment"][0], " ".join(map(str, run["architecture"]["widths"]))
    print(
        f"\n{project}: one network, enhanced ({sizes}), {made.parameters:,} parameters; {run['epochs']} epochs in batches of {run['batch_size']}"
    )
    if crop["flip"]:
        print("mirror images count as the same in training; where that is wrong (digits, letters, signs), take --no-flip")
    if run["loss"]["name"] != "cross_entropy":
        print("the classes are skewed: their losses are weighted (loss: class_weights), and macro averages stand beside top-1")
    if text := warning(valid):
        print(text + (" (the recipe does)" if run["checkpoint"] == "last" else ""))
    print(f"every setting stands in {project / 'params.yaml'}; data set {data['dataset']['name']}\n")
    print(f"cd {project}\ndvc repro\n\nand then: lightcnn predict models/{RUN} IMAGE")
