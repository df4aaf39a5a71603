"""The whole pipeline through real dvc: it runs, it runs nothing twice, and a change re-runs what it can affect."""

from ruamel.yaml import YAML

from lightcnn.core.files import read_json
from lightcnn.core.tables import read_table
from tests.end_to_end.pipe import Pipe
from tests.helpers import ROOT

AUGMENTED = {"train@baseline-augmented", "fuse@baseline", "export@baseline", "evaluate@baseline"}
SHIPPED = ("model.onnx", "model.int8.onnx", "model.safetensors", "labels.json")
SUMMARIES = {"latency", "claims", "figures", "report"}


def test_every_stage_leaves_what_it_should(finished: Pipe) -> None:
    there = {path.relative_to(finished.folder).as_posix() for path in finished.folder.rglob("*") if path.is_file()}
    assert {"reports/report.html", "reports/research_report.tex", "reports/latency.json", "dvc.lock"} <= there
    for model in ("baseline-raw", "baseline"):
        assert {
            *(f"exported/{model}/{file}" for file in SHIPPED),
            *(f"models/{model}/{file}" for file in (*SHIPPED, "README.md", "LICENSE")),
            f"reports/metrics/{model}.json",
            f"reports/cost/{model}.json",
            f"reports/cost/{model}.tsv",
            f"evaluation/{model}.npz",
        } <= there
    for run in ("baseline-raw", "baseline-augmented", "baseline"):
        assert {f"runs/{run}/weights.safetensors", f"reports/curves/{run}/0.tsv", f"reports/curves/{run}/1.tsv"} <= there


def test_metrics_are_means_over_both_seeds(finished: Pipe) -> None:
    metrics = read_json(finished.folder / "reports/metrics/baseline.json")
    assert metrics["test"]["top1"]["n"] == 2
    assert 0 < metrics["test"]["top1"]["mean"] <= 1


def test_curves_of_stage_two_mark_every_phase(finished: Pipe) -> None:
    rows = read_table(finished.folder / "reports/curves/baseline/0.tsv")
    assert [row["unfrozen"] for row in rows] == ["fusion", "head", "conv2", "conv1"]


def test_a_second_repro_runs_nothing(finished: Pipe) -> None:
    assert finished.dvc("repro").ran == set()


def test_a_key_of_one_run_leaves_the_others_alone_and_going_back_trains_nothing(pipe: Pipe) -> None:
    pipe.set("trainings.baseline-augmented.optimizer.lr", 0.04)
    changed = pipe.dvc("repro")
    assert changed.code == 0
    assert changed.ran == {"plan"} | AUGMENTED | SUMMARIES
    assert "train baseline-augmented: optimizer.lr 0.02 -> 0.04" in changed.text
    pipe.set("trainings.baseline-augmented.optimizer.lr", 0.02)
    back = pipe.dvc("repro")
    assert not {stage for stage in back.ran if "@" in stage}
    assert back.cached >= {"train@baseline-augmented", "fuse@baseline"}


def test_only_evaluate_can_reach_the_test_split() -> None:
    stages = YAML(typ="safe").load((ROOT / "dvc.yaml").read_text())["stages"]
    readers = {
        name
        for name, stage in stages.items()
        for dependency in stage.get("do", stage).get("deps", [])
        if dependency in ("data/prepared/test.npz", "data/prepared", "data")
    }
    assert readers == {"evaluate"}


def test_training_fusing_and_exporting_do_without_the_test_split(pipe: Pipe) -> None:
    (pipe.folder / "data/prepared/test.npz").unlink()
    before = (pipe.folder / "runs/baseline/weights.safetensors").read_bytes()
    for stage in ("train@baseline-raw", "fuse@baseline", "export@baseline"):
        done = pipe.dvc("repro", "--single-item", "--force", stage)
        assert done.code == 0, done.text
    assert (pipe.folder / "runs/baseline/weights.safetensors").read_bytes() == before
    assert not (pipe.folder / "data/prepared/test.npz").exists()


def test_a_wrong_key_stops_before_any_work_and_leaves_results_alone(pipe: Pipe) -> None:
    before = (pipe.folder / "reports/metrics/baseline.json").read_bytes()
    pipe.set("trainings.baseline-raw.optimizer.weight_decai", 0.1)
    pipe.set("trainings.baseline-raw.epochs", -1)
    done = pipe.dvc("repro")
    assert done.code != 0
    assert done.ran == {"plan"}
    assert "trainings.baseline-raw.optimizer.weight_decai: unknown key (did you mean 'weight_decay'?" in done.text
    assert "trainings.baseline-raw.epochs: Input should be greater than or equal to 0" in done.text
    assert "Traceback" not in done.text
    assert (pipe.folder / "reports/metrics/baseline.json").read_bytes() == before
