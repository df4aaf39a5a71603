"""A technique is added by one file and one line: nothing else of the project is touched, and nothing else runs."""

from pathlib import Path

from lightcnn.core.files import read_json
from tests.end_to_end.pipe import Pipe

INVERT = '''"""Inversion: some images are shown as their own negatives.

id         X1
source     unpublished: made up for a test
differs    nothing
cost       one subtraction
example    share: 0.25
conflicts  nothing
"""

import torch
from pydantic import Field

from lightcnn.core.config import StrictModel
from lightcnn.data.types import PixelTransform


class Config(StrictModel):
    """`share` of the images are inverted."""

    share: float = Field(0.25, ge=0, le=1)


def build(config: Config) -> PixelTransform:
    """A transform that inverts afresh."""

    def invert(images, generator):
        chosen = torch.rand(len(images), generator=generator, device=generator.device) < config.share
        return torch.where(chosen[:, None, None, None], 255 - images, images)

    return invert
'''


def test_one_file_and_one_line_add_a_technique(plain: Pipe, tmp_path: Path) -> None:
    pipe = plain.copy(tmp_path / "pipe")
    (pipe.folder / "lightcnn/data/augment/invert.py").write_text(INVERT)
    done = pipe.dvc("exp", "run", "-S", "trainings.one.augment=[{name: invert, share: 0.5}]", "train@one").succeeded()
    assert done.ran == {"plan", "train@one"}
    plan = read_json(pipe.folder / "plan/train/one.json")
    assert plan["settings"]["augment"] == [{"name": "invert", "share": 0.5}]
    assert "lightcnn/data/augment/invert.py" in plan["code"]
    weights = Path("runs/one/weights.safetensors")
    assert (pipe.folder / weights).read_bytes() != (plain.folder / weights).read_bytes()
    assert pipe.dvc("repro", "train@other").succeeded().ran == set()
    changed = pipe.changed().splitlines()
    assert "?? lightcnn/data/augment/invert.py" in changed
    assert {line.split()[1].partition("/")[0] for line in changed} <= {"lightcnn", "params.yaml", "dvc.lock", "reports"}
    assert not [line for line in changed if line.endswith(".py") and not line.startswith("??")]


def test_the_page_of_techniques_lists_it_by_itself(plain: Pipe, tmp_path: Path) -> None:
    pipe = plain.copy(tmp_path / "pipe")
    (pipe.folder / "lightcnn/data/augment/invert.py").write_text(INVERT)
    done = pipe.run("python", "-c", "from lightcnn.techniques.catalog import page; print(page())").succeeded()
    assert "| X1 | Inversion: some images are shown as their own negatives. | [augment.invert](#augmentinvert) |" in done.text
    assert "augment: [{name: invert, share: 0.25}]" in done.text
