"""Searches in miniature: what they find, give up, survive and share."""

import itertools
import json
import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import optuna
import pytest
import torch
from dvc.utils.hydra import apply_overrides
from optuna.storages import JournalStorage
from optuna.storages.journal import JournalFileBackend
from optuna.trial import FrozenTrial, TrialState

from lightcnn import cli
from lightcnn.core import progress
from lightcnn.core.command import run
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_json
from lightcnn.core.registry import from_config
from lightcnn.core.tables import read_table
from lightcnn.core.types import Shape
from lightcnn.core.yaml import as_yaml, read_yaml
from lightcnn.models.trained import read_run
from lightcnn.pipeline.fingerprints import read_sources
from lightcnn.pipeline.params import load_params
from lightcnn.pipeline.plan import plan_files
from lightcnn.search import study
from lightcnn.search.space import SearchedRun, read_space
from stages import train
from tests.end_to_end.pipe import ENVIRONMENT
from tests.helpers import PARAMS, ROOT, edited, size_of, write_prepared

STORAGE = Path(".lightcnn/search")
RATES = "optimizer.lr: [1e-7, 0.02]"
QUICK = {"epochs": 4, "batch_size": 8, "averaging": None}
KILLED = """
import os, signal
from lightcnn import cli
from lightcnn.core import progress

left = iter(range(6))

def epoch(*_):
    if next(left, None) is None:
        os.kill(os.getpid(), signal.SIGKILL)

progress.Progress.epoch = epoch
cli.search("raw", trials=4)
"""
"""Dies in the third epoch of its second trial."""
WAITING = """
from lightcnn import cli
from lightcnn.core import progress

whole = progress.Progress.epoch

def epoch(*arguments):
    print("in a trial", flush=True)
    input()
    progress.Progress.epoch = whole

progress.Progress.epoch = epoch
cli.search("raw", trials=6)
"""
"""Stops in its first trial, until it is told to go on."""


@pytest.fixture(autouse=True)
def _place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of its own with data, params and a space; torch's settings stay as they are."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(torch, "use_deterministic_algorithms", lambda _: None)
    write_prepared(Path("data/prepared"), "digits")
    given()


def given(space: str = RATES, **changes: Any) -> None:
    """Write params.yaml, with changes of the run `raw`, and the space to search."""
    params = edited(PARAMS, "data.valid_size", 40)
    for key, value in {**QUICK, **changes}.items():
        params = edited(params, f"trainings.raw.{key}", value)
    Path("params.yaml").write_text(as_yaml(params))
    Path("search.yaml").write_text(space)


def trials() -> list[FrozenTrial]:
    """What the only study holds, as Optuna itself reads it."""
    (journal,) = STORAGE.glob("*/journal.log")
    return optuna.load_study(study_name=None, storage=JournalStorage(JournalFileBackend(str(journal)))).trials


def states() -> list[str]:
    return [trial.state.name for trial in trials()]


def test_the_better_of_two_rates_wins(capsys: pytest.CaptureFixture[str]) -> None:
    cli.search("raw", trials=5)
    scores = {rate: [trial.value or 0 for trial in trials() if trial.params["optimizer.lr"] == rate] for rate in ("1e-07", "0.02")}
    assert max(scores["1e-07"]) < min(scores["0.02"])
    assert "\ndvc exp run -S trainings.raw.optimizer.lr=0.02\n" in capsys.readouterr().out


def test_a_trial_that_falls_behind_is_given_up_before_its_last_epoch(capsys: pytest.CaptureFixture[str]) -> None:
    cli.search("raw", trials=12)
    given_up = [trial for trial in trials() if trial.state is TrialState.PRUNED]
    assert given_up
    assert {trial.params["optimizer.lr"] for trial in given_up} == {"1e-07"}
    assert all(len(trial.intermediate_values) < 4 for trial in given_up)
    assert f"given up: behind the others in epoch {given_up[0].last_step}" in capsys.readouterr().out


def test_after_a_kill_the_same_command_goes_on_to_the_number_wanted() -> None:
    done = subprocess.run([sys.executable, "-c", KILLED], env={**ENVIRONMENT, "PYTHONPATH": str(ROOT)}, check=False)
    assert done.returncode == -9
    assert states() == ["COMPLETE", "RUNNING"]
    before = trials()[0]
    cli.search("raw", trials=4)
    assert states() == ["COMPLETE", "RUNNING", "COMPLETE", "COMPLETE", "COMPLETE"]
    assert trials()[0] == before


def test_two_workers_at_once_share_a_search() -> None:
    pipes: dict[str, Any] = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    command, environment = [sys.executable, "-c", WAITING], {**ENVIRONMENT, "PYTHONPATH": str(ROOT)}
    workers = [subprocess.Popen(command, env=environment, **pipes) for _ in range(2)]
    for worker in workers:
        assert any(line == "in a trial\n" for line in worker.stdout or ())
    assert states() == ["RUNNING", "RUNNING"]
    said = [worker.communicate("\n")[0] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    numbers = [[int(number) for number in re.findall(r"^trial (\d+) ", text, re.MULTILINE)] for text in said]
    assert all(numbers)
    assert sorted([*numbers[0], *numbers[1]]) == list(range(len(trials())))
    assert len(trials()) in (6, 7)  # both may be at the last one


def test_trials_run_side_by_side_and_one_report_tells_of_all(capfd: pytest.CaptureFixture[str]) -> None:
    cli.search("raw", trials=4, workers=2)
    said = capfd.readouterr().out
    numbers = [int(number) for number in re.findall(r"^trial (\d+) ", said, re.MULTILINE)]
    assert sorted(numbers) == list(range(len(trials())))
    assert len(trials()) in (4, 5)  # both may be at the last one
    assert states().count("COMPLETE") + states().count("PRUNED") == len(trials())
    assert said.count("trials finished") == said.count("The winner again") == 1


def test_the_line_of_the_winner_repeats_its_score_through_the_stage(capsys: pytest.CaptureFixture[str]) -> None:
    given("optimizer.lr: {low: 1e-3, high: 1e-1, log: true}\noptimizer.weight_decay: {low: 0, high: 1}\nbatch_size: [8, 16]")
    cli.search("raw", trials=3, epochs=3)
    best = max(trials(), key=lambda trial: trial.value or 0)
    (line,) = re.findall("^dvc exp run .*$", capsys.readouterr().out, re.MULTILINE)
    apply_overrides(Path("params.yaml"), shlex.split(line)[4::2])
    training = load_params(Path("params.yaml")).trainings["raw"]
    found = (training.optimizer.config.lr, training.optimizer.config.weight_decay, str(training.batch_size), str(training.epochs))
    assert found == tuple(best.params.values())
    write_json(Path("raw.json"), plan_files(load_params(Path("params.yaml")), read_sources(ROOT))["train/raw.json"])
    train.main(Path("raw.json"), out=Path("runs"), curves=Path("curves"))
    assert read_run(Path("runs")).info.valid["0"].top1 == best.value


def test_a_trial_that_diverges_is_recorded_with_the_reason_and_the_search_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    given("optimizer.lr: [0.02, 100.0]", optimizer={"name": "sgd", "lr": 0.1, "weight_decay": 1.0})
    cli.search("raw", trials=5)
    assert len(trials()) == 5
    reasons = [trial.user_attrs["reason"] for trial in trials() if trial.params["optimizer.lr"] == "100.0"]
    assert reasons
    assert all(reason.startswith("the loss became ") for reason in reasons)
    assert f"given up: {reasons[0]}" in capsys.readouterr().out


def test_where_every_trial_diverges_there_is_no_winner() -> None:
    given("optimizer.lr: [100.0]", optimizer={"name": "sgd", "lr": 0.1, "weight_decay": 1.0})
    with pytest.raises(UserError, match=r"no trial finished; the last: the loss became"):
        cli.search("raw", trials=2)
    assert states() == ["PRUNED", "PRUNED"]


def test_interrupted_it_tells_what_there_is_and_goes_on_later(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    left = iter(range(6))

    def epoch(*_: object) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    with monkeypatch.context() as context, pytest.raises(SystemExit, match="130"):
        context.setattr(progress.Progress, "epoch", epoch)
        run(cli.search, ["raw", "--trials", "3"])
    out, err = capsys.readouterr()
    assert "\ndvc exp run -S " in out
    assert err.endswith(": interrupted\n")
    cli.search("raw", trials=3)
    assert states() == ["COMPLETE", "FAIL", "COMPLETE", "COMPLETE"]


def test_the_same_search_again_tries_the_same() -> None:
    given("optimizer.lr: {low: 1e-3, high: 1e-1, log: true}")
    tried = []
    for place in ("one", "two"):
        cli.search("raw", trials=3, storage=Path(place))
        tried.append([(*row.values(),) for path in sorted(Path(place).glob("*/curves/*")) for row in read_table(path)])
    assert tried[0] == tried[1]
    assert len({row[3] for row in tried[0]}) > 4  # rates


@pytest.mark.parametrize("change", ["run", "space", "data", "epochs"])
def test_trials_that_are_not_to_be_compared_never_share_a_study(change: str) -> None:
    cli.search("raw", trials=1)
    given("optimizer.lr: [0.02]" if change == "space" else RATES, **({"batch_size": 16} if change == "run" else {}))
    if change == "data":
        write_json(Path("data/prepared/meta.json"), {**read_json(Path("data/prepared/meta.json")), "mean": [0.31]})
    cli.search("raw", trials=1, epochs=3 if change == "epochs" else 0)
    assert len(list(STORAGE.iterdir())) == 2


def test_what_the_run_does_not_depend_on_leaves_the_study_as_it_is() -> None:
    cli.search("raw", trials=1)
    params = edited(read_yaml(Path("params.yaml")), "trainings.augmented.batch_size", 8)
    Path("params.yaml").write_text(as_yaml(edited(params, "note", "another")))
    cli.search("raw", trials=2)
    assert states() == ["COMPLETE", "COMPLETE"]


def test_history_and_importance_are_drawn_where_there_is_something_to_compare(capsys: pytest.CaptureFixture[str]) -> None:
    cli.search("raw", trials=2)
    (folder,) = STORAGE.iterdir()
    assert {path.name for path in folder.glob("*.png")} == {"history.png"}
    assert "importance.png: needs two keys" in capsys.readouterr().out
    given("optimizer.lr: [1e-7, 0.02]\nbatch_size: {low: 8, high: 32}")
    cli.search("raw", trials=4, storage=Path("other"))
    (folder,) = Path("other").iterdir()
    pictures = [path.read_bytes()[:4] for path in sorted(folder.glob("*.png"))]
    assert pictures == [b"\x89PNG"] * 2


def test_data_that_is_missing_or_of_other_settings_is_told() -> None:
    with pytest.raises(UserError, match=r"meta\.json: missing; run `dvc repro`"):
        cli.search("raw", prepared=Path("nowhere"))
    write_prepared(Path("data/prepared"), "mnist")
    with pytest.raises(UserError, match=r"not the data that params.yaml asks for; `dvc repro prepare` makes it"):
        cli.search("raw")


def test_a_damaged_journal_is_told() -> None:
    cli.search("raw", trials=1)
    (journal,) = STORAGE.glob("*/journal.log")
    journal.write_bytes(b'{"op_c\n' + journal.read_bytes())
    with pytest.raises(UserError, match=r"journal\.log: damaged .*; delete it, and the search starts over"):
        cli.search("raw", trials=1)


CHANNELS = "architecture.channels: [[4, 6], [6, 8], [30, 60]]"


def parameters_of(channels: str) -> int:
    """Of the paper's branch for images of one channel and four classes, by its own weights."""
    network = from_config("architectures", {"name": "paper", "channels": json.loads(channels)}).build(Shape(1, 12, 4))
    return sum(weight.numel() for weight in network.parameters())


def test_networks_over_the_budget_are_drawn_again_and_not_trained(capsys: pytest.CaptureFixture[str]) -> None:
    given(CHANNELS + "\noptimizer.lr: [0.02, 0.01]")
    budget = parameters_of("[6, 8]")
    cli.search("raw", trials=6, epochs=1, budget=budget)
    said = capsys.readouterr().out
    trained = [trial for trial in trials() if trial.params["architecture.channels"] != "[30, 60]"]
    over = [trial for trial in trials() if trial not in trained]
    assert len(trained) == 6
    assert over
    assert {trial.user_attrs["parameters"] for trial in trials()} == {
        parameters_of(trial.params["architecture.channels"]) for trial in trials()
    }
    assert not [trial for trial in over if trial.intermediate_values]
    assert "[30, 60]" not in said
    (folder,) = STORAGE.iterdir()
    assert {path.name for path in folder.glob("*.png")} == {"history.png", "importance.png", "parameters.png"}
    rows = read_table(folder / "trials.tsv")
    assert [int(row["trial"]) for row in rows] == [trial.number for trial in trained]
    assert {int(row["parameters"]) for row in rows} <= {parameters_of("[4, 6]"), budget}
    cli.search("raw", trials=6, epochs=1, budget=budget - 1)
    assert len(list(STORAGE.iterdir())) == 2  # by another budget another search


def test_where_no_network_is_within_the_budget_the_search_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    given(CHANNELS)
    monkeypatch.setattr(study, "BARREN", 5)
    with pytest.raises(
        UserError, match=r"^5 networks were drawn, and none has at most 10 parameters; try smaller ones, or raise --budget$"
    ):
        cli.search("raw", trials=3, budget=10)


def test_a_space_without_architecture_has_no_budget() -> None:
    cli.search("raw", trials=1, epochs=1, budget=1)
    assert states() == ["COMPLETE"]


def test_no_trials_are_refused() -> None:
    with pytest.raises(UserError, match="--trials 0: one at least"):
        cli.search("raw", trials=0)


def test_the_space_of_the_project_fits_each_of_its_trainings() -> None:
    for name in load_params(ROOT / "params.yaml").trainings:
        assert read_space(ROOT / "search.yaml", SearchedRun.of(ROOT / "params.yaml", name))


def test_the_space_of_the_champion_has_networks_within_its_budget_and_beyond() -> None:
    folder = ROOT / "studies/champion"
    space = read_space(folder / "search.yaml", SearchedRun.of(folder / "params.yaml", "held-out"))
    keys = [key.rpartition(".")[2] for key in space]
    networks = [dict(zip(keys, map(json.loads, values), strict=True)) for values in itertools.product(*space.values())]
    sizes = [size_of(from_config("architectures", {"name": "bsconv_resnet", **network}).build(Shape(3, 32, 10))) for network in networks]
    assert min(sizes) < 20_000 < 30_000 < max(sizes)


def test_nothing_but_the_search_knows_of_optuna() -> None:
    users = [path for path, code in sorted(read_sources(ROOT).items()) if re.search(rb"^\s*(import|from) optuna", code, re.MULTILINE)]
    assert users == ["lightcnn/search/journal.py", "lightcnn/search/study.py"]
