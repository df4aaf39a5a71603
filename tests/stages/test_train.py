"""Stage 1 as a command: what it leaves, and that a killed one ends with the same bytes."""

import shutil
from functools import partial
from itertools import count
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from lightcnn.artifacts.curves import read_curves
from lightcnn.artifacts.prepared import read_split
from lightcnn.core.arrays import write_arrays
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_json
from lightcnn.core.tables import read_table
from lightcnn.models.trained import read_run
from lightcnn.training import runner
from lightcnn.training.checkpoints import Checkpoints
from stages import train
from tests.helpers import STAGE_1
from tests.stages.killed import bytes_of, kill_after
from tests.stages.trained import carried_out, write_plan

SETTINGS: dict[str, Any] = {**STAGE_1, "epochs": 2, "augment": [{"name": "crop_flip", "padding": 1}]}
pytestmark = pytest.mark.usefixtures("prepared")


def trained(folder: str = ".", **changes: Any) -> Path:
    """Train the run `tiny` into a folder."""
    return carried_out(train, "tiny", Path(folder), {**SETTINGS, **changes})


def test_every_seed_is_trained_and_the_better_one_named() -> None:
    run = read_run(trained() / "run")
    assert (run.info.name, run.info.seeds, run.info.data.classes, run.info.data.mean) == ("tiny", (0, 1), tuple("abcd"), (0.3,))
    scores = {int(seed): (score.top1, -score.nll) for seed, score in run.info.valid.items()}
    assert run.info.best_seed == max(scores, key=lambda seed: scores[seed])
    assert not torch.equal(run.states[0]["head.1.weight"], run.states[1]["head.1.weight"])


def test_a_network_begins_as_its_seed_says() -> None:
    still = {"name": "sgd", "lr": 1e-12, "weight_decay": 0.0}
    run = read_run(trained(optimizer=still, averaging=None, epochs=1) / "run")
    for seed in (0, 1):
        torch.manual_seed(seed)
        begun = run.info.architecture.build(run.info.shape).state_dict()
        assert all(torch.allclose(run.states[seed][key], value) for key, value in begun.items())


def test_with_no_epoch_it_is_the_network_as_it_begins() -> None:
    out = trained(epochs=0)
    run = read_run(out / "run")
    for seed in (0, 1):
        torch.manual_seed(seed)
        begun = run.info.architecture.build(run.info.shape).state_dict()
        assert all(torch.equal(run.states[seed][key], value) for key, value in begun.items())
        assert read_table(out / "curves" / f"{seed}.tsv") == []
    assert {score.epoch for score in run.info.valid.values()} == {0}


def test_the_score_recorded_is_that_of_the_weights_kept() -> None:
    out = trained()
    info = read_run(out / "run").info
    for seed in (0, 1):
        row = read_table(out / "curves" / f"{seed}.tsv")[info.valid[str(seed)].epoch - 1]
        assert float(row["valid_top1"]) == pytest.approx(info.valid[str(seed)].top1, abs=1e-8)


def test_a_curve_has_the_documented_columns_and_a_row_an_epoch() -> None:
    rows = read_table(trained() / "curves" / "0.tsv")
    assert list(rows[0]) == ["epoch", "phase", "unfrozen", "lr", "train_loss", "valid_nll", "valid_top1"]
    assert [(row["epoch"], row["phase"], row["unfrozen"]) for row in rows] == [("1", "1", "all"), ("2", "1", "all")]


def test_trained_again_it_is_the_same_bytes() -> None:
    assert bytes_of(trained("one")) == bytes_of(trained("two"))


def test_a_finished_run_leaves_no_checkpoint_but_a_record_of_its_machine() -> None:
    out = trained()
    assert not list(Path(".lightcnn/checkpoints").glob("*"))
    recorded = read_json(out / "run" / "metadata.json")
    assert (recorded["device"], recorded["compile"], recorded["threads"]) == ("cpu", None, 1)
    assert recorded["seconds"] == pytest.approx(sum(machine["seconds"] for machine in recorded["seeds"].values()))
    assert {seed: (machine["cpu"], machine["threads"]) for seed, machine in recorded["seeds"].items()} == dict.fromkeys(
        ("0", "1"), (recorded["cpu"], 1)
    )


def test_seeds_trained_alone_are_taken_and_not_trained_again(capsys: pytest.CaptureFixture[str]) -> None:
    undisturbed = bytes_of(trained("one"))
    Path("two").mkdir()
    shutil.copy("one/tiny.json", "two/tiny.json")
    for seed in (1, 0):
        train.main(Path("two/tiny.json"), prepared=Path("prepared"), out=Path("two/run"), curves=Path("aside"), seed=seed)
    assert not Path("two/run").exists()
    assert len(list(Path(".lightcnn/checkpoints").glob("*/*"))) == 2
    capsys.readouterr()
    assert bytes_of(trained("two")) == undisturbed
    assert capsys.readouterr().out == ""
    assert not list(Path(".lightcnn/checkpoints").glob("*"))


def test_a_finished_seed_that_is_damaged_or_foreign_is_named() -> None:
    place = Path("two")
    place.mkdir()
    plan = write_plan(place / "tiny.json", **SETTINGS)
    alone = {"prepared": Path("prepared"), "out": place / "run", "curves": Path("aside")}
    train.main(plan, **alone, seed=0)
    (file,) = Path(".lightcnn/checkpoints").glob("*/0.finished")
    Checkpoints(file.parent).finish(0, {"selected": None})
    with pytest.raises(UserError, match=r"0\.finished: not a seed of this version; delete it"):
        trained("two")
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(UserError, match=r"0\.finished: damaged; delete it"):
        trained("two")


def test_a_seed_that_the_run_has_not_is_refused() -> None:
    plan = write_plan(Path("tiny.json"), **SETTINGS)
    with pytest.raises(UserError, match=r"^--seed 2: no seed of tiny \(there are: 0, 1\)"):
        train.main(plan, prepared=Path("prepared"), out=Path("run"), curves=Path("curves"), seed=2)


def test_compiling_is_done_and_recorded_where_it_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(torch.nn.Module, "compile", lambda _, **options: asked.append(options))
    Path("params.yaml").write_text("runtime: {compile: on, workers: 1}\n")
    out = trained()
    assert asked == [{"mode": "default"}] * 2
    assert read_json(out / "run" / "metadata.json")["compile"] == "default"


def test_images_too_small_for_the_network_are_told(prepared: Path) -> None:
    write_json(prepared / "meta.json", {**read_json(prepared / "meta.json"), "size": 8})
    for split in ("train", "valid"):
        images, labels = read_split(prepared, split)
        write_arrays(prepared / f"{split}.npz", images=images[:, 2:10, 2:10], labels=labels)
    with pytest.raises(UserError, match=r"^tiny: images of 8 pixels are too small"):
        trained()


@pytest.mark.parametrize("epochs", [1, 2, 3])
def test_a_killed_training_ends_with_the_same_bytes(
    epochs: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    undisturbed = bytes_of(trained("one"))
    with monkeypatch.context() as context:
        kill_after(context, epochs)
        with pytest.raises(KeyboardInterrupt):
            trained("two")
    assert not Path("two/run").exists()
    capsys.readouterr()
    assert bytes_of(trained("two")) == undisturbed
    assert f"tiny seed {(epochs - 1) // 2}: goes on after epoch {(epochs - 1) % 2 + 1} of 2" in capsys.readouterr().out


@pytest.mark.parametrize("epochs", [0, 1, 3])
def test_the_time_recorded_is_that_of_all_epochs_also_before_a_kill(epochs: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "time", SimpleNamespace(monotonic=partial(next, count())))  # at each look a second later
    if epochs:
        with monkeypatch.context() as context:
            kill_after(context, epochs)
            with pytest.raises(KeyboardInterrupt):
                trained()
    assert read_json(trained() / "run" / "metadata.json")["seconds"] == 4


@pytest.mark.parametrize("change", ["settings", "data"])
def test_checkpoints_of_other_settings_or_data_are_never_found(change: str, prepared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as context:
        kill_after(context, 1)
        with pytest.raises(KeyboardInterrupt):
            trained("two")
    if change == "data":
        write_json(prepared / "meta.json", {**read_json(prepared / "meta.json"), "mean": [0.31]})
    changes = {"batch_size": 17} if change == "settings" else {}
    assert bytes_of(trained("two", **changes)) == bytes_of(trained("three", **changes))


def test_a_diverging_training_is_told_and_leaves_no_run() -> None:
    blown = {"name": "sgd", "lr": 100.0, "momentum": 0.99}
    with pytest.raises(UserError, match=r"^the loss became .* lower the optimizer's lr"):
        trained(optimizer=blown, epochs=60, averaging=None, schedule={"name": "constant"}, batch_size=1)
    assert not Path("run").exists()


def test_missing_data_is_told(prepared: Path) -> None:
    (prepared / "valid.npz").unlink()
    with pytest.raises(UserError, match=r"valid\.npz: missing"):
        trained()


ON_ALL: dict[str, Any] = {"train_on": "train+valid", "checkpoint": "last"}


def test_trained_on_all_images_it_is_as_if_they_were_one_split(prepared: Path) -> None:
    both = trained("both", **ON_ALL)
    train_split, valid = (read_split(prepared, split) for split in ("train", "valid"))
    joined = {key: np.concatenate([getattr(split, key) for split in (train_split, valid)]) for key in ("images", "labels")}
    write_arrays(prepared / "train.npz", **joined)
    assert bytes_of(both)[0] == bytes_of(trained("one", checkpoint="last"))[0]


def test_trained_on_all_images_it_has_no_validation_score_and_exports_its_first_seed(capsys: pytest.CaptureFixture[str]) -> None:
    out = trained(**ON_ALL, seeds=[1, 0])
    info = read_run(out / "run").info
    assert (info.valid, info.best_seed) == (None, 1)
    assert {(row["valid_nll"], row["valid_top1"]) for row in read_table(out / "curves" / "0.tsv")} == {("", "")}
    (curve,) = read_curves(out / "curves", [0])
    assert (len(curve.train_loss), curve.is_validated) == (2, False)
    assert "valid" not in capsys.readouterr().out


def test_trained_on_all_images_a_killed_training_ends_with_the_same_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    undisturbed = bytes_of(trained("one", **ON_ALL))
    with monkeypatch.context() as context:
        kill_after(context, 2)
        with pytest.raises(KeyboardInterrupt):
            trained("two", **ON_ALL)
    assert bytes_of(trained("two", **ON_ALL)) == undisturbed
