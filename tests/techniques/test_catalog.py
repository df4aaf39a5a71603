"""docs/techniques.md: committed as it is generated, complete, and right to copy from."""

import re
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from lightcnn.cli import search
from lightcnn.core import registry
from lightcnn.core.command import parser_of
from lightcnn.core.config import StrictModel
from lightcnn.core.registry import components_in
from lightcnn.core.yaml import read_yaml
from lightcnn.pipeline.params import Params
from lightcnn.techniques.catalog import page, read
from lightcnn.training.optim import sgd
from lightcnn.training.recipe import Distillation, Fusion, Training
from tests.helpers import PARAMS, ROOT, STAGE_1, STAGE_2, unshared

CARDS = {
    path.relative_to(ROOT / "lightcnn"): path.read_text("utf-8")
    for path in sorted((ROOT / "lightcnn").glob("*/*/[a-z]*.py"))
    if path.parent.name not in ("datasets", "figures", "image_folder", "report")
}
OWN = read_yaml(ROOT / "params.yaml")
COMMITTED = (ROOT / "docs" / "techniques.md").read_text("utf-8")
KINDS: dict[str, tuple[type[StrictModel], Any]] = {
    "fusions": (Fusion, STAGE_2),
    "distill": (Distillation, {**STAGE_1, "teacher": "pair"}),
    "inference": (Params, PARAMS),
}
"""Where a line belongs that is not for a training."""
ENTRY = re.compile(r"^### (\w+)\.(\w+)\n.*?^```yaml\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ENTRIES = {(family, name): line for family, name, line in ENTRY.findall(COMMITTED)}


def test_the_committed_page_is_what_the_rooms_say() -> None:
    components, mark, _ = COMMITTED.partition("\n## Smoke test")
    assert components == page(), "run `lightcnn docs`"
    assert bool(mark) is (ROOT / "reports/benchmarks/smoke.json").exists()


def test_every_room_of_a_run_has_an_entry_and_its_file_a_link() -> None:
    assert {registry.folder(family).relative_to(ROOT / "lightcnn") / f"{name}.py" for family, name in ENTRIES} == set(CARDS)
    links = re.findall(r"\]\(\.\./lightcnn/(\S+)\)", COMMITTED)
    assert {Path(link) for link in links} == {*CARDS, Path("search/study.py")}


def test_the_table_has_every_id_in_order() -> None:
    cards = [*CARDS.values(), (ROOT / "lightcnn/search/study.py").read_text("utf-8")]
    told = sorted(id_ for card in cards for line in re.findall(r"^id +(.+)$", card, re.MULTILINE) for id_ in re.findall(r"\w+", line))
    assert re.findall(r"^\| ([A-F]\d\w?) \|", COMMITTED.partition("\n## Smoke test")[0], re.MULTILINE) == told
    assert {"A1", "E3", "E4", "E5"} <= set(told)


def test_the_command_of_the_page_is_understood() -> None:
    (line,) = re.findall(r"^```sh\nlightcnn search (.*)\n```$", COMMITTED, re.MULTILINE)
    arguments = parser_of(search, "lightcnn search").parse_args(line.split())
    assert arguments.run in OWN["trainings"]


@pytest.mark.parametrize(("family", "name"), ENTRIES)
def test_what_is_copied_from_the_page_into_a_run_is_understood(family: str, name: str) -> None:
    lines: dict[str, Any] = YAML(typ="safe").load(ENTRIES[family, name])
    kind, example = KINDS.get(family, (Training, STAGE_1))
    assert (family, name) in {
        (component.family, component.name) for component in components_in(kind.from_plain({**unshared(example), **lines}))
    }


def test_a_clash_is_told_at_both_rooms(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sgd, "CONFLICTS", {"averaging.ema": "for a test"}, raising=False)
    entries = {entry.partition("\n")[0]: entry for entry in page().split("\n### ")}
    assert "averaging.ema (for a test)" in entries["optim.sgd"]
    assert "optim.sgd (for a test)" in entries["averaging.ema"]


def test_a_line_of_a_card_that_is_broken_is_joined() -> None:
    assert "new channels zero: their option A); BatchNorm follows each convolution" in read("architectures", "enhanced").fields["differs"]
