"""params.yaml as a whole: what it refuses, in words that name the place."""

import re
from pathlib import Path
from typing import Any

import pytest
import torch

from lightcnn.core import registry
from lightcnn.core.errors import UserError
from lightcnn.core.types import Shape
from lightcnn.core.yaml import as_yaml
from lightcnn.models.fusions import concat_mlp
from lightcnn.pipeline.params import Params, load_params
from lightcnn.training.averaging import ema
from tests.helpers import PARAMS, PHASE, ROOT, STAGE_1, STAGE_2, edited, unshared

INFINITE = float("inf")
SHRUNK = {**STAGE_1, "architecture": {"name": "enhanced"}, "resize": {"name": "progressive"}, "teacher": "raw"}


def written(folder: Path, params: Any) -> Path:
    path = folder / "params.yaml"
    path.write_text(as_yaml(unshared(params)))
    return path


def complaints(folder: Path, params: Any) -> list[str]:
    """What is said of each error, without the file's name."""
    path = written(folder, params)
    with pytest.raises(UserError) as caught:
        load_params(path)
    title, *lines = str(caught.value).splitlines()
    assert title == "params are wrong"
    return [line.removeprefix(f"{path}: ") for line in lines]


def test_the_projects_own_params_are_valid() -> None:
    assert load_params(ROOT / "params.yaml").models


def test_the_example_of_these_tests_is_valid(tmp_path: Path) -> None:
    assert load_params(written(tmp_path, PARAMS)) == Params.from_plain(PARAMS)


@pytest.mark.parametrize(
    ("path", "value", "text"),
    [
        *((f"data.{key}", value, "greater than or equal") for key in ("valid_size", "image_size", "split_seed") for value in (-1, -1000)),
        *(("trainings.raw.batch_size", value, "greater than or equal to 1") for value in (0, -1)),
        ("trainings.raw.epochs", -1, "greater than or equal to 0"),
        ("budget", 0, "greater than or equal to 1"),
        *(
            (f"trainings.raw.optimizer.{key}", value, "finite")
            for key in ("lr", "weight_decay")
            for value in (INFINITE, -INFINITE, float("nan"))
        ),
        ("data.valid_size", 0, "greater than or equal to 1"),
        ("data.valid_size", "100", "valid integer"),
        ("data.image_size", 0, "greater than or equal to 4"),
        ("data.dataset", {"name": "cifar11"}, "no such component 'cifar11' (did you mean 'cifar10'?"),
        ("trainings.raw.seeds", [], "at least 1 item"),
        ("trainings.raw.seeds", [1, 2, 1], "only once"),
        ("trainings.raw.seeds", 0, "valid tuple"),
        ("trainings.raw.optimizer.lr", 0, "greater than 0"),
        ("trainings.raw.optimizer.lr", -0.1, "greater than 0"),
        ("trainings.raw.optimizer.lr", "1e-3", "valid number"),
        ("trainings.raw.optimizer", "adamw", "expected a mapping with a 'name'"),
        ("trainings.raw.optimizer", {"lr": 0.1}, "expected a mapping with a 'name'"),
        ("trainings.raw.augment", [{"name": "crop_flip", "padding": -1}], ".0.padding: "),
        ("trainings.raw.augment", None, "valid tuple"),
        ("trainings.raw.averaging", {"name": "ema", "decay": 1.0}, ".decay: "),
        ("trainings.raw.early_stopping", {"patience": 0}, ".patience: "),
        ("trainings.raw.checkpoint", "first", "'best' or 'last'"),
        ("trainings.raw.architecture", {"name": "enhanced", "attention": {"name": "se", "hidden": 0}}, ".attention.hidden: "),
        ("trainings", {}, "at least 1 item"),
        ("trainings", None, "valid dictionary"),
        ("models", [], "at least 1 item"),
        ("fusions.pair.phases.head.unfreeze", [], "at least 1 item"),
        ("fusions.pair.phases.conv2.optimizer.lr", 0, "greater than 0"),
        ("fusions.pair.fusion.dropout", 1, "less than 1"),
        ("latency.calls", 0, "greater than or equal"),
        ("runtime.device", "gpu", "'auto', 'cpu' or 'cuda'"),
        ("note", 3, "valid string"),
    ],
)
def test_a_value_out_of_range_is_refused_by_its_path(tmp_path: Path, path: str, value: Any, text: str) -> None:
    (complaint,) = complaints(tmp_path, edited(PARAMS, path, value))
    assert complaint.startswith(path)
    assert text in complaint


@pytest.mark.parametrize(
    "name", ["../x", "a/b", "/etc/passwd", "_groups", "__init__", "adamw.py", "adamw\n", "", "AdamW", "os", 3, None, {}]
)
def test_a_room_is_named_by_nothing_but_its_name(tmp_path: Path, name: Any) -> None:
    complaint, *_ = complaints(tmp_path, edited(PARAMS, "trainings.raw.optimizer.name", name))
    assert complaint.startswith(f"trainings.raw.optimizer: no such component {name!r} (")
    assert complaint.endswith(f"there are: {', '.join(registry.available('optim'))})")


@pytest.mark.parametrize("kind", ["trainings", "fusions"])
@pytest.mark.parametrize("name", ["../x", "a/b", "a b", "", ".hidden"])
def test_a_run_that_no_file_should_be_named_by_is_refused(tmp_path: Path, kind: str, name: str) -> None:
    entry = {"trainings": STAGE_1, "fusions": STAGE_2}[kind]
    (complaint,) = complaints(tmp_path, edited(PARAMS, kind, {**PARAMS[kind], name: entry}))
    assert complaint.startswith(f"{kind}.{name}.[key]: ")


@pytest.mark.parametrize(
    "place",
    ["", "data.", "runtime.", "latency.", "trainings.raw.", "trainings.raw.optimizer.", "fusions.pair.phases.head.", "data.dataset."],
)
def test_an_unknown_key_is_refused_and_swapping_explained(tmp_path: Path, place: str) -> None:
    first, last = complaints(tmp_path, edited(PARAMS, f"{place}no_such_key", 1))
    assert first.startswith(f"{place}no_such_key: unknown key (")
    assert "dvc exp run -S" in last


@pytest.mark.parametrize(
    "key", ["data", "trainings", "models", "data.dataset", "data.valid_size", "trainings.raw.epochs", "fusions.pair.fusion"]
)
def test_a_key_without_default_must_be_there(tmp_path: Path, key: str) -> None:
    folder, _, last = key.rpartition(".")
    whole = edited(PARAMS, key, None)
    part = whole
    for step in folder.split(".") if folder else []:
        part = part[step]
    del part[last]
    assert complaints(tmp_path, whole) == [f"{key}: Field required"]


def test_all_faults_are_named_at_once_a_line_each(tmp_path: Path) -> None:
    wrong = PARAMS
    for path, value in (("data.valid_size", 0), ("trainings.raw.optimizer.roh", 1), ("trainings.augmented.epochs", -1), ("keep", 1)):
        wrong = edited(wrong, path, value)
    places = [re.split(": ", complaint)[0] for complaint in complaints(tmp_path, wrong)]
    assert sorted(places[:-1]) == ["data.valid_size", "keep", "trainings.augmented.epochs", "trainings.raw.optimizer.roh"]


@pytest.mark.parametrize(
    ("path", "value", "complaint"),
    [
        ("models", ["raw", "nope"], "models.1: unknown run 'nope' (there are: raw, augmented, pair)"),
        ("models", ["raw", "pair", "raw"], "models.2: 'raw' is listed twice"),
        ("fusions.raw", STAGE_2, "fusions.raw: trainings has this name too"),
        ("distillations.raw", {**STAGE_1, "teacher": "pair"}, "distillations.raw: trainings has this name too"),
        ("distillations.small", {**STAGE_1, "teacher": "big"}, "distillations.small.teacher: unknown run 'big' (there are: "),
        ("inference", [{"name": "tta"}, {"name": "tta", "shift": 1}], "inference: 'tta' is listed twice; "),
        ("figures", [{"name": "roc_curves"}] * 2, "figures: 'roc_curves' is listed twice; "),
        ("distillations.small", SHRUNK, "distillations.small.teacher: resize.progressive does not go with architectures.paper: "),
        ("fusions.pair.branches", ["raw", "raw"], "fusions.pair.branches: 'raw' is listed twice; "),
        ("fusions.pair.phases", {}, "fusions.pair.phases: none, and the fusion 'concat_mlp' has to learn"),
        ("figures.0.baseline", "augmented", "figures.0.baseline: 'augmented' is none of the models (raw, pair)"),
        ("fusions.pair.branches", ["raw", "nope"], "fusions.pair.branches: 'nope' is not a run of one network (there are: raw, augmented)"),
        ("fusions.pair.branches", ["raw", "pair"], "fusions.pair.branches: 'pair' is not a run of one network (there are: raw, augmented)"),
        ("trainings.augmented.architecture.channels", [5, 6], "fusions.pair.branches: raw and augmented are of different architectures; "),
        (
            "trainings.augmented.architecture",
            {"name": "dense128"},
            "fusions.pair.branches: raw and augmented are of different architectures; ",
        ),
        ("trainings.augmented.seeds", [0], "fusions.pair.branches: seeds differ ([0, 1] and [0]); "),
        ("trainings.augmented.seeds", [1, 0], "fusions.pair.branches: seeds differ ([0, 1] and [1, 0]); "),
    ],
)
def test_parts_that_do_not_fit_each_other_are_refused(tmp_path: Path, path: str, value: Any, complaint: str) -> None:
    (found,) = complaints(tmp_path, edited(PARAMS, path, value))
    assert found.startswith(complaint)


@pytest.mark.parametrize(
    ("groups", "place", "text"),
    [
        ([["head"], ["fusion"]], 0, "'head' is out of turn: groups are unfrozen once each, in the order fusion, head, conv2, conv1"),
        ([["fusion"], ["conv2"]], 1, "'conv2' is out of turn"),
        ([["fusion"], ["head", "head"]], 1, "'head' is out of turn"),
        ([["fusion"], ["head"], ["fusion"]], 2, "'fusion' is out of turn"),
        ([["fusion"], ["haed"]], 1, "no group 'haed' (from the head backwards there are: fusion, head, conv2, conv1)"),
        ([["stem"]], 0, "no group 'stem'"),
    ],
)
def test_groups_are_unfrozen_once_each_from_the_head_backwards(tmp_path: Path, groups: list[list[str]], place: int, text: str) -> None:
    phases = {f"phase{number}": {"unfreeze": names, **PHASE} for number, names in enumerate(groups)}
    (found,) = complaints(tmp_path, edited(PARAMS, "fusions.pair.phases", phases))
    assert found.startswith(f"fusions.pair.phases.phase{place}.unfreeze: {text}")


@pytest.mark.parametrize("groups", [[["fusion"]], [["fusion", "head", "conv2", "conv1"]], [["fusion", "head"], ["conv2"]]])
def test_several_groups_may_open_together_and_some_never(groups: list[list[str]]) -> None:
    phases = {f"phase{number}": {"unfreeze": names, **PHASE} for number, names in enumerate(groups)}
    assert Params.from_plain(edited(PARAMS, "fusions.pair.phases", phases)).fusions["pair"].phases["phase0"].unfreeze == tuple(groups[0])


@pytest.mark.parametrize(("knows", "other"), [("optim.sgd", "architectures.paper"), ("architectures.paper", "optim.sgd")])
def test_rooms_that_clash_are_refused_at_every_run_that_has_both(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, knows: str, other: str
) -> None:
    monkeypatch.setattr(registry.load(*knows.split(".")), "CONFLICTS", {other: "for a test", "optim.nadam": "not here"}, raising=False)
    params = edited(PARAMS, "trainings.augmented.optimizer", {"name": "lookahead", "base_optimizer": {"name": "sgd"}})
    text = f"{knows} does not go with {other}: for a test"
    assert complaints(tmp_path, params) == [f"trainings.augmented: {text}", f"fusions.pair: {text}"]


def test_a_pair_that_both_tell_of_is_refused_once(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(ema, "CONFLICTS", {"fusions.concat_mlp": "for a test"}, raising=False)
    monkeypatch.setattr(concat_mlp, "CONFLICTS", {"averaging.ema": "for a test"}, raising=False)
    (complaint,) = complaints(tmp_path, PARAMS)
    assert complaint.startswith("fusions.pair: ")


def test_anchors_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "params.yaml"
    path.write_text("note: &n x\nmodels: [*n]\n")
    with pytest.raises(UserError, match="line 1: anchors and aliases are refused"):
        load_params(path)


def test_what_is_left_out_has_the_documented_default() -> None:
    bare = {key: value for key, value in PARAMS.items() if key not in ("runtime", "note", "latency", "figures", "fusions")}
    params = Params.from_plain({**bare, "models": ["raw"]})
    assert (params.runtime.device, params.note, params.latency.calls, params.figures, params.fusions) == ("auto", None, 200, (), {})


def test_every_room_that_is_named_is_found_at_any_depth() -> None:
    model = {"name": "enhanced", "attention": {"name": "se"}, "conv": {"name": "standard"}}
    params = Params.from_plain(edited(PARAMS, "trainings.raw.architecture", model) | {"fusions": {}, "models": ["raw"]})
    found = {f"{component.family}.{component.name}" for component in registry.components_in(params.trainings["raw"])}
    assert found == {
        *("architectures.enhanced", "convs.standard", "attention.se", "heads.gap"),
        *("losses.cross_entropy", "averaging.ema", "optim.adamw", "schedules.one_cycle"),
    }


def test_a_vote_may_go_without_phases() -> None:
    voting = edited(edited(PARAMS, "fusions.pair.phases", {}), "fusions.pair.fusion", {"name": "soft_vote"})
    assert Params.from_plain(voting).fusions["pair"].phases == {}


@pytest.mark.parametrize(
    ("distillations", "ring"),
    [
        ({"small": "small"}, "small, small"),
        ({"small": "tiny", "tiny": "small"}, "small, tiny, small"),
        ({"small": "pair"}, "small, pair, small"),
    ],
)
def test_runs_that_wait_for_one_another_are_named_in_one_line(tmp_path: Path, distillations: dict[str, str], ring: str) -> None:
    params = edited(PARAMS, "distillations", {name: {**STAGE_1, "teacher": teacher} for name, teacher in distillations.items()})
    if "pair" in ring:
        params = edited(params, "fusions.pair.branches", ["raw", "small"])
    (found,) = complaints(tmp_path, params)
    names = ring.split(", ")
    turns = [", ".join([*names[i:-1], *names[:i], names[i]]) for i in range(len(names) - 1)]
    assert any(
        found
        == f"distillations.{turn.split(', ')[0]}.teacher: a ring, in which each waits for the next: {turn}; name a teacher that is trained without it"
        or f"each waits for the next: {turn};" in found
        for turn in turns
    )


def test_two_rings_are_reported_at_once_and_a_chain_of_teachers_is_none(tmp_path: Path) -> None:
    taught = {"a": "b", "b": "a", "c": "c", "d": "raw", "e": "d"}
    runs = {name: {**STAGE_1, "teacher": teacher} for name, teacher in taught.items()}
    found = complaints(tmp_path, edited(PARAMS, "distillations", runs))
    assert len(found) == 2
    assert all("a ring" in line for line in found)
    Params.from_plain(edited(PARAMS, "distillations", {name: runs[name] for name in ("d", "e")}))


@pytest.mark.parametrize(("groups", "fine"), [([["fusion"]], False), ([["fusion", "head"]], True), ([["fusion", "head"], ["conv2"]], True)])
def test_a_phase_in_which_nothing_learns_is_refused(tmp_path: Path, groups: list[list[str]], fine: bool) -> None:
    voting = edited(PARAMS, "fusions.pair.fusion", {"name": "soft_vote"})
    voting = edited(voting, "fusions.pair.phases", {names[-1]: {"unfreeze": names, **PHASE} for names in groups})
    if fine:
        Params.from_plain(voting)
    else:
        assert complaints(tmp_path, voting) == [
            "fusions.pair.phases.fusion.unfreeze: fusion: nothing there has weights, so nothing learns; unfreeze head with it"
        ]


ENHANCED = {"name": "enhanced", "widths": [4, 4, 4, 4], "depth": 1, "attention": None}


@pytest.mark.parametrize(("size", "batch", "fine"), [(8, 1, False), (16, 1, True), (8, 2, True)])
def test_batchnorm_of_one_image_on_one_pixel_is_refused_as_torch_would(tmp_path: Path, size: int, batch: int, fine: bool) -> None:
    params = edited(edited(PARAMS, "data.image_size", size), "trainings.augmented.architecture", ENHANCED)
    params = edited(edited(edited(params, "trainings.augmented.batch_size", batch), "trainings.raw.architecture", ENHANCED), "fusions", {})
    params = edited(edited(params, "models", ["raw"]), "figures", [])
    network = (
        Params.from_plain(edited(params, "trainings.augmented.batch_size", 2)).trainings["augmented"].architecture.build(Shape(1, size, 10))
    )
    try:
        network.train()(torch.zeros(batch, 1, size, size))
        assert fine
        Params.from_plain(params)
    except ValueError:
        assert not fine
        (found,) = complaints(tmp_path, params)
        assert found.startswith("trainings.augmented.batch_size: 1: BatchNorm cannot train on one image at a time")


def test_the_smallest_images_of_progressive_resizing_count_too(tmp_path: Path) -> None:
    """Images of 16 pixels begin as 8, which the network shrinks to one."""
    resized = {"batch_size": 1, "architecture": ENHANCED, "resize": {"name": "progressive", "initial_scale": 0.5}}
    params = edited(edited(PARAMS, "data.image_size", 16), "fusions", {})
    params = {**params, "trainings": {"raw": {**params["trainings"]["raw"], **resized}}, "models": ["raw"], "figures": []}
    (found,) = complaints(tmp_path, params)
    assert found.startswith("trainings.raw.batch_size: 1: BatchNorm cannot train on one image at a time")


def test_images_too_small_for_a_network_are_refused_by_plan(tmp_path: Path) -> None:
    deep = {"name": "dense128", "padding": "valid"}
    params = edited(
        edited(edited(PARAMS, "data.image_size", 8), "trainings.raw.architecture", deep), "trainings.augmented.architecture", deep
    )
    params = edited(edited(edited(params, "fusions", {}), "models", ["raw"]), "figures", [])
    assert [line.partition(": ")[0] for line in complaints(tmp_path, params)] == [
        "trainings.raw.architecture",
        "trainings.augmented.architecture",
    ]


@pytest.mark.parametrize(
    ("name", "size", "fine"),
    [
        *(
            ("cifar10", 50_000, False),
            ("cifar10", 49_990, True),
            ("cifar10", 49_991, False),
            ("cifar10", 9, False),
            ("cifar100", 99, False),
        ),
        *(("mnist", 59_990, True), ("fashion_mnist", 60_001, False), ("digits", 1_433, False), ("digits", 1_432, True)),
        ("folder", 10**6, True),
    ],
)
def test_more_images_than_can_be_held_out_are_refused(tmp_path: Path, name: str, size: int, fine: bool) -> None:
    whole = edited(PARAMS, "data.image_size", None) if name == "folder" else PARAMS  # whose size is an option of its own
    params = edited(edited(whole, "data.dataset", {"name": name}), "data.valid_size", size)
    if fine:
        Params.from_plain(params)
    else:
        (found,) = complaints(tmp_path, params)
        assert found.startswith(f"data.valid_size: {size:,} cannot be held out of {name}: take ")


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"run": "absent"}, "claims.better.run: 'absent' is none of the models (raw, pair)"),
        ({"control": "augmented"}, "claims.better.control: 'augmented' is none of the models (raw, pair)"),
        ({"control": "pair"}, "claims.better: run and control are both pair; name another control"),
        (
            {"published": 0.5, "source": "x"},
            "claims.better: a claim compares with a control or with a published score; give one of the two",
        ),
        (
            {"metric": "f1"},
            "claims.better.metric: Input should be 'top1', 'nll', 'ece', 'epochs', 'latency', 'parameters', 'macs' or 'seconds'",
        ),
    ],
)
def test_a_claim_that_cannot_be_judged_is_refused_in_one_line(tmp_path: Path, changes: dict[str, Any], complaint: str) -> None:
    claim = {"run": "pair", "control": "raw", "metric": "top1"}
    Params.from_plain({**PARAMS, "claims": {"better": claim, "known": {"run": "pair", "published": 0.5, "metric": "top1", "source": "x"}}})
    assert complaints(tmp_path, {**PARAMS, "claims": {"better": {**claim, **changes}}}) == [complaint]


def test_a_claim_on_runs_without_a_seed_in_common_is_refused_where_seeds_count(tmp_path: Path) -> None:
    alone = {**STAGE_1, "seeds": [7], "train_on": "train+valid", "checkpoint": "last"}
    params = edited(edited(PARAMS, "trainings.alone", alone), "models", ["raw", "alone"])
    claims = {metric: {"run": "alone", "control": "raw", "metric": metric} for metric in ("top1", "macs")}
    found = complaints(tmp_path, {**params, "figures": [], "claims": claims})
    assert found == ["claims.top1: alone and raw share no seed; give them one in common"]
    params = edited(params, "trainings.alone.seeds", [0])
    claims = {"fast": {"run": "alone", "control": "raw", "metric": "epochs", "level": 0.5}}
    (text,) = complaints(tmp_path, {**params, "figures": [], "claims": claims})
    assert text.startswith("claims.fast.metric: alone has no validation scores to count epochs by")
