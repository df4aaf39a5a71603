"""`lightcnn verify` is content with a published pipeline, and each way to part results from code makes it fail."""

import json
import shutil
from pathlib import Path

import pytest

from lightcnn.core.errors import UserError
from lightcnn.core.files import write_bytes
from lightcnn.core.yaml import as_yaml, read_yaml
from lightcnn.pipeline import verify
from tests.end_to_end.pipe import Pipe

WEIGHTS = "runs/baseline-raw/weights.safetensors"


def swap_weights(pipe: Pipe) -> None:
    """Put the weights of a run's other branch in its place."""
    shutil.copyfile(pipe.folder / "runs/baseline-augmented/weights.safetensors", pipe.folder / WEIGHTS)


def test_a_published_pipeline_is_fresh(published: Pipe) -> None:
    assert list(verify.problems(published.folder)) == []


def test_a_metric_that_was_edited_is_stale_and_not_committed(published: Pipe) -> None:
    path = published.folder / "reports/metrics/baseline.json"
    content = json.loads(path.read_text())
    content["test"]["top1"]["mean"] += 0.01
    path.write_text(json.dumps(content))
    assert verify.uncommitted(published.folder) == ["not committed: reports/metrics/baseline.json"]
    assert "stale: evaluate@baseline would run" in verify.stale(published.folder)


def test_a_result_of_other_params_is_stale(published: Pipe) -> None:
    published.set("trainings.baseline-raw.optimizer.lr", 0.005)
    published.dvc("repro", "plan")
    published.git("commit", "-qam", "other params, old results")
    assert "stale: train@baseline-raw would run" in list(verify.problems(published.folder))


def test_an_edited_lock_is_stale(published: Pipe) -> None:
    path = published.folder / "dvc.lock"
    digest = published.stored(WEIGHTS).parent.name + published.stored(WEIGHTS).name
    path.write_text(path.read_text().replace(digest, digest[::-1]))
    assert any(line.startswith("stale: ") for line in verify.stale(published.folder))


def test_a_missing_and_a_damaged_store_file_are_named(published: Pipe) -> None:
    path = published.stored(WEIGHTS)
    whole = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    (damaged,) = verify.not_stored(published.folder)
    assert damaged.startswith("damaged in the store: train@baseline-raw: runs/baseline-raw/weights.safetensors")
    path.unlink()
    (missing,) = verify.not_stored(published.folder)
    assert missing.startswith("not in the store: train@baseline-raw: runs/baseline-raw/weights.safetensors")


def test_a_file_missing_inside_a_pushed_folder_is_named(published: Pipe) -> None:
    listing = json.loads(published.stored("exported/baseline").read_text())
    inner = next(entry["md5"] for entry in listing if entry["relpath"] == "model.onnx")
    (published.folder / "store/files/md5" / inner[:2] / inner[2:]).unlink()
    found = [line.partition(";")[0] for line in verify.not_stored(published.folder)]
    assert "not in the store: export@baseline: exported/baseline/model.onnx" in found


def test_swapped_weights_are_stale_and_once_blessed_do_not_reproduce(published: Pipe) -> None:
    swap_weights(published)
    assert "stale: train@baseline-raw would run" in verify.stale(published.folder)
    blessed = published.dvc("commit", "--force")
    assert blessed.code == 0, blessed.text
    assert [line.split(":")[1] for line in verify.not_reproduced(published.folder)] == [" baseline-raw"]


@pytest.mark.parametrize("content", ["[]", '{"test": {"top1": 0.7}}', "{"])
def test_committed_metrics_of_another_form_are_refused_in_one_line(finished: Pipe, tmp_path: Path, content: str) -> None:
    path = tmp_path / "reports/metrics/baseline-raw.json"
    path.parent.mkdir(parents=True)
    path.write_text(content)
    (tmp_path / "exported/baseline-raw").mkdir(parents=True)
    shutil.copyfile(finished.folder / "params.yaml", tmp_path / "params.yaml")
    with pytest.raises(UserError, match=r"metrics/baseline-raw\.json: not [^\n]*; delete it and `dvc repro` recreates it$"):
        list(verify.not_reproduced(tmp_path))


@pytest.mark.parametrize(
    ("images", "shift", "is_near"), [(10_000, 3e-4, True), (10_000, 4e-4, False), (418, 1 / 418, True), (418, 2 / 418, False)]
)
def test_metrics_of_another_machine_may_differ_by_an_image_or_three_of_ten_thousand(images: int, shift: float, is_near: bool) -> None:
    committed = {"images": {"test": images}, "test": {"top1": {"mean": 0.75}, "nll": {"mean": 1.0}}}
    again = {**committed, "test": {"top1": {"mean": 0.75 + shift}, "nll": {"mean": 1.0}}}
    assert verify._near(again, committed) is is_near


def test_stages_that_are_gone_are_not_missed_in_the_store(published: Pipe) -> None:
    path = published.folder / "dvc.lock"
    content = read_yaml(path)
    content["stages"]["export@gone"] = {"cmd": "gone", "outs": [{"path": "exported/gone", "md5": "0" * 32}]}
    write_bytes(path, as_yaml(content).encode())
    assert list(verify.not_stored(published.folder)) == []
