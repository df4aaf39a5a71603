"""Evaluating a run: the numbers against scikit-learn, from what is stored."""

from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from numpy import ndarray
from scipy.optimize import minimize_scalar
from scipy.special import softmax
from sklearn.metrics import accuracy_score, log_loss, roc_auc_score, top_k_accuracy_score

from lightcnn.artifacts.metrics import Metrics
from lightcnn.artifacts.prepared import read_split
from lightcnn.artifacts.record import read_record
from lightcnn.core.arrays import read_arrays, write_arrays
from lightcnn.core.errors import UserError
from lightcnn.core.files import read_json, write_bytes, write_json
from lightcnn.data.normalize import logits_of
from lightcnn.evaluation.gradcam import grad_cams
from lightcnn.evaluation.predictions import feature_rows, features_of
from lightcnn.export.int8 import to_int8
from lightcnn.export.onnx import to_onnx
from stages import evaluate
from tests.stages.trained import write_plan, write_prepared, write_tiny_run


class Evaluated:
    """What the stage made of a run."""

    def __init__(self, folder: Path, seeds: tuple[int, ...]) -> None:
        self.run = write_tiny_run(folder / "run", seeds, best=5)
        self.prepared = write_prepared(folder / "prepared", ("valid", "test"))
        info = self.run.info
        model = to_onnx(self.run.model(5), self.run.normalise(), info.shape, info.data.classes)
        train = np.random.default_rng(2).integers(0, 256, (90, 12, 12, 3), dtype=np.uint8)
        for name, form in (("model.onnx", model), ("model.int8.onnx", to_int8(model, train))):
            write_bytes(folder / "model" / name, form.SerializeToString())
        self.folder = folder / "model"
        out = {"out": folder / "metrics.json", "arrays": folder / "arrays.npz"}
        plan = write_plan(folder / "plan.json", inference=[{"name": "soft_vote"}, {"name": "temperature"}])
        evaluate.main(plan, run=folder / "run", model=folder / "model", prepared=self.prepared, **out)
        self.metrics = read_record(out["out"], Metrics)
        self.json, self.arrays = read_json(out["out"]), read_arrays(out["arrays"])

    def logits(self, split: str, seed: int) -> ndarray:
        """What torch says, asked again."""
        images = torch.from_numpy(read_split(self.prepared, split).images)
        return logits_of(self.run.model(seed), self.run.normalise(), images).numpy()


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    return Evaluated(tmp_path_factory.mktemp("one"), (5,))


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Evaluated:
    return Evaluated(tmp_path_factory.mktemp("three"), (3, 5, 8))


def test_scores_of_one_seed_are_scikit_learns_of_the_stored_logits(one: Evaluated) -> None:
    test, labels, logits = one.metrics.test, one.arrays["labels"], one.arrays["logits"].astype(np.float64)
    probs = softmax(logits, axis=1)
    assert test.top1.mean == pytest.approx(accuracy_score(labels, logits.argmax(1)), abs=0.012)
    assert test.top5.mean == pytest.approx(top_k_accuracy_score(labels, logits, k=5), abs=0.012)
    assert test.nll.mean == pytest.approx(log_loss(labels, probs), abs=1e-3)
    assert test.auc.mean == pytest.approx(roc_auc_score(labels, probs, multi_class="ovr"), abs=1e-3)
    assert [score.std for score in (test.top1, test.top5, test.nll, test.ece, test.auc)] == [0.0] * 5


def test_mean_and_deviation_are_those_of_the_stored_predictions(three: Evaluated) -> None:
    accuracies = [accuracy_score(three.arrays["labels"], row) for row in three.arrays["predictions"]]
    assert len(set(accuracies)) > 1
    top1 = three.metrics.test.top1
    assert (top1.mean, top1.std, top1.n) == pytest.approx((np.mean(accuracies), np.std(accuracies, ddof=1), 3))


def test_valid_is_scored_apart_and_only_by_what_choices_are_made_with(three: Evaluated) -> None:
    labels = read_split(three.prepared, "valid").labels
    losses = [log_loss(labels, softmax(three.logits("valid", seed).astype(np.float64), axis=1)) for seed in (3, 5, 8)]
    assert three.metrics.valid.nll.mean == pytest.approx(np.mean(losses))
    assert three.metrics.valid.nll.std == pytest.approx(np.std(losses, ddof=1))
    assert set(three.json["valid"]) == {"top1", "nll"}
    assert three.metrics.valid.nll.mean != pytest.approx(three.metrics.test.nll.mean, abs=1e-6)


def test_the_exported_model_is_scored_by_itself(three: Evaluated) -> None:
    labels = read_split(three.prepared, "test").labels
    assert three.metrics.onnx_fp32.top1 == accuracy_score(labels, three.logits("test", 5).argmax(1))
    assert 0 < three.metrics.onnx_fp32.max_abs_logit_diff < 1e-5
    assert three.metrics.onnx_fp32.changed_predictions == 0
    assert three.metrics.exported_seed == 5


def test_the_int8_file_is_scored_on_every_test_image_beside_torch(three: Evaluated) -> None:
    test, scores, torchs = read_split(three.prepared, "test"), three.metrics.onnx_int8, three.logits("test", 5)
    session = onnxruntime.InferenceSession(three.folder / "model.int8.onnx", providers=["CPUExecutionProvider"])
    logits = np.concatenate([session.run(None, {"images": image.transpose(2, 0, 1)[None]})[0] for image in test.images])
    assert scores.top1 == accuracy_score(test.labels, logits.argmax(1))
    assert scores.changed_predictions == (logits.argmax(1) != torchs.argmax(1)).sum()
    assert scores.max_abs_logit_diff == pytest.approx(np.abs(logits - torchs).max(), abs=1e-5)
    assert scores.max_abs_logit_diff > 100 * three.metrics.onnx_fp32.max_abs_logit_diff


def test_further_ways_to_predict_are_scored_with_the_networks_that_they_ask(three: Evaluated) -> None:
    labels, found = read_split(three.prepared, "test").labels, three.metrics.inference
    vote = np.mean([softmax(three.logits("test", seed).astype(np.float64), axis=1) for seed in (3, 5, 8)], axis=0)
    assert found["soft_vote"].top1.mean == accuracy_score(labels, vote.argmax(1))
    assert {name: (way.top1.n, way.num_networks) for name, way in found.items()} == {"soft_vote": (1, 3), "temperature": (3, 1)}


def test_the_temperature_is_that_of_the_seed_which_is_exported_fitted_on_validation(three: Evaluated) -> None:
    logits, labels = three.logits("valid", 5).astype(np.float64), read_split(three.prepared, "valid").labels

    def loss(log_temperature: float) -> float:
        return log_loss(labels, softmax(logits / np.exp(log_temperature), axis=1), labels=range(6))

    found = three.metrics.inference["temperature"].temperature
    assert found is not None
    # The labels are drawn by chance: the hotter the better, and the loss is flat there.
    assert loss(np.log(found)) == pytest.approx(minimize_scalar(loss, bounds=(-3, 12), method="bounded").fun, rel=1e-4)
    assert three.metrics.inference["soft_vote"].temperature is None


def test_arrays_are_of_the_test_split_in_its_order_and_of_the_seeds_in_theirs(three: Evaluated) -> None:
    test, arrays = read_split(three.prepared, "test"), three.arrays
    np.testing.assert_array_equal(arrays["labels"], test.labels)
    assert len(arrays["gallery_indices"]) == 64
    np.testing.assert_array_equal(arrays["gallery"], test.images[arrays["gallery_indices"]])
    np.testing.assert_array_equal(arrays["predictions"], [three.logits("test", seed).argmax(1) for seed in (3, 5, 8)])
    np.testing.assert_allclose(arrays["logits"], three.logits("test", 5), rtol=1e-3, atol=1e-3)
    assert arrays["features"].shape == (90, 20)


def test_features_are_those_of_the_images_that_are_drawn(three: Evaluated) -> None:
    test = read_split(three.prepared, "test")
    order = feature_rows(test.labels)
    assert sorted(order.tolist()) == list(range(90))
    again = features_of(three.run.model(5), three.run.normalise(), torch.from_numpy(test.images))
    np.testing.assert_allclose(three.arrays["features"], again[order], rtol=1e-2, atol=1e-2)


def test_metrics_say_how_many_images_they_are_about(three: Evaluated) -> None:
    counts = {split: len(read_split(three.prepared, split).labels) for split in ("test", "valid")}
    assert three.json["images"] == counts == {"test": 90, "valid": 90}


def test_a_validation_split_of_one_class_is_refused(tmp_path: Path) -> None:
    prepared = write_prepared(tmp_path / "prepared", ("test",), images=80)
    write_arrays(prepared / "valid.npz", images=np.zeros((7, 12, 12, 3), np.uint8), labels=np.zeros(7, np.int64))
    run = write_tiny_run(tmp_path / "run")
    model = to_onnx(run.model(5), run.normalise(), run.info.shape, run.info.data.classes).SerializeToString()
    for name in ("model.onnx", "model.int8.onnx"):
        write_bytes(tmp_path / "model" / name, model)
    out = {"out": tmp_path / "metrics.json", "arrays": tmp_path / "a.npz"}
    with pytest.raises(UserError, match=r"valid\.npz: all images are of the class 0"):
        evaluate.main(write_plan(tmp_path / "plan.json"), run=tmp_path / "run", model=tmp_path / "model", prepared=prepared, **out)
    assert not out["out"].exists()


def test_a_run_that_was_trained_on_the_validation_images_has_no_score_on_them(tmp_path: Path) -> None:
    run, prepared = write_tiny_run(tmp_path / "run"), write_prepared(tmp_path / "prepared", ("valid", "test"))
    write_json(tmp_path / "run/config.json", {**read_json(tmp_path / "run/config.json"), "valid": None})
    model = to_onnx(run.model(5), run.normalise(), run.info.shape, run.info.data.classes).SerializeToString()
    for name in ("model.onnx", "model.int8.onnx"):
        write_bytes(tmp_path / "model" / name, model)
    out = {"out": tmp_path / "metrics.json", "arrays": tmp_path / "a.npz"}
    evaluate.main(write_plan(tmp_path / "plan.json"), run=tmp_path / "run", model=tmp_path / "model", prepared=prepared, **out)
    found = read_json(out["out"])
    assert "valid" not in found
    assert found["images"] == {"test": 90}
    assert read_record(out["out"], Metrics).valid is None


def test_the_gallerys_maps_are_of_the_exported_seed_and_the_class_that_it_says(three: Evaluated) -> None:
    images = torch.from_numpy(three.arrays["gallery"])
    said = torch.from_numpy(three.logits("test", 5).argmax(1)[three.arrays["gallery_indices"]])
    np.testing.assert_array_equal(three.arrays["cams"], grad_cams(three.run.model(5), three.run.normalise(), images, said))
    assert three.arrays["cams"].any(axis=(1, 2)).mean() > 0.5


def test_a_missing_model_is_named(tmp_path: Path) -> None:
    write_tiny_run(tmp_path / "run")
    plan, prepared = write_plan(tmp_path / "plan.json"), write_prepared(tmp_path / "prepared")
    with pytest.raises(UserError, match=rf"^{tmp_path}/model/model.onnx: "):
        evaluate.main(
            plan, run=tmp_path / "run", model=tmp_path / "model", out=tmp_path / "out.json", arrays=tmp_path / "a.npz", prepared=prepared
        )
    assert not (tmp_path / "out.json").exists()
