"""Plan files: that every stage has one and takes it, and what a change is called. How far a change reaches: `test_reach_of_*.py`."""

from typing import Any

import pytest

from lightcnn.core.errors import UserError
from lightcnn.core.yaml import read_yaml
from lightcnn.pipeline.fingerprints import read_sources
from lightcnn.pipeline.params import Params
from lightcnn.pipeline.plan import STAGES, describe_changes, plan_files
from tests.helpers import PARAMS, ROOT, STAGE_1, edited

SOURCES = read_sources(ROOT)


def planned(params: Any = PARAMS, sources: dict[str, bytes] = SOURCES) -> dict[str, Any]:
    return plan_files(Params.from_plain(params), sources)


BEFORE = planned()


def test_there_is_a_plan_for_every_task() -> None:
    assert list(BEFORE) == [
        *("fetch.json", "prepare.json", "train/raw.json", "train/augmented.json", "fuse/pair.json"),
        *(
            "export/raw.json",
            "export/pair.json",
            "evaluate/raw.json",
            "evaluate/pair.json",
            "latency.json",
            "claims.json",
            "figures.json",
            "report.json",
        ),
    ]


@pytest.mark.parametrize(
    ("path", "value"),
    [("note", None), ("data.image_size", 512), ("data.image_size", 10), ("data.valid_size", 1432), ("data.split_seed", 2**31 - 1)],
)
def test_every_stage_takes_what_params_allow(path: str, value: Any) -> None:
    for plan in planned(edited(PARAMS, path, value)).values():
        taken = STAGES[plan["stage"]].from_plain(plan["settings"]).to_plain()
        assert {key: taken[key] for key in plan["settings"]} == plan["settings"]


def test_every_stage_takes_the_projects_own_plan() -> None:
    plans = planned(read_yaml(ROOT / "params.yaml"))
    assert {plan["stage"] for plan in plans.values()} == STAGES.keys() - {"distill"}
    for plan in plans.values():
        STAGES[plan["stage"]].from_plain(plan["settings"])


FEWER = [f"{stage}: models.1 pair -> absent" for stage in ("latency", "claims", "figures")]


def test_the_fingerprint_of_the_code_is_of_all_that_a_stage_can_reach() -> None:
    for path in ("lightcnn/reporting/report/html.py", "lightcnn/reporting/report/style.css", "stages/train.py"):
        after = planned(sources={**SOURCES, path: SOURCES[path] + b"\nmore = 1\n"})
        assert after["report.json"]["settings"]["code"] != BEFORE["report.json"]["settings"]["code"], path


def told_of(after: dict[str, Any]) -> list[str]:
    return [line for line in describe_changes(BEFORE, after) if not line.startswith("report: ")]


def told(path: str, value: Any) -> list[str]:
    """What is said of a change, but for what is said of the report."""
    return told_of(planned(edited(PARAMS, path, value)))


@pytest.mark.parametrize(
    ("path", "value", "lines"),
    [
        ("runtime.threads", 2, []),
        ("trainings.raw.optimizer.lr", 0.02, ["train raw: optimizer.lr 0.01 -> 0.02"]),
        ("data.valid_size", 90, ["prepare: valid_size 100 -> 90"]),
        ("fusions.pair.phases.conv2.epochs", 5, ["fuse pair: phases.conv2.epochs 1 -> 5"]),
        ("trainings.augmented.augment.0.flip", False, ["train augmented: augment.0.flip True -> False"]),
        ("trainings.raw.checkpoint", "last", ["train raw: checkpoint best -> last"]),
        ("latency.calls", 60, ["latency: calls 50 -> 60"]),
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
        "train raw: schedule.pct_start 0.3 -> absent",
        "train raw: schedule.div_factor 25.0 -> absent",
        "train raw: schedule.final_div_factor 10000.0 -> absent",
        "train raw: code of lightcnn/training/schedules/constant.py, lightcnn/training/schedules/_one_cycle.py, lightcnn/training/schedules/one_cycle.py",
    ]


def test_an_edit_is_told_by_its_file() -> None:
    after = planned(sources={**SOURCES, "stages/fuse.py": b"x = 1"})
    assert told_of(after)[0].startswith("fuse pair: code of stages/fuse.py, ")


@pytest.mark.parametrize("code", [b"def (", b"a = 1\x00", b"\xff"])
def test_code_that_is_no_python_is_named_in_one_line(code: bytes) -> None:
    with pytest.raises(UserError, match=r"^lightcnn/training/loop\.py: invalid Python \(.*\); fix it$") as caught:
        planned(sources={**SOURCES, "lightcnn/training/loop.py": code})
    assert "\n" not in str(caught.value)
