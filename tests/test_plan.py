"""Plan files: which key reaches which stage, and what a change is called."""

from typing import Any

import pytest

from lightcnn import artefacts
from lightcnn.config import Strict
from lightcnn.data._settings import FetchSettings, PrepareSettings
from lightcnn.evaluate import EvaluateSettings
from lightcnn.export.onnx import ExportSettings
from lightcnn.latency import LatencySettings
from lightcnn.params import Params
from lightcnn.plan import changes, plan_files
from lightcnn.recipe import Fusion, Training
from lightcnn.results import FigureSettings, ReportSettings
from tests.helpers import PARAMS, ROOT, STAGE_1, edited

SOURCES = artefacts.read_sources(ROOT)
FIGURES = {"figures.json"}
EVERY_MODEL = {"latency.json", *FIGURES}


def planned(params: Any = PARAMS, sources: dict[str, bytes] = SOURCES) -> dict[str, Any]:
    return plan_files(Params.parse(params), sources)


BEFORE = planned()


def altered(after: dict[str, Any]) -> set[str]:
    """Which plans are different from BEFORE, but for the report's: it shows all settings, and so goes with any other."""
    found = {path for path in {**BEFORE, **after} if BEFORE.get(path) != after.get(path)}
    assert ("report.json" in found) == (len(found) > 0)
    return found - {"report.json"}


def test_there_is_a_plan_for_every_task() -> None:
    assert list(BEFORE) == [
        *("fetch.json", "prepare.json", "train/raw.json", "train/augmented.json", "fuse/pair.json"),
        *("export/raw.json", "export/pair.json", "evaluate/raw.json", "evaluate/pair.json", "latency.json", "figures.json", "report.json"),
    ]


@pytest.mark.parametrize(
    ("path", "value", "files"),
    [
        ("runtime", {"device": "auto", "threads": 1, "progress": "bar"}, set()),
        ("note", "short", FIGURES),
        ("data.source", {"name": "mnist"}, {"fetch.json", "prepare.json"}),
        ("data.image_size", 32, {"prepare.json"}),
        ("data.valid_size", 90, {"prepare.json"}),
        ("data.split_seed", 1, {"prepare.json"}),
        ("trainings.raw.optimizer.lr", 0.02, {"train/raw.json"}),
        ("trainings.raw.optimizer", {"name": "sgd", "lr": 0.01}, {"train/raw.json"}),
        ("trainings.raw.schedule", {"name": "constant"}, {"train/raw.json"}),
        ("trainings.raw.epochs", 4, {"train/raw.json"}),
        ("trainings.raw.keep", "last", {"train/raw.json"}),
        ("trainings.raw.early_stopping", {"patience": 2}, {"train/raw.json"}),
        ("trainings.raw.averaging", None, {"train/raw.json"}),
        ("trainings.augmented.augment.0.pad", 2, {"train/augmented.json"}),
        ("trainings.augmented.augment", [{"name": "affine"}], {"train/augmented.json"}),
        ("fusions.pair.head.hidden", 9, {"fuse/pair.json"}),
        ("fusions.pair.phases.2.epochs", 2, {"fuse/pair.json"}),
        ("models", ["pair", "raw"], EVERY_MODEL),
        ("models", ["raw"], {"export/pair.json", "evaluate/pair.json", *EVERY_MODEL}),
        ("models", ["raw", "pair", "augmented"], {"export/augmented.json", "evaluate/augmented.json", *EVERY_MODEL}),
        ("trainings.more", STAGE_1, {"train/more.json", *FIGURES}),
        ("latency.runs", 60, {"latency.json"}),
        ("latency.warmup", 6, {"latency.json"}),
        ("figures.0.baseline", "pair", {"figures.json"}),
        ("figures", [], FIGURES),
    ],
)
def test_a_key_alters_the_plans_that_it_should_and_no_other(path: str, value: Any, files: set[str]) -> None:
    assert altered(planned(edited(PARAMS, path, value))) == files


def test_another_architecture_alters_what_is_built_of_it() -> None:
    after = PARAMS
    for branch in ("raw", "augmented"):
        after = edited(after, f"trainings.{branch}.model", {"name": "dense128"})
    after = edited(after, "fusions.pair.phases.2.unfreeze", ["dense"])
    after = edited(after, "fusions.pair.phases.3.unfreeze", ["conv2", "conv1"])
    stages = {"train/raw", "train/augmented", "fuse/pair", "export/raw", "export/pair", "evaluate/raw", "evaluate/pair"}
    assert altered(planned(after)) == {f"{stage}.json" for stage in stages}


def test_a_default_written_out_alters_nothing() -> None:
    assert not altered(planned(edited(PARAMS, "trainings.raw.optimizer.weight_decay", 0.01)))
    assert not altered(planned(edited(PARAMS, "trainings.raw.loss", {"name": "cross_entropy"})))


LOOPS = {"train/raw.json", "train/augmented.json", "fuse/pair.json"}
NETWORKS = {f"{stage}/{model}.json" for stage in ("export", "evaluate") for model in ("raw", "pair")}


@pytest.mark.parametrize(
    ("file", "files"),
    [
        ("lightcnn/train.py", LOOPS),
        ("lightcnn/session.py", LOOPS),
        ("lightcnn/augment/crop_flip.py", {"train/augmented.json"}),
        ("lightcnn/augment/affine.py", set()),
        ("lightcnn/schedules/one_cycle.py", {"train/raw.json", "train/augmented.json"}),
        ("lightcnn/schedules/cosine.py", {"fuse/pair.json"}),
        ("lightcnn/optim/_groups.py", LOOPS),
        ("lightcnn/models/paper.py", LOOPS | NETWORKS),
        ("lightcnn/models/enhanced.py", set()),
        ("lightcnn/fusions/dense.py", {"fuse/pair.json", "export/pair.json", "evaluate/pair.json"}),
        ("lightcnn/data/digits.py", {"fetch.json", "prepare.json"}),
        ("lightcnn/data/mnist.py", set()),
        ("lightcnn/figures/confusion_matrix.py", {"figures.json"}),
        ("lightcnn/artefacts.py", set(BEFORE) - {"report.json"}),
        ("stages/fuse.py", {"fuse/pair.json"}),
        ("stages/plan.py", set()),
        ("lightcnn/params.py", set()),
        ("lightcnn/plan.py", set()),
    ],
)
def test_an_edit_alters_the_plans_of_its_users_and_no_other(file: str, files: set[str]) -> None:
    assert altered(planned(sources={**SOURCES, file: SOURCES[file] + b"\nEDIT = 1\n"})) == files
    assert not altered(planned(sources={**SOURCES, file: SOURCES[file] + b"\n# a comment\n"}))


SETTINGS: dict[str, type[Strict]] = {
    "fetch": FetchSettings,
    "prepare": PrepareSettings,
    "train": Training,
    "fuse": Fusion,
    "export": ExportSettings,
    "evaluate": EvaluateSettings,
    "latency": LatencySettings,
    "figures": FigureSettings,
    "report": ReportSettings,
}


@pytest.mark.parametrize(
    ("path", "value"),
    [("note", None), ("data.image_size", 512), ("data.image_size", 4), ("data.valid_size", 2**31), ("data.split_seed", 2**31 - 1)],
)
def test_every_stage_takes_what_params_allow(path: str, value: Any) -> None:
    for plan in planned(edited(PARAMS, path, value)).values():
        taken = SETTINGS[plan["stage"]].parse(plan["settings"]).plain()
        assert {key: taken[key] for key in plan["settings"]} == plan["settings"]


def test_every_stage_takes_the_projects_own_plan() -> None:
    plans = planned(artefacts.read_yaml(ROOT / "params.yaml"))
    assert {plan["stage"] for plan in plans.values()} == SETTINGS.keys()
    for plan in plans.values():
        SETTINGS[plan["stage"]].parse(plan["settings"])


FEWER = [f"{stage}: models.1 pair -> absent" for stage in ("latency", "figures")]


def told_of(after: dict[str, Any]) -> list[str]:
    return [line for line in changes(BEFORE, after) if not line.startswith("report: ")]


def told(path: str, value: Any) -> list[str]:
    """What is said of a change, but for what is said of the report."""
    return told_of(planned(edited(PARAMS, path, value)))


@pytest.mark.parametrize(
    ("path", "value", "lines"),
    [
        ("runtime.threads", 2, []),
        ("trainings.raw.optimizer.lr", 0.02, ["train raw: optimizer.lr 0.01 -> 0.02"]),
        ("data.valid_size", 90, ["prepare: valid_size 100 -> 90"]),
        ("fusions.pair.phases.2.epochs", 5, ["fuse pair: phases.2.epochs 1 -> 5"]),
        ("trainings.augmented.augment.0.flip", False, ["train augmented: augment.0.flip True -> False"]),
        ("trainings.raw.keep", "last", ["train raw: keep best -> last"]),
        ("latency.runs", 60, ["latency: runs 50 -> 60"]),
        ("models", ["raw"], ["export pair: gone", "evaluate pair: gone", *FEWER]),
    ],
)
def test_a_change_is_told_in_words(path: str, value: Any, lines: list[str]) -> None:
    assert told(path, value) == lines


def test_a_new_run_is_told() -> None:
    assert told("trainings.more", STAGE_1)[0] == "train more: new"


def test_another_room_is_told_with_its_options_and_its_code() -> None:
    assert told("trainings.raw.schedule", {"name": "constant"}) == [
        "train raw: schedule.name one_cycle -> constant",
        "train raw: schedule.rise 0.3 -> absent",
        "train raw: schedule.start 25.0 -> absent",
        "train raw: schedule.end 10000.0 -> absent",
        "train raw: code of lightcnn/schedules/constant.py, lightcnn/schedules/one_cycle.py",
    ]


def test_an_edit_is_told_by_its_file() -> None:
    after = planned(sources={**SOURCES, "stages/fuse.py": b"x = 1"})
    assert told_of(after)[0].startswith("fuse pair: code of stages/fuse.py, ")
